"""The frontier of large offer clouds, and the search of large spaces of issues that add up, alone and in pairs.

The yardstick is the frontier of two parties by one plain sort, as a few lines of NumPy find it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tradetalks as tt
from tradetalks.talks.separable import Separable

Floats = NDArray[np.float64]


def plain(table: Floats) -> NDArray[np.intp]:
    """The frontier of two parties by one indirect sort, where no two offers are alike for a party."""
    order = np.argsort(-table[:, 0])
    second = table[order, 1]
    return order[np.r_[True, second[1:] > np.maximum.accumulate(second)[:-1]]]


def clouds(offers: int, draw: np.random.Generator) -> dict[str, Callable[[], Floats]]:
    """Clouds of two parties, from the easiest to the hardest."""

    def tied(correlation: float) -> Floats:
        one, other = draw.normal(size=(2, offers))
        return np.stack([one, correlation * one + np.sqrt(1 - correlation**2) * other], axis=1)

    def opposed(first: Floats) -> Floats:
        return np.stack([first, -first], axis=1)

    return {
        "even": lambda: draw.random((offers, 2)),
        "interests alike (0.9)": lambda: tied(0.9),
        "interests opposed (-0.9)": lambda: tied(-0.9),
        "all but opposed (-0.999999)": lambda: tied(-0.999999),
        "wholly opposed, all on the frontier": lambda: opposed(draw.random(offers)),
        "wholly opposed, with ties": lambda: opposed(draw.integers(0, 1000, offers).astype(float)),
    }


def space(shape: tuple[int, ...], draw: np.random.Generator) -> Separable:
    """Issues that all touch one another, over which two parties mostly disagree."""
    singles = [a * [1, -1] + 0.5 * draw.normal(size=a.shape) for a in (draw.normal(size=(n, 1)) for n in shape)]
    pairs = itertools.combinations(range(len(shape)), 2)
    return Separable(
        shape, [0, 0], singles, {(i, j): 0.1 * draw.normal(size=(shape[i], shape[j], 2)) for i, j in pairs}
    )


def frontier(quick: bool = False) -> list[dict[str, Any]]:
    """Clouds of two parties and of three, and spaces of 10 and 100 million offers; the ratio is to one plain sort."""
    draw = np.random.default_rng(0)
    count = 20_000 if quick else 10_000_000
    rows: list[dict[str, Any]] = []

    def timed(what: str, work: Callable[[], Any], tell: Callable[[Any], int] = len) -> None:
        began = time.perf_counter()
        found = work()
        spent = 1000 * (time.perf_counter() - began)
        told = f"{what}: {tell(found):,} kept" if rows else what
        rows.append(
            {"benchmark": "frontier", "what": told, "ms": spent, "ratio": spent / (rows[0]["ms"] if rows else spent)}
        )

    table = draw.random((count, 2))
    tt.frontier(table)  # memory is fresh to the process
    timed(f"{count:,} offers, two parties, one plain sort", partial(plain, table))
    for name, cloud in clouds(count, draw).items():
        table = cloud()
        timed(f"{count:,} offers, two parties, {name}", partial(tt.frontier, table))
    for some in (count // 100, count // 10):
        table = draw.normal(size=(some, 3))
        timed(f"{some:,} offers, three parties, normal", partial(tt.frontier, table))
        shell = np.abs(table) / np.linalg.norm(table, axis=1)[:, None] * (1 - 0.01 * draw.random((some, 1)))
        timed(f"{some:,} offers, three parties, near a sphere", partial(tt.frontier, shell))
    for shape in ((3,) * 6, (3,) * 7) if quick else ((3,) * 13 + (6,), (3,) * 16 + (2,)):
        issues = space(shape, draw)
        what = f"{issues.offers:,} offers of {len(shape)} issues that touch, two parties"
        timed(f"{what}, frontier", issues.frontier, lambda kept: len(kept.payoffs))
        timed(f"{what}, margin 0.2", partial(issues.frontier, 0.2), lambda kept: len(kept.payoffs))
        timed(f"{what}, in the zone", partial(issues.count_in_zone, [0, 0]), int)
    return rows
