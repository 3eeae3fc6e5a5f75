"""Benchmarks run, and what they compare is the same equilibrium; times are never tested."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.registry import BENCHMARKS, run
from benchmarks.textbook import nested_loop
from tradetalks.model import solve
from tradetalks.world import Policy, World


@pytest.mark.parametrize("name", [name for name in BENCHMARKS if name != "offers"])
def test_every_benchmark_runs_and_prints_a_ratio(name: str) -> None:
    rows = run(name, quick=True)
    assert rows and all(row["ms"] > 0 and row["ratio"] > 0 for row in rows)


def test_the_textbook_loop_ends_at_our_equilibrium(small: World) -> None:
    policy = Policy(small).tariff("E00", "*", "*", 0.3)
    nested, ours = nested_loop(small, policy), solve(small, policy)
    np.testing.assert_allclose(nested.wages, ours.wage_hat, atol=1e-8)
    np.testing.assert_allclose(nested.prices, ours.price_hat, atol=1e-8)
    np.testing.assert_allclose(nested.spending, ours.spending, rtol=1e-7, atol=1e-6)
