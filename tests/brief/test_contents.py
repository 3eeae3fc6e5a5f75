"""The contents of a brief add up: points, rates, gains and reference points tell one story."""

from __future__ import annotations

from pathlib import Path

import pytest

import tradetalks as tt
from tradetalks.brief.contents import contents
from tradetalks.brief.contract import Contents

SMALL = Path(__file__).parents[1] / "talks" / "small-case.yaml"


@pytest.fixture(scope="module", params=["today", "later"])
def found(request: pytest.FixtureRequest) -> Contents:
    return contents(tt.negotiate(tt.Case.load(SMALL), no_deal=request.param))


def test_points_add_up_from_the_normal_duty_to_the_duty_without_a_deal(found: Contents) -> None:
    rates = {point["name"]: 100 * point["average_rate"] for point in found["reference_points"]}
    bought = found["position"]["exposure"]
    normal = 100 * sum(s["rate_before"] * s["exports_usd_bn"] for s in bought) / found["position"]["exports_usd_bn"]
    here = sum(m["added_pp"] for m in found["situation"] if m["in_force"])
    later = sum(m["added_pp"] for m in found["situation"] if not m["in_force"])
    assert normal + here == pytest.approx(rates["today"])
    assert normal + here + later == pytest.approx(rates[found["no_deal"]["name"]])


def test_a_measure_of_no_deal_counts_net_of_what_it_replaces() -> None:
    case = tt.Case.load(SMALL)
    cars, back = case.measures
    case = case.model_copy(update={"measures": (cars, back.model_copy(update={"replaces": ("cars",)}))})
    rows = {m["what"]: m["added_pp"] for m in contents(tt.negotiate(case, no_deal="today"))["situation"]}
    assert list(rows) == ["25 % on cars"]
    (later,) = contents(tt.negotiate(case))["situation"][1:]
    assert not later["in_force"] and later["added_pp"] == pytest.approx(-1)  # 24 in place of 25


def test_gains_against_the_law_amended_are_the_payoffs(found: Contents) -> None:
    for deal in found["solutions"]:
        assert deal["payoffs"] == deal["against"]["today"]
        for party, value in deal["payoffs"].items():
            assert deal["at"][party] == pytest.approx(value["point"], abs=1e-6)
    for party in found["parties"]:
        reserved = {point["name"]: point["payoffs"][party["code"]] for point in found["reservations"]}
        assert found["reservation"]["payoffs"][party["code"]] == pytest.approx(
            reserved[found["no_deal"]["name"]], abs=1e-6
        )


def test_every_gain_lies_in_its_range(found: Contents) -> None:
    for effects in found["losers"]:
        for sector in (*effects["sectors"], *effects["winners"]):
            value = sector["value_added_usd_bn"]
            assert value["low"] <= value["point"] <= value["high"]
    for other in found["third_parties"]:
        assert other["usd_bn"]["low"] <= other["usd_bn"]["point"] <= other["usd_bn"]["high"]
