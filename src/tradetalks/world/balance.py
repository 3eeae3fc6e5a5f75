"""Balance: the table nearest to a prior that has given row and column totals (RAS, iterative proportional fitting).

Stone (1961), Bacharach (1970). The result minimises Σ z log(z / prior) among tables with these totals: it keeps every
zero of the prior, every other cell stays positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import WorldError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Balanced:
    """A balanced table and how it was reached."""

    table: Floats
    iterations: int
    gap: float
    """Largest remaining gap of a total, relative to the largest total."""


def ras(
    prior: ArrayLike, rows: ArrayLike, columns: ArrayLike, *, tolerance: float = 1e-12, most: int = 20_000
) -> Balanced:
    """Scales the rows and columns of `prior` until they sum to `rows` and `columns`.

    `prior` `[k, j]`, `rows` `[k]` and `columns` `[j]` are non-negative; `rows` and `columns` have the same sum. Columns
    are met exactly, rows to `tolerance` relative to the largest total.

    Raises `WorldError` for negative or missing numbers, totals that differ, a positive total over an empty row or
    column, and when no table with these zeros has these totals.

    >>> ras([[1, 1], [1, 1]], [3, 1], [2, 2]).table
    array([[1.5, 1.5],
           [0.5, 0.5]])
    """
    table, r, c = (np.array(x, dtype=float) for x in (prior, rows, columns))
    _refuse(table, r, c)
    scale = max(float(r.max(initial=0)), float(c.max(initial=0)))
    if scale == 0:
        return Balanced(np.zeros_like(table), 0, 0.0)
    r *= c.sum() / r.sum()
    gap = np.inf
    for iteration in range(1, most + 1):
        table *= _ratio(r, table.sum(1))[:, None]
        table *= _ratio(c, table.sum(0))
        gap = float(np.abs(table.sum(1) - r).max()) / scale
        if gap <= tolerance:
            return Balanced(table, iteration, gap)
    worst = int(np.abs(table.sum(1) - r).argmax())
    raise WorldError(
        f"no balance after {most} rounds: row {worst} sums to {table[worst].sum():.6g} where {r[worst]:.6g} is wanted; "
        "the zeros of the prior leave no table with these totals"
    )


def _ratio(wanted: Floats, found: Floats) -> Floats:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _refuse(table: Floats, rows: Floats, columns: Floats) -> None:
    if table.ndim != 2 or table.shape != (rows.size, columns.size):
        raise WorldError(f"a prior of shape {table.shape} cannot have {rows.size} row and {columns.size} column totals")
    for name, array in (("prior", table), ("row totals", rows), ("column totals", columns)):
        if not np.isfinite(array).all() or (array < 0).any():
            raise WorldError(f"{name}: every number must be finite and not negative")
    if abs(rows.sum() - columns.sum()) > 1e-9 * max(rows.sum(), columns.sum()):
        raise WorldError(f"row totals sum to {rows.sum():.10g}, column totals to {columns.sum():.10g}")
    for name, axis, totals in (("row", 1, rows), ("column", 0, columns)):
        empty = (table.sum(axis) == 0) & (totals > 0)
        if empty.any():
            place = int(empty.argmax())
            raise WorldError(f"{name} {place} of the prior is empty, yet {totals[place]:.6g} is wanted")


def filled(wanted: ArrayLike, most: ArrayLike, total: float) -> Floats:
    """Numbers in the proportions of `wanted`, none above its `most`, that sum to `total`: min(s · wanted, most).

    Raises `WorldError` when `most` leaves no room for `total`.

    >>> filled([1, 1, 2], [0.5, 9, 9], 5.0)
    array([0.5, 1.5, 3. ])
    """
    share, cap = np.array(wanted, dtype=float), np.array(most, dtype=float)
    room = float(cap[share > 0].sum())
    if total > room * (1 + 1e-12):
        raise WorldError(f"intermediate use of {total:.6g} does not fit: absorption leaves room for {room:.6g}")
    full = (share > 0) & (cap <= 0)
    while True:
        free = (share > 0) & ~full
        factor = (total - cap[full].sum()) / share[free].sum() if free.any() else 0.0
        over = free & (factor * share > cap)
        if not over.any():
            return np.asarray(np.where(full, cap, factor * np.where(free, share, 0)))
        full |= over


def tilted(shares: ArrayLike, weights: ArrayLike, mean: float) -> Floats:
    """Shares between 0 and 1 moved to a weighted `mean` by one common factor on their odds, s / (1 − s).

    Keeps every share between 0 and 1, which plain scaling would not. Raises `WorldError` unless 0 < `mean` < 1, and
    when shares that are all 0 or 1 cannot reach it.

    >>> tilted([0.2, 0.5], [1, 1], 0.35).round(6)
    array([0.2, 0.5])
    """
    s, w = np.array(shares, dtype=float), np.array(weights, dtype=float)
    if not 0 < mean < 1:
        raise WorldError(f"a mean share of {mean:.6g} is not between 0 and 1")
    low, high = -30.0, 30.0
    for _ in range(64):
        middle = (low + high) / 2
        moved = s * np.exp(middle) / (1 - s + s * np.exp(middle))
        low, high = (middle, high) if float(moved @ w) < mean * float(w.sum()) else (low, middle)
    if abs(float(moved @ w) - mean * float(w.sum())) > 1e-9 * float(w.sum()):
        raise WorldError(f"shares between {s.min():.3g} and {s.max():.3g} cannot be moved to a mean of {mean:.6g}")
    return np.asarray(moved)
