"""What must be true of any equilibrium, whatever the world and the policy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import made_up
from tradetalks.model import Closure, MarketAccess, solve
from tradetalks.model.sweep import evaluate
from tradetalks.world import Policy, World

worlds = st.builds(made_up, st.integers(2, 5), st.integers(1, 4), st.integers(0, 50))
rates = st.floats(0, 0.6)
parts = {
    "specific": st.sampled_from([0.0, 0.3, 0.7]),
    "labour_supply": st.sampled_from([0.0, 0.5, 2.0]),
    "revenue": st.sampled_from(["households", "tax relief", "state"]),
    "profits": st.sampled_from([0.0, 0.1, 0.25]),
}
access = st.builds(MarketAccess, st.sampled_from([0.1, 0.3]), st.sampled_from([1.0, 1.2]), st.sampled_from([0.0, 0.1]))
scale_free = st.builds(Closure, deficits=st.sampled_from(["world", "proportional"]), **parts) | st.builds(
    Closure, deficits=st.just("endogenous"), access=access, **parts
)
closures = scale_free | st.builds(Closure, **parts)


@given(worlds, closures)
def test_no_shock_no_change(world: World, closure: Closure) -> None:
    solution = solve(world, closure=closure)
    np.testing.assert_allclose(solution.real_income.array, 0, atol=1e-9)
    np.testing.assert_allclose(solution.welfare_change.array, 0, atol=1e-9)


@given(worlds, rates, closures, st.randoms(use_true_random=False))
def test_relabelling_economies_and_sectors_permutes_the_result(  # type: ignore[no-untyped-def]
    world: World, rate: float, closure: Closure, random
) -> None:
    n, j = list(range(len(world.economies))), list(range(len(world.sectors)))
    random.shuffle(n)
    random.shuffle(j)
    moved = World(
        tuple(world.economies[k] for k in n), tuple(world.sectors[k] for k in j),
        world.flows[np.ix_(j, n, n)], world.tariffs[np.ix_(j, n, n)], world.io_shares[np.ix_(n, j, j)],
        world.value_added_shares[np.ix_(n, j)], world.elasticities[j], world.final_shares[np.ix_(n, j)],
    )  # fmt: skip
    here = solve(world, Policy(world).tariff("E00", "E01", "*", rate), closure=closure)
    there = solve(moved, Policy(moved).tariff("E00", "E01", "*", rate), closure=closure)
    for code in world.economies:
        assert here.real_income[code] == pytest.approx(there.real_income[code], abs=1e-9)


@given(worlds, rates, closures)
def test_halves_of_an_economy_without_a_border_are_worth_the_whole(world: World, rate: float, closure: Closure) -> None:
    """Split the last economy in two with equal demands and equal supplies; nothing real may change."""
    n = len(world.economies)
    spread = np.eye(n)[:, [*range(n), n - 1]]
    weight = np.r_[np.ones(n - 1), 0.5, 0.5]
    double = lambda a: np.einsum("jni,nm,ik->jmk", a, spread, spread)  # noqa: E731
    inside = [*range(n), n - 1]
    halves = World(
        (*world.economies, "E99"), world.sectors, double(world.flows) * np.outer(weight, weight),
        world.tariffs[np.ix_(range(len(world.sectors)), inside, inside)], world.io_shares[inside],
        world.value_added_shares[inside], world.elasticities, world.final_shares[inside],
    )  # fmt: skip
    whole = solve(world, Policy(world).tariff("E00", "E01" if n > 2 else "*", "*", rate), closure=closure)
    exporter = "E01" if n > 2 else "*"
    split = Policy(halves).tariff("E00", exporter, "*", rate)
    both = solve(halves, split, closure=closure)
    for code in world.economies:
        assert whole.real_income[code] == pytest.approx(both.real_income[code], abs=1e-8)


@given(worlds, rates, st.floats(0.1, 1000), closures)
def test_the_unit_of_money_does_not_matter(world: World, rate: float, unit: float, closure: Closure) -> None:
    scaled = replace(world, flows=world.flows * unit)
    here = solve(world, Policy(world).tariff("E00", "*", "*", rate), closure=closure)
    there = solve(scaled, Policy(scaled).tariff("E00", "*", "*", rate), closure=closure)
    np.testing.assert_allclose(here.real_income.array, there.real_income.array, atol=1e-9)
    np.testing.assert_allclose(there.welfare.array, unit * here.welfare.array, rtol=1e-6, atol=1e-9 * unit * 1e5)


@given(worlds, rates, scale_free, st.floats(0.5, 2))
def test_the_numeraire_does_not_matter_where_deficits_breathe(
    world: World, rate: float, closure: Closure, level: float
) -> None:
    """All wages, prices and values times a constant: every market clears still, and money scales."""
    solution = solve(world, Policy(world).tariff("E00", "*", "*", rate), closure=closure)
    shifted = np.array(solution.unknowns)
    shifted[: len(shifted) - (len(world.economies) if closure.labour_supply else 0)] += np.log(level)
    here, there = solution.state, evaluate(solution.coefficients, shifted)
    np.testing.assert_allclose(there.labour, level * here.labour, rtol=1e-9)
    np.testing.assert_allclose(there.income, level * here.income, rtol=1e-9)
    np.testing.assert_allclose(there.output, level * here.output, rtol=1e-9)
    np.testing.assert_allclose(there.labour, there.wages, rtol=1e-8)


@given(worlds, rates, closures)
def test_walras_what_is_bought_is_sold_and_incomes_add_up(world: World, rate: float, closure: Closure) -> None:
    solution = solve(world, Policy(world).tariff("E00", "*", "*", rate), closure=closure)
    np.testing.assert_allclose(solution.flows.sum(1), solution.output, rtol=1e-9, atol=1e-9)
    spent = solution.spending.sum() - np.einsum("nkj,jn->", world.io_shares, solution.output)
    assert spent == pytest.approx(solution.income.sum(), rel=1e-9)
    deficits = solution.border_flows.sum((0, 2)) - solution.border_flows.sum((0, 1))
    assert abs(deficits.sum()) <= 1e-9 * solution.income.sum()


@given(worlds, st.floats(0.5, 0.99), parts["specific"], parts["labour_supply"])
def test_an_economy_gains_when_its_own_imports_get_cheaper_to_bring_in(
    world: World, factor: float, specific: float, labour_supply: float
) -> None:
    free = replace(world, tariffs=np.zeros_like(world.tariffs), final_shares=world.final_shares)
    closure = Closure(deficits="closed", specific=specific, labour_supply=labour_supply)
    solution = solve(free, Policy(free).trade_cost("E00", "*", "*", factor), closure=closure)
    assert solution.welfare["E00"] > 0


@given(worlds)
def test_first_order_terms_are_the_slope_of_real_income(world: World) -> None:
    """d ln W = terms of trade + volume of trade for a small change with balanced trade (extension h)."""
    step = 1e-5
    solution = solve(world, Policy(world).tariff("E00", "*", "*", step, add=True), deficits="closed", tolerance=1e-12)
    first_order = solution.terms_of_trade.array + solution.volume_of_trade.array
    np.testing.assert_allclose(solution.real_income.array / step, first_order / step, atol=2e-4)
