"""Issues: what the parties can settle, the options of each, and what an option does to the law and to the policy.

Issue, option and offer in the sense of negotiation analysis (Raiffa 1982): an offer picks one option for each issue.
The first option of every issue is the law as it stands and changes nothing. What an option can do is a list of
instruments (`talks.instruments`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from tradetalks.errors import nearest
from tradetalks.law.measure import Amendment
from tradetalks.records.fields import Basis, Day, Names, Record, Source, Text, fault
from tradetalks.talks.instruments.assurance import Assurance
from tradetalks.talks.instruments.card import Card
from tradetalks.talks.instruments.currency import Currency
from tradetalks.talks.instruments.formula import FormulaOffer
from tradetalks.talks.instruments.investment import Investment
from tradetalks.talks.instruments.parity import Parity
from tradetalks.talks.instruments.purchase import Purchase
from tradetalks.talks.instruments.quota import QuotaChange
from tradetalks.talks.instruments.review import Review
from tradetalks.talks.instruments.safeguard import SafeguardChange
from tradetalks.talks.instruments.tariff import TariffChange
from tradetalks.talks.instruments.trade_cost import TradeCostChange
from tradetalks.talks.instruments.transfer import Transfer
from tradetalks.talks.pledges import Promise

if TYPE_CHECKING:
    from tradetalks.records.yaml_file import FieldPath
    from tradetalks.talks.instruments.effect import Entry, Payment, Shift
    from tradetalks.talks.instruments.product_market import ProductMarket
    from tradetalks.world import Policy, World

INSTRUMENTS = (
    "tariffs",
    "formulas",
    "quotas",
    "safeguards",
    "trade_costs",
    "transfers",
    "purchases",
    "investments",
    "currencies",
    "parities",
    "reviews",
    "assurances",
    "cards",
)
"""Fields of an option that hold instruments."""


class Option(Record):
    """One way to settle an issue: what it does to the law and to the policy, and on what basis its figures rest."""

    option: Text
    what: Text | None = None
    amendments: tuple[Amendment, ...] = Field(default=(), alias="amend")
    tariffs: tuple[TariffChange, ...] = ()
    formulas: tuple[FormulaOffer, ...] = ()
    quotas: tuple[QuotaChange, ...] = ()
    safeguards: tuple[SafeguardChange, ...] = ()
    trade_costs: tuple[TradeCostChange, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    investments: tuple[Investment, ...] = ()
    currencies: tuple[Currency, ...] = ()
    parities: tuple[Parity, ...] = ()
    reviews: tuple[Review, ...] = ()
    assurances: tuple[Assurance, ...] = ()
    cards: tuple[Card, ...] = ()
    basis: Basis | None = None
    source: Source | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether this is the law as it stands."""
        return not (self.amendments or self.instruments)

    @property
    def instruments(self) -> tuple[Record, ...]:
        """Everything it does beside amending measures of the law."""
        return tuple(one for field in INSTRUMENTS for one in getattr(self, field))

    # ---- what it does to the policy ----------------------------------------------------------------------------------

    def levy(self, policy: Policy) -> Policy:
        """The policy with the duties this option sets itself; those by formula at today's trade."""
        for tariff in self.tariffs:
            policy = tariff.change(policy)
        for formula in self.formulas:
            policy = formula.change(policy)
        return policy

    def change(self, policy: Policy) -> Policy:
        """The policy with this option's own changes: tariffs, trade costs, transfers, in that order.

        Raises `UnknownCode` and `PolicyError` as `Policy` does.
        """
        policy = self.levy(policy)
        for cost in self.trade_costs:
            policy = cost.change_of(policy)
        for transfer in self.transfers:
            policy = policy.transfer(transfer.payer, transfer.recipient, transfer.usd_bn)
        return policy

    def adjust(self, policy: Policy, reference: Policy) -> Policy:
        """The policy after the clauses of this option, which look at all that an offer changes in `reference`."""
        clauses: tuple[Parity | Review, ...] = (*self.parities, *self.reviews)
        for clause in clauses:
            policy = clause.adjust(policy, reference)
        return policy

    def touched(self, world: World) -> np.ndarray:
        """The tariffs `[j, n, i]` that the option may change, the law aside."""
        cells = np.zeros(world.tariffs.shape, dtype=bool)
        levies: tuple[TariffChange | FormulaOffer | Parity | Review, ...]
        levies = (*self.tariffs, *self.formulas, *self.parities, *self.reviews)
        for one in levies:
            cells |= one.cells(world)
        return cells

    def payments(self, reference: Policy) -> tuple[Payment, ...]:
        """What parties pay one another beside plain transfers, on the law of `reference`."""
        pledges: tuple[Purchase | Investment, ...] = (*self.purchases, *self.investments)
        paid = [payment for one in pledges for payment in one.payments()]
        paid += [payment for one in self.currencies for payment in one.payments_for(one.implied(reference))]
        return tuple(paid)

    def shifts(self, world: World) -> tuple[Shift, ...]:
        """Sales that the option brings about or takes away."""
        sellers: tuple[QuotaChange | SafeguardChange | Purchase, ...]
        sellers = (*self.quotas, *self.safeguards, *self.purchases)
        return tuple(shift for one in sellers for shift in one.shifts(world))

    def entries(self, reference: Policy) -> tuple[Entry, ...]:
        """What the option is worth beside what the equilibrium counts, on the law of `reference`."""
        markets: tuple[QuotaChange | SafeguardChange, ...] = (*self.quotas, *self.safeguards)
        found = [entry for one in markets for entry in one.entries(reference.world)]
        found += [entry for one in self.investments for entry in one.entries()]
        found += [entry for one in self.currencies for entry in one.entries_for(one.implied(reference))]
        found += [entry for one in self.assurances for entry in one.entries(reference)]
        found += [entry for one in self.cards for entry in one.entries()]
        return tuple(found)

    # ---- whether it can be, and since when it is known ---------------------------------------------------------------

    def check(self, policy: Policy) -> None:
        """Raises what is wrong with this option on a world: `PolicyError`, `OfferError` or `UnknownCode`."""
        self.change(policy)
        self.touched(policy.world)
        self.shifts(policy.world)

    def on(self, markets: Mapping[str, ProductMarket]) -> Option:
        """The option with the product markets that its quotas name put in."""
        if not any(quota.market for quota in self.quotas):
            return self
        return self.model_copy(update={"quotas": tuple(quota.on(markets) for quota in self.quotas)})

    def dated(self) -> Iterator[tuple[FieldPath, date]]:
        """The dates of its sources and where they stand, those of what others say of a pledge aside."""
        yield from sources(self)


def sources(record: object, at: FieldPath = ()) -> Iterator[tuple[FieldPath, date]]:
    """The dates of all sources in a record and where they stand; what others say of a pledge aside."""
    if isinstance(record, Source):
        yield (*at, "date"), record.date
    elif isinstance(record, Record):
        if isinstance(record, Promise) and record.known_from is not None:
            yield (*at, "delivery"), record.known_from
        for name in type(record).model_fields:
            if name != "texts":
                yield from sources(getattr(record, name), (*at, name))
    elif isinstance(record, tuple | dict):
        pairs = enumerate(record) if isinstance(record, tuple) else record.items()
        for key, value in pairs:
            yield from sources(value, (*at, key))


class Withdrawal(Record):
    """A card taken back, or a matter taken off the agenda: from this day it is not on the table."""

    on: Day
    what: Text
    options: Names = ()
    """Which options are gone; by default all but the first."""
    source: Source


class Issue(Record):
    """One matter to be settled, and the ways to settle it; the first is as today."""

    what: Text
    label: Text | None = None
    """A name short enough for a table; by default the key."""
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    withdrawn: tuple[Withdrawal, ...] = ()

    @model_validator(mode="after")
    def _withdraws_what_it_has(self) -> Issue:
        for one in self.withdrawn:
            for name in one.options:
                if name not in self.labels:
                    hint = nearest(name, self.labels) or "known: " + ", ".join(self.labels)
                    raise fault(f'the withdrawal on {one.on}: no option "{name}"; {hint}', "withdrawn")
                if name == self.labels[0]:
                    raise fault(f'the withdrawal on {one.on}: "{name}" is as today and stays', "withdrawn")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The options' names in order."""
        return tuple(option.option for option in self.options)

    def on(self, day: date) -> Issue:
        """The issue as it was on the table on a day: without what had been withdrawn by then."""
        gone = {name for one in self.withdrawn if one.on <= day for name in one.options or self.labels[1:]}
        return self.model_copy(update={"options": tuple(o for o in self.options if o.option not in gone)})
