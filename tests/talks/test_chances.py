"""Chances of agreement: shares of draws, counted one draw and one offer at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks import chances as chances_module
from tradetalks.talks.chances import chances
from tradetalks.talks.frontier import Floats

whole = st.integers(-3, 3).map(float)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Accounts [offer, party, account], weights [draw, party, account] and reservation accounts [party, account]."""
    offers, draws, parties, accounts = (draw(st.integers(1, most)) for most in (6, 7, 3, 3))
    return tuple(
        draw(hnp.arrays(np.float64, shape, elements=whole))
        for shape in ((offers, parties, accounts), (draws, parties, accounts), (parties, accounts))
    )  # type: ignore[return-value]


@pytest.mark.parametrize("pieces", [1 << 21, 3])
@given(worlds())
def test_every_share_is_a_count_over_draws(pieces: int, case: tuple[Floats, Floats, Floats]) -> None:
    accounts, weights, without = case
    offers, parties, _ = accounts.shape
    acceptance, by_party = np.zeros(offers), np.zeros((offers, parties))
    met, blocks, reach = 0, np.zeros(parties), np.zeros(parties)
    for w in weights:
        signs = np.array([[(a[p] * w[p]).sum() >= (without[p] * w[p]).sum() for p in range(parties)] for a in accounts])
        acceptance += signs.all(axis=1)
        by_party += signs
        if signs.all(axis=1).any():
            met += 1
            continue
        blocks += [np.delete(signs, p, axis=1).all(axis=1).any() for p in range(parties)]
        reach += ~signs.any(axis=0)
    draws, none = len(weights), max(len(weights) - met, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chances_module, "AT_ONCE", pieces)
        found = chances(accounts, weights, reservation_accounts=without)
    assert (found.draws, found.probability) == (draws, met / draws)
    np.testing.assert_allclose(found.acceptance, acceptance / draws)
    np.testing.assert_allclose(found.by_party, by_party / draws)
    np.testing.assert_allclose(found.blocks, blocks / none)
    np.testing.assert_allclose(found.out_of_reach, reach / none)


@given(worlds())
def test_reservation_accounts_and_their_values_by_draw_are_the_same(case: tuple[Floats, Floats, Floats]) -> None:
    accounts, weights, without = case
    values = (weights * without).sum(axis=2)
    one, other = (
        chances(accounts, weights, reservation=values),
        chances(accounts, weights, reservation_accounts=without),
    )
    assert one.probability == other.probability
    assert np.array_equal(one.acceptance, other.acceptance) and np.array_equal(one.blocks, other.blocks)


@given(worlds(), st.data())
def test_more_offers_never_make_agreement_less_likely(case: tuple[Floats, Floats, Floats], data: st.DataObject) -> None:
    accounts, weights, without = case
    more = data.draw(hnp.arrays(np.float64, (3, *accounts.shape[1:]), elements=whole))
    before = chances(accounts, weights, reservation_accounts=without)
    after = chances(np.concatenate([accounts, more]), weights, reservation_accounts=without)
    assert after.probability >= before.probability >= before.acceptance.max()
    assert (before.acceptance <= before.by_party.min(axis=1)).all()


@given(worlds(), st.integers(0, 2), st.integers(1, 3))
def test_a_better_fallback_never_makes_agreement_more_likely(
    case: tuple[Floats, Floats, Floats], party: int, lift: int
) -> None:
    accounts, weights, without = case
    values = (weights * without).sum(axis=2)
    higher = values.copy()
    higher[:, party % values.shape[1]] += lift
    after, before = (chances(accounts, weights, reservation=floor).probability for floor in (higher, values))
    assert after <= before


def test_a_weight_drawn_evenly_gives_the_exact_probability() -> None:
    """A party counts rice at w, drawn from 0 to 1, against a gain of 0.3: it signs where w is 0.3 at most."""
    draws = np.random.default_rng(8).random(40_000)
    weights = np.stack([np.stack([np.ones(len(draws)), draws], axis=1), np.ones((len(draws), 2))], axis=1)
    found = chances([[[0.3, -1.0], [1.0, 0.0]]], weights, reservation=[0.0, 0.0])
    assert abs(found.probability - 0.3) < 4 * found.standard_error
    np.testing.assert_allclose(found.standard_error, np.sqrt(0.3 * 0.7 / 40_000), rtol=0.02)
    assert found.interval[0] < 0.3 < found.interval[1]
    np.testing.assert_allclose(found.blocks, [1.0, 0.0])


def test_what_never_happened_in_a_few_draws_may_still_happen() -> None:
    """Wilson (1927): no success in 10 draws leaves up to 27.8 %, as published tables have it."""
    found = chances([[[-1.0], [1.0]]], np.ones((10, 2, 1)), reservation=[0.0, 0.0])
    assert (found.probability, found.standard_error) == (0.0, 0.0)
    np.testing.assert_allclose(found.interval, [0.0, 0.2775], atol=5e-5)
    sure = chances([[[1.0], [1.0]]], np.ones((10, 2, 1)), reservation=[0.0, 0.0])
    np.testing.assert_allclose(sure.interval, [0.7225, 1.0], atol=5e-5)


def test_two_who_must_both_give_way_block_nothing_alone() -> None:
    found = chances([[[-1.0], [-1.0]]], [[[1.0], [1.0]]], reservation=[0.0, 0.0])
    assert (found.blocks == 0).all() and (found.out_of_reach == 1).all()


FLAT = np.zeros((2, 2, 3))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"reservation": None}, "one of reservation"),
        ({"reservation": [0, 0], "reservation_accounts": np.zeros((2, 3))}, "not both"),
        ({"reservation": [0, 0, 0]}, "reservation: shape"),
        ({"reservation": [0, np.nan]}, "reservation: every number"),
        ({"reservation_accounts": np.zeros((3, 2))}, "reservation_accounts: shape"),
        ({"accounts": np.zeros((2, 3))}, "accounts"),
        ({"accounts": np.zeros((0, 2, 3))}, "none of them empty"),
        ({"weights": np.zeros((4, 2, 2))}, "same parties and accounts"),
    ],
)
def test_draws_that_cannot_be_are_refused(arguments: dict[str, object], says: str) -> None:
    whole_call = {"accounts": FLAT, "weights": FLAT} | (
        {} if "reservation_accounts" in arguments else {"reservation": [0, 0]}
    )
    with pytest.raises(OfferError, match=says):
        chances(**(whole_call | arguments))  # type: ignore[arg-type]
