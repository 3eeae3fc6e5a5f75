"""The trail of a duty: a reason for each part of it, and for each measure that was considered and adds nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tradetalks.law.preferences import Preference
from tradetalks.law.tariff import Line, dotted, preference_of

if TYPE_CHECKING:
    from tradetalks.law.book import Book
    from tradetalks.law.measure import Measure
    from tradetalks.law.scope import Cells
    from tradetalks.law.stacking import Stack

USMCA = "usmca"
"""The claim of the agreement of North America, which is a preference too."""

PREFERENCE = "preference"
"""The claim of a preferential normal duty."""

BASES = {
    "value": "the value",
    "steel": "the steel content",
    "aluminium": "the aluminium content",
    "copper": "the copper content",
    "foreign content": "what is not of US make",
}
"""What a duty is levied on, in words."""


@dataclass(frozen=True)
class Part:
    """A duty that applies: the rate it adds, a fraction of customs value."""

    measure: str
    authority: str
    rate: float
    reason: str
    citation: str
    since: str
    """The day the measure took effect, ISO."""
    until: str | None
    """The first day it no longer holds, where one is set."""
    link: str | None = None


@dataclass(frozen=True)
class Aside:
    """A measure that was considered and adds nothing, and why."""

    measure: str
    authority: str
    reason: str
    citation: str


def parts(
    stacked: Stack, normal: float, cells: Cells, content: Mapping[str, float] | None, known_on: date | None
) -> Iterator[Part]:
    """The measures that bear on the first line, with what each is levied on."""
    for k, measure in enumerate(stacked.measures):
        portion = float(stacked.portion[k, 0])
        if portion <= 0:
            continue
        rate, until = float(stacked.added[k, 0]), measure.until(known_on)
        yield Part(
            measure.measure, measure.authority, rate,
            f"{measure.what}; {_levied(measure, rate, portion, normal, cells, content)}", measure.citation,
            measure.effective.since.isoformat(), until.isoformat() if until else None, measure.link,
        )  # fmt: skip


def _levied(
    measure: Measure, rate: float, portion: float, normal: float, cells: Cells, content: Mapping[str, float] | None
) -> str:
    from tradetalks.law.scope import is_cap, rate_of

    stated = rate_of(measure, cells.partners[0])
    base = BASES[measure.levied_on]
    part = "" if portion > 1 - 1e-12 else f", {100 * portion:.1f} % of the value"
    if measure.levied_on not in ("value", "foreign content") and not content:
        part += " (estimated)"
    if not is_cap(measure, cells.partners[0]):
        return f"{100 * stated:.4g} % on {base}{part}"
    if rate == 0:
        return f"total {100 * stated:.4g} %, and the normal duty of {100 * normal:.4g} % is not below that"
    return f"total {100 * stated:.4g} %, normal duty of {100 * normal:.4g} % included{part}"


def preference_aside(
    line: Line, partner: str, on: date, claims: Collection[str], programmes: tuple[Preference, ...]
) -> Iterator[Aside]:
    found = preference_of(line, partner, on, programmes)
    if found and not {PREFERENCE, USMCA} & set(claims) and found[1] != line.general:
        programme, text = found
        yield Aside(
            "mfn", "FTA", f"{programme.what}: {text} if the entry claims it (`{PREFERENCE}`)", programme.citation
        )


def aside(rules: Book, cells: Cells, stacked: Stack, on: date, known_on: date | None) -> Iterator[Aside]:
    """Every measure that names the partner and adds nothing to the first line, with the reason."""
    from tradetalks.law.scope import names_partner

    partner = cells.partners[0]
    levied = {m.measure for k, m in enumerate(stacked.measures) if stacked.portion[k, 0] > 0}
    for measure in rules.measures:
        if measure.measure in levied or measure.exempts or not names_partner(measure, partner):
            continue
        reason = _why_not(measure, rules, cells, stacked, on, known_on)
        if reason:
            yield Aside(measure.measure, measure.authority, reason, measure.citation)


def _why_not(
    measure: Measure, rules: Book, cells: Cells, stacked: Stack, on: date, known_on: date | None
) -> str | None:
    """Why a measure that names the partner does not bear; `None` where it is too far off to have been considered."""
    from tradetalks.law.scope import named_lines

    reached = bool(named_lines(measure.products, rules, cells, on, known_on)[0])
    if not measure.holds(on, known_on):
        return _when(measure, on, known_on) if reached else None
    if {measure.authority, measure.measure} & rules.void:
        return "set aside"
    if not reached:
        return f"the product is not on {' or '.join(measure.products)}"
    for name in measure.outside:
        if named_lines((name,), rules, cells, on, known_on)[0]:
            return f"exempt: {_listed(name, rules, cells, on, known_on)}"
    for claim in measure.only:
        if not _makes(claim, cells):
            return f"only where the entry claims {claim}"
    for claim in measure.unless:
        if _makes(claim, cells):
            return f"the entry claims {claim}"
    for given_way in stacked.yielded:
        if given_way.measure == measure.measure and given_way.cells[0]:
            other = rules.measure(given_way.to)
            if given_way.rule:
                return f"{given_way.rule.what} ({given_way.rule.citation}); here {other.measure}"
            verb = "exempted" if other.exempts else "replaced"
            return f"{verb} by {other.measure}: {other.what} ({other.citation})"
    return "no part of the value is left to it"


def _makes(claim: str, cells: Cells) -> bool:
    return claim in cells.claims and bool(cells.claims[claim][0])


def _when(measure: Measure, on: date, known_on: date | None) -> str:
    effective, known = measure.effective, measure.known
    if known_on is not None and measure.announced and on <= known_on and known.covers(known_on):
        return f"announced on {known.since}, with no legal text by {known_on}"
    if known_on is not None and known_on < known.since:
        return f"not yet known on {known_on}: announced {known.since}"
    if known.until is not None and (known_on is None or known.until <= known_on):
        return f"due on {effective.since}, withdrawn or replaced on {known.until}"
    if on < effective.since:
        return f"begins on {effective.since}"
    return f"ended on {measure.collected_to if known_on and measure.collected_to else effective.until}"


def _listed(name: str, rules: Book, cells: Cells, on: date, known_on: date | None) -> str:
    if not rules.is_list(name):
        return f"code {dotted(name)}" if len(name) > 2 else f"chapter {name}"
    line = f"{int(cells.lines[0]):010d}"
    found = rules.list(name)
    code = max((c for c in found.on(on, known_on) if line.startswith(c)), key=len)
    version = found.version(code, on)
    return f"{found.head.what} ({name}, {dotted(code)}, from {version.since}, {version.citation})"
