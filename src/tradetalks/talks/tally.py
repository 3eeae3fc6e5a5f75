"""Tallies: how many of many payoffs reach given thresholds, without comparing each with each.

Counting under two thresholds follows Bentley (1980), "Multidimensional divide-and-conquer": the list is sorted by one
party, and within blocks of 1, 2, 4 … by the other, so that any head of the list is a few whole blocks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tradetalks.talks.frontier import Floats

FEW = 8
"""Payoffs that are compared one by one rather than sorted."""


class Tally:
    """Payoffs `[offer, party]` ready to be counted; quick for one party and for two, plain for more."""

    def __init__(self, payoffs: Floats) -> None:
        self.payoffs = payoffs
        count, parties = payoffs.shape
        self._plain = count <= FEW or parties > 2
        if self._plain:
            return
        order = np.argsort(payoffs[:, 0])
        self._first = payoffs[order, 0]
        self._levels: list[NDArray[np.int64]] = []
        if parties == 2:
            second = payoffs[order[::-1], 1]
            self._second = np.unique(second)
            rank = np.searchsorted(self._second, second)
            place = np.arange(count)
            for level in range(count.bit_length()):
                self._levels.append(np.sort((place >> level) * (count + 1) + rank))

    def reaching(self, thresholds: Floats) -> int:
        """Pairs of a threshold `[query, party]` and a payoff that reaches it for every party."""
        if self._plain:
            return sum(int(np.count_nonzero((thresholds <= one).all(axis=1))) for one in self.payoffs)
        count = len(self.payoffs)
        head = count - np.searchsorted(self._first, thresholds[:, 0])  # how many reach it for the first party
        if not self._levels:
            return int(head.sum())
        rank = np.searchsorted(self._second, thresholds[:, 1])
        total = 0
        for level, keys in enumerate(self._levels):
            asks = np.flatnonzero((head >> level) & 1)
            block = (head[asks] >> level) - 1
            below = np.searchsorted(keys, block * (count + 1) + rank[asks])
            total += int((((block + 1) << level) - below).sum())
        return total
