"""The state of the law at a reference point: books of law line by line, a case's own measures beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from tradetalks.errors import CaseError
from tradetalks.law.measure import Amendment
from tradetalks.law.schedule import schedule
from tradetalks.law.trade import trade
from tradetalks.talks.case import Case
from tradetalks.talks.legal_state import LegalState, legal_state
from tradetalks.talks.table import Table, offer_policy, reference_policy
from tradetalks.world import Policy, World

N = ("CAN", "DEU", "JPN", "USA")
SECTORS = ("A03", "C13T15", "C24", "C26", "C29", "D_T")
SOURCE = {"title": "order", "date": "2025-04-02", "confidence": "primary"}
BASE, MAY, KNOWN = date(2024, 12, 31), date(2025, 5, 3), date(2025, 4, 16)


@pytest.fixture(scope="module")
def world() -> World:
    n, j = len(N), len(SECTORS)
    flows = np.full((j, n, n), 100.0) + 1000 * np.eye(n)
    tariffs = np.full((j, n, n), 0.05) * (1 - np.eye(n))
    return World(N, SECTORS, flows, tariffs, np.zeros((n, j, j)), np.ones((n, j)), np.full(j, 4.0))


def own(name: str, **fields: Any) -> dict[str, Any]:
    return {"measure": name, "what": name, "authority": "made up", "importer": "USA", "citation": "x", "source": SOURCE,
            "partners": "JPN", "rate": {"additional": "7%"}, "effective": {"from": "2025-04-05"},
            "known": {"from": "2025-04-02"}, **fields}  # fmt: skip


def change(measures: list[str], partners: str = "JPN", **rate: str) -> dict[str, Any]:
    return {"measures": measures, "partners": partners, "rate": rate}


def amendment(measures: list[str], partners: str = "JPN", **rate: str) -> Amendment:
    return Amendment.model_validate(change(measures, partners, **rate))


SETTLED = change(["recip-10", "recip-annex-i-due-0709"], additional="5%")


def made(*measures: dict[str, Any], as_of: str = "2025-04-16", **more: Any) -> Case:
    """The law of the United States, with own measures beside it."""
    return Case.model_validate({
        "case": "made-up", "title": "x", "as_of": as_of, "horizon": {"date": "2025-07-09", "what": "x"},
        "world": "made-up", "parties": ["JPN", "USA"], "law": [{"importer": "USA", "base": "2024-12-31"}],
        "measures": list(measures),
        "reference_points": {
            "today": {"what": "x", "on": "2025-05-03"},
            "july": {"what": "x", "on": "2025-07-09"},
            "settled": {"what": "x", "on": "2025-07-09", "amend": [SETTLED]},
            "void": {"what": "x", "on": "2025-07-09", "without": "IEEPA"},
            "not-back": {"what": "x", "on": "2025-07-09", "without": "recip-annex-i-due-0709"},
        },
        "reference": "today", "no_deal": "july",
        "issues": {
            "general": {"what": "x", "options": [{"option": "as is"}, {"option": "5 %", "amend": [SETTLED]}]},
            "cars": {"what": "x", "options": [
                {"option": "as is"},
                {"option": "15 %", "amend": [change(["232-auto-25", "232-parts-25"], cap="15%")]},
            ]},
            "farm": {"what": "x", "options": [
                {"option": "as is"},
                {"option": "half", "tariffs": [{"importer": "JPN", "exporter": "USA", "sectors": "A03", "cut": "50%"}]},
            ]},
        },
    } | more)  # fmt: skip


def on_japan(state: LegalState, world: World, sector: str, exporter: str = "JPN") -> float:
    """What the state adds to the world's own duty of the United States."""
    found = state.duty(world, "USA", exporter) - world.tariffs[:, world.economy("USA"), world.economy(exporter)]
    return float(found[world.sectors.index(sector)])


# ---- the law as it stands -----------------------------------------------------------------------------------------


def test_duties_move_by_what_the_schedule_of_the_law_has_changed(world: World) -> None:
    state = legal_state(made())
    law = state.books[0][0]
    before, now = (
        schedule(law, trade("USA").of("JPN"), *days, usage="year").sectors() for days in ((BASE,), (MAY, KNOWN))
    )
    for sector in SECTORS[:-1]:
        assert on_japan(state, world, sector) == pytest.approx(now[sector] - before[sector], abs=1e-12)
    assert on_japan(state, world, "D_T") == 0


def test_a_state_knows_only_what_was_known_on_the_as_of_date(world: World) -> None:
    sixteenth, tenth, march = (legal_state(made(as_of=day)) for day in ("2025-04-16", "2025-04-10", "2025-03-25"))
    electronics = on_japan(tenth, world, "C26") - on_japan(sixteenth, world, "C26")
    assert electronics > 0.01  # exempt by a memorandum of 11 April
    assert on_japan(tenth, world, "C29") > 0.2 > 0.01 > abs(on_japan(march, world, "C29"))
    assert on_japan(tenth, world, "C13T15") == pytest.approx(0.10)
    assert on_japan(march, world, "C13T15") == 0


def test_claims_count_as_they_were_public(world: World) -> None:
    assert legal_state(made()).usage == "year"
    assert replace(legal_state(made()), known_on=date(2026, 2, 19)).usage == "settled"


def test_measures_in_force_and_those_that_the_world_does_not_hold_yet() -> None:
    state = legal_state(made(own("extra")))
    held, new = ({m.measure for m in found} for found in (state.measures, state.new()))
    assert new <= held and "s301-chn-lists123" in held - new
    assert {"recip-10", "232-auto-25", "232-parts-25", "extra"} <= new
    assert "recip-annex-i-due-0709" not in held
    assert "recip-annex-i-due-0709" in {m.measure for m in legal_state(made(), "july").new()}


def test_an_unknown_reference_point_is_named_with_the_nearest() -> None:
    with pytest.raises(CaseError, match=r'no reference point "juli".*did you mean july\?'):
        legal_state(made(), "juli")


# ---- amended, and without -----------------------------------------------------------------------------------------


def test_an_amendment_reaches_the_partner_it_names_and_no_other(world: World) -> None:
    state = legal_state(made())
    freed = state.amended([amendment(["recip-10"], additional="0%")])
    assert on_japan(state, world, "C13T15") == pytest.approx(0.10)
    assert on_japan(freed, world, "C13T15") == pytest.approx(0, abs=1e-12)
    assert freed.duty(world, "USA", "DEU").tolist() == state.duty(world, "USA", "DEU").tolist()
    assert state.books[0][0].measure("recip-10").amended == ()


def test_a_cap_holds_for_every_product_not_for_the_mean_of_a_sector(world: World) -> None:
    capped = legal_state(made()).amended([amendment(["recip-10"], cap="15%")])
    clothing = trade("USA").of("JPN")
    rows = clothing.sector[clothing.line] == clothing.sectors.index("C13T15")
    value, normal = clothing.value[rows], clothing.normal[rows]
    lacking = float((np.maximum(0, 0.15 - normal) * value).sum() / value.sum())
    assert on_japan(capped, world, "C13T15") == pytest.approx(lacking)
    assert lacking > 0.15 - float((normal * value).sum() / value.sum()) + 0.001  # some clothing pays more than 15 %


def test_the_last_amendment_rules_and_one_of_a_measure_not_in_force_does_nothing(world: World) -> None:
    state = legal_state(made())
    twice = state.amended([amendment(["recip-10"], cap="20%")]).amended([amendment(["recip-10"], additional="3%")])
    assert on_japan(twice, world, "C13T15") == pytest.approx(0.03)
    idle = state.amended([amendment(["recip-annex-i-due-0709", "nobody-knows"], additional="0%")])
    np.testing.assert_array_equal(idle.policy(world).tariffs, state.policy(world).tariffs)


def test_without_a_statute_its_duties_are_gone_and_others_stay(world: World) -> None:
    void = legal_state(made(), "void")
    assert on_japan(void, world, "C13T15") == pytest.approx(0, abs=1e-12)
    assert on_japan(void, world, "C29") > 0.2
    assert on_japan(void, world, "A03", "CAN") == pytest.approx(0, abs=1e-12)


def test_what_a_measure_replaces_revives_without_it(world: World) -> None:
    assert on_japan(legal_state(made(), "july"), world, "C13T15") == pytest.approx(0.24)
    assert on_japan(legal_state(made(), "not-back"), world, "C13T15") == pytest.approx(0.10)


def test_a_reference_point_may_amend_measures(world: World) -> None:
    case = made()
    settled, july = (legal_state(case, name) for name in ("settled", "july"))
    assert on_japan(settled, world, "C13T15") == pytest.approx(0.05)
    same = july.amended([Amendment.model_validate(SETTLED)])
    np.testing.assert_array_equal(settled.policy(world).tariffs, same.policy(world).tariffs)
    np.testing.assert_array_equal(
        offer_policy(case, world, (1, 0, 0), "july").tariffs, reference_policy(case, world, "settled").tariffs
    )
    assert on_japan(settled, world, "C13T15", "DEU") == on_japan(july, world, "C13T15", "DEU")


# ---- a case's own measures ----------------------------------------------------------------------------------------


def test_own_measures_stand_beside_the_law(world: World) -> None:
    abroad = own("answer", importer="JPN", partners="USA", sectors="A03", rate={"additional": "12%"})
    alone, beside = legal_state(made()), legal_state(made(own("extra"), abroad))
    added = beside.policy(world).tariffs - alone.policy(world).tariffs
    usa, japan = world.economy("USA"), world.economy("JPN")
    np.testing.assert_allclose(added[:-1, usa, japan], 0.07)
    assert added[0, japan, usa] == pytest.approx(0.12)
    added[:, usa, japan] = added[0, japan, usa] = 0
    assert not added.any()


def test_own_measures_are_set_aside_and_amended_by_name_like_those_of_the_law(world: World) -> None:
    state = legal_state(made(own("extra")))
    law = legal_state(made())
    for names in (["extra"], ["made up"]):
        np.testing.assert_array_equal(state.without(names).policy(world).tariffs, law.policy(world).tariffs)
    freed = state.amended([amendment(["extra", "recip-10"], additional="1%")])
    assert on_japan(freed, world, "C13T15") == pytest.approx(0.02)


def test_own_measures_hold_on_their_days() -> None:
    case = made(
        own("later", effective={"from": "2025-07-01"}),
        own("gone", effective={"from": "2025-04-05", "to": "2025-05-03"}),
    )
    assert [m.measure for m in legal_state(case).own] == []
    assert [m.measure for m in legal_state(case, "july").own] == ["later"]


def test_a_case_without_law_has_its_own_measures_alone(world: World) -> None:
    state = legal_state(made(own("extra"), law=[]))
    added = state.policy(world).tariffs - world.tariffs
    assert np.count_nonzero(added) == len(SECTORS) - 1
    np.testing.assert_allclose(added[:-1, world.economy("USA"), world.economy("JPN")], 0.07)


# ---- what each measure adds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["today", "july", "void"])
@pytest.mark.parametrize("exporter", ["JPN", "CAN", "DEU"])
def test_what_measures_add_sums_to_the_change_of_the_duty(point: str, exporter: str, world: World) -> None:
    state = legal_state(made(own("extra")), point)
    added = state.added(world, "USA", exporter)
    assert set(added) <= {m.measure for m in state.new()}
    before = world.tariffs[:, world.economy("USA"), world.economy(exporter)]
    np.testing.assert_allclose(sum(added.values()), state.duty(world, "USA", exporter) - before, atol=1e-12)


def test_nothing_is_added_by_an_importer_without_measures(world: World) -> None:
    assert legal_state(made()).added(world, "JPN", "USA") == {}


# ---- tables of offers ---------------------------------------------------------------------------------------------


def test_the_table_means_what_the_text_says_with_law_too(world: World) -> None:
    case = made(own("extra"))
    for reference in ("today", "july", "void"):
        table = Table(case, world, reference)
        for choice in table:
            direct = offer_policy(case, world, choice, reference)
            np.testing.assert_array_equal(table.policy(choice).tariffs, direct.tariffs)


def test_an_amendment_touches_the_goods_of_the_partner_it_names(world: World) -> None:
    cells = legal_state(made()).touched(amendment(["recip-10"], additional="0%"), world)
    expected = np.zeros_like(cells)
    expected[:-1, world.economy("USA"), world.economy("JPN")] = True
    np.testing.assert_array_equal(cells, expected)
    assert not legal_state(made()).touched(amendment(["nobody-knows"], additional="0%"), world).any()


def test_a_law_that_ends_where_the_world_stands_is_no_change(world: World) -> None:
    state = replace(legal_state(made()), on=BASE, known_on=BASE)
    np.testing.assert_allclose(state.policy(world).tariffs, Policy(world).tariffs, atol=1e-12)


@pytest.mark.parametrize("exporter", ["CAN", "CHN", "DEU", "JPN", "RUS"])
def test_what_measures_add_sums_to_the_change_for_every_partner(exporter: str) -> None:
    world = World.load("icio2022")
    state = legal_state(made())
    added = sum(state.added(world, "USA", exporter).values())
    change = (
        state.duty(world, "USA", exporter) - Policy(world).tariffs[:, world.economy("USA"), world.economy(exporter)]
    )
    assert added == pytest.approx(change, abs=1e-12)


def test_own_measures_count_net_of_what_they_replace(world: World) -> None:
    first = own("first", rate={"additional": "10%"})
    second = own("second", rate={"additional": "24%"}, replaces=["first"])
    state = legal_state(made(first, second))
    bare = legal_state(made())
    both = state.duty(world, "USA", "JPN") - bare.duty(world, "USA", "JPN")
    added = state.added(world, "USA", "JPN")
    assert added["first"] + added["second"] == pytest.approx(both)
    assert added["second"][SECTORS.index("C29")] == pytest.approx(0.14)
