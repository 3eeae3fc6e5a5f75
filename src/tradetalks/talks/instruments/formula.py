"""Formula offers: a duty that falls with what a maker builds in the importing country, as Japan proposed in June 2025.

The rate follows from each maker's local share of output, the shares from its exports, and exports from the rate: a
fixed point with the equilibrium.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from tradetalks.errors import SolveError
from tradetalks.model import solve
from tradetalks.records.fields import Names, Number, Rate, Record, Share, Text, fault
from tradetalks.talks.figure import Stated
from tradetalks.talks.instruments import flows
from tradetalks.world import Policy, World

if TYPE_CHECKING:
    from tradetalks.model import Solution
    from tradetalks.model.closure import Closure, Deficits

Floats = NDArray[np.float64]

CONSISTENT = 1e-10
"""Largest difference between the rate levied and the rate that the trade under it asks for."""


class Step(Record):
    """A local share and the rate at it."""

    share: Share
    rate: Rate


class FallingRate(Record):
    """A rate that falls as the local share of output rises: straight down from `start`, or along a `schedule`.

    >>> rate = FallingRate(start="25%", per_point="0.3%", floor="2.5%")
    >>> rate.at(np.array([0.0, 0.5, 0.9])).round(3)
    array([0.25 , 0.1  , 0.025])
    >>> round(rate.below(0.10), 3)
    0.5
    """

    start: Rate | None = None
    """Total rate, normal duty included, of a maker who builds nothing there."""
    per_point: Rate | None = None
    """How much it falls for each percentage point of local share."""
    schedule: Annotated[tuple[Step, ...], Field(min_length=2)] | None = None
    """Rates at given shares, straight lines between them."""
    floor: Rate = 0.0
    """It never falls below this."""

    @model_validator(mode="after")
    def _falls(self) -> FallingRate:
        if self.schedule is None:
            if self.start is None or self.per_point is None:
                raise fault("give `start` and `per_point` (the fall for each point of local share), or a `schedule`")
            if self.per_point <= 0:
                raise fault(f"{self.per_point:.4g} does not fall; write a fall above 0%, such as 0.3%", "per_point")
        else:
            if self.start is not None or self.per_point is not None:
                raise fault("stands beside `start` and `per_point`; give one or the other", "schedule")
            for one, other in pairwise(self.schedule):
                if not (one.share < other.share and one.rate >= other.rate):
                    raise fault(
                        f"goes from {one.rate:.4g} at share {one.share:g} to {other.rate:.4g} at {other.share:g}; "
                        "shares rise from step to step and rates do not",
                        "schedule",
                    )
        top = self.knots[1][0]
        if self.floor > top:
            raise fault(f"{self.floor:.4g} is above the highest rate, {top:.4g}", "floor")
        return self

    @property
    def knots(self) -> tuple[Floats, Floats]:
        """Shares and rates that straight lines join, before the floor."""
        if self.schedule is not None:
            return np.array([s.share for s in self.schedule]), np.array([s.rate for s in self.schedule])
        start, fall = self.start or 0.0, 100 * (self.per_point or 0.0)
        return np.array([0.0, 1.0]), np.array([start, start - fall])

    def at(self, share: Floats) -> Floats:
        """The rate at each local share."""
        return np.asarray(np.maximum(self.floor, np.interp(share, *self.knots)))

    def below(self, flat: float) -> float | None:
        """The local share from which on (above which) the rate is below a flat one; none where it never is."""
        shares, rates = self.knots
        if self.floor >= flat or rates[-1] >= flat:
            return None
        last = int(np.flatnonzero(rates >= flat).max(initial=-1))
        if last < 0:
            return 0.0
        down = (rates[last] - flat) / (rates[last] - rates[last + 1])
        return float(shares[last] + down * (shares[last + 1] - shares[last]))


class Maker(Record):
    """A maker or a class of makers: what it ships to the importer, and what it builds there, in the same units."""

    maker: Text
    exports: Number
    output: Number

    @model_validator(mode="after")
    def _makes_something(self) -> Maker:
        for field, value in (("exports", self.exports), ("output", self.output)):
            if value < 0:
                raise fault(f"{value:g} is below zero; write units a year", field)
        if self.exports + self.output <= 0:
            raise fault("ships nothing and builds nothing; leave it out", "exports")
        return self

    def local_share(self, flow_ratio: float) -> float:
        """Part of what it sells there that it builds there, when its exports are `flow_ratio` times those stated."""
        return self.output / (self.output + flow_ratio * self.exports) if self.output else 0.0


class Paid(NamedTuple):
    """What a maker pays."""

    maker: str
    local_share: float
    rate: float
    below: bool
    """Whether that is less than under the flat rate."""


class Threshold(NamedTuple):
    """Who pays less than a flat rate, and from which local share on one does."""

    flat: float
    share: float | None
    rows: tuple[Paid, ...]


class Gain(NamedTuple):
    """A maker under the formula and under a flat rate, each in its own equilibrium; US$ bn a year."""

    maker: str
    local_share: float
    rate: float
    sales: float
    duty: float
    flat_rate: float
    flat_sales: float
    flat_duty: float

    @property
    def gain(self) -> float:
        """Duty saved on what it sells under the formula; negative where it pays more than the flat rate."""
        return (self.flat_rate - self.rate) * self.sales


class Settled(NamedTuple):
    """The formula in equilibrium."""

    policy: Policy
    rates: dict[str, float]
    """By maker, fractions."""
    average: float
    flow_ratio: float
    """Quantity shipped over that of the world's accounts."""
    solution: Solution


class FormulaOffer(Stated):
    """The importer's duty on some goods of the exporter by a formula in each maker's local share of output, L/(L + X).

    Local output L stays as stated. Exports X move with the quantity that the exporter ships in these sectors, those of
    all makers alike: buyers do not change from one to another. The cells carry the average rate, weighted by units
    shipped, each unit of the same worth; that the rates differ between makers is not itself a cost here.
    """

    importer: Text
    exporter: Text
    sectors: Names
    makers: Annotated[tuple[Maker, ...], Field(min_length=1)]
    rate: FallingRate
    share: Share = 1.0
    """Part of the sectors' trade that the formula is about; the rest pays what it paid."""

    @model_validator(mode="after")
    def _ships_something(self) -> FormulaOffer:
        names = [maker.maker for maker in self.makers]
        for k, name in enumerate(names):
            if name in names[:k]:
                raise fault(f'"{name}" stands twice; give each maker or class once', "makers")
        if sum(maker.exports for maker in self.makers) <= 0:
            raise fault("none ships anything, so nobody pays the duty; give `exports` in units a year", "makers")
        if self.share == 0:
            raise fault("is 0: the formula is about none of this trade; drop it", "share")
        return self

    def cells(self, world: World) -> NDArray[np.bool_]:
        """The cells it changes, `[j, n, i]`."""
        return flows.cells(world, self.importer, self.exporter, self.sectors)

    def rates(self, flow_ratio: float = 1.0) -> dict[str, float]:
        """Rate by maker when exports are `flow_ratio` times those stated."""
        return dict(zip((m.maker for m in self.makers), self._rates(flow_ratio).tolist(), strict=True))

    def average(self, flow_ratio: float = 1.0) -> float:
        """Rate weighted by units shipped; it rises with `flow_ratio`, since local shares fall."""
        return float(self._weights @ self._rates(flow_ratio))

    def change(self, policy: Policy, flow_ratio: float = 1.0) -> Policy:
        """The policy with the average rate at a given flow: for screening many offers; `settle` finds the flow."""
        return self._levied(policy, self.average(flow_ratio))

    def settle(self, policy: Policy, deficits: Deficits | None = None, closure: Closure | None = None) -> Settled:
        """The formula and the equilibrium made consistent, to 1e-10 of the rate.

        There is one fixed point as long as a higher rate means fewer exports: the rate asked for then falls with the
        rate levied. Raises `SolveError` when there is no equilibrium, or no fixed point.
        """
        last: list[Solution] = []

        def solved(rate: float) -> Solution:
            start = last[-1].unknowns if last else None
            levied = self._levied(policy, rate)
            last.append(solve(policy.world, levied, closure=closure, deficits=deficits, tolerance=1e-11, start=start))
            return last[-1]

        from scipy.optimize import brentq  # slow to load

        lowest, highest = (float(rate) for rate in self.rate.at(np.array([1.0, 0.0])))
        rate = highest
        if highest > lowest:
            rate = float(brentq(lambda t: self.average(self._ratio(solved(t))) - t, lowest, highest, xtol=1e-13))
        solution = solved(rate)
        ratio = self._ratio(solution)
        if abs(self.average(ratio) - rate) > CONSISTENT:
            raise SolveError(
                f"formula of {self.importer} on {self.exporter}: no rate is consistent with the trade under it; the "
                f"nearest, {rate:.2%}, asks for {self.average(ratio):.2%}"
            )
        return Settled(solution.policy, self.rates(ratio), rate, ratio, solution)

    def threshold(self, flat: float, flow_ratio: float = 1.0) -> Threshold:
        """Who pays what, and from which local share on a maker pays less than the flat rate (a fraction)."""
        rows = tuple(
            Paid(maker.maker, maker.local_share(flow_ratio), rate, rate < flat)
            for maker, rate in zip(self.makers, self._rates(flow_ratio).tolist(), strict=True)
        )
        return Threshold(flat, self.rate.below(flat), rows)

    def gains(
        self, policy: Policy, flat: float, deficits: Deficits | None = None, closure: Closure | None = None
    ) -> tuple[Gain, ...]:
        """Who gains by the formula against a flat rate on the same goods, maker by maker. Raises `SolveError`."""
        by_formula = self.settle(policy, deficits, closure)
        by_flat = solve(
            policy.world, self._levied(policy, flat), closure=closure, deficits=deficits,
            start=by_formula.solution.unknowns,
        )  # fmt: skip
        sold, flat_sold = (self._sales(one) for one in (by_formula.solution, by_flat))
        found = []
        for maker, weight, rate in zip(self.makers, self._weights.tolist(), by_formula.rates.values(), strict=True):
            now, then = weight * sold, weight * flat_sold
            local = maker.local_share(by_formula.flow_ratio)
            found.append(Gain(maker.maker, local, rate, now, now * rate, flat, then, then * flat))
        return tuple(found)

    @property
    def _weights(self) -> Floats:
        units = np.array([maker.exports for maker in self.makers])
        return np.asarray(units / units.sum())

    def _rates(self, flow_ratio: float) -> Floats:
        return self.rate.at(np.array([maker.local_share(flow_ratio) for maker in self.makers]))

    def _levied(self, policy: Policy, rate: float) -> Policy:
        cells = self.cells(policy.world)
        tariffs = np.array(policy.tariffs)
        tariffs[cells] = self.share * rate + (1 - self.share) * tariffs[cells]
        return replace(policy, tariffs=tariffs)

    def _ratio(self, solution: Solution) -> float:
        """Quantity that the exporter ships over that of the accounts, sectors weighted by their base flows."""
        cells = self.cells(solution.world)
        quantity = solution.flows / solution.cost_hat[:, None, :]
        return float(quantity[cells].sum() / solution.world.flows[cells].sum())

    def _sales(self, solution: Solution) -> float:
        """What the formula is about, US$ bn a year at the border."""
        return float(self.share * solution.border_flows[self.cells(solution.world)].sum() / 1000)


def industry(makers: Sequence[Maker], maker: str = "all makers") -> Maker:
    """Several makers as one: what the formula would ask of the industry as a whole.

    >>> industry([Maker(maker="a", exports=1, output=3), Maker(maker="b", exports=1, output=0)]).local_share(1.0)
    0.6
    """
    return Maker(maker=maker, exports=sum(m.exports for m in makers), output=sum(m.output for m in makers))
