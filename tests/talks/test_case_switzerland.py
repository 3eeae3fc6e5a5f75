"""A second shipped case, of another kind: another party, another statute, a tree, and nothing left of the first one."""

import json
import re
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

import tradetalks as tt
from tradetalks.law.rates import rates
from tradetalks.law.schedule import Schedule, schedule
from tradetalks.law.trade import trade
from tradetalks.talks.bills import duty_bills
from tradetalks.talks.case import Case
from tradetalks.talks.deals import Deals
from tradetalks.talks.legal_state import LegalState, legal_state
from tradetalks.talks.table import Table, reference_policy
from tradetalks.world import World

NAME = "switzerland-us-2025-11"
TEXT = files("tradetalks.cases").joinpath(f"{NAME}.yaml")

# What was announced a week after the as-of date (White House, fact sheet of 14 November 2025), in options of the case.
# Gold refining and the digital tax stand in it as well; watches need no rate of their own at 15 in all.
ANNOUNCED = {
    "general": "15 % in all",
    "drugs": "15 % at most",
    "aircraft": "none",
    "farm": "and a meat quota",
    "investment": "US$ 200 bn",
    "gold": "moved",
    "digital": "none is levied",
}


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


@pytest.fixture(scope="module")
def case(world) -> Case:
    return Case.load(NAME, world=world)


@pytest.fixture(scope="module")
def deals(case, world) -> Deals:
    return tt.negotiate(case, world=world, limit=40, also=(ANNOUNCED,))


@pytest.fixture(scope="module")
def worth(case, deals):
    """Point, low and high of what an offer is worth over no deal, by party: the ranges of the ledger."""
    valuation = deals.valuation

    @cache
    def of(*terms: tuple[str, str]) -> dict[str, tuple[float, float, float]]:
        choice = valuation.table.choice(dict(terms))
        accounts = valuation.accounts(np.array([choice]), valuation.solved([choice]))
        payoffs = valuation.payoffs(accounts)[:, 0] - valuation.reservation
        return {party: tuple(map(float, payoffs[:, n])) for n, party in enumerate(case.parties)}

    return lambda **terms: of(*terms.items())


# ---- what it says, and when it was known -----------------------------------------------------------------------------


def test_it_loads_with_another_asking_party_and_no_deal_as_a_tree(case):
    assert case.parties == ("CHE", "USA")
    assert case.no_deal == "tree"
    assert set(case.tree.states) <= {*case.reference_points, *case.states}


def test_no_date_of_a_source_or_statement_is_after_the_as_of_date(case):
    """From the text alone, apart from what reading the case checks."""
    text = TEXT.read_text(encoding="utf-8")
    said = [
        date.fromisoformat(day) for day in re.findall(r"(?:stated: |\bdate: )(\d{4}-\d{2}-\d{2}), confidence", text)
    ]
    assert len(said) == text.count("confidence:") > 25
    assert max(said) <= case.as_of
    assert date.fromisoformat(re.search(r"stated: (\S+)", text)[1]) <= case.as_of


def test_what_became_law_a_week_later_is_not_known(case, tmp_path):
    assert "che-floor" not in {m.measure for m in legal_state(case).measures}
    text = TEXT.read_text(encoding="utf-8")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("[recip-10, recip-aug-che-lie]", "[che-floor]"), encoding="utf-8")
    with pytest.raises(tt.CaseError, match=r'"che-floor" is known only from 2025-11-14'):
        Case.load(changed)


# ---- duties ----------------------------------------------------------------------------------------------------------


def on_switzerland(state: LegalState) -> Schedule:
    return schedule(state.books[0][0], trade("USA").of("CHE"), state.on, state.known_on, usage=state.usage)


def test_the_bill_of_today_is_the_laws_own_average(case):
    (bill,) = duty_bills({"today": legal_state(case)}, "USA", "CHE")
    law = rates("USA", legal_state(case).on, partner="CHE", known_on=case.as_of)
    assert bill.duty == pytest.approx(law.average, abs=1e-12)
    assert bill.imports == pytest.approx(60.92, abs=0.01)  # US Census Bureau, imports for consumption 2024, own sums
    assert bill.programmes["general"] / bill.usd_bn > 0.9


def test_about_a_third_of_the_goods_pay_39_percent_as_a_bank_had_counted(case):
    """UBS, reported on 9 April 2025: about a third of exports, since drugs and gold are exempt."""
    made = on_switzerland(legal_state(case))
    levied = made.by_measure("CHE")["recip-aug-che-lie"]
    assert levied / 0.39 == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize(
    ("product", "code", "added"),
    [("watches", "9102.11.10", 0.39), ("implants", "9021.39.00", 0.39), ("cheese", "0406.90.46", 0.39),
     ("computers", "8471.30.01", 0), ("gold", "7108.12.10", 0), ("bars", "7115.90.05", 0)],
)  # fmt: skip
def test_watches_and_cheese_pay_the_country_rate_and_gold_does_not(product, code, added, case):
    state = legal_state(case)
    found = tt.duty("USA", "CHE", code, on=state.on, known_on=state.known_on)
    levied = {part.measure: part.rate for part in found.parts}
    assert levied.get("recip-aug-che-lie", 0) == pytest.approx(added)


def test_an_offer_of_15_in_all_is_the_law_that_puts_switzerland_level_with_the_union(case, world):
    table = Table(case, world)
    offered = table.policy(table.choice({"general": "15 % in all"})).tariffs
    assert np.array_equal(offered, reference_policy(case, world, "level-with-eu").tariffs)


def test_it_leaves_machines_within_a_point_of_what_germany_pays(case, world):
    rate = reference_policy(case, world, "level-with-eu").tariffs[world.sectors.index("C28"), world.economy("USA")]
    assert rate[world.economy("CHE")] == pytest.approx(rate[world.economy("DEU")], abs=0.01)


def test_where_the_statute_falls_the_general_rate_is_worth_nothing_and_under_a_surcharge_30_percent_neither(
    case, world
):
    void, replaced = (Table(case, world, state) for state in ("ieepa-void", "surcharge"))
    for offer in case.issues["general"].labels[1:]:
        assert not void.tariffs(void.choice({"general": offer})).cells.size
    assert not replaced.tariffs(replaced.choice({"general": "+30 %"})).cells.size
    lower = replaced.policy(replaced.choice({"general": "15 % in all"})).tariffs
    assert (lower <= replaced.reference_policy.tariffs).all() and (lower < replaced.reference_policy.tariffs).any()


def test_the_ceiling_for_drugs_matters_only_where_a_duty_on_drugs_has_come(case, world):
    for state in ("today", "surcharge", "ieepa-void"):
        table = Table(case, world, state)
        assert not table.tariffs(table.choice({"drugs": "15 % at most"})).cells.size
    table = Table(case, world, "drugs")
    drugs, buyer, seller = world.sectors.index("C21"), world.economy("USA"), world.economy("CHE")
    capped = table.policy(table.choice({"drugs": "15 % at most"})).tariffs[drugs, buyer]
    before = table.reference_policy.tariffs[drugs, buyer]
    assert before[seller] - capped[seller] == pytest.approx(0.17)  # 15 in place of 100 %, on a fifth of the trade
    assert capped[seller] == pytest.approx(capped[world.economy("DEU")], abs=0.01)


# ---- no deal ---------------------------------------------------------------------------------------------------------


def test_the_court_is_likelier_than_not_to_set_the_tariffs_aside(case):
    weights = case.tree.weights(case.as_of)
    void = sum(share for state, share in weights.items() if state not in ("today", "drugs"))
    assert sum(weights.values()) == pytest.approx(1)
    assert 0.5 < void < 0.7  # 0.7 from the day of the ruling on, and nothing before it


# ---- what offers are worth -------------------------------------------------------------------------------------------


def test_fifteen_percent_alone_serves_switzerland_and_not_the_government_of_the_united_states(worth):
    alone = worth(general="15 % in all")
    assert alone["CHE"][0] > 0.3
    assert alone["USA"][0] < 0


def test_what_was_announced_a_week_later_lies_in_the_zone_of_agreement(worth):
    deal = worth(**ANNOUNCED)
    assert deal["CHE"][0] > 0 and deal["USA"][0] > 0
    assert deal["CHE"][1] < 0  # not if nearly all of the investment is new and earns little


def test_it_is_among_the_deals_found_and_every_offer_of_the_zone_is_too(deals):
    at = deals.index(deals.table.choice(ANNOUNCED))
    assert at in deals.zone
    assert (deals.payoffs[deals.zone] >= deals.reservation - 1e-6).all()


def test_the_ranges_over_elasticities_keep_the_sign_of_what_switzerland_gains(deals):
    """The 39 % costs 0.20 to 0.32 % of income here, in the long run; 0.3 to 0.6 % of GDP (KOF, 30 September 2025)."""
    level, today = deals.states.worth("level-with-eu", "CHE"), deals.states.worth("today", "CHE")
    income = deals.world.income[deals.world.economy("CHE")] / 1000
    assert today.high < 0 and today.high < level.low
    assert -0.006 < today.low / income < today.high / income < -0.001


def test_nothing_of_the_first_case_is_in_what_it_prints(deals, capsys):
    from tradetalks.cli import main

    assert main(["case", "show", NAME]) in (0, None)
    printed = capsys.readouterr().out + json.dumps(deals.as_json(), ensure_ascii=False)
    assert "Switzerland" in printed and "recip-aug-che-li" in printed
    assert not re.search(r"¥|\b(yen|rice|Tokyo|Japanese|cars?|pause-ends)\b|2025-04-1[46]", printed)


def test_plants_to_point_to_are_what_makes_it_worth_signing_in_washington(worth):
    without = worth(**{issue: option for issue, option in ANNOUNCED.items() if issue != "investment"})
    assert without["USA"][0] < worth(**ANNOUNCED)["USA"][0] - 1
    assert without["CHE"][0] > worth(**ANNOUNCED)["CHE"][0]


def test_ten_percent_goes_back_on_a_public_word_and_fifteen_does_not(worth):
    fifteen, ten = worth(general="15 % in all"), worth(general="+10 %")
    assert ten["USA"][0] < fifteen["USA"][0] - 1
    assert ten["CHE"][0] > fifteen["CHE"][0]


def test_a_meat_quota_is_worth_next_to_nothing_to_either_side_in_money(worth):
    more = {
        party: worth(farm="and a meat quota")[party][0] - worth(farm="nuts, citrus, fish free")[party][0]
        for party in ("CHE", "USA")
    }
    assert all(abs(gain) < 0.05 for gain in more.values())
