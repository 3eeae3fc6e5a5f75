"""Wedges: prices that move with the march until sales are what offers promise.

In each cell that an offer moves, the importer's budget pays or keeps a wedge z on the price. At every step of the march
z takes one of Newton's, by how sales answer prices at the law as it stands; a wedge that trade makes needless is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.march import March

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]
    Truths = NDArray[np.bool_]


class Agreed(NamedTuple):
    """Sales that one offer brings about."""

    moved: Indices
    """Which of the cells that any offer moves."""
    target: Floats
    """Sales there, US$ m a year."""
    rising: Truths
    """Whether they shall rise; else they shall fall."""


class Wedges:
    """The wedges of offers that march together; `cells` `[j, n, i]` are those that any offer moves, flat and sorted.

    `response` is ∂ ln sales / ∂ z `[cell, cell]`, `starts` `[offer, cell]` predicts z; `found` holds what was met, by
    offer: z `[cell]`, and the largest gap between promised and actual sales in logs.
    """

    def __init__(
        self, cells: Indices, response: Floats, agreed: Sequence[Agreed], starts: Floats, tolerance: float
    ) -> None:
        self.tolerance, self.agreed, self.starts = tolerance, agreed, starts
        self.used = np.unique(np.concatenate([one.moved for one in agreed]))
        self.cells, self.count, self.all = cells[self.used], len(self.used), len(cells)
        self.response = response[np.ix_(self.used, self.used)]
        self.found: dict[int, tuple[Floats, float]] = {}

    def begin(self, march: March) -> None:
        """Makes room for the columns of a march."""
        assert march.departures is not None
        base, shape = march.base, (self.count, march.shape[2])
        self.at = np.searchsorted(march.departures.cells, self.cells)
        self.j, self.n, self.i = np.unravel_index(self.cells, base.pi.shape)
        self.theta = base.theta[self.j]
        self.plain = [whole.reshape(-1)[self.cells][:, None] for whole in (march.c.delivered, march.c.border)]
        self.delivered, self.border, self.target = np.ones((3, *shape))
        self.sign = np.zeros(shape)
        self.live = np.zeros(shape, dtype=bool)
        self.answer = np.zeros((shape[1], self.count, self.count))
        self.gap = np.zeros(shape[1])

    def load(self, march: March, column: int, k: int) -> Floats:
        """Puts offer k, whose departure stands in the column without wedges, into it; returns its z `[cell]`."""
        assert march.departures is not None
        one = self.agreed[k]
        rows = np.searchsorted(self.used, one.moved)
        self.delivered[:, column] = march.departures.delivered[self.at, column] + self.plain[0][:, 0]
        self.border[:, column] = march.departures.border[self.at, column] + self.plain[1][:, 0]
        self.sign[:, column], self.target[:, column], self.live[:, column] = 0, 1, False
        self.sign[rows, column] = np.where(one.rising, -1.0, 1.0)
        self.target[rows, column] = one.target
        z = np.zeros(self.count)
        z[rows] = self.starts[k, one.moved]
        return z

    def put(self, march: March, z: Floats) -> None:
        """Writes prices with the wedges `[cell, column]` into the march."""
        assert march.departures is not None
        lower = np.exp(-self.theta * z)
        march.departures.delivered[self.at] = self.delivered * lower - self.plain[0]
        march.departures.border[self.at] = self.border * lower * np.exp(-z) - self.plain[1]

    def ahead(self, march: March, z: Floats) -> Floats:
        """The step of every wedge `[cell, column]`; fills `gap`, how far each column is from what it promises."""
        worth = march.spending[self.j, self.n] / march.supply[self.j, self.n]
        sales = self.border * np.exp(-(1 + self.theta) * z) * march.u[self.j, self.i] * worth
        gap = np.where(self.sign != 0, np.log(sales / self.target), 0.0)
        live = (self.sign != 0) & ~((z == 0) & (gap * self.sign <= 0))  # else trade does it anyway
        gap[~live] = 0
        self.gap = np.abs(gap).max(0, initial=0.0)
        for column in np.flatnonzero((live != self.live).any(0)):
            rows = np.flatnonzero(live[:, column])
            self.answer[column] = 0
            self.answer[column][np.ix_(rows, rows)] = np.linalg.inv(self.response[np.ix_(rows, rows)])
            self.live[:, column] = live[:, column]
        return np.asarray(-np.matmul(self.answer, gap.T[:, :, None])[:, :, 0].T)

    def signed(self, z: Floats) -> None:
        """Sales that shall rise are never made dearer, those that shall fall never cheaper."""
        z[z * self.sign < 0] = 0
        z[self.sign == 0] = 0

    def leave(self, column: int, k: int, z: Floats) -> None:
        """Takes down the wedges `[cell]` of an offer that is there."""
        whole = np.zeros(self.all)
        whole[self.used] = z
        self.found[k] = whole, float(self.gap[column])
