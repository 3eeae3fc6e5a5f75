"""What the terminal shows: tables, plain data, a progress bar where somebody is looking."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print plain data instead of tables.")]


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, where somebody is looking."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # no refreshing thread of its own: a process with threads cannot be split
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total, refresh=True)


def console() -> Console:
    """A console on standard output."""
    from rich.console import Console

    return Console()


def print_json(data: object) -> None:
    """Plain data, one object."""
    print(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))


def print_records(rows: list[dict[str, Any]], as_json: bool, title: str) -> None:
    """Records as a table, or as plain data."""
    if as_json:
        print_json(rows)
        return

    def shown(value: object) -> str:
        if isinstance(value, bool):
            return "yes" if value else "NO"
        return f"{value:,.4g}" if isinstance(value, float) else "" if value is None else str(value)

    headings = list(rows[0]) if rows else []
    words = {at for at, h in enumerate(headings) if any(isinstance(r[h], str) for r in rows)}
    print_table(title, [h.replace("_", " ") for h in headings], [[shown(r[h]) for h in headings] for r in rows], words)


def print_table(title: str, headings: list[str], rows: list[list[str]], left: int | set[int] = 1) -> None:
    """A table; the first `left` columns (or those in `left`) hold words, the others numbers."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for at, heading in enumerate(headings):
        words = at in left if isinstance(left, set) else at < left
        table.add_column(escape(heading), justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console().print(table)
