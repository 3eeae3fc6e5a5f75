"""Fields of records: what text they take, and what they say of text they do not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tradetalks.records.fields import Day, Name, Names, Number, Rate, Record, Share, Text
from tradetalks.records.period import Period


def read(kind: object, text: object) -> object:
    return TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Text, " two words ", "two words"),
        (Name, "japan-us-2025-04", "japan-us-2025-04"),
        (Day, "2025-04-16", date(2025, 4, 16)),
        (Number, "148.2", 148.2),
        (Rate, "27.5%", 0.275),
        (Rate, "-5 %", -0.05),
        (Share, "0.975", 0.975),
        (Names, "all", ("all",)),
        (Names, "all, except [CAN, MEX]", ("all", "!CAN", "!MEX")),
        (Names, ["JPN", "EU27"], ("JPN", "EU27")),
    ],
)
def test_a_field_reads_its_text(kind: object, text: object, value: object) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Text, " ", "is empty"),
        (Text, ["a"], "must be text, not a list"),
        (Text, "red \x1b[31m", "control character"),
        (Name, "../secrets", "is not a name"),
        (Day, "2025-02-30", "is not a day of the calendar"),
        (Day, "16 April", "write year-month-day"),
        (Number, "148,2", "is not a number"),
        (Number, "9" * 400, "is not a number"),
        (Rate, "25", "could mean 25 % or 2500 %; write the sign: 25%"),
        (Rate, "-100%", "is not above -100%"),
        (Rate, "2500%", "is above 1000%"),
        (Share, "80", "80 is not a share"),
        (Share, "-0.1", "is not a share"),
        (Share, "80%", '"80%" is not a number'),
        (Names, "all except CAN, MEX", "write one name, a list, or"),
        (Names, [], "is empty"),
        (Names, {"a": "b"}, "must be a name or a list of names"),
    ],
)
def test_a_field_says_what_is_wrong_with_its_text(kind: object, text: object, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(kind, text)
    assert message in str(caught.value)


def test_a_record_names_the_nearest_of_the_fields_it_knows() -> None:
    class Fact(Record):
        what: Text
        value: Number

    with pytest.raises(ValidationError, match=r"no such field; did you mean value\?"):
        Fact.model_validate({"what": "x", "valeu": "1"})
    with pytest.raises(ValidationError, match="must be a mapping of fields, not text"):
        Fact.model_validate("x")
    with pytest.raises(ValidationError, match="frozen"):
        Fact(what="x", value=1).value = 2  # type: ignore[misc]


@given(st.integers(0, 400), st.integers(1, 400), st.integers(-50, 900))
def test_a_period_runs_from_its_first_day_to_the_day_before_its_end(start: int, length: int, on: int) -> None:
    first = date(2025, 1, 1)
    since, until = first + timedelta(start), first + timedelta(start + length)
    period = Period.model_validate({"from": since, "to": until})
    assert period.covers(first + timedelta(on)) == (start <= on < start + length)


def test_a_period_without_an_end_is_open_and_one_that_ends_before_it_starts_is_none() -> None:
    assert Period.model_validate({"from": "2025-01-01"}).covers(date(2999, 1, 1))
    with pytest.raises(ValidationError, match="is not after 2025-01-01"):
        Period.model_validate({"from": "2025-01-01", "to": "2025-01-01"})
