"""The pictures: labels keep apart, text is data, and one drawing of the same numbers is another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradetalks.brief import figures
from tradetalks.brief.contract import Contents
from tradetalks.brief.labels import Label, place

spots = st.tuples(st.floats(0, 500), st.floats(0, 400), st.text("abcdefgh", min_size=3, max_size=18))


@settings(deadline=None)
@given(st.lists(spots, min_size=1, max_size=5))
def test_labels_stay_in_the_frame_and_off_each_other(points: list[tuple[float, float, str]]) -> None:
    labels = [Label(x, y, text, 6.0) for x, y, text in points]
    boxes = [label.box(*at) for label, at in zip(labels, place(labels, (500, 400)), strict=True)]
    assert all(box.left >= 0 and box.right <= 500 and box.top >= 0 and box.bottom <= 400 for box in boxes)
    assert all(one.overlap(other) == 0 for one, other in combinations(boxes, 2))


def test_solutions_at_one_place_are_named_once(contents: Contents) -> None:
    drawn = figures.svg(figures.frontier(contents))
    assert drawn.count("Nash · Kalai–Smorodinsky") == 2  # the words and the halo behind them
    assert drawn.count(">Utilitarian<") == 2


def test_a_reservation_far_away_does_not_squeeze_the_offers(contents: Contents) -> None:
    contents["reservations"][2]["payoffs"]["USA"] = 80.0
    spec = figures.frontier(contents)
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"][1] < 10
    assert "Emergency tariffs void ↑ 80" in figures.svg(spec)


def test_text_from_a_case_is_never_an_expression(contents: Contents) -> None:
    contents["parties"][1]["name"] = "'+(1+1)+'"
    contents["position"]["surplus_table"][0]["name"] = "datum.value + <b>"
    drawn = figures.svg(figures.surplus(contents))
    assert "'+(1+1)+'" in drawn.replace("&#39;", "'").replace("&apos;", "'")
    assert "datum.value + &lt;b&gt;" in drawn


def test_one_offer_alone_can_be_drawn(contents: Contents) -> None:
    contents["cloud"] = [[0.0, 0.0]]
    contents["frontier"] = contents["frontier"][:1]
    contents["solutions"] = []
    assert figures.svg(figures.frontier(contents)).startswith("<svg")


@pytest.mark.parametrize("name", ["surplus", "exposure", "worth"])
def test_a_picture_of_nothing_but_zeros_can_be_drawn(contents: Contents, name: str) -> None:
    for row in contents["position"]["surplus_table"]:
        row["surplus_usd_bn"] = 0.0
    for sector in contents["position"]["exposure"]:
        sector["exports_usd_bn"] = sector["rate_before"] = sector["rate_today"] = 0.0
    drawn = figures.svg(getattr(figures, name)(contents))
    assert "NaN" not in drawn
