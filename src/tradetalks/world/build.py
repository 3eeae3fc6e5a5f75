"""Build: worlds from their publishers' files, with the checks they must pass.

`icio2022` ships with the package: flows of the OECD tables, repaired tariffs, and an input–output block estimated from
the seven regions of 2017 and the WIOD of 2011, balanced to the output, absorption and GDP of 2022. Whoever has the
OECD's own file builds an exact world from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.world import inputs, tariffs
from tradetalks.world.accounts import ElasticitySet, World
from tradetalks.world.checks import Check, checks_of_2022, checks_of_identities, near
from tradetalks.world.sources import census, compiled_icio, elasticities, files, oecd_icio, regions2017, wiod, worldbank
from tradetalks.world.sources.concordance import EU27, SECTORS, sector_of_industry
from tradetalks.world.store import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FILES = {
    "flows and tariffs": "icio/ICIO2022.mat",
    "coefficients 2017": "icio2017-7x44/IOshare.csv",
    "value added 2017": "icio2017-7x44/vashare.csv",
    "output 2017": "icio2017-7x44/TradeFlow2017.csv",
    "retaliation": "icio2017-7x44/tariff_China.csv",
    "coefficients 2011": "wiod/wiot_2011.RData",
    "duties": "census/us-imports-2024-hs10.parquet",
    "products": "concordance/hs10_gtap_crosswalk.csv",
    "partners": "concordance/census_iso3_names.csv",
    "gdp": "macro/gdp_current_usd.csv",
    "elasticities": "elasticities/elasticities_icio28.csv",
}
"""Source files, relative to the folder of sources."""

DEFAULT_SET = "median"
WIOD_YEAR = 2011


@dataclass(frozen=True, eq=False)
class BuiltWorld:
    """A world, the checks it was put to, and the tariff repairs it went through."""

    world: World
    checks: tuple[Check, ...]
    repairs: tuple[tariffs.Repair, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)


def build_icio2022(
    sources: Path | str, progress: Callable[[str], None] | None = None, skip: Collection[str] = ()
) -> BuiltWorld:
    """Computes `icio2022` from a folder of sources laid out as `FILES`.

    `skip` names tariff repairs (`tariffs.STEPS`) to leave out; `progress` is told each stage. The same sources give
    the same world to the bit. Raises `SourceError` for a file that is missing or not in its layout, `WorldError` for
    accounts that cannot be balanced.
    """
    tell = progress or (lambda stage: None)
    folder = Path(sources)
    if not folder.is_dir():
        raise SourceError(f"{folder.as_posix()}: no such folder; expected the sources {', '.join(FILES.values())}")
    paths = {name: files.require(folder / place, name) for name, place in FILES.items()}

    tell("flows and tariffs")
    raw = compiled_icio.merged(compiled_icio.load(paths["flows and tariffs"]))
    raw = replace(raw, flows=_single(raw.flows))
    tell("tariff repairs")
    collected = census.by_sector(census.load(paths["duties"]), paths["products"].parent)
    evidence = tariffs.Evidence(collected, regions2017.additions(paths["retaliation"], "China_tariff_wave5"))
    repaired, repairs = tariffs.repair(raw, evidence, skip)
    repaired = _single(repaired)
    tell("input-output prior")
    regions, table = regions2017.load(paths["coefficients 2017"].parent), wiod.load(paths["coefficients 2011"])
    priors = blend(raw, regions, table)
    gdp = worldbank.load(paths["gdp"], raw.year)
    value_added = value_added_targets(raw, priors["blend"], table, gdp, worldbank.load(paths["gdp"], WIOD_YEAR))
    tell("balancing")
    final = final_shares(raw, regions, table)
    bought = inputs.balanced(priors["blend"], final, raw.flows, repaired, value_added, raw.economies)
    sets = elasticities.load(paths["elasticities"])
    world = rounded(
        World(
            raw.economies,
            raw.sectors,
            raw.flows,
            repaired,
            bought.io_shares,
            1 - bought.io_shares.sum(1),
            sets[DEFAULT_SET].values,
            name="icio2022",
            year=raw.year,
            elasticity_source=f"{DEFAULT_SET}: {sets[DEFAULT_SET].source}",
            elasticity_sets=sets,
            notes=_notes(paths, repairs),
        )
    )
    tell("checks")
    checks = checks_of_2022(world, bought, priors, gdp) + _rates_beside_collected(world, collected)
    return BuiltWorld(world, tuple(checks), tuple(repairs))


def blend(accounts: compiled_icio.FlowsAndTariffs, regions: regions2017.Regions, table: wiod.Wiod) -> dict[str, Floats]:
    """Prior input coefficients `[n, k, j]` under three names.

    ``regions``: those of the nearest of the seven regions of 2017; ``wiod``: the same detail at the country's own
    level of 2011 (where WIOD has it); ``blend``: the region's where it is the economy itself, else ``wiod``.
    """
    near = dict(zip(regions.regions, regions.coefficients, strict=True))
    own = table.coefficients
    groups = wiod.group_indices(accounts.sectors)
    output = accounts.flows.sum(1).T
    names = [inputs.region_of(code, EU27) for code in accounts.economies]
    plain = np.array([near[name] for name in names])
    levelled = plain.copy()
    for n, code in enumerate(accounts.economies):
        if code in own and code != "ROW":
            levelled[n] = inputs.with_own_level(plain[n], own[code], groups, output[n])
    itself = np.array([name == code for name, code in zip(names, accounts.economies, strict=True)])
    return {"regions": plain, "wiod": levelled, "blend": np.where(itself[:, None, None], plain, levelled)}


def final_shares(accounts: compiled_icio.FlowsAndTariffs, regions: regions2017.Regions, table: wiod.Wiod) -> Floats:
    """Share of absorption that was final demand, `[n, k]`: of the nearest region in 2017, at the level of the economy's
    WIOD groups in 2011 where WIOD has it and it is no region itself."""
    then, groups = table.final_shares, wiod.group_indices(accounts.sectors)
    absorption = accounts.flows.sum(2).T
    found = np.zeros(absorption.shape)
    for n, code in enumerate(accounts.economies):
        near = inputs.region_of(code, EU27)
        found[n] = regions.final_shares[regions.regions.index(near)]
        if code in then and code not in (near, "ROW"):
            found[n] = inputs.final_at_level(found[n], then[code], groups, absorption[n])
    return found


def value_added_targets(
    accounts: compiled_icio.FlowsAndTariffs, prior: Floats, table: wiod.Wiod, gdp: dict[str, float],
    gdp_then: dict[str, float],
) -> Floats:  # fmt: skip
    """Value added at basic prices to meet, `[n]`, US$ m.

    GDP at market prices times the ratio of value added to GDP that the country had in the WIOD year (0.9 to 1.0; the
    median ratio elsewhere). Taiwan and the rest of the world, whose GDP the World Bank does not publish, keep what the
    prior implies.
    """
    made = dict(zip(table.countries, table.value_added.sum(1), strict=True))
    ratio = inputs.basic_price_ratios(accounts.economies, made, gdp_then)
    implied = ((1 - prior.sum(1)) * accounts.flows.sum(1).T).sum(1)
    return np.array(
        [
            gdp[code] * ratio[code] if code in gdp and code != "ROW" else implied[n]
            for n, code in enumerate(accounts.economies)
        ]
    )


def _rates_beside_collected(world: World, collected: census.Collected) -> list[Check]:
    """Mean US rates, weighted by the flows of the world, beside duty over value in the customs data."""
    usa, checks = world.economy("USA"), []
    for partner in ("*", "CHN", "JPN", "VNM", "MEX", "KOR"):
        i = np.array(world.economy_indices(partner))
        there = np.array([partner in ("*", code) for code in collected.partners])
        flows, rates = world.flows[:-1, usa, i], world.tariffs[:-1, usa, i]
        flows = flows * (i != usa)
        paid = float(collected.duty[there].sum() / collected.value[there].sum())
        name = "all partners" if partner == "*" else partner
        checks.append(
            near(
                f"US tariff on {name}", (flows * rates).sum() / flows.sum(), paid, 0.025, "weights of 2022 and of 2024"
            )
        )
    return checks


def _single(array: Floats) -> Floats:
    return np.asarray(array.astype(np.float32).astype(np.float64))


def _notes(paths: dict[str, Path], repairs: list[tariffs.Repair]) -> dict[str, str]:
    notes = {
        "what": "81 economies x 23 sectors, 2022, US$ m at basic prices; deficits as observed",
        "flows": "OECD Inter-Country Input-Output tables, edition 2025 (compiled by A. Lashkaripour), 28 sectors to 23",
        "tariffs": "Teti, Global Tariff Database (beta 2024-12), rates of 2021, repaired by stated rules; "
        "US column from the US Census Bureau, 2024",
        "inputs": "an estimate, not the published block: detail from the nearest of seven regions in 2017 (Z. Wang, "
        "after OECD), levels and final use from WIOD 2011 (Timmer et al. 2015), balanced (RAS) to output, "
        "absorption and GDP of 2022",
        "gdp": "World Bank, NY.GDP.MKTP.CD (CC BY 4.0), at basic prices by the ratio of WIOD 2011; Taiwan and ROW from "
        "the prior",
        "elasticities": f"{DEFAULT_SET} of the published sets by default; every set capped to 1.5-15, services 4",
    }
    for step in repairs:
        notes[f"tariffs.{step.name}"] = (
            f"{step.what}; {step.importer}: {step.before:.2%} before, {step.after:.2%} after, {step.cells} cells"
        )
    for name, path in paths.items():
        notes[f"source.{name}"] = f"{path.name} sha256 {files.checksum(path)}"
    return notes


def build_from_oecd(
    path: Path | str, *, like: World | None = None, merge: bool = True, name: str | None = None
) -> BuiltWorld:
    """An exact world from the OECD's own ICIO file: its flows and its own input–output block.

    - `like`: a world that lends its tariffs (by importer, exporter and sector) and its elasticities, such as
      ``World.load("icio2022")``; where it lacks a code, and without it, tariffs are 0 and elasticities 4
    - `merge`: whether industries are merged into the 23 sectors of `icio2022`, or kept

    Where stocks fell by more than was otherwise bought, the negative final use is set to zero: what was sold from
    stock counts as output of the year. Inputs above output are scaled to it. Taxes on inputs are part of value added.
    Raises `SourceError` for a file that is missing or not in its known layout.
    """
    table = oecd_icio.load(path)
    sectors, to = _grouping(table.industries, merge)
    inter = np.einsum("okdu,ka,ub->oadb", table.inter, to, to, optimize=True)
    final = np.einsum("okd,ka->oad", table.final, to)
    fallen = float(-final[final < 0].sum())
    flows = np.einsum("oad->ado", inter.sum(3) + np.maximum(final, 0))
    output = flows.sum(1).T
    used = inter.sum(0).transpose(1, 0, 2)  # [destination, input, user]
    io_shares = np.divide(used, output[:, None, :], out=np.zeros_like(used), where=output[:, None, :] > 0)
    total = io_shares.sum(1)
    above = int((total > 1).sum())
    io_shares /= np.maximum(total, 1)[:, None, :]
    rates, theta, sets, lent = _lent(like, table.economies, sectors)
    world = rounded(
        World(
            table.economies,
            sectors,
            flows,
            rates,
            io_shares,
            np.maximum(1 - io_shares.sum(1), 0),
            theta,
            name=name or Path(path).stem,
            year=table.year,
            elasticity_source=like.elasticity_source if like and sets else "4 in every sector, for want of estimates",
            elasticity_sets=sets,
            notes={
                "what": f"{len(table.economies)} economies x {len(sectors)} sectors, US$ m at basic prices; deficits "
                "as observed",
                "flows": "OECD, Inter-Country Input-Output Database, http://oe.cd/icio",
                "tariffs": lent,
                "stocks": f"US$ {fallen:,.1f} m of negative final use set to zero",
                "inputs": f"as published; scaled to output in {above} industries",
                "source.flows": f"{Path(path).name} sha256 {files.checksum(Path(path))}",
            },
        )
    )
    made = float(table.output.sum())
    checks = (
        near("largest gap of a row or column, US$ m", table.residual, 0, 0.1 + 2e-4 * float(table.output.max())),
        near("output against the file, US$ m", float(world.output.sum()), made, 0.01 * made, "stocks set to zero add"),
        *checks_of_identities(world),
    )
    return BuiltWorld(world, checks)


def _grouping(industries: tuple[str, ...], merge: bool) -> tuple[tuple[str, ...], Floats]:
    """Sectors, and which industry belongs to which, `[industry, sector]`."""
    names = [sector_of_industry(code) if merge else code for code in industries]
    sectors = tuple(code for code in SECTORS if code in names) if merge else tuple(industries)
    return sectors, np.array([[float(name == sector) for sector in sectors] for name in names])


def _lent(
    like: World | None, economies: tuple[str, ...], sectors: tuple[str, ...]
) -> tuple[Floats, Floats, dict[str, ElasticitySet], str]:
    """Tariffs, elasticities and their sets, as far as `like` has the codes, and where they come from."""
    n, j = len(economies), len(sectors)
    rates, theta = np.zeros((j, n, n)), np.full(j, 4.0)
    if like is None:
        return rates, theta, {}, "none in the file: all zero"
    here = [i for i, code in enumerate(economies) if code in like.economies]
    there = [like.economies.index(economies[i]) for i in here]
    mine = [i for i, code in enumerate(sectors) if code in like.sectors]
    theirs = [like.sectors.index(sectors[i]) for i in mine]
    rates[np.ix_(mine, here, here)] = like.tariffs[np.ix_(theirs, there, there)]
    theta[mine] = like.elasticities[theirs]
    whole = len(mine) == j
    sets = {k: ElasticitySet(v.values[theirs], v.source) for k, v in like.elasticity_sets.items()} if whole else {}
    return rates, theta, sets, f"those of {like.name} ({like.fingerprint}) for {len(here)} of {n} economies"
