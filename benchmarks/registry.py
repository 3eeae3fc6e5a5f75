"""Benchmarks by name: each returns rows of figures; the ratios are what to quote, times depend on the machine.

Run with `tradetalks bench [NAME]` from a clone. `quick` does the same work on a small world, for smoke tests.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import date
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

import tradetalks as tt
from benchmarks.frontier import frontier
from benchmarks.robustness import robustness
from benchmarks.roofline import roofline
from benchmarks.textbook import nested_loop
from tradetalks.model.levers import By

if TYPE_CHECKING:
    from tradetalks.talks.scoring import Scorer
    from tradetalks.talks.table import Choice

Row = dict[str, Any]


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Median time of one call, after one to warm up."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def shock(world: tt.World) -> tt.Policy:
    """25 points on cars from Japan and 10 on all goods from everybody, or their like on a small world."""
    policy = tt.Policy(world).tariff("USA", "*", "goods", 0.10, add=True)
    return policy.tariff("USA", "JPN", "C29", 0.25, add=True)


def scenario(quick: bool = False) -> list[Row]:
    """One certified scenario against the textbook nested loop, same world, same shock, both to 1e-10."""
    world = tt.World.load("two_by_two" if quick else "icio2022")
    policy = shock(world)
    solution = tt.solve(world, policy)
    ours = milliseconds(lambda: tt.solve(world, policy), 3 if quick else 31)
    began = time.perf_counter()
    nested = nested_loop(world, policy)
    textbook = 1000 * (time.perf_counter() - began)
    apart = float(np.abs(nested.wages / solution.wage_hat - 1).max())
    size = f"{len(world.economies)} x {len(world.sectors)}"
    return [
        {"benchmark": "scenario", "what": f"solve, {size}, residual {solution.residual:.0e}", "ms": ours, "ratio": 1.0},
        {
            "benchmark": "scenario",
            "what": f"textbook nested loop, {nested.passes} passes, wages apart {apart:.0e}",
            "ms": textbook,
            "ratio": textbook / ours,
        },
    ]


def gradient(quick: bool = False) -> list[Row]:
    """Welfare and its gradient by every tariff against one solve, and against one-sided differences by count."""
    world = tt.World.load("two_by_two" if quick else "icio2022")
    policy, of = shock(world), tt.welfare("JPN")
    pairs = [
        (milliseconds(lambda: tt.solve(world, policy), 1), milliseconds(lambda: tt.gradient(world, policy, of), 1))
        for _ in range(3 if quick else 25)  # in turn, so that a machine whose speed drifts is fair to both
    ]
    forward, both = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(one[1] / one[0] for one in pairs)
    count = world.tariffs.size - len(world.sectors) * len(world.economies)
    return [
        {"benchmark": "gradient", "what": "one solve", "ms": forward, "ratio": 1.0},
        {
            "benchmark": "gradient",
            "what": f"value and gradient by {count:,} tariffs",
            "ms": both,
            "ratio": ratio,
        },
        {
            "benchmark": "gradient",
            "what": "the same by one-sided differences (count x solve)",
            "ms": (count + 1) * forward,
            "ratio": float(count + 1),
        },
    ]


def offers(quick: bool = False) -> list[Row]:
    """Offers of the founding case scored through the full world by one process, one by one and as a batch."""
    from tradetalks.talks.accounts import named
    from tradetalks.talks.ground import Ground
    from tradetalks.talks.scoring import Scorer
    from tradetalks.talks.table import Table

    case = tt.Case.load("japan-us-2025-04")
    world = tt.World.load(case.world)
    table = Table(case, world)
    draw = np.random.default_rng(0)
    count = 2 if quick else 500
    choices = [tuple(int(draw.integers(size)) for size in table.shape) for _ in range(count)]
    alone = choices[: max(2, count // 5)]
    alone_policies = [table.policy(choice) for choice in alone]
    cold = milliseconds(lambda: [tt.solve(world, policy) for policy in alone_policies], 1) / len(alone)
    began = time.perf_counter()
    scorer = Scorer(Ground(table, named()))
    scorer.learn(None if not quick else 10)
    learning = 1000 * (time.perf_counter() - began) / max(len(scorer.known), 1)
    choices = [choice for choice in choices if choice not in scorer.known] or choices
    warm = milliseconds(lambda: scorer.fresh(choices), 1 if quick else 5) / len(choices)
    together = both_processors(scorer, choices, 1 if quick else 3)
    learnt = f"one of the {len(scorer.known)} offers that others are predicted from"
    return [
        {"benchmark": "offers", "what": "one offer alone, from the base year", "ms": cold, "ratio": 1.0},
        {"benchmark": "offers", "what": learnt, "ms": learning, "ratio": learning / cold},
        {"benchmark": "offers", "what": "one offer, predicted and in a batch", "ms": warm, "ratio": warm / cold},
        {"benchmark": "offers", "what": "the same, two processes at work", "ms": together, "ratio": together / cold},
    ]


def both_processors(scorer: Scorer, choices: list[Choice], times: int) -> float:
    """Milliseconds an offer when two processes that have begun share the work."""
    from tradetalks.talks import scoring

    half = [choices[::2], choices[1::2]]
    alone = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with (
        patch.dict(os.environ, alone),
        ProcessPoolExecutor(2, get_context("spawn"), scoring._take, (scorer,)) as pool,
    ):
        return milliseconds(lambda: list(pool.map(scoring._task, half)), times) / len(choices)


def law(quick: bool = False) -> list[Row]:
    """The whole schedule of the United States on a day and day by day, against its entries one by one."""
    from tradetalks.law.book import book
    from tradetalks.law.schedule import schedule
    from tradetalks.law.trade import trade

    table, rules = trade(), book()
    first, last = date(2025, 1, 1), date(2025, 1, 31) if quick else date(2026, 12, 31)

    def afresh() -> None:
        for kept in (table.kept, table.listed):
            kept.clear()
        schedule(rules, table, date(2025, 9, 24))

    codes = [f"{code:010d}" for code in table.lines[:: len(table.lines) // (5 if quick else 100)]]
    one = milliseconds(afresh, 1 if quick else 5)
    series = milliseconds(lambda: tt.rates("USA", first, last), 1)

    def entry(code: str) -> None:
        with suppress(tt.LawError):  # a duty by quantity that no trade tells
            tt.duty("USA", "JPN", code, "2025-09-24")

    entries = milliseconds(lambda: list(map(entry, codes)), 1)
    rows, days = len(table.value), (last - first).days + 1
    alone = entries / len(codes) * rows
    return [
        {"benchmark": "law", "what": f"a day, {rows:,} lines and partners, afresh", "ms": one, "ratio": 1.0},
        {"benchmark": "law", "what": f"{days} days", "ms": series, "ratio": series / one},
        {"benchmark": "law", "what": "the same day entry by entry, with reasons", "ms": alone, "ratio": alone / one},
    ]


def tariffs(quick: bool = False) -> list[Row]:
    """Optimal and Nash tariffs, first-order conditions met to 1e-6, against one solve."""
    world = tt.World.load("two_by_two" if quick else "icio2022")
    one = milliseconds(lambda: tt.solve(world, shock(world), deficits="closed"), 3 if quick else 9)
    rows = [{"benchmark": "tariffs", "what": "one solve", "ms": one, "ratio": 1.0}]

    def timed(what: str, work: Callable[[], tt.Optimum | tt.Nash]) -> None:
        began = time.perf_counter()
        found = work()
        spent = 1000 * (time.perf_counter() - began)
        told = f"{what}, {len(found.rates):,} rates, {found.solved} equilibria"
        rows.append({"benchmark": "tariffs", "what": told, "ms": spent, "ratio": spent / one})

    def war(by: By) -> tt.Nash:
        return tt.nash_tariffs(world, by=by, second_order=False, best_responses=False)

    timed("optimum of the United States", lambda: tt.optimal_tariffs(world, "USA", starts=1, second_order=False))
    timed("tariff war of all, one rate each", lambda: war("uniform"))
    timed("tariff war of all, by partner and sector", lambda: war("sector and partner"))
    return rows


BENCHMARKS: dict[str, Callable[[bool], list[Row]]] = {
    "scenario": scenario,
    "roofline": roofline,
    "robustness": robustness,
    "gradient": gradient,
    "offers": offers,
    "frontier": frontier,
    "tariffs": tariffs,
    "law": law,
}
LONG = ("robustness",)
"""Run only when named: minutes each."""


def run(name: str | None = None, quick: bool = False) -> list[Row]:
    """The rows of one benchmark, or of all but the long. Raises `KeyError` for a name that is none."""
    names = [name] if name else [each for each in BENCHMARKS if each not in LONG]
    return [row for each in names for row in BENCHMARKS[each](quick)]
