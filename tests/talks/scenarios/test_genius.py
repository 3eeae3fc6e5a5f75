"""GENIUS files: what is written comes back, both readings of the format agree on it, and unsafe XML is refused."""

import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given

from tests.talks.scenarios.drawn import apart, assert_same, random, scenarios, size
from tradetalks.errors import SourceError
from tradetalks.talks.scenarios import genius
from tradetalks.talks.scenarios.additive import best_additive
from tradetalks.talks.scenarios.scenario import UTILITY, from_payoffs

DOMAIN = """<negotiation_template>
<utility_space number_of_issues="2">
<objective index="0" description="" name="party" type="objective" etype="objective">
<issue index="2" name="Music" vtype="discrete" type="discrete" etype="discrete">
<item index="1" value="DJ"> </item><item index="2" value="Band"> </item></issue>
<issue index="1" name="Food" type="discrete"><item index="1" value="Chips &amp; Nuts" cost="100.0"/>
<item index="2" value="Finger-Food"/><item index="3" value="Catering"/></issue>
</objective></utility_space></negotiation_template>"""

SPACE = """<utility_space type="UNCERTAIN">
<objective index="0" name="party" type="objective">
<issue index="1" name="Food" type="discrete"><item index="1" value="Chips &amp; Nuts" evaluation="4"/>
<item index="2" value="Finger-Food" evaluation="1.0"/><item index="3" value="Catering" evaluation="0"/></issue>
<issue index="2" name="Music" type="discrete"><item index="1" value="DJ" evaluation="0"/>
<item index="2" value="Band" evaluation="0.5"/></issue>
<weight index="1" value="0.75"> </weight><weight index="2" value="0.25"> </weight>
</objective><discount_factor value="0.5"> </discount_factor><reservation value="0.3"> </reservation>
</utility_space>"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "talks"


def theirs(folder, space: str = SPACE, domain: str = DOMAIN):
    folder.mkdir(exist_ok=True)
    (folder / "party.xml").write_text(domain, encoding="utf-8")
    (folder / "party_util1.xml").write_text(space, encoding="utf-8")
    return folder


@given(scenario=scenarios(additive=True))
def test_additive_payoffs_come_back(tmp_path_factory, scenario):
    folder = tmp_path_factory.mktemp("written") / "talks"
    told = genius.write(scenario, folder)
    assert_same(scenario, genius.read(folder))
    assert set(told.largest_error.values()) == {0.0}


@given(scenario=scenarios())
def test_a_table_comes_back_as_its_best_additive_fit_and_the_error_is_told(tmp_path_factory, scenario):
    folder = tmp_path_factory.mktemp("written") / "talks"
    told = genius.write(scenario, folder)
    again = genius.read(folder)
    errors = np.array([told.largest_error[party] for party in scenario.parties])
    assert (again.largest_error == errors).all()
    sizes = np.array([size(p) for p in scenario.payoffs])
    assert (np.abs(apart(scenario, again) - errors) <= 1e-12 * sizes).all()


def test_the_error_stands_in_money_in_a_comment(folder):
    scenario = random((4, 3, 2))
    told = genius.write(scenario, folder)
    for path in sorted(folder.glob("[0-9]*.xml")):
        party = path.stem[2:]
        _, error = best_additive(scenario.table(party), scenario.shape)
        assert told.largest_error[party] == error > 1
        comment = re.search("<!-- (.*?) -->", path.read_text(encoding="utf-8"))[1]
        assert f"largest error {error:.4g};" in comment and "US$ bn a year" in comment
        assert not set(comment) & set("<>") and "--" not in comment


@given(scenario=scenarios())
def test_weights_add_up_to_one_and_evaluations_reach_one_so_that_both_readings_agree(tmp_path_factory, scenario):
    """GENIUS divides evaluations by the highest of their issue, NegMAS does not."""
    folder = tmp_path_factory.mktemp("written") / "talks"
    genius.write(scenario, folder)
    for path in folder.glob("[0-9]*.xml"):
        root = ElementTree.parse(path).getroot()
        weights = [float(weight.get("value")) for weight in root.iter("weight")]
        highest = [max(float(item.get("evaluation")) for item in issue) for issue in root.iter("issue")]
        assert set(highest) <= {0.0, 1.0}
        assert sum(weights) == pytest.approx(1) or sum(weights) <= 1e-15


def test_files_of_others_are_read_as_genius_reads_them(folder):
    read = genius.read(theirs(folder))
    assert read.unit == UTILITY
    assert read.issues == {"Food": ("Chips & Nuts", "Finger-Food", "Catering"), "Music": ("DJ", "Band")}
    assert (read.parties, read.reservation, read.discount) == (("party_util1",), [0.3], (0.5,))
    assert read.table("party_util1") == pytest.approx([0.75, 1, 0.1875, 0.4375, 0, 0.25])


def test_without_our_scale_payoffs_are_utilities(folder):
    issues = {"a": ("x", "y"), "b": ("u", "v", "w")}
    scenario = from_payoffs("x", issues, ["A"], np.add.outer([1, 3.5], [0, -2.5, 1]).reshape(-1, 1), [0])
    genius.write(scenario, folder)
    (folder / "_info.json").unlink()
    bare = genius.read(folder)
    assert bare.unit == UTILITY
    assert bare.table("1-A") == pytest.approx((scenario.table("A") + 1.5) / 6)
    assert bare.reservation == pytest.approx([0.25])


LAUGHS = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (LAUGHS + SPACE.replace('name="party"', 'name="&b;"'), r"party_util1.xml:1: a document type .* is not read"),
        ('<!DOCTYPE z SYSTEM "file:///etc/passwd">' + SPACE, "a document type"),
        (SPACE.replace("Finger-Food", "&x;"), "not XML: undefined entity"),
        (SPACE[:-5], "not XML"),
        ("", "party_util1.xml:1: not XML: no element found"),
        ("<a>" * 60 + "</a>" * 60, "nested more than 50 levels"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "not XML|cannot be decoded"),
        ("<something/>", "1 domains and 0 utility spaces"),
        (DOMAIN, "2 domains and 0 utility spaces"),
        (SPACE.replace('name="Food" type="discrete"', 'name="Food" type="integer"'), 'issue 1 is of type "integer"'),
        (SPACE.replace("<weight", "<utility_function/><weight", 1), "a non-linear utility space is not read"),
        (SPACE.replace('evaluation="1.0"', ""), "<item> has no evaluation"),
        (SPACE.replace('evaluation="1.0"', 'evaluation="much"'), 'evaluation: "much" is not a number'),
        (SPACE.replace('value="Finger-Food"', 'value="Soup"'), 'no evaluation of "Finger-Food"'),
        (SPACE.replace('name="Food"', 'name="Drinks"'), 'nothing for issue "Food" of the domain'),
        (SPACE.replace('<weight index="1"', '<weight index="7"'), 'no weight for issue "Food"'),
        (SPACE.replace('<weight index="1"', '<weight index="-1"'), 'has index "-1"'),
        (SPACE.replace('index="2" name="Music"', 'index="1" name="Music"'), "issue 1 stands twice"),
        (SPACE.replace('reservation value="0.3"', 'reservation value="Infinity"'), "reservation value is infinite"),
    ],
)
def test_a_utility_space_that_cannot_be_read_names_itself_and_what_is_wrong(folder, space, message):
    with pytest.raises(SourceError, match=message) as found:
        genius.read(theirs(folder, space))
    assert str(folder) in str(found.value)


def test_a_domain_that_cannot_be_read_names_itself_and_what_is_wrong(folder):
    for domain, message in (
        (DOMAIN.replace('name="Food"', 'name="Music"'), '"Music" stands twice'),
        (re.sub("<issue.*</issue>", "", DOMAIN, flags=re.S), "no <issue>"),
        (DOMAIN.replace('value="DJ"', ""), "<item> has no value"),
    ):
        with pytest.raises(SourceError, match=message):
            genius.read(theirs(folder, domain=domain))


def test_our_own_folder_with_its_files_exchanged_is_noticed(folder):
    genius.write(random((2, 2)), folder)
    shutil.copy(folder / "1-P0.xml", folder / "domain.xml")
    with pytest.raises(SourceError, match="where a domain is a <negotiation_template>"):
        genius.read(folder)
    genius.write(random((2, 2)), folder)
    shutil.copy(folder / "domain.xml", folder / "1-P0.xml")
    with pytest.raises(SourceError, match="where a party's file is a <utility_space>"):
        genius.read(folder)
