"""Lines: how much of a sector's trade lies in products that an option names, where the importer's trade ships by line.

From what customs recorded product by product (`tradetalks.law.trade`); the United States in 2024.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import UnknownCode
from tradetalks.law import countries
from tradetalks.law.trade import TABLES, Trade, trade
from tradetalks.world.economies import UNION
from tradetalks.world.economies import table as economies


def ships(importer: str) -> bool:
    """Whether the trade of an importer is at hand by line.

    >>> ships("United States"), ships("JPN"), ships("*")
    (True, False, False)
    """
    try:
        return countries.code(importer) in TABLES
    except UnknownCode:
        return False


def shares(importer: str, exporter: str, products: tuple[str, ...]) -> dict[str, float]:
    """Part of each sector's imports from one economy (ISO3) that products make, by value; codes of 2 to 10 digits.

    A member of the European Union ships what the Union ships. Where the table has no trade from an economy in a
    sector, the products of partners without border duties of their own stand in (`Trade.usual`). Sectors with no
    goods are left out. Raises `LawError` for an importer whose trade does not ship by line.
    """
    table = trade(countries.code(importer))
    known = economies()
    partner = UNION if exporter in known and known[exporter].group == UNION else exporter
    return _shares(table, partner, products)


@cache
def _shares(table: Trade, partner: str, products: tuple[str, ...]) -> dict[str, float]:
    inside = _inside(table, products)
    sources = [table.of(partner)] if partner in table.partners else []
    sources.append(table.usual(partner, tuple(range(len(table.sectors)))))
    found: dict[str, float] = {}
    for source in sources:
        named, total = (
            np.bincount(table.sector[source.line], source.value * weight, len(table.sectors))
            for weight in (inside[source.line], 1.0)
        )
        for k, sector in enumerate(table.sectors):
            if total[k] > 0:
                found.setdefault(sector, float(named[k] / total[k]))
    return found


@cache
def _inside(table: Trade, products: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which lines the codes name `[line]`."""
    return np.array([f"{line:010d}".startswith(products) for line in table.lines.tolist()])
