"""Deals: every offer scored for both sides, what is efficient, what each solution picks, and what happens without one.

Nash (1950), Kalai and Smorodinsky (1975), egalitarian (Kalai 1977) and utilitarian points on the discrete frontier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import CaseError, OfferError, nearest
from tradetalks.model import solve
from tradetalks.talks.frontier import frontier
from tradetalks.talks.points import (
    egalitarian_point,
    kalai_smorodinsky_point,
    nash_point,
    utilitarian_point,
    zone,
)
from tradetalks.talks.scoring import Progress, Scores, score
from tradetalks.talks.states import States, value_states
from tradetalks.talks.table import MOST_OFFERS, Table, offer_policy, reference_policy
from tradetalks.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model.closure import Deficits
    from tradetalks.talks.case import Case
    from tradetalks.talks.estimate import Estimate

POINTS = {
    "nash": ("Nash", nash_point),
    "kalai_smorodinsky": ("Kalai–Smorodinsky", kalai_smorodinsky_point),
    "egalitarian": ("egalitarian", egalitarian_point),
    "utilitarian": ("utilitarian", utilitarian_point),
}
"""Solution → (its name in print, its rule)."""


@dataclass(frozen=True, eq=False)
class Deals:
    """What could be agreed; payoffs are US$ bn a year against the law that offers amend."""

    case: Case
    world: World
    table: Table
    scores: Scores
    payoffs: NDArray[np.float64]
    """`[offer, party]`, in the order of the table and of `case.parties`."""
    frontier: NDArray[np.intp]
    """Offers that no other offer beats for both, sorted."""
    zone: NDArray[np.intp]
    """Offers that are worth at least the reservation value to every party."""
    reservation: NDArray[np.float64]
    """Payoff of no deal `[party]`."""
    no_deal: str
    """The reference point that reservation values come from."""
    law: str
    """The reference point whose law offers amend, and against which payoffs are measured."""
    solutions: Mapping[str, int]
    """Offer picked by each solution; empty when there is no zone of agreement."""
    states: States
    """Reference points by name, and the solutions' deals on the law of each (`deal_on`), under every elasticity set."""
    verdict: str

    @property
    def offers(self) -> NDArray[np.intp]:
        """Options chosen `[offer, issue]`."""
        return self.scores.choices

    def options(self, offer: int) -> dict[str, str]:
        """The chosen option of each issue, in words."""
        return self.table.labels(tuple(int(k) for k in self.offers[offer]))

    def gain(self, offer: int, party: str, against: str) -> Estimate:
        """What the deal `offer` (one of `solutions`) is worth to `party` against a reference point; US$ bn a year.

        The deal stands on the law that holds there: where a statute is void, so is what the deal rests on it.
        """
        return self.states.worth(deal_on(self.case.law_of_deals(against), offer), party, against)

    def third_parties(self, offer: int) -> dict[str, float]:
        """What an offer is worth to everybody else against the reference point, US$ bn a year; the largest first."""
        change = self.scores.welfare[offer] - self.scores.reference.welfare.array
        others = {code: float(x) for code, x in self.world.labelled(change).items() if code not in self.case.parties}
        return dict(sorted(others.items(), key=lambda item: -abs(item[1])))

    def as_json(self) -> dict[str, Any]:
        """The contract of ``tradetalks offers --json``."""
        parties, case, states = self.case.parties, self.case, self.states

        def worth(state: str, against: str | None) -> dict[str, Any]:
            return {party: states.worth(state, party, against).as_json() for party in parties}

        def offer(index: int) -> dict[str, Any]:
            paid = dict(zip(parties, map(float, self.payoffs[index]), strict=True))
            return {"offer": int(index), "options": self.options(index), "payoffs_usd_bn": paid}

        return {
            "case": case.case,
            "case_hash": case.hash,
            "world": self.world.name,
            "world_fingerprint": self.world.fingerprint,
            "as_of": case.as_of.isoformat(),
            "parties": list(parties),
            "payoffs_against": self.law,
            "offers_scored": len(self.payoffs),
            "offers_per_second": self.scores.per_second,
            "seconds": self.scores.seconds,
            "largest_residual": self.scores.largest_residual,
            "reference_points": {
                name: {"what": point.what, "against_base_year_usd_bn": worth(name, None)}
                for name, point in case.reference_points.items()
            },
            "no_deal": {
                "reference_point": self.no_deal,
                "payoffs_usd_bn": dict(zip(parties, map(float, self.reservation), strict=True)),
                "against": {name: worth(self.no_deal, name) for name in case.reference_points if name != self.no_deal},
            },
            "frontier": [offer(index) for index in self.frontier],
            "solutions": {
                name: offer(index)
                | {
                    "gains_usd_bn": {
                        point: {party: self.gain(index, party, point).as_json() for party in parties}
                        for point in case.reference_points
                    },
                    "third_parties_usd_bn": self.third_parties(index),
                }
                for name, index in self.solutions.items()
            },
            "zone_of_agreement": {
                "offers": len(self.zone),
                "share": len(self.zone) / len(self.payoffs),
                "verdict": self.verdict,
            },
        }


def deal_on(law: str, offer: int) -> str:
    """The name, among states, of a deal that stands on the law of a reference point."""
    return f"deal {offer} on {law}"


def negotiate(
    case: Case,
    *,
    world: World | None = None,
    no_deal: str | None = None,
    deficits: Deficits = "fixed",
    limit: int = MOST_OFFERS,
    workers: int = 1,
    progress: Progress | None = None,
) -> Deals:
    """Scores every offer of `case` by a full equilibrium, and finds the frontier, the zone and the four solutions.

    `no_deal` names the reference point that reservation values come from (by default the case's own), `world` stands
    in for the world the case names, `limit` is the largest table allowed, `workers` the processes that share the work
    (more than one in a script needs the guard ``if __name__ == "__main__":``).

    Raises `OfferError` for a table that is too large, `CaseError` for an unknown reference point, `SolveError` when
    an offer has no equilibrium.
    """
    world = World.load(case.world) if world is None else world
    no_deal = no_deal or case.no_deal
    if no_deal not in case.reference_points:
        hint = nearest(no_deal, case.reference_points) or "known: " + ", ".join(case.reference_points)
        raise CaseError(f'no reference point "{no_deal}" in case {case.case}; {hint}')
    law = case.law_of_deals(no_deal)
    table = Table(case, world, law, limit=limit)
    laws = {name: reference_policy(case, world, name) for name in case.reference_points}
    scores = score(table, deficits=deficits, workers=workers, progress=progress)

    columns = [world.economy(party) for party in case.parties]
    payoffs = scores.welfare[:, columns] - scores.reference.welfare.array[columns]
    without = solve(world, laws[no_deal], deficits=deficits).welfare.array
    reservation = without[columns] - scores.reference.welfare.array[columns]
    inside = zone(payoffs, reservation)
    solutions: dict[str, int] = {}
    try:
        solutions = {name: rule(payoffs, reservation) for name, (_, rule) in POINTS.items()}
        verdict = f"{len(inside):,} of {len(payoffs):,} offers are worth at least as much as no deal to every party"
    except OfferError as error:
        verdict = str(error)
    picked = {
        deal_on(name, index): offer_policy(case, world, tuple(map(int, scores.choices[index])), name)
        for name in {case.law_of_deals(point): None for point in case.reference_points}
        for index in solutions.values()
    }
    states = value_states(world, laws | picked, deficits)
    for array in (payoffs, reservation):
        array.setflags(write=False)
    return Deals(
        case,
        world,
        table,
        scores,
        payoffs,
        frontier(payoffs),
        inside,
        reservation,
        no_deal,
        law,
        solutions,
        states,
        verdict,
    )
