"""The tariff law of the United States, January 2025 to August 2026: records that agree with the facts behind them.

The facts are a table of measures that only some machines have (`us-measures-2025-26.csv`, beside the original inputs);
rates on chosen days were worked out by hand from the orders.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from tradetalks.law.authority import AuthorityFile
from tradetalks.law.book import Book, book
from tradetalks.law.claims import ClaimFile
from tradetalks.law.countries import members
from tradetalks.law.measure import Measure, MeasureFile
from tradetalks.law.precedence import RuleFile
from tradetalks.records import yaml_file

FOLDER = Path(str(files("tradetalks.law").joinpath("usa")))
OTHER = {"stacking": RuleFile, "claims": ClaimFile, "authorities": AuthorityFile}
ELSEWHERE = {"lists", "preferences"}

FAMILIES = {
    "reciprocal", "border", "opioids-china", "brazil-emergency", "india-oil", "s301-china", "s301-forced-labour",
    "s301-brazil", "s232-steel", "s232-aluminium", "s232-copper", "s232-autos", "s232-auto-parts", "s232-wood",
    "s232-trucks", "s232-semiconductors", "s232-pharmaceuticals", "s232-metals", "s122", "s338", "s201-solar",
}  # fmt: skip

RECORDS = {
    "s232-alu-rus-200": ("s232-alu-rus-200", "s232-alu-rus-200-derivatives"),
    "232-steel-25": ("232-steel-25", "232-steel-25-derivatives"),
    "232-alu-25": ("232-alu-25", "232-alu-25-derivatives"),
    "232-metals-50": ("232-steel-50", "232-alu-50"),
    "232-metals-50-derivatives": ("232-steel-50-derivatives", "232-alu-50-derivatives"),
    "232-metals-gbr-25": ("232-steel-50", "232-alu-50", "232-steel-50-derivatives", "232-alu-50-derivatives"),
    "jp-auto-floor": ("jp-auto-floor", "jp-parts-floor"),
    "jp-auto-announced": ("jp-auto-announced", "jp-parts-announced"),
    "eu-auto-floor": ("eu-auto-floor", "eu-parts-floor"),
    "kor-auto-floor": ("kor-auto-floor", "kor-parts-floor"),
    "twn-parts-floor": ("twn-parts-floor", "232-wood-twn"),
    "gbr-aircraft": ("gbr-aircraft", "gbr-aircraft-parts"),
    "eu-exempt": ("eu-exempt", "eu-aircraft", "eu-aircraft-parts"),
    "jp-aircraft": ("jp-aircraft", "jp-aircraft-parts"),
    "kor-aircraft": ("kor-aircraft", "kor-aircraft-parts"),
    "che-exempt": ("che-exempt", "che-aircraft", "che-aircraft-parts"),
    "ieepa-can-fent-25-feb": ("ieepa-can-fent-25-feb", "ieepa-can-energy-10-feb"),
    "ieepa-can-energy-10": ("ieepa-can-energy-10", "ieepa-can-potash-10"),
    "ieepa-mex-fent-25": ("ieepa-mex-fent-25", "ieepa-mex-potash-10"),
    "recip-aug-kor": ("recip-aug-kor",),
    "recip-aug-che": ("recip-aug-che-lie",),
    "recip-aug-lie": ("recip-aug-che-lie",),
    "recip-aug-eu": ("recip-aug-eu",),
    "recip-aug-jpn-first": ("recip-aug-jpn-first",),
    "recip-aug-transship": ("recip-aug-transship",),
    "232-annex-III-15": ("232-annex-III-15", "232-annex-III-column-2"),
    "232-mhd-25": ("232-mhd-25", "232-mhd-usmca", "232-mhd-parts-25", "232-mhd-parts-usmca"),
    "232-pharma-100": ("232-pharma-100", "232-pharma-100-named"),
    "232-pharma-15": ("232-pharma-15", "232-pharma-15-named"),
    "232-pharma-gbr": ("232-pharma-gbr", "232-pharma-gbr-named"),
}
"""Rows that have another name among the records, or more than one record; the first is the one compared."""

DIFFERENT = {
    "s232-alu-10-old": "the headings name no exemption of Ukraine; Russia stands back for its own record",
    "s232-alu-rus-200": "the annexes of April 2026 go on under a record of their own",
    "232-metals-50": "only aluminium of Russia has its own rate; the United Kingdom is in the same record",
    "232-metals-50-derivatives": "as 232-metals-50",
    "232-annex-IA-50": "only aluminium of Russia has its own rate",
    "232-annex-IB-25": "as 232-annex-IA-50",
    "232-annex-III-15": "column 2 countries pay 25 on top",
    "232-annex-IC-25": "clause 3 goes on with the same rate after 2027",
    "232-pharma-100": "clause 7 counts the normal duty inside",
    "s301-chn-review-50": "the first lines began on 2024-09-27",
    "jp-auto-announced": "lapsed with the order of 31 July, which has nothing on cars",
    "232-wood-jp-eu": "softwood stays at 10",
    "recip-aug-transship": "names those the reciprocal tariff names",
}
"""Rows whose record differs on purpose, and how."""


def measure_files() -> list[Path]:
    return [path for path in sorted(FOLDER.glob("*.yaml")) if path.stem not in {*OTHER, *ELSEWHERE}]


@pytest.fixture(scope="module")
def usa() -> Book:
    return book("USA")


@pytest.fixture(scope="module")
def by_name(usa: Book) -> dict[str, Measure]:
    return {m.measure: m for m in usa.measures}


@pytest.fixture(scope="module")
def rows(data: Path) -> list[dict[str, str]]:
    path = data.parent / "facts" / "us-measures-2025-26.csv"
    if not path.is_file():
        pytest.skip(f"the table of measures is absent ({path} is not there)")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def record_names(row: dict[str, str]) -> tuple[str, ...]:
    """The records of a row, the one to compare first."""
    name = row["id"]
    if name in RECORDS:
        return RECORDS[name]
    for pattern, record in (
        (r"recip-annexI-.*-due-0709", "recip-annex-i-due-0709"),
        (r"recip-annexI-.*-due-0801", "recip-annex-i-due-0801"),
        (r"recip-annexI-[a-z0-9]+", "recip-annex-i"),
        (r"recip-aug-[a-z]{3}", "recip-aug"),
        (r"letter-(?!jpn|kor|idn|eu|phl)[a-z]{3}-0801", "letters-0801"),
    ):
        if re.fullmatch(pattern, name):
            return (record,)
    return (name,)


def omitted() -> dict[str, str]:
    """Rows that a file names as left out, and the file."""
    found: dict[str, str] = {}
    for path in FOLDER.glob("*.yaml"):
        _, _, tail = path.read_text(encoding="utf-8").partition("# Not here, and why:\n")
        for entry in re.findall(r"^# - ([^:]+):", re.sub(r"\n#   ", " ", tail), re.MULTILINE):
            found |= dict.fromkeys(re.split(r",\s+", entry.strip()), path.name)
    return found


def partners_of(row: dict[str, str]) -> frozenset[str]:
    spelled = [p.replace("ALL", "all").replace("COL2", "column-2") for p in row["partners"].split(";")]
    return members(*spelled)


def rate_on(measure: Measure, partner: str) -> tuple[str, float]:
    """Kind and rate for a partner."""
    if measure.rate is not None:
        kind = "cap" if measure.rate.cap is not None else "additional"
        return kind, measure.rate.cap if measure.rate.cap is not None else measure.rate.additional or 0.0
    rates = measure.rates or {}
    own = rates.get(partner)
    return "additional", own if own is not None else next(r for name, r in rates.items() if partner in members(name))


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", measure_files(), ids=lambda path: path.stem)
def test_a_file_of_measures_is_valid(path: Path) -> None:
    found = MeasureFile.model_validate(yaml_file.read(path).data)
    assert found.importer == "USA"
    assert {m.family for m in found.measures if m.family} <= FAMILIES


@pytest.mark.parametrize(("stem", "model"), OTHER.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_rules_claims_and_authorities_are_valid(stem: str, model: type[RuleFile | ClaimFile | AuthorityFile]) -> None:
    assert model.model_validate(yaml_file.read(FOLDER / f"{stem}.yaml").data).importer == "USA"


def test_no_two_measures_have_one_name(usa: Book) -> None:
    names = [m.measure for m in usa.measures]
    assert sorted(set(names)) == sorted(names)


def test_every_name_a_record_uses_exists(usa: Book, by_name: dict[str, Measure]) -> None:
    claims = {claim.claim for claim in usa.claims}
    families = {m.programme for m in usa.measures}
    lists = {head.list for head in usa.heads}
    for m in usa.measures:
        assert set(m.replaces) <= set(by_name), m.measure
        assert {*m.only, *m.unless} <= claims, m.measure
        assert set(m.exempts) <= families, m.measure
        codes_or_lists = {*m.products, *m.outside} - {"all"}
        assert {name for name in codes_or_lists if not name.isdigit()} <= lists, m.measure
        assert members(*m.named)
    for rule in usa.rules:
        assert {*rule.first, *rule.then} <= families, rule.rule
    for claim in usa.claims:
        assert {name for name in claim.products if name != "all" and not name.isdigit()} <= lists, claim.claim
        assert members(*claim.partners)


def test_every_authority_of_a_measure_is_described(usa: Book) -> None:
    assert {m.authority for m in usa.measures} <= {a.authority for a in usa.authorities}


def test_states_of_an_authority_are_in_order_of_time(usa: Book) -> None:
    for authority in usa.authorities:
        days = [state.since for state in authority.durability.states]
        assert days == sorted(set(days)), authority.authority


def test_emergency_duties_end_in_law_on_the_ruling_and_are_collected_four_days_longer(usa: Book) -> None:
    ruling, stop = date(2026, 2, 20), date(2026, 2, 24)
    for m in usa.measures:
        if m.authority == "IEEPA" and m.known.until is None:
            assert m.effective.until is not None, m.measure
            assert m.effective.until <= ruling, m.measure
            if m.effective.until == ruling:
                assert (m.end_known, m.collected_to) == (ruling, stop), m.measure


def test_a_record_that_was_withdrawn_never_is_law(usa: Book) -> None:
    for m in usa.measures:
        if m.known.until is not None:
            assert not m.holds(m.effective.since, None), m.measure


def test_no_measure_ends_by_a_later_act_before_that_act_was_known(usa: Book) -> None:
    """An end in law may come before it was known only where an act reached back."""
    reaching_back = {"recip-aug-kor"}
    for m in usa.measures:
        if m.end_known and m.effective.until and m.measure not in reaching_back:
            assert m.end_known <= m.effective.until, m.measure


# ---- the facts ------------------------------------------------------------------------------------------------------


def test_every_row_is_a_record_or_a_named_omission(rows: list[dict[str, str]], by_name: dict[str, Measure]) -> None:
    left_out = omitted()
    missing = [r["id"] for r in rows if r["id"] not in left_out and not set(record_names(r)) <= set(by_name)]
    both = [r["id"] for r in rows if r["id"] in left_out and set(record_names(r)) <= set(by_name)]
    assert not missing
    assert not both


def test_what_is_left_out_is_a_row(rows: list[dict[str, str]]) -> None:
    ids = {r["id"] for r in rows}
    named = {name for name in omitted() if re.fullmatch(r"[a-zA-Z0-9-]+", name)}
    assert named <= ids


def test_records_say_what_the_rows_say(rows: list[dict[str, str]], by_name: dict[str, Measure]) -> None:
    ruling_row, ruling = "2026-02-24", date(2026, 2, 20)
    for row in rows:
        measure = by_name.get(record_names(row)[0])
        if measure is None or row["id"] in DIFFERENT or row["id"] in omitted():
            continue
        end = row["effective_to"] and (
            ruling if row["authority"] == "IEEPA" and row["effective_to"] == ruling_row else row["effective_to"]
        )
        assert str(measure.effective.since) == row["effective_from"], row["id"]
        assert str(measure.effective.until or "") == str(end), row["id"]
        assert str(measure.known.since) == row["known_from"], row["id"]
        assert str(measure.known.until or "") == row["known_to"], row["id"]
        assert partners_of(row) <= members(*measure.named), row["id"]
        kinds = {"additional": "additional", "content_share": "additional", "total_cap": "cap"}
        if row["rate_type"] in kinds:
            for partner in ("EU27",) if row["partners"] == "EU27" else sorted(partners_of(row))[:40]:
                kind, rate = rate_on(measure, partner)
                assert (kind, round(100 * rate, 6)) == (kinds[row["rate_type"]], float(row["rate"])), row["id"]
        else:
            assert measure.exempts, row["id"]


def test_a_row_with_an_end_by_a_later_act_is_still_open_before_it(by_name: dict[str, Measure]) -> None:
    annex = by_name["recip-annex-i"]
    assert annex.holds(date(2025, 7, 1), date(2025, 4, 8))
    assert not annex.holds(date(2025, 7, 1), date(2025, 4, 9))


# ---- rates on chosen days -------------------------------------------------------------------------------------------


def bearing(usa: Book, family: str, partner: str, on: str, known_on: str | None = None) -> set[tuple[str, float]]:
    """Rates of a family for a partner on all goods, once what is replaced has stood back."""
    day, known = date.fromisoformat(on), date.fromisoformat(known_on) if known_on else None
    found = [
        m
        for m in usa.in_force(day, known)
        if m.programme == family and not m.exempts and not m.only and members(partner) <= members(*m.named)
    ]
    replaced = {name for m in found for name in m.replaces}
    return {
        (kind, round(100 * rate, 6))
        for m in found
        if m.measure not in replaced
        for kind, rate in (rate_on(m, partner),)
    }


@pytest.mark.parametrize(
    ("partner", "on", "known_on", "expected"),
    [
        ("JPN", "2025-04-04", None, None),
        ("JPN", "2025-04-05", None, ("additional", 10)),
        ("JPN", "2025-04-09", None, ("additional", 24)),
        ("JPN", "2025-04-10", None, ("additional", 10)),
        ("JPN", "2025-06-01", "2025-04-03", ("additional", 24)),
        ("JPN", "2025-06-01", "2025-04-09", ("additional", 10)),
        ("JPN", "2025-07-20", "2025-04-16", ("additional", 24)),
        ("JPN", "2025-07-20", "2025-07-07", ("additional", 10)),
        ("JPN", "2025-08-02", "2025-07-10", ("additional", 25)),
        ("JPN", "2025-08-02", "2025-07-25", ("cap", 15)),
        ("JPN", "2025-08-07", "2025-08-07", ("additional", 15)),
        ("JPN", "2025-08-07", None, ("cap", 15)),
        ("JPN", "2025-10-01", "2025-10-01", ("cap", 15)),
        ("JPN", "2026-02-19", None, ("cap", 15)),
        ("JPN", "2026-02-21", None, None),
        ("JPN", "2026-02-23", "2026-02-23", ("cap", 15)),
        ("JPN", "2026-02-24", "2026-02-24", None),
        ("JPN", "2026-07-01", "2026-02-19", ("cap", 15)),
        ("CHN", "2025-04-09", "2025-04-07", ("additional", 34)),
        ("CHN", "2025-04-09", None, ("additional", 84)),
        ("HKG", "2025-04-10", None, ("additional", 125)),
        ("MAC", "2025-05-13", None, ("additional", 125)),
        ("CHN", "2025-05-14", None, ("additional", 10)),
        ("CHN", "2025-06-01", "2025-05-01", ("additional", 125)),
        ("CHN", "2025-09-01", "2025-06-01", ("additional", 34)),
        ("CHN", "2025-09-01", "2025-09-01", ("additional", 10)),
        ("CHN", "2025-12-01", "2025-10-01", ("additional", 34)),
        ("CHN", "2025-12-01", "2025-11-05", ("additional", 10)),
        ("EU27", "2025-04-09", None, ("additional", 20)),
        ("EU27", "2025-08-01", "2025-07-08", ("additional", 20)),
        ("EU27", "2025-08-01", "2025-07-20", ("additional", 30)),
        ("EU27", "2025-08-01", "2025-07-29", ("cap", 15)),
        ("EU27", "2025-08-01", None, ("additional", 10)),
        ("DEU", "2025-08-07", None, ("cap", 15)),
        ("KOR", "2025-04-09", None, ("additional", 25)),
        ("KOR", "2025-09-01", None, ("additional", 15)),
        ("KOR", "2025-11-20", "2025-11-20", ("additional", 15)),
        ("KOR", "2025-11-20", None, ("cap", 15)),
        ("IND", "2025-04-09", None, ("additional", 26)),
        ("IND", "2025-08-07", None, ("additional", 25)),
        ("IND", "2025-08-02", "2025-07-08", ("additional", 26)),
        ("CHE", "2025-04-09", None, ("additional", 31)),
        ("CHE", "2025-08-07", None, ("additional", 39)),
        ("CHE", "2025-12-01", "2025-11-01", ("additional", 39)),
        ("CHE", "2025-11-14", "2025-11-14", ("cap", 15)),
        ("CAN", "2025-09-01", None, None),
        ("RUS", "2025-09-01", None, None),
        ("GBR", "2025-09-01", None, ("additional", 10)),
    ],
)
def test_reciprocal_rate_on_a_day(
    usa: Book, partner: str, on: str, known_on: str | None, expected: tuple[str, float] | None
) -> None:
    assert bearing(usa, "reciprocal", partner, on, known_on) == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("family", "partner", "on", "known_on", "expected"),
    [
        ("opioids-china", "CHN", "2025-02-04", None, 10),
        ("opioids-china", "HKG", "2025-03-04", None, 20),
        ("opioids-china", "CHN", "2025-11-09", None, 20),
        ("opioids-china", "CHN", "2025-11-10", None, 10),
        ("opioids-china", "CHN", "2025-12-01", "2025-10-01", 20),
        ("india-oil", "IND", "2025-08-27", None, 25),
        ("india-oil", "IND", "2026-02-06", None, 25),
        ("india-oil", "IND", "2026-02-07", None, None),
        ("india-oil", "IND", "2026-03-01", "2026-01-01", 25),
        ("brazil-emergency", "BRA", "2025-08-06", None, 40),
        ("s232-autos", "JPN", "2025-04-03", None, 25),
        ("s232-autos", "JPN", "2025-09-15", None, 25),
        ("s232-autos", "JPN", "2025-08-20", "2025-08-20", 25),
        ("s232-autos", "JPN", "2025-09-01", "2025-09-01", 25),
        ("s232-autos", "JPN", "2026-01-01", "2025-09-01", ("cap", 15)),
        ("s232-autos", "JPN", "2026-01-01", "2025-07-21", 25),
        ("s232-autos", "JPN", "2025-09-16", None, ("cap", 15)),
        ("s232-autos", "JPN", "2026-08-01", None, ("cap", 15)),
        ("s232-autos", "EU27", "2025-08-15", None, ("cap", 15)),
        ("s232-autos", "EU27", "2025-08-15", "2025-08-15", 25),
        ("s232-autos", "KOR", "2025-10-31", None, 25),
        ("s232-autos", "KOR", "2025-11-01", None, ("cap", 15)),
        ("s232-copper", "CHE", "2025-08-01", None, 50),
        ("s122", "JPN", "2026-02-23", None, None),
        ("s122", "JPN", "2026-02-24", None, 10),
        ("s122", "JPN", "2026-07-23", None, 10),
        ("s122", "JPN", "2026-07-24", None, None),
        ("s301-forced-labour", "JPN", "2026-07-24", None, ("cap", 12.5)),
        ("s301-forced-labour", "JPN", "2026-08-01", "2026-07-01", 12.5),
        ("s301-forced-labour", "TWN", "2026-07-24", None, ("cap", 10)),
        ("s301-forced-labour", "IND", "2026-07-24", None, 10),
        ("s301-forced-labour", "CHN", "2026-07-24", None, 12.5),
        ("s301-forced-labour", "EU27", "2026-07-24", None, ("cap", 10)),
        ("s338", "CAN", "2026-08-20", "2026-08-10", 50),
        ("s338", "CAN", "2026-08-20", None, None),
        ("s338", "CAN", "2026-08-22", None, 50),
        ("s201-solar", "VNM", "2025-02-06", None, 14.25),
        ("s201-solar", "VNM", "2025-02-07", None, 14),
        ("s201-solar", "VNM", "2026-02-07", None, None),
    ],
)
def test_rate_of_another_programme_on_a_day(
    usa: Book, family: str, partner: str, on: str, known_on: str | None, expected: float | tuple[str, float] | None
) -> None:
    wanted = ("additional", expected) if isinstance(expected, float | int) else expected
    assert bearing(usa, family, partner, on, known_on) == ({wanted} if wanted else set())


@pytest.mark.parametrize(
    ("partner", "on", "expected"),
    [("JPN", "2025-03-12", 25), ("GBR", "2025-07-01", 25), ("JPN", "2025-06-04", 50), ("RUS", "2025-07-01", 50)],
)
def test_steel_of_every_country_pays_alike_but_that_of_the_united_kingdom(
    by_name: dict[str, Measure], partner: str, on: str, expected: float
) -> None:
    name = "232-steel-25" if on < "2025-06-04" else "232-steel-50"
    assert by_name[name].holds(date.fromisoformat(on), None)
    assert rate_on(by_name[name], partner) == ("additional", expected / 100)


@pytest.mark.parametrize(
    ("on", "known_on", "first", "then", "takes"),
    [
        ("2025-05-01", None, "border", "s232-steel", "article"),
        ("2025-05-01", "2025-05-01", "border", "s232-steel", "article"),
        ("2025-07-01", "2025-05-20", "border", "s232-steel", "article"),
        ("2025-07-01", None, "s232-steel", "border", "portion"),
        ("2025-05-01", None, "s232-autos", "border", "article"),
        ("2025-05-01", None, "s232-steel", "reciprocal", "portion"),
        ("2025-12-01", None, "s232-trucks", "s232-aluminium", "article"),
        ("2026-03-01", None, "s232-steel", "s122", "portion"),
        ("2026-08-25", None, "s232-metals", "s338", "article"),
    ],
)
def test_who_comes_first_on_a_day(usa: Book, on: str, known_on: str | None, first: str, then: str, takes: str) -> None:
    rules = usa.rules_on(date.fromisoformat(on), date.fromisoformat(known_on) if known_on else None)
    assert takes in {r.takes for r in rules if first in r.first and then in r.then}
    assert not {r.rule for r in rules if then in r.first and first in r.then}


def test_before_the_order_on_stacking_was_known_border_and_metal_duties_add(usa: Book) -> None:
    rules = usa.rules_on(date(2025, 4, 1), date(2025, 4, 28))
    assert not {r.rule for r in rules if "border" in r.first or "border" in r.then}
