"""Stairs: the frontier of two parties, as steps that fall for one party while they rise for the other.

One sort finds it (Kung, Luccio and Preparata 1975); a table of bars by cell tells of most offers that they are beaten
before anything is sorted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

CELLS = 2048
"""Cells of the table of bars; no result depends on it."""

PIECE = 1 << 16
"""Offers looked up at a time, so that the work stays in the processor's cache."""

PLAIN = 1 << 14
"""Values fewer than this are sorted as they are."""


def on_stairs(x: Floats, y: Floats) -> Indices:
    """Offers that no other matches for both parties and beats for one; equals all stay. Not in order.

    Walks down the first party's payoff: an offer stays if it lifts the second party's best so far.
    """
    order = falling(x)
    x, y = x[order], y[order]
    alone = x[1:] != x[:-1]
    if alone.all():
        return np.asarray(order[np.r_[True, y[1:] > np.maximum.accumulate(y)[:-1]]])
    starts = np.r_[0, 1 + np.flatnonzero(alone)]  # offers alike for the first party form one step
    best = np.maximum.reduceat(y, starts)
    lifts = np.r_[True, best[1:] > np.maximum.accumulate(best)[:-1]]
    step = np.where(lifts, best, np.inf)
    return np.asarray(order[y == np.repeat(step, np.diff(np.r_[starts, len(y)]))])


def falling(values: Floats) -> Indices:
    """An order in which `values` fall; equals in any order.

    A long list is sorted as whole numbers that hold the value's cell and the position, ten times as fast as an
    indirect sort; what shares a cell is put right afterwards.
    """
    count = len(values)
    bits = count.bit_length()
    if count < PLAIN:
        return np.asarray(np.argsort(-values))
    high = values.max()
    with np.errstate(over="ignore", divide="ignore"):
        scale = 2.0 ** (62 - bits) / (high - values.min())
    if not 0 < scale < np.inf:
        return np.argsort(-values)
    cell = ((high - values) * scale).astype(np.int64)
    cell <<= bits
    cell += np.arange(count)
    cell.sort()
    order = (cell & ((1 << bits) - 1)).astype(np.intp)
    ranked = values[order]
    if (ranked[1:] > ranked[:-1]).any():
        cell >>= bits
        same = np.r_[False, cell[1:] == cell[:-1], False]
        shared = np.flatnonzero(same[1:] | same[:-1])
        order[shared] = order[shared][np.lexsort((-ranked[shared], cell[shared]))]
    return np.asarray(order)


class Stairs:
    """The frontier of an offer cloud of two parties, ready to tell of other offers whether it beats them."""

    def __init__(self, x: Floats, y: Floats) -> None:
        on = on_stairs(x, y)
        x, first = np.unique(x[on], return_index=True)
        self.x, self.y = x, y[on][first]
        """Payoffs of each step, rising for the first party, falling for the second; no two alike."""
        with np.errstate(over="ignore", divide="ignore"):
            self._scale = float(CELLS / (x[-1] - x[0])) if len(x) > 1 else 0.0
            self._shift = float(x[0] * self._scale) if np.isfinite(self._scale) else np.inf
        if not np.isfinite(self._shift):
            self._scale = self._shift = 0.0
        above = np.searchsorted(self._cells(x), np.arange(CELLS), side="right")
        self._bar = np.r_[self.y, -np.inf][above]

    @property
    def payoffs(self) -> Floats:
        """The steps `[step, party]`."""
        return np.stack([self.x, self.y], axis=1)

    def _cells(self, x: Floats) -> Indices:
        """The cell of each payoff of the first party: never falls as the payoff rises."""
        with np.errstate(over="ignore"):
            place = x * self._scale
            place -= self._shift
        np.clip(place, 0, CELLS - 1, out=place)
        return place.astype(np.intp)

    def surely_beat(self, x: Floats, y: Floats) -> Mask:
        """Offers that some step beats for both parties; in a step's own cell some are missed."""
        found = np.empty(len(x), dtype=bool)
        for at in range(0, len(x), PIECE):
            piece = slice(at, at + PIECE)
            np.less(y[piece], self._bar.take(self._cells(x[piece]), mode="clip"), out=found[piece])
        return found

    def beat(self, x: Floats, y: Floats) -> Mask:
        """Offers that some step matches for both parties and beats for one; an offer like a step is not beaten."""
        found = self.surely_beat(x, y)
        open_ = np.flatnonzero(~found)
        x, y = x[open_], y[open_]
        step = np.searchsorted(self.x, x, side="left")
        best = np.r_[self.y, -np.inf][step]
        ahead = np.r_[self.x, np.inf][step] > x
        found[open_] = (best > y) | ((best == y) & ahead)
        return found
