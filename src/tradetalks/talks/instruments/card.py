"""A card: something on the table that no model values; what it is worth to each side was asked or published.

Worths in money put cards into the same ledger as tariffs (Keeney and Raiffa 1976 on trade-offs; Raiffa 1982).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from tradetalks.records.fields import Text
from tradetalks.talks.figure import Figure, Stated
from tradetalks.talks.instruments.effect import Entry


class Card(Stated):
    """What a card is worth to each party that cares, US$ bn a year; negative to a party that gives something up.

    >>> bases = Card(what="joint patrols", basis="elicited", worth={"USA": {"point": 1, "low": 0.5, "high": 3}})
    >>> bases.entries()[0].worth
    Estimate(point=1.0, low=0.5, high=3.0)
    """

    what: Text
    worth: Annotated[dict[str, Figure], Field(min_length=1)]
    """By party. Best asked as a swap: for which yearly sum, or which cut of a duty, would it give the card up?"""
    basis: Literal["elicited", "published"]

    def judged(self) -> Mapping[str, Figure]:
        """All worths."""
        return {f"worth.{party}": figure for party, figure in self.worth.items()}

    def entries(self) -> tuple[Entry, ...]:
        """One entry a party, in the account `cards`."""
        return tuple(
            Entry(party, "cards", figure.estimate, "elicited", self.what) for party, figure in self.worth.items()
        )
