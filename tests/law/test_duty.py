"""What one entry pays on a day, exactly, and why: the arithmetic of the orders, worked out by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tradetalks import duty
from tradetalks.cli import main
from tradetalks.errors import LawError, UnknownCode
from tradetalks.law.book import FIRST, LAST, book
from tradetalks.law.duty import Duty

PLAIN = "9020.00.90"
"""Breathing appliances, 2.5 %, on no list of any measure."""
CAR = "8703.23.01"
"""Cars, 2.5 %."""
LIGHT_TRUCK = "8704.31.01"
"""Light trucks, 25 %."""
PHONE = "8517.13.00"
"""Telephones, free, on the lists of electronics."""
STEEL = "7208.10"
"""Hot-rolled steel in coils, free."""
BUILDING = "9406.20.00"
"""Building units of steel, 2.9 %; a derivative that pays on its steel."""
CRUDE = "2709.00.10"
"""Crude oil, 5.25 cents a barrel."""

EXACT = 1e-9


def paid(partner: str, code: str, on: str, known_on: str | None = None, **terms: object) -> float:
    return duty("US", partner, code, on, known_on, **terms).rate  # type: ignore[arg-type]


def parts(found: Duty) -> dict[str, float]:
    return {part.measure: round(part.rate, 9) for part in found.parts}


def why_not(found: Duty, measure: str) -> str:
    (reason,) = [aside.reason for aside in found.not_applied if aside.measure == measure]
    return reason


# ---- Japan ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "known_on", "rate"),
    [
        ("2025-04-04", None, 0.025),
        ("2025-04-05", None, 0.125),
        ("2025-04-06", None, 0.125),
        ("2025-04-08", None, 0.125),
        ("2025-04-09", None, 0.265),
        ("2025-04-10", None, 0.125),
        ("2025-08-06", None, 0.125),
        ("2025-08-07", None, 0.15),
        ("2025-08-07", "2025-08-07", 0.175),
        ("2025-09-03", "2025-09-03", 0.175),
        ("2025-09-04", "2025-09-04", 0.15),
        ("2026-02-19", None, 0.15),
        ("2026-02-20", None, 0.025),
        ("2026-02-22", None, 0.025),
        ("2026-02-22", "2026-02-22", 0.15),
        ("2026-02-24", None, 0.125),
        ("2026-02-24", "2026-02-24", 0.125),
        ("2026-07-23", None, 0.125),
        ("2026-07-24", None, 0.125),
        ("2026-07-24", "2026-07-01", 0.15),
    ],
)
def test_general_goods_of_japan(on: str, known_on: str | None, rate: float) -> None:
    assert paid("JP", PLAIN, on, known_on) == pytest.approx(rate, abs=EXACT)


@pytest.mark.parametrize(
    ("on", "known_on", "rate"),
    [
        ("2025-07-09", "2025-06-01", 0.265),  # the suspension of April ends
        ("2025-08-01", "2025-07-10", 0.275),  # the letter of 7 July
        ("2025-08-01", "2025-07-25", 0.15),  # the announcement of 22 July
        ("2025-08-01", "2025-08-01", 0.125),  # and what was collected that day
    ],
)
def test_what_japan_had_to_expect_for_a_day_to_come(on: str, known_on: str, rate: float) -> None:
    assert paid("JP", PLAIN, on, known_on) == pytest.approx(rate, abs=EXACT)


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        ("2025-04-02", 0.025),
        ("2025-04-03", 0.275),
        ("2025-04-09", 0.275),
        ("2025-09-15", 0.275),
        ("2025-09-16", 0.15),
        ("2026-02-22", 0.15),
        ("2026-02-24", 0.15),
        ("2026-07-24", 0.15),
    ],
)
def test_a_car_of_japan(on: str, rate: float) -> None:
    assert paid("JP", CAR, on) == pytest.approx(rate, abs=EXACT)
    assert paid("JP", CAR, on, on) == pytest.approx(rate, abs=EXACT)


def test_the_announced_car_rate_is_expected_for_days_to_come_and_never_collected() -> None:
    assert paid("JP", CAR, "2025-08-05", "2025-08-05") == pytest.approx(0.275, abs=EXACT)
    assert paid("JP", CAR, "2025-09-10", "2025-08-05") == pytest.approx(0.15, abs=EXACT)


def test_a_total_of_15_adds_nothing_to_a_light_truck_that_pays_25() -> None:
    assert paid("JP", LIGHT_TRUCK, "2025-09-15") == pytest.approx(0.50, abs=EXACT)
    found = duty("US", "JP", LIGHT_TRUCK, "2025-09-16")
    assert parts(found) == {"mfn": 0.25, "jp-auto-floor": 0.0}
    assert "is not below that" in found.parts[1].reason


@pytest.mark.parametrize(
    ("code", "normal", "total"),
    [
        ("0101.29.00", 0.0, 0.15),
        (PLAIN, 0.025, 0.15),
        ("5513.21.00", 0.149, 0.15),
        ("7013.49.50", 0.15, 0.15),
        ("6402.91.30", 0.20, 0.20),
    ],
)
def test_a_total_binds_below_at_and_above_the_normal_duty(code: str, normal: float, total: float) -> None:
    for partner in ("JP", "DE", "EU27"):
        found = duty("US", partner, code, "2025-10-01")
        assert found.normal_duty == pytest.approx(normal, abs=EXACT)
        assert found.rate == pytest.approx(total, abs=EXACT)


# ---- China ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "additional"),
    [
        ("2025-02-03", 0.0),
        ("2025-02-04", 0.10),
        ("2025-03-04", 0.20),
        ("2025-04-05", 0.30),
        ("2025-04-08", 0.30),
        ("2025-04-09", 1.04),
        ("2025-04-10", 1.45),
        ("2025-05-13", 1.45),
        ("2025-05-14", 0.30),
        ("2025-11-09", 0.30),
        ("2025-11-10", 0.20),
        ("2026-02-19", 0.20),
        ("2026-02-20", 0.0),
    ],
)
def test_opioids_and_reciprocal_duties_on_china_add_up(on: str, additional: float) -> None:
    found = duty("US", "CN", PLAIN, on)
    assert found.rate == pytest.approx(0.025 + additional, abs=EXACT)
    assert {part.authority for part in found.parts} <= {"MFN", "IEEPA"}


@pytest.mark.parametrize(
    ("code", "normal", "s301"),
    [
        ("8401.10", 0.033, 0.25),  # list 1
        ("3811.29", 0.065, 0.25),  # list 2
        ("0704.10.60", 0.14, 0.25),  # list 3
        ("0602.90.40", 0.035, 0.075),  # list 4A
        ("8101.99.80", 0.037, 0.25),  # the four-year review
        ("9018.32", 0.0, 1.0),
    ],
)
def test_section_301_duties_on_china_add_to_all_others(code: str, normal: float, s301: float) -> None:
    before = duty("US", "CN", code, "2025-01-15")
    assert sum(p.rate for p in before.parts if p.authority == "s301") == pytest.approx(s301, abs=EXACT)
    assert before.rate == pytest.approx(normal + s301, abs=EXACT)
    assert paid("CN", code, "2025-06-01") == pytest.approx(normal + s301 + 0.30, abs=EXACT)
    assert paid("HK", code, "2025-01-15") == pytest.approx(normal, abs=EXACT)


def test_telephones_are_free_of_the_reciprocal_duty_back_to_its_first_day() -> None:
    assert paid("CN", PHONE, "2025-04-06") == pytest.approx(0.20, abs=EXACT)
    assert paid("CN", PHONE, "2025-04-06", "2025-04-10") == pytest.approx(0.30, abs=EXACT)
    assert paid("CN", PHONE, "2025-04-10", "2025-04-10") == pytest.approx(1.45, abs=EXACT)
    assert paid("CN", PHONE, "2025-04-10", "2025-04-11") == pytest.approx(0.20, abs=EXACT)
    reason = why_not(duty("US", "CN", PHONE, "2025-04-06"), "recip-10")
    assert reason.startswith("exempt: computers, telephones")
    assert "electronics, 8517.13" in reason and "2025-04-05" in reason and "Memorandum of 11 April 2025" in reason


# ---- Canada and Mexico ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partner", "code", "on", "border"),
    [
        ("CA", PLAIN, "2025-03-03", 0.0),
        ("CA", PLAIN, "2025-03-04", 0.25),
        ("CA", PLAIN, "2025-07-31", 0.25),
        ("CA", PLAIN, "2025-08-01", 0.35),
        ("CA", PLAIN, "2026-02-20", 0.0),
        ("CA", CRUDE, "2025-03-04", 0.10),
        ("CA", CRUDE, "2025-08-01", 0.10),
        ("CA", "3104.20", "2025-03-05", 0.25),
        ("CA", "3104.20", "2025-03-07", 0.10),
        ("MX", PLAIN, "2025-03-04", 0.25),
        ("MX", PLAIN, "2025-08-01", 0.25),
        ("MX", "3104.20", "2025-03-07", 0.10),
        ("MX", CRUDE, "2025-03-07", 0.25),
    ],
)
def test_border_duties_with_and_without_the_agreement(partner: str, code: str, on: str, border: float) -> None:
    found = duty("US", partner, code, on)
    assert found.rate - found.normal_duty == pytest.approx(border, abs=EXACT)
    claimed = duty("US", partner, code, on, claims=["usmca"])
    exempt = on >= "2025-03-07"
    assert claimed.rate - claimed.normal_duty == pytest.approx(0.0 if exempt else border, abs=EXACT)
    if exempt and border:
        assert any("exempted by ieepa-canmex-usmca-exempt" in aside.reason for aside in claimed.not_applied)


def test_a_car_of_mexico_pays_on_what_is_not_of_american_make() -> None:
    assert paid("MX", CAR, "2025-05-01") == pytest.approx(0.275, abs=EXACT)
    claimed = duty("US", "MX", CAR, "2025-05-01", claims=["usmca", "preference"])
    assert parts(claimed) == {"mfn": 0.0, "232-auto-usmca": 0.15}
    assert claimed.parts[1].reason.endswith("25 % on what is not of US make, 60.0 % of the value")


# ---- metals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partner", "on", "rate"),
    [
        ("JP", "2025-03-11", 0.0),
        ("JP", "2025-03-12", 0.25),
        ("JP", "2025-04-09", 0.25),
        ("JP", "2025-06-03", 0.25),
        ("JP", "2025-06-04", 0.50),
        ("JP", "2026-02-24", 0.50),
        ("GB", "2025-06-04", 0.25),
        ("VN", "2025-03-11", 0.25),
        ("CA", "2025-05-01", 0.25),
        ("CA", "2025-08-01", 0.50),
    ],
)
def test_steel_pays_once(partner: str, on: str, rate: float) -> None:
    assert paid(partner, STEEL, on) == pytest.approx(rate, abs=EXACT)


def test_before_the_order_on_stacking_was_known_border_and_steel_duties_were_added() -> None:
    assert paid("CA", STEEL, "2025-04-01", "2025-04-01") == pytest.approx(0.50, abs=EXACT)
    assert paid("CA", STEEL, "2025-04-01") == pytest.approx(0.25, abs=EXACT)


@pytest.mark.parametrize("steel", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(
    ("on", "known_on", "on_steel", "on_rest"),
    [
        ("2025-03-20", None, 0.25, 0.0),
        ("2025-04-09", None, 0.25, 0.24),
        ("2025-07-01", None, 0.50, 0.10),
        ("2025-08-20", None, 0.50, 0.15 - 0.029),
        ("2025-08-20", "2025-08-20", 0.50, 0.15),
        ("2026-02-22", None, 0.50, 0.0),
        ("2026-03-01", None, 0.50, 0.10),
    ],
)
def test_a_derivative_of_steel_pays_on_its_steel_and_other_duties_on_the_rest(
    steel: float, on: str, known_on: str | None, on_steel: float, on_rest: float
) -> None:
    rate = 0.029 + steel * on_steel + (1 - steel) * on_rest
    assert paid("JP", BUILDING, on, known_on, content={"steel": steel}) == pytest.approx(rate, abs=EXACT)


def test_a_derivative_of_two_metals_pays_on_both() -> None:
    found = duty("US", "JP", "8547.90.00.20", "2025-09-01", content={"steel": 0.3, "aluminium": 0.2})
    rest = 0.5 * (0.15 - 0.046)
    assert found.rate == pytest.approx(0.046 + 0.15 + 0.10 + rest, abs=EXACT)
    assert "50 % on the steel content, 30.0 % of the value" in found.parts[1].reason + found.parts[2].reason
    assert "(estimated)" not in found.parts[1].reason
    estimated = duty("US", "JP", "8547.90.00.20", "2025-09-01")
    assert any("(estimated)" in part.reason for part in estimated.parts)


def test_from_april_2026_a_derivative_pays_on_its_full_value() -> None:
    for content in ({"steel": 0.1}, {"steel": 0.9}):
        assert paid("JP", BUILDING, "2026-04-06", content=content) == pytest.approx(0.029 + 0.25, abs=EXACT)


def test_copper_pays_on_its_content_from_august_2025() -> None:
    assert paid("CL", "7407.10.15", "2025-07-31") == pytest.approx(0.03, abs=EXACT)
    assert paid("CL", "7407.10.15", "2025-08-01", content={"copper": 0.9}) == pytest.approx(
        0.03 + 0.45 + 0.01, abs=EXACT
    )


# ---- other partners -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partner", "on", "known_on", "rate"),
    [
        ("DE", "2025-04-09", None, 0.225),
        ("DE", "2025-08-06", None, 0.125),
        ("DE", "2025-08-07", None, 0.15),
        ("EU27", "2025-08-07", None, 0.15),
        ("DE", "2026-07-24", None, 0.10),
        ("KR", "2025-04-09", None, 0.275),
        ("KR", "2025-08-07", None, 0.175),
        ("KR", "2025-11-13", None, 0.175),
        ("KR", "2025-11-14", None, 0.15),
        ("KR", "2025-11-20", "2025-11-20", 0.175),
        ("IN", "2025-08-07", None, 0.275),
        ("IN", "2025-08-27", None, 0.525),
        ("IN", "2026-02-06", None, 0.525),
        ("IN", "2026-02-07", None, 0.275),
        ("BR", "2025-08-05", None, 0.125),
        ("BR", "2025-08-06", None, 0.525),
        ("BR", "2026-07-22", None, 0.025 + 0.25 + 0.10),
        ("BR", "2026-07-24", None, 0.025 + 0.25 + 0.125),
        ("CH", "2025-04-09", None, 0.335),
        ("CH", "2025-08-07", None, 0.415),
        ("CH", "2025-11-13", None, 0.415),
        ("CH", "2025-11-14", None, 0.15),
        ("TW", "2025-08-07", None, 0.225),
        ("VN", "2025-04-09", None, 0.485),
        ("GB", "2025-08-07", None, 0.125),
        ("RU", "2025-05-01", None, 0.35),
        ("RU", "2026-03-01", None, 0.45),
        ("BY", "2025-05-01", None, 0.35),
    ],
)
def test_general_goods_of_other_partners(partner: str, on: str, known_on: str | None, rate: float) -> None:
    assert paid(partner, PLAIN, on, known_on) == pytest.approx(rate, abs=EXACT)


@pytest.mark.parametrize(
    ("partner", "on", "rate"),
    [
        ("GB", "2025-06-29", 0.275),
        ("GB", "2025-06-30", 0.10),
        ("DE", "2025-07-31", 0.275),
        ("DE", "2025-08-01", 0.15),
        ("KR", "2025-10-31", 0.275),
        ("KR", "2025-11-01", 0.15),
        ("VN", "2026-06-01", 0.275),
    ],
)
def test_cars_of_other_partners(partner: str, on: str, rate: float) -> None:
    assert paid(partner, CAR, on) == pytest.approx(rate, abs=EXACT)


def test_column_2_is_the_normal_duty_of_russia() -> None:
    found = duty("US", "RU", PLAIN, "2025-05-01")
    assert parts(found) == {"mfn": 0.35}
    assert found.parts[0].reason == "column 2 rate: 35%"


def test_a_preference_is_paid_only_where_it_is_claimed() -> None:
    found = duty("US", "JP", "0602.90.40", "2025-01-15")
    assert found.rate == pytest.approx(0.035, abs=EXACT)
    assert "United States-Japan Trade Agreement: Free if the entry claims it" in why_not(found, "mfn")
    claimed = duty("US", "JP", "0602.90.40", "2025-01-15", claims=["preference"])
    assert parts(claimed) == {"mfn": 0.0}
    assert (claimed.parts[0].authority, claimed.parts[0].citation) == ("FTA", "Proclamation 9974, 84 FR 72187")
    assert paid("KR", PLAIN, "2025-05-01", claims=["preference"]) == pytest.approx(0.10, abs=EXACT)
    assert paid("VN", PLAIN, "2025-01-15", claims=["preference"]) == pytest.approx(0.025, abs=EXACT)


def test_a_total_counts_the_duty_that_the_entry_really_pays() -> None:
    assert paid("JP", "0602.90.40", "2025-10-01") == pytest.approx(0.15, abs=EXACT)
    assert parts(duty("US", "JP", "0602.90.40", "2025-10-01", claims=["preference"]))["jp-floor"] == 0.15


def test_a_duty_by_quantity_needs_a_price_or_trade_that_shows_it() -> None:
    assert paid("CA", CRUDE, "2025-01-15", price=75.0) == pytest.approx(0.0525 / 75, abs=EXACT)
    shown = duty("US", "CA", CRUDE, "2025-01-15")
    assert 0 < shown.rate < 0.002
    assert "5.25¢/bbl" in shown.parts[0].reason and "2024" in shown.parts[0].reason
    assert paid("JP", "0102.39.00.24", "2025-01-15", price=2.0) == pytest.approx(0.005, abs=EXACT)
    with pytest.raises(LawError, match=r"0102\.39\.00 pays 1¢/kg, and no imports of 2024 .*`price`"):
        duty("US", "JP", "0102.39.00.24", "2025-01-15")


def test_goods_on_their_way_before_a_duty_began_are_free_of_it() -> None:
    assert paid("JP", PLAIN, "2025-04-09", claims=["in-transit"]) == pytest.approx(0.025, abs=EXACT)
    assert paid("JP", PLAIN, "2025-08-07", "2025-08-07", claims=["in-transit-august"]) == pytest.approx(
        0.125, abs=EXACT
    )
    assert paid("JP", PLAIN, "2026-02-25", claims=["in-transit-february"]) == pytest.approx(0.025, abs=EXACT)


def test_transshipped_goods_pay_40_in_place_of_the_partner_rate() -> None:
    assert paid("VN", PLAIN, "2025-08-07", claims=["transshipped"]) == pytest.approx(0.425, abs=EXACT)


# ---- the trail ------------------------------------------------------------------------------------------------------

ENTRIES = [
    ("JP", PLAIN, "2025-04-09"),
    ("JP", CAR, "2025-09-16"),
    ("JP", BUILDING, "2025-08-20"),
    ("CN", PHONE, "2025-04-06"),
    ("CN", "9018.32", "2025-06-01"),
    ("CA", STEEL, "2025-05-01"),
    ("MX", CAR, "2025-05-01"),
    ("BR", CRUDE, "2025-10-01"),
    ("RU", "7601.10.30", "2025-07-01"),
    ("DE", LIGHT_TRUCK, "2026-05-01"),
    ("GB", "8411.12.40", "2025-08-01"),
]


@pytest.mark.parametrize(("partner", "code", "on"), ENTRIES)
def test_parts_sum_to_the_rate_and_each_has_its_law(partner: str, code: str, on: str) -> None:
    found = duty("US", partner, code, on)
    assert found.rate == pytest.approx(math.fsum(part.rate for part in found.parts), abs=1e-15)
    assert found.parts[0].measure == "mfn" and found.parts[0].rate == found.normal_duty
    for part in found.parts:
        assert part.citation and part.reason and part.since <= on < (part.until or "9999")
    considered = {aside.measure for aside in found.not_applied} - {"mfn"}
    assert not considered & {part.measure for part in found.parts}
    assert all(aside.reason and aside.citation for aside in found.not_applied)
    assert "None" not in " ".join(aside.reason for aside in found.not_applied)
    json.dumps(found.as_json())


@pytest.mark.parametrize(
    ("partner", "code", "on", "known_on", "claims", "measure", "reason"),
    [
        ("JP", PLAIN, "2025-04-09", None, [], "recip-10", "replaced by recip-annex-i: Partner rates of annex I"),
        ("JP", PLAIN, "2025-04-04", None, [], "recip-10", "begins on 2025-04-05"),
        ("JP", PLAIN, "2025-04-10", None, [], "recip-annex-i", "ended on 2025-04-10"),
        ("JP", PLAIN, "2026-02-21", None, [], "jp-floor", "ended on 2026-02-20"),
        ("JP", PLAIN, "2026-02-24", "2026-02-24", [], "jp-floor", "ended on 2026-02-24"),
        ("JP", PLAIN, "2025-08-07", None, [], "recip-aug-jpn-first", "withdrawn or replaced on 2025-09-04"),
        ("JP", PLAIN, "2025-08-07", "2025-08-07", [], "jp-floor", "not yet known on 2025-08-07: announced 2025-09-04"),
        ("JP", PLAIN, "2025-04-09", None, ["in-transit"], "recip-annex-i", "the entry claims in-transit"),
        ("JP", PLAIN, "2025-08-07", None, [], "recip-aug-transship", "only where the entry claims transshipped"),
        ("JP", PLAIN, "2025-05-01", None, [], "232-auto-25", "the product is not on autos"),
        ("JP", CAR, "2025-04-09", None, [], "recip-annex-i", "Cars and their parts: not the reciprocal tariff"),
        ("CA", STEEL, "2025-05-01", None, [], "232-steel-25", "not the duties on steel and aluminium"),
        ("CA", PLAIN, "2025-05-01", None, ["usmca"], "ieepa-can-fent-25", "exempted by ieepa-canmex-usmca-exempt"),
        ("DE", "9706.10", "2026-03-01", None, [], "s122", "exempt: code 9706"),
    ],
)
def test_a_measure_that_was_considered_and_did_not_apply_tells_why(
    partner: str, code: str, on: str, known_on: str | None, claims: list[str], measure: str, reason: str
) -> None:
    found = duty("US", partner, code, on, known_on, claims=claims)
    assert measure not in parts(found)
    assert reason in why_not(found, measure)


def test_a_measure_that_is_set_aside_says_so_and_what_it_replaced_revives() -> None:
    law = book().without(["jp-floor"])
    found = duty("US", "JP", PLAIN, "2025-10-01", law=law)
    assert parts(found) == {"mfn": 0.025, "recip-10": 0.10}
    assert why_not(found, "jp-floor") == "set aside"
    assert parts(duty("US", "JP", CAR, "2025-10-01", law=book().without(["s232"]))) == {"mfn": 0.025, "jp-floor": 0.125}


def test_an_announced_rate_on_the_days_before_its_text_says_that_it_was_only_announced() -> None:
    reason = why_not(duty("US", "JP", CAR, "2025-08-05", "2025-08-05"), "jp-auto-announced")
    assert "None" not in reason and "announced" in reason


# ---- what an entry is taken to claim --------------------------------------------------------------------------------


def test_no_entry_is_taken_to_claim_what_its_goods_cannot() -> None:
    """Hoses are on the lists of civil aircraft, and are no aircraft; modules are no cells within the quota of cells."""
    assert paid("JP", "4009.12.00.50", "2025-10-01") == pytest.approx(0.15, abs=EXACT)
    assert paid("VN", "8541.43.00.10", "2025-03-01") == pytest.approx(0.14, abs=EXACT)
    assert paid("VN", "8541.42.00.10", "2025-03-01") == pytest.approx(0.0, abs=EXACT)


def test_a_claim_of_the_agreement_of_three_countries_does_not_free_goods_of_a_fourth() -> None:
    try:
        found = paid("JP", CAR, "2025-05-01", claims=["usmca"])
    except LawError as error:
        assert "usmca" in str(error)
    else:
        assert found == pytest.approx(0.275, abs=EXACT)


def test_aircraft_and_engines_are_free_under_the_deals_without_a_claim() -> None:
    assert paid("GB", "8411.12.40", "2025-06-29") == pytest.approx(0.10, abs=EXACT)
    assert paid("GB", "8411.12.40", "2025-06-30") == pytest.approx(0.0, abs=EXACT)
    assert paid("JP", "4009.12.00.50", "2025-10-01", claims=["civil-aircraft-use"]) == pytest.approx(0.025, abs=EXACT)


# ---- codes ----------------------------------------------------------------------------------------------------------


def test_a_short_code_is_taken_where_all_its_lines_agree() -> None:
    assert duty("US", "JP", "7208", "2025-05-01").rate == pytest.approx(0.25, abs=EXACT)
    six = duty("US", "JP", "8703.23", "2025-05-01")
    eight, ten = duty("US", "JP", "87032301", "2025-05-01"), duty("US", "JP", "8703.23.01.10", "2025-05-01")
    assert six.rate == eight.rate == ten.rate
    assert ten.lines == ("8703.23.01.10",) and set(ten.lines) < set(eight.lines) and eight.lines == six.lines


def test_a_short_code_whose_lines_disagree_lists_them_with_their_rates() -> None:
    with pytest.raises(LawError) as refused:
        duty("US", "JP", "9020", "2025-05-01")
    assert str(refused.value).splitlines() == [
        "9020 covers 3 lines that pay different duties; give a longer code:",
        "  10.00% (recip-10): 9020.00.40.00",
        "  12.50% (recip-10): 9020.00.60.00, 9020.00.90.00",
    ]
    with pytest.raises(LawError, match=r"8703 covers 73 lines .*\n.*\n.* and 55 more"):
        duty("US", "JP", "8703", "2025-05-01")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("8703.23.99", r"no line 8703\.23\.99 .* under 8703\.23 there is 8703\.23\.01"),
        ("8703.23.01.99", r"no line 8703\.23\.01\.99 .* there is 8703\.23\.01"),
        ("9999", "no line 9999"),
        ("870", "write 4 to 10 digits, such as 8703.23.01"),
        ("87032301101", "write 4 to 10 digits"),
        ("cars", '"cars" is not a code of the tariff'),
        ("", '"" is not a code of the tariff'),
    ],
)
def test_a_code_that_does_not_exist_is_refused_with_its_neighbours(code: str, said: str) -> None:
    with pytest.raises(UnknownCode, match=said):
        duty("US", "JP", code, "2025-05-01")


# ---- bad input ------------------------------------------------------------------------------------------------------

Call = Callable[[], Duty]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: duty("US", "Japn", PLAIN, "2025-05-01"), UnknownCode, 'no country "Japn"; did you mean Japan?'),
        (lambda: duty("US", "", PLAIN, "2025-05-01"), UnknownCode, "give an ISO code or an English name"),
        (lambda: duty("US", "USA", PLAIN, "2025-05-01"), LawError, "are the same country"),
        (lambda: duty("FR", "JP", PLAIN, "2025-05-01"), LawError, "no law of FRA ships"),
        (lambda: duty("US", "JP", PLAIN, "2025-5-1"), LawError, '"2025-5-1" is not a day; write year-month-day'),
        (lambda: duty("US", "JP", PLAIN, "2025-02-30"), LawError, "is not a day"),
        (lambda: duty("US", "JP", PLAIN, "2025-05-01", "soon"), LawError, '"soon" is not a day'),
        (lambda: duty("US", "JP", PLAIN, FIRST - timedelta(1)), LawError, f"law cover {FIRST} to {LAST}"),
        (lambda: duty("US", "JP", PLAIN, LAST + timedelta(1)), LawError, "the records of law cover"),
        (lambda: duty("US", "JP", PLAIN, FIRST, date(2024, 1, 1)), LawError, "the records of law cover"),
        (lambda: duty("US", "JP", PLAIN, FIRST, claims=["usmcaa"]), LawError, 'no claim "usmcaa"; known: .*usmca'),
        (lambda: duty("US", "JP", PLAIN, FIRST, content={"iron": 0.2}), LawError, "steel, aluminium, copper"),
        (lambda: duty("US", "JP", PLAIN, FIRST, content={"steel": 1.2}), LawError, "content steel=1.2"),
        (lambda: duty("US", "JP", PLAIN, FIRST, content={"steel": -0.1}), LawError, "content steel=-0.1"),
        (lambda: duty("US", "JP", PLAIN, FIRST, content={"steel": math.nan}), LawError, "content steel=nan"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_error_that_says_what_would_be_right(call: Call, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan])
def test_a_price_must_be_above_zero(price: float) -> None:
    with pytest.raises(LawError, match="price"):
        duty("US", "JP", "0102.29.40", "2025-01-15", price=price)


def test_metals_cannot_be_more_than_the_whole_value() -> None:
    with pytest.raises(LawError, match="content"):
        duty("US", "JP", BUILDING, "2025-05-01", content={"steel": 0.9, "aluminium": 0.9})


def test_a_price_for_a_duty_on_parts_of_the_article_is_refused_or_counts_every_part() -> None:
    """51 cents, 6.25 % on case and strap, 5.3 % on the battery: a price alone does not tell the duty."""
    try:
        found = paid("JP", "9101.11.40", "2025-01-15", price=10.0)
    except LawError:
        return
    assert found > 0.052


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_record_of_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["duty", "US", "JP", BUILDING, "--on", "2025-08-20", "--known-on", "2025-08-20", "--content", "steel=0.4"]
    assert main([*line, "--claim", "in-transit-august", "--json"]) == 0
    found = duty("US", "JP", BUILDING, "2025-08-20", "2025-08-20", content={"steel": 0.4}, claims=["in-transit-august"])
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.as_json()))


def test_the_command_names_every_part_and_what_was_considered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["duty", "US", "Japan", CAR, "--on", "2025-04-09"]) == 0
    printed = capsys.readouterr().out
    assert "Japan to United States" in printed and "27.50 % on 2025-04-09" in printed
    assert "232-auto-25" in printed and "Proclamation 10908" in printed and "considered, adds nothing" in printed


def test_the_command_refuses_a_share_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duty", "US", "JP", BUILDING, "--on", "2025-08-20", "--content", "steel"]) == 1
    assert "write METAL=SHARE" in capsys.readouterr().err


def test_goods_on_the_water_are_spared_only_while_the_window_is_open() -> None:
    assert paid("JP", "8482.10.50.04", "2025-05-26", claims=["in-transit"]) == pytest.approx(0.09, abs=EXACT)
    with pytest.raises(LawError, match="can be claimed from 2025-04-05 to the day before 2025-05-27"):
        paid("JP", "8482.10.50.04", "2025-05-27", claims=["in-transit"])


def test_an_assumed_claim_can_be_declined() -> None:
    within = paid("GB", CAR, "2025-07-15")
    beyond = paid("GB", CAR, "2025-07-15", claims=["no:gbr-car-quota"])
    assert (within, beyond) == pytest.approx((0.10, 0.275), abs=EXACT)


def test_a_member_of_the_union_pays_a_duty_by_quantity_as_the_union_did() -> None:
    cheese = "0406.90.97"
    assert paid("DE", cheese, "2025-01-15") == pytest.approx(paid("EU", cheese, "2025-01-15"), abs=EXACT)
