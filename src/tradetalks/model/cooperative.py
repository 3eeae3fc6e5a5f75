"""Cooperative tariffs: rates that members could agree on, none of them able to gain without a loss to another.

At such a point the members' weighted gradients cancel, Σ ω_n ∇ ln W_n = 0 along every lever inside its bounds. Which
of these points is meant settles the weights: equal gains for all as in Ossa (2014), section II.C, the largest product
of gains (Nash 1950), or the largest sum. Weights and rates are searched together, so that a point costs one
equilibrium and one adjoint, however many members there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from tradetalks.errors import PolicyError, SolveError, nearest
from tradetalks.model.first_order import LONGEST, Certificate, Landscape, Slope, certificate, slope
from tradetalks.model.levers import By, levers
from tradetalks.model.nash import aims_of, clashes, places
from tradetalks.model.optimum import ascend, climb, grounds, settled, starting_points
from tradetalks.model.outcome import Outcome
from tradetalks.model.search import Image, settle
from tradetalks.records import HIGHEST_RATE
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from tradetalks.model.closure import Closure, Deficits
    from tradetalks.model.levers import Bounds
    from tradetalks.model.objective import Objective
    from tradetalks.model.optimum import Weights
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Names

Kind = Literal["equal gains", "nash product", "utilitarian"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Reference = Literal["status quo", "free trade", "nash"]
REFERENCES: tuple[Reference, ...] = get_args(Reference)

SHARPNESS = (3.0, 1.0, 10.0, 0.3)
"""How strongly weights answer unequal gains, tried in this order; gains count in units of the trade at stake."""


SOFTNESS = (10.0, 30.0, 100.0, 100.0, 100.0, 300.0, 300.0, 300.0)
"""Rounds of the ascent that helps where weights and rates do not settle together, in the same units."""


@dataclass(frozen=True, eq=False)
class Point:
    """Where one search ended."""

    point: Floats
    solution: Solution
    slope: Slope
    """Of the members' weighted objectives."""
    weights: Floats
    """ω `[member]`, sum one."""
    score: float
    """What the kind of agreement maximises."""
    error: float


@dataclass(frozen=True, eq=False, repr=False)
class Cooperation(Outcome):
    """Tariffs that members could agree on, with what each gains against the point that gains are counted from."""

    members: tuple[str, ...]
    kind: Kind
    values: dict[str, float]
    """What each member's objective gains, US$ bn a year."""
    relative_gains: dict[str, float]
    """The same as a fraction of the member's income at the reference."""
    multipliers: dict[str, float]
    """ω: weights on ln W at which the members' gradients cancel; they sum to one."""
    certificate: Certificate
    """First-order condition of the weighted sum."""
    inequality: float
    """Largest difference of relative gains among members that carry weight; nothing for equal gains."""
    scores: tuple[float, ...]
    """What each start that ended at an agreement reached, the best first; starts that failed are missing."""
    tried: int

    def __repr__(self) -> str:
        largest = sorted(self.values, key=lambda code: -abs(self.values[code]))[:4]
        gains = ", ".join(f"{code} {self.values[code]:+,.2f}" for code in largest)
        gains += f" and {len(self.values) - 4} more" if len(self.values) > 4 else ""
        return f"<Cooperation, {self.kind}: {gains} US$ bn, residual {self.certificate.residual:.0e}>"


def cooperative_tariffs(
    world: World,
    members: Sequence[str],
    *,
    kind: Kind = "equal gains",
    relative_to: Policy | Reference = "status quo",
    by: By = "sector and partner",
    on: Policy | None = None,
    partners: Names | None = None,
    sectors: Names = "goods",
    bounds: Bounds = (0.0, HIGHEST_RATE),
    objectives: Mapping[str, Objective] | None = None,
    weights: Mapping[str, Weights] | None = None,
    power: Mapping[str, float] | None = None,
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    starts: int = 2,
    seed: int = 0,
    tolerance: float = 1e-6,
) -> Cooperation:
    """Tariffs from which no member can gain without a loss to another, chosen by `kind`.

    - ``equal gains``: the largest gain, relative to income, that every member can have at once
    - ``nash product``: the largest product of the members' gains, raised to their `power` where given
    - ``utilitarian``: the largest sum of the members' gains in US$, whatever it does to one of them

    Gains are counted from `relative_to`: the ``status quo`` (the policy `on`), ``free trade`` or ``nash`` tariffs in
    the same levers, or any policy. By default members choose their tariffs on one another; ``partners="*"`` frees those
    on outsiders too. A negative lowest rate allows import subsidies, with which members can share gains without
    wasting any. The other arguments are those of `optimal_tariffs` and `nash_tariffs`.

    Raises `PolicyError` for fewer than two members and as `optimal_tariffs` does, `UnknownCode` for names this world
    does not have, `SolveError` when no start leads to an agreement within `tolerance`, or when no tariffs within the
    bounds leave every member of a Nash product better off.

    >>> from tradetalks.world import World
    >>> deal = cooperative_tariffs(World.load("two_by_two"), ["USA", "JPN"], by="uniform", bounds=(-0.9, 10))
    >>> round(deal.relative_gains["USA"] - deal.relative_gains["JPN"], 6)
    0.0
    """
    if kind not in KINDS:
        raise PolicyError(f'kind "{kind}": {nearest(kind, KINDS) or "choose one of " + ", ".join(KINDS)}')
    if starts < 1:
        raise PolicyError(f"starts {starts}: search from at least one")
    closure = settled(closure, deficits)
    world, on = grounds(world, on, closure)
    owners = places(world, members, "members of an agreement")
    codes = tuple(world.economies[n] for n in owners)
    partners = codes if partners is None else partners
    free = levers(world, owners, by=by, partners=partners, sectors=sectors, bounds=bounds)
    aims = aims_of(world, owners, objectives, weights)
    landscape = Landscape(free, on, closure)
    before = _reference(landscape, relative_to, aims, seed)
    table = Table(landscape, aims, before, kind, _power(world, owners, power), tolerance)
    begin = [free.present(before.policy), free.point(0.0), *starting_points(free, before, starts + 3, seed)[3:]]
    found, missed = [], []
    for start in begin[:starts]:
        try:
            found.append(table.agree(start))
        except SolveError as error:
            missed.append(str(error))
    if not found:
        raise SolveError(f"no agreement found from {starts} starts; the last: {missed[-1]}")
    found.sort(key=lambda point: -point.score)
    top = found[0]
    values, relative = table.gains(top.solution)
    heavy = top.weights > 1e-6
    return Cooperation(
        free, top.point, top.solution, before, landscape.solved, codes, kind,
        dict(zip(codes, values.tolist(), strict=True)), dict(zip(codes, np.expm1(relative).tolist(), strict=True)),
        dict(zip(codes, top.weights.tolist(), strict=True)), certificate(free, top.point, top.slope),
        float(np.ptp(relative[heavy])), tuple(point.score for point in found), starts,
    )  # fmt: skip


class Table:
    """The members' gains along the levers, and what each kind of agreement makes of them."""

    def __init__(
        self,
        landscape: Landscape,
        aims: Sequence[Objective],
        before: Solution,
        kind: Kind,
        power: Floats,
        tolerance: float,
    ) -> None:
        self.landscape, self.aims, self.kind, self.power, self.tolerance = landscape, aims, kind, power, tolerance
        self.income = np.array([aim.base(before) for aim in aims])
        """Level of each member's objective at the baseline, US$ bn: for welfare its income."""
        if self.income.min() <= 0:
            raise PolicyError(
                "an agreement counts gains relative to income: every member's objective must hold its welfare or its "
                "government's payoff, not trade flows alone"
            )
        self.threat = np.array([aim.value(before) for aim in aims])
        self.share = self.income / self.income.sum()
        free = landscape.levers
        imports = free.total(before.world.flows) / 1000
        self.trade = np.sqrt(imports / imports.sum())
        self.stake = float(imports.sum() / self.income.sum())
        """Imports that levers tax, relative to income: the unit of gains."""

    def gains(self, solution: Solution) -> tuple[Floats, Floats]:
        """What each member gains: US$ bn a year, and the change of ln W."""
        value = np.array([aim.value(solution) for aim in self.aims])
        return value - self.threat, np.log((self.income + value) / (self.income + self.threat))

    def agree(self, start: Floats) -> Point:
        """The agreement that `start` leads to. Raises `SolveError` when none is reached."""
        even = np.ones(len(self.aims))
        if self.kind == "utilitarian":
            return self._no_worse(self._summed(start, even), start)
        rules = [self._evened(sharpness) for sharpness in SHARPNESS]
        try:
            equal = self._search(start, even, rules[:2])
        except SolveError:
            equal = self._search(*self._softly_evened(start, even), rules)
        if self.kind == "equal gains":
            return self._no_worse(equal, start)
        money, relative = self.gains(equal.solution)
        if money.min() <= 1e-9 * self.income.min():
            raise SolveError(
                "no tariffs within the bounds were found that leave every member better off than the point gains are "
                "counted from: widen the bounds (import subsidies are negative rates), or count from another point"
            )
        pace = float(relative.mean()) / self.stake
        rules = [self._shared(money / 10, min(1.0, sharpness * pace)) for sharpness in SHARPNESS]
        return self._no_worse(self._search(equal.point, equal.weights / self.share, rules), equal.point)

    def _no_worse(self, found: Point, start: Floats) -> Point:
        """`found`, if it is not worse than where the search came from: conditions of the first order allow that too."""
        floor = self._score(*self.gains(self.landscape.solution(start)))
        if found.score < floor - 1e-6 * abs(floor) - 1e-9:
            raise SolveError("the search for cooperative tariffs ended at a point that is worse than its start")
        return found

    def _summed(self, start: Floats, even: Floats) -> Point:
        """The largest sum, which is one objective like any other."""
        try:
            return self._search(start, even, [self._sum])
        except SolveError:
            peak = climb(self.landscape, _weighted(self.power, self.aims), start, self.tolerance)
        return self._search(peak.point, even, [self._sum])

    # Weights are searched as multiples r of the members' shares in income, ω_n = r_n I_n / Σ I, near one for large and
    # small. Each rule takes r and the members' gains, in money and relative, and returns r moved towards what the kind
    # of agreement asks for, with the distance to it.

    def _evened(self, sharpness: float) -> Rule:
        def rule(weights: Floats, money: Floats, relative: Floats) -> tuple[Floats, float]:
            ahead = (relative - relative.min()) / self.stake
            moved = self._lightened(weights, sharpness * ahead)
            return moved, float((np.minimum(moved, 1) * ahead).max())

        return rule

    def _shared(self, least: Floats, pace: float) -> Rule:
        def rule(weights: Floats, money: Floats, relative: Floats) -> tuple[Floats, float]:
            level = self.income + self.threat + money
            wanted = self._normal(self.power * level / np.maximum(money, least) / self.share)
            apart = np.abs(np.log(wanted / np.maximum(weights, 1e-9))).max()
            return weights + pace * (wanted - weights), float(apart) / 100

        return rule

    def _sum(self, weights: Floats, money: Floats, relative: Floats) -> tuple[Floats, float]:
        return self._normal(self.power * (self.income + self.threat + money) / self.share), 0.0

    def _softly_evened(self, start: Floats, even: Floats) -> tuple[Floats, Floats]:
        """Rates and r near equal gains, by the exponential method of multipliers (Tseng and Bertsekas 1993).

        The smallest gain is approached by −ln Σ ω exp(−κ g) / κ, whose maximum a quasi-Newton ascent finds; its weights
        are the next ω.
        """
        point, weights = start, even
        for sharpness in SOFTNESS:
            latest: list[Floats] = []

            def rise(
                solution: Solution, weights: Floats = weights, kappa: float = sharpness, latest: list[Floats] = latest
            ) -> tuple[float, Objective]:
                money, relative = self.gains(solution)
                pull = -kappa * relative / self.stake
                held = self.share * weights * np.exp(pull - pull.max())
                latest[:] = [held / held.sum() / self.share]
                each = held / held.sum() / (self.income + self.threat + money) / self.stake
                return -float(pull.max() + np.log(held.sum())) / kappa, _weighted(each, self.aims)

            point = ascend(self.landscape, point, rise, steps=100)
            rise(self.landscape.solution(point))
            weights = latest[0]
        return point, weights

    def _normal(self, weights: Floats) -> Floats:
        """r with Σ ω = 1."""
        total = float(self.share @ weights)
        return np.asarray(weights / total) if total > 0 else np.ones_like(weights)

    def _lightened(self, weights: Floats, by: Floats) -> Floats:
        """r less what members are ahead, none below zero, and all raised alike so that Σ ω = 1."""
        order = np.argsort(by - weights)
        moved = (weights - by)[order]
        # with the k members that keep weight: Σ s (moved + c) = 1
        raises = (1 - np.cumsum(self.share[order] * moved)) / np.cumsum(self.share[order])
        kept = np.flatnonzero(moved + raises > 0)[-1]
        return np.asarray(np.maximum(weights - by + raises[kept], 0.0))

    def _search(self, start: Floats, weights: Floats, rules: Sequence[Rule]) -> Point:
        """Rates and weights at which both conditions hold, by the first rule that leads there."""
        free, count = self.landscape.levers, len(self.landscape.levers)
        members = len(self.aims)
        lower = np.concatenate((free.lower, np.zeros(members)))
        upper = np.concatenate((free.upper, np.full(members, np.inf)))
        scale = np.concatenate((self.trade, 0.05 * np.sqrt(self.share)))
        begin = np.concatenate((start, weights))
        for rule in rules:
            seen: dict[str, Point] = {}

            def image(unknowns: Floats, rule: Rule = rule, seen: dict[str, Point] = seen) -> Image:
                point = unknowns[:count]
                solution = self.landscape.solution(point)
                money, relative = self.gains(solution)
                moved, apart = rule(unknowns[count:], money, relative)
                each = self.share * moved / (self.income + self.threat + money)
                each /= each.max()
                answer = slope(free, self.landscape.gradients(solution, [_weighted(each, self.aims)])[0])
                error = max(answer.error(point, free), apart)
                normal = self.share * self._normal(moved)
                seen["last"] = Point(point, solution, answer, normal, self._score(money, relative), error)
                return Image(np.concatenate((point + answer.step, moved)), error)

            run = settle(
                image, begin, lower, upper, tolerance=self.tolerance, scale=scale, steps=150, memory=8, longest=LONGEST
            )
            if run.converged:
                return seen["last"]
        last = seen["last"]
        raise SolveError(
            f"the search for cooperative tariffs stopped {run.error:.1e} short of its conditions, where "
            f"{self.tolerance:.0e} is asked; worst is {certificate(free, last.point, last.slope).where}. Ask for fewer "
            "rates (by), narrower bounds or fewer members"
        )

    def _score(self, money: Floats, relative: Floats) -> float:
        if self.kind == "equal gains":
            return float(relative.min())
        if self.kind == "utilitarian":
            return float(self.power @ money)
        return float(self.power @ np.log(np.maximum(money, 1e-300)))


Rule = Callable[["Floats", "Floats", "Floats"], "tuple[Floats, float]"]


def _weighted(weights: Floats, aims: Sequence[Objective]) -> Objective:
    """The weighted sum of some objectives."""
    first, *rest = (float(weight) * aim for weight, aim in zip(weights, aims, strict=True))
    return sum(rest, start=first)


def _power(world: World, owners: Sequence[int], power: Mapping[str, float] | None) -> Floats:
    """Bargaining power `[member]`, mean one. Raises `PolicyError`."""
    given = {world.economy(code): float(value) for code, value in (power or {}).items()}
    for place, value in given.items():
        if place not in owners:
            raise PolicyError(f"power of {world.economies[place]}, which is not a member of the agreement")
        if not (np.isfinite(value) and value > 0):
            raise PolicyError(f"power {value:g} of {world.economies[place]}: give a positive number; 1 is usual")
    found = np.array([given.get(n, 1.0) for n in owners])
    return np.asarray(found / found.mean())


def _reference(landscape: Landscape, relative_to: Policy | Reference, aims: Sequence[Objective], seed: int) -> Solution:
    """The equilibrium that gains are counted from."""
    free, on = landscape.levers, landscape.on
    if isinstance(relative_to, Policy):
        policy = relative_to if relative_to.world is on.world else relative_to.on(on.world)
        return Landscape(free, policy, landscape.closure).given()
    if relative_to == "status quo":
        return landscape.given()
    if relative_to == "free trade":
        return landscape.solution(np.zeros(len(free)))
    if relative_to == "nash":
        return clashes(landscape, aims, starting_points(free, landscape.given(), 1, seed), 1e-8)[0].solution
    raise PolicyError(
        f'relative_to "{relative_to}": {nearest(str(relative_to), REFERENCES) or "give a policy"}; known are '
        f"{', '.join(REFERENCES)}"
    )
