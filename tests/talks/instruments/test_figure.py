"""Figures with ranges, and the basis that every clause states."""

import pytest
from pydantic import ValidationError

from tradetalks.talks.estimate import Estimate
from tradetalks.talks.instruments.figure import Figure, Stated

SOURCE = {"title": "survey", "date": "2025-04-01", "confidence": "press"}


def test_a_figure_of_a_file_is_an_estimate_of_the_program():
    assert Figure.model_validate({"point": "2", "low": "-1", "high": "2.5"}).estimate == Estimate(2.0, -1.0, 2.5)


@pytest.mark.parametrize("point", ["0.1", "0.9"])
def test_a_point_outside_its_range_is_refused_with_the_range(point):
    with pytest.raises(ValidationError, match=rf"{point} is outside its range, 0\.2 to 0\.8; widen it"):
        Figure.model_validate({"point": point, "low": "0.2", "high": "0.8"})


@pytest.mark.parametrize("basis", ["law", "published"])
def test_law_and_publications_are_named(basis):
    with pytest.raises(ValidationError, match=f"where the basis is `{basis}`, give its title, date and confidence"):
        Stated.model_validate({"basis": basis})
    assert Stated.model_validate({"basis": basis, "source": SOURCE}).source.title == "survey"


@pytest.mark.parametrize("basis", ["elicited", "assumption"])
def test_what_was_asked_or_assumed_needs_no_publication(basis):
    assert Stated.model_validate({"basis": basis}).source is None
