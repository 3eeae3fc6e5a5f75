"""Answers: the exchange table, packages, replies and the chance of agreement, each by going through all offers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import tradetalks as tt
from tests.talks.small_talks import buys, card, cars, case, cut, general, pays, weight, world
from tradetalks.errors import CaseError, OfferError
from tradetalks.talks import answers
from tradetalks.talks.answers import NOTHING, UNLIKE, agreement, changes, packages, reply
from tradetalks.talks.case import Case
from tradetalks.talks.deals import Deals

WORLD = world()
GOAL = {"cars": "cars 0%"}
ISSUES: dict[str, list[dict[str, Any]]] = {
    "cars": [cars("12%"), cars("0%")],
    "general": [general("0%")],
    "farm": [cut("50%", "A01_02"), cut("100%", "A01_02")],
    "buys": [buys(2)],
    "support": [pays(0.5), pays(1)],
    "patrols": [card("patrols", JPN=(-0.3, -0.5, 0), USA=(0.5, 0.2, 1))],
}
ACTOR = {
    "actor": "chamber", "party": "JPN", "what": "The upper house", "basis": "elicited",
    "refuses": [{"issue": "farm", "options": ["JPN cuts A01_02 by 100%"]}],
    "chance": {"point": 0.4, "low": 0.2, "high": 0.6},
}  # fmt: skip


def likely(on: str, low: float, value: float, high: float, **fields: Any) -> dict[str, Any]:
    return {"on": on, "value": value, "low": low, "high": high, "why": "made up", "basis": "elicited", **fields}


WEIGHTS = {
    "JPN": {"weights": [likely("income", -0.5, 0.3, 1, sectors=["A01_02"])]},
    "USA": {"weights": [likely("balance", -0.3, 0.1, 0.6), likely("revenue", 0, 0.4, 1.5)]},
}


def fork(name: str, chance: tuple[float, float, float], state: str) -> dict[str, Any]:
    told = dict(zip(("point", "low", "high"), chance, strict=True))
    return {"branch": name, "chance": told, "state": state, "basis": "elicited"}


TREE = {
    "until": "2027-04-16", "discount": "3%", "now": "today",
    "then": {"on": "2025-07-09", "branches": [
        fork("back", (0.5, 0.1, 0.8), "july"), fork("void", (0.3, 0.1, 0.6), "void"),
        fork("same", (0.2, 0, 0.8), "today"),
    ]},
}  # fmt: skip


@cache
def made(**fields: Any) -> Case:
    return case(ISSUES, governments=WEIGHTS, ratification=[ACTOR], goals=GOAL, tree=TREE, **fields)


@pytest.fixture(scope="module")
def deals() -> Deals:
    return tt.negotiate(made(), world=WORLD)


# ---- single changes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("me", ["JPN", "USA"])
@pytest.mark.parametrize("named", [None, "nash"])
def test_a_change_costs_what_its_offer_is_worth_less(deals: Deals, named: str | None, me: str) -> None:
    offer = 0 if named is None else deals.solutions[named]
    base, at = deals.options(offer), deals.case.party(me)
    found = changes(deals, None if named is None else offer, me)
    assert len(found) == sum(deals.table.shape) - len(deals.table.shape)
    for one in found:
        assert one.instead_of == base[one.issue] != one.option
        other = deals.index(deals.table.choice(base | {one.issue: one.option}))
        moved = deals.payoffs[other] - deals.payoffs[offer]
        assert one.cost == pytest.approx(-moved[at], abs=NOTHING)
        assert one.gain == pytest.approx(moved[1 - at], abs=NOTHING)
        assert (one.price is None) == (one.cost * one.gain <= 0)
        if one.kind == "concession":
            assert one.price == pytest.approx(one.cost / one.gain)
    prices = [one.price for one in found if one.kind == "concession"]
    assert prices == sorted(prices) and prices  # type: ignore[type-var]


def test_one_sides_concession_is_the_others_demand(deals: Deals) -> None:
    ours = {(one.issue, one.option): one.kind for one in changes(deals, me="JPN")}
    theirs = {(one.issue, one.option): one.kind for one in changes(deals, me="USA")}
    turned = {"concession": "demand", "demand": "concession"}
    assert {key: turned.get(kind, kind) for key, kind in ours.items()} == theirs


# ---- packages --------------------------------------------------------------------------------------------------------


def test_the_cheapest_package_is_the_best_for_us_that_the_other_would_sign(deals: Deals) -> None:
    holds = (deals.offers[:, 0] == 2) & (deals.payoffs[:, 1] >= deals.reservation[1])
    found = packages(deals, n=8)
    assert 1 < len(found) <= 8
    assert found[0].payoffs["JPN"] == pytest.approx(float(deals.payoffs[holds, 0].max()))
    assert [one.payoffs["JPN"] for one in found] == sorted((one.payoffs["JPN"] for one in found), reverse=True)
    for one in found:
        assert one.options["cars"] == "cars 0%" and one.over_no_deal["USA"] >= 0
        assert one.ratified == pytest.approx(0.6 if one.options.get("farm", "").endswith("100%") else 1)
        assert one.over_no_deal["JPN"] == pytest.approx(one.payoffs["JPN"] - float(deals.reservation[0]))
        assert deals.table.choice(one.options) == deals.choice(one.offer)


def test_packages_that_are_listed_differ_in_several_issues(deals: Deals) -> None:
    found = packages(deals, {}, n=20)
    rows = deals.offers[[one.offer for one in found]]
    apart = (rows[:, None] != rows[None]).sum(-1)
    assert len(found) > 3 and (apart[np.triu_indices(len(rows), 1)] >= UNLIKE).all()


def test_a_goal_is_sought_for_either_side(deals: Deals) -> None:
    holds = (deals.offers[:, 3] == 1) & (deals.payoffs[:, 0] >= deals.reservation[0])
    found = packages(deals, {"buys": "buys 2"}, me="USA", n=1)
    assert found[0].payoffs["USA"] == pytest.approx(float(deals.payoffs[holds, 1].max()))


def test_a_goal_that_nobody_would_sign_is_said_to_be_so() -> None:
    worse = case({"cars": [cars("0%")], "claim": [card("claim", JPN=(9, 8, 10), USA=(-9, -10, -8))]}, no_deal="today")
    with pytest.raises(OfferError, match="the others would sign none"):
        packages(tt.negotiate(worse, world=WORLD), {"claim": "claim"})
    with pytest.raises(CaseError, match='no issue "claims"'):
        packages(tt.negotiate(worse, world=WORLD), {"claims": "claim"})
    with pytest.raises(CaseError, match=r'"Japan" is no party of made-up; did you mean JPN\?'):
        packages(tt.negotiate(worse, world=WORLD), {}, me="Japan")


# ---- replies ---------------------------------------------------------------------------------------------------------


def test_a_counter_leaves_the_other_as_well_off_and_us_best_off(deals: Deals) -> None:
    verdicts = set()
    for offer in range(0, len(deals.offers), 7):
        found = reply(deals, deals.options(offer), "JPN")
        verdicts.add(str(found.verdict))
        ours, theirs = deals.payoffs[:, 0], deals.payoffs[:, 1]
        best = ours[theirs >= theirs[offer]].max()
        if found.verdict == "accept":
            assert found.counter is None and best == pytest.approx(ours[offer])
            assert found.over_no_deal["JPN"] >= 0
        elif best >= deals.reservation[0]:
            assert found.counter is not None
            assert ours[found.counter] == pytest.approx(best) and theirs[found.counter] >= theirs[offer]
            changed = deals.options(offer) | found.counter_options
            assert deals.index(deals.table.choice(changed)) == found.counter
            assert found.counter_payoffs["JPN"] == pytest.approx(float(ours[found.counter]))
    assert verdicts == {"accept", "counter"}


def test_what_betters_a_text_is_better_for_one_and_worse_for_none(deals: Deals) -> None:
    for offer in (0, 17, 80):
        gains = deals.payoffs - deals.payoffs[offer]
        wanted = np.flatnonzero((gains >= 0).all(1) & (gains > 0).any(1))
        assert sorted(reply(deals, deals.options(offer)).improvements) == wanted.tolist()
    for offer in deals.frontier[::4]:
        better = list(reply(deals, deals.options(int(offer))).improvements)
        np.testing.assert_allclose(deals.payoffs[better] - deals.payoffs[offer], 0, atol=1e-6)


def test_an_offer_that_was_not_solved_gets_no_reply() -> None:
    found = tt.negotiate(made(), world=WORLD, limit=20)
    solved = {tuple(map(int, row)) for row in found.offers}
    missing = next(choice for choice in found.table if choice not in solved)
    with pytest.raises(OfferError, match="screened out and not solved"):
        reply(found, found.table.labels(missing))


# ---- the chance of agreement -----------------------------------------------------------------------------------------


def narrow() -> dict[str, list[dict[str, Any]]]:
    """Talks that succeed or fail with what governments want: concessions of many sizes, and a price for each."""
    prices = [card(f"price {k}", JPN=(-0.1 * k, -2, 0), USA=(0.15 * k - 0.6, -1, 3)) for k in range(1, 9)]
    return {"cars": [cars("12%")], "general": [general("0%")], "farm": [cut("100%", "A01_02")], "price": prices}


def one_by_one(whole: Case, no_deal: str, weights: list[np.ndarray], shares: list[dict[str, float]]) -> np.ndarray:
    """Whether there is an offer to sign `[draw]`, each draw a case of its own."""
    found = []
    for k, share in enumerate(shares):
        told = {}
        for party, drawn in zip(("JPN", "USA"), weights, strict=True):
            one = whole.governments[party]
            fixed = [
                w.model_copy(update={"value": float(v), "low": float(v), "high": float(v)})
                for w, v in zip(one.weights, drawn[k], strict=True)
            ]
            told[party] = one.model_copy(update={"weights": tuple(fixed)})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                Case, "no_deal_weights", lambda self, name, share=share: {name: 1.0} if name != no_deal else share
            )
            deals = tt.negotiate(whole.model_copy(update={"governments": told}), world=WORLD, no_deal=no_deal)
        found.append((deals.payoffs > deals.reservation + 1e-6).all(1))
    return np.array(found)


@pytest.mark.parametrize("no_deal", ["july", "today", "tree"])
def test_the_chance_of_agreement_is_how_many_draws_have_something_to_sign(no_deal: str) -> None:
    whole = case(narrow(), governments=WEIGHTS, tree=TREE)
    deals, draws, seed = tt.negotiate(whole, world=WORLD, no_deal=no_deal), 10, 5
    found = agreement(deals, draws, seed)
    names = deals.valuation.names
    columns = {"JPN": [names.index("income:A01_02")], "USA": [names.index("balance"), names.index("revenue")]}
    weights = [whole.governments[p].draws(p, names, draws, seed)[:, at] for p, at in columns.items()]
    shares = [{no_deal: 1.0}] * draws
    if no_deal == "tree":
        assert whole.tree is not None
        drawn = whole.tree.draws(draws, seed, whole.as_of)
        shares = [dict(zip(whole.tree.states, map(float, row), strict=True)) for row in drawn]
    signed = one_by_one(whole, no_deal, weights, shares)
    assert len(set(signed.mean(0))) > 3
    assert found.chance == pytest.approx(signed.any(1).mean())
    np.testing.assert_allclose(found.offers, signed.mean(0), atol=1e-9)
    assert found.interval[0] <= found.chance <= found.interval[1] and found.draws == draws


def test_the_chance_is_neither_nothing_nor_certain_where_it_hangs_on_what_governments_want() -> None:
    cheap = {"farm": [cut("100%", "A01_02")], "price": [card("price", JPN=(0.1, 0, 1), USA=(-0.05, -0.3, 0))]}
    found = agreement(tt.negotiate(case(cheap, governments=WEIGHTS, no_deal="today"), world=WORLD), 400)
    assert 0.02 < found.chance < 0.98


def test_where_nothing_is_in_doubt_the_chance_is_the_zone_of_agreement() -> None:
    sure = {"USA": {"weights": [weight("revenue", 0.2)]}}
    for no_deal, bad in (("july", False), ("today", True)):
        talks = {"claim": [card("claim", JPN=(1, 0, 2), USA=(-1, -2, 0))]} if bad else narrow()
        deals = tt.negotiate(case(talks, governments=sure, no_deal=no_deal), world=WORLD)
        found = agreement(deals, 10)
        assert found.chance == float(not bad)
        assert (found.offers == 1).sum() == (0 if bad else len(deals.zone))
    assert found.blocked_by == {"JPN": 0, "USA": 1}


def test_the_doors_of_the_deals_are_these_answers(deals: Deals) -> None:
    assert deals.changes() == changes(deals) and deals.packages(n=2) == packages(deals, n=2)
    assert deals.reply(deals.options(3)) == reply(deals, deals.options(3))
    assert deals.agreement.chance == agreement(deals).chance
    assert {one.issue for one in deals.worths} == set(ISSUES)
    assert answers.package(deals, 0).options == {}
