"""Optimal tariffs: the rates that serve one economy best while the others keep theirs.

Johnson (1953); many sectors and bilateral rates as in Ossa (2014), section II. The search iterates the first-order
condition (`model.first_order`) from several starts and falls back on a quasi-Newton ascent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.closure import chosen
from tradetalks.model.first_order import Certificate, Landscape, Slope, certificate, largest_curvature, slope
from tradetalks.model.levers import By, Levers, levers
from tradetalks.model.objective import Objective, government, welfare
from tradetalks.model.outcome import Outcome
from tradetalks.model.search import Image, settle
from tradetalks.model.solve import balanced
from tradetalks.model.sufficient import sufficient_tariffs
from tradetalks.records import HIGHEST_RATE
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.model.levers import Bounds
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Names

Weights = Mapping[str, float] | Sequence[float]

MOST_WALLS = 8
"""Points without equilibrium that an ascent turns back from."""

SAME = 1e-3
"""Ends of two searches are one optimum when their ln(1+t) differ by less on average, weighted by imports."""


@dataclass(frozen=True, eq=False)
class Peak:
    """Where one search ended: a certified local optimum."""

    point: Floats
    value: float
    """The objective, US$ bn a year."""
    slope: Slope
    solution: Solution
    searches: int = 1
    """Starts that ended here."""


@dataclass(frozen=True, eq=False, repr=False)
class Optimum(Outcome):
    """Optimal tariffs of one economy, with what they bring to everyone and the proof that they are optimal."""

    economy: str
    objective: Objective
    value: float
    """What the objective gains, US$ bn a year."""
    certificate: Certificate
    optima: tuple[Peak, ...]
    """The distinct local optima found, the best first."""
    tried: int
    """Starts searched from; `optima` counts those that ended at each."""

    @property
    def spread(self) -> float:
        """By how much the best local optimum found beats the worst, US$ bn a year."""
        return self.optima[0].value - self.optima[-1].value

    def __repr__(self) -> str:
        return (
            f"<Optimum of {self.economy}: {len(self.levers)} rates, {self.average_rates[self.economy]:.1%} on average, "
            f"{self.value:+,.2f} US$ bn, residual {self.certificate.residual:.0e}>"
        )


def optimal_tariffs(
    world: World,
    economy: str,
    *,
    by: By = "sector and partner",
    on: Policy | None = None,
    partners: Names = "*",
    sectors: Names = "goods",
    bounds: Bounds = (0.0, HIGHEST_RATE),
    objective: Objective | None = None,
    weights: Weights | None = None,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    starts: int = 3,
    seed: int = 0,
    tolerance: float = 1e-6,
    second_order: bool = True,
) -> Optimum:
    """The tariffs that serve `economy` best while everything else stays as in `on` (the world's own policy).

    - `by`: one rate for each sector and partner, each partner, each sector (most favoured nation), or one for all
    - `partners`, `sectors`: on whom and on what; everything else keeps the rates of `on`
    - `bounds`: lowest and highest rate, numbers or arrays `[j, n, i]`: ``(0, bound_rates)`` never exceeds bound rates,
      a negative lowest rate allows import subsidies
    - `objective`: what is maximised; by default the economy's welfare, with `weights` by sector its government's payoff
    - `closure`, `deficits`: as in `solve`, but deficits are closed by default. Where they are held fixed, an economy
      with a deficit gains without limit from rates that stop all trade, since others owe it the deficit at any price
    - `starts`: searches from the sufficient-statistics rate, the present rates, high ones, then rates drawn with `seed`
    - `tolerance`: largest gradient left, US$ per US$ of imports for a unit of ln(1+t)

    Raises `PolicyError` for bounds that cross, weights that sum to nothing, an economy with no tariff to choose;
    `UnknownCode` for names this world does not have; `SolveError` when no start leads to an optimum within
    `tolerance`, or no equilibrium is found.

    >>> from tradetalks.world import World
    >>> best = optimal_tariffs(World.load("two_by_two"), "USA", by="uniform")
    >>> best.value > 0, best.certificate.curvature < 0
    (True, True)
    """
    if starts < 1:
        raise PolicyError(f"starts {starts}: search from at least one")
    closure = settled(closure, deficits)
    world, on = grounds(world, on, closure)
    owner = world.economy(economy)
    code = world.economies[owner]
    aim = aim_of(code, objective, weights)
    free = levers(world, [owner], by=by, partners=partners, sectors=sectors, bounds=bounds)
    landscape = Landscape(free, on, closure)
    before = landscape.given()
    best = peaks(landscape, aim, starting_points(free, before, starts, seed), tolerance)
    top, curvature = best[0], None
    if second_order:
        curvature = own_curvature(landscape, aim, top, seed)
    return Optimum(
        free, top.point, top.solution, before, landscape.solved, code, aim, top.value - aim.value(before),
        certificate(free, top.point, top.slope, curvature), best, starts,
    )  # fmt: skip


# ---- what the searches share --------------------------------------------------------------------------------------


def settled(closure: Closure | None, deficits: Deficits | None) -> Closure:
    """The closure of a search: deficits are closed unless something else is asked for."""
    return chosen(closure, deficits or ("closed" if closure is None else None))


def grounds(world: World, on: Policy | None, closure: Closure) -> tuple[World, Policy]:
    """The baseline that the closure asks for, and the policy on it. Raises `PolicyError` for one of other codes."""
    base = balanced(world, closure)
    policy = Policy(world) if on is None else on
    return base, policy if policy.world is base else policy.on(base)


def aim_of(economy: str, objective: Objective | None, weights: Weights | None) -> Objective:
    """What an economy maximises. Raises `PolicyError` when both are given or weights sum to nothing."""
    if objective is not None and weights is not None:
        raise PolicyError(f"{economy}: give an objective or weights by sector, not both")
    if weights is not None:
        return government(economy, weights)
    return welfare(economy) if objective is None else objective


def starting_points(free: Levers, before: Solution, count: int, seed: int) -> list[Floats]:
    """Where searches start: the sufficient-statistics rate of each importer, the present rates, high ones (half-way in
    logs to the highest allowed), then random ones."""
    rates = np.minimum(sufficient_tariffs(before).array, 1.0)
    found = [free.point(rates[free.owner]), free.present(before.policy), free.inside(free.upper / 2)]
    draw = np.random.default_rng(seed)
    for _ in range(count - 3):
        level = draw.uniform(0, np.log(2), len(before.world.economies))[free.owner]
        found.append(free.inside(level * draw.lognormal(0, 0.3, len(free))))
    return found[:count]


def peaks(landscape: Landscape, aim: Objective, starts: Sequence[Floats], tolerance: float) -> tuple[Peak, ...]:
    """The distinct local optima that searches from `starts` end at, the best first.

    Raises `SolveError` when none ends within `tolerance` of the first-order condition.
    """
    found: list[Peak] = []
    missed: list[str] = []
    for start in starts:
        try:
            peak = climb(landscape, aim, start, tolerance)
        except SolveError as error:
            missed.append(str(error))
            continue
        twin = next((k for k, known in enumerate(found) if _same(known, peak)), None)
        if twin is None:
            found.append(peak)
        else:
            found[twin] = replace(found[twin], searches=found[twin].searches + 1)
    if not found:
        raise SolveError(f"no optimum found from {len(missed)} starts; the last: {missed[-1]}")
    return tuple(sorted(found, key=lambda peak: -peak.value))


def climb(landscape: Landscape, aim: Objective, start: Floats, tolerance: float) -> Peak:
    """The local optimum that `start` leads to. Raises `SolveError` when none is reached."""
    free, seen = landscape.levers, {}
    error = 1.0

    def image(point: Floats) -> Image:
        nonlocal error
        solution = landscape.solution(point)
        answer = slope(free, landscape.gradients(solution, [aim], enough(error))[0])
        seen["last"] = point, answer, solution
        error = answer.error(point, free)
        return Image(point + answer.step, error, aim.value(solution))

    run = settle(image, start, free.lower, free.upper, tolerance=tolerance)
    if not run.converged:
        higher = ascend(landscape, run.point, lambda solution: (aim.value(solution), aim))
        run = settle(image, higher, free.lower, free.upper, tolerance=tolerance)
    if not run.converged:
        worst = certificate(free, *seen["last"][:2]).where
        raise SolveError(
            f"the search for optimal tariffs stopped {run.error:.1e} short of the first-order condition, where "
            f"{tolerance:.0e} is asked; worst is {worst}. Ask for fewer rates (by), narrower bounds, or another start"
        )
    point, answer, solution = seen["last"]
    return Peak(point, aim.value(solution), answer, solution)


def enough(error: float) -> float:
    """Tolerance of multipliers that serves where the first-order condition is missed by `error`."""
    return float(np.clip(1e-4 * error, 2e-10, 1e-6))


def own_curvature(landscape: Landscape, aim: Objective, peak: Peak, seed: int, *, products: int = 12) -> float | None:
    """Largest second derivative of an objective along the free levers at a peak (see `largest_curvature`)."""
    free = landscape.levers

    def gradient(point: Floats) -> Floats:
        return slope(free, landscape.gradients(landscape.solution(point), [aim])[0]).gradient

    between = (peak.point > free.lower) & (peak.point < free.upper)
    return largest_curvature(gradient, peak.point, between, peak.slope.imports, seed=seed, products=products)


def ascend(
    landscape: Landscape, start: Floats, rise: Callable[[Solution], tuple[float, Objective]], *, steps: int = 300
) -> Floats:
    """A point higher than `start`, by a quasi-Newton ascent within the bounds (Zhu et al. 1997).

    `rise` gives the height of a solution, and an objective that has the same gradient there.
    """
    free = landscape.levers
    here = landscape.solution(start)
    unit = 1 / np.sqrt(np.maximum(free.total(here.border_flows) / 1000, 1e-9))

    lowest, walls = -rise(here)[0], 0

    def fallen(scaled: Floats) -> tuple[float, Floats]:
        nonlocal lowest, walls
        try:
            solution = landscape.solution(free.inside(scaled * unit))
            height, aim = rise(solution)
            found = -slope(free, landscape.gradients(solution, [aim])[0]).gradient * unit
        except SolveError:
            walls += 1
            if walls > MOST_WALLS:
                raise
            # higher than all before, and level: the line search turns back
            return lowest + abs(lowest) + 1.0, np.zeros_like(scaled)
        lowest = max(lowest, -height)
        return -height, found

    bounds = list(zip(free.lower / unit, free.upper / unit, strict=True))
    options = {"maxiter": steps, "maxcor": 20, "ftol": 1e-15, "gtol": 1e-12}
    run = minimize(fallen, start / unit, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return free.inside(run.x * unit)


def _same(one: Peak, other: Peak) -> bool:
    weights = one.slope.imports + other.slope.imports
    return float(np.average(np.abs(one.point - other.point), weights=weights)) < SAME
