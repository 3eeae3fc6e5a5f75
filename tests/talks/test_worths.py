"""Worths: what an option is worth alone is what the offer of it alone is worth, with a range by another route."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import tradetalks as tt
from tests.talks.small_talks import branch, buys, card, cars, case, cut, general, pays, weight, world
from tradetalks.talks.case import Case
from tradetalks.talks.deals import Deals
from tradetalks.talks.table import offer_policy, reference_policy
from tradetalks.talks.worths import OptionWorth, option_worths
from tradetalks.world import Policy

WORLD = world()
LINE = {
    "red_line": "farm", "what": "farming stays", "crossed_by": {"farm": ["JPN cuts A01_02 by 100%"]},
    "cost": {"point": 2, "low": 1, "high": 5}, "stated": "2025-04-10", "basis": "elicited",
    "source": {"title": "made up", "date": "2025-04-10", "confidence": "press"},
}  # fmt: skip
GOVERNMENTS = {
    "JPN": {"weights": [weight("income", 0.5, sectors=["C29"])], "red_lines": [LINE]},
    "USA": {"weights": [weight("revenue", 0.2)]},
}


@cache
def made(no_deal: str = "july") -> Case:
    until = {"until": "2027-04-16", "discount": "0%", "now": "today"}
    tree = until | {
        "then": {"on": "2025-07-09", "branches": [branch("void", 0.4, "void"), branch("back", 0.6, "july")]}
    }
    both = {**card("patrols", USA=(1, 0.5, 2)), "tariffs": cut("10%", "C20")["tariffs"]}
    return case(
        {
            "cars": [cars("10%"), cars("0%")],
            "general": [general("0%")],
            "farm": [cut("50%", "A01_02"), cut("100%", "A01_02")],
            "support": [pays(1)],
            "patrols": [card("words", JPN=(-1, -2, 0), USA=(2, 1, 5)), {**both, "option": "both"}],
            "buys": [buys(2, instead_of={"DEU": 0.2}), {**buys(3), "basis": "assumption"}],
        },
        governments=GOVERNMENTS, no_deal=no_deal, tree=tree,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["july", "tree"])
def deals(request: pytest.FixtureRequest) -> Deals:
    return tt.negotiate(made(request.param), world=WORLD)


@cache
def worths(no_deal: str = "july") -> dict[tuple[str, str], OptionWorth]:
    found = option_worths(tt.negotiate(made(no_deal), world=WORLD).valuation)
    return {(one.issue, one.option): one for one in found}


def test_an_option_alone_is_worth_what_its_offer_is_worth(deals: Deals) -> None:
    found = option_worths(deals.valuation)
    assert [(one.issue, one.option) for one in found] == [
        (name, label) for name, issue in deals.case.issues.items() for label in issue.labels[1:]
    ]
    for one in found:
        offer = deals.index(deals.table.choice({one.issue: one.option}))
        for k, party in enumerate(deals.case.parties):
            assert one.payoffs[party].point == pytest.approx(float(deals.payoffs[offer, k]), abs=1e-6)
            welfare = deals.scores.welfare[offer, WORLD.economy(party)]
            assert one.welfare[party] == pytest.approx(float(welfare), abs=1e-6)
            assert one.payoffs[party].low <= one.payoffs[party].point <= one.payoffs[party].high


def test_the_range_of_a_tariff_is_over_the_elasticity_sets_by_other_solves() -> None:
    for issue, option in (("cars", "cars 0%"), ("farm", "JPN cuts A01_02 by 50%"), ("support", "pays 1")):
        choice = tuple(made().issues[name].labels.index(option) if name == issue else 0 for name in made().issues)
        by_set: dict[str, list[float]] = {"JPN": [], "USA": []}
        for on in (WORLD, *(WORLD.with_elasticities(name) for name in ("high", "low"))):
            start, there = (
                tt.solve(on, Policy(on, policy.tariffs, transfers=policy.transfers))
                for policy in (reference_policy(made(), WORLD), offer_policy(made(), WORLD, choice))
            )
            cars_made = (there.sector_value_added - start.sector_value_added)[2, WORLD.economy("JPN")]
            by_set["JPN"].append(there.welfare["JPN"] - start.welfare["JPN"] + 0.5 * cars_made)
            revenue = there.tariff_revenue["USA"] - start.tariff_revenue["USA"]
            by_set["USA"].append(there.welfare["USA"] - start.welfare["USA"] + 0.2 * revenue)
        for party, values in by_set.items():
            found = worths()[issue, option].payoffs[party]
            assert found == pytest.approx((values[0], min(values), max(values)), abs=2e-6)


def test_a_card_has_the_range_that_was_asked_for() -> None:
    one = worths()["patrols", "words"]
    assert one.payoffs == {"JPN": (-1, -2, 0), "USA": (2, 1, 5)}
    assert one.welfare == pytest.approx({"JPN": 0, "USA": 0})


def test_a_red_line_widens_the_range_by_its_own() -> None:
    closed, half = worths()["farm", "JPN cuts A01_02 by 100%"], worths()["farm", "JPN cuts A01_02 by 50%"]
    assert half.methods == ("equilibrium",) and closed.methods == ("equilibrium", "statement")
    point, low, high = closed.payoffs["JPN"]
    assert point - low > 3 and high - point > 1


def test_what_had_to_be_asked_for_is_marked() -> None:
    marked = {key for key, one in worths().items() if one.elicited}
    assert marked == {
        ("patrols", "words"), ("patrols", "both"), ("buys", "buys 3"), ("farm", "JPN cuts A01_02 by 100%"),
    }  # fmt: skip
    assert worths()["buys", "buys 3"].basis == "assumption" and worths()["cars", "cars 0%"].basis is None


def test_the_equilibrium_is_a_method_only_where_trade_moves() -> None:
    assert worths()["patrols", "words"].methods == ("elicited",)
    assert worths()["patrols", "both"].methods == ("equilibrium", "elicited")
    assert worths()["support", "pays 1"].methods == ("equilibrium",)


def test_talks_of_cards_alone_have_worths_without_any_trade() -> None:
    plain = case({"one": [card("a", JPN=(1, 0, 2))], "two": [card("b", USA=(-1, -2, 0))]})
    found = option_worths(tt.negotiate(plain, world=WORLD).valuation)
    assert [one.payoffs["JPN"] for one in found] == [(1, 0, 2), (0, 0, 0)]
    assert [one.methods for one in found] == [("elicited",), ("elicited",)]


def test_worths_over_a_tree_weigh_each_law() -> None:
    """What rests on IEEPA is worth less where that may fall."""
    share = tt.negotiate(made("tree"), world=WORLD).valuation.grounds["void"]
    sure, unsure = (worths(name)["general", "general 0%"].payoffs["JPN"].point for name in ("july", "tree"))
    assert unsure == pytest.approx((1 - share) * sure, abs=1e-6)
    assert 0.3 < share < 0.5
    np.testing.assert_allclose(worths("tree")["patrols", "words"].payoffs["USA"], (2, 1, 5))


RICE = {
    "market": "rice", "what": "rice", "importer": "JPN", "sector": "A01_02", "currency": "JPY", "unit": "t",
    "per_usd": 150, "price_unit": "kg", "volume": 1_000_000, "beyond": {"specific": 300}, "beyond_origin": "USA",
    "origins": {"USA": {"quantity": 600_000, "price": 100}, "AUS": {"quantity": 400_000, "price": 80}},
    "domestic": {"production": 7_000_000, "price": 400, "supply": {"point": 0.3, "low": 0.1, "high": 0.5},
                 "demand": {"point": 0.2, "low": 0.1, "high": 0.4}},
    "rents": {"treasury": 1}, "basis": "published",
    "source": {"title": "made up", "date": "2025-04-01", "confidence": "computed"},
}  # fmt: skip


@pytest.mark.parametrize("value", [0.5, -0.5])
def test_a_range_is_in_order_also_where_a_government_counts_an_income_against_itself(value: float) -> None:
    more = {"option": "more", "quotas": [{"product": RICE, "add": {"USA": 300_000}}]}
    minds = {"JPN": {"weights": [weight("income", value, sectors=["A01_02"])]}}
    deals = tt.negotiate(case({"rice": [more]}, governments=minds), world=WORLD, also=({"rice": "more"},))
    (one,) = deals.worths
    assert "product market" in one.methods
    for found in (one.payoffs["JPN"], deals.gain(1, "JPN", "today")):
        assert found.low < found.point < found.high
    assert deals.gain(1, "JPN", "today").point == pytest.approx(one.payoffs["JPN"].point, abs=1e-6)
