"""The gradient of an objective with respect to every tariff at once, by one adjoint solve.

The multipliers of the equilibrium's equations solve the transposed linear system, iterated with the same matrix–vector
products as the equilibrium; never through the iterations (Griewank and Walther 2008, ch. 15). Several objectives march
together, one column each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.model.adjoint import Adjoint
from tradetalks.model.anderson import FixedPoints, Mixing, fixed_points
from tradetalks.model.closure import chosen
from tradetalks.model.march import MEMORY, MOST_STEPS
from tradetalks.model.objective import Direct
from tradetalks.model.solve import solve

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.model.objective import Objective
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Policy

NEAR = 10
"""Steps of the chord go most of the way: one that is at most this many tolerances long arrives."""

COLUMNS = 27
"""Objectives that march together: enough for matrix–matrix products, few enough to stay in cache."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of an objective (US$ bn a year) at an equilibrium, each `[j, n, i]`; own cells are zero."""

    value: float
    """The objective, US$ bn a year."""
    solution: Solution
    sweeps: int
    """Adjoint sweeps used."""
    by_supply: Floats
    """Derivative of the Lagrangian by S = P^(−θ) `[j, n]`."""
    by_output: Floats
    """By output y `[j, i]`."""
    by_revenue: Floats
    """By tariff revenue ι `[n]`; in the plain closure also by income."""
    by_labour: Floats
    """By what is paid to labour, with the sign turned `[n]`: the multiplier of its market."""
    by_flow: Floats | None
    multipliers: Floats
    """What the adjoint solved for: a start for a gradient nearby."""

    @cached_property
    def tariff(self) -> Floats:
        """Per unit of tariff: a change of one percentage point is worth 0.01 of it."""
        solution, c, state = self.solution, self.solution.coefficients, self.solution.state
        theta, rates = c.base.theta, solution.policy.tariffs
        if c.base.access is not None or solution.policy.export_taxes is not None or solution.concessions.size:
            found = self.sale * -(1 + self._reach)
            found += self.diverted
            return self._per_level(found, rates)
        # the same in fewer passes: −Q u [ (1+θ) H (y − ι) / (1+τ) + θ s ]
        found = self.by_output[:, None, :] - self.by_revenue[None, :, None]
        if self.by_flow is not None:
            found += self.by_flow
        found *= ((1 + theta) * state.demand)[:, :, None]
        found /= 1 + rates
        found += (theta * self.by_supply)[:, :, None]
        found *= -state.u[:, None, :]
        found *= c.border
        return self._per_level(found, None)

    @cached_property
    def trade_cost(self) -> Floats:
        """Per unit of ln trade cost."""
        return self._per_level(self._diverted(self._theta) - self._theta * self.sale, None)

    @cached_property
    def export_tax(self) -> Floats:
        """Per unit of export tax."""
        own_sales = self.solution.flows * (self.by_output - self.by_revenue)[:, None, :]
        if self.by_flow is not None:
            own_sales += self.by_flow * self.solution.flows
        own_sales += self._earned_there
        lost = self._diverted(self._theta) - self._theta * self.sale - own_sales
        return self._per_level(lost, self.solution.policy.export_taxes)

    @cached_property
    def diverted(self) -> Floats:
        """What a tariff does through the price index of its market, per unit of ln(1+τ): −θ π′ S s `[j, n, i]`."""
        return self._diverted(self._reach)

    @cached_property
    def sale(self) -> Floats:
        """What each sale is worth to the objective `[j, n, i]`: to its producer, to the treasuries, less what the buyer
        spends. A tariff is optimal where `diverted` equals (1 + θ) times this."""
        solution, iota = self.solution, self.by_revenue
        worth = self.by_output[:, None, :] - iota[None, :, None]
        if self.by_flow is not None:
            worth += self.by_flow
        worth *= solution.flows
        if solution.policy.export_taxes is not None:
            worth += (solution.border_flows - solution.flows) * (iota[None, None, :] - iota[None, :, None])
        if solution.coefficients.base.access is not None:
            worth += self._earned_there
        return worth

    @property
    def _theta(self) -> Floats:
        return self.solution.coefficients.base.theta[:, :, None]

    @property
    def _reach(self) -> Floats:
        """Elasticity of a market's shares to its tariffs `[j, n, 1]`."""
        return np.asarray(self._theta * self.solution.coefficients.base.pass_through[None, :, None])

    @property
    def _earned_there(self) -> Floats | float:
        """Market access: part of the labour in a sale is that of the market."""
        base = self.solution.coefficients.base
        if base.access is None:
            return 0.0
        apart = self.by_labour[None, None, :] - self.by_labour[None, :, None]
        return np.asarray(base.access[None, :, None] * base.beta[:, None, :] * apart * self.solution.flows)

    def _diverted(self, elasticity: Floats) -> Floats:
        c, state = self.solution.coefficients, self.solution.state
        found = c.delivered * (-elasticity * self.by_supply[:, :, None])
        found *= state.u[:, None, :]
        return np.asarray(found)

    def _per_level(self, found: Floats, rates: Floats | None) -> Floats:
        """Per unit of the level whose logarithm was moved; in place."""
        if rates is not None:
            found /= 1 + rates
        own = np.arange(found.shape[-1])
        found[:, own, own] = 0
        return np.asarray(found)


def gradient(
    world: World,
    policy: Policy,
    of: Objective,
    *,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    tolerance: float = 2e-10,
    solution: Solution | None = None,
) -> Gradient:
    """Derivatives of `of` with respect to every tariff, trade cost and export tax, at the equilibrium under `policy`.

    Pass `solution` to reuse one that is at hand. Raises `SolveError` when there is no equilibrium or the multipliers
    do not converge to `tolerance` (relative), `UnknownCode` for names the world does not have.
    """
    if solution is None:
        solution = solve(world, policy, closure=chosen(closure, deficits))
    found = gradients(solution, (of,), tolerance=tolerance)[0]
    found.tariff  # noqa: B018  # what is asked for is computed now, the rest when first looked at
    return found


def gradients(
    solution: Solution,
    of: Sequence[Objective],
    *,
    tolerance: float = 2e-10,
    start: Sequence[Gradient] | None = None,
) -> list[Gradient]:
    """Gradients of several objectives at one equilibrium, their adjoints solved together.

    `start` takes gradients of the same objectives at a nearby equilibrium. Raises `SolveError` when multipliers do not
    converge to `tolerance` (relative), `UnknownCode` for names the world does not have.
    """
    direct = [one.direct(solution) for one in of]
    values = [one.value(solution) for one in of]
    binding = [k for k, z in enumerate(solution.concessions) if z < 0]
    promised = [_purchases(solution, k) for k in binding]
    near = None if start is None or promised else [one.multipliers for one in start]
    found: list[Gradient] = []
    for at in range(0, len(direct) + len(promised), COLUMNS):
        some = (direct + promised)[at : at + COLUMNS]
        named = (values + [0.0] * len(promised))[at : at + COLUMNS]
        found += _march(solution, some, named, tolerance, None if near is None else near[at : at + COLUMNS])
    if not promised:
        return found
    ours, theirs = found[: len(of)], found[len(of) :]
    slope = np.array([[_by_concession(one, k) for one in theirs] for k in binding])  # [concession, purchase]
    return [_less(one, theirs, np.linalg.solve(slope, [_by_concession(one, k) for k in binding])) for one in ours]


def _purchases(solution: Solution, k: int) -> Direct:
    """What is bought under a commitment, as an objective."""
    base = solution.coefficients.base
    economies, cells = np.zeros(base.n), np.zeros((base.j, base.n))
    counted = np.zeros(solution.flows.shape)
    counted[solution.policy.commitments[k].cells] = 1e-3
    return Direct(economies, economies, cells, cells, economies, economies, counted)


def _by_concession(gradient: Gradient, k: int) -> float:
    """Derivative by the log of a commitment's price, which moves its cells as a tariff does."""
    cells = gradient.solution.policy.commitments[k].cells
    return float((gradient.diverted - (1 + gradient._reach) * gradient.sale)[cells].sum())


def _less(one: Gradient, purchases: Sequence[Gradient], shadow: Floats) -> Gradient:
    """The gradient with promises kept: the objective less purchases at their shadow values (the adjoint is linear)."""

    def combined(name: str) -> Floats:
        parts = [getattr(each, name) for each in purchases]
        own = getattr(one, name)
        own = 0.0 if own is None else own
        return np.asarray(own - sum(value * part for value, part in zip(shadow, parts, strict=True)))

    changed: dict[str, Any] = {name: combined(name) for name in _LINEAR}
    return replace(one, **changed)


_LINEAR = ("by_supply", "by_output", "by_revenue", "by_labour", "by_flow", "multipliers")


def _by_chord(adjoint: Adjoint, start: Floats, tolerance: Floats) -> FixedPoints | None:
    """The multipliers by steps of the transposed chord; None where they do not arrive."""
    point, mixing = start.copy(), Mixing(start.shape[0], start.shape[1], MEMORY)
    with np.errstate(all="ignore"):
        for step in range(1, MOST_STEPS + 1):
            gap = adjoint.by_chord(point)
            largest = np.abs(gap).max(0)
            if not np.isfinite(largest).all():
                return None
            mixing.advance(point, gap)
            if (largest <= NEAR * tolerance).all():
                return FixedPoints(point, largest, step, True)
    return None


def _march(
    solution: Solution,
    direct: Sequence[Direct],
    values: Sequence[float],
    tolerance: float,
    near: Sequence[Floats] | None,
) -> list[Gradient]:
    adjoint = Adjoint(solution, direct)
    start = adjoint.start if near is None else np.stack(near, axis=1)
    run = _by_chord(adjoint, start, tolerance * adjoint.magnitude) if adjoint.base.plain else None
    if run is None:
        run = fixed_points(adjoint.image, start, tolerance=tolerance * adjoint.magnitude, steps=400)
    if not run.converged:
        raise SolveError(
            f"the multipliers of this equilibrium did not converge (gap {run.gap.max():.1e}): lessen the shock, "
            "or close deficits"
        )
    by_supply, by_output, by_revenue, by_labour = adjoint.shadows(run.point)
    return [
        Gradient(
            values[k], solution, run.steps, by_supply[..., k], by_output[..., k], by_revenue[..., k],
            by_labour[..., k], one.by_flow, run.point[:, k],
        )
        for k, one in enumerate(direct)
    ]  # fmt: skip
