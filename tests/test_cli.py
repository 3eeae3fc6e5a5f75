"""The command line through its public door: what each command prints, and what bad input gets."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pytest

import tradetalks
from tradetalks.cli import main

SMALL = str(Path(__file__).parent / "talks" / "small-case.yaml")
REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "command-line.md"

COMMANDS = (
    "brief", "offers", "solve", "replicate", "bench",
    "world list", "world show", "world check", "world build",
    "case list", "case show", "case check", "case new", "case schema",
    "duty", "rates", "law list", "law show", "law check", "law copy", "law schema",
)  # fmt: skip


class Run(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        assert (self.status, self.err) == (0, "")
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setenv("COLUMNS", "120")

    def command(*arguments: str | Path) -> Run:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Run(status, *capsys.readouterr())

    return command


@pytest.fixture
def refused(run: Callable[..., Run]) -> Callable[..., str]:
    """The one error of a command that must fail with exit 1 and print nothing else."""

    def error(*arguments: str | Path) -> str:
        found = run(*arguments)
        assert (found.status, found.out) == (1, "")
        assert found.err.startswith("tradetalks: ")
        assert "Traceback" not in found.err and found.err.count("tradetalks: ") == 1
        return found.err

    return error


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """The small case with some of its text changed, as a file."""

    def case(*changes: tuple[str, str]) -> Path:
        text = Path(SMALL).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return case


def process(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradetalks.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, env=os.environ | variables
    )


# ---- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, run: Callable[..., Run]) -> None:
    found = run(*command.split(), "--help")
    assert found.status == 0
    assert f"tradetalks {command}" in found.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command: str) -> None:
    assert f"    tradetalks {command}" in REFERENCE.read_text(encoding="utf-8")


def test_help_lists_the_commands_and_no_argument_is_a_call_for_help(run: Callable[..., Run]) -> None:
    listed, bare = run("--help"), run()
    assert listed == bare
    for command in COMMANDS:
        assert command.split()[0] in listed.out


def test_the_version_is_the_packages(run: Callable[..., Run]) -> None:
    assert run("--version") == (0, f"{tradetalks.__version__}\n", "")


def test_help_is_fast_because_nothing_heavy_is_imported() -> None:
    heavy = ("numpy", "scipy", "polars", "pydantic", "yaml", "jinja2", "typst", "vl_convert")
    told = f"import sys, tradetalks.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# ---- solve --------------------------------------------------------------------------------------------------


def test_solve_prints_plain_data(run: Callable[..., Run]) -> None:
    found = run("solve", "two_by_two", "--set", "USA:JPN:C29=0.25", "--json").json()
    assert found["status"] == "converged"
    assert found["residual"] <= 1e-10
    assert {"world", "world_fingerprint", "elasticities", "deficits", "sweeps", "seconds", "message"} <= set(found)
    assert set(found["economies"]) == {"JPN", "USA"}
    assert set(found["economies"]["JPN"]) == {
        "welfare_usd_bn", "real_income_pct", "real_wage_pct", "exports_pct", "imports_pct", "tariff_revenue_usd_bn",
    }  # fmt: skip
    assert found["economies"]["JPN"]["welfare_usd_bn"] < 0


def test_solve_prints_a_table(run: Callable[..., Run]) -> None:
    found = run("solve", "two_by_two", "--set", "USA:JPN:C29=0.25")
    assert (found.status, found.err) == (0, "")
    assert "Japan" in found.out and "United States" in found.out and "converged" in found.out


def test_solve_without_a_change_changes_nothing(run: Callable[..., Run]) -> None:
    found = run("solve", "two_by_two", "--json").json()
    assert all(abs(economy["welfare_usd_bn"]) < 1e-4 for economy in found["economies"].values())


def test_equals_sets_a_tariff_and_equals_plus_adds_to_it(run: Callable[..., Run]) -> None:
    def welfare(*changes: str) -> float:
        options = [part for change in changes for part in ("--set", change)]
        return float(run("solve", "two_by_two", *options, "--json").json()["economies"]["JPN"]["welfare_usd_bn"])

    # the world's own tariff is 2.5 %
    assert welfare("USA:JPN:C29=+0.10") == pytest.approx(welfare("USA:JPN:C29=0.125"), abs=1e-6)
    assert welfare("USA:JPN:C29=+0.10") < welfare("USA:JPN:C29=0.10")
    assert welfare("USA:JPN:C29=0.5", "US:Japan:*=0.1", "USA:JPN:C29=+0.02") == pytest.approx(
        welfare("USA:JPN:C29=0.12", "USA:JPN:services=0.1"), abs=1e-6
    )
    assert welfare("USA:JPN:C29=-0.01") > 0


@pytest.mark.parametrize("rule", ["fixed", "proportional", "closed"])
def test_solve_takes_every_rule_for_deficits(rule: str, run: Callable[..., Run]) -> None:
    found = run("solve", "two_by_two", "--set", "USA:JPN:C29=0.25", "--deficits", rule, "--json").json()
    assert found["deficits"] == rule


def test_solve_takes_another_elasticity_set(run: Callable[..., Run]) -> None:
    found = run("solve", "icio2022", "--set", "USA:JPN:C29=+0.25", "--elasticities", "CP", "--json").json()
    assert found["elasticities"].startswith("CP: Caliendo and Parro")
    assert len(found["economies"]) == 81


def test_the_short_run_shows_who_cannot_leave(run: Callable[..., Run]) -> None:
    found = run("solve", "icio2022", "--set", "USA:JPN:C29=+0.25", "--horizon", "short", "--sectors", "JPN", "--json")
    cars = found.json()["sectors"]["JPN"]["C29"]
    assert found.json()["horizon"] == "short run"
    assert found.json()["elasticities"].startswith("short-run: 0.38 times median")
    assert cars["specific_return_pct"] < cars["output_pct"] < -1
    assert set(cars) == {"output_pct", "value_added_usd_bn", "specific_return_pct", "specific_income_usd_bn"}


def test_every_part_of_a_closure_is_an_option(run: Callable[..., Run]) -> None:
    shock = ("solve", "two_by_two", "--set", "USA:JPN:C29=0.25", "--json")

    def japan(*options: str) -> dict[str, float]:
        return run(*shock, *options).json()["economies"]["JPN"]

    plain = japan()["welfare_usd_bn"]
    for options in (
        ("--specific", "0.5"), ("--labour-supply", "0.5"), ("--profits", "markups"), ("--profits", "0.1"),
        ("--deficits", "endogenous"), ("--elasticities", "short-run"),
    ):  # fmt: skip
        assert abs(japan(*options)["welfare_usd_bn"] / plain - 1) > 1e-3
    assert japan("--labour-supply", "0.5", "--revenue", "tax-relief")["employment_pct"] < 0
    kept = run(*shock, "--revenue", "state").json()["economies"]["USA"]["welfare_usd_bn"]
    assert kept < run(*shock).json()["economies"]["USA"]["welfare_usd_bn"]


def test_every_instrument_is_an_option(run: Callable[..., Run]) -> None:
    found = run(
        "solve", "two_by_two", "--buy", "JPN:USA:C29=30", "--transfer", "JPN:USA=2", "--trade-cost",
        "JPN:USA:C29=0.95", "--export-tax", "USA:JPN:services=0.01", "--json",
    ).json()  # fmt: skip
    promise = found["commitments"][0]
    assert promise["bought"] == pytest.approx(30, rel=1e-8) and 0 < promise["concession"] < 1
    assert found["commitments_welfare_usd_bn"]["USA"] > 0
    shown = run("solve", "two_by_two", "--buy", "JPN:USA:C29=30", "--sectors", "Japan").out
    assert "what the promises alone do to welfare, US$ bn: Japan " in shown
    assert "which costs the budget US$" in shown and "Sectors of Japan" in shown and "C29" in shown


# ---- talks --------------------------------------------------------------------------------------------------


def test_offers_prints_plain_data(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL, "--json").json()
    assert found["offers_scored"] == 12
    assert found["offers_per_second"] > 0
    assert found["largest_residual"] <= 1e-10
    assert set(found["reference_points"]) == {"today", "later"}
    assert found["no_deal"]["reference_point"] == "later"
    assert found["zone_of_agreement"]["offers"] == round(12 * found["zone_of_agreement"]["share"])
    assert set(found["solutions"]) == {"nash", "kalai_smorodinsky", "egalitarian", "utilitarian"}
    on_frontier = {offer["offer"] for offer in found["frontier"]}
    for solution in found["solutions"].values():
        assert solution["offer"] in on_frontier
        assert set(solution["options"]) == {"cars", "support", "standards"}
        for party, paid in solution["payoffs_usd_bn"].items():
            assert paid >= found["no_deal"]["payoffs_usd_bn"][party]


def test_offers_prints_the_zone_and_the_four_solutions(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL)
    assert (found.status, found.err) == (0, "")
    for word in ("Nash", "egalitarian", "utilitarian", "no deal (later)", "zone of agreement", "12 offers scored"):
        assert word in found.out


def test_another_reference_point_can_be_the_no_deal(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL, "--no-deal", "today", "--json").json()
    assert found["no_deal"]["payoffs_usd_bn"] == pytest.approx({"JPN": 0, "USA": 0}, abs=1e-3)


def test_offers_can_go_back_to_an_earlier_day(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL, "--as-of", "2025-03-30", "--json").json()
    assert found["as_of"] == "2025-03-30"


def test_a_large_table_is_searched_and_says_how_well(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL, "--limit", "8", "--json").json()
    assert found["offers_on_the_table"] == 12 and 1 < found["offers_scored"] <= 12
    assert set(found["screening"]["largest_error_usd_bn"]) == {"JPN", "USA"}
    assert max(found["screening"]["largest_error_usd_bn"].values()) < 0.1
    assert "12 offers on the table" in run("offers", SMALL, "--limit", "8").out


def test_offers_say_what_each_option_is_worth_and_what_reaches_a_goal(run: Callable[..., Run]) -> None:
    found = run("offers", SMALL, "--goal", "cars=half", "--json").json()
    assert {(o["issue"], o["option"]) for o in found["options"]} >= {("cars", "half"), ("support", "US$ 5 bn")}
    assert found["goals"] == {"cars": "half"}
    assert found["packages"] and all(p["options"]["cars"] == "half" for p in found["packages"])
    assert {change["kind"] for change in found["exchange"]} <= {"free", "concession", "demand", "nothing", "waste"}
    assert 0 <= found["agreement"]["interval"][0] <= found["agreement"]["chance"] <= found["agreement"]["interval"][1]
    assert "packages with cars half" in run("offers", SMALL, "--goal", "cars=half").out


def test_an_offer_on_the_table_is_answered(run: Callable[..., Run], refused: Callable[..., str]) -> None:
    answer = run("offers", SMALL, "--reply", "support=US$ 5 bn", "--json").json()["answer"]
    assert answer["verdict"] in ("accept", "counter", "walk") and answer["why"]
    assert "The offer on the table: " in run("offers", SMALL, "--reply", "support=US$ 5 bn").out
    assert 'no issue "carz"' in refused("offers", SMALL, "--reply", "carz=half")
    assert 'issue cars has no option "hall"; did you mean half?' in refused("offers", SMALL, "--goal", "cars=hall")
    assert "write an issue and its option" in refused("offers", SMALL, "--goal", "cars")


@pytest.mark.parametrize(("form", "file"), [("yml", "_info.yaml"), ("json", "_info.json"), ("xml", "")])
def test_offers_are_written_for_negotiation_software(
    run: Callable[..., Run], tmp_path: Path, form: str, file: str
) -> None:
    from tradetalks.talks.scenarios import genius, negmas

    found = run("offers", SMALL, "--export", tmp_path / "out", "--form", form, "--json").json()
    assert {Path(path).parent for path in found["written"]} == {tmp_path / "out"}
    read = (genius if form == "xml" else negmas).read(tmp_path / "out")
    assert tuple(read.parties) == ("JPN", "USA") and read.offers == 12
    best = found["solutions"]["nash"]
    if form != "xml":
        assert read.table("JPN")[best["offer"]] == pytest.approx(best["payoffs_usd_bn"]["JPN"], abs=1e-9)


def test_brief_writes_three_files_and_a_summary(run: Callable[..., Run], tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("vl_convert")
    found = run("brief", SMALL, "--out", tmp_path / "out")
    assert (found.status, found.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["brief.html", "brief.json", "brief.pdf"]
    assert "A small case" in found.out and "without a deal" in found.out and "12 offers scored" in found.out
    assert (tmp_path / "out" / "brief.pdf").read_bytes().startswith(b"%PDF")
    data = json.loads((tmp_path / "out" / "brief.json").read_text(encoding="utf-8"))
    assert data["program"] == {"name": "tradetalks", "version": tradetalks.__version__}
    assert data["case"]["hash"] and data["world"]["fingerprint"]
    assert [party["code"] for party in data["parties"]] == ["JPN", "USA"]
    again = run("brief", SMALL, "--out", tmp_path / "out", "--json")
    assert json.loads(again.out) == data


def test_brief_opens_no_connection(run: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("vl_convert")

    def refuse(*arguments: object, **options: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    found = run("brief", SMALL, "--out", tmp_path / "out", "--workers", "1")
    assert (found.status, found.err) == (0, "")


def test_a_brief_that_cannot_be_written_leaves_what_was_there(refused: Callable[..., str], tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("vl_convert")
    file = tmp_path / "out"
    file.write_text("an earlier file", encoding="utf-8")
    assert "cannot write the brief there" in refused("brief", SMALL, "--out", file)
    assert file.read_text(encoding="utf-8") == "an earlier file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is writable for this user")
def test_a_brief_in_a_read_only_folder_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("vl_convert")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "brief.json").write_text("earlier", encoding="utf-8")
    folder.chmod(0o500)
    try:
        assert "cannot write the brief there" in refused("brief", SMALL, "--out", folder)
        assert [path.name for path in folder.iterdir()] == ["brief.json"]
    finally:
        folder.chmod(0o700)


# ---- replicate and bench --------------------------------------------------------------------------------------


def test_replicate_prints_published_beside_ours(run: Callable[..., Run], data: Path) -> None:
    found = run("replicate", "cp2015", "--data", data / "replication", "--json").json()
    assert set(found) == {"paper", "citation", "verdict", "residual", "rows", "notes"}
    for row in found["rows"]:
        assert set(row) == {
            "table", "case", "row", "column", "economy", "measure", "published", "ours", "difference",
        }  # fmt: skip
        assert (row["economy"], row["measure"]) == (row["row"], row["column"])
    mexico = {r["column"]: r for r in found["rows"] if r["row"] == "Mexico" and r["case"] == "deficits zeroed"}
    assert mexico["welfare, first order"]["published"] == 1.31
    assert round(mexico["welfare, first order"]["ours"], 2) == 1.31
    assert round(mexico["real income, exact"]["ours"], 3) == 0.007
    table = run("replicate", "cp2015", "--data", data / "replication")
    assert table.status == 0 and "15 of 15" in table.out


def test_bench_prints_ratios(run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import registry

    monkeypatch.setitem(registry.BENCHMARKS, "scenario", lambda quick: registry.scenario(quick=True))
    rows = run("bench", "scenario", "--json").json()
    assert [set(row) for row in rows] == [{"benchmark", "what", "ms", "ratio"}] * len(rows)
    assert rows[0]["ratio"] == 1


# ---- worlds -------------------------------------------------------------------------------------------------


def test_the_worlds_are_listed_with_their_fingerprints(run: Callable[..., Run]) -> None:
    found = {row["world"]: row for row in run("world", "list", "--json").json()}
    assert {"icio2022", "icio2022-closed", "two_by_two"} <= set(found)
    assert (found["icio2022"]["economies"], found["icio2022"]["sectors"]) == (81, 23)
    assert len({row["fingerprint"] for row in found.values()}) == len(found)
    assert "icio2022" in run("world", "list").out


def test_a_world_is_shown_with_everything_that_it_is_made_of(run: Callable[..., Run]) -> None:
    found = run("world", "show", "--json").json()
    assert found["world"] == "icio2022"
    assert set(found["sectors"][0]) == {"code", "name", "elasticity"}
    assert set(found["economies"][0]) == {"code", "name", "output_usd_bn", "value_added_usd_bn", "deficit_usd_bn"}
    assert {"FGO", "CP", "U4"} <= set(found["elasticity_sets"])
    assert "estimate" in found["notes"]["inputs"]
    shown = run("world", "show", "two_by_two")
    assert shown.status == 0 and "Motor vehicles" in shown.out


@pytest.mark.parametrize("name", ["icio2022", "icio2022-closed", "two_by_two"])
def test_every_shipped_world_passes_its_check(name: str, run: Callable[..., Run]) -> None:
    rows = run("world", "check", name, "--json").json()
    assert [set(row) for row in rows] == [{"identity", "holds", "gap", "worst"}] * len(rows)
    assert all(row["holds"] for row in rows)


def test_an_unbalanced_world_fails_its_check_and_is_named(run: Callable[..., Run], tmp_path: Path) -> None:
    from dataclasses import replace

    from tradetalks.world.store import save

    world = tradetalks.World.load("two_by_two")
    save(replace(world, final_shares=[[0.5, 0.5], [0.5, 0.5]], name="lopsided"), tmp_path / "lopsided.parquet")
    found = run("world", "check", tmp_path / "lopsided.parquet")
    assert found.status == 1
    assert "NO" in found.out
    assert "world lopsided is not balanced" in found.err


def test_a_world_is_built_from_its_sources(run: Callable[..., Run], data: Path, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    pytest.importorskip("rdata")
    found = run("world", "build", "--sources", data / "sources", "--out", tmp_path, "--json").json()
    assert found["ok"] is True
    assert set(found["checks"][0]) == {"check", "value", "expected", "ok", "note"}
    assert all(check["ok"] for check in found["checks"])
    assert found["repairs"]
    built, closed = (tradetalks.World.load(path) for path in found["files"])
    for made, name in ((built, "icio2022"), (closed, "icio2022-closed")):  # another processor may round a last digit
        shipped = tradetalks.World.load(name)
        np.testing.assert_allclose(made.flows, shipped.flows, rtol=1e-6, atol=1e-3)
        np.testing.assert_allclose(made.io_shares, shipped.io_shares, atol=1e-6)
        np.testing.assert_array_equal(made.tariffs, shipped.tariffs)


def test_missing_sources_are_named(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "no such folder" in refused("world", "build", "--sources", tmp_path / "none", "--out", tmp_path / "out")
    assert "no such file" in refused("world", "build", "--oecd", tmp_path / "none.csv", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- cases --------------------------------------------------------------------------------------------------


def test_the_cases_are_listed(run: Callable[..., Run]) -> None:
    found = run("case", "list", "--json").json()
    assert [row["case"] for row in found] == ["japan-us-2025-04", "japan-us-2025-07", "switzerland-us-2025-11"]
    assert set(found[0]) == {"case", "title", "as_of", "world"}
    assert "japan-us-2025-04" in run("case", "list").out


def test_a_case_is_shown_as_data_that_could_be_read_again(run: Callable[..., Run]) -> None:
    found = run("case", "show", "japan-us-2025-04", "--json").json()
    assert found["parties"] == ["JPN", "USA"]
    assert {"issues", "measures", "reference_points", "facts", "law"} <= set(found)
    table = run("case", "show", SMALL)
    assert "none · US$ 5 bn" in table.out and "made up" in table.out
    whole = run("case", "show", "japan-us-2025-07").out
    assert all(
        part in whole for part in ("no deal", "red lines", "who ratifies", "off the table", "what a dollar counts")
    )


def test_a_good_case_is_told_by_hash_and_count(run: Callable[..., Run]) -> None:
    (found,) = run("case", "check", SMALL, "--json").json()
    assert found["case"] == "small" and found["offers"] == 12 and re.fullmatch("[0-9a-f]{16}", found["hash"])


def test_a_new_case_is_a_copy_that_checks_and_never_overwrites(
    run: Callable[..., Run], refused: Callable[..., str], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.yaml"
    assert run("case", "new", mine).status == 0
    text = mine.read_text(encoding="utf-8")
    assert run("case", "check", mine).status == 0
    assert "does not exist yet" in refused("case", "new", mine)
    assert mine.read_text(encoding="utf-8") == text
    assert 'no case "nope"' in refused("case", "new", tmp_path / "other.yaml", "--like", "nope")
    assert not (tmp_path / "other.yaml").exists()


def test_the_schema_of_a_case_is_a_json_schema(run: Callable[..., Run]) -> None:
    found = run("case", "schema").json()
    assert found["$schema"].startswith("https://json-schema.org/")
    assert {"case", "issues", "measures"} <= set(found["properties"])
    assert found["additionalProperties"] is False


# ---- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["solve", "two_by_two", "--set", "USA:JPM:C29=0.1"], "did you mean JPN?"),
        (["solve", "icio2022", "--set", "USA:Atlantis:C29=0.1"], 'no economy "Atlantis"'),
        (["solve", "icio2022", "--set", "USA:JPN:C92=0.1"], "did you mean C29 (motor vehicles and parts)?"),
        (["solve", "icio2023"], "did you mean icio2022?"),
        (["solve", "gone.parquet"], "gone.parquet: no such file"),
        (["solve", "icio2022", "--elasticities", "BSZ"], 'no elasticity set "BSZ" in world icio2022; it has: '),
        (["world", "show", SMALL], "damaged, or not a world file"),
        (["world", "check", "icio"], 'no world "icio"'),
        (["offers", "japan-us"], "did you mean japan-us-2025-0"),
        (["brief", "gone.yaml"], "gone.yaml: cannot be read: no such file"),
        (["case", "show", "japan"], 'no case "japan"; known: japan-us-2025-04'),
        (["offers", SMALL, "--no-deal", "latter"], 'no reference point "latter" in case small; did you mean later?'),
        (["offers", SMALL, "--as-of", "2025-02-30"], 'as of "2025-02-30"'),
        (["offers", SMALL, "--as-of", "2025-05-01"], "2025-05-01"),
        (["replicate", "cp2016"], 'no replication "cp2016"; did you mean cp2015?'),
        (["bench", "scenery"], 'no benchmark "scenery"; known: scenario'),
        (["solve", "two_by_two", "--set", "USA:JPN:C29=-1"], "a fraction above -1"),
        (["solve", "two_by_two", "--set", "USA:JPN:C29=25"], "0.25 is 25 %"),
        (["solve", "two_by_two", "--set", "USA:JPN:C29=inf"], "rate inf"),
        (["solve", "two_by_two", "--set", "USA:JPN:C29=nan"], "write IMPORTER:EXPORTER:SECTOR=RATE"),
        (["solve", "two_by_two", "--set", "USA:JPN:C29=25%"], "write IMPORTER:EXPORTER:SECTOR=RATE"),
        (["solve", "two_by_two", "--set", "USA:JPN=0.1"], "write IMPORTER:EXPORTER:SECTOR=RATE"),
        (["solve", "two_by_two", "--set", "USA:USA:C29=0.1"], "the same economy"),
        (["solve", "two_by_two", "--transfer", "USA=1"], "write PAYER:RECIPIENT=USD_BN, for example JPN:USA=2"),
        (["solve", "two_by_two", "--buy", "JPN:USA:C29=lots"], "write IMPORTER:EXPORTER:SECTOR=USD_BN"),
        (["solve", "two_by_two", "--buy", "JPN:USA:C29=-1"], "amounts are in US$ bn"),
        (["solve", "two_by_two", "--profits", "high"], "a share of sales, such as 0.1, or markups"),
        (["solve", "two_by_two", "--specific", "1"], "at least 0 and below 1"),
        (["solve", "two_by_two", "--closing", "2"], "give the share of deficits to close"),
    ],
)
def test_what_is_not_known_or_cannot_be_is_refused_in_one_clear_error(
    arguments: Sequence[str], told: str, refused: Callable[..., str]
) -> None:
    assert told in refused(*arguments)


def test_replication_inputs_that_are_missing_are_named(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "xbilat1993.txt is missing" in refused("replicate", "cp2015", "--data", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("parties: [JPN, USA]", "parties: [JPN, UAS]", "parties: no economy"),
        ("sectors: [C29]", "sectors: [C92]", "measures[1].sectors"),
        ("world: two_by_two", "world: two_by_three", "world"),
        ("rate: {additional: 25%}", "rate: {additional: -150%}", "measures[1].rate.additional"),
        ("rate: {additional: 25%}", "rate: {additional: 2500%}", "measures[1].rate.additional"),
        ("rate: {additional: 25%}", "rate: {additional: 25}", "measures[1].rate.additional"),
        ("usd_bn: 5", "usd_bn: many", "usd_bn"),
        ("as_of: 2025-04-16", "as_of: 2025-04-31", "as_of"),
        ("title: A small case", "title: A small case\nhue: blue", "hue"),
        ("title: A small case", 'title: "a \\e[31mred case"', "title"),
        ("case: small", "case: ../small", "case"),
    ],
)
def test_a_wrong_field_is_named_with_file_line_and_path(
    old: str, new: str, told: str, refused: Callable[..., str], written: Callable[..., Path]
) -> None:
    path = written((old, new))
    error = refused("case", "check", path)
    assert re.search(rf"{re.escape(path.name)}:\d+: ", error)
    assert told in error


@pytest.mark.parametrize(
    "content",
    [
        b"case: [unclosed",
        b"!!python/object/apply:os.system ['true']",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b"case: \xff\xfe",
        b"\x00" * 64,
        b"",
        b"just text",
        b"- a\n- list\n",
        b"case: small\ncase: twice\n",
        b"[" * 5000,
        b"title: " + b"x" * 10_000_000,
    ],
    ids=["unclosed", "tag", "aliases", "encoding", "zeros", "empty", "text", "list", "twice", "deep", "10 MB"],
)
def test_hostile_yaml_is_refused_by_name(content: bytes, refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(content)
    error = refused("case", "check", path)
    assert "hostile.yaml" in error
    assert len(error) < 2000


def test_brackets_in_a_case_are_text_and_no_markup(run: Callable[..., Run], written: Callable[..., Path]) -> None:
    path = written(("title: A small case", "title: A [bold]small[/red] case"), ("option: half", "option: half [/b]"))
    shown = run("case", "show", path)
    assert (shown.status, shown.err) == (0, "")
    assert "A [bold]small[/red] case" in shown.out and "half [/b]" in shown.out
    assert "half [/b]" in run("offers", path).out


def test_a_shock_without_equilibrium_names_the_economy_and_a_way_out(refused: Callable[..., str]) -> None:
    error = refused("solve", "icio2022", "--set", "MLT:*:*=10", "--set", "*:MLT:*=10")
    assert "no equilibrium" in error and "of the shock" in error
    assert "Malta cannot finance its surplus" in error and "Close deficits" in error


def test_the_same_shock_has_an_equilibrium_when_deficits_are_closed(run: Callable[..., Run]) -> None:
    shock = ("--set", "MLT:*:*=10", "--set", "*:MLT:*=10", "--deficits", "closed")
    found = run("solve", "icio2022", *shock, "--json").json()
    assert found["status"] == "converged" and found["economies"]["MLT"]["welfare_usd_bn"] < 0


@pytest.mark.parametrize(
    "arguments",
    [["solve"], ["nope"], ["solve", "two_by_two", "--sett", "x"], ["offers", SMALL, "--limit", "many"],
     ["solve", "two_by_two", "--deficits", "odd"], ["world", "nope"]],
)  # fmt: skip
def test_bad_usage_exits_2_and_points_to_the_help(arguments: Sequence[str], run: Callable[..., Run]) -> None:
    found = run(*arguments)
    assert (found.status, found.out) == (2, "")
    assert "tradetalks --help" in found.err and "Traceback" not in found.err


# ---- as a program -----------------------------------------------------------------------------------------------


def test_the_program_speaks_json_on_stdout_and_errors_on_stderr() -> None:
    good = process("solve", "two_by_two", "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["status"] == "converged"
    bad = process("solve", "two_by_too")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("tradetalks: ") and bad.stderr.count("\n") == 1


def test_output_is_plain_where_nobody_is_looking() -> None:
    done = process("world", "show", "two_by_two", COLUMNS="60", TERM="xterm-256color")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "tradetalks.cli", "world", "show", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.read(10)
        program.stdout.close()
        complaint = program.stderr.read()
        assert program.wait(timeout=60) == 0
    assert b"Traceback" not in complaint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_does_not_fit_is_one_clear_error() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "tradetalks.cli", "solve", "two_by_two", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("tradetalks: ") and "Traceback" not in done.stderr
