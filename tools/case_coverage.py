"""The share of US imports that each measure of the case reaches, by partner and sector, as a YAML block.

    python tools/case_coverage.py DATA_FOLDER [--on 2025-04-16]

Reads US imports for consumption of 2024 by HS10 and partner (US Census Bureau), the product lists of the orders and
proclamations as they stood on the day, metal content shares (US Bureau of Economic Analysis input–output tables),
claimed USMCA shares of 2024, and the GTAP code of each HS10 product, whose sectors are ISIC Rev. 4 divisions. The
folder is laid out as `census/`, `concordance/`, `hts/`, `law/`. Prints the `coverages:` block of
`japan-us-2025-04.yaml` on stdout, and on stderr what it implies for Japan when weighted with the same imports.

Rules, line by line, the first that applies: cars and light trucks; listed car parts; steel and aluminium. Articles of
chapters 72, 73 and 76 pay on their full value, other derivatives on their metal content; the rest of their value, and
every product neither listed here nor exempted, is "general". Chapters 98 and 99 are left out of both sides.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import polars as pl

PARTNERS = {
    "5880": "JPN", "0003": "EU27", "5700": "CHN", "5800": "KOR", "5830": "TWN", "5520": "VNM", "1220": "CAN",
    "2010": "MEX",
}  # fmt: skip
"""Partners with a row of their own, by Census code; all others share one."""

SECTOR_OF_GTAP = {
    **dict.fromkeys(("PDR", "WHT", "GRO", "V_F", "OSD", "C_B", "PFB", "OCR"), "A01_02"),
    **dict.fromkeys(("CTL", "OAP", "RMK", "WOL", "FRS"), "A01_02"),
    **dict.fromkeys(("COA", "OIL", "GAS"), "B05_06"),
    **dict.fromkeys(("CMT", "OMT", "VOL", "MIL", "PCR", "SGR", "OFD", "B_T"), "C10T12"),
    **dict.fromkeys(("TEX", "WAP", "LEA"), "C13T15"),
    **dict.fromkeys(("I_S", "NFM"), "C24"),
    "FSH": "A03", "OXT": "B07_08", "LUM": "C16", "PPP": "C17_18", "P_C": "C19", "CHM": "C20", "BPH": "C21",
    "RPP": "C22", "NMM": "C23", "FMP": "C25", "ELE": "C26", "EEQ": "C27", "OME": "C28", "MVH": "C29", "OTN": "C30",
    "OMF": "C31T33",
}  # fmt: skip
"""GTAP sectors since version 10 are defined by ISIC Rev. 4, so each has one sector here; electricity is left out."""

US_CONTENT_OF_USMCA_CARS = 0.40
"""An assumption: no approved content was public on 16 April 2025."""

DUTY = {"cars": 25.0, "parts": 25.0, "steel": 25.0, "aluminium": 25.0, "general": 10.0}


OLD_STEEL_EXEMPT = ("0003", "4120", "5800", "5880", "3510", "3570", "6021", "1220", "2010")
"""Partners free of the steel duty of 2018 inside a quota or exemption (Proclamation 9705), by Census code."""

OLD_ALUMINIUM_EXEMPT = ("0003", "4120", "3570", "6021", "1220", "2010")
"""The same for aluminium (Proclamation 9704)."""


def text(file: Path) -> pl.DataFrame:
    """A table whose codes keep their leading zeros."""
    return pl.read_csv(file, infer_schema=False, null_values=["NA", ""])


def imports(folder: Path) -> pl.DataFrame:
    """One row a partner and HS10 product, with its sector; chapters 98 and 99 and electricity left out."""
    gtap = text(folder / "concordance/hs10_gtap_crosswalk.csv").select("hs10", pl.col("gtap_code").str.to_uppercase())
    return (
        pl.read_parquet(folder / "census/us-imports-2024-hs10.parquet")
        .rename({"customs_value_usd": "value", "calculated_duty_usd": "duty"})
        .with_columns(pl.col("partner_code").cast(pl.String), hs8=pl.col("hs10").str.slice(0, 8))
        .with_columns(partner=pl.col("partner_code").replace_strict(PARTNERS, default="others"))
        .filter(~pl.col("hs10").str.slice(0, 2).is_in(["98", "99"]))
        .join(gtap, on="hs10")
        .with_columns(sector=pl.col("gtap_code").replace_strict(SECTOR_OF_GTAP, default=None))
        .drop_nulls("sector")
    )


def listed(law: Path, on: date) -> dict[str, list[str]]:
    """Product codes, of 4 to 10 digits, that each list names on the day."""
    day = on.isoformat()

    def codes(table: pl.DataFrame, *where: pl.Expr) -> list[str]:
        return table.filter(*where)[table.columns[0]].to_list()

    exempt = text(law / "ieepa_exempt_products.csv")
    chapters = text(law / "s232_metal_chapter_products.csv")
    derivatives = text(law / "s232_derivative_products.csv")
    vehicles = text(law / "s232_vehicle_wood_products.csv")
    since, first = pl.col("effective_date").fill_null("2018"), pl.col("effective_date").fill_null("2025-03-12")
    steel, aluminium = pl.col("metal_type") == "steel", pl.col("metal_type") == "aluminum"
    return {
        "exempt": codes(
            exempt,
            pl.col("effective_date_start").fill_null("2025-04-05") <= day,
            pl.col("effective_date_end").fill_null("9999") >= day,
        ),
        "car": codes(vehicles.select("hts_prefix", "program"), pl.col("program").str.starts_with("autos")),
        "part": [code for code in codes(text(law / "s232_auto_parts.csv")) if code != "8471"],  # listed: computers
        "old_steel": codes(chapters, steel, since == "2018"),
        "old_aluminium": codes(chapters, aluminium, since == "2018"),
        "steel_listed": codes(chapters, steel, since <= day) + codes(text(law / "tariff-lists/steel-tariffs.csv")),
        "aluminium_listed": codes(chapters, aluminium, since <= day)
        + codes(derivatives, pl.col("derivative_type") == "aluminum", first <= day),
    }


def products(folder: Path, on: date) -> pl.DataFrame:
    """The imports of `imports`, and the share of each that every measure reaches on the day."""
    law = folder / "law"
    lines = imports(folder)
    codes = lines.select("hs10").unique()
    for name, prefixes in listed(law, on).items():
        starts = tuple(prefixes)
        codes = codes.with_columns(pl.Series(name, [code.startswith(starts) for code in codes["hs10"]]))
    content = text(law / "metal_content_shares_bea_hs10.csv").select(
        "hs10", pl.col("steel_share", "aluminum_share").cast(pl.Float64).clip(0, 1)
    )
    usmca = text(law / "usmca_product_shares_2024.csv").select(
        pl.col("hts10").alias("hs10"), pl.col("cty_code").alias("partner_code"), pl.col("usmca_share").cast(pl.Float64)
    )
    low = text(law / "fentanyl_carveout_products.csv").select(
        pl.col("hts8").alias("hs8"),
        partner=pl.col("category").str.slice(-2).replace_strict({"ca": "CAN", "mx": "MEX"}),
        low_rate=pl.lit(True),
    )
    normal = text(folder / "hts/mfn_rates_2025.csv").select("hs8", pl.col("mfn_rate").cast(pl.Float64))
    return (
        lines.join(codes, on="hs10")
        .join(content, on="hs10", how="left")
        .join(usmca, on=["hs10", "partner_code"], how="left")
        .join(low.unique(), on=["hs8", "partner"], how="left")
        .join(normal.unique("hs8"), on="hs8", how="left")
        .with_columns(pl.col("usmca_share", "steel_share", "aluminum_share", "mfn_rate").fill_null(0.0))
        .with_columns(pl.col("low_rate").fill_null(False))
        .pipe(reached)
    )


def reached(lines: pl.DataFrame) -> pl.DataFrame:
    """The share of each line's value that every measure reaches, by the rules in the heading of this file."""

    def where(condition: pl.Expr, share: pl.Expr | float) -> pl.Expr:
        return pl.when(condition).then(share).otherwise(0.0)

    column = pl.col
    chapter = column("hs10").str.slice(0, 2)
    iron = column("steel_listed") & chapter.is_in(["72", "73"])
    north = column("partner").is_in(["CAN", "MEX"])
    vehicle = column("car") | column("part")
    other_duty = column("mfn_rate") + where(column("partner") == "CHN", 0.25)  # section 301, lists 1 to 3
    collected = column("duty") / column("value").clip(1) - other_duty
    paid_steel = where(column("old_steel") & ~column("partner_code").is_in(OLD_STEEL_EXEMPT), collected.clip(0, 0.25))
    paid_aluminium = where(
        column("old_aluminium") & ~column("partner_code").is_in(OLD_ALUMINIUM_EXEMPT), collected.clip(0, 0.10)
    )
    steel = pl.when(iron).then(1.0).otherwise(where(column("steel_listed"), column("steel_share")))
    aluminium = pl.when(chapter == "76").then(1.0).otherwise(column("aluminum_share"))
    qualifying = where(north, column("usmca_share"))
    return (
        lines.with_columns(
            steel_value=where(~vehicle, steel),
            aluminium_value=where(~vehicle & ~iron & column("aluminium_listed"), aluminium),
            cars=where(column("car"), 1 - qualifying * US_CONTENT_OF_USMCA_CARS),
            parts=where(column("part") & ~column("car"), 1 - qualifying),
        )
        .with_columns(
            steel=column("steel_value") * (1 - paid_steel / 0.25),
            aluminium=column("aluminium_value") * (1 - paid_aluminium / 0.25),
            general=where(
                ~(column("exempt") | vehicle | north),
                (1 - column("steel_value") - column("aluminium_value")).clip(0, 1),
            ),
            border=where(north & ~column("low_rate"), 1 - qualifying),
            border_energy=where(north & column("low_rate"), 1 - qualifying),
        )
    )  # fmt: skip


MEASURES = ("general", "cars", "parts", "steel", "aluminium", "border", "border_energy")


def coverage(lines: pl.DataFrame) -> pl.DataFrame:
    """Value-weighted shares by partner and sector."""
    total = pl.col("value").sum().clip(1)
    return lines.group_by("partner", "sector").agg(
        (pl.col(MEASURES) * pl.col("value")).sum() / total, value=pl.col("value").sum()
    )


def block(shares: pl.DataFrame) -> str:
    """The YAML lines: one table a measure, one line a partner, shares of at least 0.0005."""
    out = ["coverages:"]
    for measure in MEASURES:
        out.append(f"  {measure.replace('_', '-')}:")
        for partner in (*PARTNERS.values(), "others"):
            rows = shares.filter((pl.col("partner") == partner) & (pl.col(measure) >= 0.0005)).sort("sector")
            cells = ", ".join(f"{sector}: {share:.3f}" for sector, share in rows.select("sector", measure).iter_rows())
            if cells or not measure.startswith("border"):
                out.append(f"      {partner}: {{{cells}}}")
    return "\n".join(out)


def report(lines: pl.DataFrame, partner: str) -> str:
    """What the shares imply for one partner's imports, in percent of value and percentage points of duty."""
    own = lines.filter(pl.col("partner") == partner)
    value = float(own["value"].sum())

    def share(name: str) -> float:
        return float((own[name] * own["value"]).sum()) / value

    added = {measure: share(measure) * DUTY[measure] for measure in DUTY}
    void = sum(added.values()) - added["general"]
    exempt = float(own.filter(pl.col("exempt") & ~pl.col("car") & ~pl.col("part"))["value"].sum()) / value
    states = {
        "today": void + added["general"],
        "without parts": void + added["general"] - added["parts"],
        "24 % back": void + 24 * share("general"),
        "emergency tariffs void": void,
    }
    return (
        f"{partner}: US$ {value / 1e9:.1f} bn without chapters 98-99; exempt {exempt:.1%}; metals before credit "
        f"{share('steel_value') + share('aluminium_value'):.1%}; reached "
        + ", ".join(f"{measure} {share(measure):.1%}" for measure in MEASURES)
        + "\n    added duty in points: "
        + ", ".join(f"{state} {points:.1f}" for state, points in states.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--on", type=date.fromisoformat, default=date(2025, 4, 16))
    asked = parser.parse_args()
    lines = products(asked.folder, asked.on)
    print(block(coverage(lines)))
    for partner in (*PARTNERS.values(), "others"):
        print(report(lines, partner), file=sys.stderr)


if __name__ == "__main__":
    main()
