"""The screen: what every offer on the table is about worth, from what options are worth alone and in pairs.

Red lines are no sum: a line is crossed once, by however many options. So issues that one line ties together stand as
one, whose options are all ways to settle them; everything else adds up (see `talks.separable`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.talks.separable import Kept, Separable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

MOST_TIED = 4096
"""Ways to settle tied issues that may stand as one; beyond it a line counts once an issue that crosses it."""


@dataclass(frozen=True, eq=False)
class Screen:
    """Screened payoffs of all offers: base + Σ alone + Σ pairs + the red lines crossed, `[party]`, US$ bn a year."""

    base: Floats
    """Of the offer that changes nothing `[party]`."""
    alone: Sequence[Floats]
    """By issue `[option, party]`."""
    pairs: Mapping[tuple[int, int], Floats]
    """Two issues i < j → what their options are worth beyond both alone `[option of i, option of j, party]`."""
    crossed: Callable[[Indices], Floats]
    """Cost of red lines `[offer, party]` of offers `[offer, issue]`."""
    tied: Sequence[frozenset[int]]
    """Issues that each red line depends on."""
    allowed: Mapping[int, int] | None = None
    """Issues that are settled, and how."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of options of each issue."""
        return tuple(len(one) for one in self.alone)

    def holding(self, goal: Mapping[int, int]) -> Screen:
        """The screen of offers that settle some issues (issue → option) so."""
        return replace(self, allowed=dict(self.allowed or {}) | dict(goal))

    def payoff(self, offers: Indices) -> Floats:
        """`[offer, party]` of offers `[offer, issue]`."""
        out = self.base + self.crossed(offers)
        for issue, one in enumerate(self.alone):
            out = out + one[offers[:, issue]]
        for (i, m), one in self.pairs.items():
            out = out + one[offers[:, i], offers[:, m]]
        return np.asarray(out)

    def frontier(self, margin: Floats | float = 0.0, *, most: int = 100_000) -> Kept:
        """Offers that may be on the frontier, as `Separable.frontier`."""
        kept = self._separable.frontier(margin, most=most)
        return kept._replace(choices=self._apart(kept.choices))

    def count_in_zone(self, reservation: Floats) -> int:
        """How many of all offers leave no party below its reservation value."""
        return self._separable.count_in_zone(reservation)

    @cached_property
    def by_issue(self) -> Separable:
        """The same with every issue by itself: a red line then counts once an issue that crosses it."""
        singles = []
        for issue, one in enumerate(self.alone):
            offers = np.zeros((len(one), len(self.shape)), dtype=np.intp)
            offers[:, issue] = np.arange(len(one))
            singles.append(one + self.crossed(offers))
        return Separable(self.shape, self.base, singles, self.pairs)

    # ---- tied issues as one ------------------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> list[tuple[int, ...]]:
        """Issues that stand as one, in order of their first."""
        parts: list[set[int]] = [{i} for i in range(len(self.shape))]
        for line in self.tied:
            meets = [part for part in parts if part & line]
            joined = set().union(*meets)
            if math.prod(len(self._options[i]) for i in joined) <= MOST_TIED:
                parts = [part for part in parts if part not in meets] + [joined]
        return sorted(tuple(sorted(part)) for part in parts)

    @cached_property
    def _options(self) -> list[Indices]:
        """The options that each issue may still have."""
        settled = self.allowed or {}
        return [np.array([settled[i]]) if i in settled else np.arange(n) for i, n in enumerate(self.shape)]

    @cached_property
    def _ways(self) -> list[Indices]:
        """The ways to settle each part `[way, issue of the part]`."""
        grids = (np.meshgrid(*(self._options[i] for i in part), indexing="ij") for part in self._parts)
        return [np.stack([axis.ravel() for axis in grid], axis=1) for grid in grids]

    @cached_property
    def _separable(self) -> Separable:
        parties = len(self.base)
        singles, place = [], {}
        for at, (part, ways) in enumerate(zip(self._parts, self._ways, strict=True)):
            offers = np.zeros((len(ways), len(self.shape)), dtype=np.intp)
            offers[:, part] = ways
            single = self.crossed(offers)
            for column, issue in enumerate(part):
                place[issue] = (at, column)
                single = single + self.alone[issue][ways[:, column]]
            singles.append(single)
        together: dict[tuple[int, int], Floats] = {}
        for (i, m), one in self.pairs.items():
            (p, a), (q, b) = place[i], place[m]
            if p == q:
                singles[p] = singles[p] + one[self._ways[p][:, a], self._ways[p][:, b]]
                continue
            (p, a), (q, b), one = ((p, a), (q, b), one) if p < q else ((q, b), (p, a), one.transpose(1, 0, 2))
            table = one[self._ways[p][:, a]][:, self._ways[q][:, b]]
            together[p, q] = together.get((p, q), np.zeros((*table.shape[:2], parties))) + table
        return Separable(tuple(len(ways) for ways in self._ways), self.base, singles, together)

    def _apart(self, choices: Indices) -> Indices:
        """Offers `[offer, issue]` from ways `[offer, part]`."""
        offers = np.zeros((len(choices), len(self.shape)), dtype=np.intp)
        for at, (part, ways) in enumerate(zip(self._parts, self._ways, strict=True)):
            offers[:, part] = ways[choices[:, at]]
        return offers
