"""The discrete frontier: what is on it, and what cannot change it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks import frontier as frontier_module
from tradetalks.talks.frontier import Floats, frontier

whole = st.integers(-6, 6)


def tables(parties: int | tuple[int, int] = (2, 4), offers: int = 25) -> st.SearchStrategy[Floats]:
    low, high = (parties, parties) if isinstance(parties, int) else parties
    shape = st.tuples(st.integers(1, offers), st.integers(low, high))
    return hnp.arrays(np.float64, shape, elements=whole.map(float))


def brute_force(table: Floats) -> list[int]:
    beaten = [any((q >= p).all() and (q > p).any() for q in table) for p in table]
    return [i for i, b in enumerate(beaten) if not b]


@given(tables())
def test_an_offer_is_on_the_frontier_when_no_other_beats_it(table: Floats) -> None:
    assert frontier(table).tolist() == brute_force(table)


@given(hnp.arrays(np.float64, (12, 2), elements=st.floats(-1e300, 1e300)))
def test_payoffs_of_any_size_are_compared_exactly(table: Floats) -> None:
    assert frontier(table).tolist() == brute_force(table)


@given(tables(2, offers=40))
def test_thinning_a_large_cloud_changes_nothing(table: Floats) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontier_module, "SAMPLE", 3)
        assert frontier(table).tolist() == brute_force(table)


@given(tables(), st.data())
def test_adding_beaten_offers_never_changes_the_frontier(table: Floats, data: st.DataObject) -> None:
    worse = table - data.draw(hnp.arrays(np.float64, table.shape, elements=st.integers(1, 5).map(float)))
    assert frontier(np.r_[table, worse]).tolist() == frontier(table).tolist()


@given(tables(), st.randoms(use_true_random=False))
def test_a_new_order_of_offers_reorders_the_frontier(table: Floats, shuffle: st.DataObject) -> None:
    order = list(range(len(table)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    assert sorted(order[i] for i in frontier(table[order])) == frontier(table).tolist()


@given(tables())
def test_a_new_order_of_parties_leaves_the_frontier(table: Floats) -> None:
    assert frontier(table[:, ::-1]).tolist() == frontier(table).tolist()


def test_exact_ties_all_stay() -> None:
    assert frontier([[1, 1], [0, 0], [1, 1]]).tolist() == [0, 2]
    assert frontier(np.zeros((5, 3))).tolist() == [0, 1, 2, 3, 4]


def test_no_lottery_enters_an_offer_under_the_chord_stays() -> None:
    assert frontier([[0, 10], [4, 4], [10, 0]]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("parties", [2, 3, 4])
def test_a_large_cloud_agrees_with_one_plain_comparison(parties: int) -> None:
    table = np.random.default_rng(parties).normal(size=(6_000 if parties == 2 else 2_000, parties))
    found = frontier(table)
    beats = (table[:, None] >= table[found]).all(2) & (table[:, None] > table[found]).any(2)
    assert not beats.any()
    rest = np.setdiff1d(np.arange(len(table)), found)
    assert (table[found][:, None] >= table[rest]).all(2).any(0).all()


@pytest.mark.parametrize(
    ("payoffs", "says"),
    [
        ([], "shape"),
        ([1.0, 2.0], "shape"),
        (np.zeros((0, 2)), "no offer"),
        ([[1.0], [2.0]], "two or more"),
        ([[1.0, np.nan]], "offer 0, party 1"),
        ([[1.0, 2.0], [np.inf, 0.0]], "offer 1, party 0"),
        ([["rice", "cars"]], "not a table of numbers"),
        ([[1, 2], [3]], "not a table of numbers"),
    ],
)
def test_a_table_that_cannot_be_is_refused(payoffs: object, says: str) -> None:
    with pytest.raises(OfferError, match=says):
        frontier(payoffs)  # type: ignore[arg-type]
