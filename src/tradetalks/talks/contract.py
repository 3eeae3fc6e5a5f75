"""The contract of ``tradetalks offers --json``: deals as plain data, money in US$ bn a year, shares as fractions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradetalks.talks.deals import Deals


def contract(deals: Deals) -> dict[str, Any]:
    """Everything found about deals; keys are stable, new ones may come."""
    case, states, valuation = deals.case, deals.states, deals.valuation
    parties = case.parties
    points = tuple(case.reference_points)
    compared = (*points, *((deals.no_deal,) if deals.no_deal not in points else ()))

    def paid(row: Any) -> dict[str, float]:
        return dict(zip(parties, map(float, row), strict=True))

    def worth(state: str, against: str | None) -> dict[str, Any]:
        mix = case.no_deal_weights(state)
        return {party: states.worth(mix, party, against).as_json() for party in parties}

    def offer(index: int) -> dict[str, Any]:
        found = {"offer": int(index), "options": deals.options(index), "payoffs_usd_bn": paid(deals.payoffs[index])}
        if case.ratification:
            found["ratified"] = float(deals.ratified.point[index])
        return found

    screening = deals.screening
    return {
        "case": case.case,
        "case_hash": case.hash,
        "world": deals.world.name,
        "world_fingerprint": deals.world.fingerprint,
        "as_of": case.as_of.isoformat(),
        "parties": list(parties),
        "payoffs_against": deals.law,
        "grounds": {name: float(share) for name, share in valuation.grounds.items()},
        "offers_on_the_table": deals.on_the_table,
        "offers_scored": len(deals.payoffs),
        "equilibria": deals.scores.equilibria,
        "offers_per_second": deals.scores.per_second,
        "seconds": deals.scores.seconds,
        "largest_residual": deals.scores.largest_residual,
        "largest_miss_of_sales": deals.scores.largest_miss,
        "screening": None
        if screening is None
        else {
            "largest_error_usd_bn": paid(screening.error),
            "typical_error_usd_bn": paid(screening.typical),
            "frontier": screening.frontier,
        },
        "reference_points": {
            name: {"what": point.what, "against_base_year_usd_bn": worth(name, None)}
            for name, point in case.reference_points.items()
        },
        "no_deal": {
            "reference_point": deals.no_deal,
            "states": {state: float(weight) for state, weight in valuation.states.items()},
            "payoffs_usd_bn": paid(deals.reservation),
            "against": {name: worth(deals.no_deal, name) for name in points if name != deals.no_deal},
        },
        "frontier": [offer(index) for index in deals.frontier],
        "solutions": {
            name: offer(index)
            | {
                "gains_usd_bn": {
                    point: {party: deals.gain(index, party, point).as_json() for party in parties} for point in compared
                },
                "welfare_usd_bn": {
                    point: {party: deals.welfare_gain(index, party, point).as_json() for party in parties}
                    for point in compared
                },
                "third_parties_usd_bn": deals.third_parties(index),
            }
            for name, index in deals.solutions.items()
        },
        "zone_of_agreement": {
            "offers": deals.in_zone,
            "share": deals.in_zone / deals.on_the_table,
            "screened": screening is not None,
            "verdict": deals.verdict,
        },
    }
