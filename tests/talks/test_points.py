"""The four solution points: the theorems that hold on a discrete set of offers, and no others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats, frontier
from tradetalks.talks.points import (
    egalitarian_point,
    kalai_smorodinsky_point,
    nash_point,
    utilitarian_point,
    zone,
)

Point = Callable[[Floats, Floats], int]
ALL: list[Point] = [nash_point, kalai_smorodinsky_point, egalitarian_point, utilitarian_point]
MAXIMIN: list[Point] = [kalai_smorodinsky_point, egalitarian_point]

whole = st.integers(-6, 6).map(float)
every_point = pytest.mark.parametrize("point", ALL)


@st.composite
def talks(draw: st.DrawFn, low: int = 2, high: int = 4) -> tuple[Floats, Floats]:
    """A table of whole payoffs and reservation values that leave a zone of agreement."""
    parties = draw(st.integers(low, high))
    table = draw(hnp.arrays(np.float64, st.tuples(st.integers(1, 20), st.just(parties)), elements=whole))
    floor = draw(hnp.arrays(np.float64, parties, elements=whole))
    assume(len(zone(table, floor)))
    return table, floor


@every_point
@given(talks())
def test_the_choice_is_efficient_and_acceptable_to_all(point: Point, case: tuple[Floats, Floats]) -> None:
    choice = point(*case)
    assert choice in frontier(case[0])
    assert choice in zone(*case)


@given(talks())
def test_each_point_is_best_by_its_own_rule(case: tuple[Floats, Floats]) -> None:
    table, floor = case
    gains = table[zone(*case)] - floor
    ideal = np.where(gains.max(0) > 0, gains.max(0), 1)
    chosen = {point: table[point(*case)] - floor for point in ALL}
    assert np.isclose(chosen[nash_point].prod(), gains.prod(1).max())
    assert np.isclose(chosen[utilitarian_point].sum(), gains.sum(1).max())
    assert chosen[egalitarian_point].min() == gains.min(1).max()
    assert np.isclose((chosen[kalai_smorodinsky_point] / ideal).min(), (gains / ideal).min(1).max())


@every_point
@given(talks(), st.randoms(use_true_random=False))
def test_a_new_order_of_offers_moves_the_choice_with_it(
    point: Point, case: tuple[Floats, Floats], shuffle: object
) -> None:
    table, floor = case
    table = np.unique(table, axis=0)
    order = list(range(len(table)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    before, after = table[point(table, floor)], table[order][point(table[order], floor)]
    assert _alike(point, table, floor, before, after)


@every_point
@given(talks())
def test_parties_are_treated_alike(point: Point, case: tuple[Floats, Floats]) -> None:
    table, floor = case
    swapped = table[:, ::-1][point(table[:, ::-1], floor[::-1])][::-1]
    assert _alike(point, table, floor, table[point(table, floor)], swapped)


@pytest.mark.parametrize("point", [nash_point, kalai_smorodinsky_point])
@given(talks(), st.data())
def test_nash_and_kalai_smorodinsky_do_not_depend_on_units(
    point: Point, case: tuple[Floats, Floats], data: st.DataObject
) -> None:
    table, floor = case
    scale = data.draw(hnp.arrays(np.float64, len(floor), elements=st.floats(1e-3, 1e6)))
    shift = data.draw(hnp.arrays(np.float64, len(floor), elements=st.integers(-50, 50).map(float)))
    assert point((table + shift) * scale, (floor + shift) * scale) == point(table, floor)


@every_point
@given(talks(), st.sampled_from([0.25, 3.0, 1e6]), st.integers(-50, 50))
def test_no_point_depends_on_a_common_unit_or_on_the_zero(
    point: Point, case: tuple[Floats, Floats], scale: float, shift: int
) -> None:
    table, floor = case
    assert point((table + shift) * scale, (floor + shift) * scale) == point(table, floor)


@every_point
@given(talks())
def test_offers_outside_the_zone_do_not_matter(point: Point, case: tuple[Floats, Floats]) -> None:
    inside = zone(*case)
    assert inside[point(case[0][inside], case[1])] == point(*case)


@pytest.mark.parametrize("point", [nash_point, egalitarian_point, utilitarian_point])
@given(talks(), st.data())
def test_taking_away_an_offer_not_chosen_changes_nothing(
    point: Point, case: tuple[Floats, Floats], data: st.DataObject
) -> None:
    """Independence of irrelevant alternatives (Nash 1950); Kalai and Smorodinsky's point has no such property."""
    table, floor = case
    choice = point(table, floor)
    assume(point is not nash_point or (table[choice] > floor).all())
    others = [i for i in range(len(table)) if i != choice]
    kept = sorted([choice, *data.draw(st.sets(st.sampled_from(others)) if others else st.just(set()))])
    assert np.array_equal(table[kept][point(table[kept], floor)], table[choice])


@pytest.mark.parametrize("point", [nash_point, egalitarian_point])
@given(talks(2, 2), st.integers(1, 4), st.integers(0, 1))
def test_of_two_parties_a_better_fallback_never_hurts_its_owner(
    point: Point, case: tuple[Floats, Floats], lift: int, party: int
) -> None:
    table, floor = case
    higher = floor.copy()
    higher[party] += lift
    assume(len(zone(table, higher)))
    assume((table[zone(table, higher)] > higher).all(axis=1).any())  # Nash: both can gain
    assert table[point(table, higher), party] >= table[point(table, floor), party]


def test_lopsided_talks_part_the_four_points() -> None:
    table = [[0, 20], [1, 19], [3, 15], [5, 10], [8, 4], [9, 1], [10, 0], [24, 0]]
    assert nash_point(table, [0, 0]) == 3
    assert kalai_smorodinsky_point(table, [0, 0]) == 3
    assert egalitarian_point(table, [0, 0]) == 3
    assert utilitarian_point(table, [0, 0]) == 7


def test_where_one_party_cannot_gain_the_other_still_does() -> None:
    table = [[0, 1], [0, 5], [-1, 9]]
    assert [point(np.array(table, float), np.zeros(2)) for point in ALL] == [1, 1, 1, 1]


def test_where_only_one_of_two_can_gain_the_unit_still_does_not_choose() -> None:
    table, floor = np.array([[3.0, 0.0], [0.0, 5.0]]), np.zeros(2)
    assert [nash_point(table * scale, floor) for scale in ([1, 1], [1, 0.1], [10, 1])] == [0, 0, 0]


def test_a_party_that_nothing_touches_does_not_disturb_the_others() -> None:
    table = np.array([[1.0, 9.0, 0.0], [5.0, 5.0, 0.0], [9.0, 1.0, 0.0]])
    assert [point(table, np.zeros(3)) for point in (nash_point, *MAXIMIN)] == [1, 1, 1]


def test_no_deal_itself_is_chosen_when_nothing_is_better() -> None:
    assert [point(np.array([[0.0, 0.0], [-1.0, 3.0]]), np.zeros(2)) for point in ALL] == [0, 0, 0, 0]


def test_products_too_small_or_too_large_for_a_float_are_still_ordered() -> None:
    assert nash_point([[1e-200, 1e-200], [2e-200, 0.9e-200]], [0, 0]) == 1
    assert nash_point([[1e200, 1e200], [2e200, 0.9e200]], [0, 0]) == 1


def test_of_equals_the_first_is_taken() -> None:
    table = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    assert [point(table, np.zeros(2)) for point in ALL] == [0, 0, 0, 0]


@every_point
def test_without_a_zone_of_agreement_the_gap_is_named(point: Point) -> None:
    with pytest.raises(OfferError, match=r"no zone of agreement.*short by 1.5 for party 1 \(offer 1\)"):
        point(np.array([[4.0, 0.0], [1.0, 2.5]]), np.array([0.0, 4.0]))
    assert len(zone([[4.0, 0.0], [1.0, 2.5]], [0.0, 4.0])) == 0


@every_point
@pytest.mark.parametrize(
    "reservation", [[0.0], [0.0, 0.0, 0.0], [[0.0, 0.0]], [0.0, np.nan], [0.0, np.inf], ["a", "b"]]
)
def test_reservation_values_that_cannot_be_are_refused(point: Point, reservation: list[float]) -> None:
    with pytest.raises(OfferError, match="reservation"):
        point(np.zeros((3, 2)), reservation)  # type: ignore[arg-type]


def _alike(point: Point, table: Floats, floor: Floats, one: Floats, other: Floats) -> bool:
    """Equal choices, or choices that the rule itself cannot tell apart."""
    gains = table[zone(table, floor)] - floor
    ideal = gains.max(0) if point is kalai_smorodinsky_point else np.ones(len(floor))
    a, b = (np.sort((x - floor) / np.where(ideal > 0, ideal, 1)) for x in (one, other))
    if point in MAXIMIN:
        return np.allclose(a, b)
    if point is nash_point:
        if not ((one > floor).all() or np.array_equal(one > floor, other > floor)):
            return bool((one > floor).sum() == (other > floor).sum())  # every product is zero
        a, b = (np.log(x[x > 0]) for x in (a, b))
    return bool(len(a) == len(b) and np.isclose(a.sum(), b.sum()))
