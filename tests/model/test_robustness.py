"""Far beyond policy: an equilibrium that can be believed, or the reason why there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.robustness import RULES, Case, cases, judge, walls
from tests.conftest import made_up
from tradetalks.errors import PolicyError, SolveError
from tradetalks.model import Closure, MarketAccess, solve
from tradetalks.model.newton import newton
from tradetalks.model.probe import probe
from tradetalks.world import Policy, World


@pytest.fixture(scope="module")
def grid() -> dict[tuple[str, str], Case]:
    """The cases on the world that ships, by elasticities and shock, with deficits fixed."""
    world = World.load("icio2022")
    wanted = {*SOLVED, *NEAR_AUTARKY, *REFUSED}
    found = {}
    for case in cases(world, ("USA", "CHN", "SGP"), ("fixed",)):
        if (case.elasticities, case.shock) in wanted:
            found[case.elasticities, case.shock] = case
    return found


SOLVED = [
    ("as given", "USA +200 points on all"),
    ("as given", "everybody +50 points"),
    ("as given", "free trade"),
    ("largest 65", "CHN +200 points on all"),
    ("largest 65", "SGP +200 points on all"),
    ("petroleum 65", "everybody +50 points"),
    ("a tenth", "trade costs x 5"),
    ("as given", "no trade of a pair, USA +200 points"),
    ("as given", "no trade in a sector, USA +200 points"),
    ("as given", "an own flow of zero, USA +200 points"),
    ("as given", "no own flows in a sector, USA +200 points"),
    ("as given", "a sector of 1e-9, USA +200 points"),
]
NEAR_AUTARKY = [("as given", "everybody +2000 points"), ("largest 65", "USA +200 points on all")]
REFUSED = {
    ("as given", "USA subsidises imports by 90 %"): "United States cannot finance its subsidies",
    ("as given", "deficits x 4"): "Ireland cannot finance its surplus",
    ("as given", "nobody sells an importer a sector, own tariffs"): "no flow brings it any",
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", SOLVED, ids=" ".join)
def test_hard_cases_on_the_world_that_ships_are_solved(
    grid: dict[tuple[str, str], Case], name: tuple[str, str], rule: str
) -> None:
    outcome = judge(replace(grid[name], deficits=rule))
    assert outcome.verdict == "solved" and outcome.residual <= 1e-10, outcome.message


@pytest.mark.parametrize("name", NEAR_AUTARKY, ids=" ".join)
def test_where_hardly_any_trade_is_left_it_still_balances(
    grid: dict[tuple[str, str], Case], name: tuple[str, str]
) -> None:
    """Trade is down to 1e-6 of sales and less; yet each economy's exports pay its imports."""
    case = grid[name]
    found = solve(case.policy.world, case.policy, deficits="closed")
    assert found.residual <= 1e-10
    abroad = found.border_flows * (1 - np.eye(len(found.world.economies)))
    np.testing.assert_allclose(abroad.sum((0, 1)), abroad.sum((0, 2)), rtol=1e-6)
    assert (abroad.sum((0, 1)) / found.output.sum(0)).min() < 1e-4


@pytest.mark.parametrize("name", REFUSED, ids=" ".join)
def test_what_nobody_can_pay_is_refused_by_name(grid: dict[tuple[str, str], Case], name: tuple[str, str]) -> None:
    outcome = judge(grid[name])
    assert outcome.verdict == "refused" and REFUSED[name] in outcome.message


def test_no_case_of_the_grid_on_a_small_world_is_broken() -> None:
    world = made_up(4, 2, 7)
    outcomes = [judge(case) for case in cases(world, world.economies[:3])]
    assert [one for one in outcomes if one.verdict == "broken"] == []
    solved = [one for one in outcomes if one.verdict == "solved"]
    assert len(solved) > len(outcomes) / 2
    for one in solved:
        assert one.sweeps > 0 and one.residual <= 1e-10
    tariffs_alone = [one for one in outcomes if one.case.shock.startswith(("everybody +", "free trade", "E0"))]
    closed = [one for one in tariffs_alone if one.case.deficits == "closed" and "subsid" not in one.case.shock]
    assert closed and all(one.verdict == "solved" for one in closed)


def test_an_equilibrium_leaves_everybody_some_income() -> None:
    """The equations alone also hold where final demand is negative: there a surplus is owed that cannot be paid."""
    world = World.load("icio2022")
    able = solve(world, walls(world, 1.2))
    assert 0 < (able.income / world.income).min() < 0.1
    with pytest.raises(SolveError, match=r"9\d% of the shock, Ireland cannot finance its surplus"):
        solve(world, walls(world, 1.45))


def test_the_share_of_the_shock_that_is_named_can_be_walked() -> None:
    world = made_up(6, 3, 3)
    with pytest.raises(SolveError, match="cannot finance its surplus") as refused:
        solve(world, walls(world, 400.0))
    share = float(str(refused.value).split("continuation to ")[1].split("%")[0]) / 100
    factor = (1 + world.tariffs + 400.0) / (1 + world.tariffs)
    off = ~np.eye(6, dtype=bool)

    def at(part: float) -> Policy:
        return Policy(world, tariffs=np.where(off, (1 + world.tariffs) * factor**part - 1, 0))

    assert 0.05 < share < 0.95
    assert solve(world, at(share - 0.01)).residual <= 1e-10
    with pytest.raises(SolveError):
        solve(world, at(share + 0.02))


def test_an_economy_without_trade_is_untouched_by_the_tariffs_of_others() -> None:
    world = made_up(5, 3, 2, deficits=False)
    flows = np.array(world.flows)
    flows[:, 2, [0, 1, 3, 4]] = flows[:, [0, 1, 3, 4], 2] = 0
    cut = replace(world, flows=flows, name="one alone")
    solution = solve(cut, Policy(cut).tariff("E00", "*", "*", 0.5), deficits="closed")
    assert solution.real_income["E02"] == pytest.approx(0, abs=1e-10)
    assert abs(solution.real_income["E00"]) > 1e-4


def test_two_economies_that_do_not_trade_are_each_their_own_world() -> None:
    two = World.load("two_by_two")
    flows = np.array(two.flows) * np.eye(2)
    apart = replace(two, flows=flows, name="apart")
    solution = solve(apart, Policy(apart).tariff("USA", "JPN", "*", 1.0))
    np.testing.assert_allclose(solution.real_income.array, 0, atol=1e-12)


@pytest.mark.parametrize("one_way", ["sells abroad and buys nothing there", "buys abroad and sells nothing there"])
def test_trade_one_way_without_deficits_is_refused_by_name(one_way: str) -> None:
    world = made_up(4, 2, 1)
    flows, others = np.array(world.flows), [0, 2, 3]
    if one_way.startswith("sells"):
        flows[:, 1, others] = 0
    else:
        flows[:, others, 1] = 0
    crooked = replace(world, flows=flows)
    with pytest.raises(SolveError, match=f"E01 {one_way}"):
        solve(crooked, deficits="closed")


def test_deficits_in_world_wages_are_fixed_ones_in_the_long_run(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.7)
    ours, theirs = (solve(small, policy, deficits=rule).unknowns for rule in ("fixed", "world"))  # type: ignore[arg-type]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_newton_balances_trade_where_sales_hide_it() -> None:
    """With trade of 1e-9 a wage off by a per cent costs the labour market 1e-11; the balances still find it."""
    world = made_up(4, 2, 5, deficits=False)
    flows, others = np.array(world.flows), [0, 2, 3]
    flows[:, 1, others] *= 1e-9
    flows[:, others, 1] *= 1e-9
    faint = replace(world, flows=flows)
    policy = Policy(faint).tariff("E00", "E01", "*", 0.3)
    solution = solve(faint, policy, deficits="closed")
    wrong = np.array(solution.unknowns)
    wrong[:4] += [0, 0.01, 0, 0]
    found = newton(solution.coefficients, wrong, tolerance=1e-12)
    assert found is not None
    np.testing.assert_allclose(
        found[0][:4], newton(solution.coefficients, 0 * wrong, tolerance=1e-12)[0][:4], atol=1e-6
    )  # type: ignore[index]


# ---- more than one equilibrium ------------------------------------------------------------------------------------

SCALE = Closure(deficits="endogenous", labour_supply=4.0, access=MarketAccess(labour_share=0.0, scale=0.4))
"""Costs fall with employment, and employment rises with the real wage: work can gather on either side."""


@pytest.fixture(scope="module")
def twins() -> World:
    """Two economies that are alike."""
    flows = [[[60.0, 40.0], [40.0, 60.0]]]
    return World(("AAA", "BBB"), ("C1",), flows, np.zeros((1, 2, 2)), np.zeros((2, 1, 1)), [[1.0], [1.0]], [6.0])


def test_economies_of_scale_have_three_equilibria_and_the_probe_finds_them(twins: World) -> None:
    found = probe(twins, closure=SCALE)
    assert len(found) == 3
    real = np.array([one.real_income.array for one in found])
    np.testing.assert_allclose(real[0], 0, atol=1e-9)  # the baseline, which repels iteration
    gathered = real[real[:, 0].argsort()][[0, 2]]
    np.testing.assert_allclose(gathered[0], gathered[1][::-1], rtol=1e-8)  # mirror images
    assert gathered[1, 0] > 0.5 and gathered[1, 1] < -0.5
    assert all(one.residual <= 1e-10 for one in found)


@pytest.mark.parametrize("rule", RULES)
def test_the_core_model_has_one_equilibrium_from_wherever_it_is_looked_for(small: World, rule: str) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 1.0).tariff("E01", "E02", "*", 2.0)
    (only,) = probe(small, policy, deficits=rule, starts=4)  # type: ignore[arg-type]
    np.testing.assert_allclose(only.unknowns, solve(small, policy, deficits=rule).unknowns, atol=1e-8)  # type: ignore[arg-type]


def test_the_probe_refuses_what_it_cannot_look_at(small: World) -> None:
    with pytest.raises(SolveError, match="cannot finance"):
        probe(small, walls(small, 400.0), starts=1)
    with pytest.raises(PolicyError, match="commitments"):
        probe(small, Policy(small).commitment("E00", "E01", "*", 1.0), starts=1)
