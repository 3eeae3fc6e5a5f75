"""States of the law and deals, each valued under every elasticity set of the world.

The range of a number is what it would be if another published set of trade elasticities were right (Bagwell, Staiger
and Yurukoglu; Caliendo and Parro; Fontagné, Guimbard and Orefice; and others: see the world's `elasticity_sets`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model import Solution, solve
from tradetalks.talks.estimate import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.closure import Deficits
    from tradetalks.world import Policy, World


@dataclass(frozen=True, eq=False)
class States:
    """Equilibria of several states of affairs, with their welfare under each elasticity set."""

    world: World
    solutions: Mapping[str, Solution]
    """By state, under the world's own elasticities."""
    welfare: NDArray[np.float64]
    """Equivalent variation `[set, state, economy]` against the world's base year, US$ bn; set 0 is the world's own."""
    value_added: NDArray[np.float64]
    """Change of each sector's value added against the base year `[set, state, sector, economy]`, US$ bn."""
    sets: tuple[str, ...]

    def worth(self, state: str, economy: str, against: str | None = None) -> Estimate:
        """What `state` is worth to `economy` compared with another state, or the world's base year; US$ bn a year."""
        names, n = list(self.solutions), self.world.economy(economy)
        values = self.welfare[:, names.index(state), n]
        if against is not None:
            values = values - self.welfare[:, names.index(against), n]
        return Estimate.over(float(values[0]), (float(v) for v in values[1:]))

    def sector_worth(self, state: str, against: str, sector: int, economy: int) -> Estimate:
        """What `state` does to the value added of a sector (by position) against another state; US$ bn a year."""
        names = list(self.solutions)
        values = self.value_added[:, names.index(state)] - self.value_added[:, names.index(against)]
        point, *others = (float(v) for v in values[:, sector, economy])
        return Estimate.over(point, others)

    def share(self, worth: Estimate, economy: str) -> Estimate:
        """An amount in per cent of the base-year income of `economy`."""
        income = self.world.income[self.world.economy(economy)] / 1000
        return Estimate(*(100 * value / income for value in worth))


def value_states(world: World, policies: Mapping[str, Policy], deficits: Deficits = "fixed") -> States:
    """Solves every policy under every elasticity set. Raises `SolveError`."""
    solutions = {name: solve(world, policy, deficits=deficits) for name, policy in policies.items()}
    sets = tuple(name for name in world.elasticity_sets if not world.elasticity_source.startswith(f"{name}:"))
    by_set = [list(solutions.values())]
    for name in sets:
        other = world.with_elasticities(name)
        by_set.append(
            [
                solve(other, policy.on(other), deficits=deficits, start=solutions[state].unknowns)
                for state, policy in policies.items()
            ]
        )
    welfare = np.array([[solution.welfare.array for solution in row] for row in by_set])
    value_added = np.array([[solution.sector_value_added for solution in row] for row in by_set])
    return States(world, solutions, welfare, value_added, ("as chosen", *sets))


def drivers(
    world: World, policy: Policy, against: Policy, economy: str, sectors: Sequence[str], deficits: Deficits = "fixed"
) -> list[tuple[str, float]]:
    """How far a 25 % higher trade elasticity of each sector moves what `policy` is worth against another.

    Returns (sector, US$ bn a year), the largest move first.
    """
    n = world.economy(economy)

    def value(at: World) -> float:
        return float(
            solve(at, policy.on(at), deficits=deficits).welfare.array[n]
            - solve(at, against.on(at), deficits=deficits).welfare.array[n]
        )

    plain, moves = value(world), []
    for sector in sectors:
        higher = np.array(world.elasticities)
        higher[world.sectors.index(sector)] *= 1.25
        moves.append((sector, value(replace(world, elasticities=higher)) - plain))
    return sorted(moves, key=lambda move: -abs(move[1]))
