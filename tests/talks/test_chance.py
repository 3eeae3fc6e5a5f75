"""Chances: their draws, and the best and the corners of what they may be, by other routes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from tradetalks.talks.chance import adding_to_one, best, triangular, vertices
from tradetalks.talks.figure import ShareFigure


@st.composite
def boxes(draw: st.DrawFn, least: int = 1, most: int = 4) -> list[ShareFigure]:
    """Chances of one event."""
    parts = draw(st.lists(st.integers(0, 20), min_size=least, max_size=most).filter(any))
    points = [part / sum(parts) for part in parts]
    wide = draw(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=len(parts), max_size=len(parts)))
    pairs = zip(points, wide, strict=True)
    return [ShareFigure(point=p, low=p * a, high=min(1.0, p + (1 - p) * b)) for p, (a, b) in pairs]


@given(boxes(), st.data())
def test_the_best_chances_solve_the_linear_programme(box: list[ShareFigure], data: st.DataObject) -> None:
    values = np.array(data.draw(st.lists(st.floats(-9, 9), min_size=len(box), max_size=len(box))))
    found = best(box, values)
    solved = linprog(-values, A_eq=[[1] * len(box)], b_eq=[1], bounds=[(c.low, c.high) for c in box])
    assert found.sum() == pytest.approx(1)
    assert all(c.low - 1e-12 <= p <= c.high + 1e-12 for c, p in zip(box, found, strict=True))
    assert found @ values == pytest.approx(-solved.fun, abs=1e-7)
    assert found @ values == pytest.approx(max(corner @ values for corner in vertices(box)), abs=1e-9)


@given(boxes(), st.integers(0, 9))
def test_drawn_chances_stay_in_their_ranges_and_add_to_one(box: list[ShareFigure], seed: int) -> None:
    drawn = adding_to_one(box, np.random.default_rng(seed).random((50, len(box))))
    assert drawn.sum(axis=1) == pytest.approx(np.ones(50))
    assert (drawn >= [c.low for c in box]).all() and (drawn <= [c.high for c in box]).all()


def test_triangular_draws_have_the_mean_and_spread_of_the_distribution() -> None:
    """Mean (a + b + c) / 3 and variance (a² + b² + c² − ab − ac − bc) / 18 (Johnson 1997)."""
    a, c, b = 1.0, 2.0, 6.0
    drawn = triangular(a, c, b, (np.arange(20000) + 0.5) / 20000)
    assert drawn.mean() == pytest.approx(3, rel=1e-4)
    assert drawn.var() == pytest.approx((a * a + b * b + c * c - a * b - a * c - b * c) / 18, rel=1e-3)
    assert triangular(2, 2, 2, [0.1, 0.9]).tolist() == [2, 2]
