"""The tables of a brief, in printed text: one function a table, laid out alike on paper and on screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tradetalks.brief.amounts import SPACE, amount, average_rate, day, observed, percent, rate, share, span
from tradetalks.brief.contract import Contents, HomeEffects, MeasureInForce, ReferencePoint, SolutionPoint
from tradetalks.brief.contract_talks import Estimate, Worth


@dataclass(frozen=True)
class Cell:
    """What stands in one place: text, a range set lighter beside it, and the number of its source."""

    text: str
    aside: str = ""
    source: int | None = None


@dataclass(frozen=True)
class Row:
    """Cells from left to right; a `group` row has one cell that heads the rows after it."""

    cells: tuple[Cell, ...]
    kind: Literal["row", "group", "total"] = "row"


@dataclass(frozen=True)
class Column:
    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = field(default=())


def situation(contents: Contents) -> Table:
    """What is in force: measure, rate, statute, dates, scope, what it adds to the average duty; then what may come."""
    columns = (
        Column("Measure"),
        Column("Rate", numeric=True),
        Column("Statute"),
        Column("Since"),
        Column("Until"),
        Column("On what"),
        Column("Adds, points", numeric=True),
    )
    now = [measure for measure in contents["situation"] if measure.get("in_force", True)]
    later = [measure for measure in contents["situation"] if not measure.get("in_force", True)]
    total = sum(measure["added_pp"] for measure in now)
    rows = [*map(_measure, now), Row((Cell("In all"), *[Cell("")] * 5, Cell(f"{total:.1f}")), "total")]
    if later:
        rows += [Row((Cell("Without a deal"),), "group"), *map(_measure, later)]
    return Table(columns, tuple(rows))


def _measure(measure: MeasureInForce) -> Row:
    return Row(
        (
            Cell(measure["what"], source=number(measure["source_index"])),
            Cell(rate(measure["rate"])),
            Cell(measure["statute"] or measure["authority"]),
            Cell(day(measure["from"], short=True)),
            Cell(day(measure["to"], short=True) or "open"),
            Cell(measure["on_whom"]),
            Cell(f"{measure['added_pp']:.1f}"),
        )
    )


def states(contents: Contents, explained: bool = True) -> Table:
    """The reference points against the state before, and no deal against the reference points."""
    parties = contents["parties"]
    no_deal = contents["no_deal"]
    columns = [
        Column("State of the law"),
        Column("Average duty", numeric=True),
        Column("Static duties, US$ bn", numeric=True),
    ]
    for party in parties:
        columns += [Column(f"{party['name']}, US$ bn", numeric=True), Column("% of income", numeric=True)]

    def worths(values: dict[str, Worth]) -> Iterator[Cell]:
        for party in parties:
            money, part = values[party["code"]]["usd_bn"], values[party["code"]]["percent"]
            yield estimate(money)
            yield Cell(amount(part["point"], sign=True))

    rows = [Row((Cell(f"Against {baseline(contents)}"),), "group")]
    rows += [
        Row(
            (
                Cell(capital(point["label"]), aside=point["what"] if explained else ""),
                *_duties(point),
                *worths(point["values"]),
            )
        )
        for point in contents["reference_points"]
    ]
    if no_deal.get("tree") and "values" in no_deal:
        rows.append(Row((Cell(capital(no_deal["label"])), Cell(""), Cell(""), *worths(no_deal["values"]))))
    name = no_deal["label"] if no_deal["label"].startswith("no deal") else f"no deal: {no_deal['label']}"
    rows.append(Row((Cell(f"{capital(name)}, against"),), "group"))
    rows += [
        Row((Cell(capital(reference(contents, name))), Cell(""), Cell(""), *worths(values)))
        for name, values in no_deal["against"].items()
    ]
    return Table(tuple(columns), tuple(rows))


def _duties(point: ReferencePoint) -> tuple[Cell, Cell]:
    """The average duty and the bill: by law and trade, product by product, or else by the world's flows."""
    if not (bills := point.get("bills")):
        return Cell(average_rate(point["average_rate"])), Cell(amount(point["static_duty_usd_bn"]))
    bill = bills[0]
    parts = (f"{name} {amount(part)}" for name, part in bill["programmes"].items() if abs(part) >= 0.05)
    return Cell(average_rate(bill["duty"])), Cell(amount(bill["usd_bn"]), aside=f"({', '.join(parts)})")


def in_common(contents: Contents) -> dict[str, str]:
    """What every solution settles otherwise than today, alike."""
    chosen = contents["solutions"]
    issues = contents.get("changing", [])
    return {
        issue: chosen[0]["options"][issue] for issue in issues if len({deal["options"][issue] for deal in chosen}) == 1
    }


def deals(contents: Contents, whole: bool = True) -> Table:
    """The solution points: what each settles otherwise than today, and what each side gains.

    Unless `whole`, what all settle alike is left to `in_common`.
    Gains are those of governments, with welfare alone below them; then the chance to pass at home, and broken words.
    """
    groups = same_deals(contents["solutions"])
    chosen = [group[0] for group in groups]
    columns = (Column(""), *(Column(" · ".join(capital(s["label"]) for s in group)) for group in groups))
    issues = contents.get("changing", list(dict.fromkeys(issue for deal in chosen for issue in deal["options"])))
    rows = [
        Row((Cell(capital(issue.replace("_", " "))), *(Cell(d["options"].get(issue, "")) for d in chosen)))
        for issue in issues
        if whole or issue not in in_common(contents)
    ]
    for party in contents["parties"]:
        rows.append(Row((Cell(f"{party['name']} gains, US$ bn a year"),), "group"))
        points = dict.fromkeys(name for deal in chosen for name in deal["against"])
        for name in sorted(points, key=lambda name: name != contents["no_deal"]["name"]):
            gains = (estimate(deal["against"][name][party["code"]]) for deal in chosen)
            rows.append(Row((Cell(f"against {reference(contents, name)}"), *gains)))
            if name == contents["no_deal"]["name"]:
                rows += _people(contents, chosen, party["code"])
    if contents.get("ratification"):
        passed = (chance(deal["ratified"]) for deal in chosen if "ratified" in deal)
        rows.append(Row((Cell("Chance to be ratified"), *passed), "total"))
    if any(deal.get("crossed") for deal in chosen):
        words = (
            Cell("; ".join(f"{line['what']} ({line['party']})" for line in deal.get("crossed", [])) or "none")
            for deal in chosen
        )
        rows.append(Row((Cell("Public words gone back on"), *words)))
    return Table(columns, tuple(rows))


def _people(contents: Contents, chosen: list[SolutionPoint], party: str) -> Iterator[Row]:
    """Welfare alone, against no deal; nothing where governments weigh nothing else."""
    name = contents["no_deal"]["name"]
    found = [deal.get("people", {}).get(name, {}).get(party) for deal in chosen]
    if any(
        worth is not None and worth != deal["against"][name][party] for worth, deal in zip(found, chosen, strict=True)
    ):
        cells = (estimate(worth) if worth is not None else Cell("") for worth in found)
        yield Row((Cell("— its people alone, by trade"), *cells))


def home(effects: HomeEffects) -> Table:
    """Sectors of one party that lose and gain under a deal."""
    columns = (Column("Sector"), Column("Output", numeric=True), Column("Value added, US$ bn", numeric=True))
    rows: list[Row] = []
    for heading, changes in (("Lose", effects["sectors"]), ("Gain", effects["winners"])):
        if changes:
            rows.append(Row((Cell(heading),), "group"))
        rows += [
            Row(
                (
                    Cell(capital(change["name"])),
                    Cell(percent(change["output_pct"], sign=True)),
                    estimate(change["value_added_usd_bn"]),
                )
            )
            for change in changes
        ]
    return Table(columns, tuple(rows))


def third_parties(contents: Contents) -> Table:
    """Who else gains and loses, largest change first."""
    ranked = sorted(contents["third_parties"], key=lambda other: -abs(other["usd_bn"]["point"]))
    rows = tuple(Row((Cell(other["name"]), estimate(other["usd_bn"]))) for other in ranked)
    against = contents.get("payoffs_against", baseline(contents))
    return Table((Column("Economy"), Column(f"US$ bn a year, against {against}", numeric=True)), rows)


def published(contents: Contents) -> Table:
    """Published estimates, and ours for the nearest shocks below them."""
    rows = [
        Row(
            (
                Cell(p["author"], aside=day(p["date"]), source=number(p["source_index"])),
                Cell(p["shock"]),
                Cell(p["measure"]),
                Cell(quoted(p["value"], p["unit"])),
            )
        )
        for p in contents["published"]
    ]
    asker, program = contents["parties"][0], contents["program"]
    for point in contents["reference_points"]:
        if point["name"] in (contents["reference_points"][0]["name"], contents["no_deal"]["name"]):
            part = point["values"][asker["code"]]["percent"]
            rows.append(
                Row(
                    (
                        Cell(f"{program['name']} {program['version']}", aside=f"{asker['name']}"),
                        Cell(point["what"]),
                        Cell("real income"),
                        Cell(percent(part["point"], sign=True), aside=span(part)),
                    ),
                    "total",
                )
            )
    columns = (Column("Author"), Column("Shock"), Column("Measure"), Column("Value", numeric=True))
    return Table(columns, tuple(rows))


def exposure(contents: Contents) -> Table:
    """The asking party's exports by sector; on screen, the figure in numbers."""
    rows = tuple(
        Row(
            (
                Cell(capital(e["name"])),
                Cell(observed(e["exports_usd_bn"])),
                Cell(share(e["share_of_exports"])),
                Cell(share(e["share_of_output"])),
                Cell(average_rate(e["rate_before"])),
                Cell(average_rate(e["rate_today"])),
                Cell(amount(e["duty_usd_bn"])),
            )
        )
        for e in contents["position"]["exposure"]
    )
    heads = ("Exports, US$ bn", "of exports", "of output", "Duty before", "Duty today", "Duty bill, US$ bn")
    return Table((Column("Sector"), *(Column(head, numeric=True) for head in heads)), rows)


def same_deals(solutions: list[SolutionPoint]) -> list[list[SolutionPoint]]:
    """Solutions in their order, those that pick the same offer together."""
    groups: list[list[SolutionPoint]] = []
    for solution in solutions:
        for group in groups:
            if group[0]["options"] == solution["options"]:
                group.append(solution)
                break
        else:
            groups.append([solution])
    return groups


def estimate(value: Estimate) -> Cell:
    return Cell(amount(value["point"], sign=True), aside=span(value))


def chance(value: Estimate) -> Cell:
    """A chance in percent, with its range."""
    return Cell(share(value["point"]), aside=whole_range(value))


def whole_range(value: Estimate) -> str:
    """The range of a chance in percent, lower end first; empty where there is none."""
    if value["low"] == value["high"]:
        return ""
    return f"({amount(100 * value['low'])}{SPACE}to{SPACE}{amount(100 * value['high'])})"


def reference(contents: Contents, name: str) -> str:
    """A reference point's label in a sentence; no deal is named as such."""
    no_deal = contents["no_deal"]
    label = next((point["label"] for point in contents["reference_points"] if point["name"] == name), no_deal["label"])
    return label if name != no_deal["name"] or label.startswith("no deal") else f"no deal ({label})"


def baseline(contents: Contents) -> str:
    """The state against which reference points are measured, in words."""
    return contents.get("baseline", "the state before the measures in force")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def number(source_index: int | None) -> int | None:
    """The printed number of a source."""
    return None if source_index is None else source_index + 1


def quoted(value: float | str, unit: str) -> str:
    """A published figure with its unit."""
    text = value if isinstance(value, str) else amount(value, sign=True)
    return f"{text}{SPACE}{'%' if unit in ('percent', 'pct') else unit}"
