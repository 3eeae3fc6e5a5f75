"""Tariff-rate quotas as an option: more of a product from some origins, within the quota, beyond it, or at less duty.

Trade moves through the equilibrium; what the state, growers and buyers of the product gain is found on its own market
(see `quota_regimes`). Domestic prices of all else and the prices of origins stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tradetalks.errors import CaseError, OfferError, nearest
from tradetalks.records.fields import Name, Number, Record, Text, fault
from tradetalks.talks.accounts import INCOME
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure
from tradetalks.talks.instruments.counted import Counted, counted
from tradetalks.talks.instruments.effect import Entry, Shift
from tradetalks.talks.instruments.product_market import ALL, BorderDuty, MarkUp, OriginCode, ProductMarket, origin
from tradetalks.talks.instruments.quota_outcome import Money, QuotaOutcome, outcome
from tradetalks.world import World
from tradetalks.world.economies import REST


def _takers(value: object) -> object:
    """`pro rata`, names, or quantities by name; where none is stated, in proportion to what each sells."""
    if isinstance(value, dict):
        return {name if name == ALL else origin(name): amount for name, amount in value.items()}
    if value == "pro rata":
        return {ALL: None}
    if isinstance(value, str):
        return {origin(value): None}
    if isinstance(value, list | tuple) and value:
        return {origin(name): None for name in value}
    raise fault("write `pro rata`, a list of origins, or quantities by origin")


class QuotaChange(Record):
    """What an option does to one product market; a field left out stays as it is today.

    Of `add` what is not taken from others makes the quota larger. `outside` lets so much come in beyond the quota, at
    the duty that brings it; `beyond` states that duty instead.
    """

    what: Text | None = None
    market: Name | None = None
    """The name under which a case holds the market, to be put in by `on`; or else:"""
    product: ProductMarket | None = None
    """The market itself."""
    add: dict[OriginCode, Number] = Field(default={})
    """More within the quota, by origin, in the market's unit."""
    taken_from: Annotated[
        dict[str, Number | None],
        BeforeValidator(_takers),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
                ]
            }
        ),
    ] = Field(default={})
    """Whose place it takes: `pro rata` of all others, a list of origins in proportion, or quantities by origin."""
    to_market: Figure | None = None
    """Part of what is added that is sold where the domestic crop is; by default as for the rest of the quota."""
    within: BorderDuty | None = None
    mark_up: MarkUp = Field(default={})
    """The state's mark-up within the quota; by origin, those not named keep theirs."""
    beyond: BorderDuty | None = None
    outside: Number | None = None

    @model_validator(mode="after")
    def _can_be(self) -> QuotaChange:
        for field in ("add", "taken_from"):
            for name, amount in getattr(self, field).items():
                if amount is not None and not amount > 0:
                    raise fault(f"{name}: {amount:g} cannot be; write a quantity above zero", field)
        if self.taken_from and not self.add:
            raise fault("takes without giving; name in `add` who sells more", "taken_from")
        if self.outside is not None and not self.outside > 0:
            raise fault(f"{self.outside:g} cannot be; write a quantity above zero", "outside")
        if self.outside is not None and self.beyond is not None:
            raise fault("stands beside `beyond`, which settles how much comes in; keep one of the two", "outside")
        if self.to_market is not None and not 0 <= self.to_market.low <= self.to_market.high <= 1:
            raise fault("must lie between 0 and 1: a part of what is added", "to_market")
        if any(mark.low < 0 for mark in self.mark_up.values()):
            raise fault("is below zero; a mark-up is what the state adds to its buying price", "mark_up")
        known = {amount is None for amount in self.taken_from.values()}
        if len(known) == 2 or (ALL in self.taken_from and known == {False}):
            raise fault("give quantities for all or for none; `pro rata` has none", "taken_from")
        if (self.market is None) == (self.product is None):
            raise fault("give either the name of a `market` of the case, or the market itself as `product`", "market")
        if self.product is not None:
            self._check_against(self.product)
        return self

    def _check_against(self, market: ProductMarket) -> None:
        for field in ("add", "taken_from", "mark_up"):
            for name in getattr(self, field):
                if name != ALL and name not in market.origins:
                    hint = "give its price in the market's `origins`, with `quantity: 0` if it sells nothing today"
                    raise fault(f"{name} is no origin of {market.market}; {hint}", field)
        if self.mark_up and market.state is None:
            raise fault(f"{market.market} has no `state` that could take one", "mark_up")
        if self.outside is not None and not market.filled:
            raise fault(f"the quota of {market.market} has room: goods come in within it", "outside")
        taken = self.taken(market)
        if sum(taken.values()) > sum(self.add.values()) * (1 + 1e-9):
            raise fault("takes more than `add` gives; a smaller quota is no offer to open it", "taken_from")
        for name, amount in taken.items():
            if name in self.add:
                raise fault(f"{name} gains and loses at once; leave it out of one of the two", "taken_from")
            if amount > market.origins[name].quantity * (1 + 1e-9):
                have = f"{market.origins[name].quantity:,.0f} {market.unit}"
                raise fault(f"{name} would lose {amount:,.0f}, and sells {have}; take less of it", "taken_from")
        within, beyond = self.within or market.within, self.beyond or market.beyond
        if beyond is not None:
            name = market.seller_beyond
            price = market.origins[name].price.point
            duties = [price * duty.ad_valorem + duty.specific for duty in (within, beyond)]
            mark = self.mark_ups(market)[name].point
            if duties[0] + mark > duties[1] * (1 + 1e-9):
                raise fault(
                    f"{duties[1]:.4g} {market.currency} a {market.price_unit} of duty beyond the quota is less than "
                    f"{duties[0] + mark:.4g} within it, mark-up included; raise the one or lower the other",
                    "beyond" if self.beyond else "within" if self.within else "mark_up",
                )

    @property
    def changes_nothing(self) -> bool:
        """Whether the market stays as it is today."""
        return not (self.add or self.within or self.mark_up or self.beyond or self.outside)

    def on(self, markets: Mapping[str, ProductMarket]) -> QuotaChange:
        """The same change, its market in place of the name. Raises `CaseError` for what `problem` finds."""
        if found := self.problem(markets):
            raise CaseError(f"{found[0]}: {found[1]}")
        return self if self.market is None else self._with(market=None, product=markets[self.market])

    def problem(self, markets: Mapping[str, ProductMarket]) -> tuple[str, str] | None:
        """The field that names an unknown market or contradicts it, and what is wrong and would be right there."""
        if self.market is None:
            return None
        if self.market not in markets:
            hint = nearest(self.market, markets) or "known: " + (", ".join(markets) or "none")
            return "market", f'no market "{self.market}"; {hint}'
        return self._with(market=None, product=markets[self.market])._contradiction()

    def _with(self, **fields: object) -> QuotaChange:
        return self.model_copy(update=fields)

    def _contradiction(self) -> tuple[str, str] | None:
        """What `_check_against` finds in the field it names."""
        try:
            self._check_against(self.known)
        except PydanticCustomError as error:
            context = error.context or {}
            return str(context.get("field")), str(context.get("message"))
        return None

    @property
    def known(self) -> ProductMarket:
        """The market of the product. Raises `OfferError` where it is only named."""
        if self.product is None:
            raise OfferError(f'market "{self.market}" is only named; put it in with `on(markets)` first')
        return self.product

    def taken(self, market: ProductMarket) -> dict[str, float]:
        """What each origin loses within the quota."""
        if not self.taken_from:
            return {}
        stated = {name: amount for name, amount in self.taken_from.items() if amount is not None}
        if stated:
            return stated
        names = list(self.taken_from)
        if ALL in self.taken_from:
            names = [name for name in market.origins if name not in self.add]
        have = sum(market.origins[name].quantity for name in names)
        if not have > 0:
            raise fault("sell nothing that could be taken", "taken_from")
        gives = sum(self.add.values())
        return {name: gives * market.origins[name].quantity / have for name in names}

    def mark_ups(self, market: ProductMarket) -> dict[str, Figure]:
        """The state's mark-up by origin after the change."""
        return {
            name: self.mark_up.get(name) or self.mark_up.get(ALL) or mark for name, mark in market.mark_ups().items()
        }

    def outcome(self) -> QuotaOutcome:
        """What the change does on the product market. Raises `OfferError` where no price brings it about."""
        return outcome(self)

    def shifts(self, world: World) -> tuple[Shift, ...]:
        """Imports by origin that change, US$ bn at producer prices; origins that the world does not hold are in `ROW`.

        Raises `UnknownCode` where the world has no such importer or sector, or no `ROW` that an origin could fall in.
        """
        market = self.known
        importer = world.economies[world.economy(market.importer)]
        (sector,) = world.sector_indices(market.sector)
        moved: dict[str, float] = {}
        for one in self.outcome().origins:
            exporter = one.origin if one.origin in world.economies else world.economies[world.economy(REST.iso3)]
            moved[exporter] = moved.get(exporter, 0.0) + market.at_producers * one.sales.usd_bn.point
        return tuple(
            Shift(importer, exporter, world.sectors[sector], usd_bn)
            for exporter, usd_bn in moved.items()
            if abs(usd_bn) > 1e-12 and exporter != importer
        )

    def entries(self, world: World | None = None) -> tuple[Entry, ...]:
        """What the product market is worth to the importer, and rents to exporters; US$ bn a year.

        Without a world, the whole of it: `revenue` is the treasury's change (duties, mark-ups, its part of the rents,
        losses of state trading); `income:SECTOR` growers' change; `welfare` growers, consumers, treasury and rents at
        home in one sum, so that what passes between them cancels within the range too. With a world, each less what
        the equilibrium counts of the same when `shifts` go through it (see `counted`): equilibrium and entries then
        add up to the product market's figure, with the terms of trade and all that follows abroad on top. The
        equilibrium takes the goods for worth what they cost at the sector's average duty; the state's loss on what it
        sells as feed, or growers' loss of price, it does not see.
        """
        market, found = self.known, self.outcome()
        importer, sector = market.importer, market.sector
        seen = Counted(0.0, 0.0, 0.0)
        if world is not None:
            importer = world.economies[world.economy(importer)]
            (j,) = world.sector_indices(sector)
            sector = world.sectors[j]
            seen = counted(world, importer, sector, self.shifts(world))
        said = f"{market.what}: "
        rows = [
            ("revenue", found.treasury, seen.revenue, "the treasury, by duties and state trading"),
            (f"{INCOME}{sector}", found.growers, seen.income, "growers, by the price of the crop"),
            ("welfare", found.welfare, seen.welfare, "growers, consumers, treasury and rents at home"),
        ]
        entries = [
            Entry(importer, account, _less(money, taken), "product market", said + what)
            for account, money, taken, what in rows
        ]
        if market.rents.exporters:
            whole = sum(one.after.point for one in found.origins)
            for one in found.origins:
                worth = Estimate(*(part * one.after.point / whole for part in found.rents_abroad.usd_bn))
                what = said + "rents of exporters within the quota"
                entries.append(Entry(one.origin, "welfare", worth, "product market", what))
        return tuple(entries)


def curve(
    change: QuotaChange, amounts: Sequence[float], side: Literal["inside", "outside"] = "inside"
) -> tuple[QuotaOutcome, ...]:
    """Outcomes of the same change by other amounts, in the market's unit; 0 is today.

    Inside, `add` and the quantities in `taken_from` keep their proportions and `add` sums to each amount; `within`,
    `mark_up` and `beyond` stay as they are. Outside, so much comes in beyond the quota, beside what `change` adds
    within it. Raises `OfferError` for amounts below zero and for a change that adds nothing.
    """
    if any(not amount >= 0 for amount in amounts):
        raise OfferError("amounts of a curve must be zero or more")
    market, whole = change.known, sum(change.add.values())
    if side == "inside" and not whole:
        raise OfferError(f"the change of {market.market} adds nothing that a curve could scale; name origins in `add`")
    found = []
    for amount in amounts:
        new: dict[str, object] = {"outside": amount or None, "beyond": None}
        if side == "inside":
            part = amount / whole
            taken = {name: None if one is None else part * one for name, one in change.taken_from.items()}
            new = {"add": {name: part * one for name, one in change.add.items()}, "taken_from": taken}
            new = new if amount else {"add": {}, "taken_from": {}}
        scaled = change._with(**new)
        if wrong := scaled._contradiction():
            raise OfferError(f"{amount:,.6g} {market.unit} of {market.what}: {wrong[0]}: {wrong[1]}")
        found.append(scaled.outcome())
    return tuple(found)


def _less(money: Money, taken: float) -> Estimate:
    return Estimate(*(value - taken for value in money.usd_bn))
