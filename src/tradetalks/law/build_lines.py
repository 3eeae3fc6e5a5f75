"""The lines of the United States tariff, one row a code of eight digits.

A schedule is the union of editions of the Harmonized Tariff Schedule and of the ten-digit codes that trade was counted
under: codes come and go within a year, and yesterday's trade needs its line today.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tradetalks.errors import SourceError
from tradetalks.law.tariff import Line

WIDTH = 80
"""Longest description, characters."""
WANTED = ("htsno", "indent", "description", "units", "general", "special", "other")


def schedule(editions: Iterable[Path], counted: Mapping[str, str]) -> dict[str, Line]:
    """Lines of chapters 1 to 98 by code, sorted: of every edition (a later one wins) and of the codes `counted`.

    `counted` gives ten-digit codes with their description. A code that no edition has takes its rates from the codes
    that share its longest prefix (seven digits, else six) where these agree, else its rates are empty. Raises
    `SourceError` for an edition that is missing or not in the layout of the USITC's export.
    """
    found: dict[str, Line] = {}
    for edition in editions:
        for hs8, line in read_edition(edition).items():
            before = found[hs8].suffixes if hs8 in found else ()
            found[hs8] = line._replace(suffixes=(*before, *line.suffixes))
    known = dict(found)
    for code, description in counted.items():
        hs8 = code[:8]
        if hs8 < "99":
            line = found.get(hs8) or _orphan(hs8, description, known)
            found[hs8] = line._replace(suffixes=(*line.suffixes, code[8:]))
    whole = ((hs8, tuple(sorted(set(line.suffixes))) or ("00",), line) for hs8, line in sorted(found.items()))
    return {hs8: line._replace(suffixes=suffixes) for hs8, suffixes, line in whole}


def read_edition(path: Path) -> dict[str, Line]:
    """Lines of one edition by code, as USITC exports it: a JSON array, gzipped, of headings in order.

    Rates stand on the eight-digit record, or on the only ten-digit record where there is none. Raises `SourceError`.
    """
    what = "an edition of the Harmonized Tariff Schedule as exported by USITC (gzipped JSON)"
    if not path.is_file():
        raise SourceError(f"{path.as_posix()}: no such file; expected {what}")
    try:
        records: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
        missing = sorted(set(WANTED) - set(records[0]))
    except (OSError, EOFError, ValueError, TypeError, LookupError) as error:
        raise SourceError(f"{path.as_posix()}: not readable ({error}); expected {what}") from error
    if missing:
        raise SourceError(f"{path.as_posix()}: records without {', '.join(missing)}; expected {what}")
    found: dict[str, Line] = {}
    above: list[str] = []
    for record in records:
        del above[int(record["indent"] or 0) :]
        above.append(_plain(record["description"]))
        code = record["htsno"].replace(".", "")
        hs8 = code[:8]
        if len(code) < 8 or code >= "99":
            continue
        line = found.get(hs8) or Line(hs8, _described(above), "", "", "", "", ())
        if rate := _plain(record["general"]):
            line = line._replace(general=rate, special=_plain(record["special"]), other=_plain(record["other"]))
        unit = line.unit or "; ".join(_plain(unit) for unit in record["units"])
        found[hs8] = line._replace(unit=unit, suffixes=(*line.suffixes, code[8:]) if len(code) == 10 else line.suffixes)
    return found


def write(lines: Iterable[Line], path: Path) -> None:
    """Writes lines as gzipped CSV: the columns of `Line`, suffixes joined by blanks. The same lines, the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Line._fields)
    writer.writerows((*line[:-1], " ".join(line.suffixes)) for line in lines)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _orphan(hs8: str, description: str, known: Mapping[str, Line]) -> Line:
    """A line that no edition has, with the rates its siblings agree on."""
    for digits in (7, 6):
        siblings = [line for code, line in known.items() if code[:digits] == hs8[:digits]]
        if siblings:
            break
    general, special, other, unit = (
        texts.pop() if len(texts := {getattr(line, column) for line in siblings}) == 1 else ""
        for column in ("general", "special", "other", "unit")
    )
    return Line(hs8, _short(description.capitalize()), general, special, other, unit, ())


def _described(above: list[str]) -> str:
    """The text of the last record; of one that says no more than other, with the nearest text above that says more."""
    own, *higher = reversed(above)
    if own.casefold() != "other":
        return _short(own)
    said = next((text for text in higher if text.casefold() != "other"), "")
    return f"{_short(said, WIDTH - len(': other'))}: other" if said else "Other"


def _short(text: str, width: int = WIDTH) -> str:
    text = text[:1].upper() + text[1:]
    return text if len(text) <= width else text[: width - 1].rstrip(" ,;:(") + "…"


def _plain(text: str | None) -> str:
    """Text without markup, doubled blanks, textile category, and the colon that opens a list."""
    return " ".join(re.sub(r"<[^>]*>| \(\d{3}\)", "", text or "").split()).rstrip(" :")
