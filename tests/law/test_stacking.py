"""Stacking: what every law must obey, on made-up measures and rules and on the shipped book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradetalks.errors import LawError
from tradetalks.law.book import book
from tradetalks.law.measure import Measure
from tradetalks.law.precedence import Rule
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.stacking import Candidate, Flags, Floats, Stack, stack
from tradetalks.law.trade import trade

CELLS = 24
FAMILIES = ("a", "b", "c", "d", "e")
SOURCE = {"title": "made up", "date": "2025-01-01", "confidence": "computed"}
SINCE = {"from": "2025-01-01"}

seeds = st.integers(0, 2**32 - 1)


def measure(
    name: str, family: str | None = None, *, replaces: Sequence[str] = (), exempts: Sequence[str] = ()
) -> Measure:
    """A record; what it bears on and its rate stand in the candidate."""
    data = {
        "measure": name, "what": name, "family": family or name, "authority": "s000", "importer": "USA",
        "partners": "all", "effective": SINCE, "known": SINCE, "citation": "none", "source": SOURCE,
        "replaces": list(replaces) or None, "exempts": list(exempts) or None,
        "rate": None if exempts else {"additional": "1%"},
    }  # fmt: skip
    return Measure.model_validate({key: value for key, value in data.items() if value is not None})


def rule(first: str | Sequence[str], then: str | Sequence[str], takes: str) -> Rule:
    names = {"rule": "made-up", "what": "made up", "first": first, "then": then, "takes": takes}
    return Rule.model_validate(names | {"effective": SINCE, "known": SINCE, "citation": "none", "source": SOURCE})


def candidate(
    made: Measure, rate: float | Floats, *, cap: bool = False, portion: float | Floats = 1.0, bears: bool | Flags = True
) -> Candidate:
    size = max(np.size(rate), np.size(portion), np.size(bears))
    return Candidate(
        made, np.broadcast_to(bears, size).copy(), np.broadcast_to(portion, size).copy(),
        np.broadcast_to(rate, size).astype(float), np.broadcast_to(cap, size).copy(),
    )  # fmt: skip


def total(found: Stack) -> Floats:
    return found.added.sum(0)


def by_name(found: Stack, values: Floats) -> dict[str, list[float]]:
    return {m.measure: row.tolist() for m, row in zip(found.measures, values, strict=True)}


def law(seed: int) -> tuple[list[Candidate], list[Rule], Floats]:
    """Eight measures of five families and five rules among them, on cells with normal duties of 0 to 30 %."""
    draw = np.random.default_rng(seed)
    names = [f"m{k}" for k in range(8)]
    made = []
    for k, name in enumerate(names):
        exempts = [FAMILIES[draw.integers(5)]] if draw.random() < 0.2 else []
        replaces = [str(n) for n in draw.choice(names[:k], min(k, 2), replace=False)] if draw.random() < 0.4 else []
        family = f"exemption-{k}" if exempts else FAMILIES[draw.integers(5)]
        portion = draw.uniform(0, 1, CELLS) if draw.random() < 0.5 else np.ones(CELLS)
        made.append(
            candidate(
                measure(name, family, replaces=replaces, exempts=exempts), draw.uniform(0, 1.5, CELLS),
                cap=bool(draw.random() < 0.3), portion=portion, bears=draw.random(CELLS) < 0.6,
            )
        )  # fmt: skip
    rules = []
    for _ in range(5):
        first, then = sorted(draw.choice(5, 2, replace=False))
        rules.append(rule(FAMILIES[first], FAMILIES[then], str(draw.choice(["article", "portion"]))))
    return made, rules, draw.uniform(0, 0.3, CELLS)


# ---- on made-up laws ------------------------------------------------------------------------------------------------


@given(seeds)
def test_each_part_is_its_rate_on_its_portion_and_no_portion_grows(seed: int) -> None:
    made, rules, normal = law(seed)
    found = stack(made, rules, normal)
    for k, c in enumerate(made):
        rate = np.where(c.cap, np.maximum(0, c.rate - normal), c.rate)
        np.testing.assert_allclose(found.added[k], found.portion[k] * rate, atol=1e-15)
        assert (found.portion[k] >= 0).all() and (found.portion[k] <= c.portion + 1e-15).all()
        assert not found.portion[k][~c.bears].any()
        if c.measure.exempts:
            assert not found.added[k].any()


@given(seeds)
def test_neither_the_order_of_measures_nor_that_of_rules_matters(seed: int) -> None:
    made, rules, normal = law(seed)
    draw = np.random.default_rng(seed)
    found = by_name(stack(made, rules, normal), stack(made, rules, normal).added)
    mixed = [made[k] for k in draw.permutation(len(made))]
    other = stack(mixed, [rules[k] for k in draw.permutation(len(rules))], normal)
    for name, added in by_name(other, other.added).items():
        np.testing.assert_allclose(added, found[name], atol=1e-15)


@given(seeds)
def test_a_cell_does_not_depend_on_the_others(seed: int) -> None:
    made, rules, normal = law(seed)
    found = stack(made, rules, normal)
    for cell in range(0, CELLS, 7):
        one = [
            Candidate(c.measure, c.bears[[cell]], c.portion[[cell]], c.rate[[cell]], c.cap[[cell]])
            for c in made
            if c.bears[cell]
        ]
        alone = stack(one, rules, normal[[cell]])
        assert total(alone)[0] == pytest.approx(total(found)[cell], abs=1e-14)


@given(seeds)
def test_a_measure_that_displaces_nothing_never_lowers_a_duty(seed: int) -> None:
    """It replaces and exempts nothing, and its family comes first in no rule."""
    made, rules, normal = law(seed)
    draw = np.random.default_rng(seed)
    firsts = {family for r in rules for family in r.first}
    family = [*(f for f in FAMILIES if f not in firsts), "new"][0]
    more = candidate(
        measure("more", family), draw.uniform(0, 1, CELLS), cap=bool(seed % 2), bears=draw.random(CELLS) < 0.6
    )
    assert (total(stack([*made, more], rules, normal)) >= total(stack(made, rules, normal)) - 1e-15).all()


@given(seeds)
def test_a_measure_that_displaces_others_changes_nothing_where_it_does_not_bear(seed: int) -> None:
    made, rules, normal = law(seed)
    draw = np.random.default_rng(seed)
    bears = draw.random(CELLS) < 0.5
    more = candidate(measure("more", "a", replaces=["m0", "m1"]), draw.uniform(0, 1, CELLS), bears=bears)
    before, after = total(stack(made, rules, normal)), total(stack([*made, more], rules, normal))
    np.testing.assert_allclose(after[~bears], before[~bears], atol=1e-15)


@given(seeds, st.floats(0, 1), st.booleans())
def test_a_total_is_met_and_never_passed_except_by_the_normal_duty(seed: int, cap: float, other: bool) -> None:
    normal = np.random.default_rng(seed).uniform(0, 0.5, CELLS)
    made = [candidate(measure("total"), np.full(CELLS, cap), cap=True)]
    if other:  # what it replaces does not count on top
        made.append(candidate(measure("old"), np.full(CELLS, 0.3)))
        made[0] = replace(made[0], measure=measure("total", replaces=["old"]))
    np.testing.assert_allclose(normal + total(stack(made, [], normal)), np.maximum(normal, cap), atol=1e-15)


@given(seeds)
def test_families_in_a_row_of_precedence_never_pay_on_more_than_the_whole_value(seed: int) -> None:
    draw = np.random.default_rng(seed)
    made = [candidate(measure(f), np.ones(CELLS), portion=draw.uniform(0, 1, CELLS)) for f in FAMILIES]
    rules = [rule(f, list(FAMILIES[k + 1 :]), "portion") for k, f in enumerate(FAMILIES[:-1])]
    found = stack(made, rules, np.zeros(CELLS))
    assert (found.portion.sum(0) <= 1 + 1e-12).all()
    np.testing.assert_allclose(found.portion.sum(0), 1 - np.prod([1 - c.portion for c in made], axis=0), atol=1e-12)


@given(seeds)
def test_who_stood_back_is_told_with_its_reason(seed: int) -> None:
    made, rules, normal = law(seed)
    found = stack(made, rules, normal)
    at = {m.measure: k for k, m in enumerate(found.measures)}
    lost = {name: np.zeros(CELLS, dtype=bool) for name in at}
    for one in found.yielded:
        assert one.cells.any() and one.to in at and one.measure != one.to
        if one.whole:
            assert not found.portion[at[one.measure]][one.cells].any()
            lost[one.measure] |= one.cells
    for c in made:
        if not c.measure.exempts:
            silent = c.bears & ~lost[c.measure.measure]
            for one in found.yielded:
                silent &= ~(one.cells if one.measure == c.measure.measure else np.zeros(CELLS, dtype=bool))
            np.testing.assert_allclose(found.portion[at[c.measure.measure]][silent], c.portion[silent])


# ---- by hand --------------------------------------------------------------------------------------------------------


def test_measures_without_a_rule_between_them_add() -> None:
    found = stack([candidate(measure("a"), 0.25), candidate(measure("b"), 0.10)], [], np.array([0.02]))
    assert total(found) == pytest.approx([0.35])


def test_the_first_takes_the_whole_article_even_where_it_is_levied_on_a_part() -> None:
    made = [candidate(measure("a"), 0.5, portion=0.2), candidate(measure("b"), 0.1)]
    assert total(stack(made, [rule("a", "b", "article")], np.zeros(1))) == pytest.approx([0.10])
    assert total(stack(made, [rule("a", "b", "portion")], np.zeros(1))) == pytest.approx([0.10 + 0.08])
    assert total(stack(made, [rule("b", "a", "article")], np.zeros(1))) == pytest.approx([0.10])


def test_a_total_on_what_is_left_counts_the_normal_duty_once_for_that_part() -> None:
    made = [candidate(measure("steel"), 0.5, portion=0.4), candidate(measure("floor"), 0.15, cap=True)]
    found = stack(made, [rule("steel", "floor", "portion")], np.array([0.025]))
    assert by_name(found, found.added) == {"steel": [pytest.approx(0.2)], "floor": [pytest.approx(0.6 * 0.125)]}


def test_what_one_loses_is_settled_before_others_lose_to_it() -> None:
    made = [candidate(measure("c"), 0.1), candidate(measure("b"), 0.1), candidate(measure("a"), 0.1, portion=0.5)]
    rules = [rule("b", "c", "article"), rule("a", "b", "article")]
    found = stack(made, rules, np.zeros(1))
    assert by_name(found, found.portion) == {"c": [1.0], "b": [0.0], "a": [0.5]}


def test_a_measure_stands_back_for_one_that_is_itself_replaced() -> None:
    made = [
        candidate(measure("first"), 0.1),
        candidate(measure("second", replaces=["first"]), 0.2),
        candidate(measure("third", replaces=["second"]), 0.3),
    ]
    assert total(stack(made, [], np.zeros(1))) == pytest.approx([0.3])


def test_an_exemption_that_is_replaced_frees_nothing() -> None:
    made = [
        candidate(measure("duty"), 0.1),
        candidate(measure("free", exempts=["duty"]), 0.0),
        candidate(measure("again", replaces=["free"]), 0.05),
    ]
    assert total(stack(made[:2], [], np.zeros(1))) == pytest.approx([0.0])
    assert total(stack(made, [], np.zeros(1))) == pytest.approx([0.15])


def test_rules_that_run_in_a_circle_are_refused() -> None:
    made = [candidate(measure(f), 0.1) for f in "abc"]
    rules = [rule("a", "b", "article"), rule("b", "c", "portion"), rule("c", "a", "article")]
    with pytest.raises(LawError, match=r"rules of precedence run in a circle: \w before \w before \w before \w$"):
        stack(made, rules, np.zeros(1))
    assert total(stack(made[:2], rules, np.zeros(1))) == pytest.approx([0.1])  # c is not there, so nothing runs round


def test_no_measures_add_nothing() -> None:
    assert total(stack([], [], np.zeros(3))).tolist() == [0, 0, 0]


# ---- on the shipped book --------------------------------------------------------------------------------------------

DAYS = (date(2025, 4, 9), date(2025, 10, 20), date(2026, 3, 1), date(2026, 8, 25))


@cache
def of(partner: str, on: date, without: str | None = None) -> Schedule:
    rules = book().without([without]) if without else book()
    return schedule(rules, trade().of(partner), on)


def displacing(on: date, names: Iterable[str]) -> set[str]:
    """Measures that replace, exempt, or come first in a rule of the day."""
    firsts = {family for r in book().rules_on(on) for family in r.first}
    measures = [book().measure(name) for name in names]
    return {m.measure for m in measures if m.replaces or m.exempts or m.programme in firsts}


@pytest.mark.parametrize("on", DAYS, ids=str)
@pytest.mark.parametrize("partner", ["JPN", "MEX", "BRA"])
def test_a_shipped_measure_lowers_no_duty_unless_it_displaces_another(partner: str, on: date) -> None:
    made = of(partner, on)
    names = {m.measure for m in made.measures}
    for name in sorted(names - displacing(on, names)):
        assert (of(partner, on, name).rate <= made.rate + 1e-12).all(), name


def test_a_shipped_measure_that_replaces_a_higher_one_lowers_duties() -> None:
    on = date(2025, 10, 20)
    assert "jp-auto-floor" in displacing(on, ["jp-auto-floor"])
    with_it, without = of("JPN", on), of("JPN", on, "jp-auto-floor")
    assert with_it.average < without.average - 0.02
    assert (with_it.rate <= without.rate + 1e-12).all()


@pytest.mark.parametrize("on", [date(2025, 10, 20), date(2026, 8, 25)], ids=str)
def test_goods_of_japan_without_a_sector_duty_or_safeguard_pay_the_total_or_their_normal_duty(on: date) -> None:
    made = of("JPN", on)
    sectors = {m.measure for m in made.measures if m.authority in ("s232", "s201")}
    bare = schedule(book().without(sorted(sectors)), trade().of("JPN"), on)
    cap = 0.15 if on.year == 2025 else 0.125
    normal = bare.trade.normal
    free = np.isclose(bare.rate, normal, atol=1e-12)
    np.testing.assert_allclose(bare.rate[~free], np.maximum(normal, cap)[~free], atol=1e-12)
    assert (bare.rate <= np.maximum(normal, cap) + 1e-12).all() and free.mean() < 0.6


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_rules_of_every_day_run_in_no_circle_and_name_no_pair_twice(on: date) -> None:
    pairs = [(f, t) for r in book().rules_on(on) for f in r.first for t in r.then]
    assert len(pairs) == len(set(pairs))
    made = [candidate(measure(family), 0.1) for family in sorted({family for pair in pairs for family in pair})]
    stack(made, book().rules_on(on), np.zeros(1))
