"""The equilibrium: certified, found by a second route, and refused in words when there is none."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import root

from tests.conftest import made_up
from tradetalks.errors import PolicyError, SolveError
from tradetalks.model import Closure, rebase, solve
from tradetalks.model.newton import GivenWages, newton
from tradetalks.model.solve import baseline
from tradetalks.model.sweep import coefficients
from tradetalks.world import Policy, World, check

ladder = sys.modules["tradetalks.model.solve"]  # the function of that name hides the module


def rich_policy(world: World) -> Policy:
    """Every instrument at once."""
    a, b, c = world.economies[:3]
    policy = Policy(world).tariff(a, "*", "*", 0.3).tariff(b, a, world.sectors[1], 0.1, add=True)
    return policy.trade_cost(b, c, "*", 0.9).export_tax(c, "*", world.sectors[1], 0.1).transfer(a, b, 1.0)


def original_equations(world: World, policy: Policy, deficit: np.ndarray) -> object:
    """Caliendo and Parro (2015) eqs 10–14 written out naively, with export taxes, for a root finder."""
    j, n = len(world.sectors), len(world.economies)
    theta = world.elasticities[:, None, None]
    costs = np.ones((j, n, n)) if policy.trade_costs is None else policy.trade_costs
    export = np.zeros((j, n, n)) if policy.export_taxes is None else policy.export_taxes
    kappa = costs * (1 + policy.tariffs) * (1 + export) / (1 + world.tariffs)

    def gaps(z: np.ndarray) -> np.ndarray:
        w, price = np.exp(z[:n]), np.exp(z[n : n + j * n]).reshape(j, n)
        spending = np.exp(z[n + j * n :]).reshape(j, n) * world.expenditure
        cost = np.empty((j, n))
        for i in range(n):
            for s in range(j):
                cost[s, i] = w[i] ** world.value_added_shares[i, s] * np.prod(price[:, i] ** world.io_shares[i, :, s])
        share = world.trade_shares * (kappa * cost[:, None, :] / price[:, :, None]) ** -theta
        border = share * spending[:, :, None] / (1 + policy.tariffs)
        shipped = border / (1 + export)
        output = shipped.sum(1)
        income = (
            w * world.value_added + (policy.tariffs * border).sum((0, 2)) + (export * shipped).sum((0, 1)) + deficit
        )
        wanted = np.einsum("nkj,jn->kn", world.io_shares, output) + world.final_shares.T * income
        market = (border.sum((0, 2)) - deficit) / border.sum((0, 1)) - 1
        market[-1] = (w * world.value_added).sum() / world.value_added.sum() - 1
        return np.concatenate((market, (share.sum(2) - 1).ravel(), (wanted / spending - 1).ravel()))

    return root(gaps, np.zeros(n + 2 * j * n), method="hybr", tol=1e-13)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_solution_is_the_root_of_the_original_equations(seed: int) -> None:
    world = made_up(3, 3, seed)
    policy = rich_policy(world)
    solution = solve(world, policy)
    found = original_equations(world, policy, world.deficits + policy.received)
    assert found.success
    np.testing.assert_allclose(solution.unknowns, found.x, atol=1e-9)
    assert solution.residual <= 1e-10


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "closed"])
def test_newton_finds_what_iteration_finds(small: World, deficits: str) -> None:
    solution = solve(small, rich_policy(small), deficits=deficits)  # type: ignore[arg-type]
    found = newton(solution.coefficients, 0 * solution.unknowns, tolerance=1e-13)
    assert found is not None
    np.testing.assert_allclose(found[0], solution.unknowns, atol=1e-9)


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "closed"])
def test_newtons_jacobian_is_the_slope_of_labour_demand(small: World, deficits: str) -> None:
    base = baseline(small, Closure(deficits=deficits))  # type: ignore[arg-type]
    c = coefficients(base, rich_policy(small))
    start, wages = np.zeros(base.n + 2 * base.j * base.n), np.random.default_rng(0).normal(0, 0.05, base.n)

    def at(v: np.ndarray) -> GivenWages:
        found = GivenWages.solved(c, v, start)
        assert found is not None
        return found

    step = 1e-5
    bumps = step * np.eye(base.n)
    slopes = np.array([(at(wages + d).excess - at(wages - d).excess) / (2 * step) for d in bumps]).T
    np.testing.assert_allclose(at(wages).jacobian(), slopes, atol=1e-7 * np.abs(slopes).max())


def test_no_change_changes_nothing(small: World) -> None:
    solution = solve(small)
    assert solution.residual <= 1e-10
    np.testing.assert_allclose(solution.welfare.array, 0, atol=1e-8 * small.income.max() / 1000)


def test_closures_keep_what_they_say(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.25)
    trade = lambda s: s.border_flows.sum((0, 2)) - s.border_flows.sum((0, 1))  # noqa: E731
    np.testing.assert_allclose(trade(solve(small, policy)), small.deficits, atol=1e-6)
    closed = solve(small, policy, deficits="closed")
    np.testing.assert_allclose(trade(closed) / small.income, 0, atol=1e-10)
    assert "deficits closed" in closed.message
    own = solve(small, policy, deficits="proportional")
    made = own.wage_hat * small.value_added
    rule = small.deficits / small.value_added * made
    np.testing.assert_allclose(trade(own), rule - made / made.sum() * rule.sum(), atol=1e-6)


def test_rebasing_composes_with_a_second_change(small: World) -> None:
    first = Policy(small).tariff("E00", "*", "*", 0.2)
    both = first.tariff("E01", "E00", "*", 0.3)
    half = solve(small, first)
    base = half.as_world()
    assert check(base, tolerance=1e-8) == ()
    then = solve(base, Policy(base).tariff("E01", "E00", "*", 0.3))
    whole = solve(small, both)
    np.testing.assert_allclose(half.unknowns + then.unknowns, whole.unknowns, atol=1e-9)


def test_unbalanced_accounts_get_a_solved_baseline_first(small: World) -> None:
    shares = np.roll(small.final_shares, 1, axis=1)
    crooked = replace(small, final_shares=shares)
    assert check(crooked)
    solution = solve(crooked, Policy(crooked).tariff("E00", "*", "*", 0.1))
    assert "not balanced" in solution.message
    assert check(solution.world, tolerance=1e-8) == ()
    np.testing.assert_allclose(solve(crooked).welfare.array, 0, atol=1e-6)


@pytest.mark.parametrize("rung", ["Anderson", "Anderson, damped", "Newton on wages", "continuation"])
def test_every_rung_of_the_ladder_ends_at_the_same_equilibrium(
    small: World, rung: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.5)
    wanted = solve(small, policy)
    real_iterate, real_newton, calls = ladder._iterate, ladder.newton, []

    def iterate(c, z, damping, steps, tolerance):  # type: ignore[no-untyped-def]
        if rung == "Anderson" or (rung == "Anderson, damped" and damping == 0.05):
            return real_iterate(c, z, damping, steps, tolerance)
        return None, 1

    def second_newton(*args, **kwargs):  # type: ignore[no-untyped-def]
        calls.append(1)
        return None if rung == "continuation" and len(calls) == 1 else real_newton(*args, **kwargs)

    monkeypatch.setattr(ladder, "marched", lambda *args: (None, 1))
    monkeypatch.setattr(ladder, "_iterate", iterate)
    monkeypatch.setattr(ladder, "newton", second_newton)
    found = solve(small, policy)
    assert wanted.method == "chord" and found.method == rung
    np.testing.assert_allclose(found.unknowns, wanted.unknowns, atol=1e-8)


def test_near_autarky_with_deficits_is_refused_by_name() -> None:
    world = made_up(6, 3, 3)
    walls = np.where(np.eye(6, dtype=bool), 0, 400.0) * np.ones((3, 1, 1))
    with pytest.raises(SolveError, match=r"after continuation to \d+% of the shock, E\d\d cannot finance its"):
        solve(world, Policy(world, tariffs=walls))


def test_near_autarky_without_deficits_is_solved() -> None:
    world = made_up(6, 3, 3, deficits=False)
    walls = np.where(np.eye(6, dtype=bool), 0, 5.0) * np.ones((3, 1, 1))
    solution = solve(world, Policy(world, tariffs=walls))
    assert solution.residual <= 1e-10
    assert solution.welfare.array.max() < 0


def test_a_transfer_moves_the_terms_of_trade_as_samuelson_says() -> None:
    """One sector, no tariffs, balanced: d ln(w1/w2) = (π11+π22−1)/(1+θ(π11+π22)) dT/M (Samuelson 1952)."""
    flows = [[[90.0, 10.0], [10.0, 140.0]]]
    world = World(("AAA", "BBB"), ("C1",), flows, np.zeros((1, 2, 2)), np.zeros((2, 1, 1)), [[1.0], [1.0]], [5.0])
    share = 0.9 + 140 / 150
    small_gift = 1e-4
    solution = solve(world, Policy(world).transfer("BBB", "AAA", small_gift / 1000), tolerance=1e-12)
    moved = solution.state.v[0] - solution.state.v[1]
    assert moved == pytest.approx((share - 1) / (1 + 5 * share) * small_gift / 10, rel=1e-3)
    assert -solution.welfare["BBB"] > small_gift / 1000  # the payer loses more than the gift


def test_lerner_symmetry_of_import_and_export_taxes(small: World) -> None:
    """With balanced trade a uniform import factor equals an export tax of the same rate (Lerner 1936)."""
    world = rebase(small, deficits="closed")
    rates = np.array(world.tariffs)
    rates[:, 0, 1:] = (1 + rates[:, 0, 1:]) * 1.15 - 1
    imports = solve(world, Policy(world, tariffs=rates))
    exports = solve(world, Policy(world).export_tax("E00", "*", "*", 0.15))
    np.testing.assert_allclose(imports.real_income.array, exports.real_income.array, atol=1e-9)


def test_a_policy_of_another_world_is_refused(small: World) -> None:
    with pytest.raises(PolicyError, match="other codes"):
        solve(small, Policy(World.load("two_by_two")))
    with pytest.raises(PolicyError, match='deficits "open"'):
        solve(small, Policy(small), deficits="open")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="start"):
        solve(small, Policy(small), start=np.zeros(3))


def test_a_nearby_start_gives_the_same_answer_in_fewer_sweeps(small: World) -> None:
    near = solve(small, Policy(small).tariff("E00", "E01", "*", 0.20))
    cold = solve(small, Policy(small).tariff("E00", "E01", "*", 0.201))
    warm = solve(small, Policy(small).tariff("E00", "E01", "*", 0.201), start=near.unknowns)
    assert warm.sweeps < cold.sweeps
    np.testing.assert_allclose(warm.unknowns, cold.unknowns, atol=1e-9)
