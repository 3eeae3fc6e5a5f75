"""Deals as the brief tells them: the zone, the frontier, the solutions, packages, a signed text, who may stop them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.brief.contents.no_deal import plain, weighed
from tradetalks.brief.contract import FrontierOffer, HomeEffects, SectorChange, SolutionPoint, ThirdParty
from tradetalks.brief.contract_talks import (
    Actor,
    Estimate,
    Improvement,
    Package,
    RedLine,
    Screening,
    Searched,
    SignedDeal,
    Weight,
    Withdrawn,
    ZoneChance,
)
from tradetalks.errors import OfferError
from tradetalks.talks import answers, ratification
from tradetalks.talks.case import TREE
from tradetalks.talks.deals import POINTS
from tradetalks.talks.states import deal_on
from tradetalks.world import sectors
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tradetalks.brief.contents.sources import Sources
    from tradetalks.talks.case import Case
    from tradetalks.talks.deals import Deals


def titles_of(case: Case) -> dict[str, str]:
    """What the brief calls each issue, those off the table too."""
    issues = case.off_the_table | case.issues
    return {name: issue.label or name.replace("-", " ") for name, issue in issues.items()}


def by_party(deals: Deals, row: Iterable[float]) -> dict[str, float]:
    """A row of payoffs by party code."""
    return dict(zip(deals.case.parties, map(float, row), strict=True))


def compared(deals: Deals) -> list[str]:
    """What deals are measured against: every reference point, and the tree where it is no deal."""
    return [*deals.case.reference_points, *([TREE] if deals.no_deal == TREE else [])]


def searched(deals: Deals) -> Searched:
    """How many offers there are, how many were solved, and how far screening erred."""
    screening = deals.screening
    return Searched(
        on_the_table=deals.on_the_table, solved=len(deals.payoffs), equilibria=deals.scores.equilibria,
        screening=None if screening is None else Screening(
            largest=by_party(deals, screening.error), typical=by_party(deals, screening.typical),
            frontier=screening.frontier,
        ),
    )  # fmt: skip


def zone(deals: Deals) -> ZoneChance:
    """The zone of agreement: how many offers, and how likely that there is one."""
    found = answers.agreement(deals)
    return ZoneChance(
        offers=deals.in_zone, on_the_table=deals.on_the_table, screened=deals.screening is not None,
        chance=plain((found.chance, *found.interval)), draws=found.draws, blocked_by=dict(found.blocked_by),
    )  # fmt: skip


def frontier(deals: Deals) -> list[FrontierOffer]:
    """Offers that no other offer beats for both."""
    titles, inside = titles_of(deals.case), set(map(int, deals.zone))
    return [
        FrontierOffer(
            payoffs=by_party(deals, deals.payoffs[index]), options=titled(deals.options(index), titles),
            in_zone=int(index) in inside,
        )
        for index in deals.frontier
    ]  # fmt: skip


def solutions(deals: Deals, sources: Sources) -> list[SolutionPoint]:
    """The solutions: what each settles and brings both sides, whether it passes at home, which words it breaks."""
    case, titles = deals.case, titles_of(deals.case)
    against = compared(deals)
    return [
        SolutionPoint(
            name=name, label=POINTS[name], options=titled(deals.options(index), titles),
            payoffs={p: plain(deals.gain(index, p, deals.law)) for p in case.parties},
            against={point: {p: plain(deals.gain(index, p, point)) for p in case.parties} for point in against},
            at=by_party(deals, deals.payoffs[index]),
            people={point: {p: plain(deals.welfare_gain(index, p, point)) for p in case.parties} for point in against},
            ratified=ratified(deals, index), blockers=blockers(deals, index, sources),
            crossed=crossed(case, deals.options(index), sources),
        )
        for name, index in deals.solutions.items()
    ]  # fmt: skip


def changing(deals: Deals) -> list[str]:
    """Issues that some solution settles otherwise than today."""
    names, titles = list(deals.case.issues), titles_of(deals.case)
    moved = (deals.offers[list(deals.solutions.values())] != 0).any(0) if deals.solutions else []
    return [titles[name] for name, moves in zip(names, moved, strict=False) if moves]


def packages(deals: Deals) -> list[Package]:
    """The cheapest packages that hold the case's goals; none where the case has no goals or no offer holds them."""
    case, valuation, titles = deals.case, deals.valuation, titles_of(deals.case)
    if not case.goals:
        return []
    try:
        found = answers.packages(deals)
    except OfferError:
        return []
    alone = deals.table.choice(dict(case.goals))
    only = valuation.payoffs(valuation.accounts(np.array([alone]), valuation.solved([alone]))[0])[0]
    asker, *others = case.parties
    rows = []
    for package in found:
        beyond = by_party(deals, deals.payoffs[package.offer] - only)
        change = deals.scores.accounts[0, package.offer] - valuation.no_deal
        rows.append(
            Package(
                options=titled({k: v for k, v in package.options.items() if case.goals.get(k) != v}, titles),
                costs=-beyond[asker], gives={party: beyond[party] for party in others},
                over_no_deal={p: weighed(deals, p, change[at]) for at, p in enumerate(case.parties)},
                at=by_party(deals, deals.payoffs[package.offer]), ratified=ratified(deals, package.offer),
            )
        )  # fmt: skip
    return rows


def signed(deals: Deals, sources: Sources) -> SignedDeal | None:
    """A signed text against each reference point, and what would be better for all; None where there is none."""
    case, text, titles = deals.case, deals.case.signed, titles_of(deals.case)
    if text is None:
        return None
    answer = answers.reply(deals, text.terms)
    offer, best = answer.offer, None
    if answer.improvements:
        better = answer.improvements[0]
        changes = answers.changed(deals, deals.choice(better), deals.choice(offer))
        gains = by_party(deals, deals.payoffs[better] - deals.payoffs[offer])
        best = Improvement(changes=titled(changes, titles), gains=gains)
    return SignedDeal(
        what=text.what, on=text.on.isoformat(), options=titled(text.terms, titles),
        against={point: {p: plain(deals.gain(offer, p, point)) for p in case.parties} for point in compared(deals)},
        people={
            point: {p: plain(deals.welfare_gain(offer, p, point)) for p in case.parties} for point in compared(deals)
        },
        ratified=ratified(deals, offer), crossed=crossed(case, deals.options(offer), sources),
        improvements=len(answer.improvements), best=best, source_index=sources.index(text.source),
    )  # fmt: skip


def titled(options: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, str]:
    """Options by what the brief calls their issues."""
    return {titles[issue]: option for issue, option in options.items()}


# ---- at home ----------------------------------------------------------------------------------------------------


def ratified(deals: Deals, offer: int) -> Estimate:
    """How likely an offer is to pass at home."""
    found = deals.ratified
    return Estimate(point=float(found.point[offer]), low=float(found.low[offer]), high=float(found.high[offer]))


def actors(case: Case, sources: Sources) -> list[Actor]:
    """Who may stop a deal at home, with the chance that it stops what it refuses."""
    return [_actor(actor, plain((actor.chance or actor.otherwise).estimate), sources) for actor in case.ratification]


def blockers(deals: Deals, offer: int, sources: Sources) -> list[Actor]:
    """Who may stop this offer, the likeliest first."""
    case, valuation = deals.case, deals.valuation
    if not case.ratification:
        return []
    issues = {name: issue.labels for name, issue in case.issues.items()}
    seen = ratification.Offers(
        issues, deals.offers[[offer]], case.parties, valuation.names, deals.scores.accounts[0, [offer]]
    )
    chance = ratification.blocks(case.ratification, seen)
    found = [
        _actor(actor, plain((chance.point[0, k], chance.low[0, k], chance.high[0, k])), sources)
        for k, actor in enumerate(case.ratification)
    ]
    return sorted((one for one in found if one["chance"]["high"] > 0), key=lambda one: -one["chance"]["point"])


def _actor(actor: ratification.Actor, chance: Estimate, sources: Sources) -> Actor:
    return Actor(
        actor=actor.actor, party=actor.party, what=actor.what, words=ratification.what_blocks(actor), chance=chance,
        source_index=sources.maybe(actor.source),
    )  # fmt: skip


def red_lines(case: Case, sources: Sources) -> list[RedLine]:
    """What governments have said in public that they will not do."""
    titles = titles_of(case)
    return [
        RedLine(
            party=party, red_line=line.red_line, what=line.what,
            crossed_by={titles.get(issue, issue): list(options) for issue, options in line.crossed_by.items()},
            cost=plain((line.cost.point, line.cost.low, line.cost.high)), stated=line.stated.isoformat(),
            source_index=sources.index(line.source),
        )
        for party, government in case.governments.items()
        for line in government.red_lines
    ]  # fmt: skip


def crossed(case: Case, options: Mapping[str, str], sources: Sources) -> list[RedLine]:
    """The public statements that an offer (issue → option) goes back on."""
    kept = {
        (party, line.red_line)
        for party, government in case.governments.items()
        for line in government.red_lines
        if any(options.get(issue) in refused for issue, refused in line.crossed_by.items())
    }
    return [line for line in red_lines(case, sources) if (line["party"], line["red_line"]) in kept]


def weights(case: Case, sources: Sources) -> list[Weight]:
    """What each government is assumed to weigh besides the welfare of its people."""
    return [
        Weight(
            party=party, on=_weighed(weight.on, weight.sectors), value=plain((weight.value, weight.low, weight.high)),
            why=weight.why, basis=weight.basis, source_index=sources.maybe(weight.source),
        )
        for party, government in case.governments.items()
        for weight in government.weights
    ]  # fmt: skip


def _weighed(on: str, codes: Sequence[str]) -> str:
    return on if not codes else f"income of {', '.join(sectors.short_name(code) for code in codes)}"


def withdrawn(case: Case, sources: Sources) -> list[Withdrawn]:
    """What is no longer on the table."""
    titles = titles_of(case)
    return [
        Withdrawn(
            issue=titles[name], options=list(one.options), on=one.on.isoformat(), what=one.what,
            source_index=sources.index(one.source),
        )
        for name, issue in case.off_the_table.items()
        for one in issue.withdrawn
        if one.on <= case.as_of
    ]  # fmt: skip


def home(deals: Deals, offer: int) -> list[HomeEffects]:
    """Sectors that lose and gain most at home under a deal, against the law it amends."""
    world, states = deals.world, deals.states
    deal, before = states.solutions[deal_on(deals.law, offer)], states.solutions[deals.law]
    money = deal.sector_value_added - before.sector_value_added
    volume = (1 + deal.sector_output) / (1 + before.sector_output) - 1
    name = next(name for name, index in deals.solutions.items() if index == offer)

    def rows(n: int, order: Iterable[int]) -> list[SectorChange]:
        return [
            SectorChange(
                sector=world.sectors[j], name=sectors.short_name(world.sectors[j]),
                output_pct=float(100 * volume[j, n]),
                value_added_usd_bn=plain(states.sector_worth(deal_on(deals.law, offer), deals.law, j, n)),
            )
            for j in order
        ]  # fmt: skip

    effects = []
    for party in deals.case.parties:
        n = world.economy(party)
        order = [int(j) for j in np.argsort(money[:, n], kind="stable")]
        losing = [j for j in order if money[j, n] < 0][:4]
        winning = [j for j in reversed(order) if money[j, n] > 0][:4]
        effects.append(HomeEffects(deal=name, party=party, sectors=rows(n, losing), winners=rows(n, winning)))
    return effects


def third_parties(deals: Deals, offer: int) -> list[ThirdParty]:
    """Everybody else, the largest effect of the deal against the law it amends first."""
    deal = deal_on(deals.law, offer)
    return [
        ThirdParty(code=code, name=economy_name(code), usd_bn=plain(deals.states.worth(deal, code, deals.law)))
        for code in list(deals.third_parties(offer))[:8]
    ]


def dots(payoffs: NDArray[np.float64], most: int) -> list[list[float]]:
    """Offers for the frontier picture, thinned out to `most`; more would only blacken it."""
    step = max(1, -(-len(payoffs) // most))
    return [[float(x) for x in row[:2]] for row in payoffs[::step]]
