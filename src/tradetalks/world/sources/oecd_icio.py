"""The OECD's own Inter-Country Input-Output tables, one CSV a year, as a user downloads them (oe.cd/icio).

Editions 2021 to 2025, regular and extended. The extended files split China and Mexico by firm type (CN1, CN2, MX1,
MX2); the parts are added up again. US$ million, current, basic prices.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.sources import files

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHAT = "an OECD ICIO table (rows and columns such as USA_C29, rows TLS, VA and OUT, last column OUT)"
PARTS_OF = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}
USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR", "NPS", "P33", "DIRP", "DISC")
"""Final uses of all editions; stocks (INVNT) can be negative."""
OUTPUT = ("OUT", "TOTAL", "OUTPUT")
VALUE_ADDED = ("VA", "VALU")
TAXES = re.compile(r"TLS|.*_TAXSUB|TAXSUB")


@dataclass(frozen=True, eq=False)
class Icio:
    """One year of the tables, US$ m at basic prices."""

    economies: tuple[str, ...]
    industries: tuple[str, ...]
    inter: Floats
    """`[origin, input, destination, user]`"""
    final: Floats
    """`[origin, product, destination]`, all final uses together; negative where stocks fell by more than was used."""
    output: Floats
    """`[economy, industry]`"""
    year: int | None
    residual: float
    """Largest gap of a row or column identity, US$ m."""


def load(path: Path | str) -> Icio:
    """Reads a table such as `2022_SML.csv` (regular) or `2022.csv` (extended).

    Raises `SourceError` when the file is missing, a label or cell cannot be read, a part is absent, or the rows or
    columns do not add up to output within 0.1 + 0.0002 of it.
    """
    path = files.require(path, WHAT)
    columns, rows, cells = _read(path)
    industry_rows = [label for label in rows if "_" in label and not TAXES.fullmatch(label)]
    industries_known = set(industry_rows)
    industry_columns = [label for label in columns if label in industries_known]
    use_columns = [label for label in columns if label not in industries_known and label not in OUTPUT]
    for label in use_columns:
        if label.partition("_")[2] not in USES:
            raise SourceError(f"{path.as_posix()}: column {label} is no industry of the rows and no known final use")
    if sorted(industry_columns) != sorted(industry_rows) or not use_columns:
        odd = sorted(industries_known ^ set(industry_columns))[:3]
        raise SourceError(
            f"{path.as_posix()}: {len(industry_rows)} industry rows, {len(industry_columns)} industry columns and "
            f"{len(use_columns)} final-use columns ({', '.join(odd) or 'no final use'} unmatched); expected {WHAT}"
        )
    row_at = {label: place for place, label in enumerate(rows)}
    column_at = {label: place for place, label in enumerate(columns)}
    taxes = [place for label, place in row_at.items() if TAXES.fullmatch(label)]
    va = _one(row_at, VALUE_ADDED, "row", path)
    out_row, out_column = _one(row_at, OUTPUT, "row", path), _one(column_at, OUTPUT, "column", path)

    r = [row_at[label] for label in industry_rows]
    c = [column_at[label] for label in industry_rows]
    u = [column_at[label] for label in use_columns]
    residual = _identities(
        path, industry_rows, cells[np.ix_(r, c + u)].sum(1), cells[r, out_column],
        cells[np.ix_([*r, *taxes, va], c)].sum(0), cells[out_row, c],
    )  # fmt: skip

    makers = [_split(label) for label in industry_rows]
    economies = tuple(dict.fromkeys(economy for economy, _ in makers))
    industries = tuple(dict.fromkeys(industry for _, industry in makers))
    n, k = len(economies), len(industries)
    maker = np.array([economies.index(e) * k + industries.index(i) for e, i in makers])
    buyers = [_split(label)[0] for label in use_columns]
    if strange := sorted(set(buyers) - set(economies)):
        raise SourceError(f"{path.as_posix()}: final use by {', '.join(strange)}, who have no industries")
    buyer = np.array([economies.index(code) for code in buyers])
    inter = _summed(_summed(cells[np.ix_(r, c)], maker, n * k).T, maker, n * k).T
    final = _summed(_summed(cells[np.ix_(r, u)], maker, n * k).T, buyer, n).T
    output = _summed(cells[r, out_column][:, None], maker, n * k)
    return Icio(
        economies, industries, inter.reshape(n, k, n, k), final.reshape(n, k, n), output.reshape(n, k),
        _year(path), residual,
    )  # fmt: skip


def _read(path: Path) -> tuple[list[str], list[str], Floats]:
    """Column labels, row labels and the numbers between them; blank cells are zero."""
    import polars as pl

    with path.open(encoding="utf-8-sig", newline="") as file:
        header = [label.strip() for label in next(csv.reader(file), [])]
    columns = header[1:]
    if len(columns) < 3 or len(set(columns)) != len(columns):
        raise SourceError(f"{path.as_posix()}: header {', '.join(header[:4])}; expected {WHAT}")
    schema = {"label": pl.String} | dict.fromkeys(columns, pl.Float64)
    try:
        frame = pl.read_csv(path, has_header=False, skip_rows=1, schema=schema, null_values=[""])
    except pl.exceptions.PolarsError as error:
        said = str(error).splitlines()[0]
        raise SourceError(f"{path.as_posix()}: a cell is no number ({said}); expected {WHAT}") from error
    rows = [str(label).strip() for label in frame["label"]]
    if len(set(rows)) != len(rows):
        twice = next(label for label in rows if rows.count(label) > 1)
        raise SourceError(f"{path.as_posix()}: row {twice} stands twice")
    return columns, rows, frame.drop("label").fill_null(0.0).to_numpy()


def _split(label: str) -> tuple[str, str]:
    """Economy and industry, at the first underscore only: USA_C17_18 is C17_18 of USA."""
    economy, _, industry = label.partition("_")
    return PARTS_OF.get(economy, economy), industry


def _one(places: dict[str, int], names: Sequence[str], kind: str, path: Path) -> int:
    for name in names:
        if name in places:
            return places[name]
    raise SourceError(f"{path.as_posix()}: no {kind} {' or '.join(names)}; expected {WHAT}")


def _summed(cells: Floats, groups: NDArray[np.intp], count: int) -> Floats:
    """Rows added up by group; untouched, only put in order, where every group has one row."""
    total = np.zeros((count, cells.shape[1]))
    if len(set(groups.tolist())) == groups.size:
        total[groups] = cells
    else:
        np.add.at(total, groups, cells)
    return total


def _identities(path: Path, labels: Sequence[str], sold: Floats, out: Floats, spent: Floats, made: Floats) -> float:
    worst = 0.0
    for kind, found, wanted in (("sales", sold, out), ("costs", spent, made)):
        gap = np.abs(found - wanted)
        excess = gap - (0.1 + 2e-4 * np.abs(wanted))
        if excess.max(initial=-1.0) > 0:
            place = int(excess.argmax())
            raise SourceError(
                f"{path.as_posix()}: {kind} of {labels[place]} add up to {found[place]:,.1f}, its output is "
                f"{wanted[place]:,.1f}: the table is damaged or not in its known layout"
            )
        worst = max(worst, float(gap.max(initial=0.0)))
    return worst


def _year(path: Path) -> int | None:
    """The last four-digit year in the file's name."""
    years = re.findall(r"(?:19|20)\d\d", path.stem)
    return int(years[-1]) if years else None
