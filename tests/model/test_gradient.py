"""The adjoint: against central differences for every instrument and closure, and against JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.model.test_solve import rich_policy
from tradetalks.errors import UnknownCode
from tradetalks.model import Objective, flow, gradient, rebase, solve, welfare
from tradetalks.world import Policy, World

OBJECTIVES = {
    "welfare": welfare("E00"),
    "a group's welfare": welfare("*"),
    "a flow": flow("E00", "E01", "C1"),
    "a mixture": flow("*", "E01") - 0.5 * welfare("E01") + welfare("E02"),
}


def central(make: Callable[[float], Policy], of: Objective, deficits: str, step: float = 1e-4) -> float:
    value = lambda e: of.value(solve(make(0).world, make(e), deficits=deficits, tolerance=1e-12))  # type: ignore[arg-type]  # noqa: E731
    return (value(step) - value(-step)) / (2 * step)


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "closed"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradient_is_the_central_difference(small: World, name: str, deficits: str) -> None:
    policy, of = rich_policy(small), OBJECTIVES[name]
    found = gradient(small, policy, of, deficits=deficits)  # type: ignore[arg-type]
    assert found.value == pytest.approx(of.value(found.solution))
    costs, taxes = policy.trade_costs, policy.export_taxes
    assert costs is not None and taxes is not None
    draw = np.random.default_rng(len(name))
    for _ in range(3):
        j, n, i = draw.integers(4), *draw.permutation(5)[:2]

        def bump(array: np.ndarray, by: float, cell: tuple = (j, n, i)) -> np.ndarray:
            changed = np.array(array)
            changed[cell] += by
            return changed

        by_tariff = central(lambda e: replace(policy, tariffs=bump(policy.tariffs, e)), of, deficits)
        by_tax = central(lambda e: replace(policy, export_taxes=bump(taxes, e)), of, deficits)
        by_cost = central(lambda e: replace(policy, trade_costs=np.exp(bump(np.log(costs), e))), of, deficits)
        for got, wanted in (
            (found.tariff, by_tariff), (found.export_tax, by_tax), (found.trade_cost, by_cost)
        ):  # fmt: skip
            assert got[j, n, i] == pytest.approx(wanted, abs=2e-7 * np.abs(got).max())


def test_the_gradient_is_worth_at_most_about_one_more_solve(small: World) -> None:
    found = gradient(small, rich_policy(small), welfare("E00"))
    assert found.sweeps <= 2 * found.solution.sweeps


def test_gradient_agrees_with_automatic_differentiation(small: World) -> None:
    jax = pytest.importorskip("jax", reason="JAX (extra gpu) is the oracle of this test")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    world, policy = small, Policy(small).tariff("E00", "*", "*", 0.3)
    solution = solve(world, policy, tolerance=1e-12)
    n, j = 5, 4
    pi, beta, alpha = map(jnp.asarray, (world.trade_shares, world.value_added_shares.T, world.final_shares.T))
    theta = jnp.asarray(world.elasticities)[:, None]

    def parts(z, log_wedge):  # type: ignore[no-untyped-def]
        v, p, x = z[:n], z[n : n + j * n].reshape(j, n), z[n + j * n :].reshape(j, n)
        tariffs = jnp.exp(log_wedge) - 1
        spending = jnp.asarray(world.expenditure) * jnp.exp(x)
        cost = beta * v + jnp.einsum("nkj,kn->jn", jnp.asarray(world.io_shares), p)
        wedge = log_wedge - jnp.log1p(jnp.asarray(world.tariffs))
        share = pi * jnp.exp(-theta[:, :, None] * (wedge + cost[:, None, :] - p[:, :, None]))
        border = share * spending[:, :, None] / (1 + tariffs)
        output = border.sum(1)
        income = jnp.exp(v) * world.value_added + (tariffs * border).sum((0, 2)) + jnp.asarray(world.deficits)
        return v, p, spending, share, output, income

    def gaps(z, log_wedge):  # type: ignore[no-untyped-def]
        v, _, spending, share, output, income = parts(z, log_wedge)
        wanted = jnp.einsum("nkj,jn->kn", jnp.asarray(world.io_shares), output) + alpha * income
        labour = (beta * output).sum(0) / (jnp.exp(v) * world.value_added) - 1
        labour = labour.at[-1].set((jnp.exp(v) * world.value_added).sum() / world.value_added.sum() - 1)
        return jnp.concatenate((labour, (share.sum(2) - 1).ravel(), (wanted / spending - 1).ravel()))

    def welfare_of(z, log_wedge):  # type: ignore[no-untyped-def]
        _, p, _, _, _, income = parts(z, log_wedge)
        return (income[0] / jnp.exp((alpha * p).sum(0))[0] - world.income[0]) / 1000

    z, wedge = jnp.asarray(solution.unknowns), jnp.log1p(jnp.asarray(policy.tariffs))
    by_z, direct = jax.grad(welfare_of, (0, 1))(z, wedge)
    multipliers = jnp.linalg.solve(jax.jacobian(gaps)(z, wedge).T, by_z)
    implicit = jax.vjp(lambda w: gaps(z, w), wedge)[1](multipliers)[0]
    wanted = np.array((direct - implicit) / (1 + policy.tariffs))
    wanted[:, np.arange(n), np.arange(n)] = 0
    found = gradient(world, policy, welfare("E00"), solution=solution)
    np.testing.assert_allclose(found.tariff, wanted, atol=1e-8 * np.abs(wanted).max())


def test_marginal_effects_of_a_us_tariff_on_the_data_of_1993(cp2015) -> None:  # type: ignore[no-untyped-def]
    """Elasticities of real income to a uniform US import factor, from an independent implementation."""
    from tradetalks.replicate.cp2015 import read

    world = rebase(read(cp2015)[0], deficits="closed")
    published = {
        "USA": 0.02824, "Mexico": -0.12523, "Canada": -0.11838, "China": -0.03932, "Japan": -0.00589,
        "Germany": -0.00736,
    }  # fmt: skip
    us = world.economies.index("USA")
    for economy, wanted in published.items():
        found = gradient(world, Policy(world), welfare(economy), deficits="closed")
        along = (
            (found.tariff * (1 + world.tariffs))[:20, us].sum() * 1000 / world.income[world.economies.index(economy)]
        )
        assert along == pytest.approx(wanted, abs=1e-5)


def test_unknown_names_are_refused(small: World) -> None:
    with pytest.raises(UnknownCode, match="did you mean E00"):
        gradient(small, Policy(small), welfare("X00"))


def test_gradient_on_the_world_that_ships() -> None:
    world = World.load("icio2022")
    policy, of = Policy(world).tariff("USA", "*", "goods", 0.1, add=True), welfare("JPN")
    found = gradient(world, policy, of)
    us, japan = world.economy("USA"), world.economy("JPN")
    for sector, importer, exporter in (("C29", us, japan), ("C28", us, world.economy("MEX")), ("C10T12", japan, us)):
        cell = (world.sectors.index(sector), importer, exporter)

        def bumped(by: float, cell: tuple[int, int, int] = cell) -> Policy:
            tariffs = np.array(policy.tariffs)
            tariffs[cell] += by
            return replace(policy, tariffs=tariffs)

        assert found.tariff[cell] == pytest.approx(central(bumped, of, "fixed", 1e-3), rel=2e-4)
