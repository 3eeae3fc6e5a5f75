"""Standing: how long what rests on a statute may stand, in the law's own words as they were known on a day.

From the states of each authority in the book of law; nothing whose source was published later is read.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tradetalks.errors import LawError, nearest
from tradetalks.law.authority import Standing as Kind
from tradetalks.law.book import book
from tradetalks.law.countries import code as country
from tradetalks.records.fields import Source


class Standing(NamedTuple):
    """How a statute stood."""

    statute: str
    kind: Kind
    since: date
    """The first day of this kind of standing, without a break to the day asked for."""
    latest: date
    """The day of the last change within it."""
    why: str
    source: Source

    @property
    def words(self) -> str:
        """One sentence.

        >>> standing("USA", "IEEPA", date(2025, 4, 16)).words[:55]
        'contested since 2025-04-14: Five importers sue in the C'
        """
        last = f", last on {self.latest}" if self.latest != self.since else ""
        return f"{self.kind} since {self.since}{last}: {self.why}"


def standing(importer: str, authority: str, as_of: date) -> Standing | None:
    """How an authority of `importer` stood on `as_of`, strictly as known that day; None where nothing was on record.

    Raises `LawError` for an importer without a book of law and for an authority that the book does not have,
    `UnknownCode` for an importer that is none.
    """
    law = book(country(importer))
    found = law.authority(authority)
    if found is None:
        names = [a.authority for a in law.authorities]
        hint = nearest(authority, names) or "known: " + ", ".join(names)
        raise LawError(f'no authority "{authority}" in the law of {law.importer}; {hint}')
    known = [s for s in found.durability.states if s.since <= as_of and s.source.date <= as_of]
    if not known:
        return None
    since = known[-1].since
    for state in reversed(known):
        if state.standing != known[-1].standing:
            break
        since = state.since
    last = known[-1]
    return Standing(found.statute, last.standing, since, last.since, last.why, last.source)
