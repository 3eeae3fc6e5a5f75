"""Welfare: what a change of policy is worth to the people of an economy.

Equivalent variation at base prices (Hicks 1942); first-order decomposition after Caliendo and Parro (2015), section 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import WorldError

if TYPE_CHECKING:
    from tradetalks.model.solution import Solution
    from tradetalks.world.accounts import Floats, World


def real_income_hat(solution: Solution) -> Floats:
    """Real income of households `[n]`, ratio to the baseline: (I′/I) / P̂, exact.

    Revenue counts unless the state spends it. Source: Dekle, Eaton and Kortum (2008), eq. 14, with tariff revenue in
    income.
    """
    return np.asarray(_spendable(solution) / _spendable_before(solution) / solution.consumer_price_hat)


def welfare_hat(solution: Solution) -> Floats:
    """Welfare Ŵ `[n]`, ratio to the baseline: real income, less what longer hours cost those who work them.

    Preferences C − κ/(1+κ) L^(1+1/κ), so that Ŵ = (I′/P̂ − h L̂^(1+1/κ)) / (I − h), h = κ/(1+κ) of the baseline's
    after-tax wages; without labour supply it is real income. Source: Ignatenko et al. (2025), with the factor that
    their published measure leaves out (see the replication).
    """
    before, after = _well_being(solution)
    return np.asarray(after / before)


def equivalent_variation(solution: Solution) -> Floats:
    """Money each economy would pay for the change, US$ bn a year at base prices `[n]`: I (Ŵ − 1)."""
    before, after = _well_being(solution)
    return np.asarray((after - before) / 1000)


def _well_being(solution: Solution) -> tuple[Floats, Floats]:
    """Real income net of the cost of hours, before and after `[n]`, US$ m at base prices."""
    before = _spendable_before(solution)
    after = before * real_income_hat(solution)
    if solution.closure.labour_supply:
        kappa = solution.closure.labour_supply
        hours = kappa / (1 + kappa) * solution.coefficients.base.wage_bill / solution.keep_hat
        before, after = before - hours, after - hours * solution.labour_hat ** (1 + 1 / kappa)
    return before, after


def _spendable(solution: Solution) -> Floats:
    spent_by_state = solution.closure.revenue == "state"
    return solution.income - solution.state.revenue if spent_by_state else solution.income


def _spendable_before(solution: Solution) -> Floats:
    world = solution.world
    return world.income - world.tariff_revenue if solution.closure.revenue == "state" else world.income


def terms_of_trade(solution: Solution) -> Floats:
    """First-order terms-of-trade effect `[n]`, fraction of income; zero-trade cells drop out.

    (1/I) Σ [ exports · (ĉ_own − 1) − imports · (ĉ_supplier − 1) ], Caliendo and Parro (2015), eq. 16.
    """
    flows, moved = solution.world.flows, solution.cost_hat - 1
    earned = (flows.sum(1) * moved).sum(0)
    paid = np.einsum("jni,ji->n", flows, moved)
    return np.asarray((earned - paid) / solution.world.income)


def volume_of_trade(solution: Solution) -> Floats:
    """First-order volume-of-trade effect `[n]`, fraction of income.

    (1/I) Σ τ · imports · (M̂ − ĉ_supplier) at baseline tariffs, Caliendo and Parro (2015), eq. 16.
    """
    world = solution.world
    gained = solution.border_flows - world.flows * solution.cost_hat[:, None, :]
    return np.asarray((world.tariffs * gained).sum((0, 2)) / world.income)


def rebased_world(solution: Solution, name: str | None) -> World:
    """The equilibrium of `solution` as a world of its own; solving it with no change returns the same state."""
    policy = solution.policy
    if policy.export_taxes is not None and policy.export_taxes.any():
        raise WorldError("a world has no export taxes: this equilibrium cannot become a baseline")
    if solution.concessions.any():
        raise WorldError("a world has no purchase commitments: this equilibrium cannot become a baseline")
    flows = np.where(solution.world.flows > 0, solution.flows, 0)
    return replace(
        solution.world,
        flows=flows,
        tariffs=policy.tariffs,
        name=name or f"{solution.world.name} after {policy!r}",
        final_shares=solution.world.final_shares,
    )
