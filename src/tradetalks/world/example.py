"""Worlds small enough to check by hand, for examples and tests."""

from __future__ import annotations

import numpy as np

from tradetalks.world.accounts import World


def two_by_two() -> World:
    """Japan and the United States, cars and services, in made-up round numbers with balanced trade.

    >>> two_by_two().labelled(two_by_two().income)
    {'JPN': 3967500.0, 'USA': 12824000.0}
    """
    flows = 1000.0 * np.array(
        [
            [[300, 20], [60, 500]],  # cars: Japan buys from itself and the United States; the United States likewise
            [[6000, 100], [60, 20000]],  # services
        ]
    )
    tariffs = np.zeros((2, 2, 2))
    tariffs[0, 1, 0] = 0.025
    inputs = np.array([[0.25, 0.0], [0.25, 0.375]])  # [input, user]: cars use cars and services, services use services
    return World(
        ("JPN", "USA"),
        ("C29", "D_T"),
        flows,
        tariffs,
        io_shares=np.array([inputs, inputs]),
        value_added_shares=np.array([[0.5, 0.625], [0.5, 0.625]]),
        elasticities=np.array([5.0, 4.0]),
        name="two_by_two",
        elasticity_source="made up",
        notes={"what": "made-up round numbers, for examples"},
    )
