"""Anderson acceleration of a fixed-point map (Anderson 1965; Walker and Ni 2011, type II).

The next point mixes the last few images so that the linear model of the map's residual vanishes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats


class FixedPoint(NamedTuple):
    """Where the iteration ended."""

    point: Floats
    gap: float
    """Largest absolute difference between the point and its image."""
    steps: int
    converged: bool


def fixed_point(
    image: Callable[[Floats], Floats], start: Floats, *, tolerance: float, steps: int, memory: int = 8
) -> FixedPoint:
    """Iterates `image` from `start` until point and image differ by at most `tolerance` everywhere.

    Stops early, unconverged, when the iterates leave the finite numbers.
    """
    moves, gaps = np.empty((2, memory, start.size))  # last differences of images and of gaps
    gram, products = np.zeros((memory, memory)), np.zeros(memory)
    point, kept, largest = start, 0, np.inf
    last_point = last_gap = start
    for step in range(steps):
        gap = image(point) - point
        largest = max(float(gap.max()), -float(gap.min()))
        if not np.isfinite(largest):
            return FixedPoint(point, np.inf, step, False)
        if largest <= tolerance:
            return FixedPoint(point, largest, step + 1, True)
        following = point + gap
        if step:
            slot = kept % memory
            kept += 1
            used = min(kept, memory)
            np.subtract(gap, last_gap, out=gaps[slot])
            np.subtract(point, last_point, out=moves[slot])
            moves[slot] += gaps[slot]
            before, products = products, gaps[:used] @ gap
            row = products - before[:used]  # the new difference times the older ones
            row[slot] = gaps[slot] @ gaps[slot]
            gram[slot, :used] = gram[:used, slot] = row
            small = gram[:used, :used].copy()
            small.flat[:: used + 1] += 1e-14 * small.trace() + 1e-300
            following -= np.linalg.solve(small, products) @ moves[:used]
            products = np.append(products, np.zeros(memory - used))
        last_point, last_gap, point = point, gap, following
    return FixedPoint(point, largest, steps, False)


class FixedPoints(NamedTuple):
    """Where the iteration of several columns ended."""

    point: Floats
    """`[unknown, column]`."""
    gap: Floats
    """Largest absolute difference between each column and its image."""
    steps: int
    converged: bool


def fixed_points(
    image: Callable[[Floats], Floats], start: Floats, *, tolerance: Floats, steps: int, memory: int = 8
) -> FixedPoints:
    """As `fixed_point`, for columns that share an `image` but not one another's numbers: each mixes its own past.

    A column that has arrived at its `tolerance` stays there while the others go on.
    """
    size, columns = start.shape
    moves, gaps = np.empty((2, memory, size, columns))
    gram = np.zeros((columns, memory, memory))
    point, kept = start, 0
    last_point = last_gap = start
    largest = np.full(columns, np.inf)
    for step in range(steps):
        gap = image(point) - point
        largest = np.abs(gap).max(0)
        if not np.isfinite(largest).all():
            return FixedPoints(point, largest, step, False)
        arrived = largest <= tolerance
        if arrived.all():
            return FixedPoints(point, largest, step + 1, True)
        following = point + gap
        if step:
            slot = kept % memory
            kept += 1
            used = min(kept, memory)
            np.subtract(gap, last_gap, out=gaps[slot])
            np.subtract(point, last_point, out=moves[slot])
            moves[slot] += gaps[slot]
            row = np.einsum("msk,sk->km", gaps[:used], gaps[slot])
            gram[:, slot, :used] = gram[:, :used, slot] = row
            small = gram[:, :used, :used] + 0
            diagonal = np.arange(used)
            ridge = 1e-14 * np.trace(small, axis1=1, axis2=2) + 1e-300
            small[:, diagonal, diagonal] += ridge[:, None]
            products = np.einsum("msk,sk->km", gaps[:used], gap)
            weights = np.linalg.solve(small, products[:, :, None])[:, :, 0]
            for back in range(used):
                following -= moves[back] * weights[:, back]
            following[:, arrived] = point[:, arrived]
        last_point, last_gap, point = point, gap, following
    return FixedPoints(point, largest, steps, False)
