"""Scope: the cells that each measure names, from partners, product lists and claims.

A cell is one product from one partner in one state of its claims; cells of a whole schedule and of a single entry are
the same thing in different numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import LawError
from tradetalks.law.book import Book
from tradetalks.law.claims import Claim
from tradetalks.law.countries import members
from tradetalks.law.measure import Duty, Measure
from tradetalks.law.stacking import Candidate, Flags, Floats

METALS = ("steel", "aluminium", "copper")
"""Columns of `Cells.content`."""

FEW = 64
"""Lines up to which looking each one up is faster than comparing arrays."""

FOREIGN = "foreign content"


@dataclass(frozen=True, eq=False)
class Cells:
    """Products of partners in states of their claims."""

    lines: NDArray[np.uint64]
    """Ten-digit codes, `[line]`."""
    partners: tuple[str, ...]
    """ISO3 codes, or EU27 for the Union as one."""
    line: NDArray[np.intp]
    """Position of each cell's product, `[cell]`."""
    partner: NDArray[np.intp]
    """Position of each cell's partner, `[cell]`."""
    claims: Mapping[str, Flags]
    """Claims that are made, `[cell]`; one not named is not made."""
    content: Floats
    """Metal content of products, parts of value, `[line, metal]`."""
    us_content: float
    """Part of the value of US make, where a duty is levied on the rest."""
    listed: dict[object, Flags] = field(default_factory=dict, repr=False)
    """Which lines codes name, as far as worked out `[line]`."""
    _bears: dict[object, Flags] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """The number of cells."""
        return int(self.line.size)


def candidates(book: Book, cells: Cells, on: date, known_on: date | None = None) -> list[Candidate]:
    """The measures in force on a day, with the cells where their terms are met; those without any are left out."""
    found = []
    for measure in book.in_force(on, known_on):
        bears = bearing(measure, book, cells, on, known_on)
        if bears.any():
            rate = _by_cell([rate_of(measure, p) for p in cells.partners], cells)
            cap = _by_cell([is_cap(measure, p) for p in cells.partners], cells)
            found.append(Candidate(measure, bears, _portion(measure, cells), rate, cap))
    return found


def _by_cell(values: list[Any], cells: Cells) -> NDArray[Any]:
    """What each partner has, at each cell; one value held once where all have the same."""
    if len(set(values)) == 1:
        return np.broadcast_to(np.array(values[0]), cells.size)
    return np.array(values)[cells.partner]


def bearing(measure: Measure, book: Book, cells: Cells, on: date, known_on: date | None = None) -> Flags:
    """Cells that a measure names and whose claims meet its terms, before any stacking, `[cell]`."""
    codes = [
        tuple(book.list(name).on(on, known_on) if book.is_list(name) else name for name in names)
        for names in (measure.products, measure.outside)
    ]
    key = (measure.named, *codes, measure.only, measure.unless)
    if key not in cells._bears:
        cells._bears[key] = _bearing(measure, book, cells, on, known_on)
    return cells._bears[key]


def _bearing(measure: Measure, book: Book, cells: Cells, on: date, known_on: date | None) -> Flags:
    partners = named_partners(measure, cells.partners)
    if not partners.any():
        return np.zeros(cells.size, dtype=bool)
    products = named_lines(measure.products, book, cells, on, known_on)
    if measure.outside:
        products = products & ~named_lines(measure.outside, book, cells, on, known_on)
    if not products.any():
        return np.zeros(cells.size, dtype=bool)
    bears = partners[cells.partner] & products[cells.line]
    for claim in measure.only:
        bears &= cells.claims.get(claim, np.zeros(1, dtype=bool))
    for claim in measure.unless:
        if claim in cells.claims:
            bears &= ~cells.claims[claim]
    return bears


def named_partners(measure: Measure, partners: Sequence[str]) -> Flags:
    """Which partners a measure names, `[partner]`; the Union when all its members are named."""
    return np.array([names_partner(measure, partner) for partner in partners], dtype=bool)


def names_partner(measure: Measure, partner: str) -> bool:
    """Whether a measure names a partner."""
    return _includes(measure.named, partner)


def named_lines(names: Sequence[str], book: Book, cells: Cells, on: date, known_on: date | None = None) -> Flags:
    """Which products lists and codes name on a day, `[line]`."""
    mask = np.zeros(cells.lines.size, dtype=bool)
    for name in names:
        if name == "all":
            return np.ones(cells.lines.size, dtype=bool)
        codes = book.list(name).on(on, known_on) if book.is_list(name) else frozenset((name,))
        key = (name, codes)
        if key not in cells.listed:
            cells.listed[key] = under(codes, cells.lines)
        mask = mask | cells.listed[key]
    return mask


def under(codes: frozenset[str], lines: NDArray[np.uint64]) -> Flags:
    """Which ten-digit lines lie under any of the codes, of whatever length.

    >>> under(frozenset({"8703", "870421"}), np.array([8703230110, 8704210100, 8704310100], dtype=np.uint64))
    array([ True,  True, False])
    """
    if lines.size <= FEW:
        texts = (f"{int(line):010d}" for line in lines)
        return np.array([any(text[:n] in codes for n in range(2, 11)) for text in texts], dtype=bool)
    mask = np.zeros(lines.size, dtype=bool)
    by_length: dict[int, list[int]] = {}
    for code in codes:
        by_length.setdefault(len(code), []).append(int(code))
    for length, heads in by_length.items():
        mask |= np.isin(lines // np.uint64(10 ** (10 - length)), np.array(heads, dtype=np.uint64))
    return mask


def can_claim(
    claim: Claim, book: Book, lines: NDArray[np.uint64], partners: Sequence[str], listed: dict[object, Flags]
) -> tuple[Flags, Flags]:
    """The goods that can make a claim, on any day, `[line]`, and the partners whose goods can, `[partner]`.

    `listed` keeps which lines codes name.
    """
    who = np.array([_includes(claim.partners, partner) for partner in partners], dtype=bool)
    if "all" in claim.products:
        return np.ones(lines.size, dtype=bool), who
    codes = {e.code for name in claim.products if book.is_list(name) for e in book.list(name).entries}
    codes |= {name for name in claim.products if not book.is_list(name)}
    key = (claim.claim, frozenset(codes))
    if key not in listed:
        listed[key] = under(key[1], lines)
    return listed[key], who


def rate_of(measure: Measure, partner: str) -> float:
    """The additional rate for a partner, or the cap where `is_cap`; zero where it has none."""
    return _terms(measure, partner)[0]


def is_cap(measure: Measure, partner: str) -> bool:
    """Whether the rate for a partner is a total with the normal duty inside."""
    return _terms(measure, partner)[1]


def _terms(measure: Measure, partner: str) -> tuple[float, bool]:
    """Rate, and whether it is a cap; amendments have the last word, a partner's own rate comes before its group's."""
    for amendment in reversed(measure.amended):
        if _includes(amendment.partners, partner):
            return _stated(measure, amendment.rate)
    if measure.rates is not None:
        if partner in measure.rates:
            return measure.rates[partner], False
        return next((rate for name, rate in measure.rates.items() if _includes((name,), partner)), 0.0), False
    return _stated(measure, measure.rate) if measure.rate else (0.0, False)


def _stated(measure: Measure, duty: Duty) -> tuple[float, bool]:
    if duty.cap is not None:
        return duty.cap, True
    if duty.additional is None:
        raise LawError(f"{measure.measure}: a duty by quantity needs a price to become a rate")
    return duty.additional, False


def _includes(names: Sequence[str], partner: str) -> bool:
    """Whether names of countries and groups take a partner in; the Union when all its members are named."""
    named = members(*names)
    return members("EU27") <= named if partner == "EU27" else partner in named


def _portion(measure: Measure, cells: Cells) -> Floats:
    """The part of each cell's value that a measure is levied on, `[cell]`."""
    if measure.levied_on == "value":
        return np.broadcast_to(1.0, cells.size)
    if measure.levied_on == FOREIGN:
        return np.full(cells.size, 1 - cells.us_content)
    return np.asarray(cells.content[cells.line, METALS.index(measure.levied_on)])
