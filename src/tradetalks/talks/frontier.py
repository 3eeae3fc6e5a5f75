"""The frontier: the offers that no other offer beats for every party.

Discrete, as offers are: lotteries over offers are no offers, so no hull is taken. Pareto (1906); one sort for two
parties, divide and conquer for more (Kung, Luccio and Preparata 1975).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tradetalks.errors import OfferError
from tradetalks.talks.maxima import Maxima, maxima
from tradetalks.talks.stairs import Stairs, on_stairs

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

SAMPLE = 4096
"""Offers that thin a large two-party cloud before it is sorted; the result does not depend on it."""


def frontier(payoffs: ArrayLike) -> Indices:
    """Offers that no other offer matches for all parties and beats for one.

    `payoffs` is [offer, party], with two parties or more, in any unit in which more is better. Offers with exactly
    equal payoffs do not beat each other, so all of them are kept. Returns offer indices in rising order.

    Raises OfferError for a table that is empty, not two-dimensional, of fewer than two parties, or not finite.
    Source: Kung, Luccio and Preparata (1975), "On finding the maxima of a set of vectors".

    >>> frontier([[0, 4], [3, 3], [2, 3], [4, 0], [3, 3]])
    array([0, 1, 3, 4])
    """
    return _frontier(payoff_table(payoffs))


def beaten(payoffs: ArrayLike, by: ArrayLike) -> Mask:
    """Whether each offer is matched for all parties and beaten for one by some offer of another table.

    `payoffs` and `by` are [offer, party] with the same parties. Returns one truth value an offer of `payoffs`.
    Raises OfferError for tables that `frontier` refuses, or of different numbers of parties.

    >>> beaten([[3, 3], [2, 4], [4, 1]], by=[[3, 3], [4, 2]])
    array([False, False,  True])
    """
    table, others = payoff_table(payoffs), payoff_table(by)
    if table.shape[1] != others.shape[1]:
        raise OfferError(f"payoffs of {table.shape[1]} parties cannot be beaten by payoffs of {others.shape[1]}")
    return Front(others).beat(table)


def frontier_of_blocks(blocks: Iterable[ArrayLike]) -> tuple[Indices, Floats]:
    """The frontier of more offers than memory holds, from tables [offer, party] that come one by one.

    Offers are counted through all blocks, from 0. Returns the indices of those on the frontier in rising order and
    their payoffs [offer, party]; memory is needed for one block and for the frontier so far.

    Raises OfferError when no block comes, for blocks of different numbers of parties, and as `frontier`.

    >>> frontier_of_blocks([[[0, 4], [3, 3]], [[2, 3], [4, 0], [3, 3]]])
    (array([0, 1, 3, 4]), array([[0., 4.], [3., 3.], [4., 0.], [3., 3.]]))
    """
    seen, offers, payoffs = 0, np.zeros(0, dtype=np.intp), None
    for block in blocks:
        table = payoff_table(block)
        if payoffs is None:
            offers = _frontier(table)
            payoffs = table[offers]
        else:
            if table.shape[1] != payoffs.shape[1]:
                raise OfferError(f"a block of {table.shape[1]} parties after blocks of {payoffs.shape[1]}")
            new = np.flatnonzero(~Front(payoffs).beat(table))
            if len(new):
                offers, payoffs = np.r_[offers, seen + new], np.r_[payoffs, table[new]]
                stays = _frontier(payoffs)
                offers, payoffs = offers[stays], payoffs[stays]
        seen += len(table)
    if payoffs is None:
        raise OfferError("payoffs: no block of offers came; at least one is needed")
    return offers, payoffs


class Front:
    """The payoffs on the frontier of a table, each once, ready to tell of other offers whether they are beaten."""

    def __init__(self, table: Floats) -> None:
        self._found = Stairs(*columns(table)) if table.shape[1] == 2 else Maxima(table)
        self.payoffs: Floats = self._found.payoffs
        """`[offer, party]`, no two alike."""

    def with_blocks(self, blocks: Iterable[Floats]) -> Front:
        """The front of these payoffs and of all that come in tables `[offer, party]`; memory holds one at a time."""
        front = self
        for table in blocks:
            new = np.flatnonzero(~front.beat(table))
            if len(new):
                front = Front(np.concatenate([front.payoffs, table[new]]))
        return front

    def beat(self, table: Floats) -> Mask:
        """Whether one of these payoffs matches each offer for all parties and beats it for one."""
        return self._found.beat(*columns(table)) if isinstance(self._found, Stairs) else self._found.beat(table)


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


def columns(table: Floats) -> tuple[Floats, Floats]:
    """The payoffs of the first and of the second party, each in one piece of memory."""
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


def _frontier(table: Floats) -> Indices:
    if table.shape[1] > 2:
        return maxima(table)
    x, y = columns(table)
    if len(x) <= SAMPLE:
        return np.sort(on_stairs(x, y))
    some = slice(None, None, -(-len(x) // SAMPLE))
    offers = np.flatnonzero(~Stairs(x[some], y[some]).surely_beat(x, y))
    if len(offers) < len(x):
        x, y = x[offers], y[offers]
    stays = np.zeros(len(table), dtype=bool)
    stays[offers[on_stairs(x, y)]] = True
    return np.flatnonzero(stays)
