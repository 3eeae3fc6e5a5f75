"""Newton's method on log wages with the exact Jacobian: the rung of the ladder for shocks that defeat iteration.

For given wages prices solve a contraction and spending a linear system. What is left are the trade balances, taken in
logs: foreign earnings over foreign outlays. By Walras' law they say the same as the labour markets, but near autarky
wages hang on trade that is lost in the rounding of sales, and the logs stay nearly linear in log wages. The derivative
follows by the implicit-function theorem from the same two matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import LinAlgError, lu_factor, lu_solve

from tradetalks.model.anderson import FixedPoint, fixed_point
from tradetalks.model.sweep import evaluate, split

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats

STALLED = 1e-6
"""Where the method stalls closer than this, rounding is what stops it."""
LONGEST = 1.5
"""Largest move of any log wage in one step."""


def newton(c: Coefficients, z: Floats, *, tolerance: float, steps: int = 30) -> tuple[Floats, int] | None:
    """The unknowns at an equilibrium near `z` and the Newton steps taken, or None when the method stalls.

    Wages that nothing determines, those of economies or blocs without any trade with others, stay where they are.
    """
    base = c.base
    at = GivenWages.solved(c, split(base, z)[0].copy(), z)
    if at is None:
        return None
    slope, fresh = at.jacobian(), True
    for step in range(steps):
        gap = at.largest
        if gap <= tolerance:
            return at.z, step
        share = at.wages / at.wages.sum()
        rows = np.vstack((slope, share))  # one balance follows from the others; the level of wages is added
        right = np.append(-at.excess, np.log(base.world_wage_bill / at.wages.sum()))
        try:
            move = np.linalg.lstsq(rows, right, rcond=1e-13)[0]
        except LinAlgError:
            return None
        scale = min(1.0, LONGEST / max(float(np.abs(move).max()), 1e-300))
        for _ in range(6 if fresh else 1):
            tried = GivenWages.solved(c, at.v + scale * move, at.z)
            if tried is not None and tried.largest < gap:
                break
            scale /= 3
        else:
            if fresh:  # as far as rounding lets it: the certificate is the judge
                return (at.z, step) if gap <= STALLED else None
            slope, fresh = at.jacobian(), True
            continue
        at, fresh = tried, False
        if at.largest > 0.1 * gap:  # while a slope serves it is kept: it costs more than the rest of a step
            slope, fresh = at.jacobian(), True
    return None


@dataclass(frozen=True, eq=False)
class GivenWages:
    """Prices and spending at given wages, and what is left: the trade balances."""

    c: Coefficients
    v: Floats
    z: Floats
    wages: Floats
    """Wage bills `[n]`, US$ m."""
    excess: Floats
    """Log of what each economy earns abroad over what it owes there `[n]`; zero for one that has no trade."""
    earned: Floats
    owed: Floats
    """Exports and deficit, imports and surplus `[n]`, US$ m."""
    deficit: Floats
    spending: Floats
    sourcing: Sourcing

    @property
    def largest(self) -> float:
        """The largest error of the balances and of the level of wages."""
        level = np.log(self.wages.sum() / self.c.base.world_wage_bill)
        return max(float(np.abs(self.excess).max()), abs(float(level)))

    @classmethod
    def solved(cls, c: Coefficients, v: Floats, near: Floats) -> GivenWages | None:
        """Prices by their contraction from those of `near`, spending by one linear solve; None where neither exists."""
        base = c.base
        n, j = base.n, base.j
        _, p, x = split(base, near)

        def prices(flat: Floats) -> Floats:
            inputs = np.einsum("njk,kn->jn", base.gamma_by_user, flat.reshape(j, n))
            u = np.exp(-base.theta * (base.beta * v + inputs))
            return np.asarray((-np.log(np.matmul(c.delivered, u[:, :, None])[:, :, 0]) / base.theta).ravel())

        with np.errstate(all="ignore"):
            run = fixed_point(prices, p.ravel(), tolerance=1e-14, steps=60)
            if not run.gap < 1e-12:  # mixing can fail where elasticities are large; plain iteration contracts
                run = _contracted(prices, p.ravel())
            if not run.gap < 1e-12:
                return None
            state = evaluate(c, np.concatenate((v, run.point, x.ravel())))
        unit = state.u[:, None, :] / state.supply[:, :, None]
        share, border = c.delivered * unit, c.border * unit
        shipped = border if c.shipped is c.border else c.shipped * unit
        wages = np.exp(v) * base.wage_bill
        deficit = c.deficit(wages)
        sourcing = Sourcing(base, share, border, shipped)
        spending = sourcing.spending(wages + deficit, base.spending * np.exp(x))
        income = wages + deficit + sourcing.revenue(spending)
        if not np.isfinite(spending).all() or (spending[base.bought] <= 0).any() or (income <= 0).any():
            return None
        x = np.log(spending * base.per_spending + base.unbought)
        abroad = border * spending[:, :, None] * (1 - np.eye(n))
        earned = abroad.sum((0, 1)) + np.maximum(deficit, 0)
        owed = abroad.sum((0, 2)) + np.maximum(-deficit, 0)
        with np.errstate(all="ignore"):
            excess = np.where(earned + owed > 0, np.log(earned / owed), 0)
        if not np.isfinite(excess).all():
            return None
        z = np.concatenate((v, run.point, x.ravel()))
        return cls(c, v, z, wages, excess, earned, owed, deficit, spending, sourcing)

    def jacobian(self) -> Floats:
        """Derivative of `excess` with respect to log wages `[n, m]`, prices and spending following."""
        c, base, n, j = self.c, self.c.base, self.c.base.n, self.c.base.j
        share, border, shipped = self.sourcing.share, self.sourcing.border, self.sourcing.shipped
        cells = j * n
        cost_v = np.zeros((j, n, n))  # d ln c[j, i] / d v[m], own inputs not yet
        cost_v[:, np.arange(n), np.arange(n)] = base.beta
        through = np.einsum("jni,ikj->jnki", share, base.gamma).reshape(cells, cells)
        direct = np.einsum("jni,jim->jnm", share, cost_v).reshape(cells, n)
        price_v = np.linalg.solve(np.eye(cells) - through, direct).reshape(j, n, n)
        cost_v = cost_v + np.einsum("ikj,kim->jim", base.gamma, price_v)
        theta = base.theta[:, :, None]

        def response(flows: Floats) -> Floats:
            """What sellers i lose or gain on `flows` at given spending, by wages: −θ M (d ln c − d ln P)."""
            moved = np.einsum("jni,jim->jim", flows, cost_v) - np.einsum("jni,jnm->jim", flows, price_v)
            return np.asarray(-theta * moved)

        flow, passed = shipped * self.spending[:, :, None], border * self.spending[:, :, None]
        output_v = response(flow)
        lost = -theta * (np.einsum("jni,jim->jnm", passed, cost_v) - passed.sum(2)[:, :, None] * price_v)
        income_v = np.diag(self.wages) - lost.sum(0)
        if (deficit_v := c.deficit_jacobian(self.wages)) is not None:
            income_v += deficit_v
        if shipped is not border:
            income_v = income_v + response(passed - flow).sum(0)
        right = np.einsum("ikj,jim->kim", base.gamma, output_v) + base.alpha[:, :, None] * income_v
        spending_v = lu_solve(self.sourcing.factors, right.reshape(cells, n)).reshape(j, n, n)
        abroad = 1 - np.eye(n)
        border, passed = border * abroad, passed * abroad
        earned_v = response(passed).sum(0) + np.einsum("jni,jnm->im", border, spending_v)
        lost = -theta * (np.einsum("jni,jim->jnm", passed, cost_v) - passed.sum(2)[:, :, None] * price_v)
        owed_v = lost.sum(0) + (border.sum(2)[:, :, None] * spending_v).sum(0)
        if deficit_v is not None:
            deficit = self.deficit[:, None]
            earned_v = earned_v + np.where(deficit > 0, deficit_v, 0)
            owed_v = owed_v - np.where(deficit < 0, deficit_v, 0)
        trades = self.earned + self.owed > 0
        earned, owed = (np.where(trades, total, 1)[:, None] for total in (self.earned, self.owed))
        return np.asarray(np.where(trades[:, None], earned_v / earned - owed_v / owed, 0))


@dataclass(frozen=True, eq=False)
class Sourcing:
    """Who buys from whom at given prices, shares of spending `[j, n, i]`; and the linear system of spending."""

    base: Baseline
    share: Floats
    """Delivered."""
    border: Floats
    """At the border, tariffs taken off."""
    shipped: Floats
    """Received by producers; the same array as `border` without export taxes."""

    def revenue(self, spending: Floats) -> Floats:
        """Tariffs and export taxes collected on `spending` `[n]`."""
        revenue = ((1 - self.border.sum(2)) * spending).sum(0)
        if self.shipped is not self.border:
            revenue = revenue + np.matmul(spending[:, None, :], self.border - self.shipped)[:, 0, :].sum(0)
        return np.asarray(revenue)

    def spending(self, earned: Floats, near: Floats) -> Floats:
        """Spending `[j, n]` out of what is `earned` `[n]`, US$ m: iterated from `near`, solved where that is slow."""
        base = self.base
        scale = np.where(base.bought, base.spending, 1)

        def image(flat: Floats) -> Floats:
            spending = flat.reshape(base.j, base.n) * scale
            output = np.matmul(spending[:, None, :], self.shipped)[:, 0, :]
            inputs = np.matmul(base.gamma, np.ascontiguousarray(output.T)[:, :, None])[:, :, 0].T
            return np.asarray(((inputs + base.alpha * (earned + self.revenue(spending))) / scale).ravel())

        with np.errstate(all="ignore"):
            run = fixed_point(image, (near / scale).ravel(), tolerance=1e-13, steps=60)
            spent = image(image(run.point))
            settled = np.abs(image(spent) - spent) <= 1e-12 * np.abs(spent)
        if run.gap < 1e-11 and settled.all():  # to the digits of every cell, however small
            return np.asarray(spent.reshape(base.j, base.n) * scale)
        solved = lu_solve(self.factors, (base.alpha * earned).ravel(), check_finite=False)
        return np.asarray(solved.reshape(base.j, base.n))

    @cached_property
    def factors(self) -> Any:
        """Factors of the linear system of spending."""
        base, n, cells = self.base, self.base.n, self.base.j * self.base.n
        use = np.einsum("ikj,jni->kijn", base.gamma, self.shipped)  # i needs input k for what it sells of j to n
        final = np.zeros((n, base.j, n))  # income of m from spending on j in n
        final[np.arange(n), :, np.arange(n)] += (1 - self.border.sum(2)).T
        if self.shipped is not self.border:
            final += np.einsum("jni->ijn", self.border - self.shipped)
        use += np.einsum("km,mjn->kmjn", base.alpha, final)
        return lu_factor(np.eye(cells) - use.reshape(cells, cells), overwrite_a=True, check_finite=False)


def _contracted(image: Callable[[Floats], Floats], point: Floats, most: int = 1500) -> FixedPoint:
    """Plain iteration of a contraction."""
    gap = np.inf
    for step in range(most):
        following = image(point)
        gap, point = float(np.abs(following - point).max()), following
        if not gap > 1e-14:
            return FixedPoint(point, gap, step + 1, gap <= 1e-14)
    return FixedPoint(point, gap, most, False)
