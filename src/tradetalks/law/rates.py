"""Rates: what the schedule of an importer comes to, on a day or day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, TypedDict, Unpack, overload

from tradetalks.errors import LawError
from tradetalks.law.book import Book, book
from tradetalks.law.countries import code as country
from tradetalks.law.countries import members
from tradetalks.law.duty import day
from tradetalks.law.measure import Measure
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.trade import Trade, Usage, trade


@dataclass(frozen=True)
class Ground:
    """The law that a measure rests on."""

    measure: str
    what: str
    authority: str
    since: str
    """The day it took effect, ISO."""
    until: str | None
    """The first day it no longer holds, where one is set."""
    citation: str


@dataclass(frozen=True)
class Rates:
    """Trade-weighted rates of one importer on one day; fractions of customs value, base flows of 2024."""

    importer: str
    on: str
    known_on: str | None
    partner: str | None
    """The partner that the figures are for; `None` for all."""
    average: float
    revenue_usd_bn: float
    """Duties at base flows, US$ bn a year."""
    partners: dict[str, float]
    """Rate by partner; they weigh as their imports."""
    sectors: dict[str, float]
    authorities: dict[str, float]
    """What each authority adds to the average; they sum to it."""
    measures: dict[str, float]
    """What each measure adds to the average, the largest first; normal duties aside."""
    law: tuple[Ground, ...]
    """According to which law, since when and for how long: each of `measures`, in order."""

    def as_json(self, law: bool = True) -> dict[str, Any]:
        """The record of the command line, with the law it rests on or without; rates as fractions."""
        record = {**vars(self), "law": [asdict(ground) for ground in self.law]}
        return record if law else {key: value for key, value in record.items() if key != "law"}


class Options(TypedDict, total=False):
    """What `rates` takes by name."""

    partner: str | None
    known_on: date | str | None
    as_known: bool
    claims: Mapping[str, float] | None
    usage: Usage
    law: Book | None


@overload
def rates(importer: str, on: date | str, to: None = None, **options: Unpack[Options]) -> Rates: ...
@overload
def rates(importer: str, on: date | str, to: date | str, **options: Unpack[Options]) -> list[Rates]: ...
@overload
def rates(importer: str, on: date | str, to: date | str | None, **options: Unpack[Options]) -> Rates | list[Rates]: ...
def rates(
    importer: str,
    on: date | str,
    to: date | str | None = None,
    *,
    partner: str | None = None,
    known_on: date | str | None = None,
    as_known: bool = False,
    claims: Mapping[str, float] | None = None,
    usage: Usage = "settled",
    law: Book | None = None,
) -> Rates | list[Rates]:
    """Trade-weighted rates on a day, or for every day to another, both included.

    Parameters
    ----------
    importer
        ISO code or name; the United States is the one whose trade ships.
    on, to
        Days (ISO).
    partner
        Figures for one partner in place of all.
    known_on
        The law as known and collected on that day; without it, as finally in force.
    as_known
        Each day as it was known and collected on that very day.
    claims
        Share of trade that makes a claim (`{"usmca": 0.9}`), in place of the shares of the records.
    usage
        Claims of the USMCA as settled in the second half of 2025, or as made in the `month` of the day.
    law
        A book of law of one's own.

    Raises `UnknownCode` for a country that does not exist, `LawError` for a day outside the records, an importer
    without trade by product, or a partner that is not among the 50 of the trade.

    >>> found = rates("US", "2025-04-09", partner="Japan")
    >>> round(found.average, 3), found.partner
    (0.219, 'JPN')
    """
    if as_known and known_on is not None:
        raise LawError("give either a day of knowledge or `as_known`, not both")
    buyer = country(importer)
    table, rules = trade(buyer), law or book(buyer)
    seller = None if partner is None else _partner(partner, table)
    shares = _shares(claims or {}, rules)
    known = None if known_on is None else day(known_on)
    start = day(on)
    if to is None:
        return _told(schedule(rules, table, start, start if as_known else known, shares, usage), seller)
    end = day(to)
    if end < start:
        raise LawError(f"from {start} to {end}: the second day comes before the first")
    return _series(rules, table, start, end, known, as_known, shares, usage, seller)


def _series(
    rules: Book,
    table: Trade,
    start: date,
    end: date,
    known: date | None,
    as_known: bool,
    shares: Mapping[str, float],
    usage: Usage,
    partner: str | None,
) -> list[Rates]:
    """Day by day; a schedule is made anew only where a record that bears on it has changed."""
    moves = {start, *rules.dates(), *(table.first_days() if usage == "month" else ())}
    if known is not None:
        moves.add(known + timedelta(1))  # what is announced by then is expected from then on
    found: list[Rates] = []
    state: object = None
    for offset in range((end - start).days + 1):
        now = start + timedelta(offset)
        then = now if as_known else known
        if now in moves:
            fresh = (rules.state(now, then), table.month_at(now) if usage == "month" else None)
            if fresh != state:
                state, told = fresh, _told(schedule(rules, table, now, then, shares, usage), partner)
        found.append(replace(told, on=now.isoformat(), known_on=then.isoformat() if then else None))
    return found


def _told(made: Schedule, partner: str | None) -> Rates:
    by_partner, by_measure = made.partners(), made.by_measure(partner)
    record = {m.measure: m for m in made.measures}
    return Rates(
        made.importer,
        made.on.isoformat(),
        made.known_on.isoformat() if made.known_on else None,
        partner,
        made.average if partner is None else by_partner[partner],
        made.revenue_usd_bn(partner),
        by_partner if partner is None else {partner: by_partner[partner]},
        made.sectors(partner),
        made.authorities(partner),
        by_measure,
        tuple(_ground(record[name], made.known_on) for name in by_measure),
    )


def _ground(measure: Measure, known_on: date | None) -> Ground:
    since, until = measure.effective.since.isoformat(), measure.until(known_on)
    ends = until.isoformat() if until else None
    return Ground(measure.measure, measure.what, measure.authority, since, ends, measure.citation)


def _partner(name: str, table: Trade) -> str:
    found = country(name)
    if found in members("EU27") and found not in table.partners:
        raise LawError(f"imports from {name} are held with the whole European Union; ask for EU27")
    if found not in table.partners:
        raise LawError(
            f"no imports of {table.importer} from {name} by product ship; they do for {', '.join(table.partners)}"
        )
    return found


def _shares(claims: Mapping[str, float], rules: Book) -> Mapping[str, float]:
    known = [claim.claim for claim in rules.claims]
    for name, share in claims.items():
        if name not in known:
            raise LawError(f'no claim "{name}"; known: {", ".join(sorted(known))}')
        if not 0 <= share <= 1:
            raise LawError(f"claim {name}={share:g}: give a share between 0 and 1")
    return claims
