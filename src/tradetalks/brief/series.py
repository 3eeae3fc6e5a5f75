"""The picture of a series of duty rates: what each authority adds, day by day, as steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from tradetalks.brief.figures import GREY, INK, SHADE, Spec, svg
from tradetalks.law.countries import table

if TYPE_CHECKING:
    from tradetalks.law.rates import Rates

COLOURS = {
    "MFN": ("normal duty", "#c9ced6"), "s301": ("section 301", "#7a8ca8"), "s232": ("section 232", "#1f5f99"),
    "IEEPA": ("emergency powers", "#b4532a"), "s122": ("section 122", "#c98f3b"), "s338": ("section 338", "#6b4a8a"),
    "s201": ("section 201", "#4f7a5b"),
}  # fmt: skip
"""Name and colour of each authority, from the bottom of the picture up."""

WIDTH, HEIGHT = 640, 260


def series_svg(series: Sequence[Rates]) -> str:
    """A stacked picture of the rates as SVG, in percent of customs value."""
    return svg(series_spec(series))


def series_spec(series: Sequence[Rates]) -> Spec:
    """The specification behind `series_svg`; one point for every day on which something moved, and the last."""
    names = table()
    who = names[series[0].importer].name
    if series[0].partner:
        who += f" on goods of {names[series[0].partner].name}"
    told = [r for k, r in enumerate(series) if k in (0, len(series) - 1) or r.authorities != series[k - 1].authorities]
    present = [a for a in COLOURS if any(r.authorities.get(a, 0.0) > 5e-5 for r in series)]
    bars = [
        {"from": f"{now.on}T00:00:00", "to": f"{later.on}T00:00:00", "what": COLOURS[a][0], "place": k,
         "rate": 100 * now.authorities.get(a, 0.0)}
        for now, later in pairwise(told)
        for k, a in enumerate(present)
    ]  # fmt: skip
    domain = [COLOURS[a][0] for a in present]
    return {
        "title": {"text": f"{who}: average duty, % of the imports of 2024", "color": INK, "fontSize": 12},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": bars},
        "mark": {"type": "rect", "clip": True, "strokeWidth": 0.5},
        "transform": [
            {"stack": "rate", "groupby": ["from"], "sort": [{"field": "place"}], "as": ["low", "high"]},
        ],
        "encoding": {
            "x": {"field": "from", "type": "temporal", "title": None, "axis": {"format": "%b %Y", "labelColor": GREY}},
            "x2": {"field": "to"},
            "y": {"field": "low", "type": "quantitative", "title": None, "axis": {"grid": True, "gridColor": SHADE}},
            "y2": {"field": "high"},
            "color": {
                "field": "what", "type": "nominal", "title": None, "sort": domain,
                "scale": {"domain": domain, "range": [COLOURS[a][1] for a in present]},
                "legend": {"orient": "bottom", "labelFontSize": 11, "symbolType": "square"},
            },
            "stroke": {
                "field": "what", "type": "nominal", "legend": None,
                "scale": {"domain": domain, "range": [COLOURS[a][1] for a in present]},
            },
        },
    }  # fmt: skip
