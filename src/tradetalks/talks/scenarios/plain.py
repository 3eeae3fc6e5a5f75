"""Plain data from YAML and JSON of other programs: text in mappings and lists, nothing guessed, nothing executed.

Where `records.yaml_file` reads our own records, this reads what others write: mappings may have lists for keys, trees
may be deep. Tags, anchors, aliases and repeated keys are refused all the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tradetalks.errors import SourceError

DEEPEST = 100
"""Levels of mappings and lists inside each other."""

Plain = Any
"""Text, a list of plain data, or a mapping from text (or a tuple of texts) to plain data."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INFINITE = re.compile(r"([+-]?)(\.inf|\.Inf|\.INF|Infinity|inf)")


def from_yaml(text: str, name: str) -> Plain:
    """Reads YAML; `name` is the file in messages. Raises `SourceError`.

    >>> from_yaml("mapping: {? [no, 1e3] : 0.5}", "x.yml")
    {'mapping': {('no', '1e3'): '0.5'}}
    """
    try:
        events = _content(yaml.parse(text, Loader=_LOADER), name)
        data = _value(next(events), events, name)
        if next(events, None) is not None:
            raise SourceError(f"{name}: a second document; a scenario has one in each file")
    except StopIteration:
        raise SourceError(f"{name}: the file is empty") from None
    except yaml.YAMLError as found:
        mark = getattr(found, "problem_mark", None)
        what = getattr(found, "problem", None) or str(found).splitlines()[0]
        raise SourceError(f"{name}:{mark.line + 1 if mark else 1}: not YAML: {what}") from found
    return data


def from_json(text: str, name: str) -> Plain:
    """Reads JSON; numbers stay the text they are written in. Raises `SourceError`.

    >>> from_json('{"weights": [0.50, 1e-3], "name": null}', "x.json")
    {'weights': ['0.50', '1e-3'], 'name': 'null'}
    """

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for k, (key, _) in enumerate(pairs) if key in dict(pairs[:k]))
            raise SourceError(f'{name}: "{twice:.60}" stands twice in one object; keep one')
        return found

    try:
        data = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=mapping)
        return _texts(data)
    except RecursionError:
        raise SourceError(f"{name}: nested too deeply; a scenario has few levels") from None
    except json.JSONDecodeError as found:
        raise SourceError(f"{name}:{found.lineno}: not JSON: {found.msg[:1].lower()}{found.msg[1:]}") from found


def number(value: Plain, where: str) -> float:
    """A number, possibly infinite, from its text. Raises `SourceError`.

    >>> number("1.0e-05", "x"), number("-.inf", "x")
    (1e-05, -inf)
    """
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) and math.isfinite(float(value)):
            return float(value)
        if found := _INFINITE.fullmatch(value):
            return -math.inf if found[1] == "-" else math.inf
    shown = f'"{value:.40}"' if isinstance(value, str) else "a list or a mapping"
    raise SourceError(f"{where}: {shown} is not a number; write it plainly, such as 0.25")


def to_json(data: Plain) -> str:
    """JSON of plain data and floats, one entry a line."""
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def to_yaml(data: Plain) -> str:
    """YAML of plain data and floats that means the same in YAML 1.1 and 1.2: text that any reader could take for
    something else is quoted, and floats are written to the last digit."""
    return str(
        yaml.dump(data, Dumper=_Dumper, default_flow_style=None, allow_unicode=True, sort_keys=False, width=10**6)
    )


_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_DUMPER):  # type: ignore[misc]
    """Quotes texts and never abbreviates what is repeated."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_PLAIN = re.compile(r"[a-z][a-z_]{3,}|[A-Z][A-Za-z]{6,}")  # longer than YAML's no, off, yes, null, true, except false


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    safe = _PLAIN.fullmatch(text) and text not in ("null", "true", "false")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if safe else '"')


_Dumper.add_representer(str, _quoted)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _content(events: Iterator[yaml.Event], name: str) -> Iterator[yaml.Event]:
    depth = 0
    for event in events:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise SourceError(f"{name}:{line}: anchors and aliases are not read; write the part out again")
        if tag := getattr(event, "tag", None):
            raise SourceError(f"{name}:{line}: tag {tag}: tags are not read; write plain text and numbers")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise SourceError(f"{name}:{line}: nested more than {DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _value(event: yaml.Event, events: Iterator[yaml.Event], name: str) -> Plain:
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            items.append(_value(item, events, name))
        return items
    fields: dict[str | tuple[str, ...], Plain] = {}
    while not isinstance(start := next(events), yaml.MappingEndEvent):
        line = _line(start)
        key = _value(start, events, name)
        if isinstance(key, list) and all(isinstance(part, str) for part in key):
            key = tuple(key)
        if not isinstance(key, str | tuple):
            raise SourceError(f"{name}:{line}: a key must be text or a list of texts")
        if key in fields:
            raise SourceError(f"{name}:{line}: {key!r:.60} stands twice in one mapping; keep one")
        fields[key] = _value(next(events), events, name)
    return fields


def _texts(data: Any) -> Plain:
    if isinstance(data, dict):
        return {key: _texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_texts(item) for item in data]
    return data if isinstance(data, str) else json.dumps(data)
