"""Caliendo and Parro (2015), "Estimates of the Trade and Welfare Effects of NAFTA", Review of Economic Studies 82(1).

31 economies × 40 sectors in 1993; NAFTA's tariffs go from 1993 to 2005. The published welfare column is the authors'
first-order decomposition; the exact change of real income in the same equilibrium stands beside it.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.model import Solution, rebase, solve
from tradetalks.replicate.table import Replication, Row
from tradetalks.world import Policy, World

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats

N, J, GOODS = 31, 40, 20
SERVICES_ELASTICITY = 8.22
MEMBERS = ("Mexico", "Canada", "USA")
CITATION = (
    "Caliendo, L. and Parro, F. (2015), Estimates of the Trade and Welfare Effects of NAFTA, "
    "Review of Economic Studies 82(1), 1-44"
)
TABLE = "Table 2"

# Table 2, deficits zeroed; per cent: welfare, terms of trade, volume of trade, real wages
PUBLISHED = {
    "Mexico": (1.31, -0.41, 1.72, 1.72),
    "Canada": (-0.06, -0.11, 0.04, 0.32),
    "USA": (0.08, 0.04, 0.04, 0.11),
}
# abstract: intra-bloc imports, per cent
PUBLISHED_IMPORTS = {"Mexico": 118, "Canada": 11, "USA": 41}


def read(folder: Path) -> tuple[World, Floats]:
    """The 1993 accounts (not yet an equilibrium) and the 2005 tariffs `[j, n, i]`, from the authors' inputs.

    Units: trade comes in US$ thousand, output in US$, tariffs in per cent; all become US$ m and fractions.
    Raises `SourceError` naming the file that is missing or has another shape.
    """
    trade = _table(folder, "xbilat1993.txt", (GOODS * N, N)).reshape(GOODS, N, N) / 1e3
    before = _table(folder, "tariffs1993.txt", (GOODS * N, N)).reshape(GOODS, N, N) / 100
    after = _table(folder, "tariffs2005.txt", (GOODS * N, N)).reshape(GOODS, N, N) / 100
    value_added = _table(folder, "B.txt", (J, N))
    output = _table(folder, "GO.txt", (J, N)) / 1e6
    inputs = np.maximum(_table(folder, "IO.txt", (N * J, J)).reshape(N, J, J), 0)  # a few are negative by-products
    theta = _table(folder, "T.txt", (GOODS,))
    economies, sectors = _labels(folder, "countries.csv", "country", N), _labels(folder, "sectors.csv", "sector", J)

    flows = np.zeros((J, N, N))
    flows[:GOODS] = trade
    exports = flows.sum(1)
    output = np.maximum(output, exports)  # 26 cells export more than they make
    own = np.arange(N)
    flows[:, own, own] = output - exports
    tariffs, later = np.zeros((J, N, N)), np.zeros((J, N, N))
    tariffs[:GOODS], later[:GOODS] = before, after
    for rates in (tariffs, later):
        rates[:, own, own] = 0
    totals = inputs.sum(1, keepdims=True)  # one within 1e-6, or zero where value added is all of output
    io_shares = inputs / np.where(totals > 0, totals, 1) * (1 - value_added.T)[:, None, :]
    spent = ((1 + tariffs) * flows).sum(2)
    final = np.maximum(spent - np.einsum("nkj,jn->kn", io_shares, output), 0).T  # 185 negative cells
    world = World(
        economies, sectors, flows, tariffs, io_shares, value_added.T,
        np.concatenate((theta, np.full(J - GOODS, SERVICES_ELASTICITY))),
        final / final.sum(1, keepdims=True), name="cp2015", year=1993, elasticity_source=CITATION,
    )  # fmt: skip
    return world, later


def nafta(world: World, later: Floats) -> Policy:
    """Tariffs of 2005 among the three members, everything else as in 1993."""
    members = [world.economies.index(name) for name in MEMBERS]
    among = np.ix_(range(J), members, members)
    rates = np.array(world.tariffs)
    rates[among] = later[among]
    return replace(Policy(world), tariffs=rates)


def replicate(folder: Path) -> Replication:
    """Table 2 and the abstract's trade effects, with deficits zeroed (published) and as in the data."""
    data, later = read(folder)
    rows: list[Row] = []
    residual = 0.0
    for case, closure in (("deficits zeroed", "closed"), ("deficits as in the data", "fixed")):
        world = rebase(data, deficits="closed" if closure == "closed" else "fixed", name=f"cp2015, {case}")
        solution = solve(world, nafta(world, later))
        residual = max(residual, solution.residual)
        for name in MEMBERS:
            published = PUBLISHED[name] if closure == "closed" else (None,) * 4
            ours = (
                solution.terms_of_trade[name] + solution.volume_of_trade[name], solution.terms_of_trade[name],
                solution.volume_of_trade[name], solution.real_wage[name],
            )  # fmt: skip
            columns = ("welfare, first order", "terms of trade", "volume of trade", "real wage")
            for column, theirs, value in zip(columns, published, ours, strict=True):
                rows.append(Row(TABLE, case, name, column, theirs, 100 * value))
            rows.append(Row(TABLE, case, name, "real income, exact", None, 100 * solution.real_income[name]))
            rows.append(Row(TABLE, case, name, "equivalent variation, US$ bn", None, solution.welfare[name]))
            bloc = PUBLISHED_IMPORTS[name] if closure == "closed" else None
            rows.append(
                Row("Abstract", case, name, "imports from members", bloc, 100 * _bloc_imports(solution, name), 0)
            )
    notes = (
        'The published "welfare" is a first-order formula: terms of trade plus volume of trade at initial tariffs. For '
        "a cut as large as Mexico's (tariff revenue falls from 2.0 % to 0.4 % of income) it values the whole rise of "
        "imports at the initial tariff, a rectangle where the gain is a triangle.",
        "The exact change of real income in the same equilibrium is I'/I over the exact price index; both are shown, "
        "neither is adjusted.",
        "Baseline: deficits zeroed (or kept) and solved before the tariffs change, since the inputs are not an "
        "equilibrium (26 cells export more than output, 185 cells of final demand are negative).",
    )
    return Replication("cp2015", CITATION, tuple(rows), notes, residual)


def _bloc_imports(solution: Solution, name: str) -> float:
    """Growth of the value of imports from the other two members, tariffs excluded."""
    n = solution.world.economies.index(name)
    others = [solution.world.economies.index(other) for other in MEMBERS if other != name]
    return float(solution.border_flows[:, n, others].sum() / solution.world.flows[:, n, others].sum() - 1)


def _table(folder: Path, name: str, shape: tuple[int, ...]) -> Floats:
    path = folder / name
    if not path.is_file():
        raise SourceError(f"{path} is missing: replicate cp2015 needs the authors' replication inputs (--data DIR)")
    try:
        numbers = np.loadtxt(path)
    except ValueError as error:
        raise SourceError(f"{path}: not a table of numbers ({error})") from error
    if numbers.shape != shape:
        raise SourceError(f"{path}: shape {numbers.shape}, where {shape} is needed")
    return numbers


def _labels(folder: Path, name: str, column: str, count: int) -> tuple[str, ...]:
    path = folder / name
    if not path.is_file():
        raise SourceError(f"{path} is missing: replicate cp2015 needs the authors' replication inputs (--data DIR)")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != count or column not in rows[0]:
        raise SourceError(f'{path}: needs {count} rows with a column "{column}"')
    return tuple(row[column].strip() for row in rows)
