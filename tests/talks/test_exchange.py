"""The exchange table: prices are cost over gain, and nothing is divided by nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks.exchange import Kind, rates
from tradetalks.talks.frontier import Floats

whole = st.integers(-5, 5).map(float)
ORDER = [Kind.FREE, Kind.CONCESSION, Kind.DEMAND, Kind.NOTHING, Kind.WASTE]


@st.composite
def changes(draw: st.DrawFn, parties: tuple[int, int] = (2, 4)) -> tuple[Floats, Floats]:
    count = draw(st.integers(*parties))
    base = draw(hnp.arrays(np.float64, count, elements=whole))
    return base, draw(hnp.arrays(np.float64, st.tuples(st.integers(0, 12), st.just(count)), elements=whole))


@given(changes())
def test_each_change_is_what_it_does_to_both_sides(case: tuple[Floats, Floats]) -> None:
    base, table = case
    others = list(range(1, len(base)))
    found = rates(base, table, 0, others)
    assert sorted(rate.change for rate in found) == list(range(len(table)))
    for rate in found:
        ours, theirs = table[rate.change, 0] - base[0], (table[rate.change, 1:] - base[1:]).sum()
        assert (rate.cost, rate.gain) == (-ours, theirs)
        signs = {
            Kind.FREE: min(ours, theirs) >= 0 and max(ours, theirs) > 0,
            Kind.CONCESSION: ours < 0 < theirs,
            Kind.DEMAND: theirs < 0 < ours,
            Kind.NOTHING: ours == theirs == 0,
            Kind.WASTE: max(ours, theirs) <= 0 and min(ours, theirs) < 0,
        }
        assert [kind for kind, holds in signs.items() if holds] == [rate.kind]
        assert (rate.price is not None) == (rate.kind in (Kind.CONCESSION, Kind.DEMAND))


@given(changes())
def test_the_table_runs_from_cheap_to_dear(case: tuple[Floats, Floats]) -> None:
    found = rates(*case, 0, 1)
    assert [ORDER.index(rate.kind) for rate in found] == sorted(ORDER.index(rate.kind) for rate in found)
    for kind in (Kind.CONCESSION, Kind.DEMAND):
        prices = [rate.price for rate in found if rate.kind is kind]
        assert prices == sorted(prices)  # type: ignore[type-var]
        assert all(price is not None and 0 < price < np.inf for price in prices)
    joint = [rate.gain - rate.cost for rate in found if rate.kind is Kind.FREE]
    assert joint == sorted(joint, reverse=True)


@given(changes((2, 2)))
def test_what_we_concede_the_other_side_demands_at_the_same_price(case: tuple[Floats, Floats]) -> None:
    mirror = {Kind.CONCESSION: Kind.DEMAND, Kind.DEMAND: Kind.CONCESSION}
    ours = {rate.change: rate for rate in rates(*case, 0, 1)}
    for rate in rates(*case, 1, 0):
        assert rate.kind is mirror.get(ours[rate.change].kind, ours[rate.change].kind)
        assert rate.price == ours[rate.change].price


@given(changes((2, 2)), st.sampled_from([0.5, 4.0]))
def test_prices_move_with_the_ratio_of_units_alone(case: tuple[Floats, Floats], unit: float) -> None:
    base, table = case
    before = {rate.change: rate.price for rate in rates(base, table, 0, 1)}
    same = {rate.change: rate.price for rate in rates(base * unit, table * unit, 0, 1)}
    assert same == before


def test_a_gain_of_nothing_has_no_price() -> None:
    found = rates([1.0, 1.0], [[0.0, 1.0], [0.0, 1.0 + 1e-12], [1.0, 1.0]], 0, 1, tolerance=1e-9)
    assert [(rate.change, rate.kind, rate.price) for rate in found] == [
        (2, Kind.NOTHING, None),
        (0, Kind.WASTE, None),
        (1, Kind.WASTE, None),
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([0, 0], [[1, 1, 1]], 0, 1), "payoffs"),
        (([0, 0], [1, 1], 0, 1), "payoffs"),
        (([0, 0], [[1, np.nan]], 0, 1), "neighbours: every number"),
        (([0, 0], [[1, 1]], 0, 0), "must differ"),
        (([0, 0], [[1, 1]], 0, 2), "of 0 to 1"),
        (([0, 0], [[1, 1]], 0, []), "must differ"),
        (([0, 0], [[1, 1]], 0, 1, -1.0), "tolerance"),
    ],
)
def test_a_table_that_cannot_be_is_refused(arguments: tuple[object, ...], says: str) -> None:
    with pytest.raises(OfferError, match=says):
        rates(*arguments)  # type: ignore[arg-type]
