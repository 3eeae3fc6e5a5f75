"""The standing of statutes, as it was known on a day."""

from __future__ import annotations

from datetime import date

import pytest

from tradetalks.errors import LawError
from tradetalks.talks.standing import standing


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


def test_a_statute_that_is_not_in_the_law_is_named() -> None:
    with pytest.raises(LawError, match=r'no authority "IEPA" in the law of USA; did you mean IEEPA\?'):
        standing("US", "IEPA", date(2025, 4, 16))
