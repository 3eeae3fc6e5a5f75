"""The accounting identities of a world, checked one by one; each violation names its worst cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import WorldError

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats, World


@dataclass(frozen=True)
class Identity:
    """One identity of the accounts and how far the world is from it."""

    name: str
    holds: bool
    gap: float
    """Largest relative gap."""
    worst: str
    """The cell with the largest gap, in words."""


def identities(world: World, tolerance: float = 1e-9) -> tuple[Identity, ...]:
    """Every accounting identity of `world`, with its largest relative gap.

    Uses Caliendo and Parro (2015), equations 6 to 9, at the baseline.
    """
    e, s = world.economies, world.sectors
    spent = world.expenditure
    used = np.einsum("nkj,jn->kn", world.io_shares, world.output) + (world.final_shares * world.income[:, None]).T
    balance = world.flows.sum((0, 2)) - world.deficits - world.output.sum(0)

    def cells(gap: Floats) -> str:
        j, n = (int(i) for i in np.unravel_index(np.abs(gap).argmax(), gap.shape))
        return f"{e[n]}, {s[j]}"

    def economy(gap: Floats) -> str:
        return e[int(np.abs(gap).argmax())]

    shares = (world.io_shares.sum(1) + world.value_added_shares - 1).T
    market = (spent - used) / world.income
    own = np.einsum("jnn->jn", world.tariffs)
    rows: list[tuple[str, Floats, str]] = [
        ("input shares and value added exhaust output", shares, cells(shares)),
        ("final shares sum to one", world.final_shares.sum(1) - 1, economy(world.final_shares.sum(1) - 1)),
        ("spending is inputs plus final demand (share of income)", market, cells(market)),
        ("income is value added, revenue and deficit", (spent - used).sum(0) / world.income,
         economy((spent - used).sum(0) / world.income)),
        ("imports less deficit are sales", balance / world.output.sum(0), economy(balance / world.output.sum(0))),
        ("deficits sum to zero", np.array([world.deficits.sum() / world.income.sum()]), "world"),
        ("no tariff on oneself", own, cells(own)),
        ("no negative flow", np.minimum(world.flows, 0).min((1, 2)), s[int(world.flows.min((1, 2)).argmin())]),
    ]  # fmt: skip
    return tuple(
        Identity(name, bool(np.abs(gap).max() <= tolerance), float(np.abs(gap).max()), worst)
        for name, gap, worst in rows
    )


def check(world: World, *, strict: bool = False, tolerance: float = 1e-9) -> tuple[Identity, ...]:
    """The identities that `world` violates; empty when its accounts are balanced.

    Raises `WorldError` instead when `strict`.
    """
    broken = tuple(identity for identity in identities(world, tolerance) if not identity.holds)
    if broken and strict:
        listed = "; ".join(f"{i.name}: off by {i.gap:.2g} at {i.worst}" for i in broken)
        raise WorldError(f"world {world.name} is not balanced: {listed}")
    return broken
