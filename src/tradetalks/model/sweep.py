"""One sweep of the equilibrium: prices, spending and wages once round, without ever forming the trade shares.

Exact-hat equations of Caliendo and Parro (2015, section 2.5) with iceberg costs, export taxes and transfers. Per
scenario A = π·κ̂^(−θ) and Q = A / (1+τ′) are constants; with u = ĉ^(−θ) prices, sales and revenue are matrix–vector
products, so powers are taken only on `[sector, economy]`.

Unknowns: v = ln ŵ `[n]`, p = ln P̂ `[j, n]`, x = ln X′/X `[j, n]`, kept in one vector of length N + 2JN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tradetalks.errors import PolicyError

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Policy

Deficits = Literal["fixed", "proportional", "closed"]
DEFICITS: tuple[Deficits, ...] = ("fixed", "proportional", "closed")


class Baseline:
    """What every scenario on one world shares, laid out for the sweep."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.n, self.j = len(world.economies), len(world.sectors)
        self.theta = world.elasticities[:, None]
        self.pi = world.trade_shares
        self.beta = np.ascontiguousarray(world.value_added_shares.T)  # [j, n]
        self.gamma = world.io_shares  # [n, k, j]
        self.gamma_by_user = np.ascontiguousarray(world.io_shares.transpose(0, 2, 1))  # [n, j, k]
        self.alpha = np.ascontiguousarray(world.final_shares.T)  # [k, n]
        home = np.einsum("jnn->nj", self.pi)
        # prices react to one another mostly at home: (1 − π_nn Γᵀ)⁻¹ [n, k, l] answers that loop at once
        self.home_prices = np.linalg.inv(np.eye(self.j) - home[:, :, None] * self.gamma_by_user)
        self.spending = world.expenditure
        self.bought = self.spending > 0
        self.per_spending = 1 / np.where(self.bought, self.spending, 1)
        self.unbought = np.where(self.bought, 0.0, 1.0)  # keeps ln X̂ at zero where nothing is bought
        self.value_added = world.value_added
        self.world_value_added = float(self.value_added.sum())
        self.deficits = world.deficits
        self.wage_response = self._wage_response()

    def _wage_response(self) -> Floats:
        """How log wages answer excess labour demand `[n, m]`: the inverse of its slope if only trade shares reacted.

        ∂ ln demand_i = Σ s_jni [ −θ_j (∂v_i − Σ_m π_jnm ∂v_m) + ∂v_n ], s the share of a sale in the labour of i; the
        level of all wages, which trade does not fix, is tied down.
        """
        labour = self.beta * self.world.output
        made = self.world.flows / np.where(self.world.output > 0, self.world.output, 1)[:, None, :]
        sold = made * (labour / labour.sum(0))[:, None, :]
        priced = sold * self.theta[:, :, None]
        slope = np.matmul(priced.transpose(0, 2, 1), self.pi).sum(0) + sold.sum(0).T
        slope -= np.diag(priced.sum((0, 1))) + np.eye(self.n)
        level = np.abs(np.diag(slope)).mean() * self.value_added / self.world_value_added
        return np.asarray(np.linalg.inv(level[None, :] - slope))


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
    deficits: Deficits
    stacked: Floats
    """`delivered` over `border`, `[j, 2n, i]`: one pass over memory gives both products."""

    def deficit(self, v: Floats) -> Floats:
        """Deficits D′ `[n]` under the closure, transfers included; sums to zero."""
        base = self.base
        if self.deficits == "fixed":
            return base.deficits + self.received
        if self.deficits == "closed":
            return self.received
        wages = np.exp(v) * base.value_added
        own = base.deficits / base.value_added * wages
        return np.asarray(own - wages / wages.sum() * own.sum() + self.received)

    def deficit_jacobian(self, v: Floats) -> Floats:
        """∂D′/∂v `[n, m]`."""
        base = self.base
        if self.deficits != "proportional":
            return np.zeros((base.n, base.n))
        wages = np.exp(v) * base.value_added
        own = base.deficits / base.value_added * wages
        share = wages / wages.sum()
        total = own.sum()
        return np.asarray(np.diag(own) - np.diag(share) * total + np.outer(share, share) * total - np.outer(share, own))


def coefficients(base: Baseline, policy: Policy, deficits: Deficits = "fixed") -> Coefficients:
    """The constants of `policy` on the world of `base`. Raises `PolicyError` for an unknown rule for deficits."""
    if deficits not in DEFICITS:
        raise PolicyError(f'deficits "{deficits}": choose one of {", ".join(DEFICITS)}')
    world = base.world
    stacked = np.empty((base.j, 2 * base.n, base.n))  # one array, two views: fresh memory is what costs here
    delivered, border = stacked[:, : base.n], stacked[:, base.n :]
    delivered[...] = base.pi
    changed = np.flatnonzero(policy.tariffs != world.tariffs)
    if changed.size:
        j, cell = np.divmod(changed, base.n**2)
        n, i = np.divmod(cell, base.n)
        ratio = (1 + policy.tariffs.ravel()[changed]) / (1 + world.tariffs.ravel()[changed])
        delivered[j, n, i] *= np.exp(-world.elasticities[j] * np.log(ratio))
    wedge = policy.trade_costs
    if policy.export_taxes is not None:
        wedge = (1 + policy.export_taxes) * (1 if wedge is None else wedge)
    if wedge is not None:
        delivered *= wedge ** -world.elasticities[:, None, None]
    np.add(1, policy.tariffs, out=border)
    np.divide(delivered, border, out=border)
    shipped = border if policy.export_taxes is None else border / (1 + policy.export_taxes)
    return Coefficients(base, delivered, border, shipped, policy.received, deficits, stacked)


@dataclass(frozen=True, eq=False)
class State:
    """Everything one sweep computes at given (v, p, X); all arrays `[j, n]` unless said otherwise."""

    v: Floats
    p: Floats
    spending: Floats
    u: Floats
    supply: Floats
    """S = A u: the price index to the power −θ."""
    demand: Floats
    """H = X/S."""
    producer_share: Floats
    """F: share of spending that passes the border, tariffs taken off."""
    output: Floats
    export_tax: Floats
    """Export-tax revenue `[n]`."""
    deficit: Floats
    income: Floats


def split(base: Baseline, z: Floats) -> tuple[Floats, Floats, Floats]:
    """(v, p, x) of the vector of unknowns."""
    n, cells = base.n, base.j * base.n
    return z[:n], z[n : n + cells].reshape(base.j, base.n), z[n + cells :].reshape(base.j, base.n)


def evaluate(c: Coefficients, z: Floats) -> State:
    """All quantities at the unknowns `z`."""
    base = c.base
    v, p, x = split(base, z)
    spending = base.spending * np.exp(x)
    inputs = np.matmul(base.gamma_by_user, np.ascontiguousarray(p.T)[:, :, None])[:, :, 0]
    u = np.exp(-base.theta * (base.beta * v + inputs.T))
    both = np.matmul(c.stacked, u[:, :, None])[:, :, 0]
    supply, passed = both[:, : base.n], both[:, base.n :]
    demand = spending / supply
    output = u * np.matmul(demand[:, None, :], c.shipped)[:, 0, :]
    if c.shipped is c.border:
        export_tax = np.zeros(base.n)
    else:
        export_tax = (u * np.matmul(demand[:, None, :], c.border - c.shipped)[:, 0, :]).sum(0)
    producer_share = passed / supply
    deficit = c.deficit(v)
    income = np.exp(v) * base.value_added + ((1 - producer_share) * spending).sum(0) + export_tax + deficit
    return State(v, p, spending, u, supply, demand, producer_share, output, export_tax, deficit, income)


def spending_of(c: Coefficients, state: State) -> Floats:
    """Right-hand side of the spending equation: γY + αI, `[j, n]`."""
    base = c.base
    inputs = np.matmul(base.gamma, np.ascontiguousarray(state.output.T)[:, :, None])[:, :, 0].T
    return np.asarray(inputs + base.alpha * state.income)


def sweep(c: Coefficients, z: Floats, damping: float) -> Floats:
    """The image of `z`: new prices (the home loop of inputs answered at once), new spending, and wages moved towards
    labour-market balance by `damping`."""
    base = c.base
    state = evaluate(c, z)
    wanted = spending_of(c, state)
    labour = (base.beta * state.output).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        v = state.v + damping * (base.wage_response @ (np.log(labour / base.value_added) - state.v))
        v = v - np.log((np.exp(v) * base.value_added).sum() / base.world_value_added)
        image = np.empty_like(z)
        new_v, new_p, new_x = split(base, image)
        new_v[:] = v
        step = np.log(state.supply) / -base.theta - state.p
        new_p[...] = state.p + np.matmul(base.home_prices, np.ascontiguousarray(step.T)[:, :, None])[:, :, 0].T
        np.log(wanted * base.per_spending + base.unbought, out=new_x)
    return image
