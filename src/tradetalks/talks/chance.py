"""Chances of one event: drawn within their ranges, at their best, and all that they may be, adding to one.

Draws are triangular on the range (Johnson 1997); the best are those of a linear programme (Dantzig 1957).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tradetalks.talks.figure import ShareFigure

Floats = NDArray[np.float64]

TINY = 1e-9
"""Rounding that written shares may have."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """The random numbers of one use: the same seed gives every use its own, and each always the same.

    >>> bool(stream(1, "tree").random() == stream(1, "government", "JPN").random())
    False
    """
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def triangular(low: float, point: float, high: float, uniform: ArrayLike) -> Floats:
    """Draws of a triangular distribution with its mode at `point`, from uniform numbers of any shape, by inversion.

    Where `low` is `high` all draws are `point`. Source: Johnson (1997), "The triangular distribution as a proxy for
    the beta distribution in risk analysis", The Statistician 46(3).

    >>> triangular(0, 0.5, 1, [0, 0.5, 1])
    array([0. , 0.5, 1. ])
    """
    u = np.asarray(uniform, dtype=np.float64)
    rising = low + np.sqrt(u * (high - low) * (point - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - point))
    drawn: Floats = np.clip(np.where(u * (high - low) < point - low, rising, falling), low, high)
    return drawn


def adding_to_one(chances: Sequence[ShareFigure], uniform: ArrayLike) -> Floats:
    """Draws `[draw, chance]` of the chances of one event, each within its range and adding to one.

    Every chance is first drawn alone, triangular on its range. Where the draws add to more than one, all give way to
    their lows by the same part of the way; where to less, all move to their highs. The points themselves stay put.
    """
    u = np.asarray(uniform, dtype=np.float64)
    low, high = (np.array([getattr(c, end) for c in chances]) for end in ("low", "high"))
    drawn = np.stack([triangular(c.low, c.point, c.high, u[:, k]) for k, c in enumerate(chances)], axis=1)
    total = drawn.sum(axis=1, keepdims=True)
    end = np.where(total > 1, low, high)
    room = end.sum(axis=1, keepdims=True) - total
    part = np.divide(1 - total, room, out=np.zeros_like(total), where=room != 0)
    moved: Floats = np.clip(drawn + np.clip(part, 0, 1) * (end - drawn), low, high)
    return moved


def best(chances: Sequence[ShareFigure], values: ArrayLike) -> Floats:
    """The chances within their ranges, adding to one, under which the expected value is highest.

    A linear programme on a box and one sum; taking from the lows upwards in the order of value solves it exactly
    (the continuous knapsack of Dantzig 1957).

    >>> best([ShareFigure(point=0.5, low=0.2, high=0.6), ShareFigure(point=0.5, low=0.3, high=0.9)], [1, 2])
    array([0.2, 0.8])
    """
    taken = np.array([c.low for c in chances])
    left = 1 - float(taken.sum())
    for k in np.argsort(-np.asarray(values, dtype=np.float64), kind="stable"):
        more = min(max(left, 0.0), chances[k].high - chances[k].low)
        taken[k] += more
        left -= more
    return taken


def vertices(chances: Sequence[ShareFigure]) -> list[Floats]:
    """Every corner of what the chances of one event may be: all but one at an end of their ranges, adding to one."""
    found: dict[tuple[float, ...], Floats] = {}
    for free, chance in enumerate(chances):
        ends = [sorted({c.low, c.high}) for k, c in enumerate(chances) if k != free]
        for others in product(*ends):
            rest = 1 - sum(others)
            if chance.low - TINY <= rest <= chance.high + TINY:
                corner = np.insert(np.array(others), free, min(max(rest, chance.low), chance.high))
                found[tuple(corner.round(12))] = corner
    return list(found.values())
