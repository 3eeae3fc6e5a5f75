"""Review and snap-back: a concession that its giver may take back, and how much of the time it is likely to be gone.

As announced on 23 July 2025 for the deal with Japan: reviewed each quarter, back to 25 % if it displeases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from tradetalks.records.fields import Names, Number, Rate, Text, fault
from tradetalks.talks.figure import End, Figure, ShareFigure, Stated
from tradetalks.talks.instruments import flows
from tradetalks.world import Policy, World


class Review(Stated):
    """Rates of some cells are, in expectation, (1 − q) × offered + q × what they go back to.

    q is the expected share of the window of evaluation in which the concession is withdrawn (`share_of_time`). Only
    duties below what they go back to count as a concession; others stay. It lowers what the concession is worth to
    both sides; that the threat also makes pledges likelier to be kept is for their own delivery rates to say.
    """

    by: Text
    """The party that judges."""
    importer: Text
    exporter: Text
    sectors: Names
    chance: ShareFigure
    """That it is withdrawn within a year in which it holds."""
    lasts: Number | None = None
    """Mean length of a withdrawal, years; for good unless given."""
    years: Number
    """Length of the window over which the deal is valued, from its first day."""
    back_to: Rate | None = None
    """Total rate it goes back to, normal duty included; by default that of the reference law."""

    @model_validator(mode="after")
    def _takes_time(self) -> Review:
        for field, value in (("lasts", self.lasts), ("years", self.years)):
            if value is not None and value <= 0:
                raise fault(f"{value:g} years is no length of time; write years above 0, such as 0.5", field)
        if self.by not in (self.importer, self.exporter):
            raise fault(
                f'"{self.by}" has no say here; the reviewer is a side: {self.importer} or {self.exporter}', "by"
            )
        return self

    def judged(self) -> Mapping[str, Figure]:
        """The chance."""
        return {"chance": self.chance}

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it may raise, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def withdrawn(self, at: End = "point") -> float:
        """Expected share of the window in which the concession is withdrawn."""
        return share_of_time(getattr(self.chance, at), self.lasts, self.years)

    def adjust(self, policy: Policy, reference: Policy, at: End = "point") -> Policy:
        """The policy with expected rates in its cells; `reference` is the law that the concession amends."""
        cells = self.cells(policy.world)
        tariffs = np.array(policy.tariffs)
        back = reference.tariffs[cells] if self.back_to is None else self.back_to
        tariffs[cells] += self.withdrawn(at) * np.maximum(0.0, back - tariffs[cells])
        return replace(policy, tariffs=tariffs)


def share_of_time(chance: float, lasts: float | None, years: float) -> float:
    """Expected share of the first `years` in which a concession is withdrawn.

    A Markov chain of two states: in force, withdrawn at the rate a = −ln(1 − chance) a year; withdrawn, back in force
    at the rate b = 1/lasts (0 where it stays withdrawn). Begun in force, the share over T years is

        a/(a + b) · [1 − (1 − e^(−(a + b)T)) / ((a + b)T)]

    (Cox and Miller 1965, section 4.3). The same hazard every year.

    >>> round(share_of_time(0.2, None, 4), 3)  # gone for good: 0.2, 0.36, 0.49, 0.59 by the end of each year
    0.339
    >>> round(share_of_time(0.2, 0.5, 4), 3)
    0.089
    """
    if chance >= 1:
        return 1.0
    gone, back = -math.log1p(-chance), 0.0 if lasts is None else 1 / lasts
    turn = (gone + back) * years
    return gone / (gone + back) * (1 + math.expm1(-turn) / turn) if gone > 0 else 0.0
