"""The equilibrium under a policy: a ladder of methods, a certificate, or an error that says why not.

The chord's march → Anderson on the joint sweep → smaller damping → Newton → continuation in the shock, then Newton →
`SolveError`.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.baseline import Baseline
from tradetalks.model.certificate import Certificate, certify
from tradetalks.model.closure import Closure, Deficits, chosen, with_deficits
from tradetalks.model.commitments import met
from tradetalks.model.continuation import Walk, along
from tradetalks.model.krylov import newton_krylov
from tradetalks.model.march import marched
from tradetalks.model.newton import GivenWages, newton
from tradetalks.model.solution import Solution
from tradetalks.model.sweep import Coefficients, coefficients, evaluate, sweep
from tradetalks.world.accounts import World
from tradetalks.world.economies import name as economy_name
from tradetalks.world.identities import check
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.continuation import Rung
    from tradetalks.world.accounts import Floats

Backend = Literal["numpy", "jax"]

STRAINED = 0.1
"""An economy left with less than this share of its income is named as the reason why there is no equilibrium."""


def solve(
    world: World,
    policy: Policy | None = None,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 1e-10,
    start: Floats | None = None,
    backend: Backend = "numpy",
) -> Solution:
    """The equilibrium of `world` under `policy`, certified to `tolerance` on every equation in its original form.

    `closure` says what stands still and what moves; `deficits` is short for a closure that names only their rule:
    ``fixed`` keeps them in units of world wages, ``proportional`` in units of own wages, ``closed`` compares with a
    baseline whose deficits are closed too, so that the effect is the policy's alone. Transfers come on top of any of
    them. `start` takes the `unknowns` of a nearby solution. When the accounts are not balanced, or deficits are
    closed, a baseline is solved first and the solution is relative to it (`solution.world`). Purchase commitments of
    the policy are met by a wedge that is found with the equilibrium. With `backend` ``jax`` the first iteration runs in
    JAX (core closure only; extra ``gpu``); what it finds is certified, and where need be finished, here.

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
    if backend not in get_args(Backend):
        raise PolicyError(f'backend "{backend}": choose one of {", ".join(get_args(Backend))}')
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
            policy,
            lambda held, near: _solve(base, held, tight, start if near is None else near, note, backend),
            tolerance,
        )
    return _solve(base, policy, tolerance, start, note, backend)


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


def _solve(
    base: Baseline, policy: Policy, tolerance: float, start: Floats | None, note: str, backend: Backend = "numpy"
) -> Solution:
    began = time.perf_counter()
    c = coefficients(base, policy)
    z0 = np.zeros(base.size) if start is None else np.asarray(start, dtype=np.float64)
    if z0.shape != (base.size,) or not np.isfinite(z0).all():
        raise PolicyError(
            f"start: give the `unknowns` of a solution on a world of {base.n} x {base.j} under the same closure"
        )
    sweeps = 0
    with np.errstate(all="ignore"):
        if backend == "jax":
            at, sweeps = _iterated_in_jax(c, z0, tolerance)
            certificate = certify(c, at)
            if certificate.residual <= tolerance and _affordable(c, at):
                return _solution(c, policy, at, certificate, sweeps, began, "Anderson, JAX", note)
            z0 = at if np.isfinite(at).all() else 0 * z0
        if base.plain:
            found, sweeps = marched(c, z0, tolerance)
            if found is not None:
                return _solution(c, policy, *found, sweeps, began, "chord", note)
        for method, damping, steps in (("Anderson", 0.35, 150), ("Anderson, damped", 0.05, 300)):
            found, used = _iterate(c, z0 if method == "Anderson" else 0 * z0, damping, steps, tolerance)
            sweeps += used
            if found is not None:
                return _solution(c, policy, *found, sweeps, began, method, note)
        _refuse_impossible(c)
        rung: Rung = newton if base.plain else newton_krylov
        walk = None
        for method in ("Newton on wages" if base.plain else "Newton–Krylov", "continuation"):
            z0 = 0 * z0
            if method == "continuation":
                walk = along(base, policy, z0, rung)
                sweeps, z0 = sweeps + walk.sweeps, walk.z
                if walk.reached < 1:
                    break
            stepped = rung(c, z0, tolerance=tolerance / 100)
            if stepped is not None:
                sweeps += stepped[1]
                certificate = certify(c, stepped[0])
                if certificate.residual <= tolerance and _affordable(c, stepped[0]):
                    return _solution(c, policy, stepped[0], certificate, sweeps, began, method, note)
        raise SolveError(_explain(c, policy, walk or Walk(0.0, z0, c, 0), tolerance))


def _iterated_in_jax(c: Coefficients, z: Floats, tolerance: float) -> tuple[Floats, int]:
    from tradetalks.model.jax_backend import iterated

    return iterated(c, z, tolerance=tolerance)


def _iterate(
    c: Coefficients, z: Floats, damping: float, steps: int, tolerance: float
) -> tuple[tuple[Floats, Certificate] | None, int]:
    """The unknowns with their certificate, or None; and the sweeps used."""
    used = 0
    for precision in (tolerance / 5, tolerance / 500):  # the certificate may ask for more than the iteration's gap
        run = fixed_point(lambda at: sweep(c, at, damping), z, tolerance=precision, steps=steps)
        used += run.steps
        if not run.converged:
            return None, used
        certificate = certify(c, run.point)
        if certificate.residual <= tolerance:
            return ((run.point, certificate) if _affordable(c, run.point) else None), used
        z = run.point
    return None, used


def _solution(
    c: Coefficients, policy: Policy, z: Floats, certificate: Certificate, sweeps: int, began: float, method: str,
    note: str,
) -> Solution:  # fmt: skip
    message = f"largest error {certificate.residual:.1e} in the {certificate.equation} of {certificate.market}"
    return Solution(
        c.base.world, policy, "converged", certificate.residual, sweeps, time.perf_counter() - began, method,
        f"{note}; {message}" if note else message, z, c,
    )  # fmt: skip


def _refuse_impossible(c: Coefficients) -> None:
    """Raises `SolveError` for accounts that no wages balance: a use that no flow serves, trade one way and unpaid."""
    base, world = c.base, c.base.world
    used = base.alpha + np.einsum("nkj,jn->kn", base.gamma, world.output)
    unserved = ~base.bought & (used > 0)
    if unserved.any():
        k, n = np.unravel_index(int(unserved.argmax()), unserved.shape)
        raise SolveError(
            f"no equilibrium in these accounts: {economy_name(world.economies[n])} uses {world.sectors[k]}, and no "
            "flow brings it any, not even its own. Give it one, or take the sector out of what it uses."
        )
    if base.access is not None:
        return
    trade = world.flows.sum(0) * (1 - np.eye(base.n))
    buys, sells, owed = trade.sum(1) > 0, trade.sum(0) > 0, c.deficit(base.wage_bill)
    carries = c.deficits == "proportional" and (base.deficits != 0).any()  # a part of what others' rules leave over
    for wrong, does in (
        (sells & ~buys & (owed >= 0), "sells abroad and buys nothing there"),
        (buys & ~sells & (owed <= 0), "buys abroad and sells nothing there"),
        (~buys & ~sells & (carries | (owed != 0)), "has no trade that could carry what it owes or is owed"),
    ):
        if wrong.any():
            who = economy_name(world.economies[int(wrong.argmax())])
            raise SolveError(
                f"no equilibrium in these accounts: {who} {does}; no wages balance that. Give it trade both ways, or "
                f"another rule for deficits than {c.deficits}."
            )


def _affordable(c: Coefficients, z: Floats) -> bool:
    """Whether every economy has income left: the equations alone also hold where final demand is negative."""
    return bool((evaluate(c, z).income > 0).all())


def _explain(c: Coefficients, policy: Policy, walk: Walk, tolerance: float) -> str:
    """What went wrong, where, what to try: named by the economy whose income is spent, else by the worst market."""
    world, state = c.base.world, evaluate(walk.c, walk.z)
    how_far = f"after continuation to {walk.reached:.0%} of the shock"
    left = state.income / world.income
    worst = int(left.argmin())
    owed, revenue = state.deficit[worst], state.revenue[worst]
    if left[worst] < STRAINED and min(owed, revenue) < 0:
        who = economy_name(world.economies[worst])
        if owed < revenue:
            bill = f"surplus of US$ {-owed / 1000:,.1f} bn"
            closed = c.deficits == "closed"
            remedy = "Lessen the transfers." if closed else "Close deficits (deficits: closed) or lessen the shock."
        else:
            bill = f"subsidies of US$ {-revenue / 1000:,.1f} bn"
            remedy = "Lessen the subsidies."
        return (
            f"no equilibrium for this policy: {how_far}, {who} cannot finance its {bill}: "
            f"{left[worst]:.0%} of its income is left to spend. {remedy}"
        )
    at = GivenWages.solved(c, walk.z[: c.base.n], walk.z) if c.base.plain else None
    if at is not None:
        worst = int(np.abs(at.excess).argmax())
        who, off = economy_name(world.economies[worst]), abs(at.excess[worst])
        wrong = f"the trade balance of {who} is off by {off:.1e} (log)"
    else:
        market = certify(c, walk.z)
        wrong = f"the {market.equation} of {market.market} is off by {market.residual:.1e}"
    return (
        f"no equilibrium found for this policy: {how_far}, {wrong} where {tolerance:.0e} is asked. "
        "Lessen the shock, or close deficits."
    )
