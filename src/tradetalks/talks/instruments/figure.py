"""A figure with its range, as a file states it: the point, and the least and the most that it might be.

What was asked of people or assumed has a range always; what is law or published names its source.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tradetalks.records.fields import Basis, Number, Record, Source, fault
from tradetalks.talks.estimate import Estimate

End = Literal["point", "low", "high"]
"""Which of a range to take."""


class Figure(Record):
    """A number with its range; the unit is its holder's. `low` = `point` = `high` says that it is certain."""

    point: Number
    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Figure:
        if not self.low <= self.point <= self.high:
            raise fault(f"{self.point:g} is outside its range, {self.low:g} to {self.high:g}; widen it", "point")
        return self

    @property
    def estimate(self) -> Estimate:
        """The same as a value of the program."""
        return Estimate(self.point, self.low, self.high)


class Stated(Record):
    """A record whose figures rest on a stated basis; law and publications are named."""

    basis: Basis
    source: Source | None = None

    @model_validator(mode="after")
    def _names_its_source(self) -> Stated:
        if self.basis in ("law", "published") and self.source is None:
            raise fault(f"is missing; where the basis is `{self.basis}`, give its title, date and confidence", "source")
        return self
