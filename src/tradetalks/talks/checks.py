"""What a case may say and still not mean: names that lead nowhere, codes a world lacks, knowledge before its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tradetalks.errors import LawError, OfferError, PolicyError, UnknownCode, WorldError, nearest
from tradetalks.law.book import FIRST, LAST, book
from tradetalks.law.countries import code as country
from tradetalks.records.yaml_file import FieldPath
from tradetalks.talks.accounts import INCOME
from tradetalks.talks.issues import sources
from tradetalks.world import Policy, World
from tradetalks.world.duties import require_sectors
from tradetalks.world.sectors import GROUPS

if TYPE_CHECKING:
    from tradetalks.talks.case import Case, ReferencePoint

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
        for where, name, point in _points(case):
            if not FIRST <= point.on <= LAST:
                yield (where, name, "on"), f"{point.on}: the records of law cover {FIRST} to {LAST}"


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
    yield from _known(case.reference, case.reference_points, "reference point", ("reference",))
    if case.no_deal != "tree":
        yield from _known(case.no_deal, case.reference_points, "reference point", ("no_deal",))
    elif case.tree is None:
        yield ("no_deal",), "there is no `tree`; write one, or name a reference point"
    known_states = [*case.reference_points, *case.states]
    for name in case.states:
        if name in case.reference_points:
            yield ("states", name), f'"{name}" is a reference point too; give the state another name'
        if name == "tree":
            yield ("states", name), '"tree" stands for the whole no-deal tree; give the state another name'
    if "tree" in case.reference_points:
        yield ("reference_points", "tree"), '"tree" stands for the whole no-deal tree; give the point another name'
    for name in case.tree.states if case.tree else ():
        yield from _known(name, known_states, "state of the law", ("tree",))
    for where, name, point in _points(case):
        if point.deals_under:
            yield from _known(point.deals_under, known_states, "reference point", (where, name, "deals_under"))
        at = (where, name)
        yield from named(point.without, [*sorted(authorities), *measures], "authority or measure", (*at, "without"))
        for k, amendment in enumerate(point.amendments):
            yield from named(amendment.measures, measures, "measure", (*at, "amend", k, "measures"))
    yield from _terms(case)
    for name, issue in case.issues.items():
        at = ("issues", name, "options")
        for wrong, what in _twice(issue.labels, "options", "option"):
            yield (*at, *wrong[1:]), what
        if not issue.options[0].changes_nothing:
            yield (*at, 0), "the first option is as today and must change nothing"
        for i, option in enumerate(issue.options):
            for k, amendment in enumerate(option.amendments):
                yield from named(amendment.measures, measures, "measure", (*at, i, "amend", k, "measures"))


def _points(case: Case) -> Iterator[tuple[str, str, ReferencePoint]]:
    """Reference points and other states of the law, and under which field they stand."""
    for where, points in (("reference_points", case.reference_points), ("states", case.states)):
        for name, point in points.items():
            yield where, name, point


def _terms(case: Case) -> Iterator[Fault]:
    """Issues and options that governments, ratifiers, goals and the signed text name, and that are not there."""

    def asked(issue: str, options: Iterable[str], at: FieldPath) -> Iterator[Fault]:
        found = list(_known(issue, case.issues, "issue", at))
        yield from found
        for option in () if found else options:
            yield from _known(option, case.issues[issue].labels, f"option of {issue}", at)

    yield from (
        fault for party in case.governments for fault in _known(party, case.parties, "party", ("governments", party))
    )
    for party, government in case.governments.items():
        for k, line in enumerate(government.red_lines):
            at: FieldPath = ("governments", party, "red_lines", k, "crossed_by")
            for issue, options in line.crossed_by.items():
                yield from asked(issue, options, (*at, issue))
                if issue in case.issues and case.issues[issue].labels[0] in options:
                    yield (*at, issue), f'"{case.issues[issue].labels[0]}" is as today; nobody crosses a line by that'
    for party, power in case.power.items():
        yield from _known(party, case.parties, "party", ("power", party))
        if not power > 0:
            yield ("power", party), f"{power:g}; power is above 0, such as 1 and 2"
    if case.power and (missing := [party for party in case.parties if party not in case.power]):
        yield ("power",), f"says nothing of {', '.join(missing)}; give every party its power"
    for k, actor in enumerate(case.ratification):
        yield from _known(actor.party, case.parties, "party", ("ratification", k, "party"))
        for m, condition in enumerate(actor.refuses):
            if condition.issue is not None:
                yield from asked(condition.issue, condition.options, ("ratification", k, "refuses", m))
    yield from _twice([actor.actor for actor in case.ratification], "ratification", "actor")
    for issue, option in case.goals.items():
        yield from asked(issue, [option], ("goals", issue))
    for issue, option in (case.signed.terms if case.signed else {}).items():
        yield from asked(issue, [option], ("signed", "terms", issue))


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
    for where, name, point in _points(case):
        for k, amendment in enumerate(point.amendments):
            yield from economies(amendment.partners, (where, name, "amend", k, "partners"))
    for party, government in case.governments.items():
        for k, weight in enumerate(government.weights):
            yield from sectors(weight.sectors, ("governments", party, "weights", k, "sectors"))
            if weight.partner is not None and weight.partner not in set(case.parties) - {party}:
                others = ", ".join(other for other in case.parties if other != party)
                what = f'the account is the balance with {others}, not with "{weight.partner}"'
                yield ("governments", party, "weights", k, "partner"), what
    for k, actor in enumerate(case.ratification):
        for m, condition in enumerate(actor.refuses):
            if condition.account and condition.account.startswith(INCOME):
                sector = condition.account.removeprefix(INCOME)
                place = ("ratification", k, "refuses", m, "account")
                yield from sectors([sector], place)
                if sector in GROUPS and sector not in world.sectors:
                    yield place, f'"{sector}" stands for several sectors; name one'
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
            for k, card in enumerate(option.cards):
                for party in card.worth:
                    yield from _known(party, case.parties, "party", (*at, "cards", k, "worth", party))
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
            contradictions = [
                (k, *found) for k, quota in enumerate(option.quotas) if (found := quota.problem(case.markets))
            ]
            for k, field, message in contradictions:
                yield ("issues", name, "options", i, "quotas", k, field), message
            try:
                if not contradictions:
                    option.on(case.markets).check(Policy(world))
            except (PolicyError, OfferError, UnknownCode) as error:
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
    for where, name, point in _points(case):
        if point.known:
            yield from late(point.known.since, (where, name, "known", "from"))
    for name, issue in case.issues.items():
        for i, option in enumerate(issue.options):
            for field, day in option.dated():
                yield from late(day, ("issues", name, "options", i, *field))
        for i, gone in enumerate(issue.withdrawn):
            yield from late(gone.on, ("issues", name, "withdrawn", i, "on"))
            yield from late(gone.source.date, ("issues", name, "withdrawn", i, "source", "date"))
    dated: list[tuple[FieldPath, Iterable[tuple[FieldPath, date]]]] = [
        *((("markets", name), sources(market)) for name, market in case.markets.items()),
        *((("governments", party), government.dated()) for party, government in case.governments.items()),
        *((("ratification", k), actor.dated()) for k, actor in enumerate(case.ratification)),
        *([(("tree",), case.tree.dated())] if case.tree else []),
        *(
            [(("signed",), [(("on",), case.signed.on), (("source", "date"), case.signed.source.date)])]
            if case.signed
            else []
        ),
    ]
    for at, days in dated:
        for field, day in days:
            yield from late(day, (*at, *field))
    if case.tree and case.tree.then and case.tree.then.on <= case.as_of:
        yield (
            ("tree", "then", "on"),
            f"{case.tree.then.on} is not after the as-of date, {case.as_of}; it has come about",
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
