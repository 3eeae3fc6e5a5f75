"""The records of law and the rates from the command line; the schemas that ship for editors."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from tradetalks.cli import main
from tradetalks.law.book import book
from tradetalks.law.schema import KINDS, schema

SHIPPED = Path(str(files("tradetalks.law").joinpath("usa")))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 1
    return capsys.readouterr().err


def test_the_law_of_a_day_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "law", "list", "US", "--on", "2025-04-09", "--json"))
    names = {record["measure"] for record in found}
    assert {"recip-annex-i", "232-auto-25"} <= names and "s122" not in names
    assert "recip-annex-i" in printed(capsys, "law", "list", "--on", "2025-04-09")


def test_a_measure_is_shown_as_its_file_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "law", "show", "jp-floor")
    assert "rate: {cap: 15%}" in said and "International Emergency Economic Powers Act" in said
    found = json.loads(printed(capsys, "law", "show", "jp-floor", "--json"))
    assert found["measure"]["rate"] == {"cap": 0.15} and found["authority"]["authority"] == "IEEPA"
    assert "did you mean jp-floor?" in refused(capsys, "law", "show", "jp-flor")


def test_every_measure_can_be_shown() -> None:
    for measure in book().measures:
        place, text = book().text_of(measure.measure)
        assert place.startswith("law/usa/") and text.splitlines()[0].endswith(measure.measure)


def test_records_are_copied_edited_checked_and_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    assert "law check" in printed(capsys, "law", "copy", str(folder))
    assert "does not exist yet" in refused(capsys, "law", "copy", str(folder))  # never overwrites
    path = folder / "ieepa-reciprocal.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{additional: 10%}", "{additional: 11%}", 1))
    assert json.loads(printed(capsys, "law", "check", str(folder), "--json"))[0]["measures"] == len(book().measures)
    entry = ["duty", "US", "JP", "9020.00.90", "--on", "2025-04-06", "--json"]
    mine = json.loads(printed(capsys, *entry, "--law", str(folder)))["rate"]
    assert mine - json.loads(printed(capsys, *entry))["rate"] == pytest.approx(0.01)
    day = ["rates", "US", "--partner", "JP", "--on", "2025-04-06", "--json"]
    mine = json.loads(printed(capsys, *day, "--law", str(folder)))["average"]
    assert mine > json.loads(printed(capsys, *day))["average"]
    path.write_text(path.read_text(encoding="utf-8").replace("    citation:", "    citaton:", 1))
    assert "citaton: no such field; did you mean citation?" in refused(capsys, "law", "check", str(folder))


def test_a_code_that_names_nothing_is_refused_with_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    printed(capsys, "law", "copy", str(folder))
    cars = folder / "lists" / "autos.csv"
    cars.write_text(cars.read_text().rstrip() + "\n87991100,2025-04-03,\n")
    said = refused(capsys, "law", "check", str(folder))
    assert "lists/autos.csv:" in said and "8799.11.00 names no line of the tariff of USA" in said


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_that_ship_are_those_of_the_records(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = json.loads((SHIPPED / "schemas" / f"{kind}.json").read_text(encoding="utf-8"))
    assert shipped == schema(kind) == json.loads(printed(capsys, "law", "schema", kind))


def test_every_file_of_records_points_its_editor_to_its_schema() -> None:
    for path in [*SHIPPED.glob("*.yaml"), *SHIPPED.parent.glob("jpn/*.yaml")]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (path.parent / first.partition("$schema=")[2]).is_file()


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: days are text."""


EditorLoader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_records_that_ship_fit_their_schemas() -> None:
    validator = jsonschema.Draft202012Validator
    for path in SHIPPED.glob("*.yaml"):
        kind = path.stem if path.stem in KINDS else "measures"
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=EditorLoader)
        faults = [error.message for error in validator(schema(kind)).iter_errors(data)]
        assert faults == [], path.name


def test_rates_come_as_table_as_data_and_as_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ["rates", "US", "--partner", "Japan", "--from", "2025-04-03", "--to", "2025-04-12"]
    days = json.loads(printed(capsys, *span, "--json"))
    assert [day["on"] for day in days] == [f"2025-04-{n:02d}" for n in range(3, 13)]
    rows = list(csv.DictReader(io.StringIO(printed(capsys, *span, "--csv"))))
    assert [float(row["average"]) for row in rows] == pytest.approx([day["average"] for day in days], abs=1e-6)
    pytest.importorskip("vl_convert")
    picture = tmp_path / "japan.svg"
    told = printed(capsys, *span, "--chart", str(picture))
    assert "recip-annex-i +13.0" in told and "2025-04-11" not in told
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_day_tells_the_law_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "rates", "US", "--partner", "JP", "--on", "2025-09-24", "--json"))
    first = found["law"][0]
    assert first["measure"] == next(iter(found["measures"])) and first["citation"] and first["since"]
    assert sum(found["authorities"].values()) == pytest.approx(found["average"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rates", "US"], "give a day (--on) or a span"),
        (["rates", "US", "--on", "2025-04-09", "--chart", "x.svg"], "a picture needs a span"),
        (["rates", "US", "--from", "2025-04-01", "--to", "2025-04-02", "--chart", "x.png"], "ends in .svg"),
        (["rates", "US", "--on", "2025-04-09", "--share", "usmca"], "write CLAIM=SHARE"),
        (["rates", "US", "--on", "2025-04-09", "--partner", "Germany"], "ask for EU27"),
        (["rates", "JP", "--on", "2025-04-09"], "no imports of JPN by product ship"),
        (["law", "list", "DE"], "no measures of DEU ship"),
        (["law", "schema", "measure"], "known: measures"),
        (["law", "check", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(capsys, *words)
