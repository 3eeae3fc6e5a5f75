"""Chances of agreement: how often there is something to sign, when it is not known what governments want.

Each draw of the weights that governments put on their accounts is one possible world: in it there is a zone of
agreement or there is none. The share of draws with one is its probability, with the error that drawing leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats
from tradetalks.talks.terms import numbers

AT_ONCE = 1 << 21
"""Payoffs worked out at a time; no result depends on it."""

NORMAL_95 = 1.959963984540054
"""Standard deviations that hold 95 % of a normal distribution, to either side."""


@dataclass(frozen=True, eq=False)
class Chances:
    """How often offers are worth signing, over draws of what governments want."""

    draws: int
    probability: float
    """Share of draws in which some offer leaves every party at its reservation value or above."""
    acceptance: Floats
    """Share of draws in which all would sign an offer `[offer]`."""
    by_party: Floats
    """Share of draws in which a party would sign an offer `[offer, party]`."""
    blocks: Floats
    """Of the draws without a zone, the share in which the others could agree if this party alone gave way `[party]`.

    Several may block one draw, and where two would have to give way together none does."""
    out_of_reach: Floats
    """Of the draws without a zone, the share in which no offer at all reaches this party's own value `[party]`."""

    @property
    def standard_error(self) -> float:
        """Of the probability, by drawing alone: √(p (1 − p) / draws); 0 where p is 0 or 1, so see `interval`."""
        return float(np.sqrt(self.probability * (1 - self.probability) / self.draws))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the probability, by drawing alone. Source: Wilson (1927)."""
        n, p, z = self.draws, self.probability, NORMAL_95
        centre, scale = p + z * z / (2 * n), 1 + z * z / n
        half = z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
        low, high = (centre - half) / scale, (centre + half) / scale
        return (0.0 if p == 0 else low, 1.0 if p == 1 else high)


def chances(
    accounts: ArrayLike,
    weights: ArrayLike,
    *,
    reservation: ArrayLike | None = None,
    reservation_accounts: ArrayLike | None = None,
) -> Chances:
    """The probability of a zone of agreement, and of each offer being signed, over draws of weights.

    `accounts` is [offer, party, account] and `weights` [draw, party, account]: an offer's payoff to a party is the
    weighted sum of its accounts. What a party has without a deal is `reservation_accounts` [party, account], under
    the same weights, or `reservation`, [draw, party] or [party]; one of the two is due. What changes from draw to
    draw in other ways goes in as further accounts, such as one set of accounts for each state of the law with the
    state's probability in the weights. Memory does not grow with offers times draws.

    Raises OfferError for shapes that do not fit, numbers that are not finite, no offer or no draw.

    >>> accounts = [[[1, 0], [1, 0]], [[0, 2], [0, -1]]]
    >>> found = chances(accounts, [[[1, 0], [1, 1]], [[0, 1], [1, 1]]], reservation=[0.5, 0])
    >>> found.probability, found.acceptance.tolist(), found.blocks.tolist()
    (0.5, [0.5, 0.0], [1.0, 1.0])
    """
    table, drawn = numbers("accounts", accounts), numbers("weights", weights)
    if table.ndim != 3 or drawn.ndim != 3 or table.shape[1:] != drawn.shape[1:] or not (table.size and drawn.size):
        raise OfferError(
            f"accounts {table.shape} and weights {drawn.shape}, where [offer, party, account] and "
            "[draw, party, account] are due, with the same parties and accounts and none of them empty"
        )
    offers, parties, _ = table.shape
    floor = _floor(drawn, reservation, reservation_accounts)  # [draw, party]
    draws = len(drawn)
    by_party, acceptance = np.zeros((offers, parties)), np.zeros(offers)
    met, reach, sole = np.zeros(draws, bool), np.zeros((draws, parties), bool), np.zeros((draws, parties), bool)
    wide = min(draws, AT_ONCE)
    tall = max(1, AT_ONCE // wide)
    for at in range(0, draws, wide):
        some = slice(at, at + wide)
        for first in range(0, offers, tall):
            rows = slice(first, first + tall)
            refusals = np.zeros((len(table[rows]), len(drawn[some])), dtype=np.int16)
            signs = []
            for party in range(parties):
                sign = table[rows, party] @ drawn[some, party].T >= floor[some, party]
                signs.append(sign)
                refusals += ~sign
                by_party[rows, party] += sign.sum(axis=1)
                reach[some, party] |= sign.any(axis=0)
            acceptance[rows] += (refusals == 0).sum(axis=1)
            met[some] |= (refusals == 0).any(axis=0)
            for party, sign in enumerate(signs):
                sole[some, party] |= ((refusals == 1) & ~sign).any(axis=0)
    without = ~met
    none = max(int(without.sum()), 1)
    return Chances(
        draws,
        float(met.mean()),
        acceptance / draws,
        by_party / draws,
        sole[without].sum(axis=0) / none,
        (~reach[without]).sum(axis=0) / none,
    )


def _floor(weights: Floats, reservation: ArrayLike | None, accounts: ArrayLike | None) -> Floats:
    """What each party has without a deal in each draw `[draw, party]`."""
    if (reservation is None) == (accounts is None):
        raise OfferError("one of reservation and reservation_accounts is due, not both")
    draws, parties, count = weights.shape
    if accounts is not None:
        return np.asarray(np.einsum("dpa,pa->dp", weights, numbers("reservation_accounts", accounts, (parties, count))))
    floor = numbers("reservation", reservation if reservation is not None else ())
    if floor.shape not in {(draws, parties), (parties,)}:
        raise OfferError(f"reservation: shape {floor.shape}, where {(draws, parties)} or {(parties,)} is due")
    return np.broadcast_to(floor, (draws, parties))
