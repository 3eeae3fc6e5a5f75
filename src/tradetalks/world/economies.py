"""Economies: ISO3 codes, the names people use for them, and groups such as EU27.

Files and output speak ISO3; doors also take ISO2 codes and common names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from tradetalks.errors import UnknownCode, nearest
from tradetalks.law import countries

UNION = "EU27"
"""The group whose members a world may hold one by one."""


class Economy(NamedTuple):
    """One row of the table of economies."""

    iso3: str
    iso2: str
    name: str
    group: str
    aliases: tuple[str, ...]


REST = Economy("ROW", "", "Rest of the world", "", ())
"""All that a world does not hold one by one."""


@cache
def table() -> dict[str, Economy]:
    """Every economy the package has a name for, by ISO3 code (and the group EU27)."""
    found = {
        c.iso3: Economy(c.iso3, c.iso2, c.name, UNION if UNION in c.groups else "", c.aliases)
        for c in countries.table().values()
    }
    return {**found, REST.iso3: REST}


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
    code = _code(spelling)
    if code in economies:
        return (code,)
    group = tuple(e for e in economies if code and e in table() and table()[e].group == code)
    if group:
        return group
    known = [*economies, *(table()[e].name for e in economies if e in table())]
    hint = nearest(spelling, known) or "known: " + ", ".join(list(economies)[:12])
    raise UnknownCode(f'no economy "{spelling}" in this world of {len(economies)}; {hint}')


def _code(spelling: str) -> str:
    """The code that a spelling stands for, in whatever world; empty for none."""
    if spelling.casefold() in (REST.iso3.casefold(), REST.name.casefold()):
        return REST.iso3
    try:
        return countries.code(spelling)
    except UnknownCode:
        return ""
