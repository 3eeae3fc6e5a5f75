"""Ranges: a figure of a file with what it might also be, and what follows from several of them.

A figure without a range is written plainly (`0.5`), one with a range as `{point: 0.5, low: 0.2, high: 0.8}`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tradetalks.records.fields import Rate, Record, Share, fault
from tradetalks.talks.estimate import Estimate


class _Ranged(Record):
    """A point inside its low and its high; see the kinds below."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        if isinstance(data, str | int | float):
            data = {"point": data}
        if isinstance(data, dict) and "point" in data and not {"low", "high"} & set(data):
            data = {**data, "low": data["point"], "high": data["point"]}
        return data

    @model_validator(mode="after")
    def _inside(self) -> Self:
        point, low, high = self.estimate
        if not low <= point <= high:
            raise fault(f"{point:.4g} is outside its range {low:.4g} to {high:.4g}; low ≤ point ≤ high", "point")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["number", "string"]}, handler(core)]}

    @property
    def estimate(self) -> Estimate:
        """The same as an estimate."""
        return Estimate(getattr(self, "point"), getattr(self, "low"), getattr(self, "high"))  # noqa: B009

    @property
    def is_exact(self) -> bool:
        """Whether it has no range."""
        _, low, high = self.estimate
        return low == high


class ShareRange(_Ranged):
    """A part of one, with its range.

    >>> ShareRange.model_validate({"point": 0.57, "low": 0.52, "high": 0.83}).estimate
    Estimate(point=0.57, low=0.52, high=0.83)
    """

    point: Share
    low: Share
    high: Share


class RateRange(_Ranged):
    """A rate with its range; in percent in the file, a fraction inside."""

    point: Rate
    low: Rate
    high: Rate


def over_corners(value: Callable[..., float], *figures: Estimate) -> Estimate:
    """The value at the points, ranging over all combinations of lows and highs.

    The range is exact where `value` rises or falls in each figure throughout. It is wide: all may be low together.

    >>> over_corners(lambda a, b: a * b, Estimate(2, 1, 3), Estimate(10, 10, 20))
    Estimate(point=20, low=10, high=60)
    """
    corners = product(*({figure.low, figure.high} for figure in figures))
    return Estimate.over(value(*(figure.point for figure in figures)), (value(*corner) for corner in corners))
