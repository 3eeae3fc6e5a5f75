"""Product lists: codes of the tariff that an act names, with the dates on which each joined and left."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import NamedTuple

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
    def _in_order(self) -> ListHead:
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

    def on(self, day: date, known_on: date | None) -> frozenset[str]:
        """Codes on the list on a day: as finally in force, or by the versions known on `known_on`."""
        known = {v.since.isoformat() for v in self.head.versions if known_on is None or v.known <= known_on}
        text = day.isoformat()
        return frozenset(
            e.code
            for e in self.entries
            if e.since in known and e.since <= text and not (e.until in known and e.until <= text)
        )

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
    rows = csv.reader(StringIO(text))
    if next(rows, None) != ["code", "from", "to"]:
        raise LawError(f"{name}:1: the first line must be code,from,to")
    days = {version.since.isoformat() for version in head.versions}
    entries: list[Entry] = []
    for line, row in enumerate(rows, start=2):
        if len(row) != 3 or not (row[0].isdigit() and 2 <= len(row[0]) <= 10):
            raise LawError(f"{name}:{line}: {','.join(row)}: write a code of 2 to 10 digits, from, to")
        entry = Entry(*row)
        for day in (entry.since, *([entry.until] if entry.until else [])):
            if day not in days:
                raise LawError(f"{name}:{line}: {day}: no version of {head.list} has this date; add it to lists.yaml")
        if entry.until and entry.until <= entry.since:
            raise LawError(f"{name}:{line}: {entry.code}: ends on {entry.until}, not after {entry.since}")
        if entries and entries[-1] >= entry:
            raise LawError(f"{name}:{line}: {entry.code}: out of order, or twice; sort by code and date")
        if entries and entry.code == entries[-1].code and not "" < entries[-1].until <= entry.since:
            raise LawError(f"{name}:{line}: {entry.code}: overlaps its period before")
        entries.append(entry)
    return tuple(entries)
