"""Talks small enough to check by hand: four economies, four sectors, and a case made of the options a test needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tradetalks.model import rebase
from tradetalks.talks.case import Case
from tradetalks.talks.table import Choice
from tradetalks.world import World
from tradetalks.world.accounts import ElasticitySet

ECONOMIES = ("AUS", "DEU", "JPN", "USA")
SECTORS = ("A01_02", "C20", "C29", "D_T")
SOURCE = {"title": "made up", "date": "2025-04-02", "confidence": "computed"}


def world(seed: int = 0, *, deficits: bool = True) -> World:
    """Gravity-like flows of some US$ bn a cell, tariffs up to a half, input–output links, a second elasticity set."""
    draw = np.random.default_rng(seed)
    n, j = len(ECONOMIES), len(SECTORS)
    size = np.exp(draw.normal(0, 0.5, n)) * 1e5
    added = draw.uniform(0.3, 0.7, (n, j))
    io = draw.dirichlet(np.ones(j), (n, j)).transpose(0, 2, 1) * (1 - added[:, None, :])
    tariffs = np.minimum(draw.exponential(0.08, (j, n, n)), 0.5) * (1 - np.eye(n))
    flows = draw.gamma(3, 1 / 3, (j, n, n)) * np.sqrt(np.outer(size, size)) * 0.06
    flows[:, range(n), range(n)] = size * draw.uniform(0.7, 1.3, (j, n))
    final = draw.dirichlet(np.full(j, 3.0), n)
    plain = World(
        ECONOMIES, SECTORS, flows, tariffs, io, added, np.array([6.0, 5.0, 4.0, 3.0]), final,
        elasticity_source="own: made up",
        elasticity_sets={
            "own": ElasticitySet(np.array([6.0, 5.0, 4.0, 3.0]), "made up"),
            "high": ElasticitySet(np.array([8.0, 7.0, 7.0, 4.0]), "made up"),
            "low": ElasticitySet(np.array([3.0, 3.5, 2.5, 2.0]), "made up"),
        },
    )  # fmt: skip
    return rebase(plain, deficits="fixed" if deficits else "closed", name=f"made up {seed}")


def law(name: str, rate: str, **fields: Any) -> dict[str, Any]:
    """A measure of the United States on Japan."""
    return {
        "measure": name, "what": name, "authority": "IEEPA", "importer": "USA", "partners": ["JPN"],
        "rate": {"additional": rate}, "effective": {"from": "2025-04-05"}, "known": {"from": "2025-04-02"},
        "citation": "made up", "source": SOURCE, **fields,
    }  # fmt: skip


def case(issues: dict[str, list[dict[str, Any]]], **fields: Any) -> Case:
    """US duties of 10 % on Japan and 25 % on its cars; 24 % more comes in July. Every issue is first of all as is."""
    return Case.model_validate({
        "case": "made-up", "title": "made up", "as_of": "2025-04-16", "world": "made up", "parties": ["JPN", "USA"],
        "horizon": {"date": "2025-07-09", "what": "the pause ends"},
        "measures": [
            law("general", "10%", sectors="goods"),
            law("cars", "25%", sectors="C29", authority="s232"),
            law("back", "24%", sectors="goods", effective={"from": "2025-07-09"}, known={"from": "2025-04-09"}),
        ],
        "reference_points": {
            "today": {"what": "the law today", "on": "2025-04-16"},
            "july": {"what": "more comes back", "on": "2025-07-09"},
            "void": {"what": "IEEPA is void", "on": "2025-07-09", "without": "IEEPA", "deals_under": "void"},
        },
        "reference": "today", "no_deal": "july",
        "issues": {
            name: {"what": name, "options": [{"option": "as is"}, *options]} for name, options in issues.items()
        },
        **fields,
    })  # fmt: skip


def purchase(usd_bn: float, sectors: Any = "C20", **fields: Any) -> dict[str, Any]:
    """Japan buys so much more from the United States, all of it new and delivered."""
    return {
        "what": "a promise", "importer": "JPN", "exporter": "USA", "sectors": sectors,
        "face": {"usd_bn": usd_bn, "per": "year"}, "new": 1, "delivery": 1, **fields,
    }  # fmt: skip


def buys(usd_bn: float, sectors: Any = "C20", **fields: Any) -> dict[str, Any]:
    """The same as an option."""
    return {"option": f"buys {usd_bn:g}", "purchases": [purchase(usd_bn, sectors, **fields)]}


def cut(share: str, sectors: str = "C20", importer: str = "JPN", exporter: str = "USA") -> dict[str, Any]:
    """An option that lowers a duty."""
    change = {"importer": importer, "exporter": exporter, "sectors": sectors, "cut": share}
    return {"option": f"{importer} cuts {sectors} by {share}", "tariffs": [change]}


def cars(rate: str) -> dict[str, Any]:
    """An option that amends the duty on cars."""
    return {"option": f"cars {rate}", "amend": [{"measures": "cars", "partners": "JPN", "rate": {"additional": rate}}]}


def general(rate: str) -> dict[str, Any]:
    """An option that settles what rests on IEEPA."""
    amended = [{"measures": ["general", "back"], "partners": "JPN", "rate": {"additional": rate}}]
    return {"option": f"general {rate}", "amend": amended}


def pays(usd_bn: float, option: str | None = None) -> dict[str, Any]:
    """An option by which Japan pays the United States."""
    return {"option": option or f"pays {usd_bn:g}", "transfers": [{"from": "JPN", "to": "USA", "usd_bn": usd_bn}]}


def eased(change: str = "-5%") -> dict[str, Any]:
    """An option by which Japan makes it easier to sell American cars there."""
    costs = [{"importer": "JPN", "exporter": "USA", "sectors": "C29", "change": change}]
    return {"option": f"eased {change}", "trade_costs": costs}


def card(option: str, **worth: tuple[float, float, float]) -> dict[str, Any]:
    """An option that is a card; by party what it is worth: point, low and high."""
    by_party = {party: dict(zip(("point", "low", "high"), ends, strict=True)) for party, ends in worth.items()}
    return {"option": option, "cards": [{"what": option, "basis": "elicited", "worth": by_party}]}


def weight(on: str, value: float, **fields: Any) -> dict[str, Any]:
    """A weight that is certain."""
    return {"on": on, "value": value, "low": value, "high": value, "why": "made up", "basis": "published",
            "source": SOURCE, **fields}  # fmt: skip


def branch(name: str, chance: float, state: str, then: dict[str, Any] | None = None) -> dict[str, Any]:
    """One way an event may go."""
    known = {"branch": name, "chance": {"point": chance, "low": chance, "high": chance}, "state": state}
    return {**known, "basis": "published", "source": SOURCE} | ({"then": then} if then else {})


def chosen(made: Case, **options: int) -> Choice:
    """An offer by the numbers of its options."""
    return tuple(options.get(name, 0) for name in made.issues)
