"""Bargaining from the command line: what could be signed, what each card is worth, and what to answer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

import tradetalks
from tradetalks.errors import OfferError
from tradetalks.terminal import Json, console, print_json, print_table, progress

if TYPE_CHECKING:
    from tradetalks.talks.answers import Answer, Package
    from tradetalks.talks.deals import Deals
    from tradetalks.talks.scenarios.info import Written

CaseName = Annotated[str, Parameter(help="A built-in case, or the path of a case file.")]
AsOf = Annotated[str | None, Parameter(help="Go back to an earlier day (YYYY-MM-DD): nothing known later is used.")]
Fallback = Annotated[
    str | None, Parameter(help="Reference point that reservation values come from, or tree for the no-deal tree.")
]
Workers = Annotated[int | None, Parameter(help="Processes that share the work; by default one a processor.")]
Limit = Annotated[
    int | None,
    Parameter(help="Offers solved in full; larger tables are searched. By default those of 4,000 equilibria, or 400."),
]
Goal = Annotated[
    list[str] | None,
    Parameter(
        negative="", help="What we want, as ISSUE=OPTION; may be given several times. By default the case's own."
    ),
]
Proposed = Annotated[
    list[str] | None,
    Parameter(negative="", help="An offer on the table, as ISSUE=OPTION; other issues stay as they are."),
]
Export = Annotated[
    Path | None, Parameter(help="Folder to write the table to, for negotiation software (NegMAS, GENIUS).")
]
Form = Annotated[Literal["yml", "json", "xml"], Parameter(help="NegMAS in YAML or JSON, or GENIUS XML.")]


def offers(
    case: CaseName,
    *,
    as_of: AsOf = None,
    no_deal: Fallback = None,
    goal: Goal = None,
    reply: Proposed = None,
    export: Export = None,
    form: Form = "yml",
    limit: Limit = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Score the offers of a case: frontier, solutions, zone of agreement, what each card is worth, what to answer."""
    one_thread()
    goals, proposed = _terms(goal), _terms(reply)
    deals = negotiated(case, as_of, no_deal, workers, quiet=json, limit=limit, goals=goals, also=proposed)
    answer = deals.reply(proposed) if proposed else None
    written = _export(deals, export, form) if export else None
    worths, rates, agreement = deals.worths, deals.changes(), deals.agreement
    packages, short = _packages(deals)
    if json:
        print_json(
            deals.as_json()
            | {
                "options": [
                    worth._asdict() | {"payoffs": {p: e.as_json() for p, e in worth.payoffs.items()}}
                    for worth in worths
                ],
                "exchange": [change._asdict() for change in rates],
                "goals": dict(deals.case.goals),
                "packages": [package._asdict() for package in packages],
                "agreement": {name: value for name, value in agreement._asdict().items() if name != "offers"},
                "answer": None if answer is None else answer._asdict(),
                "written": [str(path) for path in written.files] if written else [],
            }
        )
        return
    _print(deals)
    parties = list(deals.case.parties)
    rows = [
        [
            w.issue,
            w.option,
            *(_span(w.payoffs[p]) for p in parties),
            ", ".join(w.methods) + (" *" if w.elicited else ""),
        ]
        for w in worths
    ]
    title = "what each option is worth alone, US$ bn a year (* asked for or assumed)"
    print_table(title, ["", "", *parties, "method"], rows, {0, 1, len(parties) + 2})
    priced = [c for c in rates if c.kind in ("free", "concession")]
    rows = [[c.issue, c.option, f"{c.cost:+.2f}", f"{c.gain:+.2f}", _price(c.price)] for c in priced]
    print_table(
        "what a dollar of theirs costs us, cheapest first", ["", "", "our cost", "their gain", "price"], rows, 2
    )
    if packages:
        wanted = ", ".join(f"{issue} {option}" for issue, option in deals.case.goals.items())
        rows = [
            [*(f"{p.over_no_deal[party]:+.2f}" for party in parties), f"{p.ratified:.0%}", _changed(p.options)]
            for p in packages
        ]
        print_table(
            f"packages with {wanted}, gain over no deal, US$ bn a year", [*parties, "ratified", "what changes"], rows,
            {len(parties) + 1},
        )  # fmt: skip
    screen = console()
    if short:
        screen.print(f"no package: {short}", highlight=False, markup=False)
    low, high = agreement.interval
    chance = f"{agreement.chance:.0%} of {agreement.draws:,} draws of weights and chances ({low:.0%} to {high:.0%})"
    screen.print(f"something to sign in {chance}", highlight=False, markup=False)
    if answer:
        _print_answer(deals, answer)
    if written:
        for path in written.files:
            screen.print(f"[dim]wrote[/dim] {path}", highlight=False, soft_wrap=True)
        _print_error(deals, written)


def _packages(deals: Deals) -> tuple[list[Package], str]:
    """The cheapest packages that reach the goals; or why there are none."""
    if not deals.case.goals:
        return [], ""
    try:
        return deals.packages(), ""
    except OfferError as error:
        return [], str(error)


def one_thread() -> None:
    """Has linear algebra, where not loaded yet, use one thread: of many small products more would only wait."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def negotiated(
    case: str,
    as_of: str | None,
    no_deal: str | None,
    workers: int | None,
    *,
    quiet: bool,
    limit: int | None = None,
    goals: dict[str, str] | None = None,
    also: dict[str, str] | None = None,
) -> Deals:
    """The deals of a case, with a progress bar where somebody looks."""
    loaded = tradetalks.Case.load(case, as_of)
    if goals:
        for issue, option in goals.items():
            loaded.option(issue, option)
        loaded = loaded.model_copy(update={"goals": goals})
    with progress("scoring offers", quiet) as advance:
        return tradetalks.negotiate(
            loaded,
            no_deal=no_deal,
            workers=workers or os.cpu_count() or 1,
            progress=advance,
            limit=limit,
            also=(also,) if also else (),
        )


def _terms(given: list[str] | None) -> dict[str, str]:
    """ISSUE=OPTION, one or several."""
    found = {}
    for text in given or ():
        issue, equals, option = text.partition("=")
        if not equals or not issue.strip() or not option.strip():
            raise OfferError(f'"{text}": write an issue and its option, such as "cars=15 %"')
        found[issue.strip()] = option.strip()
    return found


def _export(deals: Deals, folder: Path, form: Literal["yml", "json", "xml"]) -> Written:
    from tradetalks.talks.scenarios import genius, negmas

    scenario = deals.scenario()
    return genius.write(scenario, folder) if form == "xml" else negmas.write(scenario, folder, form)


def _print(deals: Deals) -> None:
    """The frontier in the zone of agreement, the solutions, and what no deal is worth."""
    from tradetalks.brief.amounts import ordinal
    from tradetalks.talks.answers import changed
    from tradetalks.talks.deals import POINTS

    case, as_is = deals.case, deals.table.as_is

    def row(offer: int) -> list[str]:
        what = _changed(changed(deals, deals.choice(offer), as_is))
        ratified = [f"{deals.ratified.point[offer]:.0%}"] if case.ratification else []
        return [*(f"{x:+.2f}" for x in deals.payoffs[offer]), *ratified, what]

    parties = [*case.parties, *(["ratified"] if case.ratification else [])]
    inside = {int(i) for i in deals.zone}
    order = sorted(map(int, deals.frontier), key=lambda i: -deals.payoffs[i][0])
    chosen = [i for i in order if i in inside] or order
    step = max(1, -(-len(chosen) // MOST_ROWS))
    title = "frontier in the zone of agreement, US$ bn a year against the law as it stands"
    title += f" (every {ordinal(step)} of {len(chosen)})" if step > 1 else ""
    print_table(title, [*parties, "what changes"], [row(i) for i in chosen[::step]], {len(parties)})
    if deals.solutions:
        picked = [[POINTS[name], *row(i)] for name, i in deals.solutions.items()]
        print_table("solutions", ["", *parties, "what changes"], picked, {0, len(parties) + 1})
    without = ", ".join(f"{p} {x:+.2f}" for p, x in zip(case.parties, deals.reservation, strict=True))
    screen = console()
    screen.print(f"no deal ({deals.no_deal}): {without}", highlight=False, markup=False)
    for point in case.reference_points:
        against = ", ".join(_no_deal(deals, party, point) for party in case.parties)
        screen.print(f"  against {point}: {against}", highlight=False, markup=False)
    screen.print(f"zone of agreement: {deals.verdict}", highlight=False, markup=False)
    if deals.screening is not None:
        errors = ", ".join(f"{p} {x:.2g}" for p, x in zip(case.parties, deals.screening.error, strict=True))
        told = f"{deals.on_the_table:,} offers on the table, {deals.in_zone:,} of them in the zone as far as screened; "
        screen.print(f"{told}largest screening error, US$ bn: {errors}", highlight=False, markup=False)
    scores = deals.scores
    said = (
        f"{len(deals.payoffs):,} offers scored by {scores.equilibria:,} equilibria, {scores.per_second:,.0f} a second"
    )
    screen.print(f"[dim]{said}, largest residual {scores.largest_residual:.0e}[/dim]", highlight=False)


def _no_deal(deals: Deals, party: str, point: str) -> str:
    """What no deal is worth to the people of a party against a reference point."""
    worth = deals.states.worth(deals.case.no_deal_weights(deals.no_deal), party, point)
    return f"{party} {_span(worth)}"


MOST_ROWS = 24
"""Offers of the frontier that a screen shows."""


def _print_answer(deals: Deals, answer: Answer) -> None:
    screen = console()
    screen.print(f"\nThe offer on the table: {answer.verdict}. {answer.why}", highlight=False, markup=False)
    without = ", ".join(f"{party} {x:+.2f}" for party, x in answer.over_no_deal.items())
    screen.print(f"  over no deal, US$ bn a year: {without}", highlight=False, markup=False)
    if answer.counter is not None:
        gained = ", ".join(f"{p} {x - answer.payoffs[p]:+.2f}" for p, x in answer.counter_payoffs.items())
        screen.print(
            f"  counter-offer ({gained} a year against it): {_changed(answer.counter_options)}",
            highlight=False, markup=False,
        )  # fmt: skip
    count = len(answer.improvements)
    screen.print(f"  {count:,} offers are at least as good for all and better for one", highlight=False, markup=False)


def _print_error(deals: Deals, written: Written) -> None:
    """How far the files may be from full equilibria."""
    errors = ", ".join(f"{party} {written.largest_error[party]:.2g}" for party in deals.case.parties)
    console().print(f"[dim]largest error of what was written, US$ bn a year: {errors}[/dim]", highlight=False)


def _changed(options: dict[str, str]) -> str:
    return "; ".join(f"{issue} {option}" for issue, option in options.items()) or "all as is"


def _span(estimate: Any) -> str:
    return f"{estimate.point:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def _price(price: float | None) -> str:
    return "free" if price is None else f"{price:.2f}"
