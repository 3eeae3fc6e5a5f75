"""What trade shows of a product where its code does not tell: the rate a duty by quantity came to, metal content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tradetalks.law.countries import members
from tradetalks.law.scope import METALS
from tradetalks.law.stacking import Floats
from tradetalks.law.trade import trade


def equivalent(hs8: str, partner: str, preferred: bool, importer: str = "USA") -> tuple[float | None, str]:
    """The ad valorem equivalent of a line's normal duty, and on what it rests.

    The rate collected on the partner's own goods under the eight digits; where those were `preferred`, or there were
    none, that on all goods without preference; `None` where there were none either. Source: duty over customs value,
    US Census Bureau, 2024.
    """
    table = trade(importer)
    if partner in members("EU27"):
        partner = "EU27"  # the table holds the Union as one
    lines = table.lines // np.uint64(100) == np.uint64(int(hs8))
    rows = lines[table.line]
    if partner in table.partners and not preferred:
        own = rows & (table.partner == table.partners.index(partner))
        if own.any():
            rate = float((table.value * table.normal)[own].sum() / table.value[own].sum())
            return rate, "as collected on this partner's goods in 2024"
    known = rows & np.isfinite(table.ave)[table.line]
    if known.any():
        rate = float((table.value * table.ave[table.line])[known].sum() / table.value[known].sum())
        return rate, "as collected on all goods without preference in 2024"
    return None, ""


def metal_content(lines: Sequence[str], importer: str = "USA") -> Floats:
    """Steel, aluminium and copper as parts of value `[line, metal]`.

    A line without trade takes the mean of its neighbours under the same 8, 6 or 4 digits. Source: input-output tables
    of the US Bureau of Economic Analysis.
    """
    table = trade(importer)
    found = np.zeros((len(lines), len(METALS)))
    for k, line in enumerate(lines):
        for digits in (10, 8, 6, 4):
            near = table.lines // np.uint64(10 ** (10 - digits)) == np.uint64(int(line[:digits]))
            if near.any():
                found[k] = table.content[near].mean(0)
                break
    return found
