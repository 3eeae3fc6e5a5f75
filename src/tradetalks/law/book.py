"""The book of law of one importer: its measures, lists, rules, claims and authorities, read from YAML and checked.

The files are plain records that can be edited, added or removed without touching a program; `book` reads them anew for
any folder laid out like `law/usa`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from tradetalks.errors import LawError, nearest
from tradetalks.law import checks
from tradetalks.law.authority import Authority, AuthorityFile
from tradetalks.law.claims import Claim, ClaimFile
from tradetalks.law.lists import ListFile, ListHead, ProductList, read_entries
from tradetalks.law.measure import Amendment, Measure, MeasureFile
from tradetalks.law.precedence import Rule, RuleFile
from tradetalks.law.preferences import Preference, PreferenceFile
from tradetalks.records import faults as told
from tradetalks.records import yaml_file
from tradetalks.records.fields import Record
from tradetalks.records.yaml_file import Document, FieldPath

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
"""The days the records answer for; after `READ` as scheduled by then."""

READ = date(2026, 8, 31)
"""The last day whose acts the records hold."""

FOLDERS = {"USA": "usa"}
"""Importers whose measures ship, and where."""

File = TypeVar("File", bound=Record)


class State(NamedTuple):
    """What holds on a day: names of measures, rules and claims, and the codes on the lists they use."""

    measures: tuple[str, ...]
    rules: tuple[str, ...]
    claims: tuple[str, ...]
    lists: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True)
class Book:
    """All law of one importer; `book` reads it."""

    importer: str
    folder: Path
    measures: tuple[Measure, ...]
    rules: tuple[Rule, ...]
    claims: tuple[Claim, ...]
    authorities: tuple[Authority, ...]
    heads: tuple[ListHead, ...]
    preferences: tuple[Preference, ...]
    stamp: int = 0
    """When its files last changed, where they are one's own."""
    void: frozenset[str] = field(default=frozenset())
    """Authorities and measures that are set aside."""
    _written: Book | None = field(default=None, repr=False, compare=False)
    _kept: dict[object, tuple[Measure, ...]] = field(default_factory=dict, repr=False, compare=False)
    _states: dict[object, State] = field(default_factory=dict, repr=False, compare=False)

    @property
    def as_written(self) -> Book:
        """The law without a deal's amendments, and nothing set aside."""
        return self._written or self

    @cached_property
    def _heads(self) -> dict[str, ListHead]:
        return {head.list: head for head in self.heads}

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of all records and lists, amendments and what is set aside."""
        digest = hashlib.sha256()
        records = (*self.measures, *self.rules, *self.claims, *self.heads, *self.authorities, *self.preferences)
        changes = [amendment for measure in self.measures for amendment in measure.amended]
        for record in (*records, *changes):
            digest.update(record.model_dump_json(by_alias=True, exclude_none=True).encode())
        digest.update(" ".join(sorted(self.void)).encode())
        for path in sorted((self.folder / "lists").glob("*.csv")):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def is_list(self, name: str) -> bool:
        """Whether a name in `products` or `outside` is a list; otherwise it is a code."""
        return name in self._heads

    def list(self, name: str) -> ProductList:
        """A product list with its codes. Raises `LawError` for a table that is missing or wrong."""
        return _list(self.folder, self._heads[name], self.stamp)

    def measure(self, name: str) -> Measure:
        """The measure of that name. Raises `LawError` with the nearest when there is none."""
        for measure in self.measures:
            if measure.measure == name:
                return measure
        hint = nearest(name, [m.measure for m in self.measures])
        raise LawError(f'no measure "{name}" in the law of {self.importer}; {hint}'.rstrip("; "))

    def place(self, name: str) -> str:
        """How to call one of its files in messages."""
        return shown(self.folder, name)

    def text_of(self, name: str) -> tuple[str, str]:
        """The file of a measure, and its record as it stands there. Raises `LawError` where there is none."""
        self.measure(name)
        for path in sorted(self.folder.glob("*.yaml")):
            records = re.split(r"(?m)^(?=  - measure: )", path.read_text(encoding="utf-8"))
            for record in records[1:]:
                if record.startswith(f"  - measure: {name}\n"):
                    return shown(self.folder, path.name), record.split("\n\n")[0].rstrip()
        raise LawError(f'"{name}" stands in no file of {self.folder}')

    def authority(self, name: str) -> Authority | None:
        """The authority of that short name, where the book has it."""
        return next((a for a in self.authorities if a.authority == name), None)

    def in_force(self, on: date, known_on: date | None = None) -> tuple[Measure, ...]:
        """Measures that hold on a day and are not set aside; see `Measure.holds` for the two clocks."""
        if (on, known_on) not in self._kept:
            self._kept[on, known_on] = tuple(
                m for m in self.measures if m.holds(on, known_on) and not {m.authority, m.measure} & self.void
            )
        return self._kept[on, known_on]

    def rules_on(self, on: date, known_on: date | None = None) -> tuple[Rule, ...]:
        """Rules of precedence that hold on a day."""
        return tuple(
            r
            for r in self.rules
            if (r.known.until is None if known_on is None else r.known.covers(known_on)) and r.effective.covers(on)
        )

    def dates(self) -> tuple[date, ...]:
        """Every day that some record names, in order: the law as finally in force moves on no other."""
        days: set[date] = set()
        records: tuple[Measure | Rule, ...] = (*self.measures, *self.rules)
        for record in records:
            days.update(d for d in (record.effective.since, record.effective.until) if d)
            days.update(d for d in (record.known.since, record.known.until) if d)
        for measure in self.measures:
            days.update(d for d in (measure.collected_to, measure.end_known) if d)
        for claim in self.claims:
            if claim.effective:
                days.update(d for d in (claim.effective.since, claim.effective.until) if d)
        for head in self.heads:
            days.update(day for version in head.versions for day in (version.since, version.known))
        return tuple(sorted(days))

    def state(self, on: date, known_on: date | None = None) -> State:
        """What holds on a day, in a form that is equal for two days with the same law."""
        if (on, known_on) not in self._states:
            measures = self.in_force(on, known_on)
            used = {name for m in measures for name in (*m.products, *m.outside) if self.is_list(name)}
            self._states[on, known_on] = State(
                tuple(m.measure for m in measures),
                tuple(r.rule for r in self.rules_on(on, known_on)),
                tuple(c.claim for c in self.claims if c.open_on(on)),
                tuple((name, self.list(name).on(on, known_on)) for name in sorted(used)),
            )
        return self._states[on, known_on]

    def without(self, names: Sequence[str]) -> Book:
        """The book with these authorities or measures set aside; what they replaced revives.

        Raises `LawError` for a name that is neither.
        """
        known = {m.authority for m in self.measures} | {m.measure for m in self.measures}
        for name in names:
            if name not in known:
                raise LawError(f'no authority or measure "{name}"; {nearest(name, known)}'.rstrip("; "))
        return replace(self, void=self.void | set(names), _written=self.as_written, _kept={}, _states={})

    def amended(self, amendments: Sequence[Amendment]) -> Book:
        """The book after amendments by a deal, the last one ruling. Raises `LawError` for an unknown measure."""
        changed = {m.measure: m for m in self.measures}
        for amendment in amendments:
            for name in amendment.measures:
                changed[name] = (changed[name] if name in changed else self.measure(name)).amend(amendment)
        return replace(self, measures=tuple(changed.values()), _written=self.as_written, _kept={}, _states={})


def book(importer: str = "USA", folder: Path | None = None) -> Book:
    """The law of an importer, as shipped or from a folder of one's own laid out like `law/usa`.

    Raises `LawError` with file, line and field for anything that cannot be read or cannot be true.
    """
    if folder is None:
        if importer not in FOLDERS:
            raise LawError(f"no measures of {importer} ship; known: {', '.join(FOLDERS)}")
        return _read(importer, Path(str(files("tradetalks.law").joinpath(FOLDERS[importer]))), 0)
    if not folder.is_dir():
        raise LawError(f"{folder}: no such folder; give one laid out like law/usa")
    from tradetalks.law.tariff import require_listed

    found = _read(importer, folder, max((path.stat().st_mtime_ns for path in folder.rglob("*")), default=0))
    require_listed(found)
    return found


@cache
def _read(importer: str, folder: Path, stamp: int) -> Book:
    """The book as its files are; `stamp` tells one's own files after a change from those before."""
    measures: list[Measure] = []
    places: list[tuple[Document, FieldPath]] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in _OTHER:
            continue
        document = _document(folder, path.name)
        found = _validated(MeasureFile, document)
        for i, measure in enumerate(found.measures):
            measures.append(measure)
            places.append((document, ("measures", i)))
    documents = {name: _document(folder, f"{name}.yaml") for name in sorted(_OTHER)}
    stacking = _validated(RuleFile, documents["stacking"])
    claims = _validated(ClaimFile, documents["claims"])
    authorities = _validated(AuthorityFile, documents["authorities"])
    lists = _validated(ListFile, documents["lists"])
    preferences = _validated(PreferenceFile, documents["preferences"])
    made = Book(
        importer, folder, tuple(measures), stacking.rules, claims.claims, authorities.authorities, lists.lists,
        preferences.preferences, stamp,
    )  # fmt: skip
    found_faults = [
        *((*places[k], inner, text) for k, inner, text in checks.of_measures(made)),
        *((documents["stacking"], ("rules", k), inner, text) for k, inner, text in checks.of_rules(made)),
        *((documents["claims"], ("claims", k), inner, text) for k, inner, text in checks.of_claims(made)),
        *(
            (documents["preferences"], ("preferences", k), inner, text)
            for k, inner, text in checks.of_preferences(made)
        ),
    ]
    if found_faults:
        document = found_faults[0][0]
        raise LawError(
            told.listed([((*place, *inner), text) for d, place, inner, text in found_faults if d is document], document)
        )
    return made


_OTHER = {"stacking", "claims", "authorities", "lists", "preferences"}


def _document(folder: Path, name: str) -> Document:
    return yaml_file.read(folder / name, shown(folder, name), LawError)


def shown(folder: Path, name: str) -> str:
    """How to call a file in messages: from `law/` on where it ships, by its path where it is one's own."""
    return f"law/{folder.name}/{name}" if folder.parent == Path(str(files("tradetalks.law"))) else str(folder / name)


def _validated(model: type[File], document: Document) -> File:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise LawError(told.explained(error, document)) from None


@cache
def _list(folder: Path, head: ListHead, stamp: int) -> ProductList:
    path = folder / "lists" / f"{head.list}.csv"
    name = shown(folder, f"lists/{path.name}")
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LawError(f"{name}: cannot be read: {error.strerror if isinstance(error, OSError) else error}") from error
    return ProductList(head, read_entries(text, name, head))
