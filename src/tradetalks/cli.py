"""The command line: `tradetalks COMMAND`. Exit 0 when all is well, 1 with one clear error, 2 for bad usage."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter

import tradetalks
from tradetalks import counterfactual, customs, strategy
from tradetalks.catalogue import cases, laws, worlds
from tradetalks.errors import TradetalksError
from tradetalks.terminal import Json, console, print_json, print_offers, print_records, print_table, progress

if TYPE_CHECKING:
    from tradetalks.talks.deals import Deals

app = App(
    name="tradetalks",
    help="Know what a tariff deal is worth before you sign it, and which deal the other side would sign.",
    version=tradetalks.__version__,
    version_flags=["--version"],
)
app.command(worlds)
app.command(cases)
app.command(laws)
app.command(customs.duty)
app.command(customs.rates)
app.command(counterfactual.solve)
app.command(strategy.optimum)
app.command(strategy.nash)
app.command(strategy.cooperate)

CaseName = Annotated[str, Parameter(help="A built-in case, or the path of a case file.")]
AsOf = Annotated[str | None, Parameter(help="Go back to an earlier day (YYYY-MM-DD): nothing known later is used.")]
Fallback = Annotated[str | None, Parameter(help="Reference point that reservation values come from.")]
Workers = Annotated[int | None, Parameter(help="Processes that share the work; by default one a processor.")]
Out = Annotated[Path | None, Parameter(help="Folder to write to; by default one named after the case, here.")]
Limit = Annotated[int | None, Parameter(help="Largest number of offers allowed.")]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    gc.set_threshold(50_000)  # imports and records make many objects and no garbage; a fifth of a short command's time
    try:
        tokens = sys.argv[1:] if arguments is None else arguments
        app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return 0
    except CycloptsError as error:
        print(f"tradetalks: {error}\n  `tradetalks --help` lists the commands", file=sys.stderr)
        return 2
    except TradetalksError as error:
        print(f"tradetalks: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `| head` does
        return 0
    except OSError as error:  # the disk is full, a folder is closed to us
        print(f"tradetalks: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tradetalks: stopped", file=sys.stderr)
        return 130


# ---- talks -----------------------------------------------------------------------------------------------


@app.command
def brief(
    case: CaseName,
    *,
    as_of: AsOf = None,
    out: Out = None,
    no_deal: Fallback = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Write the two-page brief of a case (PDF, HTML, JSON) and print its summary."""
    from tradetalks.brief import summary, write
    from tradetalks.brief.contents import contents

    deals = _negotiated(case, as_of, no_deal, workers, quiet=json)
    found = contents(deals)
    written = write(found, out or Path(deals.case.case))
    if json:
        print_json(found)
        return
    screen = console()
    summary(found, screen)
    for path in written:
        screen.print(f"[dim]wrote[/dim] {path}", highlight=False, soft_wrap=True)
    per_second = f"{deals.scores.per_second:,.0f} a second"
    screen.print(f"[dim]{len(deals.payoffs):,} offers scored, {per_second}[/dim]", highlight=False)


@app.command
def offers(
    case: CaseName,
    *,
    as_of: AsOf = None,
    no_deal: Fallback = None,
    limit: Limit = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Score every offer of a case; print the frontier, the four solutions and the zone of agreement."""
    deals = _negotiated(case, as_of, no_deal, workers, quiet=json, limit=limit)
    if json:
        print_json(deals.as_json())
    else:
        print_offers(deals)


# ---- model -----------------------------------------------------------------------------------------------


@app.command
def replicate(paper: str, *, data: Path | None = None, json: Json = False) -> None:
    """Recompute a published paper and print its numbers beside ours.

    Parameters
    ----------
    paper
        Which paper: cp2015, ossa2014, liberation-day or lashkaripour2021.
    data
        Folder with the authors' replication inputs, in a subfolder named after the paper or directly.
    """
    from tradetalks.replicate import replicate as recompute

    found = recompute(paper, data or Path("data/replication"))
    if json:
        print_json(found.as_json())
        return
    screen = console()
    screen.print(found.citation, style="bold", highlight=False)
    for case in dict.fromkeys(row.case for row in found.rows):
        rows = [
            [
                row.table,
                row.row,
                row.column,
                "" if row.published is None else f"{row.published:.{row.decimals}f}",
                f"{row.ours:.{row.decimals + 2}f}",
                "" if row.difference is None else f"{row.difference:+.{row.decimals + 2}f}",
                {True: "agrees", False: "differs", None: ""}[row.agrees],
            ]
            for row in found.rows
            if row.case == case
        ]
        print_table(case, ["", "", "", "published", "ours", "difference", ""], rows, left=3)
    screen.print(f"{found.verdict}; largest residual {found.residual:.0e}", highlight=False)
    for note in found.notes:
        screen.print(f"- {note}", highlight=False)


@app.command
def bench(name: str | None = None, *, json: Json = False) -> None:
    """Time the program on this machine; prints ratios as well as times.

    Parameters
    ----------
    name
        One benchmark; all of them by default.
    """
    root = Path(tradetalks.__file__).parents[2]
    if not (root / "benchmarks" / "registry.py").is_file():
        raise TradetalksError("benchmarks are not part of the installed package: run this from a clone of the project")
    sys.path.insert(0, str(root))
    from benchmarks.registry import BENCHMARKS, run

    if name is not None and name not in BENCHMARKS:
        raise TradetalksError(f'no benchmark "{name}"; known: {", ".join(BENCHMARKS)}')
    print_records(run(name), json, "benchmarks")


# ---- shared by commands ----------------------------------------------------------------------------------


def _negotiated(
    case: str, as_of: str | None, no_deal: str | None, workers: int | None, *, quiet: bool, limit: int | None = None
) -> Deals:
    from tradetalks.talks.table import MOST_OFFERS

    loaded = tradetalks.Case.load(case, as_of)
    with progress("scoring offers", quiet) as advance:
        return tradetalks.negotiate(
            loaded,
            no_deal=no_deal,
            workers=workers or os.cpu_count() or 1,
            progress=advance,
            limit=MOST_OFFERS if limit is None else limit,
        )


if __name__ == "__main__":
    sys.exit(main())
