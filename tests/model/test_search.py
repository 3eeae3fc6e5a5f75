"""The bounded fixed-point search: where it ends, where it turns back, and which end it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from tradetalks.errors import SolveError
from tradetalks.model.search import Image, settle

WIDE = (np.full(6, -np.inf), np.full(6, np.inf))


def linear(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A map x ↦ A x + b that expands in some directions, and its fixed point."""
    matrix = draw.normal(size=(6, 6))
    matrix *= 1.5 / np.abs(np.linalg.eigvals(matrix)).max()
    return matrix, draw.normal(size=6)


def test_a_linear_map_is_settled_in_about_as_many_steps_as_it_has_dimensions() -> None:
    matrix, shift = linear(np.random.default_rng(0))
    wanted = np.linalg.solve(np.eye(6) - matrix, shift)

    def image(x: np.ndarray) -> Image:
        there = matrix @ x + shift
        return Image(there, float(np.abs(there - x).max()))

    run = settle(image, np.zeros(6), *WIDE, tolerance=1e-10, memory=8, longest=np.inf)
    assert run.converged and run.steps <= 12
    np.testing.assert_allclose(run.point, wanted, atol=1e-8)


def test_a_bound_in_the_way_is_where_the_search_stays() -> None:
    target = np.linspace(-1, 1, 6)
    upper = np.full(6, 0.2)

    def image(x: np.ndarray) -> Image:
        there = x + 0.5 * (target - x)
        return Image(there, float(np.abs(np.minimum(there, upper) - x).max()))

    run = settle(image, np.zeros(6), WIDE[0], upper, tolerance=1e-10)
    assert run.converged
    np.testing.assert_allclose(run.point, np.minimum(target, 0.2), atol=1e-9)


def test_no_step_is_longer_than_allowed() -> None:
    seen = [np.zeros(6)]

    def image(x: np.ndarray) -> Image:
        seen.append(x)
        return Image(x + 5 * (3 - x), float(np.abs(3 - x).max()))

    assert settle(image, np.zeros(6), *WIDE, tolerance=1e-9, longest=0.5).converged
    assert np.abs(np.diff(seen, axis=0)).max() <= 0.5 + 1e-12


def test_where_there_is_no_equilibrium_the_search_turns_back() -> None:
    refused = 0

    def image(x: np.ndarray) -> Image:
        nonlocal refused
        if x.max() > 1.05:
            refused += 1
            raise SolveError("beyond the wall")
        return Image(x + 1.9 * (1 - x), float(np.abs(1 - x).max()))

    run = settle(image, np.full(6, 0.8), *WIDE, tolerance=1e-9)
    assert run.converged and refused > 0
    np.testing.assert_allclose(run.point, 1, atol=1e-8)


def test_a_start_without_equilibrium_raises() -> None:
    def image(x: np.ndarray) -> Image:
        raise SolveError("nothing here")

    with pytest.raises(SolveError, match="nothing here"):
        settle(image, np.zeros(6), *WIDE, tolerance=1e-9)


def test_a_minimum_is_not_where_a_search_for_a_maximum_ends() -> None:
    """f = x⁴/4 − x²/2 turned over: maxima at ±1, a minimum at 0 that mixing past steps leads to."""

    def slope(x: np.ndarray) -> np.ndarray:
        return x - x**3

    def blind(x: np.ndarray) -> Image:
        return Image(x + 0.3 * slope(x), float(np.abs(slope(x)).max()))

    def seeing(x: np.ndarray) -> Image:
        return Image(*blind(x)[:2], float((x**2 / 2 - x**4 / 4).sum()))

    start, wide = np.array([0.3]), (np.array([-5.0]), np.array([5.0]))
    assert settle(blind, start, *wide, tolerance=1e-10).point[0] == pytest.approx(0, abs=1e-8)
    assert settle(seeing, start, *wide, tolerance=1e-10).point[0] == pytest.approx(1, abs=1e-8)


def test_a_search_that_runs_out_of_steps_says_so_and_returns_its_best_point() -> None:
    tried: list[np.ndarray] = []

    def image(x: np.ndarray) -> Image:
        tried.append(x)
        return Image(np.sin(40 * x + 1), 2.0 if len(tried) != 7 else 1.0)

    run = settle(image, np.zeros(6), *WIDE, tolerance=1e-9, steps=20)
    assert not run.converged and run.steps == len(tried) == 20
    assert run.error == 1.0 and (run.point == tried[6]).all()
