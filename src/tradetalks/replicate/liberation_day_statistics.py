"""What Ignatenko, Lashkaripour, Macedoni and Simonovska (2025) report: their measures, averages and optimal tariff.

One sector, arrays `[n]` or `[n, i]`; changes in per cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from tradetalks.model import Solution
    from tradetalks.world.accounts import Floats

Denominator = Literal["imports", "income"]


def labour_income(flows: Floats, labour_share: Floats) -> Floats:
    """Income of workers `[n]`: what their firms sell, less market access paid abroad, plus market access paid at home.

    >>> labour_income(np.array([[80.0, 20.0], [10.0, 90.0]]), np.array([0.1, 0.2]))
    array([ 90., 110.])
    """
    return np.asarray((1 - labour_share) @ flows + labour_share * flows.sum(1))


def measures(solution: Solution) -> dict[str, Floats]:
    """The columns of Tables 1 and 2 by name, each `[n]` in per cent.

    "welfare" is the published formula; "welfare, exact" is the change of U = C − κ/(1+κ) L^(1+1/κ), the preferences
    that the paper states. The two are the same with lump-sum rebates; when tariffs relieve an income tax, the published
    formula lacks the factor 1/(1 − s) on the disutility of hours (s: tariff revenue over labour income). Prices, and
    the money of the deficit, are relative to the world average of prices weighted with baseline spending, the paper's
    numeraire. Exports and imports are before tariffs.
    """
    closure, world = solution.closure, solution.world
    assert closure.access is not None
    nu = np.broadcast_to(np.asarray(closure.access.labour_share, dtype=float), len(world.economies))
    before, after = world.flows[0], solution.flows[0]
    spent, earned = before.sum(1), labour_income(before, nu)
    spent_after, earned_after = solution.spending[0], solution.wage_hat * solution.labour_hat * earned
    price, hours, kappa = solution.consumer_price_hat, solution.labour_hat, closure.labour_supply
    relief = closure.revenue == "tax relief"
    relieved = 1000 * solution.tariff_revenue.array / earned_after if relief else np.zeros_like(earned)
    weight = spent / (spent - kappa / (1 + kappa) * (1 - relieved) * earned)
    consumption = weight * spent_after / spent / price
    published = consumption + (1 - weight) * earned_after / earned / price
    exact = consumption + (1 - weight) * hours ** (1 + 1 / kappa)
    level = np.average(price, weights=spent)
    deficit, deficit_after = _imports(before) - _exports(before), (_imports(after) - _exports(after)) / level
    changes = {
        "welfare": published - 1,
        "deficit": (deficit_after - deficit) / np.abs(deficit),
        "exports / GDP": _exports(after) / earned_after / (_exports(before) / earned) - 1,
        "imports / GDP": _imports(after) / earned_after / (_imports(before) / earned) - 1,
        "employment": hours - 1,
        "prices": price / level - 1,
        "welfare, exact": exact - 1,
    }
    return {name: 100 * change for name, change in changes.items()}


def formula_rate(
    flows: Floats, levier: int, labour_share: Floats, pass_through: Floats, elasticity: float, denominator: Denominator
) -> float:
    """The uniform tariff that is best for `levier` by the paper's formula at the baseline, a fraction (Proposition 2).

    t = 1 / ((1 + ε Δ) φ − 1), with Δ the exports of the levier, each weighted with its distance from monopoly
    1 − λ and with 1 − ν of the market, over 1 − ν of its own times `denominator`: its imports (as in the published
    tables), or its income less home sales (as in the published text).
    """
    sold = np.delete(flows[:, levier], levier)
    bought = np.delete(flows.sum(1), levier)
    earned = ((1 - np.delete(labour_share, levier)) * (1 - sold / bought) * sold).sum()
    outlay = flows[levier].sum() if denominator == "imports" else labour_income(flows, labour_share)[levier]
    delta = earned / ((1 - labour_share[levier]) * (outlay - flows[levier, levier]))
    return float(1 / ((1 + elasticity * delta) * pass_through[levier] - 1))


def _exports(flows: Floats) -> Floats:
    return np.asarray(flows.sum(0) - np.diag(flows))


def _imports(flows: Floats) -> Floats:
    return np.asarray(flows.sum(1) - np.diag(flows))
