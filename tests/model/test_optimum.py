"""Optimal tariffs: against grids, other optimisers, closed forms, and the theorems that must hold at an optimum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.conftest import made_up
from tradetalks.errors import PolicyError, SolveError, UnknownCode
from tradetalks.model import Closure, Objective, gradient, solve, welfare
from tradetalks.model.first_order import slope
from tradetalks.model.levers import levers
from tradetalks.model.optimum import Optimum, optimal_tariffs
from tradetalks.world import Policy, World


def one_sector(flows: list[list[float]], theta: float, tariffs: list[list[float]] | None = None) -> World:
    """A world of one sector without inputs and with balanced trade: flows are values at the border."""
    n = len(flows)
    levied = np.zeros((1, n, n)) if tariffs is None else np.array([tariffs])
    codes = tuple(f"E{i:02d}" for i in range(n))
    return World(codes, ("C0",), np.array([flows]), levied, np.zeros((n, 1, 1)), np.ones((n, 1)), np.array([theta]))


def relabelled(world: World, order: list[int]) -> World:
    """The same economies under other names, in another order."""
    at = np.ix_(range(len(world.sectors)), order, order)
    return replace(
        world, flows=world.flows[at], tariffs=world.tariffs[at], io_shares=world.io_shares[order],
        value_added_shares=world.value_added_shares[order], final_shares=world.final_shares[order],
    )  # fmt: skip


def value_of(found: Optimum) -> Callable[[np.ndarray], float]:
    """The objective as a function of the rates, by solving alone."""
    world, closure = found.solution.world, found.solution.closure

    def value(rates: np.ndarray) -> float:
        policy = found.levers.policy(np.log1p(rates), found.before.policy)
        return found.objective.value(solve(world, policy, closure=closure, tolerance=1e-12))

    return value


# ---- against other routes -----------------------------------------------------------------------------------------


def test_no_rate_on_a_grid_beats_the_optimal_uniform_rate(small: World) -> None:
    best = optimal_tariffs(small, "E01", by="uniform")
    value = value_of(best)
    grid = np.linspace(0, 1, 101)
    values = np.array([value(np.array([rate])) for rate in grid])
    assert best.rates[0] == pytest.approx(grid[values.argmax()], abs=0.01)
    assert value(best.rates) >= values.max()
    assert best.value == pytest.approx(value(best.rates) - best.objective.value(best.before))


def test_no_pair_of_rates_on_a_grid_beats_the_optimal_rates_by_partner() -> None:
    best = optimal_tariffs(made_up(3, 2, seed=1), "E00", by="partner")
    value = value_of(best)
    assert len(best.rates) == 2
    grid = np.linspace(0, 0.6, 13)
    values = np.array([[value(np.array([a, b])) for b in grid] for a in grid])
    top = np.unravel_index(values.argmax(), values.shape)
    np.testing.assert_allclose(best.rates, grid[list(top)], atol=0.05)
    assert value(best.rates) >= values.max()


def test_a_search_without_gradients_ends_at_the_same_rates() -> None:
    best = optimal_tariffs(made_up(3, 2, seed=4), "E01")
    value = value_of(best)
    found = minimize(
        lambda x: -value(np.expm1(x)), np.full(len(best.rates), 0.1), method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 2000, "adaptive": True},
    )  # fmt: skip
    assert value(best.rates) >= -found.fun - 1e-9
    np.testing.assert_allclose(best.rates, np.expm1(found.x), atol=2e-3)


@pytest.mark.parametrize("by", ["sector and partner", "partner", "sector", "uniform"])
def test_the_slope_of_a_lever_is_the_central_difference(small: World, by: str) -> None:
    free = levers(small, [2], by=by)  # type: ignore[arg-type]
    draw = np.random.default_rng(1)
    point = np.log1p(draw.uniform(0, 0.4, len(free)))
    on, of = Policy(small), welfare("E02") - 0.3 * welfare("E00")
    found = slope(free, gradient(small, free.policy(point, on), of))
    along = draw.normal(size=len(free))
    value = [
        of.value(solve(small, free.policy(point + step * along, on), tolerance=1e-12)) for step in (1e-4, -1e-4)
    ]  # fmt: skip
    assert found.gradient @ along == pytest.approx((value[0] - value[1]) / 2e-4, rel=1e-6)


# ---- closed forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [2.0, 5.0, 12.0])
def test_the_optimal_tariff_against_one_passive_partner_is_the_inverse_of_its_home_share_times_the_elasticity(
    theta: float,
) -> None:
    """Gros (1987), with θ = σ − 1: t = 1/(θ π_FF), π_FF at the optimum."""
    best = optimal_tariffs(one_sector([[80, 20], [20, 60]], theta), "E00")
    share = best.solution.flows[0, 1, 1] / best.solution.spending[0, 1]
    assert best.rates[0] == pytest.approx(1 / (theta * share), abs=1e-6)


def test_the_optimal_tariff_of_a_very_small_economy_is_the_inverse_of_the_elasticity() -> None:
    best = optimal_tariffs(one_sector([[5, 2], [2, 1e6]], 4.0), "E00")
    assert best.rates[0] == pytest.approx(0.25, abs=1e-5)


# ---- what holds at an optimum -------------------------------------------------------------------------------------


def test_at_the_optimum_no_rate_can_be_moved_with_gain(small: World) -> None:
    best = optimal_tariffs(small, "E03", bounds=(0.05, 0.2))
    value, top = value_of(best), best.rates
    between = 0
    for lever in range(0, len(top), 3):
        for step in (-0.01, 0.01):
            tried = np.array(top)
            tried[lever] += step
            if 0.05 <= tried[lever] <= 0.2:
                assert value(tried) < value(top)
        between += 0.05 < top[lever] < 0.2
    assert between > 0
    assert best.certificate.at_lowest + best.certificate.at_highest + best.certificate.free == len(top)
    assert best.certificate.at_highest > 0


def test_the_certificate_measures_what_is_left_to_gain(small: World) -> None:
    best = optimal_tariffs(small, "E00", tolerance=1e-8)
    assert best.certificate.residual <= 1e-8
    found = gradient(best.solution.world, best.policy, best.objective, solution=best.solution)
    answer = found.tariff[:, 0] * (1 + best.policy.tariffs[:, 0])
    imports = best.solution.border_flows[:, 0] / 1000
    bought = (small.flows[:, 0] > 0) & (np.arange(5) > 0)
    assert np.abs(answer[bought] / imports[bought]).max() < 2e-8
    start = optimal_tariffs(small, "E00", tolerance=0.3, starts=1)
    assert 1e-8 < start.certificate.residual <= 0.3 and start.value < best.value


def test_the_second_order_condition_is_the_largest_eigenvalue_of_the_hessian() -> None:
    best = optimal_tariffs(made_up(3, 2, seed=4), "E01", tolerance=1e-9)
    value, point = value_of(best), np.log1p(best.rates)
    size, step = len(point), 2e-3
    hessian = np.zeros((size, size))
    for a in range(size):
        for b in range(size):
            terms = [
                s * t * value(np.expm1(point + step * (s * np.eye(size)[a] + t * np.eye(size)[b])))
                for s in (1, -1)
                for t in (1, -1)
            ]
            hessian[a, b] = sum(terms) / (4 * step**2)
    root = np.sqrt(best.optima[0].slope.imports)
    wanted = np.linalg.eigvalsh(hessian / root[:, None] / root)[-1]
    assert best.certificate.curvature == pytest.approx(wanted, rel=0.02)
    assert wanted < 0


def test_what_others_change_is_worth_at_the_optimum_what_it_is_worth_at_fixed_tariffs() -> None:
    """The envelope theorem: re-optimising adds nothing to first order."""
    world, step = made_up(3, 2, seed=2), 0.003
    best = optimal_tariffs(world, "E00", tolerance=1e-8)
    fixed = gradient(world, best.policy, welfare("E00"), solution=best.solution).tariff[1, 2, 0]
    after = [
        optimal_tariffs(world, "E00", on=Policy(world).tariff("E02", "E00", "C1", by, add=True), tolerance=1e-8)
        for by in (step, -step)
    ]
    values = [found.objective.value(found.solution) for found in after]
    assert fixed == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-3)


def test_names_do_not_matter(small: World) -> None:
    order = [3, 0, 4, 1, 2]
    best = optimal_tariffs(small, "E03", by="partner")
    same = optimal_tariffs(relabelled(small, order), "E00", by="partner")
    np.testing.assert_allclose(same.policy.tariffs, best.policy.tariffs[:, order][:, :, order], atol=1e-6)
    np.testing.assert_allclose(same.gains.array, best.gains.array[order], atol=1e-6)


def test_more_freedom_is_never_worth_less(small: World) -> None:
    worth = {
        by: optimal_tariffs(small, "E02", by=by).value  # type: ignore[arg-type]
        for by in ("uniform", "partner", "sector", "sector and partner")
    }
    assert worth["uniform"] < min(worth["partner"], worth["sector"])
    assert max(worth["partner"], worth["sector"]) < worth["sector and partner"]


def test_every_start_ends_at_the_same_optimum(small: World) -> None:
    best = optimal_tariffs(small, "E00", starts=6, seed=3)
    assert best.tried == 6 and len(best.optima) == 1
    assert best.optima[0].searches == 6 and best.spread == 0
    again = optimal_tariffs(small, "E00", starts=6, seed=3)
    np.testing.assert_array_equal(best.rates, again.rates)


def test_claims_fixed_in_money_reward_an_importer_that_stops_all_trade() -> None:
    """With nominal deficits fixed, others owe the deficit at any price: the search must find that, and say so."""
    world = made_up(3, 2, seed=1)
    assert world.deficits[0] > 0.05 * world.income[0]
    fixed = optimal_tariffs(world, "E00", by="uniform", deficits="fixed")
    assert fixed.rates[0] == pytest.approx(10) and fixed.certificate.at_highest == 1
    assert len(fixed.optima) == 2 and fixed.optima[1].point[0] < np.log(1.4)
    assert fixed.spread > 10
    closed = optimal_tariffs(world, "E00", by="uniform")
    assert len(closed.optima) == 1 and closed.rates[0] < 0.2


# ---- bounds, levers, others' policies -----------------------------------------------------------------------------


def test_rates_never_exceed_bound_rates_and_a_shared_rate_keeps_to_the_tightest(small: World) -> None:
    caps = np.random.default_rng(5).uniform(0.05, 0.3, small.flows.shape)
    own = np.arange(5)
    each = optimal_tariffs(small, "E01", bounds=(0, caps))
    bought = small.flows[:, 1] > 0
    bought[:, 1] = False
    assert (each.policy.tariffs[:, 1][bought] <= caps[:, 1][bought] + 1e-12).all()
    shared = optimal_tariffs(small, "E01", by="partner", bounds=(0, caps))
    for i in (0, 2, 3, 4):
        rates = shared.policy.tariffs[:, 1, i][bought[:, i]]
        assert np.ptp(rates) == 0 and rates[0] <= caps[:, 1, i][bought[:, i]].min() + 1e-12
    assert (each.policy.tariffs[:, own, own] == 0).all()


def test_only_the_asked_tariffs_move(small: World) -> None:
    on = Policy(small).tariff("E03", "*", "*", 0.4)
    best = optimal_tariffs(small, "E01", on=on, partners=["E00", "E02"], sectors=["C1", "C3"])
    moved = best.policy.tariffs != on.tariffs
    j, n, i = np.nonzero(moved)
    assert set(j) == {1, 3} and set(n) == {1} and set(i) == {0, 2}
    assert len(best.rates) == 4
    assert {(label.importer, label.exporter, label.sector) for label in best.levers.labels} == {
        ("E01", partner, sector) for partner in ("E00", "E02") for sector in ("C1", "C3")
    }
    assert best.value == pytest.approx(best.gains["E01"])
    np.testing.assert_allclose(best.before.policy.tariffs, on.tariffs, atol=1e-15)


def test_a_pair_that_does_not_trade_has_no_lever(small: World) -> None:
    assert small.flows[0, 0, 1] == 0
    best = optimal_tariffs(small, "E00")
    assert ("E00", "E01", "C0") not in best.levers.labels and len(best.levers) == 15
    assert best.policy.tariffs[0, 0, 1] == small.tariffs[0, 0, 1]


def test_a_subsidy_is_allowed_where_it_is_asked_for() -> None:
    world = made_up(3, 3, seed=6)
    objective = welfare("E00") + 3 * welfare("E01")
    free = optimal_tariffs(world, "E00", objective=objective, bounds=(-0.9, 10), by="partner")
    held = optimal_tariffs(world, "E00", objective=objective, by="partner")
    assert free.rates.min() < 0 and held.rates.min() == 0
    assert free.value > held.value and held.certificate.at_lowest > 0


# ---- objectives and closures --------------------------------------------------------------------------------------


def test_equal_political_weights_choose_what_welfare_chooses(small: World) -> None:
    plain = optimal_tariffs(small, "E00", by="sector")
    weighed = optimal_tariffs(small, "E00", by="sector", weights=[2, 2, 2, 2])
    np.testing.assert_allclose(weighed.rates, plain.rates, atol=1e-5)


def test_a_favoured_sector_is_protected_more(small: World) -> None:
    plain = optimal_tariffs(small, "E00", by="sector")
    for at, sector in enumerate(small.sectors):
        favoured = optimal_tariffs(small, "E00", by="sector", weights={sector: 1.3})
        assert favoured.rates[at] > plain.rates[at]
        assert favoured.gains["E00"] < plain.gains["E00"]
        assert favoured.certificate.residual < 1e-6


@pytest.mark.parametrize(
    "closure",
    [
        Closure(deficits="proportional"),
        Closure(deficits="closed", specific=0.5),
        Closure(deficits="closed", labour_supply=0.5, revenue="tax relief"),
        Closure(deficits="closed", profits=0.1),
    ],
    ids=repr,
)
def test_the_optimum_under_any_closure_beats_its_neighbours(small: World, closure: Closure) -> None:
    best = optimal_tariffs(small, "E01", by="sector", closure=closure)
    value, top = value_of(best), best.rates
    for lever in range(len(top)):
        for step in (-0.005, 0.005):
            tried = np.array(top)
            tried[lever] = np.clip(tried[lever] + step, 0, 10)
            assert value(tried) <= value(top)


def test_an_objective_may_count_trade(small: World) -> None:
    from tradetalks.model import flow

    objective: Objective = welfare("E00") - 0.5 * flow("E00", "E02")
    against = optimal_tariffs(small, "E00", by="partner", objective=objective)
    plain = optimal_tariffs(small, "E00", by="partner")
    at = [label.exporter for label in plain.levers.labels].index("E02")
    assert against.rates[at] > 1.5 * plain.rates[at]
    value, top = value_of(against), against.rates
    assert value(top) > max(value(top * 1.01), value(top * 0.99))


# ---- what is refused ----------------------------------------------------------------------------------------------


def test_what_cannot_be_is_refused_by_name(small: World) -> None:
    with pytest.raises(UnknownCode, match="did you mean E00"):
        optimal_tariffs(small, "X00")
    with pytest.raises(PolicyError, match='by "sectors": did you mean sector'):
        optimal_tariffs(small, "E00", by="sectors")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match=r"bounds cross for E00 on E02, C0: the lowest rate allowed is 0\.3"):
        optimal_tariffs(small, "E00", bounds=(0.3, 0.2))
    with pytest.raises(PolicyError, match="lowest rate -1: give fractions above -1"):
        optimal_tariffs(small, "E00", bounds=(-1, 2))
    with pytest.raises(PolicyError, match="highest rate 25: give fractions"):
        optimal_tariffs(small, "E00", bounds=(0, 25))
    with pytest.raises(PolicyError, match="the highest rate must be a number or an array"):
        optimal_tariffs(small, "E00", bounds=(0, [0.1, 0.2]))
    with pytest.raises(PolicyError, match="weights of E00 must be finite, not negative, and some positive"):
        optimal_tariffs(small, "E00", weights=[0, 0, 0, 0])
    with pytest.raises(PolicyError, match="an objective or weights by sector, not both"):
        optimal_tariffs(small, "E00", weights=[1, 1, 1, 1], objective=welfare("E00"))
    with pytest.raises(PolicyError, match="starts 0: search from at least one"):
        optimal_tariffs(small, "E00", starts=0)


def test_an_economy_that_imports_nothing_has_no_optimum(small: World) -> None:
    with pytest.raises(PolicyError, match="E00 imports nothing that these levers tax"):
        optimal_tariffs(small, "E00", partners="E01", sectors="C0")


def test_a_search_that_does_not_arrive_raises_and_says_how_far_it_came(small: World) -> None:
    with pytest.raises(SolveError, match=r"no optimum found from 1 starts.*short of the first-order condition"):
        optimal_tariffs(small, "E00", tolerance=1e-18, starts=1)
