"""Replies: what is answered is the best that the others have reason to sign."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats, frontier
from tradetalks.talks.points import nash_point, zone
from tradetalks.talks.replies import Verdict, best_reply, cheapest, equally_good, improvements

whole = st.integers(-5, 5).map(float)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Floats, Floats, int, int]:
    """Payoffs, reservation values, the offer on the table and the party that answers."""
    parties, offers = draw(st.integers(2, 4)), draw(st.integers(1, 15))
    table = np.random.default_rng(draw(st.integers(0, 10**6))).integers(-5, 6, (offers, parties)).astype(float)
    floor = draw(hnp.arrays(np.float64, parties, elements=whole))
    return table, floor, draw(st.integers(0, len(table) - 1)), draw(st.integers(0, parties - 1))


def as_good_for_others(table: Floats, offer: int, me: int, slack: float = 0.0) -> list[int]:
    others = [p for p in range(table.shape[1]) if p != me]
    return [i for i, row in enumerate(table) if all(row[p] >= table[offer, p] - slack for p in others)]


@given(tables(), st.sampled_from([0.0, 1.0]))
def test_the_counter_offer_is_best_for_us_of_all_that_leave_nobody_else_worse_off(
    case: tuple[Floats, Floats, int, int], slack: float
) -> None:
    table, _, offer, me = case
    found, able = equally_good(table, offer, me, slack), as_good_for_others(table, offer, me, slack)
    assert found in able
    assert table[found, me] == max(table[i, me] for i in able)
    assert not any((table[i] >= table[found]).all() and (table[i] > table[found]).any() for i in able)


@given(tables())
def test_a_counter_offer_as_good_for_the_others_is_on_the_frontier(case: tuple[Floats, Floats, int, int]) -> None:
    table, _, offer, me = case
    assert equally_good(table, offer, me) in frontier(table)


@given(tables())
def test_an_offer_is_accepted_when_nothing_better_can_be_asked_for(case: tuple[Floats, Floats, int, int]) -> None:
    table, floor, offer, me = case
    reply = best_reply(table, floor, offer, me)
    best = max(table[i, me] for i in as_good_for_others(table, offer, me))
    if best >= floor[me]:
        assert reply.verdict == (Verdict.COUNTER if best > table[offer, me] else Verdict.ACCEPT)
        assert reply.offer is not None and table[reply.offer, me] == best == table[offer, me] + reply.gain
    elif len(zone(table, floor)):
        assert (reply.verdict, reply.offer) == (Verdict.COUNTER, nash_point(table, floor))
        assert "Nash point" in reply.why
    else:
        assert (reply.verdict, reply.offer) == (Verdict.WALK, None)
        assert reply.gain == floor[me] - table[offer, me] > 0


@given(tables())
def test_no_reply_leaves_us_below_no_deal(case: tuple[Floats, Floats, int, int]) -> None:
    table, floor, offer, me = case
    reply = best_reply(table, floor, offer, me)
    assert (floor[me] if reply.offer is None else table[reply.offer, me]) >= floor[me]
    assert reply.gain >= 0


def test_a_gain_within_the_tolerance_is_no_reason_to_haggle() -> None:
    table = [[5.0, 5.0], [5.2, 5.0]]
    assert best_reply(table, [0, 0], 0, 0).verdict is Verdict.COUNTER
    assert best_reply(table, [0, 0], 0, 0, tolerance=0.3).verdict is Verdict.ACCEPT
    too_low = best_reply(table, [5.1, 0], 0, 0, tolerance=0.3)
    assert (too_low.verdict, too_low.offer) == (Verdict.COUNTER, 1) and "Nash" not in too_low.why


def test_of_counter_offers_alike_for_us_the_others_prefer_the_one_proposed() -> None:
    assert equally_good([[0, 5, 5], [3, 5, 6], [3, 7, 6], [3, 6, 5]], offer=0, me=0) == 2


@given(tables())
def test_improvements_are_all_offers_that_beat_the_text(case: tuple[Floats, Floats, int, int]) -> None:
    table, _, offer, _ = case
    found = improvements(table, offer)
    beats = [i for i, row in enumerate(table) if (row >= table[offer]).all() and (row > table[offer]).any()]
    assert sorted(found) == beats
    assert (offer in frontier(table)) == (not len(found))
    products = (table[found] - table[offer]).prod(axis=1)
    assert (np.diff(products) <= 1e-9 * np.abs(products[:-1])).all()


@given(tables())
def test_the_first_improvement_is_on_the_frontier(case: tuple[Floats, Floats, int, int]) -> None:
    table, _, offer, _ = case
    found = improvements(table, offer)
    assume(len(found))
    assert found[0] in frontier(table)


@given(tables(), st.integers(1, 6), st.data())
def test_the_cheapest_offers_reach_the_goal_and_keep_the_others_aboard(
    case: tuple[Floats, Floats, int, int], n: int, data: st.DataObject
) -> None:
    table, floor, _, me = case
    allowed = data.draw(hnp.arrays(bool, len(table)))
    others = [p for p in range(table.shape[1]) if p != me]
    able = [i for i in range(len(table)) if allowed[i] and all(table[i, p] >= floor[p] for p in others)]
    if not able:
        with pytest.raises(OfferError):
            cheapest(table, allowed, floor, me, n)
        return
    found = cheapest(table, allowed, floor, me, n).tolist()
    assert len(found) == min(n, len(able)) == len(set(found)) and set(found) <= set(able)
    assert [table[i, me] for i in found] == sorted((table[i, me] for i in able), reverse=True)[:n]


def test_a_goal_out_of_reach_says_by_how_much() -> None:
    table = [[0.0, 4.0, 1.0], [5.0, 1.0, 2.0], [6.0, 2.5, 0.0]]
    with pytest.raises(OfferError, match=r"2 offers reach the goal.*offer 1, is short by 2 for party 1"):
        cheapest(table, [False, True, True], [0, 3, 3], 0)
    with pytest.raises(OfferError, match="none of 3 offers reaches the goal"):
        cheapest(table, [False] * 3, [0, 3, 3], 0)


TABLE = [[1.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: best_reply(TABLE, [0, 0], 2, 0), "offer 2: the table has offers 0 to 1"),
        (lambda: best_reply(TABLE, [0, 0], 0, 2), "party 2: the table has parties 0 to 1"),
        (lambda: best_reply(TABLE, [0], 0, 0), "reservation"),
        (lambda: equally_good(TABLE, -1, 0), "offer -1"),
        (lambda: equally_good(TABLE, 0, 0, -1.0), "tolerance: -1.0"),
        (lambda: improvements(TABLE, 9), "offer 9"),
        (lambda: cheapest(TABLE, [True], [0, 0], 0), "one truth value for each of 2"),
        (lambda: cheapest(TABLE, [1, 0], [0, 0], 0), "allowed: int64"),
        (lambda: cheapest(TABLE, [True, True], [0, np.nan], 0), "reservation"),
        (lambda: cheapest(TABLE, [True, True], [0, 0], 0, n=0), "n: 0"),
    ],
)
def test_a_question_that_cannot_be_is_refused(call: Callable[[], object], says: str) -> None:
    with pytest.raises(OfferError, match=says):
        call()
