"""Ratification: who blocks what, how likely a deal is to get through, and what actors may not be."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from tradetalks.errors import OfferError
from tradetalks.talks.ratification import (
    Actor,
    Condition,
    Offers,
    blocks,
    draws,
    expected_payoff,
    ratified,
    what_blocks,
)

SOURCE = {"title": "a report", "date": "2024-10-28", "confidence": "press"}
ISSUES = {"rice": ("as is", "inside the quota", "open"), "support": ("none", "more")}
NAMES = ("welfare", "income:A01_02")
RICE = {"issue": "rice", "options": ["open"]}
GROWERS = {"account": "income:A01_02", "falls_by": 0.5}


def share(point: float, low: float, high: float) -> dict:
    return {"point": point, "low": low, "high": high}


def actor(name: str = "farm", *refuses: dict, chance: dict | None = None, **fields: object) -> Actor:
    told: dict[str, object] = {"actor": name, "party": "JPN", "what": "Growers", "basis": "elicited", **fields}
    if refuses:
        told |= {"refuses": list(refuses), "chance": share(0.6, 0.4, 0.8)}
    if chance:
        told["chance"] = chance
    return Actor.model_validate(told)


def table(*rows: tuple[int, int, float]) -> Offers:
    """Offers by the option for rice, the option for support, and what Japan's growers gain."""
    choices = np.array([row[:2] for row in rows])
    accounts = np.zeros((len(rows), 2, 2))
    accounts[:, 0, 1] = [row[2] for row in rows]
    return Offers(ISSUES, choices, ("JPN", "USA"), NAMES, accounts)


EVERY = table(*((rice, paid, gain) for rice in range(3) for paid in range(2) for gain in (-1.0, 0.0)))

conditions = st.sampled_from(
    [RICE, GROWERS, {"issue": "rice", "options": ["inside the quota", "open"]}, {"issue": "support", "options": "more"},
     {"account": "welfare", "falls_by": 0}]
)  # fmt: skip
triples = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted).filter(lambda t: t[0] < t[2])


@st.composite
def actors(draw: st.DrawFn, name: str = "a") -> Actor:
    low, point, high = draw(triples)
    part = draw(st.floats(0, 0.9))
    refuses = draw(st.lists(conditions, min_size=1, max_size=3))
    rest = share(part * point, part * low, part * high) if part * low < part * high else share(0, 0, 0)
    return actor(name, *refuses, chance=share(point, low, high), otherwise=rest)


def houses(most: int = 4) -> st.SearchStrategy[list[Actor]]:
    return st.integers(0, most).flatmap(lambda n: st.tuples(*(actors(f"a{k}") for k in range(n)))).map(list)


# ---- what is blocked -------------------------------------------------------------------------------------------------


def test_an_actor_blocks_what_it_refuses_and_little_else() -> None:
    made = actor("farm", RICE, GROWERS, otherwise=share(0.05, 0, 0.1))
    found = blocks([made], table((0, 0, 0.0), (2, 0, 0.0), (0, 0, -0.6), (2, 1, -0.6), (0, 1, -0.5)))
    assert found.point[:, 0].tolist() == [0.05, 0.6, 0.6, 0.6, 0.05]  # a fall of 0.5 is not more than 0.5
    assert found.low[:, 0].tolist() == [0, 0.4, 0.4, 0.4, 0]
    assert found.high[:, 0].tolist() == [0.1, 0.8, 0.8, 0.8, 0.1]


def test_a_loss_counts_in_the_accounts_of_the_actors_own_party() -> None:
    offers = table((0, 0, -1.0))
    assert blocks([actor("farm", GROWERS)], offers).point.tolist() == [[0.6]]
    assert blocks([actor("farm", GROWERS, party="USA")], offers).point.tolist() == [[0.0]]


def test_an_actor_without_conditions_treats_all_offers_alike() -> None:
    court = actor("court", otherwise=share(0.1, 0.05, 0.2))
    assert (blocks([court], EVERY).point == 0.1).all()
    assert what_blocks(court) == "Growers (JPN) blocks any deal with a chance of 10 % (5 to 20)"


def test_an_actor_whose_conditions_are_all_off_the_table_blocks_as_any_other_offer() -> None:
    left = actor("farm", RICE, otherwise=share(0.05, 0, 0.1)).model_copy(update={"refuses": ()})
    assert (blocks([left], EVERY).point == 0.05).all()
    assert draws([left], EVERY, 5, 1).min() >= 0.9
    assert what_blocks(left) == "Growers (JPN) blocks any deal with a chance of 5 % (0 to 10)"


def test_what_an_actor_blocks_is_said_in_one_sentence() -> None:
    made = actor("farm", RICE, GROWERS, otherwise=share(0.05, 0, 0.125))
    assert what_blocks(made) == (
        "Growers (JPN) blocks a deal with a chance of 60 % (40 to 80) when rice is settled as open, or when value "
        "added of A01_02 falls by more than US$ 0.5 bn a year; any other with 5 % (0 to 12.5)"
    )
    assert what_blocks(actor("x", {"account": "revenue", "falls_by": 2})) == (
        "Growers (JPN) blocks a deal with a chance of 60 % (40 to 80) when tariff revenue falls by more than US$ 2 bn "
        "a year"
    )


def test_names_that_lead_nowhere_are_refused_with_the_nearest() -> None:
    for condition, message in (
        ({"issue": "rise", "options": "open"}, r'actor farm: no issue "rise"; did you mean rice\?'),
        ({"issue": "rice", "options": "opened"}, r'no option of rice "opened"; did you mean open\?'),
        ({"account": "income:A01", "falls_by": 1}, r'no account "income:A01"; did you mean income:A01_02\?'),
    ):
        for door in (blocks, ratified, lambda a, o: draws(a, o, 2, 1)):
            with pytest.raises(OfferError, match=message):
                door([actor("farm", condition)], EVERY)
    with pytest.raises(OfferError, match='no party "KOR"'):
        blocks([actor("farm", GROWERS, party="KOR")], EVERY)


def test_offers_whose_arrays_do_not_fit_are_refused() -> None:
    with pytest.raises(OfferError, match=r"choices: shape \(3, 1\), where \(3, 2\) is needed"):
        Offers(ISSUES, np.zeros((3, 1), dtype=int), ("JPN", "USA"), NAMES, np.zeros((3, 2, 2)))
    with pytest.raises(OfferError, match=r"accounts: shape \(2, 2, 2\), where \(3, 2, 2\) is needed"):
        Offers(ISSUES, np.zeros((3, 2), dtype=int), ("JPN", "USA"), NAMES, np.zeros((2, 2, 2)))


# ---- how likely it gets through --------------------------------------------------------------------------------------


def test_without_actors_every_deal_is_ratified() -> None:
    assert all((ends == 1).all() for ends in ratified([], EVERY))
    assert (draws([], EVERY, 3, 1) == 1).all()


def test_independent_actors_multiply_what_they_let_through() -> None:
    two = [actor("farm", RICE), actor("diet", RICE, chance=share(0.5, 0.1, 0.7))]
    found = ratified(two, table((2, 0, 0.0), (0, 0, 0.0)))
    assert [ends.tolist()[1] for ends in found] == [1] * 5
    assert [ends[0] for ends in found] == pytest.approx([0.4 * 0.5, 0.2 * 0.3, 0.6 * 0.9, 0.4, 0.0])


@given(houses())
def test_the_bounds_hold_the_point_and_every_draw(house: list[Actor]) -> None:
    found = ratified(house, EVERY)
    for lower, upper in ((found.low, found.point), (found.point, found.high), (found.apart, found.point),
                         (found.point, found.together)):  # fmt: skip
        assert (lower <= upper + 1e-12).all()
    drawn = draws(house, EVERY, 50, 3)
    assert drawn.shape == (50, 12)
    assert (drawn >= found.low - 1e-12).all() and (drawn <= found.high + 1e-12).all()
    assert np.array_equal(drawn, draws(house, EVERY, 50, 3))


@given(houses(3), hnp.arrays(np.float64, 8, elements=st.floats(0, 1)).filter(lambda w: w.sum() > 0.1))
def test_the_bounds_on_dependence_hold_for_any_joint_law_of_objections(house: list[Actor], mass: np.ndarray) -> None:
    """Fréchet (1935), against joint distributions of three objections made at random, with their own marginals."""
    sets = (np.arange(8)[:, None] >> np.arange(3)) & 1
    mass = mass / mass.sum()
    marginals = [min(1.0, float(p)) for p in mass @ sets]
    law = [actor(f"m{k}", otherwise=share(p, p, p), basis="published", source=SOURCE) for k, p in enumerate(marginals)]
    found = ratified(law, EVERY)
    assert found.apart[0] - 1e-12 <= mass[0] <= found.together[0] + 1e-12


def test_the_bounds_on_dependence_are_reached() -> None:
    law = [actor(f"m{k}", otherwise=share(p, 0, 1)) for k, p in enumerate((0.3, 0.5))]
    found = ratified(law, EVERY)
    assert found.together[0] == pytest.approx(0.5)  # whenever the one objects, so does the other
    assert found.apart[0] == pytest.approx(0.2)  # never both


@given(houses(3), conditions, st.data())
def test_ratification_is_no_likelier_when_a_condition_is_added(
    house: list[Actor], more: dict, data: st.DataObject
) -> None:
    if not house:
        return
    k = data.draw(st.integers(0, len(house) - 1))
    stricter = house[k].model_copy(update={"refuses": (*house[k].refuses, Condition.model_validate(more))})
    before, after = ratified(house, EVERY), ratified([*house[:k], stricter, *house[k + 1 :]], EVERY)
    assert all((later <= earlier + 1e-12).all() for earlier, later in zip(before, after, strict=True))


def test_ratification_becomes_less_likely_where_an_added_condition_bites() -> None:
    before, after = (ratified([actor("farm", *refused)], EVERY).point for refused in ((RICE,), (RICE, GROWERS)))
    assert (after < before).sum() == 4 and (after == before).sum() == 8  # growers lose in half of the 8 others


@given(houses(3), actors("new"))
def test_ratification_is_no_likelier_with_one_more_actor(house: list[Actor], new: Actor) -> None:
    before, after = ratified(house, EVERY), ratified([*house, new], EVERY)
    assert all((later <= earlier + 1e-12).all() for earlier, later in zip(before, after, strict=True))


def test_draws_have_the_chance_of_independent_triangles() -> None:
    """The mean of a product of independent draws is the product of the means of the triangles."""
    two = [actor("farm", RICE), actor("diet", RICE, chance=share(0.5, 0.1, 0.7))]
    drawn = draws(two, table((2, 0, 0.0)), 20000, 5)
    assert drawn.mean() == pytest.approx((1 - 0.6) * (1 - 1.3 / 3), abs=0.005)


# ---- what signing is worth -------------------------------------------------------------------------------------------


@given(
    hnp.arrays(np.float64, (6, 2), elements=st.floats(-50, 50)),
    hnp.arrays(np.float64, 2, elements=st.floats(-50, 50)),
    hnp.arrays(np.float64, 6, elements=st.floats(0, 1)),
)
def test_signing_is_worth_something_between_the_deal_and_no_deal(payoffs, no_deal, chance) -> None:
    worth = expected_payoff(chance, payoffs, no_deal)
    assert (worth >= np.minimum(payoffs, no_deal) - 1e-9).all() and (worth <= np.maximum(payoffs, no_deal) + 1e-9).all()
    assert expected_payoff(np.ones(6), payoffs, no_deal) == pytest.approx(payoffs)
    assert expected_payoff(np.zeros(6), payoffs, no_deal) == pytest.approx(np.tile(no_deal, (6, 1)))


def test_an_offer_better_than_no_deal_stays_better_however_doubtful_its_ratification() -> None:
    worth = expected_payoff([0.01, 0.01], [[1, 1], [-3, 1]], [-2, 0])
    assert (worth[0] > [-2, 0]).all() and worth[1, 0] < -2


def test_shapes_and_chances_that_cannot_be_are_refused() -> None:
    with pytest.raises(OfferError, match=r"chance \(2,\), payoffs \(3, 2\), no deal \(2,\)"):
        expected_payoff([0, 1], np.zeros((3, 2)), [0, 0])
    for wrong in (1.5, float("nan")):
        with pytest.raises(OfferError, match=f"a chance of {wrong:g}; a chance lies between 0 and 1"):
            expected_payoff([wrong], [[0, 1]], [0, 0])


# ---- what an actor may not be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"refuses": [RICE]}, "is missing; how likely is it to block what it refuses"),
        ({"chance": share(0.6, 0.4, 0.8)}, "stands without `refuses`; there is nothing that it refuses"),
        ({"refuses": [RICE], "chance": share(0.2, 0.1, 0.3), "otherwise": share(0.3, 0.1, 0.3)}, "is above `chance`"),
        ({"refuses": [RICE], "chance": share(0.6, 0.6, 0.6)}, "rests on judgement"),
        ({"otherwise": share(0.1, 0, 0.2), "basis": "published"}, "is missing; where the basis is `published`"),
        ({"refuses": [{**RICE, **GROWERS}], "chance": share(0.2, 0, 1)}, "give either `issue` and `options`, or"),
        ({"refuses": [{**RICE, "falls_by": 1}], "chance": share(0.2, 0, 1)}, "give either `issue` and `options`, or"),
        ({"refuses": [{"issue": "rice"}], "chance": share(0.2, 0, 1)}, "give either `issue` and `options`, or"),
        ({"refuses": [{"account": "welfare", "falls_by": -1}], "chance": share(0.2, 0, 1)}, "as a positive number"),
        ({"refuses": [{"account": "wellfare", "falls_by": 1}], "chance": share(0.2, 0, 1)}, "did you mean welfare"),
    ],
)
def test_impossible_actors_are_refused_with_what_would_be_right(fields: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        actor(**fields)


def test_an_actor_tells_the_date_of_its_source() -> None:
    assert dict(actor(source=SOURCE, otherwise=share(0.1, 0, 0.2)).dated()) == {("source", "date"): date(2024, 10, 28)}
    assert list(actor(otherwise=share(0.1, 0, 0.2)).dated()) == []
