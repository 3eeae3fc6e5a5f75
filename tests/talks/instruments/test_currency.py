"""Currency clauses: the balance that an appreciation implies, against the transfer formula and by solving again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import SolveError
from tradetalks.model import solve
from tradetalks.talks.instruments.currency import Currency, price_response
from tradetalks.world import Policy, World


def clause(appreciation: str | float = "5%", economy: str = "E00", against: str = "E01") -> Currency:
    return Currency.model_validate(
        {"economy": economy, "against": against, "appreciation": appreciation, "basis": "assumption"}
    )


def alone(own_1: float, own_2: float, theta: float = 4.0, imports: float = 20_000.0) -> World:
    """Two economies, one sector, no tariffs, balanced trade."""
    flows = [[[imports * own_1 / (1 - own_1), imports], [imports, imports * own_2 / (1 - own_2)]]]
    return World(("E00", "E01"), ("C0",), flows, np.zeros((1, 2, 2)), np.zeros((2, 1, 1)), np.ones((2, 1)), [theta])


def price_ratio(world: World, policy: Policy, economy: int = 0, against: int = 1) -> float:
    prices = solve(world, policy, tolerance=1e-11).consumer_price_hat
    return float(prices[economy] / prices[against])


@settings(max_examples=10)
@given(own_1=st.floats(0.6, 0.95), own_2=st.floats(0.6, 0.95), theta=st.floats(2, 8))
def test_a_small_appreciation_follows_the_formula_of_the_transfer_problem(own_1, own_2, theta):
    world = alone(own_1, own_2, theta)
    implied = clause(1e-4).implied(Policy(world))
    assert 1e-4 / (implied / 20) == pytest.approx(price_response(own_1, own_2, theta), rel=0.01)


@pytest.mark.parametrize("appreciation", [0.03, -0.03, 0.10])
def test_the_implied_balance_moves_prices_by_what_was_asked(small, appreciation):
    policy = Policy(small).tariff("E00", "E01", "*", 0.25).transfer("E01", "E02", 0.1)
    implied = clause(appreciation).implied(policy)
    moved = price_ratio(small, policy.transfer("E01", "E00", implied)) / price_ratio(small, policy)
    assert moved == pytest.approx(1 + appreciation, abs=1e-8)
    assert np.sign(implied) == np.sign(appreciation)


def test_a_rise_one_way_is_a_fall_the_other_way(small):
    up = clause(0.04).implied(Policy(small))
    down = clause(1 / 1.04 - 1, "E01", "E00").implied(Policy(small))
    assert down == pytest.approx(-up, rel=1e-6)


def test_a_larger_appreciation_takes_a_larger_balance(small):
    found = [clause(a).implied(Policy(small)) for a in (-0.05, 0.01, 0.02, 0.05, 0.1)]
    assert found == sorted(found)


def test_what_enters_the_equilibrium_is_a_payment_to_whoever_spends_more():
    assert clause().payments_for(3.0) == (("E01", "E00", 3.0),)
    assert clause("-5%").payments_for(-3.0) == (("E00", "E01", 3.0),)


def test_the_money_itself_is_no_gift_but_what_it_does_to_prices_is():
    world = alone(0.8, 0.9)
    one = clause("2%")
    implied = one.implied(Policy(world))
    entries = {e.party: e for e in one.entries_for(implied)}
    assert {e.account for e in entries.values()} == {"welfare"} and sum(e.worth.point for e in entries.values()) == 0
    effect = solve(world, Policy(world).transfer("E01", "E00", implied)).welfare
    net = {party: effect[party] + entry.worth.point for party, entry in entries.items()}
    # with home bias the spender's terms of trade improve (Samuelson 1952): a gain on top, small beside the money
    assert 0 < net["E00"] < 0.3 * implied and net["E01"] < 0


def test_the_yen_takes_a_tenth_of_incomes_for_a_few_per_cent():
    world = World.load("icio2022")
    one = clause("5%", "JPN", "USA")
    implied = one.implied(Policy(world))
    moved = price_ratio(
        world, Policy(world).transfer("USA", "JPN", implied), world.economy("JPN"), world.economy("USA")
    )
    assert moved == pytest.approx(1.05, abs=1e-8)
    assert 0.05 < 1000 * implied / world.income[world.economy("JPN")] < 0.12
    short = world.with_elasticities("short-run")
    assert one.implied(Policy(short)) < 0.6 * implied  # trade that answers less needs a smaller push


def test_an_appreciation_out_of_reach_says_so(small):
    with pytest.raises(SolveError, match=r"moves \+900% in real terms against E01: no change of .* Ask for less"):
        clause("900%").implied(Policy(small))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"against": "E00"}, '"E00" is the economy itself; name the other side'),
        ({"appreciation": "0%"}, "0%: nothing moves; write a rise such as 5%"),
        ({"appreciation": "5"}, "write the sign: 5%"),
    ],
)
def test_a_clause_that_cannot_be_meant_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        clause(**fields)
