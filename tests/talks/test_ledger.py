"""The ledger: entries add up option by option, a red line is crossed once, and what is no party's is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.talks.small_talks import buys, card, cars, case, cut, world
from tradetalks.talks.accounts import named
from tradetalks.talks.case import Case
from tradetalks.talks.ledger import ENDS, Ledger
from tradetalks.talks.table import Table

NAMES = named(["income:A01_02"])
CARDS, LINES, WELFARE = (NAMES.index(name) for name in ("cards", "red lines", "welfare"))
SOURCE = {"title": "made up", "date": "2025-04-10", "confidence": "press"}


def line(name: str, cost: tuple[float, float, float], **crossed_by: list[str]) -> dict[str, Any]:
    told = dict(zip(("point", "low", "high"), cost, strict=True))
    return {"red_line": name, "what": f"{name} stays", "crossed_by": crossed_by, "cost": told, "stated": "2025-04-10",
            "basis": "elicited", "source": SOURCE}  # fmt: skip


INVESTMENT = {
    "what": "a fund", "investor": "JPN", "host": "USA", "face": {"usd_bn": 10, "per": "year"}, "new": 1, "delivery": 1,
    "equity": {"point": 0.1, "low": 0.05, "high": 0.2}, "below_market": {"point": "1%", "low": "0%", "high": "2%"},
    "earns": {"point": "3%", "low": "2%", "high": "5%"},
    "discount": "4%", "life": 10,
}  # fmt: skip


def made() -> Case:
    return case(
        {
            "patrols": [card("some", JPN=(-1, -2, -0.5), USA=(2, 1, 5)), card("many", JPN=(-3, -4, -1))],
            "farm": [cut("50%", "A01_02"), cut("100%", "A01_02")],
            "bases": [card("moved", USA=(-1, -2, 0), AUS=(9, 8, 10))],
            "fund": [{"option": "a fund", "investments": [INVESTMENT]}],
            "buys": [buys(1)],
        },
        governments={
            "JPN": {
                "red_lines": [
                    line("soil", (2, 1, 4), farm=["JPN cuts A01_02 by 100%"], patrols=["some", "many"]),
                    line("sea", (0.5, 0, 1), patrols=["many"], bases=["moved"]),
                ]
            },
            "USA": {"red_lines": [line("word", (3, 2, 6), buys=["buys 1"])]},
        },
    )


def ledger(told: Case | None = None) -> Ledger:
    return Ledger(Table(told or made(), world()), NAMES)


choices = st.lists(st.tuples(*(st.integers(0, n - 1) for n in (3, 3, 2, 2, 2))), min_size=1, max_size=6)


@given(choices)
def test_what_options_are_worth_beside_trade_adds_up_by_hand(some: list[tuple[int, ...]]) -> None:
    found = ledger().accounts(np.array(some))
    fund = ledger().lines((0, 0, 0, 1, 0))
    assert found.shape == (3, len(some), 2, len(NAMES))
    for row, (patrols, farm, bases, funded, bought) in enumerate(some):
        for end in range(len(ENDS)):
            played = [(0, -1, -3), (0, -2, -4), (0, -0.5, -1)][end][patrols]
            given_to = [(0, 2, 0), (0, 1, 0), (0, 5, 0)][end][patrols] + bases * [-1, -2, 0][end]
            assert found[end, row, :, CARDS].tolist() == [played, given_to]
            soil = (farm == 2 or patrols > 0) * [-2, -4, -1][end]
            sea = (patrols == 2 or bases) * [-0.5, -1, 0][end]
            assert found[end, row, :, LINES].tolist() == [soil + sea, bought * [-3, -6, -2][end]]
            welfare = [sum(one.worth[end] for one in fund if one.party == p and funded) for p in ("JPN", "USA")]
            np.testing.assert_allclose(found[end, row, :, WELFARE], welfare, atol=1e-12)


def test_the_ends_are_in_order() -> None:
    offers = np.array(list(np.ndindex(3, 3, 2, 2, 2)))
    point, low, high = ledger().accounts(offers)
    assert (low <= point).all() and (point <= high).all() and (low < high).any()


def test_the_offer_that_changes_nothing_is_worth_nothing() -> None:
    assert not ledger().accounts(np.zeros((1, 5), dtype=int)).any()


def test_a_line_is_crossed_once_by_however_many_options() -> None:
    found = ledger().crossed(np.array([[1, 0, 0, 0, 0], [0, 2, 0, 0, 0], [1, 2, 0, 0, 0], [2, 2, 1, 0, 1]]))
    assert found.tolist() == [[-2, 0], [-2, 0], [-2, 0], [-2.5, -3]]


def test_issues_that_a_line_may_be_crossed_by_are_tied() -> None:
    assert [sorted(tied) for tied in ledger().tied] == [[0, 1], [0, 2], [4]]
    assert ledger(case({"cars": [cars("0%")]})).tied == ()


def test_what_third_parties_gain_is_not_in_the_ledger() -> None:
    assert {one.party for one in ledger().lines()} == {"JPN", "USA"}


def test_each_figure_stands_with_its_option_and_method() -> None:
    every = ledger().lines()
    told = {(one.issue, one.option, one.party): (one.method, one.worth.point) for one in every if one.issue != "fund"}
    assert told == {
        ("patrols", "some", "JPN"): ("elicited", -1),
        ("patrols", "some", "USA"): ("elicited", 2),
        ("patrols", "many", "JPN"): ("elicited", -3),
        ("bases", "moved", "USA"): ("elicited", -1),
    }
    assert {one.method for one in every if one.issue == "fund"} == {"finance"}
    assert [one.option for one in ledger().lines((2, 1, 1, 0, 1))] == ["many", "moved"]
    assert ledger().lines((0, 0, 0, 0, 0)) == []


def test_a_party_without_a_government_of_its_own_counts_welfare_cards_and_red_lines() -> None:
    found = ledger(case({"cards": [card("one", USA=(1, 0, 2))]}))
    assert found.governments["USA"].vector(NAMES).tolist() == [1, 0, 0, 0, 1, 1, 0]
    assert found.accounts(np.array([[1]]))[0, 0, 1, CARDS] == 1


def test_accounts_that_nobody_looks_at_are_left_out() -> None:
    """Growers' losses on a product's market count where a government or a ratifier minds them."""
    plain = Ledger(Table(made(), world()), named())
    assert plain.accounts(np.array([[1, 1, 1, 1, 1]])).shape[-1] == len(NAMES) - 1
