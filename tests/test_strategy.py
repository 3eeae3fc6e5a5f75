"""Commands of strategy: what they print, what they refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tradetalks.cli import main


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    found = json.loads(ran(capsys, *arguments, "--json"))
    assert isinstance(found, dict)
    return found


def test_optimum_tells_the_rates_the_gains_and_the_proof(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "optimum", "two_by_two", "USA")
    assert found["status"] == "converged" and found["economy"] == "USA" and found["by"] == "sector and partner"
    assert found["certificate"]["residual"] <= 1e-6 and found["certificate"]["curvature"] < 0
    assert found["value_usd_bn"] == pytest.approx(found["economies"]["USA"]["welfare_usd_bn"]) and (
        found["value_usd_bn"] > 0 > found["economies"]["JPN"]["welfare_usd_bn"]
    )
    assert {rate["importer"] for rate in found["rates"]} == {"USA"}
    assert all(0 <= rate["rate"] <= 10 for rate in found["rates"])
    assert sum(peak["searches"] for peak in found["optima"]) == found["starts"] == 3
    text = ran(capsys, "optimum", "two_by_two", "USA")
    assert "United States's optimal tariffs" in text and "first-order residual" in text


def test_a_weight_on_a_sector_raises_its_rate(capsys: pytest.CaptureFixture[str]) -> None:
    plain = told(capsys, "optimum", "two_by_two", "USA", "--by", "sector")
    sector = plain["rates"][0]["sector"]
    weighed = told(capsys, "optimum", "two_by_two", "USA", "--by", "sector", "--weight", f"{sector}=1.2")
    assert weighed["weights"] == {sector: 1.2}
    assert weighed["rates"][0]["rate"] > plain["rates"][0]["rate"]


def test_nash_tells_each_players_proof(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "nash", "two_by_two", "--by", "uniform")
    assert set(found["players"]) == {"USA", "JPN"} and found["verified"] is True
    for player in found["players"].values():
        assert player["certificate"]["residual"] <= 1e-6 and abs(player["regret_usd_bn"]) < 1e-6
    quick = told(capsys, "nash", "two_by_two", "--by", "uniform", "--no-verify")
    assert quick["verified"] is False and quick["players"]["USA"]["regret_usd_bn"] is None
    assert quick["rates"] == found["rates"]
    assert "a tariff war of 2" in ran(capsys, "nash", "two_by_two", "--by", "uniform")


def test_cooperate_tells_gains_and_weights(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "cooperate", "two_by_two", "--relative-to", "nash", "--lowest", "-0.9", "--by", "uniform")
    gains = [member["relative_gain"] for member in found["members"].values()]
    assert gains[0] == pytest.approx(gains[1], abs=1e-7) and gains[0] > 0
    assert sum(member["multiplier"] for member in found["members"].values()) == pytest.approx(1)
    text = ran(capsys, "cooperate", "two_by_two", "--relative-to", "nash", "--lowest", "-0.9", "--by", "uniform")
    assert "an agreement of 2" in text and "counted from the tariff war" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["optimum", "two_by_two", "Atlantis"], 'no economy "Atlantis"'),
        (["optimum", "two_by_two", "USA", "--lowest", "0.5", "--highest", "0.2"], "bounds cross"),
        (["optimum", "two_by_two", "USA", "--weight", "C29"], "write SECTOR=WEIGHT"),
        (["nash", "two_by_two", "--player", "USA"], "at least two are needed"),
        (["cooperate", "two_by_two", "--member", "USA"], "at least two are needed"),
    ],
)
def test_what_cannot_be_is_one_clear_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(arguments) == 1
    streams = capsys.readouterr()
    assert not streams.out and said in streams.err
