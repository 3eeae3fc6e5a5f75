"""Builds the tables of US law that ship: product lists, the tariff, and imports of 2024.

    python tools/law_tables.py DATA_FOLDER [TARGET]

The folder is laid out as `census/`, `concordance/`, `hts/`, `law/`. Writes to `src/tradetalks/law/usa` unless told
otherwise. The same sources give the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tradetalks.law import build_lists, build_trade
from tradetalks.world.sources.concordance import SECTOR_OF_GTAP, SECTORS

TARGET = Path(__file__).parents[1] / "src" / "tradetalks" / "law" / "usa"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    asked = parser.parse_args()
    for name, count in build_lists.build(asked.folder, asked.target / "lists").items():
        print(f"{name}: {count} codes")
    for path in build_trade.build(asked.folder, asked.target, SECTORS, SECTOR_OF_GTAP):
        print(path)


if __name__ == "__main__":
    main()
