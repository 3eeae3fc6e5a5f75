"""A closure: what the equilibrium holds fixed and what it lets move, composed of named parts.

The long run of Caliendo and Parro (2015) is the default; every other published variant here is the same engine with
another closure.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from tradetalks.errors import PolicyError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tradetalks.world.accounts import Floats, World

Deficits = Literal["fixed", "world", "proportional", "closed", "endogenous"]
DEFICITS: tuple[Deficits, ...] = get_args(Deficits)
Revenue = Literal["households", "tax relief", "state"]
REVENUES: tuple[Revenue, ...] = get_args(Revenue)


@dataclass(frozen=True, eq=False)
class MarketAccess:
    """Part of every sale is earned in the market where it is made (Ignatenko et al. 2025, equations 1 to 9).

    - `labour_share` ν `[n]`: share of the labour in sales *in* economy n that is earned by labour *of* n
    - `pass_through` φ `[n]`: exponent of importer n's tariffs in its price index, beside θ; 1 is the plain model
    - `scale` ψ: how much an economy's costs fall with its employment, ĉ ∝ L̂^(−ψ)

    Scalars stand for all economies.
    """

    labour_share: ArrayLike
    pass_through: ArrayLike = 1.0
    scale: float = 0.0


@dataclass(frozen=True, eq=False)
class Closure:
    """What stands still and what moves.

    - `deficits`: ``fixed`` in units of world value added at base wages (nominal), ``world`` a share of world income,
      ``proportional`` to own value added, ``closed`` before and after, ``endogenous`` by `access`
    - `closing`: share of the deficits that the counterfactual itself closes, 0 to 1
    - `specific` φ: share of value added that cannot leave its sector (short run); a number or `[n, j]`, below 1
    - `labour_supply` κ: elasticity of hours to the real wage
    - `revenue`: tariff revenue goes to ``households``, replaces an income tax (``tax relief``), or is spent by the
      ``state`` and not counted in households' welfare
    - `profits`: ``markups`` for 1/σ = 1/(1 + θ) of sales under monopolistic competition with a fixed number of firms
      (Ossa 2014), or a share of output, a number or `[n, j]`
    - `access`: part of each sale earned in its market; needs ``endogenous`` deficits

    >>> Closure(specific=0.3).horizon
    'short run'
    """

    deficits: Deficits = "fixed"
    closing: float = 0.0
    specific: ArrayLike = 0.0
    labour_supply: float = 0.0
    revenue: Revenue = "households"
    profits: Literal["markups"] | ArrayLike = 0.0
    access: MarketAccess | None = None
