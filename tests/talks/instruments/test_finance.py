"""Finance: closed forms beside the same cash flows taken year by year."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tradetalks.talks.instruments.finance import annuity, guarantee_cost, loan_subsidy, profit_forgone

rates = st.one_of(st.just(0.0), st.floats(0.001, 0.3))
shares = st.one_of(st.just(0.0), st.floats(0.01, 1.0), st.just(1.0))
years = st.integers(1, 60)


def present_value(payments: list[float], rate: float) -> float:
    """Payments at the end of each year, one after the other."""
    return sum(paid / (1 + rate) ** (year + 1) for year, paid in enumerate(payments))


def waterfall(before: float, after: float, earns: float, recovers: float, life: int) -> tuple[list[float], list[float]]:
    """What investor and host receive each year, with the account of capital to be recovered kept as it goes."""
    pays = 1 / present_value([1.0] * life, earns)
    investor, host, owed = [], [], 1.0
    for _ in range(life):
        owed *= 1 + recovers
        until = pays if before == 0 else min(pays, max(0.0, owed) / before)
        received = before * until + after * (pays - until)
        owed -= before * until
        investor.append(received)
        host.append(pays - received)
    return investor, host


@given(rate=rates, life=years)
def test_an_annuity_is_the_sum_of_its_payments(rate: float, life: int) -> None:
    assert annuity(rate, life) == pytest.approx(present_value([1.0] * life, rate), rel=1e-12)


@given(rate=rates, life=years, value=st.floats(0.01, 1e3))
def test_an_annuity_of_a_present_value_is_worth_that_value(rate: float, life: int, value: float) -> None:
    level = value / annuity(rate, life)
    assert present_value([level] * life, rate) == pytest.approx(value, rel=1e-12)


@given(market=rates, part=st.floats(0, 1), life=years)
def test_a_cheap_loan_gives_away_what_its_payments_fall_short(market: float, part: float, life: int) -> None:
    below = part * market
    instalment = 1 / present_value([1.0] * life, market - below)
    shortfall = 1 - present_value([instalment] * life, market)
    assert loan_subsidy(market, below, life) == pytest.approx(shortfall, abs=1e-11)
    assert loan_subsidy(market, 0.0, life) == 0


@given(market=rates, loss=st.floats(0, 0.2), life=years)
def test_a_guarantee_costs_its_losses_year_by_year(market: float, loss: float, life: int) -> None:
    instalment = 1 / present_value([1.0] * life, market)
    outstanding, losses = 1.0, []
    for _ in range(life):
        losses.append(loss * outstanding)
        outstanding = outstanding * (1 + market) - instalment
    assert outstanding == pytest.approx(0, abs=1e-6)
    assert guarantee_cost(market, loss, life) == pytest.approx(present_value(losses, market), rel=1e-6, abs=1e-12)


@given(before=shares, after=shares, earns=rates, recovers=rates, discount=rates, life=years)
@example(before=0.5, after=0.1, earns=0.0, recovers=0.0, discount=0.05, life=10)  # never recovered within its life
@example(before=1.0, after=0.1, earns=0.1, recovers=0.1, discount=0.1, life=10)  # recovered on the last day
@example(before=1.0, after=0.1, earns=0.0, recovers=0.0, discount=0.1, life=1)
def test_profit_forgone_is_the_sum_of_what_the_host_receives(
    before: float, after: float, earns: float, recovers: float, discount: float, life: int
) -> None:
    closed = profit_forgone(before, after, earns=earns, recovers=recovers, discount=discount, years=life)
    _, host = waterfall(before, after, earns, recovers, life)
    assert closed == pytest.approx(present_value(host, discount), rel=1e-7, abs=1e-7)


@given(before=shares, after=shares, earns=rates, discount=rates, life=years)
def test_investor_and_host_share_all_that_the_project_pays(
    before: float, after: float, earns: float, discount: float, life: int
) -> None:
    investor, _ = waterfall(before, after, earns, 0.0, life)
    forgone = profit_forgone(before, after, earns=earns, recovers=0.0, discount=discount, years=life)
    everything = annuity(discount, life) / annuity(earns, life)
    assert present_value(investor, discount) + forgone == pytest.approx(everything, rel=1e-7)


@given(split=shares, earns=rates, recovers=rates, life=years)
def test_the_same_split_throughout_gives_away_the_other_share(
    split: float, earns: float, recovers: float, life: int
) -> None:
    forgone = profit_forgone(split, split, earns=earns, recovers=recovers, discount=earns, years=life)
    assert forgone == pytest.approx(1 - split, abs=1e-9)


@given(earns=st.floats(0.01, 0.3), recovers=rates, life=st.integers(5, 60))
def test_ninety_to_ten_after_recovery_lies_between_halves_and_ninety_to_ten_at_once(
    earns: float, recovers: float, life: int
) -> None:
    def forgone(before: float, after: float) -> float:
        return profit_forgone(before, after, earns=earns, recovers=recovers, discount=earns, years=life)

    assert 0.5 - 1e-9 <= forgone(0.5, 0.5) <= forgone(0.5, 0.1) + 1e-9
    assert forgone(0.5, 0.1) <= forgone(0.1, 0.1) + 1e-9


def test_half_the_profit_does_not_recover_a_project_that_just_earns_its_capital_cost() -> None:
    """At 5 % over twenty years half of the cash flow returns 0.80 of the capital: the 90 to 10 never begins."""
    halves, deal, outright = (
        profit_forgone(before, after, earns=0.05, recovers=0.0, discount=0.05, years=20)
        for before, after in ((0.5, 0.5), (0.5, 0.1), (0.1, 0.1))
    )
    assert (halves, deal, outright) == pytest.approx((0.5, 0.5, 0.9))


def test_a_rich_project_reaches_ninety_to_ten_in_its_thirteenth_year() -> None:
    """By hand: 15 % over twenty years pays 0.15976; half of it returns 0.95856 in twelve years, v^13 = 0.16253."""
    rich = profit_forgone(0.5, 0.1, earns=0.15, recovers=0.0, discount=0.15, years=20)
    beyond = 0.15976 - (1 - 0.95856) / 0.5
    assert rich == pytest.approx(0.5 + 0.4 * 0.16253 * (beyond + 0.15976 * 4.1604), abs=1e-4)
