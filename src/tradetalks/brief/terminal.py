"""The short form of a brief: what fits on one screen of a terminal, legible without colour."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from tradetalks.brief import sentences, sentences_talks, tables
from tradetalks.brief.amounts import amount, span
from tradetalks.brief.contract import Contents
from tradetalks.brief.contract_talks import Estimate

if TYPE_CHECKING:
    from rich.console import Console

    Line = tuple[str, ...]


def summary(contents: Contents, console: Console) -> None:
    """Print the answers, what each state of the law is worth, and the deals with each side's gain to `console`.

    Written for 80 columns or more: words wrap, numbers never break.
    """
    from rich.table import Table
    from rich.text import Text

    def say(text: str, bold: int = 0, indent: str = "") -> None:
        # not rich's own wrapping, which parts a number from its unit
        lines = wrap(text, console.width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
        printed = Text("\n".join(lines))
        printed.stylize("bold", 0, bold)
        console.print(printed, soft_wrap=True)

    def ruled(heading: str, columns: Line, rows: list[Line]) -> None:
        console.print()
        say(heading, bold=len(heading))
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(ratio=1)
        for column in columns:
            table.add_column(Text(column), justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)

    say(contents["case"]["title"], bold=len(contents["case"]["title"]))
    say(sentences.kicker(contents))
    console.print()
    for statement in sentences_talks.answers(contents):
        say(f"{statement.lead}: {statement.text}", bold=len(statement.lead) + 1)

    codes = tuple(party["code"] for party in contents["parties"])
    ruled(f"US$ bn a year against {tables.baseline(contents)}", (*codes, f"{codes[0]}, %"), states(contents))
    if contents["solutions"]:
        name = sentences.measured_against(contents)
        heads = (*codes, *(("ratified",) if contents.get("ratification") else ()))
        ruled(f"Deals: gain, US$ bn a year, against {tables.reference(contents, name)}", heads, gains(contents, name))
        console.print()
        for line in terms(contents):
            say(line, indent="  ")
        console.print()
        for line in filter(None, (sentences_talks.difference(contents), sentences_talks.searched(contents))):
            say(line)
    console.print()
    say(sentences.footer(contents))


def states(contents: Contents) -> list[Line]:
    """Each reference point, and the tree: its name, its worth to each party, and to the asking party in percent."""
    asker, no_deal = contents["parties"][0]["code"], contents["no_deal"]
    rows = [(point["label"], point["values"]) for point in contents["reference_points"]]
    if no_deal.get("tree") and "values" in no_deal:
        rows.append((no_deal["label"], no_deal["values"]))
    return [
        (
            tables.capital(label),
            *(_text(values[party["code"]]["usd_bn"]) for party in contents["parties"]),
            amount(values[asker]["percent"]["point"], sign=True),
        )
        for label, values in rows
    ]


def gains(contents: Contents, name: str) -> list[Line]:
    """Each different deal and what each party gains by it against the reference point `name`."""
    return [
        (
            " · ".join(tables.capital(solution["label"]) for solution in group),
            *(_text(group[0]["against"][name][party["code"]]) for party in contents["parties"]),
            *((tables.chance(group[0]["ratified"]).text,) if contents.get("ratification") else ()),
        )
        for group in tables.same_deals(contents["solutions"])
    ]


def terms(contents: Contents) -> list[str]:
    """What the first deal contains, and in what the others differ from it."""
    first, *others = (group[0] for group in tables.same_deals(contents["solutions"]))
    moved = contents.get("changing", list(first["options"]))
    lines = [f"{tables.capital(first['label'])}: {_options({issue: first['options'][issue] for issue in moved})}"]
    for deal in others:
        changed = {issue: option for issue, option in deal["options"].items() if first["options"].get(issue) != option}
        lines.append(f"{tables.capital(deal['label'])}: as {first['label']}, but {_options(changed)}")
    return lines


def _options(options: dict[str, str]) -> str:
    return "; ".join(f"{issue.replace('_', ' ')} {option}" for issue, option in options.items()) + "."


def _text(value: Estimate) -> str:
    return f"{amount(value['point'], sign=True)} {span(value)}".strip()
