"""Scores: what offers are worth, each by a full, certified equilibrium of the world.

Offers of one case differ in a few cells, so they march together (see `model.batch`), each from a prediction: the
effects of its options alone, in pairs and in triples, added up. What is left to find is how more of them interact.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import combinations, product
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.talks.workers import can_split, side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.ground import Ground, Outcome
    from tradetalks.talks.table import Choice

    Floats = NDArray[np.float64]

Progress = Callable[[int, int], None]
"""Called with equilibria done and equilibria expected in all."""

Part = tuple[tuple[int, int], ...]
"""Some chosen options: (issue, option), in the order of issues."""

PER_TASK = 192
"""Offers solved in one go."""

LEAST = 48
"""Offers that a process is split off for."""

MOST_PARTS = 1000
"""Effects kept, each as large as the unknowns of an equilibrium."""

POLISH = 2
"""Steps that offers which others are predicted from go on once they have arrived: errors of effects add up."""

ENOUGH_FOR_WORKERS = 3000
"""Fewer offers than this are solved here where processes have to be started anew: that would take longer."""


class Scorer:
    """Solves offers on one ground from predictions by the effects of single options, of pairs, of triples and so on.

    Offers that change little are solved first; from them follows what the options of larger offers do together, but for
    what only all of them do. Issues that move no trade are left out; `known` keeps what is solved, by the options of
    the others. With `like`, the scorer of a ground that differs little, only what that one misses is found here, option
    by option.
    """

    def __init__(self, ground: Ground, like: Scorer | None = None) -> None:
        self.ground, self.issues, self.like = ground, ground.moving, like
        base = ground.reference.unknowns
        self._effects = np.concatenate((base, np.zeros(ground.answers)))[None]
        self._rows: dict[Part, int] = {(): 0}
        self.known: dict[Choice, Outcome] = {}
        self.sweeps = 0

    def learn(self, most: int | None = None, workers: int = 1) -> int:
        """Solves single options, pairs, triples and so on, as far as that pays; returns the size reached.

        `most` bounds the number of offers that will be asked for, by default all of them; `workers` processes share
        the work where this one can be split.
        """
        counts = {issue: range(1, self.ground.table.shape[issue]) for issue in self.issues}
        offers = math.prod(len(options) + 1 for options in counts.values())
        offers = offers if most is None else min(offers, most)
        reached = 0
        self._learn([()], workers)
        for size in range(1, len(self.issues) + 1):
            learnt = len(self._rows) + sum(
                math.prod(len(counts[i]) for i in some) for some in combinations(counts, size)
            )
            if size > 1 and (self.like or 2 * len(self._rows) > offers or (size > 2 and learnt > MOST_PARTS)):
                break
            together = (product(*([(i, k) for k in counts[i]] for i in some)) for some in combinations(counts, size))
            self._learn([part for parts in together for part in parts], workers)
            reached = size
        return reached

    def _learn(self, parts: Sequence[Part], workers: int) -> None:
        """Solves the offers that choose nothing but `parts`; what the prediction missed is the effect of the part."""
        choices = [self._choice(part) for part in parts]
        each = min(PER_TASK, max(LEAST, -(-len(choices) // workers)))
        tasks = [choices[at : at + each] for at in range(0, len(choices), each)]
        found = side_by_side(
            lambda task: self.ground.solved(task, self._predicted(task), polish=POLISH), tasks, workers
        )
        missed = []
        for task, solved in zip(tasks, found, strict=True):
            missed.append(np.array([one.unknowns for one in solved]) - self._predicted(task))
            self._know(task, solved)
        if parts != [()]:
            self._rows.update({part: len(self._rows) + k for k, part in enumerate(parts)})
            self._effects = np.concatenate((self._effects, *missed))

    def solved(self, choices: Sequence[Choice], workers: int = 1, progress: Progress | None = None) -> list[Outcome]:
        """The equilibria of offers, in their order; those that differ only where no trade moves are one.

        `workers` processes share the work when there is enough of it; the numbers do not depend on how many. A script
        that asks for more than one needs the usual guard, ``if __name__ == "__main__":``. Raises `SolveError` that
        names the offer without an equilibrium.
        """
        wanted = [self.reduced(choice) for choice in choices]
        waiting = [choice for choice in dict.fromkeys(wanted) if choice not in self.known]
        each = min(PER_TASK, max(LEAST, -(-len(waiting) // workers)))
        tasks = [waiting[at : at + each] for at in range(0, len(waiting), each)]
        done = 0
        for task, found in zip(tasks, _work(self, tasks, workers), strict=True):
            self._know(task, found)
            done += len(task)
            if progress is not None:
                progress(done, len(waiting))
        return [self.known[choice] for choice in wanted]

    def fresh(self, choices: Sequence[Choice]) -> list[Outcome]:
        """The equilibria of offers, solved now from predictions."""
        return self.ground.solved(choices, self._predicted(choices))

    def effects(self, choices: Sequence[Choice]) -> Floats:
        """What offers are expected to do to the unknowns `[offer, unknown]`."""
        return np.asarray(self._predicted(choices) - self._effects[0])

    def _know(self, choices: Sequence[Choice], solved: Sequence[Outcome]) -> None:
        self.sweeps += sum(one.sweeps for one in solved)
        self.known.update(zip(choices, _reduced(solved), strict=True))

    def _choice(self, part: Part) -> Choice:
        chosen = dict(part)
        return tuple(chosen.get(issue, 0) for issue in range(len(self.ground.table.shape)))

    def reduced(self, choice: Choice) -> Choice:
        """The offer without the options that move no trade."""
        return tuple(k if issue in self.issues else 0 for issue, k in enumerate(choice))

    def _predicted(self, choices: Sequence[Choice]) -> Floats:
        """The unknowns expected `[offer, unknown]`: the reference and the effects of options, alone and together."""
        holds = np.zeros((len(choices), len(self._rows)))
        most = max(map(len, self._rows))
        for row, choice in zip(holds, choices, strict=True):
            options = [(issue, k) for issue, k in enumerate(choice) if k]
            for size in range(min(most, len(options)) + 1):
                known = (self._rows.get(part) for part in combinations(options, size))
                row[[at for at in known if at is not None]] = 1
        found = np.asarray(holds @ self._effects)
        return found if self.like is None else found + self.like.effects(choices)


_scorer: Scorer  # one a worker process


def _work(scorer: Scorer, tasks: list[list[Choice]], workers: int) -> Iterator[list[Outcome]]:
    """What tasks give, in order: by processes split off where that can be, by new ones where it pays."""
    if workers > 1 and can_split():
        yield from side_by_side(lambda task: _reduced(scorer.fresh(task)), tasks, workers)
        return
    if workers <= 1 or sum(map(len, tasks)) < ENOUGH_FOR_WORKERS:
        yield from map(scorer.fresh, tasks)
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


def _task(choices: list[Choice]) -> list[Outcome]:
    return _reduced(_scorer.fresh(choices))


def _reduced(solved: Sequence[Outcome]) -> list[Outcome]:
    """Without the unknowns, which nobody asks for again."""
    return [replace(one, unknowns=one.unknowns[:0]) for one in solved]
