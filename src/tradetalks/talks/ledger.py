"""The ledger: what each option on the table is worth to each party, in one unit, each figure by a stated method.

Trade is worth what the equilibrium says. What it does not see stands in entries: rents and growers' losses from the
market of one product, finance, expected losses, public statements gone back on, and cards that had to be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradetalks.talks.government import Government

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradetalks.talks.estimate import Estimate
    from tradetalks.talks.instruments.effect import Entry, Method
    from tradetalks.talks.table import Choice, Table

    Floats = NDArray[np.float64]

ENDS = ("point", "low", "high")


class Line(NamedTuple):
    """One option's worth to one party by one method, against the law as it stands; US$ bn a year."""

    issue: str
    option: str
    party: str
    account: str
    worth: Estimate
    method: Method
    what: str


class Ledger:
    """The entries of every option of a table, on the law of that table."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.table, self.names = table, tuple(names)
        self.parties = table.case.parties
        self.governments = {party: table.case.governments.get(party, Government()) for party in self.parties}

    @cached_property
    def entries(self) -> list[list[tuple[Entry, ...]]]:
        """By issue and option, those of parties alone."""
        return [
            [
                tuple(entry for entry in option.entries(self.table.reference_policy) if entry.party in self.parties)
                for option in options
            ]
            for options in self.table.options
        ]

    @cached_property
    def _sums(self) -> list[Floats]:
        """Entries summed `[option, end, party, account]`, by issue."""
        return [np.array([self._summed(entries) for entries in options]) for options in self.entries]

    def _summed(self, entries: Sequence[Entry]) -> Floats:
        out = np.zeros((len(ENDS), len(self.parties), len(self.names)))
        for party, account, worth, _, _ in entries:
            if account in self.names:
                out[:, self.parties.index(party), self.names.index(account)] += worth
        return out

    @cached_property
    def _lines(self) -> list[tuple[int, Floats, list[NDArray[np.bool_]]]]:
        """Red lines: the party, the cost `[end]` as a loss, and by issue the options that cross it."""
        found = []
        for at, government in enumerate(self.governments.values()):
            for line in government.red_lines:
                crossing = [
                    np.array([option.option in line.crossed_by.get(name, ()) for option in issue.options])
                    for name, issue in self.table.case.issues.items()
                ]
                found.append((at, -np.array([line.cost.point, line.cost.high, line.cost.low]), crossing))
        return found

    def accounts(self, choices: NDArray[np.intp]) -> Floats:
        """What entries and red lines add to the accounts of offers `[offer, issue]`: `[end, offer, party, account]`."""
        out = np.zeros((len(ENDS), len(choices), len(self.parties), len(self.names)))
        for issue, sums in enumerate(self._sums):
            if sums.any():
                out += sums[choices[:, issue]].transpose(1, 0, 2, 3)
        out[..., self.names.index("red lines")] += self._crossed(choices)
        return out

    def crossed(self, choices: NDArray[np.intp]) -> Floats:
        """What red lines that offers cross cost each party `[offer, party]`, as losses."""
        return np.asarray(self._crossed(choices)[0])

    def _crossed(self, choices: NDArray[np.intp]) -> Floats:
        out = np.zeros((len(ENDS), len(choices), len(self.parties)))
        for party, cost, crossing in self._lines:
            crossed = np.any([held[choices[:, issue]] for issue, held in enumerate(crossing)], axis=0)
            out[:, :, party] += cost[:, None] * crossed
        return out

    @property
    def tied(self) -> tuple[frozenset[int], ...]:
        """Issues that each red line may be crossed by."""
        return tuple(frozenset(i for i, held in enumerate(crossing) if held.any()) for _, _, crossing in self._lines)

    def lines(self, choice: Choice | None = None) -> list[Line]:
        """Every entry in words; of one offer, or of all options."""
        found = []
        for at, (issue, options) in enumerate(zip(self.table.case.issues, self.entries, strict=True)):
            for k, entries in enumerate(options):
                if choice is None or choice[at] == k:
                    name = self.table.options[at][k].option
                    found += [Line(issue, name, *entry) for entry in entries]
        return found
