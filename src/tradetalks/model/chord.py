"""The chord: Newton's step with the slope of one equilibrium, near enough, by a few products with small matrices.

Newton's method with one slope for all steps is the chord method (Kelley 1995, section 5.4). The slope is inverted in
blocks. Inputs that are traded within an economy go round at once (the home loops of prices and of spending); how all
wages answer together, prices and spending following them, is the inverse of an `[n, n]` matrix. What prices and
spending do to one another abroad is left to the iteration: about a quarter of that is left after each step.

All is in single precision: the chord says where to go, never whether one has arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tradetalks.model.sweep import Coefficients, State
    from tradetalks.world.accounts import Floats

    Singles = NDArray[np.float32]

ROUNDS = 1
"""Rounds of trade abroad that the answer of wages takes in; a second would save no step."""

SMALL = 200_000
"""Multiplications of one sector's product, so many columns at a time: they stay in cache, and with one thread."""


class Chord:
    """Steps of the unknowns ln ŵ `[n]`, ln P̂ and X̂ `[j, n]` from the errors of their equations; plain closure.

    First prices and spending answer their own errors through the home loops: `home_prices` `[n, k, l]` that of
    ln S + θ ln P̂, `home_spending` what is wanted less what is spent, US$ m. Then wages move by `rows` @ (the log errors
    of labour markets, those answers), and prices and spending follow wages by `columns`.
    """

    def __init__(self, c: Coefficients, state: State) -> None:
        base = c.base
        n, cells = base.n, base.j * base.n
        self.by_wages = -base.theta * base.cost_labour
        """∂ ln u / ∂ ln ŵ `[j, n]`."""
        self.by_prices = np.ascontiguousarray(-base.theta.T[:, :, None] * base.gamma_by_user)
        """∂ ln u / ∂ ln P̂ `[n, j, k]`."""
        slope = _Slope(c, state, self.by_wages, self.by_prices)
        self.home_prices, self.home_spending = slope.home_prices, slope.home_spending
        wages, excess = np.eye(n, dtype=np.float32), np.empty((n, n))
        following, heeded = np.empty((2, 2, base.j, n, n), dtype=np.float32)
        few = max(1, SMALL // n**2)
        for some in (slice(at, at + few) for at in range(0, n, few)):
            moved = _summed(slope.moved(wages[:, some], None), lambda term: slope.moved(None, term))
            excess[:, some] = -slope.excess(wages[:, some], moved)
            following[..., some] = moved
            heeded[..., some] = _summed(slope.heeded(wages[:, some]), slope.heeded_on)
        self.level = float(np.abs(np.diag(excess)).mean())
        """Weight of the error of the numeraire, which ties the level of wages that trade leaves open."""
        answer = _inverse(excess + self.level * state.wages / state.wages.sum())
        self.rows: Singles = np.empty((n, n + 2 * cells), dtype=np.float32)
        self.rows[:, :n] = answer
        np.matmul(self.rows[:, :n], heeded.reshape(2 * cells, n).T, out=self.rows[:, n:])
        self.columns: Singles = following.reshape(2 * cells, n)


def _inverse(matrix: Floats) -> Floats:
    """The inverse; of a matrix that is singular the pseudo-inverse, so that wages nothing determines stay put."""
    try:
        found = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        found = np.full_like(matrix, np.inf)
    if np.abs(found).max() * np.abs(matrix).max() < 1e10:
        return np.asarray(found)
    return np.asarray(np.linalg.pinv(matrix, rcond=1e-10))


def _summed(first: Singles, image: Callable[[Singles], Singles]) -> Singles:
    """The first terms of a series: Σ term, the next being term + image(term)."""
    total, term = first.copy(), first
    for _ in range(ROUNDS):
        term = term + image(term)
        total += term
    return total


class _Slope:
    """The linearised equations as products with columns; prices over spending stand in arrays `[2, j, n, column]`."""

    def __init__(self, c: Coefficients, s: State, by_wages: Floats, by_prices: Floats) -> None:
        base = c.base

        def cells(array: Floats) -> Singles:
            return array.astype(np.float32)[:, :, None]

        unit = (s.u[:, None, :] / s.supply[:, :, None]).astype(np.float32)
        self.share: Singles = np.multiply(c.delivered, unit, dtype=np.float32)
        unit *= cells(s.spending)
        self.sold: Singles = np.multiply(c.shipped, unit, dtype=np.float32)
        per_spending = np.where(base.bought, 1 / np.where(base.bought, s.spending, 1), 0)
        eye = np.eye(base.j)
        home = np.einsum("jnn->nj", self.share).astype(np.float64)
        self.home_prices = _inverses(eye - home[:, :, None] * base.gamma_by_user) / -base.theta.T[:, None, :]
        home = np.einsum("jnn->nj", self.sold) * per_spending.T
        self.home_spending = base.per_spending.T[:, :, None] * _inverses(eye - base.gamma * home[:, None, :])
        self.answer = np.stack((self.home_prices, self.home_spending)).astype(np.float32)
        self.gamma = base.gamma.astype(np.float32)
        self.by_wages, self.by_prices = cells(by_wages), by_prices.astype(np.float32)
        self.theta, self.alpha = cells(base.theta), cells(base.alpha)
        self.level, self.relative = cells(base.spending), cells(base.spending * per_spending)
        self.output, self.passed = cells(s.output), cells(s.producer_share * s.spending)
        self.paid = cells(base.beta / s.labour)
        earned = np.diag(s.wages)
        lent = c.deficit_jacobian(s.wages)
        self.earned: Singles = (earned if lent is None else earned + lent).astype(np.float32)

    def _products(self, wages: Singles | None, following: Singles | None) -> tuple[Singles, Singles, Singles]:
        """How ln S, output `[j, n, column]` and income `[n, column]` move."""
        raised: Singles = np.zeros((1, 1, 1), dtype=np.float32) if wages is None else self.by_wages * wages
        spent: Singles | None = None
        if following is not None:
            raised = raised + _by_economy(self.by_prices, following[0])
            spent = following[1]
        supply: Singles = self.share @ raised
        rate: Singles = -supply if spent is None else self.relative * spent - supply
        output: Singles = self.output * raised
        output += self.sold.transpose(0, 2, 1) @ rate
        passed = self.sold @ raised
        passed += self.passed * rate
        income: Singles = -passed.sum(0)
        if spent is not None:
            income += (self.level * spent).sum(0)
        if wages is not None:
            income += self.earned @ wages
        return supply, output, income

    def excess(self, wages: Singles, following: Singles) -> Singles:
        """How log excess demand for labour moves `[n, column]`."""
        found: Singles = (self.paid * self._products(wages, following)[1]).sum(0) - wages
        return found

    def moved(self, wages: Singles | None, following: Singles | None) -> Singles:
        """What the home loops answer to the errors that a move makes."""
        supply, output, income = self._products(wages, following)
        wanted = _by_economy(self.gamma, output)
        wanted += self.alpha * income
        if following is not None:
            supply += self.theta * following[0]
            wanted -= self.level * following[1]
        return np.stack((_by_economy(self.answer[0], supply), _by_economy(self.answer[1], wanted)))

    def heeded(self, labour: Singles) -> Singles:
        """How much log demand for labour, weighted by `labour` `[n, column]`, heeds prices and spending."""
        output = self.paid * labour
        rate = self.sold @ output
        return self._back(output, rate, None, None)

    def heeded_on(self, answers: Singles) -> Singles:
        """The transpose of `moved` for prices and spending."""
        supply = _by_economy(self.answer[0].transpose(0, 2, 1), answers[0])
        wanted = _by_economy(self.answer[1].transpose(0, 2, 1), answers[1])
        income = (self.alpha * wanted).sum(0)
        output = _by_economy(self.gamma.transpose(0, 2, 1), wanted)
        rate = self.sold @ output
        rate -= self.passed * income
        found = self._back(output, rate, income, supply)
        found[0] += self.theta * supply
        found[1] += self.level * (income - wanted)
        return found

    def _back(self, output: Singles, rate: Singles, income: Singles | None, supply: Singles | None) -> Singles:
        raised = self.output * output
        if income is not None:
            raised -= self.sold.transpose(0, 2, 1) @ np.broadcast_to(income, raised.shape)
        raised += self.share.transpose(0, 2, 1) @ (-rate if supply is None else supply - rate)
        return np.stack((_by_economy(self.by_prices.transpose(0, 2, 1), raised), self.relative * rate))


def _inverses(matrices: Floats) -> Floats:
    """Inverses of the home loops `[n, k, l]`; no answer at all where one economy's cannot be inverted."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape)


def _by_economy(matrices: Singles, columns: Singles) -> Singles:
    """Products `[k, n, column]` of one matrix an economy `[n, k, l]` with columns `[l, n, column]`."""
    out = np.empty((matrices.shape[1], *columns.shape[1:]), dtype=np.float32)
    np.matmul(matrices, columns.transpose(1, 0, 2), out=out.transpose(1, 0, 2))
    return out
