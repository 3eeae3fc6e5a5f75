"""The command line: `tradetalks COMMAND`. Exit 0 when all is well, 1 with one clear error, 2 for bad usage."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

import tradetalks
from tradetalks import bargaining, counterfactual, customs, strategy
from tradetalks.bargaining import AsOf, CaseName, Fallback, Workers, negotiated, one_thread
from tradetalks.catalogue import cases, laws, worlds
from tradetalks.errors import TradetalksError
from tradetalks.terminal import Json, console, print_json, print_records, print_table

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
app.command(bargaining.offers)
app.command(strategy.optimum)
app.command(strategy.nash)
app.command(strategy.cooperate)

Out = Annotated[Path | None, Parameter(help="Folder to write to; by default one named after the case, here.")]


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
    one_thread()
    from tradetalks.brief import summary, write
    from tradetalks.brief.contents import contents

    deals = negotiated(case, as_of, no_deal, workers, quiet=json)
    found = contents(deals)
    written = write(found, out or Path(deals.case.case))
    if json:
        print_json(found)
        return
    screen = console()
    summary(found, screen)
    for path in written:
        screen.print(f"[dim]wrote[/dim] {path}", highlight=False, soft_wrap=True)
    told = f"{len(deals.payoffs):,} offers scored by {deals.scores.equilibria:,} equilibria"
    screen.print(f"[dim]{told}, {deals.scores.per_second:,.0f} a second[/dim]", highlight=False)


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


if __name__ == "__main__":
    sys.exit(main())
