"""The shipped case: it loads, keeps to its date, and its duties agree with what others published for the same law."""

import time

import numpy as np
import pytest

from tradetalks.errors import CaseError
from tradetalks.talks.case import Case, available
from tradetalks.talks.measures import in_force
from tradetalks.talks.table import Table, offer_policy, reference_policy
from tradetalks.world import World

# US imports for consumption from Japan in 2024, US$ bn, without chapters 98 and 99 (US Census Bureau, own sums)
IMPORTS = {
    "A01_02": 0.089, "A03": 0.074, "B07_08": 0.036, "C10T12": 1.367, "C13T15": 0.625, "C16": 0.038, "C17_18": 0.254,
    "C19": 0.357, "C20": 8.312, "C21": 7.680, "C22": 3.399, "C23": 1.101, "C24": 3.046, "C25": 2.563, "C26": 13.030,
    "C27": 11.080, "C28": 31.843, "C29": 51.832, "C30": 4.915, "C31T33": 3.224,
}  # fmt: skip

# Added duty on Japan in percentage points, on imports of 2024, chapter 98 in the weights. The first three are a
# line-by-line count of ours with full-value metals and a shorter exemption list; the last is the Budget Lab at Yale's
# daily rate of 3 May 2025 (release of July 2026, 15.93 % with a normal duty of 1.51 %).
PUBLISHED = {"today": 15.4, "pause-ends": 22.3, "ieepa-void": 11.5}
BUDGET_LAB_TODAY = 14.4


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


@pytest.fixture(scope="module")
def case(world) -> Case:
    return Case.load("japan-us-2025-04", world=world)


def test_every_shipped_case_loads_and_is_named_as_its_file(world):
    assert "japan-us-2025-04" in available()
    for name in available():
        assert Case.load(name, world=world).case == name


def test_the_table_is_large_enough_to_search_and_small_enough_to_solve(case, world):
    table = Table(case, world)
    assert table.shape == (4, 4, 2, 3, 2, 4, 2)
    assert len(table) == 1536


@pytest.mark.parametrize(("point", "tolerance"), [("today", 0.8), ("pause-ends", 1.2), ("ieepa-void", 1.3)])
def test_added_duties_on_japan_are_near_the_count_by_line(point, tolerance, case, world):
    assert weighted(case, world, point) == pytest.approx(PUBLISHED[point], abs=tolerance)


def test_todays_added_duty_on_japan_is_the_budget_labs(case, world):
    assert weighted(case, world, "today") == pytest.approx(BUDGET_LAB_TODAY, abs=0.6)


def weighted(case: Case, world: World, point: str) -> float:
    change = reference_policy(case, world, point).tariffs - world.tariffs
    on_japan = change[:, world.economy("USA"), world.economy("JPN")]
    value = np.array([IMPORTS.get(sector, 0.0) for sector in world.sectors])
    return float(100 * (on_japan * value).sum() / value.sum())


def test_shares_of_japans_exports_by_measure(case, world):
    value = np.array([IMPORTS.get(sector, 0.0) for sector in world.sectors])
    japan = world.economy("JPN")
    share = {n: float((c.table(world)[:, japan] * value).sum() / value.sum()) for n, c in case.coverages.items()}
    # published on all imports, US$ 151.3 bn: cars 27.5 %, listed parts 9.8 %; here on the 144.9 bn outside chapter 98
    assert share["cars"] * 144.9 / 151.3 == pytest.approx(0.275, abs=0.003)
    assert share["parts"] * 144.9 / 151.3 == pytest.approx(0.098, abs=0.003)
    assert 0.44 < share["general"] < 0.52
    assert share["border"] == share["border-energy"] == 0


def test_no_product_is_reached_by_more_than_one_of_the_exclusive_measures(case, world):
    exclusive = sum(case.coverages[n].table(world) for n in ("general", "cars", "parts", "steel", "aluminium"))
    assert exclusive.max() <= 1.003  # rounding of five shares


def test_rates_of_japan_china_and_canada_at_the_three_points(case, world):
    def added(point, partner, sector):
        change = reference_policy(case, world, point).tariffs - world.tariffs
        return change[world.sectors.index(sector), world.economy("USA"), world.economy(partner)]

    general = case.coverages["general"].shares
    assert added("today", "JPN", "C13T15") == pytest.approx(0.10 * general["JPN"]["C13T15"])
    assert added("pause-ends", "JPN", "C13T15") == pytest.approx(0.24 * general["JPN"]["C13T15"])
    assert added("ieepa-void", "JPN", "C13T15") == 0
    assert added("today", "CHN", "C13T15") == added("pause-ends", "CHN", "C13T15") == pytest.approx(0.20 + 1.25)
    assert added("today", "JPN", "C29") > 0.23 and added("ieepa-void", "JPN", "C29") > 0.23
    assert added("pause-ends", "VNM", "C13T15") == added("today", "VNM", "C13T15")
    assert added("today", "CAN", "B05_06") == pytest.approx(0.10 * 0.820)
    assert added("today", "RUS", "C16") == 0


def test_only_us_duties_change_without_a_deal(case, world):
    for point in case.reference_points:
        change = reference_policy(case, world, point).tariffs != world.tariffs
        change[:, world.economy("USA"), :] = False
        assert not change.any()


def test_parts_pay_from_3_may(case):
    point = case.reference_points["today"]
    names = {m.measure for m in in_force(case.measures, point.on)}
    assert "s232-parts" in names and "annex-I-japan" not in names
    assert "s232-parts" not in {m.measure for m in in_force(case.measures, case.as_of)}


def test_car_option_of_15_in_all_brings_covered_cars_to_15(case, world):
    offer = offer_policy(case, world, (2, 1, 1, 0, 0, 0, 0))  # nothing else on cars
    j, n, i = world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")
    reached = case.coverages["cars"].shares["JPN"]["C29"] + case.coverages["parts"].shares["JPN"]["C29"]
    normal = world.tariffs[j, n, i]
    assert offer.tariffs[j, n, i] == pytest.approx(normal + reached * (0.15 - normal))


def test_it_can_go_back_to_the_memorandum_on_electronics_and_no_further(world):
    assert str(Case.load("japan-us-2025-04", "2025-04-11", world=world).as_of) == "2025-04-11"
    with pytest.raises(CaseError, match=r"general is known only from 2025-04-11"):
        Case.load("japan-us-2025-04", "2025-04-10", world=world)


def test_a_day_earlier_facts_of_the_day_are_gone(case, world):
    earlier = Case.load("japan-us-2025-04", "2025-04-15", world=world)
    assert {f.fact for f in case.facts} - {f.fact for f in earlier.facts} == {"us-deficit-with-japan"}
    assert earlier.hash != case.hash


def test_making_an_offer_costs_little(case, world):
    table = Table(case, world)
    choices = list(table)[::7]
    for choice in choices:
        table.edits(choice)
    start = time.perf_counter()
    for choice in choices:
        table.policy(choice)
    assert (time.perf_counter() - start) / len(choices) < 0.005  # 0.1 ms on an idle machine
