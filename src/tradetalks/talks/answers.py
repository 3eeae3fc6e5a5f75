"""Answers: what a negotiator asks of the deals that were found.

Which concession costs us least for what it gives them; the cheapest package that reaches a goal; what to say to an
offer on the table; what would be better for both than a signed text; how likely it is that there is anything to sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.errors import OfferError
from tradetalks.talks import chances, exchange, replies
from tradetalks.talks.case import TREE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.deals import Deals
    from tradetalks.talks.table import Choice

    Floats = NDArray[np.float64]

SEED = 20250416
DRAWS = 1000

NOTHING = 1e-3
"""US$ bn a year: a change worth less is no exchange."""

UNLIKE = 3
"""Issues in which packages that are listed differ at least."""

WORTH_SIGNING = 1e-6
"""US$ bn a year that a party must gain over no deal to sign; less is rounding."""


class Change(NamedTuple):
    """One issue settled otherwise, all else as in an offer."""

    issue: str
    option: str
    instead_of: str
    cost: float
    """What the asking side loses, US$ bn a year; negative where it gains."""
    gain: float
    """What the other sides gain."""
    price: float | None
    """Cost for each US$ of their gain; None where it is no exchange."""
    kind: exchange.Kind


class Package(NamedTuple):
    """An offer that reaches a goal."""

    offer: int
    options: dict[str, str]
    """What changes against today."""
    payoffs: dict[str, float]
    """Against the law as it stands, US$ bn a year."""
    over_no_deal: dict[str, float]
    ratified: float
    """Chance that all who must ratify do."""


class Answer(NamedTuple):
    """What to say to an offer."""

    verdict: replies.Verdict
    why: str
    offer: int
    payoffs: dict[str, float]
    over_no_deal: dict[str, float]
    counter: int | None
    """What to propose: best for us of what leaves the others as well off, or else what all could sign; if any."""
    counter_options: dict[str, str]
    """What it changes in the offer."""
    counter_payoffs: dict[str, float]
    improvements: tuple[int, ...]
    """Offers at least as good for all and better for one, the largest joint gain first."""


class Agreement(NamedTuple):
    """How likely it is that there is anything to sign, over what governments may want and how no deal may go."""

    chance: float
    interval: tuple[float, float]
    """95 % interval of the chance, by drawing alone."""
    draws: int
    offers: Floats
    """By offer: in how many of the draws it is worth signing for all."""
    blocked_by: dict[str, float]
    """By party: in how many of the draws in which there is nothing, no offer at all would satisfy it."""


def changes(deals: Deals, offer: int | None = None, me: str | None = None) -> list[Change]:
    """What each single change of an offer, by default of today's law, costs us and gives the others; cheapest first.

    Every change is solved in full. `me` is a party, by default the asking side. Raises `OfferError` for an offer or
    party that is none, `SolveError` where a change has no equilibrium.
    """
    case, table = deals.case, deals.table
    at = _party(deals, me)
    base = table.as_is if offer is None else deals.choice(offer)
    singles = [(i, k) for i, count in enumerate(table.shape) for k in range(count) if k != base[i]]
    choices = [base, *(tuple(k if j == i else base[j] for j in range(len(base))) for i, k in singles)]
    payoffs = _payoffs(deals, choices)
    names = list(case.issues)
    labels = [case.issues[name].labels for name in names]
    others = [p for p in range(len(case.parties)) if p != at]
    rates = exchange.rates(payoffs[0], payoffs[1:], at, others, tolerance=NOTHING)
    return [
        Change(
            names[singles[one.change][0]],
            labels[singles[one.change][0]][singles[one.change][1]],
            labels[singles[one.change][0]][base[singles[one.change][0]]],
            one.cost,
            one.gain,
            one.price,
            one.kind,
        )
        for one in rates
    ]


def packages(deals: Deals, goal: Mapping[str, str] | None = None, me: str | None = None, n: int = 5) -> list[Package]:
    """The offers that reach a goal (issue → option) and that every other side would sign, least costly to us first.

    By default the goals of the case. Those listed differ from one another in three issues or more. Raises `CaseError`
    for an issue or option that is not on the table, `OfferError` where no such offer was found.
    """
    wanted = deals.case.goals if goal is None else goal
    places = [deals.case.option(issue, option) for issue, option in wanted.items()]
    allowed = np.all([deals.offers[:, issue] == k for issue, k in places], axis=0) | np.zeros(len(deals.offers), bool)
    if n < 1:
        raise OfferError(f"n: {n} packages asked for; it must be 1 or more")
    try:
        found = replies.cheapest(deals.payoffs, allowed, deals.reservation, _party(deals, me), len(deals.offers))
    except OfferError as error:
        raise OfferError(named(str(error), deals.case.parties)) from None
    kept: list[int] = []
    for index in map(int, found):
        if all((deals.offers[index] != deals.offers[other]).sum() >= UNLIKE for other in kept):
            kept.append(index)
    return [package(deals, index) for index in kept[:n]]


def package(deals: Deals, offer: int) -> Package:
    """An offer as a package."""
    payoffs = deals.payoffs[offer]
    return Package(
        offer,
        changed(deals, deals.choice(offer), deals.table.as_is),
        _by_party(deals, payoffs),
        _by_party(deals, payoffs - deals.reservation),
        float(deals.ratified.point[offer]),
    )


def reply(deals: Deals, terms: Mapping[str, str], me: str | None = None) -> Answer:
    """What to say to an offer (issue → option, others as today) that is on the table.

    It must be among the offers that were solved (`negotiate(..., also=(terms,))`). Raises `CaseError` for a name that
    is not on the table, `OfferError` for an offer that was not solved.
    """
    at = _party(deals, me)
    offer = deals.index(deals.table.choice(dict(terms)))
    found = replies.best_reply(deals.payoffs, deals.reservation, offer, at)
    better = replies.improvements(deals.payoffs, offer)
    over = float((deals.payoffs[offer] - deals.reservation)[at])
    why = f"it is worth US$ {over:.2g} bn a year more to us than no deal, and nothing as good for the others is better"
    if found.verdict is replies.Verdict.WALK:
        why = (
            "nothing as good for the others reaches what we have without a deal, and no offer is worth signing for all"
        )
    elif found.offer is not None and found.verdict is replies.Verdict.COUNTER:
        others = np.arange(len(deals.case.parties)) != at
        as_good = (deals.payoffs[found.offer] >= deals.payoffs[offer])[others].all()
        why = f"another is as good for the others and US$ {found.gain:.2g} bn a year better for us"
        if not as_good:
            why = "nothing as good for the others reaches what we have without a deal; the Nash deal does, for all"
    counter = found.offer if found.verdict is replies.Verdict.COUNTER else None
    return Answer(
        found.verdict,
        why,
        offer,
        _by_party(deals, deals.payoffs[offer]),
        _by_party(deals, deals.payoffs[offer] - deals.reservation),
        counter,
        {} if counter is None else changed(deals, deals.choice(counter), deals.choice(offer)),
        {} if counter is None else _by_party(deals, deals.payoffs[counter]),
        tuple(map(int, better)),
    )


def agreement(deals: Deals, draws: int = DRAWS, seed: int = SEED) -> Agreement:
    """The zone of agreement as a probability: over the ranges of governments' weights and of the tree's chances.

    Among the offers that were solved; where offers were searched, one that was not may do as well, so the chance is a
    lower bound.
    """
    case, valuation = deals.case, deals.valuation
    weights = np.stack(
        [valuation.ledger.governments[p].draws(p, valuation.names, draws, seed) for p in case.parties], axis=1
    )  # [draw, party, account]
    states = list(valuation.states)
    shares = np.tile(list(valuation.states.values()), (draws, 1))
    if deals.no_deal == TREE and case.tree is not None:
        shares = case.tree.draws(draws, seed, case.as_of)
        states = list(case.tree.states)
    return _agreement(deals, weights, states, shares)


def _agreement(deals: Deals, weights: Floats, states: list[str], shares: Floats) -> Agreement:
    """By draws of weights `[draw, party, account]` and of the shares of states `[draw, state]`.

    Accounts stand beside one another, those of the ledger and of each ground, so that all of it is one weighted sum.
    """
    valuation, case = deals.valuation, deals.case
    offers = deals.offers
    by_ground = valuation.by_ground(offers)  # ground → [offer, party, account]
    without = valuation.over_states(states)  # state → [party, account], against its own ground as it stands
    on = np.array([[case.law_of_deals(state) == ground for state in states] for ground in by_ground], dtype=float)
    part = shares @ on.T  # [draw, ground]
    accounts = np.concatenate((valuation.ledger.accounts(offers)[0], *by_ground.values()), axis=2)
    stacked = np.concatenate((weights, *(weights * share[:, None, None] for share in part.T)), axis=2)
    alone = np.array([without[state] for state in states])  # [state, party, account]
    floor = np.einsum("ds,spa,dpa->dp", shares, alone, weights)
    found = chances.chances(accounts, stacked, reservation=floor + WORTH_SIGNING)
    by_party = dict(zip(case.parties, map(float, found.out_of_reach), strict=True))
    return Agreement(found.probability, found.interval, found.draws, found.acceptance, by_party)


def named(message: str, parties: Sequence[str]) -> str:
    """A message about arrays with the names of parties in place of their numbers, and without those of offers."""
    message = re.sub(r" \(offer \d+\)|, offer \d+,", "", message)
    return re.sub(r"\bparty (\d+)", lambda found: parties[int(found[1])], message)


def changed(deals: Deals, choice: Choice, base: Choice) -> dict[str, str]:
    """The issues that an offer settles otherwise than another, and how."""
    labels, other = deals.table.labels(choice), deals.table.labels(base)
    return {issue: option for issue, option in labels.items() if option != other[issue]}


def _payoffs(deals: Deals, choices: list[Choice]) -> Floats:
    valuation = deals.valuation
    accounts = valuation.accounts(np.array(choices), valuation.solved(choices))
    return valuation.payoffs(accounts[0])


def _by_party(deals: Deals, row: Floats) -> dict[str, float]:
    return dict(zip(deals.case.parties, map(float, row), strict=True))


def _party(deals: Deals, me: str | None) -> int:
    return 0 if me is None else deals.case.party(me)
