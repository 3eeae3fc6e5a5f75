"""Flows and tariffs of 81 economies in 28 sectors, compiled from the OECD tables and the Global Tariff Database.

Flows: OECD Inter-Country Input-Output tables, edition 2025. Tariffs: Teti, Global Tariff Database (beta 2024-12).
Compiled by A. Lashkaripour as a MATLAB 7.3 file, which is HDF5.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.sources import files
from tradetalks.world.sources.concordance import SECTORS, sector_of_industry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHAT = "the compiled ICIO flows and tariffs (MATLAB 7.3)"


@dataclass(frozen=True)
class FlowsAndTariffs:
    """Flows in US$ m at basic prices and tariffs as fractions, both `[sector, importer, exporter]`."""

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Floats
    tariffs: Floats
    year: int


def load(path: Path | str) -> FlowsAndTariffs:
    """Reads a compiled file such as `ICIO2022.mat` as it is, without any repair.

    Raises `SourceError` when the file is missing or not in this layout.
    """
    import h5py

    path = files.require(path, WHAT)
    try:
        with h5py.File(path) as file:
            data = file["data"]
            economies = tuple(_texts(file, data["countries"]))
            sectors = tuple(_texts(file, data["sectors"]))
            flows, tariffs = np.array(data["Xjik_3D"], dtype=float), np.array(data["tjik_3D"], dtype=float)
            year = int(np.asarray(data["year"]).item())
    except (OSError, KeyError) as error:
        raise SourceError(f"{path.as_posix()}: {error}; expected {WHAT}: data/Xjik_3D, tjik_3D, countries") from error
    shape = (len(sectors), len(economies), len(economies))
    for name, array in (("Xjik_3D", flows), ("tjik_3D", tariffs)):
        if array.shape != shape:
            raise SourceError(f"{path.as_posix()}: {name} has shape {array.shape}; its labels give {shape}")
    return FlowsAndTariffs(economies, sectors, flows, tariffs, year)


def _texts(file: Any, dataset: Any) -> list[str]:
    """MATLAB cell array of texts: references to arrays of character codes."""
    return ["".join(chr(code) for code in np.asarray(file[reference]).ravel()) for reference in np.ravel(dataset)]


def merged(source: FlowsAndTariffs) -> FlowsAndTariffs:
    """The same in the 23 sectors: flows add up, tariffs are averaged by flow (plainly where nothing flows)."""
    groups = np.array([SECTORS.index(sector_of_industry(code)) for code in source.sectors])
    shape = (len(SECTORS), *source.flows.shape[1:])
    flows, duties, plain = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(flows, groups, source.flows)
    np.add.at(duties, groups, source.flows * source.tariffs)
    np.add.at(plain, groups, source.tariffs)
    plain /= np.bincount(groups, minlength=len(SECTORS))[:, None, None]
    tariffs = np.divide(duties, flows, out=plain, where=flows > 0)
    return FlowsAndTariffs(source.economies, SECTORS, flows, tariffs, source.year)
