"""The catalogue: worlds and cases at hand, shown, checked, built or begun from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

import tradetalks
from tradetalks.errors import TradetalksError
from tradetalks.terminal import Json, console, print_json, print_records, print_table

if TYPE_CHECKING:
    from tradetalks.talks.case import Case
    from tradetalks.talks.legal_state import AnyMeasure

worlds = App(name="world", help="The accounts of the world economy: list, show, check, build.")
cases = App(name="case", help="Case files: list, show, check, new, schema.")
laws = App(name="law", help="The records of law: list, show, check, copy, schema.")


@worlds.command(name="list")
def world_list(*, json: Json = False) -> None:
    """The worlds that ship with the package."""
    from tradetalks.world.store import available

    found = [tradetalks.World.load(name) for name in available()]
    rows = [
        {
            "world": world.name,
            "year": world.year,
            "economies": len(world.economies),
            "sectors": len(world.sectors),
            "elasticities": world.elasticity_source,
            "fingerprint": world.fingerprint,
        }
        for world in found
    ]
    print_records(rows, json, "worlds")


@worlds.command(name="show")
def world_show(world: str = "icio2022", *, json: Json = False) -> None:
    """A world's economies, sectors, elasticities and notes."""
    from tradetalks.world import economies, sectors

    accounts = tradetalks.World.load(world)
    totals = zip(accounts.economies, accounts.output.sum(0), accounts.value_added, accounts.deficits, strict=True)
    by_sector = [
        {"code": code, "name": sectors.name(code), "elasticity": float(theta)}
        for code, theta in zip(accounts.sectors, accounts.elasticities, strict=True)
    ]
    by_economy = [
        {
            "code": code,
            "name": economies.name(code),
            "output_usd_bn": float(output / 1000),
            "value_added_usd_bn": float(made / 1000),
            "deficit_usd_bn": float(deficit / 1000),
        }
        for code, output, made, deficit in totals
    ]
    found = {
        "world": accounts.name,
        "year": accounts.year,
        "fingerprint": accounts.fingerprint,
        "elasticities": accounts.elasticity_source,
        "elasticity_sets": {name: chosen.source for name, chosen in accounts.elasticity_sets.items()},
        "sectors": by_sector,
        "economies": by_economy,
        "notes": dict(accounts.notes),
    }
    if json:
        print_json(found)
        return
    console().print(f"{accounts!r}; elasticities {accounts.elasticity_source}", highlight=False)
    print_records(by_sector, False, "sectors")
    print_records(by_economy, False, "economies")
    for name, note in accounts.notes.items():
        console().print(f"{name}: {note}", highlight=False, markup=False)


@worlds.command(name="check")
def world_check(world: str = "icio2022", *, json: Json = False) -> None:
    """Every accounting identity of a world, with its largest gap; fails when one is violated."""
    from tradetalks.world import check, identities

    accounts = tradetalks.World.load(world)
    rows = [{"identity": i.name, "holds": i.holds, "gap": i.gap, "worst": i.worst} for i in identities(accounts)]
    print_records(rows, json, "identities")
    check(accounts, strict=True)


@worlds.command(name="build")
def world_build(
    *,
    sources: Path = Path("data/sources"),
    oecd: Path | None = None,
    like: str | None = None,
    name: str | None = None,
    out: Path = Path("worlds"),
    json: Json = False,
) -> None:
    """Build a world from its publishers' files, print its checks, write it as observed and with deficits closed.

    Parameters
    ----------
    sources
        Folder of the sources of `icio2022`, the world that ships.
    oecd
        The OECD's own ICIO file (CSV), instead: an exact world.
    like
        World that lends its tariffs and elasticities to the OECD's accounts.
    name
        Name of the world built from the OECD's file.
    out
        Folder to write to.
    """
    from tradetalks.world.build import build_from_oecd, build_icio2022
    from tradetalks.world.store import rounded, save

    tell: Callable[[str], None] = (lambda stage: None) if json else (lambda stage: print(f"  {stage}", file=sys.stderr))
    if oecd is None:
        built = build_icio2022(sources, tell)
    else:
        built = build_from_oecd(oecd, like=None if like is None else tradetalks.World.load(like), name=name)
    tell("deficits closed")
    closed = rounded(tradetalks.rebase(built.world, deficits="closed"))
    files = [save(world, out / f"{world.name}.parquet") for world in (built.world, closed)]
    rows = [
        {"check": c.name, "value": c.value, "expected": c.expected, "ok": c.ok, "note": c.note} for c in built.checks
    ]
    if json:
        repairs = [vars(repair) for repair in built.repairs]
        print_json({"ok": built.ok, "checks": rows, "repairs": repairs, "files": [str(path) for path in files]})
    else:
        print_records(rows, False, "checks")
        for path in files:
            console().print(f"[dim]wrote[/dim] {path} ({path.stat().st_size / 1e6:.2f} MB)", highlight=False)
    if not built.ok:
        failed = ", ".join(check.name for check in built.checks if not check.ok)
        raise TradetalksError(f"{built.world.name} was written, but these checks failed: {failed}")


@cases.command(name="list")
def case_list(*, json: Json = False) -> None:
    """The cases that ship with the package."""
    from tradetalks.talks.case import available

    found = [tradetalks.Case.load(name) for name in available()]
    rows = [{"case": c.case, "title": c.title, "as_of": c.as_of.isoformat(), "world": c.world} for c in found]
    print_records(rows, json, "cases")


@cases.command(name="check")
def case_check(case: str, *, as_of: str | None = None, json: Json = False) -> None:
    """Read a case file and say what is wrong with it, with file, line and field."""
    found = tradetalks.Case.load(case, as_of)
    count = 1
    for issue in found.issues.values():
        count *= len(issue.options)
    said = {"case": found.case, "hash": found.hash, "as_of": found.as_of.isoformat(), "offers": count}
    print_records([said], json, "case")


@cases.command(name="show")
def case_show(case: str, *, as_of: str | None = None, json: Json = False) -> None:
    """What is on the table: issues and options, measures, reference points."""
    from tradetalks.talks.legal_state import legal_state

    found = tradetalks.Case.load(case, as_of)
    if json:
        print_json(found.model_dump(mode="json", by_alias=True, exclude_none=True))
        return
    console().print(f"{found.title} ({found.case}, {found.hash})", style="bold", highlight=False, markup=False)
    print_table("issues", ["", "options"], [[k, " · ".join(i.labels)] for k, i in found.issues.items()], left=2)
    measures = [m for m in legal_state(found).new() if _bears_on(m, found.parties[0])]
    rows = [[m.measure, m.what, m.authority, m.effective.since.isoformat(), m.citation] for m in measures]
    title = f"measures on {found.parties[0]} at the reference point {found.reference}"
    print_table(title, ["", "", "authority", "from", "citation"], rows, left=5)
    points = [[k, p.what, p.on.isoformat()] for k, p in (found.reference_points | found.states).items()]
    print_table("states of the law", ["", "", "law of"], points, left=3)
    _show_talks(found)


def _show_talks(case: Case) -> None:
    """What no deal may come to, what governments count and will not do, who ratifies; where a case says so."""
    from tradetalks.talks.ratification import what_blocks

    if case.tree:
        ways = [
            [f"{leaf.chance.point:.0%}", " → ".join(leaf.branches), leaf.states[-1][1]] for leaf in case.tree.leaves()
        ]
        print_table("no deal", ["chance", "what happens", "state at the end"], ways, left={1, 2})
    weights = [
        [party, ", ".join(w.accounts), f"{w.value:g}", f"{w.low:g} to {w.high:g}", w.why]
        for party, government in case.governments.items()
        for w in government.weights
    ]
    lines = [
        [party, line.what, line.stated.isoformat(), f"{line.cost.point:g} ({line.cost.low:g} to {line.cost.high:g})"]
        for party, government in case.governments.items()
        for line in government.red_lines
    ]
    if weights:
        print_table(
            "what a dollar counts beside welfare", ["", "account", "weight", "range", "why"], weights, {0, 1, 4}
        )
    if lines:
        print_table("red lines", ["", "", "said", "cost, US$ bn a year"], lines, left=3)
    if case.ratification:
        print_table("who ratifies", ["", ""], [[a.actor, what_blocks(a)] for a in case.ratification], left=2)
    if case.off_the_table:
        gone = [[name, w.on.isoformat(), w.what] for name, i in case.off_the_table.items() for w in i.withdrawn]
        print_table("off the table", ["", "since", ""], gone, left=3)


def _bears_on(measure: AnyMeasure, party: str) -> bool:
    """Whether a measure of the law names a party; a case's own measures are shown in any case."""
    from tradetalks.law.measure import Measure
    from tradetalks.law.scope import names_partner

    return not isinstance(measure, Measure) or names_partner(measure, party)


@cases.command(name="new")
def case_new(file: Path, *, like: str = "japan-us-2025-04") -> None:
    """Start a case file of your own from one that ships with the package; never overwrites."""
    from tradetalks.errors import OutputError
    from tradetalks.talks.case import text_of

    text = text_of(like)
    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except OSError as error:
        raise OutputError(
            f"{file}: {error.strerror or error}; give the path of a file that does not exist yet"
        ) from error
    console().print(f"wrote {file}; `tradetalks case check {file}` reads it", highlight=False, soft_wrap=True)


@cases.command(name="schema")
def case_schema() -> None:
    """The JSON Schema of a case file, for editors."""
    print_json(tradetalks.Case.json_schema())


Folder = Annotated[Path | None, Parameter(help="Records of your own, laid out like the ones that ship.")]


@laws.command(name="list")
def law_list(importer: str = "USA", *, on: str | None = None, law: Folder = None, json: Json = False) -> None:
    """The measures of an importer, all of them or those in force on a day."""
    from rich.table import Table
    from rich.text import Text

    from tradetalks.law.book import book
    from tradetalks.law.countries import code as country
    from tradetalks.law.duty import day

    found = book(country(importer), law)
    measures = found.measures if on is None else found.in_force(day(on))
    if json:
        print_json([m.model_dump(mode="json", by_alias=True, exclude_none=True) for m in measures])
        return
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column()
    for m in measures:
        until = m.effective.until.isoformat() if m.effective.until else ""
        never = "" if m.known.until is None else f" (withdrawn or replaced on {m.known.until})"
        table.add_row(m.measure, m.effective.since.isoformat(), until, Text.assemble(m.what, (never, "dim")))
    screen = console()
    screen.print(f"measures of {found.importer}: name, from, to, what", style="bold")
    screen.print(table)


@laws.command(name="show")
def law_show(measure: str, *, importer: str = "USA", law: Folder = None, json: Json = False) -> None:
    """One measure as its file has it, and how durable the statute is that it rests on."""
    from rich.markup import escape

    from tradetalks.law.book import book
    from tradetalks.law.countries import code as country

    found = book(country(importer), law)
    record = found.measure(measure)
    authority = found.authority(record.authority)
    if json:
        said = {
            "measure": record.model_dump(mode="json", by_alias=True, exclude_none=True),
            "authority": authority.model_dump(mode="json", by_alias=True, exclude_none=True) if authority else None,
        }
        print_json(said)
        return
    path, text = found.text_of(measure)
    console().print(f"[dim]{path}[/dim]\n{escape(text)}", highlight=False, soft_wrap=True)
    if authority:
        last = authority.durability.states[-1]
        console().print(
            f"[bold]rests on[/bold] {escape(authority.statute)}, {escape(authority.citation)}", highlight=False
        )
        console().print(escape(f"needs: {authority.durability.needs}"), highlight=False)
        stands = f"{last.standing} since {last.since} (last state on record): {last.why}"
        console().print(escape(stands), highlight=False)


@laws.command(name="check")
def law_check(law: Folder = None, *, importer: str = "USA", json: Json = False) -> None:
    """Read all records and lists of a folder and say what is wrong, with file, line and field."""
    from tradetalks.law import tariff
    from tradetalks.law.book import book
    from tradetalks.law.countries import code as country

    found = book(country(importer), law)
    tariff.require_listed(found)
    said = {
        "importer": found.importer,
        "measures": len(found.measures),
        "rules": len(found.rules),
        "claims": len(found.claims),
        "lists": len(found.heads),
        "fingerprint": found.fingerprint,
    }
    print_records([said], json, "law")


@laws.command(name="copy")
def law_copy(folder: Path) -> None:
    """Copy the records of US law that ship into a new folder, to edit them there; never overwrites."""
    from shutil import copytree, ignore_patterns

    from tradetalks.errors import OutputError
    from tradetalks.law.book import book

    try:
        copytree(book().folder, folder, ignore=ignore_patterns("*.npz", "*.gz", "__pycache__"))
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or error}; give a folder that does not exist yet") from error
    wrote = f"wrote {folder}; `tradetalks law check {folder}` reads it, `tradetalks duty … --law {folder}` applies it"
    console().print(wrote, highlight=False, soft_wrap=True)


@laws.command(name="schema")
def law_schema(kind: str = "measures") -> None:
    """The JSON Schema of a file of law (measures, stacking, claims, lists, authorities …), for editors."""
    from tradetalks.law.schema import schema

    print_json(schema(kind))
