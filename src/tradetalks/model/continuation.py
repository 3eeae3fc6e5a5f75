"""Continuation: walk from no change to the whole shock, each equilibrium starting the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.anderson import fixed_point
from tradetalks.model.sweep import coefficients, evaluate, sweep
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats

    Rung = Callable[..., tuple[Floats, int] | None]

SHORTEST = 1 / 1000
"""Steps below this share of the shock are not tried: the walk is over."""
SPENT = 0.01
"""An economy whose income has fallen to this share of what it was is at the end of the walk."""


def part(policy: Policy, share: float) -> Policy:
    """`share` of the way from the world to `policy`, in logs of each wedge."""
    world = policy.world
    return replace(
        policy,
        tariffs=(1 + world.tariffs) ** (1 - share) * (1 + policy.tariffs) ** share - 1,
        trade_costs=None if policy.trade_costs is None else policy.trade_costs**share,
        export_taxes=None if policy.export_taxes is None else (1 + policy.export_taxes) ** share - 1,
        transfers=None if policy.transfers is None else policy.transfers * share,
    )


@dataclass(frozen=True, eq=False)
class Walk:
    """How far the shock could be walked, and the equilibrium there."""

    reached: float
    """Share of the shock, 0 to 1."""
    z: Floats
    c: Coefficients
    """The constants of the scenario at `reached`."""
    sweeps: int


def along(base: Baseline, policy: Policy, z: Floats, rung: Rung) -> Walk:
    """Walks towards `policy` from the baseline `z`; each step is iterated, or solved by `rung` where that fails.

    The next start lies on the line through the last two equilibria, for short steps also at the last. A step that fails
    is tried a third as long; one along which an income would be spent is shortened, and the walk ends where it is: what
    lies beyond has no meaning.
    """
    reached, step, sweeps = 0.0, 0.25, 0
    c = coefficients(base, part(policy, 0.0))
    slope, income, loss = np.zeros_like(z), base.world.income, np.zeros(base.n)
    while reached < 1 and step >= SHORTEST and (income > SPENT * base.world.income).all():
        target = min(1.0, reached + min(step, 0.7 / max(float((loss / income).max()), 1e-300)))
        step = target - reached
        ahead = coefficients(base, part(policy, target))
        found = None
        starts = (z + step * slope, z) if step < 60 * SHORTEST else (z + step * slope,)
        for start in starts:
            run = fixed_point(lambda at, c=ahead: sweep(c, at, 0.1), start, tolerance=1e-9, steps=200)  # type: ignore[misc]
            sweeps += run.steps
            if run.converged:
                found = run.point
                break
            if (stepped := rung(ahead, start, tolerance=1e-9, steps=16)) is not None:
                found, sweeps = stepped[0], sweeps + stepped[1]
                break
        left = income if found is None else evaluate(ahead, found).income
        if found is None or (left <= 0).any():
            step /= 3
            continue
        slope, loss = (found - z) / step, (income - left) / step
        reached, z, c, income = target, np.asarray(found), ahead, left
        step *= 1.7
    return Walk(reached, z, c, sweeps)
