"""What a case may say and still not mean: names that lead nowhere, codes a world lacks, knowledge before its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tradetalks.errors import CaseError, LawError, PolicyError, UnknownCode, WorldError, nearest
from tradetalks.law.book import FIRST, LAST, book
from tradetalks.law.countries import code as country
from tradetalks.records.yaml_file import FieldPath
from tradetalks.world import Policy, World
from tradetalks.world.duties import require_sectors

if TYPE_CHECKING:
    from tradetalks.talks.case import Case

Fault = tuple[FieldPath, str]
"""Where, and what is wrong there."""


def faults(case: Case, world: World | None = None) -> list[Fault]:
    """Everything in a case that contradicts itself, its world or its as-of date."""
    try:
        world = world or World.load(case.world)
    except WorldError as error:
        return [(("world",), str(error))]
    if found := list(_laws(case)):
        return found
    found = [*_names(case), *_codes(case, world), *_knowledge(case)]
    return found or list(_policies(case, world))


def _laws(case: Case) -> Iterator[Fault]:
    """Books of law that do not ship, stand twice, or do not reach the days asked of them."""
    yield from _twice([law.importer for law in case.law], "law", "importer")
    for i, law in enumerate(case.law):
        try:
            book(country(law.importer))
        except (LawError, UnknownCode) as error:
            yield ("law", i, "importer"), str(error)
        if not FIRST - timedelta(days=1) <= law.base <= case.as_of:
            span = f"{FIRST - timedelta(days=1)}, the last day before the records begin, and the as-of date"
            yield ("law", i, "base"), f"{law.base} must lie between {span}, {case.as_of}"
    if case.law:
        for name, point in case.reference_points.items():
            if not FIRST <= point.on <= LAST:
                yield ("reference_points", name, "on"), f"{point.on}: the records of law cover {FIRST} to {LAST}"


def _names(case: Case) -> Iterator[Fault]:
    """Names given twice, and names that nothing bears."""
    own = [m.measure for m in case.measures]
    all_law = [m for law in case.law for m in book(country(law.importer)).measures]
    of_law = [m for m in all_law if m.known.since <= case.as_of]
    later = {m.measure: m.known.since for m in all_law if m.known.since > case.as_of}
    measures = [*own, *(m.measure for m in of_law)]
    authorities = {m.authority for m in case.measures} | {m.authority for m in of_law}
    yield from _twice(own, "measures", "measure")
    for i, name in enumerate(own):
        if any(name == m.measure for m in all_law):
            yield ("measures", i, "measure"), f'"{name}" is a measure of the law; give your own another name'

    def named(names: Sequence[str], known: Sequence[str], kind: str, at: FieldPath) -> Iterator[Fault]:
        for name in names:
            if name in later:
                yield at, f'"{name}" is known only from {later[name]}, after the as-of date, {case.as_of}'
            else:
                yield from _known(name, known, kind, at)

    yield from _twice([f.fact for f in case.facts], "facts", "fact")
    for i, measure in enumerate(case.measures):
        at: FieldPath = ("measures", i)
        for name in measure.replaces:
            yield from _known(name, own, "measure", (*at, "replaces"))
    for name in ("reference", "no_deal"):
        yield from _known(getattr(case, name), case.reference_points, "reference point", (name,))
    for name, point in case.reference_points.items():
        if point.deals_under:
            at = ("reference_points", name, "deals_under")
            yield from _known(point.deals_under, case.reference_points, "reference point", at)
        at = ("reference_points", name)
        yield from named(point.without, [*sorted(authorities), *measures], "authority or measure", (*at, "without"))
        for k, amendment in enumerate(point.amendments):
            yield from named(amendment.measures, measures, "measure", (*at, "amend", k, "measures"))
    for name, issue in case.issues.items():
        at = ("issues", name, "options")
        for where, what in _twice(issue.labels, "options", "option"):
            yield (*at, *where[1:]), what
        if not issue.options[0].changes_nothing:
            yield (*at, 0), "the first option is as today and must change nothing"
        for i, option in enumerate(issue.options):
            for k, amendment in enumerate(option.amendments):
                yield from named(amendment.measures, measures, "measure", (*at, i, "amend", k, "measures"))


def _codes(case: Case, world: World) -> Iterator[Fault]:
    """Economies and sectors that the world does not have."""

    def economies(names: Iterable[str], at: FieldPath, single: bool = False) -> Iterator[Fault]:
        for name in names:
            plain = name.removeprefix("!")
            try:
                found = world.economy_indices("*" if plain == "all" else plain)
            except UnknownCode as error:
                yield at, _unknown(error, "economy", plain, case.world, len(world.economies))
            else:
                if single and len(found) != 1:
                    yield at, f'"{name}" stands for {len(found)} economies; name one'

    def sectors(names: Iterable[str], at: FieldPath) -> Iterator[Fault]:
        for name in names:
            try:
                world.sector_indices(name)
            except UnknownCode as error:
                yield at, _unknown(error, "sector", name, case.world, len(world.sectors))

    yield from economies(case.parties, ("parties",), single=True)
    yield from _twice(case.parties, "parties", None)
    for i, law in enumerate(case.law):
        yield from economies([law.importer], ("law", i, "importer"), single=True)
    for name, point in case.reference_points.items():
        for k, amendment in enumerate(point.amendments):
            yield from economies(amendment.partners, ("reference_points", name, "amend", k, "partners"))
    for i, measure in enumerate(case.measures):
        at: FieldPath = ("measures", i)
        yield from economies([measure.importer], (*at, "importer"), single=True)
        yield from economies(measure.partners, (*at, "partners"))
        yield from sectors(measure.sectors, (*at, "sectors"))
        for partner in measure.rates or {}:
            yield from economies([partner], (*at, "rates", partner))
    for name, issue in case.issues.items():
        for i, option in enumerate(issue.options):
            at = ("issues", name, "options", i)
            for k, amendment in enumerate(option.amendments):
                yield from economies(amendment.partners, (*at, "amend", k, "partners"))
            for kind in ("tariffs", "trade_costs"):
                for k, change in enumerate(getattr(option, kind)):
                    yield from economies([change.importer], (*at, kind, k, "importer"))
                    yield from economies([change.exporter], (*at, kind, k, "exporter"))
                    yield from sectors(change.sectors, (*at, kind, k, "sectors"))
            for k, transfer in enumerate(option.transfers):
                yield from economies([transfer.payer], (*at, "transfers", k, "from"), single=True)
                yield from economies([transfer.recipient], (*at, "transfers", k, "to"), single=True)


def _policies(case: Case, world: World) -> Iterator[Fault]:
    """Options that make an impossible policy, such as a payment of more than a year's income; laws that do not fit."""
    for i, law in enumerate(case.law):
        try:
            require_sectors(world, book(country(law.importer)))
        except PolicyError as error:
            yield ("law", i), str(error)
    for name, issue in case.issues.items():
        for i, option in enumerate(issue.options):
            try:
                option.change(Policy(world))
            except PolicyError as error:
                yield ("issues", name, "options", i), str(error)


def _knowledge(case: Case) -> Iterator[Fault]:
    """Records that only became public after the as-of date."""

    def late(day: date, at: FieldPath) -> Iterator[Fault]:
        if day > case.as_of:
            yield at, f"{day} is after the case's as-of date, {case.as_of}; nothing known later may stand in a case"

    for i, fact in enumerate(case.facts):
        at: FieldPath = ("facts", i)
        yield from late(fact.known_from, (*at, "known", "from") if fact.known else (*at, "source", "date"))
        if fact.known and fact.source.date > case.as_of:
            yield from late(fact.source.date, (*at, "source", "date"))
    for i, measure in enumerate(case.measures):
        yield from late(measure.known.since, ("measures", i, "known", "from"))
        yield from late(measure.source.date, ("measures", i, "source", "date"))
    for name, point in case.reference_points.items():
        if point.known:
            yield from late(point.known.since, ("reference_points", name, "known", "from"))
    for name, issue in case.issues.items():
        for i, option in enumerate(issue.options):
            if option.source:
                yield from late(option.source.date, ("issues", name, "options", i, "source", "date"))


def as_known(case: Case, day: date, shown: str) -> Case:
    """The case as it could be written on `day`: later records dropped, withdrawn measures too.

    Options whose source is later are dropped, and issues left with one option. Raises `CaseError` when a reference
    point in use was not known yet: without it the case cannot be stated.
    """

    def cannot(what: str, since: date) -> CaseError:
        return CaseError(f"{shown}: as of {day}: {what} is known only from {since}; choose that day or a later one")

    points = {k: p for k, p in case.reference_points.items() if p.known is None or p.known.covers(day)}
    for name in (case.reference, case.no_deal):
        if name not in points:
            known = case.reference_points[name].known
            raise cannot(f"the reference point {name}", known.since if known else day)
    measures = tuple(m for m in case.measures if m.known.covers(day))
    issues = {
        name: issue.model_copy(
            update={"options": tuple(o for o in issue.options if o.source is None or o.source.date <= day)}
        )
        for name, issue in case.issues.items()
    }
    return case.model_copy(
        update={
            "as_of": day,
            "facts": tuple(f for f in case.facts if f.known_from <= day and f.source.date <= day),
            "measures": measures,
            "reference_points": points,
            "issues": {name: issue for name, issue in issues.items() if len(issue.options) > 1},
        }
    )


def _twice(names: Sequence[str], field: str, inner: str | None) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield (field, last, inner) if inner else (field, last), f'"{name}" stands twice'


def _known(name: str, known: Iterable[str], kind: str, at: FieldPath) -> Iterator[Fault]:
    known = list(known)
    if name not in known:
        some = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        yield at, f'no {kind} "{name}"; {nearest(name, known) or "known: " + (some or "none")}'


def _unknown(error: UnknownCode, kind: str, name: str, world: str, count: int) -> str:
    hint = str(error).partition("; ")[2]
    return f'no {kind} "{name}" in world {world}\n  {hint}  `tradetalks world show {world}` lists all {count}'
