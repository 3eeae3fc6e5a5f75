"""Nash tariffs: every player's tariffs are its optimal answer to those of all others.

The trade war of Ossa (2014), section II.B, on any world. All players' first-order conditions hold at one equilibrium,
so they are iterated together: one equilibrium and one adjoint a player each round, not one optimisation a player.
Autarky is an equilibrium too: where everybody's rates are infinite, nobody alone can bring trade back. Searches start
at moderate rates and end at equilibria with trade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.first_order import Certificate, Landscape, Slope, certificate, slope
from tradetalks.model.levers import By, Levers, levers
from tradetalks.model.optimum import (
    SAME,
    Peak,
    aim_of,
    climb,
    enough,
    grounds,
    own_curvature,
    settled,
    starting_points,
)
from tradetalks.model.outcome import Outcome
from tradetalks.model.search import Image, settle
from tradetalks.records import HIGHEST_RATE

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.model.levers import Bounds
    from tradetalks.model.objective import Objective
    from tradetalks.model.optimum import Weights
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Names, Policy


ROUNDS = 4
"""Points where first-order conditions hold that are tried before a search for a Nash equilibrium gives up."""


TURNS = 4
"""Rounds in which all answer at once, from which a search that lost its way starts again."""


@dataclass(frozen=True, eq=False)
class Clash:
    """Where one search ended: tariffs at which every player's own first-order condition holds."""

    point: Floats
    residual: float
    solution: Solution
    slopes: tuple[Slope, ...]
    """One a player, over the player's own levers."""
    searches: int = 1
    """Starts that ended here."""


@dataclass(frozen=True, eq=False, repr=False)
class Nash(Outcome):
    """Nash tariffs, with the proof that nobody would depart from them."""

    players: tuple[str, ...]
    certificates: dict[str, Certificate]
    """Each player's own first- and second-order conditions."""
    regrets: dict[str, float]
    """What each player would gain by answering afresh, found by a new search from high rates while all others keep
    theirs; US$ bn a year. At a Nash equilibrium nothing but rounding. Empty when not asked for."""
    equilibria: tuple[Clash, ...]
    """The distinct equilibria found, that of the first start first; this one is `equilibria[0]`."""
    tried: int
    """Starts searched from; `equilibria` counts those that ended at each."""

    @property
    def residual(self) -> float:
        """Largest of the players' own projected gradients, US$ per US$ of imports and unit of ln(1+t)."""
        return max(own.residual for own in self.certificates.values())

    def __repr__(self) -> str:
        return (
            f"<Nash of {len(self.players)} players: {len(self.levers)} rates, residual {self.residual:.0e}, "
            f"{len(self.equilibria)} found from {self.tried} starts>"
        )


def nash_tariffs(
    world: World,
    *,
    players: Sequence[str] | None = None,
    by: By = "sector and partner",
    on: Policy | None = None,
    partners: Names = "*",
    sectors: Names = "goods",
    bounds: Bounds = (0.0, HIGHEST_RATE),
    objectives: Mapping[str, Objective] | None = None,
    weights: Mapping[str, Weights] | None = None,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    starts: int = 1,
    seed: int = 0,
    tolerance: float = 1e-6,
    second_order: bool = True,
    best_responses: bool = True,
) -> Nash:
    """Tariffs at which no player gains by changing its own, all others keeping theirs.

    Players are all economies unless named; whoever does not play keeps the tariffs of `on` (the world's own). The
    other arguments are those of `optimal_tariffs`, with `objectives` and `weights` by economy. `second_order` checks
    each player's own second-order condition, `best_responses` searches each player's answer afresh; with many players
    each takes about as long as the search itself.

    Raises `PolicyError` for fewer than two players and as `optimal_tariffs` does, `UnknownCode` for names this world
    does not have, `SolveError` when no start leads to an equilibrium within `tolerance`.

    >>> from tradetalks.world import World
    >>> war = nash_tariffs(World.load("two_by_two"), by="uniform")
    >>> war.residual < 1e-6, max(war.regrets.values()) < 1e-6
    (True, True)
    """
    if starts < 1:
        raise PolicyError(f"starts {starts}: search from at least one")
    closure = settled(closure, deficits)
    world, on = grounds(world, on, closure)
    owners = places(world, players, "players of a tariff war")
    free = levers(world, owners, by=by, partners=partners, sectors=sectors, bounds=bounds)
    aims = aims_of(world, owners, objectives, weights)
    landscape = Landscape(free, on, closure)
    before = landscape.given()
    begin = starting_points(free, before, starts, seed)
    for _ in range(ROUNDS):
        found = clashes(landscape, aims, begin, tolerance)
        top = found[0]
        best = _answers(landscape, aims, top.point, free.upper / 2, 10 * tolerance) if best_responses else []
        regrets = {world.economies[n]: answer.value - aim.value(top.solution) for n, aim, answer in best}
        stake = {
            world.economies[n]: 1e-5 * answer.slope.imports.sum() + 1e-12 * world.income[n] for n, _, answer in best
        }
        leaving = max(regrets, key=lambda code: regrets[code] - stake[code], default="")
        if not leaving or regrets[leaving] <= stake[leaving]:
            break
        # a point where first-order conditions hold and somebody would still depart
        begin = [np.concatenate([answer.point for _, _, answer in best])]
    else:
        raise SolveError(
            f"no Nash equilibrium found: at the last of {ROUNDS} points where all first-order conditions hold, "
            f"{leaving} would still gain US$ {regrets[leaving]:.3g} bn by other tariffs. Try other starts, or narrower "
            "bounds"
        )
    certificates = {}
    for own, aim, answer in zip(_own(free), aims, top.slopes, strict=True):
        point, curvature = top.point[free.owner == own.owner[0]], None
        if second_order:
            alone = Landscape(own, top.solution.policy, closure, top.solution)
            peak = Peak(point, aim.value(top.solution), answer, top.solution)
            curvature = own_curvature(alone, aim, peak, seed, products=8)
            landscape.solved += alone.solved
        certificates[world.economies[own.owner[0]]] = certificate(own, point, answer, curvature)
    return Nash(
        free, top.point, top.solution, before, landscape.solved, tuple(certificates), certificates, regrets, found,
        starts,
    )  # fmt: skip


def clashes(
    landscape: Landscape, aims: Sequence[Objective], starts: Sequence[Floats], tolerance: float
) -> tuple[Clash, ...]:
    """The distinct Nash equilibria that searches from `starts` end at, in the order of the starts.

    Raises `SolveError` when none ends within `tolerance` of all players' first-order conditions.
    """
    found: list[Clash] = []
    missed: list[str] = []
    for start in starts:
        try:
            clash = _clash(landscape, aims, start, tolerance)
        except SolveError as error:
            missed.append(str(error))
            continue
        imports = np.concatenate([own.imports for own in clash.slopes])
        apart = [float(np.average(np.abs(known.point - clash.point), weights=imports)) for known in found]
        if not apart or min(apart) > SAME:
            found.append(clash)
        else:
            twin = int(np.argmin(apart))
            known = found[twin]
            found[twin] = Clash(known.point, known.residual, known.solution, known.slopes, known.searches + 1)
    if not found:
        raise SolveError(f"no Nash equilibrium found from {len(missed)} starts; the last: {missed[-1]}")
    return tuple(found)


def _clash(landscape: Landscape, aims: Sequence[Objective], start: Floats, tolerance: float) -> Clash:
    """The Nash equilibrium that `start` leads to. Raises `SolveError` when none is reached."""
    free = landscape.levers
    own = _own(free)
    mine = [free.owner == some.owner[0] for some in own]
    step = np.zeros(len(free))
    error, seen = 1.0, {}

    def image(point: Floats) -> Image:
        nonlocal error
        solution = landscape.solution(point)
        found = landscape.gradients(solution, aims, enough(error))
        answers = tuple(slope(some, gradient) for some, gradient in zip(own, found, strict=True))
        error = 0.0
        for some, answer, at in zip(own, answers, mine, strict=True):
            step[at] = answer.step
            error = max(error, answer.error(point[at], some))
        seen["last"] = solution, answers
        return Image(point + step, error)

    run = settle(image, start, free.lower, free.upper, tolerance=tolerance, steps=120)
    if not run.converged:
        run = settle(image, run.point, free.lower, free.upper, tolerance=tolerance, steps=200, longest=0.1, memory=15)
    if not run.converged:
        point = run.point
        for _ in range(TURNS):
            point = np.concatenate([answer.point for *_, answer in _answers(landscape, aims, point, point, 1e-4)])
        run = settle(image, point, free.lower, free.upper, tolerance=tolerance, steps=120)
    solution, answers = seen["last"]
    if not run.converged:
        worst = [certificate(some, run.point[at], a) for some, at, a in zip(own, mine, answers, strict=True)]
        where = max(worst, key=lambda one: one.residual).where
        raise SolveError(
            f"the search for Nash tariffs stopped {run.error:.1e} short of the players' first-order conditions, where "
            f"{tolerance:.0e} is asked; worst is {where}. Ask for fewer rates (by), narrower bounds or fewer players"
        )
    return Clash(run.point, run.error, solution, answers)


def _answers(
    landscape: Landscape, aims: Sequence[Objective], point: Floats, start: Floats, tolerance: float
) -> list[tuple[int, Objective, Peak]]:
    """Each player's best answer to the others' rates at `point`, searched from `start`; economy, objective, optimum."""
    free, found = landscape.levers, []
    here = landscape.solution(point)
    for own, aim in zip(_own(free), aims, strict=True):
        mine = free.owner == own.owner[0]
        alone = Landscape(own, here.policy, landscape.closure, here)
        found.append((int(own.owner[0]), aim, climb(alone, aim, own.inside(start[mine]), tolerance)))
        landscape.solved += alone.solved
    return found


def _own(free: Levers) -> list[Levers]:
    """Each importer's own levers."""
    return [free.owned_by(int(n)) for n in dict.fromkeys(free.owner.tolist())]


# ---- who plays ----------------------------------------------------------------------------------------------------


def places(world: World, economies: Sequence[str] | None, who: str) -> list[int]:
    """Positions of the economies named, all by default. Raises `PolicyError` for fewer than two or one twice."""
    if isinstance(economies, str):
        raise PolicyError(f"{who}: give a list of economies, such as {[economies, world.economies[0]]}")
    found = list(range(len(world.economies))) if economies is None else [world.economy(e) for e in economies]
    if len(set(found)) != len(found):
        twice = next(k for k in found if found.count(k) > 1)
        raise PolicyError(f"{who}: {world.economies[twice]} stands twice")
    if len(found) < 2:
        raise PolicyError(f"{who}: at least two are needed; for one economy's own optimum use optimal_tariffs")
    return sorted(found)


def aims_of(
    world: World,
    owners: Sequence[int],
    objectives: Mapping[str, Objective] | None,
    weights: Mapping[str, Weights] | None,
) -> list[Objective]:
    """What each of some economies maximises. Raises `PolicyError` where objectives or weights are for others."""
    chosen_aims = {world.economy(code): value for code, value in (objectives or {}).items()}
    weighed = {world.economy(code): value for code, value in (weights or {}).items()}
    for place in (*chosen_aims, *weighed):
        if place not in owners:
            raise PolicyError(f"an objective for {world.economies[place]}, which chooses no tariffs here")
    return [aim_of(world.economies[n], chosen_aims.get(n), weighed.get(n)) for n in owners]
