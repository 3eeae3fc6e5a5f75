"""Static duty bills: against a count by hand of the same ten states, against plain sums, and against themselves.

Published: a count by hand of August 2026, duties on US imports from Japan, US$ 151.3 bn in 2024, from the lines
of the US Census Bureau and product lists of Trade War Redux 2025 (M. Waugh, July 2026). Where it differs from the law,
the difference is asserted with its reasons; `docs/explanation/law.md` tells them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.talks import bills_by_hand as hand
from tests.talks.test_legal_state import amendment, made, own
from tradetalks import Case, rates
from tradetalks.errors import CaseError, LawError
from tradetalks.law.book import book
from tradetalks.law.schedule import schedule
from tradetalks.law.scope import under
from tradetalks.law.trade import Trade, trade
from tradetalks.talks.bills import PROGRAMMES, Bill, case_bills, duty_bills
from tradetalks.talks.legal_state import LegalState, legal_state

BASE = date(2024, 12, 31)
DEAL = ("jp-floor", "jp-auto-floor", "jp-parts-floor", "jp-aircraft", "jp-aircraft-parts", "232-wood-jp-eu")
"""What the deal of July 2025 changed for Japan; without them it stands as before."""


def law_on(on: str, known_on: str | None = None, without: Sequence[str] = ()) -> LegalState:
    """The law of the United States on a day, as it was known that day or on another."""
    day = date.fromisoformat(on)
    known = date.fromisoformat(known_on) if known_on else day
    return LegalState((), ((book("USA"), BASE),), day, known).without(without)


def bill_of(state: LegalState, partner: str = "JPN", table: Trade | None = None) -> Bill:
    return duty_bills({"it": state}, "USA", partner, table)[0]


# ---- against a count by hand ---------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A state as counted by hand and as the law has it, and in points what takes the one to the other."""

    state: LegalState
    published: tuple[float, float]
    """Points, and US$ bn a year."""
    ours: tuple[float, float]
    causes: tuple[float, float, float, float]
    """Points, by goods: `CAUSES`."""


CAUSES = ("cars and parts", "metals on its lists", "metals and trucks it had not", "all else, chiefly exempt goods")

# Cars: by law 15 is a total with emergency tariffs void, too. Metals: goods outside chapters 72, 73 and 76 pay on their
# content, not on their value. Later: acts of August 2025 to June 2026 added metal goods, and trucks. All else: annex II
# exempts 7.3 % of imports that the count by hand taxed, and it does not exempt chapter 99.
TABLE = {
    "16 April 2025": Row(law_on("2025-05-03", "2025-04-16"), (15.4, 23.3), (14.30, 21.6), (0.04, -0.47, 0.01, -0.64)),
    "July 2025, metals 50": Row(law_on("2025-07-07"), (16.5, 24.9), (14.81, 22.4), (0.03, -1.06, 0.02, -0.64)),
    "24 back, metals 25": Row(
        law_on("2025-07-09", "2025-04-16"), (22.3, 33.8), (20.54, 31.1), (0.02, -0.27, 0.0, -1.54)
    ),
    "25 from 1 August, metals 50": Row(
        law_on("2025-08-01", "2025-07-08"), (23.9, 36.2), (21.49, 32.5), (0.0, -0.85, 0.01, -1.60)
    ),
    "stacked by mistake": Row(law_on("2025-08-07"), (19.0, 28.7), (17.11, 25.9), (0.02, -0.99, 0.08, -0.96)),
    "deal as ordered": Row(law_on("2025-09-16"), (13.5, 20.4), (12.22, 18.5), (0.0, -0.99, 0.46, -0.71)),
    "deal, emergency tariffs void": Row(
        law_on("2026-02-20", without=["IEEPA"]), (7.8, 11.8), (6.78, 10.3), (-0.90, -1.18, 1.07, 0.0)
    ),
    "no deal, void, surcharge 10": Row(
        law_on("2026-02-24", without=["IEEPA", *DEAL]), (16.5, 24.9), (15.40, 23.3), (0.03, -1.04, 0.71, -0.76)
    ),
    "no deal, void, no surcharge": Row(
        law_on("2026-02-24", without=["IEEPA", "s122", *DEAL]), (11.5, 17.4), (11.44, 17.3), (0.04, -1.17, 1.07, 0.0)
    ),
    "section 301 at 12.5": Row(law_on("2026-08-01"), (12.3, 18.6), (11.36, 17.2), (0.01, -0.99, 0.78, -0.71)),
}

ROUNDED = 0.05
"""Points: what the count by hand printed is rounded to a tenth."""


@pytest.mark.parametrize("name", TABLE)
def test_a_bill_differs_from_the_count_by_hand_by_what_is_told(name: str) -> None:
    row, bill = TABLE[name], bill_of(TABLE[name].state)
    assert 100 * bill.added == pytest.approx(row.ours[0], abs=0.006)
    assert bill.usd_bn == pytest.approx(row.ours[1], abs=0.06)
    assert row.ours[0] - row.published[0] == pytest.approx(sum(row.causes), abs=ROUNDED)
    assert row.ours[1] - row.published[1] == pytest.approx(sum(row.causes) * bill.imports / 100, abs=0.1)


def test_on_16_april_itself_parts_paid_the_general_ten() -> None:
    """The duty on parts began on 3 May 2025; the row above counts what was ordered by then, as the hand did."""
    today, ordered = bill_of(law_on("2025-04-16")), bill_of(TABLE["16 April 2025"].state)
    assert (100 * today.added, today.usd_bn) == pytest.approx((12.83, 19.4), abs=0.06)
    parts = listed(("auto-parts",), law_on("2025-05-03"))
    assert 100 * (ordered.added - today.added) == pytest.approx(hand.points(np.full(parts.size, 0.15), parts), abs=0.01)


def test_what_the_deal_saves_depends_on_what_it_is_held_against() -> None:
    """By hand 3, 4.5 and 16. Metal goods that an act of August 2025 added are no doing of the deal."""
    deal = law_on("2025-09-16")
    without = deal.without(DEAL)
    letter = without.amended([amendment(["recip-10"], additional="25%")])
    saved = [bill_of(state).usd_bn - bill_of(deal).usd_bn for state in (TABLE["16 April 2025"].state, without, letter)]
    assert saved == pytest.approx([3.2, 5.0, 14.8], abs=0.06)


@pytest.mark.parametrize("name", TABLE)
def test_the_count_by_hand_is_that_of_its_lists(name: str, data: Path) -> None:
    points = hand.points(hand.added(data)[name])
    assert points == pytest.approx(TABLE[name].published[0], abs=0.06)
    assert points * 1.5134 == pytest.approx(TABLE[name].published[1], abs=0.06)


@pytest.mark.parametrize("name", TABLE)
def test_each_cause_of_a_difference_is_as_large_as_told(name: str, data: Path) -> None:
    state, causes = TABLE[name].state, TABLE[name].causes
    now = schedule(state.books[0][0], hand.JAPAN, state.on, state.known_on)
    difference = now.rate - schedule(book(), hand.JAPAN, BASE).rate - hand.added(data)[name]
    of_hand = hand.goods(data)
    cars = of_hand["cars"] | listed(("autos", "auto-parts"), state)
    metals = of_hand["metals"] & ~cars
    later = listed(CONTENT if state.on < date(2026, 4, 6) else ANNEXES, state) & ~cars & ~metals
    found = [hand.points(difference, goods) for goods in (cars, metals, later, ~(cars | metals | later))]
    assert found == pytest.approx(causes, abs=0.006)


def test_the_lists_of_the_hand_are_as_large_as_it_printed(data: Path) -> None:
    shares = {name: hand.points(np.ones(where.size), where) for name, where in hand.goods(data).items()}
    printed = {"cars": 37.1, "metals": 4.4, "exempt": 8.7, "general": 49.7, "aircraft": 2.4}
    assert shares == pytest.approx(printed, abs=0.09)


def test_the_hand_taxed_most_of_what_annex_ii_exempts(data: Path) -> None:
    """It looked for ten digits among codes of eight padded with zeros, and its list holds 720 of the order's 1,039."""
    taxed = hand.goods(data)["general"] & listed(("annex-ii", "electronics"), TABLE["July 2025, metals 50"].state)
    eight = {code[:8] for code in hand.codes(data, "annex-II-exemptions.csv")}
    known = np.array([line[:8] in eight for line in hand.LINES])
    one = np.ones(known.size)
    assert hand.points(one, taxed & known) == pytest.approx(5.34, abs=0.01)
    assert hand.points(one, taxed & ~known) == pytest.approx(1.94, abs=0.01)
    assert hand.points(one, taxed & hand.chapters("30")) == pytest.approx(4.80, abs=0.01)
    assert hand.points(one, hand.chapters("99")) == pytest.approx(0.87, abs=0.01)


def test_with_metal_goods_at_full_value_the_hand_is_ours_on_metals(data: Path) -> None:
    state = TABLE["July 2025, metals 50"].state
    full = replace(hand.JAPAN, content=np.ones_like(hand.JAPAN.content), kept={})
    difference = schedule(book(), full, state.on, state.known_on).rate - schedule(book(), hand.JAPAN, BASE).rate
    difference = difference - hand.added(data)["July 2025, metals 50"]
    assert hand.points(difference, hand.goods(data)["metals"]) == pytest.approx(-0.04, abs=0.006)
    assert 100 * bill_of(state, table=full).added == pytest.approx(15.94, abs=0.006)


def test_the_hand_on_cars_is_ours_once_15_is_a_total(data: Path) -> None:
    """With emergency tariffs void it added 15 to the normal duty; in its other rows of the deal 15 is the total."""
    row, cars = TABLE["deal, emergency tariffs void"], hand.goods(data)["cars"]
    total = hand.points(np.maximum(0, 0.15 - hand.collected(data)), cars)
    bill = bill_of(row.state)
    assert total == pytest.approx(100 * bill.programmes["cars and parts"] / bill.imports, abs=0.04)
    assert hand.points(np.full(cars.size, 0.15), cars) - total == pytest.approx(0.93, abs=0.01)


CONTENT = ("steel-articles", "aluminium-articles", "steel-derivatives", "aluminium-derivatives", "copper", "trucks",
           "truck-parts", "buses")  # fmt: skip
ANNEXES = (
    "metals-annex-ia",
    "metals-annex-ib",
    "metals-annex-ic",
    "metals-annex-iii",
    "trucks",
    "truck-parts",
    "buses",
)


def listed(names: Sequence[str], state: LegalState) -> hand.Flags:
    """The rows that the law's lists hold in a state."""
    found = frozenset(code for name in names for code in book().list(name).on(state.on, state.known_on))
    return under(found, hand.JAPAN.lines)[hand.JAPAN.line]


# ---- by a second route ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "car_total"), [("2025-07-07", None), ("2025-09-16", 0.15)])
def test_a_bill_is_the_plain_sum_over_lists_and_lines(on: str, car_total: float | None) -> None:
    state, normal = law_on(on), hand.JAPAN.normal
    cars = listed(("autos", "auto-parts"), state)
    content = hand.JAPAN.content[hand.JAPAN.line]
    due = np.zeros(hand.VALUE.size)
    left = np.ones(hand.VALUE.size)
    for names, part in (
        (("steel-articles", "aluminium-articles"), np.ones(hand.VALUE.size)),
        (("steel-derivatives",), content[:, 0]),
        (("aluminium-derivatives",), content[:, 1]),
        (("copper",) if on >= "2025-08-01" else (), content[:, 2]),
    ):
        levied = np.where(listed(names, state) & ~cars, part, 0.0)
        due, left = due + 0.5 * levied, left - levied
    rest = np.where(cars | listed(("annex-ii", "electronics"), state), 0.0, np.maximum(0, left))
    rest[[line.startswith("98") for line in hand.LINES]] = 0.0
    if car_total:
        flying = np.array([line.startswith(FLYING) for line in hand.LINES]) & listed(("civil-aircraft",), state)
        rest, due = np.where(flying, 0.0, rest), np.where(flying, 0.0, due)
    general = 0.10 if car_total is None else np.maximum(0, 0.15 - normal)
    on_cars = 0.25 if car_total is None else np.maximum(0, car_total - normal)
    found = bill_of(state).programmes
    assert found["cars and parts"] == pytest.approx(float((cars * on_cars) @ hand.VALUE) / 1e9)
    assert found["general"] == pytest.approx(float((rest * general) @ hand.VALUE) / 1e9)
    old = -bill_of(state.without(EVERYTHING)).programmes["metals"]
    assert found["metals"] == pytest.approx(float(due @ hand.VALUE) / 1e9 - old)


FLYING = (
    "8801",
    "8802",
    "8805",
    "8807",
    "840710",
    "840910",
    "841111",
    "841112",
    "841121",
    "841122",
    "841191",
    "940110",
)
EVERYTHING = tuple(sorted({measure.authority for measure in book("USA").measures}))


@pytest.mark.parametrize("partner", ["JPN", "EU27", "CAN", "VNM"])
def test_a_bill_is_the_change_of_the_trade_weighted_duty(partner: str) -> None:
    state = law_on("2025-08-07")
    bill = bill_of(state, partner)
    now = rates("USA", state.on, known_on=state.known_on, partner=partner, usage="year")
    before = rates("USA", date(2025, 1, 1), partner=partner, usage="year")
    assert bill.duty == pytest.approx(now.average)
    assert bill.base == pytest.approx(before.average, abs=2e-4)


# ---- what a bill is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLE)
def test_programmes_add_up_to_the_bill(name: str) -> None:
    bill = bill_of(TABLE[name].state)
    assert tuple(bill.programmes) == PROGRAMMES
    assert math.fsum(bill.programmes.values()) == bill.usd_bn
    law, state = TABLE[name].state.books[0][0], TABLE[name].state
    added = schedule(law, hand.JAPAN, state.on, state.known_on).rate - schedule(book(), hand.JAPAN, BASE).rate
    assert bill.usd_bn == pytest.approx(float(added @ hand.VALUE) / 1e9)
    assert bill.duty == pytest.approx(bill.base + bill.added)


@pytest.mark.parametrize("name", ["stacked by mistake", "section 301 at 12.5"])
def test_each_measure_counts_under_what_it_is_levied_on(name: str) -> None:
    """The duties of the base day are on metals and solar cells, and count there."""
    state, bill, old = TABLE[name].state, bill_of(TABLE[name].state), bill_of(TABLE[name].state.without(EVERYTHING))
    found = rates("USA", state.on, known_on=state.known_on, partner="JPN", usage="year").measures
    kinds = {
        "cars and parts": ("232-auto", "232-parts", "jp-auto", "jp-parts"),
        "metals": ("232-steel", "232-alu", "232-copper", "232-annex"),
        "other goods": ("232-mhd", "232-bus", "232-semi", "232-wood", "s201"),
        "general": ("recip", "301-fl"),
    }
    assert all(sum(measure.startswith(heads) for heads in kinds.values()) == 1 for measure in found)
    for programme, heads in kinds.items():
        levied = sum(rate for measure, rate in found.items() if measure.startswith(heads)) * bill.imports
        assert bill.programmes[programme] == pytest.approx(levied + old.programmes[programme]), programme


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_a_bill_is_linear_in_trade(seed: int, times: float) -> None:
    state, part = TABLE["deal as ordered"].state, np.random.default_rng(seed).uniform(0, 1, hand.VALUE.size)
    whole = bill_of(state)
    here, there = (
        bill_of(state, table=replace(hand.JAPAN, value=hand.VALUE * times * share, kept={}))
        for share in (part, 1 - part)
    )
    for programme, amount in whole.programmes.items():
        assert here.programmes[programme] + there.programmes[programme] == pytest.approx(
            times * amount, abs=1e-9 * times
        )
    assert here.imports + there.imports == pytest.approx(times * whole.imports)


def test_to_amend_a_duty_to_its_own_rate_changes_nothing() -> None:
    state = TABLE["July 2025, metals 50"].state
    same = state.amended([
        amendment(["recip-10"], additional="10%"),
        amendment(["232-auto-25", "232-parts-25"], additional="25%"),
        amendment(["232-steel-50", "232-alu-50"], additional="50%"),
    ])  # fmt: skip
    assert bill_of(same).programmes == bill_of(state).programmes
    deal = TABLE["deal as ordered"].state
    capped = deal.amended([amendment(["jp-floor", "jp-auto-floor", "jp-parts-floor"], cap="15%")])
    assert bill_of(capped).programmes == bill_of(deal).programmes


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_lower_total_is_never_a_larger_bill(one: int, other: int) -> None:
    low, high = (
        bill_of(TABLE["deal as ordered"].state.amended([amendment(["jp-floor"], cap=f"{rate / 10}%")])).usd_bn
        for rate in sorted((one, other))
    )
    assert low <= high + 1e-9


def test_with_everything_set_aside_nothing_is_added_to_the_normal_duty() -> None:
    """What the law of 2024 had already put on top of it, on aluminium, steel and solar cells, falls too."""
    for partner in ("JPN", "GBR", "VNM"):
        bill = bill_of(law_on("2025-08-07", without=EVERYTHING), partner)
        flows = trade("USA").of(partner)
        assert bill.duty == pytest.approx(float(flows.normal @ flows.value / flows.value.sum()))
        assert bill.programmes["cars and parts"] == bill.programmes["general"] == 0
    assert bill_of(law_on("2025-08-07", without=EVERYTHING)).usd_bn == pytest.approx(-0.0293, abs=1e-4)


@pytest.mark.parametrize("partner", ["JPN", "CHN", "CAN"])
def test_the_law_of_the_base_day_is_no_bill(partner: str) -> None:
    assert set(bill_of(law_on("2024-12-31"), partner).programmes.values()) == {0.0}


def test_what_a_state_amends_or_sets_aside_moves_no_base() -> None:
    state = law_on("2025-02-01")
    freed = state.amended([amendment(["s232-alu-10-old"], additional="0%")])
    assert bill_of(state).programmes["metals"] == 0
    assert bill_of(freed).programmes["metals"] == pytest.approx(-8.438e-5 * 151.34, rel=1e-3)
    assert bill_of(freed).base == bill_of(state.without(["s232"])).base == bill_of(state).base


# ---- cases, and what is refused --------------------------------------------------------------------------------------


def test_the_bills_of_a_case_are_those_of_its_states_of_the_law() -> None:
    case = Case.load("japan-us-2025-04")
    points, bills = case.reference_points | case.states, case_bills(case)
    assert [bill.state for bill in bills] == [point.label or name for name, point in points.items()]
    assert {(bill.importer, bill.partner) for bill in bills} == {("USA", "JPN")}
    direct = duty_bills({name: legal_state(case, name) for name in points}, "United States", "Japan")
    assert [bill.usd_bn for bill in bills] == [bill.usd_bn for bill in direct]
    record = bills[0].as_json()
    assert sum(record["programmes"].values()) == pytest.approx(record["usd_bn"])
    assert record["duty"] - record["base"] == pytest.approx(record["added"])
    assert record["known_on"] == case.as_of.isoformat()


def test_a_case_without_law_has_no_bills() -> None:
    assert case_bills(made(own("extra"), law=[])) == ()


def test_a_partner_or_importer_without_trade_by_product_is_refused() -> None:
    state = law_on("2025-07-07")
    with pytest.raises(LawError, match=r"from DEU by product ship; it is held with the whole European Union, EU27"):
        duty_bills({"it": state}, "USA", "Germany")
    with pytest.raises(LawError, match=r"from AND by product ship; they do for EU27, "):
        duty_bills({"it": state}, "USA", "Andorra")
    with pytest.raises(LawError, match="no imports of JPN by product ship; rates are known for USA"):
        duty_bills({"it": state}, "JPN", "USA")
    with pytest.raises(LawError, match="the trade given is that of USA, not of JPN"):
        duty_bills({"it": state}, "JPN", "USA", trade("USA"))


def test_a_state_that_a_bill_cannot_count_is_refused() -> None:
    with pytest.raises(CaseError, match=r"july: extra of the case's own are rates by sector.*\(`without`\)"):
        duty_bills({"july": legal_state(made(own("extra")), "july")}, "USA", "JPN")
    with pytest.raises(CaseError, match=r"july: no law of USA in this state; .* under `law`"):
        duty_bills({"july": legal_state(made(law=[]), "july")}, "USA", "JPN")
