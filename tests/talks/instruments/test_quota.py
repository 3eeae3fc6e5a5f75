"""Quotas: the three regimes against brute force, and rice and wheat of Japan beside the published figures."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.integrate import quad
from scipy.optimize import root

from tradetalks import Policy, World, solve
from tradetalks.errors import CaseError, OfferError
from tradetalks.law.normal_duty import normal_duties
from tradetalks.records import yaml_file
from tradetalks.talks.instruments.counted import counted
from tradetalks.talks.instruments.effect import Shift
from tradetalks.talks.instruments.product_market import ProductMarket
from tradetalks.talks.instruments.quota import QuotaChange, curve
from tradetalks.talks.instruments.quota_regimes import TableMarket, integral_of_power, settle

# Prices of US and Thai rice: Jiji, 7 Nov 2025. Quantities and duties: law of Japan (nippon.com h02395, 13 May 2025;
# Asahi, 3 Jun 2025). Harvest of 2024, 6.79 Mt: Ministry of Agriculture via Kyodo, 16 Jul 2025. Wholesale price of
# December 2024, 24,665 yen for 60 kg: the same via livedoor, 20 Jan 2026. Rice for feed was sold at 21.4 yen a
# kilogram (8,017 m yen for 374,248 t: Board of Audit, fiscal 2006). Californian rice cost 0.83 of the mean in shops
# (NHK, Jun 2025; Reuters, 28 Apr 2025). The rest is assumed.
RICE: dict[str, Any] = {
    "market": "rice", "what": "rice", "importer": "JPN", "sector": "A01_02", "currency": "JPY", "price_unit": "kg",
    "per_usd": {"point": 151, "low": 142, "high": 152}, "quota": "rice-minimum-access",
    "origins": {
        "USA": {"price": 130}, "THA": {"price": 84}, "AUS": {"price": {"point": 130, "low": 84, "high": 150}},
        "CHN": {"price": 130}, "others": {"price": 108},
    },
    "beyond_origin": "USA", "to_market": {"point": 0.13, "low": 0, "high": 0.14},
    "worth": {"point": 0.83, "low": 0.7, "high": 1}, "state": {"resale": {"point": 30, "low": 21, "high": 40}},
    "domestic": {
        "production": 6790000, "price": 411, "supply": {"point": 0.3, "low": 0.1, "high": 0.6},
        "demand": {"point": 0.2, "low": 0.1, "high": 0.4},
    },
    "basis": "assumption",
}  # fmt: skip

# Wheat of three origins; the quantity is the margin of fiscal 2017, 84.465 bn yen, over 17 yen a kilogram; its price
# the selling price of April 2019 (Japan Agricultural News, 9 Mar 2019) less that mark-up. Shares and the rest assumed.
WHEAT: dict[str, Any] = {
    "market": "wheat", "what": "wheat", "importer": "JPN", "sector": "A01_02", "currency": "JPY", "price_unit": "kg",
    "per_usd": 110, "quota": "wheat",
    "origins": {
        "USA": {"quantity": 2484000, "price": 37.6}, "CAN": {"quantity": 1742000, "price": 37.6},
        "AUS": {"quantity": 742500, "price": 37.6},
    },
    "state": {"mark_up": 17},
    "domestic": {"production": 900000, "price": 50, "supply": 0.3, "demand": {"point": 0.2, "low": 0.1, "high": 0.4}},
    "basis": "assumption",
}  # fmt: skip

# A quota of licences for one origin, binding, whose numbers can be followed by hand.
PLAIN: dict[str, Any] = {
    "market": "cheese", "what": "cheese", "importer": "CHE", "sector": "C10T12", "currency": "CHF", "unit": "t",
    "price_unit": "t", "per_usd": 0.9, "volume": 100, "origins": {"NZL": {"quantity": 100, "price": 1000}},
    "within": {"ad_valorem": "10%"}, "beyond": {"ad_valorem": "80%"}, "worth": 1, "basis": "assumption",
    "domestic": {"production": 900, "price": 1500, "supply": 0.5, "demand": 1},
}  # fmt: skip


def rice(**changes: Any) -> QuotaChange:
    return QuotaChange.model_validate({"product": RICE | changes.pop("market", {}), **changes})


def plain(**changes: Any) -> QuotaChange:
    return QuotaChange.model_validate({"product": PLAIN | changes.pop("market", {}), **changes})


# ---- published figures ----------------------------------------------------------------------------------------------


def test_us_rice_in_the_place_of_thai_rice_sells_and_costs_what_was_published() -> None:
    """260,000 t at 130 yen are 33.8 bn yen, US$ 0.22 to 0.24 bn; 46 yen a kilogram more than Thai rice are 12 bn."""
    found = rice(add={"USA": 260000}, taken_from=["THA"]).outcome()
    sales = {one.origin: one for one in found.origins}
    assert sales["USA"].sales.local.point == pytest.approx(33.8)
    assert 0.22 < sales["USA"].sales.usd_bn.low < sales["USA"].sales.usd_bn.high < 0.24
    assert sales["USA"].after.point == pytest.approx(606_000)
    assert sales["USA"].after.point / found.within.point == pytest.approx(0.79, abs=0.005)
    assert all(value == pytest.approx(-11.96) for value in found.treasury.local)
    assert found.price == found.production == (0, 0, 0)
    assert found.growers.local == found.consumers.local == (0, 0, 0)
    assert found.welfare.local == pytest.approx(found.treasury.local)


def test_the_quota_is_taken_from_the_law_and_nothing_of_it_is_typed_twice() -> None:
    law, market = normal_duties("JPN").quota("rice-minimum-access"), ProductMarket.model_validate(RICE)
    assert market.volume == law.volume and market.unit == law.unit and market.sold == pytest.approx(law.volume)
    assert {name: one.quantity for name, one in market.origins.items()} == {
        "USA": 346000, "THA": 286000, "AUS": 70000, "CHN": 42000, "ROW": 23000,
    }  # fmt: skip
    assert market.beyond is not None and law.beyond.specific is not None
    assert market.beyond.specific == law.beyond.specific.amount == 341
    assert market.within.ad_valorem == market.within.specific == 0


def test_what_the_state_loses_on_rice_that_is_not_for_the_table_is_below_what_was_published() -> None:
    """68.4 bn yen in fiscal 2023 (Jiji, 7 Nov 2025), with storage; prices of purchase and sale alone give 55."""
    market = ProductMarket.model_validate(RICE)
    rest = {name: 667 / 767 * one.quantity for name, one in market.origins.items()}
    as_much_again = rice(add=rest, to_market=0).outcome().treasury.local
    assert as_much_again.point == pytest.approx(-54.8, abs=0.1)
    assert -68.4 < as_much_again.low < as_much_again.high < -45


def test_a_loss_by_unit_says_the_same_as_a_resale_price() -> None:
    market = ProductMarket.model_validate(RICE)
    cost = sum(one.quantity * one.price.point for one in market.origins.values()) / market.sold
    for state in ({"resale": cost - 102.5}, {"loss": {"point": 102.5, "low": 80, "high": 110}}):
        grown = rice(market={"state": state, "to_market": 0}, add={"THA": 1000}).outcome()
        assert grown.treasury.local.point == pytest.approx((cost - 102.5 - 84) * 1e-3)


def test_a_mark_up_on_wheat_cut_by_45_percent_costs_the_treasury_what_the_auditors_computed() -> None:
    """Board of Audit of Japan, 2022: the margin on wheat and barley falls from 84.465 to 46.456 bn yen, volume held."""
    change = QuotaChange.model_validate({"product": WHEAT, "mark_up": 9.35})
    held = WHEAT["domestic"] | {"supply": 0, "demand": 1e-9}
    mechanical = QuotaChange.model_validate({"product": WHEAT | {"domestic": held}, "mark_up": 9.35}).outcome()
    assert mechanical.treasury.local.point == pytest.approx(46.456 - 84.465, abs=0.01)
    found = change.outcome()
    assert found.regime_before == found.regime == "not filled"
    assert -38.009 < found.treasury.local.point < -36
    assert found.price.point == pytest.approx(-7.65 / 54.6)
    assert found.consumers.local.point > -found.treasury.local.point
    assert found.welfare.local.low > 0 > found.growers.local.high


def test_a_mark_up_cut_for_one_origin_lowers_the_pooled_price_by_its_share() -> None:
    for marks in ({"USA": 9.35}, {"USA": 9.35, "CAN": 17, "AUS": 17}, {"united states": 9.35, "all": 17}):
        found = QuotaChange.model_validate({"product": WHEAT, "mark_up": marks}).outcome()
        assert found.price.point == pytest.approx(-7.65 * 0.49995 / 54.6, rel=1e-4)


# ---- rice, other ways -----------------------------------------------------------------------------------------------


def test_the_price_falls_only_where_more_rice_reaches_the_table() -> None:
    swap = rice(add={"USA": 260000}, taken_from="pro rata").outcome()
    feed = rice(add={"USA": 260000}, to_market=0).outcome()
    grown = rice(add={"USA": 260000}).outcome()
    table = rice(add={"USA": 260000}, to_market=1).outcome()
    swapped_for_table = rice(add={"USA": 260000}, taken_from=["THA"], to_market=1).outcome()
    assert swap.price.point == feed.price.point == 0
    assert feed.treasury.local.point == pytest.approx(0.26 * (30 - 130))
    assert table.price.point < swapped_for_table.price.point < grown.price.point < 0
    assert grown.price.point == pytest.approx(-0.83 * 0.13 * 260000 / 6.83e6 / 0.5, rel=0.03)  # dS / (ε S + η D)


def test_rice_let_in_beyond_the_quota_pays_the_duty_that_lets_it_in() -> None:
    asked = rice(outside=100000, market={"to_market": 0.13, "worth": 0.83}).outcome()
    assert asked.regime == "over quota" and asked.beyond.point == 100000
    assert asked.duty_beyond is not None and 0 < asked.duty_beyond.point < 341
    duty = rice(beyond={"specific": asked.duty_beyond.point}, market={"to_market": 0.13, "worth": 0.83}).outcome()
    assert duty.beyond.point == pytest.approx(100000, rel=1e-6)
    for name in ("price", "rent"):
        assert getattr(duty, name).point == pytest.approx(getattr(asked, name).point)
    for name in ("growers", "consumers", "treasury", "welfare"):
        assert getattr(duty, name).local.point == pytest.approx(getattr(asked, name).local.point, rel=1e-6)


def test_a_duty_cut_that_leaves_rice_too_dear_changes_nothing() -> None:
    found = rice(beyond={"specific": 300}, market={"worth": 0.83}).outcome()
    assert found.regime == "binding" and found.price.point == found.treasury.local.point == found.beyond.point == 0


def test_curves_scale_the_change_and_begin_today() -> None:
    change = rice(add={"USA": 200000, "AUS": 60000}, taken_from={"THA": 260000})
    found = curve(change, [0, 130000, 260000])
    assert [one.treasury.local.point for one in found] == pytest.approx([0, -5.98, -11.96])
    assert found[2] == change.outcome()
    grown = curve(rice(add={"USA": 1}), [0, 1e5, 5e5])
    assert 0 == grown[0].price.point > grown[1].price.point > grown[2].price.point
    outside = curve(rice(), [0, 1e5, 5e5], "outside")
    assert [one.beyond.point for one in outside] == [0, 1e5, 5e5]
    assert 0 == outside[0].growers.local.point > outside[1].growers.local.point > outside[2].growers.local.point
    with pytest.raises(OfferError, match="THA would lose 400,000, and sells 286,000 t; take less"):
        curve(change, [400000])
    with pytest.raises(OfferError, match="adds nothing"):
        curve(rice(), [1000])
    with pytest.raises(OfferError, match="zero or more"):
        curve(change, [-1])
    with pytest.raises(OfferError, match="would not come in even free of duty"):
        curve(rice(), [1e7], "outside")


def test_ranges_are_those_of_all_corners() -> None:
    """A second way: each corner as a market of certain figures."""
    change = {"add": {"USA": 260000}}
    found = rice(**change).outcome()
    alone = []
    home = RICE["domestic"]
    for share, worth, resale, supply, demand in product((0, 0.13, 0.14), (0.7, 1), (21, 40), (0.1, 0.6), (0.1, 0.4)):
        market = {
            "to_market": share, "worth": worth, "state": {"resale": resale},
            "domestic": home | {"supply": supply, "demand": demand},
        }  # fmt: skip
        alone.append(rice(market=market, **change).outcome())
    for name in ("growers", "consumers", "welfare"):
        values = [getattr(one, name).local.point for one in alone]
        low, high = getattr(found, name).local.low, getattr(found, name).local.high
        assert (low, high) == pytest.approx((min(values), max(values)), abs=1e-9)
    assert found.price.low == pytest.approx(min(one.price.point for one in alone))


# ---- the three regimes ----------------------------------------------------------------------------------------------

elasticity = st.floats(0.05, 3)


@st.composite
def tables(draw: st.DrawFn) -> tuple[TableMarket, float, float]:
    """A market at price 100 with its cost within and beyond the quota."""
    grown, imported = draw(st.floats(0, 1000)), draw(st.floats(1, 500))
    worth = draw(st.floats(0.5, 1.5))
    figures = (100, grown, grown + worth * imported, draw(elasticity), draw(elasticity), worth)
    low, high = sorted(draw(st.tuples(st.floats(20, 180), st.floats(20, 180))))
    return TableMarket(*(np.array([float(value)]) for value in figures)), low, high


def at_rest(table: TableMarket, quota: float, low: float, high: float) -> Any:
    found = settle(table, *(np.array([value]) for value in (quota, low, high)))
    return {name: getattr(found, name)[0] for name in ("price", "inside", "beyond", "rent", "regime")}


@given(tables(), st.floats(1, 800))
def test_the_solution_meets_every_condition(case: tuple[TableMarket, float, float], quota: float) -> None:
    table, low, high = case
    found = at_rest(table, quota, low, high)
    scale, worth = table.demand[0], table.worth[0]
    assert found["rent"] >= 0 and 0 <= found["inside"] <= quota and found["beyond"] >= 0
    assert found["rent"] * (quota - found["inside"]) == pytest.approx(0, abs=1e-8 * scale)
    assert found["beyond"] * (high - low - found["rent"]) == pytest.approx(0, abs=1e-8 * scale)
    imports, asked = found["inside"] + found["beyond"], table.asked(np.array([found["price"]]))[0]
    assert imports == pytest.approx(asked, abs=1e-8 * (scale + imports))
    if found["inside"] > 0:
        assert worth * found["price"] == pytest.approx(low + found["rent"], rel=1e-9)


@given(tables(), st.floats(1, 800))
def test_the_solution_is_where_demand_crosses_the_stairs_of_supply(
    case: tuple[TableMarket, float, float], quota: float
) -> None:
    """Brute force: among 200,000 prices, the first at which no more is asked for than comes in at that price."""
    table, low, high = case
    found = at_rest(table, quota, low, high)
    prices = np.geomspace(found["price"] / 3, found["price"] * 3, 200_001)
    sells = prices * table.worth
    comes = np.where(sells < low, 0.0, np.where(sells < high, quota, np.inf))
    crossing = prices[int(np.argmax(table.asked(prices) <= comes))]
    assert crossing == pytest.approx(found["price"], rel=3e-5)


@given(tables(), st.floats(1, 800), st.floats(0, 300))
def test_a_larger_quota_never_raises_the_price_nor_the_rent(
    case: tuple[TableMarket, float, float], quota: float, more: float
) -> None:
    table, low, high = case
    small, large = at_rest(table, quota, low, high), at_rest(table, quota + more, low, high)
    assert large["price"] <= small["price"] * (1 + 1e-12)
    assert large["rent"] <= small["rent"] + 1e-9


@given(tables())
def test_the_regimes_meet_without_a_jump(case: tuple[TableMarket, float, float]) -> None:
    """At the two volumes where one regime ends, a hair more or less of quota moves nothing by more than a hair."""
    table, low, high = case
    for cost in (low, high):
        edge = float(table.asked(np.array([cost / table.worth[0]]))[0])
        if edge <= 1:
            continue
        less, more = (at_rest(table, edge * (1 + hair), low, high) for hair in (-1e-9, 1e-9))
        assert less["price"] == pytest.approx(more["price"], rel=1e-6)
        assert less["rent"] == pytest.approx(more["rent"], abs=1e-5)
        assert less["inside"] + less["beyond"] == pytest.approx(more["inside"] + more["beyond"], rel=1e-6)


def test_the_three_regimes_of_isoelastic_demand_are_the_explicit_ones() -> None:
    """No crop: m = m⁰ (p/p⁰)^−η, so 1 + t + ρ = (p⁰/p)(K/m⁰)^(−1/η) where the quota binds."""
    table = TableMarket(*(np.array([value]) for value in (100.0, 0.0, 50.0, 0.0, 2.0, 1.0)))
    assert at_rest(table, 80, 100, 160) == {"price": 100, "inside": 50, "beyond": 0, "rent": 0, "regime": 0}
    binding = at_rest(table, 40, 100, 160)
    assert binding["price"] == pytest.approx(100 * (40 / 50) ** -0.5) and binding["regime"] == 1
    assert binding["rent"] == pytest.approx(binding["price"] - 100)
    over = at_rest(table, 10, 100, 160)
    assert over["price"] == 160 and over["rent"] == 60 and over["regime"] == 2
    assert over["beyond"] == pytest.approx(50 * 1.6**-2 - 10)
    with pytest.raises(OfferError, match="would cost less than within"):
        at_rest(table, 10, 100, 90)
    with pytest.raises(OfferError, match="no price clears"):
        at_rest(table, 0, 100, np.inf)


def test_goods_too_dear_even_within_the_quota_stay_out_and_the_crop_sets_the_price() -> None:
    table = TableMarket(*(np.array([value]) for value in (100.0, 90.0, 100.0, 1.0, 1.0, 1.0)))
    found = at_rest(table, 20, 150, 180)
    assert found["price"] == pytest.approx(100 * (100 / 90) ** 0.5)  # D = S: (p/p⁰)^(ε+η) = D⁰/S⁰
    assert found["inside"] == found["beyond"] == found["rent"] == found["regime"] == 0


@given(st.floats(0.2, 5), st.floats(-3, 3))
def test_the_integral_of_a_power_is_its_area(ratio: float, power: float) -> None:
    for exponent in (power, -1.0, -1 + 1e-9):
        found = integral_of_power(np.array([ratio]), np.array([exponent]))[0]
        assert found == pytest.approx(quad(lambda x, p=exponent: x**p, 1, ratio)[0], abs=1e-7)


# ---- who gains ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"add": {"NZL": 40}}, {"within": {"ad_valorem": "30%"}}, {"beyond": {"ad_valorem": "40%"}}, {"outside": 50},
        {"add": {"NZL": 400}}, {"beyond": {"specific": 420}, "add": {"NZL": 10}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("rents", [{"importers": 1}, {"treasury": 0.5, "exporters": 0.5}, {"exporters": 1}])
def test_what_all_at_home_gain_is_what_buyers_value_less_what_home_pays(
    change: dict[str, Any], rents: dict[str, float]
) -> None:
    """A second way: the area below demand, less growers' costs, less what is paid abroad, by numerical integration."""
    found = plain(market={"rents": rents}, **change).outcome()
    p, (one,) = 1500 * (1 + found.price.point), found.origins
    value = quad(lambda x: 1000 * (x / 1500) ** -1.0, p, 1500)[0] + p * (1000 * (p / 1500) ** -1.0) - 1500 * 1000
    costs = p * 900 * (p / 1500) ** 0.5 - 1500 * 900 - quad(lambda x: 900 * (x / 1500) ** 0.5, 1500, p)[0]
    paid_abroad = 1000 * one.change.point + 1e9 * found.rents_abroad.local.point
    assert 1e9 * found.welfare.local.point == pytest.approx(value - costs - paid_abroad, rel=1e-6, abs=1e-3)
    parts = (found.growers, found.consumers, found.treasury, found.rents_home)
    assert sum(part.local.point for part in parts) == pytest.approx(found.welfare.local.point, abs=1e-15)
    assert found.within.point + found.beyond.point == pytest.approx(one.after.point)


def test_the_holder_of_the_rent_bears_what_a_dearer_origin_costs() -> None:
    origins = {"NZL": {"quantity": 60, "price": 1000}, "USA": {"quantity": 40, "price": 1100}}
    for holder in ("treasury", "importers", "exporters"):
        market = {"origins": origins, "within": {}, "rents": {holder: 1}}
        found = plain(market=market, add={"USA": 50}, taken_from="NZL").outcome()
        hit = {"treasury": found.treasury, "importers": found.rents_home, "exporters": found.rents_abroad}
        for name, money in hit.items():
            assert money.local.point == pytest.approx(-50 * 100 * 1e-9 if name == holder else 0, abs=1e-18)
        assert found.price.point == 0


def test_goods_that_come_in_beyond_today_settle_the_price_and_a_lower_duty_passes_through() -> None:
    market = {"beyond_quantity": 30, "worth": None}
    market = {name: value for name, value in (PLAIN | market).items() if value is not None}
    found = QuotaChange.model_validate({"product": market, "beyond": {"ad_valorem": "62%"}}).outcome()
    assert found.regime_before == found.regime == "over quota"
    assert found.price.point == pytest.approx(1620 / 1800 - 1)
    assert found.beyond.point > 30


@given(st.floats(0.01, 0.99), st.floats(1, 90), st.floats(0.1, 2), st.floats(0, 2))
def test_a_fixed_total_leaves_growers_alone_and_quantities_add_up(
    share: float, moved: float, demand: float, supply: float
) -> None:
    origins = {"NZL": {"quantity": 90, "price": 1000}, "USA": {"quantity": 10, "price": 1100}}
    market = {
        "origins": origins, "to_market": share, "state": {"resale": 200}, "within": {},
        "domestic": PLAIN["domestic"] | {"demand": demand, "supply": supply},
    }  # fmt: skip
    swap = plain(market=market, add={"USA": moved}, taken_from="pro rata").outcome()
    assert swap.price == swap.growers.local == swap.consumers.local == (0, 0, 0)
    assert swap.treasury.local.point == pytest.approx(-100 * moved * 1e-9)
    assert sum(one.change.point for one in swap.origins) == pytest.approx(0, abs=1e-9)
    grown = plain(market=market, add={"USA": moved}).outcome()
    assert grown.price.point < 0 < grown.consumers.local.point
    assert grown.growers.local.point < 0
    assert sum(one.after.point for one in grown.origins) == pytest.approx(100 + moved)
    assert grown.rent.point >= 0


# ---- the ledger -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


def test_shifts_are_sales_at_the_border_and_unknown_origins_are_the_rest_of_the_world(world: World) -> None:
    change = rice(add={"USA": 260000}, taken_from=["THA", "others"])
    found = {one.exporter: one for one in change.shifts(world)}
    assert set(found) == {"USA", "THA", "ROW"}
    assert found["USA"] == ("JPN", "USA", "A01_02", pytest.approx(33.8 / 151))
    assert found["ROW"].usd_bn == pytest.approx(-260000 * 23 / 309 * 108e-6 / 151)
    origins = RICE["origins"] | {"Bhutan": {"price": 100}}
    unknown = rice(market={"origins": origins, "at_producers": 0.9}, add={"BTN": 1000}).shifts(world)
    assert unknown == (("JPN", "ROW", "A01_02", pytest.approx(0.9 * 0.1 / 151)),)
    assert rice().shifts(world) == ()


def test_entries_hold_the_product_market_once() -> None:
    change = rice(add={"USA": 260000})
    found = {entry.account: entry for entry in change.entries()}
    outcome = change.outcome()
    assert set(found) == {"revenue", "income:A01_02", "welfare"}
    assert {entry.party for entry in found.values()} == {"JPN"}
    assert found["revenue"].worth == outcome.treasury.usd_bn
    assert found["income:A01_02"].worth == outcome.growers.usd_bn
    assert found["welfare"].worth == outcome.welfare.usd_bn
    abroad = plain(market={"rents": {"exporters": 1}}, add={"NZL": 10}).entries()[-1]
    assert (abroad.party, abroad.account) == ("NZL", "welfare")
    lost = plain(market={"rents": {"exporters": 1}}, add={"NZL": 10}).outcome().rents_abroad.usd_bn
    assert abroad.worth == pytest.approx(lost)


def test_entries_and_what_the_equilibrium_counts_add_up_to_the_product_market(world: World) -> None:
    change = rice(add={"USA": 260000})
    seen = counted(world, "JPN", "A01_02", change.shifts(world))
    assert seen.income < 0 < seen.revenue
    for whole, net, taken in zip(
        change.entries(), change.entries(world), (seen.revenue, seen.income, seen.welfare), strict=True
    ):
        assert net.account == whole.account
        assert [value + taken for value in net.worth] == pytest.approx(list(whole.worth))


@pytest.mark.parametrize("moved", [{"USA": 0.2253, "THA": -0.1456}, {"USA": 0.2253}, {"AUS": -0.3, "CHN": 0.1}])
def test_what_the_equilibrium_counts_is_told_without_it(world: World, moved: dict[str, float]) -> None:
    """The equilibrium with wedges that move just these flows: its value added, duties and welfare beside the formula.

    Welfare has two things on top: the terms of trade, and duties on what flows more or less in other sectors.
    """
    base = solve(world, Policy(world))
    j, n = world.sectors.index("A01_02"), world.economies.index("JPN")
    cells = [world.economies.index(code) for code in moved]

    def missed(z: np.ndarray) -> tuple[np.ndarray, Any]:
        policy = Policy(world)
        for code, cell, wedge in zip(moved, cells, z, strict=True):
            policy = policy.tariff("JPN", code, "A01_02", float((1 + world.tariffs[j, n, cell]) * np.exp(wedge) - 1))
        found = solve(world, policy)
        return (found.flows - base.flows)[j, n, cells] / 1000 - list(moved.values()), found

    wedges = root(lambda z: missed(z)[0], np.zeros(len(cells)), tol=1e-9).x
    _, found = missed(wedges)
    told = counted(world, "JPN", "A01_02", [Shift("JPN", code, "A01_02", usd_bn) for code, usd_bn in moved.items()])
    added = (found.sector_value_added - base.sector_value_added)[j, n]
    assert told.income == pytest.approx(added, rel=0.1)
    flows, tariffs, most = base.flows / 1000, world.tariffs, max(map(abs, moved.values()))
    duties = tariffs[:, n] * (found.flows[:, n] / 1000 - flows[:, n])
    assert told.revenue == pytest.approx(duties[j].sum(), abs=0.003 * most)
    dearer = np.log(found.cost_hat)
    trade = np.where(np.eye(len(world.economies), dtype=bool), 0, flows)
    terms = (trade[:, :, n].sum(1) * dearer[:, n]).sum() - (trade[:, n] * dearer).sum()
    elsewhere = np.delete(duties, j, axis=0).sum() - (tariffs[:, n] * flows[:, n] * dearer).sum()
    assert found.welfare["JPN"] - terms - elsewhere == pytest.approx(told.welfare, abs=0.003 * most)


def test_what_a_world_does_not_sell_cannot_be_taken(world: World) -> None:
    with pytest.raises(
        OfferError, match=r"THA sells US\$ 0.413 bn of A01_02 to JPN in this world and would lose 0.5 bn"
    ):
        counted(world, "JPN", "A01_02", [Shift("JPN", "THA", "A01_02", -0.5)])


# ---- records that cannot be -----------------------------------------------------------------------------------------


def refusal(record: type, data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        record.model_validate(data)
    (error,) = caught.value.errors()
    return f"{error.get('ctx', {}).get('field')}: {error['msg']}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volume": 0}, "volume: must be above zero"),
        ({"volume": 90}, "origins: quantities add to 100 t, more than the volume of 90"),
        ({"origins": {"NZL": {"quantity": -1, "price": 5}}}, "origins: NZL: a quantity of -1 cannot be"),
        ({"origins": {"NZL": {"quantity": 0, "price": 5}}}, "origins: none of them sells anything"),
        ({"origins": {"NZL": {"quantity": 100, "price": 0}}}, "origins: NZL: the price must be above zero"),
        ({"origins": {"Atlantis": {"quantity": 100, "price": 1000}}}, 'no country "Atlantis"'),
        ({"price_unit": "kg", "unit": "head"}, 'price_unit: "kg" does not divide "head"'),
        ({"per_usd": 0}, "per_usd: must be above zero"),
        ({"to_market": 1.2}, "to_market: must lie between 0 and 1"),
        ({"to_market": 0.5}, "state: is missing or has neither"),
        ({"to_market": 0.5, "state": {"mark_up": 3}}, "state: is missing or has neither"),
        ({"state": {"resale": 5, "loss": 5}}, "loss: stands beside `resale`"),
        ({"state": {"resale": -5}}, "resale: is below zero"),
        ({"state": {"mark_up": -5}}, "mark_up: is below zero"),
        ({"state": {"mark_up": {"USA": 5}}}, "state: mark_up: name each of NZL"),
        ({"rents": {"treasury": 0.5}}, "parts add to 0.5"),
        ({"rents": {"treasury": 1.5}}, "1.5 is not a share"),
        ({"beyond": {"ad_valorem": "5%"}}, "beyond: goods of NZL would cost 1050 beyond the quota, and 1100 within"),
        ({"beyond": {"specific": -5}}, "specific: is below zero; a duty is not a subsidy"),
        ({"beyond_origin": "USA"}, "beyond_origin: USA is none of the origins NZL"),
        ({"beyond_quantity": -1}, "beyond_quantity: cannot be negative"),
        ({"volume": 120, "worth": 1}, "worth: follows from costs where the quota is not filled"),
        ({"worth": 0.5}, "worth: imports would sell at 750 CHF a t and cost 1100: .* at least 0.733"),
        ({"worth": 1.5}, "worth: imports would sell at 2250 CHF a t and cost 1800 beyond .* at most 1.2"),
        ({"domestic": PLAIN["domestic"] | {"production": -1}}, "production: -1 cannot be"),
        ({"domestic": PLAIN["domestic"] | {"price": 0}}, "price: must be above zero"),
        ({"domestic": PLAIN["domestic"] | {"demand": 0}}, "demand: must be above zero"),
        ({"domestic": PLAIN["domestic"] | {"supply": -1}}, "supply: is below zero"),
        ({"domestic": PLAIN["domestic"] | {"demand": {"point": 1, "low": 2, "high": 3}}}, "outside its range"),
        ({"basis": "law"}, "source: is missing"),
        ({"importer": "JPN", "quota": "rise"}, 'quota: no quota "rise"; known: rice-minimum-access'),
        ({"quota": "rice-minimum-access"}, "quota: no law of CHE ships"),
        ({"importer": "JPN", "quota": "rice-minimum-access", "within": {}, "currency": "JPY", "beyond": {}},
         "origins: USA sells within rice-minimum-access and has no price here"),
    ],
)  # fmt: skip
def test_markets_that_cannot_be_are_refused_with_place_and_remedy(changes: dict[str, Any], message: str) -> None:
    assert re.search(message, refusal(ProductMarket, PLAIN | changes))


def test_a_duty_of_the_law_needs_its_currency_and_unit() -> None:
    assert "beyond: the law has the duty in JPY a kg" in refusal(ProductMarket, RICE | {"currency": "USD"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"add": {"USA": 0}}, "add: USA: 0 cannot be"),
        ({"add": {"VNM": 5}}, "add: VNM is no origin of rice; give its price in the market's `origins`"),
        ({"taken_from": ["THA"]}, "taken_from: takes without giving"),
        ({"add": {"USA": 300000}, "taken_from": ["THA"]}, "taken_from: THA would lose 300,000, and sells 286,000 t"),
        ({"add": {"USA": 10}, "taken_from": {"THA": 20}}, "taken_from: takes more than `add` gives"),
        ({"add": {"USA": 10}, "taken_from": {"USA": 5}}, "taken_from: USA gains and loses at once"),
        ({"add": {"USA": 10}, "taken_from": {"THA": -5}}, "taken_from: THA: -5 cannot be"),
        ({"add": {"USA": 10}, "taken_from": {"all": 5}}, "taken_from: give quantities for all or for none"),
        ({"add": {"USA": 10}, "taken_from": 5}, "write `pro rata`, a list of origins, or quantities"),
        ({"add": {"USA": 10}, "to_market": 2}, "to_market: must lie between 0 and 1"),
        ({"outside": -1}, "outside: -1 cannot be"),
        ({"outside": 10, "beyond": {"specific": 10}}, "outside: stands beside `beyond`"),
        ({"mark_up": -1}, "mark_up: is below zero"),
        ({"mark_up": 400}, "mark_up: 341 JPY a kg of duty beyond the quota is less than 400 within it"),
        ({"within": {"specific": 350}}, "within: 341 JPY a kg of duty beyond the quota is less than 350 within"),
        ({"beyond": {"ad_valorem": "2%"}, "within": {"ad_valorem": "5%"}}, "beyond: 2.6 JPY a kg of duty beyond"),
        ({"market": "rice"}, "market: give either the name of a `market`"),
    ],
)  # fmt: skip
def test_changes_that_cannot_be_are_refused_with_place_and_remedy(changes: dict[str, Any], message: str) -> None:
    assert message in refusal(QuotaChange, {"product": RICE} | changes)


def test_a_quota_with_room_opens_within_and_a_mark_up_needs_a_state_that_trades() -> None:
    assert "has room" in refusal(QuotaChange, {"product": WHEAT, "outside": 5})
    assert "mark_up: cheese has no `state`" in refusal(QuotaChange, {"product": PLAIN, "mark_up": 5})


def test_a_change_may_name_a_market_of_its_case() -> None:
    markets = {"rice": ProductMarket.model_validate(RICE)}
    named = QuotaChange.model_validate({"market": "rice", "add": {"USA": 260000}, "taken_from": ["THA"]})
    assert named.on(markets).outcome() == rice(add={"USA": 260000}, taken_from=["THA"]).outcome()
    with pytest.raises(OfferError, match=r"only named; put it in with `on\(markets\)`"):
        named.outcome()
    with pytest.raises(CaseError, match=r'market: no market "rice"; known: none'):
        named.on({})
    too_much = named.model_copy(update={"add": {"USA": 300000}})
    assert too_much.problem(markets) == ("taken_from", "THA would lose 300,000, and sells 286,000 t; take less of it")
    with pytest.raises(CaseError, match="taken_from: THA would lose"):
        too_much.on(markets)


def test_an_outcome_is_plain_data() -> None:
    found = rice(add={"USA": 260000}, taken_from=["THA"]).outcome().as_json()
    assert found["treasury"]["local"]["point"] == pytest.approx(-11.96)
    assert found["origins"][0]["origin"] == "USA" and found["regimes"] == ["binding"]


FILE = """\
market:
  market: rice
  what: rice
  importer: JPN
  sector: A01_02
  currency: JPY
  price_unit: kg
  per_usd: {point: 151, low: 142, high: 152}
  quota: rice-minimum-access
  origins:
    USA: {price: 130, source: {title: "Jiji, 7 Nov 2025", date: 2025-11-07, confidence: press}}
    Thailand: {price: 84}
    AUS: {price: {point: 130, low: 84, high: 150}}
    CHN: {price: 130}
    others: {price: 108}
  beyond_origin: USA
  to_market: {point: 0.13, low: 0, high: 0.14}
  worth: {point: 0.83, low: 0.7, high: 1}
  state: {resale: {point: 30, low: 21, high: 40}}
  domestic:
    production: 6790000
    price: 411
    supply: {point: 0.3, low: 0.1, high: 0.6}
    demand: {point: 0.2, low: 0.1, high: 0.4}
  basis: assumption
change: {market: rice, add: {USA: 260000}, taken_from: [Thailand]}
mark_up: {market: rice, mark_up: {USA: 10, all: {point: 5, low: 0, high: 10}}}
"""


def test_records_are_read_from_a_file_and_its_schema_lets_editors_check_it() -> None:
    data = yaml_file.parse(FILE, "rice.yaml", CaseError).data
    assert isinstance(data, dict)
    markets = {"rice": ProductMarket.model_validate(data["market"])}
    assert markets["rice"] == ProductMarket.model_validate(
        RICE | {"origins": RICE["origins"] | {"USA": data["market"]["origins"]["USA"]}}
    )
    for name, record in (("change", QuotaChange), ("mark_up", QuotaChange), ("market", ProductMarket)):
        jsonschema.validate(data[name], record.model_json_schema(by_alias=True))
    found = QuotaChange.model_validate(data["change"]).on(markets).outcome()
    assert found == rice(add={"USA": 260000}, taken_from=["THA"]).outcome()
    marked = QuotaChange.model_validate(data["mark_up"]).on(markets)
    assert marked.mark_ups(markets["rice"])["THA"].high == marked.mark_ups(markets["rice"])["USA"].point == 10
