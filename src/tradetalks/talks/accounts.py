"""Accounts: what governments look at, beside the welfare of their people, read from an equilibrium.

Each account is a number a party, US$ bn a year: welfare (equivalent variation), tariff revenue, the balance of goods
trade with the other parties, value added in manufacturing or in one sector (in consumer prices), and what no model
gives: cards, red lines. Political economy of trade policy weighs these (Grossman and Helpman 1994; Ossa 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.departure import Departure
    from tradetalks.model.sweep import Coefficients
    from tradetalks.talks.table import Edit
    from tradetalks.world import World

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

GENERAL = ("welfare", "revenue", "balance", "manufacturing", "cards", "red lines")
"""Accounts that every government has; those of single sectors come after, as `income:SECTOR`."""

WHOLE = ("welfare", "cards", "red lines")
"""Of these, what every government counts in full; the others it may weigh besides."""

INCOME = "income:"
"""What the account of a sector's income begins with, as in `income:A01_02`."""


def named(extra: Iterable[str] = ()) -> tuple[str, ...]:
    """The accounts in order: the general ones, then sectors' incomes as they first come.

    >>> named(["income:C29", "revenue"])[-2:]
    ('red lines', 'income:C29')
    """
    return tuple(dict.fromkeys((*GENERAL, *extra)))


class Books:
    """Reads the accounts of some parties from equilibria on one reference.

    `names` as `named` gives them; results are `[party, account]`, US$ bn a year, levels but for welfare and value
    added, which are changes against the world's base year. Accounts that equilibrium does not know are zero.
    """

    def __init__(self, c: Coefficients, parties: Sequence[str], names: Sequence[str]) -> None:
        self.c, self.names = c, tuple(names)
        world = c.base.world
        self.world: World = world
        self.parties = [world.economy(party) for party in parties]
        self.goods = np.array(world.sector_indices("goods"))
        self.sectors = {
            at: world.sectors.index(name.removeprefix(INCOME))
            for at, name in enumerate(self.names)
            if name.startswith(INCOME)
        }

    @cached_property
    def manufacturing(self) -> Indices:
        """Sectors that make goods: the codes that begin with C."""
        return np.array([j for j, code in enumerate(self.world.sectors) if code.startswith("C")], dtype=np.intp)

    def markets(self, unknowns: Floats) -> tuple[Floats, Floats, Floats]:
        """ĉ^(−θ) and X/S, both `[offer, j, n]`, and consumer prices `[offer, n]` at unknowns `[offer, unknown]`."""
        base = self.c.base
        offers, n, cells = len(unknowns), base.n, base.j * base.n
        v = unknowns[:, None, :n]
        p = unknowns[:, n : n + cells].reshape(offers, base.j, n)
        x = unknowns[:, n + cells : n + 2 * cells].reshape(offers, base.j, n)
        by_prices = np.matmul(base.chord.by_prices, p.transpose(2, 1, 0)).transpose(2, 1, 0)
        u = np.exp(by_prices + base.chord.by_wages * v)
        demand = base.spending * np.exp(x + base.theta * p)
        return u, demand, np.exp((base.alpha * p).sum(1))

    def sales(self, cells: Indices, departures: Sequence[Departure], u: Floats, demand: Floats) -> Floats:
        """What sellers receive in some cells of `[j, n, i]`, flat and sorted: `[offer, cell]`, US$ m a year."""
        j, n, i = np.unravel_index(cells, self.c.base.pi.shape)
        shipped = np.repeat(self.c.shipped[j, n, i][None], len(departures), axis=0)
        for row, one in zip(shipped, departures, strict=True):
            at = np.searchsorted(one.cells, cells)
            there = one.cells[np.minimum(at, max(one.cells.size - 1, 0))] == cells if one.cells.size else False
            row += np.where(there, one.border[np.minimum(at, max(one.cells.size - 1, 0))] if one.cells.size else 0, 0)
        return np.asarray(shipped * u[:, j, i] * demand[:, j, n])

    def read(
        self,
        welfare: Sequence[Floats],
        departures: Sequence[Departure],
        tariffs: Sequence[Edit],
        reference: Floats,
        markets: tuple[Floats, Floats, Floats],
    ) -> Floats:
        """Accounts `[offer, party, account]`.

        `welfare` `[n]` of each offer; `tariffs` what it changes in the rates `reference` `[j, n, i]`.
        """
        world, n = self.world, self.c.base.n
        out = np.zeros((len(departures), len(self.parties), len(self.names)))
        share, made = world.value_added_shares.T, world.output
        for k, (one, edit) in enumerate(zip(departures, tariffs, strict=True)):
            u, demand, prices = (array[k] for array in markets)
            j, cell = np.divmod(one.cells, n**2)
            buyer, seller = np.divmod(cell, n)
            levied, at = np.divmod(edit.cells, n**2)
            levier, on = np.divmod(at, n)
            for row, party in zip(out[k], self.parties, strict=True):
                bought = self.c.shipped[:, party, :].copy()
                mine = buyer == party
                bought[j[mine], seller[mine]] += one.border[mine]
                bought *= u * demand[:, party, None]
                sold = self.c.shipped[:, :, party].copy()
                mine = seller == party
                sold[j[mine], buyer[mine]] += one.border[mine]
                sold *= u[:, party, None] * demand
                rates = reference[:, party, :].copy()
                mine = levier == party
                rates[levied[mine], on[mine]] = edit.values[mine]
                added = share[:, party] * (sold.sum(1) / prices[party] - made[:, party])
                others = np.array([other for other in self.parties if other != party])
                goods = np.ix_(self.goods, others)
                balance = sold[goods].sum() - bought[goods].sum()
                row[:4] = 1000 * welfare[k][party], (rates * bought).sum(), balance, added[self.manufacturing].sum()
                for account, sector in self.sectors.items():
                    row[account] = added[sector]
        return out / 1000
