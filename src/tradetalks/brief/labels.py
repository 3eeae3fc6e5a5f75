"""Where labels go in a picture: beside their points, off each other, off what is drawn, inside the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE = 13.0
"""Height of a line of text, pixels."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; y grows downwards, as on a screen."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The common area, square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True)
class Label:
    """One line of text wanted beside the point (`x`, `y`), pixels; `letter` is the width of its letters."""

    x: float
    y: float
    text: str
    letter: float

    @property
    def long(self) -> float:
        return self.letter * len(self.text)

    def box(self, left: float, middle: float) -> Box:
        """The rectangle of the text when it starts at `left` and is centred on `middle`."""
        return Box(left, middle - LINE / 2, left + self.long, middle + LINE / 2)


def place(labels: Sequence[Label], frame: tuple[float, float], taken: Sequence[Box] = ()) -> list[tuple[float, float]]:
    """Where each label starts (x of its left edge, y of its middle), in the order of `labels`.

    `frame` is (width, height) in pixels, `taken` what labels should keep off. Each label in turn takes the place
    around its point, near ones first, that covers least.

    >>> place([Label(50, 50, "Nash", 6), Label(52, 50, "Utilitarian", 6)], (300, 100))[0]
    (59, 50)
    """
    width, height = frame
    dots = [Box(label.x - 5, label.y - 5, label.x + 5, label.y + 5) for label in labels]
    placed: list[Box] = []
    spots: list[tuple[float, float]] = []
    for label in labels:
        long = label.long
        reach = Box(label.x - long - 10, label.y - 100, label.x + long + 10, label.y + 84)
        near = [other for other in (*dots, *taken) if other.overlap(reach)]
        best, at = float("inf"), (label.x + 9, label.y)
        for step, lift in enumerate((0, 14, 28, 42, 58, 76)):
            for dx, dy in ((9, -lift), (9, lift), (-9 - long, -lift), (-9 - long, lift), (-long / 2, -lift - 15)):
                box = label.box(label.x + dx, label.y + dy)
                outside = max(0.0, -box.left, box.right - width, -box.top, box.bottom - height)
                cost = 100 * outside + 4 * step
                cost += sum(box.overlap(other) for other in placed) * 5
                cost += sum(box.overlap(other) for other in near)
                if cost < best:
                    best, at = cost, (label.x + dx, label.y + dy)
        placed.append(label.box(*at))
        spots.append(at)
    return spots
