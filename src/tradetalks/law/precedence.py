"""Rules of precedence: where two programmes meet on one article, which comes first and what is left to the other.

Programmes without a rule between them add up. A rule holds for a period, so eras are data.
"""

from typing import Literal

from pydantic import Field

from tradetalks.records.fields import Name, Names, Record, Source, Text
from tradetalks.records.period import Period


class Rule(Record):
    """The families of `first` come before those of `then`.

    `takes: article`: where the first bears on an article at all, the other does not. `takes: portion`: the other is
    left the part of the value that the first is not levied on.
    """

    rule: Name
    what: Text
    first: Names
    then: Names
    takes: Literal["article", "portion"]
    effective: Period
    known: Period
    citation: Text
    source: Source
    note: Text | None = None


class RuleFile(Record):
    """The rules of precedence of one importer."""

    importer: Text
    rules: tuple[Rule, ...] = Field(min_length=1)
