"""Stacking: which measures bear on an article together, on what part of its value, and what each adds.

The one algorithm of the law, on many cells at once; a cell is a product of a partner in one state of its claims.

1. a measure stands back where one that replaces it bears, or where it is exempted;
2. rules of precedence take the whole article, or the portion of the value the first programme is levied on;
3. what is left adds: a rate on its portion, and for a cap what lacks from the normal duty to the total.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import LawError
from tradetalks.law.measure import Measure
from tradetalks.law.precedence import Rule

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """A measure at the cells where its terms are met."""

    measure: Measure
    bears: Flags
    """`[cell]`"""
    portion: Floats
    """The part of the value it is levied on, `[cell]`."""
    rate: Floats
    """Its additional rate, or its cap, `[cell]`."""
    cap: Flags
    """Whether `rate` is a total with the normal duty inside, `[cell]`."""


@dataclass(frozen=True)
class Yielding:
    """Where a measure stood back, wholly or in part, and for what."""

    measure: str
    to: str
    rule: Rule | None
    """The rule of precedence; `None` where `to` replaces or exempts it."""
    cells: Flags
    whole: bool


@dataclass(frozen=True)
class Stack:
    """What each measure adds, `added[measure, cell]`, fractions of value; and who stood back for whom."""

    measures: tuple[Measure, ...]
    added: Floats
    portion: Floats
    """The part of the value each is levied on in the end, `[measure, cell]`; zero where it does not bear."""
    cells: tuple[NDArray[np.intp], ...]
    """Cells in which each measure's terms are met, in order, by measure; it adds nothing elsewhere."""
    yielded: tuple[Yielding, ...]


class _Standing:
    """A candidate on the cells where its terms are met, as it loses some of them."""

    def __init__(self, candidate: Candidate) -> None:
        self.measure = candidate.measure
        self.size = candidate.bears.size
        self.cells: NDArray[np.intp] = np.flatnonzero(candidate.bears)
        self.bears: Flags = np.ones(self.cells.size, dtype=bool)
        self.own: Floats = candidate.portion[self.cells]
        self.taken: Floats | None = None
        self._everywhere: Flags | None = None

    @property
    def portion(self) -> Floats:
        """The part of the value that is left to it, on its cells."""
        return self.own if self.taken is None else self.own * np.maximum(0.0, 1 - self.taken)

    def everywhere(self) -> Flags:
        """Where it bears `[cell]`."""
        if self._everywhere is None:
            self._everywhere = np.zeros(self.size, dtype=bool)
            self._everywhere[self.cells[self.bears]] = True
        return self._everywhere

    def stand_back(self, to: str, where: Flags, rule: Rule | None = None) -> Iterator[Yielding]:
        """Gives up the cells of `where`."""
        lost = self.bears & where[self.cells]
        if lost.any():
            yield Yielding(self.measure.measure, to, rule, _flags(self.cells[lost], self.size), whole=True)
            self.bears = self.bears & ~lost
            self._everywhere = None

    def leave_to(self, ahead: _Standing, rule: Rule) -> Iterator[Yielding]:
        """Gives up the part of the value that the one ahead is levied on."""
        levied = np.zeros(self.size)
        levied[ahead.cells] = np.where(ahead.bears, ahead.portion, 0.0)
        part = np.where(self.bears, levied[self.cells], 0.0)
        if part.any():
            yield Yielding(
                self.measure.measure, ahead.measure.measure, rule, _flags(self.cells[part > 0], self.size), whole=False
            )
            self.taken = part if self.taken is None else self.taken + part


def stack(candidates: Sequence[Candidate], rules: Sequence[Rule], normal: Floats) -> Stack:
    """The additional duties of every cell.

    Parameters
    ----------
    candidates
        Measures in force with the cells where their scope and claims are met.
    rules
        Rules of precedence in force.
    normal
        The normal duty of each cell, a fraction of value.

    Raises `LawError` where rules of precedence run in a circle.
    """
    standing = {c.measure.measure: _Standing(c) for c in candidates}
    families: dict[str, list[_Standing]] = {}
    for one in standing.values():
        families.setdefault(one.measure.programme, []).append(one)
    yielded: list[Yielding] = []
    for c in candidates:
        for name in c.measure.replaces:
            if name in standing:
                yielded += standing[name].stand_back(c.measure.measure, c.bears)
    for one in standing.values():
        for family in one.measure.exempts:
            for other in families.get(family, ()):
                yielded += other.stand_back(one.measure.measure, one.everywhere())
    for first, then, rule in _in_turn(rules, families):
        for ahead in families[first]:
            if ahead.measure.exempts or not ahead.bears.any():
                continue
            for behind in families[then]:
                if rule.takes == "article":
                    yielded += behind.stand_back(ahead.measure.measure, ahead.everywhere(), rule)
                else:
                    yielded += behind.leave_to(ahead, rule)

    added = np.zeros((len(candidates), normal.size))
    levied = np.zeros_like(added)
    for k, c in enumerate(candidates):
        one = standing[c.measure.measure]
        if c.measure.exempts:
            continue
        rate, cap, cells = c.rate[one.cells], c.cap[one.cells], one.cells
        part = np.where(one.bears, one.portion, 0.0)
        levied[k, cells] = part
        added[k, cells] = part * np.where(cap, np.maximum(0.0, rate - normal[cells]), rate)
    measures = tuple(c.measure for c in candidates)
    return Stack(measures, added, levied, tuple(one.cells for one in standing.values()), tuple(yielded))


def _flags(cells: NDArray[np.intp], size: int) -> Flags:
    found = np.zeros(size, dtype=bool)
    found[cells] = True
    return found


def _in_turn(rules: Sequence[Rule], families: Collection[str]) -> Iterator[tuple[str, str, Rule]]:
    """Each pair of families that meet under a rule; what a family loses is settled before others lose to it."""
    pairs = [
        (first, then, rule)
        for rule in rules
        for first in rule.first
        for then in rule.then
        if first in families and then in families
    ]
    order: TopologicalSorter[str] = TopologicalSorter()
    for first, then, _ in pairs:
        order.add(then, first)
    try:
        place = {family: k for k, family in enumerate(order.static_order())}
    except CycleError as error:
        raise LawError(f"rules of precedence run in a circle: {' before '.join(error.args[1])}") from None
    return iter(sorted(pairs, key=lambda pair: (place[pair[1]], place[pair[0]])))
