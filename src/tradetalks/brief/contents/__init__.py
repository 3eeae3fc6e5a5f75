"""The contents of a brief, assembled from the deals: every number with its range, every figure with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tradetalks
from tradetalks.brief.contents import deals as bargain
from tradetalks.brief.contents import no_deal as without
from tradetalks.brief.contents.exchange import exchange, option_worths
from tradetalks.brief.contents.formulas import formulas
from tradetalks.brief.contents.pledges import pledges
from tradetalks.brief.contents.quotas import quotas
from tradetalks.brief.contents.sensitivity import sensitivities
from tradetalks.brief.contents.situation import position, published, situation, standings
from tradetalks.brief.contents.sources import Sources
from tradetalks.brief.contract import Contents
from tradetalks.law.trade import SOURCE as TRADE_SOURCE
from tradetalks.talks.table import reference_policy
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from tradetalks.talks.case import Case
    from tradetalks.talks.deals import Deals
    from tradetalks.world import World

MOST_DOTS = 2000
"""Offers drawn in the frontier picture; more would only blacken it."""

BEFORE = "the state before the tariffs of 2025"


def contents(deals: Deals) -> Contents:
    """Everything the brief says, as plain data; the contract of ``brief.json``."""
    case, world = deals.case, deals.world
    asker, other = case.parties[:2]
    sources = Sources()
    measures = situation(case, world, without.may_come(deals), asker, other, sources)
    estimates = published(case, sources)
    trade = position(case, world, reference_policy(case, world), asker, other, sources)
    sources.accounts(world, "tariffs")
    if case.law:
        sources.index(TRADE_SOURCE)
    labels = without.labels_of(case)
    first = next(iter(deals.solutions.values()), None)
    worths = option_worths(deals)
    own = [f"{name}: {chosen.source}" for name, chosen in world.elasticity_sets.items()]
    return Contents(
        program={"name": "tradetalks", "version": tradetalks.__version__},
        case={
            "name": case.case, "title": case.title, "hash": case.hash, "as_of": case.as_of.isoformat(),
            "horizon": {"date": case.horizon.date.isoformat(), "what": case.horizon.what},
        },
        world={
            "name": world.name, "year": world.year or 0, "fingerprint": world.fingerprint,
            "economies": len(world.economies), "sectors": len(world.sectors), "elasticities": world.elasticity_source,
            "elasticity_sets": own,
            "caveat": f"Use of inputs: {world.notes['inputs']}." if "inputs" in world.notes else "",
        },
        parties=[
            {"code": party, "name": economy_name(party), "income_usd_bn": float(income / 1000)}
            for party, income in zip(case.parties, world.income[[world.economy(p) for p in case.parties]], strict=True)
        ],
        situation=measures,
        standings=standings(case, measures, other, sources),
        position=trade,
        reference_points=without.reference_points(deals),
        no_deal=without.no_deal_of(deals, sources),
        offers={
            "scored": len(deals.payoffs), "in_zone": len(deals.zone),
            "share_in_zone": len(deals.zone) / len(deals.payoffs), "largest_residual": deals.scores.largest_residual,
        },
        searched=bargain.searched(deals),
        zone=bargain.zone(deals),
        cloud=bargain.dots(deals.payoffs, MOST_DOTS),
        frontier=bargain.frontier(deals),
        reservation={"name": deals.no_deal, "payoffs": bargain.by_party(deals, deals.reservation)},
        reservations=without.reservations(deals),
        solutions=bargain.solutions(deals, sources),
        changing=bargain.changing(deals),
        sensitivities=sensitivities(deals),
        goals=bargain.titled(case.goals, bargain.titles_of(case)),
        packages=bargain.packages(deals),
        exchange=exchange(deals, worths, first),
        worths=worths,
        weights=bargain.weights(case, sources),
        red_lines=bargain.red_lines(case, sources),
        ratification=bargain.actors(case, sources),
        formulas=formulas(deals, sources),
        quotas=quotas(case, sources),
        pledges=pledges(case, sources),
        signed=bargain.signed(deals, sources),
        off_the_table=bargain.withdrawn(case, sources),
        losers=[] if first is None else bargain.home(deals, first),
        third_parties=[] if first is None else bargain.third_parties(deals, first),
        published=estimates,
        sources=sources.listed,
        notes=_notes(case, world),
        baseline=BEFORE,
        payoffs_against=labels[deals.law] if len(deals.valuation.grounds) == 1 else "the law as it stands",
    )  # fmt: skip


def _notes(case: Case, world: World) -> list[str]:
    notes = [
        f"Flows are those of {world.year} at basic prices; customs values, with freight and insurance, are higher.",
        "Welfare is the long-run equivalent variation of households, tariff revenue rebated, deficits fixed in units "
        "of world value added; it is not GDP growth in a year.",
    ]
    guessed = [
        (issue.label or name.replace("-", " "))
        for name, issue in case.issues.items()
        if any(option.basis == "elicited" for option in issue.options)
    ]
    if guessed:
        notes.append(f"Asked or assumed, not measured: what these are worth — {'; '.join(guessed)}.")
    return notes
