"""Purchase commitments: promised imports met by a price concession that is found with the equilibrium.

The importer's budget lowers the price of the promised goods by a factor e^z, z ≤ 0, so that what sellers receive
reaches the promise: 0 ≤ −z ⊥ V − V̄ ≥ 0 for each commitment. A promise that trade meets anyway costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Commitment, Policy

DEEPEST = np.log(0.02)
"""A concession of 98 %: beyond it a promise is called impossible."""


@dataclass(frozen=True)
class Fulfilled:
    """How one commitment is met."""

    what: str
    promised: float
    """US$ bn a year, what sellers receive."""
    bought: float
    """US$ bn a year."""
    concession: float
    """1 − e^z: the part of the price that the budget pays, the worth of one more dollar promised."""
    subsidy: float
    """What the importer's budget pays, US$ bn a year."""


def met(policy: Policy, solved: Callable[[Policy, Floats | None], Solution], tolerance: float) -> Solution:
    """The equilibrium in which every commitment of `policy` is met; `solved` gives it for concessions held.

    Raises `SolveError` naming the commitment that no concession meets.
    """
    world, promises = policy.world, policy.commitments
    spent = [world.trade_shares[one.cells].mean() for one in promises]
    steep = np.array([
        1 + world.elasticities[list(one.sectors)].mean() * (1 - share)
        for one, share in zip(promises, spent, strict=True)
    ])  # fmt: skip
    bare = replace(policy, commitments=())
    last: list[Solution] = []

    def at(z: Floats) -> Solution:
        found = solved(replace(bare, tariffs=conceded(policy, z)), last[-1].unknowns if last else None)
        last.append(found)
        return found

    def open_gap(z: Floats) -> Floats:
        """z less the concession that its shortfall asks for; zero where the promises are met as they should be."""
        held = np.clip(z, DEEPEST, 0)
        bought = _bought(at(held), promises)
        return np.asarray(z - np.minimum(0, held + np.log(bought / _promised(promises)) / steep))

    from scipy.optimize import root  # takes longer to load than most equilibria to find

    found = root(open_gap, np.zeros(len(promises)), method="hybr", options={"xtol": tolerance / 10})
    z = np.clip(found.x, DEEPEST, 0)
    solution = at(z)
    short = _bought(solution, promises) / _promised(promises) - 1
    missed = np.where(z < 0, np.abs(short), np.maximum(0, -short))
    if missed.max() > 10 * tolerance:
        worst = int(missed.argmax())
        raise SolveError(
            f"{describe(world, promises[worst])} cannot be met: with {1 - np.exp(z[worst]):.0%} of the price paid by "
            f"the budget it reaches US$ {_bought(solution, promises)[worst] / 1000:,.1f} bn. Promise less."
        )
    return replace(
        solution,
        policy=policy,
        concessions=z,
        residual=max(solution.residual, float(missed.max())),
        sweeps=sum(one.sweeps for one in last),
        seconds=sum(one.seconds for one in last),
    )


def conceded(policy: Policy, z: Floats) -> Floats:
    """Effective rates `[j, n, i]`: (1+τ) e^z − 1 on promised cells, where concessions on one cell add up."""
    factor = np.zeros_like(policy.tariffs)
    for one, concession in zip(policy.commitments, z, strict=True):
        factor[one.cells] += concession
    return np.asarray((1 + policy.tariffs) * np.exp(factor) - 1)


def fulfilled(solution: Solution) -> tuple[Fulfilled, ...]:
    """How each commitment of a solution's policy is met."""
    policy, z = solution.policy, solution.concessions
    effective = conceded(policy, z) if len(z) else policy.tariffs
    found = []
    for one, concession in zip(policy.commitments, z, strict=True):
        paid = ((policy.tariffs - effective) * solution.border_flows)[one.cells].sum()
        bought = float(solution.flows[one.cells].sum())
        found.append(
            Fulfilled(
                describe(solution.world, one),
                one.value / 1000,
                bought / 1000,
                float(1 - np.exp(concession)),
                paid / 1000,
            )
        )
    return tuple(found)


def describe(world: World, one: Commitment) -> str:
    """A commitment in words."""
    sectors = ", ".join(world.sectors[j] for j in one.sectors[:3]) + (", …" if len(one.sectors) > 3 else "")
    sellers = ", ".join(economy_name(world.economies[i]) for i in one.exporters[:2])
    sellers += ", …" if len(one.exporters) > 2 else ""
    buyer = economy_name(world.economies[one.importer])
    return f"the promise of {buyer} to buy US$ {one.value / 1000:,.1f} bn of {sectors} from {sellers}"


def _bought(solution: Solution, promises: tuple[Commitment, ...]) -> Floats:
    return np.array([solution.flows[one.cells].sum() for one in promises])


def _promised(promises: tuple[Commitment, ...]) -> Floats:
    return np.array([one.value for one in promises])
