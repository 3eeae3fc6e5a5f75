"""A scenario: issues with their options, and what every offer and no deal are worth to each party.

Scenario, issue, outcome (here: offer) and reservation value in the sense of NegMAS and GENIUS; payoffs in money.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tradetalks.errors import CaseError, OfferError
from tradetalks.talks.scenarios.additive import Additive, Floats, Indices, fitted, frozen
from tradetalks.talks.separable import Separable

Unit = Literal["US$ bn a year", "utility without a unit"]
MONEY: Unit = "US$ bn a year"
UTILITY: Unit = "utility without a unit"

MOST_OFFERS = 10_000_000
"""Offers that are written out as one table."""

LARGEST_NUMBER = 1e100
"""In any unit; beyond it differences could overflow."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, eq=False)
class Scenario:
    """Talks as one table: an offer picks one option for each issue.

    Raises `CaseError` for names that are empty, repeated or cannot stand in a file, and for payoffs that do not fit
    the issues.
    """

    name: str
    issues: Mapping[str, tuple[str, ...]]
    """Issue → names of its options."""
    parties: tuple[str, ...]
    reservation: Floats
    """What no deal is worth `[party]`; −∞ where any deal is better than none."""
    payoffs: tuple[Additive | Floats, ...]
    """One a party: additive payoffs, or a table `[offer]` in the order of NumPy (the last issue runs fastest)."""
    unit: Unit = MONEY
    largest_error: Floats | None = None
    """How far additive payoffs are at most from those they were fitted to `[party]`; zero where they are exact."""
    discount: tuple[float, ...] | None = None
    """What a utility is worth at the deadline, as a part of its worth at the start; 1 where waiting costs nothing."""

    def __post_init__(self) -> None:
        name = fit_name(self.name, "the scenario")
        issues = {
            fit_name(i, "an issue"): _distinct(o, "option", f'issue "{i:.60}"') for i, o in dict(self.issues).items()
        }
        if not issues:
            raise CaseError(f"scenario {name}: no issue; name at least one with its options")
        parties = _distinct(self.parties, "party", f"scenario {name}")
        shape = tuple(len(options) for options in issues.values())
        if len(self.payoffs) != len(parties):
            raise CaseError(f"scenario {name}: {len(self.payoffs)} payoffs for {len(parties)} parties; give one each")
        payoffs = tuple(_checked(p, shape, party) for p, party in zip(self.payoffs, parties, strict=True))
        reservation = _a_party(self.reservation, parties, "reservation values")
        if not ((np.abs(reservation) <= LARGEST_NUMBER) | (reservation == -np.inf)).all():
            raise CaseError(f"scenario {name}: reservation values {reservation}; give a number for each party")
        error = _a_party(
            np.zeros(len(parties)) if self.largest_error is None else self.largest_error, parties, "errors"
        )
        discount = _a_party(np.ones(len(parties)) if self.discount is None else self.discount, parties, "discounts")
        if not (np.isfinite(error) & (error >= 0)).all():
            raise CaseError(f"scenario {name}: largest errors {error}; give a number, zero or above, for each party")
        if not ((discount > 0) & (discount <= 1)).all():
            raise CaseError(f"scenario {name}: discounts {discount}; give a part above 0 and at most 1 for each party")
        made = {
            "name": name,
            "issues": MappingProxyType(issues),
            "parties": parties,
            "reservation": reservation,
            "payoffs": payoffs,
            "largest_error": error,
            "discount": tuple(map(float, discount)),
        }
        for field, value in made.items():
            object.__setattr__(self, field, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """Options of each issue."""
        return tuple(len(options) for options in self.issues.values())

    @property
    def offers(self) -> int:
        """How many offers there are."""
        return prod(self.shape)

    def table(self, party: str) -> Floats:
        """What every offer is worth to `party` `[offer]`. Raises `OfferError` for more than ten million offers."""
        if self.offers > MOST_OFFERS:
            raise OfferError(f"{self.offers:,} offers in {self.name}, above the limit of {MOST_OFFERS:,} for a table")
        found = self.payoffs[self.parties.index(party)]
        return found.table if isinstance(found, Additive) else found

    def payoff_table(self) -> Floats:
        """What every offer is worth to every party `[offer, party]`, as `frontier` and the solution points take it."""
        return np.column_stack([self.table(party) for party in self.parties])

    def options(self, offer: int) -> dict[str, str]:
        """The option of each issue that an offer picks."""
        picked = np.unravel_index(offer, self.shape)
        return {issue: options[k] for (issue, options), k in zip(self.issues.items(), picked, strict=True)}


def from_payoffs(
    name: str,
    issues: Mapping[str, Sequence[str]],
    parties: Sequence[str],
    payoffs: ArrayLike,
    reservation: ArrayLike,
    choices: ArrayLike | None = None,
) -> Scenario:
    """A scenario from a table of payoffs, such as that of `Deals`.

    `payoffs` is `[offer, party]` and `reservation` `[party]`, US$ bn a year. `choices` is `[offer, issue]`, the number
    of the option picked; without it the offers stand in the order of NumPy, the last issue running fastest. Where
    `choices` holds only a part of the offers, the rest is filled in by the best additive fit to that part, and
    `largest_error` says how far the fit is from the offers given; about the others it says nothing.

    Raises `CaseError` for offers that are repeated, off the table, or that leave an option out.

    >>> issues = {"cars": ["27.5 %", "15 %"], "rice": ["as is", "more"]}
    >>> made = from_payoffs("demo", issues, ["JPN", "USA"], [[0, 0], [-1, 1], [5, -2], [4, -1]], [-3, 0])
    >>> made.table("JPN"), made.options(3)
    (array([ 0., -1.,  5.,  4.]), {'cars': '15 %', 'rice': 'more'})
    """
    worth = np.array(payoffs, dtype=np.float64)
    if worth.ndim != 2 or worth.shape[1] != len(parties):
        raise CaseError(f"{name}: payoffs of shape {worth.shape}; give one row an offer, one column a party")
    if not np.isfinite(worth).all():
        offer, party = (int(k) for k in np.argwhere(~np.isfinite(worth))[0])
        raise CaseError(f"{name}: {worth[offer, party]} for offer {offer}, {parties[party]}; payoffs must be finite")
    found: list[Additive | Floats] = list(worth.T)
    error = np.zeros(len(parties))
    if choices is not None:
        shape = tuple(len(options) for options in issues.values())
        order = _places(name, np.asarray(choices), shape, len(worth))
        if len(order) == prod(shape):
            found = list(worth[np.argsort(order)].T)
        else:
            picked = np.column_stack(np.unravel_index(order, shape))
            fits = [fitted(picked, column, shape) for column in worth.T]
            found, error = [fit for fit, _ in fits], np.array([largest for _, largest in fits])
    given = {issue: tuple(options) for issue, options in issues.items()}
    return Scenario(name, given, tuple(parties), frozen(reservation), tuple(found), largest_error=error)


def from_separable(
    name: str,
    issues: Mapping[str, Sequence[str]],
    parties: Sequence[str],
    payoffs: Separable,
    reservation: ArrayLike,
    error: ArrayLike = 0.0,
) -> Scenario:
    """A scenario from the screen of a space too large for a table: its best additive fit over all offers.

    `error` is how far the screen is at most from payoffs solved in full `[party]`. `largest_error` adds to it what the
    pairs of issues hold beyond their additive part: a bound, which no offer need reach.

    >>> alone, pairs = [[[0, 0], [-1, 3]], [[0, 0], [4, -2]]], {(0, 1): [[[0, 0], [0, 0]], [[0, 0], [1, 1]]]}
    >>> space = Separable((2, 2), [0, 0], alone, pairs)
    >>> made = from_separable("demo", {"a": ["x", "y"], "b": ["u", "v"]}, ["JPN", "USA"], space, [-1, 0])
    >>> made.table("USA"), made.largest_error
    (array([-0.25, -1.75,  3.25,  1.75]), array([0.25, 0.25]))
    """
    singles = [np.array(single, dtype=np.float64) for single in payoffs.singles]
    constant = np.array(payoffs.constant, dtype=np.float64)
    beyond = np.zeros(len(parties)) + np.asarray(error, dtype=np.float64)
    for (i, j), together in payoffs.pairs.items():
        pair = np.asarray(together, dtype=np.float64)  # [option of i, option of j, party]
        mean, rows, columns = pair.mean((0, 1)), pair.mean(1), pair.mean(0)
        constant += mean
        singles[i] += rows - mean
        singles[j] += columns - mean
        beyond += np.abs(pair - rows[:, None] - columns + mean).max((0, 1))
    found = tuple(Additive(constant[p], [single[:, p] for single in singles]) for p in range(len(parties)))
    given = {issue: tuple(options) for issue, options in issues.items()}
    return Scenario(name, given, tuple(parties), frozen(reservation), found, largest_error=frozen(beyond))


def fit_name(text: object, what: str) -> str:
    """A name as every file format here can hold it, or a `CaseError`."""
    if not isinstance(text, str) or not text.strip():
        raise CaseError(f"{what} needs a name")
    if text != text.strip():
        raise CaseError(f"{what} is called {text!r:.60}: take the blanks off its ends")
    if found := _UNFIT.search(text):
        raise CaseError(f"{what} is called {text!r:.60}: {found[0]!r} cannot stand in a file; write plain text")
    return text


def _distinct(names: Sequence[str], what: str, whose: str) -> tuple[str, ...]:
    found = tuple(fit_name(name, f"{'an' if what[0] in 'aeiou' else 'a'} {what} of {whose}") for name in names)
    if not found:
        raise CaseError(f"{whose}: no {what}; name at least one")
    if twice := next((name for k, name in enumerate(found) if name in found[:k]), None):
        raise CaseError(f'{whose}: {what} "{twice:.60}" stands twice; give each its own name')
    return found


def _a_party(values: ArrayLike, parties: tuple[str, ...], what: str) -> Floats:
    found = frozen(values)
    if found.shape != (len(parties),):
        raise CaseError(f"{what} of shape {found.shape}; give one number for each of {', '.join(parties)}")
    return found


def _checked(payoffs: Additive | ArrayLike, shape: tuple[int, ...], party: str) -> Additive | Floats:
    if isinstance(payoffs, Additive):
        if payoffs.shape != shape:
            raise CaseError(f"{party}: additive payoffs for {payoffs.shape} options, where the issues have {shape}")
        numbers = np.concatenate([[payoffs.constant], *payoffs.values])
    else:
        payoffs = frozen(payoffs)
        if payoffs.shape != (prod(shape),):
            raise CaseError(f"{party}: payoffs of shape {payoffs.shape}; give one for each of {prod(shape):,} offers")
        numbers = payoffs
    if not (np.abs(numbers) <= LARGEST_NUMBER).all():
        raise CaseError(f"{party}: payoffs that are not finite, or beyond {LARGEST_NUMBER:g}; give plain numbers")
    return payoffs


def _places(name: str, choices: Indices, shape: tuple[int, ...], offers: int) -> Indices:
    """Where offers stand in the full table."""
    if choices.shape != (offers, len(shape)) or choices.dtype.kind not in "iu":
        raise CaseError(
            f"{name}: choices of shape {choices.shape} and kind {choices.dtype}; give whole numbers, one row an offer, "
            f"one column an issue: ({offers}, {len(shape)})"
        )
    if not ((choices >= 0) & (choices < shape)).all():
        offer, issue = (int(k) for k in np.argwhere((choices < 0) | (choices >= shape))[0])
        raise CaseError(
            f"{name}: offer {offer} picks option {choices[offer, issue]} of issue {issue}, which has {shape[issue]}; "
            "options count from 0"
        )
    order = np.asarray(np.ravel_multi_index(tuple(choices.T), shape), dtype=np.intp)
    if len(np.unique(order)) < offers:
        values, counts = np.unique(order, return_counts=True)
        twice = np.flatnonzero(order == values[counts > 1][0])
        raise CaseError(f"{name}: offers {twice[0]} and {twice[1]} are the same; give each offer once")
    return order
