"""The pictures of a brief, as SVG: Vega-Lite written out plainly and drawn by vl-convert, without any network.

All text that comes from a case enters as data, never as an expression. One colour a party, grey for the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import vl_convert

from tradetalks.brief import sentences
from tradetalks.brief.amounts import amount, average_rate, observed
from tradetalks.brief.contract import Contents, SolutionPoint
from tradetalks.brief.contract_talks import Worth
from tradetalks.brief.labels import LINE, Box, Label, place
from tradetalks.brief.tables import capital, reference, same_deals

INK, GREY, FAINT, SHADE, PAPER = "#1f2328", "#6b7280", "#c9ced6", "#eef0f3", "#ffffff"
PARTY = ("#1f5f99", "#b4532a")
"""The asking side, then the other."""
FONT = "Liberation Sans"
"""The drawing engine carries it, so that text is measured alike on every machine; pages set their own in its place."""

MINUS_SIGN = "replace(datum.label, '-', '\u2212')"

Spec = dict[str, Any]
Pixel = Callable[[Spec], tuple[float, float]]

CONFIG: Spec = {
    "aria": False,  # the pages describe each picture themselves
    "background": None,
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "text": {"fontSize": 11, "color": INK},
    "title": {"fontSize": 11, "fontWeight": "normal", "color": GREY, "anchor": "start", "offset": 6, "frame": "group"},
    "axis": {
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelColor": INK, "titleColor": GREY,
        "domain": False, "ticks": False, "grid": False, "labelPadding": 6, "labelLimit": 320,
    },
}  # fmt: skip


def figures(contents: Contents) -> dict[str, str]:
    """Every picture of the brief as SVG text, by name."""
    from tradetalks.brief import figures_talks

    drawn = {"surplus": surplus, "exposure": exposure, "worth": worth, "frontier": frontier}
    if contents["no_deal"].get("tree"):
        drawn["tree"] = figures_talks.tree
    if figures_talks.drawn(contents):
        drawn["exchange"] = figures_talks.exchange
    return {name: svg(draw(contents)) for name, draw in drawn.items()}


def svg(spec: Spec) -> str:
    """Draw a Vega-Lite specification; whatever it names outside itself is refused."""
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": CONFIG, **spec}
    return str(vl_convert.vegalite_to_svg(whole, allowed_base_urls=[]))


def surplus(contents: Contents) -> Spec:
    """The other side's partners by their surplus with it; the asking party stands out."""
    asker, other = contents["parties"][:2]
    table = contents["position"]["surplus_table"]
    rows: list[Spec] = [
        {"name": b["name"], "value": b["surplus_usd_bn"], "text": observed(b["surplus_usd_bn"]),
         "colour": PARTY[0] if b["code"] == asker["code"] else FAINT}
        for b in table
    ]  # fmt: skip
    place = {"y": categories("name"), "x": _bare("value", _from_zero([b["surplus_usd_bn"] for b in table], 1.35))}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return {
        "title": f"Surplus with {other['name']}, US$ bn",
        "width": 100,
        "height": {"step": 17},
        "layer": [
            marks(rows, "bar", place | {"color": colour}, height=9),
            marks(rows, "text", place | {"text": {"field": "text"}}, align="left", dx=4),
        ],
    }


def exposure(contents: Contents) -> Spec:
    """The asking party's exports by sector, and the duty on them before and today."""
    sectors = contents["position"]["exposure"]
    rows: list[Spec] = [
        {"name": capital(e["name"]), "exports": e["exports_usd_bn"], "exports_text": observed(e["exports_usd_bn"]),
         "before": e["rate_before"], "today": e["rate_today"], "today_text": average_rate(e["rate_today"]),
         "duty": amount(e["duty_usd_bn"])}
        for e in sectors
    ]  # fmt: skip
    named, bare = {"y": categories("name")}, {"y": categories("name", axis=False)}
    bars = named | {"x": _bare("exports", _from_zero([e["exports_usd_bn"] for e in sectors], 1.45))}
    rates = _from_zero([e[when] for e in sectors for when in ("rate_before", "rate_today")], 1.45)
    before, today = bare | {"x": _bare("before", rates)}, bare | {"x": _bare("today", rates)}
    dot: Spec = {"size": 42, "opacity": 1, "strokeWidth": 1.3}
    panels: list[Spec] = [
        {
            "title": "Exports, US$ bn",
            "width": 85,
            "layer": [
                marks(rows, "bar", bars, height=9, color=PARTY[0]),
                marks(rows, "text", bars | {"text": {"field": "exports_text"}}, align="left", dx=4),
            ],
        },
        {
            "title": "Duty before ○ today ●",
            "width": 120,
            "layer": [
                marks(rows, "rule", before | {"x2": {"field": "today"}}, color=FAINT, strokeWidth=2),
                marks(rows, "point", before, fill=PAPER, stroke=GREY, **dot),
                marks(rows, "point", today, fill=PARTY[1], stroke=PARTY[1], **dot),
                marks(rows, "text", today | {"text": {"field": "today_text"}}, align="left", dx=8),
            ],
        },
        {
            "title": {"text": "Duty, US$ bn", "anchor": "end"},
            "width": 62,
            **marks(rows, "text", bare | {"text": {"field": "duty"}}, align="right", x=58),
        },
    ]
    return {"spacing": 8, "hconcat": [{**panel, "height": {"step": 17}} for panel in panels]}


def worth(contents: Contents) -> Spec:
    """Each state of the law and no deal: point and range, a panel and a scale for each party."""
    no_deal = contents["no_deal"]
    states: list[tuple[str, dict[str, Worth]]] = [
        (capital(point["label"]), point["values"]) for point in contents["reference_points"]
    ]
    states += [(f"No deal, against {reference(contents, name)}", values) for name, values in no_deal["against"].items()]
    panels: list[Spec] = []
    for side, party in enumerate(contents["parties"]):
        rows: list[Spec] = []
        for label, values in states:
            value = values[party["code"]]["usd_bn"]
            low, high = sorted((value["low"], value["high"]))
            rows.append({"state": label, "point": value["point"], "low": low, "high": high})
        domain = extent([0.0, *(row[end] for row in rows for end in ("point", "low", "high"))], [])
        panels.append(_ranges({"side": side, "name": party["name"], "rows": rows}, {"domain": domain, "nice": False}))
    return {"spacing": 22, "hconcat": panels}


def _ranges(panel: Spec, scale: Spec) -> Spec:
    colour = PARTY[min(panel["side"], 1)]
    ticks = {"tickCount": 5, "labelExpr": MINUS_SIGN, "labelColor": GREY, "grid": True, "gridColor": SHADE}
    y, x = categories("state", axis=panel["side"] == 0), {"scale": scale, "title": None, "axis": ticks}
    rows = panel["rows"]
    span = {"y": y, "x": quantity("low") | x, "x2": {"field": "high"}}
    return {
        "title": {"text": f"{panel['name']}, US$ bn a year", "color": colour},
        "width": 225,
        "height": {"step": 18},
        "layer": [
            marks([{"zero": 0}], "rule", {"x": quantity("zero") | x}, color=GREY, strokeWidth=1),
            marks(rows, "rule", span, color=colour, strokeWidth=2, opacity=0.45),
            marks(rows, "circle", {"y": y, "x": quantity("point") | x}, size=48, opacity=1, color=colour),
        ],
    }


WIDTH, HEIGHT = 430, 300


def frontier(contents: Contents) -> Spec:
    """Offers as dots, the frontier as steps, no-deal lines, the zone of agreement shaded, the solutions named."""
    one, two = (party["code"] for party in contents["parties"][:2])
    cloud = [{"x": x, "y": y} for x, y in contents["cloud"]]
    edge = sorted(
        ({"x": o["payoffs"][one], "y": o["payoffs"][two], "in_zone": o["in_zone"]} for o in contents["frontier"]),
        key=lambda offer: (offer["x"], -offer["y"]),
    )
    floors: list[Spec] = [
        {"x": r["payoffs"][one], "y": r["payoffs"][two], "name": r["name"]} for r in contents["reservations"]
    ]
    chosen: Spec = {"x": contents["reservation"]["payoffs"][one], "y": contents["reservation"]["payoffs"][two]}
    deals: list[Spec] = [
        {"x": _at(group[0], one), "y": _at(group[0], two),
         "label": " · ".join(capital(solution["label"]) for solution in group)}
        for group in same_deals(contents["solutions"])
    ]  # fmt: skip
    bundles: list[Spec] = [
        {"x": package["at"][one], "y": package["at"][two], "place": place}
        for place, package in enumerate(contents.get("packages", []), 1)
    ]
    inside = [chosen, *deals, *bundles, *(offer for offer in edge if offer["in_zone"])] if deals else []
    drawn = [*cloud, *edge, chosen, *deals]
    horizontal, vertical = (
        _window([p[way] for p in drawn], [p[way] for p in inside], [line[way] for line in floors]) for way in ("x", "y")
    )
    for line in floors:
        _bring_inside(line, horizontal, vertical)
    seen = (horizontal, vertical)
    cloud, dots, edge = _seen(cloud, *seen), _seen(edge, *seen), _steps(edge, *seen)

    def pixel(point: Spec) -> tuple[float, float]:
        right = (point["x"] - horizontal[0]) / (horizontal[1] - horizontal[0])
        up = (point["y"] - vertical[0]) / (vertical[1] - vertical[0])
        return WIDTH * right, HEIGHT * (1 - up)

    def axis(side: int, field: str, domain: list[float]) -> Spec:
        title = sentences.axis(contents, side)
        look = {"title": title, "titleColor": PARTY[side], "grid": False, "domain": True, "domainColor": FAINT,
                "tickCount": 6, "labelExpr": MINUS_SIGN}  # fmt: skip
        scale = {"domain": domain, "nice": False, "zero": False}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": look}

    x, y = axis(0, "x", horizontal), axis(1, "y", vertical)
    both = {"x": x, "y": y}
    labels, leaders = _named(contents, deals, bundles, floors, pixel, edge)
    at = {"x": quantity("px") | {"scale": None}, "y": quantity("py") | {"scale": None}}
    ends = {"x2": {"field": "qx"}, "y2": {"field": "qy"}}
    shade: list[Spec] = [{"x": chosen["x"], "y": chosen["y"], "x2": horizontal[1], "y2": vertical[1]}]
    others = [line for line in floors if line["name"] != contents["reservation"]["name"] and not line["far"]]
    across, up = {"x": x}, {"y": y}
    whole = [line for line in floors if line["name"] == contents["reservation"]["name"]] or [chosen]
    thin, dashed = {"color": FAINT, "strokeWidth": 1}, {"color": INK, "strokeWidth": 1, "strokeDash": [4, 3]}
    corner = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    layers = [
        marks(shade, "rect", both | corner, color=SHADE, opacity=1),
        marks(cloud, "circle", both, size=7, color=GREY, opacity=0.3),
        *(marks(others, "rule", way, **thin) for way in (across, up)),
        *(marks(whole, "rule", way, **dashed) for way in (across, up)),
        marks(edge, "line", both | {"order": quantity("step")}, interpolate="step-before", color=INK, strokeWidth=1.2),
        marks(dots, "circle", both, size=16, color=INK, opacity=1),
        marks(leaders, "rule", at | ends, color=GREY, strokeWidth=0.7),
        marks(floors, "point", both, shape="cross", size=46, filled=True, color=GREY, opacity=1),
        marks(bundles, "point", both, shape="diamond", size=60, color=INK, strokeWidth=1.2, fill=PAPER, opacity=1),
        marks(deals, "point", both, filled=True, size=95, color=INK, opacity=1, stroke=PAPER, strokeWidth=1.5),
    ]
    text = at | {"text": {"field": "text"}}
    halo = {"stroke": PAPER, "strokeWidth": 3, "opacity": 0.85}
    for strong, size, colour in ((False, 10.5, GREY), (True, 12.0, INK)):
        these = [label for label in labels if label["strong"] is strong]
        look = {"align": "left", "baseline": "middle", "fontSize": size, "fontWeight": "bold" if strong else "normal"}
        layers += [marks(these, "text", text, **look, **halo), marks(these, "text", text, **look, color=colour)]
    return {"width": WIDTH, "height": HEIGHT, "layer": [layer for layer in layers if layer["data"]["values"]]}


def _counted(numbers: list[int]) -> str:
    """Numbers in order as text, runs of three or more in short.

    >>> _counted([1, 2, 3, 5])
    '1–3, 5'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _together(points: list[Spec], pixel: Pixel, reach: float = 12) -> list[list[Spec]]:
    """Points that lie within so many pixels of the first of their group."""
    groups: list[list[Spec]] = []
    for point in points:
        x, y = pixel(point)
        for group in groups:
            u, v = pixel(group[0])
            if abs(x - u) <= reach and abs(y - v) <= reach:
                group.append(point)
                break
        else:
            groups.append([point])
    return groups


def _seen(points: list[Spec], horizontal: list[float], vertical: list[float]) -> list[Spec]:
    """The points inside the frame."""
    (left, right), (bottom, top) = horizontal, vertical
    return [p for p in points if left <= p["x"] <= right and bottom <= p["y"] <= top]


def _steps(edge: list[Spec], horizontal: list[float], vertical: list[float]) -> list[Spec]:
    """The frontier as far as the frame goes, with the points where its steps, down before right, enter and leave it."""
    inside = _seen(edge, horizontal, vertical)
    if not inside:
        return []
    (left, right), (bottom, top) = horizontal, vertical
    first, last = edge.index(inside[0]), edge.index(inside[-1])
    steps = list(inside)
    if first > 0:
        x = edge[first - 1]["x"]
        steps.insert(0, {"x": left, "y": inside[0]["y"]} if x < left else {"x": x, "y": top})
    if last < len(edge) - 1:
        y = edge[last + 1]["y"]
        steps.append({"x": inside[-1]["x"], "y": bottom} if y < bottom else {"x": right, "y": y})
    return [step | {"step": k} for k, step in enumerate(steps)]


def _window(drawn: list[float], inside: list[float], also: list[float]) -> list[float]:
    """What an axis shows: everything drawn or, where there is a zone of agreement, the zone with room around it."""
    low, high = extent(drawn, also)
    if len(inside) < 2:
        return [low, high]
    wide = max(max(inside) - min(inside), 0.02 * (high - low))
    return [max(low, min(inside) - 1.1 * wide), min(high, max(inside) + 0.7 * wide)]


def _at(solution: SolutionPoint, party: str) -> float:
    return solution["at"][party] if "at" in solution else solution["payoffs"][party]["point"]


def _named(
    contents: Contents, deals: list[Spec], bundles: list[Spec], floors: list[Spec], pixel: Pixel, edge: list[Spec]
) -> tuple[list[Spec], list[Spec]]:
    """Labels of solutions, packages and reservation crosses, one where several meet, and thin lines to those away."""
    wanted = [Label(*pixel(deal), deal["label"], letter=6.4) for deal in deals]
    for group in _together(bundles, pixel):
        numbers = _counted([bundle["place"] for bundle in group])
        wanted.append(Label(*pixel(group[0]), f"package{'s' if len(group) > 1 else ''} {numbers}", letter=4.9))
    for group in _together(floors, pixel, 2):
        said = " · ".join(capital(reference(contents, line["name"])) + line["far"] for line in group)
        wanted.append(Label(*pixel(group[0]), said, letter=4.9))
    steps = list(pairwise(pixel(offer) for offer in edge))
    taken = [Box(x - 1, v - 1, u + 1, v + 1) for (x, _), (u, v) in steps]
    taken += [Box(x - 1, y - 1, x + 1, v + 1) for (x, y), (_, v) in steps]
    for line in floors:
        (x, y), half = pixel(line), 3 if line["name"] == contents["reservation"]["name"] else 1
        taken += [Box(x - half, 0, x + half, HEIGHT), Box(0, y - half, WIDTH, y + half)]
    labels: list[Spec] = []
    leaders: list[Spec] = []
    for label, (x, y) in zip(wanted, place(wanted, (WIDTH, HEIGHT), taken), strict=True):
        labels.append({"px": x, "py": y, "text": label.text, "strong": len(labels) < len(deals)})
        if abs(y - label.y) > LINE:
            near = x - 2 if x > label.x else min(label.x, x + 0.9 * label.long)
            leaders.append({"px": label.x, "py": label.y, "qx": near, "qy": y})
    return labels, leaders


def extent(values: list[float], also: list[float]) -> list[float]:
    """A range with room around `values`, widened for what is not far outside it."""
    low, high = min(values), max(values)
    reach = 0.35 * (high - low)
    near = [value for value in also if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    pad = 0.05 * (high - low) or 1.0
    return [low - pad, high + pad]


def _bring_inside(point: Spec, horizontal: list[float], vertical: list[float]) -> None:
    """Put a point far outside the frame on its edge; `far` then says which way it lies, and how far."""
    point["far"] = ""
    for way, (low, high), arrows in (("x", horizontal, "←→"), ("y", vertical, "↓↑")):
        value = point[way]
        point[way] = min(max(value, low), high)
        if point[way] != value:
            point["far"] += f" {arrows[value > high]} {amount(value)}"


def _from_zero(values: list[float], room: float) -> Spec:
    """A scale from zero with room for the number at the end of a bar."""
    return {"domain": [min(0.0, *values, 0.0), max(0.0, *values, 0.0) * room or 1.0], "nice": False}


def categories(field: str, axis: bool = True) -> Spec:
    look: Spec | None = {"title": None} if axis else None
    return {"field": field, "type": "nominal", "sort": None, "axis": look}


def quantity(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}


def _bare(field: str, scale: Spec) -> Spec:
    """A quantity whose marks carry their own numbers, so that no axis is drawn."""
    return quantity(field) | {"axis": None, "scale": scale}


def marks(rows: list[Spec], mark: str, encoding: Spec, **look: Any) -> Spec:
    return {"data": {"values": rows}, "mark": {"type": mark, **look}, "encoding": encoding}
