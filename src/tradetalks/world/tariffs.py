"""Tariff repairs: what the compiled tariffs get wrong, set right one named step at a time.

The compiled rates are most-favoured-nation and preferential rates of 2021. Each step can be left out, and records the
import-weighted rate before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import WorldError
from tradetalks.world.sources.concordance import EU27

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.world.sources.census import Collected
    from tradetalks.world.sources.compiled_icio import FlowsAndTariffs

    Floats = NDArray[np.float64]

PEAK = 0.30
"""Highest compiled rate that is believed."""

REST = "ROW"


@dataclass(frozen=True)
class Evidence:
    """What the repairs draw on: duties the United States collected, and China's additional duties on its goods."""

    collected: Collected
    retaliation: Floats
    """Additional Chinese rates by goods sector, fractions."""


@dataclass(frozen=True)
class Repair:
    """One step that was taken: what it did and the rates it moved, as import-weighted fractions."""

    name: str
    what: str
    importer: str
    """The importer, and sector if one, whose mean rate is told; ``world`` for all."""
    before: float
    after: float
    cells: int
    """Cells changed."""


def repair(source: FlowsAndTariffs, evidence: Evidence, skip: Collection[str] = ()) -> tuple[Floats, list[Repair]]:
    """Tariffs `[j, n, i]` after every step of `STEPS` but those to `skip`, and the record of each.

    Raises `WorldError` for a step that does not exist.
    """
    unknown = sorted(set(skip) - set(STEPS))
    if unknown:
        raise WorldError(f"no tariff repair {', '.join(unknown)}; known: {', '.join(STEPS)}")
    records = []
    now = source
    for name, (importer, sectors, what, step) in STEPS.items():
        if name in skip:
            continue
        tariffs = np.array(now.tariffs)
        step(tariffs, now, evidence)
        diagonal = np.arange(len(now.economies))
        tariffs[:, diagonal, diagonal] = 0
        after = replace(now, tariffs=tariffs)
        label = " ".join(part for part in (importer, sectors) if part != "goods")
        records.append(
            Repair(name, what, label, mean_rate(now, importer, sectors), mean_rate(after, importer, sectors),
                   int((tariffs != now.tariffs).sum()))
        )  # fmt: skip
        now = after
    return now.tariffs, records


def mean_rate(accounts: FlowsAndTariffs, importer: str = "world", sector: str = "goods", exporter: str = "*") -> float:
    """Import-weighted tariff: of one importer or the world, on one sector or all goods, from one exporter or all."""
    economies, sectors = accounts.economies, accounts.sectors
    j = np.arange(len(sectors) - 1) if sector == "goods" else np.array([sectors.index(sector)])
    n = np.arange(len(economies)) if importer == "world" else np.array([economies.index(importer)])
    i = np.arange(len(economies)) if exporter == "*" else np.array([economies.index(exporter)])
    flows = accounts.flows[np.ix_(j, n, i)] * (n[:, None] != i)
    total = flows.sum()
    return float((flows * accounts.tariffs[np.ix_(j, n, i)]).sum() / total) if total > 0 else 0.0


def mfn(accounts: FlowsAndTariffs, sharers: int = 5) -> Floats:
    """The rate each importer levies on partners without preference, `[j, n]`.

    The data do not name it; it is taken as the highest rate that at least `sharers` partners face alike (to 0.01
    points), and as the median where no rate is shared.
    """
    j_all, n_all, _ = accounts.tariffs.shape
    found = np.zeros((j_all, n_all))
    for j in range(j_all):
        for n in range(n_all):
            faced = np.delete(accounts.tariffs[j, n], [n, *_places(accounts, (REST,))]).round(4)
            rates, count = np.unique(faced, return_counts=True)
            shared = rates[count >= min(sharers, faced.size)]
            found[j, n] = shared.max() if shared.size else np.median(faced)
    return found


def collected_rates(accounts: FlowsAndTariffs, collected: Collected) -> Floats:
    """US rates by sector and partner `[j, i]` from duty over value.

    A member of the European Union takes the Union's rate; the rest of the world takes that of all partners in the
    file that are no economy here. A partner, or a sector of one, that the file does not hold takes the rate collected
    from partners that face the MFN rate, in proportion to the preference the compiled tariffs show for it.
    """
    economies, usa = accounts.economies, accounts.economies.index("USA")
    compiled, normal = accounts.tariffs[:, usa], mfn(accounts)[:, usa]
    preference = np.minimum(
        np.divide(compiled, normal[:, None], out=np.ones_like(compiled), where=normal[:, None] > 0), 1
    )
    value, duty = (np.zeros((len(accounts.sectors), len(economies))) for _ in range(2))
    for place, partner in enumerate(collected.partners):
        members = EU27 if partner == "EU27" else (partner if partner in economies else REST,)
        for i in _places(accounts, members):
            value[:, i] += collected.value[place]
            duty[:, i] += collected.duty[place]
    apart = _places(accounts, ("CHN", "RUS", "BLR", REST, "USA", *EU27[1:]))  # one member stands for the Union
    plain = preference > 0.999
    plain[:, apart] = False
    base = (value * plain).sum(1)
    usual = np.divide((duty * plain).sum(1), base, out=np.zeros_like(base), where=base > 0)
    return np.asarray(np.divide(duty, value, out=usual[:, None] * preference, where=value > 0))


def _places(accounts: FlowsAndTariffs, codes: Collection[str]) -> list[int]:
    return [accounts.economies.index(code) for code in codes if code in accounts.economies]


# ---- the steps, in order; each changes `tariffs` in place -----------------------------------------------------------


def _services_free(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    tariffs[-1] = 0


def _us_collected(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    usa = now.economies.index("USA")
    tariffs[:-1, usa] = collected_rates(now, evidence.collected)[:-1]


def _canada_free(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    tariffs[:, now.economies.index("USA"), now.economies.index("CAN")] = 0


def _china_retaliation(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    tariffs[: evidence.retaliation.size, now.economies.index("CHN"), now.economies.index("USA")] += evidence.retaliation


def _rest_as_exporter(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    rest, usa = now.economies.index(REST), now.economies.index("USA")
    kept = tariffs[:, usa, rest].copy()
    tariffs[:, :, rest] = mfn(now)
    if kept.any():  # the United States' own column already holds what it collected
        tariffs[:, usa, rest] = kept


def _rest_as_importer(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    once = _places(now, [code for code in now.economies if code not in (REST, *EU27[1:])])  # the Union counts once
    tariffs[:, now.economies.index(REST)] = np.median(mfn(now)[:, once], axis=1)[:, None]


def _peaks(tariffs: Floats, now: FlowsAndTariffs, evidence: Evidence) -> None:
    np.minimum(tariffs, PEAK, out=tariffs)


Step = Callable[[np.ndarray, "FlowsAndTariffs", Evidence], None]

STEPS: dict[str, tuple[str, str, str, Step]] = {
    "services_free": (
        "world", "D_T", "services carry no tariff", _services_free,
    ),
    "us_collected": (
        "USA", "goods",
        "US column from duty collected over customs value in 2024 (Census), by sector and partner; section 301 on "
        "China, preferences and exclusions are within",
        _us_collected,
    ),
    "canada_free": ("USA", "goods", "Canada to the United States free under USMCA", _canada_free),
    "peaks": (
        "world", "C10T12",
        f"no rate above {PEAK:.0%}; nearly all are food, where the compiled rate is the plain mean of food and tobacco",
        _peaks,
    ),
    "china_retaliation": (
        "CHN", "goods",
        "China's additional duties on US goods at the statutory rates of 2019-20; exclusions granted since March 2020 "
        "are not in the data, so this is an upper bound",
        _china_retaliation,
    ),
    "rest_as_exporter": (
        "world", "goods", "goods of the rest of the world pay each importer's MFN rate", _rest_as_exporter,
    ),
    "rest_as_importer": (
        REST, "goods", "the rest of the world levies the median MFN rate of all importers (the Union counted once)",
        _rest_as_importer,
    ),
}  # fmt: skip
"""The repairs in order: importer and sector whose mean rate is recorded, what is done, and the step."""
