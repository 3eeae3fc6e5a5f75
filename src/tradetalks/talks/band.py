"""The band: offers that may be on the frontier once the errors of a screen are allowed for.

A screened payoff lies within half a margin of the true one. An offer is dropped only if another is better by the
whole margin for every party, and by more for one: then it is beaten whatever the errors are; all others are kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tradetalks.talks.frontier import Floats, Front, Indices

STEPS = 1 << 20
"""Parts of the margin by which it is narrowed when the band holds too many offers."""


class Band:
    """Offers of a stream that no payoff of `front` beats by more than a margin; at most about `most` of them.

    When there are more, the margin is narrowed, for all parties in proportion, to the widest that leaves no more than
    `most`. Where even equals of the front are more, the first that came stay. Payoffs, margin and front must be
    multiples of `grain`.
    """

    def __init__(self, front: Front, margin: Floats, most: int, grain: float) -> None:
        self._front, self._whole, self._most, self._grain = front, margin, most, grain
        self._step = STEPS
        self._bar = self._shifted(STEPS)
        self._offers: list[Indices] = []
        self._payoffs: list[Floats] = []
        self._held = 0
        self.dropped = False
        """Whether offers within the margin asked for had to go."""

    @property
    def margin(self) -> Floats:
        """The margin that the band fills."""
        return self._narrowed(self._step)

    def _narrowed(self, step: int) -> Floats:
        return np.asarray(np.floor(self._whole * (step / STEPS) / self._grain) * self._grain)

    def _shifted(self, step: int) -> Front:
        return Front(self._front.payoffs - self._narrowed(step))

    def add(self, start: int, payoffs: Floats) -> None:
        """Takes the offers `start`, `start + 1`, … with `payoffs` `[offer, party]`, and keeps those in the band."""
        stays = np.flatnonzero(~self._bar.beat(payoffs))
        if len(stays):
            self._offers.append(start + stays)
            self._payoffs.append(payoffs[stays])
            self._held += len(stays)
        if self._held > 2 * self._most:
            self._narrow()

    def found(self) -> tuple[Indices, Floats]:
        """The offers of the band, as they came, and their payoffs `[offer, party]`."""
        if self._held > self._most:
            self._narrow()
        return self._all()

    def _all(self) -> tuple[Indices, Floats]:
        if not self._offers:
            return np.zeros(0, dtype=np.intp), np.zeros((0, len(self._whole)))
        return np.concatenate(self._offers), np.concatenate(self._payoffs)

    def _narrow(self) -> None:
        """The widest margin that leaves no more than `most`: found by halving, as fewer stay the narrower it is."""
        self.dropped = True
        offers, payoffs = self._all()
        low, high = 0, self._step
        while high - low > 1:
            middle = (low + high) // 2
            if np.count_nonzero(~self._shifted(middle).beat(payoffs)) <= self._most:
                low = middle
            else:
                high = middle
        self._step, self._bar = low, self._shifted(low)
        stays = np.flatnonzero(~self._bar.beat(payoffs))[: self._most]
        self._offers, self._payoffs, self._held = [offers[stays]], [payoffs[stays]], len(stays)


def band(blocks: Iterable[tuple[int, Floats]], front: Front, margin: Floats, most: int, grain: float) -> Band:
    """The band over blocks of (first offer, payoffs `[offer, party]`)."""
    found = Band(front, margin, most, grain)
    for start, payoffs in blocks:
        found.add(start, payoffs)
    return found
