"""Scenarios: what they hold, how they come from payoffs, and the best additive fit by a second route."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.talks.scenarios.drawn import random, scenarios
from tradetalks.errors import CaseError, OfferError
from tradetalks.talks.scenarios.additive import Additive, best_additive
from tradetalks.talks.scenarios.scenario import MONEY, Scenario, from_payoffs, from_separable
from tradetalks.talks.separable import Separable

ISSUES = {"cars": ("27.5 %", "15 %"), "rice": ("as is", "more", "much more")}
PAYOFFS = np.array([[0, 0], [-1, 1], [-2, 3], [5, -2], [4, -1], [3.5, 0.5]])


def made(**changed) -> Scenario:
    given = {"name": "x", "issues": ISSUES, "parties": ("JPN", "USA"), "reservation": [-3, 0],
             "payoffs": tuple(PAYOFFS.T)}  # fmt: skip
    return Scenario(**(given | changed))


def design(choices: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """One column for the constant and one for each option."""
    ones = [choices[:, [k]] == np.arange(n) for k, n in enumerate(shape)]
    return np.hstack([np.ones((len(choices), 1)), *ones]).astype(float)


def by_matrix(choices: np.ndarray, worth: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Least squares on the matrix itself; the fit at the offers."""
    matrix = design(choices, shape)
    return matrix @ np.linalg.lstsq(matrix, worth, rcond=None)[0]


def test_offers_stand_in_the_order_of_numpy():
    scenario = made()
    assert (scenario.shape, scenario.offers, scenario.unit) == ((2, 3), 6, MONEY)
    assert scenario.options(4) == {"cars": "15 %", "rice": "more"}
    assert (scenario.payoff_table() == PAYOFFS).all()


@given(scenarios(additive=True))
def test_additive_payoffs_are_the_sum_of_what_their_options_are_worth(scenario):
    offer = scenario.offers * 2 // 3
    picked = np.unravel_index(offer, scenario.shape)
    for party, payoffs in zip(scenario.parties, scenario.payoffs, strict=True):
        expected = payoffs.constant + sum(v[k] for v, k in zip(payoffs.values, picked, strict=True))
        scale = abs(payoffs.constant) + sum(np.abs(v).max() for v in payoffs.values)
        assert abs(scenario.table(party)[offer] - expected) <= 1e-14 * scale
        assert abs(payoffs.of(np.column_stack(picked))[0] - expected) <= 1e-14 * scale
        assert abs(payoffs.low - scenario.table(party).min()) <= 1e-14 * scale
        assert abs(payoffs.high - scenario.table(party).max()) <= 1e-14 * scale


@pytest.mark.parametrize("shape", [(2,), (1, 3), (4, 3, 2), (2, 2, 2, 3)])
def test_the_fit_to_a_table_is_that_of_least_squares_on_the_matrix(shape):
    table = random(shape, parties=1).table("P0")
    fit, error = best_additive(table, shape)
    expected = by_matrix(np.array(list(np.ndindex(*shape))), table, shape)
    assert np.allclose(fit.table, expected)
    assert error == pytest.approx(np.abs(expected - table).max(), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_to_a_part_of_the_table_is_that_of_least_squares_on_the_matrix(seed):
    shape, draw = (4, 3, 2), np.random.default_rng(seed)
    whole = random(shape, seed=seed)
    part = np.sort(draw.choice(whole.offers, 15, replace=False))
    choices = np.column_stack(np.unravel_index(part, shape))
    worth = whole.payoff_table()[part]
    scenario = from_payoffs("x", whole.issues, whole.parties, worth, whole.reservation, choices)
    for k in range(2):
        expected = by_matrix(choices, worth[:, k], shape)
        assert np.allclose(scenario.payoffs[k].of(choices), expected)
        assert scenario.largest_error[k] == pytest.approx(np.abs(expected - worth[:, k]).max())


@given(scenarios(additive=True))
def test_additive_payoffs_are_their_own_fit(scenario):
    for party, payoffs in zip(scenario.parties, scenario.payoffs, strict=True):
        fit, error = best_additive(scenario.table(party), scenario.shape)
        scale = abs(payoffs.constant) + sum(np.abs(v).max() for v in payoffs.values)
        assert error <= 1e-13 * scale
        assert fit.shape == scenario.shape


@given(st.permutations(range(6)))
def test_offers_in_any_order_make_the_same_table(order):
    choices = np.array(list(np.ndindex(2, 3)))[order]
    scenario = from_payoffs("x", ISSUES, ["JPN", "USA"], PAYOFFS[order], [-3, 0], choices)
    assert (scenario.payoff_table() == PAYOFFS).all()
    assert (scenario.largest_error == 0).all()


def test_a_screen_is_fitted_over_all_offers_without_listing_them():
    draw, shape = np.random.default_rng(2), (3, 2, 4, 2)
    pairs = {(i, j): draw.normal(size=(shape[i], shape[j], 2)) for i, j in ((0, 1), (0, 2), (2, 3))}
    space = Separable(shape, draw.normal(size=2), [draw.normal(size=(n, 2)) for n in shape], pairs)
    issues = {f"i{k}": [f"o{j}" for j in range(n)] for k, n in enumerate(shape)}
    scenario = from_separable("x", issues, ["A", "B"], space, [0, 0], error=[0.5, 0.25])
    worth = space.payoff(np.array(list(np.ndindex(*shape))))
    for k, party in enumerate(scenario.parties):
        fit, error = best_additive(worth[:, k], shape)
        assert np.allclose(scenario.table(party), fit.table)
        assert error + [0.5, 0.25][k] <= scenario.largest_error[k] + 1e-12


def test_the_bound_on_the_error_of_a_screen_is_reached_where_one_pair_touches():
    pair = np.random.default_rng(4).normal(size=(3, 4, 2))
    space = Separable((3, 4), [1, 2], [np.zeros((3, 2)), np.ones((4, 2))], {(0, 1): pair})
    issues = {"a": ("x", "y", "z"), "b": ("r", "s", "t", "u")}
    scenario = from_separable("x", issues, ["A", "B"], space, [0, 0])
    worth = space.payoff(np.array(list(np.ndindex(3, 4))))
    for k in range(2):
        assert scenario.largest_error[k] == pytest.approx(best_additive(worth[:, k], (3, 4))[1])


def test_a_scenario_cannot_be_changed_from_outside():
    payoffs = PAYOFFS.copy()
    scenario = from_payoffs("x", ISSUES, ["JPN", "USA"], payoffs, [-3, 0])
    payoffs[:] = 7
    assert (scenario.payoff_table() == PAYOFFS).all()
    for array in (scenario.payoffs[0], scenario.reservation, Additive(0, [[1.0]]).values[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError):
        scenario.issues["more"] = ("a",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": " "}, "the scenario needs a name"),
        ({"parties": ("JPN", "JPN")}, 'party "JPN" stands twice'),
        ({"parties": ("JPN", "US\nA")}, "cannot stand in a file"),
        ({"parties": ("JPN", " USA")}, "take the blanks off"),
        ({"parties": ("JPN",)}, "2 payoffs for 1 parties"),
        ({"issues": {}}, "no issue; name at least one"),
        ({"issues": {"cars": ()}}, 'issue "cars": no option'),
        ({"issues": {"cars": ("a", "a")}}, 'option "a" stands twice'),
        ({"issues": {"cars": ("a\ud800",)}}, "cannot stand in a file"),
        ({"reservation": [1]}, r"reservation values of shape \(1,\); give one number for each of JPN, USA"),
        ({"reservation": [1, np.inf]}, "give a number for each party"),
        ({"reservation": [1, np.nan]}, "give a number for each party"),
        ({"payoffs": (PAYOFFS[:, 0], PAYOFFS[:5, 1])}, r"USA: payoffs of shape \(5,\); give one for each of 6"),
        ({"payoffs": (PAYOFFS[:, 0], np.full(6, np.nan))}, "USA: payoffs that are not finite"),
        ({"payoffs": (PAYOFFS[:, 0], Additive(0, [[0, 1]]))}, "USA: additive payoffs for"),
        ({"payoffs": (PAYOFFS[:, 0], Additive(np.inf, [[0, 1], [0, 1, 2]]))}, "USA: payoffs that are not finite"),
        ({"largest_error": [-1, 0]}, "zero or above"),
        ({"discount": (0.0, 1.0)}, "above 0 and at most 1"),
    ],
)
def test_a_scenario_that_cannot_be_says_what_is_wrong(changed, message):
    with pytest.raises(CaseError, match=message):
        made(**changed)


@pytest.mark.parametrize(
    ("payoffs", "choices", "message"),
    [
        (PAYOFFS[:, :1], None, "one row an offer, one column a party"),
        (PAYOFFS * np.nan, None, "nan for offer 0, JPN; payoffs must be finite"),
        (PAYOFFS[:2], [[0, 0], [0, 0]], "offers 0 and 1 are the same"),
        (PAYOFFS[:2], [[0, 0], [2, 0]], "offer 1 picks option 2 of issue 0, which has 2"),
        (PAYOFFS[:2], [[0, 0]], "one row an offer, one column an issue"),
        (PAYOFFS[:2], [[0.0, 0.0], [0.0, 1.0]], "give whole numbers"),
        (PAYOFFS[:2], [[0, 0], [1, 1]], "option 3 of issue 2 is in none of the offers"),
    ],
)
def test_payoffs_that_do_not_fit_the_issues_say_what_is_wrong(payoffs, choices, message):
    with pytest.raises(CaseError, match=message):
        from_payoffs("x", ISSUES, ["JPN", "USA"], payoffs, [0, 0], choices)


def test_a_table_too_large_to_write_out_says_so():
    shape = (100,) * 5
    issues = {f"i{k}": tuple(f"o{j}" for j in range(100)) for k in range(5)}
    scenario = Scenario("x", issues, ("A",), [0.0], (Additive(0, [np.zeros(n) for n in shape]),))
    assert scenario.offers == 10**10
    with pytest.raises(OfferError, match="10,000,000,000 offers"):
        scenario.table("A")
