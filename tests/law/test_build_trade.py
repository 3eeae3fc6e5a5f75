"""The shipped tariff and trade of the United States: rebuilt from the sources, and what they add up to."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tradetalks.errors import SourceError
from tradetalks.law import build_lines, build_trade
from tradetalks.law.rate_text import parse
from tradetalks.world import World
from tradetalks.world.sources.concordance import SECTOR_OF_GTAP, SECTORS

LAW = Path(str(files("tradetalks.law")))


@pytest.fixture(scope="module")
def sources(data: Path) -> Path:
    return data / "sources"


@pytest.fixture(scope="module")
def tariff() -> dict[str, dict[str, str]]:
    text = gzip.decompress((LAW / "usa" / "tariff.csv.gz").read_bytes()).decode()
    return {row["hs8"]: row for row in csv.DictReader(text.splitlines())}


@pytest.fixture(scope="module")
def trade() -> dict[str, np.ndarray]:
    with np.load(LAW / "usa" / "trade-2024.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def codes(trade) -> list[str]:
    return [f"{code:010d}" for code in trade["lines"]]


def rows(trade, partner: str) -> slice:
    start, stop = np.searchsorted(trade["partner"], list(trade["partners"]).index(partner) + np.arange(2))
    return slice(start, stop)


def weighted(trade, name: str, at=slice(None)) -> float:
    return float(np.average(trade[name][at], weights=trade["value"][at]))


# ---- the build ------------------------------------------------------------------------------------------------


def test_the_sources_give_what_is_shipped(sources, trade, tmp_path):
    lines, arrays = build_trade.build(sources, tmp_path, SECTORS, SECTOR_OF_GTAP)
    shipped = (LAW / "usa" / "tariff.csv.gz").read_bytes()
    assert gzip.decompress(lines.read_bytes()) == gzip.decompress(shipped)
    with np.load(arrays, allow_pickle=False) as rebuilt:
        assert set(rebuilt) == set(trade)
        for name, array in rebuilt.items():
            assert array.dtype == trade[name].dtype
            np.testing.assert_array_equal(array, trade[name], name)


def test_shipped_tables_are_small():
    assert sum(path.stat().st_size for path in (LAW / "usa").glob("t*.*z")) < 2.5e6


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (build_trade.DESCRIPTIONS, None, "no such file"),
        (build_trade.DESCRIPTIONS, b"hs10\n0101210010\n", "no column description"),
        (build_trade.EDITIONS[0], None, "no such file"),
        (build_trade.EDITIONS[0], b"{}", "not readable"),
        (build_trade.EDITIONS[0], gzip.compress(b"[]", mtime=0), "not readable"),
        (build_trade.EDITIONS[0], gzip.compress(b'[{"htsno": "0101"}]', mtime=0), "records without description"),
    ],
)
def test_a_source_that_is_missing_or_in_another_layout_is_refused(name, content, said, tmp_path):
    for place, text in ((build_trade.DESCRIPTIONS, b"hs10,description\n0101210010,HORSES\n"), (name, content)):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_bytes(text)
    with pytest.raises(SourceError, match=said):
        build_trade.build(tmp_path, tmp_path / "out", SECTORS, SECTOR_OF_GTAP)


# ---- the tariff -----------------------------------------------------------------------------------------------


def test_the_tariff_has_each_line_once_in_order(tariff):
    assert list(tariff) == sorted(tariff)
    assert all(len(code) == 8 and "01" <= code[:2] <= "98" for code in tariff)
    assert all(0 < len(row["description"]) <= build_lines.WIDTH for row in tariff.values())
    suffixes = [row["suffixes"].split() for row in tariff.values()]
    assert all(own and own == sorted(set(own)) and all(len(one) == 2 for one in own) for own in suffixes)
    assert (len(tariff), sum(map(len, suffixes))) == (11_861, 20_628)
    assert [code for code, row in tariff.items() if not row["general"] and code < "98"] == ["29180000"]


def test_every_line_of_trade_is_in_the_tariff(tariff, codes):
    lines = {hs8 + suffix for hs8, row in tariff.items() for suffix in row["suffixes"].split()}
    assert [code for code in codes if code < "99" and code not in lines] == []


def test_a_line_has_its_text_and_rates(tariff):
    car = tariff["87032301"]
    assert (car["general"], car["other"], car["unit"]) == ("2.5%", "10%", "No.")
    assert "10" in car["suffixes"].split() and "exceeding 1,500 cc" in car["description"]
    assert tariff["01022940"]["general"] == "1¢/kg"


def test_rate_kinds_are_those_counted_for_2025(sources, tariff):
    """Yale Budget Lab, mfn_rates_2025.csv: free 5,825, ad valorem 5,917, specific 862, compound 454, other 15.

    It files a sentence without a plus under specific and one with a plus under compound; here both are other.
    """
    table = pl.read_csv(sources / "hts" / "mfn_rates_2025.csv", infer_schema=False)
    pairs = Counter((kind, parse(text).kind) for kind, text in table.select("rate_type", "rate_raw").iter_rows())
    assert pairs == {
        ("free", "free"): 5_825,
        ("ad_valorem", "ad valorem"): 5_917,
        ("specific", "specific"): 680,
        ("specific", "other"): 182,
        ("compound", "compound"): 401,
        ("compound", "other"): 53,
        ("other", "other"): 14,
        ("other", "ad valorem"): 1,
    }
    for hs8, rate, kind, text in table.iter_rows():
        if hs8 < "98":
            assert parse(tariff[hs8]["general"]) == parse(text), hs8
            if kind in ("free", "ad_valorem"):
                assert parse(text).ad_valorem == pytest.approx(float(rate), abs=1e-9)


def test_a_code_of_no_edition_takes_the_rates_its_siblings_agree_on():
    siblings = {
        hs8: build_lines.Line(hs8, "", rate, "", "10%", "kg", ("00",))
        for hs8, rate in (("01012110", "2%"), ("01012120", "2%"), ("01012210", "2%"), ("01012220", "3%"))
    }
    found = {code: build_lines._orphan(code, "ASSES", siblings) for code in ("01012130", "01012230", "01022200")}
    assert [(line.general, line.other, line.unit) for line in found.values()] == [
        ("2%", "10%", "kg"),
        ("", "10%", "kg"),
        ("", "", ""),
    ]


# ---- trade ----------------------------------------------------------------------------------------------------


def test_trade_is_in_order_and_complete(trade):
    lines, partner, value = trade["lines"], trade["partner"].astype(int), trade["value"]
    assert (len(lines), len(trade["partners"]), len(value)) == (18_650, 50, 206_612)
    assert (np.diff(lines.astype(np.int64)) > 0).all() and (value > 0).all()
    assert (np.diff(partner * len(lines) + trade["line"].astype(int)) > 0).all()
    assert (np.diff(np.bincount(partner, value)) <= 0).all()
    for (start, stop), code in zip(trade["usmca_rows"], ("CAN", "MEX"), strict=True):
        assert slice(start, stop) == rows(trade, code)


def test_totals_are_those_of_the_census(trade, codes):
    """US Census Bureau, imports for consumption 2024, US$ bn."""
    value, duty = trade["value"] / 1e9, trade["duty"] / 1e9
    assert (value.sum(), duty.sum()) == pytest.approx((3208.820, 75.632), abs=5e-4)
    said = {"JPN": 151.340, "EU27": 597.473, "MEX": 503.439, "CHN": 429.426, "CAN": 411.694, "VNM": 141.361,
            "KOR": 130.459, "TWN": 115.274}  # fmt: skip
    assert {code: value[rows(trade, code)].sum() for code in said} == pytest.approx(said, abs=6e-4)
    assert duty[rows(trade, "JPN")].sum() == pytest.approx(2.282, abs=5e-4)
    assert duty[rows(trade, "CHN")].sum() == pytest.approx(46.661, abs=5e-4)
    cars = np.array([code.startswith("8703") for code in codes])
    japan = rows(trade, "JPN")
    assert value[japan][cars[trade["line"][japan]]].sum() == pytest.approx(41.904, abs=5e-4)


def test_sectors_are_those_of_the_world(trade, codes):
    special = np.array([code >= "98" for code in codes])
    assert ((trade["sector"] == build_trade.NO_SECTOR) == special).all()
    assert trade["sector"][~special].max() < len(SECTORS)
    by_line = np.bincount(trade["line"], trade["value"]) / 1e9
    assert by_line[special].sum() == pytest.approx(124.6, abs=0.05)
    cars = {int(trade["sector"][n]) for n, code in enumerate(codes) if code.startswith("8703")}
    assert {SECTORS[sector] for sector in cars} == {"C29"}


def test_metal_shares_are_shares(trade):
    content = trade["content"]
    assert content.min() >= 0 and content.max() <= 1.0001


def test_metal_shares_sum_to_one_at_most(trade, codes):
    copper = np.array([code.startswith("74") for code in codes])
    assert trade["content"].sum(1).max() <= 1.0002
    assert trade["content"][copper, 2].min() >= np.float32(build_trade.ARTICLES_OF_COPPER)


def test_metal_shares_keep_the_metal_share_of_the_source(sources):
    imports = build_trade.read_imports(sources)
    at = {code: n for n, code in enumerate(imports.codes)}
    content = build_trade.metal_content(imports, sources)
    table = pl.read_csv(sources / build_trade.METALS, schema_overrides={"hs10": pl.String})
    assert table["steel_share"].max() > 1
    for row in table.filter(pl.col("hs10").is_in(list(at))).sample(500, seed=0).iter_rows(named=True):
        found = content[at[row["hs10"]]]
        if row["hs10"].startswith("74"):
            continue  # articles of copper: the source counts the cost of making them
        assert sum(found) <= row["metal_share"] + 1e-9
        if row["metal_share"] < 1:
            metals = [row["steel_share"], row["aluminum_share"], row["copper_share"]]
            np.testing.assert_allclose(found, metals, atol=2e-5)


# ---- normal duties --------------------------------------------------------------------------------------------


def test_normal_duties_stay_below_the_statutory_rate(trade, tariff, codes):
    other_column = np.isin(trade["partners"][trade["partner"]], build_trade.COLUMN_2)
    for column, of_rows in (("general", ~other_column), ("other", other_column)):
        rates = [parse(tariff[code[:8]][column]) if code < "99" else None for code in codes]
        stated = [r.ad_valorem if r and r.kind in ("free", "ad valorem") else np.inf for r in rates]
        assert (trade["normal"] <= np.array(stated)[trade["line"]] + 1e-6)[of_rows].all()
    assert trade["normal"].min() >= 0


def test_normal_duties_come_to_what_partners_without_additional_duties_paid(trade):
    paid = {code: trade["duty"][at].sum() / trade["value"][at].sum() for code in ("JPN", "CAN", "MEX", "EU27")
            for at in [rows(trade, code)]}  # fmt: skip
    for code, rate in paid.items():
        assert weighted(trade, "normal", rows(trade, code)) == pytest.approx(rate, abs=4e-4), code
    assert weighted(trade, "normal", rows(trade, "JPN")) == pytest.approx(0.015, abs=2e-4)
    assert weighted(trade, "normal", rows(trade, "CHN")) == pytest.approx(0.0254, abs=5e-4)
    assert weighted(trade, "normal") == pytest.approx(0.0120, abs=5e-5)


def test_equivalents_are_given_where_a_rate_is_no_percentage(trade, tariff, codes):
    kinds = [parse(tariff[code[:8]]["general"]).kind if code < "99" else "other" for code in codes]
    plain = np.isin(kinds, ["free", "ad valorem"])
    assert np.isnan(trade["ave"][plain]).all()
    assert np.isnan(trade["ave"][~plain]).mean() < 0.05
    crude = [n for n, code in enumerate(codes) if code.startswith("2709")]
    assert trade["ave"][crude].max() < 0.003, "crude oil pays cents a barrel"


def test_a_row_under_an_additional_duty_has_the_statutory_rate_less_the_preference_claimed():
    line = {
        "01010000": build_lines.Line("01010000", "", "10%", "Free (KR)", "40%", "", ("00",)),
        "02010000": build_lines.Line("02010000", "", "4¢/kg", "Free (KR)", "6¢/kg", "", ("00", "10")),
    }
    imports = build_trade.Imports(
        ("0101000000", "0201000000", "0201000010"),
        ("CHN", "KOR", "JPN", "RUS"),
        np.array([0, 1, 2, 0, 1, 0, 1, 0]),
        np.array([0, 0, 0, 1, 1, 2, 2, 3]),
        np.full(8, 100),
        np.array([35, 30, 30, 20, 0, 9, 3, 50]),
    )
    additional = np.array([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0])
    normal, ave = build_trade.normal_duties(imports, line, additional, np.full(8, 0.6))
    np.testing.assert_allclose(normal, [0.10, 0.03, 0.03, 0.04, 0, 0.09, 0.03, 0.40])
    np.testing.assert_allclose(ave, [np.nan, 0.03, 0.03])


# ---- claims of USMCA ------------------------------------------------------------------------------------------


def test_usmca_shares_are_those_of_the_month(sources, trade, codes):
    """USITC DataWeb, weighted by the value of the month; US$ of lines that were traded in 2024."""
    monthly = pl.read_parquet(sources / build_trade.USMCA_MONTHS)
    months, first = list(trade["usmca_months"]), 0
    assert months == ["2024", *(f"2025-{n:02d}" for n in range(1, 13)), "2026-01", "2026-02"]
    said = {"CAN": {"2025-01": 0.345, "2025-06": 0.573, "2025-12": 0.888},
            "MEX": {"2025-01": 0.453, "2025-06": 0.475, "2025-12": 0.887}}  # fmt: skip
    for (start, stop), partner in zip(trade["usmca_rows"], said, strict=True):
        own = [codes[line] for line in trade["line"][start:stop]]
        for month, share in said[partner].items():
            counted = monthly.filter(pl.col("month") == month, pl.col("cty_code") == build_trade.CENSUS_USMCA[partner])
            weights = dict(counted.select("hs10", "total_value").iter_rows())
            shares = trade["usmca"][months.index(month), first : first + stop - start] / 100
            found = np.average(shares, weights=[weights.get(code, 0) for code in own])
            assert found == pytest.approx(share, abs=0.03), (partner, month)
        first += stop - start
    assert first == trade["usmca"].shape[1] and trade["usmca"].max() <= 100


def test_usmca_claims_rose_in_2025(trade):
    """On the weights of 2024: 38 % and 50 % that year (Yale Budget Lab), near 90 % of Canada's at the end of 2025."""
    first = 0
    for (start, stop), said in zip(trade["usmca_rows"], ((0.38, 0.895), (0.50, 0.863)), strict=True):
        by_month = trade["usmca"][:, first : first + stop - start] / 100
        shares = [np.average(month, weights=trade["value"][start:stop]) for month in by_month]
        assert (shares[0], shares[12]) == pytest.approx(said, abs=0.005)
        first += stop - start


# ---- countries ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def countries() -> list[dict[str, str]]:
    return list(csv.DictReader((LAW / "countries.csv").read_text(encoding="utf-8").splitlines()))


def test_no_spelling_names_two_countries(countries):
    spellings = Counter(
        spelling
        for row in countries
        for spelling in {one.casefold() for one in (row["iso3"], row["iso2"], row["name"], *row["aliases"].split(";"))}
        if spelling
    )
    assert [spelling for spelling, count in spellings.items() if count > 1] == []
    assert all(len(row["iso2"]) == 2 and len(row["iso3"]) == 3 for row in countries[:-1])
    assert countries[-1]["iso3"] == "EU27" and len(countries) == 239


def test_groups_have_their_members(countries):
    members = {
        group: {r["iso3"] for r in countries if group in r["groups"].split(";")} for group in ("EU27", "column-2")
    }
    union = (
        "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"
    )
    assert members == {"EU27": set(union.split()), "column-2": {"CUB", "PRK", "RUS", "BLR"}}


def test_every_economy_of_the_world_is_a_country(countries):
    named = {row["iso3"] for row in countries if row["iso2"] and row["name"]}
    assert set(World.load("icio2022").economies) - named == {"ROW"}


def test_countries_are_those_of_the_census(countries, sources, trade):
    folder = sources / "concordance"
    listed = pl.read_csv(folder / "census_codes.csv", infer_schema=False)
    own = [code for row in countries for code in row["census"].split(";")]
    kosovo = "4803"  # has no code in ISO 3166
    assert sorted(own) == sorted({*listed["Code"], "0003"} - {kosovo})
    mapped = pl.read_csv(folder / "census_iso3_names.csv", infer_schema=False).drop_nulls("CTY_CODE")
    iso3 = {code: row["iso3"] for row in countries for code in row["census"].split(";")}
    assert all(iso3[code] == said for code, said in mapped.select("CTY_CODE", "ISO3").iter_rows())
    assert set(trade["partners"]) <= set(iso3.values())
