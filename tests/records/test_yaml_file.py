"""YAML read strictly: only text in mappings and lists; whatever could surprise is refused, with its line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tradetalks.errors import CaseError, LawError, TradetalksError
from tradetalks.records import yaml_file


def refusal(content: str | bytes, folder: Path, error: type[TradetalksError] = CaseError) -> str:
    path = folder / "records.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error) as caught:
        yaml_file.read(path, "records.yaml", error)
    return str(caught.value)


@pytest.mark.parametrize("error", [CaseError, LawError])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case: !!python/object/apply:os.system ['true']\n", ":1: tag tag:yaml.org,2002:python/object/apply:os.system"),
        ("case: !secret x\n", ":1: tag !secret: tags are not allowed"),
        ("case: &a x\ntitle: *a\n", ":1: anchor &a: write the text out"),
        ("case: x\ntitle: *a\n", ":2: alias *a"),
        ("case: " + "[" * 30 + "]" * 30 + "\n", ":1: nested more than 20 levels deep"),
        ("case: " + "[" * 300_000 + "\n", ":1: nested more than 20 levels deep"),
        ("- case\n", ":1: a file is a mapping of fields"),
        ("case\n", ":1: a file is a mapping of fields"),
        ("", ":1: the file is empty"),
        ("# nothing\n", ":1: the file is empty"),
        ("case: x\n---\ncase: y\n", "a second document starts here"),
        ("%YAML 1.1\n---\ncase: x\n", "directives are not allowed"),
        ("? [a, b]\n: c\n", "a field name must be plain text"),
        ("a: x\nb: y\na: z\n", ":3: a: stands twice, first in line 1"),
        ("case: [1\n", "not YAML"),
        ("title: one: two\n", ":1: not YAML: mapping values are not allowed in this context (text with a colon"),
        ("case: x\n\ttitle: y\n", ":2: not YAML"),
        ("case: \x00\n", "not YAML"),
        (b"case: x\ntitle: \xff\xfe\n", ":2: byte 0xff is not UTF-8 text"),
        ("case: x\n".encode("utf-16"), ":1: byte 0xff is not UTF-8 text"),
    ],
)  # fmt: skip
def test_hostile_or_broken_yaml_is_refused(
    text: str | bytes, message: str, error: type[TradetalksError], tmp_path: Path
) -> None:
    assert message in refusal(text, tmp_path, error)


def test_bombs_are_refused_at_once(tmp_path: Path) -> None:
    laughs = "a: &a [lol, lol]\n" + "".join(
        f"{n}: &{n} [{', '.join([f'*{m}'] * 9)}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    start = time.perf_counter()
    assert "anchor" in refusal(laughs, tmp_path)
    assert "larger than 1 MB" in refusal("case: " + "x" * 10_000_000, tmp_path)
    assert time.perf_counter() - start < 0.5


def test_yes_no_numbers_and_dates_stay_text() -> None:
    found = yaml_file.parse("a: NO\non: [2025-04-16, 1.50, null, 010]\nyes: ~\n", "x.yaml")
    assert found.data == {"a": "NO", "on": ["2025-04-16", "1.50", "null", "010"], "yes": "~"}


def test_every_field_knows_its_line_and_a_missing_one_that_of_the_field_around_it() -> None:
    found = yaml_file.parse("a: x\nb:\n  - c: y\n    d: z\n", "x.yaml")
    assert [found.line(path) for path in (("a",), ("b", 0, "d"), ("b", 0, "e"), ("f",))] == [1, 4, 3, 1]
    assert found.fault(("b", 0, "d"), "is wrong") == "x.yaml:4: b[1].d: is wrong"
