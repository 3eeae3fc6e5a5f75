"""The table: issues × options, the offers they make, and the policy each offer means.

An offer is a choice of one option an issue, in the case's order. It means the law of a reference point, amended by the
options. Issues that touch the same duties are worked out together, the others once an option; so thousands of offers
cost little more than writing down the cells in which they differ.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import OfferError
from tradetalks.law.measure import Amendment
from tradetalks.talks.case import Case
from tradetalks.talks.instruments.effect import Payment
from tradetalks.talks.instruments.formula import FormulaOffer
from tradetalks.talks.issues import Option
from tradetalks.talks.legal_state import legal_state
from tradetalks.talks.measures import economies
from tradetalks.world import Policy, World

Choice = tuple[int, ...]
"""An offer: the position of the option chosen for each issue, in the order of `case.issues`."""

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


class Edit(NamedTuple):
    """Cells `[j, n, i]`, flat and sorted, and what stands there after."""

    cells: Indices
    values: Floats


NOTHING = Edit(np.empty(0, dtype=np.intp), np.empty(0))


def reference_policy(case: Case, world: World, name: str | None = None) -> Policy:
    """The policy at a reference point: the duties of all measures then in force; by default `case.reference`.

    Raises `CaseError` for a reference point the case does not have.
    """
    return legal_state(case, name).policy(world)


def offer_policy(case: Case, world: World, choice: Choice, reference: str | None = None) -> Policy:
    """The policy an offer means, worked out from the text: the law amended by each option, then what options change.

    The law is that of `reference`, by default `case.reference`, so the offer of all first options is that point. Sales
    that an option promises are no part of it: they are found with the equilibrium (see `talks.ground`). For many offers
    use `Table`, which gives the same arrays faster. Raises `OfferError` for a choice off the table.
    """
    options = _chosen(case, choice)
    law = legal_state(case, reference)
    amended = law.amended([amendment for option in options for amendment in option.amendments]).policy(world)
    return _composed(amended, law.policy(world), options)


def _composed(law: Policy, reference: Policy, options: Sequence[Option]) -> Policy:
    """What options change on the law they have amended: rates, costs, payments; then the clauses on all of it."""
    policy = law
    for option in options:
        policy = option.change(policy)
    for option in options:
        for payment in option.payments(reference):
            policy = policy.transfer(*payment)
    for option in options:
        policy = option.adjust(policy, reference)
    return policy


class Table:
    """All offers of a case on a world, against one state of the law."""

    def __init__(self, case: Case, world: World, reference: str | None = None) -> None:
        self.case, self.world, self.reference = case, world, reference or case.reference
        self.options = tuple(issue.options for issue in case.issues.values())
        self.shape: tuple[int, ...] = tuple(len(options) for options in self.options)
        self._law = legal_state(case, self.reference)
        self._amended: dict[Choice, Policy] = {}
        self._tariffs: dict[Choice, Edit] = {}

    def __len__(self) -> int:
        return math.prod(self.shape)

    def __iter__(self) -> Iterator[Choice]:
        """Every offer, the last issue turning fastest (as `numpy.ravel_multi_index` counts them)."""
        return itertools.product(*(range(n) for n in self.shape))

    @property
    def as_is(self) -> Choice:
        """The offer that changes nothing."""
        return (0,) * len(self.shape)

    def labels(self, choice: Choice) -> dict[str, str]:
        """The chosen option of each issue, by name."""
        return {name: o.option for name, o in zip(self.case.issues, _chosen(self.case, choice), strict=True)}

    def choice(self, wanted: dict[str, str]) -> Choice:
        """The offer that settles the issues of `wanted` (issue → option) so, and leaves the others as they are.

        Raises `OfferError` for an issue or option that is not on the table.
        """
        found = list(self.as_is)
        for name, option in wanted.items():
            issue, at = self.case.option(name, option)
            found[issue] = at
        return tuple(found)

    @cached_property
    def reference_policy(self) -> Policy:
        """The policy that offers start from."""
        return self._law.policy(self.world)

    def policy(self, choice: Choice) -> Policy:
        """The policy the offer means: the same arrays as `offer_policy`. Raises `OfferError` for one off the table."""
        offered = copy(self.reference_policy)  # every value comes from a policy that was checked when it was made
        for layer, edit in (("tariffs", self.tariffs(choice)), ("trade_costs", self.trade_costs(choice))):
            if edit.cells.size:
                array = np.ones_like(offered.tariffs) if layer == "trade_costs" else offered.tariffs.copy()
                array.reshape(-1)[edit.cells] = edit.values
                array.setflags(write=False)
                object.__setattr__(offered, layer, array)
        object.__setattr__(offered, "transfers", self.paid(choice).transfers)
        return offered

    # ---- what an offer changes, cell by cell -------------------------------------------------------------------------

    def tariffs(self, choice: Choice) -> Edit:
        """The tariffs that the offer changes. Raises `OfferError` for a choice off the table."""
        edits = [self._tariffs_of(part) for part in self._parts(choice)]
        if len(edits) < 2:
            return edits[0] if edits else NOTHING
        cells, values = (np.concatenate(both) for both in zip(*edits, strict=True))
        order = np.argsort(cells)
        return Edit(cells[order], values[order])

    def trade_costs(self, choice: Choice) -> Edit:
        """The trade costs that the offer changes, as factors; those of several options multiply."""
        edits = [edit for i, k in enumerate(choice) if (edit := self._costs[i][k]).cells.size]
        if len(edits) < 2:
            return edits[0] if edits else NOTHING
        cells = np.unique(np.concatenate([edit.cells for edit in edits]))
        factors = np.ones(len(cells))
        for edit in edits:
            factors[np.searchsorted(cells, edit.cells)] *= edit.values
        return Edit(cells, factors)

    def paid(self, choice: Choice) -> Policy:
        """The reference policy with what parties pay one another under the offer."""
        policy, options = self.reference_policy, _chosen(self.case, choice)
        for transfer in (transfer for option in options for transfer in option.transfers):
            policy = policy.transfer(transfer.payer, transfer.recipient, transfer.usd_bn)
        for payment in (payment for i, k in enumerate(choice) for payment in self._payments[i][k]):
            policy = policy.transfer(*payment)
        return policy

    def received(self, choice: Choice) -> Floats:
        """Net payments received `[n]` under the offer, US$ m a year."""
        moved = (self._received[i][k] for i, k in enumerate(choice))
        return np.asarray(sum(moved, start=self.reference_policy.received))

    @cached_property
    def _received(self) -> list[list[Floats]]:
        start, offer = self.reference_policy.received, list(self.as_is)
        found = []
        for i, options in enumerate(self.options):
            found.append([self.paid((*offer[:i], k, *offer[i + 1 :])).received - start for k in range(len(options))])
        return found

    @cached_property
    def _payments(self) -> list[list[tuple[Payment, ...]]]:
        return [[option.payments(self.reference_policy) for option in options] for options in self.options]

    @cached_property
    def _costs(self) -> list[list[Edit]]:
        return [[self._costs_of(option) for option in options] for options in self.options]

    def _after(self, amendments: list[Amendment]) -> Policy:
        """The reference policy after amendments of the law: only the partners that they name have other rates."""
        if not amendments:
            return self.reference_policy
        named = sorted({i for amendment in amendments for i in economies(amendment.partners, self.world)})
        tariffs = self.reference_policy.tariffs.copy()
        tariffs[:, :, named] = self._law.amended(amendments).policy(self.world, named).tariffs[:, :, named]
        return replace(self.reference_policy, tariffs=tariffs)

    def _costs_of(self, option: Option) -> Edit:
        if not option.trade_costs:
            return NOTHING
        costs = option.change(Policy(self.world)).trade_costs
        assert costs is not None
        cells = np.flatnonzero(costs != 1)
        return Edit(cells, costs.reshape(-1)[cells])

    # ---- sales that options bring about ------------------------------------------------------------------------------

    @cached_property
    def shifted(self) -> Indices:
        """Cells whose sales some option moves, flat and sorted."""
        found = [cells for options in self._moved for cells, _ in options]
        return np.unique(np.concatenate(found)) if found else NOTHING.cells

    def shifts(self, choice: Choice) -> Floats:
        """How much sales move in the cells of `shifted`, US$ m a year; the moves of several options add up."""
        moved = np.zeros(len(self.shifted))
        for i, k in enumerate(choice):
            cells, values = self._moved[i][k]
            moved[np.searchsorted(self.shifted, cells)] += values
        return moved

    @cached_property
    def _moved(self) -> list[list[Edit]]:
        return [[self._moved_by(option) for option in options] for options in self.options]

    def _moved_by(self, option: Option) -> Edit:
        world, moved = self.world, dict[int, float]()
        n = len(world.economies)
        for importer, exporter, sector, usd_bn in option.shifts(world):
            cell = (world.sectors.index(sector) * n + world.economy(importer)) * n + world.economy(exporter)
            moved[cell] = moved.get(cell, 0.0) + 1000 * usd_bn
        cells = sorted(moved)
        return Edit(np.array(cells, dtype=np.intp), np.array([moved[cell] for cell in cells]))

    def moves_trade(self, choice: Choice) -> bool:
        """Whether the offer changes anything that the equilibrium sees."""
        start = self.reference_policy.received
        return bool(
            self.tariffs(choice).cells.size
            or self.trade_costs(choice).cells.size
            or self.shifts(choice).any()
            or self.formulas_of(choice)
            or (self.paid(choice).received != start).any()
        )

    # ---- rates that trade decides ------------------------------------------------------------------------------------

    @cached_property
    def formulas(self) -> tuple[tuple[int, int, FormulaOffer], ...]:
        """Every rate by formula on the table: issue, option, formula."""
        return tuple(
            (i, k, formula)
            for i, options in enumerate(self.options)
            for k, option in enumerate(options)
            for formula in option.formulas
        )

    def formulas_of(self, choice: Choice) -> list[tuple[int, FormulaOffer]]:
        """Those of an offer, and where they stand in `formulas`."""
        return [(at, formula) for at, (i, k, formula) in enumerate(self.formulas) if choice[i] == k]

    # ---- which issues touch the same duties --------------------------------------------------------------------------

    @cached_property
    def _touched(self) -> list[NDArray[np.bool_]]:
        """The tariffs that some option of each issue may change `[j, n, i]`."""
        out = []
        for options in self.options:
            cells = np.zeros(self.world.tariffs.shape, dtype=bool)
            for option in options:
                for amendment in option.amendments:
                    cells |= self._law.touched(amendment, self.world)
                cells |= option.touched(self.world)
            out.append(cells)
        return out

    @cached_property
    def groups(self) -> list[set[int]]:
        """Issues that change tariffs, grouped so that no tariff is touched from two groups."""
        groups: list[set[int]] = []
        for i, mine in enumerate(self._touched):
            if mine.any():
                meets = [g for g in groups if any((mine & self._touched[k]).any() for k in g)]
                groups = [g for g in groups if g not in meets] + [{i}.union(*meets)]
        return groups

    def _parts(self, choice: Choice) -> tuple[Choice, ...]:
        """The offer taken apart: for each group that changes something, its options with all others as today."""
        _chosen(self.case, choice)
        parts = (tuple(k if i in group else 0 for i, k in enumerate(choice)) for group in self.groups)
        return tuple(part for part in parts if any(part))

    def _tariffs_of(self, part: Choice) -> Edit:
        """What one group's options change; worked out once."""
        if part not in self._tariffs:
            options = _chosen(self.case, part)
            key = tuple(k if option.amendments else 0 for k, option in zip(part, options, strict=True))
            if key not in self._amended:
                self._amended[key] = self._after([a for option in options for a in option.amendments])
            after = self._amended[key]
            for option in options:
                after = option.levy(after)
            for option in options:
                after = option.adjust(after, self.reference_policy)
            cells = np.flatnonzero(after.tariffs != self.reference_policy.tariffs)
            self._tariffs[part] = Edit(cells, after.tariffs.reshape(-1)[cells])
        return self._tariffs[part]


def _chosen(case: Case, choice: Sequence[int]) -> list[Option]:
    if len(choice) != len(case.issues):
        raise OfferError(f"an offer of {len(choice)} options, where {case.case} has {len(case.issues)} issues")
    options = []
    for (name, issue), k in zip(case.issues.items(), choice, strict=True):
        if not 0 <= k < len(issue.options):
            raise OfferError(
                f"issue {name} has options 0 to {len(issue.options) - 1} ({', '.join(issue.labels)}), not {k}"
            )
        options.append(issue.options[k])
    return options
