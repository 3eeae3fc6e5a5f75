"""The world of Ignatenko, Lashkaripour, Macedoni and Simonovska (2025): 194 economies, one sector, 2023, no tariffs.

Inputs of the authors' replication package; construction after their appendix F.4 and their code, step for step.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root

from tradetalks.errors import SourceError
from tradetalks.model.closure import Closure, MarketAccess, Revenue
from tradetalks.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.world.accounts import Floats

N = 194
US = "USA"
ELASTICITY = 4.0  # ε, Simonovska and Waugh (2014)
LABOUR_SUPPLY = 0.5  # κ, Chetty et al. (2011)
SCALE = 0.67 / ELASTICITY  # ψ, Lashkaripour and Lugovskyy (2023)
FLOOR = 0.10  # lowest of the announced rates
ACCESS_TARGETS = (0.12, 0.26)  # market-access share in the sales of non-US and of US firms
CITATION = (
    "Ignatenko, A., Lashkaripour, A., Macedoni, L. and Simonovska, I. (2025), Making America Great Again? The Economic "
    "Impacts of Liberation Day Tariffs, Journal of International Economics 157, 104138"
)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The baseline and the parameters that hold on it.

    - `world`: one sector; flows `[0, n, i]` US$ m with home sales, no tariffs
    - `labour_share` ν `[n]`: share of sales in market n that is earned by workers of n
    - `pass_through` φ `[n]`: exponent of importer n's tariffs in its price index, beside ε
    - `announced` `[i]`: the US rate on each partner of 2 April 2025, as fractions; zero on itself
    - `gdp` `[n]`: as recorded, US$ m; not the income that the baseline implies
    """

    world: World
    labour_share: Floats
    pass_through: Floats
    announced: Floats
    gdp: Floats

    def closure(self, revenue: Revenue) -> Closure:
        """What the paper lets move: deficits by market-access labour, hours, and the use of tariff `revenue`."""
        access = MarketAccess(self.labour_share, self.pass_through, SCALE)
        return Closure(deficits="endogenous", labour_supply=LABOUR_SUPPLY, revenue=revenue, access=access)

    @property
    def us(self) -> int:
        """Position of the United States."""
        return self.world.economies.index(US)


def read(folder: Path) -> Calibration:
    """The calibrated baseline from the authors' inputs.

    Units: trade comes in US$ thousand (row exporter, column importer, an empty cell is no trade), GDP in US$, rates as
    fractions; money becomes US$ m. Raises `SourceError` naming the file that is missing or not as it should be.
    """
    codes = _codes(folder / "country_labels.csv")
    trade = _table(folder / "trade_cepii.csv", N).T / 1e3
    gdp = _table(folder / "gdp.csv", 1)[:, 0] / 1e6
    announced = np.maximum(FLOOR, _table(folder / "tariffs.csv", 1)[:, 0])
    if US not in codes:
        raise SourceError(f"{folder / 'country_labels.csv'}: {US} is not among the economies")
    if not gdp.all():
        raise SourceError(f"{folder / 'gdp.csv'}: {codes[int(gdp.argmin())]} has no GDP")
    us = np.array([code == US for code in codes])
    announced[us] = 0
    nu_abroad, nu_us = access_shares(two_regions(trade, us), np.array((gdp[~us].sum(), gdp[us].sum())))
    nu = np.where(us, nu_us, nu_abroad)
    world = World(
        codes, ("goods",), baseline_flows(trade, gdp, nu)[None], np.zeros((1, N, N)), np.zeros((N, 1, 1)),
        np.ones((N, 1)), np.array([ELASTICITY]), name="liberation-day", year=2023, elasticity_source=CITATION,
    )  # fmt: skip
    return Calibration(world, nu, pass_through(nu), announced, gdp)


def pass_through(labour_share: Floats, firm: float = 1.0) -> Floats:
    """φ `[n]`: the share `firm` of a tariff that firms pass on, and what market access in local labour adds."""
    return np.asarray(firm + labour_share / (1 - labour_share) * (1 + SCALE))


def two_regions(flows: Floats, us: NDArray[np.bool_]) -> Floats:
    """Flows `[n, i]` summed to `[2, 2]`: 0 is everyone but the US, 1 the US; 0's own hold the trade among its members.

    >>> two_regions(np.arange(9.0).reshape(3, 3), np.array([False, False, True]))
    array([[ 8.,  7.],
           [13.,  8.]])
    """
    member = np.stack((~us, us)).astype(np.float64)
    return np.asarray(member @ flows @ member.T)


def access_shares(trade: Floats, gdp: Floats) -> Floats:
    """ν of the two regions, such that market access takes `ACCESS_TARGETS` of the sales of each region's firms.

    `trade` `[2, 2]` without home sales (see `two_regions`), `gdp` `[2]`, US$ m. Source: appendix F.4, with the
    targets of the authors' code. Raises `SourceError` when no shares meet the targets.
    """
    bought, sold = trade[[0, 1], [1, 0]], trade[[1, 0], [0, 1]]

    def gap(nu: Floats) -> Floats:
        spent = gdp + (1 - nu) * (trade.sum(1) - (1 - nu) @ trade)
        home = (spent - bought) / (spent - bought + sold)
        return np.asarray(home * nu + (1 - home) * nu[::-1] - ACCESS_TARGETS)

    found = root(gap, (0.1, 0.24), tol=1e-13)
    if not np.abs(gap(found.x)).max() < 1e-10:
        raise SourceError("liberation-day: no market-access shares meet their targets for this trade and this GDP")
    return np.asarray(found.x)


def baseline_flows(trade: Floats, gdp: Floats, labour_share: Floats) -> Floats:
    """Trade `[n, i]` with home sales on the diagonal: expenditure less imports, not below zero.

    Expenditure is GDP plus the transfer of the authors' code, whose second term carries the factor 1 − ν once more
    than the accounts ask for; the published numbers rest on it.
    """
    kept = 1 - labour_share
    transfer = kept * (trade.sum(1) - kept @ trade)
    home = np.maximum(gdp + transfer - trade.sum(1), 0)
    return np.asarray(trade + np.diag(home))


# ---- the files --------------------------------------------------------------------------------------------------


def _codes(path: Path) -> tuple[str, ...]:
    header, rows = _lines(path)
    if "iso3" not in header or len(rows) != N:
        raise SourceError(f'{path}: needs {N} rows with a column "iso3"')
    return tuple(row[header.index("iso3")].strip() for row in rows)


def _table(path: Path, columns: int) -> Floats:
    """Numbers below a line of headings, `[N, columns]`, finite and not negative; an empty cell is 0."""
    _, rows = _lines(path)
    widths = {len(row) for row in rows}
    if len(rows) != N or widths != {columns}:
        found = f"{len(rows)} rows of {'/'.join(map(str, sorted(widths)))} cells"
        raise SourceError(f"{path}: {found} below the headings, where {N} of {columns} are needed")
    try:
        numbers = np.array([[float(cell) if cell.strip() else 0.0 for cell in row] for row in rows])
    except ValueError as error:
        raise SourceError(f"{path}: not a table of numbers ({error})") from error
    if not np.isfinite(numbers).all() or numbers.min() < 0:
        row, column = (int(i) for i in np.argwhere(~(numbers >= 0) | np.isinf(numbers))[0])
        raise SourceError(f"{path}:{row + 2}: cell {column + 1} is {numbers[row, column]}, where none is below zero")
    return numbers


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    """The headings and the rows below them; empty lines at the end do not count."""
    if not path.is_file():
        raise SourceError(
            f"{path} is missing: replicate liberation-day needs the authors' replication inputs (--data DIR)"
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [row for row in csv.reader(file) if row]
    if not lines:
        raise SourceError(f"{path} is empty")
    return lines[0], lines[1:]
