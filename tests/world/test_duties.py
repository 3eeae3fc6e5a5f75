"""Duties of the law on a world: what moves, by how much, and what has no part in it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tradetalks.errors import PolicyError, UnknownCode
from tradetalks.law.book import Book, book
from tradetalks.law.schedule import schedule
from tradetalks.law.sector_rates import sector_rates
from tradetalks.law.trade import trade
from tradetalks.world import Policy, World
from tradetalks.world.duties import added_by, duties, under

BASE, MARCH, MAY = date(2024, 12, 31), date(2025, 4, 1), date(2025, 5, 3)
ECONOMIES = ("CAN", "DEU", "FRA", "ISL", "JPN", "USA")
SECTORS = ("A03", "C24", "C29", "D_T")


def made(economies: tuple[str, ...] = ECONOMIES, sectors: tuple[str, ...] = SECTORS) -> World:
    n, j = len(economies), len(sectors)
    flows = np.full((j, n, n), 100.0) + 1000 * np.eye(n)
    tariffs = np.full((j, n, n), 0.05) * (1 - np.eye(n))
    return World(economies, sectors, flows, tariffs, np.zeros((n, j, j)), np.ones((n, j)), np.full(j, 4.0))


@pytest.fixture(scope="module")
def world() -> World:
    return made()


@pytest.fixture(scope="module")
def law() -> Book:
    return book("USA")


@pytest.fixture(scope="module")
def change(world: World, law: Book) -> np.ndarray:
    """What the law changes by May, `[sector, importer, exporter]`."""
    return under(Policy(world), law, MAY, base=BASE).tariffs - world.tariffs


def test_on_its_own_day_the_law_leaves_the_world_as_it_is(world: World, law: Book) -> None:
    np.testing.assert_array_equal(under(Policy(world), law, BASE, base=BASE).tariffs, world.tariffs)


def test_only_duties_of_the_importer_move_and_none_on_its_own_goods(world: World, change: np.ndarray) -> None:
    usa = world.economy("USA")
    assert (change[:-1, usa, :usa] > 0).all()
    assert not change[:, usa, usa].any()
    elsewhere = change.copy()
    elsewhere[:, usa] = 0
    assert not elsewhere.any()


def test_services_pay_nothing(world: World, law: Book, change: np.ndarray) -> None:
    assert not change[world.sectors.index("D_T")].any()
    assert not duties(world, law, MAY)[world.sectors.index("D_T")].any()


def test_rates_are_fractions_of_the_value_traded(world: World, law: Book, change: np.ndarray) -> None:
    """The change on Japan's cars is duty over value, product by product."""
    then, now = (schedule(law, trade("USA").of("JPN"), day).sectors() for day in (BASE, MAY))
    found = change[world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")]
    assert found == pytest.approx(now["C29"] - then["C29"])
    assert 0.2 < found <= 0.25


def test_members_of_the_union_face_the_unions_rates(world: World, law: Book, change: np.ndarray) -> None:
    usa = world.economy("USA")
    germany, france = (change[:, usa, world.economy(code)] for code in ("DEU", "FRA"))
    np.testing.assert_array_equal(germany, france)
    table = trade("USA")
    union = sector_rates(law, "EU27", MAY) - sector_rates(law, "EU27", BASE)
    np.testing.assert_allclose(germany[:-1], [union[table.sectors.index(code)] for code in SECTORS[:-1]])


def test_a_partner_without_trade_of_its_own_pays_on_the_usual_products(world: World, change: np.ndarray) -> None:
    assert "ISL" not in trade("USA").partners
    found = change[:-1, world.economy("USA"), world.economy("ISL")]
    assert ((found > 0) & (found < 0.26)).all()


def test_the_rest_of_the_world_faces_the_mean_of_all_partners_that_are_not_named(law: Book) -> None:
    world = made(("DEU", "JPN", "ROW", "USA"))
    full = schedule(law, trade("USA"), MARCH)
    others = [k for k, code in enumerate(full.trade.partners) if code not in ("EU27", "JPN")]
    at = [full.trade.sectors.index(code) for code in SECTORS[:-1]]
    duty, value = (array[:, others].sum(1)[at] for array in (full.normal + full.revenue.sum(0), full.value))
    np.testing.assert_allclose(duties(world, law, MARCH)[:-1, world.economy("ROW")], duty / value)


def test_what_measures_add_is_the_duty_above_the_normal_one(world: World, law: Book) -> None:
    for code in ("JPN", "CAN", "DEU"):
        at = world.economy(code)
        above = [
            duties(world, law, day)[:, at] - sum(added_by(world, law, code, day).values()) for day in (BASE, MARCH)
        ]
        np.testing.assert_allclose(*above, atol=1e-12)


def test_the_law_is_that_of_the_day_on_which_it_was_known(world: World, law: Book) -> None:
    """Before 26 March nobody knew of the duty on cars; the base stays the law as it was."""
    at = (world.sectors.index("C29"), world.economy("USA"), world.economy("JPN"))
    before, after = (
        under(Policy(world), law, MAY, date(2025, 3, day), base=BASE).tariffs[at] - 0.05 for day in (25, 26)
    )
    assert abs(before) < 0.01 and after > 0.2


def test_claims_as_they_were_in_2024_leave_more_of_canada_to_pay(world: World, law: Book) -> None:
    canada = world.economy("CAN")
    as_claimed, as_settled = (duties(world, law, MAY, usage=usage)[:-1, canada] for usage in ("year", "settled"))
    assert (as_claimed > as_settled + 0.01).all()


def test_tariffs_already_changed_keep_their_change(world: World, law: Book, change: np.ndarray) -> None:
    policy = Policy(world).tariff("JPN", "USA", "A03", 0.3).tariff("USA", "JPN", "C29", 0.2)
    found = under(policy, law, MAY, base=BASE).tariffs
    np.testing.assert_allclose(found, policy.tariffs + change)


def test_a_world_with_sectors_that_the_law_does_not_know_is_refused(law: Book) -> None:
    with pytest.raises(PolicyError, match=r"the law knows no sector X1, X2 of .*; its trade has A01_02, A03"):
        under(Policy(made(sectors=("A03", "X1", "X2", "D_T"))), law, MAY, base=BASE)


def test_a_world_without_the_importer_is_refused(law: Book) -> None:
    with pytest.raises(UnknownCode, match="USA"):
        under(Policy(made(("CAN", "DEU", "JPN"))), law, MAY, base=BASE)
