"""The tariff game of Ossa (2014): optimal, Nash and cooperative tariffs of seven governments, by the engine's searches.

Governments maximise real income, or with lobbying Σ_j λ_jn I_jn / P_n (equation 5). With lobbying there are several
local optima, since an industry may be closed off or not: every search then starts from several closures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model import Closure, Solution, rebase, solve
from tradetalks.model import government as payoff
from tradetalks.model import welfare as real_income
from tradetalks.model.cooperative import Cooperation, cooperative_tariffs
from tradetalks.model.first_order import Landscape
from tradetalks.model.levers import levers
from tradetalks.model.nash import clashes
from tradetalks.model.optimum import Peak, peaks
from tradetalks.world import Policy, World

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tradetalks.model.levers import By, Levers
    from tradetalks.model.objective import Objective
    from tradetalks.world.accounts import Floats

CLOSURE = Closure(deficits="closed", profits="markups")
HIGHEST = 10.0
"""Upper bound of every rate in the paper's searches: 1000 %."""
DEEPEST = -0.95
"""Lower bound where import subsidies are allowed; no search comes near."""
TOLERANCE = 1e-6
"""First-order conditions: US$ per US$ of imports and unit of ln(1+τ)."""
BILATERAL: By = "sector and partner"
MFN: By = "sector"
MODERATE = 0.5
"""Rate that searches start from."""
MOST_CLOSED = 2
"""Largest number of industries, those of highest weight, that a search with lobbying starts closed off."""


def balanced(world: World) -> World:
    """The accounts with deficits removed: the equilibrium at the factual tariffs without transfers (section II)."""
    return rebase(world, closure=CLOSURE, name="ossa2014, balanced")


def levied(world: World, tariffs: ArrayLike) -> Policy:
    """The policy of all `tariffs` `[j, n, i]`."""
    return replace(Policy(world), tariffs=np.asarray(tariffs, dtype=np.float64))


def weighted_income(world: World, weights: Floats, output: Floats, revenue: Floats) -> Floats:
    """Σ_j λ_jn I_jn `[n]`, US$ m: I_jn = Y_jn + δ_jn R_n, what those earn who live on industry j.

    Wages and profits are an industry's sales, and revenue is shared as employment is. Source: Ossa (2014), section I.
    """
    theta = world.elasticities[:, None]
    labour = theta / (1 + theta) * output
    return np.asarray((weights * (output + labour / labour.sum(0) * revenue)).sum(0))


@dataclass(frozen=True, eq=False)
class Game:
    """Seven governments on the balanced accounts, with lobbying weights `[j, n]` or without."""

    world: World
    weights: Floats | None = None
    by: By = BILATERAL
    """One rate for each industry and partner, or one for each industry (most favoured nation)."""

    @cached_property
    def aims(self) -> list[Objective]:
        """What each government maximises, in units of its economy's income: US$ bn (Ĝ_n − 1) I_n."""
        world, weights = self.world, self.weights
        if weights is None:
            return [real_income(code) for code in world.economies]
        before = weighted_income(world, weights, world.output, world.tariff_revenue)
        return [
            float(world.income[n] / before[n]) * payoff(code, weights[:, n].tolist())
            for n, code in enumerate(world.economies)
        ]

    def at(self, tariffs: ArrayLike) -> Solution:
        """The equilibrium under all `tariffs` `[j, n, i]`."""
        return solve(self.world, levied(self.world, tariffs), closure=CLOSURE)

    def optima(self, n: int, against: Policy | None = None) -> tuple[Peak, ...]:
        """The local optima of government n, the best first, while the others keep their tariffs in `against`.

        Others keep the factual tariffs unless told. Raises `SolveError` when no search succeeds.
        """
        free, on = self._levers([n]), Policy(self.world) if against is None else against
        starts = [free.present(on), *(free.present(policy) for policy in self._starts(n))]
        return peaks(Landscape(free, on, CLOSURE), self.aims[n], starts, TOLERANCE)

    def gain_alone(self, n: int, at: Solution) -> float:
        """The most that government n is found to gain by leaving `at` alone, as a fraction of its payoff."""
        now, best = self.aims[n].value(at), self.optima(n, at.policy)[0].value
        income = self.world.income[n] / 1000
        return float((best - now) / (income + now))

    def nash(self, start: ArrayLike) -> Solution:
        """The Nash equilibrium that a search from the tariffs `start` `[j, n, i]` ends at.

        Raises `SolveError` when there is none.
        """
        free = self._levers(range(len(self.world.economies)))
        landscape = Landscape(free, Policy(self.world), CLOSURE)
        return clashes(landscape, self.aims, [free.present(levied(self.world, start))], TOLERANCE)[0].solution

    def talks(self, reference: Policy, lowest: float = 0.0) -> Cooperation:
        """The largest gain over `reference` that all governments can have alike, rates at least `lowest`.

        Hats are counted from the balanced accounts and two of them compared, which is the same as re-basing on the
        reference first, as the paper does. Raises `SolveError` when no search succeeds.
        """
        return cooperative_tariffs(
            self.world, self.world.economies, relative_to=reference, by=self.by, sectors="*", bounds=(lowest, HIGHEST),
            objectives=dict(zip(self.world.economies, self.aims, strict=True)), closure=CLOSURE,
            starts=1 if self.weights is None else 2, tolerance=TOLERANCE,
        )  # fmt: skip

    def _levers(self, importers: range | list[int]) -> Levers:
        return levers(self.world, importers, by=self.by, sectors="*", bounds=(0.0, HIGHEST))

    def _starts(self, n: int) -> list[Policy]:
        """Moderate rates, and with lobbying the industries of highest weight closed off, one after the other."""
        rates = np.array(self.world.tariffs)
        rates[:, n] = MODERATE
        rates[:, n, n] = 0
        found = [levied(self.world, rates)]
        if self.weights is not None:
            for industry in np.argsort(-self.weights[:, n], kind="stable")[:MOST_CLOSED]:
                rates = rates.copy()
                rates[industry, n, np.arange(rates.shape[2]) != n] = HIGHEST
                found.append(levied(self.world, rates))
        return found
