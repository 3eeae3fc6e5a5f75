"""A case: who talks, about what, what the law is and was expected to become, and what could be known that day.

One YAML file a case. Every figure in it is a dated record; nothing known after the as-of date may stand in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from tradetalks.errors import CaseError, nearest
from tradetalks.law.book import book
from tradetalks.law.countries import code as country
from tradetalks.law.measure import Amendment
from tradetalks.records import faults, yaml_file
from tradetalks.records.fields import Day, Name, Names, Number, Record, Source, Text, fault
from tradetalks.records.period import Period
from tradetalks.talks import checks
from tradetalks.talks.delivery import priors
from tradetalks.talks.earlier import as_known
from tradetalks.talks.government import Government
from tradetalks.talks.instruments.product_market import ProductMarket
from tradetalks.talks.issues import Issue
from tradetalks.talks.measures import Measure
from tradetalks.talks.no_deal import Tree
from tradetalks.talks.ratification import Actor
from tradetalks.world import World


class Horizon(Record):
    """The day by which the talks must end, and what ends then."""

    date: Day
    what: Text


class Fact(Record):
    """A dated figure that the brief quotes."""

    fact: Text
    what: Text
    value: Number
    unit: Text
    concept: Text | None = None
    """What exactly is measured, where several concepts share a name."""
    topic: Text | None = None
    known: Period | None = None
    """When it was public, if that is not the date of its source."""
    source: Source

    @property
    def known_from(self) -> date:
        """The first day on which it was public."""
        return self.known.since if self.known else self.source.date


class LawOf(Record):
    """Whose law a case takes from the books."""

    importer: Text
    base: Day
    """The day whose law the world's own duties hold; what the law has changed since is put on top."""


class ReferencePoint(Record):
    """A state of the law: the measures in force on a day, without those that are void or put off."""

    what: Text
    label: Text | None = None
    """A name short enough for a table; by default the key."""
    on: Day
    without: Names = ()
    """Authorities that are void, or single measures that do not apply."""
    amendments: tuple[Amendment, ...] = Field(default=(), alias="amend")
    """What this state of affairs changes in measures, as an offer may."""
    deals_under: Text | None = None
    """The reference point on whose law a deal would stand here; by default the case's `reference`."""
    known: Period | None = None
    """When this state of affairs could first be foreseen."""


class Signed(Record):
    """A deal that has been made: what it settles, and how."""

    what: Text
    on: Day
    terms: Annotated[dict[str, Text], Field(min_length=1)]
    """Issue → option; other issues stay as they are."""
    source: Source


TREE = "tree"
"""The name that stands for the whole tree where a reference point may be named as no deal."""


class Case(Record):
    """Talks between parties, as they stood on one day; frozen. `Case.load` is the door.

    `measures`, `facts` and `issues` hold only what was known on `as_of`. Rates are fractions.
    """

    case: Name
    title: Text
    as_of: Day
    horizon: Horizon
    world: Text
    parties: Annotated[tuple[Text, ...], Field(min_length=2)]
    facts: tuple[Fact, ...] = ()
    law: tuple[LawOf, ...] = ()
    """Importers whose duties come from the books of law."""
    measures: tuple[Measure, ...] = ()
    """The case's own measures, sector by sector."""
    reference_points: Annotated[dict[str, ReferencePoint], Field(min_length=1)]
    states: dict[str, ReferencePoint] = Field(default={})
    """Further states of the law that the no-deal tree comes to."""
    reference: Text
    no_deal: Text
    """Where reservation values come from: a reference point, or `tree`."""
    tree: Tree | None = None
    """No deal as it may go, with dates and chances."""
    governments: dict[str, Government] = Field(default={})
    """By party, what its government counts besides the welfare of its people."""
    power: dict[str, Number] = Field(default={})
    """By party, its bargaining power, above 0; then Nash's solution with unequal power is found too."""
    ratification: tuple[Actor, ...] = ()
    """Who may stop a deal at home."""
    goals: dict[str, Text] = Field(default={})
    """What the asking side wants: issue → option; the brief seeks the cheapest package that holds it."""
    signed: Signed | None = None
    markets: dict[str, ProductMarket] = Field(default={})
    """Markets of single products that quotas on the table change."""
    issues: Annotated[dict[str, Issue], Field(min_length=1)]
    off_the_table: SkipJsonSchema[dict[str, Issue]] = Field(default={}, exclude=True)
    """Issues with what has been withdrawn by the as-of date; never in a file."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Case:
        if self.as_of > self.horizon.date:
            raise fault(f"{self.as_of} is after the horizon, {self.horizon.date}", "as_of")
        return self

    @classmethod
    def load(cls, name: str | Path, as_of: date | str | None = None, *, world: World | None = None) -> Case:
        """A built-in case by name, or a case file by its path.

        `as_of` goes back to an earlier day: what was not known then is dropped, as are options that rest on it; a day
        after the file's own is refused, since the file knows nothing of it. `world` stands in for the world that the
        case names when its codes are checked.

        Raises `CaseError` with file, line, field and the nearest valid spelling for anything that cannot be read or
        cannot be true.
        """
        path, shown = _find(name)
        document = yaml_file.read(path, shown)
        try:
            case = cls.model_validate(document.data)
        except ValidationError as error:
            raise CaseError(faults.explained(error, document)) from None
        if found := checks.faults(case, world):
            raise CaseError(faults.listed(found, document))
        return as_known(case, _day(as_of, case, shown), shown)

    def law_of_deals(self, point: str) -> str:
        """The reference point on whose law a deal would stand, seen from the state of the law `point`."""
        return self.point(point).deals_under or self.reference

    def point(self, name: str) -> ReferencePoint:
        """A reference point or another state of the law. Raises `CaseError` for a name that is none."""
        known = self.reference_points | self.states
        if name not in known:
            hint = nearest(name, known) or "known: " + ", ".join(known)
            raise CaseError(f'no reference point "{name}" in case {self.case}; {hint}')
        return known[name]

    def option(self, issue: str, option: str) -> tuple[int, int]:
        """Where an option stands: (issue, option). Raises `CaseError` for a name that is not on the table."""
        if issue not in self.issues:
            gone = f"{issue} is off the table  " if issue in self.off_the_table else ""
            hint = nearest(issue, self.issues) or "known: " + ", ".join(self.issues)
            raise CaseError(f'no issue "{issue}" on the table of {self.case}; {gone}{hint}')
        labels = self.issues[issue].labels
        if option not in labels:
            hint = nearest(option, labels) or ""
            raise CaseError(f'issue {issue} has no option "{option}"; {hint or "known: " + ", ".join(labels)}')
        return list(self.issues).index(issue), labels.index(option)

    def party(self, name: str) -> int:
        """The position of a party, by its code. Raises `CaseError` for one that does not sit at the table."""
        if name not in self.parties:
            known = ", ".join(self.parties)
            raise CaseError(f'"{name}" is no party of {self.case}; {nearest(name, self.parties) or "known: " + known}')
        return self.parties.index(name)

    def no_deal_weights(self, name: str) -> dict[str, float]:
        """Each state of the law that no deal comes to and its weight; a reference point is one state with certainty.

        Raises `CaseError` for a name that is none.
        """
        if name == TREE:
            if self.tree is None:
                known = ", ".join(self.reference_points)
                raise CaseError(f"case {self.case} has no tree; name a reference point as no deal: {known}")
            return self.tree.weights(self.as_of)
        self.point(name)
        return {name: 1.0}

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of the case's content, the law it takes and what is known of pledges kept."""
        content = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        content["books"] = [book(country(law.importer)).fingerprint for law in self.law]
        content["priors"] = [prior.model_dump(mode="json") for prior in priors(self.as_of).values()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of a case file, for editors that complete and check YAML."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema(by_alias=True)}


def available() -> tuple[str, ...]:
    """Names of the cases that ship with the package."""
    folder = files("tradetalks.cases")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def text_of(name: str) -> str:
    """The text of a built-in case, to start one's own from. Raises `CaseError` for a name that is none."""
    return _find(name)[0].read_text(encoding="utf-8")


def _find(name: str | Path) -> tuple[Path, str]:
    """The file of a case and how to call it; a name without a folder or an ending is a built-in one."""
    text = str(name)
    if isinstance(name, Path) or re.search(r"[/\\]|\.ya?ml$", text):
        if not text.endswith((".yaml", ".yml")):
            raise CaseError(f"{text}: a case file ends in .yaml")
        return Path(text), text
    if text not in available():
        hint = nearest(text, available()) or "known: " + ", ".join(available())
        raise CaseError(
            f'no case "{text}"; {hint}  A case of your own is named by its path, such as ./{text or "my"}.yaml'
        )
    return Path(str(files("tradetalks.cases").joinpath(f"{text}.yaml"))), f"cases/{text}.yaml"


def _day(as_of: date | str | None, case: Case, shown: str) -> date:
    if as_of is None:
        return case.as_of
    try:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except ValueError:
        raise CaseError(f'as of "{as_of}": write a day as year-month-day, such as {case.as_of}') from None
    if day > case.as_of:
        raise CaseError(f"{shown}: as of {day}: the file knows nothing after {case.as_of}; choose a day up to then")
    return day
