"""Bad input: each fault gives one clear error that names the file, the line, the field and what would be right."""

import re
from pathlib import Path

import numpy as np
import pytest

from tradetalks.errors import CaseError
from tradetalks.talks.case import Case, available, text_of
from tradetalks.talks.deals import negotiate
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


# ---- what was known when ---------------------------------------------------------------------------------------------


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


# ---- the whole -------------------------------------------------------------------------------------------------------


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


# ---- governments, no deal, ratification and what is on the table -----------------------------------------------------

TALKS = (
    (
        SMALL.replace("no_deal: void", "no_deal: tree")
        .replace(
            "reference: today\n",
            """\
states:
  letter: {what: a letter, on: 2025-08-01, known: {from: 2025-04-10}}
tree:
  until: 2029-01-20
  discount: 3%
  now: today
  then:
    on: 2025-07-09
    branches:
      - branch: ends
        chance: {point: 0.6, low: 0.4, high: 0.8}
        state: letter
        basis: elicited
        source: {title: a memo, date: 2025-04-14, confidence: press}
      - {branch: falls, chance: {point: 0.4, low: 0.2, high: 0.6}, state: void, basis: elicited}
governments:
  JPN:
    weights:
      - on: income
        sectors: [A03]
        value: 0.5
        low: 0
        high: 1
        why: farmers vote
        basis: elicited
        source: {title: a paper, date: 2025-04-13, confidence: press}
      - {on: balance, partner: USA, value: 0.1, low: 0, high: 0.2, why: x, basis: elicited}
    red_lines:
      - red_line: farming
        what: no cut of farm duties
        crossed_by: {farm: [zero]}
        cost: {point: 1, low: 0.5, high: 2}
        stated: 2025-04-11
        basis: elicited
        source: {title: a speech, date: 2025-04-12, confidence: press}
ratification:
  - actor: chamber
    party: JPN
    what: The upper house
    refuses:
      - {issue: farm, options: [zero]}
      - {account: "income:A03", falls_by: 0.5}
    chance: {point: 0.5, low: 0.3, high: 0.7}
    basis: elicited
    source: {title: a poll, date: 2025-04-09, confidence: press}
goals: {cars: 15 %}
signed:
  what: A deal
  on: 2025-04-16
  terms: {cars: 15 %, farm: paid}
  source: {title: a text, date: 2025-04-16, confidence: primary}
reference: today
""",
        )
        .replace(
            "      - option: paid\n",
            """\
      - option: card
        cards:
          - what: a promise of reform
            worth: {JPN: {point: -1, low: -2, high: 0}, USA: {point: 1, low: 0, high: 2}}
            basis: elicited
            source: {title: a talk, date: 2025-04-15, confidence: press}
      - option: buys
        purchases:
          - what: farm goods
            importer: JPN
            exporter: USA
            sectors: A03
            face: {usd_bn: 5, per: year}
            new: {point: 0.5, low: 0.2, high: 0.8}
            delivery: {point: 0.5, low: 0.2, high: 0.8}
            basis: assumption
      - option: paid
""",
        )
        .replace(
            "issues:\n",
            """\
markets:
  rice:
    market: rice
    what: rice
    importer: JPN
    sector: A03
    currency: JPY
    per_usd: 150
    unit: t
    price_unit: kg
    volume: 1000
    origins: {USA: {quantity: 600, price: 100}, CAN: {quantity: 400, price: 80}}
    beyond: {specific: 300}
    beyond_origin: USA
    domestic: {production: 100000, price: 400, supply: 0.3, demand: 0.2}
    rents: {treasury: 1}
    basis: published
    source: {title: a yearbook, date: 2025-04-08, confidence: primary}
issues:
""",
            1,
        )
    )
    + """\
  rice:
    what: rice
    options:
      - option: as is
      - option: more
        quotas: [{market: rice, add: {USA: 200}, taken_from: [CAN]}]
    withdrawn:
      - {on: 2025-04-16, what: off the agenda, source: {title: a note, date: 2025-04-16, confidence: press}}
"""
)
"""One of everything that talks have."""


def test_a_case_with_one_of_everything_loads(tmp_path, world):
    case = load(TALKS, tmp_path, world)
    assert sum(case.no_deal_weights("tree").values()) == pytest.approx(1)
    assert list(case.issues) == ["cars", "farm"] and list(case.off_the_table) == ["rice"]
    assert case.governments["JPN"].accounts("JPN", "USA")[1:3] == ("income:A03", "balance")
    assert case.signed is not None and case.goals == {"cars": "15 %"}


@pytest.mark.parametrize(
    ("right", "wrong", "below", "field", "message"),
    [
        # the no-deal tree
        ("now: today", "now: todya", -3, "tree", 'no state of the law "todya"; did you mean today?'),
        ("state: letter", "state: leter", -9, "tree", 'no state of the law "leter"; did you mean letter?'),
        ("point: 0.6, low: 0.4, high: 0.8}", "point: 0.7, low: 0.4, high: 0.8}", -2,
         "tree.then.branches", "add to 1.1; make them add to 1"),
        ("point: 0.6, low: 0.4, high: 0.8}", "point: 0.9, low: 0.4, high: 0.8}", 0,
         "tree.then.branches[1].chance.point", "0.9 is outside its range, 0.4 to 0.8; widen it"),
        ("point: 0.6, low: 0.4, high: 0.8}", "point: 1.6, low: 0.4, high: 0.8}", 0,
         "tree.then.branches[1].chance.point", "1.6 is not a share"),
        ("branch: falls", "branch: ends", -6, "tree.then.branches", '"ends" stands twice'),
        ("until: 2029-01-20", "until: 2025-07-01", 0, "tree.until", "before the event on 2025-07-09"),
        ("discount: 3%", "discount: 3", 0, "tree.discount", "write the sign: 3%"),
        ("discount: 3%", "discount: -3%", 0, "tree.discount", "is not below 0%"),
        ("    on: 2025-07-09\n    branches", "    on: 2025-04-16\n    branches", 0, "tree.then.on",
         "2025-04-16 is not after the as-of date, 2025-04-16; it has come about"),
        ("a memo, date: 2025-04-14", "a memo, date: 2025-04-17", 0, "tree.then.branches[1].source.date",
         "2025-04-17 is after the case's as-of date"),
        ("  letter: {what", "  tree: {what", 0, "states.tree", "give the state another name"),
        ("  letter: {what", "  void: {what", 0, "states.void", "is a reference point too"),
        ("known: {from: 2025-04-10}", "known: {from: 2025-04-18}", 0, "states.letter.known.from",
         "2025-04-18 is after the case's as-of date"),
        ("on: 2025-08-01, known", "on: 2025-08-01, deals_under: viod, known", 0, "states.letter.deals_under",
         "did you mean void?"),
        ("on: 2025-08-01, known", "on: 2025-08-01, without: [s233], known", 0, "states.letter.without",
         "did you mean s232?"),
        # governments
        ("governments:\n  JPN:", "governments:\n  JPM:", 1, "governments.JPM", 'no party "JPM"; did you mean JPN?'),
        ("- on: income", "- on: incomes", 0, "governments.JPN.weights[1].on", "did you mean income?"),
        ("sectors: [A03]\n        value", "sectors: [C92]\n        value", 0, "governments.JPN.weights[1].sectors",
         "did you mean C29"),
        ("sectors: [A03]\n        value", "sectors: [goods]\n        value", 0, "governments.JPN.weights[1].sectors",
         "name them one by one"),
        ("partner: USA, value", "partner: CAN, value", 0, "governments.JPN.weights[2].partner",
         "the account is the balance with USA"),
        ("partner: USA, value", "partner: USB, value", 0, "governments.JPN.weights[2].partner", "USA"),
        ("value: 0.5", "value: 1.5", 0, "governments.JPN.weights[1].value", "1.5 is outside its range, 0 to 1"),
        ("value: 0.5\n        low: 0\n        high: 1\n", "value: 0.5\n        low: 0.5\n        high: 0.5\n", 0,
         "governments.JPN.weights[1].value", "has no range"),
        ("partner: USA, value: 0.1", "sectors: [A03], value: 0.1", 0, "governments.JPN.weights[2].sectors",
         "only income goes by sector"),
        ("a paper, date: 2025-04-13", "a paper, date: 2025-04-17", 0, "governments.JPN.weights[1].source.date",
         "after the case's as-of date"),
        ("crossed_by: {farm: [zero]}", "crossed_by: {farms: [zero]}", 0,
         "governments.JPN.red_lines[1].crossed_by.farms", 'no issue "farms"; did you mean farm?'),
        ("crossed_by: {farm: [zero]}", "crossed_by: {farm: [zera]}", 0,
         "governments.JPN.red_lines[1].crossed_by.farm", 'no option of farm "zera"; did you mean zero?'),
        ("crossed_by: {farm: [zero]}", "crossed_by: {farm: [as is]}", 0,
         "governments.JPN.red_lines[1].crossed_by.farm", "nobody crosses a line by that"),
        ("cost: {point: 1, low: 0.5", "cost: {point: 1, low: -0.5", 0, "governments.JPN.red_lines[1].cost.low",
         "a cost is written as a positive number"),
        ("stated: 2025-04-11", "stated: 2025-04-17", 0, "governments.JPN.red_lines[1].stated",
         "after the case's as-of date"),
        ("a speech, date: 2025-04-12", "a speech, date: 2025-04-17", 0,
         "governments.JPN.red_lines[1].source.date", "after the case's as-of date"),
        # ratification
        ("    party: JPN\n    what: The", "    party: JAP\n    what: The", 0, "ratification[1].party",
         'no party "JAP"; did you mean JPN?'),
        ("{issue: farm, options: [zero]}", "{issue: fram, options: [zero]}", 0, "ratification[1].refuses[1]",
         'no issue "fram"; did you mean farm?'),
        ("{issue: farm, options: [zero]}", "{issue: farm, options: [zeroo]}", 0, "ratification[1].refuses[1]",
         "did you mean zero?"),
        ("{issue: farm, options: [zero]}", "{issue: farm}", 0, "ratification[1].refuses[1]",
         "give either `issue` and `options`, or `account` and `falls_by`"),
        ('"income:A03", falls_by', '"income:C92", falls_by', 0, "ratification[1].refuses[2].account",
         "did you mean C29"),
        ('"income:A03", falls_by', '"income:goods", falls_by', 0, "ratification[1].refuses[2].account", "goods"),
        ('"income:A03", falls_by', "revenues, falls_by", 0, "ratification[1].refuses[2].account",
         'no account "revenues"; did you mean revenue?'),
        ("falls_by: 0.5", "falls_by: -0.5", 0, "ratification[1].refuses[2].falls_by", "as a positive number"),
        ("    chance: {point: 0.5, low: 0.3, high: 0.7}\n", "", -6, "ratification[1].chance", "is missing"),
        ("a poll, date: 2025-04-09", "a poll, date: 2025-04-19", 0, "ratification[1].source.date",
         "after the case's as-of date"),
        # goals and the signed text
        ("goals: {cars: 15 %}", "goals: {car: 15 %}", 0, "goals.car", 'no issue "car"; did you mean cars?'),
        ("goals: {cars: 15 %}", "goals: {cars: 16 %}", 0, "goals.cars", 'no option of cars "16 %"; did you mean 15 %?'),
        ("terms: {cars: 15 %,", "terms: {cras: 15 %,", 0, "signed.terms.cras", "did you mean cars?"),
        ("farm: paid}", "farm: paied}", 0, "signed.terms.farm", "did you mean paid?"),
        ("on: 2025-04-16\n  terms", "on: 2025-04-17\n  terms", 0, "signed.on", "after the case's as-of date"),
        ("a text, date: 2025-04-16", "a text, date: 2025-04-17", 0, "signed.source.date", "after the case's as-of"),
        # what is off the table
        ("on: 2025-04-16, what: off", "on: 2025-04-17, what: off", 0, "issues.rice.withdrawn[1].on",
         "after the case's as-of date"),
        ("a note, date: 2025-04-16", "a note, date: 2025-04-17", 0, "issues.rice.withdrawn[1].source.date",
         "after the case's as-of date"),
        ("what: off the agenda", "what: off, options: [most]", -1, "issues.rice.withdrawn", 'no option "most"'),
        ("what: off the agenda", "what: off, options: [as is]", -1, "issues.rice.withdrawn",
         '"as is" is as today and stays'),
        # cards, promises, quotas
        ("USA: {point: 1, low: 0, high: 2}}", "USB: {point: 1, low: 0, high: 2}}", 0,
         "issues.farm.options[3].cards[1].worth.USB", "did you mean USA?"),
        ("worth: {JPN:", "worth: {Japan:", 0, "issues.farm.options[3].cards[1].worth.Japan", "did you mean JPN?"),
        ("JPN: {point: -1, low: -2, high: 0}", "JPN: {point: 1, low: -2, high: 0}", 0,
         "issues.farm.options[3].cards[1].worth.JPN.point", "1 is outside its range, -2 to 0"),
        ("a talk, date: 2025-04-15", "a talk, date: 2025-04-18", 0,
         "issues.farm.options[3].cards[1].source.date", "after the case's as-of date"),
        ("sectors: A03\n            face", "sectors: C92\n            face", -5, "issues.farm.options[4]",
         "did you mean C29"),
        ("exporter: USA\n            sectors", "exporter: JPN\n            sectors", 0,
         "issues.farm.options[4].purchases[1].exporter", "cannot promise to buy from itself"),
        ("usd_bn: 5, per: year", "usd_bn: -5, per: year", 0, "issues.farm.options[4].purchases[1].face.usd_bn",
         "write a positive amount"),
        ("usd_bn: 5, per: year", "usd_bn: 5", 0, "issues.farm.options[4].purchases[1].face", "no period"),
        ("delivery: {point: 0.5, low: 0.2, high: 0.8}", "delivery: eu-energy-2025", 0,
         "issues.farm.options[4].purchases[1].delivery", "2025-12-25 is after the case's as-of date"),
        ("delivery: {point: 0.5, low: 0.2, high: 0.8}", "delivery: phase-one", 0,
         "issues.farm.options[4].purchases[1].delivery", 'no delivery record "phase-one"'),
        ("quotas: [{market: rice", "quotas: [{market: wheat", 0, "issues.rice.options[2].quotas[1].market", "rice"),
        ("taken_from: [CAN]", "taken_from: [DEU]", 0, "issues.rice.options[2].quotas[1].taken_from",
         "DEU is no origin of rice"),
        ("add: {USA: 200}, taken_from: [CAN]", "add: {USA: 500}, taken_from: {CAN: 450}", 0,
         "issues.rice.options[2].quotas[1].taken_from", "CAN would lose 450"),
        ("a yearbook, date: 2025-04-08", "a yearbook, date: 2025-04-18", 0, "markets.rice.source.date",
         "after the case's as-of date"),
        ("rents: {treasury: 1}", "rents: {treasury: 0.5}", 0, "markets.rice.rents", "together are 1"),
    ],
)  # fmt: skip
def test_a_fault_of_the_talks_is_named_with_its_line_and_field(right, wrong, below, field, message, tmp_path, world):
    assert TALKS.count(right) >= 1
    line = TALKS[: TALKS.index(right)].count("\n") + 1 + below
    found = refusal(TALKS.replace(right, wrong, 1), tmp_path, world)
    assert f"korea.yaml:{line}: {field}: " in found
    assert message in found


def test_no_deal_by_a_tree_needs_a_tree(tmp_path, world):
    found = refusal(SMALL.replace("no_deal: void", "no_deal: tree"), tmp_path, world)
    assert "no_deal: there is no `tree`; write one, or name a reference point" in found


def test_weights_that_count_for_nothing_are_refused(tmp_path, world):
    none = "{on: revenue, value: 0, low: 0, high: 0, why: x, basis: published, source: {title: a paper, " \
           "date: 2025-04-01, confidence: press}}"  # fmt: skip
    text = SMALL.replace("reference: today", f"governments:\n  USA:\n    weights:\n      - {none}\nreference: today")
    assert "korea.yaml:33: governments.USA.weights: every weight is 0 from low to high" in refusal(
        text, tmp_path, world
    )


def test_an_account_is_weighted_once(tmp_path, world):
    twice = TALKS.replace("{on: balance, partner: USA,", "{on: income, sectors: [A03],")
    assert 'governments.JPN.weights: "income:A03" is weighted twice; keep one weight on it' in refusal(
        twice, tmp_path, world
    )


def test_the_market_of_a_sector_that_the_world_lacks_is_refused(tmp_path, world):
    found = refusal(TALKS.replace("    sector: A03\n    currency", "    sector: C92\n    currency"), tmp_path, world)
    assert 'no sector "C92"' in found and "did you mean C29" in found


def test_two_options_that_settle_one_issue_cannot_bear_one_name(tmp_path, world):
    assert '"zero" stands twice' in refusal(TALKS.replace("- option: buys", "- option: zero"), tmp_path, world)


# ---- the talks as they were known ------------------------------------------------------------------------------------


def test_going_back_drops_what_was_said_later(tmp_path, world):
    def on(day: str) -> Case:
        return load(TALKS, tmp_path, world, day)

    last = on("2025-04-16")
    assert last.signed is not None and last.tree is not None
    assert last.issues["farm"].labels == ("as is", "zero", "card", "buys", "paid")
    assert "rice" in on("2025-04-15").issues and "rice" not in on("2025-04-15").off_the_table
    assert on("2025-04-15").signed is None
    assert "card" in on("2025-04-15").issues["farm"].labels and "card" not in on("2025-04-14").issues["farm"].labels
    assert on("2025-04-14").tree is not None and on("2025-04-13").tree is None
    assert on("2025-04-13").no_deal == "void"
    assert len(on("2025-04-13").governments["JPN"].weights) == 2
    assert [w.on for w in on("2025-04-12").governments["JPN"].weights] == ["balance"]
    assert on("2025-04-12").governments["JPN"].red_lines and not on("2025-04-11").governments["JPN"].red_lines
    assert "letter" in on("2025-04-10").states and "letter" not in on("2025-04-09").states
    assert on("2025-04-09").ratification and not on("2025-04-08").ratification


def test_a_quota_is_not_on_the_table_before_its_market_was_known(tmp_path, world):
    assert "rice" in load(TALKS, tmp_path, world, "2025-04-08").issues
    assert "rice" not in load(TALKS, tmp_path, world, "2025-04-07").issues


def test_every_day_gives_a_case_that_can_be_negotiated(tmp_path, world):
    for day in range(16, 2, -1):
        case = load(TALKS, tmp_path, world, f"2025-04-{day:02}")
        deals = negotiate(case, world=world)
        assert np.isfinite(deals.payoffs).all() and np.isfinite(deals.reservation).all()
        assert deals.offers.shape[1] == len(case.issues)


def test_a_red_line_about_an_issue_that_is_off_the_table_binds_nobody(tmp_path, world):
    text = TALKS.replace("crossed_by: {farm: [zero]}", "crossed_by: {rice: [more]}")
    assert load(text, tmp_path, world).governments["JPN"].red_lines == ()
    assert len(load(text, tmp_path, world, "2025-04-15").governments["JPN"].red_lines) == 1


def test_who_would_stop_what_is_off_the_table_still_stops_what_costs_too_much(tmp_path, world):
    text = TALKS.replace("{issue: farm, options: [zero]}", "{issue: rice, options: [more]}")
    (actor,) = load(text, tmp_path, world).ratification
    assert [condition.account for condition in actor.refuses] == ["income:A03"]


def test_single_options_are_withdrawn_from_their_day_on(tmp_path, world):
    source = "source: {title: x, date: 2025-04-12, confidence: press}"
    gone = f"    withdrawn:\n      - {{on: 2025-04-12, what: gone, options: [card], {source}}}\n  rice:\n"
    text = TALKS.replace("  rice:\n    what", gone + "    what").replace(
        "a talk, date: 2025-04-15", "a talk, date: 2025-04-01"
    )
    assert load(text, tmp_path, world).issues["farm"].labels == ("as is", "zero", "buys", "paid")
    assert load(text, tmp_path, world).off_the_table["farm"].labels == ("as is", "zero", "card", "buys", "paid")
    assert load(text, tmp_path, world, "2025-04-11").issues["farm"].labels == ("as is", "zero", "card", "buys", "paid")
    assert "farm" not in load(text, tmp_path, world, "2025-04-11").off_the_table
    with pytest.raises(CaseError, match='issue farm has no option "card"'):
        load(text, tmp_path, world).option("farm", "card")
    with pytest.raises(CaseError, match=r'no issue "rice" on the table of small; rice is off the table'):
        load(text, tmp_path, world).option("rice", "more")


def test_a_goal_that_is_off_the_table_is_sought_no_more(tmp_path, world):
    text = TALKS.replace("goals: {cars: 15 %}", "goals: {cars: 15 %, rice: more}")
    assert load(text, tmp_path, world).goals == {"cars": "15 %"}
    assert load(text, tmp_path, world, "2025-04-15").goals == {"cars": "15 %", "rice": "more"}


def test_a_tree_that_comes_to_a_state_nobody_foresaw_yet_is_not_known_either(tmp_path, world):
    text = TALKS.replace("a memo, date: 2025-04-14", "a memo, date: 2025-04-01")
    assert load(text, tmp_path, world, "2025-04-10").tree is not None
    before = load(text, tmp_path, world, "2025-04-09")
    assert before.tree is None and before.no_deal == "void"


def test_the_first_option_stays_whatever_its_source(tmp_path, world):
    late = "- option: as is\n        source: {title: x, date: 2025-04-15, confidence: press}\n      - option: zero"
    case = load(TALKS.replace("- option: as is\n      - option: zero", late), tmp_path, world, "2025-04-14")
    assert case.issues["farm"].options[0].changes_nothing


def test_what_no_longer_rests_on_a_later_source_is_not_in_the_hash(tmp_path, world):
    """Going back gives the case that could have been written that day."""
    later = load(TALKS, tmp_path, world, "2025-04-14")
    without = load(TALKS.replace("a promise of reform", "another promise"), tmp_path, world, "2025-04-14")
    assert later.hash == without.hash != load(TALKS, tmp_path, world).hash
