"""Deals: what could be signed. Offers scored for all sides, what is efficient, what each solution picks, no deal.

Nash (1950), Kalai and Smorodinsky (1975), egalitarian (Kalai 1977) and utilitarian points on the discrete frontier.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import OfferError
from tradetalks.talks import answers
from tradetalks.talks.case import TREE
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.frontier import frontier
from tradetalks.talks.ground import Ground
from tradetalks.talks.points import zone
from tradetalks.talks.ratification import Offers, Ratified, ratified
from tradetalks.talks.search import DIGITS, Screening, enumerated, searched
from tradetalks.talks.states import States, deal_on, value_states
from tradetalks.talks.table import Table
from tradetalks.talks.valuation import Valuation
from tradetalks.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.closure import Deficits
    from tradetalks.talks.answers import Agreement, Answer, Change, Package
    from tradetalks.talks.case import Case
    from tradetalks.talks.scenarios.scenario import Scenario
    from tradetalks.talks.scoring import Progress
    from tradetalks.talks.table import Choice
    from tradetalks.talks.worths import OptionWorth

    Floats = NDArray[np.float64]

ENOUGH = 4000
"""Equilibria that are all solved unless told otherwise; where all offers need more they are searched."""

MOST_LISTED = 100_000
"""Offers that are listed one by one, however many of them share an equilibrium."""

SEARCHED = 400
"""Offers solved in full where they are searched, unless told otherwise; frontiers have some hundreds."""

MOST_ON_THE_TABLE = 10**9
"""More offers than this cannot be screened in memory and minutes."""

POINTS = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai–Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
    "asymmetric_nash": "Nash with unequal power",
}
"""Solutions and their names in print; the last where a case says how power is shared."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Offers that were solved in full, on every state of the law that they may stand on."""

    choices: NDArray[np.intp]
    """Options chosen `[offer, issue]`."""
    accounts: Floats
    """What governments look at `[end, offer, party, account]` against the law as it stands, US$ bn a year.

    The ends are the point, the low and the high of what the ledger adds.
    """
    welfare: Floats
    """Welfare of every economy `[offer, economy]` against the law as it stands, by trade alone, US$ bn a year."""
    largest_residual: float
    """Of any equilibrium, over all equations in their original form."""
    largest_miss: float
    """Largest relative gap between sales that an offer promises and those it brings."""
    equilibria: int
    seconds: float
    sweeps: int

    @property
    def per_second(self) -> float:
        """Full equilibria of the world certified a second, all overhead included."""
        return self.equilibria / self.seconds


@dataclass(frozen=True, eq=False)
class Deals:
    """What could be agreed; payoffs are US$ bn a year against the law that offers amend."""

    case: Case
    world: World
    valuation: Valuation
    scores: Scores
    payoffs: Floats
    """`[offer, party]`, in the order of `offers` and of `case.parties`."""
    frontier: NDArray[np.intp]
    """Offers that no other offer beats for both, sorted; of those with the same payoffs the one that changes least."""
    zone: NDArray[np.intp]
    """Offers that are worth at least the reservation value to every party."""
    reservation: Floats
    """Payoff of no deal `[party]`."""
    no_deal: str
    """The reference point that reservation values come from, or `tree`."""
    solutions: Mapping[str, int]
    """Offer picked by each solution; empty when there is no zone of agreement."""
    states: States
    """States of the law, and the solutions' deals on the law of each (`deal_on`), under every elasticity set."""
    verdict: str
    screening: Screening | None
    """How offers were sought where they are too many to solve; None where all of them were solved."""

    @property
    def table(self) -> Table:
        """All that is on the table."""
        return self.valuation.table

    @property
    def law(self) -> str:
        """The state of the law that offers amend; the first, where there are several."""
        return next(iter(self.valuation.grounds))

    @property
    def on_the_table(self) -> int:
        """Number of offers that the issues allow."""
        return len(self.table)

    @property
    def offers(self) -> NDArray[np.intp]:
        """Options chosen `[offer, issue]`, of the offers that were solved."""
        return self.scores.choices

    @cached_property
    def in_zone(self) -> int:
        """Offers in the zone of agreement among all on the table; by screening where they were searched."""
        if self.screening is None:
            return len(self.zone)
        return self.screening.screen.count_in_zone(self.reservation)

    @cached_property
    def ratified(self) -> Ratified:
        """How likely each offer is to be ratified."""
        issues = {name: issue.labels for name, issue in self.case.issues.items()}
        names, accounts = self.valuation.names, self.scores.accounts[0]
        return ratified(self.case.ratification, Offers(issues, self.offers, self.case.parties, names, accounts))

    def choice(self, offer: int) -> Choice:
        """The offer as positions of options."""
        return tuple(int(k) for k in self.offers[offer])

    def options(self, offer: int) -> dict[str, str]:
        """The chosen option of each issue, in words."""
        return self.table.labels(self.choice(offer))

    def index(self, choice: Choice) -> int:
        """The number of an offer that was solved. Raises `OfferError` for one that was not."""
        found = np.flatnonzero((self.offers == np.array(choice)).all(1))
        if not len(found):
            raise OfferError("this offer was screened out and not solved; name it when negotiating (`also`)")
        return int(found[0])

    def gain(self, offer: int, party: str, against: str) -> Estimate:
        """What the deal `offer` (one of `solutions`) is worth to the government of `party` against a reference point.

        US$ bn a year. The deal stands on the law that holds there: where a statute is void, so is what the deal rests
        on it. `tree` compares with no deal as it may go. The range is over elasticity sets and the ledger's ranges.
        """
        at = self.case.parties.index(party)
        trade = self.states.payoff(*self._compared(offer, against), at, self.valuation.vector[at])
        ledger = self.valuation.ends(self.valuation.ledger.accounts(self.offers[[offer]]))[:, 0, at]
        return Estimate(*(float(a + b) for a, b in zip(trade, ledger, strict=True)))

    def welfare_gain(self, offer: int, party: str, against: str) -> Estimate:
        """What trade under the deal is worth to the people of `party`, as in `gain`; US$ bn a year."""
        deal, other = self._compared(offer, against)
        return self.states.worth(deal, party, other)

    def _compared(self, offer: int, against: str) -> tuple[dict[str, float], dict[str, float]]:
        states = self.case.no_deal_weights(against)
        deal: dict[str, float] = {}
        for state, weight in states.items():
            name = deal_on(self.case.law_of_deals(state), offer)
            deal[name] = deal.get(name, 0.0) + weight
        return deal, states

    # ---- what a negotiator asks --------------------------------------------------------------------------------------

    @cached_property
    def worths(self) -> list[OptionWorth]:
        """What each option is worth to each side alone, with range and method."""
        from tradetalks.talks.worths import option_worths

        return option_worths(self.valuation)

    def changes(self, offer: int | None = None, me: str | None = None) -> list[Change]:
        """The exchange table: what each single change of an offer, by default of today's law, costs us and gives them.

        Cheapest first; see `talks.answers.changes`.
        """
        return answers.changes(self, offer, me)

    def packages(self, goal: Mapping[str, str] | None = None, me: str | None = None, n: int = 5) -> list[Package]:
        """The cheapest offers that reach a goal (issue → option) and that the others would sign.

        See `talks.answers.packages`.
        """
        return answers.packages(self, goal, me, n)

    def reply(self, terms: Mapping[str, str], me: str | None = None) -> Answer:
        """What to say to an offer on the table (issue → option); see `talks.answers.reply`."""
        return answers.reply(self, terms, me)

    @cached_property
    def agreement(self) -> Agreement:
        """How likely it is that there is anything to sign, over weights and the no-deal tree."""
        return answers.agreement(self)

    def scenario(self) -> Scenario:
        """The whole table for negotiation software; where it was searched, as the screen has it, with its error."""
        from tradetalks.talks.scenarios.scenario import from_payoffs, from_separable

        issues = {name: issue.labels for name, issue in self.case.issues.items()}
        name, parties = self.case.case, self.case.parties
        if self.screening is None:
            return from_payoffs(name, issues, parties, self.payoffs, self.reservation, self.offers)
        separable = self.screening.screen.by_issue
        error = np.abs(separable.payoff(self.offers) - self.payoffs).max(0)
        return from_separable(name, issues, parties, separable, self.reservation, error)

    def third_parties(self, offer: int) -> dict[str, float]:
        """What an offer is worth to everybody else against the law as it stands, US$ bn a year; the largest first."""
        change = self.world.labelled(self.scores.welfare[offer])
        others = {code: float(x) for code, x in change.items() if code not in self.case.parties}
        return dict(sorted(others.items(), key=lambda item: -abs(item[1])))

    def as_json(self) -> dict[str, Any]:
        """The contract of ``tradetalks offers --json``."""
        from tradetalks.talks.contract import contract

        return contract(self)


def negotiate(
    case: Case,
    *,
    world: World | None = None,
    no_deal: str | None = None,
    deficits: Deficits = "fixed",
    limit: int | None = None,
    also: tuple[Mapping[str, str], ...] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> Deals:
    """Scores offers of `case` by full equilibria, and finds the frontier, the zone and the four solutions.

    Up to `limit` offers on the table (by default those of 4,000 equilibria) are all solved. Where there are more, what
    options do alone and in pairs is solved and screens the rest; about `limit` of the most promising (400 by default)
    are then solved, with a random sample that shows how far screening errs. `no_deal` names the reference point that
    reservation values come from, or `tree` (by default the case's own), `world` stands in for the world the case names,
    `also` names offers to solve in any case (issue → option; others as is), `workers` the processes that share the work
    (more than one in a script needs the guard ``if __name__ == "__main__":``).

    Raises `OfferError` for a table beyond all screening, `CaseError` for an unknown reference point, issue or option,
    `SolveError` when an offer has no equilibrium.
    """
    began = time.perf_counter()
    world = World.load(case.world) if world is None else world
    no_deal = no_deal or case.no_deal
    if no_deal != TREE:
        case.point(no_deal)
    valuation = Valuation(case, world, no_deal, deficits, workers)
    count = len(valuation.table)
    equilibria = len(valuation.grounds) * math.prod(valuation.table.shape[issue] for issue in valuation.issues)
    if count > MOST_ON_THE_TABLE or (limit is not None and limit < 1):
        raise OfferError(
            f"{count:,} offers on the table of {case.case} and a limit of {limit or 0:,}: at most "
            f"{MOST_ON_THE_TABLE:,} can be screened, and at least one must be solved; drop options or issues"
        )
    asked = [valuation.table.choice(dict(terms)) for terms in (*also, *([case.signed.terms] if case.signed else []))]
    screening = None
    if count <= limit if limit is not None else equilibria <= ENOUGH and count <= MOST_LISTED:
        valuation.learn(count)
        offers = enumerated(valuation)
    else:
        limit = SEARCHED if limit is None else limit
        valuation.learn(limit)
        goal = {issue: k for issue, k in (case.option(*wanted) for wanted in case.goals.items())}
        offers, screening = searched(valuation, limit, workers=workers, progress=progress, goals=[goal] if goal else [])
        offers = np.unique(np.concatenate((offers, np.array([valuation.table.as_is, *asked]))), axis=0)
    scores = scored(valuation, offers, began, workers, progress)

    payoffs = valuation.payoffs(scores.accounts[0])
    reservation = valuation.reservation
    told = np.round(payoffs, DIGITS)
    inside = zone(told, np.round(reservation, DIGITS))
    solutions: dict[str, int] = {}
    try:
        solutions = {name: rule(told, np.round(reservation, DIGITS)) for name, rule in valuation.rules.items()}
        verdict = f"{len(inside):,} of {len(payoffs):,} offers are worth at least as much as no deal to every party"
    except OfferError as error:
        verdict = answers.named(str(error), case.parties)
    picked = {index: tuple(map(int, offers[index])) for index in solutions.values()}
    picked |= {int(np.flatnonzero((offers == np.array(choice)).all(1))[0]): choice for choice in asked}
    laws = {name: scorer.ground for name, scorer in valuation.scorers.items()}
    for law in map(case.law_of_deals, case.reference_points):
        if law not in laws:
            main = valuation.main.ground
            laws[law] = Ground(Table(case, world, law), main.names, deficits, like=main)
    known = [*dict.fromkeys((*case.reference_points, *valuation.states, *laws))]
    states = value_states(
        case, laws, known, picked, lambda law: valuation.predicted(law, list(picked.values())), workers
    )
    for array in (payoffs, reservation):
        array.setflags(write=False)
    return Deals(
        case,
        world,
        valuation,
        scores,
        payoffs,
        _plainest(told, frontier(told)),
        inside,
        reservation,
        no_deal,
        solutions,
        states,
        verdict,
        screening,
    )


def _plainest(payoffs: Floats, offers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of offers with the same payoffs the first: the one that changes least in the order of issues."""
    _, first = np.unique(payoffs[offers], axis=0, return_index=True)
    return np.sort(offers[first])


def scored(
    valuation: Valuation, offers: NDArray[np.intp], began: float, workers: int = 1, progress: Progress | None = None
) -> Scores:
    """The scores of offers `[offer, issue]`; `began` is when the work began, by `time.perf_counter`."""
    choices = [tuple(map(int, row)) for row in offers]
    solved = valuation.solved(choices, workers, progress)
    accounts, welfare = valuation.accounts(offers, solved), valuation.welfare(solved)
    for array in (accounts, welfare):
        array.setflags(write=False)
    every = [one for scorer in valuation.scorers.values() for one in scorer.known.values()]
    return Scores(
        offers,
        accounts,
        welfare,
        max(one.residual for one in every),
        max(one.missed for one in every),
        len(every),
        time.perf_counter() - began,
        sum(one.sweeps for one in every),
    )
