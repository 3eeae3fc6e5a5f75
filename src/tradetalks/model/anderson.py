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
    size = start.size
    points, gaps = np.empty((memory, size)), np.empty((memory, size))  # differences of successive points and gaps
    gram = np.zeros((memory, memory))
    point, kept = start, 0
    last_point = last_gap = start
    largest = np.inf
    for step in range(steps):
        gap = image(point) - point
        largest = float(np.abs(gap).max())
        if not np.isfinite(largest):
            return FixedPoint(point, np.inf, step, False)
        if largest <= tolerance:
            return FixedPoint(point, largest, step + 1, True)
        if step:
            slot = kept % memory
            np.subtract(point, last_point, out=points[slot])
            np.subtract(gap, last_gap, out=gaps[slot])
            kept += 1
            used = min(kept, memory)
            gram[slot, :used] = gram[:used, slot] = gaps[:used] @ gaps[slot]
            small = gram[:used, :used]
            ridge = 1e-14 * np.trace(small) + 1e-300
            weights = np.linalg.solve(small + ridge * np.eye(used), gaps[:used] @ gap)
            last_point, last_gap = point, gap
            point = point + gap - weights @ points[:used] - weights @ gaps[:used]
        else:
            last_point, last_gap = point, gap
            point = point + gap
    return FixedPoint(point, largest, steps, False)
