"""A Policy: what governments change, relative to a world: tariffs, trade costs, export taxes, transfers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.errors import PolicyError
from tradetalks.records import HIGHEST_RATE

if TYPE_CHECKING:
    from tradetalks.world.accounts import Floats, World


class Commitment(NamedTuple):
    """A promise to buy at least `value` US$ m a year, what sellers receive; positions in the world's order."""

    importer: int
    exporters: tuple[int, ...]
    sectors: tuple[int, ...]
    value: float

    @property
    def cells(self) -> tuple[np.ndarray, ...]:
        """Index of the flows `[j, n, i]` that count."""
        return np.ix_(self.sectors, (self.importer,), self.exporters)


@dataclass(frozen=True, eq=False, repr=False)
class Policy:
    """The counterfactual, as levels on one world. Immutable: every method returns a new policy.

    - `tariffs` `[j, n, i]`: ad-valorem rates in force after the change, fractions of the border value
    - `trade_costs` `[j, n, i]`: factor on iceberg (non-tariff) costs; 1 is no change, 0.95 five per cent cheaper
    - `export_taxes` `[j, n, i]`: rate levied by exporter i on sales to n; the world has none
    - `transfers` `[n, m]`: US$ m a year paid by n to m
    - `commitments`: purchases that importers have promised, each met by a price concession found with the equilibrium

    Importer, exporter and sector may be a code, a common name, a group (``EU27``, ``goods``) or ``*``, or a list of
    them. Trade within an economy is never touched.

    >>> from tradetalks.world.accounts import World
    >>> two = World(("JPN", "USA"), ("C29",), [[[80, 20], [20, 80]]], np.zeros((1, 2, 2)), np.zeros((2, 1, 1)),
    ...             [[1.0], [1.0]], [4.0])
    >>> Policy(two).tariff("USA", "Japan", "C29", 0.25).tariffs[0]
    array([[0.  , 0.  ],
           [0.25, 0.  ]])
    """

    world: World
    tariffs: Floats = None  # type: ignore[assignment]  # the world's, unless given
    trade_costs: Floats | None = None
    export_taxes: Floats | None = None
    transfers: Floats | None = None
    commitments: tuple[Commitment, ...] = ()

    def __post_init__(self) -> None:
        j, n = len(self.world.sectors), len(self.world.economies)
        shapes = {"tariffs": (j, n, n), "trade_costs": (j, n, n), "export_taxes": (j, n, n), "transfers": (n, n)}
        if self.tariffs is None:
            object.__setattr__(self, "tariffs", self.world.tariffs)
        for attribute, shape in shapes.items():
            value = getattr(self, attribute)
            if value is None or value is self.world.tariffs:
                continue
            array = np.ascontiguousarray(value, dtype=np.float64)
            if array.shape != shape:
                raise PolicyError(f"{attribute}: shape {array.shape}, where this world needs {shape}")
            if not np.isfinite(array).all():
                raise PolicyError(f"{attribute}: every cell needs a finite number")
            lowest = {"tariffs": -1.0, "trade_costs": 0.0, "export_taxes": -1.0}.get(attribute)
            if lowest is not None and array.min() <= lowest:
                raise PolicyError(f"{attribute}: {array.min():g} found, must be above {lowest:g}")
            neutral = 1.0 if attribute == "trade_costs" else 0.0
            own = np.diagonal(array, axis1=-2, axis2=-1)
            if (own != neutral).any():
                raise PolicyError(f"{attribute}: the own cell of an economy must stay {neutral:g}")
            array.setflags(write=False)
            object.__setattr__(self, attribute, array)

    # ---- the doors --------------------------------------------------------------------------------------------------

    def tariff(self, importer: Names, exporter: Names, sector: Names, rate: float, *, add: bool = False) -> Policy:
        """Sets the tariff of `importer` on `exporter` in `sector` to `rate`, or adds `rate` to what is there.

        `rate` is a fraction: 0.25 is 25 %. Raises `PolicyError` for rates of −100 % and less or above 1000 %, and
        `UnknownCode` for names this world does not have.
        """
        return self._set("tariffs", importer, exporter, sector, rate, add=add)

    def trade_cost(self, importer: Names, exporter: Names, sector: Names, factor: float) -> Policy:
        """Multiplies the iceberg cost of bringing goods from `exporter` to `importer`: 0.97 makes it 3 % cheaper."""
        if not math.isfinite(factor) or not 0.01 <= factor <= 100:
            raise PolicyError(
                f"trade cost factor {factor:g}: give a factor such as 0.97 (3 % cheaper), between 0.01 and 100"
            )
        costs = np.array(np.ones_like(self.tariffs) if self.trade_costs is None else self.trade_costs)
        costs[self._cells(importer, exporter, sector)] *= factor
        _reset_own(costs, 1.0)
        return replace(self, trade_costs=costs)

    def export_tax(self, exporter: Names, importer: Names, sector: Names, rate: float, *, add: bool = False) -> Policy:
        """Sets the tax of `exporter` on its sales of `sector` to `importer`; negative rates are subsidies."""
        return self._set("export_taxes", importer, exporter, sector, rate, add=add)

    def transfer(self, payer: str, recipient: str, usd_bn: float) -> Policy:
        """Adds a payment of `usd_bn` US$ bn a year from `payer` to `recipient`, such as for military support."""
        n, m = self.world.economy(payer), self.world.economy(recipient)
        if n == m:
            raise PolicyError(f"transfer from {payer} to itself")
        if not math.isfinite(usd_bn) or abs(usd_bn) * 1000 > self.world.income[[n, m]].min():
            raise PolicyError(
                f"transfer of US$ {usd_bn:g} bn from {payer} to {recipient}: more than a year's income of one of them; "
                "amounts are in US$ bn"
            )
        paid = np.array(np.zeros((len(self.world.economies),) * 2) if self.transfers is None else self.transfers)
        paid[n, m] += 1000 * usd_bn
        return replace(self, transfers=paid)

    def commitment(self, importer: str, exporter: Names, sector: Names, usd_bn: float) -> Policy:
        """Adds a promise that `importer` buys at least `usd_bn` US$ bn a year from `exporter` in `sector`.

        The value is what sellers receive, in units of world wages at the base; several exporters or sectors together
        meet one total. Raises `PolicyError` where nothing is bought today, and for a value no buyer could pay.
        """
        world = self.world
        buyer = world.economy(importer)
        j, _, i = self._cells(importer, exporter, sector)
        sellers = tuple(int(k) for k in i.ravel() if k != buyer)
        sectors = tuple(int(k) for k in j.ravel())
        promised = Commitment(buyer, sellers, sectors, 1000.0 * float(usd_bn))
        today = float(world.flows[promised.cells].sum())
        who = f"commitment of {importer} to buy {sector} from {exporter}"
        if not math.isfinite(usd_bn) or not 0 < 1000 * usd_bn <= world.income[buyer]:
            raise PolicyError(
                f"{who} for US$ {usd_bn:g} bn: give a value above 0 and below a year's income; amounts are in US$ bn"
            )
        if today <= 0:
            raise PolicyError(f"{who}: nothing is bought there today, and a flow that is zero stays zero")
        return replace(self, commitments=(*self.commitments, promised))

    def on(self, world: World) -> Policy:
        """The same change on another world of the same codes, keeping each tariff's change from its world's level."""
        if (world.economies, world.sectors) != (self.world.economies, self.world.sectors):
            raise PolicyError(f"policy for {self.world.name} does not fit the codes of {world.name}")
        return replace(self, world=world, tariffs=world.tariffs + (self.tariffs - self.world.tariffs))

    # ---- what the equilibrium reads --------------------------------------------------------------------------------

    @property
    def received(self) -> Floats:
        """Net transfers received `[n]`, US$ m."""
        if self.transfers is None:
            return np.zeros(len(self.world.economies))
        return np.asarray(self.transfers.sum(0) - self.transfers.sum(1))

    @property
    def changes_nothing(self) -> bool:
        """Whether the world is left as it is."""
        return (
            bool((self.tariffs == self.world.tariffs).all())
            and (self.trade_costs is None or bool((self.trade_costs == 1).all()))
            and (self.export_taxes is None or not self.export_taxes.any())
            and not self.received.any()
            and not self.commitments
        )

    def _cells(self, importer: Names, exporter: Names, sector: Names) -> tuple[np.ndarray, ...]:
        world = self.world
        j = sorted({k for name in _listed(sector) for k in world.sector_indices(name)})
        n = sorted({k for name in _listed(importer) for k in world.economy_indices(name)})
        i = sorted({k for name in _listed(exporter) for k in world.economy_indices(name)})
        if len(n) == len(i) == 1 and n == i:
            raise PolicyError(
                f"{importer} and {exporter} are the same economy: policy applies to trade between economies"
            )
        return np.ix_(j, n, i)

    def _set(
        self, attribute: str, importer: Names, exporter: Names, sector: Names, rate: float, *, add: bool
    ) -> Policy:
        if not math.isfinite(rate) or not -1 < rate <= HIGHEST_RATE:
            raise PolicyError(
                f"rate {rate:g} of {importer} on {exporter}: give a fraction above -1 and at most {HIGHEST_RATE:g} "
                "(0.25 is 25 %)"
            )
        old = getattr(self, attribute)
        rates = np.array(np.zeros_like(self.tariffs) if old is None else old)
        cells = self._cells(importer, exporter, sector)
        if add:
            rates[cells] += rate
        else:
            rates[cells] = rate
        _reset_own(rates, 0.0)
        if attribute == "tariffs":
            return replace(self, tariffs=rates)
        return replace(self, export_taxes=rates)

    def __repr__(self) -> str:
        changed = int((self.tariffs != self.world.tariffs).sum())
        return f"<Policy on {self.world.name}: {changed} tariffs changed>"


Names = str | Sequence[str]
"""A code, a common name, a group or ``*``; or several of them."""


def _listed(names: Names) -> Sequence[str]:
    return (names,) if isinstance(names, str) else names


def _reset_own(array: Floats, neutral: float) -> None:
    own = np.arange(array.shape[-1])
    array[:, own, own] = neutral
