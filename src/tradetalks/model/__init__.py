"""What changes in equilibrium, and why: solving, gradients, welfare."""

from tradetalks.model.solution import ByEconomy, Solution
from tradetalks.model.solve import rebase, solve

__all__ = ["ByEconomy", "Solution", "rebase", "solve"]
