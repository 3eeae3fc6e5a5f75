"""Build: the tariff and the trade of the United States that law is applied to.

`tariff.csv.gz` holds the lines of the tariff, `trade-2024.npz` the imports for consumption of 2024 by ten-digit line
and partner, with the normal duty on each: what is due before any additional duty, preferences as they were used. The
normal duty is an estimate of this package; `normal_duties` says how it is made.

Arrays of `trade-2024.npz`, with L lines, P partners, R rows, M months and U rows of Canada and Mexico:

    lines         [L]     ten-digit codes as numbers, ascending
    partners      [P]     ISO3 or EU27, by value, largest first
    line, partner [R]     positions of each row, in order of partner, then line
    value, duty   [R]     customs value and calculated duty, US$
    sector        [L]     position of the sector; 255 in chapters 98 and 99
    content       [L, 3]  shares of steel, aluminium and copper in value
    normal        [R]     normal duty, fraction of value
    ave           [L]     ad valorem equivalent of what is neither free nor ad valorem, else not a number
    usmca_months  [M]     2024 as a year, then months as 2025-01
    usmca         [M, U]  share of value that claims USMCA, per cent
    usmca_rows    [2, 2]  first row of Canada, of Mexico, and the row behind the last

Sources: US Census Bureau (imports for consumption), USITC (Harmonized Tariff Schedule, USMCA claims), US Bureau of
Economic Analysis (metal content); lists and shares compiled by The Budget Lab at Yale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tradetalks.errors import SourceError
from tradetalks.law import build_lines, rate_text
from tradetalks.law.tariff import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EDITIONS = ("hts/hts_2025_basic.json.gz", "hts/hts_2026_rev_10.json.gz")
IMPORTS = "census/us-imports-2024-hs10.parquet"
DESCRIPTIONS = "census/hs10_descriptions.csv"
PARTNERS = "concordance/census_iso3_names.csv"
PRODUCTS = "concordance/hs10_gtap_crosswalk.csv"
METALS = "law/metal_content_shares_bea_hs10.csv"
CLAIMED = "law/mfn_exemption_shares.csv"
CHINA_LISTS = "law/s301_product_lists.csv"
METAL_LISTS = "law/s232_metal_chapter_products.csv"
SOLAR_LIST = "law/s201_solar_products.csv"
USMCA_2024 = "law/usmca_product_shares_2024.csv"
USMCA_MONTHS = "law/usmca_product_shares_monthly.parquet"

CENSUS_EU = "0003"
CENSUS_USMCA = {"CAN": "1220", "MEX": "2010"}

NO_SECTOR = 255
"""Sector of chapters 98 and 99: goods returned, low values, temporary legislation."""

CHINA_RATES = {"1": 0.25, "2": 0.25, "3": 0.25, "3_addl": 0.25, "4A": 0.075}
"""Section 301 duties of 2024 by list; lines of the review of 2024 alone (biden_…) were due 25 % or more."""
STEEL, ALUMINIUM, RUSSIAN_ALUMINIUM, SOLAR = 0.25, 0.10, 2.00, 0.1425
"""Section 232 duties of 2018 to 2024; section 201 duty on solar cells and modules from February 2024."""
NO_STEEL_DUTY = ("ARG", "AUS", "BRA", "CAN", "EU27", "GBR", "JPN", "KOR", "MEX")
NO_ALUMINIUM_DUTY = ("ARG", "AUS", "CAN", "EU27", "GBR", "MEX")
"""Partners exempt in 2024, or free within a quota."""
COLUMN_2 = ("RUS",)
"""Partners among those counted that pay the rates of column 2: Russia since 9 April 2022 (Public Law 117-110)."""

PROGRAMMES = {
    "AGO": "D", "AUS": "AU", "CAN": "S S+", "CHL": "CL", "COL": "CO", "CRI": "P P+", "DOM": "P P+", "EGY": "N",
    "GTM": "P P+", "HND": "P P+", "ISR": "IL", "JPN": "JP", "KOR": "KR", "MEX": "S S+", "NGA": "D", "NIC": "P P+",
    "PER": "PE", "SGP": "SG", "SLV": "P P+", "TTO": "E E* R", "ZAF": "D",
}  # fmt: skip
"""Preference programmes in force in 2024, by partner, as the special column names them (GSP had lapsed)."""


@dataclass(frozen=True, eq=False)
class Imports:
    """Imports of 2024: codes, partners (largest first), and per row its line, partner, value and duty in US$.

    Rows are in order of partner, then line; none is of zero value.
    """

    codes: tuple[str, ...]
    partners: tuple[str, ...]
    line: NDArray[np.int64]
    partner: NDArray[np.int64]
    value: NDArray[np.int64]
    duty: NDArray[np.int64]

    @property
    def rates(self) -> Floats:
        """Duty over value, row by row."""
        rates: Floats = self.duty / self.value
        return rates

    def rows(self, partner: str) -> slice:
        """Where the rows of one partner stand."""
        start, stop = np.searchsorted(self.partner, self.partners.index(partner) + np.arange(2))
        return slice(int(start), int(stop))


def build(
    folder: Path | str, target: Path | str, sectors: Sequence[str], sector_of_gtap: Mapping[str, str]
) -> tuple[Path, Path]:
    """Writes `tariff.csv.gz` and `trade-2024.npz` into `target` from the publishers' files in `folder`.

    `sectors` are the sectors in order, the last for every GTAP sector that `sector_of_gtap` lacks. The same sources
    give the same tables. Raises `SourceError` for a file that is missing or not in its known layout.
    """
    folder, target = Path(folder), Path(target)
    descriptions = _table(folder / DESCRIPTIONS, "hs10", "description")
    counted = dict(descriptions.select("hs10", "description").iter_rows())
    tariff = build_lines.schedule([folder / edition for edition in EDITIONS], counted)
    imports = read_imports(folder)
    normal, ave = normal_duties(imports, tariff, additional_duties(imports, folder), claimed_shares(imports, folder))
    months, usmca = usmca_shares(imports, folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = target / "tariff.csv.gz", target / "trade-2024.npz"
    build_lines.write(tariff.values(), paths[0])
    np.savez_compressed(
        paths[1],
        lines=np.array(imports.codes, np.uint64),
        partners=np.array(imports.partners, "<U4"),
        line=imports.line.astype(np.uint16),
        partner=imports.partner.astype(np.uint8),
        value=_smallest(imports.value),
        duty=_smallest(imports.duty),
        sectors=np.array(sectors, "<U8"),
        sector=sector_positions(imports, folder, sectors, sector_of_gtap),
        content=metal_content(imports, folder).round(4).astype(np.float32),
        normal=normal.round(6).astype(np.float32),
        ave=ave.round(6).astype(np.float32),
        usmca_months=np.array(months, "<U7"),
        usmca=(100 * usmca).round().astype(np.uint8),
        usmca_rows=np.array([(rows.start, rows.stop) for rows in map(imports.rows, CENSUS_USMCA)], np.int64),
    )
    return paths


def read_imports(folder: Path) -> Imports:
    """Imports for consumption of 2024 by partner and ten-digit code. Source: US Census Bureau. Raises `SourceError`."""
    wanted = ("partner_code", "hs10", "customs_value_usd", "calculated_duty_usd")
    frame = _table(folder / IMPORTS, *wanted).filter(pl.col("customs_value_usd") > 0)
    iso3 = dict(_table(folder / PARTNERS, "CTY_CODE", "ISO3").select("CTY_CODE", "ISO3").iter_rows())
    iso3[CENSUS_EU] = "EU27"
    unknown = sorted(set(frame["partner_code"]) - set(iso3))
    if unknown:
        raise SourceError(
            f"{(folder / PARTNERS).as_posix()}: no ISO3 code for the Census partners {', '.join(unknown)}"
        )
    frame = frame.with_columns(partner=pl.col("partner_code").replace_strict(iso3, return_dtype=pl.String))
    totals = frame.group_by("partner").agg(pl.col("customs_value_usd").sum())
    partners = tuple(totals.sort("customs_value_usd", "partner", descending=[True, False])["partner"])
    codes = tuple(sorted(frame["hs10"].unique()))
    rows = frame.select(
        pl.col("partner").replace_strict({code: n for n, code in enumerate(partners)}, return_dtype=pl.Int64),
        line=pl.col("hs10").replace_strict({code: n for n, code in enumerate(codes)}, return_dtype=pl.Int64),
        value="customs_value_usd",
        duty="calculated_duty_usd",
    ).sort("partner", "line")
    return Imports(codes, partners, *(rows[name].to_numpy() for name in ("line", "partner", "value", "duty")))


def normal_duties(
    imports: Imports, tariff: Mapping[str, Line], additional: Floats, claimed: Floats
) -> tuple[Floats, Floats]:
    """Duty before any additional duty as a fraction of value by row, and the ad valorem equivalent `[line]`.

    The statutory rate is the general column's, column 2's for its partners. Where no additional duty was due in 2024,
    the normal duty is what was collected: at most the statutory rate of an ad valorem or free line, so that
    preferences count as they were used. Where one was due, what was collected holds both, and the normal duty is the
    statutory rate, less the share of the partner's chapter that claims a preference (`claimed`, by row) where the line
    grants it one. The statutory rate of other lines (specific, compound, by reference) is then their ad valorem
    equivalent: what rows without additional duty or preference paid, pooled over the line, else over its eight digits,
    else its six; where nobody did, what was collected less the `additional` duty (by row, a fraction of value).
    """
    rates = _statutory(imports.codes, tariff, "general")
    second = np.isin(imports.partner, [n for n, code in enumerate(imports.partners) if code in COLUMN_2])
    statutory = np.where(second, _statutory(imports.codes, tariff, "other")[imports.line], rates[imports.line])
    preferred = _preferred(imports, tariff)
    ave = _equivalents(imports, ~second & ~preferred & (additional == 0))
    ave[~np.isnan(rates)] = np.nan
    collected = np.fmin(imports.rates, statutory)
    full = np.where(np.isnan(statutory), ave[imports.line], statutory)
    full = np.where(np.isnan(full), np.maximum(imports.rates - additional, 0), full)
    return np.where(additional > 0, full * (1 - claimed * preferred), collected), ave


def additional_duties(imports: Imports, folder: Path) -> Floats:
    """Additional duties due in 2024 by row, fractions of value: sections 301 (China), 232 (2018 metals), 201 (solar).

    Where an exclusion or a quota may have spared an entry, its row counts as due. Raises `SourceError`.
    """
    china = _table(folder / CHINA_LISTS, "hts8", "list").filter(pl.col("list").str.contains("^([1-3]|4A|biden)"))
    on_lists: dict[str, float] = {}
    for hs8, name in china.select("hts8", "list").iter_rows():
        on_lists[hs8] = max(on_lists.get(hs8, 0.0), CHINA_RATES.get(name, 0.25))
    metals = _table(folder / METAL_LISTS, "hts_prefix", "metal_type", "effective_date").fill_null("")
    of_2018 = metals.filter(pl.col("effective_date").is_in(["", "NA"]))
    prefixes = {
        metal: tuple(of_2018.filter(metal_type=metal)["hts_prefix"]) for metal in ("steel", "aluminum")
    }  # fmt: skip
    cells = set(_table(folder / SOLAR_LIST, "hts10")["hts10"])

    listed = np.array([on_lists.get(code[:8], 0.0) for code in imports.codes])
    steel, aluminium = (np.array([code.startswith(prefixes[m]) for code in imports.codes]) for m in prefixes)
    solar = np.array([code in cells for code in imports.codes])
    found = np.zeros((len(imports.codes), len(imports.partners)))
    for n, partner in enumerate(imports.partners):
        on_aluminium = RUSSIAN_ALUMINIUM if partner == "RUS" else ALUMINIUM
        found[:, n] += STEEL * steel * (partner not in NO_STEEL_DUTY)
        found[:, n] += on_aluminium * aluminium * (partner not in NO_ALUMINIUM_DUTY)
        found[:, n] += SOLAR * solar * (partner != "CAN")
        found[:, n] += listed * (partner == "CHN")
    rows: Floats = found[imports.line, imports.partner]
    return rows


def claimed_shares(imports: Imports, folder: Path) -> Floats:
    """Share of the partner's imports of the chapter that claim a preference, by row. Raises `SourceError`."""
    table = _table(folder / CLAIMED, "hs2", "cty_code", "exemption_share")
    iso3 = dict(_table(folder / PARTNERS, "CTY_CODE", "ISO3").select("CTY_CODE", "ISO3").iter_rows())
    shares = {
        (chapter, iso3.get(country)): share
        for chapter, country, share in table.select(
            "hs2", "cty_code", pl.col("exemption_share").cast(pl.Float64).clip(0, 1)
        ).iter_rows()
    }
    found = np.array([[shares.get((code[:2], p), 0.0) for p in imports.partners] for code in imports.codes])
    rows: Floats = found[imports.line, imports.partner]
    return rows


def usmca_shares(imports: Imports, folder: Path) -> tuple[tuple[str, ...], Floats]:
    """Months, and shares of value that claim USMCA `[month, row]` for the rows of Canada, then Mexico.

    The first month is the year 2024. A month in which a line was not traded keeps the share of the month before.
    Source: USITC. Raises `SourceError`.
    """
    year = _table(folder / USMCA_2024, "hts10", "cty_code", "usmca_share").select(
        "cty_code", pl.col("usmca_share").cast(pl.Float64), hs10="hts10", month=pl.lit("2024")
    )
    wanted = ("month", "hs10", "cty_code", "usmca_share", "total_value")
    monthly = _table(folder / USMCA_MONTHS, *wanted).filter(pl.col("total_value") > 0)
    table = pl.concat([year, monthly.select(year.columns)])
    months = tuple(sorted(table["month"].unique()))
    shares = []
    for partner, country in CENSUS_USMCA.items():
        of_country = table.filter(cty_code=country).pivot("month", index="hs10", values="usmca_share")
        codes = [imports.codes[line] for line in imports.line[imports.rows(partner)]]
        by_row = pl.DataFrame({"hs10": codes}).join(of_country, on="hs10", how="left", maintain_order="left")
        filled = by_row.select(pl.coalesce(*reversed(months[: n + 1]), 0.0).alias(m) for n, m in enumerate(months))
        shares.append(filled.to_numpy().T)
    return months, np.concatenate(shares, 1)


ARTICLES_OF_COPPER = 0.90
"""Copper in the value of articles of copper; Congressional Budget Office, analysis of tariffs, 2025."""


def metal_content(imports: Imports, folder: Path) -> Floats:
    """Value shares of steel, aluminium and copper `[line, 3]`.

    Each metal counts 1 at most, and together with other metals they sum to the metal share of the line. A line that
    the source lacks has the mean of its eight digits, else its six, else 0. Articles of copper (chapter 74) are nearly
    all copper, which industry accounts, that count the cost of making them, do not show. Source: US Bureau of
    Economic Analysis, input-output accounts, by The Budget Lab at Yale. Raises `SourceError`.
    """
    metals = ("steel_share", "aluminum_share", "copper_share", "other_metal_share")
    table = _table(folder / METALS, "hs10", *metals, "metal_share")
    capped = table.select("hs10", "metal_share", *(pl.col(m).cast(pl.Float64).clip(0, 1) for m in metals)).with_columns(
        scale=pl.col("metal_share").cast(pl.Float64) / pl.sum_horizontal(metals)
    )
    known = capped.select("hs10", *(pl.col(m) * pl.col("scale").fill_nan(0) for m in metals[:3]))
    wanted = pl.DataFrame({"hs10": imports.codes})
    found = np.full((len(imports.codes), 3), np.nan)
    for digits in (10, 8, 6):
        key = pl.col("hs10").str.slice(0, digits).alias("key")
        means = known.group_by(key).agg(pl.mean(*metals[:3])).sort("key")
        by_line = wanted.select(key).join(means, on="key", how="left", maintain_order="left").drop("key").to_numpy()
        found = np.where(np.isnan(found), by_line, found)
    shares: Floats = np.nan_to_num(found)
    copper = np.array([code.startswith("74") for code in imports.codes])
    shares[copper, 2] = np.maximum(shares[copper, 2], ARTICLES_OF_COPPER)
    others = shares[copper, :2].sum(1, keepdims=True)
    room = 1 - shares[copper, 2:]
    shares[copper, :2] *= np.minimum(1.0, np.divide(room, others, out=np.ones_like(room), where=others > 0))
    return shares


def sector_positions(
    imports: Imports, folder: Path, sectors: Sequence[str], sector_of_gtap: Mapping[str, str]
) -> NDArray[np.uint8]:
    """Position in `sectors` of each line, by its GTAP sector; 255 for chapters 98 and 99. Raises `SourceError`."""
    gtap = dict(_table(folder / PRODUCTS, "hs10", "gtap_code").select("hs10", "gtap_code").iter_rows())
    at = {code: sectors.index(sector_of_gtap.get(name.upper(), sectors[-1])) for code, name in gtap.items()}
    unknown = [code for code in imports.codes if code < "98" and code not in at]
    if unknown:
        raise SourceError(f"{(folder / PRODUCTS).as_posix()}: no GTAP sector for {', '.join(unknown[:5])}")
    return np.array([NO_SECTOR if code >= "98" else at[code] for code in imports.codes], np.uint8)


def _statutory(codes: Sequence[str], tariff: Mapping[str, Line], column: str) -> Floats:
    """Rate of each line where it is free or ad valorem, else not a number."""
    found = np.full(len(codes), np.nan)
    for n, code in enumerate(codes):
        if line := tariff.get(code[:8]):
            rate = rate_text.parse(getattr(line, column))
            if rate.kind in ("free", "ad valorem"):
                found[n] = rate.ad_valorem
    return found


def _preferred(imports: Imports, tariff: Mapping[str, Line]) -> NDArray[np.bool_]:
    """Whether the line of a row grants a preference to its partner."""
    named = [rate_text.special(tariff[code[:8]].special).keys() if code[:8] in tariff else () for code in imports.codes]
    own = [set(PROGRAMMES.get(partner, "").split()) for partner in imports.partners]
    granted = np.array([[not programmes.isdisjoint(line) for programmes in own] for line in named])
    rows: NDArray[np.bool_] = granted[imports.line, imports.partner]
    return rows


def _equivalents(imports: Imports, of_rows: NDArray[np.bool_]) -> Floats:
    """Duty over value pooled over the chosen rows of each line, else of its eight digits, else of its six."""
    found = np.full(len(imports.codes), np.nan)
    for digits in (10, 8, 6):
        group = np.unique([code[:digits] for code in imports.codes], return_inverse=True)[1]
        of = group[imports.line[of_rows]]
        duty, value = (np.bincount(of, x[of_rows], group.max() + 1) for x in (imports.duty, imports.value))
        pooled = np.divide(duty, value, out=np.full(len(value), np.nan), where=value > 0)
        found = np.where(np.isnan(found), pooled[group], found)
    return found


def _smallest(whole: NDArray[np.int64]) -> NDArray[Any]:
    """The same whole numbers in the smallest unsigned type that holds them."""
    return whole.astype(np.min_scalar_type(int(whole.max())))


def _table(path: Path, *columns: str) -> pl.DataFrame:
    """A publisher's table with at least `columns`; codes and all else of a CSV as text. Raises `SourceError`."""
    if not path.is_file():
        raise SourceError(f"{path.as_posix()}: no such file; expected a table with {', '.join(columns)}")
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:  # descriptions at the end of a row may hold commas without quotes
            frame = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.as_posix()}: not a table ({error})") from error
    if missing := [name for name in columns if name not in frame.columns]:
        raise SourceError(f"{path.as_posix()}: no column {', '.join(missing)}; found {', '.join(frame.columns[:8])}")
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
