"""Normal duties: what an importer levies by sector, and on the lines that are negotiated, before any special measure.

A line has a rate for each period, for the partners it names; a quota or safeguard may stand behind it. Rates by
quantity are told as a share of the value at a reference price.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import Field, model_validator

from tradetalks.errors import LawError
from tradetalks.law.measure import Specific
from tradetalks.law.quotas import NormalRate, Quota, Safeguard, Stage, check_codes, in_order, stage_on
from tradetalks.records.fields import Name, Names, Rate, Record, Source, Text, fault


class Price(Specific):
    """A price at the border by which duties by quantity are told as a share of the value."""

    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _above_zero(self) -> Price:
        if not self.amount > 0:
            raise fault("must be above zero", "amount")
        return self


class Line(Record):
    """Goods that share a normal duty, for the partners it names."""

    line: Name
    what: Text
    products: Names
    """Codes of the tariff, 2 to 9 digits; each stands for all codes that begin with it."""
    partners: Names = ("all",)
    stages: tuple[Stage, ...] = ()
    """Rates in order of time; with a quota, rates within it, in place of the quota's own."""
    quota: Name | None = None
    safeguards: tuple[Name, ...] = ()
    reference_price: Price | None = None
    citation: Text
    source: Source
    note: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Line:
        check_codes(self.products)
        if not self.stages and self.quota is None:
            raise fault("is missing; give rates in order of time, or the `quota` that has them", "stages")
        in_order(self.stages, "stages")
        return self


class SectorRate(Record):
    """The mean normal duty on a sector's goods."""

    sector: Text
    """A code of the OECD ICIO, such as C29."""
    partners: Names = ("all",)
    rate: Rate
    source: Source


class NormalFile(Record):
    """The normal duties of one importer."""

    importer: Text
    sector_source: Source | None = None
    """The source of each sector that names none."""
    sectors: tuple[SectorRate, ...] = ()
    lines: tuple[Line, ...] = Field(min_length=1)
    quotas: tuple[Quota, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, data: object) -> object:
        """What the file says once holds for each of its records."""
        if not isinstance(data, dict):
            return data
        shared = {"importer": data["importer"]} if "importer" in data else {}
        sourced = {"source": data["sector_source"]} if "sector_source" in data else {}
        given = {"sectors": sourced, "quotas": shared, "safeguards": shared}
        return data | {
            key: [common | record if isinstance(record, dict) else record for record in data[key]]
            for key, common in given.items()
            if isinstance(data.get(key), list | tuple)
        }

    @model_validator(mode="after")
    def _consistent(self) -> NormalFile:
        quotas = _once((quota.quota for quota in self.quotas), "quotas")
        safeguards = _once((safeguard.safeguard for safeguard in self.safeguards), "safeguards")
        _once((line.line for line in self.lines), "lines")
        _once((f"{s.sector} of {partner}" for s in self.sectors for partner in s.partners), "sectors")
        _once((f"{code} of {p}" for ln in self.lines for code in ln.products for p in _named(ln)), "lines")
        for line in self.lines:
            if line.quota is not None and line.quota not in quotas:
                raise fault(f'{line.line}: no quota "{line.quota}" in this file; known: {", ".join(quotas)}', "lines")
            for name in line.safeguards:
                if name not in safeguards:
                    known = ", ".join(safeguards)
                    raise fault(f'{line.line}: no safeguard "{name}" in this file; known: {known}', "lines")
        return self

    def quota(self, name: str) -> Quota:
        """A quota by its name. Raises `LawError` where there is none."""
        for quota in self.quotas:
            if quota.quota == name:
                return quota
        raise LawError(f'no quota "{name}"; known: {", ".join(quota.quota for quota in self.quotas)}')


def _once(names: Iterable[str], field: str) -> list[str]:
    """The names, each once, or a fault in `field`."""
    seen: list[str] = []
    for name in names:
        if name in seen:
            raise fault(f"{name} stands twice", field)
        seen.append(name)
    return seen


def _named(line: Line) -> list[str]:
    return [partner for partner in line.partners if not partner.startswith("!")]


def find(file: NormalFile, code: str, partner: str, on: date) -> Line | None:
    """The line that rules a product from a partner on a day: the longest code, then the partner's own before `all`.

    `code` has 2 to 9 digits, `partner` is a code as the file writes it (`USA`). None where no line reaches it.
    """
    best: tuple[int, bool] | None = None
    found = None
    for line in file.lines:
        own = partner in line.partners
        if not own and ("all" not in line.partners or f"!{partner}" in line.partners):
            continue
        if not _holds(file, line, on):
            continue
        for prefix in line.products:
            if code.startswith(prefix) and (best is None or (len(prefix), own) > best):
                best, found = (len(prefix), own), line
    return found


def _holds(file: NormalFile, line: Line, on: date) -> bool:
    if line.stages:
        return stage_on(line.stages, on) is not None
    return line.quota is not None and file.quota(line.quota).effective.covers(on)


def rate(file: NormalFile, line: Line, on: date, used: float = 0.0) -> NormalRate:
    """The normal duty of a line on a day, when `used` of its quota is taken, in the quota's unit.

    A safeguard known to have run on that day comes first. Raises `LawError` for a day the line does not reach and for
    a negative `used`.
    """
    for safeguard in file.safeguards:
        firing = safeguard.running(on) if safeguard.safeguard in line.safeguards else None
        if firing is not None:
            return safeguard.rate_if_fired(firing.since)
    if not _holds(file, line, on):
        raise LawError(f"{line.line}: no rate for {on}; its first stage, or its quota, begins later or has ended")
    staged = stage_on(line.stages, on)
    if line.quota is None:
        assert staged is not None
        return staged
    quota = file.quota(line.quota)
    return quota.beyond if quota.state(used) == "full" else staged or quota.within


def ad_valorem(rate: NormalRate, price: Specific | None) -> float:
    """A duty as a fraction of the value at a price: 3.41 is 341 %. A state trader's mark-up is not in it.

    Raises `LawError` where a duty by quantity meets no price, or one in another currency or unit.

    >>> levy = NormalRate.model_validate({"specific": {"amount": 341, "currency": "JPY", "unit": "kg"}})
    >>> ad_valorem(levy, Specific(amount=100, currency="JPY", unit="kg"))
    3.41
    """
    share = rate.ad_valorem or 0.0
    if rate.specific is None or rate.specific.amount == 0:
        return share
    kind = (rate.specific.currency, rate.specific.unit)
    unit = f"{rate.specific.currency} per {rate.specific.unit}"
    if price is None:
        raise LawError(f"a duty of {rate.specific.amount:g} {unit} needs a price; add `reference_price` to its line")
    if (price.currency, price.unit) != kind:
        raise LawError(f"the price is in {price.currency} per {price.unit}, the duty in {unit}; give both alike")
    if rate.gate is None:
        return share + rate.specific.amount / price.amount
    if price.amount >= rate.gate.amount:
        return share
    return min(rate.specific.amount, rate.gate.amount * (1 + share) - price.amount) / price.amount
