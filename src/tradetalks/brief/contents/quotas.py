"""Quotas on the table: tonnes by origin, price, growers, treasury, option by option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.contents.deals import titles_of
from tradetalks.brief.contents.no_deal import plain
from tradetalks.brief.contract_talks import Estimate, OriginSales, Quota
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from tradetalks.brief.contents.sources import Sources
    from tradetalks.talks.case import Case
    from tradetalks.talks.instruments.quota_outcome import OriginChange


def quotas(case: Case, sources: Sources) -> list[Quota]:
    """The outcome of every option on a quota on its own product market; none where quotas are not on the table."""
    titles, found = titles_of(case), []
    for name, issue in case.issues.items():
        for option in issue.options:
            for change in option.on(case.markets).quotas:
                if change.changes_nothing:
                    continue
                out, market = change.outcome(), change.known
                found.append(
                    Quota(
                        issue=titles[name], option=option.option, what=out.what, importer=market.importer,
                        unit=out.unit, origins=[_sales(one) for one in out.origins],
                        price_pct=_percent(out.price), growers=plain(out.growers.usd_bn),
                        treasury=plain(out.treasury.usd_bn), consumers=plain(out.consumers.usd_bn),
                        whole=plain(out.welfare.usd_bn), regime=out.regime, basis=market.basis,
                        source_index=sources.maybe(market.source),
                    )
                )  # fmt: skip
    return found


def _sales(one: OriginChange) -> OriginSales:
    return OriginSales(
        origin=one.origin, name=economy_name(one.origin), before=one.before, after=plain(one.after),
        change=plain(one.change),
    )  # fmt: skip


def _percent(fraction: tuple[float, float, float]) -> Estimate:
    return Estimate(point=100 * fraction[0], low=100 * fraction[1], high=100 * fraction[2])
