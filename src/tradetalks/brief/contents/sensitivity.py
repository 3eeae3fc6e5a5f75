"""What drives the difference: how the solutions move when one assumption goes to an end of its range.

Nothing is solved again: payoffs are summed anew from the accounts of offers that were solved, and the rules pick anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.brief.amounts import amount
from tradetalks.brief.contents.deals import by_party, titled, titles_of
from tradetalks.brief.contents.no_deal import labels_of
from tradetalks.brief.contract_talks import Sensitivity, SensitivityEnd
from tradetalks.errors import OfferError
from tradetalks.talks import answers
from tradetalks.world import sectors
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.deals import Deals
    from tradetalks.talks.government import Weight

    Floats = NDArray[np.float64]


class _End(NamedTuple):
    """One assumption at one end."""

    value: str
    payoffs: Floats
    reservation: Floats


def sensitivities(deals: Deals) -> list[Sensitivity]:
    """Every assumption that moves some solution, the one that moves them most first.

    Assumptions are the weights of governments, and which state of the law no deal comes to. Empty where there is no
    zone of agreement to begin with.
    """
    if not deals.solutions:
        return []
    found = [_by_weight(deals, at, k) for at, k in _weights(deals)]
    found.append(_by_state(deals))
    return sorted((one for one in found if one["moves"] > 1e-9), key=lambda one: -one["moves"])


def _weights(deals: Deals) -> list[tuple[int, int]]:
    governments = deals.valuation.ledger.governments
    return [(at, k) for at, party in enumerate(deals.case.parties) for k in range(len(governments[party].weights))]


def _by_weight(deals: Deals, at: int, k: int) -> Sensitivity:
    valuation, party = deals.valuation, deals.case.parties[at]
    weight = valuation.ledger.governments[party].weights[k]
    ends = []
    for value in (weight.low, weight.high):
        vector = np.array(valuation.vector)
        for account in weight.accounts:
            vector[at, valuation.names.index(account)] = value
        payoffs = (deals.scores.accounts[0] * vector).sum(-1)
        ends.append(_End(amount(value), payoffs, (valuation.no_deal * vector).sum(-1)))
    return _moved(deals, f"{economy_name(party)}: weight on {_on(weight)}", amount(weight.value), ends)


def _by_state(deals: Deals) -> Sensitivity:
    """No deal as one state of the law with certainty, in place of what it is taken to be."""
    labels, valuation = labels_of(deals.case), deals.valuation
    ends = []
    for name in deals.case.reference_points:
        if name != deals.no_deal:
            law = deals.case.law_of_deals(name)
            paid = [
                deals.states.payoff(name, law, at, valuation.vector[at]).point for at in range(len(deals.case.parties))
            ]
            ends.append(_End(labels[name], deals.payoffs, np.array(paid)))
    return _moved(deals, "what no deal comes to", labels[deals.no_deal], ends)


def _moved(deals: Deals, assumption: str, value: str, ends: Sequence[_End]) -> Sensitivity:
    titles, told, moves = titles_of(deals.case), [], 0.0
    first = next(iter(deals.solutions))
    for end in ends:
        picks = _picks(end, deals.valuation.rules)
        apart = [
            float(np.abs(deals.payoffs[index] - deals.payoffs[deals.solutions[name]]).sum())
            for name, index in picks.items()
        ]
        moves = max(moves, sum(apart) / len(apart) if apart else 0.0)
        changes: Mapping[str, str] = {}
        if first in picks:
            now, then = deals.choice(picks[first]), deals.choice(deals.solutions[first])
            changes = answers.changed(deals, now, then)
        told.append(
            SensitivityEnd(
                value=end.value, deals={name: by_party(deals, deals.payoffs[i]) for name, i in picks.items()},
                changes=titled(changes, titles),
            )
        )  # fmt: skip
    return Sensitivity(assumption=assumption, value=value, moves=moves, ends=told)


def _picks(end: _End, rules: Mapping[str, Callable[[Floats, Floats], int]]) -> dict[str, int]:
    """What each rule picks; nothing where there is no zone of agreement."""
    try:
        return {name: rule(end.payoffs, end.reservation) for name, rule in rules.items()}
    except OfferError:
        return {}


def _on(weight: Weight) -> str:
    if not weight.sectors:
        return {"balance": "the bilateral balance", "revenue": "tariff revenue"}.get(weight.on, weight.on)
    return f"income in {', '.join(sectors.short_name(code) for code in weight.sectors)}"
