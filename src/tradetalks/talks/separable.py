"""Separable payoffs: what every offer is worth when issues add up, alone and in pairs; hundreds of millions at once.

A screen, to be followed by full equilibria of the offers it keeps. Issues that no pair joins are searched apart: an
offer is on the frontier only if each of its parts is on that of its own issues (Villarreal and Karwan 1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import OfferError
from tradetalks.talks.band import Band
from tradetalks.talks.frontier import Floats, Front, Indices
from tradetalks.talks.tally import FEW, Tally
from tradetalks.talks.terms import Choices, Terms, numbers

SEARCHED = 1 << 20
"""Offers searched at a time."""

SEEDS = 1 << 14
"""Offers drawn to begin a search with; no result depends on it."""

PARTIAL = 1_000_000
"""Parts of offers that are held at a time, at least as many as a search keeps."""

TALLIED = 1 << 20
"""Parts of offers that the others are counted against."""

BEYOND = 2.0**44
"""More grains than two payoffs can be apart."""

PATIENCE = 2 * 10**10
"""Comparisons that a search or a count takes at most."""


class Kept(NamedTuple):
    """Offers that a search for the frontier keeps, in the order of their choices."""

    choices: Choices
    """Options chosen `[offer, issue]`."""
    payoffs: Floats
    """`[offer, party]`."""
    margin: Floats
    """The margin that the kept offers fill `[party]`: the one asked for, or the widest that the cap allows."""
    complete: bool
    """Whether every offer within the margin asked for is here."""


class _Part(NamedTuple):
    """What a search keeps of some issues."""

    issues: tuple[int, ...]
    choices: Choices
    """`[part, issue]`"""
    payoffs: Floats
    """`[part, party]`, without the constant."""
    front: Front
    """Of all parts, also those not kept."""


Sieve = Callable[[Terms, Front, bool], tuple[Indices, Floats]]
"""What is kept of a space of parts, given its front, and whether these are whole offers: their numbers and payoffs."""


class Separable(Terms):
    """Payoffs of all offers: payoff = constant + Σ singles[i][option of i] + Σ pairs[i, j][option of i, option of j].

    `shape` is the number of options of each issue; `constant` is [party]; `singles` holds one array [option, party]
    an issue; `pairs` maps two issues i < j to an array [option of i, option of j, party], and leaves out those that do
    not touch. Any unit in which more is better. Terms are rounded to `grain`, a power of two about a trillionth of
    the largest payoff, so that sums are exact in any order and offers that tie do so to the last bit.

    Raises OfferError for an issue without options, arrays of other shapes, and numbers that are not finite.

    >>> cars, rice = [[0, 0], [4, -2]], [[0, 0], [-1, 3]]
    >>> space = Separable((2, 2), [0, 0], [cars, rice], {(0, 1): [[[0, 0], [0, 0]], [[0, 0], [0.5, 0]]]})
    >>> space.payoff([[0, 0], [1, 1]])
    array([[0. , 0. ],
           [3.5, 1. ]])
    >>> space.frontier().choices.tolist()
    [[0, 1], [1, 0], [1, 1]]
    """

    def frontier(self, margin: ArrayLike = 0.0, *, most: int = 100_000) -> Kept:
        """Every offer that could be on the frontier when true payoffs lie within half a `margin` of these.

        `margin` is one number or [party], in the unit of payoffs, 0 or more. An offer is left out exactly if another
        is better by the margin or more for every party, and by more than that for one. Without a margin that leaves
        the frontier, equals included. When more than `most` offers stay, the margin is narrowed, for all parties in
        proportion, to the widest that leaves no more: those nearest to the frontier are kept, and `complete` is False.
        The same is done when parts of offers are too many to hold; then fewer than `most` may be left.

        Raises OfferError for a margin below nothing or not finite, and for `most` below 1.
        """
        asked = np.array(np.broadcast_to(numbers("margin", margin), (self.parties,)))
        if (asked < 0).any():
            raise OfferError(f"margin: {asked.tolist()}; it must be 0 or more for every party")
        if most < 1:
            raise OfferError(f"most: {most} offers to keep; it must be 1 or more")
        wide, complete = np.ceil(np.minimum(asked / self.grain, BEYOND)) * self.grain, True

        def sieve(space: Terms, front: Front, last: bool) -> tuple[Indices, Floats]:
            nonlocal wide, complete
            _patient(space.offers, "search")
            found = Band(front, wide, most if last else max(PARTIAL, most), self.grain)
            for start, payoffs in space.blocks(SEARCHED):
                found.add(start, payoffs)
            offers, payoffs = found.found()
            complete &= not found.dropped
            wide = found.margin
            return offers, payoffs

        choices, payoffs = self._sifted(sieve)
        order = np.lexsort(choices.T[::-1])
        return Kept(choices[order], payoffs[order], asked if complete else wide, complete)

    def count_in_zone(self, reservation: ArrayLike) -> int:
        """How many offers of all leave no party below its `reservation` value [party].

        Exact; groups of issues that only add up are counted against one another without going through all offers.
        Raises OfferError for another shape, for numbers not finite, and when there are too many to count.
        """
        floor = numbers("reservation", reservation, (self.parties,))
        least = np.sum([a.min(axis=0) for a in self.singles], axis=0)
        least = least + np.sum([a.min(axis=(0, 1)) for a in self.pairs.values()], axis=0)
        binding = np.flatnonzero(np.ceil((floor - self.constant) / self.grain) * self.grain > least)
        if not len(binding):
            return self.offers
        short = (np.ceil(floor / self.grain) * self.grain - self.constant)[binding]
        few: list[int] = []
        groups = sorted(self.groups, key=lambda group: math.prod(self.shape[i] for i in group))
        while len(groups) > 1 and math.prod(self.shape[i] for i in [*few, *groups[0]]) <= TALLIED:
            few += groups.pop(0)
        many = self.among(i for group in groups for i in group)
        against = np.zeros((1, self.parties))
        if few:
            against = np.concatenate([block.payoffs for block in self.among(few).blocks()])
        tally = Tally(np.ascontiguousarray(against[:, binding]))
        steps = many.offers * (len(against) if len(against) <= FEW or len(binding) > 2 else 8 * len(binding))
        _patient(steps, "count")
        return sum(tally.reaching(short - block.payoffs[:, binding]) for block in many.blocks(SEARCHED))

    # ---- parts of offers, put together ----------------------------------------------------------------------------

    def _sifted(self, sieve: Sieve) -> tuple[Choices, Floats]:
        """The offers that a sieve keeps when it is put to each group of issues, then to the groups two by two.

        The smallest are joined first. Returns options chosen `[offer, issue]` and payoffs `[offer, party]`.
        """
        parts = []
        for issues in self.groups:
            space = self.among(issues)
            front = _front(space)
            kept, payoffs = sieve(space, front, len(self.groups) == 1)
            parts.append(_Part(issues, space.choices(kept), payoffs, front))
        while len(parts) > 1:
            small, large, *rest = sorted(parts, key=lambda part: len(part.payoffs))
            front = _front(_sums(small.front.payoffs, large.front.payoffs))
            sums = _sums(small.payoffs, large.payoffs)
            kept, payoffs = sieve(sums, front, not rest)
            a, b = sums.choices(kept).T
            choices = np.concatenate([small.choices[a], large.choices[b]], axis=1)
            parts = [*rest, _Part(small.issues + large.issues, choices, payoffs, front)]
        whole = parts[0]
        return whole.choices[:, np.argsort(whole.issues)], whole.payoffs + self.constant


def _sums(small: Floats, large: Floats) -> Terms:
    """What parts of two groups of issues add up to: each list of parts is one issue."""
    return Terms((len(small), len(large)), np.zeros(small.shape[1]), [small, large])


def _front(space: Terms) -> Front:
    """The payoffs on the frontier of a space; some offers drawn from it are there to beat others from the start."""
    _patient(space.offers, "search")
    count = min(SEEDS, space.offers)
    seeds = np.random.default_rng(0).integers(0, space.shape, (count, len(space.shape)))
    return Front(space.payoff(seeds)).with_blocks(block.payoffs for block in space.blocks(SEARCHED))


def _patient(steps: int, what: str) -> None:
    if steps > PATIENCE:
        raise OfferError(
            f"{steps:.1e} offers or parts of offers to {what}, more than {PATIENCE:.0e}: settle some issues, "
            "drop options, narrow the margin, or leave out small pair terms so that issues fall into groups"
        )
