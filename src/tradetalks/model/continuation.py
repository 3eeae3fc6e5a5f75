"""Continuation: walk from no change to the whole shock, each equilibrium starting the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.anderson import fixed_point
from tradetalks.model.sweep import coefficients, sweep
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.world.accounts import Floats


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


def along(base: Baseline, policy: Policy, z: Floats) -> tuple[float, Floats]:
    """The share of the shock that could be walked, with steps halved on failure, and the unknowns there."""
    reached, step = 0.0, 0.25
    while reached < 1 and step > 1 / 100:
        target = min(1.0, reached + step)
        c = coefficients(base, part(policy, target))
        run = fixed_point(lambda at, c=c: sweep(c, at, 0.1), z, tolerance=1e-8, steps=250)  # type: ignore[misc]
        if run.converged:
            reached, z, step = target, run.point, step * 1.5
        else:
            step /= 2
    return reached, np.asarray(z)
