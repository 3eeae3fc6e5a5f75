"""Reviews and snap-back: how much of the time a concession is gone, by three routes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.linalg import expm

from tradetalks.model import solve
from tradetalks.talks.instruments.review import Review, share_of_time
from tradetalks.world import Policy, World

CHANCE = {"point": "0.3", "low": "0.1", "high": "0.6"}


def review(**fields) -> Review:
    plain = {"by": "E00", "importer": "E00", "exporter": "E01", "sectors": ["C1", "C2"], "chance": CHANCE, "years": "4",
             "basis": "assumption"}  # fmt: skip
    return Review.model_validate({**plain, **fields})


@given(chance=st.floats(0.01, 0.95), lasts=st.floats(0.05, 20), years=st.floats(0.1, 20))
def test_the_share_of_time_is_the_chain_of_two_states_summed_up(chance, lasts, years):
    gone, back = -np.log(1 - chance), 1 / lasts
    # the integral of the state vector is a third state of the matrix exponential
    turn = np.array([[-gone, gone, 0.0], [back, -back, 1.0], [0.0, 0.0, 0.0]])
    assert share_of_time(chance, lasts, years) == pytest.approx(expm(turn * years)[0, 2] / years, rel=1e-8)


def test_the_share_of_time_is_what_many_histories_show():
    draw, years, lasts, n = np.random.default_rng(1), 4.0, 0.5, 20_000
    clock, down = np.zeros(n), np.zeros(n)
    while (clock < years).any():
        starts = clock + draw.exponential(-1 / np.log(0.7), n)
        ends = starts + draw.exponential(lasts, n)
        down += np.clip(np.minimum(ends, years) - np.minimum(starts, years), 0, None)
        clock = ends
    shown, error = down.mean() / years, down.std() / years / np.sqrt(n)
    assert share_of_time(0.3, lasts, years) == pytest.approx(shown, abs=4 * error)


def test_a_concession_gone_for_good_is_one_that_comes_back_after_ages():
    assert share_of_time(0.2, None, 4.0) == pytest.approx(share_of_time(0.2, 1e9, 4.0), rel=1e-6)
    yearly = [1 - 0.8**year for year in np.linspace(0, 4, 4001)]
    assert share_of_time(0.2, None, 4.0) == pytest.approx(np.trapezoid(yearly) / 4000, rel=1e-6)


@given(chance=st.floats(0, 1), more=st.floats(0, 1), lasts=st.floats(0.05, 20), years=st.floats(0.1, 20))
def test_a_likelier_or_longer_withdrawal_takes_more_of_the_time(chance, more, lasts, years):
    low, high = sorted((chance, more))
    assert 0 <= share_of_time(low, lasts, years) <= share_of_time(high, lasts, years) + 1e-12 <= 1 + 1e-12
    assert share_of_time(chance, lasts, years) <= share_of_time(chance, 2 * lasts, years) + 1e-12
    assert share_of_time(chance, lasts, years) <= share_of_time(chance, None, years) + 1e-12


def test_no_chance_takes_nothing_and_certainty_everything():
    assert share_of_time(0.0, None, 4.0) == 0.0
    assert share_of_time(1.0, 0.1, 4.0) == 1.0


def test_rates_go_back_in_part_and_only_where_they_were_lowered(small):
    law = Policy(small).tariff("E00", "*", "*", 0.25)
    offered = law.tariff("E00", "E01", "C1", 0.15).tariff("E00", "E01", "C2", 0.40).tariff("E00", "E02", "C1", 0.10)
    one = review()
    q, found = one.withdrawn(), one.adjust(offered, law)
    assert found.tariffs[1, 0, 1] == pytest.approx((1 - q) * 0.15 + q * 0.25)
    assert (np.argwhere(found.tariffs != offered.tariffs) == [[1, 0, 1]]).all()


def test_it_may_go_back_to_a_rate_of_its_own(small):
    law = Policy(small).tariff("E00", "E01", "C1", 0.275)
    one = review(back_to="25%")
    offered = law.tariff("E00", "E01", "C1", 0.15)
    assert one.adjust(offered, law).tariffs[1, 0, 1] == pytest.approx(0.15 + one.withdrawn() * 0.10)


def test_the_exporter_gets_between_the_offer_and_the_law(small):
    law = Policy(small).tariff("E00", "E01", "C1", 0.30)
    offered = law.tariff("E00", "E01", "C1", 0.05)
    welfare = [
        solve(small, policy).welfare["E01"]
        for policy in (law, *(review().adjust(offered, law, at) for at in ("high", "point", "low")), offered)
    ]
    assert welfare == sorted(welfare)


def test_cars_that_may_go_back_to_a_quarter():
    world = World.load("icio2022")
    law = Policy(world).tariff("USA", "JPN", "C29", 0.275)
    one = review(by="USA", importer="USA", exporter="JPN", sectors="C29", back_to="25%", lasts="0.5")
    j, n, i = world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")
    found = one.adjust(law.tariff("USA", "JPN", "C29", 0.15), law).tariffs[j, n, i]
    assert found == pytest.approx(0.15 + 0.10 * share_of_time(0.3, 0.5, 4.0))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lasts": "0"}, "0 years is no length of time; write years above 0, such as 0.5"),
        ({"years": "-1"}, "-1 years is no length of time"),
        ({"by": "E02"}, '"E02" has no say here; the reviewer is a side: E00 or E01'),
        ({"chance": {"point": "0.3", "low": "0.3", "high": "0.3"}}, "rests on judgement .* and has no range"),
        ({"chance": "0.3"}, "0.3 rests on judgement .* and has no range"),
        ({"back_to": "25"}, "write the sign: 25%"),
    ],
)
def test_a_review_that_cannot_be_meant_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        review(**fields)
