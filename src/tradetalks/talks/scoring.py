"""Scores: what every offer is worth to every economy, each by a full, certified equilibrium of the world.

Offers of one case differ in a few cells, so each solve starts from the sum of its options' separate effects; what is
left to find is how they interact.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.model import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model import Solution
    from tradetalks.model.sweep import Deficits
    from tradetalks.talks.table import Choice, Table

Progress = Callable[[int, int], None]
"""Called with offers done and offers in all."""

PER_TASK = 50
"""Offers a worker takes at a time."""

ENOUGH_FOR_WORKERS = 300
"""Fewer offers than this are solved here: starting workers would take longer."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Welfare of every offer, in the table's order."""

    choices: NDArray[np.intp]
    """Options chosen `[offer, issue]`."""
    welfare: NDArray[np.float64]
    """Equivalent variation `[offer, economy]` against the world's base year, US$ bn a year."""
    reference: Solution
    """The equilibrium of the offer that changes nothing."""
    largest_residual: float
    seconds: float
    sweeps: int

    @property
    def per_second(self) -> float:
        """Offers scored a second, workers' start included."""
        return len(self.choices) / self.seconds


class Scorer:
    """Solves offers of one table, each from the sum of its options' separate effects. Travels between processes."""

    def __init__(self, table: Table, deficits: Deficits = "fixed") -> None:
        self.table, self.deficits = table, deficits
        self.reference = solve(table.world, table.reference_policy, deficits=deficits)
        start = self.reference.unknowns
        self.effects: list[list[NDArray[np.float64]]] = []
        for i, options in enumerate(table.shape):
            mine = [np.zeros_like(start)]
            for k in range(1, options):
                alone = tuple(k if i == issue else 0 for issue in range(len(table.shape)))
                mine.append(solve(table.world, table.policy(alone), deficits=deficits, start=start).unknowns - start)
            self.effects.append(mine)

    def solve(self, choice: Choice) -> Solution:
        """The equilibrium of one offer. Raises `SolveError` that names the offer."""
        start = self.reference.unknowns + sum(self.effects[i][k] for i, k in enumerate(choice))
        try:
            return solve(self.table.world, self.table.policy(choice), deficits=self.deficits, start=start)
        except SolveError as error:
            options = ", ".join(f"{issue}: {option}" for issue, option in self.table.labels(choice).items())
            raise SolveError(f"offer ({options}): {error}") from error

    def welfare(self, choices: Sequence[Choice]) -> tuple[NDArray[np.float64], float, int]:
        """Welfare `[offer, economy]`, the largest residual and the sweeps of some offers."""
        rows = np.empty((len(choices), len(self.table.world.economies)))
        residual, sweeps = 0.0, 0
        for at, choice in enumerate(choices):
            solution = self.solve(choice)
            rows[at] = solution.welfare.array
            residual, sweeps = max(residual, solution.residual), sweeps + solution.sweeps
        return rows, residual, sweeps


def score(
    table: Table, *, deficits: Deficits = "fixed", workers: int | None = None, progress: Progress | None = None
) -> tuple[Scores, Scorer]:
    """Scores every offer on the table, and the scorer to look at any of them again.

    `workers` processes share the work (by default one a processor, none for small tables); the numbers do not depend on
    how many. Raises `SolveError` naming the offer that has no equilibrium.
    """
    began = time.perf_counter()
    scorer = Scorer(table, deficits)
    choices = list(table)
    tasks = [choices[at : at + PER_TASK] for at in range(0, len(choices), PER_TASK)]
    if workers is None:
        workers = (os.cpu_count() or 1) if len(choices) >= ENOUGH_FOR_WORKERS else 1
    blocks, residual, sweeps = [], 0.0, 0
    for block, worst, used in _work(scorer, tasks, workers):
        blocks.append(block)
        residual, sweeps = max(residual, worst), sweeps + used
        if progress is not None:
            progress(sum(len(b) for b in blocks), len(choices))
    welfare = np.concatenate(blocks)
    welfare.setflags(write=False)
    seconds = time.perf_counter() - began
    return Scores(np.array(choices), welfare, scorer.reference, residual, seconds, sweeps), scorer


_scorer: Scorer  # one a worker process


def _work(scorer: Scorer, tasks: list[list[Choice]], workers: int):  # type: ignore[no-untyped-def]
    if workers <= 1:
        yield from map(scorer.welfare, tasks)
        return
    kept = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    os.environ.update(dict.fromkeys(kept, "1"))  # workers share the processors; small products gain nothing from threads
    try:
        with ProcessPoolExecutor(workers, get_context("spawn"), _take, (scorer,)) as pool:
            yield from pool.map(_task, tasks)
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _take(scorer: Scorer) -> None:
    global _scorer
    _scorer = scorer


def _task(choices: list[Choice]) -> tuple[NDArray[np.float64], float, int]:
    return _scorer.welfare(choices)
