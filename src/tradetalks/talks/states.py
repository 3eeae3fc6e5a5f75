"""States of the law and deals, each valued under every elasticity set of the world.

The range of a number is what it would be if another published set of trade elasticities were right (Bagwell, Staiger
and Yurukoglu; Caliendo and Parro; Fontagné, Guimbard and Orefice; and others: see the world's `elasticity_sets`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model import solve
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.ground import Ground
from tradetalks.talks.table import reference_policy
from tradetalks.talks.workers import side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model import Solution
    from tradetalks.model.closure import Deficits
    from tradetalks.talks.case import Case
    from tradetalks.talks.table import Choice
    from tradetalks.world import Policy, World

    Floats = NDArray[np.float64]

Mix = Mapping[str, float]
"""States with weights that add to one."""


@dataclass(frozen=True, eq=False)
class States:
    """Equilibria of several states of affairs, with their welfare under each elasticity set."""

    world: World
    solutions: Mapping[str, Solution]
    """By state, under the world's own elasticities."""
    welfare: Floats
    """Equivalent variation `[set, state, economy]` against the world's base year, US$ bn; set 0 is the world's own."""
    value_added: Floats
    """Change of each sector's value added against the base year `[set, state, sector, economy]`, US$ bn."""
    accounts: Floats
    """What governments look at `[set, state, party, account]`, US$ bn a year."""
    sets: tuple[str, ...]

    def worth(self, state: str | Mix, economy: str, against: str | Mix | None = None) -> Estimate:
        """What `state` is worth to `economy` compared with another state, or the world's base year; US$ bn a year.

        Either may be several states with weights.
        """
        values = self._mixed(self.welfare, state)[:, self.world.economy(economy)]
        if against is not None:
            values = values - self._mixed(self.welfare, against)[:, self.world.economy(economy)]
        return Estimate.over(float(values[0]), (float(v) for v in values[1:]))

    def payoff(self, state: str | Mix, against: str | Mix, party: int, weights: Floats) -> Estimate:
        """The same for a government (by position) that weighs its accounts by `weights` `[account]`; US$ bn a year."""
        values = (self._mixed(self.accounts, state) - self._mixed(self.accounts, against))[:, party] @ weights
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

    def _mixed(self, values: Floats, state: str | Mix) -> Floats:
        """Of `values` `[set, state, …]` those of one state, or the mean of several."""
        names = list(self.solutions)
        parts = {state: 1.0} if isinstance(state, str) else state
        return np.asarray(sum(weight * values[:, names.index(name)] for name, weight in parts.items()))


def deal_on(law: str, offer: int) -> str:
    """The name, among states, of a deal that stands on the law of a reference point."""
    return f"deal {offer} on {law}"


def value_states(
    case: Case,
    laws: Mapping[str, Ground],
    states: Sequence[str],
    deals: Mapping[int, Choice],
    predicted: Callable[[str], Floats] | None = None,
    workers: int = 1,
) -> States:
    """Solves states of the law and deals under every elasticity set.

    `laws` holds the ground of each law that deals may stand on, `deals` the offers by number; `predicted(law)` is what
    they are expected to do to the unknowns `[offer, unknown]`. Raises `SolveError`.
    """
    first = next(iter(laws.values()))
    world, deficits = first.world, first.deficits
    sets = tuple(name for name in world.elasticity_sets if not world.elasticity_source.startswith(f"{name}:"))
    policies = {state: reference_policy(case, world, state) for state in states}

    def under(
        other: World, starts: Mapping[str, Solution]
    ) -> tuple[dict[str, Solution], tuple[list[Floats], list[Floats], list[Floats]]]:
        """Everything on a world: the solutions, and welfare, value added and accounts by state."""
        grounds = dict(laws)
        if other is not world:
            grounds = {name: Ground(g.table, g.names, deficits, other, like=g) for name, g in laws.items()}
        found: dict[str, Solution] = {}
        read: list[Floats] = []
        for state, policy in policies.items():
            policy = policy if other is world else policy.on(other)
            start = starts[state].unknowns if state in starts else None
            found[state] = solve(other, policy, deficits=deficits, start=start)
            ground = grounds.get(case.law_of_deals(state)) or next(iter(grounds.values()))
            read.append(ground.state(policy, found[state].unknowns).accounts)
        for name, ground in grounds.items():
            begin = None
            if predicted is not None and deals:
                begin = np.concatenate((ground.reference.unknowns, np.zeros(ground.answers))) + predicted(name)
            outcomes = ground.solved(list(deals.values()), begin)
            for offer, choice, outcome in zip(deals, deals.values(), outcomes, strict=True):
                size = ground.batch.c.base.size
                policy = ground.policy(choice, outcome.unknowns[size:])
                found[deal_on(name, offer)] = solve(other, policy, deficits=deficits, start=outcome.unknowns[:size])
                read.append(outcome.accounts)
        told = list(found.values())
        return found, ([one.welfare.array for one in told], [one.sector_value_added for one in told], read)

    solutions, own = under(world, {})
    others = [world.with_elasticities(name) for name in sets]
    numbers = [own, *side_by_side(lambda other: under(other, solutions)[1], others, workers)]
    welfare, value_added, accounts = (np.array(parts) for parts in zip(*numbers, strict=True))
    return States(world, solutions, welfare, value_added, accounts, ("as chosen", *sets))


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
