"""A Solution: the new equilibrium as a value, with its certificate and everything people ask of it.

Money is US$ bn of the world's base year at base prices; hats are ratios to the baseline; fractions, not percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.commitments import Fulfilled, fulfilled
from tradetalks.model.sweep import evaluate, hours, kept, returns
from tradetalks.model.welfare import (
    equivalent_variation,
    real_income_hat,
    rebased_world,
    terms_of_trade,
    volume_of_trade,
    welfare_hat,
)
from tradetalks.world.accounts import World

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure
    from tradetalks.model.sweep import Coefficients, State
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy


class ByEconomy(Mapping[str, float]):
    """One number an economy, by ISO3 code or common name; `.values_array` `[n]` in the world's order."""

    def __init__(self, world: World, values: Floats) -> None:
        self._world = world
        self.array = values
        """The numbers `[n]`, in `world.economies` order."""

    def __getitem__(self, economy: str) -> float:
        return float(self.array[self._world.economy(economy)])

    def __iter__(self) -> Iterator[str]:
        return iter(self._world.economies)

    def __len__(self) -> int:
        return len(self._world.economies)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{code}: {value:.4g}" for code, value in self.items()) + "}"


@dataclass(frozen=True, eq=False, repr=False)
class Solution:
    """An equilibrium under a policy, relative to a solved baseline.

    `residual` is the largest relative error over all equations in their original form; `sweeps` counts passes over
    the accounts; `method` names the rung of the ladder that succeeded.
    """

    world: World
    """The baseline: the world given, or its solved baseline where the closure or unbalanced data asked for one."""
    policy: Policy
    status: str
    residual: float
    sweeps: int
    seconds: float
    method: str
    message: str
    unknowns: Floats
    """ln ŵ `[n]`, ln P̂ `[j, n]`, ln X̂ `[j, n]`, then what the closure adds; a start for a policy nearby."""
    coefficients: Coefficients
    concessions: Floats = field(default_factory=lambda: np.zeros(0))
    """z ≤ 0 of each purchase commitment `[commitment]`: its goods cost their buyers e^z of their price."""

    @cached_property
    def state(self) -> State:
        """All quantities of the equations at the unknowns."""
        with np.errstate(all="ignore"):
            return evaluate(self.coefficients, self.unknowns)

    @property
    def closure(self) -> Closure:
        """What stood still and what moved."""
        return self.coefficients.base.closure

    # ---- hats and levels ------------------------------------------------------------------------------------------

    @cached_property
    def wage_hat(self) -> Floats:
        """Wages, ratio to the baseline `[n]`; numeraire: their mean by base wage bills, world value added in the plain
        closure."""
        return np.exp(self.state.v)

    @cached_property
    def labour_hat(self) -> Floats:
        """Hours worked, ratio to the baseline `[n]`; ones without labour supply."""
        return np.exp(hours(self.coefficients.base, self.unknowns))

    @cached_property
    def keep_hat(self) -> Floats:
        """What is kept of a wage after income tax, ratio to the baseline `[n]`; ones without tax relief."""
        return np.exp(kept(self.coefficients.base, self.state.revenue, self.state.wages))

    @cached_property
    def price_hat(self) -> Floats:
        """Sector price indices at purchaser prices, ratio `[j, n]`."""
        return np.exp(self.state.p)

    @cached_property
    def cost_hat(self) -> Floats:
        """Producer prices (unit costs), ratio `[j, n]`."""
        return np.asarray(self.state.u ** (-1 / self.world.elasticities[:, None]))

    @cached_property
    def consumer_price_hat(self) -> Floats:
        """Exact consumer price index, ratio `[n]`."""
        return np.asarray(np.exp((self.world.final_shares.T * self.state.p).sum(0)))

    @cached_property
    def spending(self) -> Floats:
        """Spending at purchaser prices `[j, n]`, US$ m."""
        return self.state.spending

    @cached_property
    def output(self) -> Floats:
        """Gross output `[j, n]`, US$ m."""
        return self.state.output

    @cached_property
    def flows(self) -> Floats:
        """Purchases of n from i at producer prices `[j, n, i]`, US$ m."""
        return self._sold(self.coefficients.shipped)

    @cached_property
    def border_flows(self) -> Floats:
        """The same at the border `[j, n, i]`, US$ m: export taxes included, tariffs not."""
        c = self.coefficients
        return self.flows if c.border is c.shipped else self._sold(c.border)

    def _sold(self, rates: Floats) -> Floats:
        sold = rates * self.state.u[:, None, :]
        sold *= self.state.demand[:, :, None]
        return np.asarray(sold)

    @cached_property
    def income(self) -> Floats:
        """Income `[n]`, US$ m."""
        return self.state.income

    # ---- by economy ------------------------------------------------------------------------------------------------

    @cached_property
    def welfare(self) -> ByEconomy:
        """Equivalent variation, US$ bn a year at base prices."""
        return self._by_economy(equivalent_variation(self))

    @cached_property
    def real_income(self) -> ByEconomy:
        """Change of real income, exact, as a fraction."""
        return self._by_economy(real_income_hat(self) - 1)

    @cached_property
    def real_wage(self) -> ByEconomy:
        """Change of the wage in consumer prices, as a fraction."""
        return self._by_economy(self.wage_hat / self.consumer_price_hat - 1)

    @cached_property
    def welfare_change(self) -> ByEconomy:
        """Welfare as a fraction: real income, less the cost of longer hours where the closure has them."""
        return self._by_economy(welfare_hat(self) - 1)

    @cached_property
    def employment(self) -> ByEconomy:
        """Change of hours worked, as a fraction."""
        return self._by_economy(self.labour_hat - 1)

    @cached_property
    def terms_of_trade(self) -> ByEconomy:
        """First-order terms-of-trade effect, fraction of income (Caliendo and Parro 2015, section 4)."""
        return self._by_economy(terms_of_trade(self))

    @cached_property
    def volume_of_trade(self) -> ByEconomy:
        """First-order volume-of-trade effect, fraction of income (Caliendo and Parro 2015, section 4)."""
        return self._by_economy(volume_of_trade(self))

    @cached_property
    def exports(self) -> ByEconomy:
        """Change of the value of exports at the border, as a fraction."""
        return self._by_economy(_abroad(self.border_flows, 1) / _abroad(self.world.flows, 1) - 1)

    @cached_property
    def imports(self) -> ByEconomy:
        """Change of the value of imports at the border, before tariffs, as a fraction."""
        return self._by_economy(_abroad(self.border_flows, 2) / _abroad(self.world.flows, 2) - 1)

    @cached_property
    def tariff_revenue(self) -> ByEconomy:
        """Tariff revenue, US$ bn a year (a level, not a change), before what purchase commitments cost the budget."""
        return self._by_economy((self.policy.tariffs * self.border_flows).sum((0, 2)) / 1000)

    @cached_property
    def commitments(self) -> tuple[Fulfilled, ...]:
        """How each purchase commitment is met: what is bought, the concession, what it costs the budget."""
        return fulfilled(self)

    @cached_property
    def sector_output(self) -> Floats:
        """Change of the quantity each sector produces `[j, n]`, as a fraction; zero where nothing was produced."""
        base = self.world.output
        quantity = self.output / np.where(base > 0, base, 1) / self.cost_hat
        return np.where(base > 0, quantity - 1, 0)

    @cached_property
    def sector_value_added(self) -> Floats:
        """Change of each sector's value added in consumer prices `[j, n]`, US$ bn a year."""
        share = self.world.value_added_shares.T
        return np.asarray(share * (self.output / self.consumer_price_hat - self.world.output) / 1000)

    @cached_property
    def specific_return(self) -> Floats:
        """Change of what the factor tied to each sector earns, in consumer prices `[j, n]`, as a fraction; workers and
        owners who cannot leave. Zero where no factor is tied."""
        base = self.coefficients.base
        if not base.short_run:
            return np.zeros_like(self.output)
        real = np.exp(returns(base, self.unknowns)) / self.consumer_price_hat - 1
        return np.where(base.specific * self.world.output > 0, real, 0)

    @cached_property
    def specific_income(self) -> Floats:
        """Change of the income of the factor tied to each sector, in consumer prices `[j, n]`, US$ bn a year."""
        base = self.coefficients.base
        return np.asarray(base.specific * self.world.output * self.specific_return / 1000)

    @cached_property
    def profits(self) -> Floats:
        """Profits of each sector `[j, n]`, US$ m; zero under perfect competition."""
        return np.asarray(self.coefficients.base.profit * self.output)

    def flow(self, importer: str, exporter: str, sector: str = "*") -> float:
        """Value of a flow at producer prices, US$ bn a year; codes, names and groups as in `Policy.tariff`."""
        return float(self.flows[_cells(self.world, importer, exporter, sector)].sum() / 1000)

    def balance(self, economy: str, partner: str, sector: str = "*") -> float:
        """Bilateral trade balance of `economy` with `partner`, US$ bn a year."""
        return self.flow(partner, economy, sector) - self.flow(economy, partner, sector)

    def as_world(self, name: str | None = None) -> World:
        """The equilibrium as a new baseline. Raises `WorldError` when there are export taxes."""
        return rebased_world(self, name)

    def _by_economy(self, values: Floats) -> ByEconomy:
        return ByEconomy(self.world, values)

    def __repr__(self) -> str:
        return f"<Solution {self.status}: residual {self.residual:.1e}, {self.sweeps} sweeps, {self.method}>"


def _abroad(flows: Floats, axis: int) -> Floats:
    """Trade with others `[n]`: imports for axis 2, exports for axis 1."""
    total = flows.sum(0)
    return np.asarray(total.sum(0 if axis == 1 else 1) - np.diag(total))


def _cells(world: World, importer: str, exporter: str, sector: str) -> tuple[np.ndarray, ...]:
    return np.ix_(world.sector_indices(sector), world.economy_indices(importer), world.economy_indices(exporter))
