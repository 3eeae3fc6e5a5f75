"""Cards: worths that were asked for, and nothing that a model could have said."""

import pytest
from pydantic import ValidationError

from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.card import Card

WORTH = {"JPN": {"point": "-0.5", "low": "-2", "high": "0"}, "USA": {"point": "1", "low": "0.5", "high": "3"}}


def test_each_party_has_its_own_worth_with_its_range_in_the_account_of_cards():
    card = Card.model_validate({"what": "joint patrols", "basis": "elicited", "worth": WORTH})
    assert [(e.party, e.account, e.worth, e.method, e.what) for e in card.entries()] == [
        ("JPN", "cards", Estimate(-0.5, -2.0, 0.0), "elicited", "joint patrols"),
        ("USA", "cards", Estimate(1.0, 0.5, 3.0), "elicited", "joint patrols"),
    ]


def test_a_published_worth_names_its_publication():
    with pytest.raises(ValidationError, match="where the basis is `published`"):
        Card.model_validate({"what": "x", "basis": "published", "worth": WORTH})


@pytest.mark.parametrize("basis", ["assumption", "law"])
def test_a_worth_is_asked_or_published_and_never_assumed(basis):
    with pytest.raises(ValidationError, match="'elicited' or 'published'"):
        Card.model_validate({"what": "x", "basis": basis, "worth": WORTH})


@pytest.mark.parametrize(
    ("worth", "message"),
    [
        ({}, "at least 1"),
        ({"USA": {"point": "1", "low": "0"}}, "missing"),
        ({"USA": {"point": "1", "low": "1", "high": "1"}}, "1 rests on judgement .* and has no range"),
        ({"USA": "1"}, "1 rests on judgement .* and has no range"),
    ],
)
def test_a_card_without_a_range_for_somebody_is_refused(worth, message):
    with pytest.raises(ValidationError, match=message):
        Card.model_validate({"what": "x", "basis": "elicited", "worth": worth})
