"""Currency: one side's currency is to rise against the other's, told by the change of trade balances that it implies.

The transfer problem (Keynes and Ohlin 1929; Samuelson 1952) read backwards: how much more must an economy spend for its
price level to rise by so much?
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import model_validator

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model import solve
from tradetalks.records.fields import Rate, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Stated
from tradetalks.talks.instruments.effect import Entry, Payment

if TYPE_CHECKING:
    from tradetalks.model import Solution
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.world import Policy

PRECISION = 1e-9
"""Largest error of ln(P_economy / P_against)."""

STEPS = 30


class Currency(Stated):
    """The currency of `economy` rises against that of `against`, in real terms.

    The model has no money: an appreciation is a rise of the consumer price level P_economy / P_against. It comes about
    by `economy` spending more of what it earns, or of the claims it holds: its surplus shrinks by `implied`, as does
    the deficit of `against`. What counts is how that moves wages, terms of trade and industries. The money itself is no
    gift: who spends it gives up claims of that worth, so `entries_for` takes it out of both sides' welfare.

    Left out: the nominal rate, capital flows by others, prices that are slow to move, and what the currency does before
    spending has changed. With long-run elasticities trade answers prices strongly, so a few per cent take a large swing
    of balances: for the yen against the dollar, 5 % takes US$ 360 bn a year of `icio2022`, and US$ 170 bn with
    short-run elasticities (`World.with_elasticities`). Less than a fifth of it shows in the balance between the two,
    since both buy from everyone. The amount is no forecast of what an agreement on exchange rates would do: it says
    what it would have to be backed by.
    """

    economy: Text
    against: Text
    appreciation: Rate
    """Rise of the price level of `economy` over that of `against`; negative for a fall."""

    @model_validator(mode="after")
    def _moves_two_sides(self) -> Currency:
        if self.economy == self.against:
            raise fault(f'"{self.against}" is the economy itself; name the other side', "against")
        if self.appreciation == 0:
            raise fault("is 0%: nothing moves; write a rise such as 5%", "appreciation")
        return self

    def implied(self, policy: Policy, deficits: Deficits | None = None, closure: Closure | None = None) -> float:
        """Balance that goes over, US$ bn a year: `economy` spends so much more, `against` so much less.

        Negative for a depreciation. Found by the secant method on the equilibrium, from where the two-economy formula
        of `price_response` starts it. Raises `SolveError` when no balance brings the appreciation about.
        """
        world, target = policy.world, math.log1p(self.appreciation)
        at = replace(policy, commitments=()) if policy.commitments else policy
        n, m = world.economy(self.economy), world.economy(self.against)
        last: list[Solution] = []

        def moved(usd_bn: float) -> float:
            paid = at.transfer(self.against, self.economy, usd_bn) if usd_bn else at
            start = last[-1].unknowns if last else None
            last.append(solve(world, paid, closure=closure, deficits=deficits, tolerance=1e-11, start=start))
            prices = last[-1].consumer_price_hat
            return float(np.log(prices[n] / prices[m]))

        begin = moved(0.0)
        before, gap_before = 0.0, -target
        now = self._first_guess(policy)
        try:
            for _ in range(STEPS):
                gap = moved(now) - begin - target
                if abs(gap) <= PRECISION:
                    return now
                slope = (gap - gap_before) / (now - before)
                before, gap_before, now = now, gap, now - gap / slope
        except (PolicyError, SolveError) as error:
            raise SolveError(self._out_of_reach(before)) from error
        raise SolveError(self._out_of_reach(before))

    def payments_for(self, implied: float) -> tuple[Payment, ...]:
        """What enters the equilibrium for a balance that `implied` found."""
        if implied < 0:
            return (Payment(self.economy, self.against, -implied),)
        return (Payment(self.against, self.economy, implied),)

    def entries_for(self, implied: float) -> tuple[Entry, ...]:
        """The money itself out of both sides' welfare, at base prices: claims drawn down are no gain, claims gained no
        loss."""
        what = f"claims of {self.economy} drawn down for a currency {self.appreciation:+.2g} in real terms"
        return tuple(
            Entry(party, "welfare", Estimate(worth, worth, worth), "finance", what)
            for party, worth in ((self.economy, -implied), (self.against, implied))
        )

    def _first_guess(self, policy: Policy) -> float:
        """The answer to first order if the two were alone in the world with what they trade with everyone."""
        world = policy.world
        sides = [world.economy(self.economy), world.economy(self.against)]
        spent = world.expenditure[:, sides].sum(0)
        own = np.array([world.flows[:, k, k].sum() for k in sides]) / spent
        theta = float(np.average(world.elasticities, weights=world.expenditure[:, sides].sum(1)))
        imports = (world.flows[:, sides].sum((0, 2)) - own * spent).min() / 1000
        response = price_response(float(own[0]), float(own[1]), theta)
        most = 0.1 * world.income[sides].min() / 1000
        guess = math.log1p(self.appreciation) * imports / response if response > 0 else most
        return float(np.clip(guess, -most, most))

    def _out_of_reach(self, usd_bn: float) -> str:
        return (
            f"a currency of {self.economy} that moves {self.appreciation:+.0%} in real terms against {self.against}: "
            f"no change of their balances brings it about (tried US$ {usd_bn:,.0f} bn a year). Ask for less."
        )


def price_response(own_1: float, own_2: float, theta: float) -> float:
    """d ln(P₁/P₂) for each unit of dT/M that 1 receives: two economies, one sector, no tariffs, balanced trade M.

    With h = π₁₁ + π₂₂, d ln(w₁/w₂) = (h − 1)/(1 + θh) · dT/M and d ln(P₁/P₂) = (h − 1) d ln(w₁/w₂). Without home bias
    (h = 1) spending moves no price.

    >>> price_response(0.5, 0.5, 5.0)
    0.0
    """
    home = own_1 + own_2
    return (home - 1) ** 2 / (1 + theta * home)
