"""The `_info` of a scenario's folder: which file is whose, and how utilities turn back into money.

payoff = offset + factor × utility, party by party; the reservation value alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tradetalks.errors import CaseError, SourceError
from tradetalks.talks.scenarios.additive import Additive, Floats, best_additive
from tradetalks.talks.scenarios.folder import FORMAT, Folder
from tradetalks.talks.scenarios.plain import Plain, number
from tradetalks.talks.scenarios.scenario import MONEY, UTILITY, Scenario, Unit
from tradetalks.talks.scenarios.utilities import Utility

Form = Literal["table", "additive"]

SAME = 1e-12
"""A table this near to an additive one, as a part of its largest payoff, is written as additive: nothing is lost."""


NOTHING = 1e-15
"""Payoffs no further apart are not stretched from 0 to 1: a millionth of a dollar, where the unit is US$ bn."""


@dataclass(frozen=True)
class Written:
    """What was written, and what writing cost."""

    files: tuple[Path, ...]
    forms: Mapping[str, Form]
    """Party → whether its file holds every payoff or the best additive fit to them."""
    largest_error: Mapping[str, float]
    """Party → how far the payoffs in its file are at most from its own, in the unit of the scenario."""


@dataclass(frozen=True)
class Entry:
    """One party's file: its payoffs on the scale of utilities, and the scale."""

    party: str
    file: str
    offset: float
    factor: float
    largest_error: float
    reserved: float
    """The reservation value on the scale of utilities; it can lie outside 0 to 1."""
    weights: tuple[float, ...]
    """Additive payoffs: the part of each issue in the utility; empty for a table. They add up to 1."""
    values: tuple[Floats, ...]
    """Additive payoffs: the worth of each option, from 0 to 1; for a table, one array of all offers."""

    @property
    def form(self) -> Form:
        """Whether the file holds every payoff or an additive fit."""
        return "additive" if self.weights else "table"


def entries(scenario: Scenario, suffix: str, limit: int) -> list[Entry]:
    """The parties' payoffs as files hold them: tables of up to `limit` offers as they are, others in additive form.

    Raises `CaseError` for a scenario with a discount: it would act on utilities, whose zero is not that of money.
    """
    if any(part != 1 for part in scenario.discount or ()):
        raise CaseError(
            f"{scenario.name}: has discounts {scenario.discount}, which act on utilities and not on money; write it "
            "without them: dataclasses.replace(scenario, discount=None)"
        )
    digits = len(str(len(scenario.parties)))
    found = []
    for k, (party, payoffs) in enumerate(zip(scenario.parties, scenario.payoffs, strict=True)):
        slug = re.sub(r"[^A-Za-z0-9-]+", "-", party).strip("-")[:40]
        file = f"{k + 1:0{digits}}{'-' * bool(slug)}{slug}{suffix}"
        error = 0.0 if scenario.largest_error is None else float(scenario.largest_error[k])
        if not isinstance(payoffs, Additive):
            fit, largest = best_additive(payoffs, scenario.shape)
            if largest <= SAME * float(np.abs(payoffs).max()):
                payoffs = fit
            elif scenario.offers > limit:
                payoffs, error = fit, error + largest
        found.append(_entry(party, file, payoffs, float(scenario.reservation[k]), error))
    return found


def _entry(party: str, file: str, payoffs: Additive | Floats, reservation: float, error: float) -> Entry:
    if isinstance(payoffs, Additive):
        low = [float(value.min()) for value in payoffs.values]
        spread = [float(np.ptp(value)) for value in payoffs.values]
        offset, factor = payoffs.low, _width(sum(spread))
        weights = tuple(s / factor for s in spread) if sum(spread) else (1 / len(spread),) * len(spread)
        values = tuple((v - a) / (s or 1.0) for v, a, s in zip(payoffs.values, low, spread, strict=True))
    else:
        offset, factor, weights = float(payoffs.min()), _width(float(np.ptp(payoffs))), ()
        values = ((payoffs - offset) / factor,)
    return Entry(party, file, offset, factor, error, (reservation - offset) / factor, weights, values)


def _width(spread: float) -> float:
    """What a utility of 1 is worth; 1 where all offers are worth the same."""
    return spread if spread > NOTHING else 1.0


def info(scenario: Scenario, domain: str, parties: list[Entry], name: str) -> dict[str, Any]:
    """What `_info` says, for `name`, the file it goes to."""
    return {
        "format": FORMAT,
        "name": scenario.name,
        "unit": scenario.unit,
        "scale": "payoff = offset + factor × utility, party by party; reservation values alike",
        "offers": scenario.offers,
        "domain": domain,
        "files": [domain, *(entry.file for entry in parties), name],
        "parties": [
            {
                "party": entry.party,
                "file": entry.file,
                "form": entry.form,
                "offset": entry.offset,
                "factor": entry.factor,
                "largest_error": entry.largest_error,
            }
            for entry in parties
        ],
    }


def written(files: tuple[Path, ...], parties: list[Entry]) -> Written:
    """What is told to whoever wrote."""
    return Written(files, {e.party: e.form for e in parties}, {e.party: e.largest_error for e in parties})


@dataclass(frozen=True)
class Scale:
    """How one party's utilities turn into payoffs."""

    party: str
    file: str
    offset: float
    factor: float
    largest_error: float

    def payoffs(self, utility: Additive | Floats) -> Additive | Floats:
        """Payoffs in the unit of the scenario."""
        if isinstance(utility, Additive):
            values = [self.factor * value for value in utility.values]
            return replace(utility, constant=self.offset + self.factor * utility.constant, values=values)
        return self.offset + self.factor * utility


def assembled(
    name: str, issues: dict[str, tuple[str, ...]], scales: tuple[Scale, ...], found: list[Utility], unit: Unit
) -> Scenario:
    """The scenario of utilities as they were read, on their scales."""
    return Scenario(
        name,
        issues,
        tuple(scale.party for scale in scales),
        np.array([s.offset + s.factor * u.reserved for s, u in zip(scales, found, strict=True)]),
        tuple(scale.payoffs(u.payoffs) for scale, u in zip(scales, found, strict=True)),
        unit=unit,
        largest_error=np.array([scale.largest_error for scale in scales]),
        discount=tuple(u.discount for u in found),
    )


@dataclass(frozen=True)
class Info:
    """What `_info` of a folder written here says."""

    name: str
    unit: Unit
    domain: str
    scales: tuple[Scale, ...]


def read_info(folder: Folder) -> Info | None:
    """The `_info` of a folder, or None where it is another program's. Raises `SourceError` for one that is damaged."""
    found = folder.info()
    if found is None:
        return None
    shown, data = folder.shown(found[0]), found[1]

    def text(record: Plain, field: str, where: str) -> str:
        value = record.get(field) if isinstance(record, dict) else None
        if not isinstance(value, str):
            raise SourceError(f"{where}: {field} is missing or no text; write the folder anew")
        return value

    unit = text(data, "unit", shown)
    if unit not in (MONEY, UTILITY):
        raise SourceError(f'{shown}: unit "{unit:.40}"; known: {MONEY}, {UTILITY}')
    records = data.get("parties")
    if not isinstance(records, list) or not records:
        raise SourceError(f"{shown}: parties is missing or empty; write the folder anew")
    scales = []
    for k, record in enumerate(records):
        where = f"{shown}: parties[{k + 1}]"
        party, file = text(record, "party", where), text(record, "file", where)
        offset, factor, error = (
            number(text(record, field, where), f"{where}.{field}") for field in ("offset", "factor", "largest_error")
        )
        if not (np.isfinite([offset, factor, error]).all() and factor > 0 and error >= 0):
            raise SourceError(
                f"{where}: offset {offset}, factor {factor}, largest_error {error}; a factor is above zero, an error "
                "zero or above, and all are finite"
            )
        scales.append(Scale(party, file, offset, factor, error))
    return Info(text(data, "name", shown), unit, text(data, "domain", shown), tuple(scales))
