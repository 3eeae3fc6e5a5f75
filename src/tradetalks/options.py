"""Options that several commands share: a world, a closure, changes of policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

import tradetalks
from tradetalks.errors import PolicyError

if TYPE_CHECKING:
    from tradetalks.model import Closure
    from tradetalks.world import Policy, World

Deficits = Literal["fixed", "world", "proportional", "closed", "endogenous"]

IMMOBILE = 0.4
"""Share of value added that cannot leave its sector within a year: capital's part of world income, about two fifths
(Karabarbounis and Neiman 2014: corporate labour shares near 0.6)."""


@Parameter(name="*")
@dataclass(frozen=True)
class ClosureOptions:
    """What stands still and what moves."""

    deficits: Annotated[
        Deficits,
        Parameter(help="Trade deficits: fixed in money, a share of world or own wages, closed, or endogenous."),
    ] = "fixed"
    closing: Annotated[float, Parameter(help="Share of the deficits that the change itself closes.")] = 0.0
    horizon: Annotated[
        Literal["long", "short"],
        Parameter(help="Short: two fifths of value added stay in their sector, and trade answers as within a year."),
    ] = "long"
    specific: Annotated[
        float | None, Parameter(help="Share of value added that cannot leave its sector, instead of two fifths.")
    ] = None
    labour_supply: Annotated[float, Parameter(help="Elasticity of hours to the real wage.")] = 0.0
    revenue: Annotated[Literal["households", "tax-relief", "state"], Parameter(help="Where tariff revenue goes.")] = (
        "households"
    )
    profits: Annotated[
        str, Parameter(help='Profits as a share of sales, or "markups" for 1/σ under monopolistic competition.')
    ] = "0"  # fmt: skip

    def closure(self, world: World) -> Closure:
        """The closure meant. Raises `PolicyError` for parts out of bounds."""
        from tradetalks.model import Closure, MarketAccess

        try:
            profits: float | Literal["markups"] = "markups" if self.profits == "markups" else float(self.profits)
        except ValueError:
            raise PolicyError(f'--profits "{self.profits}": write a share of sales, such as 0.1, or markups') from None
        specific = self.specific if self.specific is not None else IMMOBILE if self.horizon == "short" else 0.0
        return Closure(
            deficits=self.deficits,
            closing=self.closing,
            specific=specific,
            labour_supply=self.labour_supply,
            revenue="tax relief" if self.revenue == "tax-relief" else self.revenue,
            profits=profits,
            access=MarketAccess.published(world) if self.deficits == "endogenous" else None,
        )

    def world(self, name: str, elasticities: str | None) -> World:
        """The world meant, with the elasticities of the horizon unless others are named."""
        accounts = tradetalks.World.load(name)
        if elasticities is not None:
            return accounts.with_elasticities(elasticities)
        return accounts.with_elasticities("short-run") if self.horizon == "short" else accounts


@Parameter(name="*")
@dataclass(frozen=True)
class ClosedByDefault(ClosureOptions):
    """The same where deficits are closed unless something else is asked for."""

    deficits: Annotated[
        Deficits, Parameter(help="Trade deficits; closed ones are compared with a baseline without any.")
    ] = "closed"


Elasticities = Annotated[
    str | None, Parameter(help="One of the world's elasticity sets, or short-run: its own, as they are within a year.")
]


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """What governments change."""

    set: Annotated[
        list[str] | None,
        Parameter(
            name="--set",
            negative="",
            help="IMPORTER:EXPORTER:SECTOR=RATE sets a tariff, =+RATE adds to it; 0.25 is 25 %. Repeatable.",
        ),
    ] = None
    trade_cost: Annotated[
        list[str] | None,
        Parameter(negative="", help="IMPORTER:EXPORTER:SECTOR=FACTOR: 0.97 makes trade 3 % cheaper. Repeatable."),
    ] = None
    export_tax: Annotated[
        list[str] | None, Parameter(negative="", help="EXPORTER:IMPORTER:SECTOR=RATE, a fraction. Repeatable.")
    ] = None
    buy: Annotated[
        list[str] | None,
        Parameter(negative="", help="IMPORTER:EXPORTER:SECTOR=USD_BN: purchases promised, a year. Repeatable."),
    ] = None
    transfer: Annotated[
        list[str] | None, Parameter(negative="", help="PAYER:RECIPIENT=USD_BN a year. Repeatable.")
    ] = None  # fmt: skip

    def on(self, world: World) -> Policy:
        """The policy meant. Raises `PolicyError` and `UnknownCode` with the option at fault."""
        policy = tradetalks.Policy(world)
        for change in self.set or []:
            (importer, exporter, sector), rate, add = _read("--set", change, "IMPORTER:EXPORTER:SECTOR=RATE", _TARIFF)
            policy = policy.tariff(importer, exporter, sector, rate, add=add)
        for change in self.trade_cost or []:
            (importer, exporter, sector), factor, _ = _read(
                "--trade-cost", change, "IMPORTER:EXPORTER:SECTOR=FACTOR", "USA:JPN:C29=0.97"
            )
            policy = policy.trade_cost(importer, exporter, sector, factor)
        for change in self.export_tax or []:
            (exporter, importer, sector), rate, add = _read(
                "--export-tax", change, "EXPORTER:IMPORTER:SECTOR=RATE", "CHN:USA:C26=0.1"
            )
            policy = policy.export_tax(exporter, importer, sector, rate, add=add)
        for change in self.buy or []:
            (importer, exporter, sector), value, _ = _read(
                "--buy", change, "IMPORTER:EXPORTER:SECTOR=USD_BN", "JPN:USA:B05_06=10"
            )
            policy = policy.commitment(importer, exporter, sector, value)
        for change in self.transfer or []:
            (payer, recipient), value, _ = _read("--transfer", change, "PAYER:RECIPIENT=USD_BN", "JPN:USA=2")
            policy = policy.transfer(payer, recipient, value)
        return policy


_TARIFF = "USA:JPN:C29=0.25 or =+0.10"


def _read(option: str, change: str, form: str, example: str) -> tuple[list[str], float, bool]:
    """Names, number, and whether it is to be added, of one ``A:B:C=NUMBER``."""
    cell, equals, number = change.partition("=")
    names = cell.split(":")
    try:
        value = float(number.removeprefix("+"))
    except ValueError:
        value = float("nan")
    if not equals or len(names) != form.count(":") + 1 or value != value:
        raise PolicyError(f'{option} "{change}": write {form}, for example {example}')
    return names, value, number.startswith("+")
