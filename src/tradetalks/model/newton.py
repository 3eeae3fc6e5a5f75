"""Newton's method on log wages with the exact Jacobian: the rung of the ladder for shocks that defeat iteration.

For given wages prices solve a contraction and spending a linear system; the derivative of excess labour demand with
respect to wages follows by the implicit-function theorem from the same two matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    v = split(base, z)[0].copy()
    at = _given_wages(c, v, z)
    for step in range(steps):
        if at is None:
            return None
        z, labour, jacobian = at
        excess = labour - np.exp(v) * base.value_added
        if np.abs(excess / (np.exp(v) * base.value_added)).max() <= tolerance:
            return z, step
        rows, right = jacobian, -excess
        rows[-1] = np.exp(v) * base.value_added  # one market is redundant (Walras): the numeraire takes its place
        right[-1] = base.world_value_added - (np.exp(v) * base.value_added).sum()
        try:
            move = np.linalg.solve(rows, right)
        except LinAlgError:
            return None
        scale = min(1.0, 1.0 / max(np.abs(move).max(), 1e-300))
        gap = np.abs(excess / base.value_added).max()
        for _ in range(8):
            tried = v + scale * move
            found = _given_wages(c, tried, z)
            if (
                found is not None
                and np.abs((found[1] - np.exp(tried) * base.value_added) / base.value_added).max() < gap
            ):
                break
            scale /= 2
        else:
            return None
        v, at = tried, found
    return None


def _given_wages(c: Coefficients, v: Floats, z: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Prices and spending at wages `v`, labour demand `[n]` there and its excess's Jacobian `[n, m]`."""
    base = c.base
    n, j = base.n, base.j
    _, p, x = split(base, z)

    def prices(flat: Floats) -> Floats:
        inputs = np.einsum("njk,kn->jn", base.gamma_by_user, flat.reshape(j, n))
        u = np.exp(-base.theta * (base.beta * v + inputs))
        return np.asarray((-np.log(np.matmul(c.delivered, u[:, :, None])[:, :, 0]) / base.theta).ravel())

    with np.errstate(all="ignore"):
        solved = fixed_point(prices, p.ravel(), tolerance=1e-14, steps=400)
        if not solved.converged and not solved.gap < 1e-12:
            return None
        state = evaluate(c, np.concatenate((v, solved.point, x.ravel())))
    # shares of spending `[j, n, i]` by stage: delivered, at the border, received by producers
    share = c.delivered * state.u[:, None, :] / state.supply[:, :, None]
    border = c.border * state.u[:, None, :] / state.supply[:, :, None]
    shipped = border if c.shipped is c.border else c.shipped * state.u[:, None, :] / state.supply[:, :, None]

    cells = j * n
    cost_v = np.zeros((j, n, n))  # d ln c[j, i] / d v[m], own inputs not yet
    cost_v[:, np.arange(n), np.arange(n)] = base.beta
    through = np.einsum("jni,ikj->jnki", share, base.gamma).reshape(cells, cells)
    price_v = np.linalg.solve(
        np.eye(cells) - through, np.einsum("jni,jim->jnm", share, cost_v).reshape(cells, n)
    ).reshape(j, n, n)
    cost_v = cost_v + np.einsum("ikj,kim->jim", base.gamma, price_v)

    # spending: X = γ Y(X) + α I(X), linear in X
    untaxed = border.sum(2)
    use = np.einsum("ikj,jni->kijn", base.gamma, shipped)  # i needs input k for what it sells of j to n
    final = np.zeros((n, j, n))  # income of m from spending on j in n
    final[np.arange(n), :, np.arange(n)] += (1 - untaxed).T
    if shipped is not border:
        final += np.einsum("jni->ijn", border - shipped)
    use += np.einsum("km,mjn->kmjn", base.alpha, final)
    lu = lu_factor(np.eye(cells) - use.reshape(cells, cells))
    constant = base.alpha * (np.exp(v) * base.value_added + c.deficit(v))
    spending = lu_solve(lu, constant.ravel()).reshape(j, n)
    if not np.isfinite(spending).all() or (spending[base.bought] <= 0).any():
        return None
    x = np.log(spending * base.per_spending + base.unbought)
    z = np.concatenate((v, solved.point, x.ravel()))
    state = evaluate(c, z)

    # total derivative of labour demand
    flow, passed = shipped * spending[:, :, None], border * spending[:, :, None]

    def response(m: Floats) -> Floats:
        """What sellers i lose or gain on flows `m` at given spending, by wages: −θ m (d ln c − d ln P)."""
        moved = np.einsum("jni,jim->jim", m, cost_v) - np.einsum("jni,jnm->jim", m, price_v)
        return np.asarray(-base.theta[:, :, None] * moved)

    output_v = response(flow)
    lost = -base.theta[:, :, None] * (np.einsum("jni,jim->jnm", passed, cost_v) - passed.sum(2)[:, :, None] * price_v)
    income_v = np.diag(np.exp(v) * base.value_added) - lost.sum(0) + c.deficit_jacobian(v)
    if shipped is not border:
        income_v = income_v + response(passed - flow).sum(0)
    right = np.einsum("ikj,jim->kim", base.gamma, output_v) + base.alpha[:, :, None] * income_v
    spending_v = lu_solve(lu, right.reshape(cells, n)).reshape(j, n, n)
    output_v = output_v + np.einsum("jni,jnm->jim", shipped, spending_v)
    labour_v = (base.beta[:, :, None] * output_v).sum(0)
    return z, (base.beta * state.output).sum(0), labour_v - np.diag(np.exp(v) * base.value_added)
