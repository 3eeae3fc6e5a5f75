"""A closure: what the equilibrium holds fixed and what it lets move, composed of named parts.

The long run of Caliendo and Parro (2015) is the default; every other published variant here is the same engine with
another closure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from tradetalks.errors import PolicyError, nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tradetalks.world.accounts import Floats, World

Deficits = Literal["fixed", "world", "proportional", "closed", "endogenous"]
DEFICITS: tuple[Deficits, ...] = get_args(Deficits)
Revenue = Literal["households", "tax relief", "state"]
REVENUES: tuple[Revenue, ...] = get_args(Revenue)


MOST_PROFIT = 0.9
"""Most of a sector's value added that mark-ups may take."""


@dataclass(frozen=True, eq=False)
class MarketAccess:
    """Part of the labour in every sale is that of the market where it is made (Ignatenko et al. 2025, eqs 1 to 9).

    - `labour_share` ν `[n]`: share of the labour in sales *in* economy n that is earned by labour *of* n
    - `pass_through` φ `[n]`: exponent of importer n's tariffs in its price index, beside θ; 1 is the plain model
    - `scale` ψ: how much an economy's costs fall with its employment, ĉ ∝ L̂^(−ψ)

    A number stands for all economies.
    """

    labour_share: ArrayLike
    pass_through: ArrayLike = 1.0
    scale: float = 0.0

    @classmethod
    def published(cls, world: World) -> MarketAccess:
        """The paper's estimate of ν: 0.270 of sales in the United States, 0.114 elsewhere; the plain model's prices."""
        return cls(np.where(np.array(world.economies) == "USA", 0.27047098, 0.11433521))


@dataclass(frozen=True, eq=False)
class Closure:
    """What stands still and what moves.

    - `deficits`: ``fixed`` in units of world labour income at base wages (nominal), ``world`` a share of world labour
      income, ``proportional`` to own labour income, ``closed`` before and after, ``endogenous`` by `access`
    - `closing`: share of the deficits that the counterfactual itself closes, 0 to 1
    - `specific` φ: share of value added that cannot leave its sector (short run); a number or `[n, j]`, below 1
    - `labour_supply` κ: elasticity of hours to the real wage
    - `revenue`: tariff revenue goes to ``households``, replaces an income tax (``tax relief``), or is spent by the
      ``state`` and not counted in households' welfare
    - `profits`: ``markups`` for 1/σ = 1/(1 + θ) of sales under monopolistic competition with a fixed number of firms
      (Ossa 2014), though at most nine tenths of value added; or a share of sales, a number or `[n, j]`
    - `access`: part of each sale is earned in its market; needs ``endogenous`` deficits, and they need it

    Raises `PolicyError` for a part that is out of bounds or does not go with another.

    >>> Closure(specific=0.3).horizon
    'short run'
    >>> Closure(deficits="closed", labour_supply=0.5)
    Closure(deficits='closed', labour_supply=0.5)
    """

    deficits: Deficits = "fixed"
    closing: float = 0.0
    specific: ArrayLike = 0.0
    labour_supply: float = 0.0
    revenue: Revenue = "households"
    profits: Literal["markups"] | ArrayLike = 0.0
    access: MarketAccess | None = None

    def __post_init__(self) -> None:
        for field, value, known in (("deficits", self.deficits, DEFICITS), ("revenue", self.revenue, REVENUES)):
            if value not in known:
                hint = nearest(str(value), known) or f"choose one of {', '.join(known)}"
                raise PolicyError(f'closure: {field} "{value}": {hint}')
        if not 0 <= self.closing <= 1:
            raise PolicyError(f"closure: closing {self.closing:g}: give the share of deficits to close, 0 to 1")
        if not 0 <= self.labour_supply <= 10:
            raise PolicyError(
                f"closure: labour_supply {self.labour_supply:g}: give the elasticity of hours to the real wage, 0 to 10"
            )
        if isinstance(self.profits, str) and self.profits != "markups":
            raise PolicyError(f'closure: profits "{self.profits}": write "markups", or a share of sales')
        if (self.access is None) != (self.deficits != "endogenous"):
            raise PolicyError(
                'closure: endogenous deficits follow from market access: give both deficits="endogenous" and '
                "access=MarketAccess(labour_share=...), or neither"
            )

    @property
    def horizon(self) -> str:
        """``short run`` when part of value added is tied to its sector, else ``long run``."""
        return "short run" if np.any(np.asarray(self.specific) != 0) else "long run"

    @property
    def plain(self) -> bool:
        """Whether only wages, prices and spending move: the model of Caliendo and Parro (2015)."""
        return (
            self.horizon == "long run" and self.labour_supply == 0 and self.access is None
            and not isinstance(self.profits, str) and not np.any(np.asarray(self.profits) != 0)
        )  # fmt: skip

    def on(self, world: World) -> Shares:
        """The closure's shares on one world. Raises `PolicyError` where they do not fit its accounts."""
        value_added = np.ascontiguousarray(world.value_added_shares.T)
        theta = world.elasticities[:, None]
        if isinstance(self.profits, str):  # inputs can leave less value added than the mark-up: nine tenths of it then
            profit = np.minimum(1 / (1 + theta), MOST_PROFIT * value_added)
        else:
            profit = self._cells("profits", self.profits, world)
        specific = self._cells("specific", self.specific, world)
        made = world.output > 0
        if (excess := np.where(made, profit - value_added, 0)).max() > 1e-12:
            j, n = np.unravel_index(int(excess.argmax()), excess.shape)
            raise PolicyError(
                f"closure: profits of {profit[j, n]:.2g} of sales exceed the value added of {value_added[j, n]:.2g} in "
                f"{world.economies[n]}, {world.sectors[j]}: give lower shares, or larger elasticities"
            )
        specific = np.where(made, specific, 0)
        profit = np.where(made, profit, 0)
        rest = value_added - profit
        labour, owned = (1 - specific) * rest, specific * rest
        nobody = (labour * world.output).sum(0) <= 0
        if nobody.any():
            raise PolicyError(
                f"closure: no mobile labour is left in {world.economies[int(nobody.argmax())]}: give a specific share "
                "below 1 and profits below value added"
            )
        return Shares(labour, owned, profit)

    def _cells(self, field: str, value: ArrayLike, world: World) -> Floats:
        """A share as `[j, n]` from a number, `[n, j]`, or `[1, j]`."""
        shape = (len(world.economies), len(world.sectors))
        try:
            array = np.broadcast_to(np.asarray(value, dtype=np.float64), shape)
        except (TypeError, ValueError) as error:
            raise PolicyError(f"closure: {field}: give a number or an array [economy, sector] {shape}") from error
        if not np.isfinite(array).all() or array.min() < 0 or array.max() >= 1:
            raise PolicyError(f"closure: {field}: every share must be at least 0 and below 1")
        return np.ascontiguousarray(array.T)

    @property
    def _key(self) -> tuple[object, ...]:
        access = self.access
        arrays = (self.specific, self.profits) + (() if access is None else (access.labour_share, access.pass_through))
        shares = [a if isinstance(a, str) else (np.shape(a), np.asarray(a, dtype=np.float64).tobytes()) for a in arrays]
        named = (self.deficits, self.closing, self.labour_supply, self.revenue, access and access.scale)
        return (*named, *shares)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Closure) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        plain = {"closing": 0.0, "specific": 0.0, "labour_supply": 0.0, "revenue": "households", "profits": 0.0}
        parts = [f"deficits={self.deficits!r}"]
        for field, usual in plain.items():
            value = getattr(self, field)
            if isinstance(value, str | float | int):
                parts += [f"{field}={value!r}"] if value != usual else []
            else:
                parts.append(f"{field}=<{' x '.join(map(str, np.shape(value)))}>")
        return f"Closure({', '.join(parts)}{', access=...' if self.access else ''})"


class Shares(NamedTuple):
    """How each sector's sales are shared between those who made them, `[j, n]`; inputs take the rest."""

    labour: Floats
    """Mobile labour."""
    specific: Floats
    """The factor that cannot leave the sector."""
    profit: Floats
    """Owners of firms."""


@lru_cache(maxsize=32)
def with_deficits(deficits: Deficits) -> Closure:
    """The plain long run with one rule for deficits. Raises `PolicyError` for an unknown rule."""
    return Closure(deficits=deficits)


def chosen(closure: Closure | None, deficits: Deficits | None) -> Closure:
    """The closure meant by a door's two arguments, of which at most one is given. Raises `PolicyError` for both."""
    if closure is None:
        return with_deficits(deficits or "fixed")
    if deficits is not None and deficits != closure.deficits:
        raise PolicyError(
            f'deficits "{deficits}" beside a closure with deficits "{closure.deficits}": give one of them'
        )
    return closure
