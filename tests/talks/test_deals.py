"""Talks end to end on a small case: every offer solved, by any number of processes, and what follows from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tradetalks as tt
from tradetalks.errors import CaseError, OfferError, SolveError
from tradetalks.talks import scoring
from tradetalks.talks.accounts import named
from tradetalks.talks.deals import Deals
from tradetalks.talks.ground import Ground, Outcome
from tradetalks.talks.scoring import Scorer
from tradetalks.talks.table import NOTHING, Edit, Table, offer_policy, reference_policy

SMALL = Path(__file__).parent / "small-case.yaml"


@pytest.fixture(scope="module")
def case() -> tt.Case:
    return tt.Case.load(SMALL)


@pytest.fixture(scope="module")
def deals(case: tt.Case) -> Deals:
    return tt.negotiate(case)


def test_every_offer_is_the_equilibrium_of_its_own_policy(case: tt.Case, deals: Deals) -> None:
    today = tt.solve(deals.world, reference_policy(case, deals.world)).welfare
    for index, choice in enumerate(deals.offers):
        alone = tt.solve(deals.world, offer_policy(case, deals.world, tuple(map(int, choice)))).welfare
        for column, party in enumerate(case.parties):
            assert deals.payoffs[index, column] == pytest.approx(alone[party] - today[party], abs=1e-6)
    assert deals.scores.largest_residual <= 1e-10


def test_the_offer_that_changes_nothing_is_worth_nothing(deals: Deals) -> None:
    np.testing.assert_allclose(deals.payoffs[0], 0, atol=1e-7)


@pytest.fixture
def scorer(case: tt.Case, deals: Deals) -> Scorer:
    found = Scorer(Ground(Table(case, deals.world), named()))
    found.learn()
    return found


def welfare(outcomes: list[Outcome]) -> np.ndarray:
    return np.array([one.welfare for one in outcomes])


def test_scores_do_not_depend_on_the_number_of_processes(
    deals: Deals, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(scoring, "ENOUGH_FOR_WORKERS", 0)
    monkeypatch.setattr(scoring, "PER_TASK", 2)
    choices = list(scorer.ground.table)
    waiting = sum(choice not in scorer.known for choice in choices)
    found = scorer.solved(choices, workers=2, progress=lambda done, total: seen.append((done, total)))
    start = scorer.known[scorer.ground.table.as_is].welfare
    np.testing.assert_allclose(welfare(found) - start, deals.scores.welfare, atol=1e-7)  # other neighbours in the march
    assert seen[-1] == (waiting, waiting)


def test_the_prediction_is_close_and_saves_sweeps(deals: Deals, scorer: Scorer) -> None:
    ground = scorer.ground
    alone = tt.solve(deals.world, ground.table.policy((2, 1, 1)))
    (cold,), (warm,) = ground.solved([(2, 1, 1)]), scorer.fresh([(2, 1, 1)])
    assert warm.sweeps < cold.sweeps and warm.residual <= 1e-10
    np.testing.assert_allclose(warm.welfare, alone.welfare.array, atol=1e-6)


def test_offers_that_others_are_predicted_from_are_not_solved_again(
    deals: Deals, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(scorer.known) >= {(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (0, 0, 1)}
    monkeypatch.setattr(Ground, "solved", lambda *args, **kwargs: pytest.fail("solved again"))
    known = list(scorer.known)
    rows = [deals.index(choice) for choice in known]
    found = welfare(scorer.solved(known)) - scorer.known[(0, 0, 0)].welfare
    np.testing.assert_allclose(found, deals.scores.welfare[rows], atol=1e-7)


def test_an_offer_without_an_equilibrium_is_named(
    deals: Deals, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment that leaves the payer less than nothing."""
    table, honest = scorer.ground.table, Table.paid
    walls = np.where(np.eye(2, dtype=bool), 0.0, 1e9) * np.ones((2, 1, 1))
    ruined = tt.Policy(deals.world, tariffs=walls).transfer("JPN", "USA", 900)
    everywhere = Edit(np.flatnonzero(walls), walls[walls > 0])
    monkeypatch.setattr(Table, "paid", lambda self, c: ruined if c == (2, 1, 1) else honest(self, c))
    monkeypatch.setattr(Table, "tariffs", lambda self, c: everywhere if c == (2, 1, 1) else Edit(*NOTHING))
    fresh = Ground(table, named())
    with pytest.raises(SolveError, match=r"offer \(cars: none, support: US\$ 5 bn, standards: eased\): no equilibrium"):
        fresh.solved([(0, 0, 0), (2, 1, 1)])


def test_with_deficits_closed_offers_are_what_each_is_alone(case: tt.Case, deals: Deals) -> None:
    flows = np.array(deals.world.flows)
    flows[0, 1, 0] *= 1.5  # Japan in surplus
    lopsided = tt.World(
        deals.world.economies, deals.world.sectors, flows, deals.world.tariffs, deals.world.io_shares,
        deals.world.value_added_shares, deals.world.elasticities,
    )  # fmt: skip
    assert abs(lopsided.deficits).max() > 1
    found = tt.negotiate(case, world=lopsided, deficits="closed")
    today = tt.solve(lopsided, reference_policy(case, lopsided), deficits="closed").welfare
    for index in (3, len(found.offers) - 1):
        policy = offer_policy(case, lopsided, tuple(map(int, found.offers[index])))
        alone = tt.solve(lopsided, policy, deficits="closed").welfare
        np.testing.assert_allclose(found.payoffs[index], [alone[p] - today[p] for p in case.parties], atol=1e-6)


def test_solutions_are_efficient_and_better_than_no_deal_for_both(deals: Deals) -> None:
    assert deals.solutions and set(deals.solutions.values()) <= set(map(int, deals.frontier))
    for index in deals.solutions.values():
        assert (deals.payoffs[index] >= deals.reservation).all()
    assert set(map(int, deals.zone)) == {i for i, row in enumerate(deals.payoffs) if (row >= deals.reservation).all()}


def test_no_deal_is_the_reference_point_it_names(case: tt.Case, deals: Deals) -> None:
    later = tt.solve(deals.world, reference_policy(case, deals.world, "later")).welfare
    today = tt.solve(deals.world, reference_policy(case, deals.world, "today")).welfare
    np.testing.assert_allclose(deals.reservation, [later[p] - today[p] for p in case.parties], atol=1e-7)
    assert deals.reservation[0] < 0
    assert deals.gain(deals.solutions["nash"], "JPN", "today").point == pytest.approx(
        float(deals.payoffs[deals.solutions["nash"], 0]), abs=1e-6
    )


def test_the_json_contract(deals: Deals) -> None:
    said = json.loads(json.dumps(deals.as_json(), allow_nan=False))
    keys = {"offers_scored", "offers_per_second", "reference_points", "no_deal", "frontier", "solutions"}
    assert keys | {"zone_of_agreement"} <= set(said)
    assert said["offers_scored"] == 12 and said["offers_per_second"] > 0
    assert set(said["solutions"]) == {"nash", "kalai_smorodinsky", "egalitarian", "utilitarian"}


def test_without_a_zone_of_agreement_the_deals_say_so(case: tt.Case) -> None:
    """Where one side loses by every offer nothing is picked, but the frontier stands."""
    alone = case.model_copy(
        update={
            "issues": {"support": case.issues["support"], "standards": case.issues["standards"]},
            "no_deal": "today",
        }
    )
    generous = alone.model_copy(update={"parties": ("USA", "JPN")})
    for each in (alone, generous):
        found = tt.negotiate(each)
        assert len(found.frontier) > 0
        assert found.zone.size or ("no zone of agreement" in found.verdict and not found.solutions)


def test_bad_asks_are_refused_with_the_remedy(case: tt.Case) -> None:
    with pytest.raises(OfferError, match=r"12 offers on the table of small and a limit of 0: .*at least one must be"):
        tt.negotiate(case, limit=0)
    with pytest.raises(CaseError, match=r'no reference point "latter".*did you mean later'):
        tt.negotiate(case, no_deal="latter")


def test_where_a_statute_is_void_a_deal_stands_on_the_law_that_is_left(case: tt.Case) -> None:
    point = case.reference_points["later"].model_copy(update={"without": ("s232", "IEEPA"), "deals_under": "void"})
    voided = case.model_copy(update={"reference_points": case.reference_points | {"void": point}})
    found = tt.negotiate(voided)
    assert found.law == "today"
    best = found.solutions["nash"]
    choice = tuple(map(int, found.offers[best]))
    there = tt.solve(found.world, offer_policy(voided, found.world, choice, "void")).welfare
    void = tt.solve(found.world, reference_policy(voided, found.world, "void")).welfare
    assert found.gain(best, "USA", "void").point == pytest.approx(there["USA"] - void["USA"], abs=1e-6)
    from_there = tt.negotiate(voided, no_deal="void")
    assert from_there.law == "void"
    np.testing.assert_allclose(from_there.reservation, 0, atol=1e-7)
    np.testing.assert_allclose(from_there.payoffs[best], [there[p] - void[p] for p in voided.parties], atol=1e-6)


def test_more_power_for_one_side_never_costs_it(case: tt.Case, deals: Deals) -> None:
    gains = []
    for power in (0.25, 1, 4):
        told = case.model_copy(update={"power": {"JPN": power, "USA": 1}})
        found = tt.negotiate(told)
        gains.append(float(found.payoffs[found.solutions["asymmetric_nash"], 0]))
        if power == 1:
            assert found.solutions["asymmetric_nash"] == found.solutions["nash"] == deals.solutions["nash"]
    assert gains == sorted(gains)
