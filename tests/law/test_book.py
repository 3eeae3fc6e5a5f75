"""The book of law: what it refuses in files of one's own, how it is asked, and that the shipped one has no holes."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tradetalks import duty
from tradetalks.errors import LawError
from tradetalks.law.book import Book, book
from tradetalks.law.countries import members, table
from tradetalks.law.measure import Amendment
from tradetalks.law.scope import METALS, Cells, candidates
from tradetalks.law.stacking import stack
from tradetalks.law.trade import trade

SHIPPED = book().folder

HEAD = "authority: IEEPA\nimporter: USA\nmeasures:\n"
SOURCE = "    source: {title: made up, date: 2025-04-02, confidence: computed}\n"


def record(name: str, **fields: str) -> str:
    """One measure as text; a field given as an empty text is left out."""
    given = {
        "what": "made up", "family": "reciprocal", "partners": "JPN", "rate": "{additional: 10%}",
        "effective": "{from: 2025-04-05}", "known": "{from: 2025-04-02}", "citation": "none",
    } | fields  # fmt: skip
    lines = "".join(f"    {key}: {value}\n" for key, value in given.items() if value)
    return f"  - measure: {name}\n{lines}{SOURCE}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small law of its own: two lists, two claims, two measures, one rule."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "mine.yaml").write_text(
        HEAD
        + record("base", products="all", outside="[free]", effective="{from: 2025-04-05, to: 2025-08-07}")
        + record("later", products="all", outside="[free]", unless="[loaded]", effective="{from: 2025-08-07}")
        + record("cars", family="autos", products="[cars]", rate="{additional: 25%}")
    )
    (tmp_path / "lists.yaml").write_text(
        "lists:\n"
        "  - list: free\n    what: free goods\n    versions:\n"
        "      - {from: 2025-04-05, known: 2025-04-02, citation: none}\n"
        "      - {from: 2025-09-08, known: 2025-09-05, citation: none}\n"
        "    source: {title: made up, date: 2025-04-02, confidence: computed}\n"
        "  - list: cars\n    what: cars\n    versions:\n"
        "      - {from: 2025-04-03, known: 2025-03-26, citation: none}\n"
        "    source: {title: made up, date: 2025-04-02, confidence: computed}\n"
    )
    (tmp_path / "lists" / "free.csv").write_text(
        "code,from,to\n2709,2025-04-05,\n8517,2025-04-05,2025-09-08\n8542,2025-09-08,\n"
    )
    (tmp_path / "lists" / "cars.csv").write_text("code,from,to\n8703,2025-04-03,\n")
    (tmp_path / "claims.yaml").write_text(
        "importer: USA\nclaims:\n  - claim: loaded\n    what: on its way\n    share: 0.0\n" + SOURCE
    )
    (tmp_path / "authorities.yaml").write_text(
        "importer: USA\nauthorities:\n  - authority: IEEPA\n    short: Emergency\n"
        "    statute: emergency powers\n    citation: none\n"
        "    durability:\n      needs: an emergency\n      states:\n"
        "        - {from: 2025-01-01, standing: contested, why: new,"
        " source: {title: made up, date: 2025-04-02, confidence: computed}}\n"
    )
    (tmp_path / "stacking.yaml").write_text(
        "importer: USA\nrules:\n  - rule: cars-first\n    what: cars first\n"
        "    first: [autos]\n    then: [reciprocal]\n    takes: article\n"
        "    effective: {from: 2025-04-05}\n    known: {from: 2025-04-02}\n    citation: none\n" + SOURCE
    )
    (tmp_path / "preferences.yaml").write_text(
        "importer: USA\npreferences:\n"
        "  - {preference: JP, what: made up, partners: [JPN], effective: {from: 2020-01-01}, citation: none}\n"
    )
    return tmp_path


def edit(path: Path, old: str, new: str) -> int:
    """Replaces a text that stands once, and tells its line."""
    text = path.read_text()
    assert text.count(old) == 1, (path, old, text.count(old))
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


# ---- what it refuses ------------------------------------------------------------------------------------------------


def test_a_small_law_of_ones_own_is_read_and_applied(folder: Path) -> None:
    law = book("USA", folder)
    assert [m.measure for m in law.measures] == ["base", "later", "cars"]
    assert duty("US", "JP", "9020.00.90", "2025-05-01", law=law).rate == pytest.approx(0.125)
    assert duty("US", "JP", "8703.23.01", "2025-05-01", law=law).rate == pytest.approx(0.275)
    assert duty("US", "JP", "9020.00.90", "2025-08-07", law=law, claims=["loaded"]).rate == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (record("x", citation=""), "measures[4].citation", "is missing"),
        (record("x", products="[carz]"), "measures[4].products", '"carz" is no list and no code .* did you mean cars?'),
        (record("x", products='["1"]'), "measures[4].products", '"1" is no list and no code of 2 to 10 digits'),
        (record("x", outside="[frei]"), "measures[4].outside", '"frei" is no list .* did you mean free?'),
        (record("x", replaces="[bass]"), "measures[4].replaces", '"bass" is not known; did you mean base?'),
        (record("x", only="[loded]"), "measures[4].only", '"loded" is not known; did you mean loaded?'),
        (record("x", unless="[loded]"), "measures[4].unless", '"loded" is not known; did you mean loaded?'),
        (record("x", authority="IEPA"), "measures[4].authority", '"IEPA" is not known; did you mean IEEPA?'),
        (record("x", rate="", exempts="[auto]"), "measures[4].exempts", '"auto" is not known; did you mean autos?'),
        (record("x", partners="Japn"), "measures[4].partners", 'no country or group "Japn"; did you mean JPN?'),
        (record("x", partners="all, except [XX]"), "measures[4].partners", 'no country or group "XX"'),
        (record("x", partners="", rate="", rates="{JPM: 5%}"), "measures[4].rates", 'no country or group "JPM"'),
        (record("base", family="own"), "measures[1].measure", '"base" is the name of 2 records'),
        (record("x", rate="{additional: 10}"), "measures[4].rate.additional", "write the sign: 10%"),
        (record("x", rate="{additional: 1%, cap: 2%}"), "measures[4].rate", "give one of `additional` .* `cap`"),
        (
            record("x", rate=""),
            "measures[4]",
            "give one of `rate` for its `partners`, `rates` by partner, or `exempts`",
        ),
        (record("x", effective="{from: 2025-05-01, to: 2025-04-01}"), "measures[4].effective.to", "is not after"),
        (record("x", effective="{from: 2025-02-30}"), "measures[4].effective.from", "not a day of the calendar"),
        (record("x", levied_on="iron"), "measures[4].levied_on", '"iron" is not one of value, steel'),
        (record("x", citatoin="none"), "measures[4].citatoin", "no such field; did you mean citation?"),
        (record("x", link="www.example.org"), "measures[4].link", "write it in full, https://"),
        (
            record("x", products="all", unless="[loaded]", effective="{from: 2025-09-01}"),
            "measures[4].effective",
            "overlaps later for JPN in the same goods; end one of the two, or say which it `replaces`",
        ),
    ],
)
def test_a_wrong_measure_is_refused_with_file_line_and_remedy(folder: Path, change: str, where: str, said: str) -> None:
    path = folder / "mine.yaml"
    before = path.read_text().count("\n")
    path.write_text(path.read_text() + change)
    with pytest.raises(LawError, match=said) as refused:
        book("USA", folder)
    name, line, field, _ = str(refused.value).splitlines()[0].split(":", 3)
    assert (name, field.strip()) == (str(path), where)
    assert int(line) > before or where == "measures[1].measure"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("mine.yaml", "measures:", "measures: [", "not YAML"),
        ("mine.yaml", "measures:", "measurs:", "no such field; did you mean measures?"),
        ("mine.yaml", "importer: USA", "importer: USA\nimporter: JPN", "stands twice, first in line 2"),
        ("lists.yaml", "list: free", "list: fre e", "is not a name"),
        ("lists.yaml", "known: 2025-09-05", "knwon: 2025-09-05", "did you mean known?"),
        ("lists.yaml", "from: 2025-09-08", "from: 2025-03-08", "must be in order of time, each day once"),
        ("claims.yaml", "share: 0.0", "share: 1.5", "1.5 is not a share"),
        ("claims.yaml", "share: 0.0", "table: usmca\n    share: 0.0", "give either a `share` of trade or the `table`"),
        ("stacking.yaml", "takes: article", "takes: all", '"all" is not one of article, portion'),
        (
            "authorities.yaml",
            "standing: contested",
            "standing: sure",
            "is not one of settled, limited, contested, void",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_line(folder: Path, file: str, old: str, new: str, said: str) -> None:
    edit(folder / file, old, new)
    with pytest.raises(LawError, match=said) as refused:
        book("USA", folder)
    name, line, _ = str(refused.value).splitlines()[0].split(":", 2)
    assert name == str(folder / file) and int(line) >= 1


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        (
            "8703,2025-04-03,\n8704,2025-05-01,\n",
            3,
            r"2025-05-01: no version of cars has this date; add it to lists\.yaml",
        ),
        ("8703,2025-04-03,2025-06-01\n", 2, "2025-06-01: no version of cars has this date"),
        ("8704,2025-04-03,\n8703,2025-04-03,\n", 3, "8703: out of order, or twice; sort by code and date"),
        ("8703,2025-04-03,\n8703,2025-04-03,\n", 3, "8703: out of order, or twice"),
        ("8703,2025-04-03\n", 2, "write a code of 2 to 10 digits, from, to"),
        ("8703.23,2025-04-03,\n", 2, "write a code of 2 to 10 digits, from, to"),
        ("8703,2025-04-03,2025-04-03\n", 2, "ends on 2025-04-03, not after 2025-04-03"),
    ],
)
def test_a_wrong_list_is_refused_with_file_line_and_remedy(folder: Path, rows: str, line: int, said: str) -> None:
    path = folder / "lists" / "cars.csv"
    path.write_text("code,from,to\n" + rows)
    with pytest.raises(LawError, match=said) as refused:
        book("USA", folder).list("cars")
    assert str(refused.value).startswith(f"{path}:{line}: ")


def test_a_code_whose_periods_overlap_is_refused(folder: Path) -> None:
    path = folder / "lists" / "free.csv"
    path.write_text("code,from,to\n8517,2025-04-05,\n8517,2025-09-08,\n")
    with pytest.raises(LawError, match="8517: overlaps its period before"):
        book("USA", folder).list("free")


def test_a_list_with_another_head_is_refused(folder: Path) -> None:
    (folder / "lists" / "cars.csv").write_text("codes\n8703\n")
    with pytest.raises(LawError, match=r"cars\.csv:1: the first line must be code,from,to"):
        book("USA", folder).list("cars")


def test_a_list_without_its_table_is_refused(folder: Path) -> None:
    (folder / "lists" / "free.csv").unlink()
    with pytest.raises(LawError, match=r"free\.csv: cannot be read"):
        book("USA", folder).list("free")


def test_a_code_that_names_no_line_of_the_tariff_is_refused(folder: Path) -> None:
    (folder / "lists" / "cars.csv").write_text("code,from,to\n870399,2025-04-03,\n")
    with pytest.raises(LawError, match=r"cars\.csv.*8703\.99 names no line of the tariff"):
        book("USA", folder)


@pytest.mark.parametrize("missing", ["stacking", "claims", "authorities", "lists", "preferences"])
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, missing: str) -> None:
    (folder / f"{missing}.yaml").unlink()
    with pytest.raises(LawError, match=rf"{missing}\.yaml: cannot be read: no such file"):
        book("USA", folder)


def test_an_unknown_importer_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawError, match="no measures of FRA ship; known: USA"):
        book("FRA")
    with pytest.raises(LawError, match="no such folder"):
        book("USA", tmp_path / "none")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("stacking.yaml", "first: [autos]", "first: [auto]"),
        ("stacking.yaml", "then: [reciprocal]", "then: [reciprocl]"),
        ("claims.yaml", "share: 0.0", "share: 0.0\n    products: [carz]"),
        ("claims.yaml", "share: 0.0", "share: 0.0\n    partners: [JPM]"),
    ],
)
def test_an_unknown_name_in_a_rule_or_claim_is_refused(folder: Path, file: str, old: str, new: str) -> None:
    edit(folder / file, old, new)
    with pytest.raises(LawError):
        book("USA", folder)


# ---- how it is asked ------------------------------------------------------------------------------------------------


def test_dates_are_all_days_that_records_name(folder: Path) -> None:
    days = {"2025-03-26", "2025-04-02", "2025-04-03", "2025-04-05", "2025-08-07", "2025-09-05", "2025-09-08"}
    assert book("USA", folder).dates() == tuple(sorted(map(date.fromisoformat, days)))
    shipped = book().dates()
    assert list(shipped) == sorted(set(shipped))
    for measure in book().measures:
        assert {measure.effective.since, measure.known.since} <= set(shipped)


def test_states_are_equal_for_days_with_the_same_law_and_change_only_on_dates() -> None:
    law = book()
    dates = set(law.dates())
    day, before = date(2025, 1, 1), law.state(date(2025, 1, 1))
    moves = 0
    while day < date(2026, 8, 31):
        day += timedelta(1)
        state = law.state(day)
        if state != before:
            assert day in dates, day
            moves += 1
        before = state
    assert 30 < moves < len(dates)


def test_a_state_tells_the_two_clocks_apart() -> None:
    law, day = book(), date(2026, 2, 22)
    assert law.state(day) != law.state(day, day)
    assert law.state(date(2025, 4, 6)) != law.state(date(2025, 4, 6), date(2025, 4, 8))


def test_a_book_without_an_authority_or_a_measure_leaves_the_first_alone(folder: Path) -> None:
    law = book("USA", folder)
    on = date(2025, 5, 1)
    names = [m.measure for m in law.in_force(on)]
    assert names == ["base", "cars"]
    assert [m.measure for m in law.without(["cars"]).in_force(on)] == ["base"]
    assert law.without(["IEEPA"]).in_force(on) == ()
    assert law.without(["cars"]).without(["base"]).in_force(on) == ()
    assert [m.measure for m in law.in_force(on)] == names
    with pytest.raises(LawError, match='no authority or measure "IEPA"; did you mean IEEPA'):
        law.without(["IEPA"])


def test_an_amended_book_has_the_last_word_for_its_partners_only() -> None:
    def deal(rate: dict[str, str], partners: list[str]) -> Amendment:
        return Amendment.model_validate({"measures": ["232-auto-25"], "partners": partners, "rate": rate})

    first = book().amended([deal({"additional": "20%"}, ["JPN", "KOR"])])
    second = first.amended([deal({"cap": "12%"}, ["JPN"])])
    paid = [
        [round(duty("US", partner, "8703.23.01", "2025-05-01", law=law).rate, 9) for partner in ("JP", "KR", "DE")]
        for law in (book(), first, second)
    ]
    assert paid == [[0.275, 0.275, 0.275], [0.225, 0.225, 0.275], [0.12, 0.225, 0.275]]
    with pytest.raises(LawError, match='no measure "232-auto-26" in the law of USA; did you mean 232-auto-25'):
        book().amended([Amendment.model_validate(
            {"measures": ["232-auto-26"], "partners": "JPN", "rate": {"cap": "12%"}}
        )])  # fmt: skip


def test_a_measure_is_found_by_its_name() -> None:
    assert book().measure("jp-floor").programme == "reciprocal"
    with pytest.raises(LawError, match="did you mean jp-floor"):
        book().measure("jp-flor")
    assert book().authority("IEEPA") is not None and book().authority("none") is None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("mine.yaml", "rate: {additional: 25%}", "rate: {additional: 26%}"),
        ("claims.yaml", "share: 0.0", "share: 0.1"),
        ("stacking.yaml", "takes: article", "takes: portion"),
        ("lists.yaml", "known: 2025-09-05", "known: 2025-09-06"),
        ("lists/free.csv", "8542", "8541"),
    ],
)
def test_the_fingerprint_changes_with_any_record(folder: Path, tmp_path: Path, file: str, old: str, new: str) -> None:
    before = book("USA", folder).fingerprint
    assert len(before) == 16 and int(before, 16) >= 0
    other = tmp_path / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("other"))
    assert book("USA", other).fingerprint == before
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed, ignore=shutil.ignore_patterns("other", "changed"))
    edit(changed / file, old, new)
    assert book("USA", changed).fingerprint != before


@pytest.mark.parametrize(
    "change",
    [
        lambda law: law.without(["cars"]),
        lambda law: law.amended(
            [Amendment.model_validate({"measures": ["cars"], "partners": "JPN", "rate": {"cap": "1%"}})]
        ),
    ],
)
def test_a_law_that_levies_other_duties_has_another_fingerprint(folder: Path, change: Callable[[Book], Book]) -> None:
    law = book("USA", folder)
    assert change(law).fingerprint != law.fingerprint


def test_a_copy_of_the_shipped_law_is_the_shipped_law(tmp_path: Path) -> None:
    copy = tmp_path / "usa"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.npz", "*.gz"))
    law = book("USA", copy)
    assert law.fingerprint == book().fingerprint
    assert law.measures == book().measures and law.dates() == book().dates()
    for partner, code, day in (("JP", "8703.23.01", "2025-10-01"), ("CN", "8517.13", "2025-04-06")):
        assert duty("US", partner, code, day, law=law) == duty("US", partner, code, day)


def test_removing_a_record_from_a_copy_removes_its_duty(tmp_path: Path) -> None:
    copy = tmp_path / "usa"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.npz", "*.gz"))
    (copy / "s122.yaml").unlink()
    (copy / "stacking.yaml").write_text((copy / "stacking.yaml").read_text().replace("then: [s122]", "then: [s338]"))
    assert duty("US", "JP", "9020.00.90", "2026-03-01", law=book("USA", copy)).rate == pytest.approx(0.025)


# ---- neither gaps nor overlaps in the shipped law -------------------------------------------------------------------


def periods(name: str) -> Iterator[tuple[str, str, str]]:
    with (SHIPPED / "lists" / f"{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield row["code"], row["from"], row["to"] or "9999"


@pytest.mark.parametrize("name", [head.list for head in book().heads])
def test_no_line_is_twice_on_a_list_on_one_day(name: str) -> None:
    """Also not by a code and a longer one below it."""
    by_code: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code, since, until in periods(name):
        by_code[code].append((since, until))
    for code, own in by_code.items():
        above = [span for n in range(2, len(code)) for span in by_code.get(code[:n], ())]
        spans = [*own, *above]
        for k, (since, until) in enumerate(own):
            for other_since, other_until in (span for n, span in enumerate(spans) if n != k):
                assert until <= other_since or other_until <= since, code


def test_every_version_of_a_list_changes_it() -> None:
    """But for versions that only newly cite: such as lines that other lists take over."""
    for head in book().heads:
        found = book().list(head.list)
        used = {day for entry in found.entries for day in (entry.since, entry.until) if day}
        assert used <= {v.since.isoformat() for v in head.versions}
        for version in head.versions:
            assert version.since.isoformat() in used, (head.list, version.since)


def levied(
    on: date, known_on: date | None, lines: list[int], partners: tuple[str, ...]
) -> tuple[list[str], np.ndarray]:
    """Programmes of the measures that bear, and whether each is levied `[measure, line, partner]`."""
    line, partner = (a.ravel() for a in np.indices((len(lines), len(partners))))
    assumed = {c.claim: np.ones(line.size, dtype=bool) for c in book().claims if c.assumed and c.claim != "aircraft"}
    cells = Cells(
        np.array(lines, dtype=np.uint64), partners, line, partner, assumed, np.full((len(lines), len(METALS)), 0.3), 0.4
    )
    found = stack(candidates(book(), cells, on, known_on), book().rules_on(on, known_on), np.zeros(line.size))
    shape = (len(found.measures), len(lines), len(partners))
    return [m.programme for m in found.measures], (found.portion > 0).reshape(shape)


def test_the_reciprocal_tariff_has_no_gap_and_no_overlap_for_any_partner() -> None:
    """One measure a day on goods of no list, from its first day to its last, by both clocks."""
    partners = tuple(sorted(set(table()) - {"USA", "CAN", "MEX", "EU27"} - members("column-2")))
    first, last = date(2025, 4, 5), date(2026, 2, 20)
    for day in book().dates():
        for known_on, end, some in ((None, last, partners), (day, date(2026, 2, 24), partners[::5])):
            programmes, found = levied(day, known_on, [9020009000], some)
            count = found[[p == "reciprocal" for p in programmes]].sum(0)
            wanted = 1 if first <= day < end else 0
            assert (count == wanted).all(), (day, known_on)


@pytest.mark.parametrize("known", [False, True])
def test_no_programme_is_levied_twice_on_one_article(known: bool) -> None:
    """Measures of a family are versions of one another; cranes of China alone say that they add."""
    lines = trade().lines[::23].tolist()
    partners = ("JPN", "CHN", "HKG", "CAN", "MEX", "EU27", "KOR", "GBR", "CHE", "TWN", "BRA", "IND", "RUS", "VNM")
    for day in book().dates()[::3]:
        if day < date(2025, 1, 1):
            continue
        programmes, found = levied(day, day if known else None, lines, partners)
        for programme in set(programmes):
            twice = found[[p == programme for p in programmes]].sum(0) > 1
            assert not twice.any(), (day, programme, np.argwhere(twice)[:3])


def test_no_border_duty_of_canada_or_mexico_has_a_gap_in_its_time() -> None:
    for day in book().dates():
        programmes, found = levied(day, None, [9020009000, 2709001000, 3104200050], ("CAN", "MEX"))
        count = found[[p == "border" for p in programmes]].sum(0)
        assert (count == (1 if date(2025, 3, 4) <= day < date(2026, 2, 20) else 0)).all(), day
