"""The table: issues × options, the offers they make, and the policy each offer means.

An offer is a choice of one option an issue, in the case's order. It means the law of a reference point, amended by the
options. Issues that touch the same duties are worked out together, the others once an option; so thousands of offers
cost little more than copying their arrays.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import OfferError
from tradetalks.talks.case import Case
from tradetalks.talks.issues import Option
from tradetalks.talks.legal_state import LegalState, legal_state
from tradetalks.world import Policy, World

MOST_OFFERS = 20_000
"""Offers that a table may make unless told otherwise; each is scored by an equilibrium of the whole world."""

KEPT = 16
"""Whole arrays kept for the next offer that needs the same."""

Choice = tuple[int, ...]
"""An offer: the position of the option chosen for each issue, in the order of `case.issues`."""

_LAYERS = ("tariffs", "trade_costs", "transfers")


class Edit(NamedTuple):
    """Values that some issues put into one array of the policy."""

    layer: str
    """`tariffs`, `trade_costs` (`[j, n, i]`) or `transfers` (`[n, m]`)."""
    cells: tuple[NDArray[np.intp], ...]
    values: NDArray[np.float64]


def reference_policy(case: Case, world: World, name: str | None = None) -> Policy:
    """The policy at a reference point: the duties of all measures then in force; by default `case.reference`.

    Raises `CaseError` for a reference point the case does not have.
    """
    return legal_state(case, name).policy(world)


def offer_policy(case: Case, world: World, choice: Choice, reference: str | None = None) -> Policy:
    """The policy an offer means, worked out from the text: the law amended by each option, then what options change.

    The law is that of `reference`, by default `case.reference`, so the offer of all first options is that point. For
    many offers use `Table`, which gives the same arrays faster. Raises `OfferError` for a choice off the table.
    """
    options = _chosen(case, choice)
    law = legal_state(case, reference)
    policy = law.amended([amendment for option in options for amendment in option.amendments]).policy(world)
    for option in options:
        policy = option.change(policy)
    return policy


class Table:
    """All offers of a case on a world, against one state of the law.

    Raises `OfferError` when there are more than `limit`.
    """

    def __init__(self, case: Case, world: World, reference: str | None = None, *, limit: int = MOST_OFFERS) -> None:
        self.case, self.world, self.reference = case, world, reference or case.reference
        self.shape: tuple[int, ...] = tuple(len(issue.options) for issue in case.issues.values())
        if len(self) > limit:
            sizes = ", ".join(f"{name} {n}" for name, n in zip(case.issues, self.shape, strict=True))
            raise OfferError(
                f"{len(self):,} offers on the table of {case.case} ({sizes}), more than the limit of {limit:,}: "
                f"drop options or issues, or raise the limit (--limit {len(self)})"
            )
        self._known: dict[Choice, tuple[Edit, ...]] = {}
        self._arrays: dict[tuple[str, tuple[Choice, ...]], NDArray[np.float64]] = {}

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

    @cached_property
    def reference_policy(self) -> Policy:
        """The policy that offers start from."""
        return reference_policy(self.case, self.world, self.reference)

    @cached_property
    def _start(self) -> dict[str, NDArray[np.float64]]:
        return {layer: _layer(self.reference_policy, layer) for layer in _LAYERS}

    def edits(self, choice: Choice) -> tuple[Edit, ...]:
        """What the offer changes in the reference policy; no cell is in two edits.

        Raises `OfferError` for a choice off the table.
        """
        return tuple(edit for part in self._parts(choice) for edit in self._edits_of(part))

    def policy(self, choice: Choice) -> Policy:
        """The policy the offer means: the same arrays as `offer_policy`, shared between offers where they agree.

        Raises `OfferError` for a choice off the table.
        """
        parts = self._parts(choice)
        offered = copy(self.reference_policy)  # every value comes from a policy that was checked when it was made
        for layer in _LAYERS:
            changing = tuple(part for part in parts if any(edit.layer == layer for edit in self._edits_of(part)))
            if changing:
                object.__setattr__(offered, layer, self._array(layer, changing))
        return offered

    def _array(self, layer: str, parts: tuple[Choice, ...]) -> NDArray[np.float64]:
        """One array with the edits of `parts`; the last few made are kept."""
        if (layer, parts) not in self._arrays:
            array = self._start[layer].copy()
            for edit in (edit for part in parts for edit in self._edits_of(part) if edit.layer == layer):
                array[edit.cells] = edit.values
            array.setflags(write=False)
            if len(self._arrays) == KEPT:
                self._arrays.pop(next(iter(self._arrays)))
            self._arrays[layer, parts] = array
        return self._arrays[layer, parts]

    # ---- which issues touch the same cells -----------------------------------------------------------------------

    @cached_property
    def _touched(self) -> list[dict[str, NDArray[np.bool_]]]:
        """The cells that some option of each issue may change."""
        law = legal_state(self.case, self.reference)
        out = []
        for issue in self.case.issues.values():
            cells = {layer: np.zeros(self._start[layer].shape, dtype=bool) for layer in _LAYERS}
            for option in issue.options:
                self._mark(option, law, cells)
            out.append(cells)
        return out

    def _mark(self, option: Option, law: LegalState, cells: dict[str, NDArray[np.bool_]]) -> None:
        for amendment in option.amendments:
            cells["tariffs"] |= law.touched(amendment, self.world)
        for layer, changes in (("tariffs", option.tariffs), ("trade_costs", option.trade_costs)):
            for change in changes:
                j = [k for name in change.sectors for k in self.world.sector_indices(name)]
                n, i = self.world.economy_indices(change.importer), self.world.economy_indices(change.exporter)
                cells[layer][np.ix_(j, n, i)] = True
        for paid in option.transfers:
            cells["transfers"][self.world.economy(paid.payer), self.world.economy(paid.recipient)] = True

    @cached_property
    def _groups(self) -> list[set[int]]:
        """Issues grouped so that no cell is touched from two groups."""
        groups: list[set[int]] = []
        for i, mine in enumerate(self._touched):
            meets = [g for g in groups if any((mine[x] & self._touched[k][x]).any() for k in g for x in _LAYERS)]
            groups = [g for g in groups if g not in meets] + [{i}.union(*meets)]
        return groups

    def _parts(self, choice: Choice) -> tuple[Choice, ...]:
        """The offer taken apart: for each group that changes something, its options with all others as today."""
        _chosen(self.case, choice)
        parts = (tuple(k if i in group else 0 for i, k in enumerate(choice)) for group in self._groups)
        return tuple(part for part in parts if any(part))

    def _edits_of(self, part: Choice) -> tuple[Edit, ...]:
        """What one group's options change; worked out once."""
        if part not in self._known:
            policy = offer_policy(self.case, self.world, part, self.reference)
            edits = []
            for layer in _LAYERS:
                new, old = _layer(policy, layer), self._start[layer]
                cells = np.nonzero(new != old)
                if cells[0].size:
                    edits.append(Edit(layer, cells, new[cells]))
            self._known[part] = tuple(edits)
        return self._known[part]


def _layer(policy: Policy, layer: str) -> NDArray[np.float64]:
    """An array of the policy; the neutral one where it has none."""
    found: NDArray[np.float64] | None = getattr(policy, layer)
    if found is None:
        found = np.ones_like(policy.tariffs) if layer == "trade_costs" else np.zeros(policy.tariffs.shape[1:])
    return found


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
