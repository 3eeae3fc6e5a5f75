"""A replication: rows of published numbers beside ours, their difference, and what explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One number of a paper, in percent unless its column says else; `published` is None where it is not at hand."""

    table: str
    case: str
    row: str
    column: str
    published: float | None
    ours: float
    decimals: int = 2

    @property
    def difference(self) -> float | None:
        """Ours less published; None where nothing is published."""
        return None if self.published is None else self.ours - self.published

    @property
    def agrees(self) -> bool | None:
        """Whether ours rounds to the published number."""
        if self.published is None:
            return None
        return bool(abs(self.ours - self.published) <= 0.5 * 10.0**-self.decimals + 1e-9)


@dataclass(frozen=True)
class Replication:
    """One paper: its citation, the rows, and notes on what differs and why."""

    paper: str
    citation: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    residual: float
    """Largest certified residual of the equilibria behind the rows."""

    @property
    def verdict(self) -> str:
        """How many of the published numbers ours agree with."""
        compared = [row for row in self.rows if row.published is not None]
        hit = sum(bool(row.agrees) for row in compared)
        return f"{hit} of {len(compared)} published numbers agree to the last printed decimal"

    def as_json(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "paper": self.paper,
            "citation": self.citation,
            "verdict": self.verdict,
            "residual": self.residual,
            "rows": [
                {
                    "table": r.table, "case": r.case, "row": r.row, "column": r.column, "economy": r.row,
                    "measure": r.column, "published": r.published, "ours": r.ours, "difference": r.difference,
                }
                for r in self.rows
            ],
            "notes": list(self.notes),
        }  # fmt: skip
