"""The flows a clause speaks of: what an importer buys from an exporter in some sectors, as cells of a world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tradetalks.world import World


def cells(world: World, importer: str, exporter: str, sectors: Sequence[str]) -> NDArray[np.bool_]:
    """Which cells `[j, n, i]` are meant; codes, common names and groups. Never a cell of an economy with itself.

    Raises `UnknownCode` for a name the world does not have.

    >>> world = World.load("two_by_two")
    >>> cells(world, "USA", "*", ["goods"]).sum()
    np.int64(1)
    """
    chosen = np.zeros(world.tariffs.shape, dtype=bool)
    j = [k for name in sectors for k in world.sector_indices(name)]
    chosen[np.ix_(j, world.economy_indices(importer), world.economy_indices(exporter))] = True
    own = np.arange(len(world.economies))
    chosen[:, own, own] = False
    return chosen
