"""A period: from a day on, to the day before another."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from tradetalks.records.fields import Day, Record, fault


class Period(Record):
    """Days from `from`, to the day before `to`; open where `to` is missing."""

    since: Day = Field(alias="from")
    until: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise fault(f"{self.until} is not after {self.since}; `to` is the first day it no longer holds", "to")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the period; the last day is the one before `until`."""
        return self.since <= day and (self.until is None or day < self.until)
