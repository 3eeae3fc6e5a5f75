"""Caliendo and Parro (2015), Table 2 and abstract: published, exact, and with deficits as in the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tradetalks.errors import SourceError
from tradetalks.model import Closure, rebase, solve
from tradetalks.replicate import Replication, replicate
from tradetalks.replicate.cp2015 import nafta, read
from tradetalks.world import Policy

# exact change of real income, per cent: from an independent implementation of the same equilibrium
EXACT = {
    ("deficits zeroed", "Mexico"): 0.0073, ("deficits zeroed", "Canada"): -0.1101, ("deficits zeroed", "USA"): 0.0741,
    ("deficits as in the data", "Mexico"): -0.045, ("deficits as in the data", "Canada"): -0.082,
    ("deficits as in the data", "USA"): 0.076,
}  # fmt: skip
# deficits kept: welfare, terms of trade, volume of trade, real wage, known from another open implementation
KEPT = {"Mexico": (1.17, -0.41, 1.59, 1.64), "Canada": (-0.04, -0.08, 0.04, 0.33), "USA": (0.08, 0.05, 0.04, 0.12)}


@pytest.fixture(scope="module")
def paper(cp2015: Path) -> Replication:
    return replicate("cp2015", cp2015.parent)


def value(paper: Replication, case: str, row: str, column: str) -> float:
    return next(r.ours for r in paper.rows if (r.case, r.row, r.column) == (case, row, column))


def test_every_published_number_to_its_last_decimal(paper: Replication) -> None:
    assert [row for row in paper.rows if row.agrees is False] == []
    assert paper.verdict.startswith("15 of 15")
    assert paper.residual <= 1e-10


@pytest.mark.parametrize(("case", "economy"), EXACT)
def test_exact_real_income_beside_the_first_order_formula(paper: Replication, case: str, economy: str) -> None:
    assert value(paper, case, economy, "real income, exact") == pytest.approx(EXACT[case, economy], abs=5e-4)


@pytest.mark.parametrize("economy", KEPT)
def test_deficits_as_in_the_data(paper: Replication, economy: str) -> None:
    columns = ("welfare, first order", "terms of trade", "volume of trade", "real wage")
    for column, wanted in zip(columns, KEPT[economy], strict=True):
        assert value(paper, "deficits as in the data", economy, column) == pytest.approx(wanted, abs=0.00501)


def test_the_data_are_read_in_their_units(cp2015: Path) -> None:
    world, later = read(cp2015)
    mexico, us = world.economies.index("Mexico"), world.economies.index("USA")
    assert world.flows[:, mexico, us].sum() == pytest.approx(42_890, rel=1e-3)
    assert world.deficits[us] == pytest.approx(123_300, rel=1e-3)
    assert world.tariffs[:20, mexico, us].mean() == pytest.approx(0.1255, abs=1e-4)
    assert later.max() == pytest.approx(1.78, abs=0.01)


def test_two_steps_are_the_ratio_of_two_solves_from_the_data(cp2015: Path) -> None:
    """Hat algebra composes: solve twice from the raw data and divide, or re-base and solve once."""
    world, later = read(cp2015)
    base = rebase(world, deficits="closed")
    once = solve(base, nafta(base, later))
    from tradetalks.model.solve import _solve, baseline

    data = baseline(world, Closure(deficits="closed"))
    before = _solve(data, Policy(world), 1e-10, None, "")
    after = _solve(data, nafta(world, later), 1e-10, None, "")
    np.testing.assert_allclose(once.unknowns, after.unknowns - before.unknowns, atol=1e-8)
    us = base.economies.index("USA")
    assert base.income[us] == pytest.approx(6_450_700, rel=1e-4)


def test_missing_and_misshapen_inputs_are_named(tmp_path: Path, cp2015: Path) -> None:
    with pytest.raises(SourceError, match=r"xbilat1993.txt is missing"):
        replicate("cp2015", tmp_path)
    for file in cp2015.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "T.txt").write_text("9.11 13.53\n")
    with pytest.raises(SourceError, match=r"T.txt: shape \(2,\), where \(20,\) is needed"):
        replicate("cp2015", tmp_path)
    with pytest.raises(SourceError, match="did you mean cp2015"):
        replicate("cp2105", tmp_path)
