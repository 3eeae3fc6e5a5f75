"""Departures: the cells in which policies differ from a reference, each policy a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.sweep import Coefficients
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy

    Indices = NDArray[np.intp]


class Departure(NamedTuple):
    """Where one policy departs from a reference, and what it adds to A and Q there."""

    cells: Indices
    """Positions in `[j, n, i]`, flat and sorted."""
    delivered: Floats
    border: Floats
    received: Floats
    """Net transfers received `[n]`, US$ m: all of them, not a difference."""


def departure(c: Coefficients, reference: Policy, policy: Policy, seen: dict[int, Indices]) -> Departure:
    """What `policy` adds to the constants `c` of `reference`; neither has export taxes.

    `seen` remembers, by array, where the arrays of one batch differ: policies share them.
    """
    cells = _unlike(policy.tariffs, reference.tariffs, seen)
    costs, theirs = policy.trade_costs, reference.trade_costs
    if costs is not theirs:
        one = np.ones((1, 1, 1))
        more = _unlike(one if costs is None else costs, one if theirs is None else theirs, seen)
        cells = np.union1d(cells, more)
    factors = 1.0 if costs is None else costs.reshape(-1)[cells]
    return differing(c, cells, 1 + policy.tariffs.reshape(-1)[cells], factors, policy.received)


def differing(c: Coefficients, cells: Indices, after: Floats, costs: Floats | float, received: Floats) -> Departure:
    """A departure by its cells: `after`, 1 + the tariff there, `costs`, the factor on trade costs; flat and sorted."""
    base = c.base
    j, n, i = np.unravel_index(cells, base.pi.shape)
    ratio = after / (1 + base.world.tariffs[j, n, i]) * costs
    delivered = base.pi[j, n, i] * np.exp(-base.theta[j, 0] * np.log(ratio))
    return Departure(cells, delivered - c.delivered[j, n, i], delivered / after - c.border[j, n, i], received)


def _unlike(one: Floats, other: Floats, seen: dict[int, Indices]) -> Indices:
    if one is other:
        return np.empty(0, dtype=np.intp)
    if one.shape != other.shape:
        return np.flatnonzero(one != other)
    if id(one) not in seen:
        seen[id(one)] = np.flatnonzero(one != other)
    return seen[id(one)]


class Departures:
    """The departures of policies that march together, as sums over the cells in which any of them departs."""

    def __init__(self, n: int, cells: Indices, columns: int) -> None:
        self.cells = cells
        self.delivered, self.border = np.zeros((2, cells.size, columns))
        j, cell = np.divmod(cells, n**2)
        buyer, seller = np.divmod(cell, n)
        self.sellers, buyers = j * n + seller, j * n + buyer
        self.runs = _starts(buyers)
        self.supplied = (2 * j * n + buyer)[self.runs]
        self.by_seller = np.argsort(self.sellers, kind="stable")
        self.bought = buyers[self.by_seller]
        self.runs_sold = _starts(self.sellers[self.by_seller])
        self.sold = self.sellers[self.by_seller][self.runs_sold]
        self.n = n

    def load(self, column: int, one: Departure) -> None:
        """Puts a policy into a column."""
        self.delivered[:, column] = self.border[:, column] = 0
        at = np.searchsorted(self.cells, one.cells)
        self.delivered[at, column], self.border[at, column] = one.delivered, one.border

    def buy(self, u: Floats, both: Floats) -> None:
        """Adds to A u over Q u `[j, 2n, column]`."""
        offered = u.reshape(-1, u.shape[-1])[self.sellers]
        both = both.reshape(-1, both.shape[-1])
        both[self.supplied] += np.add.reduceat(self.delivered * offered, self.runs, axis=0)
        both[self.supplied + self.n] += np.add.reduceat(self.border * offered, self.runs, axis=0)

    def sell(self, demand: Floats, output: Floats) -> None:
        """Adds to Qᵀ H `[j, n, column]`."""
        wanted = demand.reshape(-1, demand.shape[-1])[self.bought]
        wanted *= self.border[self.by_seller]
        output.reshape(-1, output.shape[-1])[self.sold] += np.add.reduceat(wanted, self.runs_sold, axis=0)


def _starts(keys: Indices) -> Indices:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.diff(keys, prepend=-1))
