"""What the equilibrium of the world counts of trade that is brought about, in its own sector.

An instrument whose worth is found on a product market of its own takes this off, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tradetalks.errors import OfferError
from tradetalks.talks.instruments.effect import Shift
from tradetalks.world import World

STEPS = 200
"""Of the iteration for S below; each takes more than a (1+θ)-th of its error off."""


class Counted(NamedTuple):
    """What the equilibrium sees in an importer where flows are moved by wedges that its budget pays; US$ bn a year."""

    welfare: float
    """Duties on what flows change, and half the wedge on what was moved; the terms of trade are beside it."""
    revenue: float
    """Duties on what flows change; what the wedges cost is left out, as buyers have it."""
    income: float
    """Value added of the sector at home that imports displace."""


def counted(world: World, importer: str, sector: str, shifts: Sequence[Shift]) -> Counted:
    """The effects on one importer of shifts in one sector, with its spending on the sector and all costs held.

    With purchaser shares π, wedges z and S = Σ π e^(−θz), flows become M e^(−(1+θ)z) / S where there is a wedge and
    M / S elsewhere (CES demand); z follows from the shifts. Raises `UnknownCode` for codes the world does not have and
    `OfferError` for shifts that take more than there is.

    >>> from tradetalks.talks.instruments.effect import Shift
    >>> counted(World.load("icio2022"), "JPN", "A01_02", []).income
    0.0
    """
    n, (j,) = world.economy(importer), world.sector_indices(sector)
    flows, duty, theta = world.flows[j, n] / 1000, world.tariffs[j, n], float(world.elasticities[j])
    share = flows * (1 + duty) / (flows * (1 + duty)).sum()
    moved = np.zeros_like(flows)
    for one in shifts:
        moved[world.economy(one.exporter)] += one.usd_bn
    cells = moved != 0
    if (gone := cells & (flows + moved <= 0)).any():
        k = int(gone.argmax())
        raise OfferError(
            f"{world.economies[k]} sells US$ {flows[k]:.3g} bn of {sector} to {importer} in this world and would lose "
            f"{-moved[k]:.3g} bn; take less from it"
        )
    grows = 1 + moved[cells] / flows[cells]
    cheaper = 1.0  # Σ π e^(−θz), a contraction
    for _ in range(STEPS):
        cheaper = 1 - share[cells].sum() + float(share[cells] @ (grows * cheaper) ** (theta / (1 + theta)))
    wedge = -np.log(grows * cheaper) / (1 + theta)
    change = np.where(cells, moved, flows * (1 / cheaper - 1))
    revenue = float(duty @ change)
    # where the budget adds to the price, z < 0, what is moved is worth so much less to buyers than it costs
    return Counted(
        welfare=revenue + float(wedge @ moved[cells]) / 2,
        revenue=revenue,
        income=float(world.value_added_shares[n, j] * change[n]) + 0.0,  # no minus zero
    )
