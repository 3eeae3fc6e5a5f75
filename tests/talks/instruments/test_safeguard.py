"""Safeguards: US beef in Japan as it ran in 2021, and expected duties beside a simulation day by day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.integrate import quad
from scipy.stats import norm

from tradetalks.talks.instruments.safeguard import SafeguardChange
from tradetalks.world import World

BEEF: dict[str, Any] = {
    "what": "safeguard on US beef", "importer": "JPN", "exporter": "USA", "sector": "C10T12",
    "safeguard": "beef-usa-2023", "line": "beef-usa", "year": 2025, "basis": "assumption",
    "imports": {
        "USA": {"median": {"point": 268000, "low": 255000, "high": 280000}, "spread": "8%", "previous": 240000,
                "basis": "assumption"},
        "CPTPP": {"median": 410000, "spread": "6%", "basis": "assumption"},
    },
    "usd_bn": 1.9, "demand": {"point": 1, "low": 0.5, "high": 1.5}, "lifted": True,
}  # fmt: skip
FIRST = {
    "safeguard": "beef-usa-2020", "year": 2020,
    "imports": {"USA": {"median": 242000, "spread": "10%", "basis": "assumption"}},
}  # fmt: skip


def beef(**changes: Any) -> SafeguardChange:
    return SafeguardChange.model_validate(BEEF | changes)


def test_the_safeguard_of_2021_ran_as_published() -> None:
    """242,229 t by 10 March 2021; 38.5 % for 25.8 % for 30 days from 18 March (USDA FAS via Drovers, 18 Mar 2021).

    The trigger is passed on 10 March here too; that the higher duty began eight days on is the time statistics took.
    """
    record = beef(**FIRST)
    pace = 242229 / ((date(2021, 3, 11) - date(2020, 4, 1)).days / 365)
    fired = record.fires_on({"USA": pace})
    assert fired == date(2021, 3, 10)
    before, running = record.profile({"USA": pace})
    assert (before.rate, running.rate) == pytest.approx((0.258, 0.385))
    assert running.until - running.since == timedelta(30)
    assert record.record.fired[0].since - fired == timedelta(8)


def test_the_year_has_the_normal_duty_where_imports_stay_below() -> None:
    for record, rate in ((beef(), 0.216), (beef(**FIRST), 0.258)):
        quiet = {name: 1000.0 for name in record.imports}
        (whole,) = record.profile(quiet)
        assert (whole.since, whole.until) == (record.opens, record.closes)
        assert record.mean_duty([whole]) == pytest.approx(rate)
        assert record.profile() == (whole,)


def test_all_three_triggers_must_be_passed() -> None:
    record = beef()
    assert record.fires_on({"USA": 300000, "CPTPP": 500000}) == date(2026, 2, 19)  # 266,200 of 300,000 t
    assert record.fires_on({"USA": 300000, "CPTPP": 300000}) is None  # 672,600 t with CPTPP
    assert record.fires_on({"USA": 260000, "CPTPP": 600000}) is None
    lower = BEEF["imports"]["USA"] | {"previous": 350000}
    assert beef(imports=BEEF["imports"] | {"USA": lower}).fires_on({"USA": 300000, "CPTPP": 500000}) is None


@given(st.floats(1e5, 5e5), st.floats(1e5, 8e5), st.floats(1e5, 5e5))
def test_it_is_set_off_exactly_where_the_law_says(us: float, others: float, previous: float) -> None:
    usa = BEEF["imports"]["USA"] | {"previous": previous}
    record = beef(imports=BEEF["imports"] | {"USA": usa})
    fired = record.fires_on({"USA": us, "CPTPP": others})
    law = record.record.fires(2025, {"USA": us, "CPTPP": others}, {"USA": previous})
    assert (fired is not None) == law
    profile = record.profile({"USA": us, "CPTPP": others})
    assert all(a.until == b.since for a, b in pairwise(profile))
    assert profile[0].since == record.opens and profile[-1].until >= record.closes
    assert 0.216 - 1e-12 <= record.mean_duty(profile) <= 0.30


def test_expected_duties_are_those_of_a_simulation_day_by_day() -> None:
    """A second way: 1,000 years, each counted up day by day; one trigger, 242,000 t in fiscal 2020."""
    record = beef(**FIRST)
    rng = np.random.default_rng(0)
    duties = []
    for year in 242000 * np.exp(0.10 * norm.ppf((np.arange(1000) + rng.random(1000)) / 1000)):
        arrived, since, paid, days = 0.0, None, 0.0, 365
        for k in range(days + 31):
            day = date(2020, 4, 1) + timedelta(k)
            in_year = k < days
            if in_year and since is None and arrived + year / days > 242000:
                since = day
            runs = since is not None and since <= day < record.record.ends(since)
            if in_year:
                arrived += year / days
                paid += (0.385 if runs else 0.258) / days
            elif runs:
                paid += (0.385 - 0.25) / days
        duties.append(paid)
    chance, duty = record.expected()
    assert chance == pytest.approx(0.5, abs=0.01)
    assert duty == pytest.approx(float(np.mean(duties)), abs=2e-4)


@given(st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_higher_triggers_never_cost_more(one: float, other: float) -> None:
    record, (less, more) = beef(), sorted((one, other))
    dear, cheap = record.expected(raised=less), record.expected(raised=more)
    assert cheap[0] <= dear[0] and cheap[1] <= dear[1] + 1e-12
    assert cheap[1] >= 0.216 - 1e-12


def test_a_safeguard_lifted_is_one_whose_triggers_are_out_of_reach() -> None:
    lifted, far = beef().outcome(), beef(lifted=False, raised="900%").outcome()
    assert lifted.chance_after == far.chance_after == (0, 0, 0)
    assert lifted.duty_after == pytest.approx(far.duty_after) and lifted.treasury == pytest.approx(far.treasury)
    assert 0 < lifted.chance.low < lifted.chance.point < lifted.chance.high < 1
    assert lifted.duty.point > lifted.duty_after.point == pytest.approx(lifted.duty_normal)


def test_buyers_gain_what_lies_below_their_demand() -> None:
    found = beef().outcome()
    before, after = 1 + found.duty.point, 1 + found.duty_after.point
    area = quad(lambda p: 1.9 * (p / before) ** -1.0, after, before)[0]
    assert found.buyers.point == pytest.approx(area)
    imports = 1.9 * before / after
    assert found.imports.point == pytest.approx(imports - 1.9)
    assert found.treasury.point == pytest.approx(imports * (after - 1) - 1.9 * (before - 1))
    assert found.treasury.point < 0 < found.treasury.point + found.buyers.point
    assert found.treasury.low <= found.treasury.point <= found.treasury.high
    assert found.as_json()["treasury"]["point"] == found.treasury.point


def test_imports_that_come_early_pass_the_trigger_early() -> None:
    early = beef(pace=[0.2, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0])
    even = beef()
    imports = {"USA": 300000, "CPTPP": 500000}
    first, second = early.fires_on(imports), even.fires_on(imports)
    assert first is not None and second is not None and first < second
    assert sum(early.pace) == pytest.approx(1)
    assert early.mean_duty(early.profile()) == pytest.approx(0.216)


def test_shifts_and_entries_are_the_outcome_in_the_ledger() -> None:
    world, record = World.load("icio2022"), beef()
    found = record.outcome()
    assert record.shifts(world) == (("JPN", "USA", "C10T12", found.imports.point),)
    revenue, welfare = record.entries()
    assert (revenue.party, revenue.account, revenue.worth) == ("JPN", "revenue", found.treasury)
    assert welfare.worth.point == pytest.approx(found.treasury.point + found.buyers.point)
    net_revenue, net_welfare = record.entries(world)
    duty = world.tariffs[world.sectors.index("C10T12"), world.economies.index("JPN"), world.economies.index("USA")]
    assert net_revenue.worth.point == pytest.approx(revenue.worth.point - duty * found.imports.point, rel=0.05)
    assert net_welfare.worth.point < welfare.worth.point


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"raised": "20%"}, "give either `lifted: true` or `raised`"),
        ({"lifted": False}, "give either `lifted: true` or `raised`"),
        ({"lifted": False, "raised": "-20%"}, "raised: must be above 0%"),
        ({"safeguard": "pork"}, 'safeguard: no safeguard "pork" in the law; known: beef-usa-2020, beef-usa-2023'),
        ({"line": "veal"}, 'line: no line "veal" in the law; known: rice,'),
        ({"line": "pork-usa"}, "safeguard: does not stand behind line pork-usa"),
        ({"importer": "KOR"}, "importer: no law of KOR ships"),
        ({"importer": "Atlantis"}, 'importer: no country "Atlantis"'),
        ({"exporter": "AUS"}, "exporter: AUS is not among `imports`"),
        ({"year": 2034}, "year: beef-usa-2023: no duty for 2034-04-01"),
        ({"year": 2018}, "year: line beef-usa has no rate on 2018-04-01"),
        ({"imports": {"USA": BEEF["imports"]["USA"]}}, "imports: the triggers count CPTPP too"),
        ({"imports": BEEF["imports"] | {"USA": {"median": 1, "basis": "assumption"}}}, "imports: USA: a trigger asks"),
        ({"imports": BEEF["imports"] | {"USA": {"median": 0, "basis": "assumption"}}}, "median: must be above zero"),
        ({"pace": [0.1] * 12}, "pace: parts add to 1.2"),
        ({"demand": -1}, "demand: is below zero"),
        ({"usd_bn": -1}, "usd_bn: is below zero"),
    ],
)  # fmt: skip
def test_records_that_cannot_be_are_refused_with_place_and_remedy(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        beef(**changes)
    (error,) = caught.value.errors()
    assert message in f"{error.get('ctx', {}).get('field')}: {error['msg']}"
