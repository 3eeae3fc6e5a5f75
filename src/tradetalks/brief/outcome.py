"""The picture of tariffs that a search chose: who levies what, and what it does to everybody's real income."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradetalks.brief.figures import FAINT, GREY, INK, MINUS_SIGN, PARTY, SHADE, Spec, svg
from tradetalks.world.economies import name

if TYPE_CHECKING:
    from tradetalks.model.outcome import Outcome

MOST = 24
"""Economies shown: the largest by income, those who choose tariffs first."""

ROW = 15


def outcome_svg(found: Outcome, title: str) -> str:
    """Two columns of bars as SVG: average rates chosen, and changes of real income, in percent."""
    return svg(outcome_spec(found, title))


def outcome_spec(found: Outcome, title: str) -> Spec:
    """The specification behind `outcome_svg`."""
    world, rates = found.solution.world, found.average_rates
    size = dict(zip(world.economies, world.income, strict=True))
    shown = sorted(world.economies, key=lambda code: (code not in rates, -size[code]))[:MOST]
    order = [name(code) for code in shown]
    rows = [
        {
            "who": name(code), "rate": 100 * rates[code] if code in rates else None,
            "change": 100 * found.real_income[code], "gains": bool(found.real_income[code] >= 0),
        }
        for code in shown
    ]  # fmt: skip
    left = {
        "width": 150, "height": ROW * len(order), "mark": {"type": "bar", "color": FAINT, "height": 9},
        "title": {"text": "average rate chosen, %", "color": GREY, "anchor": "start"},
        "encoding": {
            "y": {"field": "who", "type": "nominal", "sort": order, "title": None, "axis": {"labelColor": INK}},
            "x": {"field": "rate", "type": "quantitative", "title": None, "axis": {"gridColor": SHADE, "grid": True}},
        },
    }  # fmt: skip
    right = {
        "width": 330, "height": ROW * len(order), "mark": {"type": "bar", "height": 9},
        "title": {"text": "real income, %", "color": GREY, "anchor": "start"},
        "encoding": {
            "y": {"field": "who", "type": "nominal", "sort": order, "title": None, "axis": None},
            "x": {
                "field": "change", "type": "quantitative", "title": None,
                "axis": {"gridColor": SHADE, "grid": True, "labelExpr": MINUS_SIGN},
            },
            "color": {
                "field": "gains", "type": "nominal", "legend": None,
                "scale": {"domain": [True, False], "range": list(PARTY)},
            },
        },
    }  # fmt: skip
    return {
        "title": {"text": title, "color": INK, "fontSize": 12},
        "data": {"values": rows},
        "spacing": 14,
        "hconcat": [left, right],
    }
