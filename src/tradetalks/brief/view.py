"""A brief in reading order: its words and tables as printed text, in full for the screen, in part for paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from tradetalks.brief import sentences, sentences_talks, tables, tables_talks
from tradetalks.brief.amounts import day
from tradetalks.brief.contract import Contents
from tradetalks.brief.tables import Table, capital

View = dict[str, Any]


def view(contents: Contents) -> View:
    """Everything that a page prints except the pictures, ready for a template; `paper` is what two pages hold.

    Text is plain: escaping it is the page's business. Raises KeyError for contents that lack a key of the contract.
    """
    first, second = (party["name"] for party in contents["parties"][:2])
    offers = contents["offers"]
    whole = {
        "title": contents["case"]["title"],
        "kicker": sentences.kicker(contents),
        "answers": [statement._asdict() for statement in sentences_talks.answers(contents)],
        "sections": _sections(contents),
        "parties": [first, second],
        "scored": f"{offers['scored']:,}",
        "said": _said(contents),
        "tables": _tables(contents),
        "sources": [
            {"number": i + 1, "title": s["title"], "date": day(s["date"]), "confidence": s["confidence"]}
            for i, s in enumerate(contents["sources"])
        ],
        "citations": [
            {"what": measure["what"], "citation": measure["citation"], "source": tables.number(measure["source_index"])}
            for measure in contents["situation"]
        ],
        "footer": sentences.footer(contents),
    }
    return whole | {"paper": _paper(contents, whole)}


def _sections(contents: Contents) -> dict[str, str]:
    first, second = (party["name"] for party in contents["parties"][:2])
    shown = contents["solutions"][0] if contents["solutions"] else None
    of_deal = f", {capital(shown['label'])} deal" if shown else ""
    goals = contents.get("goals", {})
    return {
        "situation": f"What is in force or ordered on {day(contents['case']['as_of'])}",
        "position": f"{first}’s position" if not first.endswith("s") else f"{first}’ position",
        "states": "What no deal is worth, a year",
        "tree": "No deal as it may go",
        "frontier": "What both could sign",
        "packages": f"The cheapest packages with {tables_talks.settled(goals)}",
        "deals": "Four ways to share the gain",
        "exchange": f"What {sentences.in_text(first)} can give, and what it costs for what it is worth to "
        f"{sentences.in_text(second)}",
        "sensitivities": "Which assumptions move the deals",
        "pledges": "Pledges at their worth, US$ bn",
        "quotas": "Quotas, US$ bn a year",
        "formulas": "Duties by formula",
        "signed": "The signed text",
        "home": "At home" + of_deal,
        "third_parties": "Third parties" + of_deal,
        "weights": "What governments are assumed to weigh",
        "ratification": "Who may stop a deal at home",
        "worths": "Every option alone, US$ bn a year",
        "published": "Published estimates beside ours",
        "sources": "Sources",
    }


def _said(contents: Contents) -> dict[str, str]:
    """Running text, by what it is about; empty where there is nothing to say."""
    return {
        "points": sentences.points(contents),
        "standings": sentences_talks.standings(contents),
        "position": sentences.position(contents),
        "frontier": sentences.frontier(contents),
        "how": sentences.how(contents),
        "searched": sentences_talks.searched(contents),
        "tree": sentences_talks.tree(contents),
        "packages": sentences_talks.packages(contents),
        "exchange": sentences_talks.exchange(contents),
        "static": sentences.static(contents),
        "common": sentences_talks.common(contents),
        "difference": sentences_talks.difference(contents),
        "stopping": sentences_talks.stopping(contents),
        "red_lines": sentences_talks.lines(contents.get("red_lines", [])),
        "signed": sentences_talks.signed(contents),
        "off_the_table": sentences_talks.off_the_table(contents),
        "third_parties": sentences_talks.third_parties(contents),
        "published": sentences_talks.published(contents),
        "notes": " ".join(notes(contents)),
    }


def _tables(contents: Contents) -> dict[str, Any]:
    """Every table in full; None or no rows where the case has nothing for it."""
    shown = contents["solutions"][0] if contents["solutions"] else None
    tree = contents["no_deal"].get("tree")
    names = {party["code"]: party["name"] for party in contents["parties"]}
    return {
        "situation": asdict(tables.situation(contents)),
        "exposure": asdict(tables.exposure(contents)),
        "states": asdict(tables.states(contents)),
        "events": asdict(tables_talks.events(tree)) if tree else None,
        "tree_states": asdict(tables_talks.tree_states(contents, tree)) if tree else None,
        "packages": asdict(tables_talks.packages(contents)),
        "deals": asdict(tables.deals(contents)) if shown else None,
        "exchange": asdict(tables_talks.exchange(contents)),
        "sensitivities": asdict(tables_talks.sensitivities(contents)),
        "pledges": asdict(tables_talks.pledges(contents)),
        "quotas": asdict(tables_talks.quotas(contents)),
        "formulas": asdict(tables_talks.formulas(contents)),
        "signed": asdict(signed) if (signed := tables_talks.signed(contents)) else None,
        "home": [
            {"party": names.get(effects["party"], effects["party"]), **asdict(tables.home(effects))}
            for effects in contents["losers"]
            if shown and effects["deal"] == shown["name"]
        ],
        "third_parties": asdict(tables.third_parties(contents)),
        "weights": asdict(tables_talks.weights(contents)),
        "actors": [actor["words"] for actor in contents.get("ratification", [])],
        "worths": asdict(tables_talks.worths(contents)),
        "published": asdict(tables.published(contents)),
    }


def _paper(contents: Contents, whole: View) -> View:
    """What two pages hold: the same, with the longest parts shortened, and the sources that are then still cited."""
    said = whole["said"] | {"position": whole["said"]["position"].split(" As others count:")[0]}
    kept = {
        **{name: whole["tables"][name] for name in ("events", "tree_states", "packages", "formulas", "signed")},
        "pledges": asdict(tables_talks.pledges(contents, most=True)),
        "quotas": asdict(_narrowed(tables_talks.quotas(contents), (0, 1, 2, 3, 4, 6))),
        "situation": asdict(_narrowed(tables.situation(contents), (0, 1, 3, 6))),
        "states": asdict(tables.states(contents, explained=False)),
        "deals": asdict(tables.deals(contents, whole=False)) if contents["solutions"] else None,
    }  # fmt: skip
    said.pop("red_lines")
    said["notes"] = " ".join(notes(contents)[: 1 + len(contents["notes"])])
    page = {name: whole[name] for name in ("title", "kicker", "answers", "sections", "footer")}
    page |= {"said": said, "tables": kept, "home": [one._asdict() for one in sentences_talks.home(contents)]}
    cited = set(_cited(page))
    listed = [source for source in whole["sources"] if source["number"] in cited]
    more = len(whole["sources"]) - len(listed)
    return page | {"sources": listed, "more": f"{more} more stand in brief.html." if more else ""}


def _narrowed(table: Table, columns: tuple[int, ...]) -> Table:
    """The table with some of its columns."""
    rows = tuple(
        row if row.kind == "group" else replace(row, cells=tuple(row.cells[k] for k in columns)) for row in table.rows
    )
    return Table(tuple(table.columns[k] for k in columns), rows)


def _cited(part: object) -> Iterator[int]:
    """The numbers of the sources that a part of a page names, in its cells or in brackets in its text."""
    if isinstance(part, dict):
        if isinstance(part.get("source"), int):
            yield part["source"]
        for value in part.values():
            yield from _cited(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _cited(value)
    elif isinstance(part, str):
        yield from (int(found) for found in re.findall(r"\[(\d+)\]", part))


def notes(contents: Contents) -> list[str]:
    """What the reader should bear in mind, each once: the world's caveat, the case's notes, the elasticities."""
    world = contents["world"]
    sets = "; ".join(world["elasticity_sets"])
    lines = [world["caveat"], *contents["notes"], f"Trade elasticities: {sets}." if sets else ""]
    return [line for line in dict.fromkeys(lines) if line]
