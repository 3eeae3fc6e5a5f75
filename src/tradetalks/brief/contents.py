"""The contents of a brief, assembled from the deals: every number with its range, every figure with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import tradetalks
from tradetalks.brief.contract import (
    Balance,
    Contents,
    Estimate,
    Exposure,
    FrontierOffer,
    HomeEffects,
    MeasureInForce,
    NoDeal,
    Position,
    PublishedEstimate,
    Quoted,
    ReferencePoint,
    SectorChange,
    SolutionPoint,
    Source,
    ThirdParty,
    Worth,
)
from tradetalks.law.book import book
from tradetalks.law.countries import members
from tradetalks.law.scope import rate_of
from tradetalks.law.trade import SOURCE as TRADE_SOURCE
from tradetalks.talks.deals import POINTS, deal_on
from tradetalks.talks.legal_state import legal_state
from tradetalks.talks.measures import Measure
from tradetalks.talks.states import drivers
from tradetalks.talks.table import reference_policy
from tradetalks.world import Policy, World, sectors
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from numpy.typing import NDArray

    from tradetalks.records import fields
    from tradetalks.talks.case import Case
    from tradetalks.talks.deals import Deals
    from tradetalks.talks.legal_state import AnyMeasure

MOST_DOTS = 2000
"""Offers drawn in the frontier picture; more would only blacken it."""

MOST_PUBLISHED = 6
"""Published estimates printed, the first of the case."""

BEFORE = "the state before the tariffs of 2025"


class Sources:
    """The list of sources as it grows; each is listed once."""

    def __init__(self) -> None:
        self.listed: list[Source] = []

    def index(self, source: fields.Source) -> int:
        """The position of a source in the list, added when new."""
        return self._at(Source(title=source.title, date=source.date.isoformat(), confidence=source.confidence))

    def accounts(self, world: World, what: str) -> int | None:
        """The position of what the notes of `world` say of a part of it; None when they say nothing."""
        if what not in world.notes:
            return None
        said = f"{what.capitalize()}: {world.notes[what]}"
        return self._at(Source(title=said, date=str(world.year or ""), confidence="computed"))

    def _at(self, entry: Source) -> int:
        if entry not in self.listed:
            self.listed.append(entry)
        return self.listed.index(entry)


def contents(deals: Deals) -> Contents:
    """Everything the brief says, as plain data; the contract of ``brief.json``."""
    case, world, states = deals.case, deals.world, deals.states
    asker, other = case.parties[:2]
    sources = Sources()
    situation = _situation(case, world, deals.no_deal, asker, other, sources)
    published = _published(case, sources)
    position = _position(case, world, reference_policy(case, world), asker, other, sources)
    sources.accounts(world, "tariffs")
    if case.law:
        sources.index(TRADE_SOURCE)
    titles = {name: issue.label or name.replace("-", " ") for name, issue in case.issues.items()}
    labels = {name: point.label or name.replace("-", " ") for name, point in case.reference_points.items()}
    policies = {name: reference_policy(case, world, name) for name in case.reference_points}
    bought = _bought(world, other, asker)

    def worth(state: str, against: str | None) -> dict[str, Worth]:
        found = {party: states.worth(state, party, against) for party in case.parties}
        return {
            party: Worth(usd_bn=_estimate(value), percent=_estimate(states.share(value, party)))
            for party, value in found.items()
        }

    reference_points = []
    for name, point in case.reference_points.items():
        duty = (_rates(policies[name], other, asker) * bought).sum()
        reference_points.append(
            ReferencePoint(
                name=name, label=labels[name], what=point.what, average_rate=float(duty / bought.sum()),
                static_duty_usd_bn=float(duty / 1000), values=worth(name, None),
            )
        )  # fmt: skip
    top = [row["sector"] for row in _exposure(case, world, policies[case.reference], asker, other)[:5]]
    compared = Policy(world) if deals.no_deal == deals.law else policies[deals.law]
    moves = drivers(world, policies[deals.no_deal], compared, asker, [*top, _services(world)])
    against = [name for name in case.reference_points if name != deals.no_deal]
    step = max(1, -(-len(deals.payoffs) // MOST_DOTS))
    in_zone = set(map(int, deals.zone))

    def options(offer: int) -> dict[str, str]:
        return {titles[issue]: option for issue, option in deals.options(offer).items()}

    def party_payoffs(row: NDArray[np.float64]) -> dict[str, float]:
        return dict(zip(case.parties, map(float, row), strict=True))

    nash = next(iter(deals.solutions.values()), None)

    return Contents(
        program={"name": "tradetalks", "version": tradetalks.__version__},
        case={
            "name": case.case, "title": case.title, "hash": case.hash, "as_of": case.as_of.isoformat(),
            "horizon": {"date": case.horizon.date.isoformat(), "what": case.horizon.what},
        },
        world={
            "name": world.name, "year": world.year or 0, "fingerprint": world.fingerprint,
            "economies": len(world.economies), "sectors": len(world.sectors), "elasticities": world.elasticity_source,
            "elasticity_sets": [f"{name}: {chosen.source}" for name, chosen in world.elasticity_sets.items()],
            "caveat": f"Use of inputs: {world.notes['inputs']}." if "inputs" in world.notes else "",
        },
        parties=[
            {"code": party, "name": economy_name(party), "income_usd_bn": float(income / 1000)}
            for party, income in zip(case.parties, world.income[[world.economy(p) for p in case.parties]], strict=True)
        ],
        situation=situation,
        position=position,
        reference_points=reference_points,
        no_deal=NoDeal(
            name=deals.no_deal, label=labels[deals.no_deal],
            against={name: worth(deals.no_deal, name) for name in against},
            driver=_driver(moves),
        ),
        offers={
            "scored": len(deals.payoffs), "in_zone": len(deals.zone),
            "share_in_zone": len(deals.zone) / len(deals.payoffs), "largest_residual": deals.scores.largest_residual,
        },
        cloud=[[float(x) for x in row[:2]] for row in deals.payoffs[::step]],
        frontier=[
            FrontierOffer(
                payoffs=party_payoffs(deals.payoffs[index]), options=options(index), in_zone=int(index) in in_zone
            )
            for index in deals.frontier
        ],
        reservation={"name": deals.no_deal, "payoffs": party_payoffs(deals.reservation)},
        reservations=[
            {
                "name": name, "label": labels[name],
                "payoffs": {party: states.worth(name, party, deals.law).point for party in case.parties},
            }
            for name in case.reference_points
        ],
        solutions=[
            SolutionPoint(
                name=name, label=POINTS[name][0], options=options(index),
                payoffs={p: _estimate(states.worth(deal_on(deals.law, index), p, deals.law)) for p in case.parties},
                against={
                    point: {p: _estimate(deals.gain(index, p, point)) for p in case.parties}
                    for point in case.reference_points
                },
            )
            for name, index in deals.solutions.items()
        ],
        losers=[] if nash is None else _home(deals, nash),
        third_parties=[] if nash is None else _third_parties(deals, nash),
        published=published,
        sources=sources.listed,
        notes=_notes(case, world),
        baseline=BEFORE,
        payoffs_against=labels[deals.law],
    )  # fmt: skip


def _estimate(value: tuple[float, float, float]) -> Estimate:
    return Estimate(point=float(value[0]), low=float(value[1]), high=float(value[2]))


def _goods(world: World) -> list[int]:
    return world.sector_indices("goods")


def _services(world: World) -> str:
    return world.sectors[world.sector_indices("services")[0]]


def _bought(world: World, importer: str, exporter: str) -> NDArray[np.float64]:
    """Goods that `importer` buys from `exporter` in the base year, by sector, US$ m; services count as zero."""
    flows = np.zeros(len(world.sectors))
    goods = _goods(world)
    flows[goods] = world.flows[goods, world.economy(importer), world.economy(exporter)]
    return flows


def _rates(policy: Policy, importer: str, exporter: str) -> NDArray[np.float64]:
    world = policy.world
    return policy.tariffs[:, world.economy(importer), world.economy(exporter)]


def _situation(
    case: Case, world: World, no_deal: str, asker: str, other: str, sources: Sources
) -> list[MeasureInForce]:
    """Measures on the asking party's goods: those of the reference point, then what no deal adds to them.

    A measure of no deal counts net of what it replaces.
    """
    bought = _bought(world, other, asker)

    def points(rates: NDArray[np.float64]) -> float:
        return 100 * float((rates * bought).sum() / bought.sum())

    here, there = legal_state(case, case.reference), legal_state(case, no_deal)
    adds = here.added(world, other, asker)
    names = {m.measure for m in here.measures}
    found = [(m, points(adds[m.measure]), True) for m in here.measures if m.measure in adds]
    full = there.duty(world, other, asker)
    for measure in there.new():
        if measure.measure not in names:
            rest = there.without([measure.measure]).duty(world, other, asker)
            found.append((measure, points(full - rest), False))
    return [
        _measure(world, measure, asker, added, active, sources, case.as_of)
        for measure, added, active in _together(found)
        if abs(added) > 5e-4
    ]


def _together(found: list[tuple[AnyMeasure, float, bool]]) -> list[tuple[AnyMeasure, float, bool]]:
    """The measures of one programme, with one rate from one day, as one: articles and derivatives of a metal."""
    rows: dict[object, tuple[AnyMeasure, float, bool]] = {}
    for measure, points, active in found:
        programme = measure.measure if isinstance(measure, Measure) else measure.programme
        key = (programme, measure.rate and (measure.rate.additional, measure.rate.cap), measure.effective.since, active)
        first, so_far, _ = rows.get(key, (measure, 0.0, active))
        rows[key] = (first, so_far + points, active)
    return list(rows.values())


def _measure(
    world: World, measure: AnyMeasure, asker: str, points: float, active: bool, sources: Sources, as_of: date
) -> MeasureInForce:
    if isinstance(measure, Measure):
        rate = float(measure.extra(world)[_goods(world), world.economy(asker)].max())
        statute, until = measure.statute or "", measure.effective.until
    else:
        rate = rate_of(measure, asker)
        authority = book(measure.importer).authority(measure.authority)
        statute, until = authority.short if authority else "", measure.until(as_of)
    return {
        "what": measure.what,
        "rate": rate,
        "authority": measure.authority,
        "statute": statute,
        "from": measure.effective.since.isoformat(),
        "to": until.isoformat() if until else None,
        "on_whom": _on_whom(measure),
        "added_pp": points,
        "citation": measure.citation,
        "source_index": sources.index(measure.source),
        "in_force": active,
    }


def _on_whom(measure: AnyMeasure) -> str:
    """The partners a measure names, in words; those alone whose rate no amendment has changed."""
    changed = {name for amendment in measure.amended for name in members(*amendment.partners)}
    if changed and not isinstance(measure, Measure) and (left := sorted(members(*measure.named) - changed)):
        return ", ".join(economy_name(code) for code in left) if len(left) <= 4 else f"{len(left)} partners"
    names = [n for n in measure.named if not n.startswith("!")]
    spared = [n[1:].replace("column-2", "column 2 countries") for n in measure.named if n.startswith("!")]
    if any(n in ("all", "*") for n in names):
        return "all partners" + (f" but {', '.join(economy_name(n) for n in spared)}" if spared else "")
    if len(names) > 4:
        return f"{len(names)} partners"
    return ", ".join(economy_name(n) for n in names)


def _exposure(case: Case, world: World, policy: Policy, asker: str, other: str) -> list[Exposure]:
    """The asking party's goods sectors by what they sell to the other side."""
    sold, made = _bought(world, other, asker), world.output[:, world.economy(asker)]
    before, today = _rates(Policy(world), other, asker), _rates(policy, other, asker)
    order = [j for j in np.argsort(-sold, kind="stable") if sold[j] > 0]
    return [
        Exposure(
            sector=world.sectors[j], name=sectors.short_name(world.sectors[j]), exports_usd_bn=float(sold[j] / 1000),
            share_of_exports=float(sold[j] / sold.sum()), share_of_output=float(sold[j] / made[j]),
            rate_before=float(before[j]), rate_today=float(today[j]), duty_usd_bn=float(sold[j] * today[j] / 1000),
        )
        for j in order
    ]  # fmt: skip


def _position(case: Case, world: World, policy: Policy, asker: str, other: str, sources: Sources) -> Position:
    goods, them = _goods(world), world.economy(other)
    surplus = world.flows[np.ix_(goods, [them])].sum((0, 1)) - world.flows[goods][:, :, them].sum(0)
    surplus[them] = -np.inf
    if "ROW" in world.economies and asker != "ROW":
        surplus[world.economies.index("ROW")] = -np.inf  # not one partner
    order = [int(i) for i in np.argsort(-surplus, kind="stable") if np.isfinite(surplus[i])]
    at = world.economy(asker)
    sold, bought = _bought(world, other, asker).sum(), _bought(world, asker, other).sum()
    return Position(
        exports_usd_bn=float(sold / 1000),
        imports_usd_bn=float(bought / 1000),
        surplus_usd_bn=float((sold - bought) / 1000),
        surplus_rank=order.index(at) + 1,
        source_index=sources.accounts(world, "flows"),
        surplus_table=[
            Balance(
                code=world.economies[i], name=economy_name(world.economies[i]), surplus_usd_bn=float(surplus[i] / 1000)
            )
            for i in order[:10]
        ],
        exposure=_exposure(case, world, policy, asker, other)[:8],
        quoted=[
            Quoted(
                what=fact.what, value=fact.value, unit=fact.unit, concept=fact.concept or "",
                source_index=sources.index(fact.source),
            )
            for fact in case.facts
            if fact.topic == "position"
        ],
    )  # fmt: skip


def _published(case: Case, sources: Sources) -> list[PublishedEstimate]:
    """What others had published for the same shock, from the case's facts."""
    return [
        PublishedEstimate(
            author=fact.source.title.split(",")[0], date=fact.source.date.isoformat(), shock=fact.what,
            measure=fact.concept or "", value=fact.value, unit=fact.unit, source_index=sources.index(fact.source),
        )
        for fact in [fact for fact in case.facts if fact.topic == "estimate"][:MOST_PUBLISHED]
    ]  # fmt: skip


def _home(deals: Deals, offer: int) -> list[HomeEffects]:
    """Sectors that lose and gain most at home under a deal, against the reference point."""
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
                value_added_usd_bn=_estimate(states.sector_worth(deal_on(deals.law, offer), deals.law, j, n)),
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


def _third_parties(deals: Deals, offer: int) -> list[ThirdParty]:
    """Everybody else, the largest effect of the deal against the law it amends first."""
    deal = deal_on(deals.law, offer)
    return [
        ThirdParty(
            code=code, name=economy_name(code), usd_bn=_estimate(deals.states.worth(deal, code, deals.law))
        )
        for code in list(deals.third_parties(offer))[:8]
    ]  # fmt: skip


def _driver(moves: list[tuple[str, float]]) -> str:
    """The two trade elasticities that move a value most, in words."""
    told = [
        f"{sectors.short_name(sector)} (a quarter higher: US$ {abs(move):.1g} bn {'worse' if move < 0 else 'better'})"
        for sector, move in moves[:2]
    ]
    return f"trade elasticities of {' and '.join(told)}"


def _notes(case: Case, world: World) -> list[str]:
    notes = [
        f"Flows are those of {world.year} at basic prices; customs values, with freight and insurance, are higher.",
        "Welfare is the long-run equivalent variation of households, tariff revenue rebated, deficits fixed in units "
        "of world value added; it is not GDP growth in a year.",
    ]
    for name, issue in case.issues.items():
        if any(option.basis == "elicited" for option in issue.options):
            notes.append(f"What {name.replace('-', ' ')} are worth is a first guess, not measured.")
    return notes
