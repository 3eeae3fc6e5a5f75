"""Leaders: the offers that are best for one party among those that leave every party its floor.

Offers with the same payoff for the party are ranked by what they give the others, in the order of parties, and then by
their place in the list; so the ranking does not depend on how the search went.
"""

from __future__ import annotations

import numpy as np

from tradetalks.talks.frontier import Floats, Front, Indices, frontier


class Leaders:
    """The `count` best offers of a stream for `party`, with at least `floors` `[party]` for everybody."""

    def __init__(self, party: int, floors: Floats, count: int) -> None:
        self._party, self._floors, self._count = party, floors, count
        self._bar = -np.inf
        self.offers: Indices = np.zeros(0, dtype=np.intp)
        self.payoffs: Floats = np.zeros((0, len(floors)))
        """`[offer, party]`, best first."""

    def add(self, start: int, payoffs: Floats) -> None:
        """Takes the offers `start`, `start + 1`, … with `payoffs` `[offer, party]`."""
        good = payoffs[:, self._party] >= self._bar
        for party, floor in enumerate(self._floors):
            if floor > -np.inf:
                good &= payoffs[:, party] >= floor
        new = np.flatnonzero(good)
        if not len(new):
            return
        if len(new) > 4 * self._count:  # those at or above the last place are enough
            own = payoffs[new, self._party]
            new = new[own >= np.partition(own, -self._count)[-self._count]]
        offers = np.concatenate([self.offers, start + new])
        table = np.concatenate([self.payoffs, payoffs[new]])
        order = ranking(table, self._party, offers)[: self._count]
        self.offers, self.payoffs = offers[order], table[order]
        if len(order) == self._count:
            self._bar = self.payoffs[-1, self._party]


def ranking(payoffs: Floats, party: int, offers: Indices) -> Indices:
    """The order of offers: best for `party` first, of equals best for the others, of equals the first."""
    others = [p for p in range(payoffs.shape[1]) if p != party]
    return np.lexsort((offers, *(-payoffs[:, p] for p in reversed(others)), -payoffs[:, party]))


class Layers:
    """Parts of offers that can be in one of the `count` best offers: no other part comes before them so often.

    These are the first `count` frontiers of the stream, each taken from what the last one left: a part beyond them
    has `count` others that are better for some party and as good for all. Of equals the first `count` stay.
    """

    def __init__(self, parties: int, count: int) -> None:
        self._count = count
        self._last: Front | None = None
        self.offers: Indices = np.zeros(0, dtype=np.intp)
        self.payoffs: Floats = np.zeros((0, parties))

    def add(self, start: int, payoffs: Floats) -> None:
        """Takes the parts `start`, `start + 1`, … with `payoffs` `[part, party]`."""
        new = np.arange(len(payoffs)) if self._last is None else np.flatnonzero(~self._last.beat(payoffs))
        if not len(new):
            return
        offers = np.concatenate([self.offers, start + new])
        table = np.concatenate([self.payoffs, payoffs[new]])
        firsts = self._first_of_equals(table)
        offers, table = offers[firsts], table[firsts]
        left = np.arange(len(table))
        kept: list[Indices] = []
        self._last = None
        while len(left) and len(kept) < self._count:
            on = frontier(table[left])
            kept.append(left[on])
            left = np.delete(left, on)
        if len(kept) == self._count:
            self._last = Front(table[kept[-1]])
        stays = np.sort(np.concatenate(kept))
        self.offers, self.payoffs = offers[stays], table[stays]

    def _first_of_equals(self, table: Floats) -> Indices:
        """The first `count` of each payoff, in the order of the table."""
        order = np.lexsort(table.T)  # stable: equals stay in their order
        ranked = table[order]
        starts = np.flatnonzero(np.r_[True, (ranked[1:] != ranked[:-1]).any(axis=1)])
        place = np.arange(len(table)) - np.repeat(starts, np.diff(np.r_[starts, len(table)]))
        return np.sort(order[place < self._count])
