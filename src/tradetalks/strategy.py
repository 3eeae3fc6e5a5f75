"""Strategy: optimal, Nash and cooperative tariffs, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

import tradetalks
from tradetalks.errors import PolicyError
from tradetalks.options import Changes, ClosedByDefault, Elasticities
from tradetalks.terminal import Json, console, print_json, print_table

if TYPE_CHECKING:
    from tradetalks.model.first_order import Certificate
    from tradetalks.model.outcome import Outcome
    from tradetalks.world import World

By = Literal["sector and partner", "partner", "sector", "uniform"]
Kind = Literal["equal gains", "nash product", "utilitarian"]
Reference = Literal["status quo", "free trade", "nash"]

MOST_VERIFIED = 12
"""Players of a tariff war up to whom every answer is checked without being asked for."""

MOST_ROWS = 20

Freedom = Annotated[By, Parameter(help="Which rates are free; `sector` is one for all partners (MFN).")]
Sectors = Annotated[list[str] | None, Parameter(negative="", help="Sectors taxed; by default all goods. Repeatable.")]
Lowest = Annotated[float, Parameter(help="Lowest rate, a fraction; negative allows import subsidies.")]
Highest = Annotated[float, Parameter(help="Highest rate, a fraction.")]
Starts = Annotated[int, Parameter(help="Points that searches start from.")]
Seed = Annotated[int, Parameter(help="Seed of the starts drawn at random.")]
Chart = Annotated[Path | None, Parameter(help="Draw rates and gains to this SVG file.")]


def optimum(
    world: str,
    economy: str,
    *,
    by: Freedom = "sector and partner",
    partner: Annotated[list[str] | None, Parameter(negative="")] = None,
    sector: Sectors = None,
    lowest: Lowest = 0.0,
    highest: Highest = 10.0,
    weight: Annotated[list[str] | None, Parameter(negative="")] = None,
    changes: Changes = Changes(),  # noqa: B008  # frozen
    closure: ClosedByDefault = ClosedByDefault(),  # noqa: B008  # frozen
    starts: Starts = 3,
    seed: Seed = 0,
    elasticities: Elasticities = None,
    chart: Chart = None,
    json: Json = False,
) -> None:
    """The tariffs that serve one economy best while all others keep theirs, with the proof that they do.

    Parameters
    ----------
    world
        A built-in world, or the path of a world file.
    economy
        Whose tariffs: a code or a name.
    partner
        On whom; by default on all. Repeatable.
    weight
        SECTOR=WEIGHT counts income earned in a sector more or less than in others, as a lobby would. Repeatable.
    """
    accounts = closure.world(world, elasticities)
    weights = dict(_weight(given) for given in weight or []) or None
    found = tradetalks.optimal_tariffs(
        accounts, economy, by=by, partners=partner or "*", sectors=sector or "goods", bounds=(lowest, highest),
        weights=weights, on=changes.on(accounts), closure=closure.closure(accounts), starts=starts, seed=seed,
    )  # fmt: skip
    from tradetalks.world.economies import name

    _draw(found, chart, f"{name(found.economy)}'s optimal tariffs by {by}, and who pays for them")
    if json:
        print_json(
            {
                **_heading(accounts, found, by),
                "economy": found.economy,
                "weights": weights,
                "value_usd_bn": found.value,
                "average_rate": found.average_rates[found.economy],
                "certificate": _certificate(found.certificate),
                "starts": found.tried,
                "optima": [{"value_usd_bn": peak.value, "searches": peak.searches} for peak in found.optima],
                "spread_usd_bn": found.spread,
                **_body(found),
            }
        )
        return
    what = "the payoff of its government" if weights else "its welfare"
    _say(f"{name(found.economy)}'s optimal tariffs, {len(found.rates):,} rates by {by}", style="bold")
    _say(
        f"{100 * found.average_rates[found.economy]:.1f} % on average; US$ {found.value:+,.2f} bn a year for {what}, "
        f"{100 * found.real_income[found.economy]:+.3f} % of real income"
    )
    _print_gains(found)
    _print_rates(found, "the largest rates by trade")
    proof = found.certificate
    second = "" if proof.curvature is None else f", second order {proof.curvature:+.2f}"
    ends = f"{len(found.optima)} local optim{'um' if len(found.optima) == 1 else 'a'} from {found.tried} starts"
    _note(f"first-order residual {proof.residual:.0e}{second}; {proof.free} rates between bounds; {ends}")


def nash(
    world: str,
    *,
    player: Annotated[list[str] | None, Parameter(negative="")] = None,
    by: Freedom = "sector and partner",
    partner: Annotated[list[str] | None, Parameter(negative="")] = None,
    sector: Sectors = None,
    lowest: Lowest = 0.0,
    highest: Highest = 10.0,
    changes: Changes = Changes(),  # noqa: B008  # frozen
    closure: ClosedByDefault = ClosedByDefault(),  # noqa: B008  # frozen
    starts: Starts = 1,
    seed: Seed = 0,
    verify: bool | None = None,
    elasticities: Elasticities = None,
    chart: Chart = None,
    json: Json = False,
) -> None:
    """The tariffs of a trade war: nobody gains by changing its own while all others keep theirs.

    Parameters
    ----------
    world
        A built-in world, or the path of a world file.
    player
        Who chooses tariffs; by default every economy. Repeatable.
    partner
        On whom; by default on all. Repeatable.
    verify
        Search each player's answer afresh and check its second-order condition; by default for up to 12 players.
    """
    accounts = closure.world(world, elasticities)
    checked = len(player or accounts.economies) <= MOST_VERIFIED if verify is None else verify
    found = tradetalks.nash_tariffs(
        accounts, players=player, by=by, partners=partner or "*", sectors=sector or "goods", bounds=(lowest, highest),
        on=changes.on(accounts), closure=closure.closure(accounts), starts=starts, seed=seed, second_order=checked,
        best_responses=checked,
    )  # fmt: skip
    _draw(found, chart, f"A tariff war of {len(found.players)}, {len(found.rates):,} rates by {by}")
    if json:
        print_json(
            {
                **_heading(accounts, found, by),
                "players": {
                    code: {
                        "average_rate": found.average_rates[code],
                        "certificate": _certificate(found.certificates[code]),
                        "regret_usd_bn": found.regrets.get(code),
                    }
                    for code in found.players
                },
                "residual": found.residual,
                "verified": checked,
                "starts": found.tried,
                "equilibria": [clash.searches for clash in found.equilibria],
                **_body(found),
            }
        )
        return
    _say(f"a tariff war of {len(found.players)}, {len(found.rates):,} rates by {by}", style="bold")
    _print_gains(found, found.average_rates)
    if len(found.players) < len(accounts.economies):
        _print_rates(found, "the largest rates by trade")
    regret = max(found.regrets.values(), default=None)
    answers = (
        "answers not searched afresh (--verify)"
        if regret is None
        else f"most to gain alone US$ {max(regret, 0):.0e} bn"
    )
    _note(
        f"first-order residual {found.residual:.0e}; {answers}; {len(found.equilibria)} equilibri"
        f"{'um' if len(found.equilibria) == 1 else 'a'} with trade from {found.tried} start{'s' * (found.tried > 1)}"
    )


def cooperate(
    world: str,
    *,
    member: Annotated[list[str] | None, Parameter(negative="")] = None,
    kind: Kind = "equal gains",
    relative_to: Reference = "status quo",
    by: Freedom = "sector and partner",
    partner: Annotated[list[str] | None, Parameter(negative="")] = None,
    sector: Sectors = None,
    lowest: Lowest = 0.0,
    highest: Highest = 10.0,
    changes: Changes = Changes(),  # noqa: B008  # frozen
    closure: ClosedByDefault = ClosedByDefault(),  # noqa: B008  # frozen
    starts: Starts = 2,
    seed: Seed = 0,
    elasticities: Elasticities = None,
    chart: Chart = None,
    json: Json = False,
) -> None:
    """Tariffs that members could agree on: none of them can gain more without a loss to another.

    Parameters
    ----------
    world
        A built-in world, or the path of a world file.
    member
        Who agrees; by default every economy. Repeatable.
    kind
        The largest gain that all can have alike, the largest product of gains, or the largest sum.
    relative_to
        Where gains are counted from.
    partner
        On whom members choose tariffs; by default on one another. Repeatable.
    """
    accounts = closure.world(world, elasticities)
    found = tradetalks.cooperative_tariffs(
        accounts, member or accounts.economies, kind=kind, relative_to=relative_to, by=by, partners=partner,
        sectors=sector or "goods", bounds=(lowest, highest), on=changes.on(accounts),
        closure=closure.closure(accounts), starts=starts, seed=seed,
    )  # fmt: skip
    _draw(found, chart, f"An agreement of {len(found.members)} on {len(found.rates):,} rates by {by}: {kind}")
    if json:
        print_json(
            {
                **_heading(accounts, found, by),
                "kind": kind,
                "relative_to": relative_to,
                "members": {
                    code: {
                        "value_usd_bn": found.values[code],
                        "relative_gain": found.relative_gains[code],
                        "multiplier": found.multipliers[code],
                        "average_rate": found.average_rates[code],
                    }
                    for code in found.members
                },
                "inequality": found.inequality,
                "certificate": _certificate(found.certificate),
                "starts": found.tried,
                "scores": list(found.scores),
                **_body(found),
            }
        )
        return
    _say(
        f"an agreement of {len(found.members)} on {len(found.rates):,} rates by {by}: {kind}, counted from the "
        f"{relative_to if relative_to != 'nash' else 'tariff war'}",
        style="bold",
    )
    _print_gains(found, found.average_rates, found.multipliers)
    _note(
        f"first-order residual {found.certificate.residual:.0e}; {len(found.scores)} of {found.tried} searches ended "
        "at an agreement"
    )


# ---- what the commands share ---------------------------------------------------------------------------------------


def _draw(found: Outcome, chart: Path | None, title: str) -> None:
    if chart is None:
        return
    from tradetalks.brief.outcome import outcome_svg
    from tradetalks.brief.write import write_picture

    write_picture(chart, lambda: outcome_svg(found, title))


def _weight(given: str) -> tuple[str, float]:
    sector, _, weight = given.partition("=")
    try:
        return sector, float(weight)
    except ValueError:
        raise PolicyError(f'--weight "{given}": write SECTOR=WEIGHT, for example C29=1.5') from None


def _heading(world: World, found: Outcome, by: str) -> dict[str, Any]:
    return {
        "world": world.name,
        "world_fingerprint": world.fingerprint,
        "elasticities": world.elasticity_source,
        "status": found.solution.status,
        "by": by,
        "deficits": found.solution.closure.deficits,
        "closure": repr(found.solution.closure),
        "equilibria_solved": found.solved,
    }


def _body(found: Outcome) -> dict[str, Any]:
    return {
        "economies": {
            code: {
                "welfare_usd_bn": found.gains[code],
                "real_income_pct": 100 * found.real_income[code],
                "tariff_revenue_usd_bn": found.solution.tariff_revenue[code],
            }
            for code in found.solution.world.economies
        },
        "rates": [
            {**lever._asdict(), "rate": float(rate)}
            for lever, rate in zip(found.levers.labels, found.rates, strict=True)
        ],
    }


def _certificate(proof: Certificate) -> dict[str, Any]:
    return {
        "residual": proof.residual,
        "where": proof.where,
        "curvature": proof.curvature,
        "free": proof.free,
        "at_lowest": proof.at_lowest,
        "at_highest": proof.at_highest,
    }


def _print_gains(
    found: Outcome, rates: dict[str, float] | None = None, multipliers: dict[str, float] | None = None
) -> None:
    """Who gains and loses: those who choose tariffs first, then the largest effects."""
    from tradetalks.world.economies import name

    codes = found.solution.world.economies
    chosen = set(found.average_rates)
    order = sorted(codes, key=lambda code: (code not in chosen, -abs(found.gains[code])))
    headings = ["", "welfare, US$ bn", "real income, %", "revenue, US$ bn"]
    headings += ["average rate, %"] * (rates is not None) + ["weight"] * (multipliers is not None)

    def row(code: str) -> list[str]:
        cells = [
            name(code), f"{found.gains[code]:+,.2f}", f"{100 * found.real_income[code]:+.3f}",
            f"{found.solution.tariff_revenue[code]:,.1f}",
        ]  # fmt: skip
        if rates is not None:
            cells.append(f"{100 * rates[code]:.1f}" if code in rates else "")
        if multipliers is not None:
            cells.append(f"{multipliers[code]:.3f}" if code in multipliers else "")
        return cells

    told = order[:MOST_ROWS]
    title = f"gains and losses, {len(told)} of {len(codes)}" if len(told) < len(codes) else "gains and losses"
    print_table(title, headings, [row(code) for code in told])


def _print_rates(found: Outcome, title: str) -> None:
    """The rates on most trade."""
    import numpy as np

    from tradetalks.world.economies import name
    from tradetalks.world.sectors import name as sector_name

    free, world = found.levers, found.levers.world
    imports = free.total(world.flows) / 1000
    before = np.expm1(free.present(found.before.policy))
    rows = [
        [
            name(label.importer), "all" if label.exporter == "*" else name(label.exporter),
            "all" if label.sector == "*" else sector_name(label.sector), f"{imports[k]:,.1f}",
            f"{100 * before[k]:.1f}", f"{100 * found.rates[k]:.1f}",
        ]
        for k in np.argsort(-imports, kind="stable")[:MOST_ROWS]
        for label in [free.labels[k]]
    ]  # fmt: skip
    print_table(title, ["importer", "partner", "sector", "imports, US$ bn", "before, %", "rate, %"], rows, left=3)


def _say(text: str, style: str = "") -> None:
    console().print(text, style=style, highlight=False, markup=False)


def _note(text: str) -> None:
    console().print(text, style="dim", highlight=False, markup=False)
