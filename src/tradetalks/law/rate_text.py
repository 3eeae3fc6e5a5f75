"""Rates of duty as the United States tariff writes them.

The general and the other column hold one rate each: ``Free``, ``2.5%``, ``41¢/pf.liter``, ``6.5¢/kg + 8.5%``, or a
sentence that leads elsewhere. The special column holds a rate for each group of preference programmes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["free", "ad valorem", "specific", "compound", "other"]

NUMBER = r"\d[\d,]*(?:\.\d+)?"
PERCENT = re.compile(rf"(?P<whole>{NUMBER})(?: (?P<over>\d+)/(?P<under>\d+))? ?%(?P<base>.*)")
AMOUNT = re.compile(rf"(?:\$(?P<dollars>{NUMBER})|(?P<cents>{NUMBER}) ?¢) ?(?:/ ?(?P<unit>.+)|(?P<each>each))")
FOOTNOTE = re.compile(r"(?: \d+)? ?/ *$")
"""What is left of a footnote's mark: ``37% /``, ``Free 1/``."""
GROUP = re.compile(r"([^()]+)\(([^()a-z]*)")
"""A rate and the programmes in brackets behind it; brackets with words hold none."""
PROGRAMME = re.compile(r"[A-Z]{1,2}[+*]?")


@dataclass(frozen=True)
class Rate:
    """One rate of duty.

    `ad_valorem` is a fraction of the whole customs value, 0 for free goods and None where there is no such part: a
    percentage of the lead within or of the watch's strap is none. `specific` are amounts in US$ with their unit.
    `kind` is compound where percentages and amounts come together, or percentages of several parts, and other where
    the text is neither (a note to consult, the rate of another article, an amount that falls with the quality).
    """

    kind: Kind
    ad_valorem: float | None = None
    specific: tuple[tuple[float, str], ...] = ()


def parse(text: str) -> Rate:
    """The rate that a text of the general or other column states. Never raises: what it cannot read is other.

    Source of the notation: USITC, Harmonized Tariff Schedule, General Notes 3 and 19 (units and abbreviations).

    >>> parse("Free")
    Rate(kind='free', ad_valorem=0.0, specific=())
    >>> parse("2.5%")
    Rate(kind='ad valorem', ad_valorem=0.025, specific=())
    >>> parse("6.5¢/kg + 8.5%")
    Rate(kind='compound', ad_valorem=0.085, specific=((0.065, 'kg'),))
    >>> [parse(text).specific for text in ("$1.35/kg", "41¢/pf.liter", "4¢ each", "4.4¢/liter + 31.4¢/pf. liter")]
    [((1.35, 'kg'),), ((0.41, 'pf.liter'),), ((0.04, 'each'),), ((0.044, 'liter'), (0.314, 'pf.liter'))]
    >>> parse("30¢ each + 6.9% on the case")
    Rate(kind='compound', ad_valorem=None, specific=((0.3, 'each'),))
    >>> parse("The rate applicable to each garment in the ensemble if separately entered").kind
    'other'
    """
    text = FOOTNOTE.sub("", " ".join(text.split()))
    if text.casefold() == "free":
        return Rate("free", 0.0)
    shares: list[float] = []
    amounts: list[tuple[float, str]] = []
    of_parts = 0
    for part in text.split("+"):
        if percent := PERCENT.fullmatch(part.strip()):
            if percent["base"].strip() in ("", "on the entire set"):
                shares.append(_fraction(percent))
            else:
                of_parts += 1
        elif (amount := AMOUNT.fullmatch(part.strip())) and " less " not in part:
            dollars = _number(amount["dollars"]) if amount["dollars"] else _number(amount["cents"]) / 100
            amounts.append((round(dollars, 10), re.sub(r"([./]) ", r"\1", amount["unit"] or amount["each"])))
        else:
            return Rate("other")
    ad_valorem = round(sum(shares), 10) if shares else None
    match len(shares) + of_parts, len(amounts), of_parts:
        case 0, _, _:
            return Rate("specific", None, tuple(amounts))
        case 1, 0, 0:
            return Rate("ad valorem", ad_valorem)
        case 1, 0, 1:
            return Rate("other")
        case _:
            return Rate("compound", ad_valorem, tuple(amounts))


def special(text: str) -> dict[str, str]:
    """The rate text of each preference programme that a text of the special column names, in its order.

    A rate may be a reference (``See 9822.05.15``). Never raises; what stands outside brackets alone is left out.

    >>> special("Free (A+,AU,S) 0.7% (KR)")
    {'A+': 'Free', 'AU': 'Free', 'S': 'Free', 'KR': '0.7%'}
    >>> special("Free (BH, CL) See 9822.04.10, 9822.04.20 (AU)")["AU"]
    'See 9822.04.10, 9822.04.20'
    >>> special("")
    {}
    """
    rates: dict[str, str] = {}
    for rate, programmes in GROUP.findall(" ".join(text.split())):
        for programme in re.split(r"[,.\s]+", programmes):
            if PROGRAMME.fullmatch(programme):
                rates.setdefault(programme, FOOTNOTE.sub("", rate.strip(" ,;")))
    return rates


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _fraction(percent: re.Match[str]) -> float:
    part = int(percent["over"]) / int(percent["under"]) if percent["over"] else 0.0
    return (_number(percent["whole"]) + part) / 100
