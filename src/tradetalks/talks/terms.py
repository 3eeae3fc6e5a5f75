"""Terms: what the options of the issues are worth alone and in pairs, and what they add up to, offer by offer.

Blocks of all offers come from one product of matrices each: the issues are cut in two halves, and what a pair across
the cut adds is a row of the left half's terms times the right half's indicators.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tradetalks.errors import OfferError
from tradetalks.talks.frontier import Floats, Indices

Choices = NDArray[np.intp]

BLOCK = 1 << 21
"""Offers in a block, at most, unless the last issue alone makes more."""

ROW = 4096
"""Offers that the right half of the issues makes, at most, unless the last issue alone makes more."""

BITS = 40
"""Payoffs are kept to 2^-40 (a trillionth) of the largest that the terms could add up to, so that sums are exact."""


class Block(NamedTuple):
    """The offers `start`, `start + 1`, …, the last issue turning fastest, and what they are worth."""

    start: int
    payoffs: Floats
    """`[offer, party]`."""


@dataclass(frozen=True, eq=False, init=False)
class Terms:
    """Terms of payoffs; see `tradetalks.talks.separable.Separable`, which searches their sums."""

    shape: tuple[int, ...]
    constant: Floats
    singles: tuple[Floats, ...]
    pairs: Mapping[tuple[int, int], Floats]
    grain: float
    """A power of two that every payoff is a whole multiple of."""

    def __init__(
        self,
        shape: Sequence[int],
        constant: ArrayLike,
        singles: Sequence[ArrayLike],
        pairs: Mapping[tuple[int, int], ArrayLike] | None = None,
    ) -> None:
        sizes = tuple(int(n) for n in shape)
        if not sizes or min(sizes) < 1:
            raise OfferError(f"shape {sizes}: at least one issue is needed, and one option in each")
        fixed = numbers("constant", constant)
        if fixed.ndim != 1 or len(fixed) < 2:
            raise OfferError(f"constant: shape {fixed.shape}, where one number for each of two parties or more is due")
        if len(singles) != len(sizes):
            raise OfferError(f"singles: {len(singles)} arrays, where each of {len(sizes)} issues needs one")
        each = zip(singles, sizes, strict=True)
        alone = [numbers(f"singles[{i}]", a, (n, len(fixed))) for i, (a, n) in enumerate(each)]
        joint: dict[tuple[int, int], Floats] = {}
        for (i, j), array in sorted((pairs or {}).items()):
            if not 0 <= i < j < len(sizes):
                raise OfferError(f"pairs: ({i}, {j}), where two issues i < j of 0 to {len(sizes) - 1} are due")
            joint[i, j] = numbers(f"pairs[{i}, {j}]", array, (sizes[i], sizes[j], len(fixed)))
        grain = _grain(fixed, *alone, *joint.values())
        values = {
            "shape": sizes,
            "constant": _whole(fixed, grain),
            "singles": tuple(_whole(array, grain) for array in alone),
            "pairs": {key: whole for key, array in joint.items() if (whole := _whole(array, grain)).any()},
            "grain": grain,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def parties(self) -> int:
        """How many parties the payoffs are of."""
        return len(self.constant)

    @property
    def offers(self) -> int:
        """How many offers there are."""
        return math.prod(self.shape)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Issues that pairs join, directly or through others; issues of different groups only add up."""
        groups = [{i} for i in range(len(self.shape))]
        for pair in self.pairs:
            joined = [g for g in groups if not g.isdisjoint(pair)]
            groups = [g for g in groups if g not in joined] + [set().union(*joined)]
        return tuple(sorted(tuple(sorted(g)) for g in groups))

    def among(self, issues: Iterable[int]) -> Self:
        """The terms of some issues alone, in the order given, without the constant."""
        here = {i: k for k, i in enumerate(issues)}
        pairs = {(here[i], here[j]): array for (i, j), array in self.pairs.items() if i in here and j in here}
        turned = {(i, j) if i < j else (j, i): a if i < j else a.swapaxes(0, 1) for (i, j), a in pairs.items()}
        return type(self)(
            [self.shape[i] for i in here], np.zeros(self.parties), [self.singles[i] for i in here], turned
        )

    def fixing(self, fixed: Mapping[int, int]) -> Self:
        """The terms left when some issues are settled: each has the one option, and its pairs are the others' own.

        Raises OfferError for an issue or an option that is not on the table.
        """
        for issue, option in fixed.items():
            if not (0 <= issue < len(self.shape) and 0 <= option < self.shape[issue]):
                table = f"issues 0 to {len(self.shape) - 1} have {', '.join(map(str, self.shape))} options"
                raise OfferError(f"fixed: option {option} of issue {issue} is not on the table; {table}")
        singles = [np.array(a[[fixed[i]]] if i in fixed else a) for i, a in enumerate(self.singles)]
        pairs = {}
        for (i, j), array in self.pairs.items():
            if i in fixed:
                singles[j] += array[fixed[i]][[fixed[j]]] if j in fixed else array[fixed[i]]
            elif j in fixed:
                singles[i] += array[:, fixed[j]]
            else:
                pairs[i, j] = array
        return type(self)([len(a) for a in singles], self.constant, singles, pairs)

    # ---- what they add up to --------------------------------------------------------------------------------------

    def payoff(self, choices: ArrayLike) -> Floats:
        """Payoffs `[offer, party]` of offers given as options chosen `[offer, issue]`.

        Raises OfferError for choices of another shape, or off the table.
        """
        chosen = np.asarray(choices)
        if chosen.ndim != 2 or chosen.shape[1] != len(self.shape) or not np.issubdtype(chosen.dtype, np.integer):
            due = f"[offer, {len(self.shape)} issues]"
            raise OfferError(f"choices: {chosen.dtype} of shape {chosen.shape}, where option numbers {due} are due")
        off = np.argwhere((chosen < 0) | (chosen >= self.shape))
        if len(off):
            offer, issue = (int(k) for k in off[0])
            due = f"options 0 to {self.shape[issue] - 1}"
            raise OfferError(f"choices: option {chosen[offer, issue]} of issue {issue} in offer {offer}; it has {due}")
        return self.constant + self._worth(dict(enumerate(chosen.T)), len(chosen))

    def choices(self, offers: ArrayLike) -> Choices:
        """Options chosen `[offer, issue]` of offers given by number, the last issue turning fastest."""
        return np.stack(np.unravel_index(np.asarray(offers, dtype=np.intp), self.shape), axis=-1)

    def _worth(self, chosen: Mapping[int, Indices], count: int) -> Floats:
        """What the options of some issues add between them `[count, party]`, without the constant."""
        worth = np.zeros((count, self.parties))
        for i, options in chosen.items():
            worth += self.singles[i][options]
        for (i, j), array in self.pairs.items():
            if i in chosen and j in chosen:
                worth += array[chosen[i], chosen[j]]
        return worth

    def blocks(self, most: int = BLOCK) -> Iterator[Block]:
        """All offers in blocks of at most about `most`, in order; payoffs lie in memory one party after the other."""
        cut, width = len(self.shape) - 1, self.shape[-1]
        while cut and width * self.shape[cut - 1] <= min(ROW, most):
            cut -= 1
            width *= self.shape[cut]
        right = dict(enumerate(np.unravel_index(np.arange(width), self.shape[cut:]), start=cut))
        tail = self._worth(right, width) + self.constant
        place, shows = self._across(cut, right, width)
        rows, step = math.prod(self.shape[:cut]), max(1, most // width)
        for at in range(0, rows, step):
            count = min(step, rows - at)
            left = dict(enumerate(np.unravel_index(np.arange(at, at + count), self.shape[:cut]))) if cut else {}
            head = self._worth(left, count)
            payoffs = np.empty((self.parties, count, width))
            for party, out in enumerate(payoffs):
                if not place:
                    np.add(head[:, party, None], tail[:, party], out=out)
                    continue
                terms = np.zeros((count, len(shows)))
                for (i, j), where in place.items():
                    terms[:, where] += self.pairs[i, j][left[i], :, party]
                terms[:, -2], terms[:, -1] = head[:, party], 1.0
                shows[-1] = tail[:, party]
                np.matmul(terms, shows, out=out)
            yield Block(at * width, payoffs.reshape(self.parties, -1).T)

    def _across(
        self, cut: int, right: Mapping[int, Indices], width: int
    ) -> tuple[dict[tuple[int, int], slice], Floats]:
        """Where each pair across the cut stands among the terms of a row, and which offers take a term.

        The second is `[term, offer of the right half]`; its last two rows are for what each half is worth by itself.
        """
        across = [(i, j) for i, j in self.pairs if i < cut <= j]
        joined = sorted({j for _, j in across})
        ends = np.cumsum([0, *(self.shape[j] for j in joined)]).tolist()
        at = {j: slice(*span) for j, span in zip(joined, pairwise(ends), strict=True)}
        shows = np.ones((ends[-1] + 2, width))
        for j, where in at.items():
            shows[where] = right[j] == np.arange(self.shape[j])[:, None]
        return {(i, j): at[j] for i, j in across}, shows


def numbers(name: str, values: ArrayLike, shape: tuple[int, ...] | None = None) -> Floats:
    """Finite floats, of `shape` if there is one, or an OfferError that says what they are instead."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OfferError(f"{name}: not an array of numbers: {error}") from error
    if shape is not None and array.shape != shape:
        raise OfferError(f"{name}: shape {array.shape}, where {shape} is due")
    if not np.isfinite(array).all():
        raise OfferError(f"{name}: every number must be finite")
    return array


def _grain(*arrays: Floats) -> float:
    with np.errstate(over="ignore"):
        most = float(np.sum([np.abs(array).max() for array in arrays]))
    if not math.isfinite(most):
        raise OfferError("the terms could add up to more than a number can hold; use a larger unit")
    return max(math.ldexp(1.0, math.frexp(most)[1] - BITS), math.ldexp(1.0, -1000)) if most else 1.0


def _whole(array: Floats, grain: float) -> Floats:
    whole = np.rint(array / grain) * grain
    whole.setflags(write=False)
    return np.asarray(whole)
