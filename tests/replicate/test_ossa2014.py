"""Ossa (2014): the engine against the paper's own fourteen equations, its tables, and its stored solutions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from tradetalks.errors import SourceError
from tradetalks.model import Solution, gradients
from tradetalks.replicate import Replication
from tradetalks.replicate.ossa2014 import changes, median_tariffs, replicate
from tradetalks.replicate.ossa2014_game import MFN, Game, balanced
from tradetalks.replicate.ossa2014_inputs import ECONOMIES, Inputs, read
from tradetalks.world import World

J, N = 33, 7
HOME = np.eye(N, dtype=bool)

# Table 3a, per cent: median optimal tariff, own welfare, welfare of the others; the mean stands last
OPTIMAL = (
    (56.1, 59.3, 61.3, 54.0, 59.6, 61.5, 60.3, 58.9),
    (1.1, 1.8, 1.9, 1.7, 4.0, 2.9, 2.3, 2.2),
    (-0.1, -0.6, -1.0, -0.1, -0.3, -1.7, -0.9, -0.7),
)
# the same at the author's stored tariffs, to more decimals
OPTIMAL_WELFARE = (1.09, 1.79, 1.90, 1.66, 4.03, 2.85, 2.32)
OTHERS_WELFARE = (-0.06, -0.60, -1.05, -0.06, -0.34, -1.70, -0.85)
# Table 4a, per cent: median Nash tariff, welfare
NASH = ((56.4, 58.6, 59.1, 54.5, 58.5, 59.7, 59.6, 58.1), (-1.9, -2.2, -2.6, -2.2, -0.8, -5.0, -2.2, -2.4))
NASH_WELFARE = (-1.95, -2.20, -2.60, -2.16, -0.76, -4.98, -2.17)


@dataclass(frozen=True)
class Equilibrium:
    """A root of the fourteen equations."""

    wage: np.ndarray
    spending: np.ndarray
    """Ê."""
    price: np.ndarray
    """P̂ of each economy."""
    flows: np.ndarray
    revenue: np.ndarray


class Paper:
    """The equilibrium in changes as the paper writes it: 2N equations in ln ŵ and ln Ê, by Newton's method.

    Nothing of the package is used: `[industry, importer, exporter]`, σ the elasticity of substitution.
    """

    def __init__(self, flows: np.ndarray, tariffs: np.ndarray, sigma: np.ndarray) -> None:
        self.flows, self.before, self.sigma = flows, 1 + tariffs, sigma[:, None]
        spent = self.before * flows
        self.bought = spent.sum(2)
        self.share = spent / self.bought[:, :, None]
        self.total = self.bought.sum(0)
        self.taste = self.bought / self.total
        self.sales = flows.sum(1)
        self.labour = ((1 - 1 / self.sigma) * self.sales).sum(0)
        self.revenue = (tariffs * flows).sum((0, 2))

    def solve(self, tariffs: np.ndarray) -> Equilibrium:
        """Balanced trade, Σ ŵ wL = Σ wL."""
        theta, kept = self.sigma - 1, 1 - 1 / self.sigma
        after = 1 + tariffs
        pull = self.share * (after / self.before) ** -theta[:, :, None]
        z = np.zeros(2 * N)
        for _ in range(50):
            cost = np.exp(-theta * z[:N])
            index = (pull * cost[:, None, :]).sum(2)
            share = pull * cost[:, None, :] / index[:, :, None]
            bought = self.bought * np.exp(z[N:])
            flows = share / after * bought[:, :, None]
            sales, wages = flows.sum(1), np.exp(z[:N]) * self.labour
            revenue = bought.sum(0) - flows.sum((0, 2))
            earned = wages + (sales / self.sigma).sum(0) + revenue
            gap = np.concatenate(((kept * sales).sum(0) - wages, earned - bought.sum(0)))
            gap[N - 1] = wages.sum() - self.labour.sum()
            if np.abs(gap).max() < 1e-12 * self.total.sum():
                break
            # ∂ ln V_jni = −θ ∂ ln w_i + θ Σ_m π_jnm ∂ ln w_m + ∂ ln E_n; what is spent beyond V is revenue
            moved = theta[:, :, None, None] * flows[..., None] * (share[:, :, None, :] - np.eye(N))
            moved = np.concatenate((moved, np.einsum("jni,nm->jnim", flows, np.eye(N))), axis=3)
            labour = np.einsum("jk,jnim->im", kept, moved)
            budget = np.einsum("jk,jnim->im", 1 / self.sigma, moved) - moved.sum((0, 2))
            labour[:, :N] -= np.diag(wages)
            budget[:, :N] += np.diag(wages)
            matrix = np.concatenate((labour, budget))
            matrix[N - 1] = np.concatenate((wages, np.zeros(N)))
            step = np.linalg.solve(matrix, -gap)
            z = z + step * min(1, 1 / np.abs(step).max())
        else:
            raise ArithmeticError("no root")
        price = np.exp(-(self.taste * np.log(index) / theta).sum(0))
        return Equilibrium(np.exp(z[:N]), np.exp(z[N:]), price, flows, revenue)

    def government(self, at: Equilibrium, weights: np.ndarray) -> np.ndarray:
        """Ĝ: weighted incomes of industries over the price level."""
        before = self._incomes(self.sales, self.revenue)
        after = self._incomes(at.flows.sum(1), at.revenue)
        return (weights * after).sum(0) / (weights * before).sum(0) / at.price

    def _incomes(self, sales: np.ndarray, revenue: np.ndarray) -> np.ndarray:
        employed = (1 - 1 / self.sigma) * sales
        return sales + employed / employed.sum(0) * revenue


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "replication" / "ossa2014"


@pytest.fixture(scope="module")
def inputs(folder: Path) -> Inputs:
    return read(folder)


@pytest.fixture(scope="module")
def world(inputs: Inputs) -> World:
    return balanced(inputs.world)


@pytest.fixture(scope="module")
def equations(folder: Path) -> Paper:
    """The paper's equations on the author's own balanced accounts, read here without the package."""
    table = loadmat(folder / "ossa2014_inputs.mat")
    flows, tariffs = (table[name].reshape(J, N, N).swapaxes(1, 2) for name in ("TRADE", "TARIFF"))
    return Paper(flows, tariffs, table["SIGMA"][:, 0])


@pytest.fixture(scope="module")
def war(world: World) -> Solution:
    """Nash tariffs without lobbying."""
    return Game(world).nash(np.where(HOME, 0, 0.5) * np.ones((J, N, N)))


@pytest.fixture(scope="module")
def paper(folder: Path) -> Replication:
    return replicate(folder)


def column(paper: Replication, case: str, measure: str) -> np.ndarray:
    """A column of a table, the mean last."""
    values = [row.ours for row in paper.rows if (row.case, row.column) == (case, measure) and row.table != "Abstract"]
    assert len(values) == N + 1, f"no column {measure} in {case}"
    return np.array(values)


def alone(world: World, tariffs: np.ndarray, n: int) -> np.ndarray:
    """Factual tariffs, but for those of n."""
    rates = np.array(world.tariffs)
    rates[:, n] = tariffs[:, n]
    return rates


# ---- data and model -----------------------------------------------------------------------------------------------


def test_the_raw_accounts_are_those_of_the_paper(inputs: Inputs) -> None:
    world = inputs.world
    np.testing.assert_allclose(-world.deficits / 1000, (38.9, 406.6, 216.2, -12.0, 296.5, -389.7, -556.5), atol=0.05)
    np.testing.assert_allclose(100 * median_tariffs(world.tariffs), (8.6, 5.8, 2.3, 15.0, 1.2, 6.4, 1.1), atol=0.05)
    us, japan, china = (world.economies.index(name) for name in ("US", "Japan", "China"))
    assert world.flows[:, us, japan].sum() == pytest.approx(142_456, abs=0.5)
    assert world.flows[:, us, china].sum() == pytest.approx(311_230, abs=0.5)
    assert (1 + world.elasticities).mean() == pytest.approx(3.4216, abs=1e-4)
    np.testing.assert_allclose(inputs.weights.mean(0), 1, atol=1e-12)


def test_removing_deficits_gives_the_authors_balanced_accounts(world: World, equations: Paper) -> None:
    np.testing.assert_allclose(world.flows, equations.flows, rtol=4e-10)
    assert np.abs(world.deficits / world.income).max() < 2e-11


@pytest.mark.parametrize("n", range(N), ids=ECONOMIES)
def test_welfare_at_the_authors_optimal_tariffs_by_two_routes(
    world: World, inputs: Inputs, equations: Paper, n: int
) -> None:
    rates = alone(world, inputs.optimal, n)
    change = changes(Game(world).at(rates))["welfare"]
    assert 100 * change[n] == pytest.approx(OPTIMAL_WELFARE[n], abs=0.00501)
    assert 100 * np.delete(change, n).mean() == pytest.approx(OTHERS_WELFARE[n], abs=0.00501)
    other = equations.solve(rates)
    np.testing.assert_allclose(change, other.spending / other.price - 1, atol=1e-8)


def test_everything_reported_at_the_authors_nash_tariffs_by_two_routes(
    world: World, inputs: Inputs, equations: Paper
) -> None:
    solution, other = Game(world).at(inputs.nash), equations.solve(inputs.nash)
    found = changes(solution, inputs.weights)
    np.testing.assert_allclose(100 * found["welfare"], NASH_WELFARE, atol=0.00501)
    np.testing.assert_allclose(found["welfare"], other.spending / other.price - 1, atol=1e-8)
    np.testing.assert_allclose(found["government"], equations.government(other, inputs.weights) - 1, atol=1e-8)
    np.testing.assert_allclose(found["wage"], other.wage - other.wage.mean(), atol=1e-8)
    earned = (other.flows.sum(1) / equations.sigma).sum(0) / (equations.sales / equations.sigma).sum(0)
    np.testing.assert_allclose(found["profits"], earned / other.wage - 1, atol=1e-8)
    np.testing.assert_allclose(solution.flows, other.flows, rtol=1e-7)


def test_with_equal_weights_the_governments_payoff_is_welfare(world: World, inputs: Inputs) -> None:
    solution = Game(world).at(inputs.nash)
    equal, given = changes(solution, np.ones((J, N))), changes(solution, inputs.weights)
    np.testing.assert_allclose(equal["government"], equal["welfare"], atol=1e-9)
    assert np.abs(given["government"] - given["welfare"]).max() > 1e-3


@pytest.mark.parametrize("lobbying", [False, True], ids=["welfare", "lobbying"])
def test_gradients_of_all_governments_are_those_of_the_papers_equations(
    world: World, inputs: Inputs, equations: Paper, lobbying: bool
) -> None:
    game = Game(world, inputs.weights if lobbying else None)
    weights = inputs.weights if lobbying else np.ones((J, N))
    direction = np.where(HOME, 0, np.random.default_rng(7).normal(size=(J, N, N)))
    found = [float((one.tariff * direction).sum()) for one in gradients(game.at(inputs.nash), game.aims)]
    up, down = (
        equations.government(equations.solve(inputs.nash + step * direction), weights) for step in (1e-5, -1e-5)
    )
    np.testing.assert_allclose(np.array(found) / (world.income / 1000), (up - down) / 2e-5, atol=2e-8)


# ---- tariffs ------------------------------------------------------------------------------------------------------


def test_nobody_gains_in_the_papers_equations_by_leaving_our_nash_tariffs(war: Solution, equations: Paper) -> None:
    draw = np.random.default_rng(3)
    rates = war.policy.tariffs
    at = equations.solve(rates)
    for n in range(N):
        for spread in (0.01, 0.1):
            moved = np.array(rates)
            moved[:, n] = (1 + moved[:, n]) * np.exp(spread * draw.normal(size=(J, N))) - 1
            moved[:, n, n] = 0
            other = equations.solve(moved)
            assert (other.spending / other.price)[n] < (at.spending / at.price)[n]


def test_our_nash_tariffs_are_close_to_the_authors(war: Solution, inputs: Inputs) -> None:
    apart = np.abs(war.policy.tariffs - inputs.nash)[:, ~HOME]
    assert apart.max() < 0.04 and np.median(apart) < 0.0015
    assert 100 * np.abs(changes(war)["welfare"] - np.array(NASH_WELFARE) / 100).max() < 0.02


def test_agreed_tariffs_are_efficient_in_the_papers_equations(world: World, equations: Paper) -> None:
    """Weighted by the agreement's own weights, no small move of tariffs within the bounds is worth anything."""
    deal = Game(world).talks(Game(world).at(world.tariffs).policy)
    weights, rates = np.array(list(deal.multipliers.values())), deal.policy.tariffs
    gain = changes(deal.solution)["welfare"]
    assert np.ptp(gain) < 1e-8 and gain.min() > 0.005
    draw = np.random.default_rng(11)

    def worth(tariffs: np.ndarray) -> float:
        other = equations.solve(tariffs)
        return float(weights @ np.log(other.spending / other.price))

    inside = rates > 1e-9
    for _ in range(10):
        direction = np.where(HOME, 0, draw.normal(size=(J, N, N)) * (1 + rates))
        within = np.where(inside, direction, 0)
        assert abs(worth(rates + 1e-5 * within) - worth(rates - 1e-5 * within)) / 2e-5 < 1e-6
        assert worth(rates + 1e-4 * np.where(inside, 0, np.abs(direction))) < worth(rates)  # rates at zero would fall


def test_lobbying_weights_bring_out_the_pattern_of_tariffs_they_were_chosen_for(
    world: World, inputs: Inputs, folder: Path
) -> None:
    """The author chose λ so that optimal MFN tariffs vary over industries as non-cooperative tariffs do."""
    targets = loadmat(folder / "ossa2014_inputs.mat")["TARGETTARIFF"]
    for n in (ECONOMIES.index("Brazil"), ECONOMIES.index("US")):
        open_ = targets[:, n] < 2.25
        for weights, lowest, highest in ((inputs.weights, 0.998, 1.0), (None, -1.0, 0.5)):
            rates = Game(world, weights, MFN).optima(n)[0].solution.policy.tariffs[:, n, (n + 1) % N]
            assert lowest < np.corrcoef(rates[open_], targets[open_, n])[0, 1] <= highest


# ---- tables -------------------------------------------------------------------------------------------------------


def test_welfare_in_tables_3a_and_4a_as_published_and_medians_within_a_point(paper: Replication) -> None:
    compared = [row for row in paper.rows if row.published is not None]
    assert len(compared) == 2 * 24 + 2 * 16 + 4
    for row in compared:
        if row.column != "median tariff" or row.table == "Abstract" or "author" in row.case:
            assert row.agrees, row
        else:
            assert row.difference is not None and abs(row.difference) < 1, row
    assert paper.residual <= 1e-10


def test_nobody_departs_from_nash_tariffs_with_or_without_lobbying(paper: Replication) -> None:
    for case in ("Nash tariffs", "Nash tariffs with lobbying"):
        assert np.abs(column(paper, case, "gain from departing alone")).max() < 1e-7
    assert column(paper, "Nash tariffs, the author's", "gain from departing alone").max() < 1e-4


def test_the_best_of_several_local_optima_is_taken(paper: Replication) -> None:
    """From closures of rice, wheat or both Japan's government ends at 2.43, 2.59 or 2.62 per cent."""
    assert column(paper, "optimal tariffs with lobbying", "government, own")[4] == pytest.approx(2.6217, abs=1e-3)
    assert any("Japan 2.62, 2.59" in note for note in paper.notes)


@pytest.mark.parametrize("start", ["Nash tariffs", "factual tariffs", "zero tariffs"])
def test_talks_share_gains_alike_and_subsidies_add_to_them(paper: Replication, start: str) -> None:
    restricted = column(paper, f"talks from {start}", "welfare")
    free = column(paper, f"talks from {start}, subsidies allowed", "welfare")
    lobbied = column(paper, f"talks from {start} with lobbying", "government")
    for gains in (restricted, free, lobbied):
        assert np.ptp(gains) < 1e-4 and gains.min() > 0
    assert free.min() > restricted.max()


def test_the_worse_the_start_the_more_talks_bring(paper: Replication) -> None:
    for how, measure in (("", "welfare"), (", subsidies allowed", "welfare"), (" with lobbying", "government")):
        gains = [column(paper, f"talks from {start} tariffs{how}", measure)[N] for start in ("Nash", "factual", "zero")]
        assert gains[0] > gains[1] > gains[2] > 0


# ---- files --------------------------------------------------------------------------------------------------------


def test_missing_and_misshapen_inputs_are_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SourceError, match=r"ossa2014_inputs.mat is missing"):
        replicate(tmp_path)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    nash = tmp_path / "NASHTARIFFBASs.mat"
    whole = nash.read_bytes()
    for wrong, message in (
        ({"NASHTARIFFBASs": np.zeros((7, 33))}, r"has shape \(7, 33\), where \(7, 7, 33\) is needed"),
        ({"NASHTARIFFBASs": np.full((7, 7, 33), np.nan)}, "finite numbers"),
        ({"NASH": np.zeros((7, 7, 33))}, "no table NASHTARIFFBASs"),
    ):
        savemat(nash, wrong)
        with pytest.raises(SourceError, match=message):
            read(tmp_path)
    for broken in (b"", b"a,b\n1,2\n", whole[: len(whole) // 2], whole[:-30] + b"x" * 30):
        nash.write_bytes(broken)
        with pytest.raises(SourceError, match=r"NASHTARIFFBASs.mat: not a MAT file"):
            read(tmp_path)
