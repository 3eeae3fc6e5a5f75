"""World Input-Output Database, 2013 release: 40 countries and the rest of the world, 35 industries.

Cite Timmer, Dietzenbacher, Los, Stehrer and de Vries (2015). Read from the R list `wiot_YEAR` (`.RData`).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.sources import files
from tradetalks.world.sources.concordance import WIOD, WIOD_OF_SECTOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RENAMED = {"ROM": "ROU", "RoW": "ROW"}
PARTS = ("inter", "final", "output", "countries", "industries", "year")
GROUPS = tuple(dict.fromkeys(WIOD.values()))
"""The 16 groups of industries used here, in order."""


@dataclass(frozen=True)
class Wiod:
    """A world input–output table, US$ m at basic prices."""

    countries: tuple[str, ...]
    industries: tuple[str, ...]
    inter: Floats
    """`[origin, input, destination, user]`"""
    final: Floats
    """`[origin, product, destination, use]`, inventories (the last use) negative where stocks fell."""
    output: Floats
    """`[country, industry]`"""
    year: int

    @property
    def value_added(self) -> Floats:
        """Output less intermediate inputs at basic prices, `[country, industry]`: taxes on inputs are within."""
        return np.asarray(self.output - self.inter.sum((0, 1)))

    @property
    def coefficients(self) -> dict[str, Floats]:
        """Input per unit of output in the 16 groups, `[input, user]` by country; NaN for users without output."""
        to = self._grouping
        used = np.einsum("okdu,ka,ub->dab", self.inter, to, to)
        made = self.output @ to
        with np.errstate(invalid="ignore"):
            shares = used / np.where(made > 0, made, np.nan)[:, None, :]
        return dict(zip(self.countries, shares, strict=True))

    @property
    def final_shares(self) -> dict[str, Floats]:
        """Share of absorption (basic prices) that is final demand in the 16 groups, by country; NaN where nothing is
        absorbed, negative where stocks fell."""
        final = np.einsum("okdf,ka->da", self.final, self._grouping)
        total = final + np.einsum("okdu,ka->da", self.inter, self._grouping)
        with np.errstate(invalid="ignore"):
            shares = final / np.where(total > 0, total, np.nan)
        return dict(zip(self.countries, shares, strict=True))

    @property
    def _grouping(self) -> Floats:
        return np.array([[float(WIOD[i] == g) for g in GROUPS] for i in self.industries])


def group_indices(sectors: tuple[str, ...]) -> NDArray[np.intp]:
    """Position among `GROUPS` of each of the 23 sectors."""
    return np.array([GROUPS.index(WIOD_OF_SECTOR[sector]) for sector in sectors])


def load(path: Path | str) -> Wiod:
    """Reads `wiot_2011.RData` or its like. Raises `SourceError` when missing or not in this layout."""
    import rdata

    what = "an R list wiot_YEAR with " + ", ".join(PARTS)
    path = files.require(path, what)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the list carries an R class that only R knows
            found = rdata.read_rda(path)
    except Exception as error:  # the reader raises many kinds for files that are no R data
        raise SourceError(f"{path.as_posix()}: not an R data file ({error}); expected {what}") from error
    name = next((str(key) for key in found if str(key).startswith("wiot")), "")
    table = found.get(name, {})
    missing = [part for part in PARTS if part not in table]
    if missing:
        raise SourceError(f"{path.as_posix()}: no {', '.join(missing)} in {list(found)}; expected {what}")
    countries = tuple(RENAMED.get(str(code), str(code)) for code in table["countries"])
    industries = tuple(str(code) for code in table["industries"])
    n, k = len(countries), len(industries)
    inter, final = np.asarray(table["inter"], dtype=float), np.asarray(table["final"], dtype=float)
    output = np.asarray(table["output"], dtype=float)
    if inter.shape != (n * k, n * k) or final.shape[0] != n * k or final.shape[1] % n or output.shape != (n * k,):
        raise SourceError(
            f"{path.as_posix()}: inter {inter.shape}, final {final.shape} for {n} countries x {k} industries"
        )
    if unknown := set(industries) - set(WIOD):
        raise SourceError(f"{path.as_posix()}: industries {sorted(unknown)}; expected c1 to c35")
    return Wiod(
        countries, industries, inter.reshape(n, k, n, k), final.reshape(n, k, n, -1), output.reshape(n, k),
        int(np.asarray(table["year"]).item()),
    )  # fmt: skip
