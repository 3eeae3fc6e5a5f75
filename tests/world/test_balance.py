"""Balancing: the nearest table with given totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from tradetalks.errors import WorldError
from tradetalks.world.balance import filled, ras, tilted

tables = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: arrays(float, shape, elements=st.one_of(st.just(0.0), st.floats(0.01, 100)))
)


@given(tables, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_totals_are_met_zeros_kept_and_nothing_is_negative(prior, seed):
    factors = np.random.default_rng(seed).uniform(0.5, 2.0, prior.shape)
    wanted = prior * factors  # some table with these zeros, so that a solution exists
    found = ras(prior, wanted.sum(1), wanted.sum(0)).table
    scale = max(wanted.sum(1).max(), wanted.sum(0).max(), 1e-300)
    assert np.abs(found.sum(1) - wanted.sum(1)).max() <= 1e-11 * scale
    assert np.abs(found.sum(0) - wanted.sum(0)).max() <= 1e-11 * scale
    assert (found >= 0).all()
    assert ((found == 0) == (prior == 0)).all()


@given(tables)
@settings(max_examples=40, deadline=None)
def test_a_table_that_has_its_totals_stays_as_it_is(prior):
    once = ras(prior, prior.sum(1), prior.sum(0))
    assert once.iterations <= 1
    np.testing.assert_allclose(once.table, prior, rtol=1e-12)


def test_a_general_optimiser_finds_the_same_table():
    prior = np.array([[5.0, 1.0, 2.0], [2.0, 7.0, 1.0], [1.0, 3.0, 4.0]])
    rows, columns = np.array([10.0, 9.0, 8.0]), np.array([7.0, 12.0, 8.0])

    def distance(x):
        return float((x * np.log(x / prior.ravel()) - x).sum())

    totals = np.vstack([np.kron(np.eye(3), np.ones(3)), np.kron(np.ones(3), np.eye(3))])[:-1]  # the last follows
    wanted = np.r_[rows, columns][:-1]
    solution = minimize(
        distance,
        np.outer(rows, columns).ravel() / rows.sum(),
        jac=lambda x: np.log(x / prior.ravel()),
        bounds=[(1e-9, None)] * 9,
        constraints={"type": "eq", "fun": lambda x: totals @ x - wanted, "jac": lambda x: totals},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    np.testing.assert_allclose(ras(prior, rows, columns).table.ravel(), solution.x, atol=1e-5)


@pytest.mark.parametrize(
    ("prior", "rows", "columns", "said"),
    [
        ([[1, 1], [0, 0]], [1, 1], [1, 1], "row 1 of the prior is empty"),
        ([[1, 0], [1, 0]], [1, 1], [1, 1], "column 1 of the prior is empty"),
        ([[1, 1], [1, 1]], [1, 1], [1, 2], "row totals sum to 2"),
        ([[1, -1], [1, 1]], [1, 1], [1, 1], "prior: every number"),
        ([[1, 1], [1, 1]], [np.nan, 1], [1, 1], "row totals: every number"),
        ([[1, 1]], [1, 1], [1, 1], "shape"),
        ([[1, 0], [1, 1]], [2, 1], [1, 2], "no balance after"),
    ],
)
def test_what_cannot_be_balanced_is_refused_with_its_place(prior, rows, columns, said):
    with pytest.raises(WorldError, match=said):
        ras(prior, rows, columns, most=300)


def test_an_empty_table_is_balanced():
    assert ras(np.zeros((2, 2)), [0, 0], [0, 0]).table.sum() == 0


@given(
    arrays(float, 5, elements=st.floats(0.0, 10)),
    arrays(float, 5, elements=st.floats(0.0, 10)),
    st.floats(0.01, 0.99),
)
def test_filling_keeps_proportions_below_the_caps_and_meets_the_total(wanted, most, share):
    room = most[wanted > 0].sum()
    found = filled(wanted, most, share * room)
    assert found.sum() == pytest.approx(share * room, rel=1e-9, abs=1e-12)
    assert (found <= most * (1 + 1e-9) + 1e-12).all()
    free = (wanted > 0) & (found < most * (1 - 1e-9))
    if free.sum() > 1:
        ratio = found[free] / wanted[free]
        assert ratio.max() == pytest.approx(ratio.min(), rel=1e-9)


def test_filling_beyond_the_room_is_refused():
    with pytest.raises(WorldError, match="does not fit"):
        filled([1, 1], [1, 1], 3)


@given(arrays(float, 4, elements=st.floats(0.05, 0.95)), st.floats(0.05, 0.95))
def test_tilted_shares_have_the_mean_and_stay_shares(shares, mean):
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    moved = tilted(shares, weights, mean)
    assert moved @ weights / 10 == pytest.approx(mean, abs=1e-9)
    assert ((moved > 0) & (moved < 1)).all()
    assert (moved.argsort() == shares.argsort()).all() or np.unique(shares).size < 4


def test_a_mean_out_of_reach_is_refused():
    with pytest.raises(WorldError, match="not between 0 and 1"):
        tilted([0.5], [1], 1.2)
    with pytest.raises(WorldError, match="cannot be moved"):
        tilted([0.0, 1.0], [1, 1], 0.7)
