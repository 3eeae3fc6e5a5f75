"""Inputs: what each industry of each economy buys, estimated from older tables and balanced to the year's totals.

The prior takes the detail of the nearest region of 2017 and, where the WIOD of 2011 has the country, that country's
own level; the split of each product between inputs and final demand is the country's own of then; RAS then meets the
year's output, absorption and value added. The flows between economies stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import WorldError
from tradetalks.world.balance import filled, ras, tilted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REGION_OF = {
    **dict.fromkeys(("CHE", "NOR", "ISL", "GBR"), "EU"),
    **dict.fromkeys(("CAN", "MEX"), "USA"),
    **dict.fromkeys(("KOR", "TWN"), "JPN"),
    **dict.fromkeys(("VNM", "THA", "MYS", "KHM", "LAO", "MMR", "PHL", "IDN"), "CHN"),
    **dict.fromkeys(("BGD", "PAK"), "IND"),
    **dict.fromkeys(("ARG", "CHL", "COL", "CRI", "PER"), "BRA"),
}
"""Region of 2017 that lends its detail: neighbours tied by production chains; members of the EU, EU; others, ROW."""

LEAST_FINAL = 0.02
"""Smallest share of absorption that final demand may take."""

LEAST_VALUE_ADDED = 0.02
"""Smallest share of output that value added takes in a prior."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Balanced inputs of all economies, with a record of the balancing."""

    io_shares: Floats
    """`[n, input k, user j]`, per unit of gross output."""
    prior: Floats
    """The blend before balancing, same shape."""
    iterations: NDArray[np.int64]
    """Rounds of RAS, `[n]`."""
    largest: Floats
    """Largest change of a single input share, as a share of the user's output, `[n]`."""
    median: Floats
    """Median relative change of an input, weighted by its value, `[n]`."""
    bound: NDArray[np.int64]
    """Markets in which final demand sits at its floor, `[n]`."""
    overall: float
    """Median relative change of an input in the world, weighted by its value."""


def region_of(economy: str, union: Sequence[str]) -> str:
    """The region of 2017 nearest to an economy; `union` lists the members of the European Union."""
    if economy in ("BRA", "CHN", "IND", "JPN", "USA"):
        return economy
    return "EU" if economy in union else REGION_OF.get(economy, "ROW")


def with_own_level(detail: Floats, level: Floats, groups: NDArray[np.intp], output: Floats) -> Floats:
    """Coefficients with the detail of one table and the level of another, coarser one.

    `detail` `[k, j]` in sectors; `level` `[K, U]` in groups; `groups` gives the group of each sector; `output` `[j]`
    weighs the users of a group. Blocks of `detail` are scaled to their `level`; then the users of a group share its
    value added: their shares move by one common factor on their odds, so that none buys more than it makes. Groups
    whose level is unknown (NaN), and blocks without detail to scale, stay as they are.
    """
    to = np.eye(int(groups.max()) + 1)[groups]
    weight = output + 1e-9 * output.sum() + 1e-300  # users without output still need a level
    mean = (to.T @ detail @ (weight[:, None] * to)) / (weight @ to)
    known = np.isfinite(level) & (mean > 0)
    factor = np.divide(level, mean, out=np.ones_like(mean), where=known)
    scaled = detail * factor[np.ix_(groups, groups)]
    for group in np.flatnonzero(np.isfinite(level).all(0)):
        users = np.flatnonzero(groups == group)
        made = min(max(1 - float(level[:, group].sum()), LEAST_VALUE_ADDED), 1 - LEAST_VALUE_ADDED)
        shares = tilted(1 - detail[:, users].sum(0), weight[users], made)
        scaled[:, users] *= _per(1 - shares, scaled[:, users].sum(0))
    return np.asarray(scaled)


def final_at_level(detail: Floats, level: Floats, groups: NDArray[np.intp], absorption: Floats) -> Floats:
    """Final demand's shares of absorption with the `detail` `[k]` of one table and the `level` `[K]` of a coarser one.

    Shares of a group move by one common factor on their odds to the group's level, weighted by `absorption` `[k]`; they
    stay where the level is unknown (NaN). Shares outside 2–98 % (stocks rose or fell) are first brought to that range.
    """
    low, high = LEAST_FINAL, 1 - LEAST_FINAL
    found = np.clip(detail, low, high)
    for group in np.flatnonzero(np.isfinite(level)):
        products = np.flatnonzero(groups == group)
        found[products] = tilted(found[products], absorption[products], float(np.clip(level[group], low, high)))
    return found


def balanced(
    prior: Floats,
    final: Floats,
    flows: Floats,
    tariffs: Floats,
    value_added: Floats,
    economies: Sequence[str],
) -> Inputs:
    """Inputs nearest to `prior` `[n, k, j]` that meet the year's totals of each economy.

    - users: inputs and value added exhaust output; value-added shares move from the prior's to the economy's
      `value_added` `[n]` (US$ m) by one common factor on their odds
    - inputs: final demand takes of absorption (purchaser prices) what `final` `[n, k]` says of an earlier year; one
      common factor on intermediate use then meets the total, and final demand keeps at least 2 %

    `flows`, `tariffs` are `[j, n, i]`. An industry without output keeps its prior. Raises `WorldError` naming the
    economy that cannot be balanced.
    """
    n_economies = len(economies)
    output, absorption = flows.sum(1).T, ((1 + tariffs) * flows).sum(2).T
    shares = np.array(prior)
    rounds, bound = np.zeros((2, n_economies), dtype=np.int64)
    largest, median = np.zeros((2, n_economies))
    for n, code in enumerate(economies):
        made = output[n]
        try:
            own = tilted(1 - prior[n].sum(0), made, float(value_added[n] / made.sum()))
            bought = made * (1 - own)
            start = prior[n] * _per(bought, prior[n].sum(0))
            most = (1 - LEAST_FINAL) * absorption[n]
            known = np.clip(final[n], LEAST_FINAL, 1 - LEAST_FINAL)
            wanted = (1 - known) * absorption[n] * (start.sum(1) > 0)
            used = filled(wanted, most, float(bought.sum()))
            found = ras(start, used, bought)
        except WorldError as error:
            raise WorldError(f"inputs of {code}: {error}") from error
        active = made > 0
        shares[n][:, active] = found.table[:, active] / made[active]
        rounds[n] = found.iterations
        bound[n] = int((used >= most * (1 - 1e-9)).sum())
        largest[n] = float(np.abs(shares[n] - prior[n])[:, active].max())
        median[n] = _weighted_median(np.abs(_per(found.table, prior[n] * made) - 1).ravel(), found.table.ravel())
    used_value = shares * output[:, None, :]
    overall = _weighted_median(np.abs(_per(shares, prior) - 1).ravel(), used_value.ravel())
    return Inputs(shares, prior, rounds, largest, median, bound, overall)


def _per(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0)


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = values.argsort(kind="stable")
    total = weights[order].cumsum()
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def basic_price_ratios(
    economies: Sequence[str], made: Mapping[str, float], gdp: Mapping[str, float], low: float = 0.9, high: float = 1.0
) -> dict[str, float]:
    """Value added at basic prices per unit of GDP at market prices, kept within `low` and `high`.

    From one year's value added `made` and `gdp`, where both are known; the median of those for the others.
    """
    known = {code: min(max(made[code] / gdp[code], low), high) for code in economies if code in made and code in gdp}
    typical = float(np.median(list(known.values())))
    return {code: known.get(code, typical) for code in economies}
