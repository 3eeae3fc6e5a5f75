"""The tables of the talks: the no-deal tree, packages, prices of concessions, pledges, quotas, formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tradetalks.brief.amounts import SPACE, amount, average_rate, day, percent, rate, share, span
from tradetalks.brief.contract import Contents
from tradetalks.brief.contract_talks import Estimate, Exchange, Package, Pledge, Price, Quota, SensitivityEnd, Tree
from tradetalks.brief.tables import Cell, Column, Row, Table, capital, chance, estimate, number, reference

OWN = "this case"
GUESS = "°"
"""Marks what was asked or assumed, not measured."""

METHODS = {
    "equilibrium": "equilibrium", "product market": "product market", "finance": "finance",
    "expected loss": "expected loss", "statement": "public statement", "elicited": "asked",
}  # fmt: skip


# ---- no deal ----------------------------------------------------------------------------------------------------


def events(tree: Tree) -> Table:
    """The tree of what may come: dates, branches, chances, and the state each leads to."""
    rows = []
    for event in tree["events"]:
        after = f" (after: {', '.join(event['after'])})" if len(event["after"]) == 1 else ""
        rows.append(Row((Cell(f"{day(event['on'], short=True)}: {event['what']}{after}"),), "group"))
        rows += [
            Row(
                (
                    Cell(capital(branch["branch"]), source=number(branch["source_index"])),
                    chance(branch["chance"]),
                    Cell(branch["state"]),
                )
            )
            for branch in event["branches"]
        ]
    return Table((Column("What may come"), Column("Chance", numeric=True), Column("Leads to")), tuple(rows))


def tree_states(contents: Contents, tree: Tree) -> Table:
    """Each state the tree comes to, and no deal in expectation, to both sides and their governments."""
    parties = contents["parties"]
    weighs = bool(contents.get("weights") or contents.get("red_lines"))
    columns = [Column(f"Against {contents.get('payoffs_against', 'today')}"), Column("Time", numeric=True)]
    for party in parties:
        columns.append(Column(party["name"], numeric=True))
        columns += [Column("its government", numeric=True)] if weighs else []

    def cells(people: dict[str, Estimate], government: dict[str, Estimate]) -> Iterable[Cell]:
        for party in parties:
            yield estimate(people[party["code"]])
            if weighs:
                yield estimate(government[party["code"]])

    rows = [
        Row((Cell(capital(s["label"])), Cell(share(s["share"])), *cells(s["people"], s["government"])))
        for s in sorted(tree["states"], key=lambda s: -s["share"])
        if s["share"] > 0
    ]
    rows.append(Row((Cell("Expected"), Cell(""), *cells(tree["people"], tree["government"])), "total"))
    over = cells(tree["people_over_chances"], tree["government_over_chances"])
    rows.append(Row((Cell("over the chances"), Cell(""), *(Cell("", aside=cell.aside) for cell in over))))
    return Table(tuple(columns), tuple(rows))


# ---- deals ------------------------------------------------------------------------------------------------------


def packages(contents: Contents) -> Table:
    """The cheapest packages for the goals: what each holds beyond what all hold, and what it brings whom."""
    asker, other = contents["parties"][:2]
    found = contents.get("packages", [])
    common = in_all(found)
    columns = (
        Column("Package"),
        Column(f"Costs {asker['name']}", numeric=True),
        Column(f"Gives {other['name']}", numeric=True),
        *(Column(f"{party['name']} over no deal", numeric=True) for party in (asker, other)),
        Column("Ratified", numeric=True),
    )
    rows = tuple(
        Row(
            (
                Cell(f"{place}  {_rest(package, common)}"),
                Cell(amount(package["costs"])),
                Cell(amount(package["gives"][other["code"]], sign=True)),
                *(estimate(package["over_no_deal"][party["code"]]) for party in (asker, other)),
                chance(package["ratified"]),
            )
        )
        for place, package in enumerate(found, 1)
    )
    return Table(columns, rows)


def _rest(package: Package, common: dict[str, str]) -> str:
    return settled({k: v for k, v in package["options"].items() if common.get(k) != v}) or "no more than that"


def in_all(found: Sequence[Package]) -> dict[str, str]:
    """What every package holds."""
    if not found:
        return {}
    return {k: v for k, v in found[0]["options"].items() if all(p["options"].get(k) == v for p in found)}


def settled(options: dict[str, str]) -> str:
    """Options in words."""
    return "; ".join(f"{issue} {option}" for issue, option in options.items())


def exchange(contents: Contents) -> Table:
    """What each change costs the asking side for each US$ that it gives the other."""
    asker, other = contents["parties"][:2]
    deal = contents["solutions"][0]["label"] if contents["solutions"] else ""
    columns = (
        Column("Change of today’s law"),
        Column(f"{asker['name']} gives up", numeric=True),
        Column(f"{other['name']} gains", numeric=True),
        Column("Price", numeric=True),
        *((Column(f"at the {capital(deal)} deal", numeric=True),) if deal else ()),
        Column("Method"),
    )
    heads = {
        "free": "Gains to one side, no loss to the other", "concession": "Concessions, the cheapest first",
        "demand": "Demands: what the other side loses for each US$ gained", "nothing": "Felt by neither",
        "waste": "Loss without a gain",
    }  # fmt: skip
    rows, last = [], ""
    for one in contents.get("exchange", []):
        if one["kind"] != last:
            last = one["kind"]
            rows.append(Row((Cell(heads[last]),), "group"))
        at = one["at_deal"]
        there = Cell(
            "" if at is None or at["price"] is None else amount(at["price"]) + (" in it" if at["holds"] else "")
        )
        rows.append(
            Row(
                (
                    Cell(named(one)),
                    estimate(one["cost"]),
                    estimate(one["gain"]),
                    price(one["price"]),
                    *((there,) if deal else ()),
                    Cell(", ".join(METHODS.get(method, method) for method in one["methods"])),
                )
            )
        )
    return Table(columns, tuple(rows))


def named(one: Exchange) -> str:
    """A change in words; marked where its figures were asked or assumed."""
    return f"{one['issue']}: {one['option']}{GUESS if one['elicited'] else ''}"


def price(value: Price | None) -> Cell:
    """A price with its range; an open end where the other side may gain nothing."""
    if value is None:
        return Cell("")
    high = "∞" if value["high"] is None else amount(value["high"])
    return Cell(amount(value["point"]), aside=f"({amount(value['low'])}{SPACE}to{SPACE}{high})")


def worths(contents: Contents) -> Table:
    """Every option on the table alone, to each government."""
    parties = contents["parties"]
    columns = (Column("Option"), *(Column(p["name"], numeric=True) for p in parties), Column("Method"), Column("Basis"))
    rows, last = [], ""
    for one in contents.get("worths", []):
        if one["issue"] != last:
            last = one["issue"]
            rows.append(Row((Cell(capital(last)),), "group"))
        rows.append(
            Row(
                (
                    Cell(one["option"] + (GUESS if one["elicited"] else "")),
                    *(estimate(one["government"][party["code"]]) for party in parties),
                    Cell(", ".join(METHODS.get(method, method) for method in one["methods"])),
                    Cell(one["basis"] or ""),
                )
            )
        )
    return Table(columns, tuple(rows))


def sensitivities(contents: Contents) -> Table:
    """Which assumptions move the solutions, and to what."""
    name = contents["solutions"][0]["name"] if contents["solutions"] else ""
    label = contents["solutions"][0]["label"] if contents["solutions"] else ""

    def told(end: SensitivityEnd) -> str:
        if name not in end["deals"]:
            return f"{end['value']}: no zone of agreement"
        return f"{end['value']}: {settled(end['changes']) or 'the same deal'}"

    rows = tuple(
        Row(
            (
                Cell(capital(s["assumption"])),
                Cell(s["value"]),
                Cell(" · ".join(map(told, s["ends"]))),
                Cell(amount(s["moves"])),
            )
        )
        for s in contents.get("sensitivities", [])
    )
    heads = ("Assumption", "taken as", f"if it were: what the {capital(label)} deal would change")
    return Table((*map(Column, heads), Column("Moves deals by, US$ bn", numeric=True)), rows)


def signed(contents: Contents) -> Table | None:
    """A signed text: each government's number against each reference point, and trade's worth to its people."""
    deal = contents.get("signed")
    if not deal:
        return None
    columns = [Column("Signed text, against")]
    for party in contents["parties"]:
        columns += [Column(f"{party['name']}’s government", numeric=True), Column("its people, by trade", numeric=True)]
    rows = tuple(
        Row(
            (
                Cell(capital(reference(contents, point))),
                *(
                    estimate(deal[kind][point][party["code"]])
                    for party in contents["parties"]
                    for kind in ("against", "people")
                ),
            )
        )
        for point in deal["against"]
    )
    return Table(tuple(columns), rows)


def weights(contents: Contents) -> Table:
    """What each government is assumed to weigh."""
    names = {party["code"]: party["name"] for party in contents["parties"]}
    rows = tuple(
        Row(
            (
                Cell(names.get(weight["party"], weight["party"])),
                Cell(capital(weight["on"]), source=number(weight["source_index"])),
                Cell(amount(weight["value"]["point"]), aside=span(weight["value"])),
                Cell(f"{capital(weight['why'])} ({weight['basis']})"),
            )
        )
        for weight in contents.get("weights", [])
    )
    heads = (Column("Government"), Column("Weight on"), Column("Value", numeric=True), Column("Why"))
    return Table(heads, rows)


# ---- single instruments -----------------------------------------------------------------------------------------


def pledges(contents: Contents, most: bool = False) -> Table:
    """Pledges at their worth: as the case reads them and, below, by each text; with `most`, the largest alone."""
    found = contents.get("pledges", [])
    kept = _largest(found) if most else {_option(pledge) for pledge in found}
    rows = []
    for pledge in found:
        if _option(pledge) not in kept:
            continue
        own = pledge["according_to"] == OWN
        name = f"{capital(pledge['issue'])}: {pledge['option']}" if own else f"— by the {pledge['according_to']} text"
        words = f"“{pledge['words']}”" if pledge["words"] else f"({pledge['promised_by']} to {pledge['promised_to']})"
        rows.append(
            Row(
                (
                    Cell(name, aside=words, source=number(pledge["source_index"])),
                    Cell(amount(pledge["face"]["point"]), aside=_period(pledge)),
                    Cell(amount(pledge["new_money"]["point"]), aside=span(pledge["new_money"])),
                    Cell(amount(pledge["expected"]["point"]), aside=span(pledge["expected"])),
                    _maybe(pledge["a_year"]),
                    _maybe(pledge["given_a_year"]),
                )
            )
        )
    heads = ("Face", "New money", "Expected delivery", "A year", "Given away a year")
    return Table((Column("Pledge"), *(Column(head, numeric=True) for head in heads)), tuple(rows))


def _option(pledge: Pledge) -> tuple[str, str]:
    return pledge["issue"], pledge["option"]


def _largest(found: Sequence[Pledge]) -> set[tuple[str, str]]:
    """Of each issue the options that texts speak of or, without any, the one with the largest face."""
    kept = {_option(pledge) for pledge in found if pledge["according_to"] != OWN}
    for issue in {issue for issue, _ in map(_option, found)} - {issue for issue, _ in kept}:
        kept.add(_option(max((p for p in found if p["issue"] == issue), key=lambda p: p["face"]["point"])))
    return kept


def _period(pledge: Pledge) -> str:
    if pledge["per"] == "year":
        return "a year"
    return "no period" if pledge["years"] is None else f"over {pledge['years']:.2g} years"


def _maybe(value: Estimate | None) -> Cell:
    return Cell("not said") if value is None else Cell(amount(value["point"]), aside=span(value))


def quotas(contents: Contents) -> Table:
    """Quotas by option: quantities by origin, price, growers, treasury, buyers, all in all."""
    rows = tuple(
        Row(
            (
                Cell(f"{quota['issue']}: {quota['option']}", source=number(quota["source_index"])),
                Cell(_origins(quota)),
                _percent(quota["price_pct"]),
                *(estimate(quota[part]) for part in ("growers", "treasury", "consumers", "whole")),
            )
        )
        for quota in contents.get("quotas", [])
    )
    heads = ("Price of the crop", "Growers", "Treasury", "Buyers", "In all")
    return Table((Column("Option"), Column("Imports by origin"), *(Column(h, numeric=True) for h in heads)), rows)


def _origins(quota: Quota) -> str:
    """Imports that change, in thousands where they are large."""
    scale, unit = (1000, f"thousand {quota['unit']}") if quota["origins"][0]["before"] >= 10_000 else (1, quota["unit"])
    moved = [o for o in quota["origins"] if abs(o["change"]["point"]) > 1e-6 * max(o["before"], 1)]
    told = (
        f"{o['name']} {o['before'] / scale:,.0f} → {o['after']['point'] / scale:,.0f}"
        for o in sorted(moved, key=lambda o: -abs(o["change"]["point"]))
    )
    return f"{', '.join(told)} {unit}" if moved else "as today"


def _percent(value: Estimate) -> Cell:
    return Cell(percent(value["point"], sign=True), aside=span(value))


def formulas(contents: Contents) -> Table:
    """Formula offers: rate by class of makers, and who gains against the flat rate."""
    rows = []
    for formula in contents.get("formulas", []):
        since = formula["threshold"]
        word = "nobody pays less" if since is None else f"who builds more than {share(since)} there pays less"
        flat = f"{formula['issue']}: {formula['option']}; in place of {average_rate(formula['flat'])}, {word}"
        rows.append(Row((Cell(flat, source=number(formula["source_index"])),), "group"))
        rows += [
            Row(
                (
                    Cell(capital(maker["maker"])),
                    Cell(share(maker["local_share"])),
                    Cell(rate(maker["rate"])),
                    Cell(amount(maker["sales_usd_bn"])),
                    Cell(amount(maker["gain_usd_bn"], sign=True)),
                )
            )
            for maker in formula["makers"]
        ]
        rows.append(
            Row(
                (
                    Cell("All"),
                    Cell(""),
                    Cell(average_rate(formula["average"])),
                    Cell(amount(sum(maker["sales_usd_bn"] for maker in formula["makers"]))),
                    Cell(amount(sum(maker["gain_usd_bn"] for maker in formula["makers"]), sign=True)),
                ),
                "total",
            )
        )
    heads = ("Builds there", "Rate", "Ships, US$ bn", "Duty saved, US$ bn")
    return Table((Column("Makers"), *(Column(head, numeric=True) for head in heads)), tuple(rows))
