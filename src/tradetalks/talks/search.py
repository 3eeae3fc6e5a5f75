"""The search: which offers to solve, where there are more than can be.

What options do to payoffs alone and in pairs is solved; added up it screens all offers without an equilibrium each
(`talks.separable`). Of the screened frontier, offers along all its length and those near each bargaining solution are
then solved in full, and so is a random sample that shows how far screening errs. Nothing is printed that was not
solved, and no bargaining solution is bettered by changing one issue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import OfferError
from tradetalks.talks.screen import Screen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.scoring import Progress
    from tradetalks.talks.table import Choice
    from tradetalks.talks.valuation import Valuation

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

DIGITS = 6
"""Of payoffs in US$ bn that comparisons heed: a thousand dollars a year. Options that change nothing then tie."""

MOST_CLIMBS = 6
"""Times that the neighbours of solutions are solved."""

MOST_SCREENED = 50_000
"""Offers of a screened frontier that are looked at; beyond it those nearest to the best."""

SAMPLE = 200
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
    frontier: int
    """Offers on the frontier of the screen; the most promising of them were solved."""


def enumerated(valuation: Valuation) -> Indices:
    """Every offer `[offer, issue]`, the last issue turning fastest."""
    return np.array(list(valuation.table))


def screened(valuation: Valuation) -> Screen:
    """Payoffs of all offers from what single options and pairs are worth; solves those.

    Single options count on every ground; what two do together is taken from the first.
    """
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
    wanted = [choice for row in singles for choice in row]
    accounts = valuation.accounts(np.array(wanted), valuation.solved(wanted))[0]
    accounts[..., valuation.names.index("red lines")] = 0  # a line is crossed once, by however many options
    known = dict(zip(wanted, valuation.payoffs(accounts), strict=True))
    base = known[as_is]
    alone = tuple(np.array([known[choice] - base for choice in row]) for row in singles)
    scorer = valuation.main
    several = [as_is, *dict.fromkeys(choice for row in pairs.values() for choice in row)]
    trade = np.array([one.accounts for one in scorer.solved(several)])
    worth = dict(zip(several, valuation.payoffs(trade - trade[0]), strict=True))
    together = {}
    for (i, m), row in pairs.items():
        table = np.array([worth[choice] for choice in row]).reshape(shape[i], shape[m], -1)
        together[i, m] = table - table[:, :1] - table[:1]
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
    front = screen.frontier(most=MOST_SCREENED)
    found = [np.array([valuation.table.as_is]), sample, _promising(front.choices, front.payoffs, valuation, limit)]
    for goal in goals:
        kept = screen.holding(goal).frontier(most=MOST_SCREENED)
        found.append(_agreeable(kept.choices, kept.payoffs, valuation.reservation, limit // 20 + 1))
    offers = _distinct(found)
    valuation.solved([tuple(map(int, row)) for row in offers], workers, progress)
    offers = _climbed(valuation, offers, workers)
    error, typical = _errors(valuation, screen, offers).max(0), np.median(_errors(valuation, screen, sample), axis=0)
    return offers, Screening(screen, error, typical, len(front.choices))


def _promising(choices: Indices, payoffs: Floats, valuation: Valuation, limit: int) -> Indices:
    """Of a screened frontier what is worth solving: some all along it, and what each solution would pick from it."""
    if len(choices) <= limit // 2:
        return choices
    order = np.lexsort(payoffs.T[::-1])
    picked = [order[np.linspace(0, len(order) - 1, limit // 4).astype(np.intp)]]
    gains = payoffs - valuation.reservation
    inside = np.flatnonzero((gains > 0).all(1))
    if len(inside):
        gains = gains[inside]
        ideal = gains.max(0)
        for score in (np.log(gains).sum(1), (gains / ideal).min(1), gains.min(1), gains.sum(1)):
            picked.append(inside[np.argsort(-score)[: limit // 12 + 1]])
    return choices[np.unique(np.concatenate(picked))]


def _agreeable(choices: Indices, payoffs: Floats, reservation: Floats, n: int) -> Indices:
    """For each party the best offers that leave the others no worse off than without a deal."""
    picked = [np.empty(0, dtype=np.intp)]
    for party in range(len(reservation)):
        others = np.arange(len(reservation)) != party
        able = np.flatnonzero((payoffs[:, others] >= reservation[others]).all(1))
        picked.append(able[np.argsort(-payoffs[able, party], kind="stable")[:n]])
    return choices[np.unique(np.concatenate(picked))]


def _climbed(valuation: Valuation, offers: Indices, workers: int) -> Indices:
    """The offers, and those around each solution: until no solution is bettered by a change of one issue."""
    seen: set[tuple[int, ...]] = set()
    for _ in range(MOST_CLIMBS):
        solved = valuation.solved([tuple(map(int, row)) for row in offers], workers)
        payoffs = valuation.payoffs(valuation.accounts(offers, solved)[0])
        try:
            told, floor = np.round(payoffs, DIGITS), np.round(valuation.reservation, DIGITS)
            picked = {tuple(map(int, offers[rule(told, floor)])) for rule in valuation.rules.values()}
        except OfferError:  # no zone of agreement
            return offers
        if picked <= seen:
            return offers
        near = [
            (*choice[:i], k, *choice[i + 1 :])
            for choice in picked - seen
            for i, count in enumerate(valuation.table.shape)
            for k in range(count)
        ]
        seen |= picked
        offers = _distinct([offers, np.array(near)])
    return offers


def _errors(valuation: Valuation, screen: Screen, offers: Indices) -> Floats:
    accounts = valuation.accounts(offers, valuation.solved([tuple(map(int, row)) for row in offers]))
    return np.asarray(np.abs(screen.payoff(offers) - valuation.payoffs(accounts[0])))


def _distinct(blocks: Sequence[Indices]) -> Indices:
    return np.asarray(np.unique(np.concatenate([block for block in blocks if len(block)]), axis=0))
