"""Points of agreement: which offer each bargaining solution picks, given what each party has without a deal.

Nash (1950), Kalai and Smorodinsky (1975), Kalai (1977, egalitarian) and the utilitarian sum, on a discrete set of
offers: the choice is always one real offer, never a lottery between two. Where a solution is stated for convex sets,
the discrete form follows Mariotti (1998) for Nash and leximin (Imai 1983) for the two maximin rules.

A better fallback never lowers what its owner gets, as long as a zone of agreement is left: for the egalitarian and the
utilitarian point always; for Nash, with any power, wherever some offer lets every party gain, and between two parties
always; for Kalai and Smorodinsky between two parties. With three or more parties it can lower it under Kalai and
Smorodinsky's rule, as the others' hopes shrink with the zone, and under Nash's where every product is zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats, Indices, frontier, payoff_table

TIE = 1e-12
"""Scores nearer than this share of the largest are the same score: rounding must not choose between offers."""


def zone(payoffs: ArrayLike, reservation: ArrayLike) -> Indices:
    """The zone of agreement: offers that leave no party below its reservation value.

    `payoffs` is [offer, party], `reservation` [party], in the same unit. Returns offer indices in rising order;
    none when there is no zone. Raises OfferError for wrong shapes and numbers that are not finite.

    >>> zone([[0, 4], [3, 3], [4, 0]], [1, 0])
    array([1, 2])
    """
    table, floor = _tables(payoffs, reservation)
    return np.flatnonzero((table >= floor).all(axis=1))


def nash_point(payoffs: ArrayLike, reservation: ArrayLike, power: ArrayLike | None = None) -> int:
    """The offer with the largest product of gains over the reservation values, each to the power of its party.

    `payoffs` is [offer, party], `reservation` [party]; the choice does not depend on the unit of either party.
    `power` [party] is bargaining power, positive, in proportion: alike when it is left out (Nash), otherwise the
    generalised product; in talks of alternating offers the party that waits more easily has more of it. Where no
    offer lets every party gain, every product is zero: then as many parties gain as can, and offers that the same
    parties gain from are compared by the product of theirs. Returns the index of one offer on the frontier; of equals
    the first.

    Raises OfferError when no offer reaches every reservation value, for a power that is not positive, for wrong
    shapes and for numbers not finite.
    Source: Nash (1950), "The bargaining problem"; Kalai (1977), "Nonsymmetric Nash solutions", and Binmore,
    Rubinstein and Wolinsky (1986) for power; Mariotti (1998) for finite sets of offers.

    >>> nash_point([[0, 9], [4, 5], [8, 2]], [0, 0])
    1
    >>> nash_point([[0, 9], [4, 5], [8, 2]], [0, 0], power=[3, 1])
    2
    """
    offers, gains = _candidates(payoffs, reservation)
    weights = _powers(power, gains.shape[1])
    most = (gains > 0).sum(axis=1) == (gains > 0).sum(axis=1).max()
    offers, gains = offers[most], gains[most]
    logs = (weights * np.log(gains, out=np.zeros_like(gains), where=gains > 0)).sum(axis=1)
    gainers, group = np.unique(gains > 0, axis=0, return_inverse=True)  # one group, all parties, in all usual cases
    best = np.full(len(gainers), -np.inf)
    np.maximum.at(best, group.ravel(), logs)
    margin = TIE * max(1.0, float(np.abs(logs).max()))
    return int(offers[logs >= best[group.ravel()] - margin].min())


def kalai_smorodinsky_point(payoffs: ArrayLike, reservation: ArrayLike) -> int:
    """The offer that gives the worst-off party the largest share of the most it could hope for.

    A party's hope (ideal) is its largest gain over all offers in the zone of agreement; shares of it are compared by
    leximin: the smallest first, then the next. `payoffs` is [offer, party], `reservation` [party]; the choice does
    not depend on the unit of either party. Returns the index of one offer on the frontier; of equals the first.

    Raises OfferError when no offer reaches every reservation value, for wrong shapes and for numbers not finite.
    Source: Kalai and Smorodinsky (1975), "Other solutions to Nash's bargaining problem"; Imai (1983) for leximin.

    >>> kalai_smorodinsky_point([[0, 9], [4, 5], [8, 2]], [0, 0])
    1
    """
    offers, gains = _candidates(payoffs, reservation)
    ideal = gains.max(axis=0)
    return _leximin(offers, gains / np.where(ideal > 0, ideal, 1.0))


def egalitarian_point(payoffs: ArrayLike, reservation: ArrayLike) -> int:
    """The offer whose smallest gain over the reservation values is largest (leximin).

    `payoffs` is [offer, party], `reservation` [party], all in one unit such as US$ bn a year, as gains of different
    parties are compared. Returns the index of one offer on the frontier; of equals the first.

    Raises OfferError when no offer reaches every reservation value, for wrong shapes and for numbers not finite.
    Source: Kalai (1977), "Proportional solutions to bargaining situations"; Imai (1983) for leximin.

    >>> egalitarian_point([[0, 9], [3, 5], [8, 2]], [0, 0])
    1
    """
    return _leximin(*_candidates(payoffs, reservation))


def utilitarian_point(payoffs: ArrayLike, reservation: ArrayLike) -> int:
    """The offer with the largest sum of payoffs among those that every party can accept.

    `payoffs` is [offer, party], `reservation` [party], all in one unit such as US$ bn a year. Returns the index of
    one offer on the frontier; of equals the first.

    Raises OfferError when no offer reaches every reservation value, for wrong shapes and for numbers not finite.

    >>> utilitarian_point([[0, 9], [3, 5], [8, 2]], [0, 0])
    2
    """
    offers, gains = _candidates(payoffs, reservation)
    total = gains.sum(axis=1)
    return int(offers[total >= total.max() - TIE * np.abs(gains).max()].min())


def _tables(payoffs: ArrayLike, reservation: ArrayLike) -> tuple[Floats, Floats]:
    table = payoff_table(payoffs)
    try:
        floor = np.asarray(reservation, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OfferError(f"reservation: not a list of numbers [party]: {error}") from error
    if floor.shape != table.shape[1:]:
        raise OfferError(
            f"reservation: shape {floor.shape}, where one value for each of {table.shape[1]} parties is due"
        )
    if not np.isfinite(floor).all():
        raise OfferError(f"reservation: {floor.tolist()}; every value must be finite")
    return table, floor


def _powers(power: ArrayLike | None, parties: int) -> Floats:
    """Powers with the largest one, or an OfferError that says what is wrong with them."""
    try:
        weights = np.ones(parties) if power is None else np.asarray(power, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OfferError(f"power: not a list of numbers [party]: {error}") from error
    if weights.shape != (parties,):
        raise OfferError(f"power: shape {weights.shape}, where one value for each of {parties} parties is due")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise OfferError(
            f"power: {weights.tolist()}; every power must be positive and finite, such as [1, 1] for equals or [2, 1]"
        )
    share = np.asarray(weights / weights.max())
    if not (share > 0).all():
        raise OfferError(f"power: {weights.tolist()} lie too far apart; with 100 to 1 the first all but decides alone")
    return share


def _candidates(payoffs: ArrayLike, reservation: ArrayLike) -> tuple[Indices, Floats]:
    """The offers in the zone of agreement that are also on the frontier, and each party's gain from them."""
    table, floor = _tables(payoffs, reservation)
    offers = zone(table, floor)
    if not len(offers):
        short = (floor - table).max(axis=1)
        near = int(short.argmin())
        raise OfferError(
            f"no zone of agreement: none of {len(table):,} offers reaches every party's reservation value; the closest "
            f"offer is short by {short[near]:.3g} for party {int((floor - table[near]).argmax())} (offer {near})"
        )
    offers = offers[frontier(table[offers])]  # whoever beats an acceptable offer is acceptable too
    return offers, table[offers] - floor


def _leximin(offers: Indices, scores: Floats) -> int:
    ladder = np.sort(scores, axis=1)
    margin = TIE * np.abs(scores).max()
    for rung in range(ladder.shape[1]):
        top = ladder[:, rung] >= ladder[:, rung].max() - margin
        offers, ladder = offers[top], ladder[top]
    return int(offers.min())
