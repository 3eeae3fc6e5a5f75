"""Estimated inputs: levels, regions, balancing."""

from __future__ import annotations

import numpy as np
import pytest

from tradetalks.errors import WorldError
from tradetalks.world.inputs import LEAST_FINAL, balanced, basic_price_ratios, final_at_level, region_of, with_own_level

EVEN = np.full((2, 2), 0.4)


def test_an_economy_is_its_own_region_where_there_is_one():
    assert [region_of(code, ("DEU",)) for code in ("JPN", "DEU", "GBR", "KOR", "ZAF")] == [
        "JPN",
        "EU",
        "EU",
        "JPN",
        "ROW",
    ]


def test_levels_are_taken_over_and_detail_kept():
    detail = np.array([[0.1, 0.2, 0.1], [0.1, 0.1, 0.1], [0.2, 0.1, 0.3]])
    groups, output = np.array([0, 0, 1]), np.array([1.0, 3.0, 2.0])
    level = np.array([[0.4, 0.1], [0.1, 0.5]])
    found = with_own_level(detail, level, groups, output)
    bought = found.sum(0)
    assert bought[:2] @ output[:2] / 4 == pytest.approx(0.5, rel=1e-6), "value added of the group is met"
    assert bought[2] == pytest.approx(0.6)
    assert found[0, 2] == found[1, 2], "equal inputs of one block stay equal"


def test_final_shares_take_the_level_and_keep_the_order():
    detail, absorption = np.array([0.2, 0.8, -0.1]), np.array([3.0, 1.0, 1.0])
    found = final_at_level(detail, np.array([0.5, np.nan]), np.array([0, 0, 1]), absorption)
    assert found[:2] @ absorption[:2] / 4 == pytest.approx(0.5)
    assert found[0] < found[1] < 1
    assert found[2] == LEAST_FINAL


def test_an_unknown_level_leaves_the_detail():
    detail = np.array([[0.2, 0.1], [0.1, 0.3]])
    found = with_own_level(detail, np.full((2, 2), np.nan), np.array([0, 1]), np.ones(2))
    np.testing.assert_array_equal(found, detail)


def test_levels_beyond_output_still_leave_value_added():
    detail = np.array([[0.2, 0.7], [0.1, 0.2]])
    found = with_own_level(detail, np.array([[1.3]]), np.array([0, 0]), np.ones(2))
    assert found.sum(0).max() < 1


@pytest.fixture
def two():
    prior = np.array([[[0.3, 0.2], [0.2, 0.3]], [[0.2, 0.1], [0.3, 0.2]]])
    flows = np.array([[[80.0, 20.0], [30.0, 90.0]], [[100.0, 10.0], [10.0, 150.0]]])
    tariffs = np.zeros((2, 2, 2))
    tariffs[0, 1, 0] = 0.1
    return prior, flows, tariffs


def test_balanced_inputs_meet_output_absorption_and_value_added(two):
    prior, flows, tariffs = two
    target = np.array([130.0, 170.0])
    found = balanced(prior, EVEN, flows, tariffs, target, ("AAA", "BBB"))
    output = flows.sum(1).T
    np.testing.assert_allclose(((1 - found.io_shares.sum(1)) * output).sum(1), target)
    final = ((1 + tariffs) * flows).sum(2).T - np.einsum("nkj,nj->nk", found.io_shares, output)
    assert (final >= LEAST_FINAL * 0.999 * ((1 + tariffs) * flows).sum(2).T).all()
    assert (found.iterations > 0).all()


def test_final_demand_keeps_the_shares_it_had(two):
    prior, flows, tariffs = two
    target = np.array([130.0, 170.0])
    absorption = ((1 + tariffs) * flows).sum(2).T
    free = balanced(prior, EVEN, flows, tariffs, target, ("AAA", "BBB"))
    used = np.einsum("nkj,nj->nk", free.io_shares, flows.sum(1).T)
    asked = 1 - used[:, ::-1].sum(1, keepdims=True) * np.array([[0.7, 0.3]]) / absorption
    held = balanced(prior, asked, flows, tariffs, target, ("AAA", "BBB"))
    final = 1 - np.einsum("nkj,nj->nk", held.io_shares, flows.sum(1).T) / absorption
    np.testing.assert_allclose(final, asked, rtol=1e-9)


def test_an_industry_without_output_keeps_its_prior(two):
    prior, flows, tariffs = two
    flows[1, :, 0] = 0
    found = balanced(prior, EVEN, flows, tariffs, np.array([60.0, 170.0]), ("AAA", "BBB"))
    np.testing.assert_array_equal(found.io_shares[0, :, 1], prior[0, :, 1])


def test_an_economy_that_cannot_be_balanced_is_named(two):
    prior, flows, tariffs = two
    with pytest.raises(WorldError, match="inputs of BBB: a mean share of"):
        balanced(prior, EVEN, flows, tariffs, np.array([130.0, 900.0]), ("AAA", "BBB"))
    flows[:, 0] = 1.0  # hardly any absorption in AAA
    with pytest.raises(WorldError, match="inputs of AAA: intermediate use of"):
        balanced(prior, EVEN, flows, tariffs, np.array([5.0, 100.0]), ("AAA", "BBB"))


def test_ratios_are_kept_in_bounds_and_the_median_fills_gaps():
    found = basic_price_ratios(("A", "B", "C", "D"), {"A": 95.0, "B": 50.0, "C": 99.0}, dict.fromkeys("ABCD", 100.0))
    assert found == {"A": 0.95, "B": 0.9, "C": 0.99, "D": 0.95}
