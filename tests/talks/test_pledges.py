"""Pledges at their worth: one table for purchases and investment, by each text, as known on a day."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from tradetalks.errors import CaseError
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.investment import Investment
from tradetalks.talks.instruments.purchase import Purchase
from tradetalks.talks.pledges import PledgeWorth, pledge_worths


def text(side: str, day: str, **fields: Any) -> dict[str, Any]:
    return {"according_to": side, "source": {"title": "x", "date": day, "confidence": "primary"}, **fields}


ENERGY = {
    "what": "energy", "importer": "JPN", "exporter": "USA", "sectors": ["B05_06", "C19"],
    "face": {"usd_bn": "7", "per": "year"}, "new": {"point": "0.5", "low": "0.2", "high": "0.8"},
    "delivery": "phase-one-increment", "premium": "3%", "instead_of": {"AUS": "0.5"},
    "texts": [text("USA", "2025-09-05")],
}  # fmt: skip
FUND = {
    "what": "investment", "investor": "JPN", "host": "USA",
    "face": {"usd_bn": "550", "from": "2025-07-22", "to": "2029-01-19"}, "new": "1",
    "delivery": {"point": "0.3", "low": "0.1", "high": "1"},
    "equity": {"point": "0.015", "low": "0.01", "high": "0.02"},
    "below_market": {"point": "0.5%", "low": "0%", "high": "1%"}, "discount": "5%", "life": "20",
    "profit": {"before": "0.5", "after": "0.1"},
    "texts": [text("USA", "2025-07-23", profit={"before": "0.1", "after": "0.1", "covers": "all"}),
              text("JPN", "2025-07-26", words="1 or 2 per cent of it equity"), text("both", "2025-09-06")],
}  # fmt: skip
PURCHASE, INVESTMENT = Purchase.model_validate(ENERGY), Investment.model_validate(FUND)


def test_worths_stand_in_order_each_pledge_by_each_text() -> None:
    rows = pledge_worths([PURCHASE, INVESTMENT])
    assert [(row.what, row.according_to) for row in rows] == [
        ("energy", "this case"), ("energy", "USA"),
        ("investment", "this case"), ("investment", "USA"), ("investment", "JPN"), ("investment", "both"),
    ]  # fmt: skip
    assert {(row.promised_by, row.promised_to) for row in rows} == {("JPN", "USA")}
    assert pledge_worths([]) == ()


def test_texts_of_a_later_day_are_not_there_yet() -> None:
    rows = pledge_worths([PURCHASE, INVESTMENT], date(2025, 7, 25))
    assert [row.according_to for row in rows] == ["this case", "this case", "USA"]


def test_a_pledge_that_rests_on_a_later_record_is_refused() -> None:
    later = Investment.model_validate({**FUND, "delivery": "japan-investment-2026-03"})
    assert later.known_from == date(2026, 3, 19)
    assert len(pledge_worths([later], date(2026, 3, 19))) == 4
    with pytest.raises(CaseError, match="is known only from 2026-03-19, after 2025-09-06"):
        pledge_worths([later], date(2025, 9, 6))


def test_a_pledge_of_a_later_source_is_refused() -> None:
    dated = {"title": "order", "date": "2025-09-04", "confidence": "primary"}
    later = Purchase.model_validate({**ENERGY, "source": dated})
    assert later.known_from == date(2025, 9, 4)
    with pytest.raises(CaseError, match='pledge "energy": its source is of 2025-09-04, after 2025-09-03'):
        pledge_worths([later], date(2025, 9, 3))


def test_the_face_is_never_less_than_new_money_and_new_money_than_what_is_expected() -> None:
    for row in pledge_worths([PURCHASE, INVESTMENT]):
        for face, new, expected in zip(row.face, row.new_money, row.expected, strict=True):
            assert face >= new >= expected >= 0


def test_a_worth_is_plain_data() -> None:
    for row in pledge_worths([PURCHASE, INVESTMENT]):
        plain = json.loads(json.dumps(row.as_json()))
        assert list(plain) == list(PledgeWorth._fields)
        assert Estimate(**plain["face"]) == row.face
        assert (plain["equity"] is None) == (row.what == "energy")


@pytest.mark.parametrize(("kind", "record"), [(Purchase, ENERGY), (Investment, FUND)])
def test_the_schema_takes_what_the_record_takes(kind: type[Purchase | Investment], record: dict[str, Any]) -> None:
    schema = kind.model_json_schema(by_alias=True)
    jsonschema.validate(record, schema)
    jsonschema.validate({**record, "delivery": "0.5"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**record, "nwe": "0.5"}, schema)


@pytest.mark.parametrize("pledge", [PURCHASE, INVESTMENT])
def test_a_pledge_written_out_is_read_back_as_it_was(pledge: Purchase | Investment) -> None:
    written = pledge.model_dump(mode="json", by_alias=True, exclude_none=True)
    shifted = {"below_market", "premium", "discount"}  # rates are written in percent, held as fractions
    assert shifted & set(written)
    assert type(pledge).model_validate(written) == pledge
