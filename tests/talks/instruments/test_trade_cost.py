"""Changes of trade costs and yearly payments."""

import numpy as np
import pytest
from pydantic import ValidationError

from tradetalks.talks.instruments.trade_cost import TradeCostChange
from tradetalks.talks.instruments.transfer import Transfer
from tradetalks.world import Policy


def cheaper(**fields) -> TradeCostChange:
    plain = {"importer": "E00", "exporter": "E01", "sectors": ["C1", "C2"], "change": "-5%"}
    return TradeCostChange.model_validate({**plain, **fields})


def test_costs_multiply_on_the_cells_named(small):
    found = cheaper().change_of(cheaper(sectors="C1", change="-10%").change_of(Policy(small))).trade_costs
    assert found[1, 0, 1] == pytest.approx(0.95 * 0.9) and found[2, 0, 1] == pytest.approx(0.95)
    assert (np.argwhere(cheaper().cells(small)) == np.argwhere(found != 1)).all()


def test_a_change_outside_its_range_is_refused():
    with pytest.raises(ValidationError, match=r"-0.05 is outside its range, -0.03 to 0; widen it"):
        cheaper(change={"point": "-5%", "low": "-3%", "high": "0%"})


def test_the_range_of_a_change_may_stand_beside_it(small):
    within = cheaper(change={"point": "-5%", "low": "-9%", "high": "0%"})
    assert cheaper(range={"low": "-9%", "high": "0%"}) == within != cheaper()
    assert (within.change_of(Policy(small)).trade_costs == cheaper().change_of(Policy(small)).trade_costs).all()
    with pytest.raises(ValidationError, match=r"-0.05 is outside its range, -0.03 to 0; widen it"):
        cheaper(range={"low": "-3%", "high": "0%"})
    with pytest.raises(ValidationError, match="no such field"):
        cheaper(range="9%")


def test_a_payment_goes_from_one_to_another():
    paid = Transfer.model_validate({"from": "JPN", "to": "USA", "usd_bn": "1.5"})
    assert paid.payments() == (("JPN", "USA", 1.5),)


def test_a_negative_payment_is_told_to_swap_its_ends():
    with pytest.raises(ValidationError, match="swap `from` and `to`"):
        Transfer.model_validate({"from": "JPN", "to": "USA", "usd_bn": "-1.5"})
