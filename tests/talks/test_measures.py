"""A case's own measures: what they add to duties, when, for whom, and which stands back for which."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import UnknownCode
from tradetalks.law.measure import Amendment
from tradetalks.talks.legal_state import LegalState
from tradetalks.talks.measures import Measure, apply
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


def added(world: World, *measures: Measure) -> dict[tuple[str, str], float]:
    """Duty that the measures add in the USA, by partner and sector."""
    policy = apply(Policy(world), measures)
    change = policy.tariffs - world.tariffs
    others = change.copy()
    others[:, N.index("USA"), :] = 0
    assert not others.any()
    return {
        (partner, sector): float(change[j, N.index("USA"), i].round(12))
        for i, partner in enumerate(N)
        for j, sector in enumerate(world.sectors)
    }


def in_force(law: Sequence[Measure], on: date, without: Sequence[str] = ()) -> tuple[Measure, ...]:
    """The measures of `law` that a state of the law on a day keeps."""
    held = tuple(m for m in law if m.effective.covers(on))
    return LegalState(held, (), on, on).without(without).own


def amendment(partners: str | list[str] = "JPN", **rate: str) -> Amendment:
    return Amendment.model_validate({"measures": "m", "partners": partners, "rate": rate})


def test_an_additional_rate_comes_on_top_of_the_normal_duty_on_goods_only():
    found = added(small(), measure())
    assert found["JPN", "C29"] == 0.10 and found["JPN", "A03"] == 0.10
    assert found["JPN", "D_T"] == 0 and found["USA", "C29"] == 0


def test_all_except_leaves_out_whom_it_names():
    found = added(small(), measure(partners="all, except [CAN, EU27]"))
    assert [found[partner, "C29"] for partner in N] == [0, 0, 0, 0.10, 0]


def test_a_cap_tops_up_to_its_total():
    assert added(small(0.025), measure(rate={"cap": "15%"}))["JPN", "C29"] == 0.125


@given(normal=st.floats(0, 0.6), cap=st.floats(0, 0.5), amended=st.booleans())
def test_a_cap_never_exceeds_its_total_unless_the_normal_duty_does(normal, cap, amended):
    world = small(normal)
    duty = {"cap": f"{cap * 100:.6f}%"}
    law = measure(rate={"additional": "10%"} if amended else duty)
    if amended:
        law = law.amend(amendment(**duty))
    total = apply(Policy(world), [law]).tariffs[1, N.index("USA"), N.index("JPN")]
    assert total == pytest.approx(max(normal, cap), abs=1e-8)


@given(first=st.integers(0, 100), second=st.integers(0, 100))
def test_measures_add_up(first, second):
    one = measure("x", partners=["JPN"], rate={"additional": f"{first}%"})
    other = measure("y", sectors=["C29"], rate={"additional": f"{second}%"})
    both = added(small(), one, other)
    assert both["JPN", "C29"] == pytest.approx((first + second) / 100)
    assert both["JPN", "A03"] == pytest.approx(first / 100)
    assert both["CAN", "C29"] == pytest.approx(second / 100)


def test_a_sector_not_named_in_a_measure_is_not_reached():
    found = added(small(), measure(sectors=["C29"]))
    assert found["JPN", "C29"] == 0.10 and found["JPN", "A03"] == 0


@pytest.mark.parametrize("wrong", [{"specific": {"amount": "5", "currency": "USD", "unit": "kg"}}, {}])
def test_a_rate_that_a_sector_cannot_have_is_refused(wrong):
    with pytest.raises(ValidationError, match=r"duty by quantity|give one of"):
        measure(rate=wrong)


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


def test_law_is_in_force_from_its_first_day():
    law = (measure("m", effective={"from": "2025-04-05", "to": "2025-07-09"}),)
    on = [date(2025, 4, 4), date(2025, 4, 5), date(2025, 7, 8), date(2025, 7, 9)]
    assert [len(in_force(law, day)) for day in on] == [0, 1, 1, 0]


def test_the_last_amendment_rules():
    law = measure().amend(amendment(["JPN", "DEU"], additional="5%")).amend(amendment(additional="7%"))
    found = added(small(), law)
    assert [found[partner, "C29"] for partner in N] == [0.10, 0.05, 0.10, 0.07, 0]


def test_an_amendment_does_not_widen_a_measure():
    law = measure(partners=["CAN"]).amend(amendment(additional="5%"))
    assert added(small(), law)["JPN", "C29"] == 0


def test_codes_the_world_lacks_are_named():
    with pytest.raises(UnknownCode, match="KOR"):
        apply(Policy(small()), [measure(partners=["KOR"])])


def test_tariffs_already_changed_stay_changed():
    policy = Policy(small()).tariff("CAN", "JPN", "C29", 0.3)
    assert apply(policy, [measure()]).tariffs[1, 0, 3] == 0.3
