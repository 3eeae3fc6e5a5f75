"""GENIUS scenarios: an XML file for the domain and one for the utility space of each party.

Format as GENIUS 10.4 reads it (Lin, Kraus, Baarslag, Tykhonov, Hindriks and Jonker 2014): discrete issues, a weight an
issue, an evaluation an option, a reservation value and a discount factor. GENIUS divides evaluations by the highest of
their issue, NegMAS takes them as they are; files written here have 1 for the highest, so both read the same. Utility
spaces are additive: a table that is not is written as its best additive fit, with the largest error beside it.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np

from tradetalks.errors import SourceError
from tradetalks.talks.scenarios.additive import Additive, Floats
from tradetalks.talks.scenarios.folder import Folder, put
from tradetalks.talks.scenarios.info import Entry, Scale, Written, assembled, entries, info, read_info, written
from tradetalks.talks.scenarios.plain import number, to_json
from tradetalks.talks.scenarios.scenario import UTILITY, Scenario
from tradetalks.talks.scenarios.utilities import Issues, Utility

DEEPEST = 50
"""Elements inside each other."""

SMALLEST = 1e-5
"""A highest evaluation below this counts as zero for all options of the issue, as in GENIUS."""


def write(scenario: Scenario, folder: Path | str) -> Written:
    """Writes `domain.xml`, one file a party, and `_info.json` with the scale that turns utilities into money.

    `largest_error` of what is returned, a comment in each file and `_info` say how far the additive fit is at most
    from the party's payoffs. The same scenario gives the same bytes. Raises `OutputError` where the folder holds
    anything else or cannot be written, and `CaseError` for a scenario with a discount.
    """
    parties = entries(scenario, ".xml", limit=0)
    made = {"domain.xml": _domain(scenario)} | {entry.file: _space(entry, scenario) for entry in parties}
    made["_info.json"] = to_json(info(scenario, "domain.xml", parties, "_info.json"))
    return written(put(folder, {file: text.encode() for file, text in made.items()}), parties)


def read(folder: Path | str) -> Scenario:
    """Reads a folder of GENIUS files, written here or by others.

    A folder of ours gives back its money. One without our `_info` holds utilities: its `unit` says so, and the files'
    names stand for the parties. Raises `SourceError` for files that are missing, not in the known layout, not additive
    over discrete issues, or outside the folder, and for XML with a document type or entities of its own.
    """
    home = Folder(folder)
    known = read_info(home)
    names = [known.domain, *(s.file for s in known.scales)] if known else home.files(".xml")
    roots = {name: parsed(home.data(name), home.shown(name)) for name in names}
    if known:
        domain, scales, name, unit = known.domain, known.scales, known.name, known.unit
    else:
        domains = [name for name, root in roots.items() if root.tag == "negotiation_template"]
        files = [name for name, root in roots.items() if root.tag == "utility_space"]
        if len(domains) != 1 or not files:
            raise SourceError(
                f"{home.path}: {len(domains)} domains and {len(files)} utility spaces; a GENIUS folder has one file "
                "with a negotiation_template, and one with a utility_space for each party"
            )
        scales = tuple(Scale(Path(file).stem.strip() or file, file, 0.0, 1.0, 0.0) for file in files)
        domain, name, unit = domains[0], home.path.resolve().name or "scenario", UTILITY
    issues = _issues(roots[domain], home.shown(domain))
    found = [_utility(roots[scale.file], issues, home.shown(scale.file)) for scale in scales]
    return assembled(name, issues, scales, found, unit)


def parsed(data: bytes, name: str) -> Element:
    """The root of an XML file. Raises `SourceError` for what is not XML, and for any document type: entities that
    grow without end, or that fetch other files, are declared there."""
    build, depth = TreeBuilder(), 0
    reader = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise SourceError(f"{name}:{reader.CurrentLineNumber}: nested more than {DEEPEST} levels deep")
        build.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        build.end(tag)

    def doctype(*_: object) -> None:
        raise SourceError(f"{name}:{reader.CurrentLineNumber}: a document type (<!DOCTYPE …>) is not read; take it out")

    reader.StartElementHandler, reader.EndElementHandler = start, end
    reader.StartDoctypeDeclHandler = reader.EntityDeclHandler = doctype
    try:
        reader.Parse(data, True)
    except expat.ExpatError as found:
        raise SourceError(f"{name}:{found.lineno}: not XML: {expat.ErrorString(found.code)}") from found
    except SourceError:
        raise
    except (LookupError, ValueError) as found:
        raise SourceError(f"{name}: text that cannot be decoded; save the file as UTF-8") from found
    return build.close()


def _attributes(**values: object) -> str:
    return "".join(f" {key}={quoteattr(str(value))}" for key, value in values.items())


def _tree(scenario: Scenario, values: tuple[Floats, ...] | None) -> list[str]:
    """The objective's lines: issues and their items, with evaluations where there are any."""
    discrete = {"type": "discrete", "etype": "discrete", "vtype": "discrete"}
    root = {"index": 0, "name": scenario.name, "description": "", "type": "objective", "etype": "objective"}
    lines = [f"<objective{_attributes(**root)}>"]
    for k, (issue, options) in enumerate(scenario.issues.items()):
        lines.append(f"<issue{_attributes(index=k + 1, name=issue, **discrete)}>")
        for j, option in enumerate(options):
            worth = {} if values is None else {"evaluation": float(values[k][j])}
            lines.append(f"<item{_attributes(index=j + 1, value=option, **worth)}>\n</item>")
        lines.append("</issue>")
    return lines


def _domain(scenario: Scenario) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<negotiation_template>",
            f"<utility_space{_attributes(number_of_issues=len(scenario.issues))}>",
            *_tree(scenario, None),
            "</objective>",
            "</utility_space>",
            "</negotiation_template>\n",
        ]
    )


def _space(entry: Entry, scenario: Scenario) -> str:
    # GENIUS skips comments before the first element only, and ends them at the first ">".
    said = (
        "these payoffs are additive, nothing is lost"
        if not entry.largest_error
        else f"best additive fit to payoffs that are not additive, largest error {entry.largest_error:.4g}"
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<!-- {said}; payoff = {entry.offset!r} + {entry.factor!r} times utility; unit: {scenario.unit} -->",
            f"<utility_space{_attributes(number_of_issues=len(scenario.issues))}>",
            *_tree(scenario, entry.values),
            *(f"<weight{_attributes(index=k + 1, value=w)}>\n</weight>" for k, w in enumerate(entry.weights)),
            "</objective>",
            '<discount_factor value="1.0">\n</discount_factor>',
            f"<reservation{_attributes(value=entry.reserved)}>\n</reservation>",
            "</utility_space>\n",
        ]
    )


def _attribute(element: Element, name: str, where: str) -> str:
    value = element.get(name)
    if value is None:
        raise SourceError(f"{where}: <{element.tag}> has no {name}")
    return value


def _index(element: Element, where: str) -> int:
    text = _attribute(element, "index", where)
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise SourceError(f'{where}: <{element.tag}> has index "{text:.20}"; indices count from 1')
    return int(text)


def _discrete(root: Element, where: str) -> dict[int, Element]:
    """Issues by index."""
    found: dict[int, Element] = {}
    for issue in root.iter("issue"):
        sort, index = issue.get("type", "discrete"), _index(issue, where)
        if sort != "discrete":
            raise SourceError(f'{where}: issue {index} is of type "{sort:.20}"; only discrete issues are read')
        if index in found:
            raise SourceError(f"{where}: issue {index} stands twice")
        found[index] = issue
    return dict(sorted(found.items()))


def _issues(root: Element, where: str) -> dict[str, tuple[str, ...]]:
    if root.tag != "negotiation_template":
        raise SourceError(f"{where}: <{root.tag}>, where a domain is a <negotiation_template>")
    issues: dict[str, tuple[str, ...]] = {}
    for index, issue in _discrete(root, where).items():
        name = _attribute(issue, "name", where)
        if name in issues:
            raise SourceError(f'{where}: issue {index}: "{name:.60}" stands twice; give each issue its own name')
        issues[name] = tuple(_attribute(item, "value", where) for item in issue.iter("item"))
    if not issues:
        raise SourceError(f"{where}: no <issue>; a domain lists its issues")
    return issues


def _utility(root: Element, issues: Issues, where: str) -> Utility:
    if root.tag != "utility_space":
        raise SourceError(f"{where}: <{root.tag}>, where a party's file is a <utility_space>")
    if any(found is not None for found in (root.find(".//utility_function"), root.find(".//utility"))):
        raise SourceError(f"{where}: a non-linear utility space is not read; only weights and evaluations are")
    given = {_attribute(issue, "name", where): (k, issue) for k, issue in _discrete(root, where).items()}
    weights = {_index(weight, where): weight for weight in root.iter("weight")}
    values = []
    for name, options in issues.items():
        if name not in given:
            raise SourceError(f'{where}: nothing for issue "{name:.60}" of the domain')
        index, issue = given[name]
        if index not in weights:
            raise SourceError(f'{where}: no weight for issue "{name:.60}"')
        worth = {_attribute(item, "value", where): item for item in issue.iter("item")}
        at = f'{where}: issue "{name:.60}"'
        if missing := next((option for option in options if option not in worth), None):
            raise SourceError(f'{at}: no evaluation of "{missing:.60}"')
        found = np.array([_number(worth[option], "evaluation", at) for option in options])
        highest = max(_number(item, "evaluation", at) for item in worth.values())
        scaled = found / highest if highest >= SMALLEST else np.zeros(len(options))
        values.append(_number(weights[index], "value", at) * scaled)
    discount = _single(root, "discount_factor", 1.0, where)
    reserved = _single(root, "reservation", 0.0, where)
    if reserved == np.inf:
        raise SourceError(f"{where}: the reservation value is infinite; no deal would do")
    return Utility(Additive(0.0, values), reserved, discount if 0 < discount <= 1 else 1.0)


def _single(root: Element, tag: str, otherwise: float, where: str) -> float:
    found = root.find(f".//{tag}")
    return otherwise if found is None else number(_attribute(found, "value", where), f"{where}: {tag}")


def _number(element: Element, name: str, where: str) -> float:
    found = number(_attribute(element, name, where), f"{where}: {name}")
    if not np.isfinite(found):
        raise SourceError(f"{where}: {name} is infinite; give a number")
    return found
