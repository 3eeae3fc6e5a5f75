"""Many policies at once: equilibria that share a reference and differ from it in some cells.

Policies march in columns (see `model.march`). The products with the common A and Q become matrix–matrix, which is what
makes this faster than one solve after the other; only the cells in which a policy departs are its own. A column that
converges is certified on the equations and makes room for the next policy; one that does not is left to the ladder of
`solve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.anderson import Mixing
from tradetalks.model.closure import Closure, Deficits, chosen
from tradetalks.model.departure import Departure, Departures, departure
from tradetalks.model.march import March
from tradetalks.model.solve import balanced, baseline, solve
from tradetalks.model.sweep import coefficients

if TYPE_CHECKING:
    from tradetalks.model.departure import Indices
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy

COLUMNS = 48
"""Policies that march together: enough for matrix–matrix products, few enough to stay in cache."""

MOST_STEPS = 60
MEMORY, STRIDE = 2, 8
"""Of the mixing: a step is cheap beside a long memory."""

PATIENCE = 4
"""Steps taken as they come: columns that are well predicted have arrived by then, without any mixing."""

WIDEST = 8
"""Policies that depart in more cells than this times those of one importer are left to `solve`: they share little."""


@dataclass(frozen=True, eq=False)
class Scored:
    """One policy's equilibrium, reduced to what many of them are solved for."""

    welfare: Floats
    """Equivalent variation `[n]`, US$ bn a year."""
    unknowns: Floats
    """As those of a `Solution`: a start for a nearby policy."""
    residual: float
    """Largest relative error over all equations in their original form."""
    sweeps: int


def solve_batch(
    reference: Policy,
    policies: Sequence[Policy],
    start: Callable[[int], Floats],
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 1e-10,
    columns: int = COLUMNS,
    polish: int = 0,
) -> list[Scored]:
    """The equilibria of `policies`, in their order, each certified to `tolerance`.

    All policies and the `reference` are on one world. As in `solve`, a world that is no equilibrium under the closure
    has its baseline solved first, and everything is relative to that. `start(k)` predicts the unknowns of policy k;
    those that arrive go on for `polish` steps more. The result of a policy does not depend on which others it marches
    with, but in digits below the tolerance. Raises `SolveError` when a policy has no equilibrium.
    """
    closure = chosen(closure, deficits)
    world = balanced(reference.world, closure)
    if world is not reference.world:
        reference, policies = reference.on(world), [policy.on(world) for policy in policies]
    found: dict[int, Scored] = {}
    if _bare(reference) and closure.plain and closure.revenue != "state":
        c = coefficients(baseline(world, closure), reference)
        seen: dict[int, Indices] = {}
        departures = {k: departure(c, reference, policy, seen) for k, policy in enumerate(policies) if _bare(policy)}
        own = {k: one for k, one in departures.items() if one.cells.size <= WIDEST * c.base.j * c.base.n}
        if own:
            cells = np.unique(np.concatenate([one.cells for one in own.values()]))
            columns = -(-len(own) // -(-len(own) // columns))  # as many rounds, none of them nearly empty
            march = March(c, columns, Departures(c.base.n, cells, columns) if cells.size else None)
            found.update(_marched(march, own, start, tolerance, polish))
    for k, policy in enumerate(policies):
        if k not in found:
            alone = solve(world, policy, closure=closure, tolerance=tolerance, start=start(k))
            found[k] = Scored(alone.welfare.array, alone.unknowns, alone.residual, alone.sweeps)
    return [found[k] for k in range(len(policies))]


def _bare(policy: Policy) -> bool:
    """Whether a policy is tariffs, trade costs and transfers alone: what marches."""
    return policy.export_taxes is None and not policy.commitments


def _marched(
    march: March, waiting: dict[int, Departure], start: Callable[[int], Floats], tolerance: float, polish: int
) -> Iterator[tuple[int, Scored]]:
    """Marches the policies through the columns; yields the certified."""
    columns = march.shape[2]
    points = np.zeros((march.base.size, columns))
    mixing: Mixing | None = None
    queue = list(waiting)[::-1]
    holder, age, polished = np.full(columns, -1), *np.zeros((2, columns), dtype=int)

    def fill(column: int) -> None:
        holder[column] = queue.pop() if queue else -1
        age[column] = polished[column] = 0
        if mixing is not None:
            mixing.forget(column)
        if holder[column] >= 0:
            k = int(holder[column])
            if march.departures is not None:
                march.departures.load(column, waiting[k])
            march.received[:, column] = waiting[k].received
            points[:, column] = march.inward(start(k))

    for empty in range(columns):
        fill(empty)
    with np.errstate(all="ignore"):
        while (holder >= 0).any():
            move = march.ahead(points)
            age += 1
            there = (holder >= 0) & (march.error <= tolerance)
            arrived = there & (polished >= polish)
            polished += there
            for column in map(int, np.flatnonzero(arrived & (march.income > 0).all(0))):
                yield int(holder[column]), _scored(march, points, column, int(age[column]))
            if mixing is None and age.max() > PATIENCE:
                mixing = Mixing(march.base.size, columns, MEMORY, STRIDE)
            if mixing is None:
                points += move
            else:
                mixing.advance(points, move)
            lost = (holder >= 0) & ~(np.isfinite(march.error) & (age <= MOST_STEPS))
            for column in map(int, np.flatnonzero(arrived | lost)):
                fill(column)


def _scored(march: March, points: Floats, column: int, sweeps: int) -> Scored:
    base, unknowns = march.base, march.outward(points[:, column])
    prices = unknowns[base.n : base.n * (1 + base.j)].reshape(base.j, base.n)
    real_income = march.income[:, column] / np.exp((base.alpha * prices).sum(0))
    welfare = (real_income - base.world.income) / 1000
    return Scored(np.asarray(welfare), unknowns, float(march.error[column]), sweeps)
