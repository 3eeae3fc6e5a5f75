"""Numbers as they are printed: two significant digits, a real minus sign, and the range beside the point."""

from __future__ import annotations

from datetime import date
from math import floor, log10

from tradetalks.brief.contract_talks import Estimate

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def amount(number: float, sign: bool = False) -> str:
    """`number` to two significant digits, whole from 10 on and to three decimals at most.

    With `sign`, gains carry a plus.

    >>> [amount(x) for x in (-8.137264, 0.2049, 9.96, 148.2, 1234.5, 0.00004)]
    ['−8.1', '0.20', '10', '148', '1,234', '0']
    >>> amount(2.5, sign=True)
    '+2.5'
    """
    if round(number, 3) == 0:
        return "0"
    leading = floor(log10(abs(float(f"{number:.1e}"))))  # of the rounded number: 9.96 is 10
    text = f"{abs(number):,.{min(max(1 - leading, 0), 3)}f}"
    return (MINUS if number < 0 else "+" if sign else "") + text


def observed(number: float) -> str:
    """A figure from statistics rather than a model: to a tenth, whole from 100 on.

    >>> observed(148.23), observed(68.5), observed(4.9), observed(-3.14)
    ('148', '68.5', '4.9', '−3.1')
    """
    return f"{number:,.{0 if abs(number) >= 99.95 else 1}f}".replace("-", MINUS)


def usd_bn(number: float, sign: bool = False) -> str:
    """An estimate in US$ bn.

    >>> usd_bn(-8.137264)
    '−US$\\xa08.1\\xa0bn'
    """
    text = amount(number, sign)
    lead = text[0] if text[0] in (MINUS, "+") else ""
    return f"{lead}US${SPACE}{text.removeprefix(lead)}{SPACE}bn"


def percent(number: float, sign: bool = False) -> str:
    """A number of percent.

    >>> percent(-0.2)
    '−0.20\\xa0%'
    """
    return f"{amount(number, sign)}{SPACE}%"


def rate(fraction: float) -> str:
    """A legal rate: in percent and never rounded to two digits, as 27.5 % is not 28 %.

    >>> rate(0.275), rate(0.1), rate(0.02512)
    ('27.5\\xa0%', '10\\xa0%', '2.51\\xa0%')
    """
    return f"{100 * fraction:.2f}".rstrip("0").rstrip(".").replace("-", MINUS) + f"{SPACE}%"


def average_rate(fraction: float) -> str:
    """An average of rates, to a tenth of a percent.

    >>> average_rate(0.15374)
    '15.4\\xa0%'
    """
    return f"{100 * fraction:.1f}".replace("-", MINUS) + f"{SPACE}%"


def span(estimate: Estimate) -> str:
    """The range of an estimate, the end nearer to zero first; empty where there is none.

    >>> span({"point": -8.1, "low": -13.2, "high": -5.1}), span({"point": 1.0, "low": 1.0, "high": 1.0})
    ('(−5.1\\xa0to\\xa0−13)', '')
    """
    low, high = sorted((estimate["low"], estimate["high"]))
    if low == high:
        return ""
    if high <= 0:
        low, high = high, low
    return f"({amount(low)}{SPACE}to{SPACE}{amount(high)})"


def day(iso: str | None, short: bool = False) -> str:
    """A date as people write it; anything else is passed on.

    >>> day("2025-04-16"), day("2025-04-16", short=True), day("2025-04"), day(None)
    ('16 April 2025', '16 Apr 2025', '2025-04', '')
    """
    try:
        moment = date.fromisoformat(iso or "")
    except ValueError:
        return iso or ""
    month = MONTHS[moment.month - 1]
    return f"{moment.day} {month[:3] if short else month} {moment.year}"


def share(fraction: float) -> str:
    """A share of a whole, in percent.

    >>> share(0.0848), share(0.34)
    ('8.5\\xa0%', '34\\xa0%')
    """
    return percent(100 * fraction)


def ordinal(number: int) -> str:
    """A rank in words people read.

    >>> [ordinal(n) for n in (1, 2, 3, 7, 11, 12, 22)]
    ['1st', '2nd', '3rd', '7th', '11th', '12th', '22nd']
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def power_of_ten(number: float) -> str:
    """A very small number, such as a residual.

    >>> power_of_ten(3.2e-11)
    '3 × 10⁻¹¹'
    """
    if number == 0:
        return "0"
    digits, power = f"{number:.0e}".split("e")
    return f"{digits.replace('-', MINUS)} × 10" + str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
