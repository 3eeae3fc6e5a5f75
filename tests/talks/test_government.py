"""Governments: weights on accounts, their ranges by other routes, public red lines, and what a file may not say."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import CaseError, OfferError
from tradetalks.talks.government import Government

SOURCE = {"title": "a paper", "date": "2014-12-01", "confidence": "primary"}
NAMES = ("welfare", "revenue", "balance", "manufacturing", "cards", "red lines", "income:A01_02", "income:A03")


def weight(on: str, value: float, low: float, high: float, **fields: object) -> dict:
    return {"on": on, "value": value, "low": low, "high": high, "why": "x", "basis": "elicited", **fields}


def line(name: str = "rice", **fields: object) -> dict:
    cost = {"point": 2, "low": 0.5, "high": 5}
    return {"red_line": name, "what": "rice stays closed", "crossed_by": {"rice": ["open", "half open"]}, "cost": cost,
            "stated": "2025-04-14", "basis": "elicited", "source": SOURCE, **fields}  # fmt: skip


def government(*weights: dict, red_lines: tuple[dict, ...] = ()) -> Government:
    return Government.model_validate({"weights": list(weights), "red_lines": list(red_lines)})


FARM = weight("income", 0.9, 0.0, 2.0, sectors=["A01_02", "A03"])
REVENUE = weight("revenue", 0.1, -0.1, 0.4)
BALANCE = weight("balance", 0.05, 0.0, 0.2, partner="JPN")

ranges = st.lists(st.floats(-3, 3), min_size=3, max_size=3).map(sorted).filter(lambda r: r[0] < r[2])


@st.composite
def governments(draw: st.DrawFn) -> Government:
    kinds = draw(st.lists(st.sampled_from(["income", "revenue", "balance", "manufacturing"]), unique=True))
    weights = []
    for kind in kinds:
        low, value, high = draw(ranges)
        weights.append(weight(kind, value, low, high, **({"sectors": ["A01_02", "A03"]} if kind == "income" else {})))
    return government(*weights)


# ---- weights ---------------------------------------------------------------------------------------------------------


def test_a_government_without_weights_counts_welfare_cards_and_red_lines_in_full() -> None:
    made = Government()
    assert made.accounts("JPN", "USA") == ("welfare", "cards", "red lines")
    assert made.vector(NAMES).tolist() == [1, 0, 0, 0, 1, 1, 0, 0]
    point, low, high = made.payoffs(NAMES, np.arange(8.0))
    assert point == low == high == 0 + 4 + 5


def test_a_weight_on_several_sectors_counts_an_account_of_each() -> None:
    made = government(FARM, REVENUE, BALANCE)
    wanted = ("welfare", "income:A01_02", "income:A03", "revenue", "balance", "cards", "red lines")
    assert made.accounts("USA", "JPN") == wanted
    assert made.vector(wanted).tolist() == [1, 0.9, 0.9, 0.1, 0.05, 1, 1]


def test_the_balance_is_with_the_other_party_alone() -> None:
    with pytest.raises(CaseError, match="a weight on the balance with JPN; the account is the balance with DEU"):
        government(BALANCE).accounts("USA", "DEU")


def test_an_account_that_the_government_counts_must_be_given() -> None:
    for door in (
        lambda made, names: made.vector(names),
        lambda made, names: made.draws("JPN", names, 3, 1),
        lambda made, names: made.payoffs(names, np.zeros(len(names))),
    ):
        with pytest.raises(OfferError, match='no account "income:A03", which the government counts, among welfare'):
            door(government(FARM), NAMES[:-1])


def test_accounts_that_do_not_fit_their_names_are_refused() -> None:
    for values in (np.zeros((4, 7)), np.zeros((8, 4)), 3.0):
        with pytest.raises(OfferError, match="for 8 names; the last axis is the account"):
            government(FARM).payoffs(NAMES, values)


@given(governments(), st.lists(st.floats(-20, 20), min_size=8, max_size=8))
def test_the_range_of_a_payoff_is_that_of_all_corners_of_the_weights(made: Government, values: list[float]) -> None:
    """By brute force: each weight at its low and at its high, in every combination."""
    corners = []
    for ends in itertools.product("lh", repeat=len(made.weights)):
        weights = [
            w.model_copy(update={"value": w.low if e == "l" else w.high})
            for e, w in zip(ends, made.weights, strict=True)
        ]
        corners.append(np.array(values) @ made.model_copy(update={"weights": tuple(weights)}).vector(NAMES))
    point, low, high = made.payoffs(NAMES, values)
    assert point == pytest.approx(np.array(values) @ made.vector(NAMES), abs=1e-9)
    assert (low, high) == pytest.approx((min(corners), max(corners)), abs=1e-9)


@given(governments(), st.lists(st.floats(-20, 20), min_size=8, max_size=8), st.integers(0, 5))
def test_every_draw_of_a_payoff_lies_in_its_range(made: Government, values: list[float], seed: int) -> None:
    drawn = made.draws("JPN", NAMES, 100, seed)
    assert drawn.shape == (100, 8) and (drawn[:, [0, 4, 5]] == 1).all()
    assert (drawn[:, 6] == drawn[:, 7]).all()  # one weight, one draw
    _, low, high = made.payoffs(NAMES, values)
    worth = drawn @ np.array(values)
    assert (worth >= low - 1e-9).all() and (worth <= high + 1e-9).all()


def test_payoffs_are_worked_out_for_all_offers_and_parties_at_once() -> None:
    made, values = government(FARM, REVENUE), np.random.default_rng(1).normal(size=(5, 2, 8))
    found = made.payoffs(NAMES, values)
    assert all(ends.shape == (5, 2) for ends in found)
    assert found[1][3, 1] == pytest.approx(made.payoffs(NAMES, values[3, 1])[1])


def test_draws_repeat_with_the_seed_and_differ_between_parties_and_weights() -> None:
    made = government(FARM, REVENUE)
    mine, other = made.draws("JPN", NAMES, 400, 7), made.draws("USA", NAMES, 400, 7)
    assert np.array_equal(mine, made.draws("JPN", NAMES, 400, 7))
    assert abs(np.corrcoef(mine[:, 6], other[:, 6])[0, 1]) < 0.2
    assert abs(np.corrcoef(mine[:, 6], mine[:, 1])[0, 1]) < 0.2
    assert mine[:, 6].mean() == pytest.approx((0 + 0.9 + 2) / 3, abs=0.08)


def test_a_certain_weight_is_drawn_as_it_is() -> None:
    made = government(weight("revenue", 0.1, 0.1, 0.1, basis="published", source=SOURCE))
    assert made.draws("JPN", NAMES, 3, 1)[:, 1].tolist() == [0.1] * 3


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((weight("revenue", 0.5, 0.6, 0.9),), r"0\.5 is outside its range, 0\.6 to 0\.9; widen it"),
        ((weight("revenue", 0, 0, 0, basis="published", source=SOURCE),), "every weight is 0 from low to high; leave"),
        ((FARM, weight("income", 0.2, 0, 1, sectors="A03")), '"income:A03" is weighted twice; keep one weight on it'),
        ((weight("income", 0.2, 0, 1, sectors=["A03", "A03"]),), '"income:A03" is weighted twice'),
        ((weight("income", 0.2, 0, 1),), "name the sectors whose income counts"),
        ((weight("revenue", 0.2, 0, 1, sectors=["A03"]),), "stands on revenue; only income goes by sector"),
        ((weight("income", 0.2, 0, 1, sectors="agriculture"),), '"agriculture" is no single sector; name them one by'),
        ((weight("revenue", 0.2, 0, 1, partner="JPN"),), "only the balance is with a partner"),
        ((weight("revenue", 0.2, 0.2, 0.2),), r"0\.2 rests on judgement \(elicited\) and has no range"),
        ((weight("revenue", 0.2, 0, 1, basis="published"),), "is missing; where the basis is `published`, give"),
        ((weight("votes", 0.2, 0, 1),), "Input should be 'income', 'revenue', 'balance' or 'manufacturing'"),
    ],
)
def test_impossible_weights_are_refused_with_what_would_be_right(weights: tuple[dict, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        government(*weights)


# ---- red lines -------------------------------------------------------------------------------------------------------


def test_an_offer_that_crosses_a_red_line_costs_its_party_the_word_it_gave() -> None:
    made = government(red_lines=(line(),))
    (entry,) = made.red_line_entries("JPN", {"rice": "half open", "cars": "15 %"})
    assert (entry.party, entry.account, entry.method) == ("JPN", "red lines", "statement")
    assert entry.worth == (-2, -5, -0.5)
    assert entry.what == "rice stays closed (said on 2025-04-14)"
    assert made.red_line_entries("JPN", {"rice": "as is"}) == ()


def test_a_line_crossed_on_two_issues_is_paid_for_once() -> None:
    both = government(red_lines=(line(crossed_by={"rice": "open", "beef": ["open"]}),))
    assert len(both.red_line_entries("JPN", {"rice": "open", "beef": "open"})) == 1
    assert len(both.red_line_entries("JPN", {"rice": "as is", "beef": "open"})) == 1


def test_each_red_line_is_paid_for() -> None:
    made = government(red_lines=(line(), line("farm")))
    assert len(made.red_line_entries("JPN", {"rice": "open"})) == 2


def test_a_red_line_on_an_issue_that_is_not_in_the_offer_is_refused() -> None:
    with pytest.raises(OfferError, match=r'red line rice: the offer has no issue "rice"; did you mean ricee\?'):
        government(red_lines=(line(),)).red_line_entries("JPN", {"ricee": "open"})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((line(), line()), '"rice" stands twice; give each red line its own name'),
        ((line(cost={"point": -2, "low": -5, "high": 0}),), "-5; a cost is written as a positive number"),
        ((line(cost={"point": 6, "low": 1, "high": 5}),), "6 is outside its range, 1 to 5; widen it"),
        ((line(cost={"point": 2, "low": 2, "high": 2}),), r"2 rests on judgement \(elicited\) and has no range"),
        ((line(crossed_by={}),), "at least 1 item"),
    ],
)
def test_impossible_red_lines_are_refused(lines: tuple[dict, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        government(red_lines=lines)


def test_a_government_tells_the_dates_of_its_sources_and_words() -> None:
    made = government(FARM | {"source": SOURCE}, REVENUE, red_lines=(line(),))
    assert dict(made.dated()) == {
        ("weights", 0, "source", "date"): date(2014, 12, 1),
        ("red_lines", 0, "stated"): date(2025, 4, 14),
        ("red_lines", 0, "source", "date"): date(2014, 12, 1),
    }
