"""Faults in a file of records, told one a line: file, line, field, what is wrong and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tradetalks.errors import nearest
from tradetalks.records.yaml_file import Document, FieldPath

if TYPE_CHECKING:
    from pydantic import ValidationError

Fault = tuple[FieldPath, str]
"""A field and what is wrong with it."""

MOST = 10
"""Faults told at once."""

_PLAIN = {
    "missing": "is missing",
    "dict_type": "must be a mapping of names",
    "tuple_type": "must be a list",
    "too_short": "has too few entries",
}


def listed(faults: Iterable[Fault], document: Document) -> str:
    """The first faults in the file's order, one a line."""
    ordered = sorted(faults, key=lambda found: document.line(found[0]))[:MOST]
    return "\n".join(document.fault(*found) for found in ordered)


def explained(error: ValidationError, document: Document) -> str:
    """What pydantic found, one line a fault."""
    found: list[Fault] = []
    for detail in error.errors(include_url=False):
        context = detail.get("ctx", {})
        inner = tuple(context["field"].split(".")) if context.get("field") else ()
        message = _PLAIN.get(detail["type"], context.get("message") or detail["msg"])
        if detail["type"] == "literal_error":
            allowed = re.findall(r"'([^']+)'", context["expected"])
            message = (
                f'"{detail["input"]}" is not one of {", ".join(allowed)}; {nearest(str(detail["input"]), allowed)}'
            )
        found.append(((*detail["loc"], *inner), message.rstrip("; ")))
    return listed(found, document)
