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


class FixedPoints(NamedTuple):
    """Where the iteration of several columns ended."""

    point: Floats
    """`[unknown, column]`."""
    gap: Floats
    """Largest absolute difference between each column and its image."""
    steps: int
    converged: bool


def fixed_point(
    image: Callable[[Floats], Floats], start: Floats, *, tolerance: float, steps: int, memory: int = 8
) -> FixedPoint:
    """Iterates `image` from `start` until point and image differ by at most `tolerance` everywhere.

    Stops early, unconverged, when the iterates leave the finite numbers.
    """
    run = fixed_points(
        lambda at: image(at[:, 0])[:, None], start[:, None], tolerance=np.array([tolerance]), steps=steps, memory=memory
    )
    return FixedPoint(run.point[:, 0], float(run.gap[0]), run.steps, run.converged)


def fixed_points(
    image: Callable[[Floats], Floats], start: Floats, *, tolerance: Floats, steps: int, memory: int = 8
) -> FixedPoints:
    """As `fixed_point`, for columns that share an `image` but not one another's numbers: each mixes its own past.

    A column that has arrived at its `tolerance` stays there while the others go on.
    """
    point, mixing = start.copy(), Mixing(start.shape[0], start.shape[1], memory)
    largest = np.full(start.shape[1], np.inf)
    for step in range(steps):
        gap = image(point) - point
        largest = np.abs(gap).max(0)
        if not np.isfinite(largest).all():
            return FixedPoints(point, np.where(np.isfinite(largest), largest, np.inf), step, False)
        arrived = largest <= tolerance
        if arrived.all():
            return FixedPoints(point, largest, step + 1, True)
        there = point[:, arrived]
        mixing.advance(point, gap)
        point[:, arrived] = there
    return FixedPoints(point, largest, steps, False)


class Mixing:
    """Anderson's method for columns that come and go: each mixes the last `memory` steps of its own past.

    The weights come from every `stride`-th unknown: they say how to mix, and need not be exact.
    """

    def __init__(self, size: int, columns: int, memory: int, stride: int = 1) -> None:
        self.memory, self.stride = memory, stride
        self.moves, self.gaps = np.zeros((2, memory, size, columns))
        self.gap, self.move, self.scratch = np.zeros((3, size, columns))
        self.gram = np.zeros((columns, memory, memory))
        self.unit = np.eye(memory)
        self.fresh = np.ones(columns, dtype=bool)
        self.taken = 0

    def forget(self, column: int) -> None:
        """A new point stands in `column`."""
        self.fresh[column] = True

    def advance(self, points: Floats, gap: Floats) -> None:
        """Moves `points` `[unknown, column]` in place by their gaps, mixed with earlier ones."""
        slot, fresh = self.taken % self.memory, np.flatnonzero(self.fresh)
        self.taken += 1
        np.subtract(gap, self.gap, out=self.gaps[slot])
        np.add(self.move, self.gaps[slot], out=self.moves[slot])
        for column in fresh:
            self.moves[:, :, column] = self.gaps[:, :, column] = self.gram[column] = 0
        np.copyto(self.gap, gap)
        np.copyto(self.move, gap)
        if fresh.size < self.fresh.size:
            self.gram[:, slot] = self.gram[:, :, slot] = self._products(self.gaps[slot])
            ridge = 1e-14 * np.einsum("kmm->k", self.gram) + 1e-300
            small = self.gram + ridge[:, None, None] * self.unit
            self._mix(np.linalg.solve(small, self._products(gap)[:, :, None])[:, :, 0])
        points += self.move
        self.fresh[fresh] = False

    def _products(self, one: Floats) -> Floats:
        """Inner products of `one` with the kept differences of gaps `[column, memory]`."""
        gaps, one = self.gaps[:, :: self.stride], one[:: self.stride]
        if one.shape[1] == 1:
            return np.asarray(gaps[:, :, 0] @ one[:, 0])[None]
        part, ones = self.scratch[: len(one)], np.ones(len(one))
        return np.stack([ones @ np.multiply(kept, one, out=part) for kept in gaps], axis=1)

    def _mix(self, weights: Floats) -> None:
        if len(weights) == 1:
            self.move[:, 0] -= weights[0] @ self.moves[:, :, 0]
            return
        for kept, weight in zip(self.moves, weights.T, strict=True):
            self.move -= np.multiply(kept, weight, out=self.scratch)
