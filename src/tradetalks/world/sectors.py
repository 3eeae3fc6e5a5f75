"""Sectors: ICIO-style codes, their names, and groups (goods, services, agriculture, mining, manufacturing)."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from tradetalks.errors import UnknownCode, nearest

GROUPS = ("goods", "services", "agriculture", "mining", "manufacturing")


@cache
def table() -> dict[str, tuple[str, str]]:
    """Long and short name of each sector code."""
    text = files("tradetalks.world").joinpath("sectors.csv").read_text(encoding="utf-8")
    return {row["code"]: (row["name"], row["short"]) for row in csv.DictReader(text.splitlines())}


def name(code: str) -> str:
    """The full name of a sector, or the code itself where the table has none.

    >>> name("C29")
    'Motor vehicles and parts'
    """
    return table()[code][0] if code in table() else code


def short_name(code: str) -> str:
    """A name short enough for a chart label.

    >>> short_name("C10T12")
    'food'
    """
    return table()[code][1] if code in table() else code


def group(code: str) -> str:
    """The group of a sector by the letter of its ISIC section; codes of no section count as manufacturing.

    >>> [group(code) for code in ("A03", "B09", "C29", "D_T", "services")]
    ['agriculture', 'mining', 'manufacturing', 'services', 'services']
    """
    if re.match(r"[D-U](\d|_|$)", code) or code.casefold().startswith("serv"):
        return "services"
    if re.match(r"[AB]\d", code):
        return {"A": "agriculture", "B": "mining"}[code[0]]
    return "manufacturing"


def members(spelling: str, sectors: Sequence[str]) -> tuple[str, ...]:
    """The codes of `sectors` that a spelling stands for: one sector, a group, or all (``*``).

    Raises `UnknownCode` when none does, with the nearest spelling.

    >>> members("goods", ["A03", "C29", "D_T"])
    ('A03', 'C29')
    """
    if spelling == "*":
        return tuple(sectors)
    if spelling in sectors:
        return (spelling,)
    if spelling in GROUPS:
        wanted = {"agriculture", "mining", "manufacturing"} if spelling == "goods" else {spelling}
        found = tuple(code for code in sectors if group(code) in wanted)
        if found:
            return found
    hint = nearest(spelling, [*sectors, *GROUPS]) or "known: " + ", ".join(sectors)
    for code in table():
        if hint == f"did you mean {code}?":
            hint = f"did you mean {code} ({name(code).lower()})?"
    raise UnknownCode(f'no sector "{spelling}" in this world of {len(sectors)}; {hint}')
