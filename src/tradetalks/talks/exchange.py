"""The exchange table: what each single change of an offer costs us for what it gives them.

Trading what is cheap to us for what is dear to us, issue by issue (logrolling; Raiffa 1982, "The Art and Science of
Negotiation", chapter 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import OfferError
from tradetalks.talks.terms import numbers


class Kind(StrEnum):
    """What a change is to the two sides."""

    FREE = "free"
    """Somebody gains and nobody loses: to be done whatever else is agreed."""
    CONCESSION = "concession"
    """We lose, they gain."""
    DEMAND = "demand"
    """We gain, they lose."""
    NOTHING = "nothing"
    """Neither side feels it."""
    WASTE = "waste"
    """Somebody loses and nobody gains."""


@dataclass(frozen=True)
class Rate:
    """What one change means to both sides, in the unit of payoffs."""

    change: int
    """Which row of the changes."""
    kind: Kind
    cost: float
    """What we lose; negative when we gain."""
    gain: float
    """What they gain; negative when they lose."""
    price: float | None
    """Of a concession our cost for one unit of their gain, of a demand their cost for one unit of ours; else none."""


def rates(
    base: ArrayLike, neighbours: ArrayLike, me: int, them: int | Sequence[int], tolerance: float = 0.0
) -> tuple[Rate, ...]:
    """Single changes of an offer, cheapest first.

    `base` is the offer's payoffs [party], `neighbours` those of the offers one change away [change, party], in one
    unit; `them` is the other party, or several whose payoffs are added. What is not more than `tolerance` counts as
    nothing, so no price is divided by nothing. Free changes come first, the largest joint gain leading; then
    concessions, the lowest price leading; demands, again by price; changes that nobody feels; and waste, the smallest
    loss leading. A price holds for the change as a whole, not for a part of it, and other changes may alter it.

    Raises OfferError for shapes that do not fit, numbers that are not finite, a tolerance below nothing, and parties
    that are not in the table or on both sides.

    >>> for rate in rates([0, 0], [[-2, 1], [1, 3], [-1, 2], [3, -6], [-1, 0]], me=0, them=1):
    ...     print(rate.change, rate.kind, rate.price)
    1 free None
    2 concession 0.5
    0 concession 2.0
    3 demand 2.0
    4 waste None
    """
    start, table = numbers("base", base), numbers("neighbours", neighbours)
    theirs = [them] if isinstance(them, int | np.integer) else list(them)
    if start.ndim != 1 or table.ndim != 2 or table.shape[1] != len(start):
        raise OfferError(
            f"base {start.shape} and neighbours {table.shape}, where payoffs [party] and [change, party] are due"
        )
    if not theirs or me in theirs or not all(0 <= party < len(start) for party in (me, *theirs)):
        raise OfferError(f"parties {me} against {theirs}: they must differ and be of 0 to {len(start) - 1}")
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise OfferError(f"tolerance: {tolerance}; it must be 0 or more, in the unit of payoffs")
    change = table - start
    found = [_rate(k, float(ours), float(gain), tolerance) for k, (ours, gain) in enumerate(
        zip(change[:, me], change[:, theirs].sum(axis=1), strict=True))]  # fmt: skip
    return tuple(sorted(found, key=_order))


def _rate(change: int, ours: float, theirs: float, tolerance: float) -> Rate:
    ours, theirs = (0.0 if abs(x) <= tolerance else x for x in (ours, theirs))
    if ours == theirs == 0:
        kind, price = Kind.NOTHING, None
    elif ours >= 0 and theirs >= 0:
        kind, price = Kind.FREE, None
    elif ours <= 0 and theirs <= 0:
        kind, price = Kind.WASTE, None
    elif ours < 0:
        kind, price = Kind.CONCESSION, -ours / theirs
    else:
        kind, price = Kind.DEMAND, -theirs / ours
    return Rate(change, kind, 0.0 - ours, theirs, price)


def _order(rate: Rate) -> tuple[int, float, int]:
    loss = rate.cost - rate.gain
    rank = [Kind.FREE, Kind.CONCESSION, Kind.DEMAND, Kind.NOTHING, Kind.WASTE].index(rate.kind)
    return rank, loss if rate.price is None else rate.price, rate.change
