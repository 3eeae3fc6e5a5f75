"""The frontier: the offers that no other offer beats for every party.

Discrete, as offers are: lotteries over offers are no offers, so no hull is taken. Pareto (1906); for two parties
the frontier is found with one sort (Kung, Luccio and Preparata 1975), for more by culling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tradetalks.errors import OfferError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

SAMPLE = 4096
"""Offers that thin a large two-party cloud before it is sorted; the result does not depend on it."""


def frontier(payoffs: ArrayLike) -> Indices:
    """Offers that no other offer matches for all parties and beats for one.

    `payoffs` is [offer, party], with two parties or more, in any unit in which more is better. Offers with exactly
    equal payoffs do not beat each other, so all of them are kept. Returns offer indices in rising order.

    Raises OfferError for a table that is empty, not two-dimensional, of fewer than two parties, or not finite.
    Source: Kung, Luccio and Preparata (1975), "On finding the maxima of a set of vectors", for two parties.

    >>> frontier([[0, 4], [3, 3], [2, 3], [4, 0], [3, 3]])
    array([0, 1, 3, 4])
    """
    table = payoff_table(payoffs)
    return _staircase(table[:, 0], table[:, 1]) if table.shape[1] == 2 else _cull(table)


def payoff_table(payoffs: ArrayLike) -> Floats:
    """`payoffs` as finite floats [offer, party], or an OfferError that says what they are instead."""
    try:
        table = np.asarray(payoffs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OfferError(f"payoffs: not a table of numbers [offer, party]: {error}") from error
    if table.ndim != 2:
        raise OfferError(f"payoffs: shape {table.shape}, where a table [offer, party] is needed")
    if table.shape[0] == 0:
        raise OfferError("payoffs: no offer in the table; at least one is needed")
    if table.shape[1] < 2:
        raise OfferError(f"payoffs: {table.shape[1]} party in the table; talks need two or more")
    if not np.isfinite(table).all():
        offer, party = (int(i) for i in np.argwhere(~np.isfinite(table))[0])
        raise OfferError(
            f"payoffs: {table[offer, party]} for offer {offer}, party {party}; every payoff must be finite"
        )
    return table


def _staircase(first: Floats, second: Floats) -> Indices:
    """Two parties: walk down the first party's payoff; an offer stays if it lifts the second party's best so far."""
    offers = _unbeaten(first, second) if len(first) > SAMPLE else np.arange(len(first))
    order = offers[np.argsort(-first[offers])]
    x, y = first[order], second[order]
    starts = np.flatnonzero(np.r_[True, x[1:] != x[:-1]])  # offers alike for the first party form one step
    best = np.maximum.reduceat(y, starts)
    lifts = np.r_[True, best[1:] > np.maximum.accumulate(best)[:-1]]
    step = np.where(lifts, best, np.inf)
    stays = np.zeros(len(first), dtype=bool)
    stays[order[y == np.repeat(step, np.diff(np.r_[starts, len(y)]))]] = True
    return np.flatnonzero(stays)


def _unbeaten(first: Floats, second: Floats) -> Indices:
    """The offers of a large cloud that the frontier of a few of them does not beat: mostly very few."""
    some = slice(None, None, -(-len(first) // SAMPLE))
    few = _staircase(first[some], second[some])
    few = few[np.argsort(first[some][few])]
    x, y = first[some][few], np.r_[second[some][few], -np.inf]
    return np.flatnonzero(second > y[np.searchsorted(x, first, side="right")])


def _cull(table: Floats) -> Indices:
    """Three parties or more: let each survivor, the best all-rounders first, strike out what it beats."""
    spread = np.ptp(table, axis=0)
    order = np.argsort(-(table / np.where(spread > 0, spread, 1.0)).sum(axis=1), kind="stable")
    rest, at = np.ascontiguousarray(table[order].T), 0  # [party, offer]
    while at < len(order):
        judge = rest[:, at]
        stays = rest[0] > judge[0]
        alike = rest[0] == judge[0]
        for theirs, own in zip(rest[1:], judge[1:], strict=True):
            stays |= theirs > own
            alike &= theirs == own
        stays |= alike
        at += 1
        if not stays.all():
            at = int(np.count_nonzero(stays[:at]))
            rest, order = rest[:, stays], order[stays]
    return np.sort(order)
