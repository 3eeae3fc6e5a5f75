"""No deal as a tree: weights of states, their draws and bounds by other routes, and what a tree may not say."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.talks.test_chance import boxes
from tradetalks.errors import CaseError
from tradetalks.talks.chance import vertices
from tradetalks.talks.figure import ShareFigure
from tradetalks.talks.no_deal import Event, Tree

AS_OF = date(2025, 4, 16)
SOURCE = {"title": "order", "date": "2025-04-09", "confidence": "primary"}
STATES = ("today", "back", "letter", "void")


def branch(name: str, point: float, low: float, high: float, state: str, then: dict | None = None) -> dict:
    chance = {"point": point, "low": low, "high": high}
    then = {"then": then} if then else {}
    return {"branch": name, "chance": chance, "state": state, "basis": "published", "source": SOURCE, **then}


def event(on: str, *branches: dict, **fields: str) -> dict:
    return {"on": on, "branches": list(branches), **fields}


def tree(then: dict | None = None, **fields: object) -> Tree:
    told = {"until": "2029-01-20", "discount": "3%", "now": "today", **fields}
    return Tree.model_validate(told | ({"then": then} if then else {}))


def ruling(on: str, otherwise: str, name: str | None = "ruling") -> dict:
    told = [branch("stands", 0.6, 0.3, 0.9, otherwise), branch("void", 0.4, 0.1, 0.7, "void")]
    return event(on, *told, **({"event": name} if name else {}))


def pause(name: str | None = "ruling") -> dict:
    """The suspension ends, is put off, or is followed by a letter with a higher rate; then the court rules."""
    return event(
        "2025-07-09",
        branch("ends", 0.3, 0.1, 0.5, "back", ruling("2026-06-30", "back", name)),
        branch("put off", 0.5, 0.2, 0.7, "today", ruling("2026-06-30", "today", name)),
        branch("letter", 0.2, 0.05, 0.4, "letter", ruling("2026-06-30", "letter", name)),
    )


VALUES = {"today": 0.0, "back": -9.0, "letter": -10.0, "void": 6.0}


@st.composite
def events(draw: st.DrawFn, on: date, depth: int = 0) -> dict:
    branches = []
    for k, chance in enumerate(draw(boxes())):
        later = on + timedelta(days=draw(st.integers(1, 500)))
        then = draw(events(later, depth + 1)) if depth < 2 and draw(st.booleans()) else None
        state = draw(st.sampled_from(STATES))
        branches.append(branch(f"b{k}", chance.point, chance.low, chance.high, state, then))
    return event(on.isoformat(), *branches)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    first = AS_OF + timedelta(days=draw(st.integers(1, 300)))
    discount = draw(st.sampled_from(["0%", "0.001%", "3%", "40%"]))
    return tree(draw(st.none() | events(first)), discount=discount, now=draw(st.sampled_from(STATES)))


worths = st.fixed_dictionaries({state: st.floats(-50, 50) for state in STATES})


# ---- weights ---------------------------------------------------------------------------------------------------------


@given(trees())
def test_weights_are_shares_of_time_that_add_to_one(made: Tree) -> None:
    weights = made.weights(AS_OF)
    assert tuple(weights) == made.states
    assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
    assert min(weights.values()) >= 0


@pytest.mark.parametrize("discount", ["0%", "3%", "40%"])
def test_weights_are_what_walking_day_by_day_gives(discount: str) -> None:
    """A second route: every day of every way through the tree, one at a time."""
    made = tree(pause(), discount=discount, until="2027-01-20")
    rate = float(discount.rstrip("%")) / 100
    told = dict.fromkeys(made.states, 0.0)
    for leaf in made.leaves():
        turns = [(since or AS_OF, state) for since, state in leaf.states]
        for k in range((made.until - AS_OF).days + 1):
            state = [s for since, s in turns if since <= AS_OF + timedelta(days=k)][-1]
            told[state] += leaf.chance.point * (1 + rate) ** (-k / 365.25)
    total = sum(told.values())
    assert made.weights(AS_OF) == pytest.approx({state: days / total for state, days in told.items()}, rel=1e-10)


def test_a_tree_without_events_is_its_one_state() -> None:
    made = tree()
    assert made.weights(AS_OF) == {"today": 1.0}
    assert made.bounds({"today": -7.5}, AS_OF) == pytest.approx((-7.5, -7.5, -7.5))
    assert made.draws(3, 1, AS_OF).tolist() == [[1.0]] * 3
    assert made.path({"today": -7.5}, AS_OF) == [(AS_OF, -7.5)]
    assert [(leaf.branches, leaf.chance) for leaf in made.leaves()] == [((), (1.0, 1.0, 1.0))]


def test_a_tree_that_always_comes_to_one_state_is_that_state() -> None:
    made = tree(event("2025-07-09", branch("a", 0.3, 0, 1, "today"), branch("b", 0.7, 0, 1, "today")))
    assert made.weights(AS_OF) == pytest.approx({"today": 1})
    assert made.bounds({"today": 3.0}, AS_OF) == pytest.approx((3, 3, 3))


def test_what_comes_later_counts_less_at_a_higher_rate() -> None:
    later = event("2027-07-09", branch("void", 1, 1, 1, "void"))
    shares = [tree(later, discount=f"{rate}%").weights(AS_OF)["void"] for rate in (0, 3, 10)]
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[2]
    assert shares[0] == pytest.approx(562 / 1376)  # 9 July 2027 to 20 January 2029, of all days from 16 April 2025


@given(trees(), worths, st.data())
def test_chance_moved_to_a_better_branch_raises_the_value(made: Tree, values: dict, data: st.DataObject) -> None:
    if made.then is None or len(made.then.branches) < 2:
        return
    alone = [
        made.model_copy(update={"then": Event(on=made.then.on, branches=(sole(b),))}).expected(values, AS_OF)
        for b in made.then.branches
    ]
    worse, better = np.argsort(alone)[[0, -1]]
    moved = data.draw(st.floats(0, made.then.branches[worse].chance.point))
    branches = list(made.then.branches)
    branches[worse], branches[better] = shifted(branches[worse], -moved), shifted(branches[better], moved)
    after = made.model_copy(update={"then": made.then.model_copy(update={"branches": tuple(branches)})})
    assert after.expected(values, AS_OF) >= made.expected(values, AS_OF) - 1e-9


def sole(one):
    return one.model_copy(update={"chance": ShareFigure(point=1, low=1, high=1)})


def shifted(one, by: float):
    return one.model_copy(update={"chance": ShareFigure(point=min(1, max(0, one.chance.point + by)), low=0, high=1)})


def test_leaves_name_the_ways_through_and_what_each_chance_may_be() -> None:
    leaves = {leaf.branches: leaf for leaf in tree(pause()).leaves()}
    assert len(leaves) == 6 and sum(leaf.chance.point for leaf in leaves.values()) == pytest.approx(1)
    void = leaves["ends", "void"]
    assert void.chance == pytest.approx((0.12, 0.01, 0.35))
    assert void.states == ((None, "today"), (date(2025, 7, 9), "back"), (date(2026, 6, 30), "void"))


def test_the_range_of_a_leaf_is_what_the_other_branches_leave_it() -> None:
    made = tree(event("2025-07-09", branch("a", 0.5, 0.4, 0.6, "back"), branch("b", 0.5, 0, 1, "void")))
    assert [leaf.chance for leaf in made.leaves()] == [pytest.approx((0.5, 0.4, 0.6))] * 2


# ---- bounds ----------------------------------------------------------------------------------------------------------


@given(trees(), worths)
def test_bounds_are_the_worst_and_the_best_corner_of_all_chances(made: Tree, values: dict) -> None:
    """By brute force: every corner of every event at once, valued by the weights."""
    found, keyed = made.bounds(values, AS_OF), made._events()
    sets = [vertices(one.chances) for one in keyed.values()]
    if np.prod([len(s) for s in sets]) > 3000:
        return
    column = np.array([values[state] for state in made.states])
    all_worths = [
        made._shares(AS_OF, {key: corner[None] for key, corner in zip(keyed, chosen, strict=True)})[0] @ column
        for chosen in itertools.product(*sets)
    ]
    assert (found.low, found.high) == pytest.approx((min(all_worths), max(all_worths)), abs=1e-8)


@pytest.mark.parametrize("name", ["ruling", None])
@given(worths, st.integers(0, 5))
def test_bounds_hold_the_point_and_every_draw(name: str | None, values: dict, seed: int) -> None:
    made = tree(pause(name))
    found = made.bounds(values, AS_OF)
    drawn = made.draws(200, seed, AS_OF) @ [values[state] for state in made.states]
    assert found.low <= found.point <= found.high
    assert (drawn >= found.low - 1e-9).all() and (drawn <= found.high + 1e-9).all()


@given(worths)
def test_a_ruling_that_is_one_event_leaves_less_room_than_three_of_their_own(values: dict) -> None:
    """And its bounds are those of trying each of its chances in turn."""
    shared, apart = tree(pause()).bounds(values, AS_OF), tree(pause(None)).bounds(values, AS_OF)
    assert apart.low - 1e-9 <= shared.low and shared.high <= apart.high + 1e-9
    tried = []
    for p in np.linspace(0.3, 0.9, 4):
        fixed = pause(None)
        for one in fixed["branches"]:
            for k, share in enumerate((p, 1 - p)):
                one["then"]["branches"][k]["chance"] = {"point": share, "low": share, "high": share}
        tried.append(tree(fixed).bounds(values, AS_OF))
    assert shared.low == pytest.approx(min(b.low for b in tried))
    assert shared.high == pytest.approx(max(b.high for b in tried))


def test_a_ruling_that_is_one_event_really_narrows_the_bounds() -> None:
    values = {"today": 0.0, "back": -9.0, "letter": 20.0, "void": 6.0}
    shared, apart = tree(pause()).bounds(values, AS_OF), tree(pause(None)).bounds(values, AS_OF)
    assert shared.high < apart.high - 0.1


# ---- draws -----------------------------------------------------------------------------------------------------------


@given(trees())
def test_draws_are_weights_and_the_same_seed_gives_the_same(made: Tree) -> None:
    drawn = made.draws(20, 4, AS_OF)
    assert drawn.shape == (20, len(made.states)) and (drawn >= 0).all()
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20))
    assert np.array_equal(drawn, made.draws(20, 4, AS_OF))


def test_chances_without_a_range_are_drawn_as_they_are() -> None:
    made = tree(event("2025-07-09", branch("a", 0.3, 0.3, 0.3, "back"), branch("b", 0.7, 0.7, 0.7, "void")))
    assert made.draws(4, 1, AS_OF) == pytest.approx(np.tile(list(made.weights(AS_OF).values()), (4, 1)))


def test_a_ruling_that_is_one_event_is_drawn_once() -> None:
    """With one ruling for all branches the share of time under void law moves more than with three of their own."""
    spread = {
        name: tree(pause(name)).draws(4000, 2, AS_OF)[:, tree(pause(name)).states.index("void")].std()
        for name in ("ruling", None)
    }
    assert spread["ruling"] > 1.2 * spread[None]


# ---- the path --------------------------------------------------------------------------------------------------------


@given(trees(), worths)
def test_the_discounted_mean_of_the_path_is_the_expected_value(made: Tree, values: dict) -> None:
    path = [*made.path(values, AS_OF), (made.until + timedelta(days=1), 0.0)]
    days = [made._days(AS_OF, a, b) for (a, _), (b, _) in itertools.pairwise(path)]
    mean = sum(d * flow for d, (_, flow) in zip(days, path[:-1], strict=True)) / sum(days)
    assert mean == pytest.approx(made.expected(values, AS_OF), abs=1e-9)


def test_the_path_moves_on_the_days_of_events_alone() -> None:
    path = tree(pause()).path(VALUES, AS_OF)
    assert [day.isoformat() for day, _ in path] == ["2025-04-16", "2025-07-09", "2026-06-30"]
    assert [flow for _, flow in path] == pytest.approx([0, 0.3 * -9 + 0.2 * -10, 0.6 * -4.7 + 0.4 * 6])


# ---- what a tree may not say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (
            event("2025-07-09", branch("a", 0.3, 0.1, 0.5, "back"), branch("b", 0.6, 0.1, 0.9, "void")),
            r"chances of the event on 2025-07-09 add to 0\.9; make them add to 1",
        ),
        (event("2025-07-09", branch("a", 1, 0.1, 0.5, "back")), "1 is outside its range, 0.1 to 0.5; widen it"),
        (
            event("2025-07-09", branch("a", 0.5, 0, 1, "back"), branch("a", 0.5, 0, 1, "void")),
            '"a" stands twice in the event on 2025-07-09',
        ),
        (
            event("2025-07-09", branch("a", 1, 1, 1, "back", event("2025-07-09", branch("c", 1, 1, 1, "void")))),
            'event on 2025-07-09, after "a", does not come later than 2025-07-09; write the later day',
        ),
        (event("2031-07-09", branch("a", 1, 1, 1, "back")), "2029-01-20 is before the event on 2031-07-09"),
        (
            event("2025-07-09", branch("a", 1, 1, 1, "back", ruling("2026-01-01", "back")), event="ruling"),
            '"ruling" comes after itself; give the event on 2026-01-01 another name',
        ),
        (
            event(
                "2025-07-09",
                branch("a", 0.5, 0, 1, "back", ruling("2026-01-01", "back")),
                branch("b", 0.5, 0, 1, "back", event("2026-01-01", branch("void", 1, 1, 1, "void"), event="ruling")),
            ),
            'the event "ruling" stands on 2026-01-01 and on 2026-01-01 with other branches or chances; make them alike',
        ),
        (event("2025-07-09"), "at least 1 item"),
    ],
)
def test_an_impossible_tree_is_refused_with_what_would_be_right(then: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        tree(then)


def test_a_judged_chance_needs_a_range_and_a_read_one_a_source() -> None:
    judged = branch("a", 0.5, 0.5, 0.5, "back") | {"basis": "elicited"}
    with pytest.raises(ValidationError, match=r"0\.5 rests on judgement \(elicited\) and has no range"):
        tree(event("2025-07-09", judged, branch("b", 0.5, 0, 1, "void")))
    unread = branch("a", 1, 1, 1, "back")
    del unread["source"]
    with pytest.raises(ValidationError, match="is missing; where the basis is `published`, give its title, date"):
        tree(event("2025-07-09", unread))


def test_a_discount_rate_below_zero_is_refused() -> None:
    with pytest.raises(ValidationError, match="a discount rate is not below 0%"):
        tree(discount="-2%")


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (
            date(2025, 7, 9),
            "first event, on 2025-07-09, does not lie after 2025-07-09; keep the branch that came about",
        ),
        (date(2029, 1, 21), "ends on 2029-01-20, before 2029-01-21; give it a later `until`"),
    ],
)
def test_a_tree_that_the_day_has_overtaken_is_refused(day: date, message: str) -> None:
    for door in (
        lambda made: made.weights(day),
        lambda made: made.draws(2, 1, day),
        lambda made: made.bounds(VALUES, day),
        lambda made: made.path(VALUES, day),
    ):
        with pytest.raises(CaseError, match=message):
            door(tree(pause()))


def test_a_state_without_a_value_is_named() -> None:
    for values in ({"today": 0.0, "back": 1.0, "letter": 1.0}, VALUES | {"void": float("nan")}):
        with pytest.raises(CaseError, match='comes to the state "void", which has no value'):
            tree(pause()).bounds(values, AS_OF)


def test_too_many_shared_events_for_exact_bounds_are_refused() -> None:
    def three(k: int) -> dict:
        names = [(f"e{k}.{i}", 1 / 3, 0.1, 0.6, "today") for i in range(3)]
        return event(
            f"2026-{k + 1:02}-01", *(branch(*n, three(k + 1) if k < 4 else None) for n in names), event=f"e{k}"
        )

    copies = event("2025-07-09", branch("a", 0.5, 0, 1, "back", three(0)), branch("b", 0.5, 0, 1, "back", three(0)))
    made = tree(copies)
    assert len(made.leaves()) == 2 * 3**5
    assert sum(made.weights(AS_OF).values()) == pytest.approx(1)
    if np.prod([len(vertices(made._events()[f"e{k}"].chances)) for k in range(5)]) > 10_000:
        pytest.fail("the example is larger than it need be")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tradetalks.talks.no_deal.MOST_CORNERS", 100)
        with pytest.raises(CaseError, match=r"too many shared events \(e0, e1, e2, e3, e4\) for exact bounds; take"):
            made.bounds(VALUES, AS_OF)


def test_a_tree_tells_the_dates_of_its_sources_and_where_they_stand() -> None:
    made = tree(pause())
    told = dict(made.dated())
    assert set(told.values()) == {date(2025, 4, 9)} and len(told) == 9
    assert ("then", "branches", 2, "then", "branches", 1, "source", "date") in told


def test_the_schema_of_a_tree_is_recursive() -> None:
    schema = Tree.model_json_schema()
    assert "Event" in str(schema["$defs"]["Branch"]["properties"]["then"])
