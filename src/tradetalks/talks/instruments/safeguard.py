"""A safeguard as an option: the duty of a year with its triggers, with higher ones, and with none.

The law says what sets a safeguard off and what duty follows (see `law.quotas`); here stands how likely that is, given
how much may come in. As for beef of the United States in Japan: the triggers are worth what they are expected to cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import NormalDist
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from tradetalks.errors import LawError, UnknownCode
from tradetalks.law.countries import code as country
from tradetalks.law.normal import Line, NormalFile
from tradetalks.law.normal_duty import normal_duties
from tradetalks.law.quotas import NormalRate, Safeguard, Trigger, stage_on
from tradetalks.records.fields import Name, Number, Rate, Share, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, Stated, corners, estimate
from tradetalks.talks.instruments.counted import Counted, counted
from tradetalks.talks.instruments.effect import Entry, Shift
from tradetalks.talks.instruments.quota_regimes import integral_of_power
from tradetalks.world import World

QUANTILES = 199
"""Equally likely outcomes that stand for the distribution of imports."""

MONTHS = 12


class Imports(Stated):
    """How much may come in from one counted group in a year: lognormal, of a median and a spread."""

    median: Figure
    spread: Rate = 0.0
    """Standard deviation of its log: with 8 %, two years in three lie within 8 % of the median."""
    previous: Number | None = None
    """What came in the year before."""

    @model_validator(mode="after")
    def _can_be(self) -> Imports:
        if not self.median.low > 0:
            raise fault("must be above zero", "median")
        if self.spread < 0:
            raise fault("is below zero; 0% says that it is certain", "spread")
        if self.previous is not None and self.previous < 0:
            raise fault("is below zero", "previous")
        return self


class Stretch(NamedTuple):
    """A time in which one duty holds, `until` the day before another."""

    since: date
    until: date
    rate: float


@dataclass(frozen=True)
class SafeguardOutcome:
    """What a change of the triggers is worth in a year; expected values over the distribution of imports."""

    what: str
    chance: Estimate
    """That the safeguard is set off, with the triggers as law has them."""
    chance_after: Estimate
    duty_normal: float
    """Mean rate of the year where it is not set off."""
    duty: Estimate
    """Expected mean rate with the triggers as law has them."""
    duty_after: Estimate
    imports: Estimate
    """Change of imports at the border, US$ bn."""
    treasury: Estimate
    """Change of duties collected, US$ bn."""
    buyers: Estimate
    """Gain of buyers at home, US$ bn."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {k: v._asdict() if isinstance(v, Estimate) else v for k, v in vars(self).items()}


class SafeguardChange(Stated):
    """What a deal makes of a safeguard in one fiscal year: lifted, or its volumes raised.

    All groups reach the same quantile of their distributions together. Imports come in at `pace`, whether or not the
    safeguard is near: in truth some hurry and some wait, so that the expected duty is a bound from above.
    """

    what: Text
    importer: Text
    exporter: Text
    sector: Text
    safeguard: Name
    """Of the importer's law."""
    line: Name
    """Of the importer's law: the normal duty."""
    year: int
    """Fiscal, from April."""
    imports: Annotated[dict[Text, Imports], Field(min_length=1)]
    """By the names that the triggers count, in their unit."""
    usd_bn: Figure
    """Worth at the border of the exporter's imports in a year of median quantity."""
    demand: Figure
    """Elasticity of import demand by the price with duty, written as a positive number."""
    pace: Annotated[tuple[Share, ...], Field(min_length=MONTHS, max_length=MONTHS)] = (1 / MONTHS,) * MONTHS
    """Parts of a year's imports by month, from April."""
    lifted: bool = False
    raised: Rate | None = None
    """By how much the volumes of the triggers rise."""

    @model_validator(mode="after")
    def _can_be(self) -> SafeguardChange:
        if self.lifted == (self.raised is not None):
            raise fault("give either `lifted: true` or `raised` (20% makes the volumes a fifth larger)")
        if self.raised is not None and not self.raised > 0:
            raise fault("must be above 0%; volumes that fall are no offer", "raised")
        if abs(sum(self.pace) - 1) > 1e-6:
            raise fault(f"parts add to {sum(self.pace):.6g}, not to 1", "pace")
        if not self.demand.low >= 0:
            raise fault("is below zero; write it as a positive number", "demand")
        if not self.usd_bn.low >= 0:
            raise fault("is below zero", "usd_bn")
        try:
            law = normal_duties(country(self.importer))
        except (LawError, UnknownCode) as error:
            raise fault(str(error), "importer") from None
        for field, known in (("safeguard", law.safeguards), ("line", law.lines)):
            names = [getattr(one, field) for one in known]
            if getattr(self, field) not in names:
                raise fault(f'no {field} "{getattr(self, field)}" in the law; known: {", ".join(names)}', field)
        self._check_law()
        return self

    def _check_law(self) -> None:
        if self.safeguard not in self.line_of_law.safeguards:
            known = ", ".join(self.line_of_law.safeguards) or "none"
            raise fault(f"does not stand behind line {self.line}, whose safeguards are: {known}", "safeguard")
        counted = {name for trigger in self.triggers for name in trigger.counts}
        if missing := counted - set(self.imports):
            raise fault(f"the triggers count {', '.join(sorted(missing))} too; give its imports", "imports")
        lagged = {name for trigger in self.triggers if trigger.above for name in trigger.counts}
        if lacking := [name for name in sorted(lagged) if self.imports[name].previous is None]:
            raise fault(f"{lacking[0]}: a trigger asks what came in the year before; give `previous`", "imports")
        for day in (self.opens, self.closes - timedelta(1)):
            normal = stage_on(self.line_of_law.stages, day)
            if normal is None:
                raise fault(f"line {self.line} has no rate on {day}; take another year", "year")
            try:
                _fraction(normal)
                _fraction(self.record.rate_if_fired(day))
            except LawError as error:
                raise fault(str(error), "year") from None
        for trigger in self.triggers:
            if trigger.above is None and self.year not in trigger.thresholds:
                raise fault(f'"{trigger.what}" has no threshold for fiscal {self.year}', "year")
        if self.exporter not in self.imports:
            raise fault(f"{self.exporter} is not among `imports`", "exporter")

    @property
    def opens(self) -> date:
        """The first day of the fiscal year."""
        return date(self.year, 4, 1)

    @property
    def closes(self) -> date:
        """The first day of the next."""
        return date(self.year + 1, 4, 1)

    @cached_property
    def law(self) -> NormalFile:
        """The importer's normal duties."""
        return normal_duties(country(self.importer))

    @cached_property
    def record(self) -> Safeguard:
        """The safeguard in law."""
        return next(one for one in self.law.safeguards if one.safeguard == self.safeguard)

    @cached_property
    def line_of_law(self) -> Line:
        """The line in law."""
        return next(one for one in self.law.lines if one.line == self.line)

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """What is asked in this year."""
        return tuple(one for one in self.record.triggers if one.last is None or self.year <= one.last)

    def fires_on(self, imports: Mapping[str, float], raised: float = 0.0) -> date | None:
        """The day by which imports of the year, at their pace, have passed what the triggers ask; None if never.

        `raised` is by how much volumes of the law are raised.
        """
        parts = [self._limit(trigger, raised) / sum(imports[n] for n in trigger.counts) for trigger in self.triggers]
        part = min(parts) if self.record.any else max(parts)
        if part >= 1:
            return None
        done = np.concatenate(([0.0], np.cumsum(self.pace)))
        month = int(np.searchsorted(done, part, side="right")) - 1
        since, until = self._month(month), self._month(month + 1)
        return since + timedelta(int((part - done[month]) / self.pace[month] * (until - since).days))

    def profile(self, imports: Mapping[str, float] | None = None, raised: float = 0.0) -> tuple[Stretch, ...]:
        """Duties of the year in order of time, and past its end while the safeguard runs; without `imports` or where
        they do not set it off, the normal duty."""
        fired = self.fires_on(imports, raised) if imports is not None else None
        if fired is None:
            return self._normal(self.opens, self.closes)
        ends = self.record.ends(fired)
        snap = Stretch(fired, ends, _fraction(self.record.rate_if_fired(fired)))
        after = self._normal(ends, self.closes) if ends < self.closes else ()
        return (*self._normal(self.opens, fired), snap, *after)

    def mean_duty(self, profile: Sequence[Stretch]) -> float:
        """The mean duty of a year's imports at their pace; past the year's end only what the safeguard adds counts."""
        paid = sum(one.rate * (self._arrived(one.until) - self._arrived(one.since)) for one in profile)
        beyond = self._arrived(profile[-1].until) - 1
        return paid - beyond * self._normal_on(self.closes) if beyond > 0 else paid

    def distribution(self, medians: Mapping[str, float]) -> tuple[dict[str, float], ...]:
        """Equally likely imports of the year by group."""
        draws = [NormalDist().inv_cdf((k + 0.5) / QUANTILES) for k in range(QUANTILES)]
        return tuple(
            {name: medians[name] * math.exp(one.spread * draw) for name, one in self.imports.items()} for draw in draws
        )

    def expected(self, medians: Mapping[str, float] | None = None, raised: float = 0.0) -> tuple[float, float]:
        """The chance that the safeguard is set off, and the expected mean duty of the year.

        `medians` in place of those of the record; `raised` is by how much volumes of the law are raised.
        """
        medians = medians or {name: one.median.point for name, one in self.imports.items()}
        normal = self.mean_duty(self.profile())
        fired = [imports for imports in self.distribution(medians) if self.fires_on(imports, raised) is not None]
        dearer = math.fsum(self.mean_duty(self.profile(imports, raised)) - normal for imports in fired)
        return len(fired) / QUANTILES, normal + dearer / QUANTILES

    def outcome(self) -> SafeguardOutcome:
        """What the change is worth in the year, at every corner of the ranges of medians, worth and elasticity."""
        v = corners(
            {"usd_bn": self.usd_bn, "demand": self.demand} | {f"m {n}": i.median for n, i in self.imports.items()}
        )
        normal = self.mean_duty(self.profile())
        known: dict[tuple[float, ...], tuple[tuple[float, float], tuple[float, float]]] = {}
        rows = []
        for k in range(len(v["demand"])):
            medians = {name: float(v[f"m {name}"][k]) for name in self.imports}
            key = tuple(medians.values())
            if key not in known:
                after = (0.0, normal) if self.lifted else self.expected(medians, self.raised or 0.0)
                known[key] = self.expected(medians), after
            rows.append([*known[key][0], *known[key][1]])
        chance, duty, chance_after, duty_after = np.array(rows).T
        ratio = (1 + duty_after) / (1 + duty)
        grows = ratio ** -v["demand"]
        return SafeguardOutcome(
            what=self.what,
            chance=estimate(chance),
            chance_after=estimate(chance_after),
            duty_normal=normal,
            duty=estimate(duty),
            duty_after=estimate(duty_after),
            imports=estimate(v["usd_bn"] * (grows - 1)),
            treasury=estimate(v["usd_bn"] * (duty_after * grows - duty)),
            buyers=estimate(-v["usd_bn"] * (1 + duty) * integral_of_power(ratio, -v["demand"])),
        )

    def shifts(self, world: World) -> tuple[Shift, ...]:
        """The exporter's sales that a lower expected duty brings, US$ bn at the border.

        Raises `UnknownCode` for an importer, exporter or sector that the world does not have.
        """
        importer, exporter = (world.economies[world.economy(name)] for name in (self.importer, self.exporter))
        (j,) = world.sector_indices(self.sector)
        return (Shift(importer, exporter, world.sectors[j], self.outcome().imports.point),)

    def entries(self, world: World | None = None) -> tuple[Entry, ...]:
        """What the importer's treasury loses (`revenue`), and with what buyers gain (`welfare`); US$ bn a year.

        Domestic growers' loss is the equilibrium's, by the sales that `shifts` bring about. With a world, each entry is
        less what the equilibrium counts of those sales (see `counted`).
        """
        found, importer, seen = self.outcome(), self.importer, Counted(0.0, 0.0, 0.0)
        if world is not None:
            importer = world.economies[world.economy(importer)]
            seen = counted(world, importer, self.sector, self.shifts(world))
        net = Estimate.over(
            found.treasury.point + found.buyers.point,
            [found.treasury.low + found.buyers.high, found.treasury.high + found.buyers.low],
        )
        return tuple(
            Entry(importer, account, Estimate(*(value - taken for value in worth)), "product market", told)
            for account, worth, taken, told in (
                ("revenue", found.treasury, seen.revenue, f"{self.what}: duties"),
                ("welfare", net, seen.welfare, f"{self.what}: buyers and treasury"),
            )
        )

    def _limit(self, trigger: Trigger, raised: float) -> float:
        """What the summed imports must pass. Previous imports of a group are not scaled: they are what they were."""
        if trigger.above is not None:
            return sum(self.imports[name].previous or 0.0 for name in trigger.counts)
        return trigger.thresholds[self.year] * (1 + raised)

    def _month(self, number: int) -> date:
        """The first day of a month of the fiscal year, 0 for April; 12 and on are of the next."""
        return date(self.year + (number + 3) // MONTHS, (number + 3) % MONTHS + 1, 1)

    def _arrived(self, day: date) -> float:
        """The part of a year's imports that is in by the start of a day; above 1 in the next year, at the same pace."""
        month = (day.year - self.year) * MONTHS + day.month - 4
        since, until = self._month(month), self._month(month + 1)
        whole, part = divmod(month, MONTHS)
        return whole + sum(self.pace[:part]) + self.pace[part] * ((day - since).days / (until - since).days)

    def _normal(self, since: date, until: date) -> tuple[Stretch, ...]:
        """The normal duty from a day to another, a stretch for each stage."""
        days = sorted({since, until, *(s.since for s in self.line_of_law.stages if since < s.since < until)})
        return tuple(Stretch(a, b, self._normal_on(a)) for a, b in pairwise(days))

    def _normal_on(self, day: date) -> float:
        rate = stage_on(self.line_of_law.stages, day)
        return _fraction(rate) if rate is not None else 0.0


def _fraction(rate: NormalRate) -> float:
    """A duty that is a share of the value. Raises `LawError` for one by quantity, which needs a price."""
    if rate.specific is not None:
        raise LawError("its duty is by quantity; only duties that are a share of the value can be averaged here")
    return rate.ad_valorem or 0.0
