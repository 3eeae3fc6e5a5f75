"""Newton's method on log wages with the exact Jacobian: the rung of the ladder for shocks that defeat iteration.

For given wages prices solve a contraction and spending a linear system; the derivative of excess labour demand with
respect to wages follows by the implicit-function theorem from the same two matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import LinAlgError, lu_factor, lu_solve

from tradetalks.model.anderson import fixed_point
from tradetalks.model.sweep import evaluate, split

if TYPE_CHECKING:
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats


def newton(c: Coefficients, z: Floats, *, tolerance: float, steps: int = 12) -> tuple[Floats, int] | None:
    """The unknowns at an equilibrium near `z` and the Newton steps taken, or None when the method stalls."""
    base = c.base
    at = GivenWages.solved(c, split(base, z)[0].copy(), z)
    for step in range(steps):
        if at is None:
            return None
        gap = np.abs(at.excess / at.wages).max()
        if gap <= tolerance:
            return at.z, step
        rows, right = at.jacobian(), -at.excess
        rows[-1] = at.wages  # one market is redundant (Walras): the numeraire takes its place
        right[-1] = base.world_wage_bill - at.wages.sum()
        try:
            move = np.linalg.solve(rows, right)
        except LinAlgError:
            return None
        scale = min(1.0, 1.0 / max(float(np.abs(move).max()), 1e-300))
        for _ in range(6):
            tried = GivenWages.solved(c, at.v + scale * move, at.z)
            if tried is not None and np.abs(tried.excess / tried.wages).max() < gap:
                break
            scale /= 3
        else:
            return None
        at = tried
    return None


@dataclass(frozen=True, eq=False)
class GivenWages:
    """Prices and spending at given wages, and what is left: excess labour demand."""

    c: Coefficients
    v: Floats
    z: Floats
    wages: Floats
    """Value added at these wages `[n]`, US$ m."""
    excess: Floats
    """Excess labour demand `[n]`, US$ m."""
    spending: Floats
    share: Floats
    border: Floats
    shipped: Floats
    """Shares of spending `[j, n, i]`: delivered, at the border, received by producers."""
    lu: Any
    """Factors of the linear system of spending."""

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
            run = fixed_point(prices, p.ravel(), tolerance=1e-14, steps=100)
            if not run.gap < 1e-12:
                return None
            state = evaluate(c, np.concatenate((v, run.point, x.ravel())))
        unit = state.u[:, None, :] / state.supply[:, :, None]
        share, border = c.delivered * unit, c.border * unit
        shipped = border if c.shipped is c.border else c.shipped * unit
        use = np.einsum("ikj,jni->kijn", base.gamma, shipped)  # i needs input k for what it sells of j to n
        final = np.zeros((n, j, n))  # income of m from spending on j in n
        final[np.arange(n), :, np.arange(n)] += (1 - border.sum(2)).T
        if shipped is not border:
            final += np.einsum("jni->ijn", border - shipped)
        use += np.einsum("km,mjn->kmjn", base.alpha, final)
        lu = lu_factor(np.eye(j * n) - use.reshape(j * n, j * n), overwrite_a=True, check_finite=False)
        wages = np.exp(v) * base.wage_bill
        spending = lu_solve(lu, (base.alpha * (wages + c.deficit(wages))).ravel(), check_finite=False).reshape(j, n)
        if not np.isfinite(spending).all() or (spending[base.bought] <= 0).any():
            return None
        x = np.log(spending * base.per_spending + base.unbought)
        z = np.concatenate((v, run.point, x.ravel()))
        excess = (base.beta * evaluate(c, z).output).sum(0) - wages
        return cls(c, v, z, wages, excess, spending, share, border, shipped, lu)

    def jacobian(self) -> Floats:
        """Derivative of excess labour demand with respect to log wages `[n, m]`, prices and spending following."""
        c, base, n, j = self.c, self.c.base, self.c.base.n, self.c.base.j
        cells = j * n
        cost_v = np.zeros((j, n, n))  # d ln c[j, i] / d v[m], own inputs not yet
        cost_v[:, np.arange(n), np.arange(n)] = base.beta
        through = np.einsum("jni,ikj->jnki", self.share, base.gamma).reshape(cells, cells)
        direct = np.einsum("jni,jim->jnm", self.share, cost_v).reshape(cells, n)
        price_v = np.linalg.solve(np.eye(cells) - through, direct).reshape(j, n, n)
        cost_v = cost_v + np.einsum("ikj,kim->jim", base.gamma, price_v)
        theta = base.theta[:, :, None]

        def response(flows: Floats) -> Floats:
            """What sellers i lose or gain on `flows` at given spending, by wages: −θ M (d ln c − d ln P)."""
            moved = np.einsum("jni,jim->jim", flows, cost_v) - np.einsum("jni,jnm->jim", flows, price_v)
            return np.asarray(-theta * moved)

        flow, passed = self.shipped * self.spending[:, :, None], self.border * self.spending[:, :, None]
        output_v = response(flow)
        lost = -theta * (np.einsum("jni,jim->jnm", passed, cost_v) - passed.sum(2)[:, :, None] * price_v)
        income_v = np.diag(self.wages) - lost.sum(0)
        if (moved := c.deficit_jacobian(self.wages)) is not None:
            income_v += moved
        if self.shipped is not self.border:
            income_v = income_v + response(passed - flow).sum(0)
        right = np.einsum("ikj,jim->kim", base.gamma, output_v) + base.alpha[:, :, None] * income_v
        spending_v = lu_solve(self.lu, right.reshape(cells, n)).reshape(j, n, n)
        output_v = output_v + np.einsum("jni,jnm->jim", self.shipped, spending_v)
        return np.asarray((base.beta[:, :, None] * output_v).sum(0) - np.diag(self.wages))
