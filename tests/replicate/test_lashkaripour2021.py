"""Lashkaripour (2021): the release's Nash tariffs, the same by another method, and what the formula neglects."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tradetalks.errors import SourceError
from tradetalks.model import solve
from tradetalks.model.sufficient import Delta, sufficient_nash, uniform_tariffs
from tradetalks.replicate import Replication
from tradetalks.replicate.lashkaripour2021 import FILE, RELEASE, find, purged, read, replicate, with_services
from tradetalks.world import World

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats

h5py = pytest.importorskip("h5py", reason="the inputs are an HDF5 file (extra sources)")

# Nash tariff and real GDP, per cent, of an independent implementation of the published system
WITH_REVENUE = {"USA": (41.08, -0.62), "JPN": (42.85, -0.47), "DEU": (53.97, -1.15), "CAN": (29.66, -2.54)}
SERVICES_TEN = {"USA": (40.81, -0.76), "JPN": (44.90, -0.53), "DEU": (59.05, -0.99), "CAN": (23.93, -2.62)}


@pytest.fixture(scope="module")
def wiod(data: Path) -> Path:
    return data / "sources" / "wiod"


@pytest.fixture(scope="module")
def raw(wiod: Path) -> World:
    return read(wiod)


@pytest.fixture(scope="module")
def base(raw: World) -> World:
    return purged(raw)


@pytest.fixture(scope="module")
def paper(wiod: Path) -> Replication:
    return replicate(wiod)


def value(paper: Replication, case: str, row: str, column: str) -> float:
    return next(r.ours for r in paper.rows if r.case.startswith(case) and (r.row, r.column) == (row, column))


def test_the_release_to_its_last_decimal(paper: Replication) -> None:
    rows = [row for row in paper.rows if row.case.startswith("release") and row.published is not None]
    assert len(rows) == 2 * len(RELEASE)
    assert [row for row in rows if not row.agrees] == []
    assert paper.residual <= 1e-10


@pytest.mark.parametrize(
    ("case", "known"),
    [("IS elasticities, formula with δ", WITH_REVENUE), ("services elasticity 10, δ = 0", SERVICES_TEN)],
)
def test_other_variants_as_an_independent_implementation_has_them(
    paper: Replication, case: str, known: dict[str, tuple[float, float]]
) -> None:
    for code, (tariff, real) in known.items():
        assert value(paper, case, code, "Nash tariff") == pytest.approx(tariff, abs=0.00501)
        assert value(paper, case, code, "real GDP") == pytest.approx(real, abs=0.00501)


def test_the_printed_table_is_near_and_not_met(paper: Replication) -> None:
    """Its tariffs and flows were others: the table stands as documentation, with its differences."""
    printed = [row for row in paper.rows if row.published is not None and not row.case.startswith("release")]
    assert len(printed) == 8 and not all(row.agrees for row in printed)
    for row in printed:
        assert abs(row.difference or 0) < (3 if row.column == "Nash tariff" else 0.3)


# ---- a second route: Newton's method on the published system ------------------------------------------------------


class System:
    """The 3N equations of Lashkaripour (2021), Proposition 2, in ln ŵ, ln Ŷ, ln(1+t), straight from the file.

    `paid` `[j, n, i]` are purchases with tariffs. The Jacobian is taken by complex steps, exact to the last digit.
    """

    def __init__(self, paid: Floats, tariffs: Floats, theta: Floats) -> None:
        self.theta, self.tariffs, self.n = theta[:, None, None], tariffs, paid.shape[1]
        self.spent = paid.sum((0, 2))
        self.share = paid.sum(2) / self.spent
        self.pi = paid / paid.sum(2)[:, :, None]
        self.wages = (paid / (1 + tariffs)).sum((0, 1))

    def markets(self, w, y, tariffs):  # type: ignore[no-untyped-def]
        """Shares, net sales, price indices, and what the wage and income equations miss."""
        dearer = np.log(1 + tariffs) - np.log(1 + self.tariffs) + w
        attractive = self.pi * np.exp(-self.theta * dearer)
        total = attractive.sum(2)
        pi = attractive / total[:, :, None]
        sales = pi * (self.share * np.exp(y) * self.spent)[:, :, None] / (1 + tariffs)
        earned = np.exp(w) * self.wages
        wage_rows = (sales.sum((0, 1)) - earned) / self.wages
        wage_rows[-1] = (earned - self.wages).sum() / self.wages.sum()
        income_rows = (earned + (tariffs * sales).sum((0, 2))) / self.spent - np.exp(y)
        return pi, sales, total, np.concatenate((wage_rows, income_rows))

    def purged(self) -> System:
        """Balanced at the tariffs of the data (Dekle, Eaton and Kortum 2007)."""
        n = self.n
        x = newton(lambda x: self.markets(x[:n], x[n:], self.tariffs)[3], np.zeros(2 * n))
        return System(
            self.markets(x[:n], x[n:], self.tariffs)[1] * (1 + self.tariffs), self.tariffs, self.theta.ravel()
        )

    def nash(self, delta: Delta, rate: float) -> tuple[Floats, Floats, Floats]:
        """Rates, wages (hats) and the change of real income, each `[n]`, from a start at `rate` everywhere."""
        n, abroad = self.n, 1 - np.eye(self.n)

        def rows(x):  # type: ignore[no-untyped-def]
            t = np.expm1(x[2 * n :])
            pi, sales, total, missed = self.markets(x[:n], x[n : 2 * n], t[:, None] * abroad + 0 * self.pi)
            effect = np.zeros((1, 1, 1))
            if delta == "paper":
                home = np.einsum("jmm->jm", pi) * self.share
                effect = (t * home / (1 + t * home.sum(0)))[:, :, None]
            sold = sales * abroad
            elasticity = (sold * self.theta * (1 - (1 - effect) * pi)).sum((0, 1)) / sold.sum((0, 1))
            return total, np.concatenate((missed, t * np.where(elasticity.real < 1, 1, elasticity) - 1))

        x = newton(lambda x: rows(x)[1], np.concatenate((np.zeros(2 * n), np.full(n, np.log1p(rate)))))
        prices = -(self.share * np.log(rows(x)[0]) / self.theta[:, :, 0]).sum(0)
        return np.expm1(x[2 * n :]), np.exp(x[:n]), np.exp(x[n : 2 * n] - prices) - 1


def newton(system, x: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """The zero of `system`, steps shortened to half a log point and while they do not help."""
    missed = system(x)
    for _ in range(30):
        if np.abs(missed).max() < 1e-12:
            return x
        jacobian = np.stack([system(x + 1e-30j * unit).imag / 1e-30 for unit in np.eye(x.size)], axis=1)
        move = np.linalg.solve(jacobian, -missed)
        move *= min(1, 0.5 / np.abs(move).max())
        while np.abs(system(x + move)).max() > np.abs(missed).max() and np.abs(move).max() > 1e-6:
            move /= 2
        x = x + move
        missed = system(x)
    raise AssertionError("Newton's method did not settle")


@pytest.fixture(scope="module")
def direct(wiod: Path) -> System:
    with h5py.File(wiod / FILE) as file:
        found = file["data"]
        theta = np.array(found["sigma/IS/sigma_S"]).ravel() - 1
        return System(np.array(found["Xjik_3D"]), np.array(found["tjik_3D"]), theta).purged()


@pytest.mark.parametrize(("delta", "rate"), [("none", 0.25), ("none", 0.6), ("paper", 0.25)])
def test_newtons_method_on_the_published_system_finds_the_same(
    base: World, direct: System, delta: Delta, rate: float
) -> None:
    rates, wages, real = direct.nash(delta, rate)
    nash = sufficient_nash(base, delta=delta, start=rate)
    np.testing.assert_allclose(nash.rates.array, rates, atol=1e-7)
    np.testing.assert_allclose(nash.solution.wage_hat, wages, atol=1e-7)
    np.testing.assert_allclose(nash.solution.real_income.array, real, atol=1e-7)


# ---- data, purge, accuracy ----------------------------------------------------------------------------------------


def test_the_data_are_read_in_their_units(raw: World) -> None:
    paid = raw.flows * (1 + raw.tariffs)
    usa, japan, china = (raw.economies.index(code) for code in ("USA", "JPN", "CHN"))
    assert paid.sum() == pytest.approx(161.79e6, rel=1e-4)
    assert paid[:, :, usa].sum() == pytest.approx(31.13e6, rel=2e-4)
    assert paid[:15, usa, japan].sum() == pytest.approx(118_770, rel=1e-4)
    assert paid[:15, usa, china].sum() == pytest.approx(337_050, rel=1e-4)
    assert paid[:, :, usa].sum() - paid[:, usa].sum() == pytest.approx(-476_000, rel=1e-3)
    assert raw.tariffs[15].max() == pytest.approx(0.133, abs=5e-4)
    np.testing.assert_allclose(raw.elasticities[[0, 1, 5, 15]], [0.67, 13.53, 8.5, 5.0], atol=1e-9)
    assert len(raw.elasticity_sets) == 8 and raw.economies[-1] == "ROW"


def test_the_purge_balances_trade_and_depends_on_the_elasticities(raw: World, base: World) -> None:
    other = with_services(raw, 10)
    for world in (base, other):
        assert np.abs(world.deficits / world.income).max() < 1e-9
        np.testing.assert_array_equal(world.tariffs, raw.tariffs)
        np.testing.assert_allclose(world.final_shares, raw.final_shares, atol=1e-9)
    assert np.abs(other.flows.sum((0, 2)) / base.flows.sum((0, 2)) - 1).max() > 1e-3
    assert other.elasticities[15] == 10 and other.elasticities[:15].tolist() == raw.elasticities[:15].tolist()


def real_income(world: World, rates: Floats, code: str, rate: float) -> float:
    """Of one economy when it levies `rate` and all others theirs, per cent; by solving, with no derivative."""
    changed = np.array(rates)
    changed[world.economies.index(code)] = rate
    return 100 * solve(world, uniform_tariffs(world, changed)).real_income[code]


@pytest.mark.parametrize("code", ["USA", "JPN", "CAN"])
def test_the_best_uniform_reply_beats_rates_on_either_side_and_the_formulas(
    paper: Replication, base: World, code: str
) -> None:
    formula, case = sufficient_nash(base, delta="none").rates, "best reply to the formula's rates, by uniform"
    best = value(paper, case, code, "best tariff") / 100
    assert value(paper, case, code, "best less formula, points") / 100 == pytest.approx(best - formula[code], abs=1e-8)
    peak, before, below, above = (
        real_income(base, formula.array, code, rate) for rate in (best, formula[code], best - 0.01, best + 0.01)
    )
    assert peak > max(before, below, above)
    gain = 100 * ((1 + peak / 100) / (1 + before / 100) - 1)
    assert value(paper, case, code, "gain, real GDP") == pytest.approx(gain, abs=1e-7)


@pytest.mark.parametrize("code", ["USA", "CHN", "IRL"])
def test_at_the_searched_equilibrium_nobody_gains_by_another_uniform_rate(
    paper: Replication, base: World, code: str
) -> None:
    case = "Nash in uniform tariffs, searched"
    rates = np.array([value(paper, case, name, "Nash tariff") for name in base.economies]) / 100
    own = rates[base.economies.index(code)]
    here, below, above = (real_income(base, rates, code, rate) for rate in (own, own - 0.01, own + 0.01))
    assert here > max(below, above)
    assert value(paper, case, code, "real GDP") == pytest.approx(here, abs=1e-7)


def test_the_best_tariffs_differ_by_partner_and_hardly_by_sector(paper: Replication) -> None:
    """Proposition 1: nothing is gained by rates that differ among the products of one partner."""
    for code in RELEASE:
        for column in ("lowest", "highest", "gain, real GDP"):
            by_partner, by_both = (
                value(paper, f"best reply to the formula's rates, by {by}", code, column)
                for by in ("partner", "sector and partner")
            )
            assert by_both == pytest.approx(by_partner, abs=1e-3)


def test_the_formula_is_near_the_search_and_with_inputs_only_for_a_rate_on_everything(paper: Replication) -> None:
    world = "icio2022 with inputs, one rate on"
    for found, true, near in (
        ("release", "Nash in uniform tariffs, searched", 3), (f"{world} everything: f", f"{world} everything: s", 1),
    ):  # fmt: skip
        for code in RELEASE:
            assert abs(value(paper, found, code, "Nash tariff") - value(paper, true, code, "Nash tariff")) < near
    for code in RELEASE:
        over = value(paper, f"{world} goods alone: f", code, "Nash tariff")
        assert over - value(paper, f"{world} goods alone: s", code, "Nash tariff") > 5


def test_the_inputs_are_found_in_the_data_folder_beside_it_or_directly(data: Path, wiod: Path) -> None:
    assert find(data) == find(wiod) == wiod / FILE
    assert find(data / "replication").samefile(wiod / FILE)


def test_missing_and_misshapen_inputs_are_named(tmp_path: Path, wiod: Path) -> None:
    with pytest.raises(SourceError, match=rf"{FILE} is missing"):
        read(tmp_path)
    file = tmp_path / FILE
    file.write_text("not HDF5")
    with pytest.raises(SourceError, match=FILE):
        read(tmp_path)

    def spoilt(name: str, numbers: Floats | None) -> None:
        shutil.copyfile(wiod / FILE, file)
        with h5py.File(file, "r+") as inside:
            old = np.array(inside[name])
            del inside[name]
            if numbers is not None:
                inside[name] = np.where(np.isnan(numbers), old, numbers) if numbers.shape == old.shape else numbers

    spoilt("data/sigma/CP/sigma_S", None)
    with pytest.raises(SourceError, match=rf"{FILE}: no data/sigma/CP/sigma_S; expected 16"):
        read(tmp_path)
    spoilt("data/sigma/IS/sigma_S", np.full((1, 15), 5.0))
    with pytest.raises(SourceError, match=rf"{FILE}: data/sigma/IS/sigma_S: 15 values; expected 16 above 1"):
        read(tmp_path)
    spoilt("data/tjik_3D", np.zeros((16, 44, 43)))
    with pytest.raises(SourceError, match=rf"{FILE}: tjik_3D has shape \(16, 44, 43\)"):
        read(tmp_path)
    negative = np.full((16, 44, 44), np.nan)
    negative[3, 2, 1] = -5
    spoilt("data/Xjik_3D", negative)
    with pytest.raises(SourceError, match=rf"{FILE}: flows\[3, 2, 1\] = .*cannot be negative"):
        read(tmp_path)
