"""The folder of a scenario: nothing outside it is read, and nothing that was not written here is overwritten."""

import json
import os

import pytest
import yaml

from tests.talks.scenarios.drawn import assert_same, random
from tradetalks.errors import OutputError, SourceError
from tradetalks.talks.scenarios import folder as folders
from tradetalks.talks.scenarios import genius, negmas

every_format = pytest.mark.parametrize("exchange", [negmas, genius])


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "talks"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@every_format
def test_a_scenario_takes_the_place_of_one_written_before_and_leaves_nothing_of_it(folder, exchange):
    negmas.write(random((2, 2), parties=3), folder, "json")
    told = exchange.write(random((3, 2)), folder)
    assert set(told.files) == set(folder.iterdir())
    assert len(exchange.read(folder).parties) == 2
    assert list(folder.parent.iterdir()) == [folder]


@every_format
def test_a_folder_is_made_with_those_above_it_and_an_empty_one_is_filled(folder, exchange):
    deep = folder / "a" / "b"
    exchange.write(random((2, 2)), deep)
    (folder / "empty").mkdir()
    exchange.write(random((2, 2)), folder / "empty")
    assert contents(deep) == contents(folder / "empty")


@every_format
def test_a_folder_with_anything_else_in_it_is_left_alone(folder, exchange):
    folder.mkdir()
    (folder / "thesis.txt").write_text("ten years of work")
    with pytest.raises(OutputError, match="holds files that are no scenario written by tradetalks; name another"):
        exchange.write(random((2, 2)), folder)
    (folder / "thesis.txt").unlink()
    exchange.write(random((2, 2)), folder)
    (folder / "notes.txt").write_text("about it")
    before = contents(folder)
    with pytest.raises(OutputError, match=r"holds notes\.txt beside the scenario, which would be lost"):
        exchange.write(random((3, 3)), folder)
    assert contents(folder) == before
    with pytest.raises(OutputError, match="is a file; name a folder"):
        exchange.write(random((2, 2)), folder / "notes.txt")


@pytest.mark.parametrize("info", ["format: x", "format: tradetalks scenario 1", "[", "[]", "files: [notes.txt]"])
def test_a_folder_that_only_looks_like_a_scenario_is_left_alone(folder, info):
    folder.mkdir()
    (folder / "_info.yaml").write_text(info)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="no scenario written by tradetalks"):
        negmas.write(random((2, 2)), folder)
    assert (folder / "notes.txt").read_text() == "mine"


@every_format
@pytest.mark.parametrize("failing", [1, 2])
def test_when_writing_fails_what_was_there_is_still_there(folder, exchange, failing, monkeypatch):
    exchange.write(random((2, 2)), folder)
    before, replace, calls = contents(folder), os.replace, []

    def fails(*paths):
        calls.append(paths)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        replace(*paths)

    monkeypatch.setattr(folders.os, "replace", fails)
    with pytest.raises(OutputError, match=r"No space left on device\. What was there is untouched"):
        exchange.write(random((3, 3)), folder)
    assert contents(folder) == before
    assert list(folder.parent.iterdir()) == [folder]


def test_an_unwritable_place_is_an_error_that_says_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write the scenario there"):
        negmas.write(random((2, 2)), tmp_path / "file" / "talks")
    assert (tmp_path / "file").read_text() == "x"


def edited(folder, change) -> None:
    path = next(folder.glob("_info.*"))
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML too


@every_format
@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "", "..\\secret", "1-P0/"])
def test_a_file_named_outside_the_folder_is_not_opened(folder, exchange, name):
    exchange.write(random((2, 2)), folder)
    (folder.parent / "secret").write_text("type: ConstUtilityFunction\nvalue: 1")
    for place in ("domain", "parties"):
        exchange.write(random((2, 2)), folder)
        edited(folder, lambda d, p=place: d.update(domain=name) if p == "domain" else d[p][0].update(file=name))
        with pytest.raises(SourceError, match="leads out of the folder"):
            exchange.read(folder)


@every_format
def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder, exchange):
    told = exchange.write(random((2, 2)), folder)
    outside = folder.parent / "outside"
    told.files[1].rename(outside)
    told.files[1].symlink_to(outside)
    with pytest.raises(SourceError, match="a link that leads out of the folder"):
        exchange.read(folder)
    next(folder.glob("_info.*")).unlink()
    with pytest.raises(SourceError, match="a link that leads out of the folder"):
        exchange.read(folder)


@every_format
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(unit="yen"), 'unit "yen"; known: US'),
        (lambda d: d.pop("name"), "name is missing or no text"),
        (lambda d: d.update(parties=[]), "parties is missing or empty"),
        (lambda d: d.update(parties=["x"]), r"parties\[1\]: party is missing"),
        (lambda d: d["parties"][1].update(factor=0), "a factor is above zero"),
        (lambda d: d["parties"][1].update(offset="much"), r"parties\[2\].offset: \"much\" is not a number"),
        (lambda d: d["parties"][1].update(largest_error=-1), "an error zero or above"),
        (lambda d: d["parties"][1].update(file="3.yml"), "cannot be read: no such file"),
        (lambda d: d["parties"][1].update(file="a\0b"), "leads out of the folder"),
    ],
)
def test_a_damaged_info_is_named_with_what_is_wrong(folder, exchange, change, message):
    exchange.write(random((2, 2)), folder)
    edited(folder, change)
    with pytest.raises(SourceError, match=message):
        exchange.read(folder)


@every_format
def test_an_info_of_another_program_is_not_taken_for_ours(folder, exchange):
    scenario = random((2, 2))
    exchange.write(scenario, folder)
    edited(folder, lambda d: d.update(format="another"))
    assert exchange.read(folder).unit == "utility without a unit"
    exchange.write(scenario, folder.with_name("other"))
    if exchange is negmas:
        assert_same(scenario, exchange.read(folder.with_name("other")))


@every_format
def test_a_folder_or_file_that_cannot_be_read_says_so(folder, exchange, monkeypatch):
    with pytest.raises(SourceError, match="no such folder; name the folder that holds"):
        exchange.read(folder)
    folder.mkdir()
    with pytest.raises(SourceError, match="0 domain"):
        exchange.read(folder)
    told = exchange.write(random((2, 2)), folder)
    monkeypatch.setattr(folders, "LARGEST", 100)
    with pytest.raises(SourceError, match="larger than 0 MB"):
        exchange.read(folder)
    monkeypatch.undo()
    told.files[0].write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(SourceError, match=r"not UTF-8 text|not XML"):
        exchange.read(folder)
    told.files[0].unlink()
    told.files[0].mkdir()
    with pytest.raises(SourceError, match="not a file"):
        exchange.read(folder)
