"""Assurance: a promise not to cut off supplies (export controls, rare earths), worth the loss that it makes unlikely.

Worth = fall of the chance × part of the year × welfare lost while supplies are cut, the last by the equilibrium.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tradetalks.model import solve
from tradetalks.records.fields import Names, Number, Rate, Record, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, ShareFigure, Stated
from tradetalks.talks.instruments import flows
from tradetalks.talks.instruments.effect import Entry
from tradetalks.world.accounts import SHORT_RUN

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.world import Policy, World


class CutOff(Record):
    """A cut-off of supplies as it might come."""

    chance: ShareFigure
    """That one begins within a year."""
    trade_cost: Rate
    """How much dearer the goods become to bring in while it lasts; 100 % doubles what they cost."""
    lasts: Number
    """Years; at most one."""

    @model_validator(mode="after")
    def _raises_costs_for_a_time(self) -> CutOff:
        if self.trade_cost <= 0:
            raise fault(f"{self.trade_cost:.4g} cuts nothing off; write a rise such as 100%", "trade_cost")
        if not 0 < self.lasts <= 1:
            raise fault(
                f"{self.lasts:g} years; write a part of a year, above 0 and at most 1 (for longer: 1, and the chance "
                "that a year is one of cut-off)",
                "lasts",
            )
        return self


class Assurance(Stated):
    """Supplies of some goods are assured: the loss expected from a cut-off shrinks.

    The loss is the difference in welfare, a year, between the equilibria with and without dearer goods; by default with
    elasticities as they are within a year, since a cut-off of months leaves no time to change suppliers. What the
    equilibrium cannot see is left out: a sector is an average, so that a material without a substitute, a stopped
    assembly line or stocks run down do not show, and a cut-off among many goods of the sector looks too mild. Nobody
    keeps the extra cost: it is lost, not paid to the exporter.
    """

    exporter: Text
    importer: Text
    sectors: Names
    without: CutOff
    kept: ShareFigure = Field(default=ShareFigure.certain(0), alias="with")
    """Chance that one begins within a year all the same; none unless given."""
    horizon: Literal["short run", "long run"] = "short run"

    @model_validator(mode="after")
    def _lowers_the_chance(self) -> Assurance:
        if self.kept.point > self.without.chance.point:
            raise fault(
                f"{self.kept.point:g} is likelier than {self.without.chance.point:g} without it; an assurance lowers "
                "the chance",
                "with",
            )
        return self

    def judged(self) -> Mapping[str, Figure]:
        """The chances with and without it."""
        return {"without.chance": self.without.chance, "with": self.kept}

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells a cut-off would close, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def removed(self) -> Estimate:
        """The part of a year of cut-off, expected, that it takes away; lowest where the chance was low and stays."""
        before, after, lasts = self.without.chance, self.kept, self.without.lasts
        falls = (before.point - after.point, before.low - after.high, before.high - after.low)
        return Estimate(*(lasts * max(0.0, fall) for fall in falls))

    def losses(
        self, policy: Policy, deficits: Deficits | None = None, closure: Closure | None = None
    ) -> dict[str, float]:
        """Welfare that the importer and the exporter lose in a whole year of cut-off, US$ bn; raises `SolveError`."""
        world = policy.world if self.horizon == "long run" else policy.world.with_elasticities(SHORT_RUN)
        plain = policy.on(world)
        cut = plain.trade_cost(self.importer, self.exporter, self.sectors, 1 + self.without.trade_cost)
        before = solve(world, plain, closure=closure, deficits=deficits)
        after = solve(world, cut, closure=closure, deficits=deficits, start=before.unknowns)
        return {party: before.welfare[party] - after.welfare[party] for party in (self.importer, self.exporter)}

    def entries(
        self, policy: Policy, deficits: Deficits | None = None, closure: Closure | None = None
    ) -> tuple[Entry, ...]:
        """One entry in `welfare` for the importer and one for the exporter, on the law that `policy` is.

        The range is that of the chances. Raises `SolveError` when a cut-off leaves no equilibrium.
        """
        removed = self.removed()
        what = f"{', '.join(self.sectors)} from {self.exporter} assured to {self.importer}"
        return tuple(
            Entry(party, "welfare", _times(removed, loss), "expected loss", what)
            for party, loss in self.losses(policy, deficits, closure).items()
        )


def _times(part: Estimate, loss: float) -> Estimate:
    return Estimate.over(part.point * loss, (part.low * loss, part.high * loss))
