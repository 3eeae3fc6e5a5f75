"""Duties found by a second route: the plain reading of `second_route` against the engine, entry by entry and in sum."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest

from tests.law import second_route
from tradetalks import duty
from tradetalks.errors import LawError
from tradetalks.law.book import FIRST, book
from tradetalks.law.schedule import US_CONTENT, schedule
from tradetalks.law.trade import trade

METALS = ("steel", "aluminium", "copper")
LAST = date(2026, 8, 31)
ENTRIES, BATCHES = 960, 6
ROWS = 1500
CLOCKS = ((date(2025, 4, 9), None), (date(2025, 9, 20), date(2025, 9, 20)), (date(2026, 3, 1), None))
CLAIMS = (
    "usmca", "in-transit", "in-transit-august", "transshipped", "civil-aircraft-use", "semiconductor-threshold",
    "patented", "pharma-named-firm", "us-metal", "low-metal", "certified-us-production", "cafta-textiles",
)  # fmt: skip
MAIN = ("JPN", "CHN", "CAN", "MEX", "DEU", "EU27", "KOR", "GBR", "BRA", "IND", "RUS", "TWN", "CHE", "VNM")
TURNS = (
    "2025-02-04", "2025-03-04", "2025-03-07", "2025-03-12", "2025-04-03", "2025-04-05", "2025-04-09", "2025-04-10",
    "2025-05-03", "2025-05-14", "2025-06-04", "2025-06-30", "2025-08-01", "2025-08-07", "2025-08-18", "2025-08-27",
    "2025-09-01", "2025-09-08", "2025-09-16", "2025-10-14", "2025-11-01", "2025-11-10", "2025-11-14", "2026-01-15",
    "2026-02-20", "2026-02-24", "2026-04-06", "2026-05-01", "2026-06-08", "2026-07-24", "2026-08-22",
)  # fmt: skip


def some_day(draw: random.Random) -> date:
    """A day near a turn of the law, or any."""
    if draw.random() < 0.7:
        return date.fromisoformat(draw.choice(TURNS)) + timedelta(draw.choice((-1, 0, 0, 1)))
    return FIRST + timedelta(draw.randrange((LAST - FIRST).days + 1))


def some_line(draw: random.Random, names: Sequence[str]) -> str:
    """A line of trade at or after some code that the names hold."""
    name = draw.choice(names)
    code = draw.choice(second_route.lists()[name][1])[0] if name in second_route.lists() else name
    lines = trade().lines
    if code == "all":
        return f"{int(draw.choice(lines)):010d}"
    return f"{int(lines[min(np.searchsorted(lines, np.uint64(int(code.ljust(10, '0')))), lines.size - 1)]):010d}"


def entry(number: int) -> tuple[str, str, date, date | None, set[str], Mapping[str, float]]:
    """An entry that some record reaches, or nearly: its partner, goods, day and claims are drawn around the record."""
    draw = random.Random(number)
    records = second_route.measures()
    record = records[number % len(records)]
    partner, on = draw.choice([*sorted(record["countries"] - {"USA"})[:60], *MAIN]), some_day(draw)
    if draw.random() < 0.6:
        partner = draw.choice([p for p in MAIN if p in record["countries"]] or [partner])
        last = min(record["effective"].get("to", LAST), LAST)
        first = max(record["effective"]["from"], FIRST)
        on = first + timedelta(draw.randrange(max(1, (last - first).days)))
    on = min(on, LAST)
    public = max(record["known"]["from"], FIRST)
    withdrawn = record["known"].get("to")
    known = draw.choice([None, None, some_day(draw), on, public])
    if withdrawn and draw.random() < 0.7:
        known = public + timedelta(draw.randrange((withdrawn - public).days))
    shares = [draw.choice((0.0, draw.random())) for _ in METALS]
    content = {metal: share / max(1.0, sum(shares)) for metal, share in zip(METALS, shares, strict=True)}
    source = record.get("products", "all") if draw.random() < 0.6 else sorted(second_route.lists())
    line = some_line(draw, [source] if isinstance(source, str) else source)
    can = [c["claim"] for c in second_route.claims() if second_route.can_claim(c, line, partner, on)]
    asked = {*record.get("only", ()), *(record.get("unless", ()) if draw.random() < 0.3 else ())}
    claimed = {c for c in CLAIMS if c in can and (draw.random() < 0.1 or (c in asked and draw.random() < 0.8))}
    return partner, line, on, known, claimed, content


def compare(numbers: Iterable[int]) -> int:
    """Compares entries by both routes; how many could be compared."""
    compared = 0
    us_content = next(c["share"] for c in second_route.claims() if c["claim"] == US_CONTENT)
    for number in numbers:
        partner, line, on, known_on, claimed, content = entry(number)
        makes = claimed | second_route.assumed(line, partner, on)
        try:
            found = duty("US", partner, line, on, known_on, claims=claimed, content=content)
        except LawError as error:
            assert "price" in str(error)  # a duty by quantity that no trade tells
            continue
        wanted = second_route.added(line, partner, on, known_on, makes, content, found.normal_duty, us_content)
        ours = {p.measure: p.rate for p in found.parts[1:] if p.rate}
        told = (number, partner, line, on, known_on, claimed)
        assert ours == pytest.approx({name: rate for name, rate in wanted.items() if rate}), told
        assert found.rate == pytest.approx(found.normal_duty + math.fsum(wanted.values()), abs=1e-12), told
        compared += 1
    return compared


@pytest.mark.parametrize("batch", range(BATCHES))
def test_an_entry_pays_the_same_by_both_routes(batch: int) -> None:
    size = ENTRIES // BATCHES
    assert compare(range(batch * size, (batch + 1) * size)) > 0.5 * size


# ---- schedules ------------------------------------------------------------------------------------------------------


def row_duty(row: int, on: date, known_on: date | None, usmca: np.ndarray) -> dict[str, float]:
    """What each measure adds to one row of trade: the mean over all states of its claims."""
    table = trade()
    line, partner = f"{int(table.lines[table.line[row]]):010d}", table.partners[table.partner[row]]
    content = dict(zip(METALS, table.content[table.line[row]].tolist(), strict=True))
    shares: dict[str, float] = {}
    us_content = 0.0
    for claim in second_route.claims():
        if claim["claim"] == US_CONTENT:
            us_content = claim["share"]
        elif second_route.can_claim(claim, line, partner, on):
            shares[claim["claim"]] = float(usmca[row]) if "table" in claim else claim["share"]
    certain = {name for name, share in shares.items() if share >= 1}
    open_claims = [(name, share) for name, share in shares.items() if 0 < share < 1]
    found: dict[str, float] = {}
    for made in product((True, False), repeat=len(open_claims)):
        weight = math.prod(s if yes else 1 - s for (_, s), yes in zip(open_claims, made, strict=True))
        makes = certain | {name for (name, _), yes in zip(open_claims, made, strict=True) if yes}
        parts = second_route.added(line, partner, on, known_on, makes, content, float(table.normal[row]), us_content)
        for name, rate in parts.items():
            found[name] = found.get(name, 0.0) + weight * rate
    return found


@pytest.mark.parametrize(("on", "known_on"), CLOCKS, ids=str)
def test_rates_of_rows_of_all_partners_are_those_of_their_entries(on: date, known_on: date | None) -> None:
    table = trade()
    usmca = table.usmca_share(on)
    draw = np.random.default_rng(on.toordinal())
    made = schedule(book(), table, on, known_on)
    for row in draw.choice(table.value.size, ROWS, replace=False):
        wanted = table.normal[row] + math.fsum(row_duty(int(row), on, known_on, usmca).values())
        assert made.rate[row] == pytest.approx(wanted, abs=1e-12), (row, on)


@pytest.mark.parametrize("partner", ["TTO", "NZL"])
@pytest.mark.parametrize(("on", "known_on"), CLOCKS, ids=str)
def test_the_revenue_on_a_small_partner_is_the_sum_over_its_rows(partner: str, on: date, known_on: date | None) -> None:
    table = trade()
    at = table.partners.index(partner)
    made = schedule(book(), table, on, known_on)
    usmca = table.usmca_share(on)
    by_measure: dict[str, float] = {}
    for row in np.flatnonzero(table.partner == at):
        for name, rate in row_duty(int(row), on, known_on, usmca).items():
            by_measure[name] = by_measure.get(name, 0.0) + rate * float(table.value[row])
    ours = dict(zip((m.measure for m in made.measures), made.revenue[:, :, at].sum(1), strict=True))
    assert {m: r for m, r in ours.items() if r} == pytest.approx({m: r for m, r in by_measure.items() if r})
    normal = float((table.value * table.normal)[table.partner == at].sum())
    assert made.revenue_usd_bn(partner) * 1e9 == pytest.approx(normal + math.fsum(by_measure.values()))
    assert by_measure
