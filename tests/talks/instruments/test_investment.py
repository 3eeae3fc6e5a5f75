"""Investments: what a promise to invest gives away, beside the cash flows of every dollar year by year."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.talks.instruments.effect import Payment
from tradetalks.talks.instruments.investment import Investment
from tradetalks.talks.pledges import pledge_worths

SOURCE = {"title": "x", "date": "2025-07-26", "confidence": "press"}
shares = st.floats(0, 1)


def investment(**fields: Any) -> Investment:
    """Japan's US$ 550 bn, in terms that are assumed here."""
    return Investment.model_validate({
        "what": "investment", "investor": "JPN", "host": "USA",
        "face": {"usd_bn": "550", "from": "2025-07-22", "to": "2029-01-19"}, "new": "1", "delivery": "1",
        "equity": {"point": "0.015", "low": "0.01", "high": "0.02"}, "discount": "5%", "life": "20", **fields,
    })  # fmt: skip


def paid(promise: Investment) -> float:
    return sum(payment.usd_bn for payment in promise.payments())


def test_550_billion_to_january_2029_is_about_160_a_year_at_face_and_some_eight_in_all_as_equity() -> None:
    worth = investment().worth()
    assert worth.face_a_year == pytest.approx(160, abs=3)
    assert worth.equity == pytest.approx((8.25, 5.5, 11))
    assert (worth.per, worth.years) == ("total", pytest.approx(3.5, abs=0.01))


def test_as_delivered_by_march_2026_it_is_109_billion() -> None:
    worth = investment(delivery="japan-investment-2026-03").worth()
    assert worth.expected.point == pytest.approx(109, abs=0.2)
    assert worth.expected.low == pytest.approx(36, abs=0.3)


def test_money_at_market_terms_gives_nothing_away() -> None:
    for profit in (None, {"before": "1", "after": "1"}):
        assert investment(profit=profit).payments() == ()
        assert investment(profit=profit).worth().given_a_year == pytest.approx((0, 0, 0))


def test_ninety_to_ten_on_all_of_it_gives_away_nine_tenths_and_fifty_fifty_a_half() -> None:
    """Paid in at once: 0.9 × 550 is 495, and an annuity of 12.462 makes it 39.7 a year; half of it is 22.1."""
    at_once = {"face": {"usd_bn": "550", "years": "1"}}
    outright = investment(**at_once, profit={"before": "0.1", "after": "0.1", "covers": "all"})
    halves = investment(**at_once, profit={"before": "0.5", "after": "0.5", "covers": "all"})
    assert paid(outright) == pytest.approx(495 / 12.4622, rel=1e-5)
    assert paid(halves) == pytest.approx(275 / 12.4622, rel=1e-5)


def test_the_same_split_on_one_or_two_per_cent_of_equity_is_a_hundredth_of_that() -> None:
    outright = {"before": "0.1", "after": "0.1"}
    on_all = investment(profit={**outright, "covers": "all"}).worth().given_a_year
    on_equity = investment(profit=outright).worth().given_a_year
    assert on_all is not None
    assert on_equity == pytest.approx([on_all.point * share for share in (0.015, 0.01, 0.02)])


def every_dollar(promise: Investment) -> tuple[float, float]:
    """What the host receives beyond market terms, and what the investor's net present value is, year by year."""
    split, rate, life = promise.profit, promise.discount, int(promise.life)
    earns = promise.earns.point if promise.earns else rate
    equity, guaranteed = promise.equity.point, promise.guarantees
    lent = 1 - equity - guaranteed
    below = promise.below_market.point if promise.below_market else 0.0
    loss = promise.expected_loss.point if promise.expected_loss else 0.0

    def level(at: float) -> float:
        return 1 / sum((1 + at) ** -t for t in range(1, life + 1))

    host = investor = 0.0
    years = promise.face.years or 1.0
    usd_bn = promise.face.usd_bn * promise.new.point * promise.delivery.estimate.point
    start, left = 0, years
    while left > 1e-12:
        put_in = usd_bn * min(1.0, left) / years
        owed, outstanding = equity, guaranteed
        investor -= put_in * (equity + lent) / (1 + rate) ** start
        for t in range(1, life + 1):
            now = put_in / (1 + rate) ** (start + t)
            flow = equity * level(earns)
            until = min(flow, owed / split.before) if split and split.before else flow
            mine = flow if split is None else split.before * until + split.after * (flow - until)
            owed -= until * (split.before if split else 1.0)
            interest_lost = lent * (level(rate) - level(rate - below))
            host += now * (flow - mine + interest_lost + loss * outstanding)
            investor += now * (mine + lent * level(rate - below) - loss * outstanding)
            outstanding = outstanding * (1 + rate) - guaranteed * level(rate)
        start, left = start + 1, left - 1
    return host, investor


terms = st.fixed_dictionaries(
    {
        "face": st.fixed_dictionaries({"usd_bn": st.floats(1, 600), "years": st.floats(0.2, 6)}),
        "new": shares,
        "delivery": shares,
        "equity": st.floats(0, 0.5),
        "guarantees": st.floats(0, 0.5),
        "below_market": st.floats(0, 0.02),
        "expected_loss": st.floats(0, 0.05),
        "profit": st.none() | st.fixed_dictionaries({"before": st.floats(0.05, 1), "after": shares}),
        "earns": st.none() | st.floats(0, 0.2),
        "discount": st.floats(0.02, 0.15),
        "life": st.integers(1, 40),
    }
)


@settings(deadline=None)
@given(fields=terms)
def test_payment_and_entry_are_the_cash_flows_of_every_dollar(fields: dict[str, Any]) -> None:
    promise = investment(**fields)
    host, investor = every_dollar(promise)
    rate, life = promise.discount, int(promise.life)
    annuity = sum((1 + rate) ** -t for t in range(1, life + 1))
    beyond = sum(entry.worth.point for entry in promise.entries())
    scale = 1e-8 * (1 + promise.face.usd_bn)
    assert paid(promise) * annuity == pytest.approx(host, rel=1e-6, abs=scale)
    assert (beyond - paid(promise)) * annuity == pytest.approx(investor, rel=1e-6, abs=scale)


@given(fields=terms, factor=st.floats(0.01, 10))
def test_all_it_gives_is_linear_in_the_face(fields: dict[str, Any], factor: float) -> None:
    one = investment(**fields).worth()
    face = {**fields["face"], "usd_bn": factor * fields["face"]["usd_bn"]}
    other = investment(**{**fields, "face": face}).worth()
    for name in ("face", "new_money", "expected", "equity", "a_year", "given_a_year"):
        assert getattr(other, name) == pytest.approx([factor * v for v in getattr(one, name)], rel=1e-9, abs=1e-12)


@given(fields=terms)
def test_without_delivery_nothing_is_given(fields: dict[str, Any]) -> None:
    promise = investment(**{**fields, "delivery": 0})
    assert promise.payments() == ()
    assert all(entry.worth == (0, 0, 0) for entry in promise.entries())
    assert promise.worth().expected == promise.worth().given_a_year == (0, 0, 0)


@given(fields=terms, years=st.integers(1, 6))
def test_a_calendar_written_out_is_the_even_one(fields: dict[str, Any], years: int) -> None:
    even = {**fields, "face": {"usd_bn": 100, "years": years}}
    assert paid(investment(**even, calendar=[1 / years] * years)) == pytest.approx(paid(investment(**even)))


def test_money_that_comes_late_gives_less() -> None:
    cheap = {"below_market": "1%"}
    first, last = (investment(**cheap, calendar=calendar) for calendar in ((1, 0, 0), (0, 0, 1)))
    assert paid(first) == pytest.approx(paid(last) * 1.05**2)


def test_a_pledge_of_so_much_a_year_gives_each_year_what_its_money_gives() -> None:
    """Korea's ceiling of US$ 20 bn a year: each year's loans give away their whole subsidy that year."""
    a_year = investment(face={"usd_bn": "20", "per": "year"}, below_market="1%", equity="0")
    at_once = investment(face={"usd_bn": "20", "years": "1"}, below_market="1%", equity="0")
    assert paid(a_year) == pytest.approx(paid(at_once) * 12.4622, rel=1e-5)
    assert a_year.worth().a_year == (20, 20, 20)


def test_a_poor_project_costs_the_investor_besides_what_it_gives() -> None:
    poor = investment(earns={"point": "3%", "low": "0%", "high": "5%"}, equity="0.5")
    (entry,) = poor.entries()
    assert (entry.party, entry.account, entry.method) == ("JPN", "welfare", "finance")
    assert entry.worth.low < entry.worth.point < 0 == pytest.approx(entry.worth.high)
    assert investment(equity="0.5").entries() == ()


def test_both_texts_stand_side_by_side() -> None:
    """The US text: 90 per cent of the profit of all of it. Japan's: one or two per cent equity, the rest lent."""
    deal = investment(
        new={"point": "0.5", "low": "0.1", "high": "1"},
        profit={"before": "0.5", "after": "0.1"},
        texts=[
            {"according_to": "USA", "new": "1", "profit": {"before": "0.1", "after": "0.1", "covers": "all"},
             "equity": "1", "source": {"title": "fact sheet", "date": "2025-07-23", "confidence": "primary"}},
            {"according_to": "JPN", "words": "1 or 2 per cent", "source": SOURCE},
        ],
    )  # fmt: skip
    own, usa, jpn = pledge_worths([deal])
    assert [w.according_to for w in (own, usa, jpn)] == ["this case", "USA", "JPN"]
    assert usa.new_money.point == 550 and jpn.new_money.point == 275
    assert (usa.equity, jpn.equity) == ((550, 550, 550), pytest.approx((8.25, 5.5, 11)))
    assert usa.given_a_year is not None and jpn.given_a_year is not None
    assert usa.given_a_year.point > 100 * jpn.given_a_year.point
    assert jpn._replace(according_to="this case", words=None, source=None) == own


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"host": "JPN"}, "JPN cannot promise to invest in itself"),
        ({"equity": "1.2"}, "1.2 is not a share"),
        ({"equity": "0.7", "guarantees": "0.4"}, "equity of 0.7 and guarantees of 0.4 are more than all"),
        ({"guarantees": "0.5", "texts": [{"according_to": "USA", "equity": "1", "source": SOURCE}]}, "more than all"),
        ({"new": {"point": "0.2", "low": "0.3", "high": "0.4"}}, "0.2 is outside its range"),
        ({"below_market": "6%"}, "must lie between 0% and the discount rate"),
        ({"below_market": "-1%"}, "must lie between 0% and the discount rate"),
        ({"expected_loss": "-1%"}, "must lie between 0% and 100%"),
        ({"discount": "-1%"}, "a discount rate is at least 0%"),
        ({"life": "0"}, "0 years; write whole years, from 1 to 100"),
        ({"life": "7.5"}, "7.5 years; write whole years"),
        ({"calendar": ["0.5", "0.4"]}, "the shares sum to 0.9; together they are 1"),
        ({"profit": {"before": "0.5", "after": "1.5"}}, "1.5 is not a share"),
        ({"profit": {"before": "0.5", "after": "0.1", "recovers": "-2%"}}, "interest to be recovered is at least 0%"),
        ({"face": {"usd_bn": "550", "from": "2029-01-19", "to": "2025-07-22"}}, "the period ends before it starts"),
        ({"face": {"usd_bn": "550"}}, "no period"),
        ({"basis": "elicited", "below_market": "1%"}, r"rests on judgement \(elicited\) and has no range"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        investment(**fields)


def test_a_payment_goes_from_the_investor_to_the_host() -> None:
    assert investment(below_market="1%").payments() == (
        Payment("JPN", "USA", pytest.approx(paid(investment(below_market="1%")))),
    )
    assert paid(investment(below_market="1%")) > 0
