"""A brief in reading order: its words and tables as printed text, the same for paper and screen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tradetalks.brief import sentences, tables
from tradetalks.brief.amounts import day
from tradetalks.brief.contract import Contents
from tradetalks.brief.tables import capital

View = dict[str, Any]


def view(contents: Contents) -> View:
    """Everything that a page prints except the pictures, ready for a template.

    Text is plain: escaping it is the page's business. Raises KeyError for contents that lack a key of the contract.
    """
    first, second = (party["name"] for party in contents["parties"][:2])
    case, offers = contents["case"], contents["offers"]
    shown = contents["solutions"][0] if contents["solutions"] else None
    at_home = [effects for effects in contents["losers"] if shown and effects["deal"] == shown["name"]]
    names = {party["code"]: party["name"] for party in contents["parties"]}
    return {
        "title": case["title"],
        "kicker": sentences.kicker(contents),
        "answers": [statement._asdict() for statement in sentences.answers(contents)],
        "sections": {
            "situation": f"What is in force or ordered on {day(case['as_of'])}",
            "position": f"{first}’s position" if not first.endswith("s") else f"{first}’ position",
            "states": "What no deal is worth, a year",
            "frontier": "What both could sign",
            "deals": "Four ways to share the gain",
            "home": "At home" + (f", {capital(shown['label'])} deal" if shown else ""),
            "third_parties": "Third parties" + (f", {capital(shown['label'])} deal" if shown else ""),
            "published": "Published estimates beside ours",
            "sources": "Sources",
        },
        "parties": [first, second],
        "position": sentences.position(contents),
        "frontier": sentences.frontier(contents),
        "how": sentences.how(contents),
        "notes": notes(contents),
        "scored": f"{offers['scored']:,}",
        "tables": {
            "situation": asdict(tables.situation(contents)),
            "exposure": asdict(tables.exposure(contents)),
            "states": asdict(tables.states(contents)),
            "deals": asdict(tables.deals(contents)) if shown else None,
            "home": [
                {"party": names.get(effects["party"], effects["party"]), **asdict(tables.home(effects))}
                for effects in at_home
            ],
            "third_parties": asdict(tables.third_parties(contents)),
            "published": asdict(tables.published(contents)),
        },
        "points": sentences.points(contents),
        "citations": [
            {"what": measure["what"], "citation": measure["citation"], "source": tables.number(measure["source_index"])}
            for measure in contents["situation"]
        ],
        "sources": [
            {"number": i + 1, "title": s["title"], "date": day(s["date"]), "confidence": s["confidence"]}
            for i, s in enumerate(contents["sources"])
        ],
        "footer": sentences.footer(contents),
    }


def notes(contents: Contents) -> list[str]:
    """What the reader should bear in mind, each once: the world's caveat, the case's notes, the elasticities."""
    world = contents["world"]
    sets = "; ".join(world["elasticity_sets"])
    lines = [world["caveat"], *contents["notes"], f"Trade elasticities: {sets}." if sets else ""]
    return [line for line in dict.fromkeys(lines) if line]
