"""Measures: what each legal act does to duties, for whom, on what, from when to when, and when that was known.

A measure is a dated record in a file of its authority. It names partners, products (codes of the tariff or lists that
have dates of their own), what its duty is levied on, the claims it depends on, and one rate.
"""

import re
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from tradetalks.records.fields import Day, Name, Names, Number, Rate, Record, Source, Text, fault
from tradetalks.records.period import Period

Basis = Literal["value", "steel", "aluminium", "copper", "foreign content"]
"""What a duty is levied on: the full value, the content of a metal, or what is not of US make."""


class Specific(Record):
    """A duty by quantity."""

    amount: Number
    currency: Literal["USD", "JPY"]
    unit: Text


class Duty(Record):
    """A rate on top of the normal duty, or a total with the normal duty inside, or an amount by quantity."""

    additional: Rate | None = None
    cap: Rate | None = None
    specific: Specific | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in (self.additional, self.cap, self.specific) if kind is not None]
        if len(given) != 1:
            raise fault("give one of `additional` (on top of the normal duty), `cap` (the total with it) or `specific`")
        return self


class Amendment(Record):
    """A change by a deal: these measures, for these partners, now have this rate."""

    measures: Names
    partners: Names
    rate: Duty

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.rate.specific is not None:
            raise fault("a deal is told as `additional` or `cap`; a duty by quantity has no rate", "rate")
        return self


class Measure(Record):
    """One legal act's effect on the duties of one importer, for one period."""

    measure: Name
    what: Text
    family: Name | None = None
    """The programme it belongs to, by which rules of stacking speak of it; by default its own name."""
    authority: Text
    importer: Text
    partners: Names = ()
    """Countries and groups; `all, except [CAN, MEX]`."""
    products: Names = ("all",)
    """Lists and codes of 2 to 10 digits."""
    outside: Names = ()
    """Lists and codes that it does not reach."""
    levied_on: Basis = "value"
    only: Names = ()
    """Claims without which it does not bear on an entry."""
    unless: Names = ()
    """Claims that free an entry from it."""
    rate: Duty | None = None
    rates: dict[str, Rate] | None = None
    """Additional rates by partner, in place of `partners` and `rate`."""
    exempts: Names = ()
    """Families whose duty does not apply where this measure does, in place of a rate."""
    effective: Period
    """In law, as finally in force."""
    collected_to: Day | None = None
    """The day collection in fact stopped, where a ruling ended the law before that."""
    end_known: Day | None = None
    """When the end became known; by default the end was part of the first text."""
    known: Period
    """From its announcement or text, the earlier; to the day it was withdrawn or replaced before it was in force."""
    published: Day | None = None
    announced: bool = False
    """Announced, with no legal text: expected for days to come, never collected."""
    replaces: Names = ()
    """Measures that stand back where this one bears."""
    citation: Text
    link: Text | None = None
    source: Source
    note: Text | None = None
    amended: SkipJsonSchema[tuple[Amendment, ...]] = Field(default=(), exclude=True)
    """Amendments by a deal, the last one ruling; never in a file."""

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if sum((self.rate is not None, self.rates is not None, bool(self.exempts))) != 1:
            raise fault("give one of `rate` for its `partners`, `rates` by partner, or `exempts`")
        if self.rates is not None and self.partners:
            raise fault("stands beside `rates`, whose names are the partners; remove one of the two", "partners")
        if self.rates is None and not self.partners:
            raise fault("is missing; write `all`, `all, except [CAN, MEX]` or a list", "partners")
        if self.link is not None and not re.match(r"https://\S+$", self.link):
            raise fault("is not an address; write it in full, https://…", "link")
        return self

    @property
    def programme(self) -> str:
        """Its family, or its own name where it is alone."""
        return self.family or self.measure

    @property
    def named(self) -> Names:
        """The partners it names, however it names them."""
        return self.partners or tuple(self.rates or ())

    def amend(self, amendment: Amendment) -> Self:
        """This measure under one more amendment."""
        return self.model_copy(update={"amended": (*self.amended, amendment)})

    def until(self, known_on: date | None) -> date | None:
        """The first day it no longer holds; with `known_on`, as known then, and the day collection stopped."""
        if known_on is None:
            return self.effective.until
        if self.end_known is not None and known_on < self.end_known:
            return None
        return self.collected_to or self.effective.until

    def holds(self, on: date, known_on: date | None) -> bool:
        """Whether it is law on a day.

        Without `known_on`: the law as finally in force. With it: as it was known, and collected, on that day; an end
        that a later act brought is then still open.
        """
        if known_on is None:
            return self.known.until is None and self.effective.covers(on)
        if not self.known.covers(known_on) or on < self.effective.since:
            return False
        if self.announced and on <= known_on:
            return False
        end = self.until(known_on)
        return end is None or on < end


class MeasureFile(Record):
    """A file of measures that rest on one authority."""

    authority: Text
    importer: Text
    measures: tuple[Measure, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, data: object) -> object:
        """What the file says once holds for each of its measures."""
        if isinstance(data, dict) and isinstance(data.get("measures"), list):
            shared = {key: data[key] for key in ("authority", "importer") if key in data}
            measures = [{**shared, **m} if isinstance(m, dict) else m for m in data["measures"]]
            return {**data, "measures": measures}
        return data
