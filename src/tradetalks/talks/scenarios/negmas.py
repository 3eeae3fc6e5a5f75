"""NegMAS scenario folders: a domain file and one file a party, in YAML or JSON.

Formats as NegMAS 0.16 writes and loads them (Mohammad, Greenwald and Nakadai 2019), checked against it in a process
of its own; no code of it is used. NegMAS loads YAML folders by `Scenario.load(folder)`. It can neither write nor load
its own mapping functions of several issues (their keys are tuples), so a table is written as nested hyper-rectangles,
one level an issue, which it evaluates exactly and in a time that grows with the number of options, not of offers.
In JSON it has no form for a table at all; there the type is one that it refuses by name, rather than one it misreads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from tradetalks.errors import CaseError, SourceError
from tradetalks.talks.scenarios.additive import Floats
from tradetalks.talks.scenarios.folder import Folder, put
from tradetalks.talks.scenarios.info import Entry, Scale, Written, assembled, entries, info, read_info, written
from tradetalks.talks.scenarios.plain import Plain, number, to_json, to_yaml
from tradetalks.talks.scenarios.scenario import UTILITY, Scenario
from tradetalks.talks.scenarios.utilities import kind, utility

LIMIT = 20_000
"""Offers up to which a table is written out; NegMAS takes about a minute to load so many."""

_SUFFIXES = (".yml", ".yaml", ".json")


def write(scenario: Scenario, folder: Path | str, kind: Literal["yml", "json"] = "yml", limit: int = LIMIT) -> Written:
    """Writes a scenario folder: `domain`, one file a party, and `_info` with the scale that turns utilities into money.

    Each party's payoffs go from 0 to 1 over all offers. A table of more than `limit` offers is written as its best
    additive fit; `largest_error` of what is returned says how far that is from the table at most, and so does `_info`.
    The same scenario gives the same bytes. Raises `OutputError` where the folder holds anything else or cannot be
    written, and `CaseError` for a scenario with a discount, or an option that NegMAS would lose: one called `type`, or
    with an underscore in front.
    """
    for issue, options in scenario.issues.items():
        if odd := next((option for option in options if option.startswith("_") or option == "type"), None):
            raise CaseError(f'{issue}: NegMAS takes option "{odd:.60}" for a field of its own; call it something else')
    name, emit = ("_info.json", to_json) if kind == "json" else ("_info.yaml", to_yaml)
    parties = entries(scenario, f".{kind}", limit)
    domain = {
        "name": scenario.name,
        "type": "DiscreteCartesianOutcomeSpace",
        "issues": [{"name": i, "type": "CategoricalIssue", "values": list(o)} for i, o in scenario.issues.items()],
    }
    made: dict[str, Plain] = {f"domain.{kind}": domain}
    made |= {entry.file: _function(entry, scenario, kind) for entry in parties}
    made[name] = info(scenario, f"domain.{kind}", parties, name)
    return written(put(folder, {file: emit(data).encode() for file, data in made.items()}), parties)


def read(folder: Path | str) -> Scenario:
    """Reads a scenario folder, written here or by NegMAS, from YAML or JSON.

    A folder of ours gives back its money, to 1e-12 of the largest payoff. One without our `_info` holds utilities:
    its `unit` says so, and they are left on the scale they have. Raises `SourceError` for files that are missing, not
    in a known layout, or outside the folder.
    """
    home = Folder(folder)
    known = read_info(home)
    if known:
        read = {name: home.plain(name) for name in (known.domain, *(scale.file for scale in known.scales))}
        scales, domain, name, unit = known.scales, known.domain, known.name, known.unit
    else:
        read = {name: home.plain(name) for name in home.files(*_SUFFIXES)}
        domain, files = _sorted_out(home, read)
        scales = tuple(Scale(_stem(home, file), file, 0.0, 1.0, 0.0) for file in files)
        name, unit = home.path.resolve().name or "scenario", UTILITY
    issues = _issues(read[domain], home.shown(domain))
    found = [utility(read[scale.file], issues, home.shown(scale.file)) for scale in scales]
    return assembled(name, issues, scales, found, unit)


def _function(entry: Entry, scenario: Scenario, kind: str) -> dict[str, Any]:
    """One party's utility function in NegMAS's words."""
    options = list(scenario.issues.values())
    head: dict[str, Any] = {"name": entry.party, "reserved_value": entry.reserved}
    if entry.weights:
        tables = [dict(zip(o, v.tolist(), strict=True)) for o, v in zip(options, entry.values, strict=True)]
        values = [{"type": "TableFun", "mapping": table} for table in tables]
        return head | {"type": "LinearAdditiveUtilityFunction", "weights": list(entry.weights), "values": values}
    if kind == "json":
        return head | {
            "type": "TableUtilityFunction",
            "order": "offers in the order of the domain, the last issue running fastest",
            "utilities": entry.values[0].tolist(),
        }
    depths = sorted(range(len(options)), key=lambda k: len(options[k]))  # the longest list innermost: fewest nodes
    box = entry.values[0].reshape(scenario.shape).transpose(depths)
    return head | _nested(box, depths, options)


def _nested(box: Floats, depths: list[int], options: list[tuple[str, ...]]) -> dict[str, Any]:
    """Hyper-rectangles: one for each option of the first issue, holding the numbers or those of the other issues."""
    issue, *others = depths
    return {
        "type": "HyperRectangleUtilityFunction",
        "outcome_ranges": [{issue: option} for option in options[issue]],
        "utilities": [_nested(part, others, options) for part in box] if others else box.tolist(),
    }


def _sorted_out(home: Folder, read: dict[str, Plain]) -> tuple[str, list[str]]:
    """The domain's file and those of utility functions, told apart by their `type`, as NegMAS does."""
    domains = [name for name, data in read.items() if "OutcomeSpace" in kind(data)]
    files = [name for name, data in read.items() if "fun" in kind(data).lower()]
    if len(domains) != 1 or not files:
        raise SourceError(
            f"{home.path}: {len(domains)} domain files and {len(files)} utility functions among {len(read)} files; a "
            "NegMAS folder has one file whose type is an OutcomeSpace, and one with a utility function for each party"
        )
    return domains[0], files


def _stem(home: Folder, file: str) -> str:
    name = Path(file).stem.strip()
    if not name:
        raise SourceError(f"{home.shown(file)}: a file needs a name to name its party; rename it")
    return name


def _issues(data: Plain, where: str) -> dict[str, tuple[str, ...]]:
    """Issue → options of a domain file."""
    records = data.get("issues") if isinstance(data, dict) else None
    if not isinstance(records, list) or not records:
        raise SourceError(f"{where}: issues is missing or empty; a domain lists its issues")
    found: dict[str, tuple[str, ...]] = {}
    for k, record in enumerate(records):
        at = f"{where}: issues[{k + 1}]"
        name, values = (record.get("name"), record.get("values")) if isinstance(record, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise SourceError(f"{at}: an issue has a name and a list of values")
        if name in found:
            raise SourceError(f'{at}: "{name:.60}" stands twice; give each issue its own name')
        sort = kind(record)
        if sort == "ContiguousIssue" and len(values) == 2:
            low, high = (number(v, f"{at}.values") for v in values)
            if not (low.is_integer() and high.is_integer() and 0 <= high - low < 100_000):
                raise SourceError(f"{at}: from {low:g} to {high:g}; write two whole numbers, the lower first")
            values = [str(v) for v in range(int(low), int(high) + 1)]
        elif sort not in ("CategoricalIssue", "DiscreteOrdinalIssue", "DiscreteCardinalIssue", "SingletonIssue"):
            raise SourceError(f"{at}: {sort or 'an issue without a type'} has no list of options; discretise it first")
        found[name] = tuple(values)
    return found
