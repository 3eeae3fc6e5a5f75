"""The roofline: what one step of the march must move and compute, and the share of this machine's rates it reaches.

One column is bound by memory, many columns by arithmetic (Williams, Waterman and Patterson 2009).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import tradetalks as tt
from tradetalks.model.batch import COLUMNS
from tradetalks.model.march import March


@dataclass(frozen=True)
class Work:
    """What one step of `columns` columns must do, counted from the sizes of its constants."""

    bytes: int
    """Constants read once."""
    double: int
    """Multiplications and additions in double precision."""
    single: int
    """The chord's, in single precision."""


def work(march: March) -> Work:
    """The products of a step; logs, powers and what is done cell by cell are left out."""
    base, columns = march.base, march.shape[2]
    trade = 3 * base.pi.size  # A, Q and Q again, backwards
    home = march.chord.by_prices.size + march.base.used_paid_sold.size
    home += march.chord.home_prices.size + march.chord.home_spending.size
    steering = march.chord.rows.size + march.chord.columns.size
    return Work(8 * (trade + home) + 4 * steering, 2 * columns * (trade + home), 2 * columns * steering)


def roofline(quick: bool = False) -> list[dict[str, Any]]:
    """One step of one column and of a batch, and the time that the machine's own rates would allow for it."""
    world = tt.World.load("two_by_two" if quick else "icio2022")
    solution = tt.solve(world, tt.Policy(world).tariff("USA", "*", "goods", 0.10, add=True))
    times = 3 if quick else 60
    rows = []
    for columns in (1, COLUMNS):
        march = March(solution.coefficients, columns)
        points = np.repeat(march.inward(solution.unknowns)[:, None], columns, axis=1)
        must = work(march)
        taken = fastest(lambda march=march, points=points: march.ahead(points), times)  # type: ignore[misc]
        bandwidth, double, single = rates(must.bytes, times)
        bound = max(must.bytes / bandwidth, must.double / double + must.single / single)
        what = f"{columns} column{'s' * (columns > 1)}: {must.bytes / 1e6:.1f} MB, "
        what += f"{(must.double + must.single) / 1e6:.1f} Mflop"
        allowed = f"allowed by {bandwidth / 1e9:.0f} GB/s, {double / 1e9:.0f} and {single / 1e9:.0f} Gflop/s (f8, f4)"
        rows.append({"benchmark": "roofline", "what": f"a step, {what}", "ms": 1e3 * taken, "ratio": 1.0})
        rows.append({"benchmark": "roofline", "what": allowed, "ms": 1e3 * bound, "ratio": bound / taken})
    return rows


def rates(size: int, times: int) -> tuple[float, float, float]:
    """Bytes a second read from an array of `size` bytes, flops a second of matrix products in double and single."""
    array = np.ones(max(size // 8, 1))
    square = np.ones((512, 512))
    single = square.astype(np.float32)
    products = [2 * 512**3 / fastest(lambda m=m: m @ m, times) for m in (square, single)]  # type: ignore[misc]
    return array.nbytes / fastest(array.sum, times), products[0], products[1]


def fastest(call: Callable[[], object], times: int) -> float:
    """Seconds of the fastest tenth of some calls, after one to warm up: what the machine can do when left alone."""
    call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.quantiles(taken, n=10)[0]
