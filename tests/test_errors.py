"""The errors: one family, drawn where it is defined, each also the built-in it resembles."""

from __future__ import annotations

import pickle

import pytest

from tradetalks import errors
from tradetalks.errors import TradetalksError, UnknownCode, nearest

FAMILY = {
    "WorldError": ValueError,
    "UnknownCode": KeyError,
    "PolicyError": ValueError,
    "SolveError": RuntimeError,
    "LawError": ValueError,
    "CaseError": ValueError,
    "OfferError": ValueError,
    "SourceError": ValueError,
    "OutputError": OSError,
}


@pytest.mark.parametrize(("name", "like"), FAMILY.items())
def test_every_error_is_of_the_family_and_like_a_built_in(name: str, like: type[Exception]) -> None:
    error = getattr(errors, name)
    assert issubclass(error, TradetalksError)
    assert issubclass(error, like)
    assert str(error("what, where, what instead")) == "what, where, what instead"


def test_the_whole_family_is_drawn_where_it_is_defined() -> None:
    drawn = [line.split()[1] for line in (errors.__doc__ or "").splitlines() if "── " in line]
    assert drawn == list(FAMILY)
    grown = {error.__name__ for error in TradetalksError.__subclasses__()}
    assert {name for name in grown if name in vars(errors)} == set(FAMILY)


@pytest.mark.parametrize("name", FAMILY)
def test_an_error_survives_the_way_back_from_a_worker(name: str) -> None:
    error = pickle.loads(pickle.dumps(getattr(errors, name)("off by 3 at JPN")))
    assert (type(error).__name__, str(error)) == (name, "off by 3 at JPN")


def test_an_unknown_code_prints_its_message_and_not_its_repr() -> None:
    assert str(UnknownCode('no sector "C99"')) == 'no sector "C99"'


def test_the_nearest_spelling_is_offered_whatever_the_case_and_only_when_near() -> None:
    assert nearest("jpm", ["USA", "JPN"]) == "did you mean JPN?"
    assert nearest("Goods", ["goods", "services"]) == "did you mean goods?"
    assert nearest("C29", ["USA", "JPN"]) == ""
    assert nearest("anything", []) == ""
