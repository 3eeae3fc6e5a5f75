"""Where talks start: the measures in force, trade between the parties, and what others have published on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tradetalks.brief.contents.sources import Sources
from tradetalks.brief.contract import Balance, Exposure, MeasureInForce, Position, PublishedEstimate, Quoted
from tradetalks.brief.contract_talks import Standing
from tradetalks.errors import LawError
from tradetalks.law.book import book
from tradetalks.law.countries import code as country
from tradetalks.law.countries import members
from tradetalks.law.scope import rate_of
from tradetalks.law.standing import standing
from tradetalks.talks.legal_state import legal_state
from tradetalks.talks.measures import Measure
from tradetalks.world import Policy, World, sectors
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from tradetalks.talks.case import Case
    from tradetalks.talks.legal_state import AnyMeasure

MOST_PUBLISHED = 6
"""Published estimates printed, the first of the case."""


def goods_of(world: World) -> list[int]:
    return world.sector_indices("goods")


def services(world: World) -> str:
    return world.sectors[world.sector_indices("services")[0]]


def goods_bought(world: World, importer: str, exporter: str) -> NDArray[np.float64]:
    """Goods that `importer` buys from `exporter` in the base year, by sector, US$ m; services count as zero."""
    flows = np.zeros(len(world.sectors))
    goods = goods_of(world)
    flows[goods] = world.flows[goods, world.economy(importer), world.economy(exporter)]
    return flows


def duty_rates(policy: Policy, importer: str, exporter: str) -> NDArray[np.float64]:
    world = policy.world
    return policy.tariffs[:, world.economy(importer), world.economy(exporter)]


def situation(
    case: Case, world: World, may_come: Sequence[str], asker: str, other: str, sources: Sources
) -> list[MeasureInForce]:
    """Measures on the asking party's goods: those of the reference point, then what other states of the law add.

    A measure that may come counts net of what it replaces, in the first of the states that has it.
    """
    bought = goods_bought(world, other, asker)

    def points(rates: NDArray[np.float64]) -> float:
        return 100 * float((rates * bought).sum() / bought.sum())

    here = legal_state(case, case.reference)
    adds = here.added(world, other, asker)
    told = {m.measure for m in here.measures}
    found = [(m, points(adds[m.measure]), True) for m in here.measures if m.measure in adds]
    for state in may_come:
        there = legal_state(case, state)
        full = there.duty(world, other, asker)
        for measure in there.new():
            if measure.measure not in told:
                rest = there.without([measure.measure]).duty(world, other, asker)
                found.append((measure, points(full - rest), False))
        told |= {measure.measure for measure in there.new()}
    return [
        _measure(world, measure, asker, added, active, sources, case.as_of)
        for measure, added, active in _together(found)
        if abs(added) > 5e-4
    ]


def standings(case: Case, measures: Sequence[MeasureInForce], other: str, sources: Sources) -> list[Standing]:
    """How the statutes stood on the as-of date that the measures rest on; those in no book of law are left out."""
    if country(other) not in {country(law.importer) for law in case.law}:
        return []
    found = []
    for authority in dict.fromkeys(measure["authority"] for measure in measures):
        try:
            known = standing(other, authority, case.as_of)
        except LawError:
            continue
        if known is not None:
            found.append(
                Standing(
                    authority=authority, statute=known.statute, kind=known.kind, words=known.words,
                    source_index=sources.index(known.source),
                )
            )  # fmt: skip
    return found


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
        rate = float(measure.extra(world)[goods_of(world), world.economy(asker)].max())
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


def exposure(case: Case, world: World, policy: Policy, asker: str, other: str) -> list[Exposure]:
    """The asking party's goods sectors by what they sell to the other side."""
    sold, made = goods_bought(world, other, asker), world.output[:, world.economy(asker)]
    before, today = duty_rates(Policy(world), other, asker), duty_rates(policy, other, asker)
    order = [j for j in np.argsort(-sold, kind="stable") if sold[j] > 0]
    return [
        Exposure(
            sector=world.sectors[j], name=sectors.short_name(world.sectors[j]), exports_usd_bn=float(sold[j] / 1000),
            share_of_exports=float(sold[j] / sold.sum()), share_of_output=float(sold[j] / made[j]),
            rate_before=float(before[j]), rate_today=float(today[j]), duty_usd_bn=float(sold[j] * today[j] / 1000),
        )
        for j in order
    ]  # fmt: skip


def position(case: Case, world: World, policy: Policy, asker: str, other: str, sources: Sources) -> Position:
    goods, them = goods_of(world), world.economy(other)
    surplus = world.flows[np.ix_(goods, [them])].sum((0, 1)) - world.flows[goods][:, :, them].sum(0)
    surplus[them] = -np.inf
    if "ROW" in world.economies and asker != "ROW":
        surplus[world.economies.index("ROW")] = -np.inf  # not one partner
    order = [int(i) for i in np.argsort(-surplus, kind="stable") if np.isfinite(surplus[i])]
    at = world.economy(asker)
    sold, bought = goods_bought(world, other, asker).sum(), goods_bought(world, asker, other).sum()
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
        exposure=exposure(case, world, policy, asker, other)[:8],
        quoted=[
            Quoted(
                what=fact.what, value=fact.value, unit=fact.unit, concept=fact.concept or "",
                source_index=sources.index(fact.source),
            )
            for fact in case.facts
            if fact.topic == "position"
        ],
    )  # fmt: skip


def published(case: Case, sources: Sources) -> list[PublishedEstimate]:
    """What others had published for the same shock, from the case's facts."""
    return [
        PublishedEstimate(
            author=fact.source.title.split(",")[0], date=fact.source.date.isoformat(), shock=fact.what,
            measure=fact.concept or "", value=fact.value, unit=fact.unit, source_index=sources.index(fact.source),
        )
        for fact in [fact for fact in case.facts if fact.topic == "estimate"][:MOST_PUBLISHED]
    ]  # fmt: skip
