"""Source files: present or refused with a clear word, and identified by a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tradetalks.errors import SourceError

if TYPE_CHECKING:
    import polars as pl


def require(path: Path | str, what: str) -> Path:
    """The file at `path`, which should hold `what`. Raises `SourceError` when there is none.

    >>> require("nowhere/2022.csv", "the OECD ICIO table of 2022")
    Traceback (most recent call last):
    tradetalks.errors.SourceError: nowhere/2022.csv: no such file; expected the OECD ICIO table of 2022
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path.as_posix()}: no such file; expected {what}")
    return path


def checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text_table(path: Path | str, what: str, columns: Iterable[str]) -> pl.DataFrame:
    """A comma-separated file with every cell as stripped text, and at least the `columns` named.

    Raises `SourceError` when the file is missing, is no table, or lacks a column.
    """
    import polars as pl

    path = require(path, what)
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.as_posix()}: not a comma-separated table ({error}); expected {what}") from error
    frame = frame.rename({name: name.strip().strip("\ufeff") for name in frame.columns})
    require_columns(frame, path, what, columns)
    return frame.select(pl.col(pl.String).str.strip_chars())


def require_columns(frame: pl.DataFrame, path: Path, what: str, columns: Iterable[str]) -> None:
    """Refuses a table that lacks one of `columns`. Raises `SourceError`."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        found = ", ".join(frame.columns[:8])
        raise SourceError(f"{path.as_posix()}: no column {', '.join(missing)} in {what}; found {found}")


def numbers(frame: pl.DataFrame, column: str, path: Path | str) -> list[float]:
    """One text column as finite numbers. Raises `SourceError` naming the first row that is none."""
    import polars as pl

    values = frame[column].cast(pl.Float64, strict=False)
    wrong = values.is_null() | ~values.is_finite().fill_null(False)
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise SourceError(f"{Path(path).as_posix()}: row {row + 2}: {column} is {frame[column][row]!r}, not a number")
    return [float(value) for value in values]
