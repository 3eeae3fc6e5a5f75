"""What an option on a quota does on its product market: imports by origin, growers' price, and who gains or pays.

Every figure over all corners of the ranges that the records state; ends of two figures need not come together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tradetalks.errors import OfferError
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, corners, estimate
from tradetalks.talks.instruments.quota_regimes import REGIMES, Floats, Settled, TableMarket, settle

if TYPE_CHECKING:
    from tradetalks.talks.instruments.product_market import BorderDuty, ProductMarket
    from tradetalks.talks.instruments.quota import QuotaChange


class Money(NamedTuple):
    """A change a year, in bn of the market's currency and in US$ bn."""

    local: Estimate
    usd_bn: Estimate


class OriginChange(NamedTuple):
    """One origin's sales of the product."""

    origin: str
    before: float
    """In the market's unit."""
    after: Estimate
    change: Estimate
    sales: Money
    """Change of their worth at the border."""


@dataclass(frozen=True)
class QuotaOutcome:
    """The answer to: it opens by so much within the quota or beyond it; what of prices, growers, the treasury?

    Changes against today. Money is what the party gains; growers that lose have a negative sum.
    """

    what: str
    unit: str
    price_unit: str
    currency: str
    regime_before: str
    regime: str
    regimes: tuple[str, ...]
    """All regimes that occur within the ranges."""
    origins: tuple[OriginChange, ...]
    within: Estimate
    """Imports within the quota after the change, in `unit`."""
    beyond: Estimate
    duty_beyond: Estimate | None
    """In `currency` a `price_unit`."""
    price: Estimate
    """Of the domestic crop, as a fraction of today's."""
    production: Estimate
    rent: Estimate
    """On a unit within the quota and on the crop's market, after the change; `currency` a `price_unit`."""
    growers: Money
    consumers: Money
    treasury: Money
    rents_home: Money
    """Of importers that hold rents."""
    rents_abroad: Money
    welfare: Money
    """Growers, consumers, treasury and rents at home, summed before the range is taken."""

    def as_json(self) -> dict[str, Any]:
        """Plain data, names in snake_case."""
        return {name: _plain(value) for name, value in vars(self).items()}


def outcome(change: QuotaChange) -> QuotaOutcome:
    """The outcome of a change on its market. Raises `OfferError` where no price brings it about."""
    market = change.known
    case = _Corners(change, market)
    before, after = case.before(), case.after()
    table, scale = case.table, 1e-9

    def money(values: Floats) -> Money:
        return Money(estimate(scale * values), estimate(scale * values / case.v["per_usd"]))

    unit = market.per_unit
    origins = []
    for name in market.origins:
        bought = [side.by_origin[name] for side in (before, after)]
        sales = (bought[1] - bought[0]) * case.v[f"price {name}"]
        tonnes = [quantity / unit for quantity in bought]
        origins.append(
            OriginChange(name, float(tonnes[0][0]), estimate(tonnes[1]), estimate(tonnes[1] - tonnes[0]), money(sales))
        )
    price = after.settled.price
    growers, consumers = table.growers_gain(price), table.consumers_gain(price)
    treasury, home = after.treasury - before.treasury, after.rents("importers") - before.rents("importers")
    regimes = [REGIMES[k] for k in after.settled.regime]
    return QuotaOutcome(
        what=change.what or market.what,
        unit=market.unit,
        price_unit=market.price_unit,
        currency=market.currency,
        regime_before=REGIMES[before.settled.regime[0]],
        regime=regimes[0],
        regimes=tuple(name for name in REGIMES if name in regimes),
        origins=tuple(origins),
        within=estimate(after.within / unit),
        beyond=estimate(after.settled.beyond / unit),
        duty_beyond=None if after.duty_beyond is None else estimate(after.duty_beyond),
        price=estimate(price / table.price - 1),
        production=estimate((price / table.price) ** table.supply_elasticity - 1),
        rent=estimate(after.settled.rent),
        growers=money(growers),
        consumers=money(consumers),
        treasury=money(treasury),
        rents_home=money(home),
        rents_abroad=money(after.rents("exporters") - before.rents("exporters")),
        welfare=money(growers + consumers + treasury + home),
    )


class _Side:
    """A market at rest, and what the treasury and the holders of rents have of it; money in units of the currency."""

    def __init__(
        self,
        case: _Corners,
        settled: Settled,
        other: Floats,
        parts: dict[str, Floats],
        costs: _Costs,
        duty: Floats | None,
    ) -> None:
        market = case.market
        self.market, self.settled, self.duty_beyond = market, settled, duty
        self.within = settled.inside + other
        self.by_origin = {name: part * self.within for name, part in parts.items()}
        self.by_origin[market.seller_beyond] = self.by_origin[market.seller_beyond] + settled.beyond
        self.treasury = settled.inside * (costs.within - costs.price + market.rents.treasury * settled.rent)
        if duty is not None:
            self.treasury = self.treasury + settled.beyond * duty
        if case.resale is not None:
            self.treasury = self.treasury + other * (case.resale - costs.price)

    def rents(self, holder: str) -> Floats:
        part: float = getattr(self.market.rents, holder)
        return part * self.settled.rent * self.settled.inside


class _Costs(NamedTuple):
    """What a unit costs within the quota, over the origins in it."""

    price: Floats
    """At the border."""
    within: Floats
    """With duty and mark-up."""


class _Corners:
    """A market and a change at every corner of their ranges; quantities in price units."""

    def __init__(self, change: QuotaChange, market: ProductMarket) -> None:
        self.change, self.market = change, market
        self.marks = {"mark": market.mark_ups(), "new mark": change.mark_ups(market)}
        self.v = corners(self._figures())
        v, sold = self.v, {name: one.quantity * market.per_unit for name, one in market.origins.items()}
        whole = sum(sold.values())
        self.parts = {name: np.full_like(v["crop"], quantity / whole) for name, quantity in sold.items()}
        costs = self.costs(self.parts, market.within, "mark")
        self.resale = v.get("resale") if "loss" not in v else costs.price - v["loss"]
        self.sold, self.used = sold, v["to_market"] * whole
        self.other = (1 - v["to_market"]) * whole
        room = whole if market.filled else market.volume * market.per_unit
        self.quota = v["to_market"] * room
        beyond = self.cost_beyond(market.beyond)
        worth = self._worth(costs.within / v["crop"], beyond / v["crop"])
        production = market.domestic.production * market.per_unit
        outside = market.beyond_quantity * market.per_unit
        self.table = TableMarket(
            price=v["crop"],
            supply=np.full_like(worth, production),
            demand=production + worth * (self.used + outside),
            supply_elasticity=v["supply"],
            demand_elasticity=v["demand"],
            worth=worth,
        )

    def _figures(self) -> dict[str, Figure]:
        market, change = self.market, self.change
        figures = {
            "per_usd": market.per_usd, "crop": market.domestic.price, "supply": market.domestic.supply,
            "demand": market.domestic.demand, "to_market": market.to_market,
        }  # fmt: skip
        figures |= {f"price {name}": one.price for name, one in market.origins.items()}
        state = market.state
        optional = {
            "worth": market.worth, "resale": state.resale if state else None, "loss": state.loss if state else None,
            "added": change.to_market,
        }  # fmt: skip
        figures |= {name: figure for name, figure in optional.items() if figure is not None}
        for kind, marks in self.marks.items():
            for name, mark in marks.items():
                figures[self.mark_key(kind, name)] = mark
        return figures

    def mark_key(self, kind: str, name: str) -> str:
        """One figure for equal mark-ups: a mark-up that is the same for all, or not changed, is one unknown."""
        mark = self.marks[kind][name]
        return f"mark-up {mark.point:g} {mark.low:g} {mark.high:g}"

    def _worth(self, least: Floats, most: Floats) -> Floats:
        """What a unit of imports is worth in units of the crop, such that today's market is at rest in every corner."""
        if self.market.beyond_quantity > 0:
            return most
        if not self.market.filled:
            return least
        wanted = self.v["worth"] if "worth" in self.v else np.ones_like(least)
        least = np.where(self.v["to_market"] > 0, least, 0)
        return np.asarray(np.clip(wanted, np.minimum(least, most), most))

    def costs(self, parts: dict[str, Floats], within: BorderDuty, kind: str) -> _Costs:
        """The pooled cost of a mix of origins."""
        price = sum((part * self.v[f"price {name}"] for name, part in parts.items()), np.zeros_like(self.v["crop"]))
        mark = sum((part * self.v[self.mark_key(kind, name)] for name, part in parts.items()), np.zeros_like(price))
        return _Costs(price, price * (1 + within.ad_valorem) + within.specific + mark)

    def cost_beyond(self, duty: BorderDuty | None) -> Floats:
        """What a unit costs beyond the quota."""
        price = self.v[f"price {self.market.seller_beyond}"]
        return np.full_like(price, np.inf) if duty is None else price * (1 + duty.ad_valorem) + duty.specific

    def before(self) -> _Side:
        """Today."""
        market = self.market
        costs, beyond = self.costs(self.parts, market.within, "mark"), self.cost_beyond(market.beyond)
        settled = settle(self.table, self.quota, costs.within, np.maximum(beyond, costs.within))
        return _Side(self, settled, self.other, self.parts, costs, self._duty(market.beyond))

    def after(self) -> _Side:
        """With the change."""
        market, change, unit = self.market, self.change, self.market.per_unit
        taken = {name: unit * amount for name, amount in change.taken(market).items()}
        given = {name: unit * amount for name, amount in change.add.items()}
        sold = {name: self.sold[name] + given.get(name, 0.0) - taken.get(name, 0.0) for name in self.sold}
        whole = sum(sold.values())
        parts = {name: np.full_like(self.v["crop"], quantity / whole) for name, quantity in sold.items()}
        gives, takes = sum(given.values()), sum(taken.values())
        share, added = self.v["to_market"], self.v.get("added", self.v["to_market"])
        table_change = added * gives - share * takes
        quota = np.maximum(self.quota + table_change, 0.0)
        other = np.maximum(self.other + (gives - takes) - table_change, 0.0)
        costs = self.costs(parts, change.within or market.within, "new mark")
        if change.outside is not None:
            settled, duty = self._let_in(quota, costs.within, unit * change.outside)
            return _Side(self, settled, other, parts, costs, duty)
        ruling = change.beyond or market.beyond
        beyond = self.cost_beyond(ruling)
        if beyond[0] < costs.within[0]:
            raise OfferError(
                f"{market.what} of {market.seller_beyond} would cost {beyond[0]:.4g} {market.currency} a "
                f"{market.price_unit} beyond the quota, less than the {costs.within[0]:.4g} within it: nobody would "
                "use the quota; leave a higher duty beyond it"
            )
        settled = settle(self.table, quota, costs.within, np.maximum(beyond, costs.within))
        return _Side(self, settled, other, parts, costs, self._duty(ruling))

    def _duty(self, duty: BorderDuty | None) -> Floats | None:
        price = self.v[f"price {self.market.seller_beyond}"]
        return None if duty is None else self.cost_beyond(duty) - price

    def _let_in(self, quota: Floats, cost_within: Floats, amount: float) -> tuple[Settled, Floats]:
        """So much comes in beyond the quota, at the duty that brings it; goods within it still pay their cost."""
        table = self.table
        floor = cost_within / table.worth
        price = table.price_for(quota + amount)
        cheap = price < floor
        inside = np.where(cheap, np.maximum(table.asked(floor) - amount, 0), quota)
        price = np.where(cheap, np.where(inside > 0, floor, table.price_for(np.full_like(quota, amount))), price)
        rent = np.where(cheap, 0.0, table.worth * price - cost_within)
        duty = table.worth * price - self.v[f"price {self.market.seller_beyond}"]
        if duty[0] < 0:
            raise OfferError(
                f"{amount / self.market.per_unit:,.0f} {self.market.unit} of {self.market.what} beyond the quota "
                "would not come in even free of duty; let in less"
            )
        beyond = np.full_like(price, amount)
        return Settled(price, inside, beyond, rent, np.where(cheap, 0, 2).astype(np.intp)), duty


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
