"""An Outcome: tariffs that a search chose, the equilibrium they lead to, and what everyone gains on the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.solution import ByEconomy

if TYPE_CHECKING:
    from tradetalks.model.levers import Levers
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What every policy search returns."""

    levers: Levers
    """Which rates were free; `levers.labels` names them."""
    point: Floats
    """ln(1 + rate) `[lever]`."""
    solution: Solution
    """The equilibrium under the chosen tariffs."""
    before: Solution
    """The equilibrium that gains are counted from."""
    solved: int
    """Equilibria solved on the way."""

    @property
    def policy(self) -> Policy:
        """The chosen tariffs, with all that others keep."""
        return self.solution.policy

    @property
    def rates(self) -> Floats:
        """Rates of the levers, fractions, in the order of `levers.labels`."""
        return self.levers.rates(self.point)

    @cached_property
    def gains(self) -> ByEconomy:
        """Welfare gained by each economy, US$ bn a year."""
        return ByEconomy(self.solution.world, self.solution.welfare.array - self.before.welfare.array)

    @cached_property
    def real_income(self) -> ByEconomy:
        """Change of each economy's real income, as a fraction."""
        after, before = self.solution.real_income.array, self.before.real_income.array
        return ByEconomy(self.solution.world, (1 + after) / (1 + before) - 1)

    @cached_property
    def average_rates(self) -> dict[str, float]:
        """Mean of each importer's free rates, weighted by the imports of the world's year, fractions."""
        free, world = self.levers, self.levers.world
        imports = world.flows[free.sector, free.importer, free.exporter]
        rates = self.rates[free.of_cell]
        return {
            world.economies[n]: float(np.average(rates[free.importer == n], weights=imports[free.importer == n]))
            for n in np.unique(free.importer)
        }
