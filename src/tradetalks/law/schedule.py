"""The schedule: all duties of one importer on one day, weighted with the trade of a year.

Claims that only a part of the trade makes split a row into states; the rate of the row is their mean, so no measure is
ever applied to a fraction of an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tradetalks.law.book import Book
from tradetalks.law.measure import Measure
from tradetalks.law.scope import Cells, can_claim, candidates
from tradetalks.law.stacking import Flags, Floats, stack
from tradetalks.law.trade import Trade, Usage

NORMAL = "MFN"
"""The authority of normal duties, preferences included."""

MOST_KEPT = 4
"""Sets of cells kept with a trade."""

US_CONTENT = "us-content"
"""The claim whose share is the US part of the value of North American cars."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """Duties of one importer on one day; rates are fractions of customs value."""

    importer: str
    on: date
    known_on: date | None
    trade: Trade
    measures: tuple[Measure, ...]
    """Measures that bear somewhere."""
    rate: Floats
    """All duties of each row `[row]`."""
    revenue: Floats
    """US$ by measure, sector and partner at base flows `[measure, sector, partner]`; the last sector is none."""

    @cached_property
    def value(self) -> Floats:
        """Base flows, US$ `[sector, partner]`."""
        return _by_sector(self.trade, self.trade.value)

    @cached_property
    def normal(self) -> Floats:
        """Normal duties, US$ `[sector, partner]`."""
        return _by_sector(self.trade, self.trade.value * self.trade.normal)

    @property
    def average(self) -> float:
        """The trade-weighted rate."""
        return float((self.normal.sum() + self.revenue.sum()) / self.value.sum())

    def revenue_usd_bn(self, partner: str | None = None) -> float:
        """Duties at base flows on the goods of all partners or of one, US$ bn a year."""
        of = self._of(partner)
        return float(self.normal[:, of].sum() + self.revenue[:, :, of].sum()) / 1e9

    def partners(self) -> dict[str, float]:
        """Trade-weighted rate by partner."""
        total = (self.normal.sum(0) + self.revenue.sum((0, 1))) / self.value.sum(0)
        return dict(zip(self.trade.partners, total.tolist(), strict=True))

    def authorities(self, partner: str | None = None) -> dict[str, float]:
        """What each authority adds to the trade-weighted rate, of all partners or of one; they sum to it."""
        of = self._of(partner)
        found = {NORMAL: float(self.normal[:, of].sum() / self.value[:, of].sum())}
        for measure, rate in self.by_measure(partner).items():
            authority = next(m.authority for m in self.measures if m.measure == measure)
            found[authority] = found.get(authority, 0.0) + rate
        return found

    def by_measure(self, partner: str | None = None) -> dict[str, float]:
        """What each measure adds to the trade-weighted rate, the largest first."""
        of = self._of(partner)
        rates = self.revenue[:, :, of].sum((1, 2)) / self.value[:, of].sum()
        pairs = sorted(zip(self.measures, rates.tolist(), strict=True), key=lambda pair: -pair[1])
        return {measure.measure: rate for measure, rate in pairs if rate > 0}

    def sectors(self, partner: str | None = None) -> dict[str, float]:
        """Trade-weighted rate by sector, where there is trade; goods of no sector and electricity are left out."""
        of = self._of(partner)
        value = self.value[:-1, of].sum(1)
        duty = (self.normal + self.revenue.sum(0))[:-1, of].sum(1)
        goods = enumerate(self.trade.sectors[:-1])  # the last holds services; of goods, electricity alone
        return {code: float(duty[j] / value[j]) for j, code in goods if value[j] > 0}

    def _of(self, partner: str | None) -> slice:
        if partner is None:
            return slice(None)
        at = self.trade.partners.index(partner)
        return slice(at, at + 1)


def schedule(
    book: Book,
    trade: Trade,
    on: date,
    known_on: date | None = None,
    claims: Mapping[str, float] | None = None,
    usage: Usage = "settled",
) -> Schedule:
    """The schedule of an importer on a day.

    `claims` sets the share of trade that makes a claim, in place of the book's; for `usage` see `Trade.usmca_share`.
    """
    cells, row, weight = _cells(book, trade, on, claims or {}, usage)
    found = candidates(book, cells, on, known_on)
    stacked = stack(found, book.rules_on(on, known_on), trade.normal[row])
    sectors, places = len(trade.sectors) + 1, len(trade.partners)
    key = _sector(trade)[row] * places + cells.partner
    weighted = weight * trade.value[row]
    revenue = np.zeros((len(found), sectors * places))
    total = np.zeros(cells.size)
    for k, cells_of in enumerate(stacked.cells):
        added = stacked.added[k, cells_of]
        revenue[k] = np.bincount(key[cells_of], added * weighted[cells_of], sectors * places)
        total[cells_of] += added
    rate = trade.normal + np.bincount(row, total * weight, trade.value.size)
    return Schedule(trade.importer, on, known_on, trade, stacked.measures, rate, revenue.reshape(-1, sectors, places))


def _sector(trade: Trade) -> NDArray[np.intp]:
    """Position of each row's sector, the last for none `[row]`."""
    return np.minimum(trade.sector[trade.line], len(trade.sectors)).astype(np.intp)


def _by_sector(trade: Trade, amount: Floats) -> Floats:
    sectors, places = len(trade.sectors) + 1, len(trade.partners)
    found = np.bincount(_sector(trade) * places + trade.partner, amount, sectors * places)
    return np.asarray(found.reshape(sectors, places), dtype=float)


def _cells(
    book: Book, trade: Trade, on: date, given: Mapping[str, float], usage: Usage
) -> tuple[Cells, NDArray[np.intp], Floats]:
    """The rows in every state of their claims: cells, the row of each, and its weight within the row; kept."""
    month = trade.month_at(on) if usage == "month" else None
    open_claims = tuple(claim for claim in book.claims if claim.open_on(on))
    key = (book.folder, *map(id, open_claims), tuple(sorted(given.items())), usage, month)
    if key not in trade.kept:
        if len(trade.kept) >= MOST_KEPT:
            trade.kept.clear()
        trade.kept[key] = *_split(book, trade, on, given, usage), open_claims  # kept alive with what names it
    cells, row, weight, _ = trade.kept[key]
    return cells, row, weight


def _split(
    book: Book, trade: Trade, on: date, given: Mapping[str, float], usage: Usage
) -> tuple[Cells, NDArray[np.intp], Floats]:
    row = np.arange(trade.value.size)
    weight = np.ones(row.size)
    states: dict[str, Flags] = {}
    us_content = 0.0
    for claim in book.claims:
        if not claim.open_on(on):
            continue
        if claim.claim == US_CONTENT:
            us_content = given.get(US_CONTENT, claim.share or 0.0)
            continue
        goods, who = can_claim(claim, book, trade.lines, trade.partners, trade.listed)
        if not who.any():
            continue
        makers = goods[trade.line] & who[trade.partner]
        if claim.table == "usmca" and claim.claim not in given:
            share = trade.usmca_share(on, usage)
        else:
            share = np.full(trade.value.size, given.get(claim.claim, claim.share or 0.0))
        share = np.where(makers, share, 0.0)[row]
        partly = np.flatnonzero((share > 0) & (share < 1))
        makes = share >= 1
        row = np.concatenate([row, row[partly]])
        weight = np.concatenate([weight, weight[partly] * share[partly]])
        weight[partly] *= 1 - share[partly]
        states = {name: np.concatenate([flags, flags[partly]]) for name, flags in states.items()}
        states[claim.claim] = np.concatenate([makes, np.ones(partly.size, dtype=bool)])
    cells = Cells(
        trade.lines,
        trade.partners,
        trade.line[row],
        trade.partner[row],
        states,
        trade.content,
        us_content,
        trade.listed,
    )
    return cells, row, weight
