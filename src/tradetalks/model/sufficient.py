"""Sufficient statistics: every economy's optimal uniform tariff from shares and elasticities, without a search.

Lashkaripour (2021), Propositions 1 and 2: an economy's tariff moves foreign wages little against each other, so its
best tariff is one rate, the mark-up of a seller who faces the foreign demand for all that the economy exports.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from tradetalks.errors import PolicyError, SolveError
from tradetalks.model.anderson import fixed_point
from tradetalks.model.closure import Closure, Deficits, chosen
from tradetalks.model.solution import ByEconomy, Solution
from tradetalks.model.solve import solve
from tradetalks.world.economies import name as economy_name
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Names

Delta = Literal["paper", "none"]
DELTAS: tuple[Delta, ...] = get_args(Delta)


@dataclass(frozen=True, eq=False, repr=False)
class SufficientNash:
    """Uniform tariffs at which each economy's rate is the formula's at the equilibrium that all rates cause."""

    rates: ByEconomy
    """Fractions; `.array` `[n]`."""
    solution: Solution
    iterations: int
    """Equilibria solved."""
    gap: float
    """Largest absolute difference between a rate and the formula at `solution`."""

    def __repr__(self) -> str:
        return f"<SufficientNash: gap {self.gap:.1e}, {self.iterations} equilibria, {self.rates!r}>"


def export_elasticities(solution: Solution, *, delta: Delta = "paper") -> ByEconomy:
    """ε_i = Σ_jm χ_jmi θ_j [1 − (1 − δ_jmi) π′_jmi], the elasticity of foreign demand for what i exports (positive).

    χ is the share of a sale in the exports of i at border prices, π′ in the spending of its buyer m. δ counts the
    tariff revenue that m gains or loses as buyers turn from i to others,

        δ_jmi = α_jm (τ′_jmi/(1+τ′_jmi) − Σ_l π′_jml τ′_jml/(1+τ′_jml)) / (1 − Σ_kl α_km π′_kml τ′_kml/(1+τ′_kml)),

    which for a uniform tariff without inputs is the paper's t_m π′_jmm e_jm / (1 + t_m Σ_k π′_kmm e_km); ``none``
    leaves it out, as the author's later code does. An economy that exports nothing has an infinite elasticity.

    Raises `PolicyError` for another `delta`. Source: Lashkaripour (2021), Proposition 2.
    """
    if delta not in DELTAS:
        raise PolicyError(f'delta "{delta}": choose one of {", ".join(DELTAS)}')
    world, paid = solution.world, 1 + solution.policy.tariffs
    spending = solution.spending
    share = solution.border_flows * paid / np.where(spending > 0, spending, 1)[:, :, None]
    others = share
    if delta == "paper":
        taxed = 1 - 1 / paid
        kept = (share * taxed).sum(2)  # revenue per unit of spending [j, m]
        final = world.final_shares.T
        others = share * (1 - (final / (1 - (final * kept).sum(0)))[:, :, None] * (taxed - kept[:, :, None]))
    exports = np.array(solution.border_flows)
    own = np.arange(len(world.economies))
    exports[:, own, own] = 0
    total = exports.sum((0, 1))
    answer = (exports * world.elasticities[:, None, None] * (1 - others)).sum((0, 1))
    return ByEconomy(world, np.divide(answer, total, out=np.full_like(total, np.inf), where=total > 0))


def sufficient_tariffs(solution: Solution, *, delta: Delta = "paper", floor: float = 1.0) -> ByEconomy:
    """The formula at one equilibrium: t_i = 1/ε_i, fractions, with ε_i no lower than `floor`.

    A floor of 1 caps rates at 100 %; 0 leaves them free. Raises `PolicyError` for another `delta` and for a floor
    that is not a number from 0 up.
    """
    if not (math.isfinite(floor) and floor >= 0):
        raise PolicyError(f"floor {floor:g}: give the lowest elasticity to use, from 0 up")
    elasticities = export_elasticities(solution, delta=delta)
    return ByEconomy(solution.world, 1 / np.maximum(elasticities.array, floor))


def sufficient_nash(
    world: World,
    *,
    delta: Delta = "paper",
    floor: float = 1.0,
    sectors: Names = "*",
    closure: Closure | None = None,
    deficits: Deficits | None = None,
    start: float | ArrayLike = 0.25,
    tolerance: float = 1e-8,
) -> SufficientNash:
    """Nash tariffs by sufficient statistics: all rates at once are the formula's at the equilibrium they cause.

    Each economy levies one rate on all partners in `sectors` (a code, a group, ``*``, or several); other tariffs stay.
    Deficits are closed, as in the paper, unless `closure` or `deficits` says otherwise. The search starts at the rate
    or rates `[n]` of `start`. On a world with input–output links, or with `sectors` that leave some trade free, the
    formula is an approximation whose error is not known from it: check it against `nash_tariffs`.

    Raises `SolveError` when an equilibrium is not found or rates do not settle within `tolerance` of the formula,
    `PolicyError` for an argument that cannot be, `UnknownCode` for a sector this world does not have.

    >>> from tradetalks.world import World
    >>> nash = sufficient_nash(World.load("two_by_two"))
    >>> nash.gap < 1e-8, nash.rates["JPN"] < nash.rates["USA"]
    (True, True)
    """
    closure = chosen(closure, deficits or ("closed" if closure is None else None))
    n = len(world.economies)
    try:
        rates = np.array(np.broadcast_to(np.asarray(start, dtype=np.float64), (n,)))
    except (TypeError, ValueError) as error:
        raise PolicyError(f"start: give one rate, or one for each of {n} economies") from error
    uniform_tariffs(world, rates, sectors)  # refuses what cannot be before anything is solved
    latest: list[Solution] = []

    def formula(logs: Floats) -> Floats:
        near = latest[-1].unknowns if latest else None
        policy = uniform_tariffs(world, np.expm1(logs), sectors)
        latest[:] = [solve(world, policy, closure=closure, start=near)]
        return np.log1p(sufficient_tariffs(latest[-1], delta=delta, floor=floor).array)

    run = fixed_point(formula, np.log1p(rates), tolerance=tolerance / 10, steps=100)
    rates, solution = np.expm1(run.point), latest[-1]
    off = np.abs(sufficient_tariffs(solution, delta=delta, floor=floor).array - rates)
    gap = float(off.max())
    if not gap <= tolerance:
        worst = world.economies[int(off.argmax())]
        raise SolveError(
            f"rates and formula still differ by {gap:.1e} after {run.steps} equilibria, most in {economy_name(worst)}: "
            "start elsewhere, or raise the floor on elasticities"
        )
    return SufficientNash(ByEconomy(solution.world, rates), solution, run.steps, gap)


def uniform_tariffs(world: World, rates: ArrayLike, sectors: Names = "*") -> Policy:
    """The policy under which economy n levies the one rate `rates[n]` on every partner in `sectors`.

    Raises `PolicyError` for rates that cannot be, `UnknownCode` for a sector this world does not have.
    """
    n = len(world.economies)
    levied = np.asarray(rates, dtype=np.float64)
    if levied.shape != (n,):
        raise PolicyError(f"rates: shape {levied.shape}, where this world needs one for each of {n} economies")
    names: Sequence[str] = (sectors,) if isinstance(sectors, str) else sectors
    chosen_sectors = sorted({j for name in names for j in world.sector_indices(name)})
    tariffs = np.array(world.tariffs)
    tariffs[chosen_sectors] = np.where(np.eye(n, dtype=bool), 0, levied[:, None])
    return replace(Policy(world), tariffs=tariffs)
