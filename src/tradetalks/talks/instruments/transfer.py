"""Transfers: a yearly payment from one party to another, such as for the cost of forces stationed abroad."""

from __future__ import annotations

from pydantic import Field, model_validator

from tradetalks.records.fields import Number, Record, Text, fault
from tradetalks.talks.instruments.effect import Payment


class Transfer(Record):
    """A yearly payment from one party to another, US$ bn."""

    payer: Text = Field(alias="from")
    recipient: Text = Field(alias="to")
    usd_bn: Number

    @model_validator(mode="after")
    def _is_a_payment(self) -> Transfer:
        if self.usd_bn <= 0:
            raise fault(f"{self.usd_bn:g} is not a payment; write a positive amount and swap `from` and `to`", "usd_bn")
        return self

    def payments(self) -> tuple[Payment, ...]:
        """What enters the equilibrium."""
        return (Payment(self.payer, self.recipient, self.usd_bn),)
