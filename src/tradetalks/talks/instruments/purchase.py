"""Purchases: an importer promises to buy from an exporter, and what of that is new, delivered and dearer.

Of the face, only what would not be bought anyway is new, and only a part of that comes about. Suppliers named in
`instead_of` lose sales; the rest is additional. What is paid above the price of the alternative goes to the exporter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from tradetalks.errors import PolicyError
from tradetalks.records.fields import Share, Text, fault
from tradetalks.talks.estimate import Estimate
from tradetalks.talks.figure import RateFigure, over_corners
from tradetalks.talks.instruments.effect import Payment, Shift
from tradetalks.talks.pledges import PledgeText, PledgeWorth, Promise
from tradetalks.world import World

_NOTHING = RateFigure.certain(0)


def _sectors(value: object) -> object:
    """A code, a list of codes, or codes with their shares."""
    if isinstance(value, str):
        return {value: None}
    if isinstance(value, list | tuple) and value:
        if len(set(map(str, value))) < len(value):
            raise fault("a sector stands twice")
        return {str(code): None for code in value}
    if isinstance(value, dict) and value:
        return value
    raise fault("write a sector, a list of sectors, or sectors with their shares, such as {C19: 0.3, B05_06: 0.7}")


Sectors = Annotated[
    dict[Text, Share | None],
    BeforeValidator(_sectors),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
                {"type": "object", "additionalProperties": {"type": ["number", "string"]}, "minProperties": 1},
            ]
        }
    ),
]
"""Sectors or groups; without shares, a pledge spreads over them as today's flows do."""


class Purchase(Promise):
    """A promise to buy. Shares are parts of one; `premium` is a fraction of the alternative's price."""

    importer: Text
    exporter: Text
    sectors: Sectors
    instead_of: dict[Text, Share] = {}  # noqa: RUF012
    """Suppliers that lose sales, and what part of the new purchases each loses; `all` is every other supplier in
    proportion to its sales."""
    premium: RateFigure | None = None
    """Extra price over the alternative; the face is what is paid, extra price included."""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.importer == self.exporter:
            raise fault(f"{self.importer} cannot promise to buy from itself; name another economy", "exporter")
        given = [share for share in self.sectors.values() if share is not None]
        if given and (len(given) < len(self.sectors) or abs(sum(given) - 1) > 1e-9):
            raise fault(f"the shares sum to {sum(given):.4g}; give every sector one, together 1", "sectors")
        if sum(self.instead_of.values()) > 1 + 1e-9:
            lost = sum(self.instead_of.values())
            raise fault(f"others lose {lost:.4g} of what is bought; together at most 1", "instead_of")
        for code in (self.importer, self.exporter):
            if code in self.instead_of:
                raise fault(f"{code} is a side of this purchase; name third suppliers", "instead_of")
        if self.premium and self.premium.low < 0:
            raise fault("a premium is at least 0%; a discount is no part of a promise", "premium")
        return self

    # ---- what it does -----------------------------------------------------------------------------------------------

    def shifts(self, world: World) -> tuple[Shift, ...]:
        """Expected new purchases from the exporter, and what displaced suppliers lose, at the points.

        The positive ones sum to the expected new money a year, all of them to what is additional. Raises `UnknownCode`
        for codes the world lacks, and `PolicyError` where nothing is bought today or a supplier would lose more than
        it sells.
        """
        amount = self._new_a_year(self.new.point, self.delivery.estimate.point)
        buyer, seller = world.economy(self.importer), world.economy(self.exporter)
        if buyer == seller:
            raise PolicyError(f"{self.importer} and {self.exporter} are the same economy")
        bought = {j: amount * share for j, share in self._spread(world, buyer, seller).items()}
        lost = self._lost(world, bought, buyer, seller)
        name, sector = world.economies, world.sectors
        return tuple(
            Shift(name[buyer], name[i], sector[j], usd_bn)
            for (j, i), usd_bn in [*(((j, seller), v) for j, v in bought.items()), *lost.items()]
            if usd_bn
        )

    def payments(self) -> tuple[Payment, ...]:
        """What the importer pays above the alternative's price, a year: V p / (1 + p) of purchases V that bear it.

        The price concession that brings the trade about is found with the equilibrium and is not in here.
        """
        point = self._overpaid(self.new.point, self.delivery.estimate.point, (self.premium or _NOTHING).point)
        return (Payment(self.importer, self.exporter, point),) if point else ()

    def _worth(self, according_to: str, text: PledgeText | None = None) -> PledgeWorth:
        figures = (self.new.estimate, self.delivery.estimate, (self.premium or _NOTHING).estimate)
        amounts: dict[str, Any] = self.amounts()
        given: Estimate | None = None if amounts["a_year"] is None else over_corners(self._overpaid, *figures)
        return PledgeWorth(
            self.what, self.importer, self.exporter, according_to, text.words if text else None, equity=None,
            given_a_year=given, source=text.source if text else self.source, **amounts,
        )  # fmt: skip

    # ---- its parts --------------------------------------------------------------------------------------------------

    def _overpaid(self, new: float, share: float, premium: float) -> float:
        return self._new_a_year(new, share) * premium / (1 + premium)

    def _new_a_year(self, new: float, share: float) -> float:
        return (self.face.a_year or 0.0) * self.new_money(new, share)

    def _spread(self, world: World, buyer: int, seller: int) -> dict[int, float]:
        """The share of each sector of the world in the purchases."""
        parts: dict[int, float] = {}
        stated = any(share is not None for share in self.sectors.values())
        groups = self.sectors.items() if stated else [(list(self.sectors), 1.0)]
        for codes, share in groups:
            members = sorted({j for code in _listed(codes) for j in world.sector_indices(code)})
            flows = world.flows[members, buyer, seller]
            if share and not flows.sum() > 0:
                named = ", ".join(_listed(codes))
                raise PolicyError(
                    f"{self.importer} buys nothing of {named} from {self.exporter} today: no flow to raise"
                )
            for j, flow in zip(members, flows, strict=True):
                parts[j] = parts.get(j, 0.0) + (share or 0.0) * float(flow / (flows.sum() or 1))
        return parts

    def _lost(self, world: World, bought: dict[int, float], buyer: int, seller: int) -> dict[tuple[int, int], float]:
        """Sales lost by sector and supplier, US$ bn a year, negative."""
        lost: dict[tuple[int, int], float] = {}
        for name, share in self.instead_of.items():
            found = world.economy_indices("*" if name == "all" else name)
            members = [i for i in found if i not in (buyer, seller)]
            for j, usd_bn in bought.items():
                flows = world.flows[j, buyer, members]
                if usd_bn * share and not flows.sum() > 0:
                    raise PolicyError(
                        f"{self.importer} buys nothing of {world.sectors[j]} from {name}: no sales to lose"
                    )
                for i, part in zip(members, flows / (flows.sum() or 1), strict=True):
                    lost[j, i] = lost.get((j, i), 0.0) - usd_bn * share * float(part)
        for (j, i), usd_bn in lost.items():
            sells = float(world.flows[j, buyer, i]) / 1000
            if usd_bn and not -usd_bn < sells:
                raise PolicyError(
                    f"{world.economies[i]} would lose US$ {-usd_bn:.3g} bn of {world.sectors[j]} and sells "
                    f"{self.importer} {sells:.3g} bn: lower its share in `instead_of`"
                )
        return lost


def _listed(codes: str | Sequence[str]) -> Sequence[str]:
    return (codes,) if isinstance(codes, str) else codes
