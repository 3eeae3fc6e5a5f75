"""What a brief says of the talks themselves, beside what the deals say and beside other routes to the same numbers."""

from __future__ import annotations

import io
import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import tradetalks as tt
from tradetalks.brief import figures, figures_talks, sentences_talks, summary, tables_talks
from tradetalks.brief.contents import contents, no_deal
from tradetalks.brief.contract import Contents
from tradetalks.brief.view import view
from tradetalks.brief.write import render
from tradetalks.talks.bills import case_bills
from tradetalks.talks.deals import Deals

RICH = Path(__file__).parent / "rich-case.yaml"


@pytest.fixture(scope="module")
def case() -> tt.Case:
    return tt.Case.load(RICH)


@pytest.fixture(scope="module")
def deals(case: tt.Case) -> Deals:
    return tt.negotiate(case)


@pytest.fixture(scope="module")
def found(deals: Deals) -> Contents:
    return contents(deals)


@pytest.fixture(scope="module")
def made(found: Contents) -> dict[str, bytes]:
    return render(found)


def paper(made: dict[str, bytes]) -> list[str]:
    pypdf = pytest.importorskip("pypdf")
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made["brief.pdf"])).pages]


def titled(deals: Deals, offer: int) -> dict[str, str]:
    issues = deals.case.issues
    return {issues[name].label or name: option for name, option in deals.options(offer).items()}


def offers_with(deals: Deals, options: dict[str, str]) -> list[int]:
    return [k for k in range(len(deals.payoffs)) if all(titled(deals, k)[i] == option for i, option in options.items())]


# ---- no deal ----------------------------------------------------------------------------------------------------


def test_chances_of_every_event_and_shares_of_time_add_to_one(found: Contents) -> None:
    tree = found["no_deal"]["tree"]
    assert tree is not None
    for event in tree["events"]:
        assert math.fsum(branch["chance"]["point"] for branch in event["branches"]) == pytest.approx(1)
    assert math.fsum(state["share"] for state in tree["states"]) == pytest.approx(1)
    assert [event["what"] for event in tree["events"]] == ["the pause ends", "a ruling"]  # the ruling is told once
    ruling = {branch["branch"]: branch["state"] for branch in tree["events"][1]["branches"]}
    assert ruling == {"void": "emergency tariffs void", "stands": "as before"}


def test_no_deal_in_expectation_is_what_each_state_is_worth_times_its_share(found: Contents) -> None:
    tree = found["no_deal"]["tree"]
    assert tree is not None
    for party in ("JPN", "USA"):
        for whose in ("people", "government"):
            summed = math.fsum(s["share"] * s[whose][party]["point"] for s in tree["states"])  # type: ignore[literal-required]
            assert tree[whose][party]["point"] == pytest.approx(summed, abs=1e-9)  # type: ignore[literal-required]
            over = tree[f"{whose}_over_chances"][party]  # type: ignore[literal-required]
            assert over["low"] <= over["point"] <= over["high"] and over["point"] == pytest.approx(summed, abs=1e-9)


def test_no_deal_and_a_deal_are_compared_in_one_unit(found: Contents, deals: Deals) -> None:
    for deal in found["solutions"]:
        for at, party in enumerate(deals.case.parties):
            over = deal["at"][party] - deals.reservation[at]
            assert deal["against"]["tree"][party]["point"] == pytest.approx(over, abs=1e-6)


def test_what_drives_no_deal_is_the_event_whose_chances_move_it_most(deals: Deals, found: Contents) -> None:
    """The other route: every corner of the chances of one event, all others at their points, by the tree's own sum."""
    tree = deals.case.tree
    assert tree is not None
    values = {s: no_deal.worth(deals, s, deals.law)["JPN"]["usd_bn"]["point"] for s in tree.states}

    def expected(back: float, void: float) -> float:
        days = [(tree.then.on - deals.case.as_of).days, 356, 936]  # type: ignore[union-attr]
        rate = math.log(1.03) / 365.25
        ends = np.cumsum([0, *days])
        spell = [math.exp(-rate * a) - math.exp(-rate * b) for a, b in pairwise(ends)]
        middle = (1 - back) * values["today"] + back * values["later"]
        last = void * values["void"] + (1 - void) * middle
        return (spell[0] * values["today"] + spell[1] * middle + spell[2] * last) / sum(spell)

    pause = [expected(back, 0.4) for back in (0.2, 0.7)]
    ruling = [expected(0.4, void) for void in (0.2, 0.6)]
    name = "the pause ends" if np.ptp(pause) > np.ptp(ruling) else "a ruling"
    assert f"“{name}”" in found["no_deal"]["driver"]


def test_the_picture_of_the_tree_stacks_to_one_every_day(found: Contents) -> None:
    spec = figures_talks.tree(found)
    rows = spec["layer"][0]["data"]["values"]
    for day in {row["from"] for row in rows}:
        here = sorted((row["low"], row["high"]) for row in rows if row["from"] == day)
        assert here[0][0] == 0 and here[-1][1] == pytest.approx(1)
        assert all(one[1] == pytest.approx(two[0]) for one, two in pairwise(here))


def test_bills_by_law_and_trade_stand_beside_every_reference_point() -> None:
    case = tt.Case.load("japan-us-2025-04")
    bills = no_deal._bills(case)
    for bill in case_bills(case):
        (told,) = bills[bill.state]
        assert told["usd_bn"] == pytest.approx(sum(told["programmes"].values()))
    for name, point in case.reference_points.items():
        assert bills[point.label or name]


# ---- deals ------------------------------------------------------------------------------------------------------


def test_no_package_with_the_goal_that_the_other_side_would_sign_is_cheaper(deals: Deals, found: Contents) -> None:
    holding = [k for k in offers_with(deals, found["goals"]) if deals.payoffs[k, 1] >= deals.reservation[1]]
    best = sorted((float(deals.payoffs[k, 0]) for k in holding), reverse=True)
    packages = found["packages"]
    ours = [p["at"]["JPN"] for p in packages]
    assert ours == sorted(ours, reverse=True) and ours[0] == pytest.approx(best[0])
    (alone,) = offers_with(deals, titled(deals, 0) | found["goals"])
    for package in packages:
        assert package["costs"] == pytest.approx(deals.payoffs[alone, 0] - package["at"]["JPN"], abs=1e-6)
        assert package["gives"]["USA"] == pytest.approx(package["at"]["USA"] - deals.payoffs[alone, 1], abs=1e-6)
        for at, party in enumerate(deals.case.parties):
            over = package["over_no_deal"][party]
            assert over["low"] <= over["point"] <= over["high"]
            assert over["point"] == pytest.approx(package["at"][party] - deals.reservation[at], abs=1e-9)


def test_a_price_is_what_one_side_loses_over_what_the_other_gains(deals: Deals, found: Contents) -> None:
    today = titled(deals, 0)
    for one in found["exchange"]:
        (offer,) = offers_with(deals, today | {one["issue"]: one["option"]})
        ours, theirs = deals.payoffs[offer] - deals.payoffs[0]
        assert (one["cost"]["point"], one["gain"]["point"]) == pytest.approx((-ours, theirs), abs=1e-6)
        for value in (one["cost"], one["gain"]):
            assert value["low"] <= value["point"] + 1e-9 and value["point"] - 1e-9 <= value["high"]
        if one["kind"] == "concession" and (price := one["price"]):
            assert price["point"] == pytest.approx(-ours / theirs, rel=1e-4)
            assert price["low"] <= price["point"] <= (math.inf if price["high"] is None else price["high"])


def test_the_price_at_a_deal_is_that_of_undoing_or_making_the_change_there(deals: Deals, found: Contents) -> None:
    nash = deals.solutions["nash"]
    there = titled(deals, nash)
    for one in found["exchange"]:
        at = one["at_deal"]
        assert at is not None and at["holds"] == (there[one["issue"]] == one["option"])
        with_it = nash if at["holds"] else offers_with(deals, there | {one["issue"]: one["option"]})[0]
        without = offers_with(deals, there | {one["issue"]: titled(deals, 0)[one["issue"]]})[0] if at["holds"] else nash
        ours, theirs = deals.payoffs[with_it] - deals.payoffs[without]
        assert (at["cost"], at["gain"]) == pytest.approx((-ours, theirs), abs=1e-6)


def test_what_was_asked_is_marked(found: Contents) -> None:
    marked = {one["issue"]: one["elicited"] for one in found["exchange"]}
    assert marked["Shipyard"] and marked["A payment"]  # it crosses a line whose cost was asked for
    assert {one["elicited"] for one in found["worths"]} == {True, False}
    rows = [row.cells[0].text for row in tables_talks.exchange(found).rows]
    assert "Shipyard: joint°" in rows and "A payment: US$ 5 bn°" in rows


def test_a_weight_at_the_end_of_its_range_gives_the_deals_of_a_case_that_has_it(case: tt.Case, found: Contents) -> None:
    """The other route: the case with that weight, negotiated anew."""
    (one,) = (s for s in found["sensitivities"] if s["assumption"].startswith("Japan: weight on"))
    government = case.governments["JPN"]
    for end, value in zip(one["ends"], (0.0, 1.0), strict=True):
        weights = tuple(weight.model_copy(update={"value": value}) for weight in government.weights)
        changed = case.governments | {"JPN": government.model_copy(update={"weights": weights})}
        anew = tt.negotiate(case.model_copy(update={"governments": changed}))
        plain = tt.negotiate(case).payoffs
        for name, index in anew.solutions.items():
            assert list(end["deals"][name].values()) == pytest.approx(plain[index], abs=1e-6)


def test_sensitivities_come_in_the_order_of_what_they_move(found: Contents) -> None:
    moves = [one["moves"] for one in found["sensitivities"]]
    assert moves == sorted(moves, reverse=True) and min(moves) > 0


def test_a_broken_word_is_told_with_the_deal_that_breaks_it(deals: Deals, found: Contents) -> None:
    for deal in found["solutions"]:
        breaks = deal["options"]["A payment"] == "US$ 5 bn"
        assert [line["red_line"] for line in deal["crossed"]] == (["no-payment"] if breaks else [])
        expected = 0.6 if breaks else 0.9
        assert deal["ratified"]["point"] == pytest.approx(expected)
        (actor,) = deal["blockers"]
        assert actor["chance"]["point"] == pytest.approx(1 - expected)


def test_a_signed_text_is_one_number_a_side_and_what_betters_it_does_so_for_both(deals: Deals, found: Contents) -> None:
    signed = found["signed"]
    assert signed is not None
    (offer,) = offers_with(deals, titled(deals, 0) | signed["options"])
    assert set(signed["against"]) == {"today", "later", "void", "tree"}
    for party in deals.case.parties:
        assert signed["against"]["later"][party]["point"] == pytest.approx(deals.gain(offer, party, "later").point)
    better = [k for k in range(len(deals.payoffs)) if (deals.payoffs[k] > deals.payoffs[offer]).all()]
    assert signed["improvements"] >= len(better) > 0
    assert signed["best"] is not None and min(signed["best"]["gains"].values()) > 0


def test_what_was_withdrawn_is_off_the_table_and_in_no_deal(found: Contents) -> None:
    (gone,) = found["off_the_table"]
    assert (gone["issue"], gone["on"]) == ("Arms", "2025-04-12")
    assert all("Arms" not in deal["options"] for deal in found["solutions"])
    assert "Off the table: Arms (kept apart from trade, 12 April 2025" in sentences_talks.off_the_table(found)


# ---- single instruments -----------------------------------------------------------------------------------------


def test_a_pledge_is_told_by_the_case_and_by_both_texts(found: Contents) -> None:
    assert [pledge["according_to"] for pledge in found["pledges"]] == ["this case", "USA", "JPN"]
    own, theirs, ours = found["pledges"]
    assert own["new_money"]["point"] == pytest.approx(15) and own["expected"]["point"] == pytest.approx(6)
    assert theirs["new_money"]["point"] == 50 and ours["face"]["point"] == 40
    rows = tables_talks.pledges(found).rows
    assert [row.cells[0].aside for row in rows[1:]] == ["“all of it is new”", "“loans count”"]


def test_makers_gain_by_a_formula_where_it_asks_less_than_the_flat_rate(found: Contents) -> None:
    (formula,) = found["formulas"]
    assert formula["flat"] == pytest.approx(0.35, abs=0.03)
    for maker in formula["makers"]:
        assert (maker["gain_usd_bn"] > 0) == (maker["rate"] < formula["flat"])
    assert formula["makers"][0]["local_share"] > formula["makers"][1]["local_share"] == 0


def test_rice_beyond_the_quota_costs_growers_and_lowers_the_price(found: Contents) -> None:
    (quota,) = found["quotas"]
    assert quota["origins"][0]["change"]["point"] == pytest.approx(100_000)
    assert quota["price_pct"]["point"] < 0 and quota["growers"]["point"] < 0 < quota["treasury"]["point"]
    assert "United States 770 → 870 thousand t" in tables_talks.quotas(found).rows[0].cells[1].text


# ---- pages ------------------------------------------------------------------------------------------------------


def test_a_brief_with_everything_in_it_has_two_pages_and_six_pictures(made: dict[str, bytes]) -> None:
    assert len(paper(made)) == 2
    assert made["brief.html"].count(b"<svg") == 6


def test_every_source_that_paper_cites_is_listed_there(found: Contents, made: dict[str, bytes]) -> None:
    shown = view(found)["paper"]
    listed = {source["number"] for source in shown["sources"]}
    cited = {int(number) for page in paper(made) for number in re.findall(r"\[(\d+)\]", page)}
    assert cited == listed


def test_every_source_number_in_the_data_is_that_of_a_source(found: Contents) -> None:
    def numbers(part: Any) -> list[int]:
        if isinstance(part, dict):
            own = [part["source_index"]] if isinstance(part.get("source_index"), int) else []
            return own + [n for value in part.values() for n in numbers(value)]
        return [n for value in part for n in numbers(value)] if isinstance(part, list) else []

    assert set(numbers(found)) <= set(range(len(found["sources"])))
    assert len(set(numbers(found))) > 1


def test_a_case_without_such_things_has_no_such_sections(rendered: dict[str, bytes]) -> None:
    page = rendered["brief.html"].decode()
    for heading in ("No deal as it may go", "Pledges", "Quotas", "Duties by formula", "The signed text", "assumed"):
        assert f"<h2>{heading}" not in page, heading
    text = " ".join(paper(rendered))
    for heading in ("Pledges at their worth", "The signed text", "cheapest package"):
        assert heading not in text, heading


def test_every_row_is_as_wide_as_its_table(found: Contents) -> None:
    tree, signed = found["no_deal"]["tree"], tables_talks.signed(found)
    assert tree is not None and signed is not None
    made = [tables_talks.events(tree), tables_talks.tree_states(found, tree), signed]
    for draw in (
        tables_talks.packages, tables_talks.exchange, tables_talks.worths, tables_talks.sensitivities,
        tables_talks.weights, tables_talks.pledges, tables_talks.quotas, tables_talks.formulas,
    ):  # fmt: skip
        made.append(draw(found))
    for table in made:
        assert table.rows
        assert {len(row.cells) for row in table.rows if row.kind != "group"} == {len(table.columns)}


def test_no_number_of_the_talks_is_printed_raw(made: dict[str, bytes]) -> None:
    text = " ".join(paper(made))
    assert not re.search(r"\d\.\d{4}", text)
    assert not re.search(r"(?<![\w\]\d])-\d", text), "a hyphen where a minus sign is due"
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("width", [80, 120])
def test_the_summary_is_little_more_than_a_screen(found: Contents, width: int) -> None:
    file = io.StringIO()
    summary(found, Console(file=file, width=width, no_color=True))
    lines = file.getvalue().splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= width
    for said in ("Cheapest package", "Cheapest concessions", "No deal as it may go", "ratified"):
        assert any(said in line for line in lines), said


def test_the_frontier_enters_and_leaves_the_frame_where_its_steps_do() -> None:
    edge = [{"x": float(x), "y": float(10 - x)} for x in range(11)]
    steps = figures._steps(edge, [2.5, 7.5], [1.0, 6.5])
    assert [(s["x"], s["y"]) for s in steps] == [(3.0, 6.5), (4.0, 6.0), (5.0, 5.0), (6.0, 4.0), (7.0, 3.0), (7.5, 2.0)]
    assert figures._steps(edge, [20.0, 30.0], [0.0, 1.0]) == []
