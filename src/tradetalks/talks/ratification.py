"""Ratification: who at home can stop a signed deal, what they refuse, and how likely the deal is to get through.

A two-level game (Putnam 1988). Whether a harder ratification helps or hurts whoever bargains is a result, not an
assumption (Tarar 2001): an offer that fails at home is worth no deal to both sides, and nothing else is built in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from tradetalks.errors import OfferError, nearest
from tradetalks.records.fields import Name, Names, Number, Record, Text, fault
from tradetalks.records.yaml_file import FieldPath
from tradetalks.talks.accounts import INCOME
from tradetalks.talks.chance import Floats, stream, triangular
from tradetalks.talks.figure import Figure, ShareFigure, Stated
from tradetalks.talks.government import require_account

_IN_WORDS = {
    "revenue": "tariff revenue",
    "balance": "the balance with the other party",
    "manufacturing": "value added of manufacturing",
    "cards": "the worth of the cards",
    "red lines": "the worth of words kept",
}


class Condition(Record):
    """What an actor refuses: an option in the offer, or a loss in an account of its party."""

    issue: Text | None = None
    options: Names = ()
    """Any of them in the offer."""
    account: Text | None = None
    falls_by: Number | None = None
    """More than this, US$ bn a year against the law that offers amend."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Condition:
        given = {name for name in type(self).model_fields if getattr(self, name) not in (None, ())}
        if given not in ({"issue", "options"}, {"account", "falls_by"}):
            raise fault("give either `issue` and `options`, or `account` and `falls_by`")
        if self.account is not None:
            require_account(self.account, "account")
        if self.falls_by is not None and self.falls_by < 0:
            raise fault(f"{self.falls_by:g}; write the fall as a positive number of US$ bn a year", "falls_by")
        return self

    @property
    def words(self) -> str:
        """What it says, to follow "when"."""
        if self.issue is not None:
            return f"{self.issue} is settled as {' or '.join(self.options)}"
        account = self.account or ""
        told = _IN_WORDS.get(account, account)
        if account.startswith(INCOME):
            told = f"value added of {account.removeprefix(INCOME)}"
        return f"{told} falls by more than US$ {self.falls_by:g} bn a year"


class Actor(Stated):
    """A constituency that can stop a signed deal: a cabinet, a chamber, a court, an association."""

    actor: Name
    party: Text
    what: Text
    refuses: tuple[Condition, ...] = ()
    chance: ShareFigure | None = None
    """That it blocks an offer in which any condition holds."""
    otherwise: ShareFigure = ShareFigure.certain(0)
    """That it blocks any other offer."""

    def judged(self) -> Mapping[str, Figure]:
        """Both chances."""
        return {"otherwise": self.otherwise, **({"chance": self.chance} if self.chance else {})}

    @model_validator(mode="after")
    def _can_be(self) -> Actor:
        if bool(self.refuses) != bool(self.chance):
            told = "how likely is it to block what it refuses?" if self.refuses else "there is nothing that it refuses"
            raise fault(f"{'is missing' if self.refuses else 'stands without `refuses`'}; {told}", "chance")
        if self.chance:
            pairs = zip(self.chance.estimate, self.otherwise.estimate, strict=True)
            if any(refused < other for refused, other in pairs):
                raise fault("is above `chance`; nobody blocks what it refuses less than the rest", "otherwise")
        return self

    def dated(self) -> Iterator[tuple[FieldPath, date]]:
        """The date of its source and where it stands, which may not lie after a case's as-of date."""
        if self.source:
            yield ("source", "date"), self.source.date


def what_blocks(actor: Actor) -> str:
    """What an actor stops, in one sentence."""

    def told(chance: ShareFigure) -> str:
        point, low, high = (f"{100 * share:.3g}" for share in chance.estimate)
        return f"{point} %" + (f" ({low} to {high})" if low != high else "")

    who = f"{actor.what} ({actor.party})"
    if not (actor.chance and actor.refuses):
        return f"{who} blocks any deal with a chance of {told(actor.otherwise)}"
    rest = f"; any other with {told(actor.otherwise)}" if actor.otherwise.high else ""
    conditions = ", or when ".join(condition.words for condition in actor.refuses)
    return f"{who} blocks a deal with a chance of {told(actor.chance)} when {conditions}{rest}"


@dataclass(frozen=True, eq=False)
class Offers:
    """Offers as ratifiers see them: what is in them, and what they do to each party's accounts."""

    issues: Mapping[str, Sequence[str]]
    """Issue → its options in order."""
    choices: NDArray[np.intp]
    """Options chosen `[offer, issue]`."""
    parties: Sequence[str]
    names: Sequence[str]
    """Of the accounts."""
    accounts: Floats
    """`[offer, party, account]`, US$ bn a year against the law that offers amend."""

    def __post_init__(self) -> None:
        count = len(self.choices)
        for what, found, wanted in (
            ("choices", np.shape(self.choices), (count, len(self.issues))),
            ("accounts", np.shape(self.accounts), (count, len(self.parties), len(self.names))),
        ):
            if found != wanted:
                raise OfferError(f"{what}: shape {found}, where {wanted} is needed")

    def holds(self, condition: Condition, party: str) -> NDArray[np.bool_]:
        """Whether a condition of an actor of `party` holds, by offer.

        Raises `OfferError` for a name that the offers do not have.
        """
        if condition.issue is not None:
            k = _place(condition.issue, list(self.issues), "issue")
            options = list(self.issues[condition.issue])
            found: NDArray[np.bool_] = np.isin(
                self.choices[:, k],
                [_place(option, options, f"option of {condition.issue}") for option in condition.options],
            )
            return found
        n = _place(party, list(self.parties), "party")
        account = _place(condition.account or "", list(self.names), "account")
        fell: NDArray[np.bool_] = self.accounts[:, n, account] < -(condition.falls_by or 0.0)
        return fell


class Blocking(NamedTuple):
    """Chances that each actor blocks each offer, `[offer, actor]`."""

    point: Floats
    low: Floats
    high: Floats


class Ratified(NamedTuple):
    """Chances that each offer is ratified by all, `[offer]`."""

    point: Floats
    """Where actors decide independently: the product of what each lets through."""
    low: Floats
    """Every actor at the high end of its chance of blocking."""
    high: Floats
    """Every actor at the low end."""
    together: Floats
    """At the points, where objections coincide: the smallest of what each lets through. No dependence gives more."""
    apart: Floats
    """At the points, where no two actors object at once: one less the sum of the chances. No dependence gives less."""


def blocks(actors: Sequence[Actor], offers: Offers) -> Blocking:
    """How likely each actor is to block each offer.

    Raises `OfferError` for an actor that names an issue, option, party or account which the offers do not have.
    """
    refused = _refused(actors, offers)
    ends = []
    for k in range(3):
        chance = np.array([(a.chance or a.otherwise).estimate[k] for a in actors])
        otherwise = np.array([a.otherwise.estimate[k] for a in actors])
        ends.append(np.where(refused, chance, otherwise))
    return Blocking(*ends)


def ratified(actors: Sequence[Actor], offers: Offers) -> Ratified:
    """How likely each offer is to be ratified, with the bounds over chances and over how actors hang together.

    Bounds on dependence: Fréchet (1935). Raises `OfferError` as `blocks` does.
    """
    chance = blocks(actors, offers)
    point, low, high = ((1 - end).prod(axis=1) for end in (chance.point, chance.high, chance.low))
    together = 1 - chance.point.max(axis=1, initial=0.0)
    apart = np.maximum(1 - chance.point.sum(axis=1), 0.0)
    return Ratified(point, low, high, together, apart)


def draws(actors: Sequence[Actor], offers: Offers, n: int, seed: int) -> Floats:
    """Draws of the chance that each offer is ratified `[draw, offer]`, actors deciding independently.

    Each actor's chance is triangular on its range; one draw serves its two chances, as one judgement is wrong for both.
    """
    refused = _refused(actors, offers)
    passed = np.ones((n, len(refused)))
    for k, actor in enumerate(actors):
        uniform = stream(seed, "ratification", actor.party, actor.actor).random(n)
        rest = triangular(*_ends(actor.otherwise), uniform)
        mine = triangular(*_ends(actor.chance), uniform) if actor.chance else rest
        passed *= 1 - np.where(refused[:, k], mine[:, None], rest[:, None])
    return passed


def expected_payoff(chance: ArrayLike, payoffs: ArrayLike, no_deal: ArrayLike) -> Floats:
    """What signing is worth: chance × payoff + (1 − chance) × no deal.

    `chance` is `[offer]`, `payoffs` `[offer, party]`, `no_deal` `[party]`; returns `[offer, party]` in their unit.
    Raises `OfferError` for shapes that do not fit and for chances outside 0 to 1.

    >>> expected_payoff([0.5, 1], [[4, 2], [1, 3]], [-2, 0])
    array([[1., 1.], [1., 3.]])
    """
    p, x, without = (np.asarray(a, dtype=np.float64) for a in (chance, payoffs, no_deal))
    if x.ndim != 2 or p.shape != x.shape[:1] or without.shape != x.shape[1:]:
        raise OfferError(
            f"chance {p.shape}, payoffs {x.shape}, no deal {without.shape}; [offer], [offer, party], [party]"
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise OfferError(f"a chance of {p[~((p >= 0) & (p <= 1))][0]:g}; a chance lies between 0 and 1")
    worth: Floats = p[:, None] * x + (1 - p[:, None]) * without
    return worth


def _refused(actors: Sequence[Actor], offers: Offers) -> NDArray[np.bool_]:
    """Whether any condition of an actor holds, `[offer, actor]`."""
    found = np.zeros((len(offers.choices), len(actors)), dtype=bool)
    for k, actor in enumerate(actors):
        for condition in actor.refuses:
            try:
                found[:, k] |= offers.holds(condition, actor.party)
            except OfferError as error:
                raise OfferError(f"actor {actor.actor}: {error}") from None
    return found


def _ends(chance: ShareFigure) -> tuple[float, float, float]:
    return chance.low, chance.point, chance.high


def _place(name: str, known: Sequence[str], kind: str) -> int:
    if name not in known:
        raise OfferError(f'no {kind} "{name}"; {nearest(name, known) or "known: " + ", ".join(known)}')
    return known.index(name)
