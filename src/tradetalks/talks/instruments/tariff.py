"""Tariffs: a party changes its own duties, on whole sectors or on the products in them that it names.

Where the law of the importer ships, an option amends its measures instead (`amend`), line by line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, model_validator

from tradetalks.errors import PolicyError
from tradetalks.records.fields import Names, Rate, Record, Share, Text, fault
from tradetalks.talks.instruments import flows, lines
from tradetalks.world import Policy, World

Floats = NDArray[np.float64]


def _codes(value: object) -> object:
    """Codes of the harmonised system without their dots."""
    codes = [value] if isinstance(value, str) else value
    if not isinstance(codes, list | tuple) or not codes:
        raise fault("is empty; write codes of 2 to 10 digits, such as [8703, 8704]")
    plain = tuple(str(code).replace(".", "").strip() for code in codes)
    for code, digits in zip(codes, plain, strict=True):
        if not re.fullmatch(r"[0-9]{2,10}", digits):
            raise fault(f'"{code}" is no product code; write 2 to 10 digits, such as 8703')
    return plain


class TariffChange(Record):
    """A party changes its own duties: cut by a part of what they are (`cut`), set to a level (`rate`), or brought down
    to a total, normal duty included, where they are above it (`cap`).

    With `products` only part of each sector's trade is concerned: `share`, or what customs recorded where the trade of
    the importer ships by line. Those products pay what the sector pays on average unless `now` says otherwise.
    """

    importer: Text
    exporter: Text
    sectors: Names
    cut: Rate | None = None
    rate: Rate | None = None
    cap: Rate | None = None
    products: Annotated[tuple[str, ...], BeforeValidator(_codes)] = ()
    """Codes of the harmonised system, 2 to 10 digits."""
    share: Share | None = None
    """Part that the products make of what the importer buys from the exporter in each sector, by value."""
    now: Rate | None = None
    """What the products pay in the world's own accounts, normal duty included; cuts of peaks need it."""

    @model_validator(mode="after")
    def _one_of_three(self) -> TariffChange:
        if sum(kind is not None for kind in (self.cut, self.rate, self.cap)) != 1:
            raise fault(
                "give either `cut` (50% halves the duty) or `rate` (the new level), or `cap` (the most it may be)"
            )
        if self.cut is not None and not 0 < self.cut <= 1:
            raise fault(f"{self.cut:.4g} of the duty; a cut lies above 0% and at most at 100%", "cut")
        if self.cap is not None and self.cap < 0:
            raise fault(f"{self.cap:.4g} is below zero; a cap is a total rate, such as 15%", "cap")
        return self

    @model_validator(mode="after")
    def _share_of_products(self) -> TariffChange:
        if not self.products:
            for field in ("share", "now"):
                if getattr(self, field) is not None:
                    raise fault("stands without `products`; name the products it speaks of, such as [8703]", field)
        elif self.share is None and not lines.ships(self.importer):
            raise fault(
                f"is missing; no imports of {self.importer} by product ship: give the part of the sector's trade that "
                "the products make, such as 0.3",
                "share",
            )
        elif self.share == 0:
            raise fault("is 0: the products are none of this trade; drop the change or name others", "share")
        return self

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it changes, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def change(self, policy: Policy) -> Policy:
        """The policy with this change; rates are fractions.

        Raises `PolicyError` where the products named are no part of the trade, or pay more than all of the sector.
        """
        cells = np.nonzero(self.cells(policy.world))
        tariffs = np.array(policy.tariffs)
        tariffs[cells] = self._on_lines(policy, cells) if self.products else self._after(tariffs[cells])
        return replace(policy, tariffs=tariffs)

    def _after(self, today: Floats) -> Floats:
        if self.cut is not None:
            return np.asarray(today * (1 - self.cut))
        if self.cap is not None:
            return np.minimum(today, self.cap)
        return np.full_like(today, self.rate)

    def _on_lines(self, policy: Policy, cells: tuple[NDArray[np.intp], ...]) -> Floats:
        """New rates of the cells: the average of what products named and all others pay."""
        world, today = policy.world, policy.tariffs[cells]
        share = self._shares(world, cells)
        pays = today
        if self.now is not None:
            most = np.maximum(today, world.tariffs[cells])
            over = share * self.now - most
            if over.max(initial=0) > 1e-9:
                worst = int(over.argmax())
                sector = world.sectors[cells[0][worst]]
                raise PolicyError(
                    f"products {', '.join(self.products)} at {self.now:.4g} on {share[worst]:.4g} of {sector} alone "
                    f"make {share[worst] * self.now:.4g}, and all of {sector} pays {most[worst]:.4g} in {world.name}: "
                    "lower `now` or `share`"
                )
            left = np.divide(today, share, out=np.full_like(today, self.now), where=share > 0)
            pays = np.minimum(self.now, left)  # an earlier change of the sector may have left less than that
        return np.asarray(today + share * (self._after(pays) - pays))

    def _shares(self, world: World, cells: tuple[NDArray[np.intp], ...]) -> Floats:
        if self.share is not None:
            return np.full(cells[0].size, self.share)
        by_exporter = {
            i: lines.shares(self.importer, world.economies[i], self.products) for i in set(cells[2].tolist())
        }
        places = list(zip(cells[0].tolist(), cells[2].tolist(), strict=True))
        share = np.array([by_exporter[i].get(world.sectors[j], 0.0) for j, i in places])
        if not share.any():
            raise PolicyError(
                f"products {', '.join(self.products)}: none is in {', '.join(self.sectors)} of what {self.importer} "
                f"buys from {self.exporter}; name their sector, or give their `share`"
            )
        return share
