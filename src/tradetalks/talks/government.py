"""A government: what it minds besides the welfare of its people, and what it has said in public that it will not do.

Weights on accounts after Grossman and Helpman (1994), with ranges from Goldberg and Maggi (1999), Ossa (2014) and Adão,
Costinot, Donaldson and Sturm (2023); red lines cost what going back on a public word costs (Fearon 1994, Tomz 2007).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from tradetalks.errors import CaseError, OfferError, nearest
from tradetalks.records.fields import Day, Name, Names, Number, Record, Source, Text, fault
from tradetalks.records.yaml_file import FieldPath
from tradetalks.talks.accounts import GENERAL, INCOME, WHOLE
from tradetalks.talks.chance import Floats, stream, triangular
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import Figure, Stated, require_order
from tradetalks.talks.instruments.effect import Entry
from tradetalks.world.sectors import GROUPS


def require_account(name: str, field: str) -> None:
    """Refuses a name that no account has."""
    if name in GENERAL or (name.startswith(INCOME) and name.removeprefix(INCOME).strip()):
        return
    hint = nearest(name, GENERAL) or f"known: {', '.join(GENERAL)} and {INCOME}SECTOR, such as {INCOME}A01_02"
    raise fault(f'no account "{name}"; {hint}', field)


class Weight(Stated):
    """How much a US$ bn of one account counts, beside the one that every US$ bn of welfare counts."""

    on: Literal["income", "revenue", "balance", "manufacturing"]
    sectors: Names = ()
    """For income: whose; the codes of the world, each an account of its own."""
    partner: Text | None = None
    """For the balance: with whom; by default the other party."""
    value: Number
    low: Number
    high: Number
    why: Text

    def judged(self) -> Mapping[str, Figure]:
        """The weight itself."""
        require_order(self.value, self.low, self.high, "value")
        return {"value": Figure(point=self.value, low=self.low, high=self.high)}

    @model_validator(mode="after")
    def _can_be(self) -> Weight:
        if (self.on == "income") != bool(self.sectors):
            told = "name the sectors whose income counts" if self.on == "income" else "only income goes by sector"
            raise fault(f"{'is missing' if self.on == 'income' else 'stands on ' + self.on}; {told}", "sectors")
        for name in self.sectors:
            if name in (*GROUPS, "*", "all") or name.startswith("!"):
                raise fault(f'"{name}" is no single sector; name them one by one, such as [A01_02, A03]', "sectors")
        if self.partner and self.on != "balance":
            raise fault(f"stands on {self.on}; only the balance is with a partner", "partner")
        return self

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts it counts."""
        return tuple(f"{INCOME}{sector}" for sector in self.sectors) or (self.on,)


class RedLine(Stated):
    """Something a government has said in public that it will not do, and what doing it would cost it."""

    red_line: Name
    what: Text
    crossed_by: Annotated[dict[str, Names], Field(min_length=1)]
    """Issue → options; an offer that holds any of them crosses the line, once."""
    cost: Figure
    """US$ bn a year; not negative."""
    stated: Day
    """The day it was said."""
    source: Source
    """Where it was said."""

    def judged(self) -> Mapping[str, Figure]:
        """What crossing it costs."""
        return {"cost": self.cost}

    @model_validator(mode="after")
    def _costs(self) -> RedLine:
        if self.cost.low < 0:
            raise fault(f"{self.cost.low:g}; a cost is written as a positive number", "cost.low")
        return self

    def crossed(self, chosen: Mapping[str, str]) -> bool:
        """Whether an offer (issue → option) crosses it. Raises `OfferError` for an offer without one of its issues."""
        for issue in self.crossed_by:
            if issue not in chosen:
                hint = nearest(issue, chosen) or "known: " + ", ".join(chosen)
                raise OfferError(f'red line {self.red_line}: the offer has no issue "{issue}"; {hint}')
        return any(chosen[issue] in options for issue, options in self.crossed_by.items())


class Government(Record):
    """What a party's government maximises: welfare + Σ weight × account + cards + red lines, US$ bn a year.

    Without weights it is welfare, cards and red lines alone, each counted in full. A weight on income comes on top of
    the one that this income has as a part of welfare: 0.2 counts a dollar of it 1.2 times.
    """

    weights: tuple[Weight, ...] = ()
    red_lines: tuple[RedLine, ...] = ()

    @model_validator(mode="after")
    def _means_something(self) -> Government:
        if self.weights and not any(w.low or w.high for w in self.weights):
            raise fault("every weight is 0 from low to high; leave the list out, and welfare alone counts", "weights")
        seen: set[str] = set()
        for weight in self.weights:
            for account in weight.accounts:
                if account in seen:
                    raise fault(f'"{account}" is weighted twice; keep one weight on it', "weights")
                seen.add(account)
        lines = [line.red_line for line in self.red_lines]
        for name in lines:
            if lines.count(name) > 1:
                raise fault(f'"{name}" stands twice; give each red line its own name', "red_lines")
        return self

    def accounts(self, party: str, other: str) -> tuple[str, ...]:
        """The accounts that the government of `party` counts in talks with `other`.

        Raises `CaseError` for a weight on the balance with a third economy, for which there is no account.
        """
        for weight in self.weights:
            if weight.partner not in (None, other):
                raise CaseError(
                    f"government of {party}: a weight on the balance with {weight.partner}; "
                    f"the account is the balance with {other}, the other party"
                )
        return ("welfare", *(name for weight in self.weights for name in weight.accounts), *WHOLE[1:])

    def vector(self, names: Sequence[str]) -> Floats:
        """The weight of each account in `names`, by the points; accounts that it does not mind weigh nothing.

        Payoff = accounts @ vector. Raises `OfferError` where `names` lack an account that the government counts.
        """
        return self._vector(names, [weight.value for weight in self.weights])

    def draws(self, party: str, names: Sequence[str], n: int, seed: int) -> Floats:
        """Draws of the weights `[draw, account]`; `party` keeps the draws of two governments apart.

        Each weight is triangular on low, point and high, and drawn once for all its sectors; weights are independent.
        """
        uniform = stream(seed, "government", party).random((n, len(self.weights)))
        drawn = [triangular(w.low, w.value, w.high, uniform[:, k]) for k, w in enumerate(self.weights)]
        return self._vector(names, drawn, n)

    def payoffs(self, names: Sequence[str], accounts: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Point, low and high of what `accounts` `[…, account]` are worth to the government, each `[…]`.

        The range is exact over all weights within their ranges; a weight on several sectors is one weight. Give the
        difference of two offers' accounts to compare them. US$ bn a year. Raises `OfferError` as `vector` does.
        """
        values = np.asarray(accounts, dtype=np.float64)
        if values.ndim == 0 or values.shape[-1] != len(names):
            raise OfferError(f"accounts of shape {values.shape} for {len(names)} names; the last axis is the account")
        plain: Floats = values @ self._vector(names, [0.0] * len(self.weights))
        point, low, high = plain.copy(), plain.copy(), plain.copy()
        for weight in self.weights:
            held = values[..., [list(names).index(name) for name in weight.accounts]].sum(axis=-1)
            point = point + weight.value * held
            low = low + np.minimum(weight.low * held, weight.high * held)
            high = high + np.maximum(weight.low * held, weight.high * held)
        return point, low, high

    def red_line_entries(self, party: str, chosen: Mapping[str, str]) -> tuple[Entry, ...]:
        """What an offer (issue → option) costs in public words gone back on; US$ bn a year, as losses."""
        return tuple(
            Entry(
                party,
                "red lines",
                Estimate(-line.cost.point, -line.cost.high, -line.cost.low),
                "statement",
                f"{line.what} (said on {line.stated})",
            )
            for line in self.red_lines
            if line.crossed(chosen)
        )

    def dated(self) -> Iterator[tuple[FieldPath, date]]:
        """The dates of its sources and statements and where they stand: none may lie after a case's as-of date."""
        for k, weight in enumerate(self.weights):
            if weight.source:
                yield ("weights", k, "source", "date"), weight.source.date
        for k, line in enumerate(self.red_lines):
            yield ("red_lines", k, "stated"), line.stated
            yield ("red_lines", k, "source", "date"), line.source.date

    def _vector(self, names: Sequence[str], values: Sequence[ArrayLike], n: int | None = None) -> Floats:
        """Weights `[account]`, or `[draw, account]` where `n` is given."""
        for name in (*WHOLE, *(name for weight in self.weights for name in weight.accounts)):
            if name not in names:
                raise OfferError(f'no account "{name}", which the government counts, among {", ".join(names)}; add it')
        vector = np.zeros((len(names),) if n is None else (n, len(names)))
        for name in WHOLE:
            vector[..., list(names).index(name)] = 1
        for weight, value in zip(self.weights, values, strict=True):
            for name in weight.accounts:
                vector[..., list(names).index(name)] = value
        return vector
