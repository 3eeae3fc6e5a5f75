"""The papers at hand, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tradetalks.errors import SourceError, nearest
from tradetalks.replicate import cp2015, lashkaripour2021, liberation_day, ossa2014
from tradetalks.replicate.table import Replication

PAPERS: dict[str, tuple[str, Callable[[Path], Replication]]] = {
    "cp2015": ("Caliendo and Parro (2015), Table 2: welfare effects of NAFTA's tariff reductions", cp2015.replicate),
    "liberation-day": (
        "Ignatenko, Lashkaripour, Macedoni and Simonovska (2025), Tables 1 and 2: April 2025 and retaliation",
        liberation_day.replicate,
    ),
    "ossa2014": (
        "Ossa (2014), Tables 3 to 7: optimal, Nash and cooperative tariffs, without and with lobbying",
        ossa2014.replicate,
    ),
    "lashkaripour2021": (
        "Lashkaripour (2021), Table 2: Nash tariffs by sufficient statistics",
        lashkaripour2021.replicate,
    ),
}
"""Name → (what it is, how it is recomputed from a folder of its inputs)."""


def replicate(paper: str, data: Path) -> Replication:
    """Recomputes `paper` from its inputs in `data/<paper>` or `data/replication/<paper>` (or in `data` itself).

    Raises `SourceError` for an unknown paper and for inputs that are missing or not as they should be.
    """
    if paper not in PAPERS:
        hint = nearest(paper, PAPERS)
        raise SourceError(f'no replication "{paper}"; {hint or "known: " + ", ".join(PAPERS)}')
    folder = next((at for at in (data / paper, data / "replication" / paper) if at.is_dir()), data)
    return PAPERS[paper][1](folder)
