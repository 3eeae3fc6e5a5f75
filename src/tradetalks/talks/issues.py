"""Issues: what the parties can settle, the options of each, and what an option does to the law and to the policy.

Issue, option and offer in the sense of negotiation analysis (Raiffa 1982): an offer picks one option for each issue.
The first option of every issue is the law as it stands and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from tradetalks.law.measure import Amendment
from tradetalks.records.fields import Basis, Names, Number, Rate, Record, Source, Text, fault
from tradetalks.world import Policy, World


class TariffChange(Record):
    """A party changes its own duties: cut by a part of what they are (`cut`), or set to a level (`rate`)."""

    importer: Text
    exporter: Text
    sectors: Names
    cut: Rate | None = None
    rate: Rate | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> TariffChange:
        if (self.cut is None) == (self.rate is None):
            raise fault("give either `cut` (50% halves the duty) or `rate` (the new level)")
        if self.cut is not None and not 0 < self.cut <= 1:
            raise fault(f"{self.cut:.4g} of the duty; a cut lies above 0% and at most at 100%", "cut")
        return self

    def change(self, policy: Policy) -> Policy:
        """The policy with this change; rates are fractions."""
        cells = _cells(policy.world, self.importer, self.exporter, self.sectors)
        tariffs = np.array(policy.tariffs)
        tariffs[cells] = self.rate if self.cut is None else tariffs[cells] * (1 - self.cut)
        return replace(policy, tariffs=tariffs)


class Range(Record):
    """What a figure might also be."""

    low: Rate
    high: Rate


class TradeCostChange(Record):
    """Goods become cheaper or dearer to bring in, in percent of their price: standards, inspections, paperwork."""

    importer: Text
    exporter: Text
    sectors: Names
    change: Rate
    range: Range | None = None

    @model_validator(mode="after")
    def _inside_its_range(self) -> TradeCostChange:
        if self.range and not self.range.low <= self.change <= self.range.high:
            raise fault(
                f"{self.change:.4g} is outside its range {self.range.low:.4g} to {self.range.high:.4g}", "change"
            )
        return self

    def change_of(self, policy: Policy) -> Policy:
        """The policy with this change of iceberg costs."""
        for sector in self.sectors:
            policy = policy.trade_cost(self.importer, self.exporter, sector, 1 + self.change)
        return policy


class Transfer(Record):
    """A yearly payment from one party to another, US$ bn."""

    payer: Text = Field(alias="from")
    recipient: Text = Field(alias="to")
    usd_bn: Number

    @model_validator(mode="after")
    def _is_a_payment(self) -> Transfer:
        if self.usd_bn <= 0:
            raise fault(f"{self.usd_bn:g} is not a payment; write a positive amount and swap `from` and `to`", "usd_bn")
        return self


class Option(Record):
    """One way to settle an issue: what it does to the law and to the policy, and on what basis its figures rest."""

    option: Text
    what: Text | None = None
    amendments: tuple[Amendment, ...] = Field(default=(), alias="amend")
    tariffs: tuple[TariffChange, ...] = ()
    trade_costs: tuple[TradeCostChange, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    basis: Basis | None = None
    source: Source | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether this is the law as it stands."""
        return not (self.amendments or self.tariffs or self.trade_costs or self.transfers)

    def change(self, policy: Policy) -> Policy:
        """The policy with this option's own changes: tariffs, trade costs, transfers, in that order.

        Raises `UnknownCode` and `PolicyError` as `Policy` does.
        """
        for tariff in self.tariffs:
            policy = tariff.change(policy)
        for cost in self.trade_costs:
            policy = cost.change_of(policy)
        for transfer in self.transfers:
            policy = policy.transfer(transfer.payer, transfer.recipient, transfer.usd_bn)
        return policy


class Issue(Record):
    """One matter to be settled, and the ways to settle it; the first is as today."""

    what: Text
    label: Text | None = None
    """A name short enough for a table; by default the key."""
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    @property
    def labels(self) -> tuple[str, ...]:
        """The options' names in order."""
        return tuple(option.option for option in self.options)


def _cells(world: World, importer: str, exporter: str, sectors: Sequence[str]) -> tuple[np.ndarray, ...]:
    chosen = np.zeros(world.tariffs.shape, dtype=bool)
    j = [k for name in sectors for k in world.sector_indices(name)]
    chosen[np.ix_(j, world.economy_indices(importer), world.economy_indices(exporter))] = True
    chosen[:, np.arange(len(world.economies)), np.arange(len(world.economies))] = False
    return np.nonzero(chosen)
