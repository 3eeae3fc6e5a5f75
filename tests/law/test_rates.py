"""Trade-weighted rates of the United States: against what others published, and against their own parts.

Published: The Budget Lab at Yale, tariff rate tracker, release of July 2026 (per cent of imports of 2024). Where law
and tracker differ, the difference is asserted with its reason.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from tradetalks import rates
from tradetalks.cli import main
from tradetalks.errors import LawError, UnknownCode
from tradetalks.law import rates as module
from tradetalks.law import schedule as schedules
from tradetalks.law.book import FIRST, LAST, book
from tradetalks.law.measure import Amendment
from tradetalks.law.rates import Rates
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.sector_rates import sector_rates
from tradetalks.law.trade import trade


@cache
def on(day: str, known_on: str | None = None, partner: str | None = None) -> Rates:
    return rates("US", day, known_on=known_on, partner=partner)


@cache
def scheduled(day: str) -> Schedule:
    return schedule(book(), trade(), date.fromisoformat(day))


def amended(measure: str, partners: tuple[str, ...], rate: dict[str, str], day: str) -> Rates:
    change = Amendment.model_validate({"measures": [measure], "partners": list(partners), "rate": rate})
    return rates("US", day, law=book().amended([change]))


def percent(rate: float) -> float:
    return 100 * rate


# ---- against what others published ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "published", "within"),
    [
        ("2025-01-01", 2.68, 0.25),
        ("2025-03-12", 6.74, 0.25),
        ("2025-04-10", 22.93, 0.25),
        ("2025-05-14", 12.87, 0.25),
        ("2025-08-07", 16.05, 1.0),
    ],
)
def test_the_average_rate_of_the_united_states_is_the_published_one(day: str, published: float, within: float) -> None:
    assert percent(on(day).average) == pytest.approx(published, abs=within)


@pytest.mark.parametrize(
    ("day", "published", "within"),
    [
        ("2025-01-01", 1.54, 0.25),
        ("2025-04-05", 14.52, 0.25),
        ("2025-04-10", 14.52, 0.25),
        ("2025-05-03", 15.93, 0.25),
        ("2025-09-24", 14.52, 1.0),
    ],
)
def test_the_rate_on_japan_is_the_published_one(day: str, published: float, within: float) -> None:
    assert percent(on(day).partners["JPN"]) == pytest.approx(published, abs=within)


def test_from_5_to_8_april_2025_the_tracker_has_the_later_rate_of_china() -> None:
    """It puts the 34 % of annex I on China from 5 April; by law China paid the baseline of 10 % to 8 April."""
    assert percent(on("2025-04-05").average) == pytest.approx(12.3, abs=0.1)
    assert 14.60 - percent(on("2025-04-05").average) == pytest.approx(2.3, abs=0.1)
    theirs = amended("recip-10", ("CHN", "HKG"), {"additional": "34%"}, "2025-04-05")
    assert percent(theirs.average) == pytest.approx(14.60, abs=0.25)
    assert theirs.partners["JPN"] == on("2025-04-05").partners["JPN"]


def test_on_9_april_2025_the_tracker_misses_the_one_day_of_annex_i() -> None:
    """Japan's goods entered on 9 April paid 24 %; 14.5 % goes on in the tracker."""
    assert percent(on("2025-04-09").partners["JPN"]) == pytest.approx(22.0, abs=0.15)
    assert percent(on("2025-04-09").partners["JPN"]) - 14.52 == pytest.approx(7.4, abs=0.15)
    without = rates("US", "2025-04-09", law=book().without(["recip-annex-i"]))
    assert percent(without.partners["JPN"]) == pytest.approx(14.52, abs=0.25)


def test_the_total_on_japan_reaches_back_to_7_august_2025_in_law_and_not_in_what_was_known() -> None:
    """The tracker begins it on 16 September; our count by hand gives 18.11 by the total and 18.64 as first written."""
    assert percent(on("2025-08-07").partners["JPN"]) == pytest.approx(18.11, abs=0.15)
    assert percent(on("2025-08-07", "2025-08-07").partners["JPN"]) == pytest.approx(18.64, abs=0.15)
    assert on("2025-08-07", "2025-09-04").partners["JPN"] == on("2025-08-07").partners["JPN"]


def test_in_2026_the_tracker_has_the_duty_on_advanced_chips_on_whole_lines() -> None:
    """Here a share of 0.05 of the lines is above the threshold and without an exempt use."""
    ours = percent(on("2026-02-24").average)
    assert 11.31 - ours == pytest.approx(1.04, abs=0.1)
    theirs = rates("US", "2026-02-24", claims={"semiconductor-threshold": 1.0})
    assert percent(theirs.average) == pytest.approx(11.31, abs=0.25)


def test_collected_duty_of_2024_is_that_of_the_census() -> None:
    table = trade()
    japan = table.partner == table.partners.index("JPN")
    assert table.collected[japan].sum() / 1e9 == pytest.approx(2.28, abs=0.005)
    assert table.collected.sum() / 1e9 == pytest.approx(75.6, abs=0.05)


def test_without_any_measure_revenue_is_the_normal_duty() -> None:
    bare = rates("US", "2025-04-10", law=book().without(sorted({m.authority for m in book().measures})))
    assert bare.average == bare.authorities["MFN"] and not bare.measures
    assert bare.revenue_usd_bn == pytest.approx((trade().value * trade().normal).sum() / 1e9)


# ---- against their own parts ----------------------------------------------------------------------------------------

DAYS = ("2025-01-01", "2025-04-09", "2025-09-24", "2026-02-24", "2026-08-25")


@pytest.mark.parametrize("day", DAYS)
def test_revenue_is_the_sum_of_rate_times_value(day: str) -> None:
    made = scheduled(day)
    found = on(day)
    assert found.revenue_usd_bn * 1e9 == pytest.approx((made.rate * trade().value).sum())
    assert found.average == pytest.approx((made.rate * trade().value).sum() / trade().value.sum())


@pytest.mark.parametrize("day", DAYS)
def test_authorities_sum_to_the_average_and_measures_to_their_authority(day: str) -> None:
    for partner in (None, "CAN"):
        found = on(day, partner=partner)
        assert sum(found.authorities.values()) == pytest.approx(found.average)
        by_authority: dict[str, float] = {}
        for name, rate in found.measures.items():
            authority = book().measure(name).authority
            by_authority[authority] = by_authority.get(authority, 0.0) + rate
        assert by_authority == pytest.approx({a: r for a, r in found.authorities.items() if a != "MFN" and r})
        assert list(found.measures.values()) == sorted(found.measures.values(), reverse=True)


@pytest.mark.parametrize("day", DAYS)
def test_partners_weigh_to_the_average(day: str) -> None:
    found, table = on(day), trade()
    weights = np.bincount(table.partner, table.value)
    assert np.average(list(found.partners.values()), weights=weights) == pytest.approx(found.average)
    assert list(found.partners) == list(table.partners)


@pytest.mark.parametrize("day", DAYS)
def test_sectors_electricity_and_goods_of_no_sector_weigh_to_the_average(day: str) -> None:
    found, made = on(day), scheduled(day)
    weights = dict(zip(trade().sectors, made.value.sum(1), strict=False))
    duty = sum(rate * weights[code] for code, rate in found.sectors.items())
    others = (made.normal + made.revenue.sum(0))[-2:].sum()
    assert set(found.sectors) <= set(trade().sectors[:-1])
    assert duty + others == pytest.approx(found.revenue_usd_bn * 1e9)


def test_one_partner_alone_has_the_figures_it_has_among_all() -> None:
    found, among = on("2025-09-24", partner="JPN"), on("2025-09-24")
    assert (found.partner, found.partners) == ("JPN", {"JPN": among.partners["JPN"]})
    assert found.average == among.partners["JPN"]
    japan = trade().partner == trade().partners.index("JPN")
    assert found.revenue_usd_bn == pytest.approx(found.average * trade().value[japan].sum() / 1e9)
    own = sector_rates(book(), "JPN", date(2025, 9, 24))
    for code, rate in found.sectors.items():
        assert own[trade().sectors.index(code)] == pytest.approx(rate), code


def test_cars_of_japan_pay_what_one_car_pays() -> None:
    assert on("2025-09-15", partner="JPN").sectors["C29"] == pytest.approx(0.27, abs=0.01)
    assert on("2025-09-24", partner="JPN").sectors["C29"] == pytest.approx(0.15, abs=0.01)


def test_states_of_claims_share_each_row_among_them() -> None:
    cells, row, weight = schedules._cells(book(), trade(), date(2025, 9, 24), {}, "settled")
    np.testing.assert_allclose(np.bincount(row, weight), 1)
    assert (weight > 0).all() and cells.size == row.size


# ---- claims ---------------------------------------------------------------------------------------------------------


def test_a_rate_is_linear_in_the_share_that_makes_a_claim() -> None:
    none, half, all_ = (rates("US", "2025-05-14", partner="CA", claims={"usmca": s}).average for s in (0.0, 0.5, 1.0))
    assert half == pytest.approx((none + all_) / 2)
    assert none > 0.18 > 0.06 > all_


def test_claims_of_the_month_lag_those_that_settled() -> None:
    early = rates("US", "2025-03-20", partner="CA", usage="month").average
    assert early > on("2025-03-20", partner="CAN").average + 0.01
    late = rates("US", "2025-10-15", partner="CA", usage="month").average
    assert late == pytest.approx(on("2025-10-15", partner="CAN").average, abs=0.01)
    assert rates("US", "2025-10-15", partner="CA", usage="year").average > late + 0.02


def test_a_span_by_claims_of_the_month_moves_with_the_months() -> None:
    span = rates("US", "2025-06-28", "2025-07-02", partner="CA", usage="month")
    assert [r.average for r in span] == [rates("US", r.on, partner="CA", usage="month").average for r in span]
    assert len({r.average for r in span}) == 2


# ---- spans ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def span() -> list[Rates]:
    return rates("US", "2025-03-25", "2025-06-10", partner="JP")


def test_a_span_has_every_day_once_with_both_ends(span: list[Rates]) -> None:
    days = [date(2025, 3, 25) + timedelta(k) for k in range(78)]
    assert [r.on for r in span] == [day.isoformat() for day in days]
    assert all(r.known_on is None and r.partner == "JPN" for r in span)


def test_a_span_moves_only_on_days_that_some_record_names(span: list[Rates]) -> None:
    moves = [now.on for before, now in pairwise(span) if now.average != before.average]
    assert moves == ["2025-04-03", "2025-04-04", "2025-04-05", "2025-04-09", "2025-04-10", "2025-05-03", "2025-06-04"]
    assert {date.fromisoformat(day) for day in moves} <= set(book().dates())


def test_a_day_of_a_span_is_that_day_alone(span: list[Rates]) -> None:
    for found in span[::13]:
        assert found == on(found.on, partner="JPN")


def test_a_whole_span_is_worked_out_once_for_each_state_of_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[date] = []

    def counted(*terms: object, **more: object) -> object:
        made.append(terms[2])  # type: ignore[arg-type]
        return schedule(*terms, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "schedule", counted)
    found = rates("US", "2025-01-01", "2025-04-30")
    states = {book().state(date.fromisoformat(r.on)) for r in found}
    assert len(made) == len(states) < 20
    assert set(made) <= {FIRST, *book().dates()}


def test_each_day_as_it_was_known_is_that_day_with_its_own_knowledge() -> None:
    span = rates("US", "2025-04-07", "2025-04-12", as_known=True)
    for found in span:
        assert found.known_on == found.on
        assert found == on(found.on, found.on)
    law = rates("US", "2025-04-07", "2025-04-12")
    more = [known.average - final.average for known, final in zip(span, law, strict=True)]
    assert all(m > 0.035 for m in more[2:4])  # 9 and 10 April, before telephones of China were known to be free
    assert all(0 < m < 0.01 for m in more[4:])  # how border and metal duties meet was known on 29 April only


def test_the_law_known_at_the_end_differs_from_the_law_as_final_only_between_ruling_and_collection() -> None:
    for day in ("2025-04-09", "2025-09-24", "2026-02-24"):
        assert rates("US", day, known_on="2026-08-31", partner="JP").average == on(day, partner="JPN").average
    void = on("2026-02-21", partner="JPN")
    assert rates("US", "2026-02-21", known_on="2026-08-31", partner="JP").average > void.average + 0.03


def test_a_span_known_on_one_day_moves_where_an_announced_rate_is_due() -> None:
    span = rates("US", "2025-08-24", "2025-08-28", partner="JP", known_on="2025-08-25")
    assert [r.average for r in span] == [on(r.on, "2025-08-25", "JPN").average for r in span]


# ---- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "error", "said"),
    [
        ({"importer": "Atlantis"}, UnknownCode, 'no country "Atlantis"'),
        ({"importer": "JP"}, LawError, "no imports of JPN by product ship; rates are known for USA"),
        ({"partner": "Japn"}, UnknownCode, "did you mean Japan"),
        ({"partner": "Fiji"}, LawError, "no imports of USA from Fiji by product ship; they do for"),
        ({"on": "2024-12-31"}, LawError, "the records of law cover"),
        ({"on": "May"}, LawError, '"May" is not a day'),
        ({"to": "2025-04-30"}, LawError, "the second day comes before the first"),
        ({"to": str(LAST + timedelta(1))}, LawError, "the records of law cover"),
        ({"known_on": "2024-01-01"}, LawError, "the records of law cover"),
        ({"known_on": "2025-05-01", "as_known": True}, LawError, "not both"),
        ({"claims": {"usmcaa": 0.5}}, LawError, 'no claim "usmcaa"; known: .*usmca'),
        ({"claims": {"usmca": 1.5}}, LawError, "usmca=1.5: give a share between 0 and 1"),
        ({"claims": {"usmca": float("nan")}}, LawError, "give a share between 0 and 1"),
    ],
)
def test_bad_input_is_refused(terms: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        rates(**({"importer": "US", "on": "2025-05-01"} | terms))  # type: ignore[call-overload]


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_a_day_and_a_span(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "US", "--partner", "JP", "--on", "2025-04-09"]) == 0
    assert "2025-04-09, the law as finally in force" in capsys.readouterr().out
    assert main(["rates", "US", "--partner", "JP", "--from", "2025-04-08", "--to", "2025-04-10", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("importer,on,known_on,average,revenue_usd_bn,MFN")
    averages = [float(line.split(",")[3]) for line in lines[1:]]
    assert averages == [round(on(day, partner="JPN").average, 6) for day in ("2025-04-08", "2025-04-09", "2025-04-10")]


@pytest.mark.parametrize("terms", [[], ["--on", "2025-04-09", "--from", "2025-04-08"], ["--from", "2025-04-08"]])
def test_the_command_asks_for_a_day_or_a_span(terms: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "US", *terms]) == 1
    assert "give a day (--on) or a span (--from and --to)" in capsys.readouterr().err
