"""One sweep of the equilibrium: prices, spending and wages once round, without ever forming the trade shares.

Exact-hat equations of Caliendo and Parro (2015, section 2.5) with iceberg costs, export taxes and transfers, and the
terms a closure adds. Per scenario A = π·κ̂^(−θ) and Q = A / (1+τ′) are constants; with u = ĉ^(−θ) prices, sales and
revenue are matrix–vector products, so powers are taken only on `[sector, economy]`.

Unknowns: v = ln ŵ `[n]`, p = ln P̂ `[j, n]`, x = ln X′/X `[j, n]`, kept in one vector; with specific factors followed
by ρ = ln r̂ `[j, n]`, with labour supply by ℓ = ln L̂ `[n]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tradetalks.model.baseline import Baseline
    from tradetalks.model.closure import Deficits
    from tradetalks.world.accounts import Floats
    from tradetalks.world.policy import Policy


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The constants of one scenario: A and Q of the module's head, and the rule for deficits.

    `delivered` A `[j, n, i]`; `border` Q = A/(1+τ′); `shipped` Q/(1+ξ′), the part producers receive (the same array as
    `border` when there are no export taxes).
    """

    base: Baseline
    delivered: Floats
    border: Floats
    shipped: Floats
    received: Floats
    """Net transfers received `[n]`, US$ m."""
    stacked: Floats
    """`delivered` over `border`, `[j, 2n, i]`: one pass over memory gives both products."""

    @property
    def deficits(self) -> Deficits:
        """The rule for deficits."""
        return self.base.closure.deficits

    def deficit(self, wages: Floats) -> Floats:
        """What others finance, D′ `[n]`, under the closure at wage bills `[n]`, transfers included; sums to zero."""
        base, rule = self.base, self.deficits
        if rule == "closed":
            return self.received
        kept = (1 - base.closure.closing) * base.deficits
        if rule == "proportional":
            own = kept / base.wage_bill * wages
            kept = own - wages / wages.sum() * own.sum()
        elif rule != "fixed":
            kept = kept * (wages.sum() / base.world_wage_bill)
        return np.asarray(kept + self.received)

    def deficit_jacobian(self, wages: Floats) -> Floats | None:
        """∂D′/∂ ln wage bill `[n, m]`; None where wages do not matter."""
        base, rule = self.base, self.deficits
        if rule in ("fixed", "closed"):
            return None
        kept = (1 - base.closure.closing) * base.deficits
        if rule == "proportional":
            own, share = kept / base.wage_bill * wages, wages / wages.sum()
            total = own.sum()
            tied = np.outer(share, share) * total - np.outer(share, own)
            return np.asarray(np.diag(own - share * total) + tied)
        return np.outer(kept, wages / base.world_wage_bill)


def coefficients(base: Baseline, policy: Policy) -> Coefficients:
    """The constants of `policy` on the world and closure of `base`."""
    world = base.world
    stacked = base.stacked.copy()  # one array, two views: fresh memory is what costs here
    delivered, border = stacked[:, : base.n], stacked[:, base.n :]
    changed = np.flatnonzero(policy.tariffs != world.tariffs) if policy.tariffs is not world.tariffs else ()
    if len(changed):
        j, cell = np.divmod(changed, base.n**2)
        n, i = np.divmod(cell, base.n)
        after = 1 + policy.tariffs.ravel()[changed]
        ratio = after / (1 + world.tariffs.ravel()[changed])
        moved = base.pi.ravel()[changed]
        moved *= np.exp(-world.elasticities[j] * base.pass_through[n] * np.log(ratio))
        delivered[j, n, i], border[j, n, i] = moved, moved / after
    wedge = policy.trade_costs
    if policy.export_taxes is not None:
        wedge = (1 + policy.export_taxes) * (1 if wedge is None else wedge)
    if wedge is not None:
        power = wedge ** -world.elasticities[:, None, None]
        delivered *= power
        border *= power
    shipped = border if policy.export_taxes is None else border / (1 + policy.export_taxes)
    return Coefficients(base, delivered, border, shipped, policy.received, stacked)


@dataclass(frozen=True, eq=False)
class State:
    """Everything one sweep computes at given unknowns; all arrays `[j, n]` unless said otherwise."""

    v: Floats
    p: Floats
    spending: Floats
    u: Floats
    supply: Floats
    """S = A u: the price index to the power −θ, but for the size of the market."""
    demand: Floats
    """H = X/S."""
    producer_share: Floats
    """F: share of spending that passes the border, tariffs taken off."""
    output: Floats
    wages: Floats
    """Wage bill e^(v+ℓ) L `[n]`."""
    labour: Floats
    """What employers pay for labour `[n]`; equal to `wages` at the equilibrium."""
    revenue: Floats
    """Tariff and export-tax revenue `[n]`."""
    deficit: Floats
    income: Floats


def split(base: Baseline, z: Floats) -> tuple[Floats, Floats, Floats]:
    """(v, p, x) of the vector of unknowns."""
    n, cells = base.n, base.j * base.n
    return z[:n], z[n : n + cells].reshape(base.j, n), z[n + cells : n + 2 * cells].reshape(base.j, n)


def returns(base: Baseline, z: Floats) -> Floats:
    """ρ `[j, n]` of the unknowns, where factors are specific."""
    at = base.n + 2 * base.j * base.n
    return z[at : at + base.j * base.n].reshape(base.j, base.n)


def hours(base: Baseline, z: Floats) -> Floats:
    """ℓ `[n]` of the unknowns; zero without labour supply."""
    return z[-base.n :] if base.labour_supply else np.zeros(base.n)


def _inputs(base: Baseline, p: Floats) -> Floats:
    """Σ_k γ_k p_k in the cost of each sector `[j, n]`."""
    return np.asarray(np.matmul(base.gamma_by_user, np.ascontiguousarray(p.T)[:, :, None])[:, :, 0].T)


def evaluate(c: Coefficients, z: Floats) -> State:
    """All quantities at the unknowns `z`."""
    base = c.base
    v, p, x = split(base, z)
    spending = base.spending * np.exp(x)
    log_cost = base.cost_labour * v + _inputs(base, p)
    wages = np.exp(v) * base.wage_bill
    if base.short_run:
        log_cost = log_cost + base.cost_specific * returns(base, z)
    if base.labour_supply:
        worked = hours(base, z)
        wages = wages * np.exp(worked)
        log_cost = log_cost - base.scale * worked
    u = np.exp(-base.theta * log_cost)
    both = np.matmul(c.stacked, u[:, :, None])[:, :, 0]
    supply, passed = both[:, : base.n], both[:, base.n :]
    demand = spending / supply
    output = u * np.matmul(demand[:, None, :], c.shipped)[:, 0, :]
    producer_share = passed / supply
    revenue = ((1 - producer_share) * spending).sum(0)
    if c.shipped is not c.border:
        revenue = revenue + (u * np.matmul(demand[:, None, :], c.border - c.shipped)[:, 0, :]).sum(0)
    labour = (base.beta * output).sum(0)
    if base.access is not None:
        there = (base.beta * u * np.matmul((base.access * demand)[:, None, :], c.shipped)[:, 0, :]).sum(0)
        here = base.access * (demand * np.matmul(c.shipped, (base.beta * u)[:, :, None])[:, :, 0]).sum(0)
        labour = labour - there + here
    deficit = c.deficit(wages)
    income = wages + revenue + deficit
    if base.owned is not None:
        income = income + (base.owned * output).sum(0)
    return State(v, p, spending, u, supply, demand, producer_share, output, wages, labour, revenue, deficit, income)


def spending_of(c: Coefficients, state: State) -> Floats:
    """Right-hand side of the spending equation: γY + αI, `[j, n]`."""
    base = c.base
    inputs = np.matmul(base.gamma, np.ascontiguousarray(state.output.T)[:, :, None])[:, :, 0].T
    return np.asarray(inputs + base.alpha * state.income)


def kept(base: Baseline, revenue: Floats, wages: Floats) -> Floats:
    """ln k̂ `[n]`: by how much tariff revenue in place of an income tax raises what is kept of a wage."""
    if base.closure.revenue != "tax relief":
        return np.zeros(base.n)
    return np.asarray(np.log((1 - base.relief) / (1 - revenue / wages)))


def sweep(c: Coefficients, z: Floats, damping: float) -> Floats:
    """The image of `z`: new prices (the home loop of inputs answered at once), new spending, and wages moved towards
    labour-market balance by `damping`; specific factors and hours where the closure has them."""
    base = c.base
    state = evaluate(c, z)
    wanted = spending_of(c, state)
    with np.errstate(invalid="ignore", divide="ignore"):
        v = state.v + damping * (base.wage_response @ np.log(state.labour / state.wages))
        v = v - np.log((np.exp(v) * base.wage_bill).sum() / base.world_wage_bill)
        image = np.empty_like(z)
        new_v, new_p, new_x = split(base, image)
        new_v[:] = v
        step = np.log(state.supply) / -base.theta - state.p
        if base.access is not None:
            step += (1 - base.pass_through) * (split(base, z)[2] - state.v)
        new_p[...] = state.p + np.matmul(base.home_prices, np.ascontiguousarray(step.T)[:, :, None])[:, :, 0].T
        np.log(wanted * base.per_spending + base.unbought, out=new_x)
        if base.short_run:  # r̂ = Ŷ, with Y's own answer to r through cost taken in
            rho, elastic = returns(base, z), base.theta * base.cost_specific
            answered = (np.log(np.where(base.made, state.output * base.per_output, 1)) + elastic * rho) / (1 + elastic)
            returns(base, image)[...] = np.where(base.made, answered, 0)
        if base.labour_supply:
            real = state.v - (base.alpha * state.p).sum(0) + kept(base, state.revenue, state.wages)
            hours(base, image)[:] = base.labour_supply * real
    return image
