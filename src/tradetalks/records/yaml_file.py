"""A YAML file read strictly: text in mappings and lists, with the line of every field.

Only what records need of YAML 1.2: no tags, no anchors or aliases, no repeated keys, and no guessing of types (`NO`,
`on` and `2025-04-16` stay text; the schema converts). All of it is refused while reading, before any object is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradetalks.errors import CaseError, TradetalksError

LARGEST = 1_000_000
"""Bytes; a hundred measures take about 50,000."""

DEEPEST = 20
"""Levels of mappings and lists inside each other."""

FieldPath = tuple[str | int, ...]
"""Where a field stands: keys and positions from the root."""

Fault = type[TradetalksError]
"""The error to raise; a case and a law have each their own."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The scanner in C where PyYAML was built with it; both give the same events, and neither makes objects here."""


@dataclass(frozen=True)
class Document:
    """What a file says, and where it says it."""

    name: str
    """The file as the user knows it, for messages."""
    data: dict[str, Any]
    """Nested mappings and lists; every leaf is text."""
    lines: Mapping[FieldPath, int]
    """Line of each field, counted from 1."""

    def line(self, path: FieldPath) -> int:
        """The line of a field, or of the nearest field around it when the field itself is missing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: FieldPath, message: str) -> str:
        """A message in the form ``file:line: field: what is wrong``."""
        return f"{self.name}:{self.line(path)}: {field_name(path)}: {message}"


def field_name(path: FieldPath) -> str:
    """A field as people write it.

    >>> field_name(("measures", 2, "rate", "cap"))
    'measures[3].rate.cap'
    """
    out = ""
    for part in path:
        out += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if out else part
    return out or "file"


def read(path: Path, name: str | None = None, error: Fault = CaseError) -> Document:
    """Reads one file.

    Raises `error` naming file, line and field when the file is missing, larger than 1 MB, not UTF-8 text, not
    YAML, or uses what is refused here.
    """
    shown = name or str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as found:
        raise error(f"{shown}: cannot be read: {(found.strerror or str(found)).lower()}") from found
    if len(raw) > LARGEST:
        raise error(f"{shown}: larger than {LARGEST / 1e6:.0f} MB; a file of records is some pages of text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as found:
        line = raw.count(b"\n", 0, found.start) + 1
        raise error(
            f"{shown}:{line}: byte {raw[found.start]:#04x} is not UTF-8 text; save the file as UTF-8"
        ) from found
    return parse(text, shown, error)


def parse(text: str, name: str, error: Fault = CaseError) -> Document:
    """Reads the text of one file; see `read`.

    >>> parse("case: NO\\non: [2025-04-16]", "x.yaml").data
    {'case': 'NO', 'on': ['2025-04-16']}
    """
    lines: dict[FieldPath, int] = {}
    try:
        events = _checked(yaml.parse(text, Loader=_LOADER), name, error)
        data = _value(next(events), events, (), lines, name, error)
        for extra in events:
            raise error(f"{name}:{_line(extra)}: a second document starts here; a file is one document")
    except StopIteration:
        raise error(f"{name}:1: the file is empty") from None
    except yaml.YAMLError as found:
        mark = getattr(found, "problem_mark", None) or getattr(found, "context_mark", None)
        what = getattr(found, "problem", None) or str(found).splitlines()[0]
        if "mapping values" in what:
            what += " (text with a colon in it needs quotes)"
        raise error(f"{name}:{mark.line + 1 if mark else 1}: not YAML: {what}") from found
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "one text"
        raise error(f"{name}:1: a file is a mapping of fields (`field: …`), not {kind}")
    return Document(name, data, lines)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _checked(events: Iterator[yaml.Event], name: str, error: Fault) -> Iterator[yaml.Event]:
    """The events that carry content, once what is refused has been refused."""
    depth = 0
    for event in events:
        where = f"{name}:{_line(event)}"
        if isinstance(event, yaml.AliasEvent):
            raise error(f"{where}: alias *{event.anchor}: write the text out; aliases are not allowed here")
        if anchor := getattr(event, "anchor", None):
            raise error(f"{where}: anchor &{anchor}: write the text out; anchors are not allowed here")
        if tag := getattr(event, "tag", None):
            raise error(f"{where}: tag {tag}: tags are not allowed here; write plain text")
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise error(f"{where}: % directives are not allowed here")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise error(f"{where}: nested more than {DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _value(
    event: yaml.Event,
    events: Iterator[yaml.Event],
    path: FieldPath,
    lines: dict[FieldPath, int],
    name: str,
    error: Fault,
) -> str | list[Any] | dict[str, Any]:
    lines.setdefault(path, _line(event))
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            items.append(_value(item, events, (*path, len(items)), lines, name, error))
        return items
    fields: dict[str, Any] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        line = _line(key)
        if not isinstance(key, yaml.ScalarEvent):
            raise error(f"{name}:{line}: {field_name(path)}: a field name must be plain text")
        inner = (*path, str(key.value))
        if key.value in fields:
            raise error(f"{name}:{line}: {field_name(inner)}: stands twice, first in line {lines[inner]}")
        lines[inner] = line
        fields[str(key.value)] = _value(next(events), events, inner, lines, name, error)
    return fields
