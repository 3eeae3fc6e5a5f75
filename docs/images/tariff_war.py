"""Draws tariff_war.png, the picture of the world's Nash tariffs on icio2022, all rates free."""

from pathlib import Path

import vl_convert

import tradetalks as tt
from tradetalks.brief.figures import svg
from tradetalks.brief.outcome import outcome_spec

war = tt.nash_tariffs(tt.World.load("icio2022"), second_order=False, best_responses=False)
title = f"A tariff war of {len(war.players)} economies, {len(war.rates):,} rates: nobody gains by lowering its own"
drawn = svg(outcome_spec(war, title) | {"background": "white", "padding": 12})
Path(__file__).with_suffix(".png").write_bytes(vl_convert.svg_to_png(drawn, scale=1.5))
