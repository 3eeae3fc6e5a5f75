"""Changes of a party's own duties: cut, set, capped; on whole sectors and on products in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tradetalks.errors import PolicyError
from tradetalks.law.trade import trade
from tradetalks.talks.instruments import lines
from tradetalks.talks.instruments.tariff import TariffChange
from tradetalks.world import Policy, World


def change(importer: str = "E00", exporter: str = "E01", sectors="C1", **fields) -> TariffChange:
    return TariffChange.model_validate({"importer": importer, "exporter": exporter, "sectors": sectors, **fields})


def us_cars(**fields) -> TariffChange:
    return change("USA", "JPN", "C29", **fields)


@pytest.fixture(scope="module")
def world() -> World:
    return World.load("icio2022")


def test_the_whole_sector_is_cut_set_or_brought_down(small):
    policy = Policy(small).tariff("E00", "E01", "C1", 0.20)
    for fields, rate in (
        ({"cut": "25%"}, 0.15),
        ({"rate": "30%"}, 0.30),
        ({"cap": "12.5%"}, 0.125),
        ({"cap": "25%"}, 0.2),
    ):
        found = change(**fields).change(policy)
        assert found.tariffs[1, 0, 1] == pytest.approx(rate)
        assert found.tariffs[1, 0, 2] == policy.tariffs[1, 0, 2]
        assert set(map(tuple, np.argwhere(found.tariffs != policy.tariffs))) <= {(1, 0, 1)}


@given(rate=st.floats(0, 1), cap=st.floats(0, 1), share=st.floats(0.01, 1))
def test_a_cap_never_raises_a_duty_and_bounds_what_it_covers(rate, cap, share):
    world = World.load("two_by_two")
    policy = Policy(world).tariff("USA", "JPN", "C29", rate)
    capped = change("USA", "JPN", "C29", cap=cap, products=["8703"], share=share).change(policy).tariffs[0, 1, 0]
    assert capped <= rate + 1e-12
    assert capped == pytest.approx(share * min(rate, cap) + (1 - share) * rate)


@given(share=st.floats(0.01, 1), kind=st.sampled_from([{"cut": "40%"}, {"rate": "7%"}, {"cap": "9%"}]))
def test_a_part_of_the_trade_moves_the_average_by_its_part(share, kind):
    world = World.load("two_by_two")
    policy = Policy(world).tariff("JPN", "USA", "C29", 0.20)
    whole = change("JPN", "USA", "C29", **kind).change(policy).tariffs[0, 0, 1]
    part = change("JPN", "USA", "C29", products="8703", share=share, **kind).change(policy).tariffs[0, 0, 1]
    assert part - 0.20 == pytest.approx(share * (whole - 0.20))


def test_a_peak_inside_a_low_sector_is_cut_from_where_it_is(small):
    policy = Policy(small).tariff("E00", "E01", "C1", 0.05)
    world = policy.world
    base = world.tariffs[1, 0, 1]
    now = base / 0.1  # a tenth of the trade bears the whole duty
    one = change(cut="50%", products=["1006"], share="0.1", now=now)
    assert one.change(Policy(world)).tariffs[1, 0, 1] == pytest.approx(base / 2)
    halved = change(cut="50%").change(Policy(world))  # another option halved the sector before
    assert one.change(halved).tariffs[1, 0, 1] == pytest.approx(base / 4)


def test_a_peak_that_is_more_than_the_whole_duty_is_refused(small):
    base = small.tariffs[1, 0, 1]
    one = change(cut="50%", products=["1006"], share="0.5", now=3 * base)
    with pytest.raises(PolicyError, match=r"products 1006 at .* on 0.5 of C1 alone make .*: lower `now` or `share`"):
        one.change(Policy(small))


def test_the_share_of_cars_is_what_customs_recorded(world):
    # US imports from Japan in 2024: cars (8703) US$ 41.9 bn (Census Bureau, own sums)
    table = trade("USA").of("JPN")
    value = np.bincount(table.sector[table.line], table.value)[table.sectors.index("C29")]
    share = lines.shares("USA", "JPN", ("8703",))["C29"]
    assert share * value / 1e9 == pytest.approx(41.9, abs=0.05)
    policy = Policy(world).tariff("USA", "JPN", "C29", 0.275)
    j, n, i = world.sectors.index("C29"), world.economy("USA"), world.economy("JPN")
    found = us_cars(cap="15%", products="8703").change(policy).tariffs[j, n, i]
    assert found == pytest.approx(share * 0.15 + (1 - share) * 0.275)


@pytest.mark.parametrize("exporter", ["JPN", "DEU", "KAZ"])  # in the table; in the Union; not in the table
def test_all_chapters_together_are_all_of_every_sector(exporter):
    found = [lines.shares("USA", exporter, (f"{chapter:02d}",)) for chapter in range(1, 99)]
    for sector in found[0]:
        assert sum(one[sector] for one in found) == pytest.approx(1, abs=1e-12)


def test_members_of_the_union_ship_what_the_union_ships():
    assert lines.shares("USA", "DEU", ("87",)) == lines.shares("US", "EU27", ("87",))


def test_each_exporter_of_a_group_has_its_own_share(world):
    policy = Policy(world).tariff("USA", "*", "C29", 0.275)
    found = change("USA", "*", "C29", rate="0%", products=["8703"]).change(policy).tariffs
    j, n = world.sectors.index("C29"), world.economy("USA")
    for code in ("JPN", "KOR", "DEU"):
        share = lines.shares("USA", code, ("8703",))["C29"]
        assert found[j, n, world.economy(code)] == pytest.approx(0.275 * (1 - share))
    assert found[j, n, n] == 0


def test_products_of_another_sector_are_named(world):
    with pytest.raises(PolicyError, match="products 8703: none is in C26 of what USA buys from JPN; name their sector"):
        change("USA", "JPN", "C26", rate="0%", products=["8703"]).change(Policy(world))


def test_codes_may_have_their_dots():
    assert us_cars(rate="0%", products=["8703.23.01", "87.04"]).products == ("87032301", "8704")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give either `cut` .* or `rate` .*, or `cap`"),
        ({"cut": "50%", "cap": "15%"}, "give either `cut` .* or `rate` .*, or `cap`"),
        ({"cut": "120%"}, "a cut lies above 0% and at most at 100%"),
        ({"cap": "-5%"}, "a cap is a total rate, such as 15%"),
        ({"rate": "0%", "share": "0.3"}, "stands without `products`; name the products it speaks of"),
        ({"rate": "0%", "now": "30%"}, "stands without `products`"),
        ({"rate": "0%", "products": ["8703"]}, "no imports of E00 by product ship: give the part .* such as 0.3"),
        ({"rate": "0%", "products": ["8703"], "share": "0"}, "the products are none of this trade"),
        ({"rate": "0%", "products": ["8703"], "share": "30"}, "30 is not a share"),
        ({"rate": "0%", "products": ["cars"], "share": "1"}, '"cars" is no product code; write 2 to 10 digits'),
        ({"rate": "0%", "products": [], "share": "1"}, "write codes of 2 to 10 digits"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        change(**fields)
