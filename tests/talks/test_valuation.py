"""Valuation: offers and no deal over several laws are what they are on each, weighted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tradetalks as tt
from tests.talks.small_talks import branch, buys, card, cars, case, eased, general, pays, weight, world
from tradetalks.model import Solution
from tradetalks.talks.case import Case
from tradetalks.talks.deals import Deals
from tradetalks.talks.table import offer_policy, reference_policy
from tradetalks.talks.valuation import Valuation
from tradetalks.world import World

WORLD = world()
ISSUES = {"cars": [cars("0%")], "general": [general("0%"), general("15%")], "support": [pays(1)]}
WEIGHTS = {
    "JPN": {"weights": [weight("income", 0.4, sectors=["C29"]), weight("manufacturing", 0.1)]},
    "USA": {"weights": [weight("revenue", 0.2), weight("balance", 0.05, partner="JPN")]},
}


def tree(then: dict[str, Any] | None = None, now: str = "today", **fields: Any) -> dict[str, Any]:
    return {"until": "2027-04-16", "discount": "0%", "now": now, **fields} | ({"then": then} if then else {})


def event(on: str, *branches: dict[str, Any]) -> dict[str, Any]:
    return {"on": on, "branches": list(branches)}


TWO_LAWS = tree(
    event("2025-07-09", branch("back", 0.5, "july"), branch("void", 0.3, "void"), branch("same", 0.2, "today"))
)


def solved(made: Case, choice: tuple[int, ...], law: str, on: World = WORLD) -> Solution:
    return tt.solve(on, offer_policy(made, on, choice, law))


def worth(there: Solution, party: str, made: Case) -> float:
    """A government's payoff by the doors of a solution."""
    total, n = there.welfare[party], there.world.economy(party)
    added, other = there.sector_value_added[:, n], next(p for p in made.parties if p != party)
    for one in made.governments[party].weights if party in made.governments else ():
        total += (
            one.value
            * {
                "income": sum(added[there.world.sectors.index(code)] for code in one.sectors),
                "manufacturing": sum(a for a, code in zip(added, there.world.sectors, strict=True) if code[0] == "C"),
                "revenue": there.tariff_revenue[party],
                "balance": there.balance(party, other, "goods"),
            }[one.on]
        )
    return float(total)


def payoffs_by_hand(made: Case, offers: np.ndarray, laws: dict[str, float]) -> np.ndarray:
    """Means over laws of what each offer adds to the law it stands on."""
    total = np.zeros((len(offers), len(made.parties)))
    for law, share in laws.items():
        start = solved(made, (0,) * len(made.issues), law)
        for row, choice in zip(total, offers, strict=True):
            there = solved(made, tuple(map(int, choice)), law)
            row += [share * (worth(there, p, made) - worth(start, p, made)) for p in made.parties]
    return total


# ---- one state, however it is said -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["july", "void"])
@pytest.mark.parametrize("branches", [False, True])
def test_a_tree_that_can_only_go_one_way_is_the_reference_point(state: str, branches: bool) -> None:
    told = tree(event("2026-01-01", branch("sure", 1, state)) if branches else None, state)
    by_tree = tt.negotiate(case(ISSUES, governments=WEIGHTS, tree=told, no_deal="tree"), world=WORLD)
    by_point = tt.negotiate(case(ISSUES, governments=WEIGHTS, no_deal=state), world=WORLD)
    np.testing.assert_allclose(by_tree.reservation, by_point.reservation, atol=1e-9)
    np.testing.assert_allclose(by_tree.payoffs, by_point.payoffs, atol=1e-9)
    assert by_tree.law == by_point.law == ("void" if state == "void" else "today")
    assert by_tree.solutions == by_point.solutions
    assert by_tree.in_zone == by_point.in_zone


def test_a_state_without_weight_counts_for_nothing() -> None:
    never = tree(event("2025-07-09", branch("back", 1, "july"), branch("void", 0, "void")), now="july")
    found = Valuation(case(ISSUES, tree=never), WORLD, "tree")
    plain = Valuation(case(ISSUES), WORLD, "july")
    np.testing.assert_allclose(found.reservation, plain.reservation, atol=1e-9)
    offers = np.array([[1, 2, 0], [0, 1, 1]])
    choices = [tuple(map(int, row)) for row in offers]
    one, other = (v.payoffs(v.accounts(offers, v.solved(choices))[0]) for v in (found, plain))
    np.testing.assert_allclose(one, other, atol=1e-9)


# ---- two laws --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_laws() -> Deals:
    return tt.negotiate(case(ISSUES, governments=WEIGHTS, tree=TWO_LAWS, no_deal="tree"), world=WORLD)


def test_payoffs_over_two_laws_are_the_means_of_those_on_each(two_laws: Deals) -> None:
    grounds = two_laws.valuation.grounds
    assert list(grounds) == ["today", "void"] and sum(grounds.values()) == pytest.approx(1)
    assert grounds["void"] == pytest.approx(two_laws.valuation.states["void"])
    by_hand = payoffs_by_hand(two_laws.case, two_laws.offers, dict(grounds))
    np.testing.assert_allclose(two_laws.payoffs, by_hand, atol=1e-5)
    today = payoffs_by_hand(two_laws.case, two_laws.offers[-1:], {"today": 1.0})
    assert abs(two_laws.payoffs[-1] - today).max() > 1e-2


def test_welfare_of_everybody_over_two_laws_is_the_mean_of_that_on_each(two_laws: Deals) -> None:
    made, choice = two_laws.case, (1, 2, 1)
    mean = np.zeros(len(WORLD.economies))
    for law, share in two_laws.valuation.grounds.items():
        start, there = solved(made, (0, 0, 0), law), solved(made, choice, law)
        mean += share * (there.welfare.array - start.welfare.array)
    offer = two_laws.index(choice)
    np.testing.assert_allclose(two_laws.scores.welfare[offer], mean, atol=1e-5)
    others = two_laws.third_parties(offer)
    assert others == pytest.approx({code: mean[WORLD.economy(code)] for code in ("AUS", "DEU")}, abs=1e-5)


def test_shares_of_states_are_the_days_spent_in_them(two_laws: Deals) -> None:
    """84 days until July, 647 after it, counted with the last."""
    states = two_laws.valuation.states
    assert states["july"] == pytest.approx(0.5 * 647 / 731)
    assert states["void"] == pytest.approx(0.3 * 647 / 731)
    assert states["today"] == pytest.approx((84 + 0.2 * 647) / 731)


def test_no_deal_over_two_laws_is_the_mean_of_its_states(two_laws: Deals) -> None:
    made, states = two_laws.case, two_laws.valuation.states
    start = {law: tt.solve(WORLD, reference_policy(made, WORLD, law)) for law in ("today", "void")}
    for party, reservation in zip(made.parties, two_laws.reservation, strict=True):
        by_hand = sum(
            share * worth(tt.solve(WORLD, reference_policy(made, WORLD, state)), party, made)
            for state, share in states.items()
        ) - sum(two_laws.valuation.grounds[law] * worth(start[law], party, made) for law in start)
        assert reservation == pytest.approx(by_hand, abs=1e-5)


def test_a_deal_over_no_deal_is_the_mean_gain_in_each_state(two_laws: Deals) -> None:
    """Two ways to the same surplus: payoff less reservation, and the gain of the deal against the tree."""
    for offer in two_laws.solutions.values():
        for k, party in enumerate(two_laws.case.parties):
            surplus = two_laws.payoffs[offer, k] - two_laws.reservation[k]
            assert two_laws.gain(offer, party, "tree").point == pytest.approx(surplus, abs=1e-5)
            gains = [
                share * two_laws.gain(offer, party, state).point for state, share in two_laws.valuation.states.items()
            ]
            assert sum(gains) == pytest.approx(surplus, abs=1e-5)


def test_what_a_statute_grants_is_worth_nothing_where_it_falls_with_or_without_a_deal() -> None:
    falls = tree(now="void")
    found = tt.negotiate(case({"general": [general("0%"), general("24%")]}, tree=falls, no_deal="tree"), world=WORLD)
    np.testing.assert_allclose(found.payoffs, 0, atol=1e-7)
    np.testing.assert_allclose(found.reservation, 0, atol=1e-9)
    stands = tt.negotiate(case({"general": [general("0%"), general("24%")]}, no_deal="july"), world=WORLD)
    assert abs(stands.payoffs).max() > 0.05


def test_the_likelier_a_statute_falls_the_less_its_concession_is_worth() -> None:
    worths = []
    for chance in (0.0, 0.4, 0.8):
        told = tree(event("2025-04-17", branch("falls", chance, "void"), branch("stands", 1 - chance, "today")))
        found = Valuation(case({"general": [general("0%")]}, tree=told), WORLD, "tree")
        offers = np.array([[1]])
        worths.append(found.payoffs(found.accounts(offers, found.solved([(1,)])))[0, 0])
    worths = np.array(worths)
    assert worths[0, 0] > worths[1, 0] > worths[2, 0] > 0
    np.testing.assert_allclose(worths[1] - worths[0], worths[2] - worths[1], atol=1e-9)


def test_accounts_by_ground_and_by_state_add_up_to_payoffs_and_reservation(two_laws: Deals) -> None:
    """The parts that draws over weights and chances are put together from."""
    valuation = two_laws.valuation
    by_ground = valuation.by_ground(two_laws.offers)
    total = sum(share * by_ground[law] for law, share in valuation.grounds.items())
    np.testing.assert_allclose(valuation.payoffs(total), two_laws.payoffs, atol=1e-9)
    over = valuation.over_states(list(valuation.states))
    np.testing.assert_allclose(over["void"], 0, atol=1e-7)
    surplus = two_laws.payoffs - two_laws.reservation
    by_state = np.zeros_like(surplus)
    for state, share in valuation.states.items():
        by_state += share * valuation.payoffs(by_ground[valuation.case.law_of_deals(state)] - over[state])
    np.testing.assert_allclose(by_state, surplus, atol=1e-6)


def test_a_main_law_that_no_deal_stands_on_gives_way_to_the_one_they_do() -> None:
    found = Valuation(case(ISSUES), WORLD, "void")
    assert list(found.grounds) == ["void"] and found.table.reference == "void"


# ---- weights ---------------------------------------------------------------------------------------------------------

values = st.fixed_dictionaries({
    kind: st.floats(-1, 2) for kind in ("revenue", "balance", "manufacturing", "income")
})  # fmt: skip
OFFERS = np.array([[1, 0, 0], [1, 2, 1], [0, 1, 1]])


def weighed(by_kind: dict[str, float]) -> Valuation:
    weights = [
        weight(kind, value, **({"sectors": ["C29", "A01_02"]} if kind == "income" else {}))
        for kind, value in by_kind.items()
    ]
    every = {"on": "manufacturing", "value": 0, "low": 0, "high": 1, "why": "x", "basis": "elicited"}
    told = {"weights": weights} if any(by_kind.values()) else {"weights": [every]}
    return Valuation(case(ISSUES, governments={"USA": told}), WORLD, "july")


def payoffs(valuation: Valuation) -> np.ndarray:
    solved = valuation.solved([tuple(map(int, row)) for row in OFFERS])
    return np.concatenate((valuation.payoffs(valuation.accounts(OFFERS, solved)[0]), valuation.reservation[None]))


@settings(max_examples=6)
@given(one=values, other=values, part=st.floats(0, 1))
def test_weights_enter_payoffs_linearly(one: dict[str, float], other: dict[str, float], part: float) -> None:
    mixed = {kind: part * one[kind] + (1 - part) * other[kind] for kind in one}
    between = part * payoffs(weighed(one)) + (1 - part) * payoffs(weighed(other))
    np.testing.assert_allclose(payoffs(weighed(mixed)), between, atol=1e-8)


@settings(max_examples=6)
@given(values)
def test_a_weight_adds_its_part_of_the_account_by_hand(by_kind: dict[str, float]) -> None:
    plain, found = payoffs(weighed(dict.fromkeys(by_kind, 0.0))), payoffs(weighed(by_kind))
    made = case(ISSUES)
    start = solved(made, (0, 0, 0), "today")
    for row, choice in enumerate([*map(tuple, OFFERS.tolist()), None]):
        there = solved(made, (0, 0, 0), "july") if choice is None else solved(made, choice, "today")
        added = (there.sector_value_added - start.sector_value_added)[:, WORLD.economy("USA")]
        extra = (
            by_kind["revenue"] * (there.tariff_revenue["USA"] - start.tariff_revenue["USA"])
            + by_kind["balance"] * (there.balance("USA", "JPN", "goods") - start.balance("USA", "JPN", "goods"))
            + by_kind["manufacturing"] * added[1:3].sum()
            + by_kind["income"] * added[[2, 0]].sum()
        )
        assert found[row, 1] - plain[row, 1] == pytest.approx(extra, abs=2e-6)
    np.testing.assert_allclose(found[:, 0], plain[:, 0], atol=1e-9)


# ---- the ledger in payoffs -------------------------------------------------------------------------------------------


def test_cards_and_red_lines_count_in_full_beside_trade() -> None:
    line = {"red_line": "rice", "what": "x", "crossed_by": {"buys": ["buys 2"]}, "stated": "2025-04-10",
            "cost": {"point": 3, "low": 1, "high": 4}, "basis": "elicited",
            "source": {"title": "x", "date": "2025-04-10", "confidence": "press"}}  # fmt: skip
    issues = {"buys": [buys(2)], "cards": [card("patrols", JPN=(-1, -2, 0), USA=(2, 1, 5))], "standards": [eased()]}
    found = tt.negotiate(case(issues, governments={"JPN": {"red_lines": [line]}}), world=WORLD)
    plain = tt.negotiate(case({name: issues[name] for name in ("buys", "standards")}), world=WORLD)
    trade = {tuple(map(int, c)): p for c, p in zip(plain.offers, plain.payoffs, strict=True)}
    for (bought, played, ease), row in zip(found.offers, found.payoffs, strict=True):
        beside = np.array([-1.0, 2.0]) * played - np.array([3.0, 0.0]) * bought
        np.testing.assert_allclose(row, trade[int(bought), int(ease)] + beside, atol=1e-6)
    index = found.index((1, 1, 0))
    assert found.solutions
    low, high = found.scores.accounts[1, index], found.scores.accounts[2, index]
    names = found.valuation.names
    assert low[0, names.index("cards")] == -2 and high[1, names.index("cards")] == 5
    assert low[0, names.index("red lines")] == -4 and high[0, names.index("red lines")] == -1
