"""Policies: groups and names, setting and adding, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from tradetalks.errors import PolicyError, UnknownCode
from tradetalks.world import Policy, World


@pytest.fixture
def world() -> World:
    flows = np.ones((3, 3, 3)) * 10 + 90 * np.eye(3)
    tariffs = 0.05 * (1 - np.eye(3)) * np.ones((3, 1, 1))
    io = np.full((3, 3, 3), 0.1)
    return World(
        ("DEU", "JPN", "USA"), ("A03", "C29", "D_T"), flows, tariffs, io, np.full((3, 3), 0.7), [4.0, 5.0, 6.0]
    )


def test_a_tariff_is_set_by_code_common_name_or_group(world: World) -> None:
    by_code = Policy(world).tariff("USA", "JPN", "C29", 0.25)
    assert by_code.tariffs[1, 2, 1] == 0.25
    for importer, exporter in (("US", "JP"), ("United States", "Japan"), ("usa", "japan")):
        np.testing.assert_array_equal(Policy(world).tariff(importer, exporter, "C29", 0.25).tariffs, by_code.tariffs)
    everywhere = Policy(world).tariff("USA", "*", "goods", 0.1, add=True).tariffs
    np.testing.assert_allclose(everywhere[:2, 2, :2], 0.15)
    assert everywhere[2, 2, 0] == 0.05 and (np.diagonal(everywhere, axis1=1, axis2=2) == 0).all()
    assert Policy(world).tariff("USA", "EU27", ["A03", "C29"], 0.3).tariffs[0, 2, 0] == 0.3


def test_a_policy_never_changes_the_one_it_came_from(world: World) -> None:
    first = Policy(world)
    first.tariff("USA", "*", "*", 0.5).transfer("JPN", "USA", 0.01).trade_cost("JPN", "USA", "C29", 0.9)
    assert first.changes_nothing
    with pytest.raises(ValueError, match="read-only"):
        first.tariff("USA", "*", "*", 0.5).tariffs[0, 0, 1] = 1


@pytest.mark.parametrize("rate", [-1, -2.5, 25, float("nan"), float("inf")])
def test_impossible_rates_are_refused_with_the_remedy(world: World, rate: float) -> None:
    with pytest.raises(PolicyError, match=r"0\.25 is 25 %"):
        Policy(world).tariff("USA", "JPN", "C29", rate)


def test_slips_in_names_are_met_with_the_nearest(world: World) -> None:
    with pytest.raises(UnknownCode, match="did you mean JPN"):
        Policy(world).tariff("USA", "JPM", "C29", 0.1)
    with pytest.raises(UnknownCode, match=r"did you mean C29 \(motor vehicles and parts\)"):
        Policy(world).tariff("USA", "JPN", "C92", 0.1)
    with pytest.raises(PolicyError, match="the same economy"):
        Policy(world).tariff("USA", "US", "C29", 0.1)


def test_transfers_and_trade_costs_out_of_range_are_refused(world: World) -> None:
    with pytest.raises(PolicyError, match="amounts are in US"):
        Policy(world).transfer("JPN", "USA", 8000)
    with pytest.raises(PolicyError, match="itself"):
        Policy(world).transfer("JPN", "Japan", 0.01)
    with pytest.raises(PolicyError, match="give a factor such as"):
        Policy(world).trade_cost("JPN", "USA", "C29", -0.05)
    with pytest.raises(PolicyError, match="shape"):
        Policy(world, tariffs=np.zeros(3))
    with pytest.raises(PolicyError, match="own cell"):
        Policy(world, tariffs=np.full((3, 3, 3), 0.1))
