"""The pictures of the talks: what may come without a deal and when, and the exchange table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from tradetalks.brief.amounts import amount, day, share
from tradetalks.brief.contract import Contents
from tradetalks.brief.contract_talks import Exchange, Tree
from tradetalks.brief.figures import (
    GREY,
    MINUS_SIGN,
    PAPER,
    PARTY,
    SHADE,
    Spec,
    categories,
    extent,
    marks,
    quantity,
)
from tradetalks.brief.tables import capital
from tradetalks.brief.tables_talks import named

ON_LIGHT, ON_DARK = "#1d2126", "#fdfdfd"
"""Letters on the tints, which stay as they are where a page turns its own colours round."""

TINTS = ("#dfe3e9", "#c2c9d3", "#a1abb9", "#7f8b9c", "#5f6c7f", "#465264")
"""States of the law, from the best for the asking side to the worst."""

WIDTH, HEIGHT = 430, 118
MOST_CHANGES = 12
"""Changes in the exchange picture, the cheapest first."""


def tree(contents: Contents) -> Spec:
    """The chance of each state of the law without a deal, day by day; darker is worse for the asking side."""
    found = contents["no_deal"].get("tree")
    if found is None:
        return {}
    asker = contents["parties"][0]
    worth = {capital(s["label"]): s["government"][asker["code"]]["point"] for s in found["states"]}
    order = sorted(worth, key=lambda label: -worth[label])
    tint = {label: TINTS[round(k * (len(TINTS) - 1) / max(len(order) - 1, 1))] for k, label in enumerate(order)}
    begins, ends = contents["case"]["as_of"], found["until"]
    days = sorted({begins, *(s["since"] for leaf in found["leaves"] for s in leaf["states"] if s["since"]), ends})
    rows: list[Spec] = []
    texts: list[Spec] = []
    for since, until in pairwise(days):
        floor = 0.0
        chances = _chances(found, since, begins)
        for label in order:
            chance = chances.get(label, 0.0)
            if chance <= 0:
                continue
            rows.append({"from": f"{since}T00:00:00", "to": f"{until}T00:00:00", "low": floor, "high": floor + chance,
                         "colour": tint[label]})  # fmt: skip
            wide = WIDTH * _days(since, until) / _days(begins, ends)
            dark = order.index(label) > 0.5 * (len(order) - 1)
            for text in (f"{label} {share(chance)}", share(chance)):
                if chance * HEIGHT >= 9 and 4.6 * len(text) + 6 <= wide:
                    texts.append({"from": f"{since}T00:00:00", "mid": floor + chance / 2, "text": text,
                                  "colour": ON_DARK if dark else ON_LIGHT})  # fmt: skip
                    break
            floor += chance
    x: Spec = {
        "field": "from", "type": "temporal", "title": None, "scale": {"nice": False},
        "axis": {"values": [f"{d}T00:00:00" for d in days[1:]], "labels": False, "grid": False},
    }  # fmt: skip
    y: Spec = {"field": "low", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False}}
    tint_of: Spec = {"field": "colour", "type": "nominal", "scale": None}
    names: list[Spec] = []
    ends_at = [-1.0, -1.0]
    for d in days[:-1]:  # on a second line where the date before would stand in its way
        left = WIDTH * _days(begins, d) / _days(begins, ends)
        line = 0 if left > ends_at[0] else 1
        ends_at[line] = left + 56
        names.append({"from": f"{d}T00:00:00", "text": day(d, short=True), "at": 0, "line": line})
    return {
        "title": "Chance of each state of the law without a deal",
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [
            marks(rows, "rect", {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"field": "high"}, "color": tint_of},
                   stroke=PAPER, strokeWidth=0.8),
            marks(texts, "text", {"x": x, "y": y | {"field": "mid"}, "text": {"field": "text"}, "color": tint_of},
                   align="left", dx=4, fontSize=9.5, baseline="middle"),
            *(
                marks([name for name in names if name["line"] == line], "text",
                      {"x": x, "y": y | {"field": "at"}, "text": {"field": "text"}},
                      align="left", baseline="top", dy=5 + 11 * line, fontSize=9.5, color=GREY)
                for line in (0, 1) if any(name["line"] == line for name in names)
            ),
        ],
    }  # fmt: skip


def _chances(tree: Tree, day: str, begins: str) -> dict[str, float]:
    """The chance of each state on a day, by label."""
    found: dict[str, float] = {}
    for leaf in tree["leaves"]:
        state = [s["state"] for s in leaf["states"] if (s["since"] or begins) <= day][-1]
        found[capital(state)] = found.get(capital(state), 0.0) + leaf["chance"]["point"]
    return found


def _days(since: str, until: str) -> int:
    return (date.fromisoformat(until) - date.fromisoformat(since)).days


def exchange(contents: Contents) -> Spec:
    """Concessions, the cheapest first: what each costs us and gives them, with its price today and at the deal."""
    rows = drawn(contents)
    asker, other = contents["parties"][:2]
    data = [_change(one) for one in rows]
    both = [row[k] for row in data for k in ("cost", "cost_low", "cost_high", "gain", "gain_low", "gain_high")]
    scale = {"domain": extent([0.0, *both], []), "nice": False}
    ticks = {"tickCount": 4, "labelExpr": MINUS_SIGN, "labelColor": GREY, "grid": True, "gridColor": SHADE}
    panels: list[Spec] = []
    for side, (party, field, does) in enumerate(((asker, "cost", "gives up"), (other, "gain", "gains"))):
        x = {"scale": scale, "title": None, "axis": ticks}
        y = categories("name", axis=side == 0)
        panels.append(
            {
                "title": {"text": f"{party['name']} {does}, US$ bn", "color": PARTY[side]},
                "width": 118,
                "height": {"step": 15},
                "layer": [
                    marks([{"zero": 0}], "rule", {"x": quantity("zero") | x}, color=GREY, strokeWidth=1),
                    marks(data, "rule", {"y": y, "x": quantity(f"{field}_low") | x, "x2": {"field": f"{field}_high"}},
                           color=PARTY[side], strokeWidth=2, opacity=0.4),
                    marks(data, "circle", {"y": y, "x": quantity(field) | x}, size=40, opacity=1, color=PARTY[side]),
                ],
            }
        )  # fmt: skip
    heads = [("price", "Price", 82)]
    if contents["solutions"]:
        heads.append(("at_deal", f"At {capital(contents['solutions'][0]['label'])}", 52))
    for field, title, width in heads:
        place = {"y": categories("name", axis=False), "text": {"field": field}}
        panels.append(
            {
                "title": title, "width": width, "height": {"step": 15},
                **marks(data, "text", place, align="left", x=0, fontSize=10.5),
            }
        )  # fmt: skip
    return {"spacing": 10, "hconcat": panels}


def drawn(contents: Contents) -> Sequence[Exchange]:
    """What the picture shows: what is free and the concessions, the cheapest first."""
    kinds = ("free", "concession")
    return [one for one in contents.get("exchange", []) if one["kind"] in kinds][:MOST_CHANGES]


def _change(one: Exchange) -> Spec:
    row: Spec = {"name": named(one), "price": "free" if one["kind"] == "free" else "", "at_deal": ""}
    for field, value in (("cost", one["cost"]), ("gain", one["gain"])):
        row |= {field: value["point"], f"{field}_low": value["low"], f"{field}_high": value["high"]}
    if price := one["price"]:
        high = "∞" if price["high"] is None else amount(price["high"])
        row["price"] = f"{amount(price['point'])} ({amount(price['low'])} to {high})"
    if (at := one["at_deal"]) is not None and at["price"] is not None:
        row["at_deal"] = amount(at["price"]) + (" in it" if at["holds"] else "")
    return row
