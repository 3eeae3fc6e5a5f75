"""Many policies at once: equilibria that share a reference and differ in what a few importers levy.

Policies march in columns. The products with the common A and Q become matrix–matrix, which is what makes this faster
than one solve after the other; only the rows of importers that differ are each policy's own. A column that converges is
certified on the equations and makes room for the next policy; one that does not is left to the ladder of `solve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.solve import balanced, baseline, solve
from tradetalks.model.closure import Closure, Deficits, chosen
from tradetalks.model.sweep import coefficients

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy

COLUMNS = 24
"""Policies that march together: enough for matrix–matrix products, few enough to stay in cache."""

MEMORY = 6
DAMPING = 0.35
MOST_SWEEPS = 120


@dataclass(frozen=True, eq=False)
class Scored:
    """One policy's equilibrium, reduced to what many of them are solved for."""

    welfare: Floats
    """Equivalent variation `[n]`, US$ bn a year."""
    unknowns: Floats
    """As those of a `Solution`: a start for a nearby policy."""
    residual: float
    """Largest relative error over all equations in their original form."""
    sweeps: int


def solve_batch(
    reference: Policy,
    policies: Sequence[Policy],
    start: Callable[[int], Floats],
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 1e-10,
    columns: int = COLUMNS,
) -> list[Scored]:
    """The equilibria of `policies`, in their order, each certified to `tolerance`.

    All policies and the `reference` are on one world. As in `solve`, a world that is no equilibrium under the closure
    has its baseline solved first, and everything is relative to that. `start(k)` predicts the unknowns of policy k. The
    result of a policy does not depend on which others it marches with, but in digits below
    the tolerance. Raises `SolveError` when a policy has no equilibrium.
    """
    closure = chosen(closure, deficits)
    world = balanced(reference.world, closure)
    if world is not reference.world:
        reference, policies = reference.on(world), [policy.on(world) for policy in policies]
    found: dict[int, Scored] = {}
    together = [k for k, policy in enumerate(policies) if policy.export_taxes is None]
    if together and reference.export_taxes is None and closure.plain:
        march = _March(reference, policies, closure, min(columns, len(together)))
        found.update(march.run(together, start, tolerance))
    for k, policy in enumerate(policies):
        if k not in found:
            alone = solve(world, policy, closure=closure, tolerance=tolerance, start=start(k))
            found[k] = Scored(alone.welfare.array, alone.unknowns, alone.residual, alone.sweeps)
    return [found[k] for k in range(len(policies))]


class _March:
    """The columns on their way. Arrays are `[j, n, column]`, the column running fastest; buffers are reused.

    The unknowns are those of `model.sweep`, but spending stands as a ratio, not its logarithm: columns start close to
    their equilibria, and logarithms are what costs here.
    """

    def __init__(self, reference: Policy, policies: Sequence[Policy], closure: Closure, columns: int) -> None:
        self.base = base = baseline(reference.world, closure)
        self.reference, self.policies, self.columns = reference, policies, columns
        common = coefficients(base, reference)
        j, n = base.j, base.n
        self.own = sorted({i for policy in policies for i in self._importers(policy)})
        """Importers whose duties differ between policies."""
        self.stacked = common.stacked
        self.sellers = np.ascontiguousarray(common.border.transpose(0, 2, 1))  # Qᵀ, without what `own` buy
        self.sellers[:, :, self.own] = 0
        self.delivered, self.border = np.zeros((2, len(self.own), j, n, columns))
        self.received = np.zeros((n, columns))
        self.theta, self.beta, self.alpha = base.theta[:, :, None], base.beta[:, :, None], base.alpha[:, :, None]
        # what one evaluation fills
        self.u, self.demand, self.spending, self.output, self.wanted, self.scratch = np.empty((6, j, n, columns))
        self.both = np.empty((j, 2 * n, columns))
        self.supply, self.passed = self.both[:, :n], self.both[:, n:]
        self.by_economy = np.empty((n, j, columns))
        self.wages, self.income = np.empty((2, n, columns))

    def _importers(self, policy: Policy) -> list[int]:
        """Importers that this policy treats otherwise than the reference."""
        differs = (policy.tariffs != self.reference.tariffs).any((0, 2))
        costs, theirs = policy.trade_costs, self.reference.trade_costs
        if costs is not theirs:
            unlike = (1.0 if costs is None else costs) != (1.0 if theirs is None else theirs)
            differs |= np.broadcast_to(unlike, policy.tariffs.shape).any((0, 2))
        return [int(i) for i in np.flatnonzero(differs)]

    def _load(self, column: int, policy: Policy) -> None:
        """Puts a policy's own rows of A and Q, and its transfers, into a column."""
        base = self.base
        for row, importer in enumerate(self.own):
            after = 1 + policy.tariffs[:, importer]
            ratio = after / (1 + base.world.tariffs[:, importer])
            if policy.trade_costs is not None:
                ratio = ratio * policy.trade_costs[:, importer]
            j, i = np.nonzero(ratio != 1)
            delivered = np.array(base.pi[:, importer])
            delivered[j, i] *= np.exp(-base.theta[j, 0] * np.log(ratio[j, i]))
            self.delivered[row, :, :, column] = delivered
            self.border[row, :, :, column] = delivered / after
        self.received[:, column] = policy.received

    def _split(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        j, n = self.base.j, self.base.n
        shape = (j, n, z.shape[1])
        return z[:n], z[n : n + j * n].reshape(shape), z[n + j * n :].reshape(shape)

    def _deficits(self) -> Floats:
        """D′ `[n, column]` at the wages of the columns."""
        base, closure = self.base, self.base.closure
        if closure.deficits == "closed":
            return self.received
        kept = (1 - closure.closing) * base.deficits[:, None]
        if closure.deficits != "proportional":  # world wages are the numeraire: a share of them is fixed too
            return np.asarray(kept + self.received)
        own = kept / base.wage_bill[:, None] * self.wages
        return np.asarray(own - self.wages / self.wages.sum(0) * own.sum(0) + self.received)

    def _evaluate(self, z: Floats) -> None:
        """Fills the buffers with all quantities at the unknowns `z`: `model.sweep.evaluate`, column by column."""
        base = self.base
        v, p, x = self._split(z)
        np.matmul(base.gamma_by_user, p.transpose(1, 0, 2), out=self.by_economy)
        np.multiply(self.beta, v, out=self.u)
        self.u += self.by_economy.transpose(1, 0, 2)
        self.u *= -self.theta
        np.exp(self.u, out=self.u)
        np.matmul(self.stacked, self.u, out=self.both)
        for row, importer in enumerate(self.own):
            for rates, total in ((self.delivered, self.supply), (self.border, self.passed)):
                np.multiply(rates[row], self.u, out=self.scratch)
                self.scratch.sum(1, out=total[:, importer])
        np.multiply(x, base.spending[:, :, None], out=self.spending)
        np.divide(self.spending, self.supply, out=self.demand)
        self.passed *= self.demand
        np.matmul(self.sellers, self.demand, out=self.output)
        for row, importer in enumerate(self.own):
            np.multiply(self.border[row], self.demand[:, importer, None, :], out=self.scratch)
            self.output += self.scratch
        self.output *= self.u
        np.exp(v, out=self.wages)
        self.wages *= base.wage_bill[:, None]
        np.subtract(self.spending, self.passed, out=self.scratch)
        self.scratch.sum(0, out=self.income)
        self.income += self.wages
        self.income += self._deficits()
        np.matmul(base.gamma, self.output.transpose(1, 0, 2), out=self.by_economy)
        np.multiply(self.alpha, self.income, out=self.wanted)
        self.wanted += self.by_economy.transpose(1, 0, 2)

    def _image(self, z: Floats, image: Floats) -> None:
        """The image of every column, from the buffers: `model.sweep.sweep`, column by column."""
        base = self.base
        new_v, new_p, new_x = self._split(image)
        np.multiply(self.beta, self.output, out=self.scratch)
        labour = self.scratch.sum(0)
        np.add(z[: base.n], DAMPING * (base.wage_response @ np.log(labour / self.wages)), out=new_v)
        new_v -= np.log((np.exp(new_v) * base.wage_bill[:, None]).sum(0) / base.world_wage_bill)
        p = self._split(z)[1]
        np.log(self.supply, out=self.scratch)
        self.scratch /= -self.theta
        self.scratch -= p
        np.matmul(base.home_prices, self.scratch.transpose(1, 0, 2), out=self.by_economy)
        np.add(p, self.by_economy.transpose(1, 0, 2), out=new_p)
        np.multiply(self.wanted, base.per_spending[:, :, None], out=new_x)
        new_x += base.unbought[:, :, None]

    def _residuals(self, z: Floats, at: list[int]) -> Floats:
        """Largest relative error of some columns over the equations (see `model.certificate`), from the buffers."""
        base = self.base
        bought = base.bought[:, :, None]
        p = self._split(z)[1][:, :, at]
        index = np.where(bought, self.supply[:, :, at] * np.exp(self.theta * p) - 1, 0)
        spending, output, wages = self.spending[:, :, at], self.output[:, :, at], self.wages[:, at]
        market = (spending - self.wanted[:, :, at]) / np.where(bought, spending, 1)
        labour = (self.beta * output).sum(0) / wages - 1
        sold = output.sum(0)
        balance = (self.passed[:, :, at].sum(0) - sold - self._deficits()[:, at]) / sold
        numeraire = wages.sum(0) / base.world_wage_bill - 1
        worst = [np.abs(e).reshape(-1, len(at)).max(0) for e in (index, market, labour, balance, numeraire)]
        return np.asarray(np.max(worst, axis=0))

    def _welfare(self, z: Floats, column: int) -> Floats:
        """Equivalent variation `[n]` of a column, US$ bn, from the buffers."""
        base, income = self.base, self.base.world.income
        prices = np.exp((base.alpha * self._split(z)[1][:, :, column]).sum(0))
        return np.asarray((self.income[:, column] / prices - income) / 1000)

    def run(
        self, waiting: Sequence[int], start: Callable[[int], Floats], tolerance: float
    ) -> Iterator[tuple[int, Scored]]:
        """Marches the policies through the columns by the method of `model.anderson`; yields the certified."""
        size = self.base.n + 2 * self.base.j * self.base.n
        levels = slice(size - self.base.j * self.base.n, size)  # spending, a ratio here and a logarithm outside
        z, gap, last_z, last_gap, mixed = np.zeros((5, size, self.columns))
        moves, gaps = np.zeros((2, MEMORY, size, self.columns))
        gram = np.zeros((self.columns, MEMORY, MEMORY))
        queue = list(waiting)[::-1]
        holder, age = np.full(self.columns, -1), np.zeros(self.columns, dtype=int)

        def fill(column: int) -> None:
            holder[column] = queue.pop() if queue else -1
            age[column] = 0
            moves[:, :, column] = gaps[:, :, column] = 0
            gram[column] = 0
            if holder[column] >= 0:
                self._load(column, self.policies[holder[column]])
                z[:, column] = start(int(holder[column]))
                z[levels, column] = np.exp(z[levels, column])

        for column in range(self.columns):
            fill(column)
        step = 0
        with np.errstate(all="ignore"):
            while (holder >= 0).any():
                self._evaluate(z)
                self._image(z, gap)
                gap -= z
                largest = np.abs(gap).max(0)
                arrived = (holder >= 0) & (largest <= tolerance / 5)
                lost = (holder >= 0) & ~(np.isfinite(largest) & (age <= MOST_SWEEPS))
                if arrived.any():
                    at = [int(c) for c in np.flatnonzero(arrived)]
                    for column, error in zip(at, self._residuals(z, at), strict=True):
                        if error <= tolerance:
                            unknowns = np.array(z[:, column])
                            unknowns[levels] = np.log(unknowns[levels])
                            done = Scored(self._welfare(z, column), unknowns, float(error), int(age[column]) + 1)
                            yield int(holder[column]), done
                slot = step % MEMORY
                np.subtract(gap, last_gap, out=gaps[slot])
                np.subtract(z, last_z, out=moves[slot])
                moves[slot] += gaps[slot]
                young = age == 0
                gaps[slot][:, young] = moves[slot][:, young] = 0
                gram[:, slot, :] = gram[:, :, slot] = np.einsum("mzb,zb->bm", gaps, gaps[slot])
                ridge = 1e-14 * np.trace(gram, axis1=1, axis2=2) + 1e-300
                small = gram + ridge[:, None, None] * np.eye(MEMORY)
                weights = np.linalg.solve(small, np.einsum("mzb,zb->bm", gaps, gap)[:, :, None])[:, :, 0]
                last_z[...], last_gap[...] = z, gap
                z += gap
                for back in range(MEMORY):
                    np.multiply(moves[back], weights[:, back], out=mixed)
                    z -= mixed
                age += 1
                step += 1
                for renewed in np.flatnonzero(arrived | lost | ~np.isfinite(z).all(0)):
                    fill(int(renewed))
