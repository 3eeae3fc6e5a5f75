"""Maxima: the offers that no other beats, among three parties or more.

Divide and conquer after Kung, Luccio and Preparata (1975): of offers in falling order for one party the lower half
cannot beat the upper half, and whether the upper beats the lower is a question with one party less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

SMALL = 1 << 14
"""Comparisons of two offers that are made at once rather than divided further."""

JUDGES = 24
"""Offers that thin a large cloud before it is divided."""

SAMPLE = 2048
"""Offers that stand for a large cloud when judges are picked; no result depends on these numbers."""


def maxima(table: Floats) -> Indices:
    """Offers that no other matches for all parties and beats for one; equals all stay. In rising order."""
    offers = np.arange(len(table))
    if len(table) > 4 * SAMPLE:
        some = table[:: -(-len(table) // SAMPLE)]
        offers = np.flatnonzero(~struck(table, judges(some[_distinct_maxima(some)], some)))
        table = table[offers]
    on = _distinct_maxima(table)
    if len(on) == len(table):
        return offers
    key = _sums(table)
    maybe = np.flatnonzero(np.isin(key, key[on]))  # equals of a maximum have its sum
    stays = np.zeros(len(table), dtype=bool)
    stays[maybe] = is_row_of(table[maybe], table[on])
    return offers[stays]


class Maxima:
    """The frontier of an offer cloud, ready to tell of other offers whether it beats them."""

    def __init__(self, table: Floats) -> None:
        self.payoffs = table[_distinct_maxima(table)]
        """`[offer, party]`, no two alike."""

    def beat(self, table: Floats) -> Mask:
        """Offers that one of the frontier matches for all parties and beats for one."""
        found = np.zeros(len(table), dtype=bool)
        if len(table) > 4 * SAMPLE:
            found = struck(table, judges(self.payoffs, table[:: -(-len(table) // SAMPLE)]))
        rest = np.flatnonzero(~found)
        rest = rest[covered(table[rest], self.payoffs)]
        found[rest] = ~is_row_of(table[rest], self.payoffs)
        return found


def covered(offers: Floats, by: Floats) -> Mask:
    """Offers that some row of `by` matches or beats for every party."""
    found = np.zeros(len(offers), dtype=bool)
    if not len(offers) or not len(by):
        return found
    if offers.shape[1] == 1:
        return np.asarray(offers[:, 0] <= by.max())
    if offers.shape[1] == 2:
        order = np.argsort(by[:, 0])
        best = np.r_[np.maximum.accumulate(by[order[::-1], 1])[::-1], -np.inf]
        return np.asarray(best[np.searchsorted(by[order, 0], offers[:, 0])] >= offers[:, 1])
    if len(offers) * len(by) <= SMALL:
        pairs = np.ones((len(offers), len(by)), dtype=bool)
        for own, theirs in zip(offers.T, by.T, strict=True):
            pairs &= own[:, None] <= theirs
        return np.asarray(pairs.any(axis=1))
    own, theirs = offers[:, 0], by[:, 0]
    if own.max() <= theirs.min():
        return covered(offers[:, 1:], by[:, 1:])
    both = np.concatenate([own, theirs])
    middle = np.partition(both, len(both) // 2)[len(both) // 2]
    if middle == both.min():
        middle = both[both > middle].min()
    high, low = np.flatnonzero(own >= middle), np.flatnonzero(own < middle)
    upper, lower = by[theirs >= middle], by[theirs < middle]
    found[high] = covered(offers[high], upper)
    found[low] = covered(offers[low, 1:], upper[:, 1:])
    low = low[~found[low]]
    found[low] = covered(offers[low], lower)
    return found


def is_row_of(offers: Floats, rows: Floats) -> Mask:
    """Offers exactly like one of `rows`."""
    if not len(offers):
        return np.zeros(0, dtype=bool)
    names = np.unique(np.concatenate([rows, offers]), axis=0, return_inverse=True)[1].ravel()
    return np.isin(names[len(rows) :], names[: len(rows)])


def judges(candidates: Floats, crowd: Floats) -> Floats:
    """The few candidates that between them beat the most of a crowd for every party; each adds what the last left."""
    order = np.argsort(-_sums(candidates))[:: max(1, len(candidates) // SAMPLE)]
    candidates = candidates[order]
    picked: list[int] = []
    left = crowd
    while len(picked) < JUDGES and len(left):
        few = left[:: -(-len(left) * len(candidates) // (64 * SMALL))]
        pairs = np.ones((len(candidates), len(few)), dtype=bool)
        for judge, own in zip(candidates.T, few.T, strict=True):
            pairs &= judge[:, None] > own
        strikes = pairs.sum(axis=1)
        best = int(strikes.argmax())
        if strikes[best] * 200 < len(few):
            break
        picked.append(best)
        left = left[~(left < candidates[best]).all(axis=1)]
    return candidates[picked]


def struck(table: Floats, by: Floats) -> Mask:
    """Offers that one of a few judges beats for every party."""
    found = np.zeros(len(table), dtype=bool)
    for at in range(0, len(table), 1 << 15):
        rest = np.ascontiguousarray(table[at : at + (1 << 15)].T)
        names = np.arange(at, at + rest.shape[1])
        for judge in by:
            stays = rest[0] >= judge[0]
            for own, bar in zip(rest[1:], judge[1:], strict=True):
                stays |= own >= bar
            found[names[~stays]] = True
            names, rest = names[stays], rest[:, stays]
    return found


def _distinct_maxima(table: Floats) -> Indices:
    """One offer of each payoff that is on the frontier."""
    order = np.lexsort(-table.T[::-1])  # falling for the first party, then the second, and so on
    ranked = table[order]
    ranked, order = ranked[new := np.r_[True, (ranked[1:] != ranked[:-1]).any(axis=1)]], order[new]
    return order[_divide(ranked)]


def _divide(ranked: Floats) -> Indices:
    """The maxima of distinct rows in falling lexical order, by position."""
    if len(ranked) ** 2 <= SMALL:
        pairs = np.tri(len(ranked), k=-1, dtype=bool)  # only earlier rows can beat
        for own in ranked.T[1:]:
            pairs &= own[:, None] <= own
        return np.flatnonzero(~pairs.any(axis=1))
    half = len(ranked) // 2
    upper = _divide(ranked[:half])
    rest = half + np.flatnonzero(~covered(ranked[half:, 1:], ranked[upper, 1:]))
    return np.concatenate([upper, rest[_divide(ranked[rest])]]) if len(rest) else upper


def _sums(table: Floats) -> Floats:
    """A figure that is larger for an offer that beats another, and the same for equals."""
    return np.asarray((table / np.maximum(np.abs(table).max(axis=0), np.finfo(float).tiny)).sum(axis=1))
