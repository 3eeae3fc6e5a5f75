"""Delivery: how much of what was promised came about, in dated records of earlier pledges.

The records stand in `delivery.yaml`, each with its source and the day from which it was known. They are few and were
not drawn by chance: a pledge that fails makes news. What share a pledge at hand delivers is a judgement on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tradetalks.errors import CaseError, nearest
from tradetalks.records import faults, yaml_file
from tradetalks.records.fields import Day, Name, Record, Share, Source, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import ShareFigure

Of = Literal["total", "increment"]
"""What a delivered share is a part of: all that was promised, or only what would not have come anyway."""


class Prior(Record):
    """What became of one pledge, as far as it was known on a day."""

    prior: Name
    what: Text
    pledge: Literal["purchase", "investment"]
    of: Of
    counted: Literal["bought", "ordered", "invested", "announced"]
    """What was counted; an announcement is not yet an investment, nor an order a purchase."""
    share: ShareFigure
    elapsed: Share | None = None
    """Part of the promise's time that had run when it was counted; missing where that time was over or never set."""
    known: Day
    """The first day on which this could be known."""
    source: Source
    note: Text | None = None
    """Where the range comes from, and what the record does not show."""

    @model_validator(mode="after")
    def _known_from_its_source(self) -> Self:
        if self.source.date > self.known:
            raise fault(f"{self.known} is before the day of its source, {self.source.date}", "known")
        return self

    @property
    def at_this_pace(self) -> float | None:
        """The share by the promise's end if it goes on as it began, at most one; None where no time was set.

        >>> round(prior("korea-investment-2026-01").at_this_pace, 2)
        0.0
        """
        return None if not self.elapsed else min(1.0, self.share.point / self.elapsed)


class _File(Record):
    priors: tuple[Prior, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [record.prior for record in self.priors]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise fault(f'"{twice}" stands twice', "priors")
        return self


def priors(as_of: date | None = None) -> Mapping[str, Prior]:
    """All records by name; with `as_of`, those known by that day."""
    return _shipped() if as_of is None else {k: p for k, p in _shipped().items() if p.known <= as_of}


def prior(name: str, as_of: date | None = None) -> Prior:
    """The record of that name.

    Raises `CaseError` for a name that is none, and for a record not yet known `as_of` that day.

    >>> prior("phase-one-total").share.point
    0.57
    """
    found = _shipped().get(name)
    if found is None:
        raise CaseError(_unknown(name))
    if as_of is not None and as_of < found.known:
        known = ", ".join(p.prior for p in priors(as_of).values() if (p.pledge, p.of) == (found.pledge, found.of))
        instead = f"known by then of the same kind: {known}" if known else "give a share of your own, with its range"
        raise CaseError(f'delivery "{name}" is known only from {found.known}, after {as_of}; {instead}')
    return found


def read(path: Path, name: str | None = None) -> Mapping[str, Prior]:
    """The records of a file. Raises `CaseError` with file, line and field for what cannot be read or be true."""
    document = yaml_file.read(path, name)
    try:
        found = _File.model_validate(document.data)
    except ValidationError as error:
        raise CaseError(faults.explained(error, document)) from None
    return MappingProxyType({record.prior: record for record in found.priors})


class Delivery(Record):
    """What share of a pledge is expected to come about: as in an earlier record, or a share of one's own.

    In a file: `phase-one-total`, or `{point: 0.5, low: 0.2, high: 0.8}`, which is a share of the new part, or
    `{share: {…}, of: total}`.
    """

    prior: Name | None = None
    share: ShareFigure | None = None
    of: Of | None = None
    """For a share of one's own; the new part alone unless it says `total`."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, int | float) or (isinstance(data, str) and data[:1] in "+-.0123456789"):
            return {"share": data}
        if isinstance(data, str):
            return {"prior": data}
        if isinstance(data, dict) and "point" in data:
            return {
                "share": {k: v for k, v in data.items() if k != "of"},
                **({"of": data["of"]} if "of" in data else {}),
            }
        return data

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.prior is None) == (self.share is None):
            raise fault("give either `prior`, the name of an earlier record, or `share`, a part of one with its range")
        if self.prior is not None:
            if self.prior not in _shipped():
                raise fault(_unknown(self.prior))
            if self.of is not None:
                raise fault(f"the record {self.prior} says itself what it is a share of; leave it out", "of")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        own = {"type": "object", "required": ["point", "low", "high"]}
        return {"anyOf": [{"type": ["number", "string"]}, own, handler(core)]}

    @property
    def estimate(self) -> Estimate:
        """The share, with its range."""
        return (self.share or prior(str(self.prior)).share).estimate

    @property
    def counts(self) -> Of:
        """What the share is a part of."""
        return prior(self.prior).of if self.prior else self.of or "increment"

    @property
    def known_from(self) -> date | None:
        """The day from which the record was known; None for a share of one's own."""
        return prior(self.prior).known if self.prior else None

    def new_money(self, new: float, share: float) -> float:
        """The part of purchases that is both new and delivered, where `new` is new and `share` is delivered.

        A share of the total counts first what would be bought anyway: of 100 with 40 new and 57 % delivered, none is
        new money.

        >>> Delivery.model_validate({"share": 0.57, "of": "total"}).new_money(0.40, 0.57)
        0.0
        >>> Delivery.model_validate({"share": 0.5}).new_money(0.40, 0.5)
        0.2
        """
        return new * share if self.counts == "increment" else max(0.0, new + share - 1)


def _unknown(name: str) -> str:
    return f'no delivery record "{name}"; {nearest(name, _shipped()) or "known: " + ", ".join(_shipped())}'


@cache
def _shipped() -> Mapping[str, Prior]:
    return read(Path(str(files("tradetalks.talks").joinpath("delivery.yaml"))), "talks/delivery.yaml")
