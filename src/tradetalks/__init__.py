"""tradetalks: what a tariff deal is worth, and which deal the other side would sign.

    import tradetalks as tt
    world = tt.World.load("icio2022")
    policy = tt.Policy(world).tariff("USA", "JPN", "C29", 0.25)
    tt.solve(world, policy).welfare["JPN"]          # US$ bn a year

Names are loaded when first used, so that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tradetalks.errors import (
    CaseError,
    LawError,
    OfferError,
    OutputError,
    PolicyError,
    SolveError,
    SourceError,
    TradetalksError,
    UnknownCode,
    WorldError,
)

if TYPE_CHECKING:
    from tradetalks.law.duty import Duty, duty
    from tradetalks.law.rates import Rates, rates
    from tradetalks.model import (
        Closure,
        Gradient,
        MarketAccess,
        Objective,
        Solution,
        flow,
        government,
        gradient,
        gradients,
        rebase,
        solve,
        welfare,
    )
    from tradetalks.model.cooperative import Cooperation, cooperative_tariffs
    from tradetalks.model.nash import Nash, nash_tariffs
    from tradetalks.model.optimum import Optimum, optimal_tariffs
    from tradetalks.talks.case import Case
    from tradetalks.talks.deals import Deals, negotiate
    from tradetalks.talks.frontier import frontier
    from tradetalks.talks.points import egalitarian_point, kalai_smorodinsky_point, nash_point, utilitarian_point
    from tradetalks.world import Policy, World, check

__version__ = "0.1.0"

_homes = {
    "tradetalks.law.duty": ("Duty", "duty"),
    "tradetalks.law.rates": ("Rates", "rates"),
    "tradetalks.world": ("Policy", "World", "check"),
    "tradetalks.model": (
        "Closure",
        "Gradient",
        "MarketAccess",
        "Objective",
        "Solution",
        "flow",
        "government",
        "gradient",
        "gradients",
        "rebase",
        "solve",
        "welfare",
    ),
    "tradetalks.model.cooperative": ("Cooperation", "cooperative_tariffs"),
    "tradetalks.model.nash": ("Nash", "nash_tariffs"),
    "tradetalks.model.optimum": ("Optimum", "optimal_tariffs"),
    "tradetalks.talks.case": ("Case",),
    "tradetalks.talks.deals": ("Deals", "negotiate"),
    "tradetalks.talks.frontier": ("frontier",),
    "tradetalks.talks.points": ("egalitarian_point", "kalai_smorodinsky_point", "nash_point", "utilitarian_point"),
}
_home_of = {name: home for home, names in _homes.items() for name in names}

__all__ = [
    "Case",
    "CaseError",
    "Closure",
    "Cooperation",
    "Deals",
    "Duty",
    "Gradient",
    "LawError",
    "MarketAccess",
    "Nash",
    "Objective",
    "OfferError",
    "Optimum",
    "OutputError",
    "Policy",
    "PolicyError",
    "Rates",
    "Solution",
    "SolveError",
    "SourceError",
    "TradetalksError",
    "UnknownCode",
    "World",
    "WorldError",
    "check",
    "cooperative_tariffs",
    "duty",
    "egalitarian_point",
    "flow",
    "frontier",
    "government",
    "gradient",
    "gradients",
    "kalai_smorodinsky_point",
    "nash_point",
    "nash_tariffs",
    "negotiate",
    "optimal_tariffs",
    "rates",
    "rebase",
    "solve",
    "utilitarian_point",
    "welfare",
]


def __getattr__(name: str) -> Any:
    if name not in _home_of:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_home_of[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
