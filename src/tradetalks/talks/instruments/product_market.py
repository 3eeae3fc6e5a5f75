"""The market of one product under a tariff-rate quota, as it is today: origins, duties, state trader, domestic crop.

What law says of the quota (volume, duties, what came in) is taken from its record there by name.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tradetalks.errors import LawError, UnknownCode
from tradetalks.law.countries import code as country
from tradetalks.law.normal_duty import normal_duties
from tradetalks.law.quotas import NormalRate, Quota
from tradetalks.records.fields import Name, Number, Rate, Record, Share, Source, Text, fault
from tradetalks.talks.figure import Figure, Stated
from tradetalks.world.economies import REST

PER_UNIT = {("t", "kg"): 1000.0, ("kt", "t"): 1000.0, ("kt", "kg"): 1e6, ("Mt", "t"): 1e6, ("kl", "l"): 1000.0}
"""How many units of a price go into one of a volume, where they differ."""

ALL = "all"
"""Stands for every origin not named."""

FILLED = 1 - 1e-6
"""A quota used up to this part counts as filled."""


def origin(spelling: object) -> object:
    """The code of an origin; `ROW` for others than those named."""
    text = str(spelling).strip()
    if text.casefold() in ("row", "others", "other"):
        return REST.iso3
    try:
        return country(text)
    except UnknownCode as error:
        raise fault(str(error)) from None


OriginCode = Annotated[Text, BeforeValidator(origin)]


def by_origin(value: object) -> object:
    """One figure for all origins, or one each."""
    if isinstance(value, Figure) or not isinstance(value, dict) or "point" in value:
        return {ALL: value}
    return {name if name == ALL else origin(name): figure for name, figure in value.items()}


class _OneForAll:
    """Tells editors that a mapping may be written as one of its figures."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        by_name = handler(core)
        return {"anyOf": [by_name["additionalProperties"], by_name]}


MarkUp = Annotated[dict[str, Figure], BeforeValidator(by_origin), _OneForAll()]
"""A mark-up a price unit for all origins, or by origin; inside a mapping, where `all` stands for those not named."""


class BorderDuty(Record):
    """A duty at the border: a share of the price, an amount a price unit, or both; free by default."""

    ad_valorem: Rate = 0.0
    specific: Number = 0.0
    """In the market's currency, a price unit."""

    @model_validator(mode="after")
    def _not_negative(self) -> BorderDuty:
        for name in ("ad_valorem", "specific"):
            if getattr(self, name) < 0:
                raise fault("is below zero; a duty is not a subsidy", name)
        return self


class Origin(Record):
    """What an origin sells within the quota, and at what price."""

    quantity: Number = 0.0
    """A year."""
    price: Figure
    """At the border, before duty, in the market's currency a price unit."""
    source: Source | None = None


class StateTrading(Record):
    """A state that alone buys within the quota, at the border price, and resells.

    What it sells where the domestic crop is sold goes at that market's price; its margin there is `mark_up` and the
    rent. The rest it buys in any case and sells at `resale`, or at `loss` below what today's mix of origins costs it.
    """

    resale: Figure | None = None
    loss: Figure | None = None
    mark_up: MarkUp = Field(default={ALL: Figure.certain(0)})
    """What it adds to its buying price in use, not the highest that law allows; one for all, or by origin."""

    @model_validator(mode="after")
    def _one_price(self) -> StateTrading:
        if self.resale is not None and self.loss is not None:
            raise fault("stands beside `resale`, which says the same; keep one of the two", "loss")
        if self.resale is not None and self.resale.low < 0:
            raise fault("is below zero; give what buyers pay the state", "resale")
        if any(mark.low < 0 for mark in self.mark_up.values()):
            raise fault("is below zero; sales at a loss are told by `resale` or `loss`", "mark_up")
        return self


class Domestic(Record):
    """The domestic crop: production, its price, and how supply and demand answer that price."""

    production: Number
    """What is sold on the market that imports reach, in the market's unit."""
    price: Figure
    """Growers' price, or the wholesale price that moves with it, a price unit."""
    supply: Figure
    """Elasticity of supply, zero or more."""
    demand: Figure
    """Elasticity of demand, written as a positive number."""
    source: Source | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Domestic:
        if self.production < 0:
            raise fault(f"{self.production:g} cannot be; give a quantity of zero or more", "production")
        if not self.price.low > 0:
            raise fault("must be above zero", "price")
        if self.supply.low < 0:
            raise fault("is below zero; growers do not sell less at a higher price", "supply")
        if not self.demand.low > 0:
            raise fault("must be above zero, as in 0.2 where a price 1 % higher lowers demand by 0.2 %", "demand")
        return self


class Rents(Record):
    """Who holds the rent of the quota, as parts of one: the treasury, importers at home, exporters abroad."""

    treasury: Share = 0.0
    importers: Share = 0.0
    exporters: Share = 0.0

    @model_validator(mode="after")
    def _whole(self) -> Rents:
        total = self.treasury + self.importers + self.exporters
        if abs(total - 1) > 1e-9:
            raise fault(f"parts add to {total:g}; `treasury`, `importers` and `exporters` together are 1")
        return self


def _may_be_left_out(schema: dict[str, Any]) -> None:
    """What the law or a rule fills in need not stand in a file."""
    schema["required"] = [name for name in schema["required"] if name not in ("volume", "unit", "rents")]


class ProductMarket(Stated):
    """One product under a tariff-rate quota, before any option; prices in `currency` a `price_unit`.

    Goods of the quota that reach the market of the domestic crop sell there at `worth` times its price. Buyers take
    the one for the other at that ratio: the effect on growers is the greatest that such imports can have.
    """

    model_config = ConfigDict(json_schema_extra=_may_be_left_out)

    market: Name
    what: Text
    importer: Text
    sector: Text
    """The sector of the world that makes the product; `income` of it is growers' income."""
    currency: Text
    per_usd: Figure
    quota: Name | None = None
    """A quota of the importer's law: gives `volume`, `unit`, duties and quantities that are not stated here."""
    unit: Text
    """Of volumes."""
    price_unit: Text
    volume: Number
    """Of the quota, a year."""
    origins: Annotated[dict[OriginCode, Origin], Field(min_length=1)]
    within: BorderDuty = BorderDuty()
    beyond: BorderDuty | None = None
    """Without one, nothing comes in beyond the quota."""
    beyond_origin: OriginCode | None = None
    """Whose goods would come in beyond; by default the cheapest origin's."""
    beyond_quantity: Number = 0.0
    to_market: Figure = Figure.certain(1)
    """Part of the quota's goods that is sold where the domestic crop is; the rest goes to feed, processing or aid."""
    worth: Figure | None = None
    """What a unit of imports is worth there, as a part of the crop's price. Found from costs and left out where the
    quota is not filled or goods come in beyond it."""
    state: StateTrading | None = None
    rents: Rents
    """By default the treasury's where the state trades, else importers'."""
    domestic: Domestic
    at_producers: Share = 1.0
    """Part of the border price that the producer abroad receives: freight and margins are the rest."""

    @model_validator(mode="before")
    @classmethod
    def _from_law(cls, data: Any) -> Any:
        """What the law says of the quota, under what the record itself says."""
        if not isinstance(data, dict):
            return data
        if "rents" not in data:
            data = data | {"rents": {"treasury": 1} if data.get("state") else {"importers": 1}}
        if not isinstance(name := data.get("quota"), str) or not isinstance(data.get("importer"), str):
            return data
        try:
            quota = normal_duties(country(data["importer"])).quota(name)
        except (LawError, UnknownCode) as error:
            raise fault(str(error), "quota") from None
        data = {"volume": quota.volume, "unit": quota.unit} | data
        for side in ("within", "beyond"):
            if side not in data:
                data[side] = _duty(getattr(quota, side), data, side)
        origins = data.get("origins")
        if isinstance(origins, dict):
            known = _quantities(quota)
            stated = {str(origin(name)): value for name, value in origins.items()}
            if missing := [name for name in known if name not in stated]:
                raise fault(f"{missing[0]} sells within {quota.quota} and has no price here; give one", "origins")
            data["origins"] = {
                name: {"quantity": known[name]} | value if name in known and isinstance(value, dict) else value
                for name, value in stated.items()
            }
        return data

    @model_validator(mode="after")
    def _holds_together(self) -> ProductMarket:
        if self.unit != self.price_unit and (self.unit, self.price_unit) not in PER_UNIT:
            known = ", ".join(f"{a} and {b}" for a, b in PER_UNIT)
            raise fault(
                f'"{self.price_unit}" does not divide "{self.unit}"; write them alike, or {known}', "price_unit"
            )
        if not self.volume > 0:
            raise fault("must be above zero; without a volume there is no quota", "volume")
        if self.per_usd.low <= 0:
            raise fault("must be above zero: units of the currency for a US dollar", "per_usd")
        for name, sold in self.origins.items():
            if sold.quantity < 0:
                raise fault(f"{name}: a quantity of {sold.quantity:g} cannot be; give zero or more", "origins")
            if not sold.price.low > 0:
                raise fault(f"{name}: the price must be above zero", "origins")
        if not self.sold > 0:
            raise fault("none of them sells anything; give quantities", "origins")
        if self.sold > self.volume * (1 + 1e-6):
            raise fault(
                f"quantities add to {self.sold:,.0f} {self.unit}, more than the volume of {self.volume:,.0f}; what "
                "comes in beyond the quota is `beyond_quantity`",
                "origins",
            )
        if self.beyond_origin is not None and self.beyond_origin not in self.origins:
            raise fault(f"{self.beyond_origin} is none of the origins {', '.join(self.origins)}", "beyond_origin")
        self._check_state()
        self._check_costs()
        return self

    def _check_state(self) -> None:
        if not 0 <= self.to_market.low <= self.to_market.high <= 1:
            raise fault("must lie between 0 and 1: a part of the quota", "to_market")
        priced = self.state is not None and (self.state.resale or self.state.loss)
        if self.to_market.low < 1 and not priced:
            raise fault(
                "is missing or has neither `resale` nor `loss`: what does not reach the market of the crop is sold "
                "by the state; say at what price, or set `to_market: 1`",
                "state",
            )
        marks = self.state.mark_up if self.state else {ALL: Figure.certain(0)}
        if ALL not in marks and set(marks) != set(self.origins):
            raise fault(f"mark_up: name each of {', '.join(self.origins)}, or one for `all`", "state")

    def _check_costs(self) -> None:
        """Today's prices must be a solution: else the market would not be where it is."""
        cost, beyond, price = self.cost_within(), self.cost_beyond(), self.domestic.price.point
        if self.beyond is not None and beyond < max(self.cost_of_one(self.seller_beyond), cost):
            raise fault(
                f"goods of {self.seller_beyond} would cost {beyond:.4g} beyond the quota, and {cost:.4g} within it, "
                "mark-up included; a duty beyond must be above the one within",
                "beyond",
            )
        if self.beyond_quantity < 0:
            raise fault("cannot be negative", "beyond_quantity")
        if self.beyond_quantity > 0 and (self.beyond is None or not self.filled):
            raise fault(
                "goods come in beyond only where there is a duty `beyond` and the quota is full", "beyond_quantity"
            )
        if self.worth is not None:
            if not self.filled or self.beyond_quantity > 0:
                raise fault("follows from costs where the quota is not filled or exceeded; leave it out", "worth")
            sells, unit = self.worth.point * price, f"{self.currency} a {self.price_unit}"
            if not self.worth.low > 0:
                raise fault("must be above zero", "worth")
            if self.to_market.high > 0 and not cost <= sells * (1 + 1e-9):
                raise fault(
                    f"imports would sell at {sells:.4g} {unit} and cost {cost:.4g}: nobody would fill the quota; worth "
                    f"at least {cost / price:.3g}",
                    "worth",
                )
            if not sells <= beyond * (1 + 1e-9):
                raise fault(
                    f"imports would sell at {sells:.4g} {unit} and cost {beyond:.4g} beyond the quota: they would come "
                    f"in; worth at most {beyond / price:.3g}, or give `beyond_quantity`",
                    "worth",
                )

    @property
    def per_unit(self) -> float:
        """Price units in a unit of volume."""
        return PER_UNIT.get((self.unit, self.price_unit), 1.0)

    @property
    def sold(self) -> float:
        """What all origins together sell within the quota."""
        return sum(sold.quantity for sold in self.origins.values())

    @property
    def filled(self) -> bool:
        """Whether the quota is used up."""
        return self.sold >= FILLED * self.volume

    @property
    def seller_beyond(self) -> str:
        """Whose goods would come in beyond the quota."""
        return self.beyond_origin or min(self.origins, key=lambda name: self.origins[name].price.point)

    def mark_ups(self) -> dict[str, Figure]:
        """The state's mark-up by origin."""
        marks = self.state.mark_up if self.state else {ALL: Figure.certain(0)}
        return {name: marks.get(name) or marks[ALL] for name in self.origins}

    def cost_of_one(self, name: str) -> float:
        """What a unit of an origin costs within the quota, duty and mark-up included, at the point."""
        price = self.origins[name].price.point
        return price * (1 + self.within.ad_valorem) + self.within.specific + self.mark_ups()[name].point

    def cost_within(self) -> float:
        """The same over the origins in the quota; the buyers pay one pooled price."""
        return sum(sold.quantity * self.cost_of_one(name) for name, sold in self.origins.items()) / self.sold

    def cost_beyond(self) -> float:
        """What a unit costs beyond the quota, at the point; infinite where nothing may come in."""
        if self.beyond is None:
            return float("inf")
        return self.origins[self.seller_beyond].price.point * (1 + self.beyond.ad_valorem) + self.beyond.specific


def _duty(rate: NormalRate, data: dict[str, Any], side: str) -> dict[str, Any]:
    """A duty of the law in the market's currency and unit; the state's mark-up is not in it."""
    if rate.gate is not None:
        raise fault("the law has a gate price there, which a market does not hold; write the duty out", side)
    found: dict[str, Any] = {"ad_valorem": rate.ad_valorem or 0.0}
    if rate.specific is not None:
        if (rate.specific.currency, rate.specific.unit) != (data.get("currency"), data.get("price_unit")):
            told = f"{rate.specific.currency} a {rate.specific.unit}"
            raise fault(f"the law has the duty in {told}; use its `currency` and `price_unit`", side)
        found["specific"] = rate.specific.amount
    return found


def _quantities(quota: Quota) -> dict[str, float]:
    """What came in by origin in the last year on record, else what the law allots; others in `ROW`."""
    years = [fill.year for fill in quota.fills if fill.partner != "all"]
    if years:
        last = {fill.partner: fill.quantity for fill in quota.fills if fill.year == max(years)}
        total = last.pop("all", sum(last.values()))
    else:
        last = {str(origin(name)): share * quota.volume for name, share in quota.allocation.items()}
        total = sum(last.values())
    rest = total - sum(last.values())
    return {str(origin(name)): quantity for name, quantity in last.items()} | (
        {REST.iso3: rest} if rest > 1e-9 * quota.volume else {}
    )
