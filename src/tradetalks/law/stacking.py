"""Stacking: which measures bear on an article together, on what part of its value, and what each adds.

The one algorithm of the law, on many cells at once; a cell is a product of a partner in one state of its claims.

1. a measure stands back where one that replaces it bears, or where it is exempted;
2. rules of precedence take the whole article, or the portion of the value the first programme is levied on;
3. what is left adds: a rate on its portion, and for a cap what lacks from the normal duty to the total.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    yielded: tuple[Yielding, ...]


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
    measures = tuple(c.measure for c in candidates)
    bears = {c.measure.measure: c.bears for c in candidates}
    yielded: list[Yielding] = []

    def stand_back(name: str, to: str, where: Flags, rule: Rule | None = None) -> None:
        cells = bears[name] & where
        if cells.any():
            yielded.append(Yielding(name, to, rule, cells, whole=True))
            bears[name] = bears[name] & ~where

    for c in candidates:
        for name in c.measure.replaces:
            if name in bears:
                stand_back(name, c.measure.measure, c.bears)
    families: dict[str, list[Candidate]] = {}
    for c in candidates:
        families.setdefault(c.measure.programme, []).append(c)
    for c in candidates:
        for family in c.measure.exempts:
            for other in families.get(family, ()):
                stand_back(other.measure.measure, c.measure.measure, bears[c.measure.measure])

    portion = {c.measure.measure: c.portion for c in candidates}
    taken: dict[str, Floats] = {}
    for first, then, rule in _in_turn(rules, families):
        for ahead in families[first]:
            name = ahead.measure.measure
            if not bears[name].any() or ahead.measure.exempts:
                continue
            for behind in families[then]:
                rest = behind.measure.measure
                if rule.takes == "article":
                    stand_back(rest, name, bears[name], rule)
                    continue
                part = np.where(bears[name] & bears[rest], portion[name], 0.0)
                if part.any():
                    taken[rest] = part + taken.get(rest, np.zeros_like(normal))
                    portion[rest] = behind.portion * np.maximum(0.0, 1 - taken[rest])
                    yielded.append(Yielding(rest, name, rule, part > 0, whole=False))

    added = np.zeros((len(candidates), normal.size))
    levied = np.zeros_like(added)
    for k, c in enumerate(candidates):
        name = c.measure.measure
        if c.measure.exempts:
            continue
        levied[k] = np.where(bears[name], portion[name], 0.0)
        added[k] = levied[k] * np.where(c.cap, np.maximum(0.0, c.rate - normal), c.rate)
    return Stack(measures, added, levied, tuple(yielded))


def _in_turn(rules: Sequence[Rule], families: dict[str, list[Candidate]]) -> Iterator[tuple[str, str, Rule]]:
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
