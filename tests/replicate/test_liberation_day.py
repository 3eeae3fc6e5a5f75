"""Ignatenko, Lashkaripour, Macedoni and Simonovska (2025), Tables 1 and 2, against the paper and a second solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tradetalks.errors import SourceError
from tradetalks.replicate import Replication
from tradetalks.replicate.liberation_day import (
    REBATE,
    RELIEF,
    best_rate,
    equilibrium,
    optimal_rate,
    replicate,
    retaliation,
    retaliation_rate,
    uniform,
    us_tariffs,
    variants,
)
from tradetalks.replicate.liberation_day_data import Calibration, read
from tradetalks.replicate.liberation_day_statistics import formula_rate, labour_income, measures

COLUMNS = ("welfare", "deficit", "exports / GDP", "imports / GDP", "employment", "prices")
# per cent: from an independent implementation of the paper's equations, to the decimals known of it
RECOMPUTED = {
    ("USTR, income-tax relief", "USA"): (1.1307, -18.062, -52.712, -43.576, 0.318, 12.810),
    ("USTR, income-tax relief", "non-US average"): (-0.576, 11.624, -3.243, -3.347, -0.136, -4.666),
    ("USTR, lump-sum rebate", "USA"): (-0.0057, -18.382, -52.550, -43.346, -0.410, 13.125),
    ("USTR, lump-sum rebate", "non-US average"): (-0.574, 11.680, -3.282, -3.368, -0.138, -4.781),
    ("optimal, income-tax relief", "USA"): (1.7896, -19.067, -55.250, -45.574, 0.509, 12.611),
    ("optimal, income-tax relief", "non-US average"): (-0.611, 17.088, -4.201, -3.744, -0.164, -4.593),
    ("reciprocal retaliation", "USA"): (-0.358, -26.696, None, None, -0.184, 7.484),
    ("reciprocal retaliation", "CHN"): (-0.821, 6.201, None, None, -0.164, -3.714),
    ("reciprocal retaliation", "EU"): (-0.223, 15.388, None, None, -0.091, -2.575),
    ("reciprocal retaliation", "non-US average"): (-0.463, 19.839, None, None, -0.135, -2.726),
}
EXACT_US = {
    "USTR, income-tax relief": 0.63, "optimal, income-tax relief": 1.20, "reciprocal retaliation": -0.73,
}  # fmt: skip
# best uniform US tariff and the welfare it is best for, per cent
BEST = {
    "searched, published measure": (25.12, "welfare", 1.806),
    "searched, exact measure": (21.1, "welfare, exact", 1.198),
    "searched, lump-sum rebate": (14.2, "welfare, exact", 0.514),
}
POLICIES: dict[str, tuple[Callable[[Calibration], Any], bool]] = {
    "USTR, income-tax relief": (lambda paper: us_tariffs(paper, paper.announced), True),
    "USTR, lump-sum rebate": (lambda paper: us_tariffs(paper, paper.announced), False),
    "optimal, income-tax relief": (lambda paper: uniform(paper, optimal_rate(paper, "imports")), True),
    "reciprocal retaliation": (
        lambda paper: us_tariffs(paper, paper.announced) + retaliation(paper, paper.announced), True
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "replication" / "liberation-day"


@pytest.fixture(scope="module")
def calibration(folder: Path) -> Calibration:
    return read(folder)


@pytest.fixture(scope="module")
def paper(folder: Path) -> Replication:
    return replicate(folder)


def value(paper: Replication, case: str, row: str, column: str) -> float:
    return next(r.ours for r in paper.rows if (r.case, r.row, r.column) == (case, row, column))


def oracle(folder: Path, paper: Calibration, tariffs: Any, relief: bool) -> SimpleNamespace:
    """The paper's 3N equations by a dense Newton on the logs of wages, spending and hours; Jacobian by complex steps.

    It shares no code with the engine and reads the inputs on its own; only the access shares come from `paper`. Every
    array is `[n, column]`, one column for each perturbation.
    """
    trade = np.nan_to_num(np.genfromtxt(folder / "trade_cepii.csv", delimiter=",", skip_header=1)).T / 1e3
    gdp = np.genfromtxt(folder / "gdp.csv", skip_header=1) / 1e6
    nu, n, eps, kappa, psi = paper.labour_share[:, None], len(gdp), 4.0, 0.5, 0.1675
    spent = gdp[:, None] + (1 - nu) * (trade.sum(1) - ((1 - nu) * trade).sum(0))[:, None]
    trade[range(n), range(n)] = np.maximum(spent[:, 0] - trade.sum(1), 0)
    spent = trade.sum(1)[:, None]
    earned = ((1 - nu) * trade).sum(0)[:, None] + nu * spent
    transfer = spent - earned
    phi = 1 + nu / (1 - nu) * (1 + psi)
    delivered = trade / spent * (1 + tariffs) ** (-eps * phi)
    border = delivered / (1 + tariffs)

    def state(z: Any) -> SimpleNamespace:
        w, e, hours = z[:n], z[n : 2 * n], z[2 * n :]
        u = np.exp(-eps * (w - psi * hours))
        supply = delivered @ u
        demand = np.exp(e) * spent / supply
        bought = demand * (border @ u)
        price = np.exp((e - w) * (1 - phi) - np.log(supply) / eps)
        income = np.exp(w + hours) * earned
        revenue = np.exp(e) * spent - bought
        return SimpleNamespace(u=u, demand=demand, bought=bought, price=price, income=income, revenue=revenue)

    def gap(z: Any) -> Any:
        s, w, e, hours = state(z), z[:n], z[n : 2 * n], z[2 * n :]
        sold = s.u * (border.T @ ((1 - nu) * s.demand))
        labour = (s.income - sold - nu * s.bought) / earned
        labour[-1] = ((s.price - 1) * spent).sum(0) / spent.sum()
        budget = (np.exp(e) * spent - s.income - s.revenue - transfer * s.income.sum(0) / earned.sum()) / spent
        kept = -np.log(1 - s.revenue / s.income) if relief else 0.0
        return np.concatenate((labour, budget, hours - kappa * (kept + w - np.log(s.price))))

    z, nudges = np.zeros((3 * n, 1)), 1e-30j * np.eye(3 * n)
    for _ in range(8):
        missed = gap(z)
        if np.abs(missed).max() < 1e-13:
            break
        z = z - np.linalg.solve(gap(z + nudges).imag / 1e-30, missed)
    assert np.abs(gap(z)).max() < 1e-13
    s = state(z)
    flows = border * s.u[:, 0] * s.demand
    w, e, hours = np.exp(z[:, 0]).reshape(3, n)
    relieved = s.revenue / s.income if relief else 0 * s.income
    weight = (spent / (spent - kappa / (1 + kappa) * (1 - relieved) * earned))[:, 0]
    abroad = 1 - np.eye(n)
    exports, imports = (trade * abroad).sum(0), (trade * abroad).sum(1)
    exports_after, imports_after = (flows * abroad).sum(0), (flows * abroad).sum(1)
    growth = s.income[:, 0] / earned[:, 0]
    changes = np.array((
        (weight * e + (1 - weight) * w * hours) / s.price[:, 0] - 1,
        (imports_after - exports_after - (imports - exports)) / np.abs(imports - exports),
        exports_after / growth / exports - 1, imports_after / growth / imports - 1, hours - 1, s.price[:, 0] - 1,
    ))  # fmt: skip
    return SimpleNamespace(w=w, e=e, hours=hours, price=s.price[:, 0], changes=100 * changes, spent=spent[:, 0])


def test_every_published_number_to_its_last_decimal(paper: Replication) -> None:
    assert [row for row in paper.rows if row.agrees is False] == []
    assert paper.verdict.startswith("55 of 55")
    assert paper.residual <= 1e-10


@pytest.mark.parametrize("case", POLICIES)
def test_the_engine_and_a_dense_newton_find_the_same_equilibrium(
    folder: Path, calibration: Calibration, paper: Replication, case: str
) -> None:
    policy, relief = POLICIES[case]
    tariffs = policy(calibration)
    ours = equilibrium(calibration, tariffs, RELIEF if relief else REBATE)
    theirs = oracle(folder, calibration, tariffs, relief)
    codes = calibration.world.economies
    union = "AUTBELBGRCYPDEUDNKESPESTFINFRAGRCHRVHUNIRLITALTULUXLVAMLTNLDPOLPRTROUSVNSWE"
    eu, abroad = [union[at : at + 3] for at in range(0, 75, 3)], [code for code in codes if code != "USA"]
    groups = {"USA": ["USA"], "CHN": ["CHN"], "EU": eu, "non-US average": abroad}
    for (name, row), known in RECOMPUTED.items():
        if name == case:
            members = np.isin(codes, groups[row])
            means = np.average(theirs.changes, axis=1, weights=theirs.spent * members)
            for column, wanted, mean in zip(COLUMNS, known, means, strict=True):
                assert value(paper, case, row, column) == pytest.approx(mean, abs=1e-7)
                if wanted is not None:
                    assert mean == pytest.approx(wanted, abs=5.01e-4)
    level = np.average(ours.consumer_price_hat, weights=theirs.spent)
    np.testing.assert_allclose(ours.wage_hat / level, theirs.w, rtol=1e-8)
    np.testing.assert_allclose(ours.spending[0] / theirs.spent / level, theirs.e, rtol=1e-8)
    np.testing.assert_allclose(ours.labour_hat, theirs.hours, rtol=1e-8)
    np.testing.assert_allclose(ours.consumer_price_hat / level, theirs.price, rtol=1e-8)


def test_the_baseline_is_the_one_the_published_numbers_rest_on(calibration: Calibration) -> None:
    us, flows = calibration.us, calibration.world.flows[0]
    spent, earned = flows.sum(1), labour_income(flows, calibration.labour_share)
    assert calibration.labour_share[[0, us]] == pytest.approx([0.11433521, 0.27047098], abs=1e-8)
    assert calibration.pass_through[[0, us]] == pytest.approx([1.15072, 1.43285], abs=5e-6)
    assert spent[us] / 1000 == pytest.approx(28_759.9, abs=0.05)
    assert earned[us] / 1000 == pytest.approx(28_288.5, abs=0.05)
    assert (spent - earned)[us] / 1000 == pytest.approx(471.3, abs=0.05)
    assert (spent[us] - flows[us, us]) / 1000 == pytest.approx(2_902.6, abs=0.05)
    assert (flows.sum(0)[us] - flows[us, us]) / 1000 == pytest.approx(1_858.7, abs=0.05)
    assert flows[us, us] / spent[us] == pytest.approx(0.89907, abs=5e-6)
    assert abs((spent - earned).sum()) < 1e-9 * spent.sum()
    assert earned[us] / calibration.gdp[us] == pytest.approx(1.016, abs=5e-4)
    assert earned.sum() / calibration.gdp.sum() == pytest.approx(1.023, abs=5e-4)
    without_home_sales = np.flatnonzero(np.diag(flows) == 0)
    assert [calibration.world.economies[n] for n in without_home_sales] == ["GMB", "MHL"]


def test_announced_rates_are_at_least_a_tenth_and_a_quarter_on_average(calibration: Calibration) -> None:
    rates = dict(zip(calibration.world.economies, calibration.announced, strict=True))
    assert {code: rates[code] for code in ("CHN", "DEU", "CAN", "MEX", "RUS", "USA")} == {
        "CHN": 0.54, "DEU": 0.20, "CAN": 0.10, "MEX": 0.17, "RUS": 0.10, "USA": 0
    }  # fmt: skip
    imports = np.delete(calibration.world.flows[0, calibration.us], calibration.us)
    assert np.average(np.delete(calibration.announced, calibration.us), weights=imports) == pytest.approx(
        0.249, abs=5e-4
    )


def test_exact_welfare_of_the_us_beside_the_published_formula(paper: Replication) -> None:
    for case, wanted in EXACT_US.items():
        assert value(paper, case, "USA", "welfare, exact") == pytest.approx(wanted, abs=0.0051)


def test_the_two_welfare_measures_differ_only_where_tariffs_relieve_an_income_tax(calibration: Calibration) -> None:
    tariffs = us_tariffs(calibration, calibration.announced)
    rebated = measures(equilibrium(calibration, tariffs, REBATE))
    np.testing.assert_allclose(rebated["welfare"], rebated["welfare, exact"], atol=1e-7)
    relieved = measures(equilibrium(calibration, tariffs, RELIEF))
    gap = relieved["welfare"] - relieved["welfare, exact"]
    assert gap[calibration.us] == pytest.approx(0.4975, abs=1e-3)
    np.testing.assert_allclose(np.delete(gap, calibration.us), 0, atol=1e-7)


def test_no_measure_depends_on_the_numeraire(calibration: Calibration) -> None:
    solution = equilibrium(calibration, us_tariffs(calibration, calibration.announced), RELIEF)
    doubled = SimpleNamespace(
        closure=solution.closure, world=solution.world, labour_hat=solution.labour_hat, flows=2 * solution.flows,
        spending=2 * solution.spending, wage_hat=2 * solution.wage_hat,
        consumer_price_hat=2 * solution.consumer_price_hat,
        tariff_revenue=SimpleNamespace(array=2 * solution.tariff_revenue.array),
    )  # fmt: skip
    for name, change in measures(doubled).items():  # type: ignore[arg-type]
        np.testing.assert_allclose(change, measures(solution)[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_averages_by_recorded_gdp_are_not_the_published_ones(paper: Replication) -> None:
    case = "USTR, income-tax relief"
    assert value(paper, case, "non-US average, GDP weights", "welfare") == pytest.approx(-0.66, abs=0.0051)


def test_the_best_uniform_tariff_by_each_measure(paper: Replication) -> None:
    for case, (rate, measure, welfare) in BEST.items():
        assert value(paper, case, "USA", "rate") == pytest.approx(rate, abs=0.0051 if rate == 25.12 else 0.051)
        assert value(paper, case, "USA", measure) == pytest.approx(welfare, abs=5.1e-4)


def test_the_rate_found_is_the_best_to_two_decimals(calibration: Calibration) -> None:
    """The vertex of the parabola through welfare a tenth of a point to either side is where the search stopped."""
    rate, best = best_rate(calibration, RELIEF, "welfare")
    at_best, step = measures(best)["welfare"][calibration.us], 0.001
    less, more = (
        measures(equilibrium(calibration, uniform(calibration, nearby), RELIEF))["welfare"][calibration.us]
        for nearby in (rate - step, rate + step)
    )
    assert max(less, more) < at_best
    vertex = step / 2 * (more - less) / (2 * at_best - less - more)
    assert abs(vertex) < 1e-5


def test_the_formula_has_two_denominators(calibration: Calibration) -> None:
    assert 100 * optimal_rate(calibration, "imports") == pytest.approx(21.80, abs=0.0051)
    assert 100 * optimal_rate(calibration, "income") == pytest.approx(18.54, abs=0.0051)


def test_a_small_economy_without_market_access_labour_levies_the_inverse_of_the_elasticity() -> None:
    flows = np.array([[1.0, 1e-6, 0.0], [1e-6, 1e3, 2.0], [0.0, 2.0, 1e3]])
    for denominator in ("imports", "income"):
        rate = formula_rate(flows, 0, np.zeros(3), np.ones(3), 5.0, denominator)  # type: ignore[arg-type]
        assert rate == pytest.approx(1 / 5, rel=1e-8)


def test_bloc_retaliation_is_a_uniform_tariff_of_the_other_region(calibration: Calibration) -> None:
    """With US and rest exchanged, the same two regions answer as one formula says by hand."""
    us, flows, nu = calibration.us, calibration.world.flows[0], calibration.labour_share
    others = np.delete(np.arange(len(nu)), us)
    sold, spent = flows[us, others].sum(), flows[us].sum()
    income = labour_income(flows, nu)[others].sum()
    home = flows[np.ix_(others, others)].sum()
    delta = (1 - nu[us]) * (1 - sold / spent) * sold / ((1 - nu[0]) * (income - home))
    wanted = 1 / ((1 + 4 * delta) * calibration.pass_through[0] - 1)
    assert retaliation_rate(calibration) == pytest.approx(wanted, rel=1e-12)
    answer = retaliation(calibration, wanted)
    assert (answer[others, us] == wanted).all()
    assert answer.sum() == pytest.approx(len(others) * wanted)


def test_variants_change_only_what_they_name(calibration: Calibration) -> None:
    quarter, eight, plain = variants(calibration).values()
    np.testing.assert_allclose(calibration.pass_through - quarter.pass_through, 0.75)
    assert eight.world.elasticities == [8]
    np.testing.assert_array_equal(eight.pass_through, calibration.pass_through)
    assert not plain.labour_share.any()
    assert (plain.pass_through == 1).all()
    assert plain.closure(RELIEF).access.scale == 0.1675  # type: ignore[union-attr]


def test_without_market_access_labour_deficits_are_a_fixed_part_of_world_income(calibration: Calibration) -> None:
    plain = replace(calibration, labour_share=np.zeros(194), pass_through=np.ones(194))
    solution = equilibrium(plain, us_tariffs(plain, plain.announced), REBATE)
    flows = solution.flows[0]
    income = solution.wage_hat * solution.labour_hat * plain.world.output[0]
    deficits = plain.world.deficits * income.sum() / plain.world.output.sum()
    np.testing.assert_allclose(flows.sum(1) - flows.sum(0), deficits, atol=1e-7 * income.max())


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("gdp.csv", None, r"gdp.csv is missing: replicate liberation-day needs"),
        ("gdp.csv", lambda text: "", r"gdp.csv is empty"),
        ("gdp.csv", lambda text: text.rsplit("\n", 2)[0], r"gdp.csv: 193 rows of 1 cells .* where 194 of 1 are needed"),
        ("trade_cepii.csv", lambda text: text.replace("\n,", "\n,,", 1), r"194 rows of 194/195 cells"),
        ("tariffs.csv", lambda text: text.replace(".25", "a quarter", 1), r"tariffs.csv: not a table of numbers"),
        ("tariffs.csv", lambda text: text.replace(".25", "-.25", 1), r"tariffs.csv:3: cell 1 is -0.25"),
        ("gdp.csv", lambda text: text.replace("3648573136.151547", "0", 1), r"gdp.csv: ABW has no GDP"),
        ("country_labels.csv", lambda text: text.replace("iso3", "code", 1), r'194 rows with a column "iso3"'),
        ("country_labels.csv", lambda text: text.replace("USA", "XXX", 1), r"USA is not among the economies"),
    ],
)
def test_missing_and_misshapen_inputs_are_named(
    folder: Path, tmp_path: Path, name: str, spoil: Callable[[str], str] | None, message: str
) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    if spoil is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(spoil((tmp_path / name).read_text()))
    with pytest.raises(SourceError, match=message):
        replicate(tmp_path)
