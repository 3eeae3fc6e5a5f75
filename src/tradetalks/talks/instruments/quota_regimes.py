"""The regimes of a tariff-rate quota: whether it is not filled, binding or exceeded, and the price that follows.

A mixed complementarity problem with an explicit order of cases (Skully 2001; de Gorter and Kliauga 2006), for goods
that stand beside a domestic crop in one market with constant elasticities of supply and demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import OfferError

Floats = NDArray[np.float64]

REGIMES: Final = ("not filled", "binding", "over quota")
"""By the numbers that `Settled.regime` holds."""

HALVINGS = 200
"""Most steps of bisection in the log of the price; it ends when no number lies between the ends."""


@dataclass(frozen=True)
class TableMarket:
    """The market where imports stand beside the domestic crop, at its price before; one entry a corner of the ranges.

    Supply S (P/P₀)^ε and demand D (P/P₀)^−η in units of the crop. A unit of imports is worth `worth` units of the crop
    to buyers, so that it sells at worth · P.
    """

    price: Floats
    """P₀, of the crop."""
    supply: Floats
    demand: Floats
    supply_elasticity: Floats
    """ε ≥ 0."""
    demand_elasticity: Floats
    """η > 0."""
    worth: Floats

    def demanded(self, price: Floats) -> Floats:
        """What buyers take at a price of the crop, crop and imports together, in units of the crop."""
        return np.asarray(self.demand * (price / self.price) ** -self.demand_elasticity)

    def grown(self, price: Floats) -> Floats:
        """What growers sell."""
        return np.asarray(self.supply * (price / self.price) ** self.supply_elasticity)

    def asked(self, price: Floats) -> Floats:
        """Imports asked for, in their own units; negative where growers would sell more than buyers take."""
        return (self.demanded(price) - self.grown(price)) / self.worth

    def price_for(self, imports: Floats) -> Floats:
        """The price of the crop at which just so much is asked for: by bisection in its log, to the last digit.

        Where today's price already does, it is returned as it is. Raises `OfferError` where no price does: nothing is
        grown and nothing may come in.
        """
        if np.any((imports <= 0) & (self.supply <= 0)):
            raise OfferError("nothing is grown and nothing comes in: no price clears such a market; let some of it in")
        low, high = np.log(self.price), np.log(self.price)
        for _ in range(HALVINGS):
            short, long = self.asked(np.exp(high)) > imports, self.asked(np.exp(low)) < imports
            if not (short.any() or long.any()):
                break
            high, low = high + 1.0 * short, low - 1.0 * long
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if np.all((middle <= low) | (middle >= high)):
                break
            above = self.asked(np.exp(middle)) > imports
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        slack = 1e-12 * (self.demand / self.worth + imports)
        as_is = np.abs(self.asked(self.price) - imports) <= slack
        return np.asarray(np.where(as_is, self.price, np.exp((low + high) / 2)))

    def consumers_gain(self, price: Floats) -> Floats:
        """What buyers save by a new price, ∫ D dP from it to the old one, price times quantity."""
        return self.demand * self.price * -integral_of_power(price / self.price, -self.demand_elasticity)

    def growers_gain(self, price: Floats) -> Floats:
        """What growers earn more by a new price, ∫ S dP from the old one to it, price times quantity."""
        return self.supply * self.price * integral_of_power(price / self.price, self.supply_elasticity)


@dataclass(frozen=True)
class Settled:
    """Where the market comes to rest."""

    price: Floats
    """Of the crop."""
    inside: Floats
    """Imports within the quota, in their own units."""
    beyond: Floats
    rent: Floats
    """On a unit within the quota: what it sells for beyond what it costs to bring in; zero where it is not filled."""
    regime: NDArray[np.intp]
    """Index into `REGIMES`."""


def settle(market: TableMarket, quota: Floats, cost_within: Floats, cost_beyond: Floats) -> Settled:
    """The solution for a quota volume and the cost of a unit, duties included, within and beyond it.

    `cost_beyond` may be infinite: nothing comes in beyond. The three conditions, ρ the rent on a unit:
    0 ≤ ρ ⊥ K − m_in ≥ 0, 0 ≤ m_out ⊥ c_out − c_in − ρ ≥ 0, and m_in + m_out is what is asked for at the price
    (c_in + ρ) / worth. Where even at c_in none is asked for, m_in is zero and the crop alone sets the price. Imports
    asked for fall with the price, so there is one solution. Raises `OfferError` where c_out < c_in.
    """
    if np.any(cost_beyond < cost_within):
        raise OfferError(
            "goods beyond the quota would cost less than within it; a duty beyond must be at least the one within"
        )
    worth = market.worth
    floor, ceiling = cost_within / worth, cost_beyond / worth
    at_floor = market.asked(floor)
    at_ceiling = np.where(np.isfinite(ceiling), market.asked(np.where(np.isfinite(ceiling), ceiling, floor)), -np.inf)
    open_, over = at_floor <= quota, at_ceiling >= quota
    wanted = np.where(open_, np.maximum(at_floor, 0), quota)
    alone = market.price_for(np.where(over & ~open_, np.maximum(wanted, at_ceiling), wanted))
    price = np.where(open_ & (at_floor > 0), floor, np.where(over & ~open_, ceiling, alone))
    exact = np.abs(price / market.price - 1) <= 1e-14
    price = np.where(exact, market.price, price)
    inside = np.where(open_, np.maximum(at_floor, 0), quota)
    beyond = np.where(over & ~open_, at_ceiling - quota, 0.0)
    rent = np.where(open_, 0.0, np.minimum(np.maximum(worth * price - cost_within, 0), cost_beyond - cost_within))
    return Settled(price, inside, beyond, rent, np.where(open_, 0, np.where(beyond > 0, 2, 1)))


def integral_of_power(ratio: Floats, power: Floats) -> Floats:
    """∫ x^power dx from 1 to `ratio`, also at and near power −1, where it is the log."""
    grow = (power + 1) * np.log(ratio)
    near = np.abs(grow) < 1e-6
    exact = np.expm1(grow) / np.where(power == -1, 1.0, power + 1)
    return np.asarray(np.where(near, np.log(ratio) * (1 + grow / 2), exact))
