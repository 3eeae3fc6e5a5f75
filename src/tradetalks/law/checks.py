"""What records of law may say and still not mean: names that lead nowhere, versions that overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tradetalks.errors import LawError, nearest
from tradetalks.law.countries import members
from tradetalks.law.measure import Measure
from tradetalks.records.yaml_file import FieldPath

if TYPE_CHECKING:
    from tradetalks.law.book import Book

Fault = tuple[int, FieldPath, str]
"""Which record, which of its fields, and what is wrong."""


def of_measures(book: Book) -> Iterator[Fault]:
    """Measures with names that lead nowhere, a name given twice, or a version that overlaps another."""
    names = Counter(m.measure for m in book.measures)
    families = {m.programme for m in book.measures}
    claims = {claim.claim for claim in book.claims}
    authorities = {a.authority for a in book.authorities}
    earlier: dict[str, list[Measure]] = {}
    for k, measure in enumerate(book.measures):
        kin = earlier.setdefault(measure.programme, [])
        faults = [
            *_twice(measure.measure, names),
            *_unknown("replaces", measure.replaces, names),
            *_unknown("exempts", measure.exempts, families),
            *_unknown("only", measure.only, claims),
            *_unknown("unless", measure.unless, claims),
            *_unknown("authority", (measure.authority,), authorities),
            *_products("products", measure.products, book),
            *_products("outside", measure.outside, book),
            *_partners("rates" if measure.rates else "partners", measure.named),
        ]
        if measure.rate and measure.rate.specific:
            faults.append((("rate",), "a duty by quantity has no rate here; give `additional` or `cap`"))
        yield from ((k, place, text) for place, text in faults or _overlaps(measure, kin))
        kin.append(measure)


def of_rules(book: Book) -> Iterator[Fault]:
    """Rules of precedence between programmes that no measure belongs to."""
    families = {m.programme for m in book.measures}
    for k, rule in enumerate(book.rules):
        for key, given in (("first", rule.first), ("then", rule.then)):
            yield from ((k, place, text) for place, text in _unknown(key, given, families))


def of_claims(book: Book) -> Iterator[Fault]:
    """Claims of partners or goods that do not exist."""
    names = Counter(claim.claim for claim in book.claims)
    for k, claim in enumerate(book.claims):
        faults = [
            *((("claim",), text) for _, text in _twice(claim.claim, names)),
            *_products("products", claim.products, book),
            *_partners("partners", claim.partners),
        ]
        yield from ((k, place, text) for place, text in faults)


def of_preferences(book: Book) -> Iterator[Fault]:
    """Programmes open to partners that do not exist."""
    for k, programme in enumerate(book.preferences):
        yield from ((k, place, text) for place, text in _partners("partners", programme.partners))


Told = Iterator[tuple[FieldPath, str]]


def _twice(name: str, names: Counter[str]) -> Told:
    if names[name] > 1:
        yield ("measure",), f'"{name}" is the name of {names[name]} records'


def _unknown(field: str, given: Iterable[str], known: Iterable[str]) -> Told:
    for name in given:
        if name not in known:
            yield (field,), f'"{name}" is not known; {nearest(name, known)}'.rstrip("; ")


def _products(field: str, given: Iterable[str], book: Book) -> Told:
    for name in given:
        if name != "all" and not book.is_list(name) and not (name.isdigit() and 2 <= len(name) <= 10):
            hint = nearest(name, [head.list for head in book.heads])
            yield (field,), f'"{name}" is no list and no code of 2 to 10 digits; {hint}'.rstrip("; ")


def _partners(field: str, given: Iterable[str]) -> Told:
    for name in given:
        try:
            members(name.removeprefix("!"))
        except LawError as error:
            yield (field,), str(error)


def _overlaps(measure: Measure, earlier: Sequence[Measure]) -> Told:
    """Versions of one programme that would both bear on the same goods of the same partner on the same day."""
    for other in earlier:
        if (
            measure.known.until is None
            and other.known.until is None
            and (measure.products, measure.only, measure.unless, measure.levied_on, measure.exempts)
            == (other.products, other.only, other.unless, other.levied_on, other.exempts)
            and measure.measure not in other.replaces
            and other.measure not in measure.replaces
            and (measure.effective.until is None or other.effective.since < measure.effective.until)
            and (other.effective.until is None or measure.effective.since < other.effective.until)
            and (shared := members(*measure.named) & members(*other.named))
        ):
            yield (
                ("effective",),
                f"overlaps {other.measure} for {', '.join(sorted(shared)[:3])} in the same goods; end one of the two, "
                "or say which it `replaces`",
            )
