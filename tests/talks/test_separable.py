"""Separable payoffs: every search of the space agrees with plain enumeration of all its offers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tradetalks.errors import OfferError
from tradetalks.talks import separable, tally, terms
from tradetalks.talks.frontier import Floats, frontier
from tradetalks.talks.points import zone
from tradetalks.talks.separable import Separable


@st.composite
def spaces(draw: st.DrawFn, parties: tuple[int, int] = (2, 3)) -> Separable:
    """Up to five issues of up to four options; whole numbers from a narrow or a wide range, with ties and without."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    p, spread = draw(st.integers(*parties)), draw(st.sampled_from([1, 3, 40]))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))

    def array(*sizes: int) -> Floats:
        return random.integers(-spread, spread + 1, (*sizes, p)).astype(float)

    joined = draw(st.sets(st.sampled_from([*itertools.combinations(range(len(shape)), 2)] or [None]), max_size=3))
    pairs = {(i, j): array(shape[i], shape[j]) for i, j in filter(None, joined)}
    return Separable(shape, array(), [array(n) for n in shape], pairs)


@pytest.fixture(params=["as shipped", "in small pieces"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes of blocks, rows and lists change no result."""
    if request.param == "in small pieces":
        monkeypatch.setattr(separable, "SEARCHED", 7)
        monkeypatch.setattr(separable, "SEEDS", 2)
        monkeypatch.setattr(separable, "TALLIED", 12)
        monkeypatch.setattr(terms, "ROW", 6)
        monkeypatch.setattr(tally, "FEW", 1)


however_cut = pytest.mark.usefixtures("sizes")


def enumerated(space: Separable) -> tuple[np.ndarray, Floats]:
    """All offers and their payoffs, term by term as the definition says."""
    choices = list(itertools.product(*map(range, space.shape)))
    worth = []
    for choice in choices:
        total = space.constant + sum(single[k] for single, k in zip(space.singles, choice, strict=True))
        worth.append(total + sum(array[choice[i], choice[j]] for (i, j), array in space.pairs.items()))
    return np.array(choices), np.array(worth)


def within(table: Floats, margin: Floats) -> list[int]:
    """Offers that no other beats by more than the margin."""
    beaten = [any((b >= a + margin).all() and (b > a + margin).any() for b in table) for a in table]
    return [i for i, out in enumerate(beaten) if not out]


@however_cut
@settings(deadline=None)
@given(spaces())
def test_the_payoff_of_an_offer_is_the_sum_of_its_terms(space: Separable) -> None:
    choices, worth = enumerated(space)
    assert np.array_equal(space.payoff(choices), worth)
    assert np.array_equal(space.choices(np.arange(space.offers)), choices)


@however_cut
@settings(deadline=None)
@given(spaces(), st.integers(1, 40))
def test_blocks_hold_every_offer_once_and_in_order(space: Separable, most: int) -> None:
    blocks = list(space.blocks(most))
    assert [b.start for b in blocks] == [0, *np.cumsum([len(b.payoffs) for b in blocks])[:-1]]
    assert np.array_equal(np.concatenate([b.payoffs for b in blocks]), enumerated(space)[1])


@however_cut
@settings(deadline=None)
@given(spaces(), st.data())
def test_the_frontier_of_a_space_is_that_of_its_offers(space: Separable, data: st.DataObject) -> None:
    choices, worth = enumerated(space)
    found = space.frontier()
    assert found.complete and np.array_equal(found.choices, choices[frontier(worth)])
    assert np.array_equal(found.payoffs, worth[frontier(worth)])


@however_cut
@settings(deadline=None)
@given(spaces(), st.data())
def test_offers_within_the_margin_are_all_kept_and_no_others(space: Separable, data: st.DataObject) -> None:
    margin = np.array(
        data.draw(st.lists(st.sampled_from([0, 1, 2.5, 7]), min_size=space.parties, max_size=space.parties))
    )
    choices, worth = enumerated(space)
    found = space.frontier(margin)
    assert np.array_equal(found.choices, choices[within(worth, margin)])
    assert found.complete and np.array_equal(found.margin, margin)


@however_cut
@settings(deadline=None)
@given(spaces((2, 2)), st.data())
def test_an_offer_left_out_is_beaten_whatever_the_errors_of_the_screen(space: Separable, data: st.DataObject) -> None:
    choices, worth = enumerated(space)
    errors = data.draw(hnp.arrays(np.float64, worth.shape, elements=st.sampled_from([-0.5, -0.25, 0, 0.25, 0.5])))
    kept = space.frontier(1.0).choices.tolist()
    assert all(choices[i].tolist() in kept for i in frontier(worth + errors))


@however_cut
@settings(deadline=None)
@given(spaces(), st.integers(1, 12))
def test_a_cap_narrows_the_margin_and_says_so(space: Separable, most: int) -> None:
    choices, worth = enumerated(space)
    found = space.frontier(3.0, most=most)
    if found.complete:
        assert len(found.choices) == len(within(worth, np.full(space.parties, 3.0))) <= most
        return
    assert len(within(worth, np.full(space.parties, 3.0))) > most >= len(found.choices)
    rows = {tuple(c) for c in found.choices.tolist()}
    band = {tuple(c) for c in choices[within(worth, found.margin)].tolist()}
    assert rows <= band
    assert rows == band or (found.margin == 0).all()


@however_cut
@settings(deadline=None)
@given(spaces((2, 4)), st.data())
def test_the_zone_is_counted_over_all_offers(space: Separable, data: st.DataObject) -> None:
    reservation = data.draw(hnp.arrays(np.float64, space.parties, elements=st.integers(-8, 8).map(lambda x: x / 2)))
    assert space.count_in_zone(reservation) == len(zone(enumerated(space)[1], reservation))


@given(st.integers(0, 10**6), st.integers(1, 2), st.integers(1, 60), st.sampled_from([3, 1000]))
def test_a_tally_counts_as_comparing_each_with_each(seed: int, parties: int, count: int, spread: int) -> None:
    random = np.random.default_rng(seed)
    payoffs, thresholds = (random.integers(0, spread, (n, parties)).astype(float) for n in (count, 20))
    expected = sum(int((payoffs >= threshold).all(axis=1).sum()) for threshold in thresholds)
    assert tally.Tally(payoffs).reaching(thresholds) == expected


def test_a_reservation_value_finer_than_the_grain_is_still_not_reached() -> None:
    space = Separable((2, 2), [0, 0], [[[0, 0], [1, 1]], [[0, 0], [2, 2]]])
    counts = [space.count_in_zone([floor, 0]) for floor in (1, 1 + space.grain / 4, np.nextafter(1, 0))]
    assert counts == [3, 2, 3]


def test_offers_alike_in_everything_are_all_listed() -> None:
    space = Separable((2, 3), [0, 0], [np.zeros((2, 2)), np.zeros((3, 2))])
    assert sorted(space.frontier().choices.tolist()) == space.choices(np.arange(6)).tolist()


def additive(issues: int, options: int = 3) -> Separable:
    draw = np.random.default_rng(4)
    return Separable([options] * issues, [0, 0], list(draw.normal(size=(issues, options, 2))))


def test_issues_that_only_add_up_are_searched_beyond_what_could_be_listed() -> None:
    space = additive(22)
    assert space.offers > 10**10 and len(space.groups) == 22
    found = space.frontier()
    assert found.complete and np.array_equal(space.payoff(found.choices), found.payoffs)
    drawn = space.payoff(np.random.default_rng(0).integers(0, 3, (20_000, 22)))
    both = np.concatenate([found.payoffs, drawn])
    assert set(frontier(both)) <= set(range(len(found.payoffs)))
    top = int(found.payoffs[:, 0].argmax())
    assert found.choices[top].tolist() == [int(a[:, 0].argmax()) for a in space.singles]
    everywhere = space.count_in_zone([-1e9, -1e9])
    assert everywhere == space.offers > space.count_in_zone([0, 0]) > 0


def test_what_one_half_gains_and_what_it_loses_are_all_offers() -> None:
    """Counted from both ends: payoffs above zero, and their mirror images below it."""
    space = additive(14)
    mirror = Separable(space.shape, [0, 0], [a * [-1, 0] for a in space.singles])
    alone = Separable(space.shape, [0, 0], [a * [1, 0] for a in space.singles])
    assert alone.count_in_zone([0.0, 0.0]) + mirror.count_in_zone([0.0, 0.0]) == space.offers


def test_payoffs_are_kept_to_a_trillionth() -> None:
    draw = np.random.default_rng(1)
    singles = [draw.normal(size=(3, 2)) for _ in range(4)]
    space = Separable((3, 3, 3, 3), [0.1, 0.2], singles)
    exact = np.array([0.1, 0.2]) + singles[0][1] + singles[1][2] + singles[2][0] + singles[3][1]
    np.testing.assert_allclose(space.payoff([[1, 2, 0, 1]])[0], exact, rtol=0, atol=4 * space.grain)
    assert space.grain < 1e-10


def test_an_option_without_effect_doubles_the_frontier() -> None:
    draw = np.random.default_rng(2)
    space = Separable(
        (4, 4, 2), [0, 0], [*draw.normal(size=(2, 4, 2)), np.zeros((2, 2))], {(0, 1): draw.normal(size=(4, 4, 2))}
    )
    found = space.frontier()
    assert np.array_equal(
        np.unique(found.payoffs, axis=0).repeat(2, axis=0), found.payoffs[np.lexsort(found.payoffs.T[::-1])]
    )


ONE = [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (((), [0, 0], []), "at least one issue"),
        (((0,), [0, 0], [np.zeros((0, 2))]), "one option in each"),
        (((2,), [0], [[[0], [1]]]), "constant.*two parties"),
        (((2,), [0, 0], []), "singles: 0 arrays"),
        (((2,), [0, 0], [[[0, 0]]]), r"singles\[0\]: shape \(1, 2\)"),
        (((2,), [0, 0], [[[0, np.nan], [0, 0]]]), r"singles\[0\].*finite"),
        (((2,), [0, 0], [[["rice", 0], [0, 0]]]), "not an array of numbers"),
        (((2, 2), [0, 0], [ONE, ONE], {(1, 0): np.zeros((2, 2, 2))}), r"pairs: \(1, 0\)"),
        (((2, 2), [0, 0], [ONE, ONE], {(0, 1): np.zeros((2, 3, 2))}), r"pairs\[0, 1\]"),
        (((2,), [1e308, 0], [[[1.7e308, 0], [0, 0]]]), "larger unit"),
    ],
)
def test_terms_that_cannot_be_are_refused(arguments: tuple[object, ...], says: str) -> None:
    with pytest.raises(OfferError, match=says):
        Separable(*arguments)  # type: ignore[arg-type]


def refusals() -> Iterator[tuple[str, object]]:
    space = Separable((2, 3), [0, 0], [ONE, [*ONE, [2, 0]]])
    yield "options 0 to 2", lambda: space.payoff([[0, 3]])
    yield "2 issues", lambda: space.payoff([[0]])
    yield "float64", lambda: space.payoff([[0.5, 1.0]])
    yield "margin: .*0 or more", lambda: space.frontier([-1, 0])
    yield "margin", lambda: space.frontier(np.nan)
    yield "most: 0", lambda: space.frontier(most=0)
    yield "reservation: shape", lambda: space.count_in_zone([0])
    yield "option 5 of issue 0", lambda: space.fixing({0: 5})
    yield (
        "settle some issues",
        lambda: Separable(
            [4] * 20, [0, 0], [np.ones((4, 2))] * 20, {(i, i + 1): np.ones((4, 4, 2)) for i in range(19)}
        ).frontier(),
    )


@pytest.mark.parametrize(("says", "call"), list(refusals()))
def test_a_search_that_cannot_be_is_refused(says: str, call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(OfferError, match=says):
        call()


def test_no_offer_at_all_is_in_the_zone_when_no_one_can_be_satisfied() -> None:
    assert Separable((2,), [0, 0], [ONE]).count_in_zone([0, 9]) == 0
