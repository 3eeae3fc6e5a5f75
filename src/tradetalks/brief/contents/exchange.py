"""The exchange table: what each option costs the asking side for what it gives the others, today and at a deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.contents.deals import titles_of
from tradetalks.brief.contents.no_deal import plain
from tradetalks.brief.contract_talks import AtDeal, Estimate, Exchange, OptionWorth, Price
from tradetalks.talks import answers, worths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradetalks.talks.deals import Deals

    Found = dict[tuple[str, str], answers.Change]

LEAST = 5e-4
"""US$ bn a year: what moves less is nothing, so that no price is divided by it."""


def option_worths(deals: Deals) -> list[OptionWorth]:
    """Every option alone, by issue."""
    titles = titles_of(deals.case)
    return [
        OptionWorth(
            issue=titles[one.issue], option=one.option,
            government={party: plain(value) for party, value in one.payoffs.items()}, people=dict(one.welfare),
            methods=list(one.methods), basis=one.basis, elicited=one.elicited,
        )
        for one in worths.option_worths(deals.valuation)
    ]  # fmt: skip


def exchange(deals: Deals, alone: Iterable[OptionWorth], deal: int | None) -> list[Exchange]:
    """Changes of today's law, cheapest first, with the range of each side's worth and the price at `deal`."""
    titles = titles_of(deals.case)
    ranges = {(one["issue"], one["option"]): one for one in alone}
    there = None if deal is None else {(c.issue, c.option): c for c in answers.changes(deals, deal)}
    asker, *others = deals.case.parties
    rows = []
    for change in answers.changes(deals):
        one = ranges[titles[change.issue], change.option]
        cost = _turned(one["government"][asker])
        gain = _summed(one["government"][party] for party in others)
        rows.append(
            Exchange(
                issue=titles[change.issue], option=change.option, kind=str(change.kind), cost=cost, gain=gain,
                price=_price(change, cost, gain), at_deal=_at_deal(deals, change, there, deal),
                methods=one["methods"], elicited=one["elicited"],
            )
        )  # fmt: skip
    return rows


def _price(change: answers.Change, cost: Estimate, gain: Estimate) -> Price | None:
    """The price of a concession or a demand, over all costs and gains in their ranges."""
    if change.price is None or max(abs(cost["point"]), abs(gain["point"])) < LEAST:
        return None
    if change.kind == "concession":
        lost, won = cost, gain
    else:
        lost, won = _turned(gain), _turned(cost)
    low = max(lost["low"], 0.0) / won["high"]
    high = max(lost["high"], 0.0) / won["low"] if won["low"] > LEAST else None
    return Price(point=change.price, low=low, high=high)


def _at_deal(deals: Deals, change: answers.Change, there: Found | None, deal: int | None) -> AtDeal | None:
    """The same option at the deal: what undoing it would save and take, or what agreeing to it would."""
    if there is None or deal is None:
        return None
    holds = deals.options(deal)[change.issue] == change.option
    found = there.get((change.issue, change.instead_of if holds else change.option))
    if found is None:
        return None
    sign = -1 if holds else 1
    cost, gain = sign * found.cost, sign * found.gain
    exchanged = min(abs(cost), abs(gain)) >= LEAST and cost * gain > 0
    price = (cost / gain if cost > 0 else gain / cost) if exchanged else None
    return AtDeal(holds=holds, cost=cost, gain=gain, price=price)


def _turned(value: Estimate) -> Estimate:
    return Estimate(point=0.0 - value["point"], low=0.0 - value["high"], high=0.0 - value["low"])


def _summed(values: Iterable[Estimate]) -> Estimate:
    parts = list(values)
    return Estimate(
        point=sum(v["point"] for v in parts), low=sum(v["low"] for v in parts), high=sum(v["high"] for v in parts)
    )
