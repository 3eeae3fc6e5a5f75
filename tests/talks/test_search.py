"""The search: with few offers solved it finds what solving all of them finds, and says how far it may err."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tradetalks as tt
from tests.talks.small_talks import buys, card, cars, case, cut, eased, general, pays, weight, world
from tradetalks.errors import CaseError, OfferError
from tradetalks.talks import search
from tradetalks.talks.case import Case
from tradetalks.talks.deals import Deals
from tradetalks.talks.frontier import frontier
from tradetalks.talks.points import nash_point
from tradetalks.talks.search import enumerated, screened
from tradetalks.talks.valuation import Valuation

ISSUES: dict[str, list[dict[str, Any]]] = {
    "cars": [cars("12%"), cars("0%")],
    "general": [general("0%")],
    "farm": [cut("50%", "A01_02"), cut("100%", "A01_02")],
    "buys": [buys(2, instead_of={"all": 0.6}), buys(4, ["C20", "C29"])],
    "standards": [eased()],
    "patrols": [card("patrols", JPN=(-0.3, -0.5, 0), USA=(0.5, 0.2, 1))],
    "chips": [card("chips", JPN=(0.4, 0.2, 0.6), USA=(-0.2, -0.3, 0))],
}
LINE = {
    "red_line": "farm", "what": "farming stays closed", "stated": "2025-04-10", "basis": "elicited",
    "crossed_by": {"farm": ["JPN cuts A01_02 by 100%"], "patrols": "patrols"},
    "cost": {"point": 0.3, "low": 0.1, "high": 0.6},
    "source": {"title": "made up", "date": "2025-04-10", "confidence": "press"},
}  # fmt: skip
GOVERNMENTS = {
    "JPN": {"weights": [weight("income", 0.5, sectors=["C29"])], "red_lines": [LINE]},
    "USA": {"weights": [weight("balance", 0.1)]},
}
LIMIT = 110
FACTOR = 2.0
"""The largest error of the screen over all offers is not above the reported one by more than this."""


def made_up(**fields: Any) -> Case:
    return case(ISSUES, governments=GOVERNMENTS, **fields)


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    """A sample that is small beside the table, as it is in talks of many issues."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SAMPLE", 30)
        yield


@pytest.fixture(scope="module")
def full() -> Deals:
    return tt.negotiate(made_up(), world=world())


@pytest.fixture(scope="module")
def found(few: None) -> Deals:
    return tt.negotiate(made_up(), world=world(), limit=LIMIT)


def as_rows(offers: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(map(int, row)) for row in offers}


def payoffs_of(deals: Deals) -> dict[tuple[int, ...], np.ndarray]:
    return {tuple(map(int, choice)): row for choice, row in zip(deals.offers, deals.payoffs, strict=True)}


# ---- against solving everything --------------------------------------------------------------------------------------


def test_no_solution_is_bettered_by_settling_one_issue_otherwise(full: Deals, few: None) -> None:
    """By the rule of the solution itself, however few offers are solved at first; one rule looks at all offers."""
    everything = payoffs_of(full)
    part = tt.negotiate(made_up(), world=world(), limit=16)
    for name in ("nash", "egalitarian", "utilitarian"):
        choice, rule = part.choice(part.solutions[name]), part.valuation.rules[name]
        near = [choice, *((*choice[:i], k, *choice[i + 1 :]) for i, n in enumerate(full.table.shape) for k in range(n))]
        payoffs = np.round([everything[one] for one in near], 5)
        assert (payoffs[rule(payoffs, full.reservation)] == payoffs[0]).all()


def test_the_search_solves_a_part_of_the_table_and_finds_its_frontier(full: Deals, found: Deals) -> None:
    assert full.screening is None and found.screening is not None
    assert len(found.offers) <= 1.5 * LIMIT < len(full.offers) == found.on_the_table == 432
    assert as_rows(found.offers[found.frontier]) == as_rows(full.offers[full.frontier])
    assert len(found.frontier) > 10


def test_the_search_picks_the_same_four_deals(full: Deals, found: Deals) -> None:
    picked = {name: found.choice(offer) for name, offer in found.solutions.items()}
    assert picked == {name: full.choice(offer) for name, offer in full.solutions.items()}
    assert len(picked) == 4


def test_offers_are_worth_the_same_searched_or_not(full: Deals, found: Deals) -> None:
    everything = payoffs_of(full)
    for choice, row in payoffs_of(found).items():
        np.testing.assert_allclose(row, everything[choice], atol=1e-5)
    np.testing.assert_allclose(found.reservation, full.reservation, atol=1e-8)


@pytest.mark.parametrize("no_deal", ["july", "today"])
def test_where_only_cards_are_on_the_table_the_zone_is_counted_to_the_offer(few: None, no_deal: str) -> None:
    """All of them add up; the offer that changes nothing is none."""
    draw = np.random.default_rng(0)
    worths = {f"card {k}": [card(f"played {k}", JPN=(a, a - 1, a), USA=(b, b, b + 1))] for k, (a, b) in enumerate(
        draw.normal(size=(6, 2)).round(2))}  # fmt: skip
    made = case(worths, no_deal=no_deal)
    whole, part = tt.negotiate(made, world=world()), tt.negotiate(made, world=world(), limit=20)
    assert part.screening is not None and part.screening.error.max() < 1e-9
    assert 5 < whole.in_zone == part.in_zone < 60
    assert (part.payoffs[part.solutions["nash"]] == whole.payoffs[whole.solutions["nash"]]).all()


@pytest.mark.parametrize("no_deal", ["july", "today", "void"])
def test_the_zone_is_counted_to_the_offers_that_lie_within_the_error_of_its_edge(few: None, no_deal: str) -> None:
    whole = tt.negotiate(made_up(no_deal=no_deal), world=world())
    part = tt.negotiate(made_up(no_deal=no_deal), world=world(), limit=LIMIT)
    assert part.screening is not None
    at_edge = (np.abs(whole.payoffs - whole.reservation) <= FACTOR * part.screening.error).any(1).sum()
    assert abs(part.in_zone - len(whole.zone)) <= at_edge
    assert 0 < len(whole.zone) < 432 and abs(part.in_zone - len(whole.zone)) <= 4
    assert part.as_json()["zone_of_agreement"]["screened"] and not whole.as_json()["zone_of_agreement"]["screened"]


def test_the_largest_error_of_the_screen_is_about_the_largest_over_all_offers(full: Deals, found: Deals) -> None:
    assert found.screening is not None
    errors = np.abs(found.screening.screen.payoff(full.offers) - full.payoffs)
    assert (errors.max(0) <= FACTOR * found.screening.error).all()
    assert (np.median(errors, axis=0) <= 4 * found.screening.typical + 1e-6).all()
    solved = np.abs(found.screening.screen.payoff(found.offers) - found.payoffs)
    assert (solved <= found.screening.error + 1e-6).all()
    assert (found.screening.error < 0.1 * np.ptp(full.payoffs, axis=0)).all()


def test_the_screen_is_exact_where_no_more_than_two_issues_move_trade(full: Deals) -> None:
    """Cards and red lines are told exactly, however many of them an offer holds."""
    valuation = full.valuation
    screen = screened(valuation)
    moving = [list(valuation.case.issues).index(name) for name in ("cars", "general", "farm", "buys", "standards")]
    assert sorted(valuation.issues) == moving
    few = (full.offers[:, moving] > 0).sum(1) <= 2
    assert few.sum() > 100
    np.testing.assert_allclose(screen.payoff(full.offers[few]), full.payoffs[few], atol=1e-6)


def test_the_best_offers_that_hold_a_goal_are_found(full: Deals, few: None) -> None:
    """A goal that no efficient offer holds: the search looks for it on its own."""
    goal = {"cars": "cars 12%", "farm": "JPN cuts A01_02 by 50%"}
    part = tt.negotiate(made_up(goals=goal), world=world(), limit=LIMIT)
    places = [part.case.option(issue, option) for issue, option in goal.items()]

    def holding(deals: Deals) -> np.ndarray:
        return np.flatnonzero(np.all([deals.offers[:, i] == k for i, k in places], axis=0))

    assert not set(full.frontier) & set(holding(full))
    for party in range(2):
        best = []
        for deals in (part, full):
            enough = np.delete(deals.payoffs >= deals.reservation, party, axis=1).all(1)
            best.append(deals.payoffs[[k for k in holding(deals) if enough[k]], party].max())
        assert best[0] == pytest.approx(best[1], abs=1e-5)


def test_the_search_is_the_same_each_time(found: Deals, few: None) -> None:
    again = tt.negotiate(made_up(), world=world(), limit=LIMIT)
    assert (again.offers == found.offers).all() and (again.payoffs == found.payoffs).all()


def test_a_limit_that_holds_the_whole_table_solves_all_of_it(full: Deals) -> None:
    assert tt.negotiate(made_up(), world=world(), limit=432).screening is None
    assert (enumerated(full.valuation) == full.offers).all()


# ---- offers that are asked for ---------------------------------------------------------------------------------------


def test_an_offer_that_was_screened_out_is_solved_when_it_is_named(full: Deals, found: Deals, few: None) -> None:
    left_out = sorted(as_rows(full.offers) - as_rows(found.offers))[-1]
    with pytest.raises(OfferError, match="screened out and not solved; name it when negotiating"):
        found.index(left_out)
    terms = found.table.labels(left_out)
    asked = tt.negotiate(made_up(), world=world(), limit=LIMIT, also=(terms,))
    np.testing.assert_allclose(asked.payoffs[asked.index(left_out)], payoffs_of(full)[left_out], atol=1e-5)
    assert asked.gain(asked.index(left_out), "JPN", "july").point == pytest.approx(
        float((asked.payoffs[asked.index(left_out)] - asked.reservation)[0]), abs=1e-5
    )


def test_a_signed_text_is_among_the_offers_that_are_solved(few: None) -> None:
    terms = {"farm": "JPN cuts A01_02 by 100%", "patrols": "patrols"}
    source = {"title": "made up", "date": "2025-04-15", "confidence": "primary"}
    signed = {"what": "a deal", "on": "2025-04-15", "terms": terms, "source": source}
    part = tt.negotiate(made_up(signed=signed), world=world(), limit=LIMIT)
    assert part.options(part.index(part.table.choice(terms)))["patrols"] == "patrols"


def test_offers_that_are_not_on_the_table_cannot_be_asked_for() -> None:
    with pytest.raises(CaseError, match=r'issue farm has no option "all"; known'):
        tt.negotiate(made_up(), world=world(), also=({"farm": "all"},))
    with pytest.raises(CaseError, match=r'no issue "car" on the table of made-up; did you mean cars'):
        tt.negotiate(made_up(), world=world(), also=({"car": "cars 0%"},))


# ---- what holds for any talks ----------------------------------------------------------------------------------------

POOL: dict[str, list[dict[str, Any]]] = {
    **ISSUES,
    "support": [pays(0.3), pays(1)],
    "industry": [cut("100%", "C20"), cut("60%", "C29")],
    "drinks": [card("drinks", USA=(0.1, 0, 0.2))],
}
drawn = st.lists(st.sampled_from(sorted(POOL)), min_size=3, max_size=6, unique=True)
many = st.lists(st.sampled_from(sorted({*POOL} - {"support"})), min_size=5, max_size=5, unique=True)


def spaces(names: list[str], **fields: Any) -> Case:
    line = dict(LINE, crossed_by={k: v for k, v in LINE["crossed_by"].items() if k in names})  # type: ignore[attr-defined]
    mine = {"weights": GOVERNMENTS["JPN"]["weights"], "red_lines": [line] if line["crossed_by"] else []}
    return case({n: POOL[n] for n in names}, governments={"JPN": mine, "USA": GOVERNMENTS["USA"]}, **fields)


@settings(max_examples=4)
@given(names=many, seed=st.integers(0, 5), limit=st.integers(60, 90))
def test_no_offer_beats_what_is_printed_by_more_than_twice_the_error(names: list[str], seed: int, limit: int) -> None:
    made, on = spaces(names), world(seed)
    whole = tt.negotiate(made, world=on)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SAMPLE", 10)
        part = tt.negotiate(made, world=on, limit=limit)
    assert part.screening is not None
    assume(part.screening.frontier <= limit // 2)  # all of it solved
    error = part.screening.error
    for row in part.payoffs[part.frontier]:
        assert not (whole.payoffs > row + 2 * error + 1e-5).all(1).any()
    assert bool(part.solutions) == bool(whole.solutions)
    if whole.solutions:
        least, most = (
            min(deals.payoffs[deals.solutions["egalitarian"]] - deals.reservation) for deals in (part, whole)
        )
        assert least >= most - 2 * error.max() - 1e-5


@settings(max_examples=4)
@given(names=drawn, data=st.data())
def test_more_options_never_hurt_the_frontier(names: list[str], data: st.DataObject) -> None:
    """Every offer that was efficient is still there, worth the same, or is beaten."""
    less = tt.negotiate(spaces(names), world=world())
    more = sorted(set(POOL) - set(names))
    wider = tt.negotiate(spaces([*names, data.draw(st.sampled_from(more))]), world=world())
    rows = payoffs_of(wider)
    for offer in less.frontier:
        row = less.payoffs[offer]
        np.testing.assert_allclose(rows[*less.choice(offer), 0], row, atol=1e-5)
        assert (wider.payoffs[wider.frontier] >= row - 1e-5).all(1).any()
    assert len(wider.zone) >= len(less.zone)


@settings(max_examples=4)
@given(names=drawn, data=st.data())
def test_the_order_of_issues_changes_nothing(names: list[str], data: st.DataObject) -> None:
    """As long as no two of them change the same duty, where the later has the last word."""
    names = [name for name in names if name not in ("cars", "industry")]
    order = data.draw(st.permutations(names))
    one, other = (tt.negotiate(spaces(list(some)), world=world(1)) for some in (names, order))

    def told(deals: Deals, offers: np.ndarray) -> dict[tuple[tuple[str, str], ...], np.ndarray]:
        return {tuple(sorted(deals.options(k).items())): deals.payoffs[k] for k in map(int, offers)}

    everything = told(one, np.arange(len(one.offers)))
    for key, row in told(other, np.arange(len(other.offers))).items():
        np.testing.assert_allclose(row, everything[key], atol=1e-5)
    assert told(one, one.frontier).keys() == told(other, other.frontier).keys()
    assert one.in_zone == other.in_zone
    screen, turned = screened(one.valuation), screened(other.valuation)
    back = [order.index(name) for name in names]
    np.testing.assert_allclose(turned.payoff(other.offers), screen.payoff(other.offers[:, back]), atol=1e-5)


@given(
    table=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=15),
    fallback=st.tuples(st.integers(0, 8), st.integers(0, 8)),
    better=st.integers(1, 4),
    me=st.integers(0, 1),
)
def test_a_better_fallback_never_lowers_what_nash_gives_me(
    table: list[tuple[int, int]], fallback: tuple[int, int], better: int, me: int
) -> None:
    """On offers by which both gain: of two products the one with more for me shrinks less when my fallback rises."""
    payoffs, floor = np.array(table, dtype=float), np.array(fallback, dtype=float)
    raised = floor + better * np.eye(2)[me]
    if (payoffs > raised).all(1).any():
        assert payoffs[nash_point(payoffs, raised), me] >= payoffs[nash_point(payoffs, floor), me]


def test_a_better_fallback_never_lowers_what_nash_gives_me_in_these_talks(full: Deals) -> None:
    for me in (0, 1):
        got = []
        for more in np.linspace(0, 3, 13):
            floor = full.reservation + more * np.eye(2)[me]
            if (full.payoffs > floor).all(1).any():
                got.append(full.payoffs[nash_point(full.payoffs, floor), me])
        assert len(got) > 5 and (np.diff(got) >= 0).all() and got[-1] > got[0]


# ---- the screen itself -----------------------------------------------------------------------------------------------


@settings(max_examples=10)
@given(names=drawn, seed=st.integers(0, 5))
def test_the_frontier_of_the_screen_is_that_of_its_payoffs(names: list[str], seed: int) -> None:
    """Red lines that tie issues together included."""
    valuation = Valuation(spaces(names), world(seed), "july")
    screen, offers = screened(valuation), enumerated(valuation)
    payoffs = screen.payoff(offers)
    kept = screen.frontier()
    apart = {tuple(row) for row in np.round(payoffs[frontier(np.round(payoffs, 9))], 6)}
    assert {tuple(row) for row in np.round(screen.payoff(kept.choices), 6)} <= apart | {
        tuple(row) for row in np.round(payoffs[frontier(payoffs)], 6)
    }
    assert as_rows(offers[frontier(payoffs)]) <= as_rows(screen.frontier(1e-9).choices)
    floor = np.median(payoffs, axis=0) + 1e-7
    assert screen.count_in_zone(floor) == (payoffs >= floor).all(1).sum()
    able = screen.payoff(kept.choices)
    best = able[able[:, 1] >= floor[1], 0].max()
    assert best == pytest.approx(payoffs[payoffs[:, 1] >= floor[1], 0].max(), abs=1e-9)
