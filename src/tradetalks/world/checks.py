"""Checks: the figures a built world is put beside what its sources and other publishers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.world.identities import identities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.world.accounts import World
    from tradetalks.world.inputs import Inputs

    Floats = NDArray[np.float64]

G20 = (
    "ARG", "AUS", "BRA", "CAN", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "ITA", "JPN", "KOR", "MEX", "RUS", "SAU",
    "TUR", "USA", "ZAF",
)  # fmt: skip
CAR_MAKERS = ("JPN", "USA", "DEU", "MEX", "KOR")


@dataclass(frozen=True)
class Check:
    """One figure of a built world beside what it should be."""

    name: str
    value: float
    expected: float | None
    ok: bool
    note: str = ""


def near(name: str, value: float, expected: float, within: float, note: str = "") -> Check:
    """A check that passes when `value` is `within` so much of what is `expected`."""
    return Check(name, float(value), expected, bool(abs(value - expected) <= within), note)


def checks_of_identities(world: World) -> list[Check]:
    """Every accounting identity, and that no flow or final demand is negative."""
    negative = int((world.flows < 0).sum() + (world.final_demand < 0).sum())
    rows = [near("negative cells", negative, 0, 0)]
    return rows + [near(i.name, i.gap, 0, 1e-9, f"worst: {i.worst}") for i in identities(world)]


def checks_of_2022(world: World, bought: Inputs, priors: Mapping[str, Floats], gdp: Mapping[str, float]) -> list[Check]:
    """Totals of the sources, balancing, value added against GDP, and the car industry beside both priors.

    `gdp` in US$ m by ISO3 code. Within 10 % of GDP: value added is at basic prices, GDP at market prices.
    """
    e = world.economies
    at = {code: n for n, code in enumerate(e)}

    def goods(importer: str, exporter: str) -> float:
        return float(world.flows[:-1, at[importer], at[exporter]].sum() / 1e3)

    checks = [
        near("world output, US$ tn", world.output.sum() / 1e6, 199.69, 0.005),
        near("US output, US$ tn", world.output[:, at["USA"]].sum() / 1e6, 45.30, 0.005),
        near("goods Japan to US, US$ bn", goods("USA", "JPN"), 109.69, 0.005, "basic prices; customs value 148-152"),
        near("goods US to Japan, US$ bn", goods("JPN", "USA"), 62.71, 0.005),
        near("goods China to US, US$ bn", goods("USA", "CHN"), 453.41, 0.005),
        near("goods Mexico to US, US$ bn", goods("USA", "MEX"), 334.25, 0.005),
        near("goods Canada to US, US$ bn", goods("USA", "CAN"), 317.50, 0.005),
        near("US balance, goods and services, US$ bn", -world.deficits[at["USA"]] / 1e3, -962.0, 0.05),
        near("empty own-trade cells", (np.einsum("jnn->jn", world.flows) == 0).sum(), 14, 0, "41 before merging"),
        *checks_of_identities(world),
    ]
    final = float((world.final_demand / world.expenditure).min())
    checks.append(Check("smallest share of final demand in a market", final, 0.02, final > 0.0199))
    hardest, furthest = int(bought.iterations.argmax()), int(bought.largest.argmax())
    checks.append(
        near("economies balanced (RAS)", len(bought.iterations), len(e), 0,
             f"at most {bought.iterations[hardest]} rounds ({e[hardest]}); median change of an input "
             f"{bought.overall:.1%} by value; largest {bought.largest[furthest]:.2f} of output ({e[furthest]}); "
             f"{int(bought.bound.sum())} of {world.expenditure.size} markets at the floor of final demand")
    )  # fmt: skip
    for code, made in world.labelled(world.value_added).items():
        if code in gdp and code != "ROW":
            note = "G20" if code in G20 else ""
            checks.append(near(f"value added / GDP, {code}", made / gdp[code], 1.0, 0.1 + 1e-6, note))
    cars = world.sectors.index("C29")
    for code in CAR_MAKERS:
        n = at[code]
        own, made = float(world.io_shares[n, cars, cars]), float(world.value_added_shares[n, cars])
        before = {name: priors[name][n, :, cars] for name in ("regions", "wiod")}
        inputs_said = ", ".join(f"{name} {column[cars]:.3f}" for name, column in before.items())
        made_said = ", ".join(f"{name} {1 - column.sum():.3f}" for name, column in before.items())
        checks.append(Check(f"cars in cars, {code}", own, None, 0.02 < own < 0.65, f"priors: {inputs_said}"))
        checks.append(Check(f"value added in cars, {code}", made, None, 0.1 < made < 0.5, f"priors: {made_said}"))
    return checks
