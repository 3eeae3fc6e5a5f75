"""The search: which offers to solve, where there are more than can be.

What options do to payoffs alone and in pairs is solved; added up it screens all offers without an equilibrium each
(`talks.separable`). Offers that may be on the frontier, as far as screening can err, are then solved in full, and so
is a random sample that shows how far it errs. Nothing is printed that was not solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.talks.screen import Screen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.scoring import Progress
    from tradetalks.talks.table import Choice
    from tradetalks.talks.valuation import Valuation

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

SAMPLE = 400
"""Offers drawn at random to see how far screening errs."""

SEED = 20250416


@dataclass(frozen=True, eq=False)
class Screening:
    """What was screened, and how well."""

    screen: Screen
    error: Floats
    """Largest difference between screened and solved payoff `[party]`, US$ bn a year."""
    typical: Floats
    """Median difference `[party]` over a random sample of offers."""
    margin: Floats
    """Offers this much behind the frontier on the screen were solved too `[party]`."""
    complete: bool
    """Whether all of those were solved; if not, the most promising ones were."""


def enumerated(valuation: Valuation) -> Indices:
    """Every offer `[offer, issue]`, the last issue turning fastest."""
    return np.array(list(valuation.table))


def screened(valuation: Valuation) -> Screen:
    """Payoffs of all offers from what single options and pairs are worth; solves those."""
    shape, moving, as_is = valuation.table.shape, sorted(valuation.issues), valuation.table.as_is

    def offer(*changed: tuple[int, int]) -> Choice:
        choice = list(as_is)
        for issue, k in changed:
            choice[issue] = k
        return tuple(choice)

    singles = [[offer((i, k)) for k in range(count)] for i, count in enumerate(shape)]
    pairs = {
        (i, m): [offer((i, a), (m, b)) for a, b in product(range(shape[i]), range(shape[m]))]
        for i, m in combinations(moving, 2)
    }
    wanted = list(dict.fromkeys([*(c for row in singles for c in row), *(c for row in pairs.values() for c in row)]))
    said = valuation.names.index("red lines")
    accounts = valuation.accounts(np.array(wanted), valuation.solved(wanted))[0]
    accounts[..., said] = 0  # told apart: a line is crossed once, by however many options
    known = dict(zip(wanted, valuation.payoffs(accounts), strict=True))
    base = known[as_is]
    alone = tuple(np.array([known[choice] - base for choice in row]) for row in singles)
    together = {}
    for (i, m), row in pairs.items():
        table = np.array([known[choice] - base for choice in row]).reshape(shape[i], shape[m], -1)
        together[i, m] = table - alone[i][:, None] - alone[m][None, :]
    return Screen(base, alone, together, valuation.ledger.crossed, valuation.ledger.tied)


def searched(
    valuation: Valuation, limit: int, *, workers: int = 1, progress: Progress | None = None,
    goals: Iterable[dict[int, int]] = (),
) -> tuple[Indices, Screening]:  # fmt: skip
    """Offers worth solving `[offer, issue]`, at most about `limit`, and how they were found.

    `goals` are options that some issues must have: the frontier among offers that have them is sought too.
    """
    screen = screened(valuation)
    random = np.random.default_rng(SEED)
    sample = np.stack([random.integers(count, size=min(SAMPLE, limit)) for count in screen.shape], axis=1)
    found = [np.array([valuation.table.as_is]), sample, screen.frontier(most=limit // 2 + 1).choices]
    for goal in goals:
        narrow = screen.holding(goal)
        for party in range(len(valuation.case.parties)):
            floors = np.where(np.arange(len(valuation.reservation)) == party, -np.inf, valuation.reservation)
            found.append(narrow.best(party, floors, limit // 20 + 1))
        found.append(narrow.frontier(most=limit // 10 + 1).choices)
    tried = _distinct(found)
    error = _error(valuation, screen, tried, workers, progress)
    more = screen.frontier(2 * error, most=max(limit - len(tried), limit // 4 + 1))
    offers = _distinct([tried, more.choices])
    error = np.maximum(error, _error(valuation, screen, offers, workers, progress))
    typical = np.median(_errors(valuation, screen, sample), axis=0)
    return offers, Screening(screen, error, typical, more.margin, more.complete)


def _error(valuation: Valuation, screen: Screen, offers: Indices, workers: int, progress: Progress | None) -> Floats:
    valuation.solved([tuple(map(int, row)) for row in offers], workers, progress)
    return np.asarray(_errors(valuation, screen, offers).max(0))


def _errors(valuation: Valuation, screen: Screen, offers: Indices) -> Floats:
    accounts = valuation.accounts(offers, valuation.solved([tuple(map(int, row)) for row in offers]))
    return np.asarray(np.abs(screen.payoff(offers) - valuation.payoffs(accounts[0])))


def _distinct(blocks: Sequence[Indices]) -> Indices:
    return np.asarray(np.unique(np.concatenate([block for block in blocks if len(block)]), axis=0))
