"""The duty of an entry in a country whose normal duties are all its law here: Japan.

Codes are those of the Harmonized System, whose first six digits all countries share.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tradetalks.errors import LawError, UnknownCode
from tradetalks.law.countries import members
from tradetalks.law.measure import Specific
from tradetalks.law.normal import Line, NormalFile, ad_valorem, find, rate
from tradetalks.law.tariff import dotted, tariff
from tradetalks.records import faults, yaml_file

if TYPE_CHECKING:
    from tradetalks.law.duty import Duty
    from tradetalks.law.quotas import NormalRate

FOLDERS = {"JPN": "jpn"}
"""Importers whose normal duties ship, and where."""

QUOTA_FULL = "quota-full"
"""The claim that the quota of the goods is used up."""


@cache
def normal_duties(importer: str) -> NormalFile:
    """The normal duties of an importer. Raises `LawError` where none ship, or with file and line for a wrong record."""
    if importer not in FOLDERS:
        raise LawError(f"no law of {importer} ships; duties are known for USA, {', '.join(FOLDERS)}")
    path = files("tradetalks.law").joinpath(FOLDERS[importer], "normal.yaml")
    shown = f"law/{FOLDERS[importer]}/normal.yaml"
    document = yaml_file.parse(path.read_text(encoding="utf-8"), shown, LawError)
    try:
        return NormalFile.model_validate(document.data)
    except ValidationError as error:
        raise LawError(faults.explained(error, document)) from None


def normal_duty(
    importer: str, partner: str, code: str, on: date, claims: Collection[str] = (), price: float | None = None
) -> Duty:
    """The normal duty of an entry, by the line that names it or as the mean of its sector; see `duty`.

    `price` is in the currency and unit of the duty (yen a kilogram). Raises `UnknownCode` for a code that is none,
    and `LawError` for an importer without records, a claim it does not know, and a code too short for its line.
    """
    from tradetalks.law.duty import Duty
    from tradetalks.law.trail import Aside, Part

    law = normal_duties(importer)
    if unknown := set(claims) - {QUOTA_FULL}:
        raise LawError(f'no claim "{min(unknown)}" in {importer}; known: {QUOTA_FULL}')
    digits = _digits(code)
    line = find(law, digits, partner, on)
    _require_one_line(law, digits, partner, on, line)
    aside: tuple[Aside, ...] = ()
    if line is None:
        part = _of_sector(law, digits, partner)
    else:
        full = law.quota(line.quota).volume if line.quota and QUOTA_FULL in claims else 0.0
        part = _of_line(law, line, on, full, price)
        aside = tuple(
            Aside(measure, "MFN", reason, citation)
            for measure, reason, citation in _not_paid(law, line, on, bool(full))
        )
    return Duty(
        importer, partner, dotted(digits), line.what if line else "", on.isoformat(), None, part[2], part[2],
        (Part(part[0], "MFN", part[2], part[1], part[3], part[4], None),), aside, (dotted(digits),),
    )  # fmt: skip


def _digits(code: str) -> str:
    digits = code.replace(".", "").replace(" ", "")
    if not digits.isdigit() or not 4 <= len(digits) <= 9:
        raise UnknownCode(f'"{code}" is not a code of the tariff; write 4 to 9 digits, such as 1006.30')
    tariff().under(digits[:6])  # the first six digits are the same everywhere
    return digits


def _require_one_line(law: NormalFile, digits: str, partner: str, on: date, line: Line | None) -> None:
    """Refuses a code so short that several lines lie below it."""
    below = {
        dotted(product): other.line
        for other in law.lines
        for product in other.products
        if product != digits and product.startswith(digits) and find(law, product, partner, on) is other
    }
    if below and any(name != (line.line if line else None) for name in below.values()):
        told = "; ".join(f"{product}: {name}" for product, name in sorted(below.items()))
        raise LawError(f"{dotted(digits)} covers lines that pay different duties; give a longer code:\n  {told}")


def _of_line(
    law: NormalFile, line: Line, on: date, used: float, price: float | None
) -> tuple[str, str, float, str, str]:
    levied = rate(law, line, on, used)
    share, told = _share(line, levied, price)
    where = ""
    if line.quota:
        quota = law.quota(line.quota)
        side = "beyond" if quota.state(used) == "full" else "within"
        where = f"{side} the quota of {quota.volume:,.0f} {quota.unit} a year: "
    since = max((stage.since for stage in line.stages if stage.since <= on), default=None)
    if since is None and line.quota:
        since = law.quota(line.quota).effective.since
    return line.line, f"{line.what}, {where}{told}", share, line.citation, (since or on).isoformat()


def _share(line: Line, levied: NormalRate, price: float | None) -> tuple[float, str]:
    """A normal duty as a fraction of value, and in words. Raises `LawError` where a price is lacking or is none."""
    at: Specific | None = line.reference_price
    if price is not None and levied.specific is not None:
        if not price > 0:
            raise LawError(f"a price of {price:g} is none; give what a {levied.specific.unit} costs")
        at = levied.specific.model_copy(update={"amount": price})
    share = ad_valorem(levied, at)
    found = f" at a price of {at.amount:g}, {100 * share:.4g} % of the value" if levied.specific and at else ""
    return share, _words(levied) + found


def _words(levied: NormalRate) -> str:
    """A normal duty as the tariff states it."""
    parts = [f"{100 * levied.ad_valorem:.4g} %"] if levied.ad_valorem else []
    if levied.specific is not None and levied.specific.amount:
        parts.append(f"{levied.specific.amount:g} {levied.specific.currency} a {levied.specific.unit}")
    if levied.mark_up is not None:
        mark = levied.mark_up
        parts.append(f"a state mark-up of up to {mark.amount:g} {mark.currency} a {mark.unit}")
    return " and ".join(parts) or "free"


def _not_paid(law: NormalFile, line: Line, on: date, full: bool) -> list[tuple[str, str, str]]:
    """The other side of the quota, and safeguards that have not fired, with what they would cost."""
    told = []
    if line.quota:
        quota = law.quota(line.quota)
        other = rate(law, line, on, 0.0 if full else quota.volume)
        side = "within" if full else "beyond"
        told.append((quota.quota, f"{side} the quota: {_words(other)}", quota.citation))
    for safeguard in law.safeguards:
        applies = safeguard.safeguard in line.safeguards and safeguard.effective.covers(on)
        if applies and safeguard.running(on) is None:
            words = _words(safeguard.rate_if_fired(on))
            told.append(
                (safeguard.safeguard, f"{safeguard.what}: has not fired; {words} if it does", safeguard.citation)
            )
    return told


def _of_sector(law: NormalFile, digits: str, partner: str) -> tuple[str, str, float, str, str]:
    """The mean normal duty of the sector that makes a product."""
    import numpy as np

    from tradetalks.law.trade import NO_SECTOR, trade

    table = trade()
    head = digits[:6]
    near = table.lines // np.uint64(10 ** (10 - len(head))) == np.uint64(int(head))
    made = set(table.sector[near].tolist()) - {NO_SECTOR}
    if len(made) != 1:
        raise LawError(f"{dotted(digits)}: no line here names it, and its sector is not clear; give six digits")
    sector = table.sectors[made.pop()]
    rows = [s for s in law.sectors if s.sector == sector and (partner in s.partners or "all" in s.partners)]
    if not rows:
        raise LawError(f"{dotted(digits)}: no normal duty of sector {sector} on {partner} is recorded")
    row = min(rows, key=lambda s: len(members(*s.partners)))
    reason = f"mean normal duty of sector {sector}: {100 * row.rate:.4g} %; the product's own is not recorded"
    return f"sector-{sector}", reason, row.rate, row.source.title, row.source.date.isoformat()
