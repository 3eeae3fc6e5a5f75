"""The chord says where to go, the march measures where it is, and neither changes where it ends."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import made_up
from tradetalks.model import solve
from tradetalks.model.anderson import Mixing
from tradetalks.model.certificate import certify
from tradetalks.model.chord import Chord, _Slope
from tradetalks.model.closure import with_deficits
from tradetalks.model.march import March
from tradetalks.model.solve import baseline
from tradetalks.model.sweep import coefficients, evaluate
from tradetalks.world import Policy, World


def taxed(world: World) -> Policy:
    """Something of everything that a plain closure marches with."""
    policy = Policy(world).tariff("E00", "*", "*", 0.2).export_tax("E01", "E00", "C1", 0.1)
    return policy.trade_cost("E02", "*", "*", 0.97).transfer("E00", "E01", 0.5)


@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
def test_one_step_of_the_chord_goes_most_of_a_short_way(small: World, deficits: str) -> None:
    solution = solve(small, Policy(small).tariff("E00", "*", "*", 0.01, add=True), deficits=deficits, tolerance=1e-12)  # type: ignore[arg-type]
    march = March(solution.coefficients)
    there = march.inward(solution.unknowns)
    here = march.inward(0 * solution.unknowns)
    left = there - here - march.ahead(here[:, None])[:, 0]
    assert np.abs(left).max() < 0.5 * np.abs(there - here).max()
    wages = slice(0, len(small.economies))
    assert np.abs(left[wages]).max() < 0.1 * np.abs((there - here)[wages]).max()


def test_the_slope_backwards_is_the_transpose_of_the_slope_forwards(small: World) -> None:
    base = baseline(small, with_deficits("fixed"))
    c = coefficients(base, Policy(small))
    slope = _Slope(c, evaluate(c, np.zeros(base.size)), base.chord.by_wages, base.chord.by_prices)
    draw = np.random.default_rng(0)
    one, other = draw.standard_normal((2, 2, base.j, base.n, 3)).astype(np.float32)
    forwards, backwards = (other * slope.moved(None, one)).sum((0, 1, 2)), (one * slope.heeded_on(other)).sum((0, 1, 2))
    np.testing.assert_allclose(forwards, backwards, rtol=1e-4, atol=1e-4)


def test_the_errors_of_a_march_are_those_of_the_certificate(small: World) -> None:
    policy = taxed(small)
    solution = solve(small, policy)
    march, draw = March(solution.coefficients), np.random.default_rng(0)
    for _ in range(5):
        z = solution.unknowns + 1e-6 * draw.standard_normal(solution.unknowns.size)
        march.ahead(march.inward(z)[:, None])
        assert march.error[0] == pytest.approx(certify(solution.coefficients, z).residual, rel=1e-4)


def test_a_poor_chord_costs_steps_and_changes_no_answer() -> None:
    world = made_up(6, 3, 5)
    policy = taxed(world)
    wanted = solve(world, policy, tolerance=1e-12)
    base = wanted.coefficients.base
    poor = Chord(wanted.coefficients, wanted.state)
    noise = np.random.default_rng(0).uniform(0, 2, poor.rows.shape).astype(np.float32)
    poor.rows *= noise
    kept, base.__dict__["chord"] = base.chord, poor
    try:
        found = solve(world, policy, tolerance=1e-12)
    finally:
        base.__dict__["chord"] = kept
    assert found.method == "chord" and found.sweeps > wanted.sweeps
    np.testing.assert_allclose(found.unknowns, wanted.unknowns, atol=1e-11)


def test_the_same_question_gets_the_same_bits(small: World) -> None:
    first, second = solve(small, taxed(small)), solve(small, taxed(small))
    np.testing.assert_array_equal(first.unknowns, second.unknowns)


@pytest.mark.parametrize("stride", [1, 3])
def test_columns_mix_their_own_past_alone(stride: int) -> None:
    draw = np.random.default_rng(0)
    slope, target = draw.uniform(-0.3, 0.3, (6, 6)), draw.standard_normal((6, 1))

    def run(columns: int, renewed: int | None) -> np.ndarray:
        points = np.tile(np.arange(6.0)[:, None], columns)
        mixing = Mixing(6, columns, 2, stride)
        for step in range(8):
            mixing.advance(points, slope @ points + target - points)
            if step == 3 and renewed is not None:
                points[:, renewed] = 7.0
                mixing.forget(renewed)
        return points

    alone, beside = run(1, None), run(3, 1)
    np.testing.assert_allclose(beside[:, [0]], alone, rtol=1e-9)
    np.testing.assert_allclose(beside[:, [2]], alone, rtol=1e-9)
    assert np.abs(beside[:, [1]] - alone).max() > 0
