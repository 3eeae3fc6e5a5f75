"""Economies: ISO3 codes, the names people use for them, and groups such as EU27.

Files and output speak ISO3; doors also take ISO2 codes and common names.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from tradetalks.errors import UnknownCode, nearest


class Economy(NamedTuple):
    """One row of the table of economies."""

    iso3: str
    iso2: str
    name: str
    group: str
    aliases: tuple[str, ...]


@cache
def table() -> dict[str, Economy]:
    """Every economy the package has a name for, by ISO3 code (and the group EU27)."""
    text = files("tradetalks.world").joinpath("economies.csv").read_text(encoding="utf-8")
    return {
        row["iso3"]: Economy(
            row["iso3"], row["iso2"], row["name"], row["group"],
            tuple(alias for alias in row["aliases"].split(";") if alias),
        )
        for row in csv.DictReader(text.splitlines())
    }  # fmt: skip


@cache
def _spellings() -> dict[str, str]:
    known: dict[str, str] = {}
    for economy in table().values():
        for spelling in (economy.iso3, economy.iso2, economy.name, *economy.aliases):
            if spelling:
                known[spelling.casefold()] = economy.iso3
    return known


def name(code: str) -> str:
    """The common name of an economy, or the code itself where the table has none.

    >>> name("JPN")
    'Japan'
    """
    return table()[code].name if code in table() else code


def members(spelling: str, economies: Sequence[str]) -> tuple[str, ...]:
    """The codes of `economies` that a spelling stands for: one economy, a group, or all (``*``).

    Raises `UnknownCode` when none does, with the nearest spelling.

    >>> members("japan", ["JPN", "USA"])
    ('JPN',)
    """
    if spelling == "*":
        return tuple(economies)
    if spelling in economies:
        return (spelling,)
    code = _spellings().get(spelling.casefold(), "")
    if code in economies:
        return (code,)
    group = tuple(e for e in economies if code and e in table() and table()[e].group == code)
    if group:
        return group
    known = [*economies, *(table()[e].name for e in economies if e in table())]
    hint = nearest(spelling, known) or "known: " + ", ".join(list(economies)[:12])
    raise UnknownCode(f'no economy "{spelling}" in this world of {len(economies)}; {hint}')
