"""JSON Schemas of the files of law, for editors that complete and check YAML; shipped beside the records."""

from __future__ import annotations

from typing import Any

from tradetalks.errors import LawError
from tradetalks.law.authority import AuthorityFile
from tradetalks.law.claims import ClaimFile
from tradetalks.law.lists import ListFile
from tradetalks.law.measure import MeasureFile
from tradetalks.law.normal import NormalFile
from tradetalks.law.precedence import RuleFile
from tradetalks.law.preferences import PreferenceFile
from tradetalks.records.fields import Record

KINDS: dict[str, type[Record]] = {
    "measures": MeasureFile,
    "stacking": RuleFile,
    "claims": ClaimFile,
    "lists": ListFile,
    "authorities": AuthorityFile,
    "preferences": PreferenceFile,
    "normal": NormalFile,
}
"""Kinds of files of law, by the name of their schema."""

INHERITED = {
    "Measure": ("authority", "importer"),
    "Quota": ("importer",),
    "Safeguard": ("importer",),
    "SectorRate": ("source",),
}
"""Fields that a record takes from its file where it has none."""


def schema(kind: str = "measures") -> dict[str, Any]:
    """The JSON Schema of a kind of file. Raises `LawError` for a kind that is none."""
    if kind not in KINDS:
        raise LawError(f'no schema "{kind}"; known: {", ".join(KINDS)}')
    found = KINDS[kind].model_json_schema(by_alias=True)
    for name, inherited in INHERITED.items():
        if name in found["$defs"]:
            required = found["$defs"][name]["required"]
            found["$defs"][name]["required"] = [field for field in required if field not in inherited]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
