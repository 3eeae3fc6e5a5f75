"""Figures that may be certain: a plain number, or a point with its range; and all the corners of several ranges.

Ranges are taken at their ends in every combination, so that the outcome's own range holds whatever they do together.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from tradetalks.errors import OfferError
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.figure import Figure

MOST_RANGES = 14
"""More ranges than this make too many corners."""


def _ranged(value: object) -> object:
    return {"point": value, "low": value, "high": value} if isinstance(value, str | int | float) else value


_NUMBER: JsonSchemaValue = {"type": ["number", "string"]}
SCHEMA: JsonSchemaValue = {
    "anyOf": [
        _NUMBER,
        {
            "type": "object",
            "properties": {"point": _NUMBER, "low": _NUMBER, "high": _NUMBER},
            "required": ["point", "low", "high"],
            "additionalProperties": False,
        },
    ]
}
"""How a file may write a figure."""

Ranged = Annotated[Figure, BeforeValidator(_ranged), WithJsonSchema(SCHEMA)]
"""A number, which is then certain, or `{point, low, high}`."""


def certain(value: float) -> Figure:
    """A figure without a range."""
    return Figure(point=value, low=value, high=value)


def corners(figures: Mapping[str, Figure]) -> dict[str, NDArray[np.float64]]:
    """Every figure `[corner]`: first all points, then each combination of low and high of those that have a range.

    Raises `OfferError` for more than `MOST_RANGES` ranges.

    >>> corners({"a": certain(1), "b": Figure(point=2, low=1, high=4)})
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
        values = np.full(1 + len(ends), figure.point)
        if name in wide:
            values[1:] = np.where(ends[:, wide.index(name)], figure.high, figure.low)
        found[name] = values
    return found


def estimate(values: NDArray[np.float64]) -> Estimate:
    """The point and the range of an outcome over the corners; the first entry is the point."""
    values = values + 0.0  # no minus zeros
    return Estimate.over(float(values[0]), [float(values.min()), float(values.max())])
