"""The duty of one entry on one day, with the reason for each part and for each measure that did not apply."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from tradetalks.errors import LawError
from tradetalks.law import rate_text
from tradetalks.law.book import FIRST, LAST, Book, book
from tradetalks.law.countries import code as country
from tradetalks.law.preferences import Preference
from tradetalks.law.tariff import Line, column, dotted, preference_of, tariff
from tradetalks.law.trail import PREFERENCE, USMCA, Aside, Part, aside, parts, preference_aside

if TYPE_CHECKING:
    from tradetalks.law.scope import Cells
    from tradetalks.law.stacking import Stack

MOST_LISTED = 12
"""Lines shown when the lines under a short code pay different duties."""


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
        What the entry shows beyond its code: `preference`, `usmca`, `in-transit` and others of `law/usa/claims.yaml`;
        `no:gbr-car-quota` declines one that is otherwise assumed.
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
    made = _claims(claims, rules)
    entries = [schedule.line(line[:8]) for line in lines]
    open_to = {e.hs8: preference_of(e, seller, when, rules.preferences) for e in entries}
    claimed = bool({PREFERENCE, USMCA} & made)
    normal = {e.hs8: _normal(e, seller, open_to[e.hs8], claimed, price) for e in entries}
    cells = _cells(rules, lines, seller, made, claims, content or {}, when, known)
    stacked = _stacked(rules, cells, when, known, [normal[e.hs8].rate for e in entries])
    totals = [normal[e.hs8].rate + float(stacked.added[:, k].sum()) for k, e in enumerate(entries)]
    _require_agreement(code, lines, totals, stacked)
    paid = (normal[entries[0].hs8], *parts(stacked, normal[entries[0].hs8].rate, cells, content, known))
    unclaimed = preference_aside(entries[0], seller, when, made, rules.preferences)
    others = (*unclaimed, *aside(rules, cells, stacked, when, known))
    digits = code.replace(".", "").replace(" ", "")
    return Duty(
        buyer, seller, dotted(digits), entries[0].description if len({e.hs8 for e in entries}) == 1 else "",
        when.isoformat(), known.isoformat() if known else None, math.fsum(p.rate for p in paid), paid[0].rate,
        paid, others, tuple(dotted(line) for line in lines),
    )  # fmt: skip


def day(value: date | str) -> date:
    """A day within the records. Raises `LawError` for what is no day, or one outside them."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else date(value.year, value.month, value.day)
    except ValueError:
        raise LawError(f'"{value}" is not a day; write year-month-day, such as 2025-04-09') from None
    if not FIRST <= found <= LAST:
        raise LawError(f"{found}: the records of law cover {FIRST} to {LAST}; choose a day within")
    return found


DECLINED = "no:"
"""Before the name of a claim that an entry is assumed to make, and does not."""


def _claims(given: Collection[str], rules: Book) -> frozenset[str]:
    """The claims that an entry makes where it can: those given, and those assumed and not declined."""
    known = {claim.claim: claim for claim in rules.claims}
    for name in given:
        if name.removeprefix(DECLINED) not in known and name != PREFERENCE:
            raise LawError(f'no claim "{name}"; known: {", ".join(sorted({*known, PREFERENCE}))}')
    declined = {name.removeprefix(DECLINED) for name in given if name.startswith(DECLINED)}
    assumed = {name for name, claim in known.items() if claim.assumed}
    return frozenset(name for name in given if not name.startswith(DECLINED)) | (assumed - declined)


def _normal(
    line: Line, partner: str, open_to: tuple[Preference, str] | None, claimed: bool, price: float | None
) -> Part:
    """The normal duty of an eight-digit line: its column, or the preference that is open to it and claimed."""
    if open_to and claimed:
        programme, text = open_to
        rate, how = _ad_valorem(text, line, partner, True, price)
        since = programme.effective.since.isoformat()
        return Part("mfn", "FTA", rate, f"{programme.what}: {text}{how}", programme.citation, since, None)
    name, text = column(line, partner)
    rate, how = _ad_valorem(text, line, partner, open_to is not None, price)
    which = "column 2 rate" if name == "other" else "normal duty, column 1 general"
    return Part("mfn", "MFN", rate, f"{which}: {text}{how}", f"HTSUS {dotted(line.hs8)}", FIRST.isoformat(), None)


def _ad_valorem(text: str, line: Line, partner: str, preferred: bool, price: float | None) -> tuple[float, str]:
    """A rate as a fraction of value, and how it was found where the text is not one.

    `preferred`: the partner's own goods may have entered at a preference, so they do not show the general rate.
    """
    rate = rate_text.parse(text)
    if rate.kind in ("free", "ad valorem"):
        return rate.ad_valorem or 0.0, ""
    by_price = rate.kind == "specific" or (rate.kind == "compound" and rate.ad_valorem is not None)
    if price is not None and by_price and len(rate.specific) == 1:
        amount, unit = rate.specific[0]
        if not price > 0:
            raise LawError(f"a price of {price:g} is none; give what a {unit} costs in US$")
        return amount / price + (rate.ad_valorem or 0.0), f", at US$ {price:g} a {unit}"
    if price is not None and rate.specific:
        raise LawError(f"{dotted(line.hs8)} pays {text}, which one price does not tell; leave the price out")
    from tradetalks.law.equivalent import equivalent

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
    given: Collection[str],
    content: Mapping[str, float],
    on: date,
    known_on: date | None,
) -> Cells:
    """The lines as cells; metal content is estimated where some measure asks for it and none is given."""
    import numpy as np

    from tradetalks.law.equivalent import metal_content
    from tradetalks.law.scope import METALS, Cells, bearing, can_claim

    for metal, share in content.items():
        if metal not in METALS or not 0 <= share <= 1:
            raise LawError(f"content {metal}={share:g}: give parts of one of {', '.join(METALS)}")
    if sum(content.values()) > 1 + 1e-9:
        raise LawError(f"contents add to {sum(content.values()):g}; they are parts of one value")
    size, codes = len(lines), np.array([int(line) for line in lines], dtype=np.uint64)
    made = {}
    for claim in rules.claims:
        if claim.claim in claims and (claim.claim in given or claim.open_on(on)):
            goods, who = can_claim(claim, rules, codes, (partner,), {})
            if claim.claim in given and not claim.open_on(on):
                assert claim.effective is not None
                until = f" to the day before {claim.effective.until}" if claim.effective.until else ""
                since = claim.effective.since
                raise LawError(f"{claim.claim} can be claimed from {since}{until}, not on {on} ({claim.what})")
            if claim.claim in given and not (goods & who).any():
                raise LawError(f"these goods of {partner} cannot claim {claim.claim} ({claim.what})")
            made[claim.claim] = goods & who
    us = next((claim.share for claim in rules.claims if claim.claim == "us-content"), 0.0)
    cells = Cells(
        codes, (partner,), np.arange(size), np.zeros(size, dtype=np.intp), made,
        np.tile([content.get(m, 0.0) for m in METALS], (size, 1)), us or 0.0,
    )  # fmt: skip
    asked = any(
        measure.levied_on in METALS and bearing(measure, rules, cells, on, known_on).any()
        for measure in rules.in_force(on, known_on)
    )
    if not asked or content:
        return cells
    mean = metal_content(lines).mean(0)  # an estimate for the code as a whole: lines do not differ in law by it
    return replace(cells, content=np.tile(mean, (size, 1)))


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
        names = [m.measure for m, added in zip(stacked.measures, duties[1:], strict=True) if added > 0]
        by = f" ({', '.join(names)})" if names else ""
        told.append(f"{duties[0]:.2%}{by}: {', '.join(under[:MOST_LISTED])}{more}")
    raise LawError(
        f"{code} covers {len(lines)} lines that pay different duties; give a longer code:\n  " + "\n  ".join(told)
    )
