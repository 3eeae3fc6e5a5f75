"""Product lists: codes of the tariff that an act names, with the dates on which each joined and left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from tradetalks.errors import LawError
from tradetalks.records.fields import Day, Name, Record, Source, Text, fault


class Version(Record):
    """An act that made or changed a list: from when in law, and when that was known."""

    since: Day = Field(alias="from")
    known: Day
    citation: Text


class ListHead(Record):
    """What a list is, and the acts that made it."""

    list: Name
    what: Text
    versions: tuple[Version, ...] = Field(min_length=1)
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [version.since for version in self.versions]
        if days != sorted(set(days)):
            raise fault("must be in order of time, each day once", "versions")
        return self


class ListFile(Record):
    """The catalogue of lists of one importer."""

    lists: tuple[ListHead, ...] = Field(min_length=1)


class Entry(NamedTuple):
    """A code on a list, from a day on to the day before another; empty text is open."""

    code: str
    since: str
    until: str


@dataclass(frozen=True)
class ProductList:
    """A list with its codes; days are compared as ISO text."""

    head: ListHead
    entries: tuple[Entry, ...]
    _states: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def on(self, day: date, known_on: date | None) -> frozenset[str]:
        """Codes on the list on a day: as finally in force, or by the versions known on `known_on`."""
        return self._after(
            tuple(
                v.since.isoformat()
                for v in self.head.versions
                if v.since <= day and (known_on is None or v.known <= known_on)
            )
        )

    def _after(self, versions: tuple[str, ...]) -> frozenset[str]:
        """Codes on the list after some of its versions; the same object for the same versions."""
        if versions not in self._states:
            self._states[versions] = frozenset(
                e.code for e in self.entries if e.since in versions and e.until not in versions
            )
        return self._states[versions]

    def version(self, code: str, day: date) -> Version:
        """The act by which a code is on the list on a day."""
        since = max(e.since for e in self.entries if e.code == code and e.since <= day.isoformat())
        return next(v for v in self.head.versions if v.since.isoformat() == since)

    def dates(self) -> Iterator[date]:
        """Days on which what is on the list, or known of it, may change."""
        for version in self.head.versions:
            yield from (version.since, version.known)


def read_entries(text: str, name: str, head: ListHead) -> tuple[Entry, ...]:
    """The codes of a list from its table `code,from,to`.

    Raises `LawError` with file and line for a row that is no code, out of order, or on a day no version names.
    """
    rows = text.splitlines()
    if not rows or rows[0] != "code,from,to":
        raise LawError(f"{name}:1: the first line must be code,from,to")
    days = {version.since.isoformat() for version in head.versions}
    if not _TABLE.fullmatch(text):
        for line, row in enumerate(rows[1:], start=2):
            if not _ROW.fullmatch(row):
                raise LawError(f"{name}:{line}: {row}: write a code of 2 to 10 digits, from, to")
    entries = [Entry._make(row.split(",")) for row in rows[1:]]
    named = {entry.since for entry in entries} | {entry.until for entry in entries} - {""}
    in_order = entries == sorted(set(entries)) and len({e.code for e in entries}) == len(entries)
    if named - days or not in_order or any("" < e.until <= e.since for e in entries):
        _require_order(entries, days, name, head)
    return tuple(entries)


_ROW = re.compile(r"\d{2,10},\d{4}-\d\d-\d\d,(?:\d{4}-\d\d-\d\d)?")
_TABLE = re.compile(rf"code,from,to\n(?:{_ROW.pattern}\n)*")
"""A whole table at once, which is faster; where it does not fit, the row at fault is looked for."""


def _require_order(entries: list[Entry], days: set[str], name: str, head: ListHead) -> None:
    """Refuses the first row that stands wrong among the others; a code may come back once its period before ended."""
    for line, entry in enumerate(entries, start=2):
        for day in (entry.since, *([entry.until] if entry.until else [])):
            if day not in days:
                raise LawError(f"{name}:{line}: {day}: no version of {head.list} has this date; add it to lists.yaml")
        if entry.until and entry.until <= entry.since:
            raise LawError(f"{name}:{line}: {entry.code}: ends on {entry.until}, not after {entry.since}")
        before = entries[line - 3] if line > 2 else None
        if before and before >= entry:
            raise LawError(f"{name}:{line}: {entry.code}: out of order, or twice; sort by code and date")
        if before and entry.code == before.code and not "" < before.until <= entry.since:
            raise LawError(f"{name}:{line}: {entry.code}: overlaps its period before")
