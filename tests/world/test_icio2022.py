"""The world that ships: its totals, identities, tariffs and shares; and that its sources give it again."""

from __future__ import annotations

import numpy as np
import pytest

from tradetalks.errors import SourceError, WorldError
from tradetalks.world import World, check, identities
from tradetalks.world.build import FILES, BuiltWorld, build_icio2022
from tradetalks.world.inputs import LEAST_FINAL


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


def goods(world: World, importer: str, exporter: str) -> float:
    return float(world.flows[:-1, world.economy(importer), world.economy(exporter)].sum() / 1e3)


def test_it_has_81_economies_and_23_sectors(world):
    assert (len(world.economies), len(world.sectors), world.year) == (81, 23, 2022)
    assert world.economies[0] == "AGO" and world.economies[-1] == "ROW"
    assert world.sectors[0] == "A01_02" and world.sectors[-1] == "D_T"


def test_every_identity_holds(world):
    assert check(world) == ()
    assert max(identity.gap for identity in identities(world)) < 1e-12


def test_totals_are_those_of_the_tables(world):
    assert world.output.sum() / 1e6 == pytest.approx(199.69, abs=0.005)
    assert world.output[:, world.economy("USA")].sum() / 1e6 == pytest.approx(45.30, abs=0.005)
    assert goods(world, "USA", "JPN") == pytest.approx(109.69, abs=0.005)
    assert goods(world, "USA", "CHN") == pytest.approx(453.41, abs=0.005)
    assert goods(world, "USA", "MEX") == pytest.approx(334.25, abs=0.005)
    assert goods(world, "USA", "CAN") == pytest.approx(317.50, abs=0.005)
    assert goods(world, "JPN", "USA") == pytest.approx(62.71, abs=0.005)
    assert world.deficits[world.economy("USA")] / 1e3 == pytest.approx(962.0, abs=0.05)


def test_value_added_is_near_gdp_at_basic_prices(world):
    gdp = {"USA": 25.74, "CHN": 17.88, "JPN": 4.26, "DEU": 4.08, "IND": 3.35, "GBR": 3.09, "MEX": 1.46, "KOR": 1.67}
    made = world.labelled(world.value_added / 1e6)  # World Bank, 2022, US$ tn
    assert {code: made[code] / said for code, said in gdp.items()} == pytest.approx(dict.fromkeys(gdp, 0.95), abs=0.055)


def test_final_demand_keeps_its_floor(world):
    assert (world.final_demand >= (LEAST_FINAL - 1e-5) * world.expenditure).all()


def test_nothing_is_negative_and_shares_are_shares(world):
    assert world.flows.min() == 0
    assert world.io_shares.min() >= 0
    assert world.value_added_shares.min() > 0
    assert world.io_shares.sum(1) + world.value_added_shares == pytest.approx(1, abs=1e-15)


def test_cars_use_cars(world):
    cars = world.sectors.index("C29")
    for code in ("JPN", "USA", "DEU", "MEX", "KOR"):
        n = world.economy(code)
        assert 0.15 < world.io_shares[n, cars, cars] < 0.5
        assert 0.15 < world.value_added_shares[n, cars] < 0.35


def rate(world: World, importer: str, exporter: str, sector: str = "goods") -> float:
    j = world.sector_indices(sector)
    n, i = world.economy(importer), world.economy(exporter)
    flows = world.flows[j, n, i]
    return float((world.tariffs[j, n, i] * flows).sum() / flows.sum())


def test_tariffs_are_repaired(world):
    assert world.tariffs[-1].max() == 0
    assert world.tariffs.min() == 0
    assert rate(world, "USA", "CHN") == pytest.approx(0.12, abs=0.02), "section 301 of 2018-20 is within"
    assert rate(world, "USA", "JPN") == pytest.approx(0.018, abs=0.003)
    assert rate(world, "USA", "JPN", "C29") == pytest.approx(0.025, abs=0.0005)
    assert rate(world, "USA", "JPN", "C10T12") == pytest.approx(0.027, abs=0.002), "91 % before"
    assert rate(world, "USA", "CAN") == 0
    assert rate(world, "USA", "DEU") == pytest.approx(rate(world, "USA", "FRA"), abs=0.02)
    assert rate(world, "CHN", "USA") > 0.1
    assert rate(world, "ROW", "USA") > 0.02
    assert rate(world, "JPN", "ROW") > 0


def test_only_retaliation_passes_the_peak(world):
    high = np.argwhere(world.tariffs > 0.3 + 1e-6)
    assert {(world.sectors[j], world.economies[n], world.economies[i]) for j, n, i in high} == {
        ("C10T12", "CHN", "USA")
    }


def test_elasticities_come_in_published_sets_within_bounds_and_their_median(world):
    assert set(world.elasticity_sets) == {"median", "FGO", "BSY", "CP", "GYY", "LL", "Shap", "IS", "U4"}
    for values, source in world.elasticity_sets.values():
        assert ((values >= 1.5) & (values <= 15)).all()
        assert values[-1] == 4
        assert source
    assert "64.85" in world.elasticity_sets["CP"].source
    published = [world.elasticity_sets[name].values for name in ("FGO", "BSY", "CP", "GYY", "LL", "Shap")]
    np.testing.assert_array_equal(world.elasticities, np.median(published, axis=0))


def test_its_notes_name_every_source_and_repair(world):
    assert {f"source.{name}" for name in FILES} <= set(world.notes)
    assert "tariffs.us_collected" in world.notes
    assert "estimate" in world.notes["inputs"]


@pytest.fixture(scope="module")
def built(sources) -> BuiltWorld:
    return build_icio2022(sources)


def test_every_check_of_the_build_passes(built):
    assert [check.name for check in built.checks if not check.ok] == []


def test_its_sources_give_it_again(world, built):
    assert dict(built.world.notes) == dict(world.notes)
    np.testing.assert_array_equal(built.world.flows, world.flows)
    np.testing.assert_allclose(built.world.tariffs, world.tariffs, rtol=1e-6)
    np.testing.assert_allclose(built.world.io_shares, world.io_shares, rtol=1e-6)  # processors round differently


def test_the_same_sources_give_the_same_world_to_the_bit(built, sources):
    stages: list[str] = []
    assert build_icio2022(sources, stages.append).world.fingerprint == built.world.fingerprint
    assert stages[0] == "flows and tariffs" and stages[-1] == "checks"


def test_a_repair_can_be_left_out(world, sources):
    built = build_icio2022(sources, skip=("us_collected", "china_retaliation"))
    assert "tariffs.us_collected" not in built.world.notes
    assert rate(built.world, "USA", "CHN") < 0.06
    with pytest.raises(WorldError, match="no tariff repair us_colected; known: services_free"):
        build_icio2022(sources, skip=("us_colected",))


def test_missing_sources_are_named(tmp_path):
    with pytest.raises(SourceError, match="no such folder"):
        build_icio2022(tmp_path / "none")
    with pytest.raises(SourceError, match=r"icio/ICIO2022.mat: no such file"):
        build_icio2022(tmp_path)
