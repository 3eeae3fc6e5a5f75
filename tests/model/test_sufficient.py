"""Tariffs by sufficient statistics: where the formula is exact, what cannot matter to it, what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from tests.conftest import made_up
from tradetalks.errors import PolicyError, UnknownCode
from tradetalks.model import Closure, Solution, rebase, solve
from tradetalks.model.sufficient import (
    export_elasticities,
    sufficient_nash,
    sufficient_tariffs,
    uniform_tariffs,
)
from tradetalks.world import Policy, World


def without_inputs(economies: int, sectors: int, theta: float | tuple[float, ...], seed: int = 0) -> World:
    """A random world of final goods alone, with balanced trade."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 0.7, economies)) * 1e5
    flows = draw.gamma(2, 0.5, (sectors, economies, economies)) * np.sqrt(np.outer(size, size)) * 0.2
    own = np.arange(economies)
    flows[:, own, own] = size
    tariffs = draw.uniform(0, 0.2, flows.shape)
    tariffs[:, own, own] = 0
    codes = tuple(f"E{i:02d}" for i in range(economies))
    world = World(
        codes, tuple(f"C{j}" for j in range(sectors)), flows, tariffs, np.zeros((economies, sectors, sectors)),
        np.ones((economies, sectors)), np.broadcast_to(np.asarray(theta, dtype=float), (sectors,)),
    )  # fmt: skip
    return rebase(world, deficits="closed", name=f"final goods {seed}")


@pytest.fixture(scope="module")
def several() -> World:
    return without_inputs(5, 3, (2.5, 4.0, 7.0))


def deviation(solution: Solution, economy: int, rate: float) -> Solution:
    """The equilibrium when `economy` alone levies `rate` on all it imports."""
    tariffs = np.array(solution.policy.tariffs)
    tariffs[:, economy, np.arange(len(solution.world.economies)) != economy] = rate
    return solve(solution.world, replace(solution.policy, tariffs=tariffs), start=solution.unknowns)


def searched(solution: Solution, economy: int, near: float) -> float:
    """The rate that is best for `economy`, by trying rates: no derivative, no formula."""
    code = solution.world.economies[economy]
    found = minimize_scalar(
        lambda rate: -deviation(solution, economy, rate).real_income[code],
        bounds=(near - 0.1, near + 0.1), method="bounded", options={"xatol": 1e-7},
    )  # fmt: skip
    return float(found.x)


@pytest.mark.parametrize("seed", [0, 1])
def test_with_two_economies_and_one_sector_the_formula_is_each_sides_best_reply(seed: int) -> None:
    """Two economies: the tariff moves no foreign wage against another, so nothing is neglected (Gros 1987)."""
    nash = sufficient_nash(without_inputs(2, 1, 3.0, seed))
    for economy in (0, 1):
        rate = nash.rates.array[economy]
        assert searched(nash.solution, economy, rate) == pytest.approx(rate, abs=2e-5)


def test_without_the_revenue_effect_the_formula_is_only_near_the_best_reply() -> None:
    nash = sufficient_nash(without_inputs(2, 1, 3.0), delta="none")
    rate = nash.rates.array[0]
    assert 1e-3 < abs(searched(nash.solution, 0, rate) - rate) < 0.1


def test_with_one_sector_a_rate_is_the_inverse_of_theta_times_the_partners_home_share_of_quantities() -> None:
    """t = 1/(θ s), s the share of home goods in what the partner buys, both at producer prices (Gros 1987)."""
    theta = 3.0
    nash = sufficient_nash(without_inputs(2, 1, theta), floor=0)
    flows = nash.solution.flows[0]
    home = np.diag(flows) / flows.sum(1)
    np.testing.assert_allclose(nash.rates.array, 1 / (theta * home[::-1]), atol=2e-8)


def test_for_uniform_tariffs_the_revenue_effect_is_the_one_the_paper_prints(several: World) -> None:
    """δ_jm = t_m π′_jmm e_jm / (1 + t_m Σ_k π′_kmm e_km), Lashkaripour (2021), Proposition 2."""
    nash = sufficient_nash(several)
    solution, t = nash.solution, nash.rates.array
    share = solution.flows * (1 + solution.policy.tariffs) / solution.spending[:, :, None]
    home, e = np.einsum("jmm->jm", share), solution.spending / solution.spending.sum(0)
    delta = t * home * e / (1 + t * (home * e).sum(0))
    sales = solution.flows * (1 - np.eye(5))
    terms = sales * several.elasticities[:, None, None] * (1 - (1 - delta[:, :, None]) * share)
    np.testing.assert_allclose(nash.rates.array, sales.sum((0, 1)) / terms.sum((0, 1)), atol=2e-8)


@pytest.mark.parametrize("delta", ["paper", "none"])
def test_the_same_rates_from_any_start_and_the_equilibrium_is_theirs(several: World, delta: str) -> None:
    low, high = (sufficient_nash(several, delta=delta, start=rate) for rate in (0.0, 0.9))  # type: ignore[arg-type]
    np.testing.assert_allclose(low.rates.array, high.rates.array, atol=2e-8)
    assert max(low.gap, high.gap) <= 1e-8 and low.solution.residual <= 1e-10
    again = solve(several, uniform_tariffs(several, low.rates.array))
    formula = sufficient_tariffs(again, delta=delta)  # type: ignore[arg-type]
    np.testing.assert_allclose(formula.array, low.rates.array, atol=1e-8)


def test_names_and_their_order_do_not_matter() -> None:
    world = made_up(4, 3, deficits=False)
    nash = sufficient_nash(world)
    n, j = np.array([2, 0, 3, 1]), np.array([1, 2, 0])
    mixed = World(
        tuple(world.economies[k] for k in n), tuple(world.sectors[k] for k in j), world.flows[np.ix_(j, n, n)],
        world.tariffs[np.ix_(j, n, n)], world.io_shares[np.ix_(n, j, j)], world.value_added_shares[np.ix_(n, j)],
        world.elasticities[j], world.final_shares[np.ix_(n, j)],
    )  # fmt: skip
    other = sufficient_nash(mixed)
    for code in world.economies:
        assert other.rates[code] == pytest.approx(nash.rates[code], abs=1e-8)


def test_cutting_a_sector_in_two_alike_changes_no_rate_when_revenue_is_left_out(several: World) -> None:
    keep = [0, 0, 1, 2]
    halves = np.array([0.5, 0.5, 1, 1])
    cut = World(
        several.economies, ("C0a", "C0b", "C1", "C2"), several.flows[keep] * halves[:, None, None],
        several.tariffs[keep], np.zeros((5, 4, 4)), np.ones((5, 4)), several.elasticities[keep],
    )  # fmt: skip
    whole, parts = sufficient_nash(several, delta="none"), sufficient_nash(cut, delta="none")
    np.testing.assert_allclose(parts.rates.array, whole.rates.array, atol=1e-8)


def test_an_elasticity_is_the_fall_of_foreign_purchases_when_one_seller_alone_grows_dearer(several: World) -> None:
    """By definition: raise all export prices of one economy by ε, wages and incomes of others as they were."""
    solution = solve(several, Policy(several))
    share = solution.flows * (1 + several.tariffs) / solution.spending[:, :, None]
    theta, i, step = several.elasticities[:, None, None], 1, 1e-5

    def sold(change: float) -> float:
        dearer = np.ones(5)
        dearer[i] = 1 + change
        weights = share * dearer**-theta
        flows = weights / weights.sum(2, keepdims=True) * (solution.spending[:, :, None] / (1 + several.tariffs))
        abroad = np.arange(5) != i
        return float(np.log(flows[:, abroad, i].sum()))

    slope = -(sold(step) - sold(-step)) / (np.log1p(step) - np.log1p(-step))
    assert export_elasticities(solution, delta="none").array[i] == pytest.approx(slope, rel=1e-8)


def test_the_floor_caps_rates_and_none_lets_them_go() -> None:
    world = without_inputs(3, 1, 0.8)
    free, capped = sufficient_nash(world, floor=0), sufficient_nash(world)
    assert free.rates.array.min() > 1
    np.testing.assert_allclose(capped.rates.array, 1, atol=1e-12)


def test_an_economy_that_exports_nothing_gains_from_no_rate() -> None:
    flows = [[[100.0, 20.0, 0.0], [20.0, 100.0, 0.0], [0.0, 0.0, 50.0]]]
    world = World(("A", "B", "C"), ("goods",), flows, np.zeros((1, 3, 3)), np.zeros((3, 1, 1)), np.ones((3, 1)), [4.0])
    rates = sufficient_tariffs(solve(world)).array
    assert rates[2] == 0 and rates[:2].min() > 0.25


def test_only_the_sectors_named_carry_the_rate() -> None:
    world = made_up(4, 3, deficits=False)
    nash = sufficient_nash(world, sectors=["C0", "C2"])
    tariffs = nash.solution.policy.tariffs
    np.testing.assert_array_equal(tariffs[1], nash.solution.world.tariffs[1])
    assert tariffs[0, 1, 2] == tariffs[2, 1, 0] == nash.rates.array[1]


def test_deficits_are_closed_unless_the_closure_says_otherwise(small: World) -> None:
    assert np.abs(sufficient_nash(small).solution.world.deficits).max() < 1e-6 * small.income.max()
    kept = sufficient_nash(small, deficits="fixed")
    again = sufficient_nash(small, closure=Closure(deficits="fixed"))
    np.testing.assert_array_equal(kept.solution.world.deficits, small.deficits)
    np.testing.assert_array_equal(kept.rates.array, again.rates.array)


def test_what_cannot_be_is_refused(several: World) -> None:
    with pytest.raises(PolicyError, match='delta "papers": choose one of paper, none'):
        sufficient_nash(several, delta="papers")  # type: ignore[arg-type]
    for floor in (-1.0, np.nan):
        with pytest.raises(PolicyError, match="floor"):
            sufficient_nash(several, floor=floor)
    with pytest.raises(PolicyError, match="start: give one rate, or one for each of 5"):
        sufficient_nash(several, start=[0.1, 0.2])
    with pytest.raises(PolicyError, match="must be above -1"):
        sufficient_nash(several, start=-1.0)
    with pytest.raises(PolicyError, match=r"rates: shape \(2,\)"):
        uniform_tariffs(several, [0.1, 0.2])
    with pytest.raises(UnknownCode, match="C9"):
        sufficient_nash(several, sectors="C9")
