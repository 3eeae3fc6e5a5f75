"""The iteration in JAX: the same equilibria as NumPy's, alone and in columns; no JAX until it is asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tests.conftest import made_up
from tests.model.test_batch import policies_of
from tests.model.test_solve import rich_policy
from tradetalks.errors import PolicyError, SolveError
from tradetalks.model import Closure, rebase, solve
from tradetalks.model.batch import solve_batch
from tradetalks.world import Policy, World

jax = pytest.importorskip("jax", reason="JAX (extra gpu) is not installed")
backend = pytest.importorskip("tradetalks.model.jax_backend")

RULES = ["fixed", "world", "proportional", "closed"]


@pytest.fixture(autouse=True)
def precision_is_left_alone() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    yield
    assert jax.config.jax_enable_x64 == before


@pytest.mark.parametrize("deficits", RULES)
def test_with_every_instrument_jax_finds_what_numpy_finds(small: World, deficits: str) -> None:
    policy = rich_policy(small)
    ours = solve(small, policy, deficits=deficits)  # type: ignore[arg-type]
    found = solve(small, policy, deficits=deficits, backend="jax")  # type: ignore[arg-type]
    assert found.method == "Anderson, JAX" and found.residual <= 1e-10
    np.testing.assert_allclose(found.unknowns, ours.unknowns, atol=1e-9)
    np.testing.assert_allclose(found.welfare.array, ours.welfare.array, atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_worlds_of_other_shapes_and_closing_deficits_are_solved_alike(seed: int) -> None:
    world = made_up(3 + seed, 2 + seed, seed)
    policy, closure = rich_policy(world), Closure(closing=0.5)
    found = solve(world, policy, closure=closure, backend="jax")
    np.testing.assert_allclose(found.unknowns, solve(world, policy, closure=closure).unknowns, atol=1e-9)


def test_the_world_that_ships_is_solved_in_jax() -> None:
    world = World.load("icio2022")
    policy = Policy(world).tariff("USA", "*", "goods", 0.1, add=True).tariff("USA", "CHN", "*", 0.5, add=True)
    found, ours = solve(world, policy, backend="jax"), solve(world, policy)
    assert found.method == "Anderson, JAX"
    np.testing.assert_allclose(found.unknowns, ours.unknowns, atol=1e-9)
    np.testing.assert_allclose(found.welfare.array, ours.welfare.array, atol=1e-5)


@pytest.mark.parametrize("deficits", RULES)
@pytest.mark.parametrize("columns", [1, 4, 64])
def test_many_policies_in_columns_are_those_of_the_batch(small: World, deficits: str, columns: int) -> None:
    reference, policies = policies_of(small)
    start = solve(small, reference, deficits=deficits).unknowns  # type: ignore[arg-type]
    ours = solve_batch(reference, policies, lambda k: start, deficits=deficits)  # type: ignore[arg-type]
    found = backend.solve_many(reference, policies, lambda k: start, deficits=deficits, columns=columns)
    for one, wanted in zip(found, ours, strict=True):
        np.testing.assert_allclose(one.unknowns, wanted.unknowns, atol=1e-9)
        np.testing.assert_allclose(one.welfare, wanted.welfare, atol=1e-6)
        assert one.residual <= 1e-10 and 0 < one.sweeps < backend.MOST_SWEEPS


def test_the_columns_residual_is_that_of_the_certificate(small: World) -> None:
    """Stopped early, the columns' own check must not be kinder than the certificate in NumPy."""
    reference, policies = policies_of(small, 3)
    rough = backend.solve_many(reference, policies, tolerance=1e-4)
    for policy, one in zip(policies, rough, strict=True):
        exact = solve(small, policy)
        again = solve(small, policy, start=one.unknowns, tolerance=1e-2)
        assert 1e-10 < one.residual <= 1e-4
        assert again.sweeps == 1 and one.residual == pytest.approx(again.residual, rel=0.5)
        np.testing.assert_allclose(one.unknowns, exact.unknowns, atol=1e-2)


def test_export_taxes_and_stragglers_are_left_to_numpy(small: World) -> None:
    reference, policies = policies_of(small, 3)
    policies[1] = policies[1].export_tax("E02", "*", "C1", 0.1)
    found = backend.solve_many(reference, policies, lambda k: solve(small, reference).unknowns - 3.0 * (k == 2))
    for policy, one in zip(policies, found, strict=True):
        np.testing.assert_allclose(one.unknowns, solve(small, policy).unknowns, atol=1e-8)


def test_a_policy_without_equilibrium_is_refused_from_either_door() -> None:
    world = made_up(6, 3, 3)
    walls = np.where(np.eye(6, dtype=bool), 0, 400.0) * np.ones((3, 1, 1))
    with pytest.raises(SolveError, match="cannot finance"):
        solve(world, Policy(world, tariffs=walls), backend="jax")
    with pytest.raises(SolveError, match="cannot finance"):
        backend.solve_many(Policy(world), [Policy(world, tariffs=walls)])


def test_closures_beyond_the_core_are_refused_with_a_remedy(small: World) -> None:
    for closure in (Closure(specific=0.3), Closure(labour_supply=0.5), Closure(profits="markups")):
        with pytest.raises(PolicyError, match="leave out backend"):
            solve(small, Policy(small).tariff("E00", "*", "*", 0.1), closure=closure, backend="jax")
        with pytest.raises(PolicyError, match="core model"):
            backend.solve_many(Policy(small), [Policy(small)], closure=closure)
    with pytest.raises(PolicyError, match="use solve"):
        backend.solve_many(Policy(small), [Policy(small)], closure=Closure(revenue="state"))
    with pytest.raises(PolicyError, match="numpy, jax"):
        solve(small, backend="torch")  # type: ignore[arg-type]


def test_without_jax_the_error_says_how_to_get_it(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(PolicyError, match=r"pip install 'tradetalks\[gpu\]'"):
        solve(small, backend="jax")


def test_the_package_and_its_solver_do_not_import_jax() -> None:
    said = "import sys, tradetalks as tt; import tradetalks.model.jax_backend; w = tt.World.load('two_by_two'); "
    said += "tt.solve(w); assert 'jax' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0


def test_rebased_worlds_are_solved_relative_to_their_baseline(small: World) -> None:
    world = rebase(small, deficits="closed")
    policy = Policy(world).tariff("E01", "*", "*", 0.4)
    np.testing.assert_allclose(
        solve(world, policy, backend="jax").welfare.array, solve(world, policy).welfare.array, atol=1e-6
    )
