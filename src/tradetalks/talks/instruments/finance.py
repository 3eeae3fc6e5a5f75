"""Finance: what easy terms and shared profits give away, as present values of one dollar of capital.

Loans and projects pay level amounts at the end of each year. Present values of annuities as in any textbook (Brealey,
Myers and Allen, chapter 2); the subsidy of a cheap loan is the grant element of the OECD's Development Assistance
Committee. The split of profits is the waterfall of the Japan–US memorandum of 4 September 2025: equal or other shares
until the investor has its capital back, with interest where agreed, then others.
"""

from __future__ import annotations

import math


def annuity(rate: float, years: int) -> float:
    """Present value of 1 at the end of each of so many years: (1 − (1 + r)^−n) / r.

    >>> round(annuity(0.05, 20), 4), annuity(0.0, 20)
    (12.4622, 20.0)
    """
    return float(years) if rate == 0 else -math.expm1(-years * math.log1p(rate)) / rate


def loan_subsidy(market: float, below: float, years: int) -> float:
    """What a lender gives away who asks `below` less than the market rate, per dollar lent.

    1 − a(m, n) / a(m − s, n): a loan in level payments, valued at the market rate m.

    >>> round(loan_subsidy(0.05, 0.01, 20), 4)
    0.083
    """
    return 1 - annuity(market, years) / annuity(market - below, years)


def guarantee_cost(market: float, loss: float, years: int) -> float:
    """Present value of an expected loss of `loss` a year on what is outstanding, per dollar guaranteed.

    The debt is a loan in level payments at the market rate, of which 1 − v^(n−t+1) over 1 − v^n stands in year t, with
    v = 1 / (1 + m); losses fall at the end of the year.

    >>> round(guarantee_cost(0.05, 0.01, 20), 4)
    0.0848
    """
    if market == 0:
        return loss * (years + 1) / 2
    last = years * (1 + market) ** -(years + 1)
    return loss * (annuity(market, years) - last) / (market * annuity(market, years))


def profit_forgone(before: float, after: float, *, earns: float, recovers: float, discount: float, years: int) -> float:
    """What the host receives of a project that the investor pays for, per dollar of capital.

    The project pays a level amount that earns `earns` over its life. The investor takes `before` of it until it has its
    capital back with interest of `recovers`, then `after`; the host takes the rest and puts in nothing. The year in
    which the capital is recovered is divided. Valued at `discount`.

    >>> round(profit_forgone(0.1, 0.1, earns=0.08, recovers=0, discount=0.08, years=20), 4)   # 90 to 10 from the first
    0.9
    >>> round(profit_forgone(0.5, 0.1, earns=0.08, recovers=0, discount=0.08, years=20), 4)   # 50 to 50, then 90 to 10
    0.5032
    """
    pays = 1 / annuity(earns, years)
    first = before * pays
    full = _full_years(first, recovers, years)
    host = (1 - before) * pays * annuity(discount, full)
    if full == years:
        return host
    due = (1 + recovers) ** (full + 1) - first * (1 + recovers) * _final_value(recovers, full)
    of_due = min(due / before, pays)
    divided = (1 - before) * of_due + (1 - after) * (pays - of_due)
    later = (1 - after) * pays * annuity(discount, years - full - 1)
    return host + (divided + later) * (1 + discount) ** -(full + 1)


def _full_years(first: float, recovers: float, years: int) -> int:
    """Years before the one in which the capital is recovered; all of them where it never is."""
    if first <= recovers:
        return years
    needed = -math.log1p(-recovers / first) / math.log1p(recovers) if recovers else 1 / first
    return min(years, math.ceil(needed - 1e-9) - 1)


def _final_value(rate: float, years: int) -> float:
    return annuity(rate, years) * (1 + rate) ** years
