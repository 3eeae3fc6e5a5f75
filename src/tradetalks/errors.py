"""What can go wrong, as one family.

    TradetalksError
    ├── WorldError        accounts that do not hold together, an unknown world, a damaged file
    ├── UnknownCode       an economy or sector the world does not have; names the nearest that it has
    ├── PolicyError       a tariff, cost, tax or transfer that cannot be
    ├── SolveError        no equilibrium found; names the worst market and what to try
    ├── LawError          a record of law that cannot be, a product or day it does not cover
    ├── CaseError         a case file that says something impossible; names file, line and field
    ├── OfferError        a table of issues too large or empty to search
    ├── SourceError       a publisher's file that is missing or not in its known layout
    └── OutputError       a result that could not be written; what was there before is untouched

Each message says what was wrong, where, and what would be right. The command line prints it on stderr and exits 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TradetalksError(Exception):
    """Root of every error this package raises on purpose."""


class WorldError(TradetalksError, ValueError):
    """The accounts of a world do not hold together, or no such world exists."""


class UnknownCode(TradetalksError, KeyError):
    """An economy or sector that the world does not have."""

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0])


class PolicyError(TradetalksError, ValueError):
    """A tariff, trade cost, export tax or transfer that cannot be."""


class SolveError(TradetalksError, RuntimeError):
    """No equilibrium was found; the message names the worst market and what to try."""


class LawError(TradetalksError, ValueError):
    """A record of law says something impossible, or was asked for what it does not cover."""


class CaseError(TradetalksError, ValueError):
    """A case file says something that cannot be read, or cannot be true."""


class OfferError(TradetalksError, ValueError):
    """The table of issues cannot be searched as asked."""


class SourceError(TradetalksError, ValueError):
    """A publisher's file is missing, or not in the layout it is known to have."""


class OutputError(TradetalksError, OSError):
    """A result could not be written; earlier output is untouched."""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A hint such as ``did you mean C29?``, or an empty string when nothing is near.

    >>> nearest("JPM", ["JPN", "USA"])
    'did you mean JPN?'
    """
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    found = get_close_matches(wrong.casefold(), folded, n=1, cutoff=0.5)
    return f"did you mean {folded[found[0]]}?" if found else ""
