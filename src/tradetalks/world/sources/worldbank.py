"""Gross domestic product at current US$, World Bank, World Development Indicators NY.GDP.MKTP.CD (CC BY 4.0)."""

from __future__ import annotations

from pathlib import Path

from tradetalks.errors import SourceError
from tradetalks.world.sources import files

WHAT = "World Bank GDP in current US$"


def load(path: Path | str, year: int) -> dict[str, float]:
    """GDP of `year` by ISO3 code in US$ m, aggregates such as WLD included. Taiwan is not published.

    Raises `SourceError` when the file is missing, lacks a column, or has no row of that year.
    """
    frame = files.read_text_table(path, WHAT, ("Country Code", "Year", "Value"))
    frame = frame.filter(frame["Year"] == str(year))
    if frame.height == 0:
        raise SourceError(f"{Path(path).as_posix()}: no row of {year}; expected {WHAT}")
    values = files.numbers(frame, "Value", path)
    return {code: value / 1e6 for code, value in zip(frame["Country Code"], values, strict=True)}
