"""Replies: what to answer to an offer on the table, and what else could be signed.

An offer is answered by accepting it, by another that leaves the others as well off, by one that all could sign, or by
walking away; Pareto improvements on a signed text are the post-settlement settlements of Raiffa (1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats, Indices, frontier, payoff_table
from tradetalks.talks.points import nash_point, zone


class Verdict(StrEnum):
    """What to do about an offer."""

    ACCEPT = "accept"
    COUNTER = "counter"
    WALK = "walk"


@dataclass(frozen=True)
class Reply:
    """The answer to an offer."""

    verdict: Verdict
    offer: int | None
    """What to accept or to propose; none when walking away."""
    gain: float
    """What the answer is worth to us above the offer on the table; when walking away, what no deal is."""
    why: str


def best_reply(payoffs: ArrayLike, reservation: ArrayLike, offer: int, me: int, tolerance: float = 0.0) -> Reply:
    """Whether to accept an offer, to answer with another, or to walk away.

    `payoffs` is [offer, party], `reservation` [party]; `offer` is the one on the table, `me` the party that answers.
    Whoever proposed `offer` would sign what is as good for it: so the answer is the best such offer for us
    (`equally_good`) if that is better than `offer`, else acceptance. When that leaves us below our reservation value,
    the answer is the Nash point of what all could sign, and if there is none, to walk. Gains up to `tolerance` are
    nothing, and the others may lose as much.

    Raises OfferError for an offer or a party that is not in the table, for wrong shapes and numbers not finite.

    >>> best_reply([[0, 9], [4, 5], [3, 5], [8, 2]], [1, 1], offer=2, me=0)
    Reply(verdict=<Verdict.COUNTER: 'counter'>, offer=1, gain=1.0, why='offer 1 is as good for the others and better \
for us by 1')
    """
    table = _table(payoffs, offer, me)
    inside = zone(table, reservation)
    floor = np.asarray(reservation, dtype=np.float64)
    counter = equally_good(table, offer, me, tolerance)
    gain = float(table[counter, me] - table[offer, me])
    over = float(table[counter, me] - floor[me])
    over_offer = float(table[offer, me] - floor[me])
    if over >= 0 and (gain > tolerance or over_offer < 0):
        why = f"offer {counter} is as good for the others and better for us by {gain:.3g}"
        return Reply(Verdict.COUNTER, counter, gain, why)
    if over_offer >= 0:
        why = f"worth {over_offer:.3g} more to us than no deal, and nothing as good for the others is better for us"
        return Reply(Verdict.ACCEPT, int(offer), 0.0, why)
    short = f"nothing as good for the others as offer {offer} reaches our reservation value (short by {-over:.3g})"
    if len(inside):
        fair = nash_point(table, floor)
        why = f"{short}, but {len(inside):,} offers are worth signing for all; offer {fair} is their Nash point"
        return Reply(Verdict.COUNTER, fair, float(table[fair, me] - table[offer, me]), why)
    return Reply(
        Verdict.WALK, None, float(floor[me] - table[offer, me]), f"{short}, and no offer is worth signing for all"
    )


def equally_good(payoffs: ArrayLike, offer: int, me: int, tolerance: float = 0.0) -> int:
    """The offer that is best for us among those that leave no other party worse off than `offer` does.

    `payoffs` is [offer, party]; others may lose up to `tolerance`. Of offers alike for us one that is not beaten for
    the others; `offer` itself where nothing is better for us or for them. Returns an offer's index.

    Raises OfferError for an offer or a party that is not in the table, or a tolerance below nothing.

    >>> equally_good([[0, 9], [4, 5], [3, 5], [8, 2]], offer=2, me=0)
    1
    """
    table = _table(payoffs, offer, me)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise OfferError(f"tolerance: {tolerance}; it must be 0 or more, in the unit of payoffs")
    others = np.arange(table.shape[1]) != me
    able = np.flatnonzero((table[:, others] >= table[offer, others] - tolerance).all(axis=1))
    best = able[table[able, me] == table[able, me].max()]
    best = best[frontier(table[best])]
    return int(offer) if offer in best else int(best[0])


def improvements(payoffs: ArrayLike, offer: int) -> Indices:
    """Offers at least as good for all as `offer` and better for one, such as a signed text that could be bettered.

    `payoffs` is [offer, party]. Those from which the most parties gain come first, and of these the largest product of
    the gains (Nash, with `offer` as the fallback). Returns offer indices; none when `offer` is on the frontier.

    Raises OfferError for an offer that is not in the table. Source: Raiffa (1985), "Post-settlement settlements".

    >>> improvements([[3, 5], [4, 5], [0, 9], [5, 6], [3, 5]], offer=0)
    array([3, 1])
    """
    table = _table(payoffs, offer, 0)
    gains = table - table[offer]
    better = np.flatnonzero((gains >= 0).all(axis=1) & (gains > 0).any(axis=1))
    gains = gains[better]
    logs = np.log(gains, out=np.zeros_like(gains), where=gains > 0).sum(axis=1)
    return np.asarray(better[np.lexsort((better, -logs, -(gains > 0).sum(axis=1)))])


def cheapest(payoffs: ArrayLike, allowed: ArrayLike, reservation: ArrayLike, me: int, n: int = 5) -> Indices:
    """The offers that reach a goal and that every other party would still sign, least costly to us first.

    `payoffs` is [offer, party], `allowed` [offer] true where the goal is reached, `reservation` [party]. Our own
    reservation value does not matter: whether the goal is worth its price is for the reader to see. Of offers alike
    for us those come first whose worst-off other party gains most. Returns at most `n` indices.

    Raises OfferError when no offer reaches the goal, or none that the others would sign (and how short they are), for
    a party that is not in the table, for wrong shapes and for numbers not finite.

    >>> cheapest([[0, 9], [4, 5], [3, 5], [8, 2]], [False, True, True, True], [0, 3], me=0)
    array([1, 2])
    """
    table = _table(payoffs, 0, me)
    reaches = np.asarray(allowed)
    if reaches.shape != table.shape[:1] or reaches.dtype != bool:
        raise OfferError(
            f"allowed: {reaches.dtype} of shape {reaches.shape}, where one truth value for each of {len(table):,} "
            "offers is due"
        )
    if n < 1:
        raise OfferError(f"n: {n} offers asked for; it must be 1 or more")
    if not reaches.any():
        raise OfferError(f"none of {len(table):,} offers reaches the goal; put the options that do on the table")
    zone(table, reservation)  # refuses what is no reservation value
    others = np.arange(table.shape[1]) != me
    gains = (table - np.asarray(reservation, dtype=np.float64))[:, others]
    least = gains.min(axis=1)
    found = np.flatnonzero(reaches & (least >= 0))
    if not len(found):
        goal = np.flatnonzero(reaches)
        near = int(goal[least[goal].argmax()])
        party = int(np.flatnonzero(others)[gains[near].argmin()])
        raise OfferError(
            f"{len(goal):,} offers reach the goal, but the others would sign none: the closest, offer {near}, is short "
            f"by {-least[near]:.3g} for party {party}; add something that it wants, or lower the goal"
        )
    return np.asarray(found[np.lexsort((found, -least[found], -table[found, me]))][:n])


def _table(payoffs: ArrayLike, offer: int, me: int) -> Floats:
    table = payoff_table(payoffs)
    for name, index, count in (("offer", offer, len(table)), ("party", me, table.shape[1])):
        if not 0 <= index < count:
            raise OfferError(f"{name} {index}: the table has {name}s 0 to {count - 1}".replace("partys", "parties"))
    return table
