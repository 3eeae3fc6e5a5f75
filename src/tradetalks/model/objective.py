"""Objectives: numbers of an equilibrium that can be differentiated by every tariff at once.

Linear combinations of economies' welfare (equivalent variation), of governments' weighted incomes and of trade flows:
``welfare("JPN") - 0.5 * flow("USA", "JPN", "C29")``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.errors import PolicyError
from tradetalks.model.welfare import equivalent_variation

if TYPE_CHECKING:
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World


@dataclass(frozen=True, eq=False)
class Direct:
    """Derivatives of an objective by what stands in it, everything else held; US$ bn per US$ m, or per log."""

    by_income: Floats
    """`[n]`."""
    by_revenue: Floats
    """Beside what revenue is worth as income `[n]`."""
    by_price: Floats
    """By ln P `[j, n]`."""
    by_output: Floats
    """By output `[j, n]`."""
    by_hours: Floats
    """By ln L̂ `[n]`."""
    by_keep: Floats
    """By ln k̂, what is kept of a wage `[n]`."""
    by_flow: Floats | None
    """By producer-price flow `[j, n, i]`."""


class Weights(NamedTuple):
    """A government's weights on sectors: one each in order, or by name."""

    in_order: tuple[float, ...] = ()
    by_name: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Objective:
    """A weighted sum of welfare by economy, of governments' payoffs, and of flows by importer, exporter and sector;
    US$ bn a year."""

    welfare_weights: tuple[tuple[str, float], ...] = ()
    flow_weights: tuple[tuple[tuple[str, str, str], float], ...] = ()
    government_weights: tuple[tuple[tuple[str, Weights], float], ...] = ()

    def __add__(self, other: Objective) -> Objective:
        return Objective(
            self.welfare_weights + other.welfare_weights,
            self.flow_weights + other.flow_weights,
            self.government_weights + other.government_weights,
        )

    def __mul__(self, factor: float) -> Objective:
        return Objective(
            tuple((who, factor * weight) for who, weight in self.welfare_weights),
            tuple((what, factor * weight) for what, weight in self.flow_weights),
            tuple((what, factor * weight) for what, weight in self.government_weights),
        )

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1.0

    def __sub__(self, other: Objective) -> Objective:
        return self + -other

    def on_welfare(self, world: World) -> Floats:
        """Weights on equivalent variation `[n]`. Raises `UnknownCode`."""
        weights = np.zeros(len(world.economies))
        for who, weight in self.welfare_weights:
            weights[world.economy_indices(who)] += weight
        return weights

    def on_flows(self, world: World) -> Floats | None:
        """Weights on producer-price flows `[j, n, i]`, or None when there are none. Raises `UnknownCode`."""
        if not self.flow_weights:
            return None
        weights = np.zeros(world.flows.shape)
        for (importer, exporter, sector), weight in self.flow_weights:
            cells = np.ix_(
                world.sector_indices(sector), world.economy_indices(importer), world.economy_indices(exporter)
            )
            weights[cells] += weight
        return weights

    def value(self, solution: Solution) -> float:
        """The objective at an equilibrium, US$ bn a year."""
        world = solution.world
        total = float(self.on_welfare(world) @ equivalent_variation(solution))
        for (who, weights), factor in self.government_weights:
            n, by_sector = world.economy(who), _by_sector(world, weights)
            payoff = _Payoff(solution, n, by_sector)
            total += factor * (float(payoff.level / payoff.price) - _before(solution, n, by_sector)) / 1000
        weighted = self.on_flows(world)
        return total if weighted is None else total + float((weighted * solution.flows).sum() / 1000)

    def base(self, solution: Solution) -> float:
        """What changes of it are changes from, at the baseline: income for welfare, weighted incomes for a government;
        US$ bn a year."""
        world = solution.world
        total = float(self.on_welfare(world) @ world.income)
        for (who, weights), factor in self.government_weights:
            total += factor * _before(solution, world.economy(who), _by_sector(world, weights))
        return total / 1000

    def direct(self, solution: Solution) -> Direct:
        """Its derivatives by the quantities of an equilibrium. Raises `UnknownCode`, `PolicyError`."""
        world, closure, base = solution.world, solution.closure, solution.coefficients.base
        weights, price = self.on_welfare(world) / 1000, solution.consumer_price_hat
        by_state = closure.revenue == "state"
        spendable = solution.income - solution.state.revenue if by_state else solution.income
        by_income = weights / price
        by_revenue = -by_income if by_state else np.zeros(base.n)
        by_price = -base.alpha * weights * spendable / price
        by_output = np.zeros((base.j, base.n))
        by_hours, by_keep = np.zeros((2, base.n))
        if closure.labour_supply:
            kappa, worked = closure.labour_supply, solution.labour_hat ** (1 + 1 / closure.labour_supply)
            cost = base.wage_bill / solution.keep_hat
            by_hours = -weights * cost * worked
            by_keep = weights * kappa / (1 + kappa) * cost * (worked - 1)
        for (who, named), factor in self.government_weights:
            n = world.economy(who)
            payoff = _Payoff(solution, n, _by_sector(world, named))
            scale = factor / 1000 / payoff.price
            by_income[n] += scale * payoff.mean
            by_price[:, n] -= base.alpha[:, n] * scale * payoff.level
            by_output[:, n] += scale * payoff.by_output
        on_flows = self.on_flows(world)
        by_flow = None if on_flows is None else on_flows / 1000
        return Direct(by_income, by_revenue, by_price, by_output, by_hours, by_keep, by_flow)


class _Payoff:
    """Σ λ_j I_j before prices: I_j a sector's value added and its part, by labour income, of revenue and deficit."""

    def __init__(self, solution: Solution, n: int, weights: Floats) -> None:
        if solution.closure.revenue != "households" or solution.closure.access is not None:
            raise PolicyError(
                "a government's payoff shares revenue among households by sector: use a closure with revenue to "
                "households and without market access"
            )
        base = solution.coefficients.base
        share = (base.beta + base.specific + base.profit)[:, n]
        output, labour = solution.output[:, n], base.beta[:, n] * solution.output[:, n]
        rest = solution.income[n] - share @ output
        self.price = solution.consumer_price_hat[n]
        self.mean = float(weights @ labour / labour.sum())
        self.level = float(weights @ (share * output) + self.mean * rest)
        self.by_output = (weights - self.mean) * (share + base.beta[:, n] * rest / labour.sum())


def _before(solution: Solution, n: int, weights: Floats) -> float:
    """A government's payoff at the baseline, US$ m."""
    world, base = solution.world, solution.coefficients.base
    labour = base.beta[:, n] * world.output[:, n]
    earned = labour + (base.specific + base.profit)[:, n] * world.output[:, n]
    rest = world.income[n] - earned.sum()
    return float(weights @ earned + weights @ labour / labour.sum() * rest)


def _by_sector(world: World, weights: Weights) -> Floats:
    """Weights `[j]` with mean one."""
    found = np.ones(len(world.sectors))
    if weights.by_name:
        for sector, weight in weights.by_name:
            found[world.sector_indices(sector)] = weight
    elif len(weights.in_order) == len(found):
        found = np.array(weights.in_order)
    else:
        raise PolicyError(f"government: {len(weights.in_order)} weights, where this world has {len(found)} sectors")
    return np.asarray(found / found.mean())


def welfare(economy: str) -> Objective:
    """Equivalent variation of an economy, or the sum over a group; US$ bn a year."""
    return Objective(welfare_weights=((economy, 1.0),))


def flow(importer: str, exporter: str, sector: str = "*") -> Objective:
    """Value of purchases of `importer` from `exporter` at producer prices, US$ bn a year."""
    return Objective(flow_weights=(((importer, exporter, sector), 1.0),))


def government(economy: str, weights: Sequence[float] | Mapping[str, float]) -> Objective:
    """What a government that favours some sectors makes of an equilibrium: Σ λ_j I_j / P, US$ bn a year, less its
    value before the change.

    I_j is a sector's value added, and revenue and deficit by the sector's share of labour income (Ossa 2014, section
    I.B); `weights` λ, one a sector or named for some (the rest 1), are scaled to a mean of one. With equal weights it
    is welfare. Raises `PolicyError` for weights that are negative or sum to nothing.
    """
    if isinstance(weights, Mapping):
        kept = Weights(by_name=tuple((sector, float(weight)) for sector, weight in weights.items()))
    else:
        kept = Weights(in_order=tuple(float(weight) for weight in weights))
    values = np.array([weight for _, weight in kept.by_name] or kept.in_order)
    if not values.size or not np.isfinite(values).all() or values.min() < 0 or not (values.sum() > 0 or kept.by_name):
        raise PolicyError(
            f"government: weights of {economy} must be finite, not negative, and some positive: give one for each "
            "sector, or name the sectors that differ from 1"
        )
    return Objective(government_weights=(((economy, kept), 1.0),))
