"""Trade costs: goods become cheaper or dearer to bring in, where standards, inspections or paperwork change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from tradetalks.records.fields import Names, Rate, Record, Text, fault
from tradetalks.talks.instruments import flows
from tradetalks.world import Policy, World


class Range(Record):
    """What a figure might also be."""

    low: Rate
    high: Rate


class TradeCostChange(Record):
    """Goods become cheaper or dearer to bring in, in percent of their price: standards, inspections, paperwork."""

    importer: Text
    exporter: Text
    sectors: Names
    change: Rate
    range: Range | None = None

    @model_validator(mode="after")
    def _inside_its_range(self) -> TradeCostChange:
        if self.range and not self.range.low <= self.change <= self.range.high:
            raise fault(
                f"{self.change:.4g} is outside its range {self.range.low:.4g} to {self.range.high:.4g}", "change"
            )
        return self

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it changes, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def change_of(self, policy: Policy) -> Policy:
        """The policy with this change of iceberg costs."""
        for sector in self.sectors:
            policy = policy.trade_cost(self.importer, self.exporter, sector, 1 + self.change)
        return policy
