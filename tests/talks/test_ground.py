"""The ground: promised sales come about, by other routes too, and nothing depends on the way there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tradetalks as tt
from tests.talks.small_talks import (
    buys,
    cars,
    case,
    chosen,
    cut,
    eased,
    general,
    pays,
    purchase,
    world,
)
from tradetalks.errors import OfferError, SolveError
from tradetalks.model import Solution
from tradetalks.talks.accounts import named
from tradetalks.talks.case import Case
from tradetalks.talks.ground import MET, Ground, Outcome
from tradetalks.talks.table import Choice, Table, offer_policy, reference_policy
from tradetalks.world import Policy, World

WORLD = world()
JPN, USA, DEU, AUS = (WORLD.economy(code) for code in ("JPN", "USA", "DEU", "AUS"))
C20, C29 = (WORLD.sectors.index(code) for code in ("C20", "C29"))

MAKERS = [
    {"maker": "builds there", "exports": 300, "output": 900},
    {"maker": "builds a little", "exports": 200, "output": 100},
    {"maker": "ships all", "exports": 100, "output": 0},
]


def formula(**fields: Any) -> dict[str, Any]:
    """The US duty on cars and chemicals falls with what Japanese makers build there."""
    told = {
        "importer": "USA", "exporter": "JPN", "sectors": ["C29", "C20"], "makers": MAKERS, "basis": "assumption",
        "rate": {"start": "25%", "per_point": "0.3%", "floor": "2.5%"}, **fields,
    }  # fmt: skip
    return {"option": "formula", "formulas": [told]}


RICH = {
    "buys": [
        buys(2, ["C20", "C29"], instead_of={"DEU": 0.5, "AUS": 0.2}),
        buys(5, {"C20": 0.3, "C29": 0.7}, premium="10%"),
        buys(3, "D_T"),
    ],
    "more": [buys(1.5, "C20", instead_of={"all": 0.6})],
    "cars": [cars("12%"), cars("0%")],
    "general": [general("0%")],
    "farm": [cut("60%", "goods")],
    "standards": [eased()],
    "support": [pays(3)],
    "formula": [formula()],
}


@cache
def rich() -> Case:
    return case(RICH)


def ground(made: Case, on: World = WORLD, **fields: Any) -> Ground:
    return Ground(Table(made, on), named(), **fields)


@cache
def grounds() -> Ground:
    return ground(rich())


def found(made: Case, *choice: int, **fields: Any) -> Outcome:
    (one,) = ground(made, **fields).solved([choice])
    return one


def alone(where: Ground, choice: Choice, one: Outcome) -> Solution:
    """The offer's equilibrium by the ordinary solver, with the wedges found as tariffs."""
    return tt.solve(where.world, where.policy(choice, wedges(where, one)), deficits=where.deficits)


def wedges(where: Ground, one: Outcome) -> np.ndarray:
    return one.unknowns[where.batch.c.base.size :]


choices = st.tuples(*(st.integers(0, len(options)) for options in RICH.values()))


# ---- sales that offers promise ---------------------------------------------------------------------------------------


@given(choice=choices)
def test_sales_promised_and_diverted_come_about(choice: Choice) -> None:
    where = grounds()
    (one,) = where.solved([choice])
    asked = where.table.shifts(choice)
    moved = alone(where, choice, one).flows.reshape(-1)[where.table.shifted] / (where.sales + asked) - 1
    z = wedges(where, one)[: len(asked)]
    held = (asked != 0) & (z != 0)
    assert np.abs(moved[held]).max(initial=0) <= 1.1 * MET
    assert moved[(asked > 0) & (z == 0)].min(initial=0) >= -MET
    assert moved[(asked < 0) & (z == 0)].max(initial=0) <= MET
    assert one.missed <= MET <= 1e-6


@given(choice=choices)
def test_an_offer_is_the_equilibrium_of_its_policy_with_the_wedges_as_tariffs(choice: Choice) -> None:
    where = grounds()
    (one,) = where.solved([choice])
    other = alone(where, choice, one)
    np.testing.assert_allclose(one.unknowns[: where.batch.c.base.size], other.unknowns, atol=1e-9)
    np.testing.assert_allclose(one.welfare, other.welfare.array, atol=1e-6)
    assert one.residual <= 1e-10


@settings(max_examples=8)
@given(
    options=st.lists(st.sampled_from(["cars", "general", "farm", "standards", "support"]), unique=True),
    usd_bn=st.floats(0.2, 20),
    share=st.floats(0.05, 0.95),
)
def test_purchases_without_diversion_are_commitments_of_the_model(
    options: list[str], usd_bn: float, share: float
) -> None:
    """Two sectors, each a promise of its own, by the solver's own complementarity problem."""
    made = case({"buys": [buys(usd_bn, {"C20": share, "C29": 1 - share})], **{name: RICH[name] for name in options}})
    where, choice = ground(made), (1,) * (1 + len(options))
    (one,) = where.solved([choice])
    policy = offer_policy(made, WORLD, choice)
    for sector, part in (("C20", share), ("C29", 1 - share)):
        today = where.reference.flow("JPN", "USA", sector)
        policy = policy.commitment("JPN", "USA", sector, today + part * usd_bn)
    other = tt.solve(WORLD, policy)
    np.testing.assert_allclose(wedges(where, one), other.concessions, atol=1e-6)
    np.testing.assert_allclose(one.welfare, other.welfare.array, atol=1e-5)


def test_a_promise_that_trade_meets_anyway_costs_nothing() -> None:
    made = case({"farm": [cut("100%")], "buys": [buys(0.1), buys(4)]})
    where = ground(made)
    bare, met, short = where.solved([(1, 0), (1, 1), (1, 2)])
    assert alone(where, (1, 0), bare).flow("JPN", "USA", "C20") > where.reference.flow("JPN", "USA", "C20") + 0.1
    assert wedges(where, met).tolist() == [0]
    np.testing.assert_allclose(met.welfare, bare.welfare, atol=1e-6)
    np.testing.assert_allclose(met.accounts, bare.accounts, atol=1e-6)
    assert wedges(where, short)[0] < 0
    assert abs(short.welfare - bare.welfare).max() > 1e-3


def test_a_promise_that_trade_meets_anyway_costs_nothing_beside_a_rate_by_formula() -> None:
    made = case({"farm": [cut("100%")], "buys": [buys(0.1)], "formula": [formula()]})
    where = ground(made)
    bare, met = where.solved([(1, 0, 1), (1, 1, 1)])
    assert wedges(where, met)[0] == 0 and abs(wedges(where, met)[1]) > 0
    np.testing.assert_allclose(met.welfare, bare.welfare, atol=5e-5)


def test_sales_that_fall_anyway_are_not_made_dearer() -> None:
    """Where a preference for the United States takes more from Germany than the promise would."""
    made = case({
        "farm": [cut("100%", "C20")],
        "costs": [{"option": "easier", "trade_costs": [{"importer": "JPN", "exporter": "USA", "sectors": "C20",
                                                        "change": "-30%"}]}],
        "buys": [buys(0.05, "C20", instead_of={"DEU": 1})],
    })  # fmt: skip
    where = ground(made)
    (one,) = where.solved([(1, 1, 1)])
    (bare,) = where.solved([(1, 1, 0)])
    assert wedges(where, one).tolist() == [0, 0]
    np.testing.assert_allclose(one.welfare, bare.welfare, atol=1e-6)


@given(parts=st.lists(st.floats(0.3, 4), min_size=2, max_size=3), other=st.floats(0, 0.9))
def test_what_several_options_move_in_one_cell_adds_up(parts: list[float], other: float) -> None:
    others = {"instead_of": {"DEU": other / 10}} if other else {}
    split = case({f"buys {k}": [buys(part, "C20", **others)] for k, part in enumerate(parts)})
    whole = case({"buys": [buys(sum(parts), "C20", **others)]})
    apart, together = found(split, *(1 for _ in parts)), found(whole, 1)
    np.testing.assert_allclose(apart.welfare, together.welfare, atol=1e-5)
    np.testing.assert_allclose(apart.accounts, together.accounts, atol=1e-5)


def test_a_promise_and_its_opposite_leave_sales_where_they_are() -> None:
    """One option takes from Germany what another gives it."""
    made = case({
        "from Germany": [buys(1, "C20", instead_of={"DEU": 1})],
        "to Germany": [{"option": "buys", "purchases": [purchase(1, "C20", exporter="DEU")]}],
        "from the United States": [buys(1, "C20", instead_of={"DEU": 0.5})],
    })  # fmt: skip
    where = ground(made)
    assert where.table.shifts((1, 1, 0)).round(6).tolist() == [0, 1000]
    (one,) = where.solved([(1, 1, 0)])
    assert one.welfare == pytest.approx(found(case({"buys": [buys(1)]}), 1).welfare, abs=1e-5)


@pytest.mark.parametrize("times", [3, 12])
def test_many_times_what_is_bought_can_be_promised_and_half_of_what_another_sells_taken_away(times: int) -> None:
    sold = reference_sales("JPN", "DEU", "C29")
    more = times * reference_sales("JPN", "USA", "C29")
    made = case({"buys": [buys(more, "C29", instead_of={"DEU": 0.5 * sold / more})]})
    where = ground(made)
    (one,) = where.solved([(1,)])
    after = alone(where, (1,), one)
    assert after.flow("JPN", "USA", "C29") == pytest.approx((1 + 1 / times) * more, rel=2 * MET)
    assert after.flow("JPN", "DEU", "C29") == pytest.approx(sold / 2, rel=2 * MET)


def reference_sales(importer: str, exporter: str, sector: str) -> float:
    return tt.solve(WORLD, reference_policy(case({"x": [cars("0%")]}), WORLD)).flow(importer, exporter, sector)


def test_taking_more_than_is_sold_is_refused_by_name() -> None:
    """Each option alone leaves Germany something, both together do not."""
    sold = reference_sales("JPN", "DEU", "C29")
    half = buys(0.6 * sold, "C29", instead_of={"DEU": 1})
    made = case({"first": [half], "second": [half]})
    where = ground(made)
    assert len(where.solved([(1, 0), (0, 1)])) == 2
    says = (
        rf"offer \(first: buys .*, second: buys .*\): takes US\$ {1.2 * sold:.3g} bn from what Germany sells Japan of "
        rf"C29, which is US\$ {sold:.3g} bn a year; divert less"
    )
    with pytest.raises(OfferError, match=says):
        where.solved([(1, 1)])


def test_an_offer_that_cannot_be_met_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradetalks.talks.ground.MOST_ROUNDS", 1)
    monkeypatch.setattr(Ground, "_together", lambda *args: {})
    made = case({"cars": [cars("0%")], "buys": [buys(8)]})
    with pytest.raises(SolveError, match=r"offer \(cars: cars 0%, buys: buys 8\): the sales it promises cannot be met"):
        ground(made).solved([(1, 0), (1, 1)])


# ---- rates by formula ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deficits", ["fixed", "closed"])
@pytest.mark.parametrize("share", [1, 0.4])
def test_a_rate_by_formula_settles_where_the_formula_itself_does(share: float, deficits: Any) -> None:
    made = case({"formula": [formula(share=share)], "cars": [cars("5%")]})
    where = ground(made, deficits=deficits)
    (one,) = where.solved([(1, 0)])
    (offer,) = made.issues["formula"].options[1].formulas
    settled = offer.settle(reference_policy(made, WORLD), deficits)
    rates = where.policy((1, 0), wedges(where, one)).tariffs[[C20, C29], USA, JPN]
    np.testing.assert_allclose(rates, settled.policy.tariffs[[C20, C29], USA, JPN], atol=1e-6)
    np.testing.assert_allclose(one.welfare, settled.solution.welfare.array, atol=1e-5)
    assert one.accounts[1, 1] == pytest.approx(settled.solution.tariff_revenue["USA"], abs=1e-5)


def test_a_rate_by_formula_moves_with_the_rest_of_the_offer() -> None:
    """With easier rules at home American cars cost less, Japan ships other quantities, and its rate follows."""
    made = case({"formula": [formula(sectors=["C29"])], "buys": [buys(5, "C29")], "general": [general("40%")]})
    where = ground(made)
    seen = set()
    for choice in ((1, 0, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1)):
        (one,) = where.solved([choice])
        there = alone(where, choice, one)
        shipped = there.flow("USA", "JPN", "C29") * 1000 / there.cost_hat[C29, JPN]
        (offer,) = made.issues["formula"].options[1].formulas
        rate = where.policy(choice, wedges(where, one)).tariffs[C29, USA, JPN]
        assert rate == pytest.approx(offer.average(shipped / WORLD.flows[C29, USA, JPN]), abs=1e-6)
        seen.add(round(rate, 7))
    assert len(seen) == 4


# ---- whatever the way ------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(some=st.lists(choices, min_size=2, max_size=9, unique=True), data=st.data())
def test_an_offer_is_worth_the_same_whatever_it_is_solved_with(some: list[Choice], data: st.DataObject) -> None:
    where = grounds()
    together = where.solved(some)
    k = data.draw(st.integers(0, len(some) - 1))
    (single,) = where.solved([some[k]])
    np.testing.assert_allclose(together[k].welfare, single.welfare, atol=1e-5)
    np.testing.assert_allclose(together[k].accounts, single.accounts, atol=1e-5)


@settings(max_examples=8)
@given(choice=choices, seed=st.integers(0, 99))
def test_an_offer_is_worth_the_same_whatever_it_starts_from(choice: Choice, seed: int) -> None:
    where = grounds()
    draw = np.random.default_rng(seed)
    size = where.batch.c.base.size
    start = np.concatenate((draw.normal(0, 0.02, size), draw.normal(0, 0.05, where.answers)))
    (plain,), (other,) = where.solved([choice]), where.solved([choice], start[None])
    np.testing.assert_allclose(other.welfare, plain.welfare, atol=1e-5)
    np.testing.assert_allclose(other.accounts, plain.accounts, atol=1e-5)


@settings(max_examples=8)
@given(choice=choices)
def test_prices_found_on_the_march_are_those_found_round_by_round(choice: Choice) -> None:
    plain = (*choice[:-1], 0)  # rates by formula are found in rounds anyway
    (marched,) = grounds().solved([plain])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ground, "_together", lambda *args: {})
        (by_rounds,) = ground(rich()).solved([plain])
    np.testing.assert_allclose(marched.welfare, by_rounds.welfare, atol=1e-5)
    np.testing.assert_allclose(wedges(grounds(), marched), wedges(grounds(), by_rounds), atol=1e-5)


@pytest.mark.parametrize("usd_bn", [0.1, 2, 8, 30])
def test_promises_are_met_on_the_march_without_further_rounds(usd_bn: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that trade meets anyway, and those that take from others."""
    made = case({"farm": [cut("100%")], "buys": [buys(usd_bn, instead_of={"DEU": 0.02})], "cars": [cars("0%")]})
    monkeypatch.setattr("tradetalks.talks.ground.MOST_ROUNDS", 0)
    where = ground(made)
    for one in where.solved([(0, 1, 0), (1, 1, 0), (0, 1, 1), (1, 1, 1)]):
        assert one.missed <= MET and one.residual <= 1e-10


def test_polished_offers_are_the_same_offers() -> None:
    where = grounds()
    choice = chosen(rich(), buys=1, cars=2, formula=1)
    (plain,), (polished,) = where.solved([choice]), where.solved([choice], polish=3)
    np.testing.assert_allclose(polished.welfare, plain.welfare, atol=1e-6)
    assert polished.sweeps > plain.sweeps


def test_nothing_to_solve_is_nothing_found() -> None:
    assert grounds().solved([]) == []


# ---- other worlds, other closures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("elasticities", ["high", "low"])
def test_under_other_elasticities_an_offer_is_its_commitment_there(elasticities: str) -> None:
    made = case({"buys": [buys(4)], "cars": [cars("0%")]})
    other = WORLD.with_elasticities(elasticities)
    where = ground(made, world=other)
    (one,) = where.solved([(1, 1)])
    law = Policy(other, tariffs=offer_policy(made, WORLD, (1, 1)).tariffs)
    today = tt.solve(other, Policy(other, tariffs=reference_policy(made, WORLD).tariffs)).flow("JPN", "USA", "C20")
    there = tt.solve(other, law.commitment("JPN", "USA", "C20", today + 4))
    np.testing.assert_allclose(one.welfare, there.welfare.array, atol=1e-5)
    assert abs(one.welfare - found(made, 1, 1).welfare).max() > 1e-3


def test_with_deficits_closed_promises_are_met_as_well() -> None:
    made = case({"buys": [buys(4, instead_of={"DEU": 0.3})], "cars": [cars("0%")]})
    where = ground(made, deficits="closed")
    (one,) = where.solved([(1, 1)])
    after = alone(where, (1, 1), one)
    assert after.flow("JPN", "USA", "C20") == pytest.approx(where.reference.flow("JPN", "USA", "C20") + 4, rel=2 * MET)
    assert after.flow("JPN", "DEU", "C20") == pytest.approx(
        where.reference.flow("JPN", "DEU", "C20") - 1.2, rel=2 * MET
    )
    np.testing.assert_allclose(one.welfare, after.welfare.array, atol=1e-6)


def test_where_duties_cover_nearly_all_trade_offers_are_solved_alone() -> None:
    """Offers that depart too widely to march still meet their promises."""
    wide = {"option": "all", "trade_costs": [{"importer": "*", "exporter": "*", "sectors": "*", "change": "-4%"}]}
    made = case({"wide": [wide], "buys": [buys(2)]})
    where = ground(made)
    where.batch.marches = False
    (one,) = where.solved([(1, 1)])
    (marched,) = ground(made).solved([(1, 1)])
    np.testing.assert_allclose(one.welfare, marched.welfare, atol=1e-5)


# ---- which issues move trade -----------------------------------------------------------------------------------------


def test_issues_that_move_no_trade_are_known() -> None:
    worth = {"point": 1, "low": 0, "high": 2}
    made = case({
        "card": [{"option": "a card", "cards": [{"what": "x", "basis": "elicited", "worth": {"JPN": worth}}]}],
        "cars": [cars("0%")],
        "paper": [{"option": "words", "what": "nothing but words"}],
        "support": [pays(1)],
        "buys": [buys(1)],
        "none": [cars("25%")],
        "standards": [eased()],
        "formula": [formula()],
    })  # fmt: skip
    assert [list(made.issues)[i] for i in ground(made).moving] == ["cars", "support", "buys", "standards", "formula"]


def test_a_clause_that_does_nothing_alone_counts_with_what_it_is_about() -> None:
    """A review takes back half of a concession, and there is none without another issue."""
    chance = {"point": 0.5, "low": 0.2, "high": 0.8}
    review = {"by": "USA", "importer": "USA", "exporter": "JPN", "sectors": "C29", "chance": chance, "years": 4}
    made = case({"cars": [cars("0%")], "review": [{"option": "yes", "reviews": [{**review, "basis": "elicited"}]}]})
    deals = tt.negotiate(made, world=WORLD)
    today = tt.solve(WORLD, reference_policy(made, WORLD)).welfare.array
    for choice, payoffs in zip(deals.offers, deals.payoffs, strict=True):
        there = tt.solve(WORLD, offer_policy(made, WORLD, tuple(map(int, choice)))).welfare.array - today
        np.testing.assert_allclose(payoffs, there[[JPN, USA]], atol=1e-6)


def test_the_state_of_another_law_is_its_own_equilibrium() -> None:
    made = rich()
    where = grounds()
    for point in ("today", "july", "void"):
        policy = reference_policy(made, WORLD, point)
        there = tt.solve(WORLD, policy)
        one = where.state(policy)
        np.testing.assert_allclose(one.welfare, there.welfare.array, atol=1e-6)
        assert one.accounts[1, 1] == pytest.approx(there.tariff_revenue["USA"], abs=1e-6)
    costly = replace(policy, trade_costs=None).trade_cost("JPN", "USA", "goods", 0.9)
    assert where.state(costly).welfare == pytest.approx(tt.solve(WORLD, costly).welfare.array, abs=1e-6)
