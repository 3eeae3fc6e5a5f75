"""Bad input: each fault gives one clear error that names the file, the line, the field and what would be right."""

import re
from pathlib import Path

import numpy as np
import pytest

from tradetalks.errors import CaseError
from tradetalks.talks.case import Case, available, text_of
from tradetalks.world import World

SMALL = """\
case: small
title: A small case
as_of: 2025-04-16
horizon: {date: 2025-07-09, what: end of the pause}
world: icio2022
parties: [JPN, USA]
facts:
  - fact: trade
    what: imports
    value: 148.2
    unit: US$ bn
    source: {title: Census, date: 2025-02-05, confidence: press}
law:
  - importer: USA
    base: 2024-12-31
measures:
  - measure: autos
    what: 25 % on cars
    authority: s232
    importer: USA
    partners: all, except [CAN]
    rate: {additional: 25%}
    sectors: [C29]
    effective: {from: 2025-04-03}
    known: {from: 2025-03-26}
    citation: Proclamation 10908
    source: {title: White House, date: 2025-03-26, confidence: primary}
reference_points:
  today: {what: the law, on: 2025-04-16}
  void: {what: no cars, on: 2025-07-09, without: [s232]}
reference: today
no_deal: void
issues:
  cars:
    what: cars
    options:
      - option: as is
      - option: 15 %
        amend: [{measures: [autos], partners: [JPN], rate: {cap: 15%}}]
  farm:
    what: farm goods
    options:
      - option: as is
      - option: zero
        tariffs: [{importer: JPN, exporter: USA, sectors: [A03], cut: 100%}]
      - option: paid
        transfers: [{from: JPN, to: USA, usd_bn: 1.5}]
"""


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(1)
    n, j = 4, 3
    flows = rng.uniform(10, 100, (j, n, n)) + 1000 * np.eye(n)
    tariffs = rng.uniform(0, 0.1, (j, n, n)) * (1 - np.eye(n))
    return World(("CAN", "DEU", "JPN", "USA"), ("A03", "C29", "D_T"), flows * 1000, tariffs,
                 np.zeros((n, j, j)), np.ones((n, j)), np.full(j, 4.0), name="icio2022")  # fmt: skip


def load(text: str | bytes, folder: Path, world: World, as_of: str | None = None) -> Case:
    path = folder / "korea.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Case.load(path, as_of, world=world)


def refusal(text: str | bytes, folder: Path, world: World, as_of: str | None = None) -> str:
    with pytest.raises(CaseError) as caught:
        load(text, folder, world, as_of)
    return str(caught.value).replace(f"{folder}/", "")


def test_a_good_case_loads(tmp_path, world):
    case = load(SMALL, tmp_path, world)
    assert case.parties == ("JPN", "USA")
    assert case.measures[0].partners == ("all", "!CAN")
    assert case.measures[0].rate.additional == 0.25
    assert case.issues["cars"].labels == ("as is", "15 %")
    assert case.issues["farm"].options[2].transfers[0].usd_bn == 1.5


@pytest.mark.parametrize(
    ("right", "wrong", "below", "field", "message"),
    [
        ("sectors: [A03]", "sectors: [C92]", 0, "issues.farm.options[2].tariffs[1].sectors",
         'no sector "C92" in world icio2022\n  did you mean C29'),
        ("parties: [JPN, USA]", "parties: [JPM, USA]", 0, "parties", "did you mean JPN?"),
        ("parties: [JPN, USA]", "parties: [JPN, JPN]", 0, "parties[2]", '"JPN" stands twice'),
        ("parties: [JPN, USA]", "parties: ['*', USA]", 0, "parties", '"*" stands for 4 economies; name one'),
        ("parties: [JPN, USA]", "parties: [JPN]", 0, "parties", "has too few entries"),
        ("parties: [JPN, USA]", "parties: JPN", 0, "parties", "must be a list"),
        ("importer: USA\n    partners", "importer: USS\n    partners", 0, "measures[1].importer", "did you mean USA?"),
        ("except [CAN]", "except [CNA]", 0, "measures[1].partners", "did you mean Canada?"),
        ("sectors: [C29]", "sectors: [C28]", 0, "measures[1].sectors", "did you mean C29"),
        ("sectors: [C29]", "coverage: cars", 0, "measures[1].coverage", "no such field"),
        ("law:", "qqqq:", 0, "qqqq", "no such field; known: case,"),
        ("title: A small case", "titel: A small case", 0, "titel", "no such field; did you mean title?"),
        ("citation: P", "citatoin: P", 0, "measures[1].citatoin", "no such field; did you mean citation?"),
        ("citation: P", "amended: []\n    citation: P", 0, "measures[1].amended", "no such field"),
        ("effective: {from:", "effective: {since:", 0, "measures[1].effective.since", "no such field"),
        ("title: A small case\n", "", -1, "title", "is missing"),
        ("title: A small case", "title:", 0, "title", "is empty"),
        ("title: A small case", "title: [a]", 0, "title", "must be text, not a list"),
        ("as_of: 2025-04-16", "as_of: 2025-02-30", 0, "as_of", '"2025-02-30" is not a day of the calendar'),
        ("as_of: 2025-04-16", "as_of: 16 April", 0, "as_of", "write year-month-day"),
        ("as_of: 2025-04-16", "as_of: 2025-07-10", 0, "as_of", "is after the horizon, 2025-07-09"),
        ("effective: {from: 2025-04-03}", "effective: {from: 2025-04-03, to: 2025-04-03}", 0,
         "measures[1].effective.to", "is not after 2025-04-03"),
        ("known: {from: 2025-03-26}", "known: {from: 2025-04-17}", 0, "measures[1].known.from",
         "2025-04-17 is after the case's as-of date"),
        ("date: 2025-02-05", "date: 2025-06-05", 0, "facts[1].source.date", "nothing known later may stand"),
        ("confidence: press", "confidence: pres", 0, "facts[1].source.confidence", "did you mean press?"),
        ("value: 148.2", "value: " + "9" * 400, 0, "facts[1].value", "is not a number"),
        ("value: 148.2", "value: 148,2", 0, "facts[1].value", '"148,2" is not a number'),
        ("{additional: 25%}", "{additional: 25}", 0, "measures[1].rate.additional",
         '"25" could mean 25 % or 2500 %; write the sign: 25%'),
        ("{additional: 25%}", "{additional: 0.25}", 0, "measures[1].rate.additional", "write the sign: 0.25%"),
        ("{additional: 25%}", "{additional: -100%}", 0, "measures[1].rate.additional", "-100% is not above -100%"),
        ("{additional: 25%}", "{additional: 2500%}", 0, "measures[1].rate.additional", "2500% is above 1000%"),
        ("{additional: 25%}", "{additional: NO}", 0, "measures[1].rate.additional", '"NO" is not a rate'),
        ("{additional: 25%}", "{additional: 25%, cap: 15%}", 0, "measures[1].rate", "give one of `additional`"),
        ("{additional: 25%}", "25%", 0, "measures[1].rate", "must be a mapping of fields, not text"),
        ("    rate: {additional: 25%}\n", "    rates: {JPN: 25%}\n", -1, "measures[1].partners", "beside `rates`"),
        ("    rate: {additional: 25%}\n", "", -5, "measures[1]", "give either `rate`"),
        ("    partners: all, except [CAN]\n", "", -4, "measures[1].partners", "is missing"),
        ("all, except [CAN]", "all except CAN, MEX", 0, "measures[1].partners", "write one name, a list, or"),
        ("citation: P", "replaces: [auto]\n    citation: P", 0, "measures[1].replaces", "did you mean autos?"),
        ("measures: [autos]", "measures: [auto]", 0, "issues.cars.options[2].amend[1].measures", "did you mean autos?"),
        ("without: [s232]", "without: [s233]", 0, "reference_points.void.without", "did you mean s232?"),
        ("reference: today", "reference: todya", 0, "reference", "did you mean today?"),
        ("no_deal: void", "no_deal: now", 0, "no_deal", 'no reference point "now"'),
        ("- option: 15 %", "- option: as is", 0, "issues.cars.options[2].option", '"as is" stands twice'),
        ("cut: 100%", "cut: 120%", 0, "issues.farm.options[2].tariffs[1].cut", "a cut lies above 0%"),
        ("usd_bn: 1.5", "usd_bn: -1.5", 0, "issues.farm.options[3].transfers[1].usd_bn", "swap `from` and `to`"),
        ("usd_bn: 1.5", "usd_bn: 150%", 0, "issues.farm.options[3].transfers[1].usd_bn", "is not a number"),
        ("usd_bn: 1.5", "usd_bn: 5000000", -1, "issues.farm.options[3]", "more than a year's income"),
        ("{from: JPN,", "{from: Japn,", 0, "issues.farm.options[3].transfers[1].from", "did you mean Japan?"),
        ("  farm:", "  cars:", 0, "issues.cars", "stands twice, first in line 34"),
        ("title: A small case", "case: again", 0, "case", "stands twice, first in line 1"),
        ("  - importer: USA", "  - importer: USS", 0, "law[1].importer", "did you mean USA?"),
        ("  - importer: USA", "  - importer: JPN", 0, "law[1].importer", "no measures of JPN ship; known: USA"),
        ("    base: 2024-12-31\n", "", -1, "law[1].base", "is missing"),
        ("base: 2024-12-31", "base: 2024", 0, "law[1].base", "write year-month-day"),
        ("measures: [autos]", "measures: [recip-01]", 0, "issues.cars.options[2].amend[1].measures",
         'no measure "recip-01"; did you mean recip-10?'),
        ("measures: [autos]", "measures: [recip-aug]", 0, "issues.cars.options[2].amend[1].measures",
         '"recip-aug" is known only from'),
        ("without: [s232]", "without: [s122]", 0, "reference_points.void.without",
         '"s122" is known only from 2026-02-20'),
        ("without: [s232]", "amend: [{measures: [jp-floor], partners: [JPN], rate: {cap: 15%}}]", 0,
         "reference_points.void.amend[1].measures", '"jp-floor" is known only from 2025-09-04'),
        ("without: [s232]", "amend: [{measures: [recip-10], partners: [JPM], rate: {cap: 15%}}]", 0,
         "reference_points.void.amend[1].partners", "did you mean JPN?"),
        ("without: [s232]", "amend: [{measures: [recip-10], partners: [JPN], rate: {cap: 15}}]", 0,
         "reference_points.void.amend[1].rate.cap", "write the sign: 15%"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line_and_field(right, wrong, below, field, message, tmp_path, world):
    line = SMALL[: SMALL.index(right)].count("\n") + 1 + below
    found = refusal(SMALL.replace(right, wrong, 1), tmp_path, world)
    assert f"korea.yaml:{line}: {field}: " in found
    assert message in found


def test_the_first_option_changes_nothing(tmp_path, world):
    text = SMALL.replace("- option: as is", "- option: as is\n        transfers: [{from: JPN, to: USA, usd_bn: 1}]", 1)
    assert "the first option is as today" in refusal(text, tmp_path, world)


def test_measures_and_facts_have_one_name_each(tmp_path, world):
    measure = SMALL[SMALL.index("  - measure") : SMALL.index("reference_points")]
    assert '"autos" stands twice' in refusal(SMALL.replace(measure, measure * 2), tmp_path, world)
    fact = SMALL[SMALL.index("  - fact") : SMALL.index("law")]
    assert '"trade" stands twice' in refusal(SMALL.replace(fact, fact * 2), tmp_path, world)


def test_every_fault_is_listed_in_the_order_of_the_file(tmp_path, world):
    text = SMALL.replace("as_of: 2025-04-16", "as_of: soon").replace("cut: 100%", "cut: much")
    lines = [int(number) for number in re.findall(r"korea\.yaml:(\d+)", refusal(text, tmp_path, world))]
    assert lines == sorted(lines) and {3, 45} <= set(lines)


def test_an_unknown_world_is_named_where_it_stands(tmp_path):
    path = tmp_path / "korea.yaml"
    path.write_text(SMALL.replace("world: icio2022", "world: icio2O22"))
    with pytest.raises(CaseError, match=r"korea\.yaml:5: world: .*did you mean icio2022\?"):
        Case.load(path)


@pytest.mark.parametrize("name", ["recip-10", "232-auto-25"])
def test_measures_of_the_law_are_amended_by_name(name, tmp_path, world):
    case = load(SMALL.replace("[autos]", f"[{name}]"), tmp_path, world)
    assert case.issues["cars"].options[1].amendments[0].measures == (name,)


def test_a_measure_of_the_law_that_was_not_known_yet_cannot_be_amended(tmp_path, world):
    text = SMALL.replace("[autos]", "[recip-aug]")
    later = text.replace("as_of: 2025-04-16", "as_of: 2025-08-01").replace("date: 2025-07-09,", "date: 2025-09-01,")
    assert load(later, tmp_path, world).as_of.isoformat() == "2025-08-01"
    assert 'korea.yaml:39: issues.cars.options[2].amend[1].measures: "recip-aug" is known only from' in refusal(
        text, tmp_path, world
    )


def test_hostile_yaml_is_no_case(tmp_path, world):
    found = refusal("case: !!python/object/apply:os.system ['true']\n", tmp_path, world)
    assert "korea.yaml:1: tag tag:yaml.org,2002:python/object/apply:os.system" in found


@pytest.mark.parametrize("name", ["a/../../b.yaml", "./nowhere.yaml", "nowhere.yml"])
def test_a_path_that_is_not_there_is_said_to_be_so(name):
    with pytest.raises(CaseError, match="cannot be read"):
        Case.load(name)


@pytest.mark.parametrize("name", ["japan-us-2025", "", "..", "__init__", "japan-us-2025-04\n", "JAPAN"])
def test_a_name_is_one_of_the_shipped_cases_or_nothing(name):
    with pytest.raises(CaseError, match="no case"):
        Case.load(name)
    assert "japan-us-2025-04" in available()


@pytest.mark.parametrize("name", ["../secrets", "/etc/passwd", "cases/", "a\\b"])
def test_a_path_that_is_no_yaml_file_is_not_opened(name):
    with pytest.raises(CaseError, match=r"a case file ends in \.yaml"):
        Case.load(name)


def test_a_folder_is_no_case(tmp_path):
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(CaseError, match="cannot be read: is a directory"):
        Case.load(tmp_path / "x.yaml")


# ---- what was known when ------------------------------------------------------------


def test_going_back_drops_what_was_not_known(tmp_path, world):
    text = SMALL.replace("no_deal: void", "no_deal: today")
    case = load(text, tmp_path, world, "2025-03-01")
    assert case.measures == ()
    assert str(case.as_of) == "2025-03-01"
    assert len(load(text, tmp_path, world, "2025-03-26").measures) == 1
    assert load(text, tmp_path, world, "2025-01-31").facts == ()


def test_a_withdrawn_measure_is_gone_from_the_day_it_was_withdrawn(tmp_path, world):
    text = SMALL.replace("known: {from: 2025-03-26}", "known: {from: 2025-03-26, to: 2025-04-12}")
    assert load(text, tmp_path, world).measures == ()
    assert len(load(text, tmp_path, world, "2025-04-11").measures) == 1


def test_an_option_resting_on_a_later_source_is_dropped(tmp_path, world):
    source = "        source: {title: note, date: 2025-04-15, confidence: press}\n"
    text = SMALL + source
    assert load(text, tmp_path, world).issues["farm"].labels == ("as is", "zero", "paid")
    assert load(text, tmp_path, world, "2025-04-14").issues["farm"].labels == ("as is", "zero")
    only = text.replace(
        "      - option: zero\n        tariffs: [{importer: JPN, exporter: USA, sectors: [A03], cut: 100%}]\n", ""
    )
    assert "farm" not in load(only, tmp_path, world, "2025-04-14").issues


def test_a_day_on_which_the_case_could_not_be_stated_is_refused(tmp_path, world):
    later = SMALL.replace("without: [s232]", "without: [s232], known: {from: 2025-04-14}")
    assert "the reference point void is known only from 2025-04-14" in refusal(later, tmp_path, world, "2025-04-12")
    assert load(later, tmp_path, world, "2025-04-14").no_deal == "void"


def test_a_day_after_the_file_was_written_is_refused(tmp_path, world):
    assert "the file knows nothing after 2025-04-16" in refusal(SMALL, tmp_path, world, "2025-04-17")
    assert "write a day as year-month-day" in refusal(SMALL, tmp_path, world, "17 April")


# ---- the whole ------------------------------------------------------------


def test_the_hash_follows_content_not_layout(tmp_path, world):
    case = load(SMALL, tmp_path, world)
    assert load("# a remark\n" + SMALL.replace("25%", "25.0%"), tmp_path, world).hash == case.hash
    assert load(SMALL.replace("25%", "26%"), tmp_path, world).hash != case.hash
    assert load(SMALL.replace("base: 2024-12-31", "base: 2025-01-31"), tmp_path, world).hash != case.hash
    assert re.fullmatch(r"[0-9a-f]{16}", case.hash)


def test_the_schema_for_editors_knows_every_field():
    schema = Case.json_schema()
    assert set(schema["required"]) >= {"case", "parties", "reference_points", "issues"}
    measure = schema["$defs"]["Measure"]["properties"]
    assert "amended" not in measure and {"effective", "known", "rates"} <= set(measure)
    assert set(schema["$defs"]["LawOf"]["properties"]) == {"importer", "base"}
    assert "amend" in schema["$defs"]["ReferencePoint"]["properties"]
    assert "from" in schema["$defs"]["Period"]["properties"]


def test_a_case_is_frozen(tmp_path, world):
    with pytest.raises(ValueError, match="frozen"):
        load(SMALL, tmp_path, world).title = "other"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("base: 2024-12-31", "base: 1990-01-01", "law[1].base: 1990-01-01 must lie between 2024-12-31"),
        ("base: 2024-12-31", "base: 2025-05-01", "law[1].base: 2025-05-01 must lie between"),
        ("- {importer: USA, base: 2024-12-31}",
         "- {importer: USA, base: 2024-12-31}\n  - {importer: USA, base: 2024-12-31}", "stands twice"),
    ],
)  # fmt: skip
def test_a_law_must_reach_the_days_that_are_asked_of_it(tmp_path, old, new, says):
    text = text_of("japan-us-2025-04")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CaseError, match=re.escape(says)):
        Case.load(path)


def test_the_importer_of_a_law_goes_by_any_of_its_names(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text_of("japan-us-2025-04").replace("{importer: USA, base", "{importer: US, base"))
    assert Case.load(path).law[0].importer == "US"
