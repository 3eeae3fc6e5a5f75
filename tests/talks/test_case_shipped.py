"""The shipped cases: they load, keep to their dates, and their duties agree with what others published for the law."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from tradetalks.errors import CaseError
from tradetalks.law.book import book
from tradetalks.law.duty import duty
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.scope import rate_of
from tradetalks.law.trade import trade
from tradetalks.records.fields import Source
from tradetalks.talks.case import Case, available
from tradetalks.talks.government import WHOLE
from tradetalks.talks.legal_state import LegalState, legal_state
from tradetalks.talks.pledges import pledge_worths
from tradetalks.talks.table import Table, offer_policy, reference_policy
from tradetalks.talks.valuation import Valuation
from tradetalks.world import World

# US imports for consumption from Japan in 2024, US$ bn, without chapters 98 and 99 (US Census Bureau, own sums)
IMPORTS = {
    "A01_02": 0.089, "A03": 0.074, "B07_08": 0.036, "C10T12": 1.367, "C13T15": 0.625, "C16": 0.038, "C17_18": 0.254,
    "C19": 0.357, "C20": 8.312, "C21": 7.680, "C22": 3.399, "C23": 1.101, "C24": 3.046, "C25": 2.563, "C26": 13.030,
    "C27": 11.080, "C28": 31.843, "C29": 51.832, "C30": 4.915, "C31T33": 3.224,
}  # fmt: skip

# Added duty on Japan in percentage points, on imports of 2024, chapter 98 in the weights. The first three are an
# earlier count by line with full-value metals and a shorter exemption list; the last is the Budget Lab at Yale's daily
# rate of 3 May 2025 (release of July 2026, 15.93 % with a normal duty of 1.51 %).
PUBLISHED = {"today": 15.4, "pause-ends": 22.3, "ieepa-void": 11.5}
BUDGET_LAB_TODAY = 14.4

GIVEN = ("farm", "industry", "support", "lng", "crops", "goods", "energy", "aircraft", "defence", "investment")
"""Issues in which Japan gives and the United States takes."""


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


@pytest.fixture(scope="module")
def case(world) -> Case:
    return Case.load("japan-us-2025-04", world=world)


@pytest.fixture(scope="module")
def signed(world) -> Case:
    return Case.load("japan-us-2025-07", world=world)


@pytest.fixture(scope="module", params=["japan-us-2025-04", "japan-us-2025-07"])
def shipped(request, world) -> Case:
    return Case.load(request.param, world=world)


# ---- all of them -----------------------------------------------------------------------------------------------------


def test_every_shipped_case_loads_and_is_named_as_its_file(world):
    assert {"japan-us-2025-04", "japan-us-2025-07"} <= set(available())
    for name in available():
        assert Case.load(name, world=world).case == name


def sources(record: Any) -> Iterator[Source]:
    """Every source in a record, however deep."""
    if isinstance(record, Source):
        yield record
    elif isinstance(record, BaseModel):
        for name in type(record).model_fields:
            yield from sources(getattr(record, name))
    elif isinstance(record, tuple | dict):
        for part in record.values() if isinstance(record, dict) else record:
            yield from sources(part)


def test_no_source_is_later_than_the_as_of_date(shipped):
    found = list(sources(shipped))
    assert len(found) > 40
    assert max(source.date for source in found) <= shipped.as_of
    lines = [line for government in shipped.governments.values() for line in government.red_lines]
    assert lines and max(line.stated for line in lines) <= shipped.as_of


def test_the_first_option_of_each_issue_changes_nothing_and_all_others_do(shipped):
    for issue in shipped.issues.values():
        assert [option.changes_nothing for option in issue.options] == [True] + [False] * (len(issue.options) - 1)


def test_no_red_line_is_crossed_by_leaving_things_as_they_are(shipped):
    for government in shipped.governments.values():
        for line in government.red_lines:
            assert not line.crossed({name: issue.labels[0] for name, issue in shipped.issues.items()})


def test_no_deal_is_a_tree_whose_states_all_have_a_law(shipped):
    assert shipped.no_deal == "tree"
    weights = shipped.no_deal_weights("tree")
    assert sum(weights.values()) == pytest.approx(1)
    assert set(weights) <= set(shipped.reference_points) | set(shipped.states)
    for state in weights:
        assert legal_state(shipped, shipped.law_of_deals(state)).measures


@pytest.fixture(scope="module")
def ledger(shipped, world) -> tuple[Valuation, dict[tuple[str, str], np.ndarray]]:
    """What each option is worth to each party by itself `[party, account]`, at the points."""
    valuation = Valuation(shipped, world, shipped.reference)
    table = valuation.table
    names = [(name, label) for name, issue in shipped.issues.items() for label in issue.labels[1:]]
    choices = [table.choice({name: label}) for name, label in names]
    accounts = valuation.accounts(np.array(choices), valuation.solved(choices))[0]
    return valuation, dict(zip(names, accounts, strict=True))


def test_each_side_gains_in_welfare_or_in_cards_by_what_the_other_gives(ledger):
    """US duties that fall help Japan; what Japan buys, pays, invests and opens helps the United States."""
    valuation, found = ledger
    whole = [valuation.names.index(name) for name in WHOLE if name != "red lines"]
    japan, states = 0, 1
    for (issue, option), accounts in found.items():
        worth = accounts[:, whole].sum(-1)
        if issue in ("cars", "metals") or (issue, option) in (("general", "none"), ("general", "+5 %")):
            assert worth[japan] > 0, (issue, option)
        elif issue in GIVEN or (issue == "general" and option.startswith("15 %")):
            assert worth[japan] < 0 < worth[states], (issue, option)
        elif issue in ("rice", "wheat", "beef", "car-standards"):
            assert worth[states] > 0, (issue, option)
            assert abs(worth).max() < 0.25, (issue, option)  # small beside a car duty


def test_cheaper_cars_are_worth_more_to_japan_and_take_income_from_us_makers(ledger):
    valuation, found = ledger
    makers, welfare = valuation.names.index("income:C29"), valuation.names.index("welfare")
    cars = [accounts for (issue, option), accounts in found.items() if issue == "cars" and option.endswith("%")]
    gain, lost = [a[0, welfare] for a in cars], [a[1, makers] for a in cars]
    assert gain == sorted(gain) and lost == sorted(lost, reverse=True) and max(lost) < 0 < min(gain)
    assert 1 < found["cars", "15 %"][0, welfare] < 5  # US$ bn a year


def test_a_payment_costs_japan_more_than_it_pays_by_the_terms_of_trade(case, world):
    valuation = Valuation(case, world, case.reference)
    choice = valuation.table.choice({"support": "US$ 4 bn"})
    japan, states = valuation.accounts(np.array([choice]), valuation.solved([choice]))[0, 0, :, 0]
    assert -1.25 * 4 < japan < -4 < 4 < states < 1.25 * 4


# ---- April 2025 ------------------------------------------------------------------------------------------------------


def test_the_table_has_what_was_spoken_of_and_more_offers_than_could_be_solved(case, world):
    table = Table(case, world)
    assert list(case.issues)[:7] == ["cars", "general", "metals", "farm", "industry", "support", "car-standards"]
    assert {"rice", "wheat", "beef", "crops", "lng", "aircraft", "defence", "investment", "ships"} < set(case.issues)
    assert {"currency", "parity", "review"} < set(case.issues)
    assert table.shape == (5, 4, 2, 3, 2, 4, 2, 4, 2, 2, 3, 4, 2, 2, 3, 2, 2, 2, 2)
    assert len(table) == 70_778_880
    assert case.goals == {"cars": "15 %"} and case.signed is None


@pytest.mark.parametrize(("point", "tolerance"), [("today", 0.8), ("pause-ends", 1.2), ("ieepa-void", 1.3)])
def test_added_duties_on_japan_are_near_the_count_by_line(point, tolerance, case, world):
    assert weighted(case, world, point) == pytest.approx(PUBLISHED[point], abs=tolerance)


def test_todays_added_duty_on_japan_is_the_budget_labs(case, world):
    assert weighted(case, world, "today") == pytest.approx(BUDGET_LAB_TODAY, abs=0.6)


def weighted(case: Case, world: World, point: str) -> float:
    change = reference_policy(case, world, point).tariffs - world.tariffs
    on_japan = change[:, world.economy("USA"), world.economy("JPN")]
    value = np.array([IMPORTS.get(sector, 0.0) for sector in world.sectors])
    return float(100 * (on_japan * value).sum() / value.sum())


def on_japan(state: LegalState, known: date | None = None) -> Schedule:
    """The schedule of the United States on Japan's goods, product by product."""
    return schedule(state.books[0][0], trade("USA").of("JPN"), state.on, known or state.known_on, usage=state.usage)


@pytest.mark.parametrize("point", ["today", "pause-ends", "ieepa-void"])
def test_duties_on_japan_move_as_the_schedule_of_the_law(point, case, world):
    state = legal_state(case, point)
    before = schedule(book("USA"), trade("USA").of("JPN"), case.law[0].base, usage=state.usage).sectors()
    change = state.duty(world, "USA", "JPN") - world.tariffs[:, world.economy("USA"), world.economy("JPN")]
    for sector, rate in on_japan(state).sectors().items():
        assert change[world.sectors.index(sector)] == pytest.approx(rate - before[sector], abs=1e-9)


def test_shares_of_japans_exports_by_measure(case, world):
    made = on_japan(legal_state(case))
    # customs value outside chapter 98, the part that each measure reaches
    share = {name: rate * made.value.sum() / made.value[:-1].sum() for name, rate in made.by_measure("JPN").items()}
    share = {name: rate / rate_of(made_measure(made, name), "JPN") for name, rate in share.items()}
    # published on all imports, US$ 151.3 bn: cars 27.5 %, listed parts 9.8 %; here on the 144.9 bn outside chapter 98
    assert share["232-auto-25"] * 144.9 / 151.3 == pytest.approx(0.275, abs=0.003)
    assert share["232-parts-25"] * 144.9 / 151.3 == pytest.approx(0.098, abs=0.003)
    assert 0.44 < share["recip-10"] < 0.52
    assert not [name for name in share if "-can-" in name or "-mex-" in name or "-chn-" in name]


def made_measure(made: Schedule, name: str):
    return next(measure for measure in made.measures if measure.measure == name)


def test_no_product_is_reached_by_more_than_one_of_the_exclusive_measures(case):
    """No product of Japan pays more than one measure's 25 % on top; the general 10 % never meets a section 232 duty.

    Parts and metals were first told apart on 29 April, so as known on 16 April both bear on parts of steel.
    """
    state = legal_state(case)
    for known in (state.known_on, date(2025, 4, 30)):
        made = on_japan(state, known)
        rows = made.trade.lines[made.trade.line]
        above = {f"{line:010d}" for line in rows[made.rate - made.trade.normal > 0.25 + 1e-9]}
        parts = book("USA").list("auto-parts").on(state.on, known)
        assert all(code.startswith(tuple(parts)) for code in above)
        assert bool(above) == (known == state.known_on)


def test_rates_of_japan_china_and_canada_at_the_three_points(case, world):
    def added(point, partner, sector):
        change = reference_policy(case, world, point).tariffs - world.tariffs
        return change[world.sectors.index(sector), world.economy("USA"), world.economy(partner)]

    assert added("today", "JPN", "C13T15") == pytest.approx(0.10)
    assert added("pause-ends", "JPN", "C13T15") == pytest.approx(0.24)
    assert added("ieepa-void", "JPN", "C13T15") == pytest.approx(0, abs=1e-12)
    assert added("today", "CHN", "C13T15") == added("pause-ends", "CHN", "C13T15") == pytest.approx(0.20 + 1.25)
    assert added("today", "JPN", "C29") > 0.23 and added("ieepa-void", "JPN", "C29") > 0.23
    assert added("pause-ends", "VNM", "C13T15") == added("today", "VNM", "C13T15") == pytest.approx(0.10)
    assert added("today", "CAN", "B05_06") == pytest.approx(0.10 * 0.820, abs=5e-4)
    assert added("today", "RUS", "C16") == 0


def test_only_us_duties_change_without_a_deal(case, world):
    for point in case.reference_points:
        change = reference_policy(case, world, point).tariffs != world.tariffs
        change[:, world.economy("USA"), :] = False
        assert not change.any()


def test_parts_pay_from_3_may(case):
    today = legal_state(case)
    names = {m.measure for m in today.measures}
    assert "232-parts-25" in names and "recip-annex-i-due-0709" not in names
    assert "232-parts-25" not in {m.measure for m in replace(today, on=case.as_of).measures}


def test_car_option_of_15_in_all_brings_listed_cars_and_parts_to_15(case, world):
    """Product by product: 15 % or the normal duty, whichever is more (light trucks pay 25 %)."""
    option = case.issues["cars"].options[2]
    state = legal_state(case).without(["232-steel-25", "232-alu-25-derivatives"]).amended(option.amendments)
    for code, total in (("8703230140", 0.15), ("8708295160", 0.15), ("8704310120", 0.25)):
        found = duty("USA", "JPN", code, state.on, state.known_on, law=state.books[0][0])
        assert found.rate == pytest.approx(total)
    chosen = case.issues["metals"].options[1].amendments + case.issues["general"].options[1].amendments
    made = on_japan(legal_state(case).amended((*option.amendments, *chosen)))
    wanted = {"cars": "15 %", "general": "none", "metals": "none"}  # nothing else on cars
    offer = offer_policy(case, world, Table(case, world).choice(wanted))
    j, n, i = world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")
    usual = schedule(book("USA"), trade("USA").of("JPN"), case.law[0].base, usage="year").sectors()["C29"]
    assert offer.tariffs[j, n, i] - world.tariffs[j, n, i] == pytest.approx(made.sectors()["C29"] - usual)


def test_metals_as_before_12_march_leave_almost_nothing_added_on_metals(case, world):
    """What is left is below zero: the option frees steel outside its quota too, which paid half a point in 2024."""
    freed = legal_state(case).amended(case.issues["metals"].options[1].amendments).without(["IEEPA"])
    added = freed.duty(world, "USA", "JPN") - world.tariffs[:, world.economy("USA"), world.economy("JPN")]
    assert -0.006 < added[world.sectors.index("C24")] <= 0


def test_it_can_go_back_to_the_day_of_the_suspension_and_no_further(world):
    assert str(Case.load("japan-us-2025-04", "2025-04-09", world=world).as_of) == "2025-04-09"
    with pytest.raises(CaseError, match=r"the reference point today is known only from 2025-04-09"):
        Case.load("japan-us-2025-04", "2025-04-08", world=world)


def test_gone_back_it_takes_the_law_as_known_then(case, world):
    """Electronics were exempt from 11 April; a day earlier Japan's would have paid."""
    earlier = Case.load("japan-us-2025-04", "2025-04-10", world=world)
    then, now = (legal_state(known).duty(world, "USA", "JPN") for known in (earlier, case))
    assert then[world.sectors.index("C26")] > now[world.sectors.index("C26")] + 0.01
    assert then[world.sectors.index("C29")] == pytest.approx(now[world.sectors.index("C29")])


def test_a_day_earlier_facts_of_the_day_are_gone(case, world):
    earlier = Case.load("japan-us-2025-04", "2025-04-15", world=world)
    assert {f.fact for f in case.facts} - {f.fact for f in earlier.facts} == {"us-deficit-with-japan"}
    assert earlier.hash != case.hash


def test_making_an_offer_costs_little(case, world):
    table = Table(case, world)
    random = np.random.default_rng(3)
    choices = [tuple(map(int, row)) for row in random.integers(0, table.shape, size=(300, len(table.shape)))]
    for choice in choices:
        table.policy(choice)
    start = time.perf_counter()
    for choice in choices:
        table.policy(choice)
    assert (time.perf_counter() - start) / len(choices) < 0.005  # 0.1 ms on an idle machine


# ---- the deal of July 2025, as ordered in September ------------------------------------------------------------------


def test_the_signed_rates_are_the_duties_of_the_order(signed, world):
    """The law of 16 September 2025 as known then, against the options signed; aircraft by their part of the sector."""
    terms = {"cars": "15 %", "general": "15 % in all, aircraft free"}
    assert terms.items() <= signed.signed.terms.items()
    offered = offer_policy(signed, world, Table(signed, world).choice(terms))
    ordered = LegalState((), ((book("USA"), signed.law[0].base),), date(2025, 9, 16), signed.as_of).policy(world)
    assert np.abs(offered.tariffs - ordered.tariffs).max() < 2e-5
    assert np.abs(reference_policy(signed, world).tariffs - ordered.tariffs)[:, :, world.economy("JPN")].max() > 0.1
    others = np.arange(len(world.economies)) != world.economy("JPN")
    assert (reference_policy(signed, world).tariffs == ordered.tariffs)[:, :, others].all()


def test_the_letter_adds_fifteen_points_to_goods_in_general_and_nothing_to_cars(signed, world):
    def duty(point: str, sector: str) -> float:
        return float(legal_state(signed, point).duty(world, "USA", "JPN")[world.sectors.index(sector)])

    assert duty("letter", "C13T15") - duty("before", "C13T15") == pytest.approx(0.15)
    assert duty("letter", "C29") - duty("before", "C29") < 0.01  # what is neither car nor listed part
    assert duty("ieepa-void", "C13T15") < 0.07 and duty("ieepa-void", "C29") > 0.25


def test_what_was_taken_off_the_table_is_not_on_it(signed, world):
    assert set(signed.off_the_table) == {"support", "currency", "treasuries"}
    assert not set(signed.off_the_table) & set(signed.issues)
    assert {w.on for issue in signed.off_the_table.values() for w in issue.withdrawn} == {
        date(2025, 4, 18), date(2025, 4, 24), date(2025, 5, 4),
    }  # fmt: skip


def test_every_signed_term_is_an_option_and_the_deal_is_better_than_none_for_both(signed, world):
    valuation = Valuation(signed, world, signed.no_deal)
    choices = [valuation.table.choice(signed.signed.terms), valuation.table.as_is]
    deal, nothing = valuation.payoffs(valuation.accounts(np.array(choices), valuation.solved(choices))[0])
    assert (deal > valuation.reservation).all()
    assert deal == pytest.approx([1.4, 3.2], abs=0.3)
    assert nothing == pytest.approx([0, 0], abs=1e-9)


def test_there_are_offers_that_both_sides_prefer_to_the_signed_one(signed, world):
    valuation = Valuation(signed, world, signed.no_deal)
    better = signed.signed.terms | {"cars": "by US output", "industry": "zero"}
    choices = [valuation.table.choice(terms) for terms in (signed.signed.terms, better)]
    deal, other = valuation.payoffs(valuation.accounts(np.array(choices), valuation.solved(choices))[0])
    assert (other > deal).all()


def test_the_sides_read_the_pledges_differently(signed):
    option = {name: issue.options[issue.labels.index(signed.signed.terms[name])]
              for name, issue in signed.issues.items() if name in signed.signed.terms}  # fmt: skip
    pledges = [p for name in ("goods", "energy", "aircraft", "defence") for p in option[name].purchases]
    pledges += option["investment"].investments
    worths = pledge_worths(pledges, signed.as_of)
    by = {(w.what, w.according_to): w for w in worths}
    assert by["arms", "JPN"].expected.point == 0 < by["arms", "USA"].expected.point
    assert by["farm and other goods", "USA"].per == "year"  # the later of two texts; the first names no period
    invested = by["investment with public finance", "this case"]
    assert invested.face.point == 550 and invested.expected.point < 100
    assert invested.given_a_year.high < 5 and invested.equity == pytest.approx((8.25, 5.5, 11))
    assert by["investment with public finance", "both"].given_a_year.point > 5 * invested.given_a_year.point


def test_the_signed_case_can_go_back_to_the_announcement_without_what_was_ordered_later(world):
    announced = Case.load("japan-us-2025-07", "2025-07-24", world=world)
    assert announced.signed is None and announced.tree is None and announced.no_deal == "letter"
    letter, before = (reference_policy(announced, world, point).tariffs for point in ("letter", "before"))
    textiles = world.sectors.index("C13T15"), world.economy("USA"), world.economy("JPN")
    assert letter[textiles] - before[textiles] == pytest.approx(0.15)
    with pytest.raises(CaseError, match=r"the reference point before is known only from 2025-07-22"):
        Case.load("japan-us-2025-07", "2025-07-21", world=world)
