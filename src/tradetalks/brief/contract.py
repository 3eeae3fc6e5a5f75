"""What a brief is made from: the shape of `brief.json`, one plain mapping.

Money is in US$ bn a year, `percent` and names ending in `_pct` in percent, `rate` and `share` in fractions, dates in
ISO 8601. A `source_index` counts `sources` from 0 and is printed as its number from 1; None where there is no source.
Nothing in it comes from the clock, so the same inputs give the same bytes.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Estimate(TypedDict):
    """A number and its range over the elasticity sets; both ends equal the point where no range is known."""

    point: float
    low: float
    high: float


class Worth(TypedDict):
    """A change of real income: money, and in percent of income."""

    usd_bn: Estimate
    percent: Estimate


class Program(TypedDict):
    name: str
    version: str


class Horizon(TypedDict):
    date: str
    what: str


class CaseFacts(TypedDict):
    name: str
    title: str
    hash: str
    as_of: str
    horizon: Horizon


class WorldFacts(TypedDict):
    name: str
    year: int
    fingerprint: str
    economies: int
    sectors: int
    elasticities: str
    elasticity_sets: list[str]
    caveat: str


class Party(TypedDict):
    code: str
    name: str
    income_usd_bn: float


MeasureInForce = TypedDict(
    "MeasureInForce",
    {
        "what": str,
        "rate": float,
        "authority": str,
        "statute": str,
        "from": str,
        "to": str | None,
        "on_whom": str,
        "added_pp": float,
        "citation": str,
        "source_index": int | None,
        "in_force": NotRequired[bool],
    },
)
"""One measure; `added_pp` is what it adds to the average duty on the asking party's goods, in points.

`in_force` is False for a measure that only no deal would bring.
"""


class Balance(TypedDict):
    code: str
    name: str
    surplus_usd_bn: float


class Exposure(TypedDict):
    sector: str
    name: str
    exports_usd_bn: float
    share_of_exports: float
    share_of_output: float
    rate_before: float
    rate_today: float
    duty_usd_bn: float


class Quoted(TypedDict):
    """A figure of the case's facts, with what exactly it measures."""

    what: str
    value: float
    unit: str
    concept: str
    source_index: int


class Position(TypedDict):
    exports_usd_bn: float
    imports_usd_bn: float
    surplus_usd_bn: float
    surplus_rank: int
    surplus_table: list[Balance]
    exposure: list[Exposure]
    source_index: NotRequired[int | None]
    quoted: NotRequired[list[Quoted]]
    """The same trade as others count it."""


class ReferencePoint(TypedDict):
    """A state of the law; `values` by party code, against the state that `baseline` of the contents names."""

    name: str
    label: str
    what: str
    average_rate: float
    static_duty_usd_bn: float
    values: dict[str, Worth]


class NoDeal(TypedDict):
    """What follows without a deal; `against` by reference point, then by party code."""

    name: str
    label: str
    against: dict[str, dict[str, Worth]]
    driver: str


class OfferCount(TypedDict):
    """How many offers were scored; how fast is no part of it, as the clock's numbers differ from run to run."""

    scored: int
    in_zone: int
    share_in_zone: float
    largest_residual: float


class FrontierOffer(TypedDict):
    payoffs: dict[str, float]
    options: dict[str, str]
    in_zone: bool


class ChosenReservation(TypedDict):
    name: str
    payoffs: dict[str, float]


class Reservation(TypedDict):
    name: str
    label: str
    payoffs: dict[str, float]


class SolutionPoint(TypedDict):
    """One bargaining solution; `against` by reference point, then by party code."""

    name: str
    label: str
    options: dict[str, str]
    payoffs: dict[str, Estimate]
    against: dict[str, dict[str, Estimate]]


class SectorChange(TypedDict):
    sector: str
    name: str
    output_pct: float
    value_added_usd_bn: Estimate


class HomeEffects(TypedDict):
    deal: str
    party: str
    sectors: list[SectorChange]
    winners: list[SectorChange]


class ThirdParty(TypedDict):
    code: str
    name: str
    usd_bn: Estimate


class PublishedEstimate(TypedDict):
    author: str
    date: str
    shock: str
    measure: str
    value: float | str
    unit: str
    source_index: int | None


class Source(TypedDict):
    title: str
    date: str
    confidence: str


class Contents(TypedDict):
    """Everything a brief says; the asking party comes first in `parties`."""

    program: Program
    case: CaseFacts
    world: WorldFacts
    parties: list[Party]
    situation: list[MeasureInForce]
    position: Position
    reference_points: list[ReferencePoint]
    no_deal: NoDeal
    offers: OfferCount
    cloud: list[list[float]]
    frontier: list[FrontierOffer]
    reservation: ChosenReservation
    reservations: list[Reservation]
    solutions: list[SolutionPoint]
    losers: list[HomeEffects]
    third_parties: list[ThirdParty]
    published: list[PublishedEstimate]
    sources: list[Source]
    notes: list[str]
    baseline: NotRequired[str]
    """In words, the state against which reference points are measured."""
    payoffs_against: NotRequired[str]
    """In words, the state against which payoffs of offers are measured; the baseline where absent."""
