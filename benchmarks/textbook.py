"""The textbook algorithm, as replication files write it: prices inside, spending next, damped wages outside.

Caliendo and Parro (2015, section 2.5; after Alvarez and Lucas 2007): every pass forms all trade shares with full
powers. Kept as the yardstick that the package's solver is measured against, and as an independent check of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradetalks.world import Policy, World

Floats = NDArray[np.float64]


class Nested(NamedTuple):
    """Hats of wages `[n]` and prices `[j, n]`, spending `[j, n]` in US$ m, and passes over the trade shares."""

    wages: Floats
    prices: Floats
    spending: Floats
    passes: int


def nested_loop(world: World, policy: Policy, *, tolerance: float = 1e-10, damping: float = 0.3) -> Nested:
    """The equilibrium with deficits fixed; raises `RuntimeError` after 2000 rounds."""
    j, n = len(world.sectors), len(world.economies)
    theta = world.elasticities[:, None, None]
    beta, alpha = world.value_added_shares.T, world.final_shares.T
    kappa = (1 + policy.tariffs) / (1 + world.tariffs)
    wages, prices, spending = np.ones(n), np.ones((j, n)), world.expenditure.copy()
    passes = 0
    for _ in range(2000):
        while True:  # prices for given wages
            cost = wages**beta * np.exp(np.einsum("nkj,kn->jn", world.io_shares, np.log(prices)))
            new = ((world.trade_shares * (kappa * cost[:, None, :]) ** -theta).sum(2)) ** (-1 / theta[:, :, 0])
            passes += 1
            gap = np.abs(new / prices - 1).max()
            prices = new
            if gap < tolerance / 10:
                break
        shares = world.trade_shares * (kappa * cost[:, None, :] / prices[:, :, None]) ** -theta
        border = shares / (1 + policy.tariffs)
        while True:  # spending for given prices
            output = (border * spending[:, :, None]).sum(1)
            revenue = (policy.tariffs * border * spending[:, :, None]).sum((0, 2))
            income = wages * world.value_added + revenue + world.deficits
            new = np.einsum("nkj,jn->kn", world.io_shares, output) + alpha * income
            passes += 1
            gap = np.abs(new - spending).max() / spending.max()
            spending = new
            if gap < tolerance / 100:
                break
        flows = border * spending[:, :, None]
        excess = (flows.sum((0, 1)) - flows.sum((0, 2)) + world.deficits) / (wages * world.value_added)
        if np.abs(excess).max() < tolerance:
            return Nested(wages, prices, spending, passes)
        wages = wages * (1 + damping * excess)
        wages *= world.value_added.sum() / (wages * world.value_added).sum()
    raise RuntimeError("the nested loop did not converge in 2000 rounds")
