"""Authorities: the statutes that measures rest on, and how long what rests on them may stand."""

from typing import Literal

from pydantic import Field

from tradetalks.records.fields import Day, Name, Number, Rate, Record, Source, Text

Standing = Literal["settled", "limited", "contested", "void"]
"""Settled law; limited by the statute in time or height; before the courts; set aside by them."""


class State(Record):
    """How an authority stood from a day on."""

    since: Day = Field(alias="from")
    standing: Standing
    why: Text
    source: Source


class Durability(Record):
    """What bounds the life of a duty that rests on an authority."""

    term_days: Number | None = None
    """Days after which it ends unless renewed by law."""
    highest_rate: Rate | None = None
    review_years: Number | None = None
    needs: Text
    """What the statute asks for before a duty and to keep it."""
    states: tuple[State, ...] = Field(min_length=1)
    """In order of time; the last that began rules."""


class Authority(Record):
    """A statute by its short name (`IEEPA`, `s232`, …)."""

    authority: Name
    short: Text
    """What a table calls it."""
    statute: Text
    citation: Text
    durability: Durability


class AuthorityFile(Record):
    """The authorities of one importer."""

    importer: Text
    authorities: tuple[Authority, ...] = Field(min_length=1)
