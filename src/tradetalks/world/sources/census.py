"""Duties the United States collected, by partner and product: US Census Bureau, imports for consumption.

Calculated duty over customs value is the average rate in fact collected: preferences, exclusions and the additional
duties of the year are all within.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.sources import concordance, files

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHAT = "US imports by partner and HS10 with customs value and calculated duty"
SPECIAL_CHAPTERS = ("98", "99")
"""Goods returned, temporary legislation: no product that a sector makes."""


@dataclass(frozen=True)
class Collected:
    """US imports and duties, US$ m, `[partner, sector]`; partners are ISO3 codes, the European Union is EU27."""

    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    value: Floats
    duty: Floats


def load(path: Path | str) -> pl.DataFrame:
    """The table as published: `partner_code`, `hs10` as text, `customs_value_usd`, `calculated_duty_usd`.

    Raises `SourceError`.
    """
    import polars as pl

    path = files.require(path, WHAT)
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.as_posix()}: not a Parquet file ({error}); expected {WHAT}") from error
    wanted = ("partner_code", "hs10", "customs_value_usd", "calculated_duty_usd")
    files.require_columns(frame, path, WHAT, wanted)
    return frame.select(pl.col("partner_code").cast(pl.String), pl.col("hs10").cast(pl.String), *wanted[2:])


def by_sector(frame: pl.DataFrame, concordances: Path | str) -> Collected:
    """Value and duty by partner and sector (23), chapters 98 and 99 left out.

    Each product belongs to the one sector of its GTAP class. Raises `SourceError` for a partner without ISO3 code.
    """
    import polars as pl

    folder = Path(concordances)
    sector_of = {
        product: concordance.SECTOR_OF_GTAP.get(gtap, "D_T")
        for product, gtap in concordance.gtap_of_products(folder).items()
    }
    iso3 = concordance.iso3_of_census(folder)
    unknown = sorted(set(frame["partner_code"].unique()) - set(iso3))
    if unknown:
        raise SourceError(f"no ISO3 code for the Census partners {', '.join(unknown)}")
    totals = (
        frame.filter(~pl.col("hs10").str.slice(0, 2).is_in(SPECIAL_CHAPTERS))
        .with_columns(
            sector=pl.col("hs10").replace_strict(sector_of, default=None, return_dtype=pl.String),
            partner=pl.col("partner_code").replace_strict(iso3, return_dtype=pl.String),
        )
        .drop_nulls("sector")
        .group_by("partner", "sector")
        .agg(pl.col("customs_value_usd").sum(), pl.col("calculated_duty_usd").sum())
    )
    partners = tuple(sorted(totals["partner"].unique()))
    value, duty = np.zeros((2, len(partners), len(concordance.SECTORS)))
    for partner, sector, customs, collected in totals.iter_rows():
        cell = partners.index(partner), concordance.SECTORS.index(sector)
        value[cell], duty[cell] = customs / 1e6, collected / 1e6
    return Collected(partners, concordance.SECTORS, value, duty)
