"""Marching together ends where each would end alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import made_up
from tradetalks.errors import SolveError
from tradetalks.model import Closure, solve
from tradetalks.model.batch import solve_batch
from tradetalks.world import Policy, World


def policies_of(world: World, count: int = 9) -> tuple[Policy, list[Policy]]:
    """A reference and policies near it: two importers' tariffs, a trade cost, a transfer."""
    reference = Policy(world).tariff("E00", "*", "*", 0.1)
    draw = np.random.default_rng(0)
    many = []
    for k in range(count):
        policy = reference.tariff("E00", "E01", "*", float(draw.uniform(0, 0.5)))
        policy = policy.tariff("E01", "E00", "C1", float(draw.uniform(0, 0.2)))
        policy = policy.trade_cost("E01", "E00", "*", 0.9) if k % 3 else policy
        many.append(policy.transfer("E00", "E01", 0.5) if k % 2 else policy)
    return reference, many


@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
@pytest.mark.parametrize("columns", [1, 4, 24])
def test_a_batch_is_its_policies_one_by_one(small: World, deficits: str, columns: int) -> None:
    reference, policies = policies_of(small)
    start = solve(small, reference, deficits=deficits).unknowns  # type: ignore[arg-type]
    together = solve_batch(reference, policies, lambda k: start, deficits=deficits, columns=columns)  # type: ignore[arg-type]
    for policy, found in zip(policies, together, strict=True):
        alone = solve(small, policy, deficits=deficits)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.unknowns, alone.unknowns, atol=1e-9)
        np.testing.assert_allclose(found.welfare, alone.welfare.array, atol=1e-6)
        assert found.residual <= 1e-10


@pytest.mark.parametrize("deficits", [True, False])
def test_with_deficits_closed_all_is_relative_to_the_closed_baseline(deficits: bool) -> None:
    world = made_up(5, 4, 1, deficits=deficits)
    reference, policies = policies_of(world, 3)
    start = 0 * solve(world).unknowns
    for policy, found in zip(
        policies, solve_batch(reference, policies, lambda k: start, deficits="closed"), strict=True
    ):
        alone = solve(world, policy, deficits="closed")
        np.testing.assert_allclose(found.unknowns, alone.unknowns, atol=1e-9)
        np.testing.assert_allclose(found.welfare, alone.welfare.array, atol=1e-6)


def test_a_prediction_changes_the_way_and_not_the_end(small: World) -> None:
    reference, policies = policies_of(small)
    exact = [solve(small, policy, tolerance=1e-12).unknowns for policy in policies]
    near = solve_batch(reference, policies, lambda k: exact[k])
    far = solve_batch(reference, policies, lambda k: 0 * exact[k])
    for one, other, wanted in zip(near, far, exact, strict=True):
        assert one.sweeps < other.sweeps
        np.testing.assert_allclose(one.unknowns, wanted, atol=1e-9)
        np.testing.assert_allclose(other.unknowns, wanted, atol=1e-9)


def test_polished_equilibria_are_closer_than_the_tolerance_asks(small: World) -> None:
    reference, policies = policies_of(small)
    start = solve(small, reference).unknowns
    plain = solve_batch(reference, policies, lambda k: start)
    polished = solve_batch(reference, policies, lambda k: start, polish=2)
    for one, other in zip(plain, polished, strict=True):
        assert other.sweeps == one.sweeps + 2
        assert other.residual < 0.2 * one.residual or other.residual < 1e-13


def test_policies_that_move_no_duty_march_too(small: World) -> None:
    reference = Policy(small).tariff("E00", "*", "*", 0.1)
    policies = [reference, reference.transfer("E00", "E01", 0.5), reference.transfer("E01", "E02", 0.2)]
    start = solve(small, reference).unknowns
    for policy, found in zip(policies, solve_batch(reference, policies, lambda k: start), strict=True):
        np.testing.assert_allclose(found.unknowns, solve(small, policy).unknowns, atol=1e-9)


def test_what_does_not_march_is_solved_alone(small: World) -> None:
    """Policies that depart nearly everywhere, and closures that are not the plain one."""
    reference, policies = policies_of(small, 3)
    start = 0 * solve(small, reference).unknowns
    wide = Policy(small).tariff("*", "*", "*", 0.1)
    one = solve_batch(reference, [wide], lambda k: start)[0]
    np.testing.assert_allclose(one.unknowns, solve(small, wide).unknowns, atol=1e-9)
    for closure in (Closure(specific=0.3), Closure(revenue="state")):
        starts = [0 * solve(small, closure=closure).unknowns] * len(policies)
        together = solve_batch(reference, policies, starts.__getitem__, closure=closure)
        for policy, found in zip(policies, together, strict=True):
            alone = solve(small, policy, closure=closure)
            np.testing.assert_allclose(found.welfare, alone.welfare.array, atol=1e-6)


def test_export_taxes_and_stragglers_are_left_to_the_ladder(small: World) -> None:
    reference, policies = policies_of(small, 3)
    policies[1] = policies[1].export_tax("E02", "*", "C1", 0.1)
    policies[2] = policies[2].tariff("E00", "*", "*", 9.0)
    far = solve(small, reference).unknowns - 3.0  # a start from which marching does not arrive
    found = solve_batch(reference, policies, lambda k: far)
    for policy, one in zip(policies, found, strict=True):
        np.testing.assert_allclose(one.unknowns, solve(small, policy).unknowns, atol=1e-8)


def test_a_policy_without_equilibrium_is_refused() -> None:
    world = made_up(6, 3, 3)
    reference = Policy(world)
    walls = np.where(np.eye(6, dtype=bool), 0, 400.0) * np.ones((3, 1, 1))
    start = 0 * solve(world).unknowns
    with pytest.raises(SolveError, match="cannot finance"):
        solve_batch(reference, [reference, replace(reference, tariffs=walls)], lambda k: start)
