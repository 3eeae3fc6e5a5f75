"""A case on an earlier day: without what was not known then, and without what had been withdrawn by then."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from typing import TYPE_CHECKING

from tradetalks.errors import CaseError
from tradetalks.talks.issues import Option

if TYPE_CHECKING:
    from tradetalks.talks.case import Case
    from tradetalks.talks.government import Government
    from tradetalks.talks.ratification import Actor


def as_known(case: Case, day: date, shown: str) -> Case:
    """The case as it could be written on `day`: later records dropped, withdrawn measures too.

    Options whose source is later are dropped, and issues left with one option. Raises `CaseError` when a reference
    point in use was not known yet: without it the case cannot be stated.
    """

    def cannot(what: str, since: date) -> CaseError:
        return CaseError(f"{shown}: as of {day}: {what} is known only from {since}; choose that day or a later one")

    points = {k: p for k, p in case.reference_points.items() if p.known is None or p.known.covers(day)}
    tree = case.tree
    states = {k: p for k, p in case.states.items() if p.known is None or p.known.covers(day)}
    if tree is not None and (
        any(since > day for _, since in tree.dated())
        or (tree.then is not None and tree.then.on <= day)
        or any(name not in points and name not in states for name in tree.states)
    ):
        tree = None
    no_deal = case.no_deal
    if no_deal == "tree" and tree is None:
        no_deal = next((name for name in points if name != case.reference), case.reference)
    for name in (case.reference, no_deal):
        if name not in points and name != "tree":
            known = case.reference_points[name].known
            raise cannot(f"the reference point {name}", known.since if known else day)
    measures = tuple(m for m in case.measures if m.known.covers(day))
    unknown = {m.measure for m in case.measures} - {m.measure for m in measures}

    def stood(option: Option) -> bool:
        named = {name for amendment in option.amendments for name in amendment.measures}
        return option.changes_nothing or (not named & unknown and all(since <= day for _, since in option.dated()))

    known_then = {
        name: issue.model_copy(
            update={
                "options": tuple(o for o in (one.on(case.markets) for one in issue.options) if stood(o)),
                "withdrawn": tuple(w for w in issue.withdrawn if w.source.date <= day),
            }
        )
        for name, issue in case.issues.items()
    }
    issues = {name: found for name, issue in known_then.items() if len((found := issue.on(day)).options) > 1}
    gone = {name: issue for name, issue in known_then.items() if len(issue.on(day).options) < len(issue.options)}
    signed = case.signed if case.signed and max(case.signed.on, case.signed.source.date) <= day else None
    on_it = {(name, label) for name, issue in issues.items() for label in issue.labels}
    return case.model_copy(
        update={
            "as_of": day,
            "facts": tuple(f for f in case.facts if f.known_from <= day and f.source.date <= day),
            "measures": measures,
            "reference_points": points,
            "states": states,
            "issues": issues,
            "off_the_table": gone,
            "no_deal": no_deal,
            "tree": tree,
            "governments": {party: _said_by(government, day, issues) for party, government in case.governments.items()},
            "ratification": tuple(
                _asked_of(actor, on_it) for actor in case.ratification if all(d <= day for _, d in actor.dated())
            ),
            "goals": {issue: option for issue, option in case.goals.items() if (issue, option) in on_it},
            "signed": signed if signed and all(term in on_it for term in signed.terms.items()) else None,
        }
    )


def _asked_of(actor: Actor, on_it: Container[tuple[str, str]]) -> Actor:
    """What an actor refuses of what is on the table."""
    left = []
    for condition in actor.refuses:
        options = tuple(o for o in condition.options if (condition.issue, o) in on_it)
        if condition.issue is None or options:
            left.append(condition.model_copy(update={"options": options}))
    return actor.model_copy(update={"refuses": tuple(left)})


def _said_by(government: Government, day: date, issues: Container[str]) -> Government:
    """What a government was known to count and to have said on a day, of issues that are on the table."""
    lines = []
    for line in government.red_lines:
        crossed = {issue: options for issue, options in line.crossed_by.items() if issue in issues}
        if crossed and max(line.stated, line.source.date) <= day:
            lines.append(line.model_copy(update={"crossed_by": crossed}))
    weights = tuple(w for w in government.weights if w.source is None or w.source.date <= day)
    return government.model_copy(update={"weights": weights, "red_lines": tuple(lines)})
