"""An estimate: a point and its range over the elasticity sets of the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Estimate(NamedTuple):
    """A number with its range; the unit is its holder's."""

    point: float
    low: float
    high: float

    @classmethod
    def over(cls, point: float, others: Iterable[float]) -> Estimate:
        """The range of `point` and `others`.

        >>> Estimate.over(-8.0, [-5.0, -13.0])
        Estimate(point=-8.0, low=-13.0, high=-5.0)
        """
        values = [point, *others]
        return cls(point, min(values), max(values))

    def as_json(self) -> dict[str, float]:
        """Plain data."""
        return self._asdict()
