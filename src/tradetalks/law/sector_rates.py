"""Rates by sector for any partner, also those whose trade by product is not at hand: what models of the world need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np

from tradetalks.law.book import Book
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.scope import is_cap, names_partner, rate_of
from tradetalks.law.stacking import Floats
from tradetalks.law.trade import NO_SECTOR, Trade, Usage, trade


def sector_rates(book: Book, partner: str, on: date, known_on: date | None = None, usage: Usage = "settled") -> Floats:
    """Trade-weighted rate of each sector on one partner's goods, fractions `[sector]`.

    The partner is an ISO3 code or EU27. Sectors in which the table of trade has none from it, and partners that it
    lacks, weigh products as all partners together do. Sectors with no goods at all are zero.
    """
    return _assessed(book, partner, on, known_on, usage)[0]


def measure_rates(
    book: Book, partner: str, on: date, known_on: date | None = None, usage: Usage = "settled"
) -> dict[str, Floats]:
    """What each measure adds to the rate of each sector on one partner's goods, fractions `[sector]`."""
    return _assessed(book, partner, on, known_on, usage)[1]


def joint_rates(
    book: Book, partners: Sequence[str], on: date, known_on: date | None = None, usage: Usage = "settled"
) -> Floats:
    """Trade-weighted rate of each sector on the goods of several partners that the table of trade holds `[sector]`."""
    table = trade(book.importer)
    rates = np.array([sector_rates(book, partner, on, known_on, usage) for partner in partners])
    weight = np.array([_sector_values(table, partner) for partner in partners])
    total = weight.sum(0)
    return np.asarray(np.divide((rates * weight).sum(0), total, out=rates.mean(0), where=total > 0))


Rates = tuple[Floats, dict[str, Floats]]
"""Of each sector in all, and by measure."""

_KNOWN: dict[object, tuple[Rates, object]] = {}
"""Rates already worked out, by all that they depend on, beside the records whose identity is part of that."""

MOST_KEPT = 4096


def _assessed(book: Book, partner: str, on: date, known_on: date | None, usage: Usage) -> Rates:
    table = trade(book.importer)
    whose = partner if partner in table.partners else None  # partners without a table differ by their terms alone
    terms = tuple(
        (m.measure, rate_of(m, partner), is_cap(m, partner))
        for m in book.in_force(on, known_on)
        if names_partner(m, partner)
    )
    frame = (book.heads, book.rules, book.claims)
    month = table.month_at(on) if usage == "month" else None
    key = (book.folder, *map(id, frame), whose, usage, month, book.state(on, known_on)[1:], terms)
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KEPT:
            _KNOWN.clear()
        _KNOWN[key] = _assess(book, table, partner, on, known_on, usage), frame
    return _KNOWN[key][0]


def _assess(
    book: Book, table: Trade, partner: str, on: date, known_on: date | None, usage: Usage
) -> tuple[Floats, dict[str, Floats]]:
    sources = [_of(table, partner)] if partner in table.partners else []
    lacking = _sector_values(table, partner) == 0 if sources else np.ones(len(table.sectors), dtype=bool)
    if lacking.any():
        sources.append(_usual(table, partner, tuple(np.flatnonzero(lacking).tolist())))
    made = [schedule(book, source, on, known_on, usage=usage) for source in sources]
    sectors = len(table.sectors)
    value = np.array([m.value[:sectors, 0] for m in made])
    source = (value > 0).argmax(0)  # the first table with trade in the sector

    def mean(amounts: Sequence[Floats]) -> Floats:
        chosen = np.array([amount[:sectors] for amount in amounts])[source, np.arange(sectors)]
        weight = value[source, np.arange(sectors)]
        return np.asarray(np.divide(chosen, weight, out=np.zeros(sectors), where=weight > 0))

    names = dict.fromkeys(m.measure for one in made for m in one.measures)
    parts = {name: mean([_revenue(one, name) for one in made]) for name in names}
    return mean([one.normal[:, 0] for one in made]) + sum(parts.values()), parts


def _revenue(made: Schedule, name: str) -> Floats:
    places = [k for k, m in enumerate(made.measures) if m.measure == name]
    return np.asarray(made.revenue[places, :, 0].sum(0))


@cache
def _sector_values(table: Trade, partner: str) -> Floats:
    own = _of(table, partner)
    return np.asarray(np.bincount(own.sector[own.line], own.value, NO_SECTOR + 1)[: len(table.sectors)], dtype=float)


@cache
def _of(table: Trade, partner: str) -> Trade:
    return table.of(partner)


@cache
def _usual(table: Trade, partner: str, sectors: tuple[int, ...]) -> Trade:
    return table.usual(partner, sectors)
