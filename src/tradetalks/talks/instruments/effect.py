"""Effects: what an instrument does to trade, to payments and to accounts that trade does not reach.

Instruments touch trade through the equilibrium: rates and trade costs directly, sales that must come about as shifts,
money that changes hands as payments. What the equilibrium does not see stands in entries, each by a stated method.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tradetalks.talks.estimate import Estimate

Method = Literal["equilibrium", "product market", "finance", "expected loss", "statement", "elicited"]
"""How a worth was found: by the equilibrium of the world, a market of one product, the arithmetic of finance, a loss
times its chance, the cost of going back on a public statement, or by asking."""


class Shift(NamedTuple):
    """Trade that an option brings about: purchases of `sector` by `importer` from `exporter` change by so much."""

    importer: str
    exporter: str
    sector: str
    usd_bn: float
    """US$ bn a year at producer prices, against the law that offers amend; negative where sales are lost."""


class Payment(NamedTuple):
    """Money that changes hands each year, US$ bn."""

    payer: str
    recipient: str
    usd_bn: float


class Entry(NamedTuple):
    """What an option is worth to a party beside what the equilibrium of trade counts; US$ bn a year."""

    party: str
    account: str
    """Which of a government's accounts it belongs to: `welfare`, `revenue`, `balance`, `manufacturing`,
    `income:SECTOR`, `cards` or `red lines`."""
    worth: Estimate
    method: Method
    what: str
