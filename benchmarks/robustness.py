"""The grid of hard cases: what the solver says to shocks far beyond policy, and whether it can be believed.

Every case must end in an equilibrium certified to 1e-10, or in a `SolveError` that names an economy or a market.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import tradetalks as tt

RULES = ("fixed", "proportional", "closed")
"""Rules for deficits; ``world`` is ``fixed`` here, as world wages are the unit of account."""

CALIENDO_PARRO_PETROLEUM = 65.0
"""The largest elasticity in use: 64.85 for petroleum (Caliendo and Parro 2015, table A2)."""


@dataclass(frozen=True, eq=False)
class Case:
    """One question to the solver."""

    elasticities: str
    shock: str
    policy: tt.Policy
    deficits: str


@dataclass(frozen=True)
class Outcome:
    """What came out: solved (method, residual, sweeps), refused (why), or broken, which must not be."""

    case: Case
    verdict: str
    method: str
    residual: float
    sweeps: int
    seconds: float
    message: str


# ---- worlds -------------------------------------------------------------------------------------------------------


def elasticity_sets(world: tt.World) -> Iterator[tuple[str, tt.World]]:
    """The same accounts with elasticities as given, scaled to the largest in use, with one such sector, and low."""
    theta = world.elasticities
    one = np.array(theta)
    one[world.sectors.index("C19") if "C19" in world.sectors else 0] = CALIENDO_PARRO_PETROLEUM
    yield "as given", world
    yield "largest 65", replace(world, elasticities=theta * (CALIENDO_PARRO_PETROLEUM / theta.max()))
    yield "petroleum 65", replace(world, elasticities=one)
    yield "a tenth", replace(world, elasticities=theta / 10)


def emptied(world: tt.World) -> Iterator[tuple[str, tt.World]]:
    """Worlds with holes: pairs, sectors, importers and own flows without trade, and sectors all but without."""
    others = ~np.eye(len(world.economies), dtype=bool)
    big, partner = int(world.income.argmax()), int(np.argsort(world.income)[-2])
    able = np.flatnonzero((np.einsum("jnn->nj", world.flows) > 0).all(1))  # makes all that it uses
    lone = int(able[np.argsort(world.income[able])[len(able) // 2]])
    goods = [j for j, sector in enumerate(world.sectors) if sector != "D_T"]

    def with_flows(change: Callable[[np.ndarray], None]) -> tt.World:
        flows = np.array(world.flows)
        change(flows)
        return replace(world, flows=flows)

    def pair(flows: np.ndarray) -> None:
        flows[:, big, partner] = flows[:, partner, big] = 0

    def sector(flows: np.ndarray) -> None:
        flows[goods[0]] *= ~others

    def importer(flows: np.ndarray) -> None:
        flows[:, lone, others[lone]] = 0

    def unsold(flows: np.ndarray) -> None:
        flows[goods[0], lone] = 0

    def alone(flows: np.ndarray) -> None:
        flows[:, lone, others[lone]] = flows[:, others[lone], lone] = 0

    def own(flows: np.ndarray) -> None:
        flows[goods[-1], lone, lone] = 0

    def all_own(flows: np.ndarray) -> None:
        flows[goods[-1]] *= others

    def tiny(flows: np.ndarray) -> None:
        flows[goods[0]] *= 1e-9

    def tiny_importer(flows: np.ndarray) -> None:
        flows[:, lone, others[lone]] *= 1e-9
        flows[:, others[lone], lone] *= 1e-9

    for what, change in (
        ("no trade of a pair", pair),
        ("no trade in a sector", sector),
        ("an importer buys nothing abroad", importer),
        ("an economy alone", alone),
        ("nobody sells an importer a sector", unsold),
        ("an own flow of zero", own),
        ("no own flows in a sector", all_own),
        ("a sector of 1e-9", tiny),
        ("an economy's trade of 1e-9", tiny_importer),
    ):
        yield what, with_flows(change)


# ---- shocks -------------------------------------------------------------------------------------------------------


def walls(world: tt.World, by: float) -> tt.Policy:
    """Everybody adds `by` to every tariff."""
    return tt.Policy(world, tariffs=world.tariffs + by * ~np.eye(len(world.economies), dtype=bool))


def alone_against_all(world: tt.World, economy: str, by: float) -> tt.Policy:
    """One economy adds `by` to every tariff on everybody."""
    return tt.Policy(world).tariff(economy, "*", "*", by, add=True)


def stretched(world: tt.World, times: float) -> tt.Policy:
    """Transfers that make every deficit `times` what it is."""
    owed = (times - 1) * world.deficits
    payers, receivers = np.maximum(-owed, 0), np.maximum(owed, 0)
    paid = np.outer(payers, receivers) / max(receivers.sum(), 1e-300)
    return tt.Policy(world, transfers=paid)


def shocks(world: tt.World, economies: tuple[str, ...]) -> Iterator[tuple[str, tt.Policy]]:
    """Policies from the thinkable to the absurd."""
    off = ~np.eye(len(world.economies), dtype=bool)
    for economy in economies:
        yield f"{economy} +200 points on all", alone_against_all(world, economy, 2.0)
    yield "everybody +50 points", walls(world, 0.5)
    yield "everybody +200 points", walls(world, 2.0)
    yield "free trade", tt.Policy(world, tariffs=np.zeros_like(world.tariffs))
    yield "everybody +500 points", walls(world, 5.0)
    yield "everybody +2000 points", walls(world, 20.0)
    costs = np.where(off, 5.0, 1.0) * np.ones((len(world.sectors), 1, 1))
    yield "trade costs x 5", tt.Policy(world, trade_costs=costs)
    yield "trade costs / 3", tt.Policy(world, trade_costs=np.where(off, 1 / 3, 1.0) * np.ones_like(world.tariffs))
    for economy in (economies[0], economies[-1]):
        yield f"{economy} subsidises imports by 90 %", tt.Policy(world).tariff(economy, "*", "*", -0.9)
    yield "everybody subsidises imports by 90 %", tt.Policy(world, tariffs=np.where(off, -0.9, 0) + 0 * world.tariffs)
    for times in (2.0, 4.0, 10.0):
        yield f"deficits x {times:g}", stretched(world, times)


def cases(world: tt.World, economies: tuple[str, ...], rules: tuple[str, ...] = RULES) -> Iterator[Case]:
    """The grid on one world."""
    for elasticities, variant in elasticity_sets(world):
        for shock, policy in shocks(variant, economies):
            for rule in rules:
                yield Case(elasticities, shock, policy, rule)
    for hole, variant in emptied(world):
        for shock, policy in (
            ("own tariffs", tt.Policy(variant)),
            (f"{economies[0]} +200 points", alone_against_all(variant, economies[0], 2.0)),
        ):
            for rule in rules:
                yield Case("as given", f"{hole}, {shock}", policy, rule)


# ---- verdicts -----------------------------------------------------------------------------------------------------

NAMED = re.compile(
    r"cannot finance its (surplus|subsidies)|the [\w ]+ of .+ is off by|no equilibrium in these accounts: \w"
)


def judge(case: Case, **options: Any) -> Outcome:
    """Solves one case; anything but a certified equilibrium or a refusal that names its reason is broken."""
    began = time.perf_counter()
    verdict, method, residual, sweeps, message = "broken", "", np.nan, 0, ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = tt.solve(case.policy.world, case.policy, deficits=case.deficits, **options)  # type: ignore[arg-type]
            method, residual, sweeps, message = found.method, found.residual, found.sweeps, found.message
            if residual <= 1e-10 and np.isfinite(found.welfare.array).all() and np.isfinite(found.flows).all():
                verdict = "solved"
        except tt.SolveError as error:
            message = str(error)
            verdict = "refused" if NAMED.search(message) else "broken"
        except Exception as error:  # what the grid is there to find
            message = f"{type(error).__name__}: {error}"
    return Outcome(case, verdict, method, residual, sweeps, time.perf_counter() - began, message)


# ---- the benchmark ------------------------------------------------------------------------------------------------


def robustness(quick: bool = False) -> list[dict[str, Any]]:
    """The grid on the world that ships, with and without its deficits: how many cases end how, and in what time.

    A row counts the cases of one kind of end; `ratio` is their share. Raises `AssertionError` when a case is broken.
    """
    if quick:
        small = tt.World.load("two_by_two")
        grids: list[tuple[tt.World, tuple[str, ...], tuple[str, ...]]] = [(small, small.economies, ("fixed",))]
    else:
        economies = ("USA", "CHN", "MLT", "LUX", "SGP")
        grids = [
            (tt.World.load("icio2022"), economies, RULES),
            (tt.World.load("icio2022-closed"), economies, RULES[:1]),
        ]
    outcomes = [judge(case) for world, economies, rules in grids for case in cases(world, economies, rules)]
    broken = [one for one in outcomes if one.verdict == "broken"]
    assert not broken, f"{broken[0].case}: {broken[0].message}"
    ends: dict[str, list[float]] = {}
    for one in outcomes:
        ends.setdefault(f"solved by {one.method}" if one.method else "refused, with the reason", []).append(one.seconds)
    return [
        {
            "benchmark": "robustness",
            "what": f"{end}, {len(seconds)} of {len(outcomes)} cases, median time",
            "ms": 1000 * float(np.median(seconds)),
            "ratio": len(seconds) / len(outcomes),
        }
        for end, seconds in ends.items()
    ]
