"""Purchase commitments: met exactly, at a cost that is shown, and differentiated with the promise kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tradetalks.errors import PolicyError, SolveError, WorldError
from tradetalks.model import Closure, flow, gradients, rebase, solve, welfare
from tradetalks.world import Policy, World


def bought(world: World, importer: str, exporter: str, sector: str) -> float:
    return float(solve(world).flow(importer, exporter, sector))


def test_a_promise_that_trade_meets_anyway_costs_nothing(small: World) -> None:
    today = bought(small, "E00", "E02", "C1")
    solution = solve(small, Policy(small).commitment("E00", "E02", "C1", 0.9 * today))
    assert solution.commitments[0].concession == 0
    np.testing.assert_allclose(solution.welfare.array, 0, atol=1e-7)


@pytest.mark.parametrize("times", [1.5, 2.0, 4.0])
def test_a_promise_beyond_trade_is_met_exactly(small: World, times: float) -> None:
    today = bought(small, "E00", "E02", "C1")
    solution = solve(small, Policy(small).commitment("E00", "E02", "C1", times * today))
    assert solution.flow("E00", "E02", "C1") == pytest.approx(times * today, rel=1e-9)
    kept = solution.commitments[0]
    assert 0 < kept.concession < 1
    paid = kept.concession * (1 + small.tariffs[1, 0, 2]) * kept.bought
    assert kept.subsidy == pytest.approx(paid, rel=1e-9)


def test_the_concession_is_the_tariff_that_would_bring_the_same_trade(small: World) -> None:
    """Second route: put the effective rate into a plain policy."""
    today = bought(small, "E00", "E02", "C1")
    promised = solve(small, Policy(small).tariff("E01", "*", "*", 0.2).commitment("E00", "E02", "C1", 2 * today))
    rates = np.array(promised.policy.tariffs)
    rates[1, 0, 2] = (1 + rates[1, 0, 2]) * np.exp(promised.concessions[0]) - 1
    plain = solve(small, Policy(small, tariffs=rates))
    np.testing.assert_allclose(plain.unknowns, promised.unknowns, atol=1e-9)
    np.testing.assert_allclose(plain.welfare.array, promised.welfare.array, atol=1e-6)


def test_several_promises_hold_together_and_a_slack_one_stays_free(small: World) -> None:
    policy = Policy(small)
    promises = [("E00", "E02", "C1", 2.0), ("E00", ["E03", "E04"], ["C2", "C3"], 1.5), ("E03", "E01", "C0", 0.5)]
    for importer, exporter, sector, times in promises:
        names = [exporter] if isinstance(exporter, str) else exporter
        sectors = [sector] if isinstance(sector, str) else sector
        today = sum(bought(small, importer, e, s) for e in names for s in sectors)
        policy = policy.commitment(importer, exporter, sector, times * today)
    solution = solve(small, policy, closure=Closure(specific=0.3))
    first, second, third = solution.commitments
    assert first.bought == pytest.approx(first.promised, rel=1e-9)
    assert second.bought == pytest.approx(second.promised, rel=1e-9)
    assert third.concession == 0
    assert third.bought > third.promised


def test_the_seller_gains_and_the_buyer_pays_once_the_price_is_below_cost(small: World) -> None:
    free = solve(replace(small, tariffs=0 * small.tariffs)).as_world()
    today = bought(free, "E00", "E02", "C1")
    solution = solve(free, Policy(free).commitment("E00", "E02", "C1", 3 * today))
    assert solution.welfare["E02"] > 0 > solution.welfare["E00"]


def test_gradients_keep_the_promise(small: World) -> None:
    today = bought(small, "E00", "E02", "C1")
    policy = Policy(small).commitment("E00", "E02", "C1", 2 * today).commitment("E03", "E01", "C0", 0.1)
    found = gradients(solve(small, policy, tolerance=1e-11), [welfare("E00"), flow("E00", "E02", "C1"), welfare("E02")])
    step = 1e-5
    for cell in ((1, 0, 2), (1, 0, 3), (2, 3, 0)):

        def at(by: float, cell: tuple[int, ...] = cell) -> np.ndarray:
            rates = np.array(policy.tariffs)
            rates[cell] += by
            solution = solve(small, replace(policy, tariffs=rates), tolerance=1e-11)
            return np.array([solution.welfare["E00"], solution.flow("E00", "E02", "C1"), solution.welfare["E02"]])

        slopes = (at(step) - at(-step)) / (2 * step)
        np.testing.assert_allclose([one.tariff[cell] for one in found], slopes, atol=3e-4)


def test_impossible_promises_are_refused_in_words(small: World) -> None:
    policy = Policy(small)
    with pytest.raises(PolicyError, match="nothing is bought there today"):
        policy.commitment("E00", "E01", "C0", 1.0)
    with pytest.raises(PolicyError, match="above 0 and below a year's income"):
        policy.commitment("E00", "E02", "C1", -1.0)
    with pytest.raises(PolicyError, match="amounts are in US"):
        policy.commitment("E00", "E02", "C1", 1e6)
    flows = np.array(small.flows)
    flows[1, 0, 2] *= 1e-30
    thin = rebase(replace(small, flows=flows))
    with pytest.raises(
        SolveError, match=r"the promise of E00 to buy US\$ 50.0 bn of C1 from E02 cannot be met: with 98%"
    ):
        solve(thin, Policy(thin).commitment("E00", "E02", "C1", 50.0))


def test_an_equilibrium_of_promises_is_no_baseline(small: World) -> None:
    today = bought(small, "E00", "E02", "C1")
    with pytest.raises(WorldError, match="no purchase commitments"):
        solve(small, Policy(small).commitment("E00", "E02", "C1", 2 * today)).as_world()
