"""The discrete frontier: what is on it, and what cannot change it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks import frontier as frontier_module
from tradetalks.talks import maxima, stairs
from tradetalks.talks.frontier import Floats, beaten, frontier, frontier_of_blocks

whole = st.integers(-6, 6)


def tables(parties: int | tuple[int, int] = (2, 4), offers: int = 25) -> st.SearchStrategy[Floats]:
    low, high = (parties, parties) if isinstance(parties, int) else parties
    shape = st.tuples(st.integers(1, offers), st.integers(low, high))
    return hnp.arrays(np.float64, shape, elements=whole.map(float))


@st.composite
def clouds(draw: st.DrawFn) -> Floats:
    """Drawn evenly from few or from many values; for the first party perhaps each value once."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = random.integers(0, draw(st.sampled_from([3, 30])), (draw(st.integers(1, 40)), draw(st.integers(2, 5))))
    if draw(st.booleans()):
        table[:, 0] = random.permutation(len(table))
    return table.astype(float)


def brute_force(table: Floats) -> list[int]:
    beaten = [any((q >= p).all() and (q > p).any() for q in table) for p in table]
    return [i for i, b in enumerate(beaten) if not b]


@given(tables() | clouds())
def test_an_offer_is_on_the_frontier_when_no_other_beats_it(table: Floats) -> None:
    assert frontier(table).tolist() == brute_force(table)


any_size = hnp.arrays(np.float64, st.tuples(st.just(12), st.integers(2, 3)), elements=st.floats(-1.7e308, 1.7e308))


@given(any_size)
def test_payoffs_of_any_size_are_compared_exactly(table: Floats) -> None:
    assert frontier(table).tolist() == brute_force(table)


@given(tables((2, 5), offers=40) | clouds() | any_size)
def test_how_a_large_cloud_is_cut_up_changes_nothing(table: Floats) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((frontier_module, "SAMPLE"), (stairs, "PIECE"), (maxima, "SAMPLE"), (maxima, "SMALL")):
            patch.setattr(module, name, 3)
        patch.setattr(stairs, "PLAIN", 2)
        patch.setattr(stairs, "CELLS", 4)
        patch.setattr(maxima, "JUDGES", 2)
        assert frontier(table).tolist() == brute_force(table)


@given(hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e308, 1e308) | whole))
def test_a_falling_order_is_one(values: Floats) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stairs, "PLAIN", 1)
        order = stairs.falling(values)
    assert sorted(order) == list(range(len(values)))
    assert np.array_equal(values[order], np.sort(values)[::-1])


@given(clouds(), st.data())
def test_an_offer_is_beaten_when_some_other_matches_it_for_all_and_beats_it_for_one(
    table: Floats, data: st.DataObject
) -> None:
    others = data.draw(hnp.arrays(np.float64, (7, table.shape[1]), elements=whole.map(float)))
    expected = [any((q >= p).all() and (q > p).any() for q in others) for p in table]
    assert beaten(table, others).tolist() == expected


@given(clouds(), st.lists(st.integers(1, 24), max_size=3))
def test_blocks_have_the_frontier_of_all_their_offers(table: Floats, cuts: list[int]) -> None:
    blocks = [block for block in np.split(table, sorted(cuts)) if len(block)]
    offers, payoffs = frontier_of_blocks(iter(blocks))
    assert offers.tolist() == brute_force(table)
    assert np.array_equal(payoffs, table[offers])


@given(tables((2, 4)), st.data())
def test_more_options_never_hurt_the_frontier(table: Floats, data: st.DataObject) -> None:
    """Each offer that was on the frontier still is, or another now beats it."""
    more = data.draw(hnp.arrays(np.float64, (5, table.shape[1]), elements=whole.map(float)))
    after = np.r_[table, more][frontier(np.r_[table, more])]
    assert all((after >= old).all(axis=1).any() for old in table[frontier(table)])


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


def test_neighbours_too_near_for_a_cell_are_told_apart() -> None:
    """One far offer puts all others into one cell of the table and of the sort."""
    draw = np.random.default_rng(5)
    x = np.r_[draw.random(30_000), 1e12]
    table = np.c_[x, -x]
    assert len(frontier(table)) == len(table)
    beaten_too = np.r_[table, table - [0, 1e-3]]
    assert frontier(beaten_too).tolist() == list(range(len(table)))


@pytest.mark.parametrize("parties", [3, 4])
def test_where_nothing_beats_anything_all_stay(parties: int) -> None:
    shell = np.abs(np.random.default_rng(parties).normal(size=(9_000, parties)))
    shell /= np.linalg.norm(shell, axis=1)[:, None]
    assert len(frontier(shell)) == len(shell)
    assert frontier(np.r_[shell, 0.5 * shell]).tolist() == list(range(len(shell)))


@pytest.mark.parametrize("parties", [2, 3, 4])
def test_a_large_cloud_agrees_with_one_plain_comparison(parties: int) -> None:
    table = np.random.default_rng(parties).normal(size=(9_000, parties))
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


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([], "no block"),
        ([[[1.0, 2.0]], [[1.0, 2.0, 3.0]]], "3 parties after blocks of 2"),
        ([[[1.0, np.nan]]], "offer 0, party 1"),
    ],
)
def test_blocks_that_cannot_be_are_refused(blocks: list[list[list[float]]], says: str) -> None:
    with pytest.raises(OfferError, match=says):
        frontier_of_blocks(blocks)


def test_offers_are_compared_between_the_same_parties_only() -> None:
    with pytest.raises(OfferError, match="2 parties cannot be beaten by payoffs of 3"):
        beaten([[1.0, 2.0]], [[1.0, 2.0, 3.0]])
