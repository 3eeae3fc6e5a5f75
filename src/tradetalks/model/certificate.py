"""The certificate of an equilibrium: every equation in its original form, with trade shares formed afresh.

Caliendo and Parro (2015), equations 10 to 14 as published; nothing of the iteration is used but its end point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy


@dataclass(frozen=True)
class Certificate:
    """Largest relative error over all equations, and where it stands."""

    residual: float
    equation: str
    market: str


def certify(c: Coefficients, policy: Policy, v: Floats, p: Floats, spending: Floats) -> Certificate:
    """Largest relative error of (ŵ, P̂, X′) in the price, spending, labour, balance and numeraire equations."""
    base, world = c.base, c.base.world
    log_cost = base.beta * v + np.einsum("nkj,kn->jn", world.io_shares, p)
    supplier, market = np.exp(-base.theta * log_cost)[:, None, :], np.exp(base.theta * p)[:, :, None]
    flows = c.delivered * supplier
    flows *= market  # π′, eq. 12
    total_share = flows.sum(2)
    border = np.multiply(c.border, supplier, out=flows)
    border *= market * spending[:, :, None]  # π′X′/(1+τ′)
    shipped = border if policy.export_taxes is None else border / (1 + policy.export_taxes)
    output = shipped.sum(1)
    revenue = spending.sum(0) - border.sum((0, 2))
    if policy.export_taxes is not None:
        revenue = revenue + (policy.export_taxes * shipped).sum((0, 1))
    deficit = c.deficit(v)
    wages = np.exp(v) * base.value_added
    wanted = np.einsum("nkj,jn->kn", world.io_shares, output) + base.alpha * (wages + revenue + deficit)
    imports, exports = border.sum((0, 2)), border.sum((0, 1))  # home sales are in both

    rows = {
        "price index": np.where(base.bought, np.abs(total_share - 1), 0),
        "spending": np.abs(spending - wanted) / np.where(base.bought, spending, 1),
        "labour market": np.abs((base.beta * output).sum(0) / wages - 1),
        "trade balance": np.abs(imports - exports - deficit) / exports,
        "numeraire": np.array([abs(wages.sum() / base.world_value_added - 1)]),
    }
    worst = max(rows, key=lambda name: float(np.nan_to_num(rows[name], nan=np.inf).max()))
    gap = np.nan_to_num(rows[worst], nan=np.inf)
    cell = np.unravel_index(int(gap.argmax()), gap.shape)
    if gap.ndim == 2:
        where = f"{world.economies[cell[1]]}, {world.sectors[cell[0]]}"
    else:
        where = world.economies[cell[0]] if worst != "numeraire" else "the world"
    return Certificate(float(gap.max()), worst, where)
