"""Purchases: what a promise to buy brings about, from whom it takes, and what is paid too much."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import PolicyError, UnknownCode
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.effect import Payment, Shift
from tradetalks.talks.instruments.purchase import Purchase
from tradetalks.world import World

N = ("AUS", "BRA", "JPN", "USA")
AUS, BRA, JPN, USA = range(4)
SECTORS = ("A01_02", "B05_06", "C29")

shares = st.floats(0, 1)


def world() -> World:
    draw = np.random.default_rng(5)
    flows = draw.uniform(20, 90, (3, 4, 4)) * 1000
    return World(N, SECTORS, flows, np.zeros((3, 4, 4)), np.zeros((4, 3, 3)), np.ones((4, 3)), np.full(3, 4.0))


def purchase(**fields: Any) -> Purchase:
    """Energy, US$ 7 bn a year: half of it new, 40 % of that delivered."""
    return Purchase.model_validate({
        "what": "energy", "importer": "JPN", "exporter": "USA", "sectors": "B05_06",
        "face": {"usd_bn": "7", "per": "year"}, "new": "0.5", "delivery": "0.4", **fields,
    })  # fmt: skip


def test_energy_of_seven_billion_at_half_new_and_forty_per_cent_delivered_is_one_point_four() -> None:
    assert purchase().shifts(world()) == (Shift("JPN", "USA", "B05_06", pytest.approx(1.4)),)
    worth = purchase().worth()
    assert (worth.per, worth.face_a_year) == ("year", 7)
    assert (worth.face.point, worth.new_money.point) == (7, 3.5)
    assert worth.expected == worth.a_year == pytest.approx((1.4, 1.4, 1.4))


def test_farm_goods_of_eight_billion_as_in_phase_one_bring_nothing_new_at_the_point() -> None:
    new = {"point": "0.4", "low": "0.2", "high": "0.6"}
    farm = purchase(face={"usd_bn": "8", "per": "year"}, sectors="A01_02", new=new, delivery="phase-one-total")
    assert farm.worth().new_money == pytest.approx((3.2, 1.6, 4.8))
    assert farm.worth().a_year == pytest.approx((0, 0, 8 * (0.6 + 0.83 - 1)))
    assert (farm.shifts(world()), farm.payments()) == ((), ())
    by_farm_record = purchase(
        face={"usd_bn": "8", "per": "year"}, sectors="A01_02", new=new, delivery="phase-one-farm-increment"
    )
    assert by_farm_record.worth().a_year == pytest.approx((3.2 * 0.61, 1.6 * 0.52, 4.8 * 0.66))


def test_a_total_is_spread_over_its_years() -> None:
    """The pledge of energy to the United States that the European Union made in July 2025: US$ 750 bn to 2028."""
    for period in ({"years": "3"}, {"from": "2026-01-01", "to": "2028-12-31"}):
        worth = purchase(face={"usd_bn": "750", **period}).worth()
        assert worth.per == "total"
        assert worth.face_a_year == pytest.approx(250, rel=2e-3)
        assert worth.a_year is not None
        assert worth.a_year.point == pytest.approx(worth.expected.point / 3, rel=2e-3)


@given(face=st.floats(0.01, 20), factor=st.floats(0.01, 2), new=shares, share=shares, premium=st.floats(0, 1))
def test_all_it_does_is_linear_in_the_face(
    face: float, factor: float, new: float, share: float, premium: float
) -> None:
    terms = {"new": new, "delivery": share, "premium": premium, "instead_of": {"AUS": 0.3, "BRA": 0.2}}
    one, other = (purchase(face={"usd_bn": usd_bn, "per": "year"}, **terms) for usd_bn in (face, face * factor))
    for name in ("face", "new_money", "expected", "a_year", "given_a_year"):
        assert getattr(other.worth(), name) == pytest.approx([factor * v for v in getattr(one.worth(), name)])
    for a, b in zip(one.shifts(world()), other.shifts(world()), strict=True):
        assert (a[:3], pytest.approx(factor * a.usd_bn)) == (b[:3], b.usd_bn)
    for paid, more in zip(one.payments(), other.payments(), strict=True):
        assert more.usd_bn == pytest.approx(factor * paid.usd_bn)


@given(of=st.sampled_from(["total", "increment"]), new=shares, premium=st.floats(0, 1))
def test_without_delivery_nothing_happens(of: str, new: float, premium: float) -> None:
    promise = purchase(new=new, delivery={"share": 0, "of": of}, premium=premium, instead_of={"AUS": 0.5})
    assert promise.shifts(world()) == ()
    assert promise.payments() == ()
    assert promise.worth().expected == (0, 0, 0)


@given(aus=shares, bra=shares, rest=shares, new=shares, share=shares)
def test_what_others_lose_and_what_is_additional_sum_to_what_is_bought(
    aus: float, bra: float, rest: float, new: float, share: float
) -> None:
    total = max(1.0, aus + bra + rest)
    lost = {"AUS": aus / total, "BRA": bra / total, "all": rest / total}
    promise = purchase(sectors=["A01_02", "B05_06"], instead_of=lost, new=new, delivery=share)
    shifts = promise.shifts(world())
    gained = sum(s.usd_bn for s in shifts if s.exporter == "USA")
    assert gained == pytest.approx(7 * new * share, abs=1e-12)
    assert sum(s.usd_bn for s in shifts) == pytest.approx(gained * (1 - sum(lost.values())), abs=1e-9)
    by_sector: dict[str, float] = defaultdict(float)
    for s in shifts:
        assert s.importer == "JPN"
        assert (s.usd_bn > 0) == (s.exporter == "USA")
        by_sector[s.sector] += s.usd_bn
    assert min(by_sector.values(), default=0) >= -1e-12


def test_sectors_without_shares_are_bought_as_today() -> None:
    on = world()
    today = on.flows[:2, JPN, USA]
    for named in (["A01_02", "B05_06"], ["B05_06", "A01_02"], ["agriculture", "B05_06"]):
        bought = {s.sector: s.usd_bn for s in purchase(sectors=named).shifts(on)}
        assert bought["A01_02"] / bought["B05_06"] == pytest.approx(today[0] / today[1])
    stated = purchase(sectors={"A01_02": "0.25", "B05_06": "0.75"}).shifts(on)
    assert [s.usd_bn for s in stated] == pytest.approx([0.35, 1.05])


def test_all_other_suppliers_lose_as_much_as_they_sell_and_the_parties_nothing() -> None:
    on = world()
    lost = {s.exporter: -s.usd_bn for s in purchase(instead_of={"all": "0.5"}).shifts(on) if s.usd_bn < 0}
    assert set(lost) == {"AUS", "BRA"}
    assert sum(lost.values()) == pytest.approx(0.7)
    assert lost["AUS"] / lost["BRA"] == pytest.approx(on.flows[1, JPN, AUS] / on.flows[1, JPN, BRA])


def test_a_premium_of_five_per_cent_gives_away_a_twenty_first_of_what_is_paid() -> None:
    assert purchase(premium="5%").payments() == (Payment("JPN", "USA", pytest.approx(1.4 / 21)),)
    assert purchase(premium="0%").payments() == purchase().payments() == ()
    worth = purchase(premium={"point": "5%", "low": "0%", "high": "25%"}).worth()
    assert worth.given_a_year == pytest.approx((1.4 / 21, 0, 1.4 / 5))


@given(premium=st.floats(0, 3))
def test_what_is_paid_less_the_premium_buys_the_alternative(premium: float) -> None:
    paid = sum(p.usd_bn for p in purchase(premium=premium).payments())
    assert (1.4 - paid) * (1 + premium) == pytest.approx(1.4)


TEXTS = [
    {"according_to": "USA", "face": {"usd_bn": "8"}, "words": "8 billion of goods",
     "source": {"title": "fact sheet", "date": "2025-07-23", "confidence": "primary"}},
    {"according_to": "USA", "face": {"usd_bn": "8", "per": "year"}, "new": "1",
     "source": {"title": "order", "date": "2025-09-04", "confidence": "primary"}},
    {"according_to": "JPN", "new": {"point": "0.1", "low": "0", "high": "0.3"},
     "source": {"title": "press conference", "date": "2025-07-23", "confidence": "press"}},
]  # fmt: skip


def test_a_text_that_names_no_period_is_worth_nothing_a_year_that_could_be_said() -> None:
    own, sheet, order, partner = purchase(texts=TEXTS).worths()
    assert [w.according_to for w in (own, sheet, order, partner)] == ["this case", "USA", "USA", "JPN"]
    assert (sheet.per, sheet.a_year, sheet.given_a_year, sheet.face_a_year) == ("not said", None, None, None)
    assert sheet.face.point == 8
    assert (order.new_money.point, order.a_year) == (8, pytest.approx((3.2, 3.2, 3.2)))
    assert partner.a_year == pytest.approx((7 * 0.1 * 0.4, 0, 7 * 0.3 * 0.4))
    assert own == purchase().worth()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exporter": "JPN"}, "JPN cannot promise to buy from itself"),
        ({"new": "1.2"}, "1.2 is not a share"),
        ({"new": {"point": "0.2", "low": "0.3", "high": "0.4"}}, "0.2 is outside its range, 0.3 to 0.4; widen it"),
        ({"instead_of": {"AUS": "0.7", "BRA": "0.4"}}, "others lose 1.1 of what is bought; together at most 1"),
        ({"instead_of": {"USA": "0.7"}}, "USA is a side of this purchase"),
        ({"sectors": {"A01_02": "0.5", "B05_06": "0.4"}}, "the shares sum to 0.9"),
        ({"sectors": []}, "write a sector, a list of sectors"),
        ({"sectors": ["C29", "C29"]}, "a sector stands twice"),
        ({"premium": {"point": "5%", "low": "-2%", "high": "9%"}}, "a premium is at least 0%"),
        ({"face": {"usd_bn": "7"}}, "no period: write `per: year`"),
        ({"face": {"usd_bn": "0", "per": "year"}}, "0 is no promise"),
        ({"face": {"usd_bn": "7", "per": "year", "years": "3"}}, "give one of `per: year`, `years`"),
        ({"face": {"usd_bn": "7", "from": "2026-01-01"}}, "a total runs `from` one day `to` another"),
        ({"face": {"usd_bn": "7", "from": "2026-01-01", "to": "2025-01-01"}}, "the period ends before it starts"),
        ({"face": {"usd_bn": "7", "years": "-1"}}, "-1 years; write a positive number"),
        ({"delivery": "phase-two"}, 'no delivery record "phase-two"'),
        ({"basis": "assumption"}, r"rests on judgement \(assumption\) and has no range"),
        ({"basis": "assumption", "new": {"point": "0.5", "low": "0.1", "high": "1"}}, "has no range"),
        ({"importers": "JPN"}, "no such field; did you mean importer"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        purchase(**fields)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"sectors": "C92"}, UnknownCode, "C29"),
        ({"exporter": "XYZ"}, UnknownCode, "XYZ"),
        ({"exporter": "Japan"}, PolicyError, "the same economy"),
        ({"instead_of": {"MEX": "0.1"}}, UnknownCode, "MEX"),
        ({"face": {"usd_bn": "900", "per": "year"}, "instead_of": {"AUS": "1"}}, PolicyError, "AUS would lose US"),
    ],
)
def test_what_the_world_does_not_allow_is_refused(fields: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        purchase(**fields).shifts(world())


def test_where_nothing_is_bought_today_nothing_can_be_raised_or_lost() -> None:
    on = world()
    flows = on.flows.copy()
    flows[1, JPN, [USA, AUS]] = 0
    none = World(N, SECTORS, flows, on.tariffs, on.io_shares, on.value_added_shares, on.elasticities)
    with pytest.raises(PolicyError, match="JPN buys nothing of B05_06 from USA today"):
        purchase().shifts(none)
    with pytest.raises(PolicyError, match="JPN buys nothing of B05_06 from AUS"):
        flows[1, JPN, USA] = 5e4
        purchase(instead_of={"AUS": "0.1"}).shifts(
            World(N, SECTORS, flows, on.tariffs, on.io_shares, on.value_added_shares, on.elasticities)
        )


def test_the_shipped_world_takes_the_energy_and_farm_goods_of_the_deal() -> None:
    on = World.load("icio2022")
    for usd_bn, sectors in (("7", ["B05_06", "C19"]), ("8", ["A01_02", "C10T12", "C20"])):
        promise = purchase(face={"usd_bn": usd_bn, "per": "year"}, sectors=sectors, instead_of={"all": "0.6"})
        shifts = promise.shifts(on)
        assert sum(s.usd_bn for s in shifts if s.usd_bn > 0) == pytest.approx(float(usd_bn) * 0.2)
        assert sum(s.usd_bn for s in shifts) == pytest.approx(float(usd_bn) * 0.2 * 0.4)


def test_estimates_of_a_worth_are_in_order() -> None:
    worth = purchase(
        new={"point": "0.5", "low": "0.1", "high": "0.9"},
        delivery="phase-one-increment",
        premium={"point": "5%", "low": "0%", "high": "10%"},
    ).worth()
    for found in worth:
        if isinstance(found, Estimate):
            assert found.low <= found.point <= found.high
