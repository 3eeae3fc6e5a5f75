"""Quotas split what comes in; safeguards fire when all they ask for holds, and end on the day the rule says."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import LawError
from tradetalks.law.quotas import NormalRate, Quota, Safeguard, Stage, in_order, stage_on

SOURCE = {"title": "made up", "date": "2025-04-16", "confidence": "computed"}
FREE = {"ad_valorem": "0%"}
LEVY = {"specific": {"amount": 341, "currency": "JPY", "unit": "kg"}}


def quota(**changes: Any) -> Quota:
    record = {
        "quota": "rice", "what": "rice", "importer": "JPN", "products": ["1006"], "volume": "767000", "unit": "t",
        "year": "fiscal", "within": FREE, "beyond": LEVY, "effective": {"from": "2000-04-01"},
        "known": {"from": "1999-04-01"}, "citation": "WTO", "source": SOURCE,
    }  # fmt: skip
    return Quota.model_validate(record | changes)


def safeguard(**changes: Any) -> Safeguard:
    triggers = [
        {"what": "own volume", "counts": "USA", "thresholds": {"2024": "100", "2025": "110"}, "source": SOURCE},
        {"what": "with others", "counts": ["USA", "CPTPP"], "thresholds": {"2024": 300, "2025": 320}, "source": SOURCE},
        {"what": "own past", "counts": "USA", "above": "previous year", "last": 2024, "source": SOURCE},
    ]
    record = {
        "safeguard": "beef", "what": "beef", "importer": "JPN", "partners": "USA", "products": ["0201"],
        "triggers": triggers, "lasts": "to the end of the fiscal year", "days": {"2": "45", "3": "30"},
        "snap_back": [{"from": "2023-01-01", "rate": {"ad_valorem": "30%"}}], "effective": {"from": "2023-01-01"},
        "known": {"from": "2022-03-24"}, "citation": "Protocol", "source": SOURCE,
    }  # fmt: skip
    return Safeguard.model_validate(record | changes)


amounts = st.floats(0, 2e6)


@given(amounts, amounts)
def test_the_parts_of_a_shipment_sum_to_it_and_fit(shipment: float, used: float) -> None:
    rice = quota()
    within, beyond = rice.split(shipment, used)
    assert math.isclose(within + beyond, shipment, rel_tol=1e-12)
    assert 0 <= within <= rice.left(used) and beyond >= 0
    assert beyond == 0 or within == rice.left(used)


@given(amounts, amounts)
def test_a_quota_fills_once_and_the_duty_rises_once(one: float, other: float) -> None:
    rice = quota()
    less, more = sorted((one, other))
    assert rice.left(more) <= rice.left(less)
    dear = [rice.rate(used) is rice.beyond for used in (less, more)]
    assert dear == sorted(dear)
    assert dear[0] == (rice.state(less) == "full") == (less >= 767_000)


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf])
def test_quantities_that_cannot_be_are_refused(amount: float) -> None:
    for call in (quota().state, quota().rate, quota().left):
        with pytest.raises(LawError, match="what is used of rice cannot be"):
            call(amount)
    with pytest.raises(LawError, match="a shipment cannot be"):
        quota().split(amount, 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volume": 0}, "above zero"),
        ({"products": ["rice"]}, '"rice" is not a code'),
        ({"allocation": {"USA": 0.7, "THA": 0.4}}, "shares add to 1.1"),
        ({"within": {"note": "?"}}, "give `ad_valorem`, `specific` or both"),
        ({"within": {"ad_valorem": "-5%"}}, "not a subsidy"),
        ({"within": {"ad_valorem": "0%", "mark_up": {"amount": -1, "currency": "JPY", "unit": "kg"}}}, "below zero"),
        ({"within": {"ad_valorem": "4.3%", "gate": LEVY["specific"]}}, "needs `ad_valorem` above it"),
        ({"within": {"ad_valorem": "4.3%", "gate": LEVY["specific"],
                     "specific": {"amount": 1, "currency": "JPY", "unit": "t"}}}, "currency and unit of `specific`"),
        ({"year": "lunar"}, "calendar"),
    ],
)  # fmt: skip
def test_impossible_quotas_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        quota(**changes)


LOW, HIGH = {"USA": 90.0, "CPTPP": 100.0}, {"USA": 120.0, "CPTPP": 200.0}


def test_all_triggers_must_hold_unless_one_is_enough() -> None:
    beef = safeguard()
    assert beef.fires(2024, HIGH, LOW)
    assert not beef.fires(2024, HIGH, HIGH)  # no more than the year before
    assert not beef.fires(2024, HIGH | {"CPTPP": 180.0}, LOW)  # 300 is not above 300
    assert not beef.fires(2024, HIGH | {"USA": 100.0}, LOW)
    either = safeguard(any="true")
    assert either.fires(2024, HIGH, HIGH) and either.fires(2024, HIGH | {"CPTPP": 0.0}, HIGH)
    assert not either.fires(2024, LOW, LOW)


def test_a_trigger_past_its_last_year_is_not_asked() -> None:
    assert safeguard().fires(2025, HIGH | {"CPTPP": 210.0}, None)


@given(*[st.floats(0, 500)] * 3, st.floats(0, 100))
def test_more_imports_never_stop_a_safeguard(usa: float, cptpp: float, before: float, more: float) -> None:
    beef, past = safeguard(), {"USA": before}
    if beef.fires(2024, {"USA": usa, "CPTPP": cptpp}, past):
        assert beef.fires(2024, {"USA": usa + more, "CPTPP": cptpp + more}, past)


@pytest.mark.parametrize(
    ("year", "imports", "previous", "message"),
    [
        (2024, {"USA": 120}, LOW, '"with others": no imports of fiscal 2024 from CPTPP; give them in t'),
        (2024, HIGH, None, '"own past": no imports of fiscal 2023 from USA'),
        (2030, HIGH, LOW, "no threshold for fiscal 2030; known from 2024 to 2025"),
        (2024, HIGH | {"USA": -1}, LOW, "imports of fiscal 2024 from USA cannot be -1"),
    ],
)
def test_a_missing_figure_is_named(year: int, imports: Any, previous: Any, message: str) -> None:
    with pytest.raises(LawError) as error:
        safeguard().fires(year, imports, previous)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"triggers": []}, "at least 1"),
        ({"triggers": [{"what": "x", "counts": "USA", "source": SOURCE}]}, "either `thresholds`"),
        ({"triggers": [{"what": "x", "counts": "USA", "above": "previous year", "last": 2027, "source": SOURCE}]},
         "one must have no `last` year"),
        ({"days": {"13": "30"}}, "months, 1 to 12"),
    ],
)  # fmt: skip
def test_impossible_safeguards_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        safeguard(**changes)


def test_a_safeguard_ends_with_the_year_or_after_its_days() -> None:
    beef = safeguard()
    assert beef.ends(date(2021, 3, 18)) == date(2021, 4, 17)  # the 30 days of 2021
    assert beef.ends(date(2025, 2, 10)) == date(2025, 3, 27)
    assert beef.ends(date(2024, 11, 5)) == date(2025, 4, 1) == beef.ends(date(2025, 1, 31))


def test_a_snap_back_before_its_schedule_is_refused() -> None:
    assert safeguard().rate_if_fired(date(2023, 1, 1)).ad_valorem == 0.3
    with pytest.raises(LawError, match="no duty for 2022-12-31; its schedule runs from 2023-01-01 to no end"):
        safeguard().rate_if_fired(date(2022, 12, 31))


gaps = st.lists(st.integers(1, 400), min_size=1, max_size=6)


@given(gaps, st.booleans(), st.integers(-10, 2500))
def test_stages_hold_one_rate_each_day_from_the_first_on(lengths: list[int], closed: bool, offset: int) -> None:
    first = date(2020, 1, 1)
    starts = [first + timedelta(sum(lengths[:n])) for n in range(len(lengths) + 1)]
    stages = tuple(
        Stage.model_validate({"from": a, "rate": {"ad_valorem": f"{n}%"}} | ({"to": b} if closed else {}))
        for n, (a, b) in enumerate(pairwise(starts))
    )
    in_order(stages, "stages")
    day = first + timedelta(offset)
    reached = offset >= 0 and (day < starts[-1] or not closed)
    found = stage_on(stages, day)
    if not reached:
        assert found is None
    else:
        expected = max(n for n, start in enumerate(starts[:-1]) if start <= day)
        assert found == NormalRate.model_validate({"ad_valorem": f"{expected}%"})
