"""A baseline: what every scenario on one world under one closure shares, laid out for the sweep."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import PolicyError
from tradetalks.model.chord import Chord
from tradetalks.model.sweep import coefficients, evaluate
from tradetalks.world.policy import Policy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tradetalks.model.closure import Closure
    from tradetalks.world.accounts import Floats, World


class Baseline:
    """The constants of a world and a closure. Arrays are `[j, n]` unless said otherwise.

    Shares of sales (`beta`, `specific`, `profit`, `gamma`) say who is paid; shares of cost (`cost_labour`,
    `cost_specific`, `cost_inputs`) leave out profits, which are no cost.
    """

    def __init__(self, world: World, closure: Closure) -> None:
        self.world, self.closure = world, closure
        self.n, self.j = len(world.economies), len(world.sectors)
        self.theta = world.elasticities[:, None]
        self.pi = world.trade_shares
        self.beta, self.specific, self.profit = closure.on(world)
        self.plain = closure.plain
        cost = 1 - self.profit
        self.cost_labour, self.cost_specific = self.beta / cost, self.specific / cost
        self.gamma = world.io_shares  # [n, k, j]
        self.gamma_by_user = np.ascontiguousarray(world.io_shares.transpose(0, 2, 1) / cost.T[:, :, None])  # [n, j, k]
        self.cost_inputs = self.gamma if self.plain else np.ascontiguousarray(self.gamma_by_user.transpose(0, 2, 1))
        self.alpha = np.ascontiguousarray(world.final_shares.T)  # [k, n]
        home = np.einsum("jnn->nj", self.pi)
        # prices react to one another mostly at home: (1 − π_nn Γᵀ)⁻¹ [n, k, l] answers that loop at once
        self.home_prices = np.linalg.inv(np.eye(self.j) - home[:, :, None] * self.gamma_by_user)
        self.spending = world.expenditure
        self.bought = self.spending > 0
        self.per_spending = 1 / np.where(self.bought, self.spending, 1)
        self.unbought = np.where(self.bought, 0.0, 1.0)  # keeps ln X̂ at zero where nothing is bought
        self.made = world.output > 0
        self.per_output = 1 / np.where(self.made, world.output, 1)

        # what a closure adds to the plain model; None or 0 where it does not
        self.short_run = bool(self.specific.any())
        owned = self.specific + self.profit
        self.owned = owned if owned.any() else None
        self.labour_supply = closure.labour_supply
        access = closure.access
        self.access = None if access is None else self._by_economy("labour_share", access.labour_share, 0, 1)
        self.pass_through = (
            np.ones(self.n) if access is None else self._by_economy("pass_through", access.pass_through, 0, 10)
        )
        self.scale = 0.0 if access is None else float(access.scale)

        self.wage_bill = (self.beta * world.output).sum(0)
        """Income of mobile labour at the baseline `[n]`; with market access, where it is earned."""
        if self.access is not None:
            sold = np.einsum("jni,ji->ni", world.flows, self.beta)
            self.wage_bill = self.access * sold.sum(1) + ((1 - self.access)[:, None] * sold).sum(0)
        self.world_wage_bill = float(self.wage_bill.sum())
        self.deficits = world.deficits
        """What others finance at the baseline `[n]`: with market access what is left of the deficit."""
        if self.access is not None:
            earned = self.wage_bill + (owned * world.output).sum(0)
            self.deficits = world.income - world.tariff_revenue - earned
        self.relief = world.tariff_revenue / self.wage_bill
        """Baseline tariff revenue as a share of the wage bill `[n]`."""
        self.wage_response = self._wage_response()

    @property
    def size(self) -> int:
        """Number of unknowns."""
        cells = self.j * self.n
        return self.n + (3 if self.short_run else 2) * cells + (self.n if self.labour_supply else 0)

    @cached_property
    def chord(self) -> Chord:
        """The slope of the equations at the baseline, inverted; plain closure."""
        c = coefficients(self, Policy(self.world))
        return Chord(c, evaluate(c, np.zeros(self.size)))

    @cached_property
    def stacked(self) -> Floats:
        """Trade shares over trade shares / (1 + τ) `[j, 2n, i]`: A and Q where nothing changes."""
        return np.concatenate((self.pi, self.pi / (1 + self.world.tariffs)), axis=1)

    @cached_property
    def used_paid_sold(self) -> Floats:
        """Inputs, labour, and the sum of what an economy produces, by its output of each sector `[n, j + 2, j]`."""
        labour, sold = self.beta.T[:, None], np.ones((self.n, 1, self.j))
        return np.concatenate((self.gamma, labour, sold), axis=1)

    def _by_economy(self, field: str, value: ArrayLike, low: float, high: float) -> Floats:
        try:
            array = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (self.n,)))
        except (TypeError, ValueError) as error:
            raise PolicyError(f"market access: {field}: give a number or one for each of {self.n} economies") from error
        if not np.isfinite(array).all() or array.min() < low or array.max() >= high:
            raise PolicyError(f"market access: {field} must be at least {low} and below {high}")
        return array

    def _wage_response(self) -> Floats:
        """How log wages answer excess labour demand `[n, m]`: the inverse of its slope if only trade shares reacted.

        ∂ ln demand_i = Σ s_jni [ −θ_j (∂v_i − Σ_m π_jnm ∂v_m) + ∂v_n ], s the share of a sale in the labour of i; the
        level of all wages, which trade does not fix, is tied down.
        """
        labour = self.beta * self.world.output
        made = self.world.flows * self.per_output[:, None, :]
        sold = made * (labour / labour.sum(0))[:, None, :]
        priced = sold * (self.theta / (1 + self.theta * self.cost_specific))[:, None, :]
        slope = np.matmul(priced.transpose(0, 2, 1), self.pi).sum(0) + sold.sum(0).T
        slope -= np.diag(priced.sum((0, 1))) + np.eye(self.n)
        level = np.abs(np.diag(slope)).mean() * self.wage_bill / self.world_wage_bill
        # an economy without any trade leaves a second level untied: the pseudo-inverse keeps its wage where it is
        return np.asarray(np.linalg.pinv(level[None, :] - slope, rcond=1e-13))
