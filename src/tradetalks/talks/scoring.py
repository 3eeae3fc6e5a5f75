"""Scores: what every offer is worth to every economy, each by a full, certified equilibrium of the world.

Offers of one case differ in a few cells, so they march together (see `model.batch`), each from a prediction: the
effects of its options alone and in pairs, added up. What is left to find is how three and more interact.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SolveError
from tradetalks.model import solve
from tradetalks.model.batch import solve_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model import Solution
    from tradetalks.model.batch import Scored
    from tradetalks.model.closure import Deficits
    from tradetalks.talks.table import Choice, Table

Progress = Callable[[int, int], None]
"""Called with offers done and offers in all."""

Part = tuple[tuple[int, int], ...]
"""Some chosen options: (issue, option), in the order of issues."""

PER_TASK = 192
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
    """Solves offers of one table from a prediction by the effects of single options and of pairs."""

    def __init__(self, table: Table, deficits: Deficits = "fixed") -> None:
        self.table, self.deficits = table, deficits
        self.reference = solve(table.world, table.reference_policy, deficits=deficits)
        self._effects: dict[Part, NDArray[np.float64]] = {}
        options = [(issue, k) for issue, count in enumerate(table.shape) for k in range(1, count)]
        pairs = [(one, two) for one, two in combinations(options, 2) if one[0] != two[0]]
        self._learn([(option,) for option in options])
        if 4 * len(pairs) < len(table):  # else they would be most of the work
            self._learn(pairs)

    def _learn(self, parts: Sequence[Part]) -> None:
        """Solves the offers that choose nothing but `parts`; what the prediction missed is the effect of the part."""
        choices = [self._choice(part) for part in parts]
        solved = self._solved(choices)
        missed = [found.unknowns - self._predicted(choice) for found, choice in zip(solved, choices, strict=True)]
        self._effects.update(zip(parts, missed, strict=True))

    def _choice(self, part: Part) -> Choice:
        chosen = dict(part)
        return tuple(chosen.get(issue, 0) for issue in range(len(self.table.shape)))

    def _predicted(self, choice: Choice) -> NDArray[np.float64]:
        """The unknowns expected under an offer: the reference and the effects of its options, alone and in pairs."""
        options = tuple((issue, k) for issue, k in enumerate(choice) if k)
        known = (self._effects.get(part) for size in (1, 2) for part in combinations(options, size))
        return self.reference.unknowns + sum(effect for effect in known if effect is not None)

    def _solved(self, choices: Sequence[Choice]) -> list[Scored]:
        """The equilibria of some offers. Raises `SolveError` that names the offer without one."""
        policies = [self.table.policy(choice) for choice in choices]
        try:
            return solve_batch(
                self.table.reference_policy, policies, lambda k: self._predicted(choices[k]), deficits=self.deficits
            )
        except SolveError:
            for choice in choices:
                self._refuse(choice)
            raise

    def welfare(self, choices: Sequence[Choice]) -> tuple[NDArray[np.float64], float, int]:
        """Welfare `[offer, economy]`, the largest residual and the sweeps of some offers.

        Raises `SolveError` that names the offer without an equilibrium.
        """
        found = self._solved(choices)
        rows = np.array([one.welfare for one in found])
        return rows, max(one.residual for one in found), sum(one.sweeps for one in found)

    def _refuse(self, choice: Choice) -> None:
        try:
            solve(self.table.world, self.table.policy(choice), deficits=self.deficits, start=self._predicted(choice))
        except SolveError as error:
            options = ", ".join(f"{issue}: {option}" for issue, option in self.table.labels(choice).items())
            raise SolveError(f"offer ({options}): {error}") from error


def score(table: Table, *, deficits: Deficits = "fixed", workers: int = 1, progress: Progress | None = None) -> Scores:
    """Scores every offer on the table.

    `workers` processes share the work when there is enough of it; the numbers do not depend on how many. A script that
    asks for more than one needs the usual guard, ``if __name__ == "__main__":``. Raises `SolveError` naming the offer
    that has no equilibrium.
    """
    began = time.perf_counter()
    scorer = Scorer(table, deficits)
    choices = list(table)
    tasks = [choices[at : at + PER_TASK] for at in range(0, len(choices), PER_TASK)]
    if len(choices) < ENOUGH_FOR_WORKERS:
        workers = 1
    blocks, residual, sweeps = [], 0.0, 0
    for block, worst, used in _work(scorer, tasks, workers):
        blocks.append(block)
        residual, sweeps = max(residual, worst), sweeps + used
        if progress is not None:
            progress(sum(len(b) for b in blocks), len(choices))
    welfare = np.concatenate(blocks)
    welfare.setflags(write=False)
    seconds = time.perf_counter() - began
    return Scores(np.array(choices), welfare, scorer.reference, residual, seconds, sweeps)


_scorer: Scorer  # one a worker process


def _work(scorer: Scorer, tasks: list[list[Choice]], workers: int) -> Iterator[tuple[NDArray[np.float64], float, int]]:
    if workers <= 1:
        yield from map(scorer.welfare, tasks)
        return
    kept = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    os.environ.update(dict.fromkeys(kept, "1"))  # workers share the processors: threads of their own would only wait
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
