"""Worths: what each option on the table is worth to each side, alone, with a range and by what method it was found.

One unit for unlike things: a government's payoff, US$ bn a year, against the law as it stands. The range covers other
elasticity sets and the range of what the ledger adds; what had to be asked for is marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.talks.estimate import Estimate
from tradetalks.talks.ground import Ground
from tradetalks.talks.workers import side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.table import Choice
    from tradetalks.talks.valuation import Valuation

    Floats = NDArray[np.float64]


class OptionWorth(NamedTuple):
    """One option with all else as it stands."""

    issue: str
    option: str
    payoffs: Mapping[str, Estimate]
    """By party: welfare, weighted accounts and the ledger's entries, US$ bn a year."""
    welfare: Mapping[str, float]
    """By party: what trade is worth to its people, US$ bn a year."""
    methods: tuple[str, ...]
    """How the figures were found; `equilibrium` first where trade moves."""
    basis: str | None
    elicited: bool
    """Whether a figure behind it was asked for or assumed, not measured."""


def option_worths(valuation: Valuation) -> list[OptionWorth]:
    """Every option but the first of each issue. Raises `SolveError` where one has no equilibrium."""
    case, table = valuation.case, valuation.table
    as_is = table.as_is
    singles = [(i, k) for i, count in enumerate(table.shape) for k in range(1, count)]
    choices = [tuple(k if at == i else 0 for at in range(len(as_is))) for i, k in singles]
    offers = np.array(choices)
    solved = valuation.solved(choices)
    accounts = valuation.accounts(offers, solved)
    payoffs = valuation.ends(accounts)  # [end, offer, party]
    spread = _spread(valuation, choices)
    economies = [valuation.world.economy(party) for party in case.parties]
    welfare = valuation.welfare(solved)[:, economies]
    found = []
    for row, (i, k) in enumerate(singles):
        name, option = list(case.issues)[i], table.options[i][k]
        entries = valuation.ledger.entries[i][k]
        methods = [*(["equilibrium"] if table.moves_trade(choices[row]) else []), *(entry.method for entry in entries)]
        crossed = [
            line
            for government in valuation.ledger.governments.values()
            for line in government.red_lines
            if option.option in line.crossed_by.get(name, ())
        ]
        methods += ["statement"] if crossed else []
        estimates = {}
        for at, party in enumerate(case.parties):
            point, low, high = (float(end) for end in payoffs[:, row, at])
            down, up = spread[row, at]
            estimates[party] = Estimate(point, low + float(down), high + float(up))
        asked = option.basis in ("elicited", "assumption") or any(
            getattr(one, "basis", None) in ("elicited", "assumption") for one in (*option.instruments, *crossed)
        )
        found.append(
            OptionWorth(
                name,
                option.option,
                estimates,
                dict(zip(case.parties, map(float, welfare[row]), strict=True)),
                tuple(dict.fromkeys(methods)),
                option.basis,
                asked,
            )
        )
    return found


def _spread(valuation: Valuation, choices: list[Choice]) -> Floats:
    """How far other elasticity sets move each payoff down and up `[offer, party, 2]`, on the first ground."""
    scorer = next(iter(valuation.scorers.values()))
    ground, world = scorer.ground, valuation.world
    moving = [scorer.reduced(choice) for choice in choices]
    unique = [choice for choice in dict.fromkeys(moving) if any(choice)]
    shape = (len(choices), len(valuation.case.parties))
    if not unique:
        return np.zeros((*shape, 2))

    def worth(at: Ground, starts: Floats) -> Floats:
        found = at.solved([at.table.as_is, *unique], starts)
        accounts = np.array([one.accounts for one in found])
        values = valuation.payoffs(accounts[1:] - accounts[0])
        rows = {choice: value for choice, value in zip(unique, values, strict=True)}
        return np.array([rows.get(choice, np.zeros(shape[1])) for choice in moving])

    effects = scorer.effects([ground.table.as_is, *unique])
    base = np.concatenate((ground.reference.unknowns, np.zeros(ground.answers)))
    point = worth(ground, base + effects)

    def moved(name: str) -> Floats:
        other = Ground(ground.table, ground.names, valuation.deficits, world.with_elasticities(name), ground)
        start = np.concatenate((other.reference.unknowns, np.zeros(other.answers)))
        return worth(other, start + effects) - point

    sets = [name for name in world.elasticity_sets if not world.elasticity_source.startswith(f"{name}:")]
    others = side_by_side(moved, sets, valuation.workers)
    moves = np.array([np.zeros(shape), *others])
    return np.stack((moves.min(0), moves.max(0)), axis=-1)
