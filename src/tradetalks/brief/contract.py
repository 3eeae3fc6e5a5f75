"""What a brief is made from: the shape of `brief.json`, one plain mapping.

Money is in US$ bn a year, `percent` and names ending in `_pct` in percent, `rate` and `share` in fractions, dates in
ISO 8601. A `source_index` counts `sources` from 0 and is printed as its number from 1; None where there is no source.
Nothing in it comes from the clock, so the same inputs give the same bytes.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from tradetalks.brief.contract_talks import (
    Actor,
    DutyBill,
    Estimate,
    Exchange,
    Formula,
    OptionWorth,
    Package,
    Pledge,
    Quota,
    RedLine,
    Searched,
    Sensitivity,
    SignedDeal,
    Standing,
    Tree,
    Weight,
    Withdrawn,
    Worth,
    ZoneChance,
)


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
    bills: NotRequired[list[DutyBill]]
    """Static duties by law and trade, product by product; empty where no trade by product ships."""


class NoDeal(TypedDict):
    """What follows without a deal; `against` by reference point, then by party code.

    `name` is a reference point, or `tree`: what may come, each way with its chance.
    """

    name: str
    label: str
    against: dict[str, dict[str, Worth]]
    driver: str
    values: NotRequired[dict[str, Worth]]
    """Of a tree, as of a reference point: against the state that `baseline` names."""
    government: NotRequired[dict[str, dict[str, Estimate]]]
    """By reference point and party: what its government loses or gains by no deal, US$ bn a year."""
    tree: NotRequired[Tree | None]


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
    """One bargaining solution; `against` by reference point (or `tree`), then by party code, for its government."""

    name: str
    label: str
    options: dict[str, str]
    payoffs: dict[str, Estimate]
    against: dict[str, dict[str, Estimate]]
    at: NotRequired[dict[str, float]]
    """Where it lies among the offers of the frontier."""
    people: NotRequired[dict[str, dict[str, Estimate]]]
    """As `against`, for the people: welfare alone."""
    ratified: NotRequired[Estimate]
    blockers: NotRequired[list[Actor]]
    """Who may stop it at home, the likeliest first."""
    crossed: NotRequired[list[RedLine]]
    """Public statements it goes back on."""


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
    changing: NotRequired[list[str]]
    """Issues that some solution settles otherwise than today; all of them where absent."""
    standings: NotRequired[list[Standing]]
    """How the statutes stand that the measures rest on."""
    searched: NotRequired[Searched]
    zone: NotRequired[ZoneChance]
    goals: NotRequired[dict[str, str]]
    """What the asking side wants: issue, option."""
    packages: NotRequired[list[Package]]
    """The cheapest packages that hold the goals."""
    exchange: NotRequired[list[Exchange]]
    """What each change costs the asking side for what it gives the other, cheapest first."""
    worths: NotRequired[list[OptionWorth]]
    """Every option alone."""
    sensitivities: NotRequired[list[Sensitivity]]
    """Which assumptions move the solutions, the one that does most first."""
    weights: NotRequired[list[Weight]]
    red_lines: NotRequired[list[RedLine]]
    ratification: NotRequired[list[Actor]]
    formulas: NotRequired[list[Formula]]
    quotas: NotRequired[list[Quota]]
    pledges: NotRequired[list[Pledge]]
    signed: NotRequired[SignedDeal | None]
    off_the_table: NotRequired[list[Withdrawn]]
