"""Static duty bills on Japan counted by hand: Census lines times product lists, with no law behind them.

A count of August 2026: US$ 151.3 bn of imports of 2024 (US Census Bureau), product lists of Trade War Redux 2025
(M. Waugh, July 2026). Cars and parts come first, then metals at their full value, then what is exempt; duty over value
in 2024 stands for the normal duty. Written again from the shares and amounts that it printed; gives them to a tenth.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tradetalks.law.trade import trade

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

JAPAN = trade("USA").of("JPN")
LINES = tuple(f"{int(line):010d}" for line in JAPAN.lines[JAPAN.line])
VALUE: Floats = JAPAN.value
"""Customs value, US$ `[row]`."""


def points(added: Floats, where: Flags | None = None) -> float:
    """What rates `[row]` come to on all imports, or a part of them, in points of all."""
    kept = added if where is None else np.where(where, added, 0.0)
    return 100 * float(kept @ VALUE / VALUE.sum())


def chapters(*heads: str) -> Flags:
    """The rows whose codes begin so."""
    return np.array([line.startswith(heads) for line in LINES])


def codes(data: Path, name: str) -> set[str]:
    """The codes of a list, as they are printed."""
    table = pl.read_csv(data / "sources" / "law" / "tariff-lists" / name, infer_schema_length=0)
    return {code.replace(".", "").strip() for code in table.to_series(0)}


@cache
def collected(data: Path) -> Floats:
    """Duty over value in 2024 `[row]`."""
    table = pl.read_parquet(data / "sources" / "census" / "us-imports-2024-hs10.parquet")
    japan = table.filter((pl.col("partner_name").cast(pl.Utf8) == "JAPAN") & (pl.col("customs_value_usd") > 0))
    ratio = japan["calculated_duty_usd"].to_numpy() / japan["customs_value_usd"].to_numpy()
    by_line = dict(zip(japan["hs10"].cast(pl.Utf8).to_list(), ratio.tolist(), strict=True))
    return np.array([by_line[line] for line in LINES])


@cache
def goods(data: Path) -> dict[str, Flags]:
    """What each list holds, the first that names a row; aircraft are a part of general goods."""

    def held(name: str) -> Flags:
        found = codes(data, name)
        return np.array([any(line[:size] in found for size in (4, 6, 8, 10)) for line in LINES])

    cars = held("auto-tariffs.csv")
    metals = (held("steel-tariffs.csv") | held("alu-tariffs.csv") | chapters("72", "73", "76")) & ~cars
    exempt = held("annex-II-exemptions.csv") | held("consumer_electronics_EO14257_apr11.csv") | chapters("98", "99")
    exempt &= ~cars & ~metals
    general = ~(cars | metals | exempt)
    aircraft = general & chapters("88", "841191")
    return {"cars": cars, "metals": metals, "exempt": exempt, "general": general, "aircraft": aircraft}


@cache
def added(data: Path) -> dict[str, Floats]:
    """What each state adds to the duties of 2024, fractions `[row]`."""
    on, normal = goods(data), collected(data)
    grounded = ~on["aircraft"]

    def count(cars: Floats | float, metals: float, general: Floats | float) -> Floats:
        return np.asarray(on["cars"] * cars + on["metals"] * metals + on["general"] * general)

    def total(rate: float) -> Floats:
        return np.maximum(0, rate - normal)

    return {
        "16 April 2025": count(0.25, 0.25, 0.10),
        "July 2025, metals 50": count(0.25, 0.50, 0.10),
        "24 back, metals 25": count(0.25, 0.25, 0.24),
        "25 from 1 August, metals 50": count(0.25, 0.50, 0.25),
        "stacked by mistake": count(0.25, 0.50, 0.15),
        "deal as ordered": count(total(0.15), 0.50, total(0.15) * grounded),
        "deal, emergency tariffs void": count(0.15, 0.50, 0.0),  # here 15 is added to the normal duty, not a total
        "no deal, void, surcharge 10": count(0.25, 0.50, 0.10),
        "no deal, void, no surcharge": count(0.25, 0.50, 0.0),
        "section 301 at 12.5": count(total(0.15), 0.50, total(0.125) * grounded),
    }
