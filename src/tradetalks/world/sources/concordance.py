"""Concordances: which of the 23 sectors an industry or product of another classification belongs to.

The 23 sectors are the goods of the 2023 edition of the OECD tables and one services aggregate. Industries of the
2025 edition are merged into them; GTAP sectors follow their definition by ISIC Rev. 4.
"""

from __future__ import annotations

import re
from pathlib import Path

from tradetalks.errors import SourceError
from tradetalks.law.countries import members
from tradetalks.world.sources import files

SECTORS = (
    "A01_02", "A03", "B05_06", "B07_08", "B09", "C10T12", "C13T15", "C16", "C17_18", "C19", "C20", "C21", "C22", "C23",
    "C24", "C25", "C26", "C27", "C28", "C29", "C30", "C31T33", "D_T",
)  # fmt: skip
"""Codes of the 23 sectors, in order; the last is all services, utilities and construction."""

MERGED = {
    "A01": "A01_02", "A02": "A01_02", "B05": "B05_06", "B06": "B05_06", "B07": "B07_08", "B08": "B07_08",
    "C24A": "C24", "C24B": "C24", "C301": "C30", "C302T309": "C30",
}  # fmt: skip
"""Industries of the OECD's 2025 edition that are finer than the 23 sectors."""

WIOD = {
    "c1": "c1", "c2": "c2", "c3": "c3", "c4": "c4", "c5": "c4", "c6": "c6", "c7": "c7", "c8": "c8", "c9": "c9",
    "c10": "c10", "c11": "c11", "c12": "c12", "c13": "c13", "c14": "c14", "c15": "c15", "c16": "c16",
} | {f"c{i}": "c17" for i in range(17, 36)}  # fmt: skip
"""The 35 industries of the WIOD 2013 release in 16 groups: textiles with leather, all services together."""

WIOD_OF_SECTOR = dict(
    zip(
        SECTORS,
        ("c1", "c1", "c2", "c2", "c2", "c3", "c4", "c6", "c7", "c8", "c9", "c9", "c10", "c11", "c12", "c12", "c14",
         "c14", "c13", "c15", "c15", "c16", "c17"),
        strict=True,
    )
)  # fmt: skip
"""The WIOD group each of the 23 sectors lies in."""

GTAP = {
    "A01_02": "PDR WHT GRO V_F OSD C_B PFB OCR CTL OAP RMK WOL FRS",
    "A03": "FSH",
    "B05_06": "COA OIL GAS",
    "B07_08": "OXT",
    "C10T12": "CMT OMT VOL MIL PCR SGR OFD B_T",
    "C13T15": "TEX WAP LEA",
    "C16": "LUM",
    "C17_18": "PPP",
    "C19": "P_C",
    "C20": "CHM",
    "C21": "BPH",
    "C22": "RPP",
    "C23": "NMM",
    "C24": "I_S NFM",
    "C25": "FMP",
    "C26": "ELE",
    "C27": "EEQ",
    "C28": "OME",
    "C29": "MVH",
    "C30": "OTN",
    "C31T33": "OMF",
}
"""Goods sectors of GTAP by sector; what is not listed (electricity, gas works) is a service here."""

SECTOR_OF_GTAP = {gtap: sector for sector, listed in GTAP.items() for gtap in listed.split()}

EU27 = tuple(sorted(members("EU27")))
"""Members of the European Union since 2020."""


def sector_of_industry(industry: str) -> str:
    """The one of the 23 sectors that an industry code of any OECD edition belongs to.

    Raises `SourceError` for a code of no known edition.

    >>> [sector_of_industry(code) for code in ("C301", "C24", "J62_63", "Services (aggregate)")]
    ['C30', 'C24', 'D_T', 'D_T']
    """
    sector = MERGED.get(industry, industry)
    if sector in SECTORS:
        return sector
    if re.fullmatch(r"[D-U](\d\d.*)?", industry) or industry.casefold().startswith("services"):
        return "D_T"
    raise SourceError(f'no sector for the industry "{industry}"; known: {", ".join(SECTORS)}, their parts, and D to T')


def gtap_of_products(folder: Path) -> dict[str, str]:
    """GTAP sector (upper case) of each ten-digit US product code, from `hs10_gtap_crosswalk.csv`.

    Source: Yale Budget Lab, after the GTAP sector definitions. Raises `SourceError`.
    """
    path = Path(folder) / "hs10_gtap_crosswalk.csv"
    frame = files.read_text_table(path, "the crosswalk from HS10 to GTAP sectors", ("hs10", "gtap_code"))
    return dict(zip(frame["hs10"], frame["gtap_code"].str.to_uppercase(), strict=True))


def iso3_of_census(folder: Path) -> dict[str, str]:
    """ISO3 code of each US Census country code, from `census_iso3_names.csv`. Raises `SourceError`.

    The European Union as one partner (code 0003) is given as ``EU27``.
    """
    path = Path(folder) / "census_iso3_names.csv"
    frame = files.read_text_table(path, "Census country codes with ISO3", ("CTY_CODE", "ISO3"))
    return {**dict(zip(frame["CTY_CODE"], frame["ISO3"], strict=True)), "0003": "EU27"}
