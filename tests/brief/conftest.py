"""Contents of a brief with plausible numbers; nothing here is a result."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from tradetalks.brief.contract import Contents
from tradetalks.brief.write import render
from tradetalks.talks.frontier import frontier
from tradetalks.talks.points import egalitarian_point, kalai_smorodinsky_point, nash_point, utilitarian_point


def estimate(point: float, spread: float = 0.35) -> dict[str, float]:
    low, high = sorted((point * (1 - spread), point * (1 + 1.7 * spread)))
    return {"point": point, "low": low, "high": high}


def worth(japan: float, america: float) -> dict[str, Any]:
    return {
        "JPN": {"usd_bn": estimate(japan), "percent": estimate(japan / 40.2)},
        "USA": {"usd_bn": estimate(america), "percent": estimate(america / 292.0)},
    }


def gains(japan: float, america: float) -> dict[str, Any]:
    return {"JPN": estimate(japan), "USA": estimate(america)}


def measure(
    what: str,
    rate: float,
    law: tuple[str, str],
    since: str,
    until: str | None,
    whom: str,
    pp: float,
    citation: str,
    now: bool = True,
) -> dict[str, Any]:
    return {
        "what": what, "rate": rate, "authority": law[0], "statute": law[1], "from": since, "to": until,
        "on_whom": whom, "added_pp": pp, "citation": citation, "in_force": now,
        "source_index": 0 if "14" in citation else 1,
    }  # fmt: skip


EXPOSURE = [
    ("C29", "Motor vehicles and parts", 50.3, 0.332, 0.118, 0.025, 0.268, 12.1),
    ("C28", "Machinery", 30.6, 0.202, 0.094, 0.012, 0.108, 2.9),
    ("C26", "Computers and electronics", 16.9, 0.112, 0.071, 0.003, 0.071, 1.1),
    ("C27", "Electrical equipment", 12.8, 0.085, 0.083, 0.017, 0.112, 1.2),
    ("C20T21", "Chemicals and medicines", 12.1, 0.080, 0.048, 0.018, 0.064, 0.55),
    ("C24", "Basic metals", 5.2, 0.034, 0.015, 0.006, 0.218, 1.1),
    ("C30", "Other transport equipment", 4.9, 0.032, 0.088, 0.004, 0.104, 0.48),
    ("C22", "Rubber and plastics", 4.6, 0.030, 0.033, 0.029, 0.129, 0.46),
]
SURPLUS = [
    ("CHN", "China", 295.4), ("MEX", "Mexico", 171.8), ("VNM", "Viet Nam", 123.5), ("IRL", "Ireland", 86.7),
    ("DEU", "Germany", 84.8), ("TWN", "Chinese Taipei", 73.9), ("JPN", "Japan", 68.5), ("KOR", "Korea", 66.0),
    ("CAN", "Canada", 63.3), ("THA", "Thailand", 45.6),
]  # fmt: skip
NASH = {
    "US duty on cars": "15 % in all", "US duty on other goods": "10 % added", "US duty on metals": "25 %",
    "Japan's farm duties on US goods": "halved", "Japan's other duties on US goods": "zero",
    "Cost of military support": "+US$ 1 bn a year", "Car standards": "US tests accepted",
}  # fmt: skip


def solution(name: str, label: str, at: tuple[float, float], **options: str) -> dict[str, Any]:
    japan, america = at
    return {
        "name": name, "label": label, "options": NASH | {k.replace("_", " "): v for k, v in options.items()},
        "payoffs": gains(japan, america),
        "against": {
            "today": gains(japan, america),
            "pause-ends": gains(japan + 4.7, america + 1.3),
            "ieepa-void": gains(japan - 4.2, america + 6.7),
        },
    }  # fmt: skip


def home(deal: str, party: str, down: list[Any], up: list[Any]) -> dict[str, Any]:
    def rows(changes: list[Any]) -> list[dict[str, Any]]:
        keys = ("sector", "name", "output_pct", "value_added_usd_bn")
        found = [dict(zip(keys, change, strict=True)) for change in changes]
        return [row | {"value_added_usd_bn": estimate(row["value_added_usd_bn"])} for row in found]

    return {"deal": deal, "party": party, "sectors": rows(down), "winners": rows(up)}


@pytest.fixture
def contents() -> Contents:
    return plausible()


@pytest.fixture(scope="session")
def rendered() -> dict[str, bytes]:
    return render(plausible())


def plausible() -> Contents:
    random = np.random.default_rng(7)
    give = random.beta(1.6, 1.6, 1500)
    cloud = np.c_[-16 + 13.5 * give, 12.4 - 7.6 * give] + random.normal(0, [1.1, 0.8], (1500, 2)) + [10.4, -9.8]
    found = frontier(cloud)
    found = found[np.argsort(cloud[found, 0])]
    floor = np.array([-4.7, -1.3])
    rules = (nash_point, kalai_smorodinsky_point, egalitarian_point, utilitarian_point)
    nash, _, equal, total = ((float(x), float(y)) for x, y in (cloud[rule(cloud, floor)] for rule in rules))
    kalai = nash
    built: dict[str, Any] = {
        "program": {"name": "tradetalks", "version": "0.1.0"},
        "case": {
            "name": "japan-us-2025-04", "title": "Japan and the United States, first round of talks",
            "hash": "9f31c2a7b05e", "as_of": "2025-04-16",
            "horizon": {"date": "2025-07-09", "what": "the 90-day pause ends"},
        },
        "world": {
            "name": "icio2022", "year": 2022, "fingerprint": "51d0e8f3aa17", "economies": 81, "sectors": 23,
            "elasticities": "caliendo-parro-2015",
            "elasticity_sets": ["caliendo-parro-2015", "fontagne-2022", "ossa-2014"],
            "caveat": "The input–output block is a balanced estimate from 2017 seven-region coefficients and 2011 "
            "national tables, brought to 2022 totals; sector results are rougher than totals.",
        },
        "baseline": "the state before the 2025 tariffs",
        "payoffs_against": "today",
        "parties": [
            {"code": "JPN", "name": "Japan", "income_usd_bn": 4020.0},
            {"code": "USA", "name": "United States", "income_usd_bn": 29200.0},
        ],
        "situation": [
            measure("General rate", 0.10, ("IEEPA", "50 U.S.C. 1701"), "2025-04-05", None,
                    "most goods, 57 % of imports from Japan", 5.0, "Executive Order 14257"),
            measure("Cars", 0.25, ("Section 232", "19 U.S.C. 1862"), "2025-04-03", None,
                    "cars and light trucks; parts from 3 May", 9.3, "Proclamation 10908"),
            measure("Steel and aluminium", 0.25, ("Section 232", "19 U.S.C. 1862"), "2025-03-12", None,
                    "steel, aluminium and derivatives", 1.1, "Proclamations 10895, 10896"),
            measure("Country rate, suspended", 0.24, ("IEEPA", "50 U.S.C. 1701"), "2025-07-09", None,
                    "in place of the general rate", 6.9, "Executive Order 14266", now=False),
        ],
        "position": {
            "exports_usd_bn": 148.2, "imports_usd_bn": 79.7, "surplus_usd_bn": 68.5, "surplus_rank": 7,
            "surplus_table": [dict(zip(("code", "name", "surplus_usd_bn"), row, strict=True)) for row in SURPLUS],
            "exposure": [
                dict(zip(("sector", "name", "exports_usd_bn", "share_of_exports", "share_of_output", "rate_before",
                          "rate_today", "duty_usd_bn"), row, strict=True))
                for row in EXPOSURE
            ],
        },
        "reference_points": [
            {"name": "today", "label": "today", "what": "10 % general, cars and metals 25 %",
             "average_rate": 0.169, "static_duty_usd_bn": 23.3, "values": worth(-11.2, 8.9)},
            {"name": "pause-ends", "label": "suspended rate back", "what": "24 % general, cars and metals 25 %",
             "average_rate": 0.238, "static_duty_usd_bn": 33.8, "values": worth(-15.9, 7.6)},
            {"name": "ieepa-void", "label": "emergency tariffs void", "what": "cars and metals 25 % only",
             "average_rate": 0.130, "static_duty_usd_bn": 17.4, "values": worth(-7.0, 2.2)},
        ],
        "no_deal": {
            "name": "pause-ends", "label": "the suspended 24 % returns on 9 July",
            "against": {"today": worth(-4.7, -1.3), "ieepa-void": worth(-8.9, 5.4)},
            "driver": "trade elasticity of cars (caliendo-parro-2015 gives the smallest loss)",
        },
        "offers": {"scored": 4860, "in_zone": 412,
                   "share_in_zone": 0.0848, "largest_residual": 3.2e-11},
        "cloud": cloud.round(4).tolist(),
        "frontier": [
            {"payoffs": {"JPN": float(cloud[i, 0]), "USA": float(cloud[i, 1])}, "options": NASH,
             "in_zone": bool((cloud[i] >= floor).all())}
            for i in found
        ],
        "reservation": {"name": "pause-ends", "payoffs": {"JPN": -4.7, "USA": -1.3}},
        "reservations": [
            {"name": "today", "label": "today", "payoffs": {"JPN": 0.0, "USA": 0.0}},
            {"name": "pause-ends", "label": "suspended rate back", "payoffs": {"JPN": -4.7, "USA": -1.3}},
            {"name": "ieepa-void", "label": "emergency tariffs void", "payoffs": {"JPN": 4.2, "USA": -6.7}},
        ],
        "solutions": [
            solution("nash", "Nash", nash),
            solution("kalai-smorodinsky", "Kalai–Smorodinsky", kalai),
            solution("egalitarian", "Egalitarian", equal, US_duty_on_cars="20 % in all", Car_standards="as today"),
            solution("utilitarian", "Utilitarian", total, US_duty_on_other_goods="zero added",
                     Cost_of_military_support="+US$ 2 bn a year"),
        ],
        "losers": [
            home("nash", "JPN",
                 [("A01T03", "Farming, forestry, fishing", -1.4, -0.81), ("C10T12", "Food and drink", -0.6, -0.52),
                  ("C13T15", "Textiles and clothing", -0.3, -0.04), ("C16", "Wood", -0.2, -0.02)],
                 [("C29", "Motor vehicles and parts", 3.1, 3.9), ("C28", "Machinery", 0.7, 0.94)]),
            home("nash", "USA",
                 [("C29", "Motor vehicles and parts", -0.8, -1.6), ("C28", "Machinery", -0.3, -0.61),
                  ("C24", "Basic metals", -0.2, -0.14), ("C27", "Electrical equipment", -0.1, -0.09)],
                 [("A01T03", "Farming, forestry, fishing", 0.4, 0.92), ("C10T12", "Food and drink", 0.1, 0.37)]),
        ],
        "third_parties": [
            {"code": code, "name": name, "usd_bn": estimate(value)}
            for code, name, value in [
                ("MEX", "Mexico", -0.61), ("KOR", "Korea", -0.48), ("CAN", "Canada", -0.44), ("DEU", "Germany", -0.38),
                ("CHN", "China", 0.21), ("AUS", "Australia", -0.18), ("THA", "Thailand", -0.11),
                ("VNM", "Viet Nam", 0.06),
            ]
        ],
        "published": [
            {"author": "Nomura Securities", "date": "2025-04-03", "shock": "24 % general, 25 % cars",
             "measure": "GDP, 2025", "value": -0.2, "unit": "%", "source_index": 3},
            {"author": "Daiwa Institute", "date": "2025-04-10", "shock": "all measures, path to 2029",
             "measure": "GDP, 2029", "value": -3.7, "unit": "%", "source_index": 3},
            {"author": "NRI", "date": "2025-04-04", "shock": "24 % and cars", "measure": "GDP",
             "value": "−0.71 to −0.76", "unit": "%", "source_index": 3},
        ],
        "sources": [
            {"title": "Executive Orders 14257 and 14266 (90 FR 15041, 90 FR 15625)", "date": "2025-04-09",
             "confidence": "primary"},
            {"title": "Proclamations 10895, 10896 and 10908 (steel, aluminium, cars)", "date": "2025-03-26",
             "confidence": "primary"},
            {"title": "US Census Bureau, U.S. Trade in Goods by Country, 2024", "date": "2025-02-05",
             "confidence": "primary"},
            {"title": "Institutes' notes as reported in the press", "date": "2025-04-14", "confidence": "secondary"},
            {"title": "OECD Inter-Country Input-Output Tables, 2022 flows", "date": "2025-02-01",
             "confidence": "primary"},
        ],
        "notes": ["Pledges of purchases and investment are not in these numbers.",
                  "Deficits stay at their observed money value."],
    }  # fmt: skip
    return cast("Contents", built)
