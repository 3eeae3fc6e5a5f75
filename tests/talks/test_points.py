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


powers = st.lists(st.sampled_from([0.2, 1.0, 1.5, 4.0]), min_size=4, max_size=4)


@given(talks(), powers, st.data())
def test_a_better_fallback_never_lowers_what_its_owner_gets_under_nash(
    case: tuple[Floats, Floats], power: list[float], data: st.DataObject
) -> None:
    """With any powers and any number of parties, on any set of offers, while some offer lets every party gain.

    At the old fallback the old choice has the larger product. A lower payoff loses more of its gain, in proportion,
    when the fallback rises; so an offer that pays its owner less cannot overtake it.
    """
    table, floor = case
    party, higher = _raised(floor, data)
    assume(len(zone(table, higher)) and (table > higher).all(axis=1).any())
    weights = power[: len(floor)]
    assert table[nash_point(table, higher, weights), party] >= table[nash_point(table, floor, weights), party]


@pytest.mark.parametrize("point", [egalitarian_point, utilitarian_point])
@given(talks(), st.data())
def test_a_better_fallback_never_lowers_what_its_owner_gets_under_the_egalitarian_and_utilitarian_rules(
    point: Point, case: tuple[Floats, Floats], data: st.DataObject
) -> None:
    table, floor = case
    party, higher = _raised(floor, data)
    assume(len(zone(table, higher)))
    assert table[point(table, higher), party] >= table[point(table, floor), party]


@every_point
@given(talks(2, 2), st.data())
def test_of_two_parties_a_better_fallback_never_hurts_its_owner_nor_helps_the_other(
    point: Point, case: tuple[Floats, Floats], data: st.DataObject
) -> None:
    table, floor = case
    party, higher = _raised(floor, data)
    assume(len(zone(table, higher)))
    before, after = table[point(table, floor)], table[point(table, higher)]
    assert after[party] >= before[party] and after[1 - party] <= before[1 - party]


def test_of_three_parties_a_better_fallback_can_hurt_its_owner_under_kalai_and_smorodinsky() -> None:
    """The third party's hope of 4 leaves the zone with the last offer; its share of what is left rises."""
    table = [[5, 1, 2], [3, 3, 1], [0, 0, 4]]
    assert [kalai_smorodinsky_point(table, [fallback, 0, 0]) for fallback in (0, 1)] == [0, 1]


def test_of_three_parties_a_better_fallback_can_hurt_its_owner_under_nash_where_every_product_is_zero() -> None:
    """Parties 0 and 1 gain, or 0 and 2; the first group's best offer changes, and comes after the second group's."""
    table = [[4, 4, 0], [2, 0, 5], [6, 2.5, 0]]
    assert [nash_point(table, [fallback, 0, 0]) for fallback in (0, 1)] == [0, 1]


@given(talks())
def test_equal_powers_change_nothing(case: tuple[Floats, Floats]) -> None:
    assert nash_point(*case, power=[7.0] * len(case[1])) == nash_point(*case)


@given(talks(), powers)
def test_the_generalised_product_is_largest_at_the_choice(case: tuple[Floats, Floats], power: list[float]) -> None:
    table, floor = case
    weights = np.array(power[: len(floor)])
    gains = table[zone(table, floor)] - floor
    best = ((table[nash_point(table, floor, weights)] - floor) ** weights).prod()
    assert np.isclose(best, (gains**weights).prod(axis=1).max())


@given(talks(), powers, st.data())
def test_more_power_never_hurts_its_owner(case: tuple[Floats, Floats], power: list[float], data: st.DataObject) -> None:
    table, floor = case
    assume((table > floor).all(axis=1).any())
    weak = np.array(power[: len(floor)])
    strong, party = weak.copy(), data.draw(st.integers(0, len(floor) - 1))
    strong[party] *= 3
    assert table[nash_point(table, floor, strong), party] >= table[nash_point(table, floor, weak), party]


@given(talks(), powers, st.data())
def test_powers_do_not_bring_units_back_in(
    case: tuple[Floats, Floats], power: list[float], data: st.DataObject
) -> None:
    table, floor = case
    weights = power[: len(floor)]
    scale = data.draw(hnp.arrays(np.float64, len(floor), elements=st.sampled_from([1e-6, 0.5, 8.0, 1e9])))
    assert nash_point(table * scale, floor * scale, weights) == nash_point(table, floor, weights)


def test_a_split_of_a_dollar_goes_by_power() -> None:
    """Kalai (1977): each takes its power's share; 100 cents, whole cents only."""
    cents = np.arange(101.0)
    table = np.stack([cents, 100 - cents], axis=1)
    assert [nash_point(table, [0, 0], power) for power in ([1, 1], [3, 1], [1, 4])] == [50, 75, 20]


def test_egalitarian_and_utilitarian_points_do_depend_on_one_party_s_unit() -> None:
    table, floor = np.array([[1.0, 9.0], [4.0, 5.0], [8.0, 2.0]]), np.zeros(2)
    for point, choices in ((egalitarian_point, [1, 0]), (utilitarian_point, [0, 2])):
        assert [point(table * [1, unit], floor) for unit in (1, 0.1)] == choices


@pytest.mark.parametrize(
    ("power", "says"),
    [
        ([1.0], "one value for each of 2"),
        ([1.0, 0.0], "must be positive"),
        ([1.0, -2.0], "must be positive"),
        ([1.0, np.inf], "must be positive and finite"),
        (["a", "b"], "not a list of numbers"),
        ([1e-300, 1e300], "too far apart"),
    ],
)
def test_powers_that_cannot_be_are_refused(power: list[float], says: str) -> None:
    with pytest.raises(OfferError, match=f"power: .*{says}"):
        nash_point([[1.0, 1.0]], [0.0, 0.0], power)


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


def _raised(floor: Floats, data: st.DataObject) -> tuple[int, Floats]:
    """A party, and reservation values of which its own is higher."""
    party, higher = data.draw(st.integers(0, len(floor) - 1)), floor.copy()
    higher[party] += data.draw(st.integers(1, 4))
    return party, higher


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
