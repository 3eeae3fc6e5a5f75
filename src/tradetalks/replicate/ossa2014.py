"""Ossa (2014), "Trade Wars and Trade Talks with Data", American Economic Review 104(12).

7 economies × 33 industries in 2007, deficits removed first. Monopolistic competition with a fixed number of firms: a
part 1/σ of sales is profit, labour is the only factor, there are no inputs. The model is the engine's with
`Closure(deficits="closed", profits="markups")` on a world without input–output links, θ = σ − 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.model import Solution
from tradetalks.replicate.ossa2014_game import DEEPEST, MFN, Game, balanced, weighted_income
from tradetalks.replicate.ossa2014_inputs import CITATION, ECONOMIES, N, read
from tradetalks.replicate.table import Replication, Row

if TYPE_CHECKING:
    from tradetalks.model.optimum import Peak
    from tradetalks.world.accounts import Floats, World

Columns = Mapping[str, "Floats"]
Published = Mapping[str, Sequence[float]]

NAMES = (*ECONOMIES, "Mean")

# per cent, without lobbying, in the order of `NAMES`
TABLE_3A: Published = {
    "median tariff": (56.1, 59.3, 61.3, 54.0, 59.6, 61.5, 60.3, 58.9),
    "welfare, own": (1.1, 1.8, 1.9, 1.7, 4.0, 2.9, 2.3, 2.2),
    "welfare, others": (-0.1, -0.6, -1.0, -0.1, -0.3, -1.7, -0.9, -0.7),
}
TABLE_4A: Published = {
    "median tariff": (56.4, 58.6, 59.1, 54.5, 58.5, 59.7, 59.6, 58.1),
    "welfare": (-1.9, -2.2, -2.6, -2.2, -0.8, -5.0, -2.2, -2.4),
}


def median_tariffs(tariffs: Floats) -> Floats:
    """Median rate of each importer over partners × industries `[n]`, not weighted."""
    return np.array([np.median(tariffs[:, n, np.arange(N) != n]) for n in range(N)])


def changes(solution: Solution, weights: Floats | None = None, since: Solution | None = None) -> dict[str, Floats]:
    """What the paper reports of an equilibrium, each as a change since another (by default the factual one), `[n]`.

    - ``welfare``: real income, Ŵ − 1; with lobbying `weights` also ``government``, Ĝ − 1
    - ``wage``: normalised as in the paper so that the simple mean is zero
    - ``profits``: Π̂/ŵ − 1. Prices of producers move with wages, so this is the change due to industries' output
    """
    now = _hats(solution, weights)
    then = {what: np.ones(N) for what in now} if since is None else _hats(since, weights)
    found = {what: now[what] / then[what] - 1 for what in now}
    found["wage"] = found["wage"] - found["wage"].mean()
    return found


def _hats(solution: Solution, weights: Floats | None) -> dict[str, Floats]:
    world = solution.world
    found = {"welfare": 1 + solution.real_income.array}
    if weights is not None:
        before = weighted_income(world, weights, world.output, world.tariff_revenue)
        after = weighted_income(world, weights, solution.output, 1000 * solution.tariff_revenue.array)
        found["government"] = after / before / solution.consumer_price_hat
    share = 1 / (1 + world.elasticities[:, None])
    earned = (share * solution.output).sum(0) / (share * world.output).sum(0)
    return {**found, "wage": solution.wage_hat, "profits": earned / solution.wage_hat}


# ---- tables -------------------------------------------------------------------------------------------------------


def replicate(folder: Path) -> Replication:
    """Tables 3 to 7 and the abstract: optimal, Nash and cooperative tariffs, without lobbying and with.

    Raises `SourceError` for inputs that are missing or not as they should be, `SolveError` when a search fails.
    """
    inputs = read(folder)
    world = balanced(inputs.world)
    plain, lobbied = Game(world), Game(world, inputs.weights)
    solved: list[Solution] = []
    rows: list[Row] = []

    def add(table: str, case: str, columns: Columns, published: Published | None = None) -> None:
        rows.extend(_rows(table, case, columns, published or {}))

    # one government alone
    ours, _ = _optima(plain)
    stored = [plain.at(_alone(world.tariffs, inputs.optimal, n)) for n in range(N)]
    favoured, local = _optima(lobbied)
    solved += [*ours, *stored, *favoured]
    add("Table 3a", "optimal tariffs", _unilateral(ours, None), TABLE_3A)
    add("Table 3a", "optimal tariffs, the author's", _only(_unilateral(stored, None), TABLE_3A), TABLE_3A)
    add("Table 3b", "optimal tariffs with lobbying", _unilateral(favoured, inputs.weights))

    # all against all
    nash, theirs, lobbied_nash = plain.nash(_own(ours)), plain.at(inputs.nash), lobbied.nash(_own(favoured))
    solved += [nash, theirs, lobbied_nash]
    alone = {at: {ALONE: np.array([game.gain_alone(n, at) for n in range(N)])}
             for game, at in ((plain, nash), (plain, theirs), (lobbied, lobbied_nash))}  # fmt: skip
    add("Table 4a", "Nash tariffs", _joint(nash, None) | alone[nash], TABLE_4A)
    add("Table 4a", "Nash tariffs, the author's", _only(_joint(theirs, None), TABLE_4A) | alone[theirs], TABLE_4A)
    add("Table 4b", "Nash tariffs with lobbying", _joint(lobbied_nash, inputs.weights) | alone[lobbied_nash])

    # all together
    factual, free = plain.at(world.tariffs), plain.at(0 * world.tariffs)
    for table, start, since, since_lobbied in (
        ("Table 5", "Nash tariffs", nash, lobbied_nash), ("Table 6", "factual tariffs", factual, factual),
        ("Table 7", "zero tariffs", free, free),
    ):  # fmt: skip
        for how, lowest in (("", 0.0), (", subsidies allowed", DEEPEST)):
            agreed = plain.talks(since.policy, lowest).solution
            solved.append(agreed)
            add(table, f"talks from {start}{how}", _joint(agreed, None, since))
        agreed = lobbied.talks(since_lobbied.policy).solution
        solved.append(agreed)
        add(table, f"talks from {start} with lobbying", _joint(agreed, inputs.weights, since_lobbied))

    # one rate for all partners
    for weights, lobbying in ((None, ""), (inputs.weights, " with lobbying")):
        game = Game(world, weights, MFN)
        best, _ = _optima(game)
        war = game.nash(_own(best))
        solved += [*best, war]
        for what, columns in (("optimal", _unilateral(best, weights)), ("Nash", _joint(war, weights))):
            kept = [column for column in columns if not column.startswith(("wage", "profits"))]
            add("MFN", f"{what} MFN tariffs{lobbying}", _only(columns, kept))

    notes = (*NOTES, _several(local, world))
    rows += _abstract(rows)
    return Replication("ossa2014", CITATION, tuple(rows), notes, max(at.residual for at in solved))


ALONE = "gain from departing alone"
NOTES = (
    "Medians are of single rates, not weighted, and rates on small flows hardly move welfare. The author's best "
    "responses stop when rates change by less than 0.01 on average: at his Nash tariffs no government would gain more "
    "than 0.0001 % of its payoff by departing, yet single rates differ from ours by up to 0.04. At his tariffs the "
    "model gives all his medians and welfare changes.",
    "Lobbying weights are the author's, as given. Numbers with lobbying and of cooperation are compared only with the "
    "means in the abstract; the tables behind them were not at hand.",
    "With lobbying an industry of high weight may be closed off or not, so that there are several local optima. "
    "Searches start from several and the best is taken; that no better one exists is not proved.",
    "Cooperative tariffs maximise the gain that all can have alike over the Nash (Table 5), factual (6) and zero (7) "
    "tariffs. Where subsidies are allowed no rate comes near their bound of -95 %.",
    "Profits are in units of own wages, Π̂/ŵ − 1: the change due to industries' output. Wages have mean zero.",
)


def _abstract(rows: Sequence[Row]) -> list[Row]:
    """The four numbers of the abstract, means over economies with lobbying, from the rows of the tables."""

    def mean(case: str, column: str) -> float:
        return next(row.ours for row in rows if (row.case, row.row, row.column) == (case, "Mean", column))

    return [
        Row("Abstract", case, "Mean", column, theirs, mean(case, column), decimals)
        for case, column, theirs, decimals in (
            ("optimal tariffs with lobbying", "median tariff", 62.0, 0),
            ("Nash tariffs with lobbying", "median tariff", 63.0, 0),
            ("Nash tariffs with lobbying", "government", -2.9, 1),
            ("talks from factual tariffs with lobbying", "government", 0.5, 1),
        )
    ]


def _optima(game: Game) -> tuple[list[Solution], list[tuple[Peak, ...]]]:
    """What happens when each government alone sets its best tariffs, and the local optima behind that."""
    found = [game.optima(n) for n in range(N)]
    return [peaks[0].solution for peaks in found], found


def _own(solutions: Sequence[Solution]) -> Floats:
    """The tariffs `[j, n, i]` in which government n levies those of solution n."""
    return np.stack([solution.policy.tariffs[:, n] for n, solution in enumerate(solutions)], axis=1)


def _several(optima: Sequence[tuple[Peak, ...]], world: World) -> str:
    """Which governments were found to have several local optima."""
    gains = [
        f"{name} {', '.join(f'{100_000 * peak.value / income:.2f}' for peak in found)}"
        for name, found, income in zip(ECONOMIES, optima, world.income, strict=True)
        if len(found) > 1
    ]
    return f"Local optima of Table 3b, gain of the government in per cent: {'; '.join(gains) or 'one for each'}."


def _alone(tariffs: Floats, chosen: Floats, n: int) -> Floats:
    """`tariffs` `[j, n, i]` with those of importer n as `chosen`."""
    rates = np.array(tariffs)
    rates[:, n] = chosen[:, n]
    return rates


def _unilateral(solutions: Sequence[Solution], weights: Floats | None) -> dict[str, Floats]:
    """Columns of Table 3: solution n is what happens when n alone changes its tariffs."""
    own: dict[str, list[float]] = {}
    for n, solution in enumerate(solutions):
        own.setdefault("median tariff", []).append(median_tariffs(solution.policy.tariffs)[n])
        for what, change in changes(solution, weights).items():
            own.setdefault(f"{what}, own", []).append(change[n])
            own.setdefault(f"{what}, others", []).append(float(np.delete(change, n).mean()))
    return {column: np.array(values) for column, values in own.items()}


def _joint(solution: Solution, weights: Floats | None, since: Solution | None = None) -> dict[str, Floats]:
    """Columns of Tables 4 to 7: everyone changes its tariffs."""
    return {"median tariff": median_tariffs(solution.policy.tariffs), **changes(solution, weights, since)}


def _only(columns: Columns, kept: Iterable[str]) -> dict[str, Floats]:
    return {column: columns[column] for column in kept}


def _rows(table: str, case: str, columns: Columns, published: Published) -> list[Row]:
    """Rows in per cent, economies one by one and their simple mean."""
    found = []
    for k, name in enumerate(NAMES):
        for column, values in columns.items():
            theirs = published[column][k] if column in published else None
            ours = 100 * float(values[k] if k < N else values.mean())
            found.append(Row(table, case, name, column, theirs, ours, 2 if theirs is None else 1))
    return found
