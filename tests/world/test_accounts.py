"""Worlds: what the accounts add up to, and what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import made_up
from tradetalks.errors import WorldError
from tradetalks.world import World, check


def arguments(world: World) -> dict[str, object]:
    names = ("economies", "sectors", "flows", "tariffs", "io_shares", "value_added_shares", "elasticities")
    return {name: getattr(world, name) for name in names}


def test_implied_final_demand_balances_every_account(small: World) -> None:
    world = World(**arguments(small))  # type: ignore[arg-type]
    assert check(world) == ()
    np.testing.assert_allclose(world.final_shares, small.final_shares, atol=1e-8)
    np.testing.assert_allclose(world.final_demand.sum(0), world.income, rtol=1e-12)
    assert abs(world.deficits.sum()) < 1e-6


@pytest.mark.parametrize(
    ("attribute", "change", "message"),
    [
        ("flows", lambda a: -a, "flows cannot be negative"),
        ("flows", lambda a: a * np.nan, "needs a finite number"),
        ("flows", lambda a: a[:, :, :-1], "shape"),
        ("tariffs", lambda a: a - 2, "-100 %"),
        ("tariffs", lambda a: a + 0.1, "no tariff on itself"),
        ("io_shares", lambda a: a * 1.5, "sum to"),
        ("elasticities", lambda a: -a, "must be positive"),
        ("economies", lambda a: (a[0], *a[:-1]), "stands twice"),
        ("sectors", lambda a: "abc", "shape"),
    ],
)
def test_impossible_accounts_are_refused_by_cell(small: World, attribute: str, change, message: str) -> None:  # type: ignore[no-untyped-def]
    given = arguments(small)
    given[attribute] = change(given[attribute])
    with pytest.raises(WorldError, match=message):
        World(**given)  # type: ignore[arg-type]


def test_negative_final_demand_is_refused_by_name(small: World) -> None:
    io = np.array(small.io_shares)
    io[2, 1, :] += small.value_added_shares[2] * 0.9
    with pytest.raises(WorldError, match="E02 uses more C1 as input than it buys"):
        World(**{**arguments(small), "io_shares": io, "value_added_shares": small.value_added_shares * ([[1], [1], [0.1], [1], [1]])})  # type: ignore[arg-type]  # fmt: skip  # noqa: E501


def test_the_check_names_each_violated_identity_with_its_worst_cell(small: World) -> None:
    shares = np.array(small.final_shares)
    shares[3] = np.roll(shares[3], 1)
    crooked = replace(small, final_shares=shares)
    broken = check(crooked)
    assert [identity.name for identity in broken] == ["spending is inputs plus final demand (share of income)"]
    assert "E03" in broken[0].worst
    with pytest.raises(WorldError, match=r"is not balanced: spending is inputs plus final demand .* at E03"):
        check(crooked, strict=True)


def test_the_fingerprint_sees_every_number_and_survives_travel() -> None:
    world = made_up(3, 2)
    assert pickle.loads(pickle.dumps(world)).fingerprint == world.fingerprint
    nudged = np.array(world.flows)
    nudged[0, 0, 2] *= 1 + 1e-15
    assert replace(world, flows=nudged).fingerprint != world.fingerprint


def test_unknown_elasticities_are_refused(small: World) -> None:
    with pytest.raises(WorldError, match='no elasticity set "XYZ"'):
        small.with_elasticities("XYZ")
