"""Trade costs: goods become cheaper or dearer to bring in, where standards, inspections or paperwork change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from tradetalks.records.fields import Names, Record, Text
from tradetalks.talks.figure import RateFigure
from tradetalks.talks.instruments import flows
from tradetalks.world import Policy, World


class TradeCostChange(Record):
    """Goods become cheaper or dearer to bring in, in percent of their price: standards, inspections, paperwork."""

    importer: Text
    exporter: Text
    sectors: Names
    change: RateFigure

    @model_validator(mode="before")
    @classmethod
    def _range_beside_it(cls, data: Any) -> Any:
        """Files may also write `change: -10%, range: {low: -15%, high: -2%}`."""
        if isinstance(data, dict) and isinstance(data.get("range"), dict):
            apart = {**data, "change": {"point": data.get("change"), **data["range"]}}
            data = {name: value for name, value in apart.items() if name != "range"}
        return data

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it changes, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def change_of(self, policy: Policy) -> Policy:
        """The policy with this change of iceberg costs."""
        for sector in self.sectors:
            policy = policy.trade_cost(self.importer, self.exporter, sector, 1 + self.change.point)
        return policy
