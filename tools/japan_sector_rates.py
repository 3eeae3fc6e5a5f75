"""Japan's mean tariff by goods sector, as the `sectors:` lines of `src/tradetalks/law/jpn/normal.yaml`.

    python tools/japan_sector_rates.py

Reads the world `icio2022`: tariffs of the Global Tariff Database (F. Teti, rates of 2021) and flows of the OECD ICIO
of 2022. Within a sector and partner the compiled rate is what the world holds; over partners it is weighted with
Japan's imports at basic prices. Prints the rate on imports from all partners, and that from the United States where it
differs by a hundredth of a point.
"""

from __future__ import annotations

import tradetalks as tt


def main() -> None:
    world = tt.World.load("icio2022")
    japan, usa = world.economy("JPN"), world.economy("USA")
    for sector, flows, tariffs in zip(world.sectors, world.flows[:, japan], world.tariffs[:, japan], strict=True):
        if sector == "D_T":
            continue
        imports = flows.copy()
        imports[japan] = 0
        mean, american = (f"{100 * rate:.2f}%" for rate in (imports @ tariffs / imports.sum(), tariffs[usa]))
        print(f"  - {{sector: {sector}, rate: {mean}}}")
        if american != mean:
            print(f"  - {{sector: {sector}, partners: USA, rate: {american}}}")


if __name__ == "__main__":
    main()
