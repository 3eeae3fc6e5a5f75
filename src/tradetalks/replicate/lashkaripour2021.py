"""Lashkaripour (2021), "The cost of a global tariff war: A sufficient statistics analysis", JIE 131, 103419.

44 economies × 16 sectors in 2014, no inputs, trade balanced; every economy levies one Nash tariff on all it imports.
The author's later release of data and code is the test; the printed table, from other tariffs and flows, stands beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import SourceError, WorldError
from tradetalks.model import rebase
from tradetalks.model.nash import nash_tariffs
from tradetalks.model.optimum import optimal_tariffs
from tradetalks.model.sufficient import SufficientNash, sufficient_nash
from tradetalks.replicate.table import Replication, Row
from tradetalks.world import World
from tradetalks.world.accounts import ElasticitySet
from tradetalks.world.sources import compiled_icio

if TYPE_CHECKING:
    from tradetalks.model import Solution
    from tradetalks.model.levers import By
    from tradetalks.model.nash import Nash
    from tradetalks.world.accounts import Floats

    Published = Mapping[str, tuple[float, float]]

FILE = "WIOD2014.mat"
SETS = ("IS", "BSY", "CP", "FGO", "GYY", "LL", "Shap", "U4")
PAPER_SERVICES = 10.0
CITATION = (
    "Lashkaripour, A. (2021), The cost of a global tariff war: A sufficient statistics analysis, "
    "Journal of International Economics 131, 103419"
)
TABLE = "Table 2"
ACCURACY = "Accuracy"
TARIFF, REAL_GDP = "Nash tariff", "real GDP"
BYS: tuple[By, ...] = ("uniform", "partner", "sector and partner")

# per cent: Nash tariff, real GDP. The author's release on its own data: elasticities IS, no revenue effect (δ = 0)
RELEASE = {"USA": (41.15, -0.62), "JPN": (42.86, -0.48), "DEU": (53.99, -1.15), "CAN": (29.67, -2.55)}
# Table 2, 2014, baseline model, as printed
PRINTED = {"USA": (43.6, -0.76), "JPN": (44.9, -0.53), "DEU": (59.1, -0.96), "CAN": (21.0, -2.37)}
FOUR = tuple(RELEASE)
NOTES = (
    "The author's later release of data and code is the test: services elasticity 5, the revenue effect δ left out, "
    "rates of at most 100 %.",
    "The printed Table 2 has services elasticity 10 and δ; its formula has no cap (Ireland's rate is 118 %, which "
    "moves the US rate by 0.3 points). With them Japan's rate and the US loss come out as printed, Japan's loss but "
    "for 0.005. The rest is inputs: the paper took simple-average tariffs of UNCTAD TRAINS, the released file has "
    "another source and rebuilt flows.",
    "Flows in the file include tariffs; trade is balanced afresh for every set of elasticities; services pay the rate "
    "too.",
    "Accuracy: the formula leaves out that a tariff moves foreign wages against each other. Best replies to the "
    "formula's rates, and the equilibrium where all rates are best replies, are searched with exact derivatives.",
    "icio2022 has inputs, for which the formula is not derived: rates on everything come out near the searched ones, "
    "rates on goods alone do not, since services then enter free.",
)


def find(folder: Path) -> Path:
    """The file of inputs in `folder`, in its `sources/wiod`, or in that of the folder above.

    Raises `SourceError` when it is in none of them.
    """
    places = [folder, folder / "sources" / "wiod", folder.parent / "sources" / "wiod"]
    for place in places:
        if (place / FILE).is_file():
            return place / FILE
    raise SourceError(
        f"{folder / FILE} is missing: replicate lashkaripour2021 needs {FILE} of the author's tariff-war data "
        "(--data DIR), there or in DIR/sources/wiod"
    )


def read(folder: Path) -> World:
    """The accounts of 2014 with the author's eight sets of elasticities, IS in force; trade is not balanced yet.

    The file counts flows with tariffs, a world without. There are no inputs: sales are the value added of their maker.
    Raises `SourceError` naming the file that is missing, or not in its layout.
    """
    import h5py

    path = find(folder)
    source = compiled_icio.load(path)
    j, n = len(source.sectors), len(source.economies)
    with h5py.File(path) as file:
        sets = {name: _elasticities(file, name, j, path) for name in SETS}
    try:
        return World(
            source.economies, source.sectors, source.flows / (1 + source.tariffs), source.tariffs,
            np.zeros((n, j, j)), np.ones((n, j)), sets["IS"].values, name="wiod2014", year=source.year,
            elasticity_source=f"IS: {sets['IS'].source}", elasticity_sets=sets,
        )  # fmt: skip
    except WorldError as error:
        raise SourceError(f"{path.as_posix()}: {error}") from error


def _elasticities(file: Any, name: str, count: int, path: Path) -> ElasticitySet:
    where = f"data/sigma/{name}/sigma_S"
    if where not in file:
        raise SourceError(f"{path.as_posix()}: no {where}; expected {count} elasticities of substitution")
    sigma = np.asarray(file[where], dtype=np.float64).ravel()
    if sigma.shape != (count,) or not (np.isfinite(sigma) & (sigma > 1)).all():
        raise SourceError(f"{path.as_posix()}: {where}: {sigma.size} values; expected {count} above 1")
    return ElasticitySet(sigma - 1, f"set {name} of the author's data")


def purged(world: World, elasticities: Floats | None = None) -> World:
    """`world` with trade balanced (Dekle, Eaton and Kortum 2007), at its own or at other `elasticities`.

    The purge depends on the elasticities, so each set needs its own.
    """
    if elasticities is not None:
        world = replace(world, elasticities=elasticities)
    return rebase(world, deficits="closed", name=world.name)


def with_services(world: World, elasticity: float) -> World:
    """`world`, purged, with another elasticity of services, its last sector."""
    return purged(world, np.append(world.elasticities[:-1], elasticity))


# ---- the tables ---------------------------------------------------------------------------------------------------


def replicate(folder: Path) -> Replication:
    """Table 2 by the release, by the paper's formula and elasticities, by other sets; and how good the formula is."""
    data = read(folder)
    base, ten = purged(data), with_services(data, PAPER_SERVICES)
    release = sufficient_nash(base, delta="none")
    variants: list[tuple[str, str, SufficientNash, Sequence[str], Published]] = [
        (TABLE, "release: IS elasticities, δ = 0", release, base.economies, RELEASE),
        (TABLE, "IS elasticities, formula with δ", sufficient_nash(base, floor=0), FOUR, {}),
        (TABLE, "services elasticity 10, δ = 0", sufficient_nash(ten, delta="none"), FOUR, {}),
        (TABLE, "services elasticity 10, formula with δ, no cap", sufficient_nash(ten, floor=0), FOUR, PRINTED),
    ]
    for name in SETS[1:]:
        nash = sufficient_nash(purged(data.with_elasticities(name)), delta="none")
        variants.append(("Elasticities", f"set {name}, δ = 0", nash, FOUR, {}))
    rows: list[Row] = []
    for table, case, nash, who, published in variants:
        rows += _rows(table, case, nash.rates.array, nash.solution, who, published)
    equilibria = [nash.solution for _, _, nash, _, _ in variants]

    for code in base.economies:
        for by in BYS if code in FOUR else BYS[:1]:
            found, solution = _reply(release, code, by)
            rows += found
            equilibria.append(solution)
    searched = _searched(base)
    rows += _rows(ACCURACY, "Nash in uniform tariffs, searched", searched.rates, searched.solution, base.economies)
    equilibria.append(searched.solution)

    world = rebase(World.load("icio2022"), deficits="closed")
    for sectors, what in (("*", "everything"), ("goods", "goods alone")):
        nash = sufficient_nash(world, sectors=sectors)
        war = _searched(world, sectors)
        case = f"icio2022 with inputs, one rate on {what}"
        rows += _rows(ACCURACY, f"{case}: formula", nash.rates.array, nash.solution, FOUR)
        rows += _rows(ACCURACY, f"{case}: searched", war.rates, war.solution, FOUR)
        equilibria += [nash.solution, war.solution]
    residual = max(solution.residual for solution in equilibria)
    return Replication("lashkaripour2021", CITATION, tuple(rows), NOTES, residual)


def _rows(
    table: str, case: str, rates: Floats, solution: Solution, who: Sequence[str], published: Published | None = None
) -> list[Row]:
    """Nash tariff and real GDP, per cent, for each of `who` and on average."""
    world, real = solution.world, solution.real_income.array
    rows = []
    for code in who:
        n = world.economies.index(code)
        tariff, loss = (published or {}).get(code, (None, None))
        rows.append(Row(table, case, code, TARIFF, tariff, 100 * float(rates[n]), 1 if published is PRINTED else 2))
        rows.append(Row(table, case, code, REAL_GDP, loss, 100 * float(real[n])))
    named = np.array([code != "ROW" for code in world.economies])
    for row, among in (("mean without ROW", named), ("mean with ROW", named | True)):
        rows.append(Row(table, case, row, TARIFF, None, 100 * float(rates[among].mean())))
        rows.append(Row(table, case, row, REAL_GDP, None, 100 * float(real[among].mean())))
    weighted = float(np.average(real, weights=world.income))
    return [*rows, Row(table, case, "world, weighted by income", REAL_GDP, None, 100 * weighted)]


def _searched(world: World, sectors: str = "*") -> Nash:
    """The Nash equilibrium in uniform tariffs, by search on the first-order conditions of all."""
    return nash_tariffs(
        world, by="uniform", sectors=sectors, deficits="closed", second_order=False, best_responses=False
    )  # fmt: skip


def _reply(nash: SufficientNash, code: str, by: By) -> tuple[list[Row], Solution]:
    """The best tariffs of one economy while all others keep the formula's, and their equilibrium."""
    best = optimal_tariffs(
        nash.solution.world, code, by=by, on=nash.solution.policy, sectors="*", deficits="closed", starts=1,
        second_order=False,
    )  # fmt: skip
    mean, rates = best.average_rates[code], best.rates
    columns = {"best tariff": mean, "best less formula, points": mean - nash.rates[code]}
    if by != "uniform":
        columns = {"best tariffs, mean": mean, "lowest": float(rates.min()), "highest": float(rates.max())}
    columns["gain, real GDP"] = best.real_income[code]
    case = f"best reply to the formula's rates, by {by}"
    return [Row(ACCURACY, case, code, column, None, 100 * value) for column, value in columns.items()], best.solution
