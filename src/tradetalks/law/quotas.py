"""Quotas and safeguards: normal duties that depend on how much has already come in.

A tariff quota has a duty within its volume and another beyond it. A safeguard lifts a preferential duty for a while
when imports pass its triggers. The records say what the law is; the methods say what follows from quantities imported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from tradetalks.errors import LawError
from tradetalks.law.measure import Specific
from tradetalks.records.fields import Name, Names, Number, Rate, Record, Share, Source, Text, fault
from tradetalks.records.period import Period


class NormalRate(Record):
    """A normal duty: a share of the value, an amount by quantity, or the sum of both; free where both are zero.

    With a `gate` price, goods worth less than it pay up to the gate price and its duty, `gate × (1 + ad_valorem)`, but
    never more than `specific`; goods worth as much or more pay `ad_valorem` alone.
    """

    ad_valorem: Rate | None = None
    specific: Specific | None = None
    gate: Specific | None = None
    mark_up: Specific | None = None
    """What a state trader may add to its buying price, beside the duty; a highest amount unless the note says else."""
    note: Text | None = None

    @model_validator(mode="after")
    def _a_rate(self) -> NormalRate:
        if self.ad_valorem is None and self.specific is None:
            raise fault("give `ad_valorem`, `specific` or both; free goods have `ad_valorem: 0%`")
        if self.ad_valorem is not None and self.ad_valorem < 0:
            raise fault("is below zero; a duty is not a subsidy", "ad_valorem")
        for name, amount in (("specific", self.specific), ("gate", self.gate), ("mark_up", self.mark_up)):
            if amount is not None and amount.amount < 0:
                raise fault("is below zero", name)
        if self.gate is not None:
            if self.ad_valorem is None or self.specific is None:
                raise fault("needs `ad_valorem` above it and the highest amount below it, `specific`", "gate")
            if (self.gate.currency, self.gate.unit) != (self.specific.currency, self.specific.unit):
                raise fault("must be in the currency and unit of `specific`", "gate")
        return self


class Stage(Period):
    """A rate for a period. Without `to` it holds until the next stage begins, the last one without end."""

    rate: NormalRate


def check_codes(products: Names) -> None:
    """Raises a fault in `products` unless each is a code of the tariff, 2 to 9 digits."""
    for code in products:
        if not (code.isdecimal() and 2 <= len(code) <= 9):
            raise fault(f'"{code}" is not a code; write 2 to 9 digits, such as 100630', "products")


def in_order(stages: tuple[Stage, ...], field: str) -> None:
    """Raises a fault in `field` unless each stage begins after the one before, with no gap or overlap."""
    for now, then in pairwise(stages):
        if then.since <= now.since:
            raise fault(f"the stage from {then.since} must come after the one from {now.since}", field)
        if now.until is not None and now.until != then.since:
            kind = "a gap" if now.until < then.since else "an overlap"
            raise fault(f"the stage from {now.since} ends on {now.until}, the next is from {then.since}: {kind}", field)


def stage_on(stages: tuple[Stage, ...], on: date) -> NormalRate | None:
    """The rate of the stage that holds on a day; None before the first and after the last."""
    begun = [stage for stage in stages if stage.since <= on]
    return begun[-1].rate if begun and begun[-1].covers(on) else None


class Fill(Record):
    """How much came in under a quota in one of its years."""

    year: int
    """The year in which it began: 2024 is April 2024 to March 2025 for a fiscal year."""
    partner: Text = "all"
    quantity: Number
    """In the unit of the quota."""
    source: Source


class Quota(Record):
    """A tariff quota: so much a year at one duty, the rest at another."""

    quota: Name
    what: Text
    importer: Text
    partners: Names = ("all",)
    """Whose goods may use it."""
    products: Names
    """Codes of the tariff, 2 to 9 digits."""
    volume: Number
    """A year."""
    unit: Text
    year: Literal["calendar", "fiscal"]
    """A fiscal year is April to March."""
    allocation: dict[str, Share] = Field(default={})
    """Shares by partner, in law or as observed; the note says which."""
    within: NormalRate
    beyond: NormalRate
    state_trading: Text | None = None
    """Who alone buys within the quota, and how."""
    fills: tuple[Fill, ...] = ()
    effective: Period
    known: Period
    citation: Text
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Quota:
        check_codes(self.products)
        if not self.volume > 0:
            raise fault("must be above zero; without a volume there is no quota", "volume")
        if sum(self.allocation.values()) > 1 + 1e-9:
            raise fault(f"shares add to {sum(self.allocation.values()):g}, more than the whole", "allocation")
        return self

    def state(self, used: float) -> Literal["open", "full"]:
        """Whether a quota of which `used` is taken this year still has room. Raises `LawError` if `used` < 0."""
        return "open" if self.left(used) > 0 else "full"

    def left(self, used: float) -> float:
        """What is left of the volume, in its unit, never below zero. Raises `LawError` if `used` < 0."""
        return max(0.0, self.volume - _quantity(used, f"what is used of {self.quota}"))

    def rate(self, used: float) -> NormalRate:
        """The duty on the next unit. Raises `LawError` if `used` < 0."""
        return self.within if self.state(used) == "open" else self.beyond

    def split(self, shipment: float, used: float) -> tuple[float, float]:
        """The parts of a shipment that enter within and beyond the quota, in its unit; they sum to the shipment.

        Raises `LawError` if either quantity is negative or not finite.
        """
        inside = min(_quantity(shipment, "a shipment"), self.left(used))
        return inside, shipment - inside


def _quantity(value: float, what: str) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise LawError(f"{what} cannot be {value:g}; give a quantity of zero or more")
    return value


class Trigger(Record):
    """A condition on imports: above a threshold of the year, or above what they were the year before."""

    what: Text
    counts: Names
    """Partners and groups whose imports are summed."""
    thresholds: dict[int, Number] = Field(default={})
    """By fiscal year."""
    above: Literal["previous year"] | None = None
    unit: Text = "t"
    last: int | None = None
    """The last fiscal year in which it is asked; open by default."""
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Trigger:
        if bool(self.thresholds) == (self.above is not None):
            raise fault("give either `thresholds` by fiscal year or `above: previous year`")
        return self

    def holds(self, year: int, imports: Mapping[str, float], previous: Mapping[str, float] | None) -> bool:
        """Whether the summed imports of a fiscal year, in `unit`, exceed the threshold.

        Raises `LawError` naming the figure that is missing.
        """
        if self.above is not None:
            limit = self._total(year - 1, previous or {})
        elif year in self.thresholds:
            limit = self.thresholds[year]
        else:
            known = f"{min(self.thresholds)} to {max(self.thresholds)}"
            raise LawError(f'"{self.what}": no threshold for fiscal {year}; known from {known}')
        return self._total(year, imports) > limit

    def _total(self, year: int, imports: Mapping[str, float]) -> float:
        if missing := [name for name in self.counts if name not in imports]:
            raise LawError(
                f'"{self.what}": no imports of fiscal {year} from {", ".join(missing)}; give them in {self.unit}'
            )
        return sum(_quantity(imports[name], f"imports of fiscal {year} from {name}") for name in self.counts)


class Firing(Period):
    """A time for which a safeguard ran."""

    quantity: Number
    """Imports that set it off, in the unit of the trigger."""
    source: Source


class Safeguard(Record):
    """A higher duty that comes into force when imports pass its triggers, and ends by itself."""

    safeguard: Name
    what: Text
    importer: Text
    partners: Names
    """Whose goods pay the higher duty."""
    products: Names
    triggers: tuple[Trigger, ...] = Field(min_length=1)
    any: bool = False
    """Whether one trigger is enough; by default all must hold."""
    snap_back: tuple[Stage, ...] = Field(min_length=1)
    """The duty while it runs, by the day on which it began."""
    lasts: Text
    days: dict[int, int] = Field(default={})
    """How many days it runs, by the month in which it begins; in other months to the end of the fiscal year."""
    fired: tuple[Firing, ...] = ()
    effective: Period
    known: Period
    citation: Text
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Safeguard:
        check_codes(self.products)
        in_order(self.snap_back, "snap_back")
        if all(trigger.last is not None for trigger in self.triggers):
            raise fault("one must have no `last` year; else nothing is asked after it", "triggers")
        if not all(1 <= month <= 12 and days > 0 for month, days in self.days.items()):
            raise fault("must map months, 1 to 12, to a number of days", "days")
        return self

    def fires(self, year: int, imports: Mapping[str, float], previous: Mapping[str, float] | None = None) -> bool:
        """Whether imports of a fiscal year (so far) set it off.

        `imports` and `previous` are quantities by the names that the triggers count, of `year` and of the year before.
        Raises `LawError` naming the threshold or import figure that is missing, whatever the other triggers say.
        """
        held = [t.holds(year, imports, previous) for t in self.triggers if t.last is None or year <= t.last]
        return True in held if self.any else False not in held

    def rate_if_fired(self, since: date) -> NormalRate:
        """The duty while it runs, once begun on `since`. Raises `LawError` for a day its schedule does not reach."""
        rate = stage_on(self.snap_back, since)
        if rate is None:
            reach = f"{self.snap_back[0].since} to {self.snap_back[-1].until or 'no end'}"
            raise LawError(f"{self.safeguard}: no duty for {since}; its schedule runs from {reach}")
        return rate

    def ends(self, since: date) -> date:
        """The first day on which it no longer runs, once begun on `since`."""
        if since.month in self.days:
            return since + timedelta(self.days[since.month])
        return date(since.year + (since.month > 3), 4, 1)

    def running(self, on: date) -> Firing | None:
        """The time, if any, for which it is known to have run that holds a day."""
        return next((firing for firing in self.fired if firing.covers(on)), None)
