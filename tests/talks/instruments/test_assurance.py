"""Assurances: an expected loss is chance × time × loss, the loss by an equilibrium of its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.model import gradient, solve, welfare
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.assurance import Assurance
from tradetalks.world import Policy, World

CHANCE = {"point": "0.2", "low": "0.1", "high": "0.4"}


def assurance(without: dict | None = None, **fields) -> Assurance:
    cut = {"chance": CHANCE, "trade_cost": "100%", "lasts": "0.5", **(without or {})}
    plain = {"exporter": "E01", "importer": "E02", "sectors": ["C1", "C3"], "without": cut, "basis": "assumption"}
    return Assurance.model_validate({**plain, **fields})


def test_the_worth_is_chance_times_time_times_loss_with_the_range_of_the_chance(small):
    policy = Policy(small)
    short = small.with_elasticities("short-run")
    cut = Policy(short).trade_cost("E02", "E01", ["C1", "C3"], 2.0)
    entries = assurance().entries(policy)
    assert [(e.party, e.account, e.method) for e in entries] == [
        ("E02", "welfare", "expected loss"),
        ("E01", "welfare", "expected loss"),
    ]
    for entry in entries:
        loss = -solve(short, cut).welfare[entry.party]
        assert entry.worth == pytest.approx((0.1 * loss, 0.05 * loss, 0.2 * loss), rel=1e-6)
    assert entries[0].worth.point > 0


def test_a_small_rise_of_costs_loses_what_the_gradient_says(small):
    world, policy = small.with_elasticities("short-run"), Policy(small).tariff("E02", "E01", "C1", 0.2)
    found = assurance({"trade_cost": "0.001%"}).losses(policy)
    for party, loss in found.items():
        grad = gradient(world, policy.on(world), of=welfare(party)).trade_cost
        assert loss == pytest.approx(-1e-5 * grad[[1, 3], 2, 1].sum(), rel=1e-3)


def test_within_a_year_a_cut_off_costs_the_importer_more_than_in_ten(small):
    short, long = (assurance(horizon=h).losses(Policy(small))["E02"] for h in ("short run", "long run"))
    assert short > long > 0


@settings(max_examples=10)
@given(cost=st.floats(0.01, 5), higher=st.floats(0.01, 5))
def test_a_harder_cut_off_costs_the_importer_more(cost, higher):
    world = World.load("two_by_two")
    low, high = (
        assurance({"trade_cost": c}, importer="USA", exporter="JPN", sectors="C29").losses(Policy(world))["USA"]
        for c in sorted((cost, higher))
    )
    assert 0 < low <= high + 1e-9


def test_a_promise_that_may_be_broken_is_worth_what_it_takes_off_the_chance():
    kept = {"point": "0.05", "low": "0", "high": "0.15"}
    assert assurance(**{"with": kept}).removed() == pytest.approx(Estimate(0.075, 0.0, 0.2))
    assert assurance().removed() == Estimate(0.1, 0.05, 0.2)


def test_sectors_named_twice_are_cut_off_once(small):
    once, twice = (assurance(sectors=s).losses(Policy(small)) for s in (["C1"], ["C1", "C1"]))
    assert once == twice


def test_the_cells_are_the_goods_on_their_way(small):
    assert (np.argwhere(assurance().cells(small)) == [[1, 2, 1], [3, 2, 1]]).all()


def test_metals_from_china_are_worth_assuring_to_the_united_states():
    policy = Policy(World.load("icio2022"))
    entries = assurance(importer="USA", exporter="CHN", sectors=["B07_08", "C24"]).entries(policy)
    assert 0.01 < entries[0].worth.point < 1.0  # US$ bn a year, of trade worth a few tens


@pytest.mark.parametrize(
    ("without", "fields", "message"),
    [
        ({"trade_cost": "0%"}, {}, "0 cuts nothing off; write a rise such as 100%"),
        ({"lasts": "2"}, {}, r"2 years; write a part of a year, above 0 and at most 1"),
        ({"lasts": "0"}, {}, "0 years; write a part of a year"),
        ({"chance": {"point": "0.2", "low": "0.2", "high": "0.2"}}, {}, "rests on judgement .* and has no range"),
        ({"chance": "0.2"}, {}, "0.2 rests on judgement .* and has no range"),
        ({}, {"with": {"point": "0.3", "low": "0", "high": "0.4"}}, "0.3 is likelier than 0.2 without it"),
        ({}, {"horizon": "tomorrow"}, "'short run' or 'long run'"),
    ],
)
def test_an_assurance_that_cannot_be_meant_is_refused(without, fields, message):
    with pytest.raises(ValidationError, match=message):
        assurance(without, **fields)
