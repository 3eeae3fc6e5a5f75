"""The certificate of an equilibrium: every equation in its original form, with trade shares formed afresh.

Caliendo and Parro (2015), equations 10 to 14 as published, with the terms a closure adds; nothing of the iteration is
used but its end point, and its sums are taken by other routines than those of the iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.sweep import hours, kept, returns, split

if TYPE_CHECKING:
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats


@dataclass(frozen=True)
class Certificate:
    """Largest relative error over all equations, and where it stands."""

    residual: float
    equation: str
    market: str


def certify(c: Coefficients, z: Floats) -> Certificate:
    """Largest relative error of the unknowns `z` in the price, spending, labour, balance and numeraire equations, and
    in those of specific factors and hours where the closure has them."""
    base, world = c.base, c.base.world
    v, p, x = split(base, z)
    spending = base.spending * np.exp(x)
    worked = hours(base, z)
    log_cost = base.cost_labour * v + np.einsum("nkj,kn->jn", base.cost_inputs, p) - base.scale * worked
    if base.short_run:
        log_cost = log_cost + base.cost_specific * returns(base, z)
    size = (1 - base.pass_through) * (x - v)  # more sellers come to a larger market
    supplier, market = np.exp(-base.theta * log_cost), np.exp(base.theta * (p - size))
    total_share = market * np.einsum("jni,ji->jn", c.delivered, supplier)  # Σ π′ over suppliers, eqs 10 and 12
    bought = market * spending
    imports = (bought * np.einsum("jni,ji->jn", c.border, supplier)).sum(0)  # π′X′/(1+τ′) at the border, home too
    output = supplier * np.einsum("jni,jn->ji", c.shipped, bought)
    exports, revenue = output.sum(0), spending.sum(0) - imports
    if c.shipped is not c.border:
        taxes = (supplier * np.einsum("jni,jn->ji", c.border - c.shipped, bought)).sum(0)
        exports, revenue = exports + taxes, revenue + taxes
    wages = np.exp(v + worked) * base.wage_bill
    deficit = c.deficit(wages)
    owned = (base.specific + base.profit) * output
    wanted = np.einsum("nkj,jn->kn", world.io_shares, output) + base.alpha * (wages + owned.sum(0) + revenue + deficit)
    paid = made = (base.beta * output).sum(0)
    if base.access is not None:
        sold = np.einsum("jn,jni,ji->ni", bought, c.shipped, supplier * base.beta)
        paid = base.access * sold.sum(1) + ((1 - base.access)[:, None] * sold).sum(0)

    rows = {
        "price index": np.where(base.bought, np.abs(total_share - 1), 0),
        "spending": np.abs(spending - wanted) / np.where(base.bought, spending, 1),
        "labour market": np.abs(paid / wages - 1),
        "trade balance": np.abs(imports - exports - deficit - (paid - made)) / exports,
        "numeraire": np.array([abs((np.exp(v) * base.wage_bill).sum() / base.world_wage_bill - 1)]),
    }
    if base.short_run:
        earned = np.exp(returns(base, z)) * world.output
        rows["specific factor"] = np.where(base.made, np.abs(output / np.where(base.made, earned, 1) - 1), 0)
    if base.labour_supply:
        offered = base.labour_supply * (v - (base.alpha * p).sum(0) + kept(base, revenue, wages))
        rows["labour supply"] = np.abs(np.exp(worked - offered) - 1)
    worst = max(rows, key=lambda name: float(np.nan_to_num(rows[name], nan=np.inf).max()))
    gap = np.nan_to_num(rows[worst], nan=np.inf)
    cell = np.unravel_index(int(gap.argmax()), gap.shape)
    if gap.ndim == 2:
        where = f"{world.economies[cell[1]]}, {world.sectors[cell[0]]}"
    else:
        where = world.economies[cell[0]] if worst != "numeraire" else "the world"
    return Certificate(float(gap.max()), worst, where)
