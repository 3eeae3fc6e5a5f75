"""The project as people meet it: what ships is small and clean, and what the pages say is what the program does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import tradetalks as tt
from tradetalks.brief.amounts import amount, percent, span
from tradetalks.law.book import book
from tradetalks.talks.accounts import named
from tradetalks.talks.ground import Ground
from tradetalks.talks.states import value_states
from tradetalks.talks.table import Table

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "tradetalks"
README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST = 420
"""Lines; a module that is longer holds two nouns."""

# addresses of package registries, and folders of one machine
PRIVATE = re.compile(
    r"(?:pypi|pythonhosted|npmjs|conda|jfrog|artifactory)\.\w+|(?<![\w.])/(?:work|home|root|Users|mnt)/\w",
    re.IGNORECASE,
)


def texts() -> Iterator[Path]:
    """Every text file of the project."""
    for folder in ("src", "tests", "docs", "benchmarks", "tools", ".ci"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in {".py", ".md", ".yaml", ".toml", ".csv", ".typ", ".j2", ""}:
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.suffix in {".md", ".toml", ".yml", ".txt"})
    yield ROOT / "Makefile"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


# ---- what ships -----------------------------------------------------------------------------------------------


def test_the_data_that_ship_are_small() -> None:
    def size(folder: Path) -> dict[Path, int]:
        data = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"})
        return {path: path.stat().st_size for path in data}

    assert sum(size(PACKAGE).values()) < 4.5e6
    assert sum(size(PACKAGE / "world" / "built").values()) < 2e6
    assert sum(size(PACKAGE / "law").values()) < 3e6
    assert max(size(PACKAGE).values()) < 3e6


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts()
        for match in PRIVATE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_module_holds_one_noun() -> None:
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins == sorted(pins, key=lambda line: line.lower().replace("-", "_"))
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", pin) for pin in pins)


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == tt.__version__
    assert re.search(rf"^## {re.escape(tt.__version__)}\b", changes, re.MULTILINE)


def test_every_shipped_table_has_its_provenance() -> None:
    provenance = (ROOT / "PROVENANCE.md").read_text(encoding="utf-8")
    law = PACKAGE / "law"
    shipped = [
        *(PACKAGE / "world" / "built").iterdir(),
        *law.glob("*.csv"),
        *law.glob("*/*.csv.gz"),
        *law.glob("*/*.npz"),
    ]
    assert [path.name for path in shipped if path.name not in provenance] == []
    assert {path.stem for path in law.glob("usa/lists/*.csv")} == {head.list for head in book("USA").heads}
    for notice in ("The Budget Lab at Yale, tariff-rate-tracker, MIT", "M. Waugh, trade-war-redux-2025, MIT"):
        assert notice in provenance


# ---- what the pages say ---------------------------------------------------------------------------------------


def test_the_python_of_the_readme_prints_what_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for code, said in zip(blocks(README, "python"), blocks(README, "text"), strict=True):
        assert len(code.splitlines()) <= 12
        exec(compile(code, "README.md", "exec"), names)
        assert capsys.readouterr().out == said


@pytest.mark.parametrize("page", ["instruments", "no-deal-and-aims", "law"])
def test_the_python_of_an_explanation_prints_what_it_says(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "explanation" / f"{page}.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    pairs = re.findall(r"^```python\n((?:(?!```).*\n)*)```\n\n```text\n((?:(?!```).*\n)*)```$", text, re.MULTILINE)
    assert pairs
    for code, said in pairs:
        exec(compile(code, f"{page}.md", "exec"), names)
        assert capsys.readouterr().out == said


def test_the_figures_at_the_head_of_the_readme_are_the_programs() -> None:
    case = tt.Case.load("japan-us-2025-04")
    assert case.tree is not None
    world = tt.World.load(case.world)
    table = Table(case, world)
    states = value_states(case, {case.reference: Ground(table, named())}, list(case.tree.states), {})
    head = README[: README.index("make brief")].replace("\n> ", " ").replace("−US$ ", "−").replace(" bn a year", "")
    worth = states.worth(case.no_deal_weights("tree"), "JPN", case.reference)
    low_to_high = span({"point": worth.point, "low": worth.low, "high": worth.high}).replace("\xa0", " ")
    assert f"without a deal: {amount(worth.point)} {low_to_high}" in head
    of_income = percent(states.share(worth, "JPN").point).replace("\xa0", " ")
    assert f"{of_income} of income" in head
    by_state = {state: states.worth(state, "JPN", case.reference).point for state in case.tree.states}
    chances = case.tree.bounds(by_state, case.as_of)
    assert f"with other chances than judged it is {amount(chances.high)} to {amount(chances.low)}" in head
    assert f"Of {len(table):,} offers on the table" in head


def test_the_python_of_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in blocks(page, "python"):
        if "negotiate" not in code:  # a minute's work; the brief's own tests do it
            exec(compile(code, "tutorial.md", "exec"), names)


def test_the_yaml_of_the_guide_is_a_case(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-case.md").read_text(encoding="utf-8")
    (tmp_path / "guide.yaml").write_text("".join(blocks(page, "yaml")), encoding="utf-8")
    case = tt.Case.load(tmp_path / "guide.yaml")
    assert len(Table(case, tt.World.load(case.world))) == 2 ** len(case.issues)


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f"- {page}" not in contents] == []


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "PROVENANCE.md"])
def test_links_to_files_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!http|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_pictures_are_small() -> None:
    assert all(path.stat().st_size < 200_000 for path in (ROOT / "docs" / "images").glob("*.png"))
