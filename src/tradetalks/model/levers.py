"""Levers: which tariffs a search may move, which of them move together, and between which bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from tradetalks.errors import PolicyError, nearest
from tradetalks.records import HIGHEST_RATE
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from tradetalks.world.accounts import Floats, World
    from tradetalks.world.policy import Names, Policy

    Places = NDArray[np.intp]

By = Literal["sector and partner", "partner", "sector", "uniform"]
BYS: tuple[By, ...] = get_args(By)

Bounds = tuple["ArrayLike", "ArrayLike"]
"""Lowest and highest rate, fractions: numbers, or arrays `[j, n, i]` such as bound rates."""


class Lever(NamedTuple):
    """One rate that a search moves; ``*`` where it holds for all partners or sectors."""

    importer: str
    exporter: str
    sector: str

    def __str__(self) -> str:
        return f"{self.importer} on {self.exporter}, {self.sector}"


@dataclass(frozen=True, eq=False, repr=False)
class Levers:
    """The free tariffs of some importers. A point is ln(1 + rate) `[lever]`; levers of an importer stand together."""

    world: World
    by: By
    sector: Places
    """Cells that the levers move, `[cell]`: sector, importer and exporter of each."""
    importer: Places
    exporter: Places
    of_cell: Places
    """Lever of each cell."""
    lower: Floats
    """Bounds of the point `[lever]`."""
    upper: Floats

    def __len__(self) -> int:
        return len(self.lower)

    @cached_property
    def owner(self) -> Places:
        """Importer of each lever, its position in the world."""
        found = np.zeros(len(self), dtype=np.intp)
        found[self.of_cell] = self.importer
        return found

    @cached_property
    def labels(self) -> tuple[Lever, ...]:
        """What each lever is called."""
        world, first = self.world, np.unique(self.of_cell, return_index=True)[1]
        partner, sector = "partner" in self.by, "sector" in self.by
        return tuple(
            Lever(
                world.economies[self.importer[k]],
                world.economies[self.exporter[k]] if partner else "*",
                world.sectors[self.sector[k]] if sector else "*",
            )
            for k in first
        )

    def total(self, values: Floats) -> Floats:
        """Sum of values `[j, n, i]` over the cells of each lever."""
        return self.total_of_cells(values[self.sector, self.importer, self.exporter])

    def total_of_cells(self, values: Floats) -> Floats:
        """Sum of values `[cell]` over the cells of each lever."""
        return np.asarray(np.bincount(self.of_cell, values, len(self)), dtype=np.float64)

    def point(self, rates: ArrayLike) -> Floats:
        """The point of given rates, drawn into the bounds."""
        return self.inside(np.log1p(np.broadcast_to(np.asarray(rates, dtype=np.float64), (len(self),))))

    def rates(self, point: Floats) -> Floats:
        """Rates of a point, fractions `[lever]`."""
        return np.asarray(np.expm1(point))

    def inside(self, point: Floats) -> Floats:
        """The nearest point within the bounds."""
        return np.asarray(np.clip(point, self.lower, self.upper))

    def present(self, policy: Policy) -> Floats:
        """The point nearest to a policy: where a lever moves several cells, their mean by the imports of the world."""
        imports = self.world.flows[self.sector, self.importer, self.exporter]
        taxed = imports * np.log1p(policy.tariffs[self.sector, self.importer, self.exporter])
        return self.inside(self.total_of_cells(taxed) / self.total_of_cells(imports))

    def policy(self, point: Floats, on: Policy) -> Policy:
        """`on` with the levers at a point."""
        tariffs = np.array(on.tariffs)
        tariffs[self.sector, self.importer, self.exporter] = self.rates(point)[self.of_cell]
        return replace(on, tariffs=tariffs)

    def owned_by(self, economy: int) -> Levers:
        """The levers of one importer."""
        cells = self.importer == economy
        mine = self.owner == economy
        renumbered = np.cumsum(mine) - 1
        return replace(
            self, sector=self.sector[cells], importer=self.importer[cells], exporter=self.exporter[cells],
            of_cell=renumbered[self.of_cell[cells]], lower=self.lower[mine], upper=self.upper[mine],
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<Levers: {len(self)} rates by {self.by}, {len(self.sector)} tariffs>"


def levers(
    world: World,
    importers: Sequence[int],
    *,
    by: By = "sector and partner",
    partners: Names = "*",
    sectors: Names = "goods",
    bounds: Bounds = (0.0, HIGHEST_RATE),
) -> Levers:
    """The tariffs of `importers` (positions) on `partners` in `sectors`, tied together as `by` says.

    A pair that does not trade in a sector has no lever: no tariff would move it. Where one rate holds for several
    cells, its bounds are the tightest among them. Raises `PolicyError` for an unknown `by`, for bounds that cross or
    cannot be, and for an importer without a lever; `UnknownCode` for names this world does not have.
    """
    if by not in BYS:
        raise PolicyError(f'by "{by}": {nearest(by, BYS) or "choose one of " + ", ".join(BYS)}')
    count = len(world.economies)
    free = np.zeros(world.flows.shape, dtype=bool)
    free[np.ix_(_listed(world.sector_indices, sectors), importers, _listed(world.economy_indices, partners))] = True
    free &= world.flows > 0
    free[:, np.arange(count), np.arange(count)] = False
    importer, sector, exporter = np.nonzero(free.transpose(1, 0, 2))
    for n in importers:
        if not (importer == n).any():
            raise PolicyError(
                f"{economy_name(world.economies[n])} imports nothing that these levers tax: no tariff of its own can "
                "be chosen. Widen `sectors` or `partners`, or leave it out"
            )
    key = importer * world.flows[:, 0, :].size
    if "sector" in by:
        key = key + sector * count
    if "partner" in by:
        key = key + exporter
    of_cell = np.unique(key, return_inverse=True)[1].astype(np.intp)
    lowest, highest = bounds
    low = _bound(world, "lowest", lowest)[sector, importer, exporter]
    high = _bound(world, "highest", highest)[sector, importer, exporter]
    lower, upper = np.full(of_cell.max() + 1, -1.0), np.full(of_cell.max() + 1, np.inf)
    np.maximum.at(lower, of_cell, low)
    np.minimum.at(upper, of_cell, high)
    made = Levers(world, by, sector, importer, exporter, of_cell, np.log1p(lower), np.log1p(upper))
    if (lower > upper).any():
        worst = int((lower - upper).argmax())
        raise PolicyError(
            f"bounds cross for {made.labels[worst]}: the lowest rate allowed is {lower[worst]:g}, the highest "
            f"{upper[worst]:g}. Give bounds=(lowest, highest) as fractions that every cell of the lever can meet"
        )
    return made


def _bound(world: World, which: str, bound: ArrayLike) -> Floats:
    """A bound as `[j, n, i]`."""
    try:
        array = np.broadcast_to(np.asarray(bound, dtype=np.float64), world.flows.shape)
    except (TypeError, ValueError) as error:
        raise PolicyError(f"bounds: the {which} rate must be a number or an array {world.flows.shape}") from error
    if np.isnan(array).any() or array.min() <= -1 or array.max() > HIGHEST_RATE:
        wrong = array[(array <= -1) | (array > HIGHEST_RATE) | np.isnan(array)][0]
        raise PolicyError(
            f"bounds: {which} rate {wrong:g}: give fractions above -1 (a subsidy is negative) and at most "
            f"{HIGHEST_RATE:g}"
        )
    return array


def _listed(indices: Callable[[str], list[int]], names: Names) -> list[int]:
    """Positions that one name or several stand for, each once."""
    spelled = (names,) if isinstance(names, str) else names
    return sorted({k for name in spelled for k in indices(name)})
