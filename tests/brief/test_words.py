"""The words and tables of a brief, and its short form on the terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from tradetalks.brief import sentences, summary, tables
from tradetalks.brief.contract import Contents


def printed(contents: Contents, width: int) -> str:
    file = io.StringIO()
    summary(contents, Console(file=file, width=width, no_color=True))
    return file.getvalue()


def test_the_answer_has_a_point_a_range_a_unit_and_a_cause(contents: Contents) -> None:
    said = sentences.no_deal(contents)
    assert said.lead == "Japan without a deal"
    assert said.text.replace("\xa0", " ").startswith(
        "−US$ 4.7 bn a year (−3.1 to −7.5), −0.12 % of income, against today; −8.9 (−5.8 to −14) against "
    )
    assert said.text.endswith("Drives it: trade elasticity of cars (caliendo-parro-2015 gives the smallest loss).")


def test_a_number_without_a_range_is_printed_without_one(contents: Contents) -> None:
    value = contents["no_deal"]["against"]["today"]["JPN"]["usd_bn"]
    value["low"] = value["high"] = value["point"]
    assert "a year, −0.12" in sentences.no_deal(contents).text


def test_the_deal_is_told_against_no_deal(contents: Contents) -> None:
    (said,) = sentences.deal(contents)
    assert said.lead == "Nash and Kalai–Smorodinsky deal"
    assert said.text.endswith("against no deal (suspended rate back).")
    assert "Japan +US$" in said.text
    assert "United States +US$" in said.text


def test_without_solutions_nothing_is_said_of_a_deal(contents: Contents) -> None:
    contents["solutions"], contents["offers"]["in_zone"] = [], 0
    assert [said.lead for said in sentences.answers(contents)] == ["Japan without a deal", "No zone of agreement"]


def test_solutions_that_are_one_offer_share_a_column(contents: Contents) -> None:
    heads = [column.heading for column in tables.deals(contents).columns]
    assert heads == ["", "Nash · Kalai–Smorodinsky", "Egalitarian", "Utilitarian"]


def test_points_in_force_add_up_and_later_ones_stay_apart(contents: Contents) -> None:
    rows = tables.situation(contents).rows
    total = next(row for row in rows if row.kind == "total")
    assert total.cells[-1].text == "15.4"
    assert [row.cells[0].text for row in rows[-2:]] == ["Without a deal", "Country rate, suspended"]


def test_every_row_is_as_wide_as_its_table(contents: Contents) -> None:
    made = [
        tables.situation(contents),
        tables.states(contents),
        tables.deals(contents),
        tables.exposure(contents),
        tables.third_parties(contents),
        tables.published(contents),
        *map(tables.home, contents["losers"]),
    ]
    for table in made:
        assert {len(row.cells) for row in table.rows if row.kind != "group"} == {len(table.columns)}


def test_our_estimate_stands_below_the_published_ones(contents: Contents) -> None:
    rows = tables.published(contents).rows
    assert [row.kind for row in rows] == ["row", "row", "row", "total", "total"]
    assert [row.cells[-1].text.replace("\xa0", " ") for row in rows] == [
        "−0.20 %", "−3.7 %", "−0.71 to −0.76 %", "−0.28 %", "−0.40 %",
    ]  # fmt: skip


def test_labels_of_a_case_start_with_a_capital_in_headings(contents: Contents) -> None:
    contents["solutions"][0]["label"] = "nash"
    assert tables.deals(contents).columns[1].heading == "Nash · Kalai–Smorodinsky"
    assert sentences.deal(contents)[0].lead == "Nash and Kalai–Smorodinsky deal"


def test_a_deficit_is_called_a_deficit(contents: Contents) -> None:
    contents["position"]["surplus_usd_bn"] = -12.0
    assert "a deficit of US$\xa012.0\xa0bn. These are flows of" in sentences.position(contents)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_summary_fits_the_screen_and_cuts_no_number(contents: Contents, width: int) -> None:
    text = printed(contents, width)
    lines = text.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= width
    assert "…" not in text
    for number in ("−11 (−7.3 to −18)", "+8.9 (5.8 to 14)", "−0.17", "−US$ 4.7 bn", "412 of 4,860"):
        assert number in text.replace("\xa0", " "), number
    assert not re.search(r"US\$$", text, re.MULTILINE), "a unit parted from its number"


def test_the_summary_reads_without_colour_and_without_a_zone(contents: Contents) -> None:
    contents["solutions"], contents["offers"]["in_zone"] = [], 0
    text = printed(contents, 80)
    assert "No zone of agreement" in text
    assert "\x1b[" not in text


def test_markup_in_a_title_is_printed_as_it_stands(contents: Contents) -> None:
    contents["case"]["title"] = "[red]talks[/red]"
    assert "[red]talks[/red]" in printed(contents, 80)
