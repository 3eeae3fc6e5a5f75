"""The tariff of an importer: its lines, and the normal duty of each before any additional one.

The United States: the Harmonized Tariff Schedule. The rate stands on eight digits; statistical lines have ten.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple

from pydantic import Field

from tradetalks.errors import LawError, UnknownCode, nearest
from tradetalks.law import rate_text
from tradetalks.law.countries import members
from tradetalks.records.fields import Name, Names, Record, Text
from tradetalks.records.period import Period

COLUMN_2 = "column-2"
"""The group of countries without normal trade relations."""


class Line(NamedTuple):
    """An eight-digit line: rates as the tariff writes them, and the suffixes of its statistical lines."""

    hs8: str
    description: str
    general: str
    special: str
    other: str
    unit: str
    suffixes: tuple[str, ...]


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


@dataclass(frozen=True)
class Tariff:
    """Lines by eight-digit code."""

    importer: str
    lines: dict[str, Line]

    def under(self, code: str) -> tuple[str, ...]:
        """Ten-digit lines under a code of 4 to 10 digits, dots allowed.

        Raises `UnknownCode` for a code that is none, or under which the tariff has no line.
        """
        digits = code.replace(".", "").replace(" ", "")
        if not digits.isdigit() or not 4 <= len(digits) <= 10:
            raise UnknownCode(f'"{code}" is not a code of the tariff; write 4 to 10 digits, such as 8703.23.01')
        if len(digits) >= 8:
            rows = [self.lines[digits[:8]]] if digits[:8] in self.lines else []
        else:
            rows = [line for hs8, line in self.lines.items() if hs8.startswith(digits)]
        found = tuple(sorted(r.hs8 + s for r in rows for s in r.suffixes if (r.hs8 + s).startswith(digits)))
        if not found:
            raise UnknownCode(f"no line {dotted(digits)} in the tariff of {self.importer}; {self._near(digits)}")
        return found

    def _near(self, digits: str) -> str:
        for length in range(min(len(digits), 8) - 1, 3, -1):
            below = sorted({hs8 for hs8 in self.lines if hs8.startswith(digits[:length])})
            if below:
                shown = ", ".join(dotted(hs8) for hs8 in below[:6]) + (", …" if len(below) > 6 else "")
                return f"under {dotted(digits[:length])} there is {shown}"
        heading = nearest(digits[:4], {hs8[:4] for hs8 in self.lines})
        return heading or "headings have four digits, such as 8703"


@cache
def tariff(importer: str = "USA") -> Tariff:
    """The tariff that ships for an importer. Raises `LawError` where none does."""
    if importer != "USA":
        raise LawError(f"no tariff of {importer} ships by line; known: USA")
    packed = files("tradetalks.law").joinpath("usa/tariff.csv.gz").read_bytes()
    rows = csv.reader(StringIO(gzip.decompress(packed).decode("utf-8")))
    next(rows)
    lines = {}
    for hs8, description, general, special, other, unit, suffixes in rows:
        lines[hs8] = Line(hs8, description, general, special, other, unit, tuple(suffixes.split()))
    return Tariff(importer, lines)


@cache
def preferences(importer: str = "USA") -> tuple[Preference, ...]:
    """The preference programmes of an importer."""
    from tradetalks.records import yaml_file

    with_lines = yaml_file.parse(
        files("tradetalks.law").joinpath("usa/preferences.yaml").read_text(encoding="utf-8"),
        "law/usa/preferences.yaml",
        LawError,
    )
    return PreferenceFile.model_validate(with_lines.data).preferences


def preference_of(line: Line, partner: str, on: date) -> tuple[Preference, str] | None:
    """The programme open to a partner's goods of a line on a day, and its rate as written; `None` without one."""
    rates = rate_text.special(line.special)
    for programme in preferences():
        if partner in members(*programme.partners) and programme.effective.covers(on):
            for code in (programme.preference, programme.preference + "+"):
                if code in rates:
                    return programme, rates[code]
    return None


def column(line: Line, partner: str) -> tuple[str, str]:
    """The column that a partner's goods fall under, `general` or `other`, and the rate as written."""
    if partner in members(COLUMN_2):
        return "other", line.other
    return "general", line.general


def dotted(code: str) -> str:
    """A code as people write it.

    >>> dotted("8703230110"), dotted("87032301"), dotted("870323")
    ('8703.23.01.10', '8703.23.01', '8703.23')
    """
    return ".".join(part for part in (code[:4], code[4:6], code[6:8], code[8:]) if part)
