"""Tariff repairs on four economies, small enough to see through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tradetalks.errors import WorldError
from tradetalks.world.sources.census import Collected
from tradetalks.world.sources.compiled_icio import FlowsAndTariffs
from tradetalks.world.sources.concordance import SECTORS
from tradetalks.world.tariffs import STEPS, Evidence, collected_rates, mean_rate, mfn, repair

ECONOMIES = ("AUT", "BGR", "CAN", "CHN", "JPN", "LAO", "MAR", "USA", "ROW")
FOOD, CARS = SECTORS.index("C10T12"), SECTORS.index("C29")


@pytest.fixture
def accounts() -> FlowsAndTariffs:
    """Everyone levies 4 %, on food 90 %, on services 1 %; Morocco enters the United States at half; ROW is empty."""
    n = len(ECONOMIES)
    tariffs = np.full((23, n, n), 0.04)
    tariffs[FOOD] = 0.9
    tariffs[-1] = 0.01
    usa, morocco = ECONOMIES.index("USA"), ECONOMIES.index("MAR")
    tariffs[:, usa, morocco] /= 2
    tariffs[:, -1], tariffs[:, :, -1] = 0, 0
    tariffs[:, np.arange(n), np.arange(n)] = 0
    return FlowsAndTariffs(ECONOMIES, SECTORS, np.ones((23, n, n)), tariffs, 2022)


@pytest.fixture
def evidence() -> Evidence:
    """The United States collects 3 % from the Union, 2 % from Japan, 12 % from China, 1 % from Honduras and Canada."""
    partners = ("CAN", "CHN", "EU27", "HND", "JPN")
    value = np.full((5, 23), 100.0)
    value[:, -1] = 0
    duty = value * np.array([0.01, 0.12, 0.03, 0.01, 0.02])[:, None]
    return Evidence(Collected(partners, SECTORS, value, duty), np.full(22, 0.1))


def at(*codes: str) -> list[int]:
    return [ECONOMIES.index(code) for code in codes]


def test_every_step_does_what_it_says(accounts, evidence):
    tariffs, records = repair(accounts, evidence)
    usa, china, rest = at("USA", "CHN", "ROW")
    assert [record.name for record in records] == list(STEPS)
    assert tariffs[-1].max() == 0
    np.testing.assert_allclose(
        tariffs[CARS, usa, at("AUT", "BGR", "CHN", "JPN", "CAN", "ROW")], [0.03, 0.03, 0.12, 0.02, 0, 0.01]
    )
    assert tariffs[FOOD, at("JPN")[0], at("AUT")[0]] == 0.3
    assert tariffs[CARS, china, usa] == pytest.approx(0.14)
    assert tariffs[CARS, at("JPN")[0], rest] == pytest.approx(0.04)
    assert tariffs[CARS, rest, usa] == pytest.approx(0.04)
    assert (np.einsum("jnn->jn", tariffs) == 0).all()


def test_partners_the_file_lacks_take_the_usual_rate_less_their_preference(accounts, evidence):
    rates = collected_rates(accounts, evidence.collected)
    usual = (0.03 + 0.02 + 0.01) / 3  # the Union counted once, Japan, Canada; neither China nor the rest
    np.testing.assert_allclose(rates[CARS, at("LAO", "MAR")], [usual, usual / 2])


def test_steps_can_be_left_out_and_unknown_ones_are_refused(accounts, evidence):
    tariffs, records = repair(accounts, evidence, skip=tuple(STEPS))
    assert records == []
    np.testing.assert_array_equal(tariffs, accounts.tariffs)
    with pytest.raises(WorldError, match="no tariff repair food; known: services_free"):
        repair(accounts, evidence, skip=("food",))


def test_records_tell_the_rate_before_and_after(accounts, evidence):
    records = {record.name: record for record in repair(accounts, evidence)[1]}
    services = records["services_free"]
    assert (services.importer, services.after) == ("world D_T", 0)
    assert services.before == pytest.approx(mean_rate(accounts, "world", "D_T"))
    assert records["rest_as_importer"].before == 0 < records["rest_as_importer"].after


def test_the_mfn_rate_is_the_highest_that_many_share(accounts):
    tariffs = accounts.tariffs.copy()
    japan = at("JPN")[0]
    tariffs[CARS, japan, at("LAO")] = 0.5  # one partner singled out
    tariffs[CARS, japan, at("MAR")] = 0.0
    assert mfn(replace(accounts, tariffs=tariffs))[CARS, japan] == pytest.approx(0.04)


def test_a_mean_rate_leaves_own_trade_out(accounts):
    assert mean_rate(accounts, "JPN", "C29", "LAO") == pytest.approx(0.04)
    assert mean_rate(accounts, "JPN", "C29") == pytest.approx(0.04 * 7 / 8)
    assert mean_rate(replace(accounts, flows=accounts.flows * 0)) == 0
