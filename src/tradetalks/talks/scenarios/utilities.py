"""Utility functions as NegMAS writes them, read into additive utilities or a table.

Known: linear additive (with tables, linear, affine, identity and constant value functions), affine and linear,
mappings, hyper-rectangles, constants, and exponential discounting around any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite, prod

import numpy as np

from tradetalks.errors import SourceError, nearest
from tradetalks.talks.scenarios.additive import Additive, Floats, Indices
from tradetalks.talks.scenarios.plain import Plain, number

Issues = Mapping[str, tuple[str, ...]]

MOST_OFFERS = 1_000_000
"""Offers of a table that is read."""


@dataclass(frozen=True)
class Utility:
    """One party's utilities on the scale of its file."""

    payoffs: Additive | Floats
    reserved: float
    """−∞ where the file has none: any agreement is better than none."""
    discount: float = 1.0


def kind(data: Plain) -> str:
    """The class a record names, without the module; empty where it names none.

    >>> kind({"type": "negmas.preferences.crisp.linear.LinearAdditiveUtilityFunction"})
    'LinearAdditiveUtilityFunction'
    """
    found = data.get("type") if isinstance(data, dict) else None
    return found.rpartition(".")[2] if isinstance(found, str) else ""


def utility(data: Plain, issues: Issues, where: str) -> Utility:
    """Reads one utility function. Raises `SourceError` for a kind or a layout that is not known."""
    sort = kind(data)
    if sort == "ExpDiscountedUFun":
        inner = utility(_field(data, "ufun", dict, where), issues, f"{where}: ufun")
        outer, discount = _reserved(data, where), number(data.get("discount", "1"), f"{where}: discount")
        if not 0 < discount <= 1:
            raise SourceError(f"{where}: discount {discount:g}; a discount lies above 0 and at most at 1")
        return replace(inner, reserved=outer if isfinite(outer) else inner.reserved, discount=discount)
    readers: dict[str, Callable[[Plain, Issues, str], Additive | Floats]] = {
        "LinearAdditiveUtilityFunction": _additive,
        "LinearUtilityAggregationFunction": _additive,
        "AffineUtilityFunction": _affine,
        "LinearUtilityFunction": _affine,
        "ConstUtilityFunction": _constant,
        "MappingUtilityFunction": _mapping,
        "TableUtilityFunction": _table,
        "HyperRectangleUtilityFunction": _boxes,
    }
    if sort not in readers:
        raise SourceError(
            f"{where}: {sort or 'no type'}: this kind of utility function is not read; known: {', '.join(readers)}"
        )
    return Utility(readers[sort](data, issues, where), _reserved(data, where))


def _reserved(data: Plain, where: str) -> float:
    value = number(data.get("reserved_value", "-.inf"), f"{where}: reserved_value")
    if value == np.inf:
        raise SourceError(f"{where}: reserved_value is infinite; no deal would do")
    return value


def _field(data: Plain, field: str, sort: type, where: str) -> Plain:
    value = data.get(field)
    if not isinstance(value, sort):
        raise SourceError(f"{where}: {field} is missing or is no {'list' if sort is list else 'mapping'}")
    return value


def _finite(value: Plain, where: str) -> float:
    found = number(value, where)
    if not isfinite(found):
        raise SourceError(f"{where}: is infinite; give a number")
    return found


def _by_issue(found: Plain, issues: Issues, where: str) -> list[Plain]:
    """What a file gives for each issue, in a list or by name."""
    if isinstance(found, dict):
        if missing := next((issue for issue in issues if issue not in found), None):
            raise SourceError(f'{where}: nothing for issue "{missing:.60}"')
        found = [found[issue] for issue in issues]
    if not isinstance(found, list) or len(found) != len(issues):
        raise SourceError(f"{where}: must have one entry for each of {len(issues)} issues")
    return found


def _weights(data: Plain, issues: Issues, where: str) -> list[float]:
    at = f"{where}: weights"
    given = data.get("weights", "null")
    if given == "null":
        return [1.0] * len(issues)
    return [_finite(weight, at) for weight in _by_issue(given, issues, at)]


def _additive(data: Plain, issues: Issues, where: str) -> Additive:
    at = f"{where}: values"
    given = _by_issue(data.get("values"), issues, at)
    weights = _weights(data, issues, where)
    values = [
        w * _value(function, options, f'{at} of "{issue:.40}"')
        for w, function, (issue, options) in zip(weights, given, issues.items(), strict=True)
    ]
    return Additive(_finite(data.get("bias", "0"), f"{where}: bias"), values)


def _affine(data: Plain, issues: Issues, where: str) -> Additive:
    options = [np.array([_finite(option, f"{where}: option") for option in listed]) for listed in issues.values()]
    weights = _weights(data, issues, where)
    bias = _finite(data.get("bias", "0"), f"{where}: bias")
    return Additive(bias, [w * v for w, v in zip(weights, options, strict=True)])


def _constant(data: Plain, issues: Issues, where: str) -> Additive:
    return Additive(_finite(data.get("value"), f"{where}: value"), [np.zeros(len(o)) for o in issues.values()])


def _value(function: Plain, options: tuple[str, ...], where: str) -> Floats:
    """A value function's number for each option."""
    sort = kind(function)
    if isinstance(function, dict) and sort in ("TableFun", ""):
        mapping = _field(function, "mapping", dict, where) if sort else function
        return np.array([_finite(mapping[key], where) for key in _keys(mapping, options, where)])
    if sort == "IdentityFun":
        return np.array([_finite(option, f"{where}: option") for option in options])
    if sort in ("AffineFun", "LinearFun", "ConstFun"):
        bias = _finite(function.get("bias", "0"), f"{where}: bias")
        if sort == "ConstFun":
            return np.full(len(options), bias)
        slope = _finite(function.get("slope", "1"), f"{where}: slope")
        return np.array([slope * _finite(option, f"{where}: option") + bias for option in options])
    raise SourceError(f"{where}: {sort or 'no value function'} is not read; write a TableFun with a number an option")


def _keys(mapping: Mapping[str, Plain], options: tuple[str, ...], where: str) -> list[str]:
    """The key of each option: its name, or another way to write the same number (1 and 1.0)."""
    numbers = {_as_number(key): key for key in mapping if _as_number(key) is not None}
    found = []
    for option in options:
        key = option if option in mapping else numbers.get(_as_number(option))
        if key is None:
            hint = nearest(option, [k for k in mapping if isinstance(k, str)])
            raise SourceError(f'{where}: no number for option "{option:.60}"{"; " if hint else ""}{hint}')
        found.append(key)
    return found


def _as_number(text: object) -> float | None:
    try:
        return number(text, "")
    except SourceError:
        return None


def _offers(issues: Issues, where: str) -> tuple[int, ...]:
    """The shape of the table, if it is one that can be read."""
    shape = tuple(len(options) for options in issues.values())
    if prod(shape) > MOST_OFFERS:
        raise SourceError(f"{where}: a table of {prod(shape):,} offers; at most {MOST_OFFERS:,} are read")
    return shape


def _table(data: Plain, issues: Issues, where: str) -> Floats:
    shape, given = _offers(issues, where), _field(data, "utilities", list, where)
    if len(given) != prod(shape):
        raise SourceError(f"{where}: {len(given):,} utilities for {prod(shape):,} offers")
    return np.array([_finite(value, f"{where}: utilities") for value in given])


def _mapping(data: Plain, issues: Issues, where: str) -> Floats:
    shape, given = _offers(issues, where), _field(data, "mapping", dict, where)
    places = [{option: k for k, option in enumerate(options)} for options in issues.values()]
    box = np.full(shape, number(data.get("default", "-.inf"), f"{where}: default"))
    for key, value in given.items():
        offer = key if isinstance(key, tuple) else (key,)
        if len(offer) != len(places) or not all(o in p for o, p in zip(offer, places, strict=True)):
            raise SourceError(f"{where}: mapping: {offer!r:.80} is no offer of the domain")
        box[tuple(p[o] for o, p in zip(offer, places, strict=True))] = _finite(
            value, f"{where}: mapping: {offer!r:.80}"
        )
    if not np.isfinite(box).all():
        missing = np.argwhere(~np.isfinite(box))[0]
        offer = tuple(options[k] for options, k in zip(issues.values(), missing, strict=True))
        raise SourceError(f"{where}: mapping: nothing for the offer {offer!r:.80}; give every offer a number")
    return box.ravel()


def _boxes(data: Plain, issues: Issues, where: str) -> Floats:
    """The sum over the boxes an offer lies in; a box holds a number or another function of the same kind."""
    shape = _offers(issues, where)
    everything = [np.arange(n) for n in shape]
    return _inside(data, list(issues.values()), everything, where).ravel()


def _inside(data: Plain, options: list[tuple[str, ...]], part: list[Indices], where: str) -> Floats:
    """Utilities of a part of the table: the options `part[k]` of each issue k."""
    ranges, utilities = _field(data, "outcome_ranges", list, where), _field(data, "utilities", list, where)
    weights = data.get("weights", "null")
    given = ["1"] * len(ranges) if weights == "null" else weights
    if not isinstance(given, list) or not len(ranges) == len(utilities) == len(given):
        raise SourceError(f"{where}: give as many utilities, and weights where there are any, as outcome_ranges")
    worth = np.full([len(p) for p in part], _finite(data.get("bias", "0"), f"{where}: bias"))
    for box, inner, weight in zip(ranges, utilities, given, strict=True):
        if not isinstance(box, dict) and box != "null":
            raise SourceError(f"{where}: outcome_ranges: a box is a mapping from the number of an issue to its options")
        places = [np.arange(len(p)) for p in part]
        for key, allowed in box.items() if isinstance(box, dict) else ():
            issue = int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 6 else len(options)
            if issue >= len(options):
                raise SourceError(f"{where}: outcome_ranges: {key!r:.40}; issues are numbered 0 to {len(options) - 1}")
            names = _names(allowed, where)
            kept = [k for k, option in enumerate(part[issue]) if options[issue][option] in names]
            places[issue] = np.array(kept, dtype=np.intp)
        if not all(len(p) for p in places):
            continue
        chosen = [p[k] for p, k in zip(part, places, strict=True)]
        added = (
            _finite(inner, f"{where}: utilities")
            if isinstance(inner, str)
            else _inside(inner, options, chosen, where)
            if kind(inner) == "HyperRectangleUtilityFunction"
            else _refused(inner, where)
        )
        worth[np.ix_(*places)] += _finite(weight, f"{where}: weights") * added
    return worth


def _names(allowed: Plain, where: str) -> set[str]:
    if isinstance(allowed, str):
        return {allowed}
    if not isinstance(allowed, list) or not all(isinstance(name, str) for name in allowed):
        raise SourceError(f"{where}: outcome_ranges: give one option or a list of options")
    if len(allowed) == 2 and all(_as_number(name) is not None for name in allowed):
        raise SourceError(f"{where}: outcome_ranges: {allowed} could be two options or a range; give one box an option")
    return set(allowed)


def _refused(inner: Plain, where: str) -> Floats:
    raise SourceError(f"{where}: utilities: {kind(inner) or 'an entry'} inside a box is not read; give a number")
