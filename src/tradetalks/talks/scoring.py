"""Scores: what every offer is worth to every economy, each by a full, certified equilibrium of the world.

Offers of one case differ in a few cells, so they march together (see `model.batch`), each from a prediction: the
effects of its options alone, in pairs and in triples, added up. What is left to find is how more of them interact.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations, product
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

PER_TASK = 384
"""Offers a worker takes at a time."""

MOST_PARTS = 500
"""Effects kept, each as large as the unknowns of an equilibrium."""

POLISH = 2
"""Steps that offers which others are predicted from go on once they have arrived: errors of effects add up."""

ENOUGH_FOR_WORKERS = 3000
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
    """Solves offers of one table from predictions by the effects of single options, of pairs, of triples and so on.

    Offers that change little are solved first; from them follows what the options of larger offers do together, but for
    what only all of them do. `known` keeps their scores.
    """

    def __init__(self, table: Table, deficits: Deficits = "fixed") -> None:
        self.table, self.deficits = table, deficits
        self.reference = solve(table.world, table.reference_policy, deficits=deficits)
        self.known: dict[Choice, Scored] = {}
        self._effects = self.reference.unknowns[None]
        self._rows: dict[Part, int] = {(): 0}
        others = [range(1, count) for count in table.shape]
        for size in range(1, len(others) + 1):
            learnt = len(self._rows) + sum(math.prod(map(len, some)) for some in combinations(others, size))
            if size > 1 and (learnt > MOST_PARTS or 2 * len(self._rows) > len(table)):
                break
            together = (
                product(*([(issue, k) for k in others[issue]] for issue in some))
                for some in combinations(range(len(others)), size)
            )
            self._learn([part for parts in together for part in parts])

    def _learn(self, parts: Sequence[Part]) -> None:
        """Solves the offers that choose nothing but `parts`; what the prediction missed is the effect of the part."""
        choices = [self._choice(part) for part in parts]
        predicted = self._predicted(choices)
        solved = self._solved(choices, predicted, polish=POLISH)
        missed = np.array([one.unknowns for one in solved]) - predicted
        self._rows.update({part: len(self._rows) + k for k, part in enumerate(parts)})
        self._effects = np.concatenate((self._effects, missed))
        self.known.update((c, replace(one, unknowns=one.unknowns[:0])) for c, one in zip(choices, solved, strict=True))

    def _choice(self, part: Part) -> Choice:
        chosen = dict(part)
        return tuple(chosen.get(issue, 0) for issue in range(len(self.table.shape)))

    def _predicted(self, choices: Sequence[Choice]) -> NDArray[np.float64]:
        """The unknowns expected `[offer, unknown]`: the reference and the effects of options, alone and together."""
        holds = np.zeros((len(choices), len(self._rows)))
        most = max(map(len, self._rows))
        for row, choice in zip(holds, choices, strict=True):
            options = [(issue, k) for issue, k in enumerate(choice) if k]
            for size in range(min(most, len(options)) + 1):
                known = (self._rows.get(part) for part in combinations(options, size))
                row[[at for at in known if at is not None]] = 1
        return holds @ self._effects

    def _solved(self, choices: Sequence[Choice], starts: NDArray[np.float64], polish: int = 0) -> list[Scored]:
        """The equilibria of some offers. Raises `SolveError` that names the offer without one."""
        policies = [self.table.policy(choice) for choice in choices]
        try:
            return solve_batch(
                self.table.reference_policy, policies, lambda k: starts[k], deficits=self.deficits, polish=polish
            )
        except SolveError:
            for choice, start in zip(choices, starts, strict=True):
                self._refuse(choice, start)
            raise

    def welfare(self, choices: Sequence[Choice]) -> tuple[NDArray[np.float64], float, int]:
        """Welfare `[offer, economy]`, the largest residual and the sweeps of some offers.

        Raises `SolveError` that names the offer without an equilibrium.
        """
        waiting = [choice for choice in choices if choice not in self.known]
        solved = dict(zip(waiting, self._solved(waiting, self._predicted(waiting)), strict=True)) if waiting else {}
        found = [self.known.get(choice) or solved[choice] for choice in choices]
        rows = np.array([one.welfare for one in found])
        return rows, max(one.residual for one in found), sum(one.sweeps for one in found)

    def _refuse(self, choice: Choice, start: NDArray[np.float64]) -> None:
        try:
            solve(self.table.world, self.table.policy(choice), deficits=self.deficits, start=start)
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
