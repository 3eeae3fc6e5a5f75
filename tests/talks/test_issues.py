"""Issues and offers: what an option does, and that the table and the text mean the same policy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradetalks.errors import CaseError, OfferError
from tradetalks.law.measure import Amendment
from tradetalks.talks.case import Case
from tradetalks.talks.legal_state import legal_state
from tradetalks.talks.table import Table, offer_policy, reference_policy
from tradetalks.world import Policy, World

N = ("CAN", "DEU", "JPN", "USA")
CAN, DEU, JPN, USA = range(4)
SOURCE = {"title": "order", "date": "2025-04-02", "confidence": "primary"}


def world() -> World:
    n, j = 4, 3
    draw = np.random.default_rng(3)
    flows = draw.uniform(100, 900, (j, n, n)) * 1000
    tariffs = draw.uniform(0, 0.1, (j, n, n)) * (1 - np.eye(n))
    return World(N, ("A03", "C29", "D_T"), flows, tariffs, np.zeros((n, j, j)), np.ones((n, j)), np.full(j, 4.0))


def law(name: str, **fields) -> dict:
    scope = {} if "rates" in fields else {"partners": "all"}
    return {"measure": name, "what": name, "authority": "IEEPA", "importer": "USA", "citation": "x", "source": SOURCE,
            "effective": {"from": "2025-04-05"}, "known": {"from": "2025-04-02"}, **scope, **fields}  # fmt: skip


def amend(measures, partners, **rate) -> dict:
    return {"measures": measures, "partners": partners, "rate": rate}


def case(**issues) -> Case:
    """General 10 % on goods, 25 % on cars; the country rate of 24 % comes in July."""
    return Case.model_validate({
        "case": "made-up", "title": "x", "as_of": "2025-04-16", "horizon": {"date": "2025-07-09", "what": "x"},
        "world": "made-up", "parties": ["JPN", "USA"],
        "measures": [
            law("general", rate={"additional": "10%"}),
            law("cars", authority="s232", sectors="C29", rate={"additional": "25%"}),
            law("country", rates={"JPN": "24%", "DEU": "20%"}, replaces="general", effective={"from": "2025-07-09"}),
        ],
        "reference_points": {
            "today": {"what": "x", "on": "2025-05-03"},
            "july": {"what": "x", "on": "2025-07-09"},
            "void": {"what": "x", "on": "2025-07-09", "without": "IEEPA"},
        },
        "reference": "today", "no_deal": "july",
        "issues": {name: {"what": name, "options": [{"option": "as is"}, *more]} for name, more in issues.items()},
    })  # fmt: skip


CARS = [
    {"option": "15 %", "amend": [amend("cars", "JPN", cap="15%")]},
    {"option": "0", "amend": [amend("cars", "JPN", additional="0%")]},
]
GENERAL = [
    {"option": "5", "amend": [amend(["general", "country"], "JPN", additional="5%")]},
    {"option": "20 in all", "amend": [amend(["general", "country"], "JPN", cap="20%")]},
]
FARM = [
    {"option": "half", "tariffs": [{"importer": "JPN", "exporter": "USA", "sectors": "A03", "cut": "50%"}]},
    {"option": "2 %", "tariffs": [{"importer": "JPN", "exporter": "USA", "sectors": "A03", "rate": "2%"}]},
]
ALL_DUTIES = [
    {"option": "third off", "tariffs": [{"importer": "JPN", "exporter": "USA", "sectors": "goods", "cut": "33%"}]},
    {"option": "both ways", "tariffs": [{"importer": "JPN", "exporter": "USA", "sectors": "goods", "cut": "20%"},
                                        {"importer": "USA", "exporter": "JPN", "sectors": "C29", "cut": "10%"}]},
]  # fmt: skip
STANDARDS = [
    {"option": "easier", "trade_costs": [{"importer": "JPN", "exporter": "USA", "sectors": "C29", "change": "-5%"}]},
    {"option": "easy", "trade_costs": [{"importer": "JPN", "exporter": "USA", "sectors": "goods", "change": "-9%"}]},
]
PAPERS = [{"option": "less", "trade_costs": [{"importer": "JPN", "exporter": "USA", "sectors": "*", "change": "-1%"}]}]
SUPPORT = [{"option": "1.5", "transfers": [{"from": "JPN", "to": "USA", "usd_bn": "1.5"}]}]
MORE = [{"option": "2", "transfers": [{"from": "JPN", "to": "USA", "usd_bn": "2"}]}]
POOL = {
    "cars": CARS, "general": GENERAL, "farm": FARM, "duties": ALL_DUTIES, "standards": STANDARDS, "papers": PAPERS,
    "support": SUPPORT, "more": MORE,
}  # fmt: skip


def same(a: Policy, b: Policy) -> bool:
    """Equal to the bit in everything the equilibrium reads."""

    def layer(policy: Policy, name: str) -> np.ndarray:
        found = getattr(policy, name)
        neutral = np.ones_like(policy.tariffs) if name == "trade_costs" else np.zeros((len(N), len(N)))
        return neutral if found is None else found

    return all((layer(a, name) == layer(b, name)).all() for name in ("tariffs", "trade_costs", "transfers"))


@given(
    names=st.lists(st.sampled_from(sorted(POOL)), min_size=1, max_size=6, unique=True),
    reference=st.sampled_from(["today", "july", "void"]),
    data=st.data(),
)
def test_the_table_means_what_the_text_says(names, reference, data):
    made, on = case(**{name: POOL[name] for name in names}), world()
    table = Table(made, on, reference)
    for _ in range(4):
        choice = tuple(data.draw(st.integers(0, size - 1)) for size in table.shape)
        meant = offer_policy(made, on, choice, reference)
        assert same(table.policy(choice), meant)
        tariffs, costs = table.tariffs(choice), table.trade_costs(choice)
        for edit in (tariffs, costs):
            assert (np.diff(edit.cells) > 0).all()
        assert (meant.tariffs.reshape(-1)[tariffs.cells] == tariffs.values).all()
        assert int((meant.tariffs != table.reference_policy.tariffs).sum()) == tariffs.cells.size


@given(names=st.lists(st.sampled_from(sorted(POOL)), min_size=1, max_size=8, unique=True))
def test_the_empty_offer_is_the_law_of_the_reference_point(names):
    made, on = case(**{name: POOL[name] for name in names}), world()
    for reference in made.reference_points:
        table = Table(made, on, reference)
        assert table.tariffs(table.as_is).cells.size == table.trade_costs(table.as_is).cells.size == 0
        assert same(table.policy(table.as_is), reference_policy(made, on, reference))
        assert same(offer_policy(made, on, table.as_is, reference), reference_policy(made, on, reference))


def test_an_offer_amends_the_law_of_today_by_default():
    made, on = case(cars=CARS, general=GENERAL), world()
    normal = on.tariffs[1, USA, JPN]
    assert reference_policy(made, on).tariffs[1, USA, JPN] == pytest.approx(normal + 0.10 + 0.25)
    both = Table(made, on).policy((1, 1)).tariffs
    assert both[1, USA, JPN] == pytest.approx(normal + 0.05 + max(0, 0.15 - normal))
    assert both[1, USA, DEU] == reference_policy(made, on).tariffs[1, USA, DEU]


def test_a_settled_rate_outlives_the_country_rate_but_not_the_statute():
    made, on = case(general=GENERAL), world()
    normal = on.tariffs[0, USA, JPN]
    assert reference_policy(made, on, "july").tariffs[0, USA, JPN] == pytest.approx(normal + 0.24)
    assert offer_policy(made, on, (1,), "july").tariffs[0, USA, JPN] == pytest.approx(normal + 0.05)
    assert offer_policy(made, on, (1,), "void").tariffs[0, USA, JPN] == pytest.approx(normal)


def test_changes_of_the_same_duty_apply_in_the_order_of_the_file():
    farm_first, duties_first = case(farm=FARM, duties=ALL_DUTIES), case(duties=ALL_DUTIES, farm=FARM)
    on = world()
    normal = on.tariffs[0, JPN, USA]
    assert Table(farm_first, on).policy((2, 1)).tariffs[0, JPN, USA] == pytest.approx(0.02 * 0.67)
    assert Table(duties_first, on).policy((1, 2)).tariffs[0, JPN, USA] == pytest.approx(0.02)
    assert Table(farm_first, on).policy((1, 1)).tariffs[0, JPN, USA] == pytest.approx(normal * 0.5 * 0.67)


def test_payments_add_up_and_trade_costs_multiply():
    made, on = case(support=SUPPORT, more=MORE, standards=STANDARDS, papers=PAPERS), world()
    policy = Table(made, on).policy((1, 1, 1, 1))
    assert policy.transfers[JPN, USA] == pytest.approx(3500)
    assert policy.trade_costs[1, JPN, USA] == pytest.approx(0.95 * 0.99)
    assert policy.received[USA] == pytest.approx(3500)


def test_no_one_can_change_what_an_offer_means():
    table = Table(case(farm=FARM, standards=STANDARDS), world())
    with pytest.raises(ValueError, match="read-only"):
        table.policy((1, 1)).tariffs[0, 0, 1] = 1


def test_a_table_counts_its_offers_in_the_order_of_numpy():
    table = Table(case(cars=CARS, support=SUPPORT, farm=FARM), world())
    assert table.shape == (3, 2, 3) and len(table) == 18
    assert list(table) == list(np.ndindex(3, 2, 3))
    assert table.labels((1, 0, 2)) == {"cars": "15 %", "support": "as is", "farm": "2 %"}


def test_an_offer_is_named_by_its_options():
    table = Table(case(cars=CARS, support=SUPPORT, farm=FARM), world())
    assert table.choice({"farm": "2 %", "cars": "0"}) == (2, 0, 2)
    assert table.choice({}) == table.as_is
    with pytest.raises(CaseError, match=r'no issue "car" on the table of made-up; did you mean cars\?'):
        table.choice({"car": "0"})
    with pytest.raises(CaseError, match=r'issue farm has no option "3 %"; did you mean 2 %\?'):
        table.choice({"farm": "3 %"})


@pytest.mark.parametrize(("choice", "message"), [((0,), "1 options, where"), ((3, 0), "issue cars has options 0 to 2")])
def test_a_choice_off_the_table_is_refused(choice, message):
    made = case(cars=CARS, support=SUPPORT)
    for door in (Table(made, world()).policy, Table(made, world()).tariffs, lambda c: offer_policy(made, world(), c)):
        with pytest.raises(OfferError, match=message):
            door(choice)


def test_an_unknown_reference_point_is_named():
    with pytest.raises(CaseError, match=r'no reference point "juli".*did you mean july\?'):
        reference_policy(case(cars=CARS), world(), "juli")


def test_an_option_can_name_a_measure_that_is_not_there_any_more():
    gone = Amendment.model_validate(amend("gone", "JPN", cap="15%"))
    law = legal_state(case(cars=CARS))
    assert law.amended([gone]) == law
    assert not law.touched(gone, world()).any()
