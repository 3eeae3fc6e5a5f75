"""The brief as a web page: one file that asks the network for nothing, for phones, desks and printers."""

from __future__ import annotations

import re
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from tradetalks.brief.view import View


def html(view: View, figures: dict[str, str]) -> str:
    """The page for `view` (see `view.view`) with `figures`, SVG text by name.

    Every text is escaped, the drawings are not: they are ours. Raises jinja2.UndefinedError if the view lacks a part.
    """
    folder = files("tradetalks.brief")
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = {name: Markup(_fluid(svg)) for name, svg in figures.items()}
    return environment.get_template("brief.html.j2").render(view=view, figures=pictures)


def _fluid(svg: str) -> str:
    """The drawing as wide as its place on the page, up to a third wider than it was drawn."""
    return re.sub(
        r'width="([\d.]+)" height="[\d.]+"', lambda m: f'style="max-width:{1.33 * float(m[1]):.0f}px"', svg, count=1
    )
