"""The equilibrium under a policy: a ladder of methods, a certificate, or an error that says why not.

Anderson on the joint sweep → smaller damping → Newton → continuation in the shock, then Newton → `SolveError`.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.baseline import Baseline
from tradetalks.model.certificate import Certificate, certify
from tradetalks.model.closure import Closure, Deficits, chosen, with_deficits
from tradetalks.model.commitments import met
from tradetalks.model.continuation import along
from tradetalks.model.krylov import newton_krylov
from tradetalks.model.newton import newton
from tradetalks.model.solution import Solution
from tradetalks.model.sweep import Coefficients, coefficients, evaluate, sweep
from tradetalks.world.accounts import World
from tradetalks.world.economies import name as economy_name
from tradetalks.world.identities import check
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats


def solve(
    world: World,
    policy: Policy | None = None,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 1e-10,
    start: Floats | None = None,
) -> Solution:
    """The equilibrium of `world` under `policy`, certified to `tolerance` on every equation in its original form.

    `closure` says what stands still and what moves; `deficits` is short for a closure that names only their rule:
    ``fixed`` keeps them in units of world wages, ``proportional`` in units of own wages, ``closed`` compares with a
    baseline whose deficits are closed too, so that the effect is the policy's alone. Transfers come on top of any of
    them. `start` takes the `unknowns` of a nearby solution. When the accounts are not balanced, or deficits are
    closed, a baseline is solved first and the solution is relative to it (`solution.world`). Purchase commitments of
    the policy are met by a wedge that is found with the equilibrium.

    Raises `SolveError` when no equilibrium is found, `PolicyError` when the policy is for other codes or the closure
    does not fit the world.

    >>> from tradetalks.world import Policy, World
    >>> two = World.load("two_by_two")
    >>> solution = solve(two, Policy(two).tariff("USA", "JPN", "C29", 0.25))
    >>> solution.status, solution.welfare["JPN"] < 0
    ('converged', True)
    """
    policy = Policy(world) if policy is None else policy
    closure = chosen(closure, deficits)
    _same_codes(world, policy)
    base_world = balanced(world, closure)
    note = ""
    if base_world is not world:
        note = "relative to a baseline solved first: "
        note += "deficits closed" if closure.deficits == "closed" else "the accounts given were not balanced"
        policy = policy.on(base_world)
    base = baseline(base_world, closure)
    if policy.commitments:
        tight = min(tolerance, 1e-11)  # promises are met to the tolerance, so flows must be known better
        return met(
            policy, lambda held, near: _solve(base, held, tight, start if near is None else near, note), tolerance
        )
    return _solve(base, policy, tolerance, start, note)


def rebase(
    world: World,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    name: str | None = None,
) -> World:
    """A solved baseline of `world` with its own tariffs: balanced accounts, deficits as asked.

    Raises `SolveError` when there is none.
    """
    closure = chosen(closure, deficits)
    solution = _solve(baseline(world, closure), Policy(world), 1e-10, None, "")
    return solution.as_world(name or (f"{world.name}-closed" if closure.deficits == "closed" else world.name))


@lru_cache(maxsize=16)
def balanced(world: World, closure: Closure) -> World:
    """`world` itself when it is an equilibrium under the closure, else its solved baseline; remembered."""
    closed = closure.deficits == "closed" and bool((np.abs(world.deficits) > 1e-9 * world.income).any())
    if not closed and not check(world, tolerance=1e-7):
        return world
    return rebase(world, closure=closure if closed else with_deficits("fixed"))


@lru_cache(maxsize=16)
def baseline(world: World, closure: Closure) -> Baseline:
    """The constants of a world under a closure, computed once."""
    return Baseline(world, closure)


def _same_codes(world: World, policy: Policy) -> None:
    if policy.world is not world and (policy.world.economies, policy.world.sectors) != (world.economies, world.sectors):
        raise PolicyError(f"policy for world {policy.world.name} does not fit world {world.name}: other codes")


def _solve(base: Baseline, policy: Policy, tolerance: float, start: Floats | None, note: str) -> Solution:
    began = time.perf_counter()
    c = coefficients(base, policy)
    z0 = np.zeros(base.size) if start is None else np.asarray(start, dtype=np.float64)
    if z0.shape != (base.size,) or not np.isfinite(z0).all():
        raise PolicyError(
            f"start: give the `unknowns` of a solution on a world of {base.n} x {base.j} under the same closure"
        )
    sweeps = 0
    with np.errstate(all="ignore"):
        for method, damping, steps in (("Anderson", 0.35, 150), ("Anderson, damped", 0.05, 300)):
            found, used = _iterate(c, policy, z0 if method == "Anderson" else 0 * z0, damping, steps, tolerance)
            sweeps += used
            if found is not None:
                return _solution(c, policy, *found, sweeps, began, method, note)
        reached, last_rung = 1.0, newton if base.plain else newton_krylov
        for method in ("Newton on wages" if base.plain else "Newton–Krylov", "continuation"):
            z0 = 0 * z0
            if method == "continuation":
                reached, z0 = along(base, policy, z0)
                if reached < 1:
                    break
            stepped = last_rung(c, z0, tolerance=tolerance / 100)
            if stepped is not None:
                sweeps += stepped[1]
                certificate = certify(c, policy, stepped[0])
                if certificate.residual <= tolerance:
                    return _solution(c, policy, stepped[0], certificate, sweeps, began, method, note)
        raise SolveError(_explain(c, policy, reached, z0, tolerance))


def _iterate(
    c: Coefficients, policy: Policy, z: Floats, damping: float, steps: int, tolerance: float
) -> tuple[tuple[Floats, Certificate] | None, int]:
    """The unknowns with their certificate, or None; and the sweeps used."""
    used = 0
    for precision in (tolerance / 5, tolerance / 500):  # the certificate may ask for more than the iteration's gap
        run = fixed_point(lambda at: sweep(c, at, damping), z, tolerance=precision, steps=steps)
        used += run.steps
        if not run.converged:
            return None, used
        certificate = certify(c, policy, run.point)
        if certificate.residual <= tolerance:
            return (run.point, certificate), used
        z = run.point
    return None, used


def _solution(
    c: Coefficients, policy: Policy, z: Floats, certificate: Certificate, sweeps: int, began: float, method: str,
    note: str,
) -> Solution:  # fmt: skip
    message = f"largest error {certificate.residual:.1e} in the {certificate.equation} of {certificate.market}"
    return Solution(
        c.base.world, policy, "converged", certificate.residual, sweeps, time.perf_counter() - began, method,
        f"{note}; {message}" if note else message, z, c, evaluate(c, z),
    )  # fmt: skip


def _explain(c: Coefficients, policy: Policy, reached: float, z: Floats, tolerance: float) -> str:
    """What went wrong, where, what to try."""
    world, state = c.base.world, evaluate(c, z)
    how_far = f"after continuation to {reached:.0%} of the shock"
    home = np.einsum("jnn,jn->n", c.shipped, state.u * state.demand)
    abroad = state.output.sum(0) - home
    owed = c.deficit(state.wages)
    strain = np.nan_to_num(np.abs(owed) / np.maximum(abroad, 1e-9), nan=np.inf)
    worst = int(strain.argmax())
    if strain[worst] > 0.5:
        kind = "deficit" if owed[worst] > 0 else "surplus"
        return (
            f"no equilibrium for this policy: {how_far}, {economy_name(world.economies[worst])} cannot finance its "
            f"{kind} of US$ {abs(owed[worst]) / 1000:,.1f} bn from trade of US$ {abroad[worst] / 1000:,.1f} bn. "
            "Close deficits (deficits: closed) or lessen the shock."
        )
    market = certify(c, policy, z)
    return (
        f"no equilibrium found for this policy: {how_far}, the {market.equation} of {market.market} is off by "
        f"{market.residual:.1e} where {tolerance:.0e} is asked. Lessen the shock, or close deficits."
    )
