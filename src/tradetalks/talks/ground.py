"""The ground that deals stand on: one state of the law, its equilibrium, and those of the offers that amend it.

Every offer is an equilibrium of the whole world, found with many others at once (`model.batch`). Sales that options
promise or divert are conditions on it: in each cell they touch, a wedge on the price that the importer's budget pays or
keeps moves sales by as much as was agreed, 0 ≤ −z ⊥ V − V̄ ≥ 0 where sales shall rise, 0 ≤ z ⊥ V̄ − V ≥ 0 where they
shall fall; so a promise that trade meets anyway costs nothing. A rate by formula moves with the trade under it. Wedges
and rates are found with the equilibrium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.errors import OfferError, SolveError
from tradetalks.model import solve
from tradetalks.model.batch import Batch
from tradetalks.model.departure import departure, differing
from tradetalks.talks.accounts import Books
from tradetalks.talks.table import NOTHING, Edit
from tradetalks.talks.wedges import Agreed, Wedges
from tradetalks.world.economies import name as economy_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.model import Solution
    from tradetalks.model.batch import Scored
    from tradetalks.model.closure import Deficits
    from tradetalks.model.departure import Departure
    from tradetalks.talks.instruments.formula import FormulaOffer
    from tradetalks.talks.table import Choice, Table
    from tradetalks.world import Policy, World

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

MET = 1e-6
"""Sales that an offer promises are met when they are this near to what was promised, relative."""

MOST_ROUNDS = 30
LOOSE = (1e-3, 1e-5, 1e-7)
"""Errors of the equilibrium that the first rounds leave, where prices must still move to what was agreed."""

STEP = 0.01
"""Wedge by which the response of sales is measured."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """One offer's equilibrium, reduced to what is asked of it."""

    unknowns: Floats
    """With the wedges behind: a start for a nearby offer."""
    welfare: Floats
    """Equivalent variation `[n]` against the world's base year, US$ bn a year."""
    accounts: Floats
    """`[party, account]`, US$ bn a year."""
    residual: float
    missed: float
    """Largest relative gap between promised and actual sales."""
    sweeps: int


class _Terms(NamedTuple):
    """What an offer changes, apart from wedges."""

    cells: Indices
    after: Floats
    """1 + tariff in `cells`."""
    costs: Floats
    received: Floats
    tariffs: Edit
    moved: Indices
    """Which of the table's `shifted` cells this offer moves."""
    wedged: Indices
    """Where those stand in `cells`."""
    target: Floats
    """Sales agreed there, US$ m a year."""
    rising: NDArray[np.bool_]
    formulas: tuple[tuple[int, FormulaOffer, Indices], ...]
    """Rates by formula: which of the table's, the formula, and where its goods stand in `cells`."""


class Ground:
    """Solves offers of one table; `names` are the accounts to read, `world` stands in for the table's.

    `like`, a ground of the same issues, lends how sales answer prices, which need be known only roughly. Raises
    `SolveError` where the law has no equilibrium.
    """

    def __init__(
        self,
        table: Table,
        names: Sequence[str],
        deficits: Deficits = "fixed",
        world: World | None = None,
        like: Ground | None = None,
    ) -> None:
        self.like = like
        self.table, self.names, self.deficits = table, tuple(names), deficits
        self.world = table.world if world is None else world
        self.law = table.reference_policy if world is None else table.reference_policy.on(world)
        """The policy that offers start from."""
        self.reference: Solution = solve(self.world, self.law, deficits=deficits)
        self._terms: dict[Choice, _Terms] = {}

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in ("batch", "_terms")} | {
            "_terms": {}
        }

    @cached_property
    def batch(self) -> Batch:
        """What solves many offers at once."""
        return Batch(self.law, deficits=self.deficits)

    @cached_property
    def books(self) -> Books:
        """What reads their accounts."""
        return Books(self.batch.c, self.table.case.parties, self.names)

    @cached_property
    def sales(self) -> Floats:
        """Sales under the law as it stands, in the cells that options move, US$ m a year."""
        return self.reference.flows.reshape(-1)[self.table.shifted]

    @cached_property
    def moving(self) -> tuple[int, ...]:
        """Issues of which some option changes the equilibrium, alone or by what it makes of others."""

        def moves(issue: int, k: int) -> bool:
            option = self.table.options[issue][k]
            choice = tuple(k if i == issue else 0 for i in range(len(self.table.shape)))
            return bool(option.parities or option.reviews) or self.table.moves_trade(choice)

        return tuple(i for i, count in enumerate(self.table.shape) if any(moves(i, k) for k in range(1, count)))

    @cached_property
    def _response(self) -> Floats:
        """∂ ln sales / ∂ z `[shifted, shifted]` at the law as it stands."""
        if self.like is not None:
            sector = np.unravel_index(self.table.shifted, self.world.tariffs.shape)[0]
            theta = ((1 + self.world.elasticities) / (1 + self.like.world.elasticities))[sector]
            return np.asarray(self.like._response * theta[:, None])
        cells, start = self.table.shifted, self.reference.unknowns
        received = self.law.received
        rates = 1 + self.law.tariffs.reshape(-1)[cells]
        own = [differing(self.batch.c, cells, rates * np.exp(STEP * row), 1.0, received) for row in np.eye(len(cells))]

        def policy(k: int) -> Policy:
            dearer = self.law.tariffs.copy()
            dearer.reshape(-1)[cells[k]] = rates[k] * np.exp(STEP) - 1
            return replace(self.law, tariffs=dearer)

        found = self.batch.solve(own, lambda k: start, policy)
        u, demand, _ = self.books.markets(np.array([one.unknowns for one in found]))
        moved = self.books.sales(cells, own, u, demand)
        return np.asarray(np.log(moved / self.sales).T / STEP)

    def solved(self, choices: Sequence[Choice], starts: Floats | None = None, *, polish: int = 0) -> list[Outcome]:
        """The equilibria of some offers. `starts` `[offer, unknown + shifted]` predicts them.

        Raises `SolveError` that names the offer without one, `OfferError` for one that moves more sales than there are.
        """
        if not choices:
            return []
        size, count = self.batch.c.base.size, self.answers
        at = np.repeat(self.reference.unknowns[None], len(choices), 0) if starts is None else starts[:, :size].copy()
        terms = [self._terms_of(choice) for choice in choices]
        wedges = np.zeros((len(choices), count)) if starts is None else starts[:, size:].copy()
        for row, asked in zip(wedges, terms, strict=True):
            row[asked.moved] = np.where(row[asked.moved], row[asked.moved], self._guess(asked))
            _signed(row, asked)
        sweeps = np.zeros(len(choices), dtype=int)
        done = self._together(choices, terms, wedges, at, polish, sweeps)
        exact = self.batch.tolerance
        for turn in range(MOST_ROUNDS):
            left = [k for k in range(len(choices)) if k not in done]
            if not left:
                break
            departures = [self._departure(terms[k], wedges[k]) for k in left]
            loose = LOOSE[turn] if turn < len(LOOSE) else exact
            tolerances = np.array([loose if terms[k].moved.size or terms[k].formulas else exact for k in left])
            found = self._marched(choices, left, departures, wedges, at, polish if loose == exact else 0, tolerances)
            at[left] = [one.unknowns for one in found]
            markets = self.books.markets(at[left])
            arrived = []
            gaps = self._gaps(departures, [terms[k] for k in left], markets) if len(self.table.shifted) else None
            for row, (k, one) in enumerate(zip(left, found, strict=True)):
                sweeps[k] += one.sweeps
                held = wedges[k].copy()
                missed = 0.0 if gaps is None else self._stepped(terms[k], wedges[k], gaps[row])
                missed = max(missed, self._asked(terms[k], wedges[k], departures[row], [m[row] for m in markets]))
                if missed <= MET:
                    wedges[k] = held
                if missed <= MET and tolerances[row] == exact:
                    arrived.append((row, k, one, missed))
            self._keep(done, arrived, departures, terms, wedges, markets, sweeps)
        if len(done) < len(choices):
            stuck = next(k for k in range(len(choices)) if k not in done)
            raise SolveError(
                f"offer ({self.described(choices[stuck])}): the sales it promises cannot be met: after {MOST_ROUNDS} "
                "rounds of prices they are still out of reach. Promise or divert less."
            )
        return [done[k] for k in range(len(choices))]

    @property
    def answers(self) -> int:
        """What is found with the equilibrium: a wedge a cell of `shifted`, then the move of each formula's rate."""
        return len(self.table.shifted) + len(self.table.formulas)

    def described(self, choice: Choice) -> str:
        """An offer in words."""
        return ", ".join(f"{issue}: {option}" for issue, option in self.table.labels(choice).items())

    def state(self, policy: Policy, start: Floats | None = None) -> Outcome:
        """The equilibrium of any policy, such as another state of the law, with its accounts."""
        own = self.batch.departure(policy, {})
        start = self.reference.unknowns if start is None else start
        found = self.batch.solve([own], lambda k: start, lambda k: policy)
        policy = policy if policy.world is self.world else policy.on(self.world)
        own = own or departure(self.batch.c, self.batch.reference, policy.on(self.batch.world), {})
        cells = np.flatnonzero(policy.tariffs != self.law.tariffs)
        edit = Edit(cells, policy.tariffs.reshape(-1)[cells])
        markets = self.books.markets(found[0].unknowns[None])
        accounts = self.books.read([found[0].welfare], [own], [edit], self.law.tariffs, markets)[0]
        return Outcome(found[0].unknowns, found[0].welfare, accounts, found[0].residual, 0.0, found[0].sweeps)

    # ---- one offer ---------------------------------------------------------------------------------------------------

    def _terms_of(self, choice: Choice) -> _Terms:
        if choice not in self._terms:
            table = self.table
            tariffs, costs = table.tariffs(choice), table.trade_costs(choice)
            shifts = table.shifts(choice) if table.shifted.size else NOTHING.values
            moved = np.flatnonzero(shifts)
            formulas = [(k, one, np.flatnonzero(one.cells(table.world))) for k, one in table.formulas_of(choice)]
            levied = [cells for _, _, cells in formulas]
            cells = np.unique(np.concatenate((tariffs.cells, costs.cells, table.shifted[moved], *levied)))
            after = 1 + self.law.tariffs.reshape(-1)[cells]
            after[np.searchsorted(cells, tariffs.cells)] = 1 + tariffs.values
            factors = np.ones(len(cells))
            factors[np.searchsorted(cells, costs.cells)] = costs.values
            target = (self.sales[moved] if moved.size else NOTHING.values) + shifts[moved]
            if moved.size and target.min() <= 0:
                self._refuse_shift(choice, int(moved[target.argmin()]), float(shifts[moved[target.argmin()]]))
            self._terms[choice] = _Terms(
                cells, after, factors, table.received(choice), tariffs, moved,
                np.searchsorted(cells, table.shifted[moved]), target, shifts[moved] > 0,
                tuple((k, one, np.searchsorted(cells, own)) for k, one, own in formulas),
            )  # fmt: skip
        return self._terms[choice]

    def _refuse_shift(self, choice: Choice, at: int, moved: float) -> None:
        world = self.world
        j, n, i = np.unravel_index(self.table.shifted[at], world.tariffs.shape)
        who = f"{economy_name(world.economies[i])} sells {economy_name(world.economies[n])}"
        raise OfferError(
            f"offer ({self.described(choice)}): takes US$ {-moved / 1000:.3g} bn from what {who} of "
            f"{world.sectors[j]}, which is US$ {self.sales[at] / 1000:.3g} bn a year; divert less, or from others too"
        )

    def _guess(self, one: _Terms) -> Floats:
        if not one.moved.size:
            return NOTHING.values
        response = self._response[np.ix_(one.moved, one.moved)]
        return np.asarray(np.linalg.solve(response, np.log(one.target / self.sales[one.moved])))

    def _after(self, one: _Terms, wedges: Floats, *, conceded: bool = True) -> Floats:
        """1 + tariff in the cells of an offer; with what the importer pays or keeps to move sales, or without."""
        after = one.after
        if one.formulas or (conceded and one.moved.size):
            after = after.copy()
            for k, _, at in one.formulas:
                after[at] += wedges[len(self.table.shifted) + k]
            if conceded:
                after[one.wedged] *= np.exp(wedges[one.moved])
        return after

    def _departure(self, one: _Terms, wedges: Floats) -> Departure:
        return differing(self.batch.c, one.cells, self._after(one, wedges), one.costs, one.received)

    def _levied(self, one: _Terms, wedges: Floats) -> Edit:
        """The tariffs that an offer changes, by law."""
        if not one.formulas:
            return one.tariffs
        return Edit(one.cells, self._after(one, wedges, conceded=False) - 1)

    def policy(self, choice: Choice, wedges: Floats | None = None) -> Policy:
        """The policy of an offer; with its wedges (see `answers`) as parts of the tariffs."""
        policy = self.table.policy(choice)
        policy = policy if policy.world is self.world else policy.on(self.world)
        if wedges is None:
            return policy
        one, rates = self._terms_of(choice), policy.tariffs.copy()
        rates.reshape(-1)[one.cells] = self._after(one, wedges) - 1
        return replace(policy, tariffs=rates)

    # ---- many of them ------------------------------------------------------------------------------------------------

    def _marched(
        self, choices: Sequence[Choice], left: list[int], departures: list[Departure], wedges: Floats, at: Floats,
        polish: int, tolerances: Floats,
    ) -> list[Scored]:  # fmt: skip
        def policy(k: int) -> Policy:
            return self.policy(choices[left[k]], wedges[left[k]] if self.answers else None)

        try:
            return self.batch.solve(departures, lambda k: at[left[k]], policy, polish=polish, tolerances=tolerances)
        except SolveError:
            for k, row in enumerate(left):
                try:
                    solve(self.world, policy(k), deficits=self.deficits, start=at[row])
                except SolveError as error:
                    raise SolveError(f"offer ({self.described(choices[row])}): {error}") from error
            raise

    def _gaps(
        self, departures: list[Departure], terms: list[_Terms], markets: tuple[Floats, Floats, Floats]
    ) -> list[Floats]:
        """How far sales are from what was agreed, in logs, in the cells that each offer moves."""
        sales = self.books.sales(self.table.shifted, departures, *markets[:2])
        return [np.log(row[one.moved] / one.target) for row, one in zip(sales, terms, strict=True)]

    def _stepped(self, one: _Terms, wedges: Floats, gap: Floats) -> float:
        """Moves the wedges of an offer towards what was agreed; returns how far from it sales are."""
        if not one.moved.size:
            return 0.0
        held = wedges[one.moved]
        idle = (held == 0) & np.where(one.rising, gap >= 0, gap <= 0)
        missed = float(np.abs(np.where(idle, 0.0, gap)).max())
        if missed > MET:
            live = np.flatnonzero(~idle)
            response = self._response[np.ix_(one.moved[live], one.moved[live])]
            wedges[one.moved[live]] -= np.linalg.solve(response, gap[live])
            _signed(wedges, one)
        return missed

    def _together(
        self, choices: Sequence[Choice], terms: list[_Terms], wedges: Floats, at: Floats, polish: int,
        sweeps: NDArray[np.intp],
    ) -> dict[int, Outcome]:  # fmt: skip
        """Offers whose prices find what was agreed while they march; those without, and those that do not arrive, are
        left out. A rate by formula is found afterwards.
        """
        own = [k for k, one in enumerate(terms) if one.moved.size and not one.formulas]
        if not own or not self.batch.marches:
            return {}
        agreed = [Agreed(terms[k].moved, terms[k].target, terms[k].rising) for k in own]
        count = len(self.table.shifted)
        conditions = Wedges(self.table.shifted, self._response, agreed, wedges[own, :count], MET)
        plain = [self._departure(terms[k], np.zeros(self.answers)) for k in own]
        found = self.batch.meeting(conditions, plain, lambda row: at[own[row]], polish=polish)
        arrived: list[tuple[int, int, Scored, float]] = []
        for row, one in sorted(found.items()):
            k = own[row]
            wedges[k, :count], missed = conditions.found[row]
            at[k], sweeps[k] = one.unknowns, one.sweeps
            arrived.append((len(arrived), k, one, missed))
        done: dict[int, Outcome] = {}
        if arrived:
            departures = [self._departure(terms[k], wedges[k]) for _, k, *_ in arrived]
            markets = self.books.markets(np.array([one.unknowns for _, _, one, _ in arrived]))
            self._keep(done, arrived, departures, terms, wedges, markets, sweeps)
        return done

    def _asked(self, one: _Terms, wedges: Floats, departure: Departure, markets: list[Floats]) -> float:
        """Moves the rates by formula to what trade asks for; returns how far they were from it.

        What is found is x, by how much the rate moves from that at today's trade. With f(x) the rate asked for, it is
        Newton's step on x − f(x); how trade answers a rate is its own elasticity.
        """
        missed, world = 0.0, self.batch.world
        u, demand = markets[0][None], markets[1][None]
        for k, formula, at in one.formulas:
            j, _, i = np.unravel_index(one.cells[at], world.tariffs.shape)
            theta, slot = world.elasticities[j], len(self.table.shifted) + k
            sold = self.books.sales(one.cells[at], [departure], u, demand)[0]
            shipped = sold * markets[0][j, i] ** (1 / theta)
            before, step = world.flows.reshape(-1)[one.cells[at]].sum(), 1e-6
            less = shipped * np.exp(-theta * step / (one.after[at] + wedges[slot]))
            asked, nearby = (
                formula.share * (formula.average(float(grown.sum() / before)) - formula.average())
                for grown in (shipped, less)
            )
            gap, slope = float(wedges[slot]) - asked, (nearby - asked) / step
            missed = max(missed, abs(gap))
            wedges[slot] -= gap / (1 - slope)
        return missed

    def _keep(
        self, done: dict[int, Outcome], arrived: list[tuple[int, int, Scored, float]], departures: list[Departure],
        terms: list[_Terms], wedges: Floats, markets: tuple[Floats, Floats, Floats], sweeps: NDArray[np.intp],
    ) -> None:  # fmt: skip
        if not arrived:
            return
        rows = [row for row, *_ in arrived]
        accounts = self.books.read(
            [one.welfare for _, _, one, _ in arrived],
            [departures[row] for row in rows],
            [self._levied(terms[k], wedges[k]) for _, k, *_ in arrived],
            self.law.tariffs,
            (markets[0][rows], markets[1][rows], markets[2][rows]),
        )
        for (_, k, one, missed), account in zip(arrived, accounts, strict=True):
            unknowns = np.concatenate((one.unknowns, wedges[k]))
            done[k] = Outcome(unknowns, one.welfare, account, one.residual, missed, int(sweeps[k]))


def _signed(wedges: Floats, one: _Terms) -> None:
    """Sales that shall rise are never made dearer, those that shall fall never cheaper."""
    held = wedges[one.moved]
    wedges[one.moved] = np.where(one.rising, np.minimum(held, 0), np.maximum(held, 0))
