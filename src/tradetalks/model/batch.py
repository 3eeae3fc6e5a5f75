"""Many policies at once: equilibria that share a reference and differ from it in some cells.

Policies march in columns (see `model.march`). The products with the common A and Q become matrix–matrix, which is what
makes this faster than one solve after the other; only the cells in which a policy departs are its own. A column that
converges is certified on the equations and makes room for the next policy; one that does not is left to the ladder of
`solve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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


class Conditions(Protocol):
    """What equilibria must also meet: further unknowns z `[count, column]` that move prices while policies march."""

    tolerance: float
    count: int
    gap: Floats
    """How far each column is from its conditions at the point last given to `ahead`."""

    def begin(self, march: March) -> None:
        """Makes room for the columns."""

    def load(self, march: March, column: int, k: int) -> Floats:
        """Policy k has been put into a column; returns where its z start `[count]`."""

    def put(self, march: March, z: Floats) -> None:
        """Writes the prices of z into the march."""

    def ahead(self, march: March, z: Floats) -> Floats:
        """The step of z, after that of the march; fills `gap`."""

    def signed(self, z: Floats) -> None:
        """Keeps z within its bounds, in place."""

    def leave(self, column: int, k: int, z: Floats) -> None:
        """Policy k has arrived with z `[count]`."""


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
    batch = Batch(reference, closure=closure, deficits=deficits, tolerance=tolerance)
    seen: dict[int, Indices] = {}
    own = [batch.departure(policy, seen) for policy in policies]
    return batch.solve(own, start, policies.__getitem__, columns=columns, polish=polish)


class Batch:
    """A reference, and equilibria of what departs from it in some cells.

    A departure is worked out from a policy, or by whoever knows in which cells it differs (`differing`); the policy
    itself is asked for only where the march does not arrive.
    """

    def __init__(
        self,
        reference: Policy,
        *,
        closure: Closure | None = None,
        deficits: Deficits | None = None,
        tolerance: float = 1e-10,
    ) -> None:
        self.closure, self.tolerance = chosen(closure, deficits), tolerance
        self.world = balanced(reference.world, self.closure)
        self.reference = reference if self.world is reference.world else reference.on(self.world)
        self.marches = _bare(self.reference) and self.closure.plain and self.closure.revenue != "state"
        """Whether departures march at all; what else there is goes to `solve`."""
        self.c = coefficients(baseline(self.world, self.closure), self.reference)

    def departure(self, policy: Policy, seen: dict[int, Indices]) -> Departure | None:
        """Where a policy on the reference's world departs; None for one that does not march."""
        if not self.marches or not _bare(policy):
            return None
        return departure(self.c, self.reference, policy if policy.world is self.world else policy.on(self.world), seen)

    def solve(
        self,
        departures: Sequence[Departure | None],
        start: Callable[[int], Floats],
        policy: Callable[[int], Policy],
        *,
        columns: int = COLUMNS,
        polish: int = 0,
        tolerances: Floats | None = None,
    ) -> list[Scored]:
        """The equilibria of departures, in their order; those that are None, or do not arrive, from `policy(k)`.

        `tolerances` `[departure]` stand in for the tolerance, where somebody will go on from what is found. Raises
        `SolveError` when one has no equilibrium.
        """
        limits = np.full(len(departures), self.tolerance) if tolerances is None else tolerances
        found = self._arrived(departures, start, limits, columns, polish, None)
        for k in range(len(departures)):
            if k not in found:
                asked = policy(k)
                asked = asked if asked.world is self.world else asked.on(self.world)
                alone = solve(self.world, asked, closure=self.closure, tolerance=self.tolerance, start=start(k))
                found[k] = Scored(alone.welfare.array, alone.unknowns, alone.residual, alone.sweeps)
        return [found[k] for k in range(len(departures))]

    def meeting(
        self,
        conditions: Conditions,
        departures: Sequence[Departure],
        start: Callable[[int], Floats],
        *,
        polish: int = 0,
    ) -> dict[int, Scored]:
        """The equilibria, by number, of those departures that arrive where they also meet `conditions`."""
        limits = np.full(len(departures), self.tolerance)
        return self._arrived(departures, start, limits, COLUMNS, polish, conditions)

    def _arrived(
        self,
        departures: Sequence[Departure | None],
        start: Callable[[int], Floats],
        limits: Floats,
        columns: int,
        polish: int,
        conditions: Conditions | None,
    ) -> dict[int, Scored]:
        found: dict[int, Scored] = {}
        widest = WIDEST * self.c.base.j * self.c.base.n
        own = {k: one for k, one in enumerate(departures) if one is not None and one.cells.size <= widest}
        if own:
            cells = np.unique(np.concatenate([one.cells for one in own.values()]))
            columns = -(-len(own) // -(-len(own) // columns))  # as many rounds, none of them nearly empty
            march = March(self.c, columns, Departures(self.c.base.n, cells, columns) if cells.size else None)
            found.update(_marched(march, own, start, limits, polish, conditions))
        return found


def _bare(policy: Policy) -> bool:
    """Whether a policy is tariffs, trade costs and transfers alone: what marches."""
    return policy.export_taxes is None and not policy.commitments


def _marched(
    march: March,
    waiting: dict[int, Departure],
    start: Callable[[int], Floats],
    limits: Floats,
    polish: int,
    conditions: Conditions | None,
) -> Iterator[tuple[int, Scored]]:
    """Marches the policies through the columns; yields the certified."""
    columns = march.shape[2]
    size, more = march.base.size, 0 if conditions is None else conditions.count
    points, moves = np.zeros((2, size + more, columns))
    if conditions is not None:
        conditions.begin(march)
    mixing: Mixing | None = None
    queue = list(waiting)[::-1]
    holder, age, polished = np.full(columns, -1), *np.zeros((2, columns), dtype=int)
    tolerance = np.zeros(columns)

    def fill(column: int) -> None:
        holder[column] = queue.pop() if queue else -1
        age[column] = polished[column] = 0
        if mixing is not None:
            mixing.forget(column)
        if holder[column] >= 0:
            k = int(holder[column])
            tolerance[column] = limits[k]
            if march.departures is not None:
                march.departures.load(column, waiting[k])
            march.received[:, column] = waiting[k].received
            points[:size, column] = march.inward(start(k))
            if conditions is not None:
                points[size:, column] = conditions.load(march, column, k)

    for empty in range(columns):
        fill(empty)
    with np.errstate(all="ignore"):
        while (holder >= 0).any():
            if conditions is not None:
                conditions.put(march, points[size:])
            move = march.ahead(points[:size])
            age += 1
            there = (holder >= 0) & (march.error <= tolerance)
            if conditions is not None:
                moves[:size], moves[size:] = move, conditions.ahead(march, points[size:])
                move, there = moves, there & (conditions.gap <= conditions.tolerance)
            arrived = there & (polished >= polish)
            polished += there
            for column in map(int, np.flatnonzero(arrived & (march.income > 0).all(0))):
                if conditions is not None:
                    conditions.leave(column, int(holder[column]), points[size:, column])
                yield int(holder[column]), _scored(march, points[:size], column, int(age[column]))
            if mixing is None and age.max() > PATIENCE:
                mixing = Mixing(size + more, columns, MEMORY, STRIDE)
            if mixing is None:
                points += move
            else:
                mixing.advance(points, move)
            if conditions is not None:
                conditions.signed(points[size:])
            lost = (holder >= 0) & ~(np.isfinite(march.error) & (age <= MOST_STEPS))
            for column in map(int, np.flatnonzero(arrived | lost)):
                fill(column)


def _scored(march: March, points: Floats, column: int, sweeps: int) -> Scored:
    base, unknowns = march.base, march.outward(points[:, column])
    prices = unknowns[base.n : base.n * (1 + base.j)].reshape(base.j, base.n)
    real_income = march.income[:, column] / np.exp((base.alpha * prices).sum(0))
    welfare = (real_income - base.world.income) / 1000
    return Scored(np.asarray(welfare), unknowns, float(march.error[column]), sweeps)
