"""Scenarios that tests share: names that files find hard, payoffs of every size, and what counts as the same."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tradetalks.errors import CaseError
from tradetalks.talks.scenarios.additive import Additive
from tradetalks.talks.scenarios.scenario import Scenario, fit_name, from_payoffs

ODD = ["no", "on", "null", "~", "true", "1e3", "1_000", "0x1f", ".inf", "-", "- a", "? a", "a: b", "a #b", "'", '"',
       "%", "50 %", "a&b", "<c>", "]]>", "{d}", "[e]", "*f", "&g", "!h", "@i", "米", "é", "a\\n", "--", "2025-04-16",
       "1:30", "as is", "a/b", "..", "None", "𝔘", "name", "values", "mapping", "a\u00a0b", "0.0"]  # fmt: skip


def fits(text: str) -> bool:
    """Whether a file of every kind can hold the name."""
    try:
        return bool(fit_name(text, "x")) and text != "type" and not text.startswith("_")
    except CaseError:
        return False


names = st.sampled_from(ODD) | st.text(min_size=1, max_size=12).map(str.strip).filter(fits)
numbers = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1e-300, 5e-324, -1e60, 1e60, 1.0, -1.0])


@st.composite
def scenarios(draw: st.DrawFn, additive: bool | None = None) -> Scenario:
    """Scenarios with tables, with additive payoffs, or (by default) with either for each party."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    labels = draw(st.lists(names, min_size=len(shape), max_size=len(shape), unique=True))
    options = [tuple(draw(st.lists(names, min_size=n, max_size=n, unique=True))) for n in shape]
    issues = dict(zip(labels, options, strict=True))
    parties = tuple(draw(st.lists(names, min_size=1, max_size=3, unique=True)))
    payoffs: list[Additive | np.ndarray] = []
    for _ in parties:
        if draw(st.booleans()) if additive is None else additive:
            payoffs.append(Additive(draw(numbers), [column(draw, n) for n in shape]))
        else:
            payoffs.append(column(draw, int(np.prod(shape))))
    reservation = np.array([draw(numbers | st.just(-np.inf)) for _ in parties])
    return Scenario(draw(names), issues, parties, reservation, tuple(payoffs))


def column(draw: st.DrawFn, length: int) -> np.ndarray:
    return np.array(draw(st.lists(numbers, min_size=length, max_size=length)))


def random(shape: tuple[int, ...], parties: int = 2, seed: int = 0) -> Scenario:
    """A scenario with plain names and payoffs that do not add up."""
    draw = np.random.default_rng(seed)
    issues = {f"issue {i}": [f"option {k}" for k in range(n)] for i, n in enumerate(shape)}
    payoffs = draw.normal(3, 10, (int(np.prod(shape)), parties))
    return from_payoffs("random", issues, [f"P{k}" for k in range(parties)], payoffs, draw.normal(-5, 2, parties))


def size(payoffs: Additive | np.ndarray) -> float:
    """The largest number behind the payoffs."""
    if isinstance(payoffs, Additive):
        return abs(payoffs.constant) + sum(float(np.abs(v).max()) for v in payoffs.values)
    return float(np.abs(payoffs).max())


def apart(one: Scenario, other: Scenario) -> np.ndarray:
    """How far the payoffs of two scenarios are apart at most `[party]`."""
    return np.abs(one.payoff_table() - other.payoff_table()).max(axis=0)


def assert_same(one: Scenario, other: Scenario, reservation: float = 1e-12) -> None:
    """The same names in the same order, and payoffs equal to 1e-12 of the largest number behind them."""
    assert (one.name, one.parties, one.unit) == (other.name, other.parties, other.unit)
    assert list(one.issues.items()) == list(other.issues.items())
    sizes = np.array([size(p) for p in one.payoffs])
    assert (apart(one, other) <= 1e-12 * sizes).all()
    for a, b, within in zip(one.reservation, other.reservation, sizes, strict=True):
        assert a == b or abs(a - b) <= reservation * max(within, abs(a))
