"""Formula offers: the fixed point by solving again, thresholds by trying, and who gains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.model import solve
from tradetalks.talks.instruments.formula import FallingRate, FormulaOffer, Maker, industry
from tradetalks.world import Policy, World

MAKERS = [
    {"maker": "builds there", "exports": "300", "output": "900"},
    {"maker": "builds a little", "exports": "200", "output": "100"},
    {"maker": "ships all", "exports": "100", "output": "0"},
]
FALLING = {"start": "25%", "per_point": "0.3%", "floor": "2.5%"}


def offer(**fields) -> FormulaOffer:
    plain = {"importer": "E00", "exporter": "E01", "sectors": ["C1", "C2"], "makers": MAKERS, "rate": FALLING,
             "basis": "assumption"}  # fmt: skip
    return FormulaOffer.model_validate({**plain, **fields})


def steps_of(first: str, last: str) -> list[dict]:
    return [{"share": 0, "rate": first}, {"share": 1, "rate": last}]


steps = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=5, unique_by=lambda step: step[0])


@st.composite
def schedules(draw: st.DrawFn) -> FallingRate:
    found = draw(steps)
    shares, rates = sorted(s for s, _ in found), sorted((r for _, r in found), reverse=True)
    return FallingRate.model_validate(
        {"schedule": [{"share": s, "rate": r} for s, r in zip(shares, rates, strict=True)], "floor": rates[-1]}
    )


@given(schedules(), st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_larger_local_share_never_pays_more(rate, shares):
    found = rate.at(np.array(sorted(shares)))
    assert (np.diff(found) <= 1e-12).all()


@given(rate=schedules(), flat=st.floats(0, 1))
def test_above_the_threshold_a_maker_pays_less_than_the_flat_rate_and_below_it_none_does(rate, flat):
    share, grid = rate.below(flat), np.linspace(0, 1, 201)
    pays = rate.at(grid)
    if share is None:
        assert (pays >= flat - 1e-12).all()
    else:
        assert (pays[grid > share + 1e-9] < flat + 1e-12).all()
        assert (pays[grid < share - 1e-9] >= flat - 1e-9).all()


@given(ratio=st.floats(0.05, 3), more=st.floats(0.05, 3))
def test_the_more_is_shipped_the_higher_the_rate(ratio, more):
    low, high = sorted((ratio, more))
    assert offer().average(low) <= offer().average(high) + 1e-15
    for maker, rate in offer().rates(low).items():
        assert rate <= offer().rates(high)[maker] + 1e-15


def test_rates_follow_from_local_shares_by_hand():
    rates = offer().rates()
    assert rates == pytest.approx({"builds there": 0.025, "builds a little": 0.25 - 0.3 / 3, "ships all": 0.25})
    assert offer().average() == pytest.approx((300 * 0.025 + 200 * 0.15 + 100 * 0.25) / 600)
    half = offer().rates(0.5)
    assert half["builds a little"] == pytest.approx(0.25 - 0.3 / 2)


def test_a_straight_fall_is_a_schedule_of_two_steps():
    steps = {"schedule": [{"share": 0, "rate": "25%"}, {"share": "0.75", "rate": "2.5%"}]}
    shares = np.linspace(0, 1, 11)
    assert FallingRate.model_validate(steps).at(shares) == pytest.approx(FallingRate.model_validate(FALLING).at(shares))


def test_the_settled_rate_is_the_one_that_the_trade_under_it_asks_for(small):
    policy = Policy(small).tariff("E00", "E01", "*", 0.25)
    settled = offer().settle(policy)
    again = solve(small, policy.tariff("E00", "E01", ["C1", "C2"], settled.average), tolerance=1e-12)
    quantity = (again.flows[[1, 2], 0, 1] / again.cost_hat[[1, 2], 1]).sum()
    ratio = quantity / small.flows[[1, 2], 0, 1].sum()
    shares = {m["maker"]: float(m["output"]) / (float(m["output"]) + ratio * float(m["exports"])) for m in MAKERS}
    rates = {maker: max(0.025, 0.25 - 0.3 * share) for maker, share in shares.items()}
    average = sum(rates[m["maker"]] * float(m["exports"]) for m in MAKERS) / 600
    assert settled.average == pytest.approx(average, abs=1e-10)
    assert settled.rates == pytest.approx(rates, abs=1e-9)
    assert settled.policy.tariffs[0, 0, 1] == 0.25


def test_the_fixed_point_is_the_same_from_either_end_by_plain_iteration(small):
    policy, one = Policy(small), offer()
    for rate in (0.025, 0.25):
        for _ in range(60):
            solution = solve(small, policy.tariff("E00", "E01", ["C1", "C2"], rate))
            ratio = (solution.flows / solution.cost_hat[:, None, :])[[1, 2], 0, 1].sum()
            rate = one.average(ratio / small.flows[[1, 2], 0, 1].sum())
        assert one.settle(policy).average == pytest.approx(rate, abs=1e-8)


def test_a_formula_that_does_not_fall_is_a_flat_rate(small):
    settled = offer(rate={"schedule": steps_of("15%", "15%")}).settle(Policy(small))
    assert (settled.policy.tariffs == Policy(small).tariff("E00", "E01", ["C1", "C2"], 0.15).tariffs).all()


def test_goods_outside_the_formula_pay_what_they_paid(small):
    policy = Policy(small).tariff("E00", "E01", "*", 0.40)
    found = offer(share="0.75").change(policy)
    assert found.tariffs[1, 0, 1] == pytest.approx(0.75 * offer().average() + 0.25 * 0.40)
    assert (np.argwhere(found.tariffs != policy.tariffs) == [[1, 0, 1], [2, 0, 1]]).all()


def test_duties_of_the_makers_add_to_the_revenue_on_their_goods(small):
    policy = Policy(small).tariff("E00", "E01", "*", 0.25)
    one = offer()
    settled, gains = one.settle(policy), one.gains(policy, 0.15)
    revenue = (settled.policy.tariffs * settled.solution.border_flows)[[1, 2], 0, 1].sum() / 1000
    assert sum(gain.duty for gain in gains) == pytest.approx(revenue, rel=1e-8)
    flat = solve(small, policy.tariff("E00", "E01", ["C1", "C2"], 0.15))
    sales = flat.flow("E00", "E01", "C1") + flat.flow("E00", "E01", "C2")
    assert sum(gain.flat_sales for gain in gains) == pytest.approx(sales, rel=1e-8)
    for gain in gains:  # who pays less than the flat rate gains by the difference, on what it sells
        assert gain.gain == pytest.approx((0.15 - settled.rates[gain.maker]) * gain.sales)
    assert gains[0].gain > 0 > gains[2].gain


def test_the_table_says_who_pays_less_than_fifteen_per_cent():
    found = offer().threshold(0.15)
    assert found.share == pytest.approx(1 / 3)
    assert [(row.maker, row.below) for row in found.rows] == [
        ("builds there", True),
        ("builds a little", False),  # a third built there: just at the flat rate
        ("ships all", False),
    ]
    assert offer().threshold(0.025).share is None and offer().threshold(0.30).share == 0.0


def test_japanese_makers_as_a_whole_pay_by_what_they_build_in_the_united_states():
    # 1.37 million vehicles shipped, 3.28 million built there in 2024 (JAMA, 19 March 2025; Yomiuri, June 2025)
    makers = [{"maker": "all", "exports": "1.37", "output": "3.28"}]
    one = offer(importer="USA", exporter="JPN", sectors="C29", makers=makers, rate={**FALLING, "start": "27.5%"})
    assert one.threshold(0.15).rows[0].local_share == pytest.approx(0.705, abs=5e-4)
    world = World.load("icio2022")
    settled = one.settle(Policy(world).tariff("USA", "JPN", "C29", 0.275))
    assert one.average(settled.flow_ratio) == pytest.approx(settled.average, abs=1e-10)
    assert settled.flow_ratio < 1 and settled.average < one.average()


def test_an_industry_is_its_makers_added_up():
    whole = industry([Maker.model_validate(maker) for maker in MAKERS])
    assert (whole.exports, whole.output) == (600, 1000)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rate": {"start": "25%"}}, "give `start` and `per_point`"),
        ({"rate": {"start": "25%", "per_point": "0%"}}, "0 does not fall; write a fall above 0%"),
        ({"rate": {**FALLING, "floor": "30%"}}, "0.3 is above the highest rate, 0.25"),
        ({"rate": {**FALLING, "schedule": steps_of("5%", "0%")}}, "give one or the other"),
        ({"rate": {"schedule": steps_of("5%", "9%")}}, "shares rise from step to step and rates do not"),
        ({"makers": [MAKERS[2], MAKERS[2]]}, '"ships all" stands twice'),
        ({"makers": [{"maker": "a", "exports": "0", "output": "5"}]}, "none ships anything, so nobody pays"),
        ({"makers": [{"maker": "a", "exports": "0", "output": "0"}]}, "ships nothing and builds nothing; leave it out"),
        ({"makers": [{"maker": "a", "exports": "-1", "output": "5"}]}, "-1 is below zero; write units a year"),
        ({"share": "0"}, "the formula is about none of this trade"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_meant_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        offer(**fields)
