"""Delivery: what became of earlier pledges, and that no record is used before its day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import CaseError
from tradetalks.talks.delivery import Delivery, prior, priors, read
from tradetalks.talks.estimate import Estimate

# C. P. Bown, PIIE, 8 February 2022: US$ bn promised and bought in 2020-21; 2017 twice over is the promise less 200.
PROMISED, BOUGHT, EXTRA = 502.4, 288.8, 200.0

RECORD = """
priors:
  - prior: a
    what: a promise
    pledge: purchase
    of: {of}
    counted: bought
    share: {share}
    known: {known}
    source: {{title: x, date: 2022-02-08, confidence: press}}
"""


def read_text(folder: Path, of: str = "total", share: str = "0.5", known: str = "2022-02-08") -> None:
    path = folder / "own.yaml"
    path.write_text(RECORD.format(of=of, share=share, known=known), encoding="utf-8")
    read(path, "own.yaml")


def test_phase_one_delivered_57_per_cent_of_the_total_and_none_of_the_increment() -> None:
    total, increment = prior("phase-one-total"), prior("phase-one-increment")
    assert total.share.point == pytest.approx(BOUGHT / PROMISED, abs=0.006)
    assert increment.share.point == max(0.0, (BOUGHT - (PROMISED - EXTRA)) / EXTRA) == 0
    assert (total.of, increment.of) == ("total", "increment")


def test_the_two_records_of_phase_one_say_the_same() -> None:
    """A share of the total counts first what would be bought anyway; both ways none of the 200 is new money."""
    new = EXTRA / PROMISED
    for name in ("phase-one-total", "phase-one-increment"):
        delivery = Delivery.model_validate(name)
        assert delivery.new_money(new, delivery.estimate.point) == 0


def test_farm_goods_of_phase_one_follow_from_the_published_83_per_cent() -> None:
    base, extra = 20.9, (12.5, 19.5)  # US$ bn, 2017 and annex 6.1 of the agreement
    bought = 0.83 * (2 * base + sum(extra))
    second = 33.8  # bought in 2021
    whole = (bought - 2 * base) / sum(extra)
    by_year = ((bought - second - base) / extra[0], (second - base) / extra[1])
    assert prior("phase-one-farm-increment").share.estimate == pytest.approx((whole, *by_year), abs=0.006)


def test_the_range_of_phase_one_reaches_down_to_services() -> None:
    """Goods alone were 60 % and services 37 % of what was sold in 2017, with 37.9 more promised (annex 6.1)."""
    services = 0.37 * (PROMISED - EXTRA) + 37.9
    share = (BOUGHT - 0.60 * (PROMISED - services)) / services
    assert prior("phase-one-total").share.low == pytest.approx(share, abs=0.02)


def test_japan_had_announced_a_fifth_of_its_investment_in_march_2026() -> None:
    first, second = prior("japan-investment-2026-02"), prior("japan-investment-2026-03")
    assert first.share.point == pytest.approx(36 / 550, abs=0.0006)
    assert second.share.point == pytest.approx((36 + 73) / 550, abs=0.0005)
    deal, end = date(2025, 7, 22), date(2029, 1, 19)
    for record, announced in ((first, date(2026, 2, 17)), (second, date(2026, 3, 19))):
        assert record.elapsed == pytest.approx((announced - deal) / (end - deal), abs=0.005)
        assert record.share.high == pytest.approx(record.at_this_pace, abs=0.01)


def test_every_record_is_known_with_its_source_and_not_before() -> None:
    assert len(priors()) >= 8
    for name, record in priors().items():
        assert record.source.date <= record.known
        assert prior(name, record.known) is record
        with pytest.raises(CaseError, match=f'"{name}" is known only from {record.known}'):
            prior(name, record.known - timedelta(days=1))


def test_the_founding_day_knows_phase_one_and_nothing_of_the_deals_that_followed() -> None:
    known = priors(date(2025, 4, 16))
    assert set(known) == {
        "phase-one-total",
        "phase-one-increment",
        "phase-one-farm-increment",
        "investment-2016-21",
    }
    with pytest.raises(CaseError, match=r"known only from 2026-03-19, after 2025-04-16.*investment-2016-21"):
        prior("japan-investment-2026-03", date(2025, 4, 16))


def test_a_name_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(CaseError, match="did you mean phase-one-total"):
        prior("phase-1-total")
    with pytest.raises(ValidationError, match="did you mean phase-one-increment"):
        Delivery.model_validate("phase-one-incremnt")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"known": "2022-02-07"}, r"own.yaml:\d+: priors\[1\].known: 2022-02-07 is before the day of its source"),
        ({"share": "{point: 0.5, low: 0.6, high: 0.7}"}, r"priors\[1\].share.point: 0.5 is outside its range, 0.6 to"),
        ({"share": "1.2"}, "1.2 is not a share"),
        ({"share": "{point: 0.5, low: 0.4}"}, "share.high: is missing"),
        ({"of": "face"}, '"face" is not one of total, increment'),
    ],
)
def test_a_record_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    read_text(tmp_path)
    with pytest.raises(CaseError, match=message):
        read_text(tmp_path, **change)


def test_records_of_one_name_are_refused(tmp_path: Path) -> None:
    text = RECORD.format(of="total", share="0.5", known="2022-02-08")
    (tmp_path / "own.yaml").write_text(text + text.partition("priors:\n")[2], encoding="utf-8")
    with pytest.raises(CaseError, match='"a" stands twice'):
        read(tmp_path / "own.yaml")


def test_a_delivery_can_be_named_or_given_in_three_ways() -> None:
    own = {"point": "0.5", "low": "0.2", "high": "0.8"}
    for given_as in (own, {"share": own}, {**own, "of": "increment"}):
        delivery = Delivery.model_validate(given_as)
        assert delivery.estimate == Estimate(0.5, 0.2, 0.8)
        assert (delivery.counts, delivery.known_from) == ("increment", None)
    named = Delivery.model_validate("phase-one-total")
    assert (named.estimate, named.counts) == (prior("phase-one-total").share.estimate, "total")
    assert named.known_from == date(2022, 2, 8)
    assert Delivery.model_validate("0.5").estimate == Estimate(0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("given_as", "message"),
    [
        ({}, "give either `prior`"),
        ({"prior": "phase-one-total", "share": "0.5"}, "give either `prior`"),
        ({"prior": "phase-one-total", "of": "increment"}, "says itself what it is a share of"),
        ({"point": "0.5", "low": "0.2", "high": "0.8", "off": "total"}, "no such field"),
        ("1.5", "1.5 is not a share"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused(given_as: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Delivery.model_validate(given_as)


@given(new=st.floats(0, 1), share=st.floats(0, 1))
def test_new_money_is_never_more_than_what_is_new_or_what_is_delivered(new: float, share: float) -> None:
    for of in ("total", "increment"):
        found = Delivery.model_validate({"share": share, "of": of}).new_money(new, share)
        assert -1e-15 <= found <= min(new, share) + 1e-15
    total, increment = (Delivery.model_validate({"share": share, "of": of}) for of in ("total", "increment"))
    assert total.new_money(new, share) <= increment.new_money(new, share) + 1e-15
    assert total.new_money(1.0, share) == pytest.approx(share)
