"""The gradient of an objective with respect to every tariff at once, by one adjoint solve.

The multipliers of the price, spending and labour-market equations solve the transposed linear system, iterated with
the same matrix–vector products as the equilibrium; never through the iterations (Griewank and Walther 2008, ch. 15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.solve import solve

if TYPE_CHECKING:
    from tradetalks.model.objective import Objective
    from tradetalks.model.solution import Solution
    from tradetalks.model.sweep import Deficits
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Policy


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of an objective (US$ bn a year) at an equilibrium, each `[j, n, i]`; own cells are zero."""

    value: float
    """The objective, US$ bn a year."""
    tariff: Floats
    """Per unit of tariff: a change of one percentage point is worth 0.01 of it."""
    trade_cost: Floats
    """Per unit of ln trade cost."""
    export_tax: Floats
    """Per unit of export tax."""
    solution: Solution
    sweeps: int
    """Adjoint sweeps used."""


def gradient(
    world: World,
    policy: Policy,
    of: Objective,
    *,
    deficits: Deficits = "fixed",
    tolerance: float = 1e-11,
    solution: Solution | None = None,
) -> Gradient:
    """Derivatives of `of` with respect to every tariff, trade cost and export tax, at the equilibrium under `policy`.

    Pass `solution` to reuse one that is at hand. Raises `SolveError` when there is no equilibrium or the multipliers
    do not converge to `tolerance` (relative), `UnknownCode` for names the world does not have.
    """
    if solution is None:
        solution = solve(world, policy, deficits=deficits)
    c, s, base = solution.coefficients, solution.state, solution.coefficients.base
    n, j, theta = base.n, base.j, base.theta
    taxed = c.border is not c.shipped

    # direct derivatives of the objective
    weights = of.on_welfare(base.world) / 1000
    price = solution.consumer_price_hat
    by_income = weights / price
    by_price = -base.alpha * weights * s.income / price
    flow_weights = of.on_flows(base.world)
    on_flows = None if flow_weights is None else flow_weights / 1000 * c.shipped

    wages = np.exp(s.v) * base.value_added
    deficit_jacobian = c.deficit_jacobian(s.v) if c.deficits == "proportional" else None
    scale = np.where(base.bought, s.spending, 1)
    passed, sold = s.producer_share * s.supply, s.output / s.u

    def worth_of_sales(y: Floats, iota: Floats) -> tuple[Floats, Floats]:
        """Σ_i W u `[j, n]` and Σ_n H W `[j, i]`: W is what a unit of each sale is worth to the objective."""
        if taxed:
            buyers = np.matmul(c.shipped, (s.u * (y - iota))[:, :, None]) + np.matmul(
                c.border, (s.u * iota)[:, :, None]
            )
            buyers = buyers[:, :, 0] - iota * passed
            sellers = (y - iota) * sold
            sellers = sellers + iota * np.matmul(s.demand[:, None, :], c.border)[:, 0]
            sellers = sellers - np.matmul((s.demand * iota)[:, None, :], c.border)[:, 0]
        else:
            buyers = np.matmul(c.shipped, (s.u * y)[:, :, None])[:, :, 0] - iota * passed
            sellers = y * sold - np.matmul((s.demand * iota)[:, None, :], c.shipped)[:, 0]
        if on_flows is not None:
            buyers = buyers + np.matmul(on_flows, s.u[:, :, None])[:, :, 0]
            sellers = sellers + np.matmul(s.demand[:, None, :], on_flows)[:, 0]
        return buyers, sellers

    def shadow(flat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Multipliers λw of wages and λP of prices, shadow values y of output and ι of income."""
        wage, lp, lx = flat[:n], flat[n : n + j * n].reshape(j, n) * scale, flat[n + j * n :].reshape(j, n)
        used = np.matmul(base.gamma_by_user, np.ascontiguousarray(lx.T)[:, :, None])[:, :, 0].T
        y = used - wage * base.beta
        iota = by_income + (lx * base.alpha).sum(0)
        return wage, lp, y, iota

    def image(flat: Floats) -> Floats:
        wage, lp, y, iota = shadow(flat)
        buyers, sellers = worth_of_sales(y, iota)
        by_supply = (-lp - s.demand * buyers) / s.supply
        cost = theta * s.u * (np.matmul(by_supply[:, None, :], c.delivered)[:, 0] + sellers)
        new_lx = np.where(base.bought, iota + buyers / s.supply, 0)
        through = np.matmul(base.gamma, np.ascontiguousarray(cost.T)[:, :, None])[:, :, 0].T
        new_lp = (by_price - through) / theta / scale
        by_wage = iota * wages
        if deficit_jacobian is not None:
            by_wage = by_wage + deficit_jacobian.T @ iota
        target = ((base.beta * cost).sum(0) - by_wage) / wages
        new_wage = wage + 0.3 * (target - target[-1] - wage)
        return np.concatenate((new_wage, new_lp.ravel(), new_lx.ravel()))

    size = max(
        float(np.abs(by_income).max()), 1e-3 if flow_weights is None else float(np.abs(flow_weights).max()) / 1000
    )
    run = fixed_point(image, np.zeros(n + 2 * j * n), tolerance=tolerance * size, steps=400)
    if not run.converged:
        raise SolveError(
            f"the multipliers of this equilibrium did not converge (gap {run.gap:.1e}): lessen the shock, "
            "or close deficits"
        )
    _, lp, y, iota = shadow(run.point)
    buyers, _ = worth_of_sales(y, iota)
    by_supply = (-lp - s.demand * buyers) / s.supply

    # elementwise: A scales with wedge^-θ, Q and Q/(1+ξ) with one power more
    uh = s.u[:, None, :] * s.demand[:, :, None]
    through_supply = -theta[:, :, None] * c.delivered * s.u[:, None, :] * by_supply[:, :, None]
    shipped = uh * c.shipped
    worth = shipped * (y[:, None, :] - iota[None, :, None])
    if taxed:
        worth = worth + uh * (c.border - c.shipped) * (iota[None, None, :] - iota[None, :, None])
    flows = 0.0 if on_flows is None else uh * on_flows
    th = theta[:, :, None]
    by_cost = through_supply - th * (worth + flows)
    by_tariff = by_cost - worth - flows
    by_export = by_cost - flows - shipped * (y - iota)[:, None, :]
    own = np.arange(n)
    results = []
    for derivative, level in (
        (by_tariff, 1 + solution.policy.tariffs),
        (by_cost, 1.0),
        (by_export, 1.0 if solution.policy.export_taxes is None else 1 + solution.policy.export_taxes),
    ):
        array = np.asarray(derivative / level)
        array[:, own, own] = 0
        results.append(array)
    return Gradient(of.value(solution), results[0], results[1], results[2], solution, run.steps)
