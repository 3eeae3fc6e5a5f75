"""Pledges at their worth: face, new money, expected delivery and what it is a year, by whose text.

A pledge is a promised purchase or investment. The two sides of a deal often publish different texts of it; each is kept
with its date and read by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol, Self

from pydantic import Field, model_validator

from tradetalks.errors import CaseError
from tradetalks.records.fields import Basis, Day, Number, Record, Source, Text, fault
from tradetalks.talks.delivery import Delivery, prior
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, ShareFigure, over_corners, require_range

OWN = "this case"
"""Whose text the reading is that the program itself uses."""

Per = Literal["year", "total", "not said"]


class Face(Record):
    """The amount a text names: US$ bn a year (`per: year`), or a total `from` a day `to` another or over `years`.

    With none of these the text says no period.
    """

    usd_bn: Number
    each: Literal["year"] | None = Field(default=None, alias="per")
    over: Number | None = Field(default=None, alias="years")
    since: Day | None = Field(default=None, alias="from")
    until: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_an_amount_over_a_period(self) -> Self:
        if self.usd_bn <= 0:
            raise fault(f"{self.usd_bn:g} is no promise; write a positive amount in US$ bn", "usd_bn")
        if (self.since is None) != (self.until is None):
            raise fault("a total runs `from` one day `to` another; give both", "to" if self.since else "from")
        if sum(part is not None for part in (self.each, self.over, self.since)) > 1:
            raise fault("give one of `per: year`, `years`, or `from` and `to`")
        if self.over is not None and self.over <= 0:
            raise fault(f"{self.over:g} years; write a positive number", "years")
        if self.since and self.until and self.until <= self.since:
            raise fault(f"{self.until} is not after {self.since}: the period ends before it starts", "to")
        return self

    @property
    def per(self) -> Per:
        """What the amount is for."""
        return "year" if self.each else "total" if self.years else "not said"

    @property
    def years(self) -> float | None:
        """Years over which a total runs; None for an amount a year, and where no period is said."""
        if self.since and self.until:
            return (self.until - self.since).days / 365.25
        return self.over

    @property
    def a_year(self) -> float | None:
        """US$ bn a year; None where no period is said.

        >>> face = Face.model_validate({"usd_bn": "550", "from": "2025-07-22", "to": "2029-01-19"})
        >>> round(face.a_year)
        157
        """
        return self.usd_bn if self.each else self.usd_bn / self.years if self.years else None


class PledgeText(Record):
    """What one side's text says of a pledge; what it does not say stands as in the pledge itself."""

    according_to: Text
    """An economy, or `both`."""
    face: Face | None = None
    new: ShareFigure | None = None
    words: Text | None = None
    source: Source

    @property
    def reading(self) -> dict[str, Any]:
        """The fields of the pledge that this text gives."""
        given = self.model_fields_set - {"according_to", "words", "source"}
        return {name: getattr(self, name) for name in given if getattr(self, name) is not None}


class PledgeWorth(NamedTuple):
    """One pledge by one text. Amounts in US$ bn: a year or in all as `per` says, those named so a year."""

    what: str
    promised_by: str
    promised_to: str
    according_to: str
    words: str | None
    per: Per
    years: float | None
    """Years over which a total runs."""
    face: Estimate
    new_money: Estimate
    """What would not have come anyway, were all delivered."""
    expected: Estimate
    """New money, as far as delivery is expected."""
    equity: Estimate | None
    """Of an investment: what of the face is put in as equity; the rest is lent or guaranteed, and is to come back."""
    a_year: Estimate | None
    """Expected delivery a year; None where the text says no period."""
    given_a_year: Estimate | None
    """What the promising side gives away, a year: a price above others', cheap finance, profit forgone."""
    source: Source | None

    @property
    def face_a_year(self) -> float | None:
        """The face a year; None where the text says no period."""
        return self.face.point if self.per == "year" else self.face.point / self.years if self.years else None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        plain = {name: list(v) if isinstance(v, Estimate) else v for name, v in self._asdict().items()}
        plain["source"] = self.source.model_dump(mode="json") if self.source else None
        return {k: dict(zip(Estimate._fields, v, strict=True)) if isinstance(v, list) else v for k, v in plain.items()}


class Pledge(Protocol):
    """A purchase or an investment that is promised."""

    def worths(self, as_of: date | None = None) -> tuple[PledgeWorth, ...]:
        """Its worth by the case's own reading, then by each text."""
        ...


def pledge_worths(pledges: Iterable[Pledge], as_of: date | None = None) -> tuple[PledgeWorth, ...]:
    """The worth of every pledge in order: as the case reads it, then by each text that was out by `as_of`.

    Raises `CaseError` for a pledge that rests on something not yet known that day.
    """
    return tuple(worth for pledge in pledges for worth in pledge.worths(as_of))


class Promise(Record):
    """What purchases and investments have in common."""

    what: Text
    face: Face
    new: ShareFigure
    """The part of the face that would not come anyway."""
    delivery: Delivery
    basis: Basis | None = None
    source: Source | None = None
    texts: tuple[PledgeText, ...] = ()
    """What each side says of it."""

    @model_validator(mode="after")
    def _guesses_have_ranges(self) -> Self:
        """A figure that was assumed or asked for is no point, unless it is none or all."""
        if self.basis in ("elicited", "assumption"):
            figures = {name: getattr(self, name) for name in type(self).model_fields} | {
                "delivery": self.delivery.share
            }
            for name, figure in figures.items():
                if isinstance(figure, Figure):
                    require_range(self.basis, figure, name)
        return self

    @model_validator(mode="after")
    def _says_its_period(self) -> Self:
        if self.face.per == "not said":
            raise fault("no period: write `per: year`, `years`, or `from` and `to`; a text may leave it open", "face")
        return self

    @property
    def known_from(self) -> date | None:
        """The first day on which all it rests on was known, its texts aside; None where nothing is dated."""
        days = [day for day in (self.source and self.source.date, self.delivery.known_from) if day]
        return max(days, default=None)

    def require_known(self, as_of: date | None) -> None:
        """Raises `CaseError` when its source or its delivery record came out after that day."""
        if as_of is None:
            return
        if self.source and self.source.date > as_of:
            raise CaseError(f'pledge "{self.what}": its source is of {self.source.date}, after {as_of}')
        if self.delivery.prior:
            prior(self.delivery.prior, as_of)

    def new_money(self, new: float, share: float) -> float:
        """The part of the face that is both new and delivered; see `Delivery.new_money`."""
        return self.delivery.new_money(new, share)

    def worth(self) -> PledgeWorth:
        """Its worth as the case reads it."""
        return self._worth(OWN)

    def worths(self, as_of: date | None = None) -> tuple[PledgeWorth, ...]:
        """Its worth as the case reads it, then by each text that was out `as_of` that day; see `pledge_worths`."""
        self.require_known(as_of)
        texts = [text for text in self.texts if as_of is None or text.source.date <= as_of]
        return (self.worth(), *(self.model_copy(update=t.reading)._worth(t.according_to, t) for t in texts))

    def _worth(self, according_to: str, text: PledgeText | None = None) -> PledgeWorth:
        raise NotImplementedError(f"{type(self).__name__} does not say what it is worth")

    def amounts(self) -> dict[str, Any]:
        """The fields of a `PledgeWorth` that follow from face, new part and delivery."""
        face, a_year = self.face.usd_bn, self.face.a_year
        share = over_corners(self.new_money, self.new.estimate, self.delivery.estimate)
        return {
            "per": self.face.per,
            "years": self.face.years,
            "face": Estimate(face, face, face),
            "new_money": times(face, self.new.estimate),
            "expected": times(face, share),
            "a_year": None if a_year is None else times(a_year, share),
        }


def times(amount: float, share: Estimate) -> Estimate:
    """An estimate of a share of an amount."""
    return Estimate(*(amount * part for part in share))
