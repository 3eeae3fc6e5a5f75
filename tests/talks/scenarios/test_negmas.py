"""NegMAS folders: what is written comes back, what others write is read, and NegMAS reads what we write."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.talks.scenarios.drawn import ODD, apart, assert_same, random, scenarios
from tradetalks.errors import CaseError, SourceError
from tradetalks.talks.scenarios import genius, negmas
from tradetalks.talks.scenarios.folder import Folder
from tradetalks.talks.scenarios.info import read_info
from tradetalks.talks.scenarios.scenario import MONEY, UTILITY, from_payoffs

KINDS = ("yml", "json")
every_kind = pytest.mark.parametrize("kind", KINDS)

LAPTOP = {"Laptop": ("Dell", "Macintosh", "HP"), "Harddisk": ("60 Gb", "80 Gb", "120 Gb"),
          "External Monitor": ("19'' LCD", "20'' LCD", "23'' LCD")}  # fmt: skip

DOMAIN = """
issues:
- {name: cars, type: CategoricalIssue, values: ['no', '15']}
- {name: rice, type: negmas.outcomes.ContiguousIssue, values: [2, 4]}
name: d
type: DiscreteCartesianOutcomeSpace
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "talks"


def theirs(folder: Path, function: str, domain: str = DOMAIN) -> Path:
    """A folder as another program leaves it."""
    folder.mkdir(exist_ok=True)
    (folder / "domain.yml").write_text(domain, encoding="utf-8")
    (folder / "JPN.yml").write_text(function, encoding="utf-8")
    return folder


@every_kind
@given(scenario=scenarios(), data=st.data())
def test_what_is_written_comes_back(tmp_path_factory, kind, scenario, data):
    limit = data.draw(st.sampled_from([negmas.LIMIT, 0]))
    folder = tmp_path_factory.mktemp("written") / "talks"
    told = negmas.write(scenario, folder, kind, limit)
    again = negmas.read(folder)
    errors = np.array([told.largest_error[party] for party in scenario.parties])
    if limit:
        assert_same(scenario, again)
        assert (errors == 0).all()
    assert (again.largest_error == errors).all()
    scale = np.array([np.abs(scenario.table(party)).max() for party in scenario.parties])
    behind = np.array([abs(getattr(p, "constant", 0)) + sum(np.abs(v).max() for v in getattr(p, "values", ()))
                       for p in scenario.payoffs])  # fmt: skip
    assert (apart(scenario, again) <= errors + 1e-12 * np.maximum(scale, behind)).all()


@every_kind
def test_a_small_table_is_written_whole_and_a_large_one_as_its_best_additive_fit(folder, kind):
    scenario = random((4, 3, 2))
    assert negmas.write(scenario, folder, kind, limit=24).forms == {"P0": "table", "P1": "table"}
    told = negmas.write(scenario, folder, kind, limit=23)
    assert told.forms == {"P0": "additive", "P1": "additive"}
    again = negmas.read(folder)
    assert list(told.largest_error.values()) == pytest.approx(apart(scenario, again))
    assert min(told.largest_error.values()) > 1


def test_a_table_that_is_additive_is_written_as_additive_and_loses_nothing(folder):
    issues = {"a": ("x", "y"), "b": ("u", "v", "w")}
    worth = np.add.outer([1, 3.3], [0, -2.7, 0.1]).ravel()
    scenario = from_payoffs("x", issues, ["A"], worth[:, None], [0.5])
    told = negmas.write(scenario, folder)
    assert (told.forms, told.largest_error) == ({"A": "additive"}, {"A": 0.0})
    assert_same(scenario, negmas.read(folder))


@every_kind
@given(scenario=scenarios())
def test_utilities_go_from_zero_to_one_and_the_scale_says_what_they_are_in_money(tmp_path_factory, kind, scenario):
    folder = tmp_path_factory.mktemp("written") / "talks"
    negmas.write(scenario, folder, kind)
    bare = folder.with_name("bare")
    shutil.copytree(folder, bare)
    info = read_info(Folder(folder))
    for name in ("_info.yaml", "_info.json"):
        (bare / name).unlink(missing_ok=True)
    utilities = negmas.read(bare)
    assert (utilities.unit, scenario.unit) == (UTILITY, MONEY)
    for k, scale in enumerate(info.scales):
        table = utilities.payoff_table()[:, k]
        assert table.min() >= -1e-12 and table.max() <= 1 + 1e-12
        assert np.ptp(table) > 1 - 1e-9 or scale.factor == 1


@given(scenario=scenarios())
def test_names_stay_text_for_any_reader_of_yaml_and_json(tmp_path_factory, scenario):
    folder = tmp_path_factory.mktemp("written") / "talks"
    for kind, read in (("yml", yaml.safe_load), ("json", json.loads)):
        negmas.write(scenario, folder, kind)
        domain = read((folder / f"domain.{kind}").read_text(encoding="utf-8"))
        assert [(i["name"], tuple(i["values"])) for i in domain["issues"]] == list(scenario.issues.items())
        assert domain["name"] == scenario.name


def test_names_that_some_reader_takes_for_something_else_are_quoted(folder):
    """YAML 1.2 reads a plain 1e3 as a number, YAML 1.1 a plain `no` as false."""
    negmas.write(from_payoffs("no", {"on": ODD}, ["1e3"], np.arange(len(ODD))[:, None], [0]), folder)
    events = yaml.parse((folder / "domain.yml").read_text(encoding="utf-8"))
    plain = {e.value for e in events if isinstance(e, yaml.ScalarEvent) and e.style != '"'}
    words = {"name", "type", "issues", "values", "mapping", "DiscreteCartesianOutcomeSpace", "CategoricalIssue"}
    assert plain == words


def test_the_same_scenario_gives_the_same_bytes(folder):
    negmas.write(random((3, 2)), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    negmas.write(random((3, 2)), folder)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["type", "_x"])
def test_an_option_that_negmas_would_lose_is_refused(folder, name):
    scenario = from_payoffs("x", {"a": ("b", name)}, ["A"], [[0], [1]], [0])
    with pytest.raises(CaseError, match=f'a: NegMAS takes option "{name}" for a field of its own'):
        negmas.write(scenario, folder)
    assert not folder.exists()


def test_a_laptop_of_anac_is_worth_what_the_documentation_of_negmas_says(folder):
    """Utilities of two outcomes as printed in the documentation of `UtilityFunction.from_xml_str`, NegMAS 0.16."""
    domain = {
        "type": "DiscreteCartesianOutcomeSpace",
        "name": "Laptop-C-domain",
        "issues": [
            {"name": issue, "type": "CategoricalIssue", "values": list(options)} for issue, options in LAPTOP.items()
        ],
    }
    values = [{"Dell": 12, "HP": 30, "Macintosh": 20}, {"120 Gb": 9, "60 Gb": 30, "80 Gb": 20},
              {"19'' LCD": 30, "20'' LCD": 10, "23'' LCD": 20}]  # fmt: skip
    weights = [0.4452125771655631, 0.37808251708013424, 0.1767567099260568]
    inner = {"type": "LinearAdditiveUtilityFunction", "reserved_value": 0.25, "weights": weights,
             "values": [{"type": "TableFun", "mapping": v} for v in values]}  # fmt: skip
    outer = {"type": "ExpDiscountedUFun", "discount": 0.75, "dynamic_reservation": True, "ufun": inner,
             "reserved_value": float("-inf")}  # fmt: skip
    read = negmas.read(theirs(folder, yaml.safe_dump(outer), yaml.safe_dump(domain)))
    assert (read.unit, read.discount, read.parties) == (UTILITY, (0.75,), ("JPN",))
    assert read.reservation == [0.25]
    table = read.table("JPN").reshape(3, 3, 3)
    assert table[0, 0, 0] == pytest.approx(21.987727736172488, rel=1e-12)
    assert table[2, 1, 1] == pytest.approx(22.68559475583014, rel=1e-12)
    with pytest.raises(CaseError, match=r"discounts \(0.75,\), which act on utilities and not on money"):
        negmas.write(read, folder.with_name("other"))


OFFERS = [("no", "2"), ("no", "3"), ("no", "4"), ("15", "2"), ("15", "3"), ("15", "4")]
MAPPED = "".join(f"  ? - '{a}'\n    - {b}\n  : {k / 8}\n" for k, (a, b) in reversed(list(enumerate(OFFERS))))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (f"type: MappingUtilityFunction\ndefault: -.inf\nmapping:\n{MAPPED}", np.arange(6) / 8),
        ("type: MappingUtilityFunction\ndefault: 0.5\nmapping: {? [no, 3] : 2}", [0.5, 2, 0.5, 0.5, 0.5, 0.5]),
        ("type: negmas.preferences.LinearAdditiveUtilityFunction\nweights: {rice: 2, cars: 1}\nbias: 1\n"
         "values: {cars: {no: 0, '15': 10}, rice: {type: IdentityFun}}", [5, 7, 9, 15, 17, 19]),
        ("type: LinearAdditiveUtilityFunction\nvalues: [{type: ConstFun, bias: 3}, {type: AffineFun, slope: -1, "
         "bias: 4}]", [5, 4, 3, 5, 4, 3]),
        ("type: LinearAdditiveUtilityFunction\nvalues: [{type: TableFun, mapping: {no: 0, '15.0': 1}}, {type: "
         "LinearFun, slope: 1.0e-01}]", [0.2, 0.3, 0.4, 1.2, 1.3, 1.4]),
        ("type: ConstUtilityFunction\nvalue: 0.5", [0.5] * 6),
        ("type: HyperRectangleUtilityFunction\nbias: 1\nweights: [1, 2]\noutcome_ranges: [{0: no}, {0: ['15'], 1: "
         "['2', '3', '4']}]\nutilities: [5, {type: HyperRectangleUtilityFunction, outcome_ranges: [{1: [3]}, null], "
         "utilities: [1, 4]}]", [6, 6, 6, 9, 11, 9]),
    ],
)  # fmt: skip
def test_utility_functions_of_others_are_read_as_they_define_them(folder, function, expected):
    read = negmas.read(theirs(folder, function))
    assert read.table("JPN") == pytest.approx(np.array(expected))
    assert (read.reservation == -np.inf).all()
    assert read.issues == {"cars": ("no", "15"), "rice": ("2", "3", "4")}


def test_affine_utilities_over_numbers_are_read(folder):
    domain = DOMAIN.replace("['no', '15']", "[1.5, 2]")
    read = negmas.read(theirs(folder, "type: AffineUtilityFunction\nweights: [2, -1]\nbias: 10", domain))
    assert read.table("JPN").tolist() == [11, 10, 9, 12, 11, 10]


LINEAR = "type: LinearAdditiveUtilityFunction\nvalues: [{no: 0, '15': 1}, {'2': 0, '3': 1, '4': 2}]\n"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("type: [", r"JPN\.yml:\d: not YAML"),
        ("", "JPN.yml: the file is empty"),
        ("a: &b 1\ntype: Fun", "JPN.yml:1: anchors and aliases are not read"),
        ("type: !!python/object/apply:os.system [ls]", "JPN.yml:1: tag"),
        ("type: Fun\ntype: Fun", "JPN.yml:2: 'type' stands twice"),
        ("--- {type: Fun}\n--- {}", "a second document"),
        ("x: " + "[" * 200 + "]" * 200, "nested more than 100 levels"),
        ("type: 3", "1 domain files and 0 utility functions among 2 files"),
        (DOMAIN, "2 domain files and 0 utility functions"),
        ("type: RankOnlyUtilityFunction", "RankOnlyUtilityFunction: this kind of utility function is not read"),
        ("type: LinDiscountedUFun\nufun: {}", "LinDiscountedUFun: this kind"),
        ("type: ExpDiscountedUFun", "ufun is missing"),
        ("type: ExpDiscountedUFun\ndiscount: 2\nufun: {type: ConstUtilityFunction, value: 1}", "a discount lies above"),
        (LINEAR + "weights: [1]", "weights: must have one entry for each of 2 issues"),
        (LINEAR + "weights: {cars: 1}", 'weights: nothing for issue "rice"'),
        (LINEAR + "weights: [1, much]", '"much" is not a number'),
        (LINEAR + "weights: [1, .nan]", '".nan" is not a number'),
        (LINEAR + "weights: [1, .inf]", "is infinite"),
        (LINEAR + "reserved_value: .inf", "reserved_value is infinite"),
        (LINEAR.replace("no:", "none:"), 'no number for option "no"; did you mean none'),
        (LINEAR.replace("{'2': 0, '3': 1, '4': 2}", "{type: SinFun}"), "SinFun is not read"),
        ("type: LinearAdditiveUtilityFunction\nvalues: [{type: IdentityFun}, {type: IdentityFun}]", '"no" is not a'),
        ("type: MappingUtilityFunction\nmapping: {? [no, 5] : 1}", r"\('no', '5'\) is no offer of the domain"),
        ("type: MappingUtilityFunction\nmapping: {? [no, 2] : 1}", r"nothing for the offer \('no', '3'\)"),
        ("type: MappingUtilityFunction\nmapping: {? {a: b} : 1}", "a key must be text or a list of texts"),
        ("type: TableUtilityFunction\nutilities: [1, 2]", "2 utilities for 6 offers"),
        ("type: HyperRectangleUtilityFunction\noutcome_ranges: [{0: no}]\nutilities: []", "as many utilities"),
        (
            "type: HyperRectangleUtilityFunction\noutcome_ranges: [{2: no}]\nutilities: [1]",
            "issues are numbered 0 to 1",
        ),
        (
            "type: HyperRectangleUtilityFunction\noutcome_ranges: [{1: [2, 4]}]\nutilities: [1]",
            "two options or a range",
        ),
        ("type: HyperRectangleUtilityFunction\noutcome_ranges: [no]\nutilities: [1]", "a box is a mapping"),
        ("type: HyperRectangleUtilityFunction\noutcome_ranges: [{0: no}]\nutilities: [{type: X}]", "X inside a box"),
    ],
)
def test_a_utility_file_that_cannot_be_read_names_itself_and_what_is_wrong(folder, function, message):
    with pytest.raises(SourceError, match=message) as found:
        negmas.read(theirs(folder, function))
    assert str(folder) in str(found.value)


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("type: DiscreteCartesianOutcomeSpace", "issues is missing or empty"),
        (DOMAIN.replace("['no', '15']", "5"), r"issues\[1\]: an issue has a name and a list of values"),
        (DOMAIN.replace("name: rice", "name: cars"), '"cars" stands twice'),
        (DOMAIN.replace("[2, 4]", "[4, 2]"), "two whole numbers, the lower first"),
        (DOMAIN.replace("[2, 4]", "[0, 1000000000000]"), "two whole numbers"),
        (DOMAIN.replace("Contiguous", "Continuous"), "ContinuousIssue has no list of options; discretise it first"),
    ],
)
def test_a_domain_that_cannot_be_read_names_itself_and_what_is_wrong(folder, domain, message):
    with pytest.raises(SourceError, match=message) as found:
        negmas.read(theirs(folder, "type: ConstUtilityFunction\nvalue: 1", domain))
    assert str(folder / "domain.yml") in str(found.value)


def test_json_of_others_is_read_and_faults_in_it_are_named(folder):
    negmas.write(random((2, 2)), folder, "json")
    (folder / "_info.json").unlink()
    assert negmas.read(folder).parties == ("1-P0", "2-P1")
    for text, message in (
        ('{"type": "Fun", "type": "Fun"}', '"type" stands twice'),
        ('{"type": }', "1-P0.json:1: not JSON: expecting value"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
    ):
        (folder / "1-P0.json").write_text(text)
        with pytest.raises(SourceError, match=message):
            negmas.read(folder)


def test_a_table_of_more_offers_than_can_be_held_is_refused_before_it_is_made(folder):
    listed = ", ".join(str(k) for k in range(50))
    issues = "".join(f"- {{name: i{k}, type: CategoricalIssue, values: [{listed}]}}\n" for k in range(8))
    domain = f"type: DiscreteCartesianOutcomeSpace\nissues:\n{issues}"
    with pytest.raises(SourceError, match=r"a table of 39,062,500,000,000 offers; at most 1,000,000 are read"):
        negmas.read(theirs(folder, "type: MappingUtilityFunction\nmapping: {}", domain))
    linear = f"type: AffineUtilityFunction\nweights: [{', '.join('12345678')}]"
    assert negmas.read(theirs(folder, linear, domain)).payoffs[0].high == 49 * 36


THERE = """
import json, sys
from pathlib import Path
from negmas.inout import Scenario

out = {}
for folder in map(Path, sys.argv[1:]):
    domain = folder / "domain.json"
    files = sorted(path for path in folder.glob("[0-9]*.json"))
    scenario = Scenario.from_yaml_files(domain, files) if domain.exists() else Scenario.load(folder)
    out[str(folder)] = {
        "issues": [[issue.name, list(issue.values)] for issue in scenario.issues],
        "reserved": [u.reserved_value for u in scenario.ufuns],
        "utilities": [[float(u(o)) for o in scenario.outcome_space.enumerate()] for u in scenario.ufuns],
        "info": scenario.info,
    }
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def python_with_negmas() -> str:
    """An interpreter that has NegMAS, which is never loaded into this process: its licence is the AGPL."""
    python = os.environ.get("TRADETALKS_NEGMAS_PYTHON", sys.executable)
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('negmas') is None)"
    if subprocess.run([python, "-c", probe], check=False).returncode:
        pytest.skip(f"{python} has no NegMAS; name one that has in TRADETALKS_NEGMAS_PYTHON")
    return python


def test_negmas_gives_every_outcome_the_utility_we_wrote(python_with_negmas, tmp_path):
    draw = np.random.default_rng(5)
    odd = {"Cars: %": ODD[:12], '米 "rice"': ODD[12:24], "no": ODD[24:36]}
    worth = draw.normal(size=(12**3, 3)) * [10, 1e4, 0] + [-4, 0, 2]
    scenario = from_payoffs("talks: & more", odd, ["JPN", "U.S.A. / <x>", "日本"], worth, [-3, 2e4, 1])
    folders = {name: tmp_path / name for name in ("table", "additive", "json", "xml")}
    negmas.write(scenario, folders["table"])
    negmas.write(scenario, folders["additive"], limit=0)
    negmas.write(scenario, folders["json"], "json", limit=0)
    genius.write(scenario, folders["xml"])
    command = [python_with_negmas, "-c", THERE, *map(str, folders.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    there = json.loads(done.stdout)
    for name, folder in folders.items():
        ours, found = (genius if name == "xml" else negmas).read(folder), there[str(folder)]
        assert found["issues"] == [[issue, list(options)] for issue, options in scenario.issues.items()]
        assert name == "json" or found["info"]["unit"] == MONEY
        for k, scale in enumerate(read_info(Folder(folder)).scales):
            money = scale.offset + scale.factor * np.array(found["utilities"][k])
            assert np.abs(money - ours.table(scale.party)).max() <= 1e-12 * np.abs(worth[:, k]).max()
            reserved = scale.offset + scale.factor * found["reserved"][k]
            assert reserved == pytest.approx(scenario.reservation[k], rel=1e-12)
        if name == "table":
            assert (apart(scenario, ours) <= 1e-12 * np.abs(worth).max(0)).all()
