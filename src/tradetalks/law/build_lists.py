"""Build: the product lists of United States tariff law, dated and compact, from the tables they were published in.

A list is written as `code,from,to`: a prefix of tariff lines, the first day on the list, the first day no longer on it
(empty while it lasts). A code stands for every ten-digit line under it, so that the shortest prefix whose lines share
their dates is written. What a list is and which acts made it stands in `usa/lists.yaml`; what is repaired here, and
why, in the function that reads the list.

Sources: Federal Register and US International Trade Commission; tables compiled by The Budget Lab at Yale (Tariff Rate
Tracker) and M. Waugh (Trade War Redux).
"""

from __future__ import annotations

import csv
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import polars as pl

from tradetalks.errors import SourceError
from tradetalks.law.build_lines import read_edition

EDITIONS = ("hts/hts_2025_basic.json.gz", "hts/hts_2026_rev_10.json.gz")
IMPORTS = "census/us-imports-2024-hs10.parquet"

Period = tuple[str, str]
"""First day on a list, first day no longer on it; empty text is open."""
Members = dict[str, Period]
"""Period of each ten-digit line on a list."""

ANNEX_II = "2025-04-05"
METALS, BEER_CANS, APPLIANCES, INCLUSIONS = "2025-03-12", "2025-04-04", "2025-06-23", "2025-08-18"
ANNEXES, ANNEXES_JUNE = "2026-04-06", "2026-06-08"
REVIEW, REVIEW_2025, REVIEW_2026 = "2024-09-27", "2025-01-01", "2026-01-01"

STEEL_2020 = ("8708103020", "8708292120")
"""Bumper and body stampings of steel, Proclamation 9980: full value, though outside chapter 73."""
ALUMINIUM_2020 = ("8708103030", "8708292130")
"""The same of aluminium; the table has their eight digits, which hold the stampings of steel too."""
STEEL_OUTSIDE_73 = (
    *("84313100", "84314200", "84314910", "84314990", "84321000", "84329000"),
    *("85479000", "94032000", "94059920", "94059940", "94062000", "94069001"),
)
"""US note 16(n) as of 12 March 2025 (90 FR 11249), in no table."""
STEEL_APPLIANCES = (
    *("84181000", "84183000", "84184000", "84221100", "84501100", "84502000"),
    *("84512100", "84512900", "85098020", "85166040", "9403999020"),
)
"""Notice of 16 June 2025 (90 FR 25208), in no table."""
BEER = ("2203000060", "2203000090")
"""Beer in containers other than glass bottles, notice of 4 April 2025, in no table."""
COMPUTERS = "8471"
"""Named bare among car parts, though its trade is computers, not parts."""

FACEMASKS = ("6307909842", "6307909844", "6307909850", "6307909870", "6307909875")
GLOVES = "40151210"
VEHICLE_BATTERIES, BATTERIES = "8507600010", "85076000"
REVIEWS = {
    "9903.91.01": ("25", REVIEW),
    "9903.92.10": ("25", REVIEW),
    "9903.91.11": ("25", REVIEW_2025),
    "9903.91.06": ("25", REVIEW_2026),
    "9903.91.02": ("50", REVIEW),
    "9903.91.05": ("50", REVIEW_2025),
    "9903.91.03": ("100", REVIEW),
}
"""List and first day of each heading of the four-year review that stands for whole tariff lines without an end."""
CHINA = {
    "s301-list-1": ("2018-07-06", ("1",)),
    "s301-list-2": ("2018-08-23", ("2",)),
    "s301-list-4a": ("2019-09-01", ("4A",)),
    "s301-list-3": ("2018-09-24", ("3", "3_addl")),
}
"""First day and parts of each list on China. A line that several name is on the first here, as in HTS footnotes."""

NOT_AIRCRAFT = "particular pharma ptaap"
WOOD_AND_VEHICLES = "s232_vehicle_wood_products"
ONE_DATE: tuple[tuple[str, str, str, str, Mapping[str, str]], ...] = (
    ("electronics", ANNEX_II, "tariff-lists/consumer_electronics_EO14257_apr11", "HTSUS", {}),
    ("copper", "2025-08-01", "s232_copper_products", "hts10", {}),
    ("autos", "2025-04-03", WOOD_AND_VEHICLES, "hts_prefix", {"program": "autos_passenger autos_light_trucks"}),
    ("softwood", "2025-10-14", WOOD_AND_VEHICLES, "hts_prefix", {"program": "softwood"}),
    ("upholstered-furniture", "2025-10-14", WOOD_AND_VEHICLES, "hts_prefix", {"program": "wood_furniture"}),
    ("kitchen-cabinets", "2025-10-14", WOOD_AND_VEHICLES, "hts_prefix", {"program": "kitchen_cabinets"}),
    ("trucks", "2025-11-01", WOOD_AND_VEHICLES, "hts_prefix", {"program": "mhd_vehicles"}),
    ("buses", "2025-11-01", WOOD_AND_VEHICLES, "hts_prefix", {"program": "buses"}),
    ("truck-parts", "2025-11-01", "s232_mhd_parts", "hts_prefix", {}),
    ("semiconductors", "2026-01-15", "s232_semi_products", "hts10", {}),
    ("pharmaceuticals", "2026-07-31", "s232_pharma_products", "hts10", {}),
    ("subdivision-r", ANNEXES, "s232_subdivision_r_products", "hts_prefix", {}),
    ("s122-exempt", "2026-02-24", "s122_exempt_products", "hts8", {}),
    ("s122-aircraft", "2026-02-24", "tariff-lists/section122-aircraft-exemptions", "hts_code", {}),
    ("s301-brazil-exempt", "2026-07-22", "tariff-lists/brazil-301-exemptions", "HTSUS", {}),
    ("s301-forced-labour-exempt", "2026-07-24", "s301fl_exempt_products", "hts8", {}),
    ("canada-energy", "2025-03-04", "fentanyl_carveout_products", "hts8", {"category": "energy_ca"}),
    ("potash", "2025-03-07", "fentanyl_carveout_products", "hts8", {"category": "potash_ca potash_mx"}),
    ("civil-aircraft", "2025-06-30", "floor_exempt_products", "hts8", {"category": "civil_aircraft"}),
    ("eu-exempt", "2025-09-01", "floor_exempt_products", "hts8", {"country_group": "eu", "category": NOT_AIRCRAFT}),
    (
        "swiss-exempt",
        "2025-11-14",
        "floor_exempt_products",
        "hts8",
        {"country_group": "swiss", "category": NOT_AIRCRAFT},
    ),
    ("taiwan-aircraft", "2026-05-01", "s232_aircraft_exempt_taiwan", "hts8", {}),
    ("solar-s201", "2018-02-07", "s201_solar_products", "hts10", {}),
    ("s338-alcohol", "2026-08-19", "tariff-lists/canada-338-alcohol", "HTSUS", {}),
    ("s338-dairy", "2026-08-19", "tariff-lists/canada-338-dairy", "HTSUS", {}),
    ("s338-autos", "2026-08-19", "tariff-lists/canada-338-autos", "HTSUS", {}),
    ("s338-aircraft-exempt", "2026-08-19", "tariff-lists/canada-338-aircraft-exempt", "HTSUS", {}),
)
"""Lists that one act made at once: name, first day, table, column of codes, words wanted in other columns."""


@dataclass
class Tables:
    """The published tables, and the tariff lines that their codes name."""

    folder: Path
    lines: list[str]
    dropped: set[str] = field(default_factory=set)
    """Codes that name no line."""

    def rows(self, name: str, *columns: str) -> list[dict[str, str]]:
        """Rows of a table under `law`, "NA" as empty text. Raises `SourceError` without the file or a column."""
        path = self.folder / "law" / f"{name}.csv"
        if not path.is_file():
            raise SourceError(f"{path.as_posix()}: no such file; expected a product list of US tariff law")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [column for column in columns if column not in (reader.fieldnames or [])]:
                raise SourceError(f"{path.as_posix()}: no column {', '.join(missing)}")
            return [{column: "" if row[column] == "NA" else row[column] for column in columns} for row in reader]

    def codes(self, name: str, column: str, where: Mapping[str, str] | None = None) -> list[str]:
        """Codes of a table in the rows whose columns hold one of the words of `where`."""
        wanted = {key: words.split() for key, words in (where or {}).items()}
        rows = self.rows(name, column, *wanted)
        return [row[column].replace(".", "") for row in rows if all(row[key] in of for key, of in wanted.items())]

    def named(self, code: str) -> list[str]:
        """Lines under a code. Ten digits ending in 00 that are no line stand for their eight, since split up."""
        for prefix in (code, code[:8] if len(code) == 10 and code.endswith("00") else code):
            start = bisect_left(self.lines, prefix)
            if found := self.lines[start : bisect_left(self.lines, prefix + "~")]:
                return found
        self.dropped.add(code)
        return []

    def on(self, codes: Iterable[str], since: str, until: str = "") -> Members:
        """The lines that codes name, all with one period."""
        return {line: (since, until) for code in codes for line in self.named(code)}


def build(folder: Path, target: Path) -> dict[str, int]:
    """Writes every list to `target` from tables laid out as `law/`, `hts/`, `census/`; gives the rows of each.

    The same tables give the same bytes; codes that name no tariff line are left out and counted on standard error.
    Raises `SourceError` for a table that is missing or lacks a column.
    """
    tables = Tables(folder, tariff_lines(folder))
    lists: dict[str, Members] = {}
    for name, since, table, column, where in ONE_DATE:
        lists[name] = tables.on(tables.codes(table, column, where), since)
    lists |= {"annex-ii": annex_ii(tables), "auto-parts": auto_parts(tables), "brazil-exempt": brazil(tables)}
    lists |= {**metals(tables), **annexes(tables), **china(tables), "s301-exclusions": exclusions(tables)}
    counts: dict[str, int] = {}
    for name, members in sorted(lists.items()):
        rows = compact(members, tables.lines)
        text = "code,from,to\n" + "".join(f"{','.join(row)}\n" for row in rows)
        (target / f"{name}.csv").write_text(text, newline="\n")
        counts[name] = len(rows)
    print(f"{len(tables.dropped)} codes name no tariff line: {' '.join(sorted(tables.dropped))}", file=sys.stderr)
    return counts


def tariff_lines(folder: Path) -> list[str]:
    """Ten-digit lines of the tariff, sorted: of the editions, and those under which imports were counted."""
    path = folder / IMPORTS
    if not path.is_file():
        raise SourceError(f"{path.as_posix()}: no such file; expected US imports of 2024 by ten-digit code")
    counted = pl.read_parquet(path)
    if "hs10" not in counted.columns:
        raise SourceError(f"{path.as_posix()}: no column hs10")
    found = set(counted["hs10"].cast(pl.String).unique())
    for edition in EDITIONS:
        for hs8, line in read_edition(folder / edition).items():
            found |= {hs8 + suffix for suffix in line.suffixes or ("00",)}
    return sorted(found)


def compact(members: Members, lines: list[str]) -> list[tuple[str, str, str]]:
    """Rows of a list: the shortest prefixes all of whose lines share a period, in order of code.

    Prefixes have 4, 6, 8 or 10 digits, and 2 in chapter 98, whose lines are provisions rather than goods.

    >>> compact({"0101210010": ("a", ""), "0101290000": ("a", "")}, ["0101210010", "0101290000", "0102210000"])
    [('0101', 'a', '')]
    """

    def rows(lines: list[str], digits: int) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        for prefix, group in groupby(lines, key=lambda line: line[:digits]):
            under = list(group)
            periods = {members.get(line) for line in under}
            if periods == {None}:
                continue
            whole = digits >= 4 or prefix == "98"
            if len(periods) == 1 and whole and (period := periods.pop()):
                found.append((prefix, *period))
            else:
                found += rows(under, digits + 2)
        return found

    return rows(lines, 2)


def annex_ii(tables: Tables) -> Members:
    """Goods outside the reciprocal tariff, without what only the memorandum on electronics added.

    The table gives the last day in force, one code with twelve digits, and ten-digit lines of one edition: the lines
    that later split off are under the eight digits it also has. Its rows dated on the first day are the memorandum's.
    """
    members: Members = {}
    for row in tables.rows("ieepa_exempt_products", "hts10", "effective_date_start", "effective_date_end"):
        start, last = row["effective_date_start"], row["effective_date_end"]
        if start != ANNEX_II:
            until = (date.fromisoformat(last) + timedelta(days=1)).isoformat() if last else ""
            members |= tables.on([row["hts10"][:10]], start or ANNEX_II, until)
    return members


def auto_parts(tables: Tables) -> Members:
    """Car parts of US note 33(g), without the bare heading of computers."""
    codes = tables.codes("s232_auto_parts", "hts_prefix")
    return tables.on((code for code in codes if code != COMPUTERS), "2025-05-03")


def brazil(tables: Tables) -> Members:
    """Goods outside the duty on Brazil of Executive Order 14323, and those freed in November 2025."""
    members: Members = {}
    for row in tables.rows("country_eo_exempt_products", "hts10", "effective_date_start"):
        members = {**tables.on([row["hts10"].replace(".", "")], row["effective_date_start"]), **members}
    return members


def metals(tables: Tables) -> dict[str, Members]:
    """Steel and aluminium lists of 2018 and of March 2025 to April 2026: articles pay on full value, derivatives on
    metal content.

    Of the aluminium derivatives of March 2025 the table has eight digits where law names ten: they are narrowed to the
    ten-digit codes that the second table has under them. The table dates empty cans a day early.
    """

    def kind(metal: str, dated: Callable[[str], bool]) -> list[str]:
        rows = tables.rows("s232_metal_chapter_products", "hts_prefix", "metal_type", "effective_date", "kind")
        return [r["hts_prefix"] for r in rows if r["metal_type"] == metal and dated(r["effective_date"] + r["kind"])]

    def derivatives(metal: str, since: str, heading: str) -> list[str]:
        rows = tables.rows("s232_derivative_products", "hts_prefix", "ch99_code", "derivative_type", "effective_date")
        wanted = (metal, since, heading)
        return [r["hts_prefix"] for r in rows if (r["derivative_type"], r["effective_date"], r["ch99_code"]) == wanted]

    articles: dict[str, Members] = {}
    for metal, name, stampings in (("steel", "steel", STEEL_2020), ("aluminum", "aluminium", ALUMINIUM_2020)):
        mill = kind(metal, lambda text: text == "mill")
        first = [*kind(metal, lambda text: text == "derivative"), *stampings]
        march = kind(metal, lambda text: text == f"{METALS}derivative")
        cans = kind(metal, lambda text: text == "2025-04-03derivative")
        august = kind(metal, lambda text: text == f"{INCLUSIONS}derivative")
        articles[f"{name}-2018"] = {**tables.on(first, "2020-02-08"), **tables.on(mill, "2018-03-23")}
        articles[f"{name}-articles"] = {
            **tables.on(august, INCLUSIONS),
            **tables.on(cans, BEER_CANS),
            **tables.on([*mill, *first, *march], METALS),
        }
    second = tables.codes("tariff-lists/alu-tariffs", "HTSUS")
    march = [
        code
        for prefix in derivatives("aluminum", "", "9903.85.08")
        for code in [code for code in second if code.startswith(prefix)] or [prefix]
    ]
    return articles | {
        "steel-derivatives": {
            **tables.on(derivatives("steel", INCLUSIONS, "9903.81.91"), INCLUSIONS),
            **tables.on(STEEL_APPLIANCES, APPLIANCES),
            **tables.on(STEEL_OUTSIDE_73, METALS),
        },
        "aluminium-derivatives": {
            **tables.on(derivatives("aluminum", INCLUSIONS, "9903.85.08"), INCLUSIONS),
            **tables.on(BEER, BEER_CANS),
            **tables.on(march, METALS),
        },
    }


def annexes(tables: Tables) -> dict[str, Members]:
    """The annexes that replaced the metal lists in April 2026, and the lines of aluminium on those that carry a duty.

    A line is on the annex that names it with the longest code, the later act before the earlier. Codes of four and six
    digits that the second table lacks are captions of the annex read as codes (8471 and 8703 among them): left out. A
    code that only the second table has is added; where both annexes have it, I-B goes before II, the removals.
    """
    second = {
        annex: tables.codes(f"tariff-lists/metals-annex-{name}", "HTSUS")
        for annex, name in (("1a", "IA"), ("1b", "IB"), ("2", "II-removed"), ("3", "III-temporary"))
    }
    rows = [
        (row["hts_prefix"], row["effective_date"], row["annex"], row["metal_type"])
        for row in tables.rows("s232_annex_products", "hts_prefix", "effective_date", "annex", "metal_type")
        if len(row["hts_prefix"]) >= 8 or row["hts_prefix"] in second.get(row["annex"], ())
    ]
    had = {(code, annex) for code, _, annex, _ in rows}
    rows += [
        (code, ANNEXES, annex, "steel") for annex, codes in second.items() for code in codes if (code, annex) not in had
    ]

    def state(day: str) -> dict[str, tuple[str, bool]]:
        """Annex of each line on a day, and whether it is there for its aluminium."""
        found: dict[str, tuple[str, bool]] = {}
        in_force = [row for row in rows if row[1] <= day]
        for code, since, annex, metal in sorted(in_force, key=lambda row: (len(row[0]), row[1], row[2] != "2", row[3])):
            both = (code, since, annex, "aluminum") in in_force
            for line in tables.named(code):
                found[line] = (annex, metal == "aluminum" or both)
        return found

    april, june = state(ANNEXES), state(ANNEXES_JUNE)

    def spell(wanted: Callable[[str, bool], bool]) -> Members:
        before = {line for line, at in april.items() if wanted(*at)}
        after = {line for line, at in june.items() if wanted(*at)}
        ends = {line: (ANNEXES, "" if line in after else ANNEXES_JUNE) for line in before}
        return ends | {line: (ANNEXES_JUNE, "") for line in after - before}

    return {
        "metals-annex-ia": spell(lambda annex, _: annex == "1a"),
        "metals-annex-ib": spell(lambda annex, _: annex == "1b"),
        "metals-annex-ic": spell(lambda annex, _: annex == "1c"),
        "metals-annex-ii": spell(lambda annex, _: annex == "2"),
        "metals-annex-iii": spell(lambda annex, _: annex == "3"),
        "metals-annex-aluminium": spell(lambda annex, aluminium: aluminium and annex in ("1a", "1b", "3")),
    }


def china(tables: Tables) -> dict[str, Members]:
    """Section 301 lists on China: the four of 2018-19, and the four-year review that replaces them line by line.

    Rates and days are those of the headings. By HTS footnotes of 2025 lithium-ion batteries were on list 4A until the
    review reached them, those of vehicles first; facemasks and gloves are dated by hand as their rate moved twice.
    """
    rows = tables.rows("s301_product_lists", "hts8", "list", "ch99_code")
    reviews: dict[str, Members] = {"25": {}, "50": {}, "100": {}}
    for row in rows:
        if row["ch99_code"] in REVIEWS and row["hts8"] != BATTERIES:
            rate, since = REVIEWS[row["ch99_code"]]
            reviews[rate] |= tables.on([row["hts8"]], since)
    reviews["25"] |= tables.on([BATTERIES], REVIEW_2026) | tables.on([VEHICLE_BATTERIES], REVIEW)
    reviews["25"] |= tables.on(FACEMASKS, REVIEW, REVIEW_2026) | tables.on([GLOVES], REVIEW_2025, REVIEW_2026)
    reviews["50"] |= tables.on(FACEMASKS, REVIEW_2026)
    reviews["100"] |= tables.on([GLOVES], REVIEW_2026)
    reviewed: dict[str, str] = {}
    for members in reviews.values():
        for line, (since, _) in members.items():
            reviewed[line] = min(since, reviewed.get(line, since))
    lists: dict[str, Members] = {}
    taken: set[str] = set()
    for name, (since, parts) in CHINA.items():
        codes = [row["hts8"] for row in rows if row["list"] in parts] + ([BATTERIES] if "4A" in parts else [])
        named = {line for code in codes for line in tables.named(code)} - taken
        lists[name] = {line: (since, reviewed.get(line, "")) for line in named}
        taken |= named
    return lists | {f"s301-review-{rate}": members for rate, members in reviews.items()}


def exclusions(tables: Tables) -> Members:
    """Lines with an exclusion from section 301 that still runs: those of the two headings whose window is open."""
    table = "s301_exclusion_lines"
    return {
        **tables.on(tables.codes(table, "hts10", {"ch99_code": "9903.88.69"}), "2024-06-15"),
        **tables.on(tables.codes(table, "hts10", {"ch99_code": "9903.88.70"}), "2024-01-01"),
    }
