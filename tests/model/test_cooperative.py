"""Cooperative tariffs: efficient by grid and by other optimisers, shared as the kind of agreement says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.conftest import made_up
from tests.model.test_optimum import one_sector, relabelled
from tradetalks.errors import PolicyError, SolveError, UnknownCode
from tradetalks.model import flow, government, gradient, solve, welfare
from tradetalks.model.cooperative import Cooperation, cooperative_tariffs
from tradetalks.model.nash import nash_tariffs
from tradetalks.world import Policy, World

SUBSIDIES = (-0.8, 10.0)


def gains_of(deal: Cooperation) -> Callable[[np.ndarray], np.ndarray]:
    """Members' welfare gains against the reference, US$ bn, as a function of ln(1 + rate), by solving alone."""
    world, closure = deal.solution.world, deal.solution.closure
    at = [world.economy(code) for code in deal.members]

    def gains(point: np.ndarray) -> np.ndarray:
        policy = deal.levers.policy(point, deal.solution.policy)
        after = solve(world, policy, closure=closure, tolerance=1e-12)
        return np.asarray((after.welfare.array - deal.before.welfare.array)[at])

    return gains


def relative(deal: Cooperation, gains: np.ndarray) -> np.ndarray:
    world = deal.solution.world
    at = [world.economy(code) for code in deal.members]
    return np.asarray(gains / (world.income[at] / 1000 + deal.before.welfare.array[at]))


@pytest.fixture(scope="module")
def pair() -> World:
    return made_up(3, 2, seed=4)


# ---- against other routes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [SUBSIDIES, (0.0, 10.0)])
def test_no_rates_on_a_grid_leave_both_members_better_off(pair: World, bounds: tuple[float, float]) -> None:
    deal = cooperative_tariffs(pair, ["E00", "E01"], by="uniform", bounds=bounds)
    gains, agreed = gains_of(deal), np.array(list(deal.values.values()))
    for rates in product(np.linspace(bounds[0] / 2, 0.4, 21), repeat=2):
        assert not (gains(np.log1p(rates)) > agreed + 1e-9).all()


def test_equal_gains_are_those_of_a_constrained_optimiser(pair: World) -> None:
    deal = cooperative_tariffs(pair, ["E00", "E01"], by="sector", bounds=SUBSIDIES, tolerance=1e-7)
    gains = gains_of(deal)
    x0 = np.append(np.zeros(len(deal.levers)), 0.0)  # rates and the common gain, in tenths of a per cent
    run = minimize(
        lambda z: -z[-1], x0, method="SLSQP", options={"ftol": 1e-12, "maxiter": 300},
        constraints={"type": "ineq", "fun": lambda z: 1000 * relative(deal, gains(z[:-1])) - z[-1]},
    )  # fmt: skip
    shared = list(deal.relative_gains.values())
    assert shared[0] == pytest.approx(shared[1], abs=1e-7)
    assert 1000 * min(shared) == pytest.approx(run.x[-1], rel=1e-3)
    assert 1000 * min(shared) > (1000 * relative(deal, gains(run.x[:-1]))).min() - 1e-6
    np.testing.assert_allclose(list(deal.multipliers.values()), run.multipliers, atol=0.01)  # those of the constraints


@pytest.mark.parametrize("kind", ["utilitarian", "nash product"])
def test_sums_and_products_of_gains_are_those_of_a_search_without_gradients(pair: World, kind: str) -> None:
    deal = cooperative_tariffs(pair, ["E00", "E01"], by="uniform", kind=kind, bounds=SUBSIDIES)  # type: ignore[arg-type]
    gains = gains_of(deal)

    def lost(point: np.ndarray) -> float:
        money = gains(point)
        if kind == "utilitarian":
            return -float(money.sum())
        return -float(np.log(money).sum()) if money.min() > 0 else 1e3 - float(money.min())

    start = deal.point + np.array([0.02, -0.02])
    run = minimize(lost, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11})
    assert lost(deal.point) <= run.fun + 1e-8
    np.testing.assert_allclose(deal.point, run.x, atol=2e-3)


# ---- what holds at an agreement -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["equal gains", "nash product", "utilitarian"])
def test_the_members_weighted_gradients_cancel(small: World, kind: str) -> None:
    members = ["E00", "E02", "E03"]
    deal = cooperative_tariffs(small, members, kind=kind, bounds=SUBSIDIES)  # type: ignore[arg-type]
    assert sum(deal.multipliers.values()) == pytest.approx(1)
    world, free = deal.solution.world, deal.levers
    cells = free.sector, free.importer, free.exporter
    each = []
    for code, weight in deal.multipliers.items():
        level = world.income[world.economy(code)] / 1000 + deal.solution.welfare[code]
        found = gradient(world, deal.policy, welfare(code), solution=deal.solution)
        each.append(weight / level * (found.tariff * (1 + deal.policy.tariffs))[cells])
    assert np.abs(sum(each)).max() < 1e-5 * np.abs(each).max()
    assert deal.certificate.residual < 1e-6 and deal.certificate.free == len(free)


def test_equal_gains_are_equal_and_positive(small: World) -> None:
    deal = cooperative_tariffs(small, ["E00", "E02", "E03"], bounds=SUBSIDIES)
    shared = np.array(list(deal.relative_gains.values()))
    assert deal.inequality < 1e-7 and np.ptp(shared) < 1e-7
    assert shared.min() > 1e-5
    for code, value in deal.values.items():
        assert value == pytest.approx(deal.gains[code]) and value > 0


def test_a_nash_product_shares_in_proportion_to_what_gains_are_worth(small: World) -> None:
    """At the largest Π g_n^b_n, ω_n g_n / (b_n W_n) is the same for all."""
    power = {"E00": 2.0, "E02": 0.5}
    deal = cooperative_tariffs(small, ["E00", "E02", "E03"], kind="nash product", bounds=SUBSIDIES, power=power)
    world = deal.solution.world
    terms = [
        weight * deal.values[code] / power.get(code, 1.0)
        / (world.income[world.economy(code)] / 1000 + deal.solution.welfare[code])
        for code, weight in deal.multipliers.items()
    ]  # fmt: skip
    np.testing.assert_allclose(terms, terms[0], rtol=1e-3)
    even = cooperative_tariffs(small, ["E00", "E02", "E03"], kind="nash product", bounds=SUBSIDIES)
    assert deal.values["E00"] > even.values["E00"] and deal.values["E02"] < even.values["E02"]


def test_subsidies_let_members_share_more(small: World) -> None:
    members = ["E00", "E02", "E03"]
    free = cooperative_tariffs(small, members, bounds=SUBSIDIES)
    held = cooperative_tariffs(small, members)
    assert held.rates.min() == 0 and free.rates.min() < 0
    assert min(free.relative_gains.values()) > min(held.relative_gains.values()) > 0


def test_alike_economies_agree_on_free_trade() -> None:
    flows = np.full((3, 3), 10.0) + np.diag([70.0] * 3)
    tariffs = 0.3 * (1 - np.eye(3))
    world = one_sector(flows.tolist(), 5.0, tariffs.tolist())
    for bounds in (SUBSIDIES, (0.0, 10.0)):
        deal = cooperative_tariffs(world, world.economies, bounds=bounds)
        np.testing.assert_allclose(deal.rates, 0, atol=1e-5)
        np.testing.assert_allclose(list(deal.multipliers.values()), 1 / 3, atol=1e-4)
        assert min(deal.relative_gains.values()) > 0.001


def test_a_grand_bargain_makes_good_what_a_war_destroys(small: World) -> None:
    deal = cooperative_tariffs(small, small.economies, by="partner", relative_to="nash", bounds=SUBSIDIES)
    war = nash_tariffs(small, by="partner", bounds=SUBSIDIES, second_order=False, best_responses=False)
    np.testing.assert_allclose(deal.before.welfare.array, war.solution.welfare.array, atol=1e-5)
    shared = np.array(list(deal.relative_gains.values()))
    assert np.ptp(shared) < 1e-6 and shared.min() > 0.001


def test_gains_count_from_the_point_that_is_named(small: World) -> None:
    members = ["E00", "E02"]
    from_free = cooperative_tariffs(small, members, relative_to="free trade", bounds=SUBSIDIES)
    zero = small.tariffs.copy()
    zero[np.ix_(range(4), [0, 2], [0, 2])] = 0
    named = cooperative_tariffs(small, members, relative_to=Policy(small, tariffs=zero), bounds=SUBSIDIES)
    np.testing.assert_allclose(from_free.before.policy.tariffs, zero, atol=1e-12)
    for code in members:
        assert named.relative_gains[code] == pytest.approx(from_free.relative_gains[code], abs=1e-6)
    assert from_free.relative_gains["E00"] != pytest.approx(
        cooperative_tariffs(small, members, bounds=SUBSIDIES).relative_gains["E00"], abs=1e-5
    )


def test_names_do_not_matter_in_an_agreement(small: World) -> None:
    order = [1, 3, 4, 0, 2]
    deal = cooperative_tariffs(small, ["E00", "E02"], by="partner", bounds=SUBSIDIES)
    same = cooperative_tariffs(relabelled(small, order), ["E03", "E04"], by="partner", bounds=SUBSIDIES)
    assert same.relative_gains["E03"] == pytest.approx(deal.relative_gains["E00"], abs=1e-7)
    assert same.multipliers["E04"] == pytest.approx(deal.multipliers["E02"], abs=1e-4)


def test_members_tax_one_another_unless_outsiders_are_asked_for(small: World) -> None:
    deal = cooperative_tariffs(small, ["E00", "E02"])
    moved = np.abs(deal.policy.tariffs - small.tariffs) > 1e-12
    assert set(zip(*np.nonzero(moved.any(0)), strict=True)) == {(0, 2), (2, 0)}
    wide = cooperative_tariffs(small, ["E00", "E02"], partners="*")
    assert {label.exporter for label in wide.levers.labels} == set(small.economies)
    assert min(wide.relative_gains.values()) > min(deal.relative_gains.values())


def test_favoured_sectors_change_what_is_agreed(small: World) -> None:
    plain = cooperative_tariffs(small, ["E00", "E02"], by="sector", kind="utilitarian", bounds=SUBSIDIES)
    weighed = cooperative_tariffs(
        small, ["E00", "E02"], by="sector", kind="utilitarian", bounds=SUBSIDIES, weights={"E02": {"C1": 1.4}}
    )
    at = [f"{label.importer} {label.sector}" for label in plain.levers.labels].index("E02 C1")
    assert weighed.rates[at] > plain.rates[at] + 0.01


# ---- what is refused ----------------------------------------------------------------------------------------------


def test_an_agreement_that_cannot_be_is_refused_by_name(small: World) -> None:
    with pytest.raises(PolicyError, match="members of an agreement: at least two are needed"):
        cooperative_tariffs(small, ["E00"])
    with pytest.raises(UnknownCode, match="did you mean"):
        cooperative_tariffs(small, ["E00", "X01"])
    with pytest.raises(PolicyError, match='kind "equal gain": did you mean equal gains'):
        cooperative_tariffs(small, ["E00", "E02"], kind="equal gain")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match='relative_to "freetrade": did you mean free trade'):
        cooperative_tariffs(small, ["E00", "E02"], relative_to="freetrade")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="power of E03, which is not a member"):
        cooperative_tariffs(small, ["E00", "E02"], power={"E03": 1.0})
    with pytest.raises(PolicyError, match="power 0 of E00: give a positive number"):
        cooperative_tariffs(small, ["E00", "E02"], power={"E00": 0.0})
    with pytest.raises(PolicyError, match="an objective for E03, which chooses no tariffs here"):
        cooperative_tariffs(small, ["E00", "E02"], objectives={"E03": welfare("E03")})
    with pytest.raises(PolicyError, match="starts 0"):
        cooperative_tariffs(small, ["E00", "E02"], starts=0)


def test_nothing_to_share_is_said_in_words(small: World) -> None:
    with pytest.raises(SolveError, match="leave every member better off"):
        cooperative_tariffs(small, ["E00", "E02"], kind="nash product", bounds=(0.5, 10))


def test_weighted_governments_gain_alike_relative_to_their_own_payoff(small: World) -> None:
    """Ossa (2014): equal Ĝ, each government's gain relative to Σ λ_j I_j, not to its people's income."""
    weights = {"E00": {"C0": 2.0}, "E01": {"C1": 2.0}}
    deal = cooperative_tariffs(small, ["E00", "E01"], relative_to="nash", by="sector and partner", sectors="*",
                               weights=weights, bounds=(-0.5, 10))  # fmt: skip
    hats = []
    for code in deal.members:
        aim = government(code, weights[code])
        level = aim.base(deal.before)
        hats.append((level + aim.value(deal.solution)) / (level + aim.value(deal.before)))
        assert abs(level / (deal.before.world.income[small.economy(code)] / 1000) - 1) > 1e-3
    assert hats[0] == pytest.approx(hats[1], abs=1e-6)
    assert hats[0] > 1


def test_an_agreement_on_trade_flows_alone_is_refused(small: World) -> None:
    with pytest.raises(PolicyError, match="must hold its welfare or its government's payoff"):
        cooperative_tariffs(small, ["E00", "E01"], sectors="*", objectives={"E00": flow("E00", "E01")})
