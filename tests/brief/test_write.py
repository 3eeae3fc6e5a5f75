"""The files of a brief: what they are, and what happens when they cannot be written."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from tradetalks.brief import write
from tradetalks.brief.contract import Contents
from tradetalks.brief.write import render
from tradetalks.errors import OutputError

HOSTILE = "<script>alert(1)</script> #panic() $x$ [*b*] \\ {{ view }} {% raw %} \" & ' -->"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"brief.json": b"{}", "brief.html": b"<html>", "brief.pdf": b"%PDF"}
    monkeypatch.setattr(sys.modules[write.__module__], "render", lambda contents: files)


def pages(pdf: bytes) -> list[str]:
    pypdf = pytest.importorskip("pypdf")
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_the_paper_has_two_a4_pages(rendered: dict[str, bytes]) -> None:
    pypdf = pytest.importorskip("pypdf")
    found = pypdf.PdfReader(io.BytesIO(rendered["brief.pdf"])).pages
    assert len(found) == 2
    assert [round(float(side)) for side in found[0].mediabox[2:]] == [595, 842]


def test_a_brief_with_twice_as_much_to_say_still_has_two_pages(contents: Contents) -> None:
    for part in ("situation", "published", "sources", "notes"):
        contents[part] = contents[part] * 3  # type: ignore[literal-required]
    contents["solutions"][1]["options"] = {**contents["solutions"][1]["options"], "Rice quota": "as today"}
    assert len(pages(render(contents)["brief.pdf"])) == 2


def test_the_same_contents_give_the_same_bytes(contents: Contents, rendered: dict[str, bytes]) -> None:
    assert render(contents) == rendered


def test_the_data_file_is_the_contents(contents: Contents, rendered: dict[str, bytes]) -> None:
    assert json.loads(rendered["brief.json"]) == contents


def test_the_page_asks_the_network_for_nothing(rendered: dict[str, bytes]) -> None:
    page = rendered["brief.html"].decode()
    assert not re.search(r'(?:src|srcset|action|data)\s*=\s*["\']?\s*\w', page)
    assert not re.search(r'href\s*=\s*["\'](?!#)', page)
    assert not re.search(r"@import|url\(|<script|<link|<iframe", page)
    assert page.count("<svg") == 4


def test_paper_and_page_say_the_same_numbers(rendered: dict[str, bytes]) -> None:
    page = rendered["brief.html"].decode()
    paper = " ".join(pages(rendered["brief.pdf"])).replace("\xa0", " ")
    for number in (
        "412 of 4,860",
        "−4.7",
        "(−3.1 to −7.5)",
        "Emergency tariffs void",
        "Kalai–Smorodinsky",
        "27 offers",
    ):
        assert number in re.sub(r"\s+", " ", paper), number
        assert number in page.replace("\xa0", " "), number


def test_no_number_is_printed_raw(rendered: dict[str, bytes]) -> None:
    text = " ".join(pages(rendered["brief.pdf"]))
    assert not re.search(r"\d\.\d{4}", text)
    assert not re.search(r"(?<![\w\]\d])-\d", text), "a hyphen where a minus sign is due"


def test_hostile_text_is_printed_not_obeyed(contents: Contents) -> None:
    hostile = deepcopy(contents)
    hostile["case"]["title"] = hostile["parties"][0]["name"] = hostile["notes"][0] = HOSTILE
    hostile["reference_points"][0]["label"] = hostile["situation"][0]["what"] = HOSTILE
    hostile["solutions"][0]["label"] = hostile["position"]["exposure"][0]["name"] = HOSTILE
    made = render(hostile)
    assert b"<script" not in made["brief.html"]
    assert b"&lt;script&gt;" in made["brief.html"]
    found = pages(made["brief.pdf"])
    assert len(found) == 2
    assert "#panic()" in found[0]


def test_without_a_zone_of_agreement_the_brief_says_so(contents: Contents) -> None:
    contents["solutions"], contents["losers"], contents["third_parties"] = [], [], []
    contents["offers"]["in_zone"], contents["offers"]["share_in_zone"] = 0, 0.0
    for offer in contents["frontier"]:
        offer["in_zone"] = False
    made = render(contents)
    assert b"No zone of agreement" in made["brief.html"]
    assert len(pages(made["brief.pdf"])) == 2
    assert "No zone of agreement" in pages(made["brief.pdf"])[0]


def test_three_files_in_the_folder_and_nothing_else(quick: None, contents: Contents, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "folder"
    paths = write(contents, out)
    assert paths == [out / "brief.json", out / "brief.html", out / "brief.pdf"]
    assert sorted(path.name for path in out.iterdir()) == ["brief.html", "brief.json", "brief.pdf"]
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_a_file_where_the_folder_should_be_is_refused(quick: None, contents: Contents, tmp_path: Path) -> None:
    out = tmp_path / "brief"
    out.write_text("mine")
    with pytest.raises(OutputError, match=r"cannot write the brief there.*--out"):
        write(contents, out)
    assert out.read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_refused_before_any_is_replaced(
    quick: None, contents: Contents, tmp_path: Path
) -> None:
    (tmp_path / "brief.json").write_text("earlier")
    (tmp_path / "brief.pdf").mkdir()
    with pytest.raises(OutputError, match=r"brief\.pdf"):
        write(contents, tmp_path)
    assert (tmp_path / "brief.json").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brief.json", "brief.pdf"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_leaves_earlier_files_whole(
    quick: None, contents: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    for name in ("brief.json", "brief.html", "brief.pdf"):
        (tmp_path / name).write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OutputError, match="No space left"):
        write(contents, tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "brief.json": "earlier",
        "brief.html": "earlier",
        "brief.pdf": "earlier",
    }


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(quick: None, contents: Contents, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write(contents, tmp_path)


def test_importing_the_brief_loads_no_typesetter() -> None:
    check = (
        "import sys, tradetalks.brief; print({'typst', 'vl_convert', 'jinja2', 'altair', 'rich'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"
