"""Publishers' files: the figures their loaders must reproduce, and what they refuse."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tradetalks.errors import SourceError
from tradetalks.world.sources import (
    census,
    compiled_icio,
    concordance,
    elasticities,
    files,
    regions2017,
    wiod,
    worldbank,
)


@pytest.mark.parametrize(
    ("year", "world", "usa", "flows", "balance"),
    [
        (2022, 199.69, 45.30, {"JPN": 109.69, "CHN": 453.41, "MEX": 334.25, "CAN": 317.50}, -962.0),
        (2019, 168.48, 37.13, {"JPN": 107.56, "CHN": 352.99, "MEX": 267.54, "CAN": 239.58}, -586.6),
    ],
)
def test_compiled_icio(sources, year, world, usa, flows, balance):
    table = compiled_icio.load(sources / "icio" / f"ICIO{year}.mat")
    assert (table.year, len(table.economies), len(table.sectors)) == (year, 81, 28)
    at = {code: n for n, code in enumerate(table.economies)}
    us = at["USA"]
    assert table.flows.sum() / 1e6 == pytest.approx(world, abs=0.005)
    assert table.flows[:, :, us].sum() / 1e6 == pytest.approx(usa, abs=0.005)
    for code, value in flows.items():
        assert table.flows[:27, us, at[code]].sum() / 1e3 == pytest.approx(value, abs=0.005)
    assert (table.flows[:, :, us].sum() - table.flows[:, us].sum()) / 1e3 == pytest.approx(balance, abs=0.05)
    merged = compiled_icio.merged(table)
    assert merged.sectors == concordance.SECTORS
    assert merged.flows.sum() == pytest.approx(table.flows.sum(), rel=1e-12)


def test_weighted_tariffs_of_2022(sources):
    table = compiled_icio.load(sources / "icio" / "ICIO2022.mat")
    said = {"USA": 1.67, "CHN": 3.73, "JPN": 0.58, "DEU": 0.74, "IND": 5.40, "BRA": 10.81, "CAN": 0.65, "MEX": 2.22}
    j = np.array([k for k, code in enumerate(table.sectors[:27]) if code != "C10T12"])
    for code, percent in said.items():
        n = table.economies.index(code)
        flows = table.flows[j, n].copy()
        flows[:, n] = 0
        assert 100 * (flows * table.tariffs[j, n]).sum() / flows.sum() == pytest.approx(percent, abs=0.005)


def test_seven_regions(sources):
    regions = regions2017.load(sources / "icio2017-7x44")
    assert regions.regions == ("BRA", "CHN", "EU", "IND", "JPN", "ROW", "USA")
    assert regions.flows.sum() / 1e6 == pytest.approx(154.17, abs=0.005)
    assert regions.flows[:22, 6, 4].sum() / 1e3 == pytest.approx(108.95, abs=0.005)
    assert regions.flows[:22, 6, 1].sum() / 1e3 == pytest.approx(398.87, abs=0.005)
    made = (regions.value_added_shares * regions.output).sum(1) / 1e6
    assert made == pytest.approx([1.75, 11.33, 15.53, 2.37, 4.59, 20.56, 18.81], abs=0.006)
    np.testing.assert_allclose(regions.io_shares.sum(1) + regions.value_added_shares, 1, atol=1e-6)
    to = np.eye(23)[np.minimum(np.arange(44), 22)]
    merged = 1 - (made * 1e6) @ np.ones(7) / regions.output.sum()
    used = np.einsum("nkj,nj->", regions.coefficients, regions.output @ to) / regions.output.sum()
    assert used == pytest.approx(merged, rel=1e-6), "merging services keeps all intermediate use"
    assert regions2017.additions(sources / "icio2017-7x44" / "tariff_China.csv", "China_tariff_wave5")[
        0
    ] == pytest.approx(0.120, abs=0.0005)


def test_wiod(sources):
    table = wiod.load(sources / "wiod" / "wiot_2011.RData")
    assert (len(table.countries), len(table.industries), table.year) == (41, 35, 2011)
    assert "ROU" in table.countries and "ROW" in table.countries
    assert table.output.sum() / 1e6 == pytest.approx(141.77, abs=0.005)
    made = dict(zip(table.countries, table.value_added.sum(1) / 1e6, strict=True))
    assert sum(made.values()) == pytest.approx(69.33, abs=0.005)
    assert [made[code] for code in ("USA", "CHN", "JPN")] == pytest.approx([15.16, 7.39, 5.90], abs=0.005)
    assert table.value_added.min() >= 0
    us, jp, cn = (table.countries.index(code) for code in ("USA", "JPN", "CHN"))
    for origin, said in ((jp, 100.4), (cn, 360.5)):
        sold = table.inter[origin, :16, us].sum() + table.final[origin, :16, us].sum()
        assert sold / 1e3 == pytest.approx(said, abs=0.05)
    gap = table.inter.sum((2, 3)) + table.final.sum((2, 3)) - table.output
    assert np.abs(gap).max() <= 108


def test_census(sources):
    frame = census.load(sources / "census" / "us-imports-2024-hs10.parquet")
    value, duty = frame["customs_value_usd"].sum() / 1e9, frame["calculated_duty_usd"].sum() / 1e9
    assert (frame.height, value, duty) == (207_148, pytest.approx(3208.820, abs=5e-4), pytest.approx(75.632, abs=5e-4))
    by = frame.group_by("partner_code").agg(pl.col("customs_value_usd", "calculated_duty_usd").sum() / 1e9)
    china, japan = (by.filter(pl.col("partner_code") == code).row(0) for code in ("5700", "5880"))
    assert china[2] / china[1] == pytest.approx(0.1087, abs=5e-5)
    assert japan[2] / japan[1] == pytest.approx(0.01508, abs=5e-6)
    collected = census.by_sector(frame, sources / "concordance")
    special = frame.filter(pl.col("hs10").str.slice(0, 2).is_in(["98", "99"]))["customs_value_usd"].sum() / 1e9
    assert special == pytest.approx(124.6, abs=0.05)
    assert collected.value.sum() / 1e3 == pytest.approx(value - special, abs=0.5)
    cars = collected.sectors.index("C29")
    at = collected.partners.index("JPN")
    assert collected.duty[at, cars] / collected.value[at, cars] == pytest.approx(0.025, abs=0.0005)


def test_world_bank(sources):
    gdp = worldbank.load(sources / "macro" / "gdp_current_usd.csv", 2023)
    assert (gdp["WLD"] / 1e6, gdp["USA"] / 1e6, gdp["JPN"] / 1e6) == pytest.approx((105.435, 27.361, 4.213), abs=5e-4)
    assert "TWN" not in gdp
    with pytest.raises(SourceError, match="no row of 1900"):
        worldbank.load(sources / "macro" / "gdp_current_usd.csv", 1900)


def test_elasticities(sources):
    sets = elasticities.load(sources / "elasticities" / "elasticities_icio28.csv")
    assert next(iter(sets)) == "median"
    at = concordance.SECTORS.index
    assert sets["FGO"].values[at("C29")] == pytest.approx(8.955)
    assert sets["BSY"].values[at("A01_02")] == pytest.approx(6.1273, abs=5e-5)
    assert sets["CP"].values[at("C19")] == 15.0


def test_concordance_knows_every_code_once():
    assert len(concordance.SECTORS) == 23
    assert set(concordance.WIOD_OF_SECTOR) == set(concordance.SECTORS)
    assert len(concordance.SECTOR_OF_GTAP) == sum(len(listed.split()) for listed in concordance.GTAP.values())
    assert len(concordance.EU27) == 27
    with pytest.raises(SourceError, match='no sector for the industry "X99"'):
        concordance.sector_of_industry("X99")


@pytest.mark.parametrize(
    ("load", "name", "text", "said"),
    [
        (compiled_icio.load, "a.mat", "no", "expected the compiled ICIO"),
        (wiod.load, "a.RData", "no", "not an R data file"),
        (census.load, "a.parquet", "no", "not a Parquet file"),
        (elasticities.load, "a.csv", "sector,set\nA01,FGO\n", "no column epsilon"),
        (elasticities.load, "a.csv", "sector,set,epsilon\nA01,FGO,4\n", "set FGO does not cover"),
        (elasticities.load, "a.csv", "sector,set,epsilon\nA01,FGO,four\n", "row 2: epsilon is 'four'"),
        (lambda path: worldbank.load(path, 2022), "a.csv", "Country,Year\nJPN,2022\n", "no column Country Code, Value"),
        (lambda path: regions2017.additions(path, "x"), "a.csv", "indcode,x\n1,0.1\n", "expected 1 to 22"),
    ],
)
def test_a_file_in_another_layout_is_refused(load, name, text, said, tmp_path):
    path = tmp_path / name
    with pytest.raises(SourceError, match="no such file"):
        load(path)
    path.write_text(text)
    with pytest.raises(SourceError, match=said):
        load(path)


def test_a_block_with_a_missing_cell_is_refused(tmp_path):
    (tmp_path / "vashare.csv").write_text("iso_o,indcode,vashare\nBRA,1,0.5\nBRA,2,0.5\nUSA,1,0.5\n")
    with pytest.raises(SourceError, match="3 rows for 4 cells"):
        regions2017.load(tmp_path)


def test_a_census_partner_without_code_is_refused(tmp_path):
    (tmp_path / "hs10_gtap_crosswalk.csv").write_text("hs10,gtap_code\n0101210010,OAP\n")
    (tmp_path / "census_iso3_names.csv").write_text("CTY_CODE,ISO3\n5880,JPN\n")
    frame = pl.DataFrame(
        {"partner_code": ["9999"], "hs10": ["0101210010"], "customs_value_usd": [1], "calculated_duty_usd": [0]}
    )
    with pytest.raises(SourceError, match="Census partners 9999"):
        census.by_sector(frame, tmp_path)


def test_checksums_are_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert files.checksum(tmp_path / "a").startswith("e3b0c44298fc1c14")
