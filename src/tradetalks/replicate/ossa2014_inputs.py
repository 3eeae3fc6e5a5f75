"""The inputs of Ossa (2014): the author's MAT files in this package's layout."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from tradetalks.errors import SourceError
from tradetalks.world import World

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats

CITATION = (
    "Ossa, R. (2014), Trade Wars and Trade Talks with Data, American Economic Review 104(12), 4104-4146; "
    "data and code: openICPSR 112717 (CC BY 4.0)"
)
ECONOMIES = ("Brazil", "China", "EU", "India", "Japan", "ROW", "US")
N, J = len(ECONOMIES), 33


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the author's files hold, in this package's layout."""

    world: World
    """The raw accounts, deficits as in the data."""
    weights: Floats
    """Lobbying weights λ `[j, n]`, mean 1 over industries."""
    optimal: Floats
    """The author's optimal tariffs without lobbying `[j, n, i]`: column n is what n levies when others keep theirs."""
    nash: Floats
    """The author's Nash tariffs without lobbying `[j, n, i]`."""


def read(folder: Path) -> Inputs:
    """The raw accounts of 2007 (US$ m, rates as fractions), lobbying weights and the author's solutions.

    Raises `SourceError` naming the file that is missing, cannot be read, or lacks a table of the right shape.
    """
    file = "ossa2014_inputs.mat"
    trade = _by_exporter(_matrix(folder, file, "RAWTRADE", (J * N, N)))
    tariffs = _by_exporter(_matrix(folder, file, "TARIFF", (J * N, N)))
    sigma = _matrix(folder, file, "SIGMA", (J, 1))[:, 0]
    weights = _matrix(folder, file, "LAMBDAPOL", (N, J)).T
    labels = tuple(str(cell[0]) for cell in _variable(folder, file, "LABELS", (J, 1))[:, 0])
    world = World(
        ECONOMIES, labels, trade, tariffs, np.zeros((N, J, J)), np.ones((N, J)), sigma - 1,
        name="ossa2014", year=2007, elasticity_source=CITATION,
    )  # fmt: skip
    partners = _matrix(folder, "OPTIMALTARIFFBAS.mat", "OPTIMALTARIFFBAS", (J * (N - 1), N)).reshape(J, N - 1, N)
    optimal = np.zeros((J, N, N))
    for n in range(N):
        optimal[:, n, np.arange(N) != n] = partners[:, :, n]
    nash = _matrix(folder, "NASHTARIFFBASs.mat", "NASHTARIFFBASs", (N, N, J)).transpose(2, 1, 0)
    return Inputs(world, weights / weights.mean(0), optimal, np.ascontiguousarray(nash))


def _by_exporter(table: Floats) -> Floats:
    """`[j, n, i]` of a table whose rows are industry × exporter and whose columns are importers."""
    return np.ascontiguousarray(table.reshape(J, N, N).swapaxes(1, 2))


def _matrix(folder: Path, file: str, name: str, shape: tuple[int, ...]) -> Floats:
    numbers = _variable(folder, file, name, shape)
    if numbers.dtype.kind not in "fiu" or not np.isfinite(numbers).all():
        raise SourceError(f"{folder / file}: {name} must be a table of finite numbers")
    return numbers.astype(np.float64)


def _variable(folder: Path, file: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    path = folder / file
    if not path.is_file():
        raise SourceError(f"{path} is missing: replicate ossa2014 needs the author's replication inputs (--data DIR)")
    try:
        found = loadmat(path, variable_names=[name])
    except (OSError, ValueError, TypeError, NotImplementedError, MatReadError, zlib.error) as error:
        raise SourceError(f"{path}: not a MAT file of version 7 or earlier ({error})") from error
    if name not in found:
        raise SourceError(f"{path}: no table {name} in it")
    if found[name].shape != shape:
        raise SourceError(f"{path}: {name} has shape {found[name].shape}, where {shape} is needed")
    return np.asarray(found[name])
