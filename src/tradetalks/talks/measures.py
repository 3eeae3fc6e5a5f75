"""Measures of a case's own: duties that no book of law ships, sector by sector.

Where the law of an importer ships, a case takes it from there (`law:`); these are for others, and for what-ifs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from tradetalks.law.measure import Amendment, Duty
from tradetalks.records.fields import Names, Rate, Record, Source, Text, fault
from tradetalks.records.period import Period
from tradetalks.world import Policy

if TYPE_CHECKING:
    from tradetalks.world import World


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
        if self.rate is not None and self.rate.specific is not None:
            raise fault("a duty by quantity has no rate on a sector; give `additional` or `cap`", "rate")
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


def apply(policy: Policy, measures: Sequence[Measure]) -> Policy:
    """The policy with the duties of `measures` on top: for each importer, partner and sector,

    new tariff = tariff + Σ additional, or for a cap + max(0, cap − normal duty),

    where the normal duty is the world's base tariff. A measure stands back where another one in `measures` replaces
    it. Rates are fractions. Raises `UnknownCode` for names the world does not have, and `PolicyError` for an
    impossible total.
    """
    world = policy.world
    tariffs = np.array(policy.tariffs)
    scopes = [m.scope(world) for m in measures]
    for measure, scope in zip(measures, scopes, strict=True):
        reached = scope.copy()
        for other, taken in zip(measures, scopes, strict=True):
            if measure.measure in other.replaces and other.importer == measure.importer:
                reached &= ~taken
        tariffs[:, world.economy(measure.importer), :] += np.where(reached, measure.extra(world), 0.0)
    return replace(policy, tariffs=tariffs)


def economies(names: Sequence[str], world: World) -> list[int]:
    """Positions of the economies that `names` stand for, in the world's order; `!CAN` leaves Canada out.

    Raises `UnknownCode` for a name the world does not have.
    """
    chosen: set[int] = set()
    for name in names:
        if not name.startswith("!"):
            chosen.update(world.economy_indices("*" if name == "all" else name))
    for name in names:
        if name.startswith("!"):
            chosen.difference_update(world.economy_indices(name[1:]))
    return sorted(chosen)
