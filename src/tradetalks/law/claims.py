"""Claims: what an entry may show at the border that its code does not, and how much of the trade shows it."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from tradetalks.records.fields import Name, Names, Record, Share, Source, Text, fault
from tradetalks.records.period import Period


class Claim(Record):
    """One claim: a preference, an end use, a place inside a quota. An entry makes it or not; trade makes it in part.

    The share of trade is a number, or the name of the table that ships with the trade data (`usmca`).
    """

    claim: Name
    what: Text
    partners: Names = ("all",)
    """Whose goods can make it."""
    products: Names = ("all",)
    """Lists and codes of goods that can make it."""
    share: Share | None = None
    """The share of trade in these goods that makes it."""
    table: Literal["usmca"] | None = None
    effective: Period | None = None
    """Days of entry on which it can be made; by default all."""
    assumed: bool = False
    """Whether an entry makes it when nothing is said."""
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _one_share(self) -> Self:
        if (self.share is None) == (self.table is None):
            raise fault("give either a `share` of trade or the `table` that holds shares")
        return self

    def open_on(self, day: date) -> bool:
        """Whether an entry of a day can make it."""
        return self.effective is None or self.effective.covers(day)


class ClaimFile(Record):
    """The claims that measures of one importer ask for."""

    importer: Text
    claims: tuple[Claim, ...] = Field(min_length=1)
