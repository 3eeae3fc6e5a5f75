"""Measures: what the law adds to duties, when, for whom, and which measure stands back for which."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradetalks.errors import UnknownCode
from tradetalks.talks.measures import Amendment, Coverage, Measure, Period, apply, in_force
from tradetalks.world import Policy, World

SOURCE = {"title": "order", "date": "2025-04-02", "confidence": "primary"}
N = ("CAN", "DEU", "FRA", "JPN", "USA")


def small(tariff: float | np.ndarray = 0.05) -> World:
    n, j = len(N), 3
    flows = np.full((j, n, n), 100.0) + 1000 * np.eye(n)
    tariffs = np.broadcast_to(tariff, (j, n, n)) * (1 - np.eye(n))
    return World(N, ("A03", "C29", "D_T"), flows, tariffs, np.zeros((n, j, j)), np.ones((n, j)), np.full(j, 4.0))


def measure(name: str = "m", **fields) -> Measure:
    if "rates" not in fields:
        fields = {"partners": "all", "rate": {"additional": "10%"}, **fields}
    return Measure.model_validate(
        {"measure": name, "what": name, "authority": "IEEPA", "importer": "USA", "citation": "x", "source": SOURCE,
         "effective": {"from": "2025-04-05"}, "known": {"from": "2025-04-02"}, **fields}
    )  # fmt: skip


def added(world: World, *measures: Measure, **shares) -> dict[tuple[str, str], float]:
    """Duty that the measures add in the USA, by partner and sector."""
    policy = apply(Policy(world), measures, {k: cover(v) for k, v in shares.items()})
    change = policy.tariffs - world.tariffs
    others = change.copy()
    others[:, N.index("USA"), :] = 0
    assert not others.any()
    return {
        (partner, sector): float(change[j, N.index("USA"), i].round(12))
        for i, partner in enumerate(N)
        for j, sector in enumerate(world.sectors)
    }


def cover(shares: dict) -> Coverage:
    return Coverage.model_validate({"what": "x", "source": SOURCE, "shares": shares})


def test_an_additional_rate_comes_on_top_of_the_normal_duty_on_goods_only():
    found = added(small(), measure())
    assert found["JPN", "C29"] == 0.10 and found["JPN", "A03"] == 0.10
    assert found["JPN", "D_T"] == 0 and found["USA", "C29"] == 0


def test_all_except_leaves_out_whom_it_names():
    found = added(small(), measure(partners="all, except [CAN, EU27]"))
    assert [found[partner, "C29"] for partner in N] == [0, 0, 0, 0.10, 0]


def test_a_cap_tops_up_to_its_total():
    assert added(small(0.025), measure(rate={"cap": "15%"}))["JPN", "C29"] == 0.125


@given(normal=st.floats(0, 0.6), cap=st.floats(0, 0.5), share=st.floats(0, 1), amended=st.booleans())
def test_a_cap_never_exceeds_its_total_unless_the_normal_duty_does(normal, cap, share, amended):
    world = small(normal)
    duty = {"cap": f"{cap * 100:.6f}%"}
    law = measure(coverage="part", rate={"additional": "10%"} if amended else duty)
    if amended:
        law = law.amend(Amendment.model_validate({"measures": ["m"], "partners": ["JPN"], "rate": duty}))
    policy = apply(Policy(world), [law], {"part": cover({"others": {"C29": share}})})
    total = policy.tariffs[1, N.index("USA"), N.index("JPN")]
    assert normal - 1e-12 <= total <= max(normal, cap) + 1e-8


@given(first=st.floats(0, 1), second=st.floats(0, 1))
def test_measures_add_up_over_their_shares_of_trade(first, second):
    parts = {"a": {"JPN": {"C29": first}, "others": {}}, "b": {"others": {"C29": second}}}
    both = added(small(), measure("x", coverage="a"), measure("y", coverage="b", rate={"additional": "25%"}), **parts)
    assert both["JPN", "C29"] == pytest.approx(0.10 * first + 0.25 * second)
    assert both["CAN", "C29"] == pytest.approx(0.25 * second)


def test_a_partners_own_row_comes_before_its_groups_and_the_others():
    shares = {"DEU": {"C29": "0.9"}, "others": {"C29": "0.1"}, "EU27": {"C29": "0.5"}}
    found = added(small(), measure(coverage="c"), c=shares)
    assert [found[partner, "C29"] for partner in N] == pytest.approx([0.01, 0.09, 0.05, 0.01, 0])


def test_a_sector_not_named_in_a_coverage_is_not_reached():
    assert added(small(), measure(coverage="c"), c={"others": {"C29": "1"}})["JPN", "A03"] == 0


def test_rates_by_partner_take_the_closest_name():
    found = added(small(), measure(rates={"DEU": "30%", "EU27": "20%", "JPN": "24%"}))
    assert [found[partner, "C29"] for partner in N] == [0, 0.30, 0.20, 0.24, 0]


def test_a_measure_stands_back_where_another_replaces_it_and_revives_when_that_is_void():
    general = measure("general")
    country = measure("country", rates={"JPN": "24%"}, replaces=["general"], authority="s122")
    law = (general, country)
    found = added(small(), *in_force(law, date(2025, 5, 1)))
    assert found["JPN", "C29"] == 0.24 and found["CAN", "C29"] == 0.10
    void = added(small(), *in_force(law, date(2025, 5, 1), without=["s122"]))
    assert void["JPN", "C29"] == void["CAN", "C29"] == 0.10


def test_a_replacement_of_some_sectors_leaves_the_others():
    cars = measure("cars", sectors=["C29"], rate={"additional": "25%"}, replaces=["m"])
    found = added(small(), measure(), cars)
    assert found["JPN", "C29"] == 0.25 and found["JPN", "A03"] == 0.10


def test_a_replacement_by_another_importer_is_none():
    abroad = measure("abroad", importer="JPN", partners=["USA"], replaces=["m"])
    policy = apply(Policy(small()), [measure(), abroad])
    assert policy.tariffs[1, N.index("USA"), N.index("JPN")] == pytest.approx(0.15)


@given(st.integers(0, 400), st.integers(1, 400), st.integers(-50, 900))
def test_a_period_runs_from_its_first_day_to_the_day_before_its_end(start, length, on):
    first = date(2025, 1, 1)
    since, until = first + timedelta(start), first + timedelta(start + length)
    period = Period.model_validate({"from": since, "to": until})
    assert period.covers(first + timedelta(on)) == (start <= on < start + length)


def test_law_is_in_force_from_its_first_day():
    law = (measure("m", effective={"from": "2025-04-05", "to": "2025-07-09"}),)
    on = [date(2025, 4, 4), date(2025, 4, 5), date(2025, 7, 8), date(2025, 7, 9)]
    assert [len(in_force(law, day)) for day in on] == [0, 1, 1, 0]


def test_the_last_amendment_rules():
    def amendment(rate, partners="JPN"):
        return Amendment.model_validate({"measures": "m", "partners": partners, "rate": {"additional": rate}})

    law = measure().amend(amendment("5%", ["JPN", "DEU"])).amend(amendment("7%"))
    found = added(small(), law)
    assert [found[partner, "C29"] for partner in N] == [0.10, 0.05, 0.10, 0.07, 0]


def test_an_amendment_does_not_widen_a_measure():
    law = measure(partners=["CAN"]).amend(
        Amendment.model_validate({"measures": "m", "partners": ["JPN"], "rate": {"additional": "5%"}})
    )
    assert added(small(), law)["JPN", "C29"] == 0


def test_codes_the_world_lacks_are_named():
    with pytest.raises(UnknownCode, match="KOR"):
        apply(Policy(small()), [measure(partners=["KOR"])])


def test_tariffs_already_changed_stay_changed():
    policy = Policy(small()).tariff("CAN", "JPN", "C29", 0.3)
    assert apply(policy, [measure()]).tariffs[1, 0, 3] == 0.3
