"""What changes in equilibrium, and why: solving, gradients, welfare."""

from tradetalks.model.closure import Closure, MarketAccess
from tradetalks.model.gradient import Gradient, gradient, gradients
from tradetalks.model.objective import Objective, flow, government, welfare
from tradetalks.model.solution import ByEconomy, Solution
from tradetalks.model.solve import rebase, solve

__all__ = [
    "ByEconomy",
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
]
