"""The sources of a brief, numbered in the order in which they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.contract import Source

if TYPE_CHECKING:
    from tradetalks.records import fields
    from tradetalks.world import World


class Sources:
    """The list of sources as it grows; each is listed once."""

    def __init__(self) -> None:
        self.listed: list[Source] = []

    def index(self, source: fields.Source) -> int:
        """The position of a source in the list, added when new."""
        return self._at(Source(title=source.title, date=source.date.isoformat(), confidence=source.confidence))

    def maybe(self, source: fields.Source | None) -> int | None:
        """The same where there may be none."""
        return None if source is None else self.index(source)

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
