"""Countries as customs know them: ISO3 codes, the names people use, and groups such as EU27 and column-2."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from tradetalks.errors import LawError, UnknownCode, nearest


class Country(NamedTuple):
    """One row of the table."""

    iso3: str
    iso2: str
    name: str
    census: str
    groups: tuple[str, ...]
    aliases: tuple[str, ...]


@cache
def table() -> dict[str, Country]:
    """Every country and territory by ISO3 code, and the European Union as `EU27`."""
    text = files("tradetalks.law").joinpath("countries.csv").read_text(encoding="utf-8")
    return {
        row["iso3"]: Country(
            row["iso3"], row["iso2"], row["name"], row["census"],
            tuple(row["groups"].split(";")) if row["groups"] else (),
            tuple(row["aliases"].split(";")) if row["aliases"] else (),
        )
        for row in csv.DictReader(text.splitlines())
    }  # fmt: skip


@cache
def _spellings() -> dict[str, str]:
    known: dict[str, str] = {}
    for country in table().values():
        for spelling in (country.iso3, country.iso2, country.name, *country.aliases):
            if spelling:
                known.setdefault(spelling.casefold(), country.iso3)
    return known


@cache
def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {"all": set(table()) - {"EU27"}}
    for country in table().values():
        for group in country.groups:
            found.setdefault(group, set()).add(country.iso3)
    return {name: frozenset(codes) for name, codes in found.items()}


def code(spelling: str) -> str:
    """The ISO3 code of a country by any of its names, or EU27.

    Raises `UnknownCode` with the nearest spelling.

    >>> code("jp"), code("Viet Nam"), code("European Union")
    ('JPN', 'VNM', 'EU27')
    """
    found = _spellings().get(spelling.strip().casefold())
    if found is None:
        hint = nearest(spelling, [*table(), *(c.name for c in table().values())])
        raise UnknownCode(f'no country "{spelling}"; {hint or "give an ISO code or an English name"}')
    return found


@cache
def members(*names: str) -> frozenset[str]:
    """ISO3 codes of the countries that names stand for; `all` is every origin, `!CAN` leaves Canada out.

    Raises `LawError` for a name that is neither a code nor a group.
    """
    chosen: set[str] = set()
    for name in names:
        if not name.startswith("!"):
            chosen |= _one(name)
    for name in names:
        if name.startswith("!"):
            chosen -= _one(name[1:])
    return frozenset(chosen)


def _one(name: str) -> frozenset[str]:
    if name in _groups():
        return _groups()[name]
    try:
        found = code(name)
    except UnknownCode:
        hint = nearest(name, [*table(), *_groups()])
        raise LawError(f'no country or group "{name}"; {hint}'.rstrip("; ")) from None
    return _groups()["EU27"] if found == "EU27" else frozenset((found,))
