"""A figure of a file with its range: a number, a share or a rate, and on whose word it stands.

A figure without a range is written plainly (`0.5`), one with a range as `{point: 0.5, low: 0.2, high: 0.8}`. What was
asked of people or assumed has a range; what is law or published names its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tradetalks.errors import OfferError
from tradetalks.records.fields import Basis, Number, Rate, Record, Share, Source, fault
from tradetalks.talks.estimate import Estimate

End = Literal["point", "low", "high"]
"""Which of a figure to take."""

MOST_RANGES = 14
"""More ranges than this make too many corners."""


def require_order(point: float, low: float, high: float, field: str) -> None:
    """Refuses a point outside its range."""
    if not low <= point <= high:
        raise fault(f"{point:g} is outside its range, {low:g} to {high:g}; widen it", field)


class Figure(Record):
    """A number with its range; the unit is its holder's. `low` = `point` = `high` says that it is certain.

    >>> Figure.model_validate({"point": "0.57", "low": "0.52", "high": "0.83"}).estimate
    Estimate(point=0.57, low=0.52, high=0.83)
    >>> Figure.model_validate("2").is_exact
    True
    """

    sure: ClassVar[tuple[float, ...]] = ()
    """Points that need no range even where somebody judged them."""

    point: Number
    low: Number
    high: Number

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        if isinstance(data, str | int | float):
            data = {"point": data}
        if isinstance(data, dict) and "point" in data and not {"low", "high"} & set(data):
            data = {**data, "low": data["point"], "high": data["point"]}
        return data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_order(*self.estimate, "point")
        return self

    @classmethod
    def certain(cls, value: float) -> Self:
        """One without a range."""
        return cls(point=value, low=value, high=value)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["number", "string"]}, handler(core)]}

    @property
    def estimate(self) -> Estimate:
        """The same as a value of the program."""
        return Estimate(self.point, self.low, self.high)

    @property
    def is_exact(self) -> bool:
        """Whether it has no range."""
        return self.low == self.high


class ShareFigure(Figure):
    """A part of one, or a chance, with its range; none and all are sure."""

    sure = (0.0, 1.0)
    point: Share
    low: Share
    high: Share


class RateFigure(Figure):
    """A rate with its range, in percent in the file and a fraction inside; none and all are sure."""

    sure = (0.0, 1.0)
    point: Rate
    low: Rate
    high: Rate


def require_range(basis: Basis, figure: Figure, field: str) -> None:
    """Refuses a figure that rests on judgement and has no range."""
    if basis in ("elicited", "assumption") and figure.is_exact and figure.point not in figure.sure:
        raise fault(
            f"{figure.point:g} rests on judgement ({basis}) and has no range; put `low` and `high` as far apart as it "
            "might be wrong",
            field,
        )


class Stated(Record):
    """A record whose figures rest on a stated basis; law and publications are named."""

    basis: Basis
    source: Source | None = None

    def judged(self) -> Mapping[str, Figure]:
        """By field: its figures that have a range unless they were read somewhere."""
        return {}

    @model_validator(mode="after")
    def _has_grounds(self) -> Self:
        if self.basis in ("law", "published") and self.source is None:
            raise fault(f"is missing; where the basis is `{self.basis}`, give its title, date and confidence", "source")
        for field, figure in self.judged().items():
            require_range(self.basis, figure, field)
        return self


def corners(figures: Mapping[str, Figure | Estimate]) -> dict[str, NDArray[np.float64]]:
    """Every figure `[corner]`: first all points, then each combination of low and high of those that have a range.

    Raises `OfferError` for more than `MOST_RANGES` ranges.

    >>> corners({"a": Figure.certain(1), "b": Figure(point=2, low=1, high=4)})
    {'a': array([1., 1., 1.]), 'b': array([2., 1., 4.])}
    """
    wide = [name for name, figure in figures.items() if figure.low < figure.high]
    if len(wide) > MOST_RANGES:
        raise OfferError(
            f"{len(wide)} figures have a range ({', '.join(wide)}); give at most {MOST_RANGES} of them one"
        )
    ends = np.array(list(product((0, 1), repeat=len(wide)))) if wide else np.zeros((0, 0))
    found = {}
    for name, figure in figures.items():
        values = np.full(1 + len(ends), figure.point, dtype=np.float64)
        if name in wide:
            values[1:] = np.where(ends[:, wide.index(name)], figure.high, figure.low)
        found[name] = values
    return found


def estimate(values: NDArray[np.float64]) -> Estimate:
    """The point and the range of an outcome over the corners; the first entry is the point."""
    values = values + 0.0  # no minus zeros
    return Estimate.over(float(values[0]), [float(values.min()), float(values.max())])


def over_corners(value: Callable[..., float], *figures: Figure | Estimate) -> Estimate:
    """The value at the points, ranging over all corners.

    The range is exact where `value` rises or falls in each figure throughout. It is wide: all may be low together.

    >>> over_corners(lambda a, b: a * b, Estimate(2, 1, 3), Estimate(10, 10, 20))
    Estimate(point=20.0, low=10.0, high=60.0)
    """
    found = corners({str(k): figure for k, figure in enumerate(figures)})
    values = [value(*taken) for taken in zip(*(ends.tolist() for ends in found.values()), strict=True)]
    return Estimate.over(values[0], values)
