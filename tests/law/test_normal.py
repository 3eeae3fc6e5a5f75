"""Normal duties: which line rules, what it asks for on a day, and the shipped file of Japan against the facts."""

from __future__ import annotations

import runpy
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import LawError
from tradetalks.law.measure import Specific
from tradetalks.law.normal import NormalFile, ad_valorem, find, rate
from tradetalks.law.quotas import NormalRate
from tradetalks.records.yaml_file import Document, read

ROOT = Path(__file__).parents[2]
SOURCE = {"title": "made up", "date": "2025-04-16", "confidence": "computed"}
TODAY = date(2025, 4, 16)


def yen(amount: float, unit: str = "kg") -> Specific:
    return Specific(amount=amount, currency="JPY", unit=unit)


def line(name: str, products: list[str], partners: Any = "all", **changes: Any) -> dict[str, Any]:
    stages = [{"from": "2020-01-01", "to": "2030-01-01", "rate": {"ad_valorem": "5%"}}]
    return {
        "line": name, "what": name, "products": products, "partners": partners, "stages": stages, "citation": "law",
        "source": SOURCE,
    } | changes  # fmt: skip


def file(*lines: dict[str, Any], **changes: Any) -> NormalFile:
    return NormalFile.model_validate({"importer": "JPN", "lines": lines} | changes)


@pytest.fixture(scope="module")
def document() -> Document:
    return read(Path(str(files("tradetalks.law"))) / "jpn" / "normal.yaml")


@pytest.fixture(scope="module")
def japan(document: Document) -> NormalFile:
    return NormalFile.model_validate(document.data)


def percent(japan: NormalFile, code: str, partner: str, on: date, used: float = 0.0) -> float | None:
    found = find(japan, code, partner, on)
    assert found is not None
    share = rate(japan, found, on, used).ad_valorem
    return None if share is None else round(100 * share, 6)


codes = st.text("012", min_size=2, max_size=5)


@given(
    st.lists(st.tuples(codes, st.sampled_from(["all", "USA", "CHN", "all, except [USA]"])), min_size=1, max_size=12),
    codes,
    st.sampled_from(["USA", "CHN", "THA"]),
)
def test_the_longest_code_rules_then_the_partners_own(rows: list[tuple[str, str]], code: str, partner: str) -> None:
    unique = {(product, who.split(",")[0]): who for product, who in rows}
    book = file(*(line(f"line-{n}", [product], who) for n, ((product, _), who) in enumerate(unique.items())))
    reached = [
        (len(product), name == partner, n)
        for n, ((product, name), who) in enumerate(unique.items())
        if code.startswith(product) and (name == partner or (name == "all" and partner not in who))
    ]
    found = find(book, code, partner, TODAY)
    assert (found and found.line) == (f"line-{max(reached)[2]}" if reached else None)
    assert find(book, code, partner, date(2019, 12, 31)) is None is find(book, code, partner, date(2030, 1, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"products": ["1"]}, '"1" is not a code'),
        ({"products": ["10063X"]}, "is not a code"),
        ({"products": ["1006301234"]}, "2 to 9 digits"),
        ({"stages": []}, "give rates in order of time"),
        ({"quota": "none"}, 'no quota "none" in this file'),
        ({"safeguards": ["none"]}, 'no safeguard "none" in this file'),
        ({"stages": [{"from": "2021-04-01", "rate": {"ad_valorem": "5%"}},
                     {"from": "2020-04-01", "rate": {"ad_valorem": "4%"}}]}, "must come after"),
        ({"stages": [{"from": "2020-04-01", "to": "2021-03-31", "rate": {"ad_valorem": "5%"}},
                     {"from": "2021-04-01", "rate": {"ad_valorem": "4%"}}]}, "a gap"),
        ({"stages": [{"from": "2020-04-01", "to": "2021-04-02", "rate": {"ad_valorem": "5%"}},
                     {"from": "2021-04-01", "rate": {"ad_valorem": "4%"}}]}, "an overlap"),
        ({"reference_price": {"amount": 0, "currency": "JPY", "unit": "kg", "source": SOURCE}}, "above zero"),
    ],
)  # fmt: skip
def test_impossible_lines_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        file(line("rice", ["1006"]) | change)


def test_names_stand_once_and_a_product_has_one_line_per_partner() -> None:
    with pytest.raises(ValidationError, match="rice stands twice"):
        file(line("rice", ["1006"]), line("rice", ["1007"]))
    with pytest.raises(ValidationError, match="1006 of all stands twice"):
        file(line("rice", ["1006"]), line("more rice", ["1006"], "all, except [USA]") | {"line": "more-rice"})
    with pytest.raises(ValidationError, match="C29 of all stands twice"):
        file(line("rice", ["1006"]), sectors=[{"sector": "C29", "rate": "0%"}] * 2, sector_source=SOURCE)
    with pytest.raises(ValidationError, match="source"):
        file(line("rice", ["1006"]), sectors=[{"sector": "C29", "rate": "0%"}])


@given(st.floats(1, 5000), st.floats(1, 5000))
def test_a_duty_by_quantity_weighs_less_on_dearer_goods(one: float, other: float) -> None:
    cheap, dear = sorted((one, other))
    levy = NormalRate(ad_valorem=0.1, specific=yen(341))
    assert ad_valorem(levy, yen(cheap)) >= ad_valorem(levy, yen(dear)) > 0.1


@given(st.floats(1, 2000))
def test_a_gate_price_tops_up_to_the_gate_and_no_more(price: float) -> None:
    pork = NormalRate(ad_valorem=0.043, specific=yen(482), gate=yen(524))
    duty = ad_valorem(pork, yen(price)) * price
    assert duty == pytest.approx(min(482, 524 * 1.043 - price) if price < 524 else 0.043 * price)
    assert price + duty <= max(price, 524) * 1.043 + 1e-9


def test_a_duty_by_quantity_needs_a_price_of_its_kind() -> None:
    levy = NormalRate(specific=yen(341))
    with pytest.raises(LawError, match="341 JPY per kg needs a price; add `reference_price` to its line"):
        ad_valorem(levy, None)
    with pytest.raises(LawError, match="the price is in JPY per t, the duty in JPY per kg"):
        ad_valorem(levy, yen(130_000, "t"))
    assert ad_valorem(NormalRate(ad_valorem=0.385), None) == 0.385
    assert ad_valorem(NormalRate(ad_valorem=0, mark_up=yen(292)), None) == 0  # a mark-up is no duty


def test_a_line_says_when_it_has_no_rate() -> None:
    book = file(line("rice", ["1006"]))
    with pytest.raises(LawError, match="rice: no rate for 2030-01-01"):
        rate(book, book.lines[0], date(2030, 1, 1))
    with pytest.raises(LawError, match='no quota "rice"; known: '):
        book.quota("rice")


# --- Japan


def test_the_sectors_are_what_the_script_prints(document: Document, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "tools" / "japan_sector_rates.py"), run_name="__main__")
    shipped = (Path(str(files("tradetalks.law"))) / "jpn" / "normal.yaml").read_text(encoding="utf-8")
    assert f"sectors:\n{capsys.readouterr().out}" in shipped
    sectors = {sector["sector"] for sector in document.data["sectors"]}
    assert len(sectors) == 22 and {"A01_02", "C10T12", "C31T33"} < sectors


def test_us_rice_under_minimum_access(japan: NormalFile) -> None:
    rice = find(japan, "100630090", "USA", TODAY)
    assert rice is not None and rice.line == "rice" and rice.quota is not None
    quota = japan.quota(rice.quota)
    filled = {fill.partner: fill.quantity for fill in quota.fills if fill.year == 2024}
    assert filled["USA"] == 346_000 and filled["all"] == quota.volume == 767_000
    for partner, share in quota.allocation.items():
        if partner in filled:
            assert share == pytest.approx(filled[partner] / filled["all"], abs=0.001)
    assert sum(quota.allocation.values()) == pytest.approx(1)
    # the 45 % of nippon.com
    assert quota.allocation["USA"] == pytest.approx(0.45, abs=0.005)
    assert quota.split(10_000, 760_000) == (7_000, 3_000)
    inside, outside = rate(japan, rice, TODAY, 760_000), rate(japan, rice, TODAY, 767_000)
    assert ad_valorem(inside, rice.reference_price) == 0
    assert outside.specific is not None and outside.specific.amount == 341
    assert ad_valorem(outside, rice.reference_price) == pytest.approx(341 / 130)
    assert inside.mark_up is not None and inside.mark_up.amount == 341 - 49


BEEF = {  # USDA FAS via Drovers, 18 Mar 2021; the copy of the tariff of 1 April 2024; the end in fiscal 2033
    date(2019, 12, 31): 38.5, date(2020, 1, 1): 26.6, date(2020, 4, 1): 25.8, date(2021, 3, 17): 25.8,
    date(2021, 3, 18): 38.5, date(2021, 4, 16): 38.5, date(2021, 4, 17): 25.0, date(2024, 4, 1): 22.5,
    date(2025, 4, 16): 21.6, date(2033, 4, 1): 9.0, date(2040, 1, 1): 9.0,
}  # fmt: skip


@pytest.mark.parametrize(("on", "published"), BEEF.items())
def test_us_beef_pays_what_was_published(japan: NormalFile, on: date, published: float) -> None:
    assert percent(japan, "020130010", "USA", on) == published
    assert percent(japan, "020230090", "AUS", on) == 38.5


def tpp(year: int) -> tuple[Fraction, Fraction, int, Fraction]:
    """Beef and pork in percent, pork in yen, the part cut from mark-ups, in a year of TPP."""
    beef = Fraction(55, 2) - Fraction(15, 2) * (year - 1) / 9 if year <= 10 else 20 - Fraction(11) * (year - 10) / 6
    pork = Fraction(22, 10) * (10 - year) / 9
    return beef, pork, 125 if year <= 4 else 70 - 4 * (year - 5), Fraction(year, 20)


def test_us_beef_pork_and_wheat_follow_the_years_of_tpp(japan: NormalFile) -> None:
    for fiscal in range(2019, 2034):
        on = date(2020, 1, 1) if fiscal == 2019 else date(fiscal, 4, 1)
        beef, pork, yen_per_kg, cut = tpp(fiscal - 2017)
        if fiscal != 2021:  # the safeguard ran on 1 April
            assert percent(japan, "0201", "USA", on) == float(int(beef * 10)) / 10
        if fiscal <= 2027:
            assert percent(japan, "0203", "USA", on) == float(int(pork * 10)) / 10
            found = find(japan, "0203", "USA", on)
            assert found is not None
            now = rate(japan, found, on)
            assert now.specific is not None and now.specific.amount == yen_per_kg
        if fiscal <= 2026:
            for code, full in (("1001", 17), ("1003", 8)):
                found = find(japan, code, "USA", on)
                assert found is not None
                now = rate(japan, found, on)
                assert now.mark_up is not None and now.mark_up.amount == pytest.approx(full * float(1 - cut))


def test_wheat_beyond_its_quota_pays_by_weight_and_has_no_price(japan: NormalFile) -> None:
    for partner in ("USA", "CAN"):
        wheat = find(japan, "100199", partner, TODAY)
        assert wheat is not None
        levy = rate(japan, wheat, TODAY, 5_740_000)
        assert levy.specific is not None and levy.specific.amount == 55
        with pytest.raises(LawError, match="needs a price"):
            ad_valorem(levy, wheat.reference_price)


@pytest.mark.parametrize("code", ["100590", "120190", "271111", "870323", "870421", "880240"])
def test_what_enters_free(japan: NormalFile, code: str) -> None:
    assert percent(japan, code, "USA", TODAY) == 0


def test_what_is_not_recorded_has_no_line(japan: NormalFile) -> None:
    assert find(japan, "220710", "USA", TODAY) is None
    assert find(japan, "1005", "USA", TODAY) is None


def test_the_beef_safeguards(japan: NormalFile) -> None:
    old, new = japan.safeguards
    assert old.fires(2020, {"USA": 242_229}) and not old.fires(2020, {"USA": 242_000})
    firing = old.running(date(2021, 4, 16))
    assert firing is not None and old.ends(firing.since) == firing.until == date(2021, 4, 17)
    assert old.effective.until == new.effective.since == date(2023, 1, 1)
    own, both, past = new.triggers
    assert round(own.thresholds[2022], -3) == 252_000 and own.thresholds[2033] == 293_000
    assert round(both.thresholds[2022], -3) == 637_000 and round(both.thresholds[2027], -3) == 696_000
    assert both.thresholds[2033] == 738_000 and past.last == 2027
    for trigger in (own, both):
        steps = [trigger.thresholds[year + 1] - trigger.thresholds[year] for year in range(2022, 2033)]
        assert min(steps) > 0
    assert not new.fires(2022, {"USA": 255_000, "CPTPP": 380_000}, {"USA": 250_000})  # passes two of three
    assert new.fires(2025, {"USA": 270_000, "CPTPP": 410_000}, {"USA": 260_000})
    assert not new.fires(2025, {"USA": 270_000, "CPTPP": 410_000}, {"USA": 270_000})
    assert new.fires(2028, {"USA": 280_000, "CPTPP": 430_000})
    assert new.rate_if_fired(TODAY).ad_valorem == 0.3
    with pytest.raises(LawError, match="runs from 2023-01-01 to 2033-04-01"):
        new.rate_if_fired(date(2033, 4, 1))


def test_no_remembered_figure_is_called_primary(document: Document) -> None:
    """Only the press release of the protocol was read where it was published."""

    def sources(value: Any) -> list[Any]:
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        return [value] * (isinstance(value, dict) and "confidence" in value) + [s for v in inner for s in sources(v)]

    found = sources(document.data)
    assert {s["confidence"] for s in found} == {"primary", "press", "unverified", "computed"}
    assert {s["title"][:4] for s in found if s["confidence"] == "primary"} == {"USTR"}
