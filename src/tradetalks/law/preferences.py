"""Preferences: the programmes of the special column, whose goods they are open to, and since when."""

from pydantic import Field

from tradetalks.records.fields import Name, Names, Record, Text
from tradetalks.records.period import Period


class Preference(Record):
    """A programme of the special column."""

    preference: Name
    what: Text
    partners: Names
    effective: Period
    citation: Text


class PreferenceFile(Record):
    """The preference programmes of one importer."""

    importer: Text
    preferences: tuple[Preference, ...] = Field(min_length=1)
