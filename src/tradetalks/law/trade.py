"""Trade: what an importer bought in a year, by product and partner, with the duty collected and the normal duty.

The United States in 2024: imports for consumption of the US Census Bureau, 50 partners, 97 % of all imports.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import LawError
from tradetalks.law.stacking import Floats
from tradetalks.records.fields import Source

TABLES = {"USA": "usa/trade-2024.npz"}
"""Importers whose trade ships."""

SOURCE = Source(
    title="US Census Bureau, imports for consumption by product and partner, 2024",
    date=date(2025, 2, 5),
    confidence="primary",
)
"""What schedules are weighted with."""

Usage = Literal["settled", "month", "year"]

SETTLED = ("2025-07", "2025-12")
"""First and last month in which claims of the USMCA tell what qualifies."""

SETTLED_KNOWN = date(2026, 2, 19)
"""When the claims of those months were public."""

NO_SECTOR = 255
"""Goods returned and special provisions (chapters 98 and 99), which no sector makes."""


@dataclass(frozen=True, eq=False)
class Trade:
    """Imports of one importer; `R` rows are a product from a partner, sorted by partner and product."""

    importer: str
    lines: NDArray[np.uint64]
    """Ten-digit codes `[line]`."""
    partners: tuple[str, ...]
    """ISO3 codes, and EU27 for the Union as one."""
    line: NDArray[np.intp]
    """`[row]`"""
    partner: NDArray[np.intp]
    """`[row]`"""
    value: Floats
    """Customs value, US$ `[row]`."""
    collected: Floats
    """Duty collected in the year, US$ `[row]`."""
    normal: Floats
    """Normal duty, preferences as used inside, fraction of value `[row]`."""
    sectors: tuple[str, ...]
    """Codes of the sectors of the world."""
    sector: NDArray[np.uint8]
    """Position among `sectors`, or `NO_SECTOR` `[line]`."""
    content: Floats
    """Steel, aluminium and copper content, parts of value `[line, metal]`."""
    months: tuple[str, ...]
    """The year, then months, of `usmca`."""
    usmca: Floats
    """Share of imports claiming the USMCA `[month, row of Canada or Mexico]`."""
    ave: Floats
    """Ad valorem equivalent of the general rate where it is no percentage, not a number elsewhere `[line]`."""
    usmca_rows: NDArray[np.int64]
    """Start and stop of the rows of Canada and of Mexico `[2, 2]`."""
    kept: dict[object, Any] = field(default_factory=dict, repr=False)
    """What others have worked out from this trade, to be used again."""
    listed: dict[object, NDArray[np.bool_]] = field(default_factory=dict, repr=False)
    """Which lines codes name, as far as worked out; shared with the trade of single partners."""

    def usmca_share(self, on: date, usage: Usage = "settled") -> Floats:
        """Share of each row that claims the USMCA `[row]`.

        `settled`: as in the second half of 2025, when claiming had come to pay and who could, did; so it tells what
        qualifies. `month`: as claimed in the month of the day; the last month known goes on. `year`: as claimed in
        2024, which is all that was known before 2026.
        """
        if usage == "month":
            claimed = self.usmca[self.month_at(on)]
        elif usage == "year":
            claimed = self.usmca[0]
        else:
            claimed = self.usmca[[SETTLED[0] <= name <= SETTLED[1] for name in self.months]].mean(0)
        share = np.zeros(self.value.size)
        done = 0
        for start, stop in self.usmca_rows:
            share[start:stop] = claimed[done : done + stop - start]
            done += stop - start
        return share

    def month_at(self, on: date) -> int:
        """Position in `months` of the last that is not after a day."""
        return max((k for k, name in enumerate(self.months) if name <= on.isoformat()[:7]), default=0)

    def first_days(self) -> tuple[date, ...]:
        """The days on which shares of claims change."""
        return tuple(date.fromisoformat(f"{name}-01") for name in self.months if len(name) == 7)

    def of(self, partner: str) -> Trade:
        """The imports from one partner that the table holds."""
        rows = np.flatnonzero(self.partner == self.partners.index(partner))
        bounds = self.usmca_rows.clip(rows[0], rows[-1] + 1)
        sizes = np.diff(self.usmca_rows, axis=1).ravel()
        columns = np.repeat(np.diff(bounds, axis=1).ravel() > 0, sizes)
        return replace(
            self, partners=(partner,), line=self.line[rows], partner=np.zeros(rows.size, dtype=np.intp),
            value=self.value[rows], collected=self.collected[rows], normal=self.normal[rows],
            usmca=self.usmca[:, columns], usmca_rows=bounds - rows[0], kept={},
        )  # fmt: skip

    def usual(self, partner: str, sectors: tuple[int, ...]) -> Trade:
        """A stand-in for the imports from a partner, in sectors in which the table has none from it.

        The products of all partners without a border duty of their own (all but Canada, Mexico and China), at the
        normal duty those pay.
        """
        value, duty = self._pooled()
        kept = np.flatnonzero((value > 0) & np.isin(self.sector, sectors))
        return replace(
            self, partners=(partner,), line=kept, partner=np.zeros(kept.size, dtype=np.intp), value=value[kept],
            collected=np.zeros(kept.size), normal=duty[kept] / value[kept], usmca=self.usmca[:, :0],
            usmca_rows=np.zeros((2, 2), dtype=np.int64), kept={},
        )  # fmt: skip

    def _pooled(self) -> tuple[Floats, Floats]:
        """Value and normal duty of the partners without a border duty of their own `[line]`."""
        if "pooled" not in self.kept:
            rows = ~np.isin(self.partner, [self.partners.index(code) for code in ("CAN", "CHN", "MEX")])
            duty = self.value * self.normal
            self.kept["pooled"] = tuple(
                np.asarray(np.bincount(self.line[rows], amount[rows], self.lines.size), dtype=float)
                for amount in (self.value, duty)
            )
        value, duty = self.kept["pooled"]
        return value, duty


@cache
def trade(importer: str = "USA") -> Trade:
    """The trade of an importer. Raises `LawError` where none ships."""
    if importer not in TABLES:
        raise LawError(f"no imports of {importer} by product ship; rates are known for {', '.join(TABLES)}")
    with files("tradetalks.law").joinpath(TABLES[importer]).open("rb") as file, np.load(file) as table:
        return Trade(
            importer,
            table["lines"],
            tuple(str(code) for code in table["partners"]),
            table["line"].astype(np.intp),
            table["partner"].astype(np.intp),
            table["value"].astype(float),
            table["duty"].astype(float),
            table["normal"].astype(float),
            tuple(str(code) for code in table["sectors"]),
            table["sector"],
            table["content"].astype(float),
            tuple(str(month) for month in table["usmca_months"]),
            table["usmca"] / 100.0,
            table["ave"].astype(float),
            table["usmca_rows"],
        )
