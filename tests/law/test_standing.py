"""The standing of statutes, as it was known on a day."""

from __future__ import annotations

from datetime import date

import pytest

from tradetalks.errors import LawError
from tradetalks.law.book import book
from tradetalks.law.standing import standing


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2025-03-01", "settled since 2025-01-01: Not yet used for a tariff"),
        ("2025-04-16", "contested since 2025-04-14: Five importers sue"),
        ("2025-09-30", "contested since 2025-04-14, last on 2025-08-29: The Court of Appeals"),
        ("2026-03-01", "void since 2026-02-20: The Supreme Court holds"),
    ],
)
def test_the_standing_of_a_statute_is_what_was_known_that_day(day: str, words: str) -> None:
    found = standing("USA", "IEEPA", date.fromisoformat(day))
    assert found is not None and found.words.startswith(words)
    assert found.source.date <= date.fromisoformat(day)


def test_the_standing_of_a_statute_is_silent_before_its_first_source() -> None:
    assert standing("USA", "IEEPA", date(2025, 1, 15)) is None


@pytest.mark.parametrize(
    ("statute", "day", "words"),
    [
        ("s232", "2025-04-16", "settled since 2025-01-01: In use since 2018"),
        ("s232", "2026-03-01", "settled since 2025-01-01, last on 2026-02-20: The order that ends"),
        ("s122", "2025-04-16", "limited since 2025-01-01: Limited by the statute to 150 days and 15 %; not yet used"),
        ("s122", "2026-03-01", "limited since 2025-01-01, last on 2026-02-20: Used for a surcharge"),
        ("s338", "2026-07-19", "limited since 2025-01-01: Limited by the statute to 50 %; not yet used"),
        ("s338", "2026-07-20", "limited since 2025-01-01, last on 2026-07-20: Used for duties of 50 %"),
        ("agreements", "2025-06-16", "settled since 2025-06-16: Lifts duties"),
    ],
)
def test_a_statute_stands_by_its_own_text_until_it_is_used(statute: str, day: str, words: str) -> None:
    found = standing("USA", statute, date.fromisoformat(day))
    assert found is not None and found.words.startswith(words)


def test_the_deals_have_no_standing_before_the_first_of_them() -> None:
    assert standing("USA", "agreements", date(2025, 6, 15)) is None


def test_every_measure_rests_on_a_statute_that_was_on_record_when_it_was_known() -> None:
    law = book()
    for measure in law.measures:
        day = max(measure.known.since, date(2025, 2, 1))
        assert standing("USA", measure.authority, day) is not None, (measure.measure, day)


def test_a_statute_that_is_not_in_the_law_is_named() -> None:
    with pytest.raises(LawError, match=r'no authority "IEPA" in the law of USA; did you mean IEEPA\?'):
        standing("US", "IEPA", date(2025, 4, 16))
