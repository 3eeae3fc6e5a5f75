"""The public names: documented, importable, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tradetalks as tt
from tradetalks import errors

DOCUMENTED = {
    "the world": {"World", "check"},
    "policy": {"Policy"},
    "closure": {"Closure", "MarketAccess"},
    "equilibrium": {"solve", "rebase", "Solution"},
    "gradients": {"gradient", "gradients", "Gradient", "Objective", "welfare", "flow", "government"},
    "search": {
        "optimal_tariffs", "Optimum", "nash_tariffs", "Nash", "cooperative_tariffs", "Cooperation",
    },
    "law": {"duty", "Duty", "rates", "Rates"},
    "talks": {
        "Case", "negotiate", "Deals", "frontier", "nash_point", "kalai_smorodinsky_point", "egalitarian_point",
        "utilitarian_point",
    },
    "errors": {
        "TradetalksError", "WorldError", "UnknownCode", "PolicyError", "SolveError", "LawError", "CaseError",
        "OfferError", "SourceError", "OutputError",
    },
}  # fmt: skip
REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "python.md"


def test_the_public_names_are_the_documented_ones() -> None:
    assert set(tt.__all__) == set().union(*DOCUMENTED.values())
    assert list(tt.__all__) == sorted(tt.__all__)


@pytest.mark.parametrize("name", tt.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(tt, name).__doc__
    assert name in dir(tt)


def test_every_public_name_but_errors_is_in_the_python_reference() -> None:
    written = set(re.findall(r"^::: (?:\w+\.)*(\w+)$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
    assert written == set(tt.__all__) - DOCUMENTED["errors"]


def test_a_name_that_is_none_is_refused_as_usual() -> None:
    with pytest.raises(AttributeError, match="no attribute 'slove'"):
        tt.slove  # noqa: B018


def test_numpy_is_loaded_with_the_first_name_that_needs_it() -> None:
    lines = (
        "import sys, tradetalks",
        "assert 'numpy' not in sys.modules",
        "tradetalks.World",
        "assert 'numpy' in sys.modules",
    )
    subprocess.run([sys.executable, "-c", "; ".join(lines)], check=True, timeout=60)


def test_every_error_class_is_public() -> None:
    defined = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert defined == DOCUMENTED["errors"]
