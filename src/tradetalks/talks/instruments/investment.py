"""Investments: money that one economy promises to put into another, and what the investor gives away with it.

Only a part of the face is equity; the rest is lent or guaranteed and is to come back. What is given away is cheap
finance, losses on guarantees beyond their fee, and profits left to the host. A project that earns less than the
discount rate costs the investor besides. The arithmetic is in `finance`.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import model_validator

from tradetalks.records.fields import Number, Rate, Record, Share, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import RateFigure, ShareFigure, over_corners
from tradetalks.talks.instruments.effect import Entry, Payment
from tradetalks.talks.instruments.finance import annuity, guarantee_cost, loan_subsidy, profit_forgone
from tradetalks.talks.pledges import PledgeText, PledgeWorth, Promise, times

_NOTHING = RateFigure.certain(0)
LONGEST = 100
"""Years a project may live."""


class ProfitSplit(Record):
    """The investor's share of what the projects pay, before its capital is recovered and after; the host has the rest.

    50 to 50 until recovery, then 90 to 10 for the host, is `{before: 0.5, after: 0.1}`.
    """

    before: Share
    after: Share
    covers: Literal["equity", "all"] = "equity"
    """Whether only the equity is repaid this way, or loans and guarantees too."""
    recovers: Rate = 0.0
    """Interest that counts as part of the capital to be recovered."""

    @model_validator(mode="after")
    def _is_no_loss(self) -> Self:
        if self.recovers < 0:
            raise fault("interest to be recovered is at least 0%", "recovers")
        return self


class InvestmentText(PledgeText):
    """What one side's text says of an investment."""

    equity: ShareFigure | None = None
    guarantees: Share | None = None
    profit: ProfitSplit | None = None


class Investment(Promise):
    """A promise to invest. `equity`, `guarantees` and the rest, which is lent, are shares of the face.

    The terms hold for new money alone: what would be invested anyway is invested on its own terms.
    """

    investor: Text
    host: Text
    equity: ShareFigure
    guarantees: Share = 0.0
    below_market: RateFigure | None = None
    """Interest asked below the market rate on what is lent."""
    expected_loss: RateFigure | None = None
    """Loss a year on guarantees, as a share of what is outstanding and beyond the fee."""
    profit: ProfitSplit | None = None
    """By default the investor has all that its equity earns."""
    earns: RateFigure | None = None
    """What the projects earn a year; by default the discount rate."""
    discount: Rate
    """The market rate: what money of this risk earns elsewhere."""
    life: Number
    """Years a project pays and a loan runs; the annual equivalent is spread over as many."""
    calendar: tuple[Share, ...] = ()
    """The part paid in at the start of each year; by default evenly over the period of the face."""
    texts: tuple[InvestmentText, ...] = ()

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.investor == self.host:
            raise fault(f"{self.investor} cannot promise to invest in itself; name another economy", "host")
        for text in (None, *self.texts):
            equity = (text and text.equity) or self.equity
            guarantees = self.guarantees if text is None or text.guarantees is None else text.guarantees
            if equity.high + guarantees > 1 + 1e-9:
                raise fault(
                    f"equity of {equity.high:g} and guarantees of {guarantees:g} are more than all; together at most 1",
                    "texts" if text else "guarantees",
                )
        if self.life != int(self.life) or not 1 <= self.life <= LONGEST:
            raise fault(f"{self.life:g} years; write whole years, from 1 to {LONGEST}", "life")
        if self.discount < 0:
            raise fault("a discount rate is at least 0%", "discount")
        if self.below_market and not 0 <= self.below_market.low <= self.below_market.high <= self.discount:
            raise fault(f"must lie between 0% and the discount rate, {self.discount:.4%}", "below_market")
        if self.expected_loss and not 0 <= self.expected_loss.low <= self.expected_loss.high <= 1:
            raise fault("must lie between 0% and 100% of what is outstanding", "expected_loss")
        if self.calendar and abs(sum(self.calendar) - 1) > 1e-9:
            raise fault(f"the shares sum to {sum(self.calendar):.4g}; together they are 1", "calendar")
        return self

    # ---- what it does -----------------------------------------------------------------------------------------------

    def payments(self) -> tuple[Payment, ...]:
        """What the investor's side gives the host, as a level payment a year over the life of the projects.

        New money delivered, times what a dollar of it gives away (see `given`), discounted from the years in which it
        is paid in, over the annuity of the life. A pledge of so much `per: year` gives each year what that year's
        money gives away.
        """
        usd_bn = self._given_a_year(*(figure.point for figure in self._figures()))
        return (Payment(self.investor, self.host, usd_bn),) if usd_bn else ()

    def entries(self) -> tuple[Entry, ...]:
        """What projects that earn more or less than the discount rate are worth to the investor, a year."""
        if self.earns is None:
            return ()
        worth = over_corners(self._excess_a_year, *self._figures())
        what = f"{self.what}: what the projects earn beyond the discount rate"
        return (Entry(self.investor, "welfare", worth, "finance", what),)

    def given(self, equity: float, below_market: float, expected_loss: float, earns: float) -> float:
        """What a dollar paid in gives away, as a present value on that day."""
        split = self.profit
        left = (
            profit_forgone(
                split.before, split.after, earns=earns, recovers=split.recovers, discount=self.discount,
                years=self._years,
            )
            if split
            else 0.0
        )  # fmt: skip
        if split and split.covers == "all":
            return left
        lent = max(0.0, 1 - equity - self.guarantees)
        return (
            equity * left
            + lent * loan_subsidy(self.discount, below_market, self._years)
            + self.guarantees * guarantee_cost(self.discount, expected_loss, self._years)
        )

    def _worth(self, according_to: str, text: PledgeText | None = None) -> PledgeWorth:
        amounts: dict[str, Any] = self.amounts()
        given: Estimate | None = None
        if amounts["a_year"] is not None:
            given = over_corners(self._given_a_year, *self._figures())
        return PledgeWorth(
            self.what, self.investor, self.host, according_to, text.words if text else None,
            equity=times(self.face.usd_bn, self.equity.estimate), given_a_year=given,
            source=text.source if text else self.source, **amounts,
        )  # fmt: skip

    def new_money(self, new: float, share: float) -> float:
        """The part of the face that is both new and delivered: projects count one by one, as new as the whole is."""
        return new * share

    # ---- its parts --------------------------------------------------------------------------------------------------

    @property
    def _years(self) -> int:
        return int(self.life)

    def _figures(self) -> tuple[Estimate, ...]:
        """New part, delivery, equity, interest below the market, expected loss, earnings."""
        earns = self.earns.estimate if self.earns else Estimate(self.discount, self.discount, self.discount)
        cheap, loss = ((terms or _NOTHING).estimate for terms in (self.below_market, self.expected_loss))
        return self.new.estimate, self.delivery.estimate, self.equity.estimate, cheap, loss, earns

    def _given_a_year(self, new: float, share: float, *terms: float) -> float:
        return self._spread(self.new_money(new, share)) * self.given(*terms)

    def _excess_a_year(self, new: float, share: float, equity: float, below: float, loss: float, earns: float) -> float:
        exposed = 1.0 if self.profit and self.profit.covers == "all" else equity
        over = annuity(self.discount, self._years) / annuity(earns, self._years) - 1
        return self._spread(self.new_money(new, share)) * exposed * over

    def _spread(self, part: float) -> float:
        """The level yearly amount, US$ bn, worth as much as one dollar for each dollar of this part of the face."""
        if self.face.per == "year":
            return self.face.usd_bn * part
        present = sum(share * (1 + self.discount) ** -year for year, share in enumerate(self._paid_in()))
        return self.face.usd_bn * part * present / annuity(self.discount, self._years)

    def _paid_in(self) -> tuple[float, ...]:
        years = self.face.years or 1.0
        return self.calendar or tuple(min(1.0, years - year) / years for year in range(math.ceil(years)))
