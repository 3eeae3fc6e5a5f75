"""No deal: what the law may become without an agreement, as a tree of dated events with chances.

A decision tree (Raiffa 1968) valued by the discounted time it spends in each state of the law; its ranges are exact
over all chances that their ranges allow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from tradetalks.errors import CaseError
from tradetalks.records.fields import Day, Name, Rate, Record, Source, Text, fault
from tradetalks.records.yaml_file import FieldPath, field_name
from tradetalks.talks.chance import TINY, Floats, adding_to_one, best, stream, vertices
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, ShareFigure, Stated

YEAR = 365.25
"""Days."""

MOST_CORNERS = 10_000
"""Combinations of corners of shared events that bounds may look at."""


class Branch(Stated):
    """One way an event may go, and the state of the law from then on."""

    branch: Text
    what: Text | None = None
    chance: ShareFigure
    state: Text
    """A reference point, or another named state of the law."""
    then: Event | None = None

    def judged(self) -> Mapping[str, Figure]:
        """The chance."""
        return {"chance": self.chance}


class Event(Record):
    """A day on which the law may go one of several ways.

    Chances of the branches add to one; with each point inside its range, the ranges always allow that.
    """

    on: Day
    what: Text | None = None
    event: Name | None = None
    """A name, where the same event (a ruling of a court) stands in several branches: its chances are then one."""
    branches: Annotated[tuple[Branch, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _adds_to_one(self) -> Event:
        total = math.fsum(branch.chance.point for branch in self.branches)
        if abs(total - 1) > TINY:
            raise fault(f"the chances of the event on {self.on} add to {total:.9g}; make them add to 1", "branches")
        for name, count in Counter(branch.branch for branch in self.branches).items():
            if count > 1:
                raise fault(
                    f'"{name}" stands twice in the event on {self.on}; give each branch its own name', "branches"
                )
        for branch in self.branches:
            if branch.then and branch.then.on <= self.on:
                raise fault(
                    f'the event on {branch.then.on}, after "{branch.branch}", does not come later than {self.on}; '
                    "write the later day",
                    "branches",
                )
        return self

    @property
    def chances(self) -> tuple[ShareFigure, ...]:
        """Those of its branches, in order."""
        return tuple(branch.chance for branch in self.branches)


class Leaf(NamedTuple):
    """One way through the whole tree."""

    branches: tuple[str, ...]
    """The branch taken at each event."""
    chance: Estimate
    states: tuple[tuple[date | None, str], ...]
    """The states it passes through, each with its first day; the first has none, it holds from the as-of date."""


_Way = tuple[tuple[str, int], ...]
"""The key of each event that was met, and the branch taken."""

_States = tuple[tuple[date | None, str], ...]
"""States of the law in turn, each with its first day; the first has none, it holds from the as-of date."""


class _Spell(NamedTuple):
    """A stay in one state of the law, from the branch that leads to it to the next event or the end."""

    states: _States
    """The states on the way here; the last is this one."""
    way: _Way
    event: Event | None
    """What ends the stay."""
    key: str
    """Of that event: its name, or its place in the file."""
    at: FieldPath

    @property
    def state(self) -> str:
        return self.states[-1][1]

    @property
    def since(self) -> date | None:
        """The first day, where it is not the as-of date."""
        return self.states[-1][0]


class Tree(Record):
    """No deal, from the as-of date to `until`."""

    until: Day
    """The last day that is valued."""
    discount: Rate
    """A year; what comes later counts less."""
    now: Text
    """The state of the law from the as-of date to the first event."""
    then: Event | None = None
    source: Source | None = None
    """Of the discount rate."""

    @model_validator(mode="after")
    def _ends_after_its_events(self) -> Tree:
        if self.discount < 0:
            raise fault(f"{self.discount:.4g}: a discount rate is not below 0%", "discount")
        seen: dict[str, Event] = {}
        for spell in self._spells():
            event = spell.event
            if event is None:
                continue
            if event.on > self.until:
                raise fault(f"{self.until} is before the event on {event.on}; value at least to that day", "until")
            if spell.key in {key for key, _ in spell.way}:
                raise fault(f'"{event.event}" comes after itself; give the event on {event.on} another name', "then")
            first = seen.setdefault(spell.key, event)
            if [(b.branch, b.chance) for b in first.branches] != [(b.branch, b.chance) for b in event.branches]:
                raise fault(
                    f'the event "{event.event}" stands on {first.on} and on {event.on} with other branches or chances; '
                    "make them alike, or give one another name",
                    "then",
                )
        return self

    # ---- what is in it -------------------------------------------------------------------------------------------

    @property
    def states(self) -> tuple[str, ...]:
        """Every state of the law it may come to, in the order of the file; the columns of `draws`."""
        return tuple(dict.fromkeys(spell.state for spell in self._spells()))

    def leaves(self) -> tuple[Leaf, ...]:
        """Every way through the tree; their chances add to one, the range of each is what it alone may be."""
        events = self._events()
        found = []
        for spell in self._spells():
            if spell.event is None:
                names = tuple(events[key].branches[k].branch for key, k in spell.way)
                reaches = [_reach(events[key].chances, k) for key, k in spell.way]
                chance = Estimate(*(math.prod(ends) for ends in zip(Estimate(1.0, 1.0, 1.0), *reaches, strict=True)))
                found.append(Leaf(names, chance, spell.states))
        return tuple(found)

    def dated(self) -> Iterator[tuple[FieldPath, date]]:
        """The dates of its sources and where they stand: what must not lie after the as-of date of a case."""
        if self.source:
            yield ("source", "date"), self.source.date
        for spell in self._spells():
            for k, branch in enumerate(spell.event.branches if spell.event else ()):
                if branch.source:
                    yield (*spell.at, "branches", k, "source", "date"), branch.source.date

    # ---- what it is worth ----------------------------------------------------------------------------------------

    def weights(self, as_of: date) -> dict[str, float]:
        """The expected share of discounted time spent in each state from `as_of` to `until`; the shares add to one.

        Each day counts (1 + discount)^(−days / 365.25). The expected payoff of no deal is the sum of share × payoff.
        Raises `CaseError` for a day on or after the first event, or after `until`.
        """
        chances = {key: np.array([[c.point for c in event.chances]]) for key, event in self._events().items()}
        return dict(zip(self.states, map(float, self._shares(as_of, chances)[0]), strict=True))

    def draws(self, n: int, seed: int, as_of: date) -> Floats:
        """Draws of the weights `[draw, state]`, in the order of `states`; each row adds to one.

        Every event draws its chances on its own, as `chance.adding_to_one` does: triangular within their ranges, then
        moved to add to one. Events of the same name share their draw. Raises `CaseError` as `weights` does.
        """
        random = stream(seed, "no deal")
        chances = {
            key: adding_to_one(event.chances, random.random((n, len(event.branches))))
            for key, event in self._events().items()
        }
        return self._shares(as_of, chances, n)

    def expected(self, values: Mapping[str, float], as_of: date) -> float:
        """The expected payoff, by the points of the chances; in the unit of `values`, US$ bn a year."""
        self._require(values)
        return math.fsum(share * values[state] for state, share in self.weights(as_of).items())

    def bounds(self, values: Mapping[str, float], as_of: date) -> Estimate:
        """The expected payoff, with the lowest and the highest that the ranges of the chances allow.

        `values` is the payoff in each state, US$ bn a year. Exact: from the last events back, each event solves the
        linear programme over its own chances (`chance.best`); an event that stands in several branches has one set of
        chances, so its corners are tried in turn. Raises `CaseError` for a state without a value, for a tree with too
        many shared events, and as `weights` does.
        """
        point = self.expected(values, as_of)
        stands = Counter(spell.key for spell in self._spells() if spell.event)
        shared = {key: vertices(event.chances) for key, event in self._events().items() if stands[key] > 1}
        if math.prod(map(len, shared.values())) > MOST_CORNERS:
            raise CaseError(
                f"the no-deal tree has too many shared events ({', '.join(shared)}) for exact bounds; "
                "take the name off some, so that their chances may differ between branches"
            )

        def highest(sign: int) -> float:
            return max(
                self._worth({s: sign * v for s, v in values.items()}, as_of, dict(zip(shared, taken, strict=True)))
                for taken in product(*shared.values())
            )

        return Estimate.over(point, (-highest(-1), highest(1)))

    def path(self, values: Mapping[str, float], as_of: date) -> list[tuple[date, float]]:
        """The expected payoff from each day on which it moves, US$ bn a year at that day, not discounted.

        A week of delay costs the flow of that week × 7 / 365.25. Raises `CaseError` as `bounds` does.
        """
        self._require(values)
        self._from(as_of)
        chance = {key: [c.point for c in event.chances] for key, event in self._events().items()}
        spells = [
            (s.since or as_of, self._end(s.event), math.prod(chance[key][k] for key, k in s.way) * values[s.state])
            for s in self._spells()
        ]
        days = sorted({since for since, _, _ in spells})
        return [(day, math.fsum(flow for since, end, flow in spells if since <= day < end)) for day in days]

    # ---- inside --------------------------------------------------------------------------------------------------

    def _spells(self) -> Iterator[_Spell]:
        """Every stay, each before those that follow it."""

        def walk(event: Event | None, way: _Way, states: _States, at: FieldPath) -> Iterator[_Spell]:
            key = (event.event or f"/{field_name(at)}") if event else ""
            yield _Spell(states, way, event, key, at)
            for k, branch in enumerate(event.branches if event else ()):
                turn = (*states, (event.on if event else None, branch.state))
                yield from walk(branch.then, (*way, (key, k)), turn, (*at, "branches", k, "then"))

        return walk(self.then, (), ((None, self.now),), ("then",))

    def _events(self) -> dict[str, Event]:
        """Events by their key; those of one name are one."""
        return {spell.key: spell.event for spell in self._spells() if spell.event}

    def _end(self, event: Event | None) -> date:
        """The first day after a stay that `event` ends, or that lasts."""
        return event.on if event else self.until + timedelta(days=1)

    def _shares(self, as_of: date, chances: Mapping[str, Floats], n: int = 1) -> Floats:
        self._from(as_of)
        states = list(self.states)
        shares = np.zeros((n, len(states)))
        for spell in self._spells():
            reached = np.ones(n)
            for key, k in spell.way:
                reached = reached * chances[key][:, k]
            shares[:, states.index(spell.state)] += reached * self._days(as_of, spell.since, self._end(spell.event))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def _worth(self, values: Mapping[str, float], as_of: date, fixed: Mapping[str, Floats]) -> float:
        """The highest expected payoff, where the chances of the events in `fixed` are given."""

        def walk(state: str, since: date | None, event: Event | None) -> float:
            stay = self._days(as_of, since, self._end(event)) * values[state]
            if event is None:
                return stay
            onward = np.array([walk(branch.state, event.on, branch.then) for branch in event.branches])
            chances = fixed.get(event.event or "")
            return stay + float((best(event.chances, onward) if chances is None else chances) @ onward)

        return walk(self.now, None, self.then) / self._days(as_of, None, self._end(None))

    def _days(self, as_of: date, since: date | None, until: date) -> float:
        """Discounted days from `since` to the day before `until`."""
        a, b = ((day - as_of).days for day in (since or as_of, until))
        rate = math.log1p(self.discount) / YEAR
        if rate * (b - a) < 1e-12:
            return (b - a) * math.exp(-rate * a)
        return math.exp(-rate * a) * math.expm1(-rate * (b - a)) / math.expm1(-rate)

    def _from(self, as_of: date) -> None:
        if as_of > self.until:
            raise CaseError(f"the no-deal tree ends on {self.until}, before {as_of}; give it a later `until`")
        if self.then and self.then.on <= as_of:
            raise CaseError(
                f"the no-deal tree's first event, on {self.then.on}, does not lie after {as_of}; "
                "keep the branch that came about, with its state as `now`, and drop the others"
            )

    def _require(self, values: Mapping[str, float]) -> None:
        for state in self.states:
            if not math.isfinite(values.get(state, math.nan)):
                raise CaseError(f'the no-deal tree comes to the state "{state}", which has no value; give it one')


def _reach(chances: Sequence[ShareFigure], k: int) -> Estimate:
    """What the chance of one branch may be, given that all add to one."""
    others = [c for i, c in enumerate(chances) if i != k]
    low = max(chances[k].low, 1 - math.fsum(c.high for c in others))
    high = min(chances[k].high, 1 - math.fsum(c.low for c in others))
    return Estimate.over(chances[k].point, (low, high))
