"""Bills: what states of the law add to the duties of one importer on one partner, product by product, at base trade.

Law times trade and nothing else: imports are those of the law's own table (the United States, 2024), no buyer turns
away and no price moves. What a state is worth once they do is told by the model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tradetalks.errors import CaseError, LawError
from tradetalks.law.book import Book
from tradetalks.law.countries import code as country
from tradetalks.law.countries import members
from tradetalks.law.measure import Measure
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.trade import TABLES, Trade, trade
from tradetalks.talks.case import Case
from tradetalks.talks.legal_state import LegalState, legal_state

CARS, METALS, OTHER, GENERAL = "cars and parts", "metals", "other goods", "general"

PROGRAMMES = (CARS, METALS, OTHER, GENERAL)
"""What a bill is split by: duties on cars and parts, on metals, on other named goods, and on goods in general."""

_FAMILIES = {
    **dict.fromkeys(("s232-autos", "s232-auto-parts"), CARS),
    **dict.fromkeys(("s232-steel", "s232-aluminium", "s232-copper", "s232-metals"), METALS),
}

_NAMED_GOODS = ("s232", "s201")
"""Authorities whose duties are on named goods; those of the others are on goods in general."""


@dataclass(frozen=True)
class Bill:
    """Duties that a state of the law adds to those of the base day, at base trade."""

    state: str
    importer: str
    partner: str
    on: date
    known_on: date
    imports: float
    """Customs value of a year's imports from the partner, US$ bn."""
    base: float
    """Trade-weighted duty on the base day, a fraction of customs value."""
    programmes: Mapping[str, float]
    """What each of `PROGRAMMES` adds, US$ bn a year; they sum to `usd_bn`."""

    @property
    def usd_bn(self) -> float:
        """The bill, US$ bn a year."""
        return math.fsum(self.programmes.values())

    @property
    def added(self) -> float:
        """The bill as a fraction of customs value: how far the trade-weighted duty is above that of the base day."""
        return self.usd_bn / self.imports

    @property
    def duty(self) -> float:
        """The trade-weighted duty, a fraction of customs value."""
        return self.base + self.added

    def as_json(self) -> dict[str, Any]:
        """Plain data; rates as fractions, money in US$ bn a year."""
        return {
            "state": self.state,
            "importer": self.importer,
            "partner": self.partner,
            "on": self.on.isoformat(),
            "known_on": self.known_on.isoformat(),
            "imports_usd_bn": self.imports,
            "base": self.base,
            "duty": self.duty,
            "added": self.added,
            "usd_bn": self.usd_bn,
            "programmes": dict(self.programmes),
        }


def duty_bills(
    states: Mapping[str, LegalState], importer: str, partner: str, table: Trade | None = None
) -> tuple[Bill, ...]:
    """The bill of each state of the law, by its name.

    Parameters
    ----------
    states
        Reference points, or reference points under a deal (`LegalState.amended`) or without a statute
        (`LegalState.without`).
    importer, partner
        ISO codes or names; whose law, and on whose goods.
    table
        Trade of the importer in place of the shipped; US$, one row a product and partner.

    The base is the law as it was on the base day of the state, whatever the state amends or sets aside: a statute that
    had already taken duties then, and falls, makes a bill smaller than zero.

    Raises `LawError` for an importer whose trade by product does not ship and a partner that is not in it, `CaseError`
    for a state that has no law of the importer, or that has measures of a case's own beside it, which know sectors and
    no products.

    >>> back = legal_state(Case.load("japan-us-2025-04"), "pause-ends")
    >>> bills = duty_bills({"the 24 % back": back, "void": back.without(["IEEPA"])}, "US", "JP")
    >>> [(bill.state, round(bill.usd_bn, 1)) for bill in bills]
    [('the 24 % back', 31.1), ('void', 14.9)]
    """
    buyer, seller = country(importer), country(partner)
    flows = _flows(table or trade(buyer), buyer, seller)
    return tuple(_bill(name, state, flows, buyer, seller) for name, state in states.items())


def case_bills(case: Case) -> tuple[Bill, ...]:
    """The bills of each state of the law in a case, for every party whose law and trade by product ship, on the others.

    Reference points come first, then further states that its no-deal tree comes to. States in which the case has
    measures of its own are left out: those are rates by sector. Raises as `duty_bills` does.
    """
    points = case.reference_points | case.states
    states = {point.label or name: legal_state(case, name) for name, point in points.items()}
    laws = {country(law.importer) for law in case.law} & set(TABLES)
    pairs = [(buyer, seller) for buyer in case.parties for seller in case.parties if buyer in laws and seller != buyer]
    return tuple(
        bill
        for buyer, seller in pairs
        for bill in duty_bills({name: one for name, one in states.items() if not _own(one, buyer)}, buyer, seller)
    )


def _own(state: LegalState, buyer: str) -> list[str]:
    """Measures of the case's own that the buyer levies."""
    return [m.measure for m in state.own if country(m.importer) == buyer]


def _bill(name: str, state: LegalState, flows: Trade, buyer: str, seller: str) -> Bill:
    law, base = _law(name, state, buyer)
    now = schedule(law, flows, state.on, state.known_on, usage=state.usage)
    before = schedule(law.as_written, flows, base, usage=state.usage)
    levied, due = _by_programme(now), _by_programme(before)
    added = {programme: levied[programme] - due[programme] for programme in PROGRAMMES}
    imports = float(flows.value.sum()) / 1e9
    return Bill(name, buyer, seller, state.on, state.known_on, imports, before.average, added)


def _law(name: str, state: LegalState, buyer: str) -> tuple[Book, date]:
    """The importer's book in a state, and its base day."""
    if own := _own(state, buyer):
        raise CaseError(
            f"{name}: {', '.join(own)} of the case's own are rates by sector, and a bill counts product by product; "
            "leave them out (`without`)"
        )
    for law, base in state.books:
        if law.importer == buyer:
            return law, base
    raise CaseError(f"{name}: no law of {buyer} in this state; a case takes it from the books under `law`")


def _flows(table: Trade, buyer: str, seller: str) -> Trade:
    if table.importer != buyer:
        raise LawError(f"the trade given is that of {table.importer}, not of {buyer}")
    if seller not in table.partners:
        whole = "; it is held with the whole European Union, EU27" if seller in members("EU27") else ""
        known = "" if whole else f"; they do for {', '.join(table.partners)}"
        raise LawError(f"no imports of {buyer} from {seller} by product ship{whole}{known}")
    return table.of(seller)


def _by_programme(made: Schedule) -> dict[str, float]:
    """What the measures of each programme levy, US$ bn."""
    found = dict.fromkeys(PROGRAMMES, 0.0)
    for measure, revenue in zip(made.measures, made.revenue.sum((1, 2)), strict=True):
        found[_programme(measure)] += float(revenue) / 1e9
    return found


def _programme(measure: Measure) -> str:
    named = OTHER if measure.authority in _NAMED_GOODS else GENERAL
    return _FAMILIES.get(measure.programme, named)
