"""Objectives: numbers of an equilibrium that can be differentiated by every tariff at once.

Linear combinations of economies' welfare (equivalent variation) and of trade flows:
``welfare("JPN") - 0.5 * flow("USA", "JPN", "C29")``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.welfare import equivalent_variation

if TYPE_CHECKING:
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World


@dataclass(frozen=True)
class Objective:
    """A weighted sum of welfare by economy and of flows by importer, exporter and sector; US$ bn a year."""

    welfare_weights: tuple[tuple[str, float], ...] = ()
    flow_weights: tuple[tuple[tuple[str, str, str], float], ...] = ()

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.welfare_weights + other.welfare_weights, self.flow_weights + other.flow_weights)

    def __mul__(self, factor: float) -> Objective:
        return Objective(
            tuple((who, factor * weight) for who, weight in self.welfare_weights),
            tuple((what, factor * weight) for what, weight in self.flow_weights),
        )

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1.0

    def __sub__(self, other: Objective) -> Objective:
        return self + -other

    def on_welfare(self, world: World) -> Floats:
        """Weights on equivalent variation `[n]`. Raises `UnknownCode`."""
        weights = np.zeros(len(world.economies))
        for who, weight in self.welfare_weights:
            weights[world.economy_indices(who)] += weight
        return weights

    def on_flows(self, world: World) -> Floats | None:
        """Weights on producer-price flows `[j, n, i]`, or None when there are none. Raises `UnknownCode`."""
        if not self.flow_weights:
            return None
        weights = np.zeros(world.flows.shape)
        for (importer, exporter, sector), weight in self.flow_weights:
            cells = np.ix_(
                world.sector_indices(sector), world.economy_indices(importer), world.economy_indices(exporter)
            )
            weights[cells] += weight
        return weights

    def value(self, solution: Solution) -> float:
        """The objective at an equilibrium, US$ bn a year."""
        total = float(self.on_welfare(solution.world) @ equivalent_variation(solution))
        weights = self.on_flows(solution.world)
        return total if weights is None else total + float((weights * solution.flows).sum() / 1000)


def welfare(economy: str) -> Objective:
    """Equivalent variation of an economy, or the sum over a group; US$ bn a year."""
    return Objective(welfare_weights=((economy, 1.0),))


def flow(importer: str, exporter: str, sector: str = "*") -> Objective:
    """Value of purchases of `importer` from `exporter` at producer prices, US$ bn a year."""
    return Objective(flow_weights=(((importer, exporter, sector), 1.0),))
