"""Draws japan-2025.svg and us-series.svg, the pictures of the law's series, on white."""

from pathlib import Path

import tradetalks as tt
from tradetalks.brief.figures import svg
from tradetalks.brief.series import series_spec

PICTURES = {
    "japan-2025.svg": tt.rates("US", "2025-01-01", "2025-12-31", partner="JP"),
    "us-series.svg": tt.rates("US", "2025-01-01", "2026-08-31"),
}

for name, series in PICTURES.items():
    drawn = svg(series_spec(series) | {"background": "white", "padding": 12})
    Path(__file__).with_name(name).write_text(drawn + "\n", encoding="utf-8")
