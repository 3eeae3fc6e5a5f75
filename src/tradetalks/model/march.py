"""The march: columns of unknowns on their way to equilibrium by steps of the chord, each column its own policy.

A step evaluates the equations of `model.sweep` in columns, keeps each column's largest error over all of them in their
original form, and asks the chord where to go. Policies of one march share the constants of a reference, but for the
cells in which each departs from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.anderson import Mixing
from tradetalks.model.certificate import certify

if TYPE_CHECKING:
    from tradetalks.model.certificate import Certificate
    from tradetalks.model.departure import Departures
    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats

MOST_STEPS = 60
MEMORY = 3
SURE = 0.7
"""Share of the tolerance at which the certificate is asked: it adds in another order."""


def marched(c: Coefficients, z: Floats, tolerance: float) -> tuple[tuple[Floats, Certificate] | None, int]:
    """The unknowns of one policy with their certificate, or None; and the steps used."""
    march = March(c)
    at = march.inward(z)[:, None]
    mixing = Mixing(at.size, 1, MEMORY)
    before = 1.0
    for step in range(1, MOST_STEPS + 1):
        move = march.ahead(at)
        error = float(march.error[0])
        if not np.isfinite(error):
            return None, step
        there = error <= SURE * tolerance
        if not there:
            mixing.advance(at, move)
        if there or error * min(1.0, error / before) <= SURE * tolerance:  # errors fall steadily: it will be there
            found = march.outward(at[:, 0])
            certificate = certify(c, found)
            if certificate.residual <= tolerance:  # the equations also hold where final demand is negative
                return ((found, certificate) if (march.income > 0).all() else None), step
            if there:
                mixing.advance(at, move)
        before = max(error, tolerance)
    return None, MOST_STEPS


class March:
    """Buffers and constants of the columns. Arrays are `[j, n, column]`, the column running fastest.

    The unknowns are those of `model.sweep`, but spending stands as a ratio, not its logarithm: logarithms are what
    costs here. Only the plain closure marches.
    """

    def __init__(self, c: Coefficients, columns: int = 1, departures: Departures | None = None) -> None:
        self.c, self.base, self.chord, self.departures = c, c.base, c.base.chord, departures
        base = c.base
        n, j = base.n, base.j
        self.shape = (j, n, columns)
        self.sellers = c.shipped.transpose(0, 2, 1)
        self.received = np.repeat(c.received[:, None], columns, axis=1)
        """Net transfers received `[n, column]`."""
        self.spending_before, self.per_spending = base.spending[:, :, None], base.per_spending[:, :, None]
        self.alpha, self.theta = base.alpha[:, :, None], base.theta[:, :, None]
        self.by_wages = self.chord.by_wages[:, :, None]
        self.ones = np.ones(j)
        self.u, self.demand, self.spending, self.output, self.scratch = np.empty((5, *self.shape))
        self.both = np.empty((j, 2 * n, columns))
        self.supply, self.passed = self.both[:, :n], self.both[:, n:]
        self.uses = np.empty((n, j + 2, columns))
        self.income = np.empty((n, columns))
        """Income at the point last given to `ahead`, US$ m."""
        self.move = np.empty((base.size, columns))
        self.single = np.empty((base.size, columns), dtype=np.float32)
        self.following = np.empty((base.size - n, columns), dtype=np.float32)
        cells = j * n
        self.errors, self.sizes = np.empty((2, 2 * (n + cells) + 1, columns))
        self.prices, self.wanting = (self.errors[at : at + cells].reshape(self.shape) for at in (0, cells))
        self.labour, self.balance = (self.errors[at : at + n] for at in (2 * cells, 2 * cells + n))
        self.error = np.full(columns, np.inf)
        """Largest relative error of each column over all equations, at the point last given to `ahead`."""

    def inward(self, unknowns: Floats) -> Floats:
        """The unknowns of a `Solution` as they stand in a column."""
        inside = np.array(unknowns)
        spending = self._split(inside)[2]
        np.exp(spending, out=spending)
        return inside

    def outward(self, column: Floats) -> Floats:
        """The unknowns of a column as those of a `Solution`."""
        outside = np.array(column)
        spending = self._split(outside)[2]
        np.log(spending, out=spending)
        return outside

    def _split(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        j, n, _ = self.shape
        cells, shape = j * n, (j, n, *z.shape[1:])
        return z[:n], z[n : n + cells].reshape(shape), z[n + cells :].reshape(shape)

    def ahead(self, z: Floats) -> Floats:
        """The step of every column from `z`; fills `error` and `income`. The next call fills the same array."""
        base, u, scratch, demand = self.base, self.u, self.scratch, self.demand
        j = self.shape[0]
        v, p, x = self._split(z)
        np.matmul(self.chord.by_prices, p.transpose(1, 0, 2), out=u.transpose(1, 0, 2))
        np.multiply(self.by_wages, v, out=scratch)
        u += scratch
        np.exp(u, out=u)
        np.matmul(self.c.stacked, u, out=self.both)
        if self.departures is not None:
            self.departures.buy(u, self.both)
        np.multiply(x, self.spending_before, out=self.spending)
        np.divide(self.spending, self.supply, out=demand)
        np.matmul(self.sellers, demand, out=self.output)
        if self.departures is not None:
            self.departures.sell(demand, self.output)
        self.output *= u
        self.passed *= demand

        raised = np.exp(v)
        wages = raised * base.wage_bill[:, None]
        np.matmul(base.used_paid_sold, self.output.transpose(1, 0, 2), out=self.uses)
        paid, sold = self.uses[:, j], self.uses[:, j + 1]
        deficit, bought = self._deficits(wages), self._summed(self.passed)
        np.subtract(self._summed(self.spending), bought, out=self.income)
        self.income += wages
        self.income += deficit
        if self.c.border is not self.c.shipped:
            tax = np.matmul((self.c.border - self.c.shipped).transpose(0, 2, 1), demand)
            tax *= u
            sold = sold + self._summed(tax)
            self.income += self._summed(tax)
        np.multiply(self.alpha, self.income, out=scratch)
        scratch += self.uses[:, :j].transpose(1, 0, 2)
        scratch -= self.spending
        np.log(self.supply, out=self.prices)
        np.multiply(self.theta, p, out=demand)
        self.prices += demand
        np.multiply(scratch, self.per_spending, out=self.wanting)
        self.wanting /= x
        np.log(paid / wages, out=self.labour)
        np.divide(bought - sold - deficit, sold, out=self.balance)
        level = np.log(base.wage_bill @ raised / base.world_wage_bill)
        self.errors[-1] = level
        np.abs(self.errors, out=self.sizes)
        self.error = self.sizes.max(0) if z.shape[1] > 1 else self.sizes.max().reshape(1)
        np.subtract(self.labour, self.chord.level * level, out=self.move[: base.n])
        return self._answered(self.prices, scratch)

    def _answered(self, prices: Floats, wanting: Floats) -> Floats:
        """The step that the chord answers to the errors of prices and of spending; those of labour stand in `move`."""
        chord, n = self.chord, self.base.n
        wages, by_price, by_spending = self._split(self.move)
        np.matmul(chord.home_prices, prices.transpose(1, 0, 2), out=by_price.transpose(1, 0, 2))
        np.matmul(chord.home_spending, wanting.transpose(1, 0, 2), out=by_spending.transpose(1, 0, 2))
        self.single[...] = self.move
        moved = chord.rows @ self.single
        np.matmul(chord.columns, moved, out=self.following)
        self.move[n:] += self.following
        wages[...] = moved
        return self.move

    def _summed(self, cells: Floats) -> Floats:
        """Sums over sectors `[n, column]`."""
        j, n, columns = self.shape
        return np.asarray(self.ones @ cells.reshape(j, n * columns)).reshape(n, columns)

    def _deficits(self, wages: Floats) -> Floats:
        """D′ `[n, column]` at the wage bills of the columns."""
        base, closure = self.base, self.base.closure
        if closure.deficits == "closed":
            return self.received
        kept = (1 - closure.closing) * base.deficits[:, None]
        if closure.deficits == "world":
            kept = kept * (wages.sum(0) / base.world_wage_bill)
        if closure.deficits == "proportional":
            own = kept / base.wage_bill[:, None] * wages
            kept = own - wages / wages.sum(0) * own.sum(0)
        return np.asarray(kept + self.received)
