"""Is this the only equilibrium? A search from many starts, for those who would rather look than assume.

Under the core closure no second one was ever found (see the page on robustness); economies of scale can make several.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.closure import Closure, Deficits, chosen
from tradetalks.model.continuation import along, part
from tradetalks.model.krylov import newton_krylov
from tradetalks.model.newton import newton
from tradetalks.model.solve import balanced, baseline, solve
from tradetalks.model.sweep import Coefficients, coefficients, hours, split, sweep
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.model.continuation import Rung
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World

APART = 1e-6
"""Equilibria are distinct when some economy's real income differs by this fraction."""


def probe(
    world: World,
    policy: Policy | None = None,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    starts: int = 12,
    spread: float = 0.5,
    seed: int = 0,
    tolerance: float = 1e-10,
) -> tuple[Solution, ...]:
    """The distinct equilibria that were found, each certified; first the one that `solve` gives.

    Starts are `starts` draws of log wages (and log hours) between −`spread` and `spread`, the walk from no change to
    the policy, and the walk back from half as much again. From each, damped iteration finds equilibria that attract
    and Newton's method those that do not. One result is no proof that there is no other.

    Raises `SolveError` when none is found, `PolicyError` for purchase commitments, whose wedge is not probed.

    >>> from tradetalks.world import World
    >>> len(probe(World.load("two_by_two"), starts=2))
    1
    """
    closure = chosen(closure, deficits)
    base_world = balanced(world, closure)
    policy = Policy(world) if policy is None else policy
    if policy.commitments:
        raise PolicyError("probe: purchase commitments are not probed; give the policy without them")
    if base_world is not world:
        policy = policy.on(base_world)
    base = baseline(base_world, closure)
    c, rung = coefficients(base, policy), newton if base.plain else newton_krylov
    found: list[Solution] = []

    def keep(at: Floats | None) -> None:
        """Certifies a candidate by `solve`, which starts where it ends, and keeps it when it is new."""
        try:
            solution = solve(base_world, policy, closure=closure, tolerance=tolerance, start=at)
        except SolveError as error:
            failures.append(error)
            return
        real = solution.real_income.array
        if all(np.abs(real - other.real_income.array).max() > APART for other in found):
            found.append(solution)

    failures: list[SolveError] = []
    with np.errstate(all="ignore"):
        keep(None)
        for start in _starts(base, policy, rung, starts, spread, seed):
            for end in _ends(c, start, rung):
                keep(end)
    if not found:
        raise failures[0]
    return tuple(found)


def _starts(base: Baseline, policy: Policy, rung: Rung, starts: int, spread: float, seed: int) -> Iterator[Floats]:
    rest = np.zeros(base.size)
    draw = np.random.default_rng(seed)
    for _ in range(starts):
        z = rest.copy()
        split(base, z)[0][:] = draw.uniform(-spread, spread, base.n)
        if base.labour_supply:
            hours(base, z)[:] = draw.uniform(-spread, spread, base.n)
        yield z
    if not policy.changes_nothing:
        for share in (1.0, 1.5):
            walk = along(base, part(policy, share), rest, rung)
            if walk.reached == 1:
                yield walk.z


def _ends(c: Coefficients, start: Floats, rung: Rung) -> Iterator[Floats]:
    run = fixed_point(lambda at: sweep(c, at, 0.1), start, tolerance=1e-12, steps=400)
    if run.converged:
        yield run.point
    if (stepped := rung(c, start, tolerance=1e-12)) is not None:
        yield stepped[0]
