"""Published papers, recomputed: one module a paper, its data and model variant, its tables beside ours."""

from tradetalks.replicate.papers import PAPERS, replicate
from tradetalks.replicate.table import Replication, Row

__all__ = ["PAPERS", "Replication", "Row", "replicate"]
