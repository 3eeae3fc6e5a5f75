"""The adjoint of an equilibrium: the linear system of its multipliers, one column an objective.

Multipliers λw of labour markets, λP of price indices, λX of spending, λρ of specific factors and λℓ of hours; from them
the shadow value y of output, ι of income and of revenue, s of the price sum S (Lagrangian J − λ·r of the equations of
`model.sweep`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tradetalks.model.objective import Direct
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats


class Adjoint:
    """The system at one equilibrium. Multipliers are `[unknown, objective]`, arrays `[j, n, objective]`."""

    def __init__(self, solution: Solution, direct: Sequence[Direct]) -> None:
        c, s, base = solution.coefficients, solution.state, solution.coefficients.base
        self.c, self.s, self.base = c, s, base
        n, j = base.n, base.j
        self.by_income, self.by_revenue, self.by_price, self.by_output, self.by_hours, self.by_keep = (
            np.stack([getattr(one, name) for one in direct], axis=-1)
            for name in ("by_income", "by_revenue", "by_price", "by_output", "by_hours", "by_keep")
        )
        self.flowing = any(one.by_flow is not None for one in direct)
        self.bought_flow, self.sold_flow = np.zeros((2, j, n, len(direct)))
        for k, one in enumerate(direct):  # flows in the objective: their products do not depend on the multipliers
            if one.by_flow is not None:
                weighted = one.by_flow * c.shipped
                self.bought_flow[..., k] = np.matmul(weighted, s.u[:, :, None])[:, :, 0]
                self.sold_flow[..., k] = np.matmul(s.demand[:, None, :], weighted)[:, 0]
        self.magnitude = np.maximum(
            np.abs(self.by_income).max(0),
            [1e-3 if one.by_flow is None else max(1e-3, float(np.abs(one.by_flow).max())) for one in direct],
        )
        """Size of each objective's derivatives, that tolerances are relative to."""
        self.lent = c.deficit_jacobian(s.wages)
        self.taxed = c.border is not c.shipped
        self.relief = base.closure.revenue == "tax relief" and bool(base.labour_supply)
        self.paid = (s.revenue / s.wages)[:, None]  # revenue as a share of the wage bill
        self.scale = np.where(base.bought, s.spending, 1)[:, :, None]
        self.bought = (1 - base.unbought)[:, :, None]
        self.theta, self.u, self.demand = base.theta[:, :, None], s.u[:, :, None], s.demand[:, :, None]
        self.beta, self.cost_labour = base.beta[:, :, None], base.cost_labour[:, :, None]
        self.alpha, self.supply = base.alpha[:, :, None], s.supply[:, :, None]
        self.steep = self.theta * self.u
        self.passed = (s.producer_share * s.supply)[:, :, None]
        self.sold = (s.output / s.u)[:, :, None]
        self.wages = s.wages[:, None]
        self.hours = (s.wages / (np.exp(s.v) * base.wage_bill))[:, None]
        self.market = None if base.access is None else (self.theta * (1 - base.pass_through)[:, None])
        self.untied, self.idle = np.zeros((1, 1, 1)), np.zeros((n, 1))
        self.elastic = (base.theta * base.cost_specific)[:, :, None]
        self.per_output = np.where(base.made, 1 / np.where(base.made, s.output, 1), 0)[:, :, None]

    @cached_property
    def answer(self) -> Floats:
        """The home loops' answer to what is lacking by prices and to what is lost by costs `[n, k, 2k]`."""
        home_prices = self.base.home_prices.transpose(0, 2, 1)
        return np.concatenate((home_prices, -np.matmul(home_prices, self.base.cost_inputs)), axis=2)

    @property
    def start(self) -> Floats:
        """Multipliers to begin with: spending is worth what income is."""
        base = self.base
        first = np.zeros((base.size, self.by_income.shape[1]))
        at = base.n + base.j * base.n
        first[at : at + base.j * base.n] = np.tile(self.by_income, (base.j, 1))
        return first

    def _split(self, flat: Floats) -> list[Floats]:
        """λw `[n]`, λP and λX `[j, n]`, λρ `[j, n]` and λℓ `[n]` where they are; views."""
        base, k = self.base, flat.shape[1]
        cells, shape = base.j * base.n, (base.j, base.n, k)
        ends = [base.n, base.n + cells, base.n + 2 * cells, base.n + 3 * cells]
        parts = [flat[: base.n], flat[ends[0] : ends[1]].reshape(shape), flat[ends[1] : ends[2]].reshape(shape)]
        parts.append(flat[ends[2] : ends[3]].reshape(shape) if base.short_run else self.untied)
        parts.append(flat[-base.n :] if base.labour_supply else self.idle)
        return parts

    def _values(self, flat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """ι of income, ι of revenue `[n]`, y of output `[j, n]`, and the worth of ln k̂ `[n]`."""
        base = self.base
        wage, _, lx, tied, worked = self._split(flat)
        iota = self.by_income + (lx * self.alpha).sum(0)
        y = np.matmul(base.gamma.transpose(0, 2, 1), lx.transpose(1, 0, 2)).transpose(1, 0, 2) - wage * self.beta
        y += self.by_output
        if base.owned is not None:
            y += base.owned[:, :, None] * iota
        if base.short_run:
            y += tied * self.per_output
        revenue, keep = iota + self.by_revenue, self.by_keep
        if self.relief:
            keep = keep + base.labour_supply * worked
            revenue = revenue + keep / ((1 - self.paid) * self.wages)
        return iota, revenue, y, keep

    def _bought_worth(self, y: Floats, revenue: Floats, wage: Floats) -> Floats:
        """Σ_i W u `[j, n]`: what all that n buys is worth; W is the worth of a unit of each sale."""
        c, base = self.c, self.base
        if self.taxed:
            worth = np.matmul(c.shipped, self.u * (y - revenue)) + np.matmul(c.border, self.u * revenue)
        else:
            worth = np.matmul(c.shipped, self.u * y)
        if base.access is not None:
            labour = self.u * self.beta
            there = np.matmul(c.shipped, labour * wage) - wage * np.matmul(c.shipped, labour)
            worth += base.access[:, None] * there
        if self.flowing:
            worth += self.bought_flow
        return np.asarray(worth - revenue * self.passed)

    def _sold_worth(self, y: Floats, revenue: Floats, wage: Floats, by_supply: Floats) -> Floats:
        """∂L/∂u `[j, i]`: through the price indices of buyers, and what all that i sells is worth."""
        c, base = self.c, self.base
        rows = np.concatenate((by_supply, -self.demand * revenue), axis=1)  # one pass over A and Q together
        worth = np.matmul(c.stacked.transpose(0, 2, 1), rows)
        if self.taxed:
            worth += (y - revenue) * self.sold
            worth += revenue * np.matmul(c.border.transpose(0, 2, 1), self.demand)
        else:
            worth += y * self.sold
        if base.access is not None:
            there = base.access[:, None] * self.demand
            shipped = c.shipped.transpose(0, 2, 1)
            worth += self.beta * (wage * np.matmul(shipped, there) - np.matmul(shipped, there * wage))
        if self.flowing:
            worth += self.sold_flow
        return np.asarray(worth)

    def shadows(self, flat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """s of price sums `[j, n, k]`, y of output, ι of revenue `[n, k]`, λw of labour markets, at multipliers."""
        wage, lp = self._split(flat)[:2]
        _, revenue, y, _ = self._values(flat)
        buyers = self._bought_worth(y, revenue, wage)
        return (-lp * self.scale - self.demand * buyers) / self.supply, y, revenue, wage

    def by_chord(self, flat: Floats) -> Floats:
        """The step of the transposed chord from the multipliers `flat`: what is missing in the derivatives of the
        Lagrangian by ln ŵ, ln P̂ and X̂, answered at once; plain closure.

        The numeraire is tied to the labour markets as in the chord; which multipliers of Walras' law that picks among
        those that differ by the same for all, no derivative shows.
        """
        base, chord = self.base, self.base.chord
        n = base.n
        wage, lp, lx = self._split(flat)[:3]
        iota, revenue, y, _ = self._values(flat)
        lp = lp * self.scale
        buyers = self._bought_worth(y, revenue, wage)
        spent = buyers / self.supply
        by_supply = -lp / self.supply - self.demand * spent
        cost = self._sold_worth(y, revenue, wage, by_supply)
        cost *= self.steep
        lacking = np.empty_like(flat)
        by_wage, by_price, by_spending = self._split(lacking)[:3]
        worth = wage * self.wages
        tie = chord.level * self.wages / self.wages.sum()
        np.subtract(iota * self.wages + worth + tie * worth.sum(0), (self.cost_labour * cost).sum(0), out=by_wage)
        if self.lent is not None:
            by_wage += self.lent.T @ iota
        np.matmul(base.cost_inputs, cost.transpose(1, 0, 2), out=by_price.transpose(1, 0, 2))
        np.subtract(self.by_price - self.theta * lp, by_price, out=by_price)
        spent += revenue - lx
        np.multiply(base.spending[:, :, None], spent, out=by_spending)

        single = lacking.astype(np.float32)
        heed = chord.rows.T @ (single[:n] + chord.columns.T @ single[n:])
        lacking[n:] += heed[n:]
        step = np.empty_like(flat)
        wages, prices, spending = self._split(step)[:3]
        wages[...] = heed[:n] / -self.wages
        homes = chord.home_prices.transpose(0, 2, 1), chord.home_spending.transpose(0, 2, 1)
        np.matmul(homes[0], by_price.transpose(1, 0, 2), out=prices.transpose(1, 0, 2))
        prices /= -self.scale
        np.matmul(homes[1], by_spending.transpose(1, 0, 2), out=spending.transpose(1, 0, 2))
        return step

    def image(self, flat: Floats) -> Floats:
        """The multipliers once round: a fixed point solves the transposed system."""
        base = self.base
        wage, lp, _, tied, worked = self._split(flat)
        iota, revenue, y, keep = self._values(flat)
        lp = lp * self.scale
        buyers = self._bought_worth(y, revenue, wage)
        by_supply = (-lp - self.demand * buyers) / self.supply
        cost = self.theta * self.u * self._sold_worth(y, revenue, wage, by_supply)
        labour_cost = (self.cost_labour * cost).sum(0)
        crowded = 0 if self.market is None else (lp * self.market).sum(0)

        # the wage rows hold up to the numeraire: the last multiplier is zero
        rest = labour_cost - iota * self.wages + crowded
        if self.lent is not None:
            rest = rest - self.lent.T @ iota
        if base.labour_supply:
            rest = rest - base.labour_supply * worked
        if self.relief:
            rest = rest + keep * self.paid / (1 - self.paid)
        target = rest / self.wages
        level = -target[-1] * self.hours[-1]
        gap = self.wages * (target + level / self.hours - wage)
        new_wage = wage + 0.35 * (base.wage_response.T @ gap) / self.wages

        found = np.empty_like(flat)
        into = self._split(found)
        into[0][...] = new_wage - new_wage[-1] * self.hours[-1] / self.hours
        by_price = self.by_price - self.theta * lp
        if base.labour_supply:
            by_price = by_price - base.labour_supply * self.alpha * worked
        both = np.concatenate((by_price, cost)).transpose(1, 0, 2)
        into[1][...] = (lp + np.matmul(self.answer, both).transpose(1, 0, 2) / self.theta) / self.scale
        spent = revenue + buyers / self.supply
        if self.market is not None:
            spent += lp * self.market / self.scale
        into[2][...] = spent * self.bought
        if base.short_run:
            into[3][...] = self.elastic * tied - base.cost_specific[:, :, None] * cost
            into[3][...] *= base.made[:, :, None] / (1 + self.elastic)
        if base.labour_supply:
            pay = labour_cost + base.scale * cost.sum(0) + crowded + level * self.wages / self.hours
            into[4][...] = (pay + self.by_hours) / (1 + base.labour_supply)
        return found
