"""Published trade elasticities by sector, eight sets mapped to the industries of the OECD tables.

Mapping by A. Lashkaripour. Each set keeps its authors' values within a stated range; services are 4 in every set.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world.accounts import ElasticitySet
from tradetalks.world.sources import files
from tradetalks.world.sources.concordance import SECTORS, sector_of_industry

AUTHORS = {
    "FGO": "Fontagné, Guimbard and Orefice (2022)",
    "BSY": "Bagwell, Staiger and Yurukoglu (2021)",
    "CP": "Caliendo and Parro (2015)",
    "GYY": "Giri, Yi and Yilmazkuday (2021)",
    "LL": "Lashkaripour and Lugovskyy (2023)",
    "Shap": "Shapiro (2016)",
    "IS": "estimated on the flows and tariffs of the compiled ICIO data (Lashkaripour)",
    "U4": "4 in every sector, for comparison",
}
"""Author and year of each set."""

PUBLISHED = ("FGO", "BSY", "CP", "GYY", "LL", "Shap")
"""The sets whose sector-wise median, as `median`, is the default of built worlds: no single study decides."""

LOWEST, HIGHEST, SERVICES = 1.5, 15.0, 4.0


def load(path: Path | str) -> dict[str, ElasticitySet]:
    """Elasticity sets in the 23 sectors, from `elasticities_icio28.csv`, and first the `median` of `PUBLISHED`.

    A merged sector takes the plain mean of its parts (equal in every set); values are capped to 1.5–15, which
    changes petroleum (64.85), machinery (1.45) and transport (1.12) of CP, and electronics, petroleum, food of
    others; the source of each set says which. Raises `SourceError`.
    """
    frame = files.read_text_table(path, "trade elasticities by industry and set", ("sector", "set", "epsilon"))
    values = files.numbers(frame, "epsilon", path)
    found: dict[str, dict[str, list[float]]] = {}
    for name, industry, value in zip(frame["set"], frame["sector"], values, strict=True):
        found.setdefault(name, {}).setdefault(sector_of_industry(industry), []).append(value)
    sets: dict[str, ElasticitySet] = {}
    for name, authors in AUTHORS.items():
        if set(found.get(name, ())) != set(SECTORS):
            raise SourceError(f"{Path(path).as_posix()}: set {name} does not cover the {len(SECTORS)} sectors")
        sets[name] = _capped(authors, np.array([np.mean(found[name][sector]) for sector in SECTORS]))
    middle = np.median([sets[name].values for name in PUBLISHED], axis=0)
    return {"median": ElasticitySet(middle, f"sector by sector, of {', '.join(PUBLISHED)}")} | sets


def _capped(authors: str, values: np.ndarray) -> ElasticitySet:
    said = [authors]
    if values[-1] != SERVICES:
        said.append(f"services {SERVICES:g} for {values[-1]:g}")
    kept = np.append(np.clip(values[:-1], LOWEST, HIGHEST), SERVICES)
    cut = [
        f"{sector} {old:.4g}"
        for sector, old, new in zip(SECTORS[:-1], values[:-1], kept[:-1], strict=True)
        if old != new
    ]
    if cut:
        said.append(f"capped to {LOWEST:g}–{HIGHEST:g}: {', '.join(cut)}")
    return ElasticitySet(kept, "; ".join(said))
