"""Product lists: rebuilt from the published tables, and what trade they cover."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

import tradetalks.law
from tradetalks.errors import LawError, SourceError
from tradetalks.law.build_lists import IMPORTS, build, compact, tariff_lines
from tradetalks.law.lists import Entry, ListFile, ListHead, read_entries
from tradetalks.records.yaml_file import parse

USA = Path(tradetalks.law.__file__).parent / "usa"
HEADS: tuple[ListHead, ...] = ListFile.model_validate(
    parse((USA / "lists.yaml").read_text(encoding="utf-8"), "lists.yaml", LawError).data
).lists
METALS_ANNEXES = ("metals-annex-ia", "metals-annex-ib", "metals-annex-ic", "metals-annex-ii", "metals-annex-iii")
CHINA = ("s301-list-1", "s301-list-2", "s301-list-3", "s301-list-4a")
REVIEWS = ("s301-review-25", "s301-review-50", "s301-review-100")

JAPAN, CHINA_CODE = "5880", "5700"
EXEMPT_SHARES = {  # per cent of 2024 imports: all, Japan, China
    "2025-04-05": (34.1, 16.1, 28.6),
    "2025-11-20": (35.6, 16.0, 28.7),
}
PUBLISHED_SHARES = {"2025-04-05": (33.4, 15.4, 28.5), "2025-11-20": (34.8, 15.3, 28.5)}
"""The same on the ten-digit codes alone that The Budget Lab at Yale lists, without lines split off since."""


def entries(name: str) -> tuple[Entry, ...]:
    head = next(head for head in HEADS if head.list == name)
    return read_entries((USA / "lists" / f"{name}.csv").read_text(encoding="utf-8"), name, head)


def on(name: str, day: str) -> tuple[str, ...]:
    return tuple(e.code for e in entries(name) if e.since <= day and (not e.until or day < e.until))


@pytest.fixture(scope="module")
def sources(data: Path) -> Path:
    if not (data / "sources" / "law").is_dir():
        pytest.skip("the published lists are absent")
    return data / "sources"


@pytest.fixture(scope="module")
def lines(sources: Path) -> list[str]:
    return tariff_lines(sources)


@pytest.fixture(scope="module")
def imports(sources: Path) -> pl.DataFrame:
    return pl.read_parquet(sources / IMPORTS).with_columns(pl.col(pl.Categorical).cast(pl.String))


def shares(imports: pl.DataFrame, hs10: Iterable[str]) -> tuple[float, ...]:
    listed = pl.col("hs10").is_in(list(hs10))
    partners = (imports, *(imports.filter(pl.col("partner_code") == code) for code in (JAPAN, CHINA_CODE)))
    value = pl.col("customs_value_usd")
    return tuple(100 * each.select(value.filter(listed).sum() / value.sum()).item() for each in partners)


def test_every_list_of_the_catalogue_is_shipped_and_no_other() -> None:
    assert {head.list for head in HEADS} == {path.stem for path in (USA / "lists").glob("*.csv")}
    assert len(HEADS) == 50


def test_every_date_is_a_version_and_every_version_a_date() -> None:
    for head in HEADS:
        used = {day for entry in entries(head.list) for day in (entry.since, entry.until) if day}
        assert used == {version.since.isoformat() for version in head.versions}, head.list


def test_a_rebuild_gives_the_shipped_bytes(sources: Path, tmp_path: Path) -> None:
    counts = build(sources, tmp_path)
    for name, rows in counts.items():
        shipped = (USA / "lists" / f"{name}.csv").read_bytes()
        assert (tmp_path / f"{name}.csv").read_bytes() == shipped, name
        assert rows == len(shipped.splitlines()) - 1
    assert set(counts) == {head.list for head in HEADS}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 600_000


def test_every_code_names_a_line_and_no_line_has_two_periods(lines: list[str]) -> None:
    named = {line[:digits] for line in lines for digits in range(2, 11)}
    for head in HEADS:
        codes = sorted(entry.code for entry in entries(head.list))
        assert named.issuperset(codes), head.list
        assert not any(later.startswith(code) for code, later in pairwise(codes)), head.list


@pytest.mark.parametrize("day", ["2025-01-01", "2026-01-01", "2026-04-06", "2026-06-08"])
@pytest.mark.parametrize("family", [METALS_ANNEXES, (*CHINA, *REVIEWS)])
def test_a_line_is_on_one_list_of_a_family_at_a_time(lines: list[str], family: tuple[str, ...], day: str) -> None:
    lists = [{line for line in lines if line.startswith(codes)} for name in family if (codes := on(name, day))]
    assert sum(map(len, lists)) == len(set().union(*lists))


@pytest.mark.parametrize("day", EXEMPT_SHARES)
def test_trade_outside_the_reciprocal_tariff(sources: Path, imports: pl.DataFrame, lines: list[str], day: str) -> None:
    codes = (*on("annex-ii", day), *on("electronics", day))
    exempt = {line for line in lines if line.startswith(codes)}
    with (sources / "law" / "ieepa_exempt_products.csv").open(newline="") as file:
        published = {row["hts10"] for row in csv.DictReader(file)}
    assert shares(imports, exempt) == pytest.approx(EXEMPT_SHARES[day], abs=0.06)
    assert shares(imports, exempt & published) == pytest.approx(PUBLISHED_SHARES[day], abs=0.06)


def test_trade_in_electronics_as_published(imports: pl.DataFrame, lines: list[str]) -> None:
    codes = on("electronics", "2025-04-05")
    assert shares(imports, (line for line in lines if line.startswith(codes))) == pytest.approx(
        (11.9, 4.8, 22.3), abs=0.06
    )


def test_trade_in_cars_and_light_trucks_as_published(imports: pl.DataFrame) -> None:
    for chapter, billion in (("8703", 220.4), ("8704", 35.3)):
        codes = [code for code in on("autos", "2025-04-03") if code.startswith(chapter)]
        listed = imports.filter(pl.any_horizontal(pl.col("hs10").str.starts_with(code) for code in codes))
        assert float(listed["customs_value_usd"].sum()) / 1e9 == pytest.approx(billion, abs=0.05)


def test_dates_of_what_the_tables_lack_or_misdate() -> None:
    def found(name: str, code: str, *days: str) -> list[bool]:
        return [code.startswith(on(name, day)) for day in days]

    assert found("steel-derivatives", "8418100000", "2025-06-22", "2025-06-23") == [False, True]
    assert found("steel-derivatives", "9406200000", "2025-03-11", "2025-03-12") == [False, True]
    assert found("aluminium-derivatives", "2203000060", "2025-04-03", "2025-04-04") == [False, True]
    assert found("annex-ii", "7408110000", "2025-07-31", "2025-08-01") == [True, False]
    assert found("annex-ii", "4407110001", "2025-10-13", "2025-10-14") == [True, False]
    assert found("s301-list-4a", "8507600020", "2025-12-31", "2026-01-01") == [True, False]
    assert found("s301-review-50", "6307909842", "2025-12-31", "2026-01-01") == [False, True]
    assert found("metals-annex-ib", "8471500150", "2026-04-06") == [False]
    assert found("auto-parts", "8471300100", "2025-05-03") == [False]


def test_codes_are_shortened_only_where_all_lines_under_them_share_their_period() -> None:
    lines = ["7201100000", "7201200000", "7202110000", "9801001010", "9802004000"]
    assert compact(dict.fromkeys(lines, ("2025-03-12", "")), lines) == [
        ("7201", "2025-03-12", ""),
        ("7202", "2025-03-12", ""),
        ("98", "2025-03-12", ""),
    ]
    assert compact({lines[0]: ("2025-03-12", "")}, lines) == [("720110", "2025-03-12", "")]


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="us-imports-2024"):
        build(tmp_path, tmp_path)
