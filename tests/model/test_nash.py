"""Nash tariffs: nobody gains by departing, by grid, by sequential answers, by closed form, and by symmetry."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import made_up
from tests.model.test_optimum import one_sector, relabelled
from tradetalks.errors import PolicyError, SolveError, UnknownCode
from tradetalks.model import solve, welfare
from tradetalks.model.nash import nash_tariffs
from tradetalks.model.optimum import optimal_tariffs
from tradetalks.model.sufficient import sufficient_tariffs
from tradetalks.world import Policy, World


def test_in_a_war_of_two_no_rate_on_a_grid_is_a_better_answer() -> None:
    world = made_up(2, 3, seed=7)
    war = nash_tariffs(world, by="uniform")
    base, closure = war.solution.world, war.solution.closure
    for player, other in (("E00", "E01"), ("E01", "E00")):
        best = war.solution.welfare[player]
        for rate in np.linspace(0, 1.5, 76):
            tried = war.policy.tariff(player, other, "*", float(rate))
            assert solve(base, tried, closure=closure).welfare[player] <= best + 1e-9


@pytest.mark.parametrize("theta", [2.5, 8.0])
def test_a_war_of_two_in_one_sector_has_the_rates_of_the_closed_form(theta: float) -> None:
    """For two economies without inputs t = 1/(θ [1 − (1 − δ) π′]) is exact (Lashkaripour 2021, Proposition 2)."""
    war = nash_tariffs(one_sector([[80, 20], [20, 60]], theta, [[0, 0.1], [0.3, 0]]))
    formula = sufficient_tariffs(war.solution, floor=0).array
    np.testing.assert_allclose(war.rates, formula, atol=1e-6)


def test_answering_in_turn_ends_at_the_same_tariffs(small: World) -> None:
    players = ["E01", "E03"]
    war = nash_tariffs(small, players=players, by="sector")
    policy = Policy(small)
    for _ in range(12):
        for player in players:
            policy = optimal_tariffs(
                small, player, by="sector", on=Policy(small, tariffs=policy.tariffs), starts=1, second_order=False
            ).policy
    np.testing.assert_allclose(war.policy.tariffs, policy.tariffs, atol=1e-5)


def test_nobody_gains_by_departing_and_every_answer_is_a_maximum(small: World) -> None:
    war = nash_tariffs(small, starts=3, seed=1)
    assert war.players == small.economies
    assert war.residual <= 1e-6
    assert all(own.curvature is not None and own.curvature < -0.1 for own in war.certificates.values())
    for code, regret in war.regrets.items():
        assert abs(regret) < 1e-7 * small.income[small.economy(code)] / 1000
    assert war.tried == 3 and [clash.searches for clash in war.equilibria] == [3]


def test_a_point_that_a_player_would_leave_for_another_peak_is_no_equilibrium() -> None:
    """Claims fixed in money reward stopping all trade: first-order conditions also hold at moderate rates."""
    world = made_up(3, 2, seed=1)
    players = ["E00", "E02"]
    blind = nash_tariffs(world, players=players, by="uniform", deficits="fixed", best_responses=False)
    assert blind.rates[0] < 1 and blind.regrets == {}
    war = nash_tariffs(world, players=players, by="uniform", deficits="fixed")
    assert war.rates[0] == pytest.approx(10)
    assert max(war.regrets.values()) < 1e-3 < war.gains["E00"] - blind.gains["E00"]


def test_alike_economies_choose_alike_and_all_lose() -> None:
    flows = np.full((3, 3), 10.0) + np.diag([70.0] * 3)
    war = nash_tariffs(one_sector(flows.tolist(), 5.0))
    assert np.ptp(war.rates) < 1e-6 and 0.2 < war.rates[0] < 0.3
    assert all(gain < -0.001 for gain in war.gains.values())
    np.testing.assert_allclose(war.gains.array, war.gains.array[0], rtol=1e-5)


def test_names_do_not_matter_in_a_war(small: World) -> None:
    order = [2, 4, 0, 3, 1]
    war = nash_tariffs(small, by="partner", second_order=False, best_responses=False)
    same = nash_tariffs(relabelled(small, order), by="partner", second_order=False, best_responses=False)
    np.testing.assert_allclose(same.policy.tariffs, war.policy.tariffs[:, order][:, :, order], atol=1e-5)


def test_those_who_do_not_play_keep_their_tariffs(small: World) -> None:
    on = Policy(small).tariff("E04", "E00", "*", 0.35)
    war = nash_tariffs(small, players=["E02", "E00"], by="uniform", on=on, sectors=["C1", "C2"])
    assert war.players == ("E00", "E02")
    moved = np.abs(war.policy.tariffs - on.tariffs) > 1e-12
    assert not moved[:, [1, 3, 4]].any() and not moved[[0, 3]].any()
    assert moved[np.ix_([1, 2], [0, 2])].any(2).all()
    assert set(war.average_rates) == {"E00", "E02"}


def test_bounds_hold_in_a_war_and_bind_where_they_are_tight(small: World) -> None:
    war = nash_tariffs(small, by="partner", bounds=(0, 0.12))
    assert war.rates.max() <= 0.12 + 1e-12
    assert sum(own.at_highest for own in war.certificates.values()) == (war.rates >= 0.12 - 1e-12).sum() > 0
    free = nash_tariffs(small, by="partner", second_order=False, best_responses=False)
    assert free.rates.max() > 0.12


def test_a_search_from_near_autarky_comes_back_to_trade(small: World) -> None:
    prohibitive = Policy(small, tariffs=np.where(np.eye(5, dtype=bool), 0, 9.0) * np.ones_like(small.tariffs))
    war = nash_tariffs(small, by="uniform", on=prohibitive, starts=2, sectors="*")
    plain = nash_tariffs(small, by="uniform", starts=2, sectors="*")
    np.testing.assert_allclose(war.rates, plain.rates, atol=1e-5)


def test_a_player_with_another_objective_chooses_other_tariffs(small: World) -> None:
    plain = nash_tariffs(small, players=["E00", "E01"], by="sector")
    weighed = nash_tariffs(small, players=["E00", "E01"], by="sector", weights={"E01": {"C2": 1.4}})
    friendly = nash_tariffs(
        small, players=["E00", "E01"], by="sector", objectives={"E00": welfare("E00") + welfare("E01")}
    )
    at = [f"{label.importer} {label.sector}" for label in plain.levers.labels].index("E01 C2")
    assert weighed.rates[at] > plain.rates[at] + 0.01
    assert friendly.average_rates["E00"] < plain.average_rates["E00"]


def test_a_war_that_cannot_be_is_refused_by_name(small: World) -> None:
    with pytest.raises(PolicyError, match="at least two are needed"):
        nash_tariffs(small, players=["E00"])
    with pytest.raises(PolicyError, match="E00 stands twice"):
        nash_tariffs(small, players=["E00", "E01", "E00"])
    with pytest.raises(PolicyError, match="give a list of economies"):
        nash_tariffs(small, players="E00")  # type: ignore[arg-type]
    with pytest.raises(UnknownCode, match="did you mean"):
        nash_tariffs(small, players=["E00", "X01"])
    with pytest.raises(PolicyError, match="an objective for E02, which chooses no tariffs here"):
        nash_tariffs(small, players=["E00", "E01"], weights={"E02": [1, 2, 3, 4]})
    with pytest.raises(PolicyError, match="E01 imports nothing that these levers tax"):
        nash_tariffs(small, players=["E00", "E01"], partners="E01")
    with pytest.raises(PolicyError, match="starts 0"):
        nash_tariffs(small, starts=0)
    with pytest.raises(SolveError, match=r"no Nash equilibrium found from 1 starts.*short of the players'"):
        nash_tariffs(small, players=["E00", "E01"], tolerance=1e-18)
