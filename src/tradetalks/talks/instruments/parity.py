"""Parity: a promise that one partner's duty will be no worse than any other's, whatever the others get later.

Most-favoured treatment between two (Bagwell and Staiger 2010 on what later deals do to earlier ones); as Japan was
given for chips and medicines on 22 July 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tradetalks.records.fields import Names, Rate, Record, Text, fault
from tradetalks.talks.figure import End, Figure, ShareFigure, Stated
from tradetalks.talks.instruments import flows
from tradetalks.world import Policy, World

Floats = NDArray[np.float64]


class OtherTerms(Stated):
    """What another partner may get: a total rate, normal duty included, and the chance that it does."""

    partner: Text
    rate: Rate
    chance: ShareFigure

    def judged(self) -> Mapping[str, Figure]:
        """The chance."""
        return {"chance": self.chance}


class Parity(Record):
    """The holder's duty falls to the lowest that any other partner gets, but not below the floor.

    It acts on rates in expectation: the rate of each cell becomes E[min(own rate, lowest other rate)]. Other partners'
    rates are independent, or, with `together`, ordered: whenever a less likely one comes, the likelier ones come too.
    The others' own duties are left as the policy has them.

    Trade answers a low rate more than in proportion, so the expected rate is worth less to the exporter than the rates
    are in expectation: for US cars from Japan at 27.5 % and an even chance of 15 %, its gain is put a fifth too low.
    `outcomes` has the whole distribution, for valuing each rate by itself.
    """

    holder: Text
    """The exporter whom the clause protects."""
    of: Text
    """The importer who promises."""
    sectors: Names
    others: Annotated[tuple[OtherTerms, ...], Field(min_length=1)]
    floor: Rate | None = None
    together: bool = False

    @model_validator(mode="after")
    def _each_other_once(self) -> Parity:
        names = [other.partner for other in self.others]
        for k, name in enumerate(names):
            if name in (self.holder, self.of):
                raise fault(f'"{name}" is a side of the clause; name partners whose rate it looks at', "others")
            if name in names[:k]:
                raise fault(f'"{name}" stands twice; give each partner one rate and one chance', "others")
        return self

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it may lower, `[j, n, i]`."""
        return flows.cells(world, self.of, self.holder, self.sectors)

    def outcomes(self, at: End = "point") -> tuple[tuple[float, float], ...]:
        """The lowest rate any other gets and the chance of it, lowest first; what is left to one is no rate at all."""
        floor = -1.0 if self.floor is None else self.floor
        return lowest(((max(o.rate, floor), getattr(o.chance, at)) for o in self.others), together=self.together)

    def adjust(self, policy: Policy, reference: Policy, at: End = "point") -> Policy:
        """The policy with expected rates in its cells; a rate never rises. `reference` is for other clauses.

        `at` takes the chances at their points or at an end of their ranges.
        """
        cells = self.cells(policy.world)
        tariffs = np.array(policy.tariffs)
        tariffs[cells] = _expected(tariffs[cells], self.outcomes(at))
        return replace(policy, tariffs=tariffs)


@overload
def expected_rate(own: float, others: Iterable[tuple[float, float]], *, together: bool = False) -> float: ...
@overload
def expected_rate(own: Floats, others: Iterable[tuple[float, float]], *, together: bool = False) -> Floats: ...
def expected_rate(
    own: float | Floats, others: Iterable[tuple[float, float]], *, together: bool = False
) -> float | Floats:
    """E[min(own, lowest rate of others)]; each of `others` is a rate and the chance that it comes about.

    Independent of each other, or `together` (the likelier comes whenever the less likely does). Rates are fractions.

    >>> expected_rate(0.25, [(0.15, 0.5)])
    0.2
    >>> round(expected_rate(0.25, [(0.15, 0.5), (0.10, 0.5)]), 4)
    0.15
    """
    found = _expected(np.asarray(own, dtype=np.float64), lowest(others, together=together))
    return found if isinstance(own, np.ndarray) else float(found)


def lowest(others: Iterable[tuple[float, float]], *, together: bool = False) -> tuple[tuple[float, float], ...]:
    """Distribution of the lowest rate that comes about: rates rising, each with the chance that it is the lowest.

    >>> lowest([(0.15, 0.5), (0.10, 0.5)])
    ((0.1, 0.5), (0.15, 0.25))
    >>> lowest([(0.15, 0.5), (0.10, 0.5)], together=True)
    ((0.1, 0.5),)
    """
    found, left = [], 1.0
    for rate, chance in sorted(others):
        taken = max(0.0, chance - (1 - left)) if together else left * chance
        left -= taken
        if taken > 0:
            found.append((float(rate), taken))
    return tuple(found)


def _expected(own: Floats, outcomes: Sequence[tuple[float, float]]) -> Floats:
    less = np.zeros_like(own)
    for rate, chance in outcomes:
        less += chance * np.maximum(0.0, own - rate)
    return np.asarray(own - less)
