"""The tariff of an importer: its lines, and the normal duty of each before any additional one.

The United States: the Harmonized Tariff Schedule. The rate stands on eight digits; statistical lines have ten.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from tradetalks.errors import LawError, UnknownCode, nearest
from tradetalks.law import rate_text
from tradetalks.law.countries import members
from tradetalks.law.preferences import Preference

if TYPE_CHECKING:
    from tradetalks.law.book import Book

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


@dataclass(frozen=True)
class Tariff:
    """Lines by eight-digit code."""

    importer: str
    rows: list[str]
    """In order of code, as the file has them: code, description, general, special, other, unit, suffixes."""

    def starting(self, digits: str) -> list[Line]:
        """The lines whose code starts with up to eight digits."""
        first, last = bisect_left(self.rows, digits), bisect_left(self.rows, digits + ":")  # the sign after 9
        return [
            Line(code, description, general, special, other, unit, tuple(suffixes.split()))
            for code, description, general, special, other, unit, suffixes in csv.reader(self.rows[first:last])
        ]

    def line(self, hs8: str) -> Line:
        """The line of eight digits."""
        return self.starting(hs8)[0]

    def under(self, code: str) -> tuple[str, ...]:
        """Ten-digit lines under a code of 4 to 10 digits, dots allowed.

        Raises `UnknownCode` for a code that is none, or under which the tariff has no line.
        """
        digits = code.replace(".", "").replace(" ", "")
        if not digits.isdigit() or not 4 <= len(digits) <= 10:
            raise UnknownCode(f'"{code}" is not a code of the tariff; write 4 to 10 digits, such as 8703.23.01')
        rows = self.starting(digits[:8])
        found = tuple(sorted(r.hs8 + s for r in rows for s in r.suffixes if (r.hs8 + s).startswith(digits)))
        if not found:
            raise UnknownCode(f"no line {dotted(digits)} in the tariff of {self.importer}; {self.near(digits)}")
        return found

    def near(self, digits: str) -> str:
        """What the tariff has near a code that it lacks."""
        for length in range(min(len(digits), 8) - 1, 3, -1):
            below = [line.hs8 for line in self.starting(digits[:length])]
            if below:
                shown = ", ".join(dotted(hs8) for hs8 in below[:6]) + (", …" if len(below) > 6 else "")
                return f"under {dotted(digits[:length])} there is {shown}"
        heading = nearest(digits[:4], {row[:4] for row in self.rows})
        return heading or "headings have four digits, such as 8703"


@cache
def tariff(importer: str = "USA") -> Tariff:
    """The tariff that ships for an importer. Raises `LawError` where none does."""
    if importer != "USA":
        raise LawError(f"no tariff of {importer} ships by line; known: USA")
    packed = files("tradetalks.law").joinpath("usa/tariff.csv.gz").read_bytes()
    return Tariff(importer, gzip.decompress(packed).decode("utf-8").splitlines()[1:])


def require_listed(law: Book) -> None:
    """Refuses a list, or a measure, that names a code under which the tariff has no line.

    Raises `LawError` with the file and the code.
    """
    known = tariff(law.importer)
    census = {line.hs8 for line in known.starting("")}
    heads = {hs8[:n] for hs8 in census for n in (2, 4, 5, 6, 7, 8)}
    full = {line.hs8 + suffix for line in known.starting("") for suffix in line.suffixes}
    full |= {code[:9] for code in full}

    def lacks(code: str) -> bool:
        return code not in (heads if len(code) <= 8 else full)

    def refuse(where: str, code: str) -> LawError:
        return LawError(f"{where}: {dotted(code)} names no line of the tariff of {law.importer}; {known.near(code)}")

    for head in law.heads:
        for at, entry in enumerate(law.list(head.list).entries, start=2):
            if lacks(entry.code):
                raise refuse(f"{law.place(f'lists/{head.list}.csv')}:{at}", entry.code)
    for measure in law.measures:
        for name in (*measure.products, *measure.outside):
            if name.isdigit() and lacks(name):
                raise refuse(f"{law.text_of(measure.measure)[0]}: {measure.measure}", name)
    for claim in law.claims:
        for name in claim.products:
            if name.isdigit() and lacks(name):
                raise refuse(f"{law.place('claims.yaml')}: {claim.claim}", name)


def preference_of(
    line: Line, partner: str, on: date, programmes: tuple[Preference, ...]
) -> tuple[Preference, str] | None:
    """The programme open to a partner's goods of a line on a day, and its rate as written; `None` without one."""
    rates = rate_text.special(line.special)
    for programme in programmes:
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
