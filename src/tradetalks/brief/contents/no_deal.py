"""No deal as the brief tells it: states of the law side by side, duty bills, and the tree of what may come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tradetalks.brief.amounts import usd_bn
from tradetalks.brief.contents.situation import duty_rates, exposure, goods_bought, services
from tradetalks.brief.contract import NoDeal, ReferencePoint, Reservation
from tradetalks.brief.contract_talks import Branch, DutyBill, Estimate, Event, Leaf, Spell, Tree, TreeState, Worth
from tradetalks.errors import TradetalksError
from tradetalks.talks import estimate, no_deal
from tradetalks.talks.bills import case_bills
from tradetalks.talks.case import TREE
from tradetalks.talks.figure import ShareFigure
from tradetalks.talks.states import drivers
from tradetalks.talks.table import reference_policy
from tradetalks.world import Policy, sectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradetalks.brief.contents.sources import Sources
    from tradetalks.talks.case import Case
    from tradetalks.talks.deals import Deals

AS_BEFORE, BY_BEFORE = "as before", "by what came before"
"""Where one branch leads to several states, whether it leaves each as it was."""

EXPECTED = "no deal as it may go"
"""How the tree is called where a state of the law may be named."""


def plain(value: tuple[float, float, float]) -> Estimate:
    """An estimate as plain data."""
    return Estimate(point=float(value[0]), low=float(value[1]), high=float(value[2]))


def labels_of(case: Case) -> dict[str, str]:
    """The label of every state of the law in a case, and of the tree."""
    points = case.reference_points | case.states
    return {name: point.label or name.replace("-", " ") for name, point in points.items()} | {TREE: EXPECTED}


def may_come(deals: Deals) -> list[str]:
    """States of the law that no deal may bring and that do not rule yet, the likeliest first."""
    weights = sorted(deals.valuation.states.items(), key=lambda item: -item[1])
    return [state for state, _ in weights if state != deals.case.reference]


def worth(deals: Deals, state: str, against: str | None) -> dict[str, Worth]:
    """What a state of the law, or the tree, is worth to the people of each party."""
    states, mix = deals.states, deals.case.no_deal_weights(state)
    found = {party: states.worth(mix, party, against) for party in deals.case.parties}
    return {
        party: Worth(usd_bn=plain(value), percent=plain(states.share(value, party))) for party, value in found.items()
    }


def to_government(deals: Deals, state: str, against: str) -> dict[str, Estimate]:
    """The same for the governments, which weigh more than welfare."""
    mix = deals.case.no_deal_weights(state)
    vectors = deals.valuation.vector
    other = deals.case.no_deal_weights(against)
    return {
        party: plain(deals.states.payoff(mix, other, at, vectors[at])) for at, party in enumerate(deals.case.parties)
    }


def reference_points(deals: Deals) -> list[ReferencePoint]:
    """Each reference point: average duty, static bill, worth to both sides against the world's base year."""
    case, world, labels = deals.case, deals.world, labels_of(deals.case)
    asker, other = case.parties[:2]
    flows = goods_bought(world, other, asker)
    bills = _bills(case)
    found = []
    for name, point in case.reference_points.items():
        duty = (duty_rates(reference_policy(case, world, name), other, asker) * flows).sum()
        found.append(
            ReferencePoint(
                name=name, label=labels[name], what=point.what, average_rate=float(duty / flows.sum()),
                static_duty_usd_bn=float(duty / 1000), values=worth(deals, name, None),
                bills=bills.get(point.label or name, []),
            )
        )  # fmt: skip
    return found


def _bills(case: Case) -> dict[str, list[DutyBill]]:
    """By state of the law; none where a state has rates by sector of its own, which know no products."""
    try:
        bills = case_bills(case)
    except TradetalksError:
        return {}
    found: dict[str, list[DutyBill]] = {}
    for bill in bills:
        found.setdefault(bill.state, []).append(
            DutyBill(
                importer=bill.importer, partner=bill.partner, imports_usd_bn=bill.imports, duty=bill.duty,
                usd_bn=bill.usd_bn, programmes=dict(bill.programmes),
            )
        )  # fmt: skip
    return found


def no_deal_of(deals: Deals, sources: Sources) -> NoDeal:
    """No deal against every reference point, what moves it most, and the tree where the case has one."""
    case = deals.case
    against = [name for name in case.reference_points if name != deals.no_deal]
    return NoDeal(
        name=deals.no_deal, label=labels_of(case)[deals.no_deal],
        against={name: worth(deals, deals.no_deal, name) for name in against},
        government={name: to_government(deals, deals.no_deal, name) for name in against},
        values=worth(deals, deals.no_deal, None),
        driver=_event_driver(deals) if deals.no_deal == TREE else _elasticity_driver(deals),
        tree=None if deals.no_deal != TREE or case.tree is None else tree_of(deals, case.tree, sources),
    )  # fmt: skip


def reservations(deals: Deals) -> list[Reservation]:
    """Where each reference point lies among the offers: its payoff against the law that a deal would stand on there.

    The tree, where it rules, is one of them.
    """
    case, labels = deals.case, labels_of(deals.case)
    found = []
    for name in case.reference_points:
        paid = to_government(deals, name, case.law_of_deals(name))
        found.append(
            Reservation(name=name, label=labels[name], payoffs={party: value["point"] for party, value in paid.items()})
        )
    if deals.no_deal == TREE:
        own = dict(zip(case.parties, map(float, deals.reservation), strict=True))
        found.append(Reservation(name=TREE, label=labels[TREE], payoffs=own))
    return found


# ---- the tree ---------------------------------------------------------------------------------------------------


def tree_of(deals: Deals, tree: no_deal.Tree, sources: Sources) -> Tree:
    """The tree: its events, its states and what they are worth, and no deal in expectation."""
    case, labels = deals.case, labels_of(deals.case)
    known = case.reference_points | case.states
    weights, law = deals.valuation.states, deals.law
    states = [
        TreeState(
            name=state, label=labels[state], what=known[state].what, share=weights[state],
            people={party: value["usd_bn"] for party, value in worth(deals, state, law).items()},
            government=to_government(deals, state, law),
        )
        for state in tree.states
    ]  # fmt: skip
    return Tree(
        until=tree.until.isoformat(), discount=tree.discount, now=labels[tree.now],
        events=_events(tree, labels, sources),
        leaves=[
            Leaf(
                branches=list(leaf.branches), chance=plain(leaf.chance),
                states=[Spell(since=day.isoformat() if day else None, state=labels[s]) for day, s in leaf.states],
            )
            for leaf in tree.leaves()
        ],
        states=states,
        people={party: value["usd_bn"] for party, value in worth(deals, TREE, law).items()},
        people_over_chances=_over_chances(case, tree, {s["name"]: s["people"] for s in states}),
        government=to_government(deals, TREE, law),
        government_over_chances=_over_chances(case, tree, {s["name"]: s["government"] for s in states}),
        source_index=sources.maybe(tree.source),
    )  # fmt: skip


def _over_chances(case: Case, tree: no_deal.Tree, values: Mapping[str, Mapping[str, Estimate]]) -> dict[str, Estimate]:
    return {
        party: plain(tree.bounds({state: value[party]["point"] for state, value in values.items()}, case.as_of))
        for party in case.parties
    }


def _events(tree: no_deal.Tree, labels: Mapping[str, str], sources: Sources) -> list[Event]:
    """Every event once, in the order of time; `after` names the branches it follows."""
    found: dict[object, Event] = {}
    stays: dict[tuple[object, int], bool] = {}

    def walk(event: no_deal.Event | None, after: str | None, now: str) -> None:
        if event is None:
            return
        key = (event.on, event.event or event.what, tuple(b.branch for b in event.branches))
        if key not in found:
            found[key] = Event(
                on=event.on.isoformat(), what=event.what or event.event or "", after=[],
                branches=[
                    Branch(
                        branch=b.branch, what=b.what or "", chance=plain(b.chance.estimate), state=labels[b.state],
                        basis=b.basis, source_index=sources.maybe(b.source),
                    )
                    for b in event.branches
                ],
            )  # fmt: skip
        told = found[key]
        for k, (seen, branch) in enumerate(zip(told["branches"], event.branches, strict=True)):
            stays[key, k] = stays.get((key, k), True) and branch.state == now
            if seen["state"] != labels[branch.state]:  # it differs by what came before
                seen["state"] = AS_BEFORE if stays[key, k] else BY_BEFORE
        if after is not None and after not in told["after"]:
            told["after"].append(after)
        for branch in event.branches:
            walk(branch.then, branch.branch, branch.state)

    walk(tree.then, None, tree.now)
    return sorted(found.values(), key=lambda event: event["on"])


def _event_driver(deals: Deals) -> str:
    """The event whose chances move the asking party's expected worth most, in words."""
    case, tree = deals.case, deals.case.tree
    if tree is None or tree.then is None:
        return "nothing: no event is to come"
    asker = case.parties[0]
    values = {state: worth(deals, state, deals.law)[asker]["usd_bn"]["point"] for state in tree.states}
    names = list(dict.fromkeys(_key(event) for event in _walk(tree.then)))
    spans: list[tuple[float, str, estimate.Estimate]] = []
    for name in names:
        alone = tree.model_copy(update={"then": _pinned(tree.then, name)})
        bounds = alone.bounds(values, case.as_of)
        spans.append((bounds.high - bounds.low, name, bounds))
    _, name, bounds = max(spans, key=lambda span: span[0])
    low, high = sorted((bounds.low, bounds.high), key=abs)
    return f"the chances of “{name}” (from {usd_bn(low, sign=True)} to {usd_bn(high, sign=True)})"


def _key(event: no_deal.Event) -> str:
    return event.what or event.event or event.on.isoformat()


def _walk(event: no_deal.Event | None) -> list[no_deal.Event]:
    if event is None:
        return []
    return [event, *(later for branch in event.branches for later in _walk(branch.then))]


def _pinned(event: no_deal.Event | None, free: str) -> no_deal.Event | None:
    """The event and those after it, with the chances of all but those called `free` at their points."""
    if event is None:
        return None
    branches = []
    for branch in event.branches:
        update: dict[str, object] = {"then": _pinned(branch.then, free)}
        if _key(event) != free:
            point = branch.chance.point
            update["chance"] = ShareFigure.certain(point)
        branches.append(branch.model_copy(update=update))
    return event.model_copy(update={"branches": tuple(branches)})


def _elasticity_driver(deals: Deals) -> str:
    """The two trade elasticities that move what no deal is worth to the asking party most, in words."""
    case, world = deals.case, deals.world
    asker, other = case.parties[:2]
    today = reference_policy(case, world, case.reference)
    top = [row["sector"] for row in exposure(case, world, today, asker, other)[:5]]
    law = Policy(world) if deals.no_deal == deals.law else reference_policy(case, world, deals.law)
    moves = drivers(world, reference_policy(case, world, deals.no_deal), law, asker, [*top, services(world)])
    told = [
        f"{sectors.short_name(sector)} (a quarter higher: US$ {abs(move):.1g} bn {'worse' if move < 0 else 'better'})"
        for sector, move in moves[:2]
    ]
    return f"trade elasticities of {' and '.join(told)}"


def weighed(deals: Deals, party: str, accounts: NDArray[np.float64]) -> Estimate:
    """What a change of accounts `[account]` is worth to a government, over all that it may weigh."""
    valuation = deals.valuation
    government = valuation.ledger.governments[party]
    point, low, high = government.payoffs(valuation.names, accounts)
    return Estimate(point=float(point), low=float(low), high=float(high))
