"""The state of the law at a reference point: books of law on a day, and a case's own measures, amended by offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tradetalks.law.book import Book, book
from tradetalks.law.countries import code as country
from tradetalks.law.measure import Amendment
from tradetalks.law.measure import Measure as LawMeasure
from tradetalks.law.trade import SETTLED_KNOWN, Usage
from tradetalks.talks.measures import Measure, apply, economies
from tradetalks.world import Policy
from tradetalks.world.duties import added_by, under

if TYPE_CHECKING:
    from tradetalks.talks.case import Case
    from tradetalks.world import World

AnyMeasure = Measure | LawMeasure


@dataclass(frozen=True)
class LegalState:
    """Law in force on `on`, as it was known on `known_on`."""

    own: tuple[Measure, ...]
    """The case's own measures in force."""
    books: tuple[tuple[Book, date], ...]
    """Law by importer, and the day whose law the world's duties already hold."""
    on: date
    known_on: date

    @property
    def usage(self) -> Usage:
        """Claims of the USMCA as far as they were known."""
        return "settled" if self.known_on >= SETTLED_KNOWN else "year"

    @property
    def measures(self) -> tuple[AnyMeasure, ...]:
        """All measures in force, the law's first."""
        return (*(m for law, _ in self.books for m in law.in_force(self.on, self.known_on)), *self.own)

    def new(self) -> tuple[AnyMeasure, ...]:
        """Measures in force that the world's duties do not hold yet."""
        since = [m for law, base in self.books for m in law.in_force(self.on, self.known_on) if not m.holds(base, None)]
        return (*since, *self.own)

    def amended(self, amendments: Sequence[Amendment]) -> LegalState:
        """The state under a deal; a measure that is not in force needs no amendment."""
        books = []
        for law, base in self.books:
            names = {m.measure for m in law.measures}
            mine = [a.model_copy(update={"measures": tuple(n for n in a.measures if n in names)}) for a in amendments]
            books.append((law.amended([a for a in mine if a.measures]), base))
        own = self.own
        for amendment in amendments:
            own = tuple(m.amend(amendment) if m.measure in amendment.measures else m for m in own)
        return replace(self, own=own, books=tuple(books))

    def without(self, names: Sequence[str]) -> LegalState:
        """The state with authorities or single measures set aside."""
        books = []
        for law, base in self.books:
            known = {m.authority for m in law.measures} | {m.measure for m in law.measures}
            books.append((law.without([name for name in names if name in known]), base))
        own = tuple(m for m in self.own if not {m.authority, m.measure} & set(names))
        return replace(self, own=own, books=tuple(books))

    def policy(self, world: World, only: Collection[int] | None = None) -> Policy:
        """The policy of this law on a world; with `only`, right for these exporters (by position) alone."""
        policy = Policy(world)
        for law, base in self.books:
            policy = under(policy, law, self.on, self.known_on, base=base, usage=self.usage, only=only)
        return apply(policy, self.own)

    def added(self, world: World, importer: str, exporter: str) -> dict[str, NDArray[np.float64]]:
        """What measures of an importer add to its duties on an exporter, fractions `[sector]`.

        A new measure counts net of what its programme levied in the world's own day; a programme without a new measure
        counts under its first. The sum is the change of the duty.
        """
        found: dict[str, NDArray[np.float64]] = {}
        for law, base in self.books:
            if law.importer != importer:
                continue
            now = added_by(world, law, exporter, self.on, self.known_on, self.usage)
            before = added_by(world, law.as_written, exporter, base, usage=self.usage)
            programme = {m.measure: m.programme for m in law.measures}
            new = [m.measure for m in self.new() if m.measure in now]
            for name, rates in (*now.items(), *((name, -rates) for name, rates in before.items())):
                heir = next((n for n in new if programme[n] == programme[name]), name)
                heir = name if name in new else heir
                found[heir] = found[heir] + rates if heir in found else rates
        i, n = world.economy(exporter), world.economy(importer)
        rates = world.tariffs[:, n, i]
        for k, measure in enumerate(self.own, start=1):  # one after the other, so that they add up
            levied = apply(Policy(world), self.own[:k]).tariffs[:, n, i]
            found[measure.measure], rates = levied - rates, levied
        return {name: rates for name, rates in found.items() if rates.any()}

    def duty(self, world: World, importer: str, exporter: str) -> NDArray[np.float64]:
        """The duty on an exporter's goods, fractions `[sector]`."""
        return self.policy(world).tariffs[:, world.economy(importer), world.economy(exporter)]

    def touched(self, amendment: Amendment, world: World) -> NDArray[np.bool_]:
        """The cells that an amendment may change, `[sector, importer, partner]`."""
        cells = np.zeros(world.tariffs.shape, dtype=bool)
        partners = np.zeros(len(world.economies), dtype=bool)
        partners[economies(amendment.partners, world)] = True
        for law, _ in self.books:
            if any(m.measure in amendment.measures for m in law.measures):
                goods = np.array(world.sector_indices("goods"))
                cells[goods, world.economy(law.importer)] |= partners
        for measure in self.own:
            if measure.measure in amendment.measures:
                cells[:, world.economy(measure.importer), :] |= measure.scope(world) & partners
        return cells


def legal_state(case: Case, name: str | None = None) -> LegalState:
    """The law at a reference point of a case, by default `case.reference`, as known on the case's as-of date.

    Raises `CaseError` for a reference point the case does not have.
    """
    point = case.point(name or case.reference)
    own = tuple(m for m in case.measures if m.effective.covers(point.on))
    books = tuple((book(country(law.importer)), law.base) for law in case.law)
    return LegalState(own, books, point.on, case.as_of).without(point.without).amended(point.amendments)
