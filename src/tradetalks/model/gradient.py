"""The gradient of an objective with respect to every tariff at once, by one adjoint solve.

The multipliers of the price, spending and labour-market equations solve the transposed linear system, iterated with
the same matrix–vector products as the equilibrium; never through the iterations (Griewank and Walther 2008, ch. 15).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.solve import solve

if TYPE_CHECKING:
    from tradetalks.model.objective import Objective
    from tradetalks.model.solution import Solution
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Policy


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of an objective (US$ bn a year) at an equilibrium, each `[j, n, i]`; own cells are zero."""

    value: float
    """The objective, US$ bn a year."""
    solution: Solution
    sweeps: int
    """Adjoint sweeps used."""
    by_supply: Floats
    """Derivative of the Lagrangian by S = P^(−θ) `[j, n]`."""
    by_output: Floats
    """By output y `[j, i]`."""
    by_income: Floats
    """By income ι `[n]`."""
    flow_weights: Floats | None

    @cached_property
    def tariff(self) -> Floats:
        """Per unit of tariff: a change of one percentage point is worth 0.01 of it."""
        return self._per_level((1 + self._theta) * self._worth, self.solution.policy.tariffs)

    @cached_property
    def trade_cost(self) -> Floats:
        """Per unit of ln trade cost."""
        return self._per_level(self._theta * self._worth, None)

    @cached_property
    def export_tax(self) -> Floats:
        """Per unit of export tax."""
        own_sales = self.solution.flows * (self.by_output - self.by_income)[:, None, :]
        if self.flow_weights is not None:
            own_sales += self.flow_weights * self.solution.flows
        return self._per_level(self._theta * self._worth + own_sales, self.solution.policy.export_taxes)

    @property
    def _theta(self) -> Floats:
        return self.solution.coefficients.base.theta[:, :, None]

    @cached_property
    def _worth(self) -> Floats:
        """What each sale is worth to the objective: to its producer, to the treasuries, less what the buyer spends."""
        solution, iota = self.solution, self.by_income
        worth = self.by_output[:, None, :] - iota[None, :, None]
        if self.flow_weights is not None:
            worth += self.flow_weights
        worth *= solution.flows
        if solution.policy.export_taxes is not None:
            worth += (solution.border_flows - solution.flows) * (iota[None, None, :] - iota[None, :, None])
        return worth

    def _per_level(self, lost: Floats, rates: Floats | None) -> Floats:
        """−θ A u s − lost, per unit of the level whose logarithm was moved."""
        c, state = self.solution.coefficients, self.solution.state
        found = c.delivered * (self._theta * self.by_supply[:, :, None])
        found *= state.u[:, None, :]
        found += lost
        np.negative(found, out=found)
        if rates is not None:
            found /= 1 + rates
        own = np.arange(c.base.n)
        found[:, own, own] = 0
        return np.asarray(found)


def gradient(
    world: World,
    policy: Policy,
    of: Objective,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 2e-10,
    solution: Solution | None = None,
) -> Gradient:
    """Derivatives of `of` with respect to every tariff, trade cost and export tax, at the equilibrium under `policy`.

    Pass `solution` to reuse one that is at hand. Raises `SolveError` when there is no equilibrium or the multipliers
    do not converge to `tolerance` (relative), `UnknownCode` for names the world does not have.
    """
    if solution is None:
        solution = solve(world, policy, closure=closure, deficits=deficits)
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

    wages = s.wages
    deficit_jacobian = c.deficit_jacobian(s.wages)
    scale = np.where(base.bought, s.spending, 1)
    home_prices = base.home_prices.transpose(0, 2, 1)
    answer = np.concatenate(
        (home_prices, -np.matmul(home_prices, base.gamma)), axis=2
    )  # to two terms at once, [n, k, 2k]
    both = np.empty((n, 2 * j, 1))
    per_scale, bought = 1 / scale, 1 - base.unbought
    passed, sold = s.producer_share * s.supply, s.output / s.u

    def bought_worth(y: Floats, iota: Floats) -> Floats:
        """Σ_i W u `[j, n]`: what all that n buys is worth; W is the worth of a unit of each sale."""
        if taxed:
            worth = np.matmul(c.shipped, (s.u * (y - iota))[:, :, None]) + np.matmul(c.border, (s.u * iota)[:, :, None])
        else:
            worth = np.matmul(c.shipped, (s.u * y)[:, :, None])
        if on_flows is not None:
            worth += np.matmul(on_flows, s.u[:, :, None])
        return np.asarray(worth[:, :, 0] - iota * passed)

    def sold_worth(y: Floats, iota: Floats, by_supply: Floats) -> Floats:
        """∂L/∂u `[j, i]`: through the price indices of buyers, and what all that i sells is worth."""
        rows = np.concatenate((by_supply, -s.demand * iota), axis=1)  # one pass over A and Q together
        worth = np.matmul(rows[:, None, :], c.stacked)[:, 0]
        worth += (y - iota) * sold + iota * np.matmul(s.demand[:, None, :], c.border)[:, 0] if taxed else y * sold
        if on_flows is not None:
            worth += np.matmul(s.demand[:, None, :], on_flows)[:, 0]
        return np.asarray(worth)

    def shadow(flat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Multipliers λw of wages and λP of prices, shadow values y of output and ι of income."""
        wage, lp, lx = flat[:n], flat[n : n + j * n].reshape(j, n) * scale, flat[n + j * n :].reshape(j, n)
        used = np.matmul(base.gamma_by_user, np.ascontiguousarray(lx.T)[:, :, None])[:, :, 0].T
        y = used - wage * base.beta
        iota = by_income + (lx * base.alpha).sum(0)
        return wage, lp, y, iota

    def image(flat: Floats) -> Floats:
        wage, lp, y, iota = shadow(flat)
        buyers = bought_worth(y, iota)
        by_supply = (-lp - s.demand * buyers) / s.supply
        cost = theta * s.u * sold_worth(y, iota, by_supply)
        both[:, :j, 0], both[:, j:, 0] = (by_price - theta * lp).T, cost.T
        by_wage = iota * wages
        if deficit_jacobian is not None:
            by_wage = by_wage + deficit_jacobian.T @ iota
        target = ((base.beta * cost).sum(0) - by_wage) / wages
        gap = wages * (target - target[-1] - wage)
        new_wage = wage + 0.35 * (base.wage_response.T @ gap) / wages
        found = np.empty_like(flat)
        found[:n] = new_wage - new_wage[-1]
        np.multiply(lp + np.matmul(answer, both)[:, :, 0].T / theta, per_scale, out=found[n : n + j * n].reshape(j, n))
        np.multiply(iota + buyers / s.supply, bought, out=found[n + j * n :].reshape(j, n))
        return found

    size = max(
        float(np.abs(by_income).max()), 1e-3 if flow_weights is None else float(np.abs(flow_weights).max()) / 1000
    )
    start = np.concatenate((np.zeros(n + j * n), np.tile(by_income, j)))
    run = fixed_point(image, start, tolerance=tolerance * size, steps=400)
    if not run.converged:
        raise SolveError(
            f"the multipliers of this equilibrium did not converge (gap {run.gap:.1e}): lessen the shock, "
            "or close deficits"
        )
    _, lp, y, iota = shadow(run.point)
    by_supply = (-lp - s.demand * bought_worth(y, iota)) / s.supply
    weights_by_flow = None if flow_weights is None else flow_weights / 1000
    found = Gradient(of.value(solution), solution, run.steps, by_supply, y, iota, weights_by_flow)
    found.tariff  # noqa: B018  # what is asked for is computed now, the rest when first looked at
    return found
