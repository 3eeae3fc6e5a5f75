"""Customs: what an entry pays and what a schedule comes to, from the command line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

import tradetalks
from tradetalks.errors import LawError
from tradetalks.terminal import Json, console, print_json, print_table

if TYPE_CHECKING:
    from tradetalks.law.book import Book
    from tradetalks.law.duty import Duty
    from tradetalks.law.rates import Rates

OTHER_DAYS = ("begins on ", "ended on ", "due on ", "not yet known on ")
"""How the reasons of measures begin that bear on other days only."""

MOST_OTHER = 4
"""Measures of other days that the terminal names; the plain data hold all."""

On = Annotated[str, Parameter(help="The day (YYYY-MM-DD).")]
KnownOn = Annotated[
    str | None, Parameter(help="The law as known and collected on that day; by default as finally in force.")
]
Law = Annotated[Path | None, Parameter(help="Records of law of your own (`tradetalks law copy`).")]
CLAIM = "What the entry claims, such as usmca; no:NAME declines what is assumed. Repeatable."
Claims = Annotated[list[str] | None, Parameter(name="--claim", negative="", help=CLAIM)]


def duty(
    importer: str,
    partner: str,
    code: str,
    *,
    on: On,
    known_on: KnownOn = None,
    claim: Claims = None,
    content: Annotated[list[str] | None, Parameter(negative="")] = None,
    price: float | None = None,
    law: Law = None,
    json: Json = False,
) -> None:
    """What an entry pays on a day, and why: every part with its law, and what did not apply.

    Parameters
    ----------
    importer
        The country of entry: ISO code or name.
    partner
        The country of origin.
    code
        The product: 4 to 10 digits of the importer's tariff.
    content
        METAL=SHARE of the value, such as steel=0.4; by default an estimate. Repeatable.
    price
        Price a unit of quantity, for duties by quantity: US$, and yen into Japan.
    """
    shares = dict(_share(given, "METAL=SHARE") for given in content or [])
    found = tradetalks.duty(
        importer, partner, code, on, known_on, claims=claim or (), content=shares, price=price, law=_book(importer, law)
    )
    if json:
        print_json(found.as_json())
    else:
        _print_duty(found)


def rates(
    importer: str,
    *,
    partner: str | None = None,
    on: str | None = None,
    since: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    known_on: KnownOn = None,
    as_known: Annotated[bool, Parameter(negative="")] = False,
    share: Annotated[list[str] | None, Parameter(negative="")] = None,
    usage: Literal["settled", "month", "year"] = "settled",
    csv: Annotated[bool, Parameter(negative="")] = False,
    chart: Path | None = None,
    law: Law = None,
    json: Json = False,
) -> None:
    """Trade-weighted duty rates and revenue by partner, sector and authority, on a day or day by day.

    Parameters
    ----------
    importer
        The country of entry; the United States is the one whose trade by product ships.
    partner
        One partner instead of all.
    on
        The day (YYYY-MM-DD).
    since
        First day of a span.
    to
        Last day of a span.
    as_known
        Each day as it was known and collected on that very day.
    share
        CLAIM=SHARE of the trade that makes a claim, such as usmca=0.6. Repeatable.
    usage
        Claims of the USMCA as settled in the second half of 2025, as made in each month, or in the year 2024.
    csv
        Print comma-separated values.
    chart
        Write a picture of the series (SVG) to this file.
    """
    if (on is None) == (since is None) or (since is None) != (to is None):
        raise LawError("give a day (--on) or a span (--from and --to)")
    claims = dict(_share(given, "CLAIM=SHARE") for given in share or [])
    first = on or since or ""
    told = tradetalks.rates(
        importer, first, to, partner=partner, known_on=known_on, as_known=as_known, claims=claims, usage=usage,
        law=_book(importer, law),
    )  # fmt: skip
    found = told if isinstance(told, list) else [told]
    if chart is not None:
        if to is None:
            raise LawError("a picture needs a span: give --from and --to")
        _draw(found, chart)
    if json:
        print_json([r.as_json(law=False) for r in found] if to else found[0].as_json())
    elif csv:
        _print_csv(found)
    elif to is None:
        _print_day(found[0])
    else:
        _print_span(found)
    if chart is not None and not json and not csv:
        console().print(f"[dim]wrote[/dim] {chart}", highlight=False, soft_wrap=True)


def _book(importer: str, folder: Path | None) -> Book | None:
    """Records of one's own, where a folder is given."""
    if folder is None:
        return None
    from tradetalks.law.book import book
    from tradetalks.law.countries import code

    return book(code(importer), folder)


def _share(given: str, form: str) -> tuple[str, float]:
    name, _, share = given.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise LawError(f'"{given}": write {form}, with a share between 0 and 1') from None


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f} %"


def _print_duty(found: Duty) -> None:
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from tradetalks.law.countries import table as countries

    screen = console()
    names = countries()
    what = f"{found.code} {found.description}".strip()
    screen.print(
        f"{names[found.partner].name} to {names[found.importer].name}: {what}",
        style="bold",
        highlight=False,
        markup=False,
    )
    clock = f"as known on {found.known_on}" if found.known_on else "the law as finally in force"
    screen.print(f"{_percent(found.rate)} on {found.on}, {clock}", highlight=False, markup=False)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for p in found.parts:
        ends = f" to {p.until}" if p.until else ""
        law = f"{p.citation}; {p.authority}, from {p.since}{ends}"
        table.add_row(_percent(p.rate), p.measure, Text.assemble(p.reason, "\n", (law, "dim")))
    screen.print(table)
    unlisted = [a for a in found.not_applied if a.reason.startswith("the product is not on ")]
    other_days = [a for a in found.not_applied if a.reason.startswith(OTHER_DAYS)]
    told = [a for a in found.not_applied if a not in unlisted and a not in other_days]
    if told:
        screen.print("\nconsidered, adds nothing", style="bold")
        aside = Table.grid(padding=(0, 2))
        aside.add_column(no_wrap=True)
        for a in told:
            aside.add_row(a.measure, Text.assemble(a.reason, (f"; {a.citation}", "dim")))
        screen.print(aside)
    if other_days:
        more = f"; and {len(other_days) - MOST_OTHER} more" if len(other_days) > MOST_OTHER else ""
        days = "; ".join(f"{a.measure} {a.reason}" for a in other_days[:MOST_OTHER]) + more
        screen.print(f"\n[bold]on other days[/bold] {escape(days)}", highlight=False)
    if unlisted:
        screen.print(f"\n[bold]does not list it[/bold] {', '.join(a.measure for a in unlisted)}", highlight=False)


def _print_day(found: Rates) -> None:
    from rich.table import Table
    from rich.text import Text

    from tradetalks.law.countries import table as countries
    from tradetalks.world.sectors import name

    names = countries()
    clock = f"as known on {found.known_on}" if found.known_on else "the law as finally in force"
    screen = console()
    who = names[found.importer].name + (f" on {names[found.partner].name}" if found.partner else "")
    screen.print(f"{who}, {found.on}, {clock}", style="bold", highlight=False, markup=False)
    screen.print(
        f"{_percent(found.average)} on average, US$ {found.revenue_usd_bn:,.1f} bn a year at the imports of 2024",
        highlight=False,
    )
    print_table("by authority", ["", "points"], [[k, f"{100 * v:.2f}"] for k, v in found.authorities.items()])
    if found.partner is None:
        top = list(found.partners.items())[:20]
        print_table("the 20 largest partners", ["", "rate"], [[names[k].name, _percent(v)] for k, v in top])
    screen.print("by measure", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for ground in found.law:
        points = 100 * found.measures[ground.measure]
        if points >= 0.005:
            ends = f" to {ground.until}" if ground.until else ""
            law = f"{ground.citation}; {ground.authority}, from {ground.since}{ends}"
            table.add_row(f"{points:.2f}", ground.measure, Text.assemble(ground.what, "\n", (law, "dim")))
    screen.print(table)
    screen.print()
    print_table("by sector", ["", "", "rate"], [[k, name(k), _percent(v)] for k, v in found.sectors.items()], left=2)


def _print_span(found: list[Rates]) -> None:
    """The days on which the rate moves, and the measures that move it."""
    from rich.table import Table

    from tradetalks.law.countries import table as countries

    names = countries()
    who = names[found[0].importer].name + (f" on {names[found[0].partner].name}" if found[0].partner else "")
    screen = console()
    screen.print(f"{who}: days on which the average rate moves", style="bold", highlight=False, markup=False)
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_column()
    table.add_row("", "rate", "US$ bn", "", style="dim")
    for before, now in pairwise([None, *found]):
        assert now is not None
        if before is None or abs(now.average - before.average) >= 5e-5:
            moved = _moved(before, now) if before else ""
            table.add_row(now.on, _percent(now.average), f"{now.revenue_usd_bn:,.1f}", moved)
    screen.print(table)


def _moved(before: Rates, now: Rates) -> str:
    """The measures that begin, end or change most between two days, the largest first."""
    change = {
        name: now.measures.get(name, 0.0) - before.measures.get(name, 0.0)
        for name in dict.fromkeys([*now.measures, *before.measures])
    }
    largest = sorted((name for name in change if abs(change[name]) >= 5e-5), key=lambda name: -abs(change[name]))
    told = [f"{name} {100 * change[name]:+.2f}" for name in largest[:3]]
    return ", ".join(told) + (", …" if len(largest) > 3 else "")


def _print_csv(found: list[Rates]) -> None:
    import csv
    import sys

    authorities = list(dict.fromkeys(name for r in found for name in r.authorities))
    partners = list(found[0].partners)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["importer", "on", "known_on", "average", "revenue_usd_bn", *authorities, *partners])
    for r in found:
        shares = [f"{r.authorities.get(name, 0.0):.6f}" for name in authorities]
        by_partner = [f"{r.partners[name]:.6f}" for name in partners]
        out.writerow(
            [r.importer, r.on, r.known_on or "", f"{r.average:.6f}", f"{r.revenue_usd_bn:.3f}", *shares, *by_partner]
        )


def _draw(found: list[Rates], chart: Path) -> None:
    from tradetalks.brief.series import series_svg
    from tradetalks.brief.write import write_picture

    write_picture(chart, lambda: series_svg(found))
