"""What a brief says of the talks themselves: chances, packages, prices of concessions, pledges; parts of `brief.json`.

Money is in US$ bn a year unless a name says otherwise, chances, rates and shares are fractions, dates ISO 8601. The
keys named `government` count what a government weighs, those named `people` welfare alone.
"""

from __future__ import annotations

from typing import TypedDict


class Estimate(TypedDict):
    """A number and its range; both ends equal the point where no range is known.

    Of trade the range is over elasticity sets, of judgements over what they may be.
    """

    point: float
    low: float
    high: float


class Worth(TypedDict):
    """A change of real income: money, and in percent of income."""

    usd_bn: Estimate
    percent: Estimate


class Price(TypedDict):
    """What the giving side loses for each US$ the other gains; `high` is None where the other may gain nothing."""

    point: float
    low: float
    high: float | None


# ---- no deal ----------------------------------------------------------------------------------------------------


class Branch(TypedDict):
    branch: str
    what: str
    chance: Estimate
    state: str
    """The label of the state of the law it leads to; `as before` or `by what came before` where they are several."""
    basis: str
    source_index: int | None


class Event(TypedDict):
    """One event of the tree, told once even where it stands in several branches."""

    on: str
    what: str
    after: list[str]
    """Branches that it follows; empty for the first event."""
    branches: list[Branch]


class Spell(TypedDict):
    since: str | None
    """None from the as-of date."""
    state: str


class Leaf(TypedDict):
    """One way through the tree."""

    branches: list[str]
    chance: Estimate
    states: list[Spell]


class TreeState(TypedDict):
    """A state of the law that the tree comes to, against the law that offers amend."""

    name: str
    label: str
    what: str
    share: float
    """Of the discounted time to the end of the tree."""
    people: dict[str, Estimate]
    government: dict[str, Estimate]


class Tree(TypedDict):
    """No deal as it may go; expected worth against the law that offers amend, by party code."""

    until: str
    discount: float
    now: str
    events: list[Event]
    leaves: list[Leaf]
    states: list[TreeState]
    people: dict[str, Estimate]
    """Range over elasticity sets, chances at their points."""
    people_over_chances: dict[str, Estimate]
    """Range over the chances, at the world's own elasticities."""
    government: dict[str, Estimate]
    government_over_chances: dict[str, Estimate]
    source_index: int | None


class DutyBill(TypedDict):
    """What a state of the law adds to duties, product by product at base trade; shares of `imports_usd_bn`."""

    importer: str
    partner: str
    imports_usd_bn: float
    duty: float
    usd_bn: float
    programmes: dict[str, float]


class Standing(TypedDict):
    """How a statute stood on the as-of date, in one sentence."""

    authority: str
    statute: str
    kind: str
    words: str
    source_index: int


# ---- deals ------------------------------------------------------------------------------------------------------


class Searched(TypedDict):
    """How offers were found: all of them solved where `screening` is None."""

    on_the_table: int
    solved: int
    equilibria: int
    screening: Screening | None


class Screening(TypedDict):
    """How far screening was off, by party code: at most, and in the middle of a random sample."""

    largest: dict[str, float]
    typical: dict[str, float]
    frontier: int
    """Offers on the frontier of the screen; the most promising of them were solved."""


class ZoneChance(TypedDict):
    """The zone of agreement as a probability over weights and the no-deal tree."""

    offers: int
    on_the_table: int
    screened: bool
    chance: Estimate
    """Its range is the 95 % interval of the draws."""
    draws: int
    blocked_by: dict[str, float]
    """By party: in what part of the draws without a zone no offer would satisfy it at all."""


class Package(TypedDict):
    """An offer that holds the goals; ranges over what governments may weigh."""

    options: dict[str, str]
    """What it holds beyond the goals and today."""
    costs: float
    """What it costs the asking side beyond the goals alone."""
    gives: dict[str, float]
    """What it gives the others beyond the goals alone."""
    over_no_deal: dict[str, Estimate]
    at: dict[str, float]
    ratified: Estimate


class AtDeal(TypedDict):
    """The same change at the first solution: undone where the deal `holds` it, made where not."""

    holds: bool
    cost: float
    gain: float
    price: float | None


class Exchange(TypedDict):
    """One option in place of today's: `cost` to the asking side, `gain` to the others; ranges as for `OptionWorth`."""

    issue: str
    option: str
    kind: str
    cost: Estimate
    gain: Estimate
    price: Price | None
    at_deal: AtDeal | None
    methods: list[str]
    elicited: bool


class OptionWorth(TypedDict):
    """One option with all else as it stands; `people` is trade alone, at the world's own elasticities."""

    issue: str
    option: str
    government: dict[str, Estimate]
    people: dict[str, float]
    methods: list[str]
    basis: str | None
    elicited: bool


class SensitivityEnd(TypedDict):
    """The solutions with one assumption at one end of its range; payoffs as counted at the points."""

    value: str
    deals: dict[str, dict[str, float]]
    """By solution, then by party."""
    changes: dict[str, str]
    """What the first solution then settles otherwise."""


class Sensitivity(TypedDict):
    assumption: str
    value: str
    moves: float
    """How far the solutions move: the mean over them of what the two sides gain and lose, at the end that does more."""
    ends: list[SensitivityEnd]


class Weight(TypedDict):
    """What a US$ of an account counts for a government beside the one that each US$ of welfare counts; assumed."""

    party: str
    on: str
    value: Estimate
    why: str
    basis: str
    source_index: int | None


class RedLine(TypedDict):
    """A public statement, and what going back on it would cost."""

    party: str
    red_line: str
    what: str
    crossed_by: dict[str, list[str]]
    cost: Estimate
    stated: str
    source_index: int


class Actor(TypedDict):
    """Who may stop a deal at home; `chance` is that it stops the deal in question, or one that it refuses."""

    actor: str
    party: str
    what: str
    words: str
    chance: Estimate
    source_index: int | None


class Improvement(TypedDict):
    changes: dict[str, str]
    gains: dict[str, float]


class SignedDeal(TypedDict):
    """A signed text: what it settles, its worth, and what would be better for all."""

    what: str
    on: str
    options: dict[str, str]
    against: dict[str, dict[str, Estimate]]
    people: dict[str, dict[str, Estimate]]
    ratified: Estimate
    crossed: list[RedLine]
    improvements: int
    best: Improvement | None
    """Of the improvements the one with the largest product of gains."""
    source_index: int


class Withdrawn(TypedDict):
    """What is off the table; no `options` where the whole issue is."""

    issue: str
    options: list[str]
    on: str
    what: str
    source_index: int


# ---- single instruments -----------------------------------------------------------------------------------------


class MakerUnder(TypedDict):
    """A class of makers; `gain` is the duty saved against the flat rate, negative where it pays more."""

    maker: str
    local_share: float
    rate: float
    sales_usd_bn: float
    duty_usd_bn: float
    flat_duty_usd_bn: float
    gain_usd_bn: float


class Formula(TypedDict):
    """A duty that falls with local output, beside the flat rate that it would replace."""

    issue: str
    option: str
    importer: str
    exporter: str
    flat: float
    threshold: float | None
    """The local share from which on a maker pays less; None where none does."""
    average: float
    """The rate weighted by units shipped."""
    makers: list[MakerUnder]
    basis: str | None
    source_index: int | None


class OriginSales(TypedDict):
    origin: str
    name: str
    before: float
    after: Estimate
    change: Estimate


class Quota(TypedDict):
    """One option on a quota; quantities in `unit`, money as gains, US$ bn a year."""

    issue: str
    option: str
    what: str
    importer: str
    unit: str
    origins: list[OriginSales]
    price_pct: Estimate
    growers: Estimate
    treasury: Estimate
    consumers: Estimate
    whole: Estimate
    """Growers, consumers, treasury and rents at home in one sum."""
    regime: str
    basis: str | None
    source_index: int | None


class Pledge(TypedDict):
    """One pledge by one text; US$ bn, a year or in all as `per` says, those named so a year."""

    issue: str
    option: str
    what: str
    promised_by: str
    promised_to: str
    according_to: str
    words: str | None
    per: str
    years: float | None
    face: Estimate
    new_money: Estimate
    expected: Estimate
    equity: Estimate | None
    a_year: Estimate | None
    given_a_year: Estimate | None
    source_index: int | None
