"""Closures: each is the same engine with other parts held still, certified, and differentiated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import root

from tests.conftest import made_up
from tests.model.test_solve import rich_policy
from tradetalks.errors import PolicyError
from tradetalks.model import Closure, MarketAccess, flow, government, gradients, rebase, solve, welfare
from tradetalks.model.krylov import newton_krylov
from tradetalks.world import Policy, World

ACCESS = MarketAccess(labour_share=0.2, pass_through=1.2, scale=0.1)
CLOSURES = {
    "plain": Closure(),
    "world": Closure(deficits="world", closing=0.3),
    "proportional": Closure(deficits="proportional", closing=0.5),
    "closed": Closure(deficits="closed"),
    "short run": Closure(specific=0.5),
    "labour supply": Closure(labour_supply=0.5),
    "tax relief": Closure(labour_supply=0.5, revenue="tax relief"),
    "state": Closure(revenue="state"),
    "profits": Closure(profits=0.1),
    "short run, hours, profits": Closure(profits=0.1, specific=0.3, labour_supply=1.0, deficits="world"),
    "market access": Closure(deficits="endogenous", access=MarketAccess(0.2)),
    "everything": Closure(
        deficits="endogenous", access=ACCESS, labour_supply=0.5, revenue="tax relief", specific=0.3, profits=0.1
    ),
}


@pytest.fixture(params=CLOSURES, scope="module")
def closure(request: pytest.FixtureRequest) -> Closure:
    return CLOSURES[request.param]


def test_no_change_changes_nothing_under_any_closure(small: World, closure: Closure) -> None:
    if closure.closing:
        closure = replace(closure, closing=0.0)  # closing deficits is itself a change
    solution = solve(small, closure=closure)
    assert solution.sweeps <= 2
    np.testing.assert_allclose(solution.welfare.array, 0, atol=1e-7)


def test_iteration_and_newton_krylov_agree_under_any_closure(small: World, closure: Closure) -> None:
    solution = solve(small, rich_policy(small), closure=closure)
    found = newton_krylov(solution.coefficients, 0 * solution.unknowns, tolerance=1e-12)
    assert solution.method == ("chord" if closure.plain else "Anderson")
    assert found is not None
    np.testing.assert_allclose(found[0], solution.unknowns, atol=1e-9)


def test_gradients_are_the_slopes_of_solved_equilibria_under_any_closure(small: World, closure: Closure) -> None:
    policy, step = rich_policy(small), 1e-5
    objectives = [welfare("E00"), welfare("E02") - 0.5 * flow("E00", "E01"), flow("E01", "*")]
    if closure.access is None and closure.revenue == "households":
        objectives.append(government("E01", [2, 0.5, 1, 0.7]) + 0.3 * government("E00", {"C1": 3.0}))
    found = gradients(solve(small, policy, closure=closure, tolerance=1e-12), objectives)

    def at(instrument: str, cell: tuple[int, ...], by: float) -> np.ndarray:
        levels = np.array(getattr(policy, instrument))
        levels[cell] = levels[cell] * np.exp(by) if instrument == "trade_costs" else levels[cell] + by
        solution = solve(small, replace(policy, **{instrument: levels}), closure=closure, tolerance=1e-12)
        return np.array([one.value(solution) for one in objectives])

    for cell in ((0, 0, 2), (1, 2, 1), (3, 4, 0)):
        for instrument, name in (
            ("tariffs", "tariff"), ("export_taxes", "export_tax"), ("trade_costs", "trade_cost")
        ):  # fmt: skip
            slopes = (at(instrument, cell, step) - at(instrument, cell, -step)) / (2 * step)
            ours = [getattr(gradient, name)[cell] for gradient in found]
            np.testing.assert_allclose(ours, slopes, atol=1e-8 * max(1, np.abs(slopes).max()), rtol=2e-6)


def test_a_second_change_from_a_rebased_world_composes(small: World) -> None:
    """Relabelled hats: shares stay shares when an equilibrium becomes the baseline."""
    closure = Closure(specific=0.4, profits=0.1)
    first = Policy(small).tariff("E00", "*", "*", 0.2)
    both = first.tariff("E01", "E00", "*", 0.3)
    base = solve(small, first, closure=closure).as_world()
    then = solve(base, Policy(base).tariff("E01", "E00", "*", 0.3), closure=closure)
    half, whole = solve(small, first, closure=closure), solve(small, both, closure=closure)
    np.testing.assert_allclose(half.unknowns + then.unknowns, whole.unknowns, atol=1e-8)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_short_run_is_the_root_of_its_equations(seed: int) -> None:
    """Specific factors, hours and profits at once: prices, quantities and incomes written out naively."""
    world = made_up(3, 2, seed)
    closure = Closure(specific=0.4, labour_supply=0.5, profits=0.12)
    policy = Policy(world).tariff("E00", "*", "*", 0.3).tariff("E01", "E02", "C1", 0.1, add=True)
    solution = solve(world, policy, closure=closure)
    j, n, theta = 2, 3, world.elasticities
    share, profit = world.value_added_shares.T, 0.12
    labour, tied = 0.6 * (share - profit), 0.4 * (share - profit)
    hired = (labour * world.output).sum(0)

    def gaps(z: np.ndarray) -> np.ndarray:
        w, worked = np.exp(z[:n]), np.exp(z[n : 2 * n])
        price, spent, rent = np.exp(z[2 * n :]).reshape(3, j, n)
        spent = spent * world.expenditure
        cost = np.empty((j, n))
        for s in range(j):
            for i in range(n):
                inputs = np.prod(price[:, i] ** (world.io_shares[i, :, s] / (1 - profit)))
                own = w[i] ** (labour[s, i] / (1 - profit)) * rent[s, i] ** (tied[s, i] / (1 - profit))
                cost[s, i] = own * inputs
        wedge = (1 + policy.tariffs) / (1 + world.tariffs)
        shares = world.trade_shares * (wedge * cost[:, None, :] / price[:, :, None]) ** -theta[:, None, None]
        sales = shares * spent[:, :, None] / (1 + policy.tariffs)
        made = sales.sum(1)
        income = w * worked * hired + ((tied + profit) * made).sum(0) + (policy.tariffs * sales).sum((0, 2))
        wanted = np.einsum("nkj,jn->kn", world.io_shares, made) + world.final_shares.T * (income + world.deficits)
        market = (labour * made).sum(0) / (w * worked * hired) - 1
        market[-1] = (w * hired).sum() / hired.sum() - 1
        consumer = np.prod(price**world.final_shares.T, axis=0)
        return np.concatenate((
            market, worked - (w / consumer) ** 0.5, (shares.sum(2) - 1).ravel(), (wanted / spent - 1).ravel(),
            (made / world.output / rent - 1).ravel(),
        ))  # fmt: skip

    found = root(gaps, np.zeros(2 * n + 3 * j * n), method="hybr", tol=1e-13)
    assert found.success
    wages, worked, prices = found.x[:n], found.x[n : 2 * n], found.x[2 * n :].reshape(3, -1)
    np.testing.assert_allclose(np.log(solution.wage_hat), wages, atol=1e-8)
    np.testing.assert_allclose(np.log(solution.labour_hat), worked, atol=1e-8)
    np.testing.assert_allclose(np.log(solution.price_hat).ravel(), prices[0], atol=1e-8)
    real = np.exp(prices[2]).reshape(j, n) / solution.consumer_price_hat - 1
    np.testing.assert_allclose(solution.specific_return, real, atol=1e-8)


def test_who_cannot_leave_gains_and_loses_more_than_who_can(small: World) -> None:
    """A tariff on one sector: its owners gain in the short run, more than any worker moves."""
    policy = Policy(small).tariff("E00", "*", "C1", 0.5)
    short = solve(small, policy, closure=Closure(specific=0.5))
    own = small.sectors.index("C1")
    assert short.specific_return[own, 0] > abs(short.real_wage["E00"])
    assert short.specific_return[own, 1:].max() < short.specific_return[own, 0]
    everything = short.specific_income.sum(0)
    earned = solve(small, policy, closure=Closure(specific=0.5)).sector_value_added
    assert np.abs(everything).max() < np.abs(earned).sum()


def test_a_vanishing_specific_share_is_the_long_run(small: World) -> None:
    policy = rich_policy(small)
    short, long = solve(small, policy, closure=Closure(specific=1e-9)), solve(small, policy)
    np.testing.assert_allclose(short.welfare.array, long.welfare.array, atol=1e-6)


def test_fewer_can_move_so_less_is_made_elsewhere(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "C1", 0.5)
    moved = [np.abs(solve(small, policy, closure=Closure(specific=s)).sector_output[:, 0]).max() for s in (0, 0.4, 0.8)]
    assert moved[0] > moved[1] > moved[2]


def test_a_state_that_keeps_revenue_moves_no_price_but_costs_households(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.2)
    plain, state = solve(small, policy), solve(small, policy, closure=Closure(revenue="state"))
    np.testing.assert_allclose(state.unknowns, plain.unknowns, atol=1e-10)
    lost = (plain.tariff_revenue["E00"] / plain.consumer_price_hat[0]) - small.tariff_revenue[0] / 1000
    assert plain.welfare["E00"] - state.welfare["E00"] == pytest.approx(lost, rel=1e-8)


def test_hours_are_of_no_first_order_consequence(small: World) -> None:
    """Envelope: from a world without tariffs or taxes, welfare moves by terms of trade alone though hours move."""
    free = rebase(replace(small, tariffs=0 * small.tariffs), deficits="closed")
    policy = Policy(free).tariff("E01", "*", "*", 1e-5)
    solution = solve(free, policy, closure=Closure(deficits="closed", labour_supply=2.0), tolerance=1e-13)
    first_order = free.income / 1000 * (solution.terms_of_trade["E00"])
    assert abs(solution.employment["E00"]) > 1e-8
    assert solution.welfare["E00"] == pytest.approx(first_order[0], rel=1e-4)


def test_taxes_relieved_bring_out_more_work_than_money_handed_out(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.2)
    handed = solve(small, policy, closure=Closure(labour_supply=0.5))
    relieved = solve(small, policy, closure=Closure(labour_supply=0.5, revenue="tax relief"))
    assert relieved.employment["E00"] > handed.employment["E00"]
    assert relieved.keep_hat[0] > relieved.keep_hat[1:].max()


def test_endogenous_deficits_move_with_exports(small: World) -> None:
    """What sellers pay abroad shrinks with exports, so retaliation alone changes the balance."""
    closure = Closure(deficits="endogenous", access=MarketAccess(0.25))
    policy = Policy(small).tariff("*", "E00", "*", 0.5, add=True)
    solution = solve(small, policy, closure=closure)
    balance = solution.border_flows.sum((0, 2)) - solution.border_flows.sum((0, 1))
    assert abs(balance[0] / small.deficits[0] - 1) > 0.01
    assert abs(balance.sum()) < 1e-6 * small.income.sum()


def test_markups_turn_into_profits_that_follow_sales(small: World) -> None:
    rich = replace(small, value_added_shares=np.ones_like(small.value_added_shares), io_shares=0 * small.io_shares)
    rich = rebase(replace(rich, final_shares=None))
    closure = Closure(profits="markups")
    solution = solve(rich, Policy(rich).tariff("E00", "*", "*", 0.3), closure=closure)
    sigma = 1 + rich.elasticities
    np.testing.assert_allclose(solution.profits, solution.output / sigma[:, None], rtol=1e-12)
    assert not np.allclose(solution.welfare.array, solve(rich, solution.policy).welfare.array, rtol=1e-2)


def test_equal_weights_make_a_government_of_households(small: World) -> None:
    solution = solve(small, rich_policy(small), closure=Closure(profits=0.1))
    even = government("E01", [3.0] * 4)
    assert even.value(solution) == pytest.approx(solution.welfare["E01"], rel=1e-10)


def test_named_weights_favour_their_sector(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "C1", 0.2)
    at = gradients(solve(small, policy), [welfare("E00"), government("E00", {"C1": 3.0})])
    own, others = small.sectors.index("C1"), slice(1, None)
    assert (at[1].tariff - at[0].tariff)[own, 0, others].min() > 0


WRONG = {
    "deficits": (lambda: Closure(deficits="propotional"), 'did you mean "?proportional'),  # type: ignore[arg-type]
    "revenue": (lambda: Closure(revenue="nobody"), "choose one of households, tax relief, state"),  # type: ignore[arg-type]
    "closing": (lambda: Closure(closing=1.5), "closing 1.5: give the share of deficits to close"),
    "hours": (lambda: Closure(labour_supply=-1), "labour_supply -1: give the elasticity"),
    "profits": (lambda: Closure(profits="some"), 'write "markups"'),
    "access alone": (lambda: Closure(access=ACCESS), "give both"),
    "endogenous alone": (lambda: Closure(deficits="endogenous"), "give both"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_closure_says_what_is_right(case: str) -> None:
    make, says = WRONG[case]
    with pytest.raises(PolicyError, match=says):
        make()


def test_shares_that_do_not_fit_the_world_are_refused_by_cell(small: World) -> None:
    with pytest.raises(PolicyError, match=r"profits of 0.9 of sales exceed the value added of 0\.\d+ in E\d\d, C\d"):
        solve(small, closure=Closure(profits=0.9))
    with pytest.raises(PolicyError, match=r"specific: give a number or an array \[economy, sector\] \(5, 4\)"):
        solve(small, closure=Closure(specific=np.ones(3) / 2))
    with pytest.raises(PolicyError, match="at least 0 and below 1"):
        solve(small, closure=Closure(specific=1.0))
    with pytest.raises(PolicyError, match="give one of them"):
        solve(small, closure=Closure(), deficits="closed")
    with pytest.raises(PolicyError, match="labour_share must be at least 0 and below 1"):
        solve(small, closure=Closure(deficits="endogenous", access=MarketAccess(1.2)))
    with pytest.raises(PolicyError, match="3 weights, where this world has 4 sectors"):
        government("E00", [1, 2, 3]).value(solve(small))
    with pytest.raises(PolicyError, match="some positive"):
        government("E00", [0, 0, 0, 0])


def test_a_closure_is_known_by_its_numbers() -> None:
    assert Closure(specific=np.full((2, 3), 0.3)) == Closure(specific=np.full((2, 3), 0.3))
    assert Closure(specific=0.3) != Closure(specific=0.4)
    assert (
        repr(Closure(deficits="closed", specific=np.full((2, 3), 0.3)))
        == "Closure(deficits='closed', specific=<2 x 3>)"
    )
    assert Closure(specific=0.3).horizon == "short run"


def test_the_short_run_of_the_shipped_world_names_car_makers() -> None:
    world = World.load("icio2022")
    solution = solve(world, Policy(world).tariff("USA", "JPN", "C29", 0.25), closure=Closure(specific=0.4))
    japan, cars = world.economy("JPN"), world.sectors.index("C29")
    assert solution.residual <= 1e-10
    assert solution.specific_return[cars, japan] == solution.specific_return[:, japan].min() < -0.02
