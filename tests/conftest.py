"""Worlds that tests share, and the rule for inputs that only some machines have."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tradetalks.model import rebase
from tradetalks.world import World

settings.register_profile(
    "tradetalks", deadline=None, max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tradetalks")

DATA = Path(os.environ.get("TRADETALKS_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of original inputs, where the machine has it."""
    if not DATA.is_dir():
        pytest.skip(f"replication inputs are absent ({DATA} is not there)")
    return DATA


def made_up(economies: int, sectors: int, seed: int = 0, *, deficits: bool = True) -> World:
    """A random balanced world: gravity-like flows, Dirichlet input shares, some zeros, tariffs up to a half."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 1, economies)) * 1e5
    value_added = draw.uniform(0.3, 0.7, (economies, sectors))
    io = draw.dirichlet(np.ones(sectors), (economies, sectors)).transpose(0, 2, 1) * (1 - value_added[:, None, :])
    tariffs = np.minimum(draw.exponential(0.08, (sectors, economies, economies)), 0.5)
    flows = draw.gamma(1, 1, (sectors, economies, economies)) * np.sqrt(np.outer(size, size)) * 0.04
    own = np.arange(economies)
    flows[:, own, own] = size * draw.uniform(0.7, 1.3, (sectors, economies))
    tariffs[:, own, own] = 0
    if economies > 2:
        flows[0, 0, 1] = 0  # a pair that does not trade
    final = draw.dirichlet(np.full(sectors, 3.0), economies)
    codes = tuple(f"E{i:02d}" for i in range(economies))
    theta = draw.uniform(2, 9, sectors)
    world = World(codes, tuple(f"C{j}" for j in range(sectors)), flows, tariffs, io, value_added, theta, final)
    return rebase(world, deficits="fixed" if deficits else "closed", name=f"made up {seed}")


@pytest.fixture(scope="session")
def small() -> World:
    return made_up(5, 4)


@pytest.fixture(scope="session")
def cp2015(data: Path) -> Path:
    return data / "replication" / "cp2015"
