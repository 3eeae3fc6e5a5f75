"""Figures with ranges, the basis that their records state, and the corners of several of them."""

from __future__ import annotations

from itertools import product

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from tradetalks.errors import OfferError
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import (
    MOST_RANGES,
    Figure,
    RateFigure,
    ShareFigure,
    Stated,
    corners,
    estimate,
    over_corners,
    require_range,
)

SOURCE = {"title": "survey", "date": "2025-04-01", "confidence": "press"}
KINDS = ((Figure, "1200"), (ShareFigure, "0.5"), (RateFigure, "5%"))


def test_a_figure_of_a_file_is_an_estimate_of_the_program():
    assert Figure.model_validate({"point": "2", "low": "-1", "high": "2.5"}).estimate == Estimate(2.0, -1.0, 2.5)


@pytest.mark.parametrize(("kind", "plain"), KINDS)
def test_a_figure_written_plainly_is_certain(kind, plain):
    found = kind.model_validate(plain)
    assert found == kind.model_validate({"point": plain}) == kind.certain(found.point)
    assert found == kind.model_validate({"point": plain, "low": plain, "high": plain})
    assert found.is_exact and found.low == found.point == found.high > 0


@pytest.mark.parametrize(("kind", "plain"), KINDS)
def test_editors_take_a_figure_in_both_forms(kind, plain):
    schema = kind.model_json_schema()
    jsonschema.validate(plain, schema)
    jsonschema.validate({"point": plain, "low": plain, "high": plain}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"point": plain, "low": plain, "hihg": plain}, schema)


@pytest.mark.parametrize("point", ["0.1", "0.9"])
@pytest.mark.parametrize("kind", [Figure, ShareFigure])
def test_a_point_outside_its_range_is_refused_with_the_range(kind, point):
    with pytest.raises(ValidationError, match=rf"{point} is outside its range, 0\.2 to 0\.8; widen it"):
        kind.model_validate({"point": point, "low": "0.2", "high": "0.8"})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"point": "2", "low": "1"}, "high\n.*[Ff]ield required"),
        ({"low": "1", "high": "2"}, "point\n.*[Ff]ield required"),
        ({"point": "2", "lo": "1"}, "no such field; did you mean low"),
        (["1", "2", "3"], "must be a mapping of fields, not a list"),
        ("many", '"many" is not a number'),
    ],
)
def test_a_figure_that_cannot_be_read_is_refused(written, message):
    with pytest.raises(ValidationError, match=message):
        Figure.model_validate(written)


def test_rates_carry_a_percent_sign_and_shares_none():
    assert RateFigure.model_validate("5%").point == 0.05
    assert ShareFigure.model_validate("0.05").is_exact
    with pytest.raises(ValidationError, match="could mean 5 % or 500 %"):
        RateFigure.model_validate("5")
    with pytest.raises(ValidationError, match="is not a number"):
        ShareFigure.model_validate("5%")
    with pytest.raises(ValidationError, match=r"1\.2 is not a share"):
        ShareFigure.model_validate({"point": "0.5", "low": "0.1", "high": "1.2"})


# ---- grounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["law", "published"])
def test_law_and_publications_are_named(basis):
    with pytest.raises(ValidationError, match=f"where the basis is `{basis}`, give its title, date and confidence"):
        Stated.model_validate({"basis": basis})
    assert Stated.model_validate({"basis": basis, "source": SOURCE}).source.title == "survey"


@pytest.mark.parametrize("basis", ["elicited", "assumption"])
def test_what_was_asked_or_assumed_needs_no_publication_but_a_range(basis):
    assert Stated.model_validate({"basis": basis}).source is None
    told = rf"0\.5 rests on judgement \({basis}\) and has no range; put `low` and `high` as far apart"
    for kind in (Figure, ShareFigure, RateFigure):
        with pytest.raises(PydanticCustomError, match=told):
            require_range(basis, kind.certain(0.5), "chance")
        require_range(basis, kind(point=0.5, low=0.4, high=0.5), "chance")
        require_range("published", kind.certain(0.5), "chance")


@pytest.mark.parametrize("point", [0, 1])
def test_none_and_all_are_sure_as_a_share_and_not_as_a_number(point):
    for kind in (ShareFigure, RateFigure):
        require_range("elicited", kind.certain(point), "share")
    with pytest.raises(PydanticCustomError, match=f"{point} rests on judgement"):
        require_range("elicited", Figure.certain(point), "worth")


# ---- corners -------------------------------------------------------------------------------------------------------

figures = st.tuples(*[st.floats(0, 5)] * 3).map(sorted)


@given(a=figures, b=figures)
def test_the_range_over_corners_holds_every_combination(a, b):
    (one, other) = (Estimate(mid, low, high) for low, mid, high in (a, b))
    found = over_corners(lambda x, y: x * y - y, one, other)
    tried = [x * y - y for x, y in product(a, b)]
    assert found.point == pytest.approx(a[1] * b[1] - b[1])
    assert (found.low, found.high) == pytest.approx((min(tried), max(tried)), abs=1e-9)


@given(a=figures, b=figures)
def test_the_two_ways_over_all_corners_agree(a, b):
    """One number at a time, and all corners as arrays."""
    one, other = (Figure(point=mid, low=low, high=high) for low, mid, high in (a, b))
    v = corners({"a": one, "b": other, "c": Figure.certain(2)})
    assert estimate(v["c"] * v["a"] - v["b"]) == pytest.approx(over_corners(lambda x, y: 2 * x - y, one, other))
    ends = {(x, y) for x, y in zip(v["a"][1:].tolist(), v["b"][1:].tolist(), strict=True)}
    if not one.is_exact or not other.is_exact:
        assert ends == set(product({a[0], a[2]}, {b[0], b[2]}))
    assert (v["a"][0], v["b"][0]) == (a[1], b[1])


def test_too_many_ranges_are_named():
    wide = {f"f{k}": Figure(point=1, low=0, high=2) for k in range(MOST_RANGES + 1)}
    with pytest.raises(OfferError, match=r"15 figures have a range \(f0, .*f14\); give at most 14 of them one"):
        corners(wide)
    del wide["f0"]
    assert len(corners(wide)["f1"]) == 1 + 2**MOST_RANGES


def test_an_outcome_has_no_minus_zero():
    assert str(estimate(np.array([-0.0, -0.0]))) == "Estimate(point=0.0, low=0.0, high=0.0)"
