"""Search: a point that its first-order condition leaves where it is, between bounds.

The condition of a tariff is a formula for the tariff, so the search is a fixed point, accelerated after Anderson (1965)
and kept honest: steps have a longest length, stay within the bounds, turn back where there is no equilibrium, and
start afresh where they lead away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.errors import SolveError

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats


class Image(NamedTuple):
    """What a condition makes of a point."""

    point: Floats
    """Where it would move the point."""
    error: float
    """By how much the condition is missed."""
    value: float | None = None
    """What is to be maximised, where one thing is: steps that lower it are taken back."""


@dataclass(frozen=True, eq=False)
class Found:
    """Where a search ended."""

    point: Floats
    error: float
    steps: int
    """Points tried."""
    converged: bool


def settle(
    image: Callable[[Floats], Image],
    start: Floats,
    lower: Floats,
    upper: Floats,
    *,
    tolerance: float,
    scale: Floats | float = 1.0,
    steps: int = 80,
    memory: int = 6,
    longest: float = 0.5,
) -> Found:
    """Moves `start` until `image` misses its condition by at most `tolerance`.

    `scale` weighs the unknowns against each other where past steps are mixed; no unknown moves by more than `longest`
    at once. Raises `SolveError` when there is no equilibrium at the start.
    """
    path = _Path(np.clip(start, lower, upper), memory, longest)
    for step in range(steps):
        try:
            there = image(path.point)
            if not (np.isfinite(there.error) and np.isfinite(there.point).all()):
                raise SolveError("the search left the finite numbers: start elsewhere, or narrow the bounds")
        except SolveError:
            if path.best is None:
                raise
            path.turn_back()
            continue
        if there.error <= tolerance and not path.lowered_by(there):
            return Found(path.point, there.error, step + 1, True)
        gap = np.clip(there.point, lower, upper) - path.point
        if path.led_away(there):
            path.turn_back()
            continue
        move = path.mixed(there, gap, scale)
        path.point = np.clip(
            path.point + move * min(1.0, path.longest / max(float(np.abs(move).max()), 1e-300)), lower, upper
        )
    assert path.best is not None
    return Found(path.best[0], path.best[1].error, steps, False)


class _Path:
    """The points tried and what their steps taught."""

    def __init__(self, point: Floats, memory: int, longest: float) -> None:
        self.point, self.memory, self.longest = point, memory, longest
        self.best: tuple[Floats, Image, Floats] | None = None
        """The best point, its image and the gap between them."""
        self.first: float | None = None
        self.shrink, self.allowed = 1.0, 30.0
        self.points: list[Floats] = []
        self.gaps: list[Floats] = []

    def lowered_by(self, there: Image) -> bool:
        """Whether the value fell by more than rounding and the curvature near a maximum explain."""
        if there.value is None or self.best is None or self.best[1].value is None or self.first is None:
            return False
        return there.value < self.best[1].value - 1e-6 * abs(self.best[1].value - self.first) - 1e-9 * abs(self.first)

    def led_away(self, there: Image) -> bool:
        if there.value is not None:
            return self.lowered_by(there)
        return self.best is not None and len(self.points) > 1 and there.error > self.allowed * self.best[1].error

    def turn_back(self) -> None:
        """From the best point again, by a part of its plain step that halves each time."""
        assert self.best is not None
        point, there, gap = self.best
        self.points.clear()
        self.gaps.clear()
        if there.value is None:
            self.allowed *= 3
            self.longest = max(self.longest / 2, 0.05)
        self.point = point + self.shrink * gap
        self.shrink /= 2

    def mixed(self, there: Image, gap: Floats, scale: Floats | float) -> Floats:
        """The next move: the plain one, less what past moves and gaps explain (Walker and Ni 2011)."""
        better = self.best is None or (
            there.error < self.best[1].error
            if there.value is None or self.best[1].value is None
            else there.value > self.best[1].value
        )
        if better:
            self.best, self.shrink = (self.point, there, gap), 1.0
        if self.first is None:
            self.first = there.value
        self.points.append(self.point)
        self.gaps.append(gap)
        del self.points[: -self.memory - 1], self.gaps[: -self.memory - 1]
        if len(self.points) < 2:
            return gap
        moved, turned = np.diff(self.points, axis=0), np.diff(self.gaps, axis=0)
        mix = np.linalg.lstsq((turned * scale).T, gap * scale, rcond=1e-10)[0]
        return np.asarray(gap - mix @ (moved + turned))
