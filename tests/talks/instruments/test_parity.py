"""Parity clauses: expected rates against brute force, and that more chances never make a rate worse."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.model import solve
from tradetalks.talks.instruments.parity import Parity, expected_rate, lowest
from tradetalks.world import Policy, World

rates = st.floats(0, 1)
chances = st.floats(0, 1)
others = st.lists(st.tuples(rates, chances), max_size=5)


def other(partner: str, rate: str, chance: float = 0.5, **ends) -> dict:
    chances = {"point": chance, "low": chance / 2, "high": (1 + chance) / 2, **ends}
    return {"partner": partner, "rate": rate, "chance": chances, "basis": "assumption"}


def clause(*others: dict, **fields) -> Parity:
    plain = {"holder": "E01", "of": "E00", "sectors": ["C1"], "others": list(others)}
    return Parity.model_validate({**plain, **fields})


def independent(own: float, others: list[tuple[float, float]]) -> float:
    """E[min] over all subsets of partners that get their rate."""
    total = 0.0
    for comes in product((False, True), repeat=len(others)):
        weight = np.prod([p if c else 1 - p for c, (_, p) in zip(comes, others, strict=True)])
        total += weight * min([own, *(rate for c, (rate, _) in zip(comes, others, strict=True) if c)])
    return float(total)


def ordered(own: float, others: list[tuple[float, float]]) -> float:
    """E[min] where one draw of a uniform number decides for all: each gets its rate below its chance."""
    cuts = sorted({0.0, 1.0, *(p for _, p in others)})
    return sum(
        (high - low) * min([own, *(rate for rate, p in others if p > (low + high) / 2)]) for low, high in pairwise(cuts)
    )


@given(own=rates, others=others)
def test_the_expected_rate_is_the_sum_over_all_that_may_come(own, others):
    assert expected_rate(own, others) == pytest.approx(independent(own, others), abs=1e-12)
    assert expected_rate(own, others, together=True) == pytest.approx(ordered(own, others), abs=1e-12)


@given(own=rates, others=others, more=st.tuples(rates, chances), together=st.booleans())
def test_one_more_partner_never_makes_the_rate_worse(own, others, more, together):
    before = expected_rate(own, others, together=together)
    assert expected_rate(own, [*others, more], together=together) <= before + 1e-12
    assert before <= own


@given(own=rates, others=others, higher=rates, together=st.booleans())
def test_a_higher_rate_of_ones_own_is_never_a_lower_one_in_expectation(own, others, higher, together):
    low, high = sorted((own, higher))
    found = [expected_rate(rate, others, together=together) for rate in (low, high)]
    assert found[0] <= found[1] + 1e-12


@given(own=rates, others=st.lists(st.tuples(rates, chances), min_size=1, max_size=5))
def test_partners_who_move_together_help_no_more_than_partners_who_do_not(own, others):
    assert expected_rate(own, others, together=True) >= expected_rate(own, others) - 1e-12


@given(others=others, together=st.booleans())
def test_the_chances_of_the_lowest_rates_add_to_that_of_any_rate_at_all(others, together):
    found = lowest(others, together=together)
    none = 1 - max((p for _, p in others), default=0) if together else np.prod([1 - p for _, p in others])
    assert sum(chance for _, chance in found) == pytest.approx(1 - none, abs=1e-12)
    assert [rate for rate, _ in found] == sorted(rate for rate, _ in found)


def test_only_the_cells_of_the_clause_move_and_only_down(small):
    policy = Policy(small).tariff("E00", "*", "*", 0.25)
    found = clause(other("E02", "15%"), sectors=["C1", "C2"]).adjust(policy, policy)
    assert found.tariffs[1, 0, 1] == found.tariffs[2, 0, 1] == pytest.approx(0.20)
    assert (np.argwhere(found.tariffs != policy.tariffs) == [[1, 0, 1], [2, 0, 1]]).all()
    assert (np.argwhere(clause(other("E02", "1%")).cells(small)) == [[1, 0, 1]]).all()


def test_a_rate_that_is_lower_already_stays(small):
    policy = Policy(small).tariff("E00", "E01", "C1", 0.10)
    assert (clause(other("E02", "15%", 1.0)).adjust(policy, policy).tariffs == policy.tariffs).all()


def test_the_floor_holds_where_another_goes_below_it(small):
    policy = Policy(small).tariff("E00", "E01", "C1", 0.25)
    one = clause(other("E02", "0%", 1.0), floor="15%")
    assert one.adjust(policy, policy).tariffs[1, 0, 1] == pytest.approx(0.15)
    assert one.adjust(Policy(small).tariff("E00", "E01", "C1", 0.10), policy).tariffs[1, 0, 1] == 0.10


def test_a_likelier_rival_deal_is_worth_more_to_the_holder(small):
    policy = Policy(small).tariff("E00", "E01", "C1", 0.30)
    one = clause(other("E02", "5%", 0.5, low=0.2, high=0.8))
    worth = [solve(small, one.adjust(policy, policy, at)).welfare["E01"] for at in ("low", "point", "high")]
    assert worth == sorted(worth) and worth[0] > solve(small, policy).welfare["E01"]


def test_cars_at_an_even_chance_of_the_british_rate():
    world = World.load("icio2022")
    policy = Policy(world).tariff("USA", "JPN", "C29", 0.275)
    one = Parity.model_validate(
        {"holder": "Japan", "of": "US", "sectors": "C29", "others": [other("GBR", "10%"), other("EU27", "15%")]}
    )
    j, n, i = world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")
    assert one.adjust(policy, policy).tariffs[j, n, i] == pytest.approx(0.5 * 0.10 + 0.25 * 0.15 + 0.25 * 0.275)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"others": []}, "at least 1"),
        ({"others": [other("E02", "15%"), other("E02", "10%")]}, '"E02" stands twice; give each partner one rate'),
        ({"others": [other("E01", "15%")]}, '"E01" is a side of the clause; name partners whose rate it looks at'),
        ({"others": [other("E02", "15%", low=0.5, high=0.5)]}, "rests on judgement .* and has no range"),
        ({"others": [other("E02", "15")]}, "write the sign: 15%"),
        ({"others": [{**other("E02", "15%"), "basis": "published"}]}, "give its title, date and confidence"),
        ({"others": [other("E02", "15%")], "together": "perhaps"}, "valid boolean"),
    ],
)
def test_a_clause_that_cannot_be_meant_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        clause(**fields)
