"""The law of the United States read and applied a second time, in plain Python on one entry at a time.

It reads the same records and lists, and shares no program with `tradetalks.law`: dictionaries and sets in place of
arrays, a walk from family to family in place of a sorted order.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

HERE = Path(str(files("tradetalks"))) / "law"
USA = HERE / "usa"
NOT_MEASURES = {"stacking", "claims", "authorities", "lists", "preferences"}

Entry = dict[str, Any]


# ---- reading --------------------------------------------------------------------------------------------------------


def _yaml(name: str) -> Any:
    return yaml.safe_load((USA / f"{name}.yaml").read_text(encoding="utf-8"))


def _percent(text: str) -> float:
    return float(str(text).rstrip("%")) / 100


def _names(value: Any) -> list[str]:
    """`all, except [CAN, MEX]` is `all`, `!CAN`, `!MEX`."""
    if isinstance(value, list):
        return [str(item) for item in value]
    first, _, left_out = str(value).partition(", except [")
    return [first, *("!" + name.strip() for name in left_out.rstrip("]").split(",") if name.strip())]


@cache
def countries() -> dict[str, set[str]]:
    """Every code and group, with the countries that it stands for."""
    found: dict[str, set[str]] = {"all": set()}
    with (HERE / "countries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["iso3"] == "EU27":
                continue
            found["all"].add(row["iso3"])
            found[row["iso3"]] = {row["iso3"]}
            for group in filter(None, row["groups"].split(";")):
                found.setdefault(group, set()).add(row["iso3"])
    return found


def countries_of(names: Iterable[str]) -> set[str]:
    given = list(names)
    taken = set().union(*(countries()[name] for name in given if name[0] != "!"))
    return taken.difference(*(countries()[name[1:]] for name in given if name[0] == "!"))


@cache
def measures() -> list[Entry]:
    found = []
    for path in sorted(USA.glob("*.yaml")):
        if path.stem not in NOT_MEASURES:
            found += [dict(m) for m in _yaml(path.stem)["measures"]]
    for m in found:
        m["family"] = m.get("family", m["measure"])
        named = list(m["rates"]) if "rates" in m else _names(m["partners"])
        m["countries"] = frozenset(countries_of(named))
    return found


@cache
def rules() -> list[Entry]:
    return list(_yaml("stacking")["rules"])


@cache
def claims() -> list[Entry]:
    return list(_yaml("claims")["claims"])


@cache
def lists() -> dict[str, tuple[list[Entry], list[tuple[str, str, str]]]]:
    """The versions of each list, and its rows."""
    found = {}
    for head in _yaml("lists")["lists"]:
        with (USA / "lists" / f"{head['list']}.csv").open(encoding="ascii", newline="") as file:
            rows = [(row["code"], row["from"], row["to"]) for row in csv.DictReader(file)]
        found[head["list"]] = (head["versions"], rows)
    return found


@cache
def listed(name: str, on: date, known_on: date | None) -> frozenset[str]:
    """The codes of a list on a day, read row by row."""
    versions, rows = lists()[name]
    known = {str(v["from"]): known_on is None or v["known"] <= known_on for v in versions}
    codes = set()
    for code, since, until in rows:
        begun = known[since] and date.fromisoformat(since) <= on
        ended = bool(until) and known[until] and date.fromisoformat(until) <= on
        if begun and not ended:
            codes.add(code)
    return frozenset(codes)


# ---- whether a record holds and reaches an entry --------------------------------------------------------------------


def is_law(record: Entry, on: date, known_on: date | None) -> bool:
    """Without a day of knowledge: what was never withdrawn, in its period. With it: what was public, to its end."""
    since, until = record["effective"]["from"], record["effective"].get("to")
    known, withdrawn = record["known"]["from"], record["known"].get("to")
    if known_on is None:
        return withdrawn is None and since <= on and (until is None or on < until)
    if known_on < known or (withdrawn is not None and known_on >= withdrawn):
        return False
    if on < since or (record.get("announced") and on <= known_on):
        return False
    until = record.get("collected_to", until)
    if until is None or on < until:
        return True
    return "end_known" in record and known_on < record["end_known"]


def reaches_product(names: Any, line: str, on: date, known_on: date | None) -> bool:
    prefixes = {line[:length] for length in range(2, 11)}
    for name in _names(names):
        if name == "all" or name in prefixes:
            return True
        if name in lists() and prefixes & listed(name, on, known_on):
            return True
    return False


def reaches_partner(named: Collection[str], partner: str) -> bool:
    return countries()["EU27"] <= set(named) if partner == "EU27" else partner in named


def terms(measure: Entry, partner: str) -> tuple[float, bool]:
    """The rate for a partner, and whether it is a total."""
    if "rates" in measure:
        rates = measure["rates"]
        if partner in rates:
            return _percent(rates[partner]), False
        return next(_percent(r) for name, r in rates.items() if reaches_partner(countries()[name], partner)), False
    rate = measure["rate"]
    return (_percent(rate["cap"]), True) if "cap" in rate else (_percent(rate["additional"]), False)


@cache
def on_the_books(partner: str, on: date, known_on: date | None) -> list[Entry]:
    return [m for m in measures() if is_law(m, on, known_on) and reaches_partner(m["countries"], partner)]


# ---- what an entry pays ---------------------------------------------------------------------------------------------


def added(
    line: str,
    partner: str,
    on: date,
    known_on: date | None,
    claimed: Collection[str],
    content: Mapping[str, float],
    normal: float,
    us_content: float,
) -> dict[str, float]:
    """What each measure adds to the normal duty of one entry of a ten-digit line."""
    found: dict[str, Entry] = {}
    for m in on_the_books(partner, on, known_on):
        if not reaches_product(m.get("products", "all"), line, on, known_on):
            continue
        if "outside" in m and reaches_product(m["outside"], line, on, known_on):
            continue
        if set(m.get("only", ())) <= set(claimed) and not set(m.get("unless", ())) & set(claimed):
            found[m["measure"]] = m

    replaced = {name for m in found.values() for name in m.get("replaces", ())}
    bears = {name: m for name, m in found.items() if name not in replaced}
    freed = {family for m in bears.values() for family in m.get("exempts", ())}
    levied = {name: m for name, m in bears.items() if "exempts" not in m and m["family"] not in freed}

    part = {"value": 1.0, "foreign content": 1 - us_content, **content}
    families: dict[str, dict[str, float]] = {}
    for name, m in levied.items():
        families.setdefault(m["family"], {})[name] = part.get(m.get("levied_on", "value"), 0.0)
    ahead: dict[str, list[Entry]] = {family: [] for family in families}
    for rule in rules():
        if known_on is None:
            holds = "to" not in rule["known"]
        else:
            holds = rule["known"]["from"] <= known_on and known_on < rule["known"].get("to", date.max)
        if holds and rule["effective"]["from"] <= on < rule["effective"].get("to", date.max):
            for then in rule["then"]:
                if then in families:
                    ahead[then] += [{"first": f, "takes": rule["takes"]} for f in rule["first"] if f in families]

    settled: dict[str, dict[str, float]] = {}

    def settle(family: str) -> dict[str, float]:
        """What each measure of a family is levied on, after all that come before it."""
        if family not in settled:
            before = [(step["takes"], settle(step["first"])) for step in ahead[family]]
            taken = sum(sum(levies.values()) for takes, levies in before if takes == "portion")
            gone = any(levies for takes, levies in before if takes == "article")
            left = {} if gone else {name: p * max(0.0, 1 - taken) for name, p in families[family].items()}
            settled[family] = left
        return settled[family]

    duties = {}
    for family in families:
        for name, portion in settle(family).items():
            rate, is_total = terms(levied[name], partner)
            duties[name] = portion * (max(0.0, rate - normal) if is_total else rate)
    return duties


def assumed(line: str, partner: str, on: date) -> set[str]:
    """Claims that an entry of these goods makes when it says nothing."""
    return {claim["claim"] for claim in claims() if claim.get("assumed") and can_claim(claim, line, partner, on)}


def can_claim(claim: Entry, line: str, partner: str, on: date) -> bool:
    """Whether goods of a partner can make a claim on a day: on any code that its lists ever held."""
    window = claim.get("effective", {"from": on})
    if not (window["from"] <= on and (window.get("to") is None or on < window["to"])):
        return False
    if not reaches_partner(countries_of(_names(claim.get("partners", "all"))), partner):
        return False
    for name in _names(claim.get("products", "all")):
        codes = {row[0] for row in lists()[name][1]} if name in lists() else {name}
        if name == "all" or codes & {line[:length] for length in range(2, 11)}:
            return True
    return False
