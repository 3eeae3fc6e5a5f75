"""Measures: what each legal act does to duties, from when to when, under which statute; and the policy they make.

Sector-level law: a measure reaches a share of the trade of each sector (its coverage) and adds to the normal duty
there, or tops it up to a cap. Product-level law refines this later; the words stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from tradetalks.records.fields import Day, Names, Rate, Record, Share, Source, Text, fault
from tradetalks.world import Policy

if TYPE_CHECKING:
    from tradetalks.world import World

OTHERS = "others"
"""The row of a coverage for partners without a row of their own."""


class Period(Record):
    """Days from `from`, to the day before `to`; open where `to` is missing."""

    since: Day = Field(alias="from")
    until: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _runs_forward(self) -> Period:
        if self.until is not None and self.until <= self.since:
            raise fault(f"{self.until} is not after {self.since}; `to` is the first day it no longer holds", "to")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the period; the last day is the one before `until`."""
        return self.since <= day and (self.until is None or day < self.until)


class Duty(Record):
    """A rate on top of the normal duty (`additional`), or a total with the normal duty inside it (`cap`)."""

    additional: Rate | None = None
    cap: Rate | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Duty:
        if (self.additional is None) == (self.cap is None):
            raise fault("give either `additional` (on top of the normal duty) or `cap` (the total with it)")
        return self


class Coverage(Record):
    """The share of each sector's trade that a measure reaches, by partner; a sector not named is not reached."""

    what: Text
    source: Source
    shares: dict[str, dict[str, Share]] = Field(min_length=1)

    def table(self, world: World) -> NDArray[np.float64]:
        """Shares `[sector, partner]`, each partner by its own row, its group's, or that of `others`.

        Raises `UnknownCode` for a partner or sector that the world does not have.
        """
        found = np.zeros((len(world.sectors), len(world.economies)))
        # the widest name first, so that a partner's own row has the last word
        rows = sorted(self.shares, key=lambda name: -len(economies((name,), world)))
        for row in rows:
            column = np.zeros(len(world.sectors))
            for sector, share in self.shares[row].items():
                column[world.sector_indices(sector)] = share
            found[:, economies((row,), world)] = column[:, None]
        return found


class Amendment(Record):
    """A change of measures by a deal: these measures, for these partners, now have this rate."""

    measures: Names
    partners: Names
    rate: Duty


class Measure(Record):
    """One legal act's effect on the duties of one importer."""

    measure: Text
    what: Text
    authority: Text
    """The statute's short name (`IEEPA`, `s232`, …), by which a reference point can set it aside."""
    statute: Text | None = None
    importer: Text
    partners: Names = ()
    sectors: Names = ("goods",)
    rate: Duty | None = None
    rates: dict[str, Rate] | None = None
    """Additional rates by partner, in place of `partners` and `rate`."""
    coverage: Text | None = None
    """A name in `coverages`; without one the measure reaches all trade of its sectors."""
    effective: Period
    known: Period
    replaces: Names = ()
    """Measures that stand back where this one is in force, for the partners and sectors it names."""
    citation: Text
    source: Source
    note: Text | None = None
    amended: SkipJsonSchema[tuple[Amendment, ...]] = Field(default=(), exclude=True)
    """Amendments by a deal, the last one ruling; never in a file."""

    @model_validator(mode="after")
    def _one_rate(self) -> Measure:
        if (self.rate is None) == (self.rates is None):
            raise fault("give either `rate` for its `partners`, or `rates` by partner")
        if self.rates is not None and self.partners:
            raise fault("stands beside `rates`, whose names are the partners; remove one of the two", "partners")
        if self.rate is not None and not self.partners:
            raise fault("is missing; write `all`, `all, except [CAN, MEX]` or a list", "partners")
        return self

    @property
    def named(self) -> Names:
        """The partners it names, however it names them."""
        return self.partners or tuple(self.rates or ())

    def amend(self, amendment: Amendment) -> Measure:
        """This measure under one more amendment."""
        return self.model_copy(update={"amended": (*self.amended, amendment)})

    def scope(self, world: World) -> NDArray[np.bool_]:
        """The cells it names, `[sector, partner]`."""
        cells = np.zeros((len(world.sectors), len(world.economies)), dtype=bool)
        sectors = [j for name in self.sectors for j in world.sector_indices(name)]
        cells[np.ix_(sectors, economies(self.named, world))] = True
        cells[:, world.economy(self.importer)] = False
        return cells

    def extra(self, world: World) -> NDArray[np.float64]:
        """Duty on top of the normal one where it reaches, `[sector, partner]`: the rate, or what lacks to the cap."""
        importer = world.economy(self.importer)
        normal = world.tariffs[:, importer, :]
        added = np.zeros_like(normal)
        terms: list[tuple[Names, Duty]] = [(self.partners, self.rate)] if self.rate else []
        by_size = sorted((self.rates or {}).items(), key=lambda item: -len(economies((item[0],), world)))
        terms += [((name,), Duty(additional=rate)) for name, rate in by_size]
        terms += [(amendment.partners, amendment.rate) for amendment in self.amended]
        for names, duty in terms:
            partners = economies(names, world)
            if duty.cap is None:
                added[:, partners] = duty.additional
            else:
                added[:, partners] = np.maximum(0.0, duty.cap - normal[:, partners])
        return added


def in_force(measures: Sequence[Measure], on: date, without: Sequence[str] = ()) -> tuple[Measure, ...]:
    """The measures whose effective period covers `on`, except those that `without` names, by authority or by measure.

    A measure that another one replaces stays in the list for the partners and sectors the other does not name;
    `apply` resolves that cell by cell. If the replacing measure is void, the replaced one revives.
    """
    return tuple(m for m in measures if m.effective.covers(on) and not {m.authority, m.measure} & set(without))


def apply(policy: Policy, measures: Sequence[Measure], coverages: Mapping[str, Coverage] | None = None) -> Policy:
    """The policy with the duties of `measures` on top: for each importer, partner and sector,

    new tariff = tariff + Σ coverage × additional, or for a cap + coverage × max(0, cap − normal duty),

    where the normal duty is the world's base tariff. Rates are fractions. Raises `UnknownCode` for names the world
    does not have, `KeyError` for a coverage that is not in `coverages`, and `PolicyError` for an impossible total.
    """
    world = policy.world
    tariffs = np.array(policy.tariffs)
    tables = {name: (coverages or {})[name].table(world) for name in {m.coverage for m in measures} if name}
    scopes = [m.scope(world) for m in measures]
    for measure, scope in zip(measures, scopes, strict=True):
        reached = scope.copy()
        for other, taken in zip(measures, scopes, strict=True):
            if measure.measure in other.replaces and other.importer == measure.importer:
                reached &= ~taken
        share = tables[measure.coverage] if measure.coverage else 1.0
        tariffs[:, world.economy(measure.importer), :] += np.where(reached, share * measure.extra(world), 0.0)
    return replace(policy, tariffs=tariffs)


def economies(names: Sequence[str], world: World) -> list[int]:
    """Positions of the economies that `names` stand for, in the world's order; `!CAN` leaves Canada out.

    Raises `UnknownCode` for a name the world does not have.
    """
    chosen: set[int] = set()
    for name in names:
        if not name.startswith("!"):
            chosen.update(world.economy_indices("*" if name in ("all", OTHERS) else name))
    for name in names:
        if name.startswith("!"):
            chosen.difference_update(world.economy_indices(name[1:]))
    return sorted(chosen)
