"""Valuation: what offers are worth to each government, over all states of the law that may come about.

Where a statute may fall, it falls with a deal or without: so an offer is solved on every ground that deals may stand
on, and what it is worth there counts with the ground's share in the no-deal tree. A government's payoff is welfare plus
its weights on other accounts, plus the entries of the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.talks.accounts import INCOME, named
from tradetalks.talks.ground import Ground
from tradetalks.talks.ledger import Ledger
from tradetalks.talks.points import egalitarian_point, kalai_smorodinsky_point, nash_point, utilitarian_point
from tradetalks.talks.scoring import Scorer
from tradetalks.talks.table import Table, reference_policy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.closure import Deficits
    from tradetalks.talks.case import Case
    from tradetalks.talks.ground import Outcome
    from tradetalks.talks.scoring import Progress
    from tradetalks.talks.table import Choice
    from tradetalks.world import World

    Floats = NDArray[np.float64]


def account_names(case: Case) -> tuple[str, ...]:
    """The accounts that somebody in a case looks at."""
    extra: list[str] = []
    for party in case.parties:
        if party in case.governments:
            other = next(name for name in case.parties if name != party)
            extra += case.governments[party].accounts(party, other)
    extra += [c.account for actor in case.ratification for c in actor.refuses if c.account]
    return named(name for name in extra if name.startswith(INCOME))


class Valuation:
    """Values offers of a case on a world, no deal being `no_deal` (a reference point, or the tree).

    Raises `CaseError` for a name that is none, `SolveError` where a state of the law has no equilibrium.
    """

    def __init__(self, case: Case, world: World, no_deal: str, deficits: Deficits = "fixed", workers: int = 1) -> None:
        self.case, self.world, self.deficits, self.workers = case, world, deficits, workers
        self.states = case.no_deal_weights(no_deal)
        """States of the law without a deal, each with its weight."""
        shares: defaultdict[str, float] = defaultdict(float)
        for state, weight in self.states.items():
            shares[case.law_of_deals(state)] += weight
        main = case.reference if case.reference in shares else next(iter(shares))
        self.grounds = {main: shares.pop(main)} | dict(shares)
        """States of the law that a deal may stand on, each with its weight; the first is what payoffs start from."""
        self.names = account_names(case)
        first = Ground(Table(case, world, main), self.names, deficits)
        others = {name: Ground(Table(case, world, name), self.names, deficits, like=first) for name in self.grounds}
        self.scorers = {main: Scorer(first)}
        self.scorers |= {name: Scorer(ground, self.scorers[main]) for name, ground in others.items() if name != main}
        self.table = self.scorers[main].ground.table
        self.ledger = Ledger(self.table, self.names)
        self.vector = np.array([self.ledger.governments[party].vector(self.names) for party in case.parties])
        """What each account counts `[party, account]`, by the points of the weights."""

    @property
    def rules(self) -> dict[str, Callable[[Floats, Floats], int]]:
        """The bargaining solutions of the case: the four, and Nash's with the power that the case gives each party."""
        rules: dict[str, Callable[[Floats, Floats], int]] = {
            "nash": nash_point,
            "kalai_smorodinsky": kalai_smorodinsky_point,
            "egalitarian": egalitarian_point,
            "utilitarian": utilitarian_point,
        }
        if self.case.power:
            power = [self.case.power[party] for party in self.case.parties]
            rules["asymmetric_nash"] = lambda payoffs, floor: nash_point(payoffs, floor, power)
        return rules

    @property
    def issues(self) -> frozenset[int]:
        """Issues that move trade on some ground."""
        return frozenset(issue for scorer in self.scorers.values() for issue in scorer.issues)

    @property
    def main(self) -> Scorer:
        """Of the first ground; the others take from it what options do together."""
        return next(iter(self.scorers.values()))

    def learn(self, most: int) -> None:
        """Lets the grounds solve what offers are predicted from: single options on all, more of them on the first."""
        for scorer in self.scorers.values():
            scorer.learn(most, self.workers)

    def predicted(self, law: str, choices: Sequence[Choice]) -> Floats:
        """What offers are expected to do to the unknowns on a law `[offer, unknown]`."""
        scorer = self.scorers.get(law, self.main)
        return scorer.effects([scorer.reduced(choice) for choice in choices])

    def solved(
        self, choices: Sequence[Choice], workers: int = 1, progress: Progress | None = None
    ) -> list[list[Outcome]]:
        """Equilibria `[ground][offer]`."""
        return [scorer.solved(choices, workers, progress) for scorer in self.scorers.values()]

    def accounts(self, choices: NDArray[np.intp], solved: list[list[Outcome]]) -> Floats:
        """Accounts against the law as it stands `[end, offer, party, account]`, US$ bn a year; ends of the ledger."""
        trade = np.zeros((len(choices), len(self.case.parties), len(self.names)))
        for weight, outcomes, start in zip(self.grounds.values(), solved, self._as_is, strict=True):
            trade += weight * (np.array([one.accounts for one in outcomes]) - start.accounts)
        return np.asarray(self.ledger.accounts(choices) + trade)

    def welfare(self, solved: list[list[Outcome]]) -> Floats:
        """Welfare of every economy against the law as it stands `[offer, economy]`, by the equilibria alone."""
        total = np.zeros((len(solved[0]), len(self.world.economies)))
        for weight, outcomes, start in zip(self.grounds.values(), solved, self._as_is, strict=True):
            total += weight * (np.array([one.welfare for one in outcomes]) - start.welfare)
        return total

    def payoffs(self, accounts: Floats) -> Floats:
        """`[…, party]` of accounts `[…, party, account]`, US$ bn a year."""
        return np.asarray((accounts * self.vector).sum(-1))

    def ends(self, accounts: Floats) -> Floats:
        """The same of point, low and high `[end, …, party, account]`, in order also where an account counts against."""
        point, low, high = accounts * self.vector
        return np.stack((point.sum(-1), np.minimum(low, high).sum(-1), np.maximum(low, high).sum(-1)))

    def by_ground(self, offers: NDArray[np.intp]) -> dict[str, Floats]:
        """Trade accounts of offers `[offer, issue]` on each ground, against the law as it stands there."""
        solved = self.solved([tuple(map(int, row)) for row in offers])
        return {
            name: np.array([one.accounts for one in outcomes]) - start.accounts
            for name, outcomes, start in zip(self.grounds, solved, self._as_is, strict=True)
        }

    def over_states(self, states: Sequence[str]) -> dict[str, Floats]:
        """Accounts of states of the law `[party, account]`, each against the ground that deals have there."""
        found = {}
        for state in states:
            law = self.case.law_of_deals(state)
            start = dict(zip(self.grounds, self._as_is, strict=True))[law]
            policy = reference_policy(self.case, self.world, state)
            found[state] = self.scorers[law].ground.state(policy).accounts - start.accounts
        return found

    @cached_property
    def _as_is(self) -> list[Outcome]:
        return [scorer.solved([scorer.ground.table.as_is])[0] for scorer in self.scorers.values()]

    @cached_property
    def without(self) -> dict[str, Floats]:
        """Accounts without a deal `[party, account]` in each state it may come to, against the law as it stands."""
        start = sum(weight * one.accounts for weight, one in zip(self.grounds.values(), self._as_is, strict=True))
        found = {}
        for state in self.states:
            ground = self.scorers[self.case.law_of_deals(state)].ground
            found[state] = ground.state(reference_policy(self.case, self.world, state)).accounts - start
        return found

    @cached_property
    def no_deal(self) -> Floats:
        """Accounts that no deal has in expectation `[party, account]`, against the law as it stands."""
        return np.asarray(sum(weight * self.without[state] for state, weight in self.states.items()))

    @property
    def reservation(self) -> Floats:
        """Payoff of no deal `[party]`."""
        return self.payoffs(self.no_deal)
