"""Draws frontier.png, the README's picture, from the data of a brief: frontier.py brief.json."""

import json
import sys
from pathlib import Path

import vl_convert

from tradetalks.brief.figures import frontier, svg

contents = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
drawn = svg(frontier(contents) | {"background": "white", "padding": 12})
Path(__file__).with_suffix(".png").write_bytes(vl_convert.svg_to_png(drawn, scale=1.5))
