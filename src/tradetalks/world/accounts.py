"""A World: balanced accounts of the world economy in one year, before any change of policy.

Layout after Caliendo and Parro (2015): flows `[sector, importer, exporter]`, the importer levies the tariff.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tradetalks.errors import WorldError
from tradetalks.world import economies as economy_table
from tradetalks.world import sectors as sector_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


SHORT_RUN = "short-run"
"""Name of the elasticities that any world has beside its sets: its own, as they are within a year."""


class ElasticitySet(NamedTuple):
    """One published set of trade elasticities, mapped to the sectors of a world."""

    values: Floats
    """Trade elasticity θ of each sector, `[j]`, positive."""
    source: str
    """Author, year."""


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """Frozen accounts of the world economy; every derived total is computed from the arrays below.

    With J sectors and N economies:

    - `economies`, `sectors`: codes, N and J of them
    - `flows` `[j, n, i]`: purchases of economy n from economy i, US$ m a year at producer prices, own trade included
    - `tariffs` `[j, n, i]`: ad-valorem rates as fractions; own tariffs are zero
    - `io_shares` `[n, k, j]`: input k per unit of gross output of user j; with `value_added_shares` `[n, j]` sums to 1
    - `elasticities` `[j]`: trade elasticity θ > 0
    - `final_shares` `[n, k]`: final spending by sector, sums to 1; by default what the flows leave after inputs

    Raises `WorldError` for wrong shapes, missing or negative numbers, shares that do not sum to one, and for flows
    that leave a negative final demand when `final_shares` is not given. A world whose `final_shares` contradict its
    flows is allowed (published data are like that); `check` names the gap and the solver then solves a baseline first.

    >>> two = World(
    ...     ("AAA", "BBB"), ("goods",), [[[80, 20], [20, 80]]], [[[0, 0.1], [0, 0]]], [[[0.0]], [[0.0]]],
    ...     [[1.0], [1.0]], [4.0],
    ... )
    >>> two.income
    array([102., 100.])
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Floats
    tariffs: Floats
    io_shares: Floats
    value_added_shares: Floats
    elasticities: Floats
    final_shares: Floats = None  # type: ignore[assignment]  # filled in __post_init__
    name: str = "unnamed"
    year: int | None = None
    elasticity_source: str = "given"
    elasticity_sets: Mapping[str, ElasticitySet] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._put("economies", tuple(str(code) for code in self.economies))
        self._put("sectors", tuple(str(code) for code in self.sectors))
        self._put("elasticity_sets", MappingProxyType(dict(self.elasticity_sets)))
        self._put("notes", MappingProxyType(dict(self.notes)))
        n, j = len(self.economies), len(self.sectors)
        if n < 2 or j < 1:
            raise WorldError(f"a world needs at least two economies and one sector, not {n} and {j}")
        for kind, codes in (("economies", self.economies), ("sectors", self.sectors)):
            if len(set(codes)) != len(codes):
                twice = next(code for code in codes if codes.count(code) > 1)
                raise WorldError(f'{kind}: "{twice}" stands twice')
        shapes = {
            "flows": (j, n, n), "tariffs": (j, n, n), "io_shares": (n, j, j),
            "value_added_shares": (n, j), "elasticities": (j,),
        }  # fmt: skip
        for attribute, shape in shapes.items():
            self._put(attribute, self._frozen_array(attribute, getattr(self, attribute), shape))
        self._refuse_impossible_numbers()
        if self.final_shares is None:
            self._put("final_shares", self._implied_final_shares())
        else:
            shares = self._frozen_array("final_shares", self.final_shares, (n, j))
            if shares.min() < 0 or np.abs(shares.sum(1) - 1).max() > 1e-6:
                worst = int(np.abs(shares.sum(1) - 1).argmax())
                raise WorldError(
                    f"final_shares[{self.economies[worst]}] must be non-negative and sum to 1, "
                    f"not {shares[worst].sum():.6g}"
                )
            self._put("final_shares", shares)

    def _put(self, attribute: str, value: object) -> None:
        object.__setattr__(self, attribute, value)

    @staticmethod
    def _frozen_array(attribute: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
        try:
            array = np.array(value, dtype=np.float64, order="C")
        except (TypeError, ValueError) as error:
            raise WorldError(f"{attribute}: not an array of numbers ({error})") from error
        if array.shape != shape:
            raise WorldError(f"{attribute}: shape {array.shape}, where {shape} is needed (see World)")
        if not np.isfinite(array).all():
            cell = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise WorldError(f"{attribute}{list(cell)} is {array[cell]}: every cell needs a finite number")
        array.setflags(write=False)
        return array

    def _refuse_impossible_numbers(self) -> None:
        def refuse(attribute: str, wrong: NDArray[np.bool_], rule: str) -> None:
            if wrong.any():
                cell = tuple(int(i) for i in np.argwhere(wrong)[0])
                value = getattr(self, attribute)[cell]
                raise WorldError(f"{attribute}{list(cell)} = {value:.6g}, but {rule}")

        own = np.broadcast_to(np.eye(len(self.economies), dtype=bool), self.tariffs.shape)
        refuse("flows", self.flows < 0, "flows cannot be negative")
        refuse("tariffs", self.tariffs <= -1, "a tariff cannot be -100 % or less")
        refuse("tariffs", own & (self.tariffs != 0), "an economy levies no tariff on itself")
        refuse("io_shares", self.io_shares < 0, "input shares cannot be negative")
        refuse("value_added_shares", self.value_added_shares < 0, "value-added shares cannot be negative")
        refuse("elasticities", self.elasticities <= 0, "a trade elasticity must be positive")
        total = self.io_shares.sum(1) + self.value_added_shares
        worst = np.unravel_index(np.abs(total - 1).argmax(), total.shape)
        if abs(total[worst] - 1) > 1e-5:
            where = f"{self.economies[worst[0]]}, {self.sectors[worst[1]]}"
            raise WorldError(
                f"input shares and value-added share of {where} sum to {total[worst]:.6g}, not 1: "
                "io_shares are per unit of gross output; multiply shares of intermediate spending by "
                "1 - value-added share"
            )
        for code, made in zip(self.economies, self.value_added, strict=True):
            if made <= 0:
                raise WorldError(f"{code} has no value added: leave it out, or merge it with a neighbour")

    def _implied_final_shares(self) -> Floats:
        final = self.final_demand.T
        floor = -1e-9 * self.income[:, None]
        if (final < floor).any():
            n, k = (int(i) for i in np.unravel_index((final / self.income[:, None]).argmin(), final.shape))
            raise WorldError(
                f"{self.economies[n]} uses more {self.sectors[k]} as input than it buys "
                f"(final demand {final[n, k]:,.0f} of {self.expenditure[k, n]:,.0f} US$ m): "
                "balance the input shares (world.balance), or give final_shares"
            )
        final = np.maximum(final, 0)
        shares: Floats = final / final.sum(1, keepdims=True)
        shares.setflags(write=False)
        return shares

    # ---- derived totals -------------------------------------------------------------------------------------------

    @cached_property
    def output(self) -> Floats:
        """Gross output `[j, n]`, US$ m: sales to all buyers."""
        return np.asarray(self.flows.sum(1))

    @cached_property
    def expenditure(self) -> Floats:
        """Spending at purchaser prices, tariffs included, `[j, n]`, US$ m."""
        return np.asarray(((1 + self.tariffs) * self.flows).sum(2))

    @cached_property
    def trade_shares(self) -> Floats:
        """Share of each supplier in spending, `[j, n, i]`; markets without spending count as all own."""
        spent = (1 + self.tariffs) * self.flows
        empty = self.expenditure == 0
        shares = spent / np.where(empty, 1, self.expenditure)[:, :, None]
        j, n = np.nonzero(empty)
        shares[j, n, n] = 1
        return shares

    @cached_property
    def value_added(self) -> Floats:
        """Value added `[n]`, US$ m."""
        return np.asarray((self.value_added_shares.T * self.output).sum(0))

    @cached_property
    def tariff_revenue(self) -> Floats:
        """Tariff revenue `[n]`, US$ m."""
        return np.asarray((self.tariffs * self.flows).sum((0, 2)))

    @cached_property
    def deficits(self) -> Floats:
        """Trade deficits `[n]`, US$ m: imports less exports at producer prices; they sum to zero."""
        return np.asarray(self.flows.sum((0, 2)) - self.flows.sum((0, 1)))

    @cached_property
    def income(self) -> Floats:
        """Spendable income `[n]`, US$ m: value added, tariff revenue and the deficit that others finance."""
        return self.value_added + self.tariff_revenue + self.deficits

    @cached_property
    def final_demand(self) -> Floats:
        """Final spending `[j, n]`, US$ m: what expenditure leaves after intermediate use."""
        used = np.einsum("nkj,jn->kn", self.io_shares, self.output)
        return np.asarray(self.expenditure - used)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with any number or code in the accounts."""
        digest = hashlib.sha256()
        digest.update("\0".join((*self.economies, "|", *self.sectors)).encode())
        for array in (self.flows, self.tariffs, self.io_shares, self.value_added_shares, self.elasticities,
                      self.final_shares):  # fmt: skip
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    # ---- looking up and varying -------------------------------------------------------------------------------------

    def economy_indices(self, spelling: str) -> list[int]:
        """Positions of one economy, a group such as ``EU27``, or all (``*``). Raises `UnknownCode`."""
        return [self.economies.index(code) for code in economy_table.members(spelling, self.economies)]

    def sector_indices(self, spelling: str) -> list[int]:
        """Positions of one sector, a group such as ``goods``, or all (``*``). Raises `UnknownCode`."""
        return [self.sectors.index(code) for code in sector_table.members(spelling, self.sectors)]

    def economy(self, spelling: str) -> int:
        """Position of exactly one economy. Raises `UnknownCode`."""
        found = self.economy_indices(spelling)
        if len(found) != 1:
            from tradetalks.errors import UnknownCode

            raise UnknownCode(f'"{spelling}" stands for {len(found)} economies; name one')
        return found[0]

    def with_elasticities(self, name: str) -> World:
        """The same accounts with another of the `elasticity_sets`, or ``short-run``: today's elasticities, shortened.

        Within a year trade answers a tariff 0.38 times as much as in ten years: 0.76 against 2.0, the middle of 1.75 to
        2.25 (Boehm, Levchenko and Pandalai-Nayar 2023). Raises `WorldError` for an unknown set.
        """
        if name == SHORT_RUN:
            source = f"{SHORT_RUN}: 0.38 times {self.elasticity_source} (Boehm, Levchenko and Pandalai-Nayar 2023)"
            return replace(self, elasticities=0.76 / 2.0 * self.elasticities, elasticity_source=source)
        if name not in self.elasticity_sets:
            known = ", ".join((*self.elasticity_sets, SHORT_RUN))
            raise WorldError(f'no elasticity set "{name}" in world {self.name}; it has: {known}')
        chosen = self.elasticity_sets[name]
        return replace(self, elasticities=chosen.values, elasticity_source=f"{name}: {chosen.source}")

    @classmethod
    def load(cls, name: str) -> World:
        """A world that ships with the package, or a file made by ``tradetalks world build``.

        Raises `WorldError` when neither exists.
        """
        from tradetalks.world.store import load

        return load(name)

    def __repr__(self) -> str:
        year = f" {self.year}" if self.year else ""
        size = f"{len(self.economies)} economies x {len(self.sectors)} sectors"
        return f"<World {self.name}{year}: {size}, {self.fingerprint}>"

    def labelled(self, values: Sequence[float] | Floats) -> dict[str, float]:
        """A vector `[n]` as a mapping from economy code to number."""
        return dict(zip(self.economies, (float(v) for v in values), strict=True))

    def __getstate__(self) -> dict[str, Any]:
        """Plain mappings travel between processes; read-only views do not."""
        state = {k: v for k, v in self.__dict__.items()}
        state["elasticity_sets"], state["notes"] = dict(self.elasticity_sets), dict(self.notes)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for attribute in ("elasticity_sets", "notes"):
            self.__dict__[attribute] = MappingProxyType(state[attribute])
