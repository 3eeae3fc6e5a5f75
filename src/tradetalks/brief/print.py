"""The brief on paper: two A4 pages, set by typst in the typefaces it carries, so they look alike everywhere."""

from __future__ import annotations

import json
from importlib.resources import files

import typst

from tradetalks.brief.figures import FONT
from tradetalks.brief.view import View


def pdf(view: View, figures: dict[str, str]) -> bytes:
    """The PDF of `view` (see `view.view`) with `figures`, SVG text by name.

    Text reaches the typesetter as data, so that nothing in a case can be read as markup. The same view gives the same
    bytes: the document carries no date.
    """
    parts = {f"{name}.svg": svg.replace(FONT, "Libertinus Serif").encode() for name, svg in figures.items()}
    parts["pictures.json"] = json.dumps(sorted(parts)).encode()
    parts["brief.json"] = json.dumps(view["paper"], ensure_ascii=False).encode()
    parts["main"] = (files("tradetalks.brief") / "brief.typ").read_bytes()
    # typst's type stub knows only one file, its compiler also takes several by name
    return bytes(typst.compile(parts, format="pdf", ignore_system_fonts=True))  # type: ignore[call-overload]
