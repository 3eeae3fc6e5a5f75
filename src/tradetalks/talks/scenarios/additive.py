"""Additive payoffs: a constant and one number for each option of each issue, and the best such fit to a table.

The least-squares fit over a full table is the grand mean and the main effects (Yates 1937); over a part of the table
it solves the normal equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tradetalks.errors import CaseError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Additive:
    """What an offer is worth to one party: `constant` plus the worth of each option it picks.

    >>> Additive(1.0, [[0.0, 2.0], [0.0, -1.0, 0.5]]).table
    array([1. , 0. , 1.5, 3. , 2. , 3.5])
    """

    constant: float
    values: Sequence[Floats]
    """One array `[option]` for each issue."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "constant", float(self.constant))
        object.__setattr__(self, "values", tuple(frozen(v) for v in self.values))

    @property
    def shape(self) -> tuple[int, ...]:
        """Options of each issue."""
        return tuple(len(v) for v in self.values)

    @property
    def low(self) -> float:
        """The worth of the worst offer."""
        return self.constant + sum(float(v.min()) for v in self.values)

    @property
    def high(self) -> float:
        """The worth of the best offer."""
        return self.constant + sum(float(v.max()) for v in self.values)

    @property
    def table(self) -> Floats:
        """The worth of every offer `[offer]`, the last issue running fastest."""
        worth = np.full(self.shape, self.constant)
        for axis, value in enumerate(self.values):
            worth += value.reshape([-1 if k == axis else 1 for k in range(worth.ndim)])
        return worth.ravel()

    def of(self, choices: ArrayLike) -> Floats:
        """The worth of the offers `choices` `[offer, issue]`, options by number."""
        picked = np.asarray(choices, dtype=np.intp)
        return self.constant + sum((v[picked[:, k]] for k, v in enumerate(self.values)), np.zeros(len(picked)))


def frozen(array: ArrayLike) -> Floats:
    """A copy as floats that nobody can change."""
    out = np.array(array, dtype=np.float64)
    out.setflags(write=False)
    return out


def best_additive(table: Floats, shape: tuple[int, ...]) -> tuple[Additive, float]:
    """The additive payoffs nearest to a full `table` `[offer]` in least squares, and their largest error.

    >>> fit, error = best_additive(np.array([0.0, 1.0, 2.0, 4.0]), (2, 2))
    >>> fit.table, error
    (array([-0.25,  1.25,  2.25,  3.75]), 0.25)
    """
    box = table.reshape(shape)
    mean = float(box.mean())
    others = [tuple(j for j in range(box.ndim) if j != k) for k in range(box.ndim)]
    fit = Additive(mean, [box.mean(axis=axes) - mean for axes in others])
    return fit, float(np.abs(fit.table - table).max())


def fitted(choices: Indices, worth: Floats, shape: tuple[int, ...]) -> tuple[Additive, float]:
    """The additive payoffs nearest in least squares to `worth` `[offer]` of some offers, and their largest error there.

    `choices` is `[offer, issue]`; every option must occur. Where the offers leave a part of the worth undecided, the
    smallest answer is taken.
    """
    starts = np.r_[0, np.cumsum(shape)]
    columns = choices + starts[:-1]
    gram = np.zeros((starts[-1], starts[-1]))
    for a in columns.T:
        for b in columns.T:
            joint = np.bincount(a * starts[-1] + b, minlength=prod(gram.shape))
            gram += joint.reshape(gram.shape)
    if not gram.diagonal().all():
        column = int(np.flatnonzero(gram.diagonal() == 0)[0])
        issue = int(np.searchsorted(starts, column, side="right")) - 1
        raise CaseError(
            f"option {column - starts[issue] + 1} of issue {issue + 1} is in none of the offers given, so its worth "
            "cannot be told; give an offer that holds it, or leave the option out"
        )
    mean = float(worth.mean())
    effects = np.zeros(starts[-1])
    for _ in range(2):  # the second round takes out what rounding left in the first
        left = worth - mean - effects[columns].sum(axis=1)
        moment = np.bincount(columns.ravel(), np.repeat(left, len(shape)), minlength=starts[-1])
        effects += np.linalg.lstsq(gram, moment, rcond=None)[0]
    fit = Additive(mean, np.split(effects, starts[1:-1]))
    return fit, float(np.abs(fit.of(choices) - worth).max())
