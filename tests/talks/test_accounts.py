"""Accounts: what is read from the unknowns of an equilibrium is what the solution itself says."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tradetalks as tt
from tests.talks.small_talks import buys, cars, case, cut, eased, general, pays, weight, world
from tradetalks.model import Solution
from tradetalks.talks.accounts import GENERAL, named
from tradetalks.talks.case import Case
from tradetalks.talks.ground import Ground, Outcome
from tradetalks.talks.table import Choice, Table, offer_policy, reference_policy
from tradetalks.talks.valuation import account_names
from tradetalks.world import World

RICH = {
    "cars": [cars("12%"), cars("60%")],
    "general": [general("0%"), general("34%")],
    "farm": [cut("60%", "goods"), cut("100%", "goods", "USA", "JPN")],
    "costs": [eased("-20%")],
    "support": [pays(5)],
    "buys": [buys(3, ["C20", "C29"], instead_of={"all": 0.6}), buys(4, "D_T")],
}
NAMES = named(["income:C29", "income:A01_02", "income:D_T"])
choices = st.tuples(*(st.integers(0, len(options)) for options in RICH.values()))


@cache
def ground(seed: int = 0, deficits: Any = "fixed", parties: tuple[str, ...] = ("JPN", "USA")) -> Ground:
    return Ground(Table(case(RICH, parties=list(parties)), world(seed)), NAMES, deficits)


def by_hand(where: Ground, choice: Choice, one: Outcome) -> np.ndarray:
    """Accounts `[party, account]` by the doors of a solution, duties as the law has them."""
    case, wedges = where.table.case, one.unknowns[where.batch.c.base.size :]
    there = tt.solve(where.world, where.policy(choice, wedges), deficits=where.deficits)
    levied = offer_policy(case, where.world, choice).tariffs
    return np.array([said(there, levied, party, case.parties) for party in case.parties])


def said(there: Solution, levied: np.ndarray, party: str, parties: tuple[str, ...]) -> list[float]:
    on, n = there.world, there.world.economy(party)
    added = there.sector_value_added[:, n]
    return [
        there.welfare[party],
        (levied * there.border_flows)[:, n].sum() / 1000,
        sum(there.balance(party, other, "goods") for other in parties if other != party),
        sum(added[j] for j, code in enumerate(on.sectors) if code.startswith("C")),
        0,
        0,
        *(added[on.sectors.index(name.removeprefix("income:"))] for name in NAMES[len(GENERAL) :]),
    ]


@given(choice=choices, seed=st.integers(0, 3), deficits=st.sampled_from(["fixed", "closed", "proportional"]))
def test_accounts_are_what_the_solution_says(choice: Choice, seed: int, deficits: str) -> None:
    where = ground(seed, deficits)
    (one,) = where.solved([choice])
    np.testing.assert_allclose(one.accounts, by_hand(where, choice, one), atol=2e-6)


@settings(max_examples=5)
@given(choice=choices)
def test_the_balance_of_three_parties_is_with_both_others(choice: Choice) -> None:
    where = ground(1, "fixed", ("JPN", "USA", "DEU"))
    (one,) = where.solved([choice])
    np.testing.assert_allclose(one.accounts, by_hand(where, choice, one), atol=2e-6)
    assert one.accounts[:, 2].sum() == pytest.approx(0, abs=1e-9)


@settings(max_examples=5)
@given(choice=choices)
def test_what_one_party_has_in_surplus_the_other_lacks(choice: Choice) -> None:
    (one,) = ground().solved([choice])
    assert one.accounts[0, 2] == pytest.approx(-one.accounts[1, 2], abs=1e-9)


def test_without_wedges_revenue_is_the_tariff_revenue_of_the_solution() -> None:
    where = ground()
    for choice in ((1, 1, 2, 1, 1, 0), (2, 2, 0, 0, 0, 0)):
        (one,) = where.solved([choice])
        there = tt.solve(where.world, offer_policy(where.table.case, where.world, choice))
        for party, row in zip(where.table.case.parties, one.accounts, strict=True):
            assert row[1] == pytest.approx(there.tariff_revenue[party], abs=1e-6)


def test_what_a_promise_costs_the_budget_is_not_counted_as_lost_duties() -> None:
    """As in `Solution.tariff_revenue`, which leaves the cost of commitments out; welfare has it."""
    where = Ground(Table(made := case({"buys": [buys(4)]}), world()), NAMES)
    (one,) = where.solved([(1,)])
    today = where.reference.flow("JPN", "USA", "C20")
    there = tt.solve(world(), reference_policy(made, world()).commitment("JPN", "USA", "C20", today + 4))
    assert there.commitments[0].subsidy > 0.1
    assert one.accounts[0, 1] == pytest.approx(there.tariff_revenue["JPN"], abs=1e-5)
    assert one.accounts[0, 0] == pytest.approx(there.welfare["JPN"], abs=1e-5)


@pytest.mark.parametrize("deficits", ["fixed", "closed"])
def test_accounts_of_another_state_of_the_law_are_what_its_solution_says(deficits: Any) -> None:
    where = ground(0, deficits)
    for point in ("today", "july", "void"):
        policy = reference_policy(where.table.case, where.world, point)
        there = tt.solve(where.world, policy, deficits=deficits)
        parties = where.table.case.parties
        wanted = [said(there, policy.tariffs, party, parties) for party in parties]
        np.testing.assert_allclose(where.state(policy).accounts, wanted, atol=2e-6)


def test_the_accounts_of_the_shipped_world_are_what_its_solutions_say() -> None:
    on = World.load("icio2022")
    made = case({
        "cars": [cars("0%")],
        "farm": [cut("50%", "A01_02")],
        "energy": [buys(5, {"B05_06": 0.8, "C19": 0.2}, instead_of={"all": 0.5})],
        "support": [pays(2)],
    })  # fmt: skip
    names = named(["income:C29", "income:A01_02"])
    where = Ground(Table(made, on), names)
    for choice, one in zip(some := [(0, 0, 0, 0), (1, 1, 1, 1)], where.solved(some), strict=True):
        there = tt.solve(on, where.policy(choice, one.unknowns[where.batch.c.base.size :]))
        levied = offer_policy(made, on, choice).tariffs
        for party, row in zip(made.parties, one.accounts, strict=True):
            wanted = dict(zip(NAMES, said(there, levied, party, made.parties), strict=True))
            np.testing.assert_allclose(row, [wanted[name] for name in names], atol=2e-5)


# ---- their names -----------------------------------------------------------------------------------------------------


def test_accounts_are_named_once_and_in_order() -> None:
    assert named(["income:C29", "revenue", "income:C29"]) == (*GENERAL, "income:C29")


def test_a_case_has_the_incomes_that_somebody_looks_at() -> None:
    actor = {"actor": "farm", "party": "JPN", "what": "growers", "basis": "elicited",
             "chance": {"point": 0.5, "low": 0.2, "high": 0.8},
             "refuses": [{"account": name, "falls_by": 1} for name in ("income:A01_02", "revenue")]}  # fmt: skip
    made: Case = case(
        RICH,
        governments={"USA": {"weights": [weight("income", 0.5, sectors=["C29"]), weight("balance", 0.1)]}},
        ratification=[actor],
    )
    assert account_names(case(RICH)) == GENERAL
    assert account_names(made) == (*GENERAL, "income:C29", "income:A01_02")
