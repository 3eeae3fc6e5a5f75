"""Counterfactuals: what a change of policy does to every economy, from the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import tradetalks
from tradetalks.options import Changes, ClosureOptions, Elasticities
from tradetalks.terminal import Json, console, print_json, print_table

if TYPE_CHECKING:
    from tradetalks.model import Solution

MOST_ROWS = 20

Sectors = Annotated[str | None, Parameter(help="Show the sectors of one economy too.")]


def solve(
    world: str,
    *,
    changes: Changes = Changes(),  # noqa: B008  # frozen
    closure: ClosureOptions = ClosureOptions(),  # noqa: B008  # frozen
    elasticities: Elasticities = None,
    sectors: Sectors = None,
    json: Json = False,
) -> None:
    """Solve for the equilibrium under new policies and print what each economy gains or loses.

    Parameters
    ----------
    world
        A built-in world, or the path of a world file.
    """
    accounts = closure.world(world, elasticities)
    policy = changes.on(accounts)
    solution = tradetalks.solve(accounts, policy, closure=closure.closure(accounts))
    if json:
        print_json(as_json(solution, sectors))
    else:
        _print(solution, sectors)


def as_json(solution: Solution, sectors: str | None = None) -> dict[str, Any]:
    """An equilibrium as plain data; with the sectors of one economy where asked."""
    world = solution.world
    found: dict[str, Any] = {
        "world": world.name,
        "world_fingerprint": world.fingerprint,
        "elasticities": world.elasticity_source,
        "deficits": solution.closure.deficits,
        "closure": repr(solution.closure),
        "horizon": solution.closure.horizon,
        "status": solution.status,
        "residual": solution.residual,
        "sweeps": solution.sweeps,
        "seconds": solution.seconds,
        "message": solution.message,
        "economies": {code: _economy(solution, code) for code in world.economies},
    }
    if solution.commitments:
        found["commitments"] = [vars(one) for one in solution.commitments]
        found["commitments_welfare_usd_bn"] = _of_promises(solution)
    if sectors is not None:
        found["sectors"] = {world.economies[world.economy(sectors)]: _by_sector(solution, sectors)}
    return found


def _of_promises(solution: Solution) -> dict[str, float]:
    """What the promises alone do to each economy's welfare, US$ bn: with them less without."""
    bare = replace(solution.policy, commitments=())
    without = tradetalks.solve(solution.world, bare, closure=solution.closure)
    return solution.world.labelled(solution.welfare.array - without.welfare.array)


def _economy(solution: Solution, code: str) -> dict[str, float]:
    shown = {
        "welfare_usd_bn": solution.welfare[code],
        "real_income_pct": 100 * solution.real_income[code],
        "real_wage_pct": 100 * solution.real_wage[code],
        "exports_pct": 100 * solution.exports[code],
        "imports_pct": 100 * solution.imports[code],
        "tariff_revenue_usd_bn": solution.tariff_revenue[code],
    }
    if solution.closure.labour_supply:
        shown["employment_pct"] = 100 * solution.employment[code]
    return shown


def _by_sector(solution: Solution, economy: str) -> dict[str, dict[str, float]]:
    """Output, value added, and where factors are tied their return, by sector of one economy."""
    n = solution.world.economy(economy)
    columns = {
        "output_pct": 100 * solution.sector_output[:, n],
        "value_added_usd_bn": solution.sector_value_added[:, n],
    }
    if solution.closure.horizon == "short run":
        columns["specific_return_pct"] = 100 * solution.specific_return[:, n]
        columns["specific_income_usd_bn"] = solution.specific_income[:, n]
    return {
        code: {name: float(values[j]) for name, values in columns.items()}
        for j, code in enumerate(solution.world.sectors)
    }


HEADINGS = {
    "welfare_usd_bn": "welfare, US$ bn", "real_income_pct": "real income, %", "real_wage_pct": "real wage, %",
    "exports_pct": "exports, %", "imports_pct": "imports, %", "tariff_revenue_usd_bn": "revenue, US$ bn",
    "employment_pct": "hours, %", "output_pct": "output, %", "value_added_usd_bn": "value added, US$ bn",
    "specific_return_pct": "return of what stays, %", "specific_income_usd_bn": "its income, US$ bn",
}  # fmt: skip


def _print(solution: Solution, sectors: str | None) -> None:
    from tradetalks.world import sectors as sector_names
    from tradetalks.world.economies import name

    world = solution.world
    economies = {code: _economy(solution, code) for code in world.economies}
    order = sorted(economies, key=lambda code: -abs(economies[code]["welfare_usd_bn"]))[:MOST_ROWS]
    _table(
        f"{world.name}, {solution.closure.horizon}: the {len(order)} largest effects",
        {name(code): economies[code] for code in order},
    )
    if sectors is not None:
        rows = _by_sector(solution, sectors)
        title = f"Sectors of {name(world.economies[world.economy(sectors)])}"
        _table(title, {f"{code} {sector_names.name(code)}": row for code, row in rows.items()})
    screen = console()
    for kept in solution.commitments:
        screen.print(
            f"{kept.what}: US$ {kept.bought:,.2f} bn bought at a price {kept.concession:.1%} below the seller's, "
            f"which costs the budget US$ {kept.subsidy:,.2f} bn",
            highlight=False,
        )
    if solution.commitments:
        alone = _of_promises(solution)
        parties = {n for one in solution.policy.commitments for n in (one.importer, *one.exporters)}
        told = ", ".join(f"{name(world.economies[n])} {alone[world.economies[n]]:+,.2f}" for n in sorted(parties)[:6])
        screen.print(f"what the promises alone do to welfare, US$ bn: {told}", highlight=False)
    screen.print(f"[dim]{solution.status}: {solution.message}; {solution.sweeps} sweeps[/dim]", highlight=False)


def _table(title: str, rows: dict[str, dict[str, float]]) -> None:
    columns = list(next(iter(rows.values())))
    body = [[label, *(f"{row[column]:+,.3f}" for column in columns)] for label, row in rows.items()]
    print_table(title, ["", *(HEADINGS[column] for column in columns)], body)
