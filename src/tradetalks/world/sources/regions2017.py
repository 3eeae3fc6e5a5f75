"""Input–output coefficients of seven regions in 2017: BRA CHN EU IND JPN ROW USA, 22 goods and 22 services.

Teaching data set of Z. Wang (Hong Kong Baptist University), built on the OECD ICIO tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.sources import files
from tradetalks.world.sources.concordance import SECTORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GOODS = 22
WHAT = "the seven-region tables of 2017"


@dataclass(frozen=True)
class Regions:
    """Seven regions in 2017, in the industries of the file (1 to 44)."""

    regions: tuple[str, ...]
    flows: Floats
    """US$ m, `[industry, importer, exporter]`."""
    io_shares: Floats
    """Input per unit of gross output, `[region, input, user]`."""
    value_added_shares: Floats
    """Share of value added in output, `[region, industry]`."""

    @property
    def output(self) -> Floats:
        """Gross output, US$ m, `[region, industry]`."""
        return np.asarray(self.flows.sum(1).T)

    @property
    def coefficients(self) -> Floats:
        """Input per unit of gross output in the 23 sectors, `[region, input, user]`: services are summed as inputs and
        averaged by output as users."""
        to = self._grouping
        used = np.einsum("nkj,nj,ka,jb->nab", self.io_shares, self.output, to, to)
        return np.asarray(used / (self.output @ to)[:, None, :])

    @property
    def final_shares(self) -> Floats:
        """Share of absorption (basic prices) that is final demand in the 23 sectors, `[region, product]`.

        Negative where stocks fell.
        """
        used = np.einsum("nkj,nj->nk", self.io_shares, self.output) @ self._grouping
        return np.asarray(1 - used / (self.flows.sum(2).T @ self._grouping))

    @property
    def _grouping(self) -> Floats:
        return np.asarray(np.eye(len(SECTORS))[np.minimum(np.arange(self.output.shape[1]), GOODS)])


def load(folder: Path | str) -> Regions:
    """Reads `TradeFlow2017.csv`, `IOshare.csv` and `vashare.csv`.

    The shares of intermediate spending in the file are turned into shares of gross output. Raises `SourceError` when
    a file or column is missing or a cell of the block is not given exactly once.
    """
    folder = Path(folder)
    value_added, regions = _block(folder / "vashare.csv", ("iso_o", "indcode"), "vashare")
    spending, _ = _block(folder / "IOshare.csv", ("iso_o", "input_ind", "output_ind"), "valueshare")
    traded, _ = _block(folder / "TradeFlow2017.csv", ("indcode", "iso_d", "iso_o"), "tradevalue")
    return Regions(regions, traded, spending * (1 - value_added)[:, None, :], value_added)


def additions(path: Path | str, column: str) -> Floats:
    """A tariff added on one partner's goods, fraction by goods sector (22), such as `tariff_China.csv`.

    Raises `SourceError`.
    """
    frame = files.read_text_table(path, "a tariff by industry 1 to 22", ("indcode", column))
    rates = dict(zip(frame["indcode"].cast(int), files.numbers(frame, column, path), strict=True))
    if sorted(rates) != list(range(1, GOODS + 1)):
        raise SourceError(f"{Path(path).as_posix()}: industries {sorted(rates)}; expected 1 to {GOODS}")
    return np.array([rates[i] for i in range(1, GOODS + 1)])


def _block(path: Path, keys: tuple[str, ...], value: str) -> tuple[Floats, tuple[str, ...]]:
    """A long table as a dense array with one axis a key; regions in alphabetical order, industries by number."""
    frame = files.read_text_table(path, WHAT, (*keys, value))
    axes = []
    for key in keys:
        found = frame[key].unique().to_list()
        axes.append(sorted(found, key=int) if all(label.isdigit() for label in found) else sorted(found))
    block = np.full([len(axis) for axis in axes], np.nan)
    places = tuple(np.array([axis.index(label) for label in frame[key]]) for key, axis in zip(keys, axes, strict=True))
    block[places] = files.numbers(frame, value, path)
    if np.isnan(block).any() or frame.height != block.size:
        raise SourceError(f"{path.as_posix()}: {frame.height} rows for {block.size} cells; expected each cell once")
    return block, tuple(axes[0])
