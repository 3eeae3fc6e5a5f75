"""Pledges on the table at their worth, by whose text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.contents.deals import titles_of
from tradetalks.brief.contents.no_deal import plain
from tradetalks.brief.contract_talks import Pledge
from tradetalks.talks.pledges import PledgeWorth, pledge_worths

if TYPE_CHECKING:
    from tradetalks.brief.contents.sources import Sources
    from tradetalks.brief.contract_talks import Estimate
    from tradetalks.talks.case import Case


def pledges(case: Case, sources: Sources) -> list[Pledge]:
    """Every purchase and investment on the table: as the case reads it, then by each text that was out."""
    titles = titles_of(case)
    return [
        _pledge(titles[name], option.option, worth, sources)
        for name, issue in case.issues.items()
        for option in issue.options
        for worth in pledge_worths((*option.purchases, *option.investments), case.as_of)
    ]


def _pledge(issue: str, option: str, worth: PledgeWorth, sources: Sources) -> Pledge:
    def maybe(value: tuple[float, float, float] | None) -> Estimate | None:
        return None if value is None else plain(value)

    return Pledge(
        issue=issue, option=option, what=worth.what, promised_by=worth.promised_by, promised_to=worth.promised_to,
        according_to=worth.according_to, words=worth.words, per=worth.per, years=worth.years, face=plain(worth.face),
        new_money=plain(worth.new_money), expected=plain(worth.expected), equity=maybe(worth.equity),
        a_year=maybe(worth.a_year), given_a_year=maybe(worth.given_a_year), source_index=sources.maybe(worth.source),
    )  # fmt: skip
