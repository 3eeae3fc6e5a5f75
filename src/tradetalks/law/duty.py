"""The duty of one entry on one day, with the reason for each part and for each measure that did not apply."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from tradetalks.errors import LawError
from tradetalks.law import rate_text
from tradetalks.law.book import FIRST, LAST, Book, book
from tradetalks.law.countries import code as country
from tradetalks.law.tariff import Line, column, dotted, preference_of, tariff

if TYPE_CHECKING:
    from tradetalks.law.measure import Measure
    from tradetalks.law.scope import Cells
    from tradetalks.law.stacking import Stack

MOST_LISTED = 12
"""Lines shown when the lines under a short code pay different duties."""

PREFERENCE = "preference"
"""The claim of a preferential normal duty."""


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


@dataclass(frozen=True)
class Duty:
    """What an entry pays: `rate` is the sum of its parts; fractions of customs value."""

    importer: str
    partner: str
    code: str
    description: str
    on: str
    known_on: str | None
    rate: float
    normal_duty: float
    parts: tuple[Part, ...]
    not_applied: tuple[Aside, ...]
    lines: tuple[str, ...]
    """Statistical lines that the code stands for."""

    def as_json(self) -> dict[str, Any]:
        """The record of the command line; keys in snake_case, rates as fractions."""
        return asdict(self)


def duty(
    importer: str,
    partner: str,
    code: str,
    on: date | str,
    known_on: date | str | None = None,
    *,
    claims: Collection[str] = (),
    content: Mapping[str, float] | None = None,
    price: float | None = None,
    law: Book | None = None,
) -> Duty:
    """The duty of an entry on a day, and why.

    Parameters
    ----------
    importer, partner
        ISO codes or English names; the partner is the country of origin.
    code
        4 to 10 digits of the importer's tariff; all lines below must agree.
    on
        The day of entry (ISO). A day starts at 12:01 a.m. US Eastern.
    known_on
        Without it, the law as finally in force, retroactive corrections included; with it, the law as known and
        collected on that day.
    claims
        What the entry shows beyond its code: `preference`, `usmca`, `in-transit` and others of `law/usa/claims.yaml`.
    content
        Steel, aluminium and copper as parts of the value; by default an estimate from input-output tables.
    price
        US$ per unit of quantity of the tariff line, for duties by quantity; by default the average rate collected
        in 2024.
    law
        A book of law of one's own; by default the one that ships.

    Raises `UnknownCode` for a country or code that does not exist, `LawError` for a day outside the records, for lines
    that pay different duties, and for a duty by quantity without a price.

    Source: the records of `law/usa`; each part carries its citation.

    >>> found = duty("US", "JP", "8703.23.01", on="2025-04-09")
    >>> round(found.rate, 4), [(part.measure, part.rate) for part in found.parts]
    (0.275, [('mfn', 0.025), ('232-auto-25', 0.25)])
    """
    when, known = day(on), None if known_on is None else day(known_on)
    buyer, seller = country(importer), country(partner)
    if buyer == seller:
        raise LawError(f"{importer} and {partner} are the same country; a duty is paid on goods from another")
    if buyer != "USA":
        from tradetalks.law.normal_duty import normal_duty

        return normal_duty(buyer, seller, code, when, claims, price)
    rules = law or book(buyer)
    schedule = tariff(buyer)
    lines = schedule.under(code)
    claims = _claims(claims, rules)
    entries = [schedule.line(line[:8]) for line in lines]
    normal = {e.hs8: _normal(e, seller, when, PREFERENCE in claims, price, lines) for e in entries}
    cells = _cells(rules, lines, seller, claims, content or {}, when, known)
    stacked = _stacked(rules, cells, when, known, [normal[e.hs8].rate for e in entries])
    totals = [normal[e.hs8].rate + float(stacked.added[:, k].sum()) for k, e in enumerate(entries)]
    _require_agreement(code, lines, totals, stacked)
    parts = (normal[entries[0].hs8], *_parts(stacked, normal[entries[0].hs8].rate, cells, content))
    aside = (*_preferences_aside(entries[0], seller, when, claims), *_aside(rules, cells, stacked, when, known))
    digits = code.replace(".", "").replace(" ", "")
    return Duty(
        buyer, seller, dotted(digits), entries[0].description if len({e.hs8 for e in entries}) == 1 else "",
        when.isoformat(), known.isoformat() if known else None, math.fsum(p.rate for p in parts), parts[0].rate,
        parts, aside, tuple(dotted(line) for line in lines),
    )  # fmt: skip


def day(value: date | str) -> date:
    """A day within the records. Raises `LawError` for what is no day, or one outside them."""
    try:
        found = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise LawError(f'"{value}" is not a day; write year-month-day, such as 2025-04-09') from None
    if not FIRST <= found <= LAST:
        raise LawError(f"{found}: the records of law cover {FIRST} to {LAST}; choose a day within")
    return found


def _claims(given: Collection[str], rules: Book) -> frozenset[str]:
    known = {claim.claim: claim for claim in rules.claims}
    for name in given:
        if name not in known and name != PREFERENCE:
            raise LawError(f'no claim "{name}"; known: {", ".join(sorted({*known, PREFERENCE}))}')
    return frozenset(given) | {name for name, claim in known.items() if claim.assumed}


def _normal(line: Line, partner: str, on: date, claimed: bool, price: float | None, lines: tuple[str, ...]) -> Part:
    """The normal duty of an eight-digit line: its column, or the preference it claims."""
    name, text = column(line, partner)
    open_to = preference_of(line, partner, on) if claimed else None
    citation, since = f"HTSUS {dotted(line.hs8)}", FIRST.isoformat()
    if open_to:
        programme, text = open_to
        reason = f"{programme.what}: {text}"
        return Part(
            "mfn", "FTA", _ad_valorem(text, line, partner, price, lines)[0], reason, programme.citation,
            programme.effective.since.isoformat(), None,
        )  # fmt: skip
    rate, how = _ad_valorem(text, line, partner, price, lines)
    which = "column 2 rate" if name == "other" else "normal duty, column 1 general"
    return Part("mfn", "MFN", rate, f"{which}: {text}{how}", citation, since, None)


def _ad_valorem(text: str, line: Line, partner: str, price: float | None, lines: tuple[str, ...]) -> tuple[float, str]:
    """A rate as a fraction of value, and how it was found where the text is not one."""
    rate = rate_text.parse(text)
    if rate.kind in ("free", "ad valorem"):
        return rate.ad_valorem or 0.0, ""
    if price is not None and rate.kind in ("specific", "compound") and len(rate.specific) == 1:
        amount, unit = rate.specific[0]
        return amount / price + (rate.ad_valorem or 0.0), f", at US$ {price:g} a {unit}"
    from tradetalks.law.equivalent import equivalent

    preferred = preference_of(line, partner, LAST) is not None
    found, how = equivalent(line.hs8, partner, preferred)
    if found is None:
        raise LawError(
            f"{dotted(line.hs8)} pays {text}, and no imports of 2024 show what that is of its value; "
            "give the price a unit in US$ (`price`)"
        )
    return found, f", {how}"


def _cells(
    rules: Book,
    lines: tuple[str, ...],
    partner: str,
    claims: frozenset[str],
    content: Mapping[str, float],
    on: date,
    known_on: date | None,
) -> Cells:
    """The lines as cells; metal content is estimated where some measure asks for it and none is given."""
    import numpy as np

    from tradetalks.law.equivalent import metal_content
    from tradetalks.law.scope import METALS, Cells, bearing

    for metal, share in content.items():
        if metal not in METALS or not 0 <= share <= 1:
            raise LawError(f"content {metal}={share:g}: give parts of one of {', '.join(METALS)}")
    size = len(lines)
    us = next((claim.share for claim in rules.claims if claim.claim == "us-content"), 0.0)
    cells = Cells(
        np.array([int(line) for line in lines], dtype=np.uint64), (partner,), np.arange(size),
        np.zeros(size, dtype=np.intp), {name: np.ones(size, dtype=bool) for name in claims},
        np.tile([content.get(m, 0.0) for m in METALS], (size, 1)), us or 0.0,
    )  # fmt: skip
    asked = any(
        measure.levied_on in METALS and bearing(measure, rules, cells, on, known_on).any()
        for measure in rules.in_force(on, known_on)
    )
    return replace(cells, content=metal_content(lines)) if asked and not content else cells


def _stacked(rules: Book, cells: Cells, on: date, known_on: date | None, normal: list[float]) -> Stack:
    import numpy as np

    from tradetalks.law.scope import candidates
    from tradetalks.law.stacking import stack

    return stack(candidates(rules, cells, on, known_on), rules.rules_on(on, known_on), np.array(normal))


def _require_agreement(code: str, lines: tuple[str, ...], totals: list[float], stacked: Stack) -> None:
    """Refuses a short code whose lines pay different duties, and lists them."""
    paid = [(round(total, 9), *stacked.added[:, k].round(9)) for k, total in enumerate(totals)]
    if len(set(paid)) == 1:
        return
    by_duty: dict[tuple[float, ...], list[str]] = {}
    for line, duties in zip(lines, paid, strict=True):
        by_duty.setdefault(duties, []).append(dotted(line))
    told = []
    for duties, under in sorted(by_duty.items(), key=lambda item: item[1][0])[:MOST_LISTED]:
        more = f" and {len(under) - MOST_LISTED} more" if len(under) > MOST_LISTED else ""
        told.append(f"{duties[0]:.2%}: {', '.join(under[:MOST_LISTED])}{more}")
    raise LawError(
        f"{code} covers {len(lines)} lines that pay different duties; give a longer code:\n  " + "\n  ".join(told)
    )


def _parts(stacked: Stack, normal: float, cells: Cells, content: Mapping[str, float] | None) -> Iterator[Part]:
    """The measures that bear on the first line, with what each is levied on."""
    for k, measure in enumerate(stacked.measures):
        portion = float(stacked.portion[k, 0])
        if portion <= 0:
            continue
        rate = float(stacked.added[k, 0])
        yield Part(
            measure.measure, measure.authority, rate,
            f"{measure.what}; {_levied(measure, rate, portion, normal, cells, content)}", measure.citation,
            measure.effective.since.isoformat(),
            measure.effective.until.isoformat() if measure.effective.until else None, measure.link,
        )  # fmt: skip


def _levied(
    measure: Measure, rate: float, portion: float, normal: float, cells: Cells, content: Mapping[str, float] | None
) -> str:
    from tradetalks.law.scope import is_cap, rate_of

    stated = rate_of(measure, cells.partners[0])
    base = "the value" if measure.levied_on == "value" else f"the {measure.levied_on} content"
    part = "" if portion > 1 - 1e-12 else f", {portion:.1%} of the value"
    if measure.levied_on not in ("value", "foreign content") and not content:
        part += " (estimated)"
    if not is_cap(measure, cells.partners[0]):
        return f"{stated:.4g} on {base}{part}" if stated >= 10 else f"{100 * stated:.4g} % on {base}{part}"
    if rate == 0:
        return f"total {100 * stated:.4g} %, and the normal duty of {100 * normal:.4g} % is not below that"
    return f"total {100 * stated:.4g} %, normal duty of {100 * normal:.4g} % included{part}"


def _preferences_aside(line: Line, partner: str, on: date, claims: Collection[str]) -> Iterator[Aside]:
    found = preference_of(line, partner, on)
    if found and PREFERENCE not in claims and found[1] != line.general:
        programme, text = found
        yield Aside(
            "mfn", "FTA", f"{programme.what}: {text} if the entry claims it (`{PREFERENCE}`)", programme.citation
        )


def _aside(rules: Book, cells: Cells, stacked: Stack, on: date, known_on: date | None) -> Iterator[Aside]:
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
        if claim not in cells.claims:
            return f"only where the entry claims {claim}"
    for claim in measure.unless:
        if claim in cells.claims:
            return f"the entry claims {claim}"
    for given_way in stacked.yielded:
        if given_way.measure == measure.measure and given_way.cells[0]:
            other = rules.measure(given_way.to)
            if given_way.rule:
                return f"{given_way.rule.what} ({given_way.rule.citation}); here {other.measure}"
            verb = "exempted" if other.exempts else "replaced"
            return f"{verb} by {other.measure}: {other.what} ({other.citation})"
    return "no part of the value is left to it"


def _when(measure: Measure, on: date, known_on: date | None) -> str:
    effective, known = measure.effective, measure.known
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
