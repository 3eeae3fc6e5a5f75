"""First-order conditions of tariffs: how an objective answers each lever, and the proof that a point is an optimum.

At an equilibrium with multipliers s, y, ι (`Gradient`) an objective J answers a tariff by

    dJ / d ln(1+τ_jni) = −θ_j π′_jni S_jn s_jn − (1+θ_j) M_jni (y_ji − ι_n).

Both terms are negative where a tariff pays for itself, and setting them equal gives the tariff: for a lever that moves
the cells C,  1 + t = Σ_C (1+θ) π′X (y − ι) / Σ_C (−θ π′ S s). Compare Costinot, Rodríguez-Clare and Werning (2020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model.gradient import gradients
from tradetalks.model.solve import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.closure import Closure
    from tradetalks.model.gradient import Gradient
    from tradetalks.model.levers import Levers
    from tradetalks.model.objective import Objective
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy

LONGEST = 0.3
"""Longest step of ln(1+t) where the formula has no answer and the gradient leads."""


class Landscape:
    """Equilibria along the levers, others' policies staying as they are; each one starts the next."""

    def __init__(self, levers: Levers, on: Policy, closure: Closure, near: Solution | None = None) -> None:
        self.levers, self.on, self.closure = levers, on, closure
        self.solved = 0
        """Equilibria solved."""
        self._near = None if near is None else near.unknowns
        self._multipliers: Sequence[Gradient] | None = None

    def solution(self, point: Floats) -> Solution:
        """The equilibrium at a point. Raises `SolveError`."""
        policy = self.levers.policy(point, self.on)
        found = solve(policy.world, policy, closure=self.closure, start=self._near)
        self._near = found.unknowns
        self.solved += 1
        return found

    def given(self) -> Solution:
        """The equilibrium before any lever moves. Raises `SolveError`."""
        self.solved += 1
        return solve(self.on.world, self.on, closure=self.closure)

    def gradients(self, solution: Solution, of: Sequence[Objective], tolerance: float = 2e-10) -> Sequence[Gradient]:
        """Gradients of the objectives at a solution, from those of the last one. Raises `SolveError`."""
        near = self._multipliers
        start = near if near is not None and len(near) == len(of) else None
        self._multipliers = gradients(solution, of, tolerance=tolerance, start=start)
        return self._multipliers


@dataclass(frozen=True, eq=False)
class Slope:
    """How an objective answers the levers, each `[lever]`."""

    gradient: Floats
    """US$ bn per unit of ln(1+t)."""
    imports: Floats
    """What the levers tax, US$ bn at the border."""
    step: Floats
    """What the formula adds to ln(1+t)."""

    def push(self, point: Floats, levers: Levers) -> Floats:
        """The gradient per US$ of imports, without what only pushes against a bound."""
        push = self.gradient / np.maximum(self.imports, 1e-300)
        held = ((point <= levers.lower) & (push < 0)) | ((point >= levers.upper) & (push > 0))
        return np.where(held, 0.0, push)

    def error(self, point: Floats, levers: Levers) -> float:
        """Largest `push`: US$ gained per US$ of imports and unit of ln(1+t)."""
        return float(np.abs(self.push(point, levers)).max())


def slope(levers: Levers, gradient: Gradient) -> Slope:
    """What a gradient says about some levers."""
    solution = gradient.solution
    at = levers.sector, levers.importer, levers.exporter
    answer = levers.total_of_cells(gradient.tariff[at] * (1 + solution.policy.tariffs[at]))
    diverted = levers.total_of_cells(gradient.diverted[at])
    flows = solution.border_flows[at] / 1000
    imports = levers.total_of_cells(flows)
    elasticity = levers.total_of_cells(flows * solution.world.elasticities[levers.sector])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 1 - answer / diverted  # of the two terms
        uphill = np.clip(np.nan_to_num(answer / elasticity), -LONGEST, LONGEST)
        known = (diverted < 0) & (ratio > 0)
        step = np.where(known, np.log(np.where(known, ratio, 1.0)), uphill)
    return Slope(answer, imports, step)


@dataclass(frozen=True)
class Certificate:
    """The proof that a point is an optimum of its owner."""

    residual: float
    """Largest projected gradient, US$ per US$ of imports and unit of ln(1+t)."""
    where: str
    """The lever it stands at."""
    free: int
    at_lowest: int
    at_highest: int
    """Levers between their bounds, at the lowest and at the highest rate."""
    curvature: float | None = None
    """Largest second derivative along free levers, US$ per US$ of imports and unit of ln(1+t) squared: negative at a
    maximum. None where it was not asked for or no lever is free."""


def certificate(levers: Levers, point: Floats, slope: Slope, curvature: float | None = None) -> Certificate:
    """The certificate of `point`, where the objective answers by `slope`."""
    push = np.abs(slope.push(point, levers))
    low, high = point <= levers.lower, point >= levers.upper
    worst = int(push.argmax())
    return Certificate(
        float(push[worst]), str(levers.labels[worst]), int((~low & ~high).sum()), int(low.sum()),
        int((high & ~low).sum()), curvature,
    )  # fmt: skip


def largest_curvature(
    gradient: Callable[[Floats], Floats],
    point: Floats,
    free: NDArray[np.bool_],
    imports: Floats,
    *,
    seed: int = 0,
    products: int = 12,
    length: float = 1e-3,
) -> float | None:
    """Largest eigenvalue of the Hessian on free levers in import-weighted coordinates, by Lanczos.

    Products with the Hessian are central differences of `gradient`, `length` apart in ln(1+t); the start is random but
    weighs levers by their imports, so that products are about trade that matters. None where no lever is free. What
    Lanczos returns is a lower bound that is close after about ten products (Parlett 1998, ch. 13).
    """
    at = np.flatnonzero(free)
    if not at.size:
        return None
    root = np.sqrt(np.maximum(imports[at], 1e-12 * imports.max()))
    vector = root * np.random.default_rng(seed).uniform(0.5, 1.5, at.size)
    vector /= np.linalg.norm(vector)
    basis = [vector]
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(min(products, at.size)):
        direction = np.zeros_like(point)
        direction[at] = basis[-1] / root
        by = length / np.abs(direction).max()
        image = (gradient(point + by * direction) - gradient(point - by * direction))[at] / (2 * by) / root
        diagonal.append(float(image @ basis[-1]))
        for known in (basis, basis):  # twice is enough
            image = image - np.array(known).T @ (np.array(known) @ image)
        size = float(np.linalg.norm(image))
        if size < 1e-6 * max(map(abs, diagonal)):
            break
        beside.append(size)
        basis.append(image / size)
    tridiagonal = np.diag(diagonal)
    for k, value in enumerate(beside[: len(diagonal) - 1]):
        tridiagonal[k, k + 1] = tridiagonal[k + 1, k] = value
    return float(np.linalg.eigvalsh(tridiagonal)[-1])
