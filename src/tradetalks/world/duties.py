"""Duties of the law on a world: each cell's tariff moves by what the law has changed since the world's own day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tradetalks.errors import PolicyError
from tradetalks.law.book import Book
from tradetalks.law.sector_rates import joint_rates, measure_rates, sector_rates
from tradetalks.law.stacking import Floats
from tradetalks.law.trade import Usage, trade
from tradetalks.world.accounts import World
from tradetalks.world.policy import Policy
from tradetalks.world.sectors import group
from tradetalks.world.sources.concordance import EU27

REST = "ROW"
"""The economy that holds all partners a world does not name."""


def under(
    policy: Policy,
    law: Book,
    on: date,
    known_on: date | None = None,
    *,
    base: date,
    usage: Usage = "settled",
    only: Collection[int] | None = None,
) -> Policy:
    """The policy with the duties that a law levies on a day, against those of the day `base` in the world's accounts.

    Each tariff of the importer moves by the change of the trade-weighted rate of its sector and partner; the level of
    the world's own tariffs stays what it was. The day `base` has the law as written, without amendments or anything set
    aside. Rates are fractions; for `usage` see `Trade.usmca_share`.

    Raises `PolicyError` for sectors that the law's trade does not have, and `LawError` as the law does.
    """
    world = policy.world
    change = duties(world, law, on, known_on, usage, only) - duties(world, law.as_written, base, None, usage, only)
    tariffs = np.array(policy.tariffs)
    tariffs[:, world.economy(law.importer), :] += change
    return replace(policy, tariffs=tariffs)


def duties(
    world: World,
    law: Book,
    on: date,
    known_on: date | None = None,
    usage: Usage = "settled",
    only: Collection[int] | None = None,
) -> Floats:
    """Trade-weighted rates of a law on every economy of a world, fractions `[sector, economy]`; zero on services.

    A member of the European Union faces the rates on the Union; the rest of the world those on the partners of the
    trade that the world does not name. With `only` all but these economies (by position) are zero. Raises `PolicyError`
    for sectors that the law's trade does not have.
    """
    table = trade(law.importer)
    found = np.zeros((len(world.sectors), len(world.economies)))
    places = _places(world, table.sectors)
    for i, economy in enumerate(world.economies):
        if economy == law.importer or (only is not None and i not in only):
            continue
        if economy == REST:
            named = {_customs(code) for code in world.economies}
            rates = joint_rates(law, [p for p in table.partners if p not in named], on, known_on, usage)
        else:
            rates = sector_rates(law, _customs(economy), on, known_on, usage)
        found[:, i] = np.where(places >= 0, rates[places], 0.0)
    return found


def added_by(
    world: World, law: Book, economy: str, on: date, known_on: date | None = None, usage: Usage = "settled"
) -> dict[str, Floats]:
    """What each measure adds to the duties on one economy, fractions `[sector]`."""
    places = _places(world, trade(law.importer).sectors)
    found = measure_rates(law, _customs(economy), on, known_on, usage)
    return {name: np.where(places >= 0, rates[places], 0.0) for name, rates in found.items()}


def require_sectors(world: World, law: Book) -> None:
    """Raises `PolicyError` where a world has goods sectors that the law's trade does not have."""
    _places(world, trade(law.importer).sectors)


def _customs(economy: str) -> str:
    """The partner that customs know an economy as."""
    return "EU27" if economy in EU27 else economy


def _places(world: World, sectors: tuple[str, ...]) -> NDArray[np.intp]:
    """The position of each sector of a world among those of the trade; -1 for services."""
    known = {code: k for k, code in enumerate(sectors)}
    lacking = [code for code in world.sectors if code not in known and group(code) != "services"]
    if lacking:
        raise PolicyError(
            f"the law knows no sector {', '.join(lacking[:3])} of {world.name}; its trade has {', '.join(sectors)}"
        )
    return np.array([-1 if group(code) == "services" else known[code] for code in world.sectors])
