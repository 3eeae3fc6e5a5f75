"""The book of law of one importer: its measures, lists, rules, claims and authorities, read from YAML and checked.

The files are plain records that can be edited, added or removed without touching a program; `book` reads them anew for
any folder laid out like `law/usa`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from tradetalks.errors import LawError, nearest
from tradetalks.law.authority import Authority, AuthorityFile
from tradetalks.law.claims import Claim, ClaimFile
from tradetalks.law.countries import members
from tradetalks.law.lists import ListFile, ListHead, ProductList, read_entries
from tradetalks.law.measure import Amendment, Measure, MeasureFile
from tradetalks.law.precedence import Rule, RuleFile
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
    void: frozenset[str] = field(default=frozenset())
    """Authorities and measures that are set aside."""
    _kept: dict[object, tuple[Measure, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _heads(self) -> dict[str, ListHead]:
        return {head.list: head for head in self.heads}

    @cached_property
    def frame(self) -> int:
        """What lists, rules and claims hash to: equal for books that differ in amendments alone."""
        return hash((self.heads, self.rules, self.claims))

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of all records and lists."""
        digest = hashlib.sha256()
        for record in (*self.measures, *self.rules, *self.claims, *self.heads):
            digest.update(record.model_dump_json(by_alias=True, exclude_none=True).encode())
        for path in sorted((self.folder / "lists").glob("*.csv")):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def is_list(self, name: str) -> bool:
        """Whether a name in `products` or `outside` is a list; otherwise it is a code."""
        return name in self._heads

    def list(self, name: str) -> ProductList:
        """A product list with its codes. Raises `LawError` for a table that is missing or wrong."""
        return _list(self.folder, self._heads[name])

    def measure(self, name: str) -> Measure:
        """The measure of that name. Raises `LawError` with the nearest when there is none."""
        for measure in self.measures:
            if measure.measure == name:
                return measure
        hint = nearest(name, [m.measure for m in self.measures])
        raise LawError(f'no measure "{name}" in the law of {self.importer}; {hint}')

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
        for head in self.heads:
            days.update(day for version in head.versions for day in (version.since, version.known))
        return tuple(sorted(days))

    def state(self, on: date, known_on: date | None = None) -> object:
        """What holds on a day, in a form that is equal for two days with the same law."""
        measures = self.in_force(on, known_on)
        used = {name for m in measures for name in (*m.products, *m.outside) if self.is_list(name)}
        return (
            tuple(m.measure for m in measures),
            tuple(r.rule for r in self.rules_on(on, known_on)),
            tuple((name, self.list(name).on(on, known_on)) for name in sorted(used)),
        )

    def without(self, names: Sequence[str]) -> Book:
        """The book with these authorities or measures set aside; what they replaced revives.

        Raises `LawError` for a name that is neither.
        """
        known = {m.authority for m in self.measures} | {m.measure for m in self.measures}
        for name in names:
            if name not in known:
                raise LawError(f'no authority or measure "{name}"; {nearest(name, known)}'.rstrip("; "))
        return replace(self, void=self.void | set(names), _kept={})

    def amended(self, amendments: Sequence[Amendment]) -> Book:
        """The book after amendments by a deal, the last one ruling. Raises `LawError` for an unknown measure."""
        changed = {m.measure: m for m in self.measures}
        for amendment in amendments:
            for name in amendment.measures:
                changed[name] = (changed[name] if name in changed else self.measure(name)).amend(amendment)
        return replace(self, measures=tuple(changed.values()), _kept={})


def book(importer: str = "USA", folder: Path | None = None) -> Book:
    """The law of an importer, as shipped or from a folder of one's own laid out like `law/usa`.

    Raises `LawError` with file, line and field for anything that cannot be read or cannot be true.
    """
    if folder is None:
        if importer not in FOLDERS:
            raise LawError(f"no measures of {importer} ship; known: {', '.join(FOLDERS)}")
        return _read(importer, Path(str(files("tradetalks.law").joinpath(FOLDERS[importer]))))
    if not folder.is_dir():
        raise LawError(f"{folder}: no such folder; give one laid out like law/usa")
    from tradetalks.law.tariff import require_listed

    found = _read(importer, folder)
    require_listed(found)
    return found


@cache
def _read(importer: str, folder: Path) -> Book:
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
    stacking, claims, authorities, lists = (
        _validated(model, _document(folder, f"{name}.yaml"))
        for name, model in (
            ("stacking", RuleFile), ("claims", ClaimFile), ("authorities", AuthorityFile), ("lists", ListFile),
        )
    )  # fmt: skip
    assert isinstance(stacking, RuleFile)
    assert isinstance(claims, ClaimFile)
    assert isinstance(authorities, AuthorityFile)
    assert isinstance(lists, ListFile)
    made = Book(importer, folder, tuple(measures), stacking.rules, claims.claims, authorities.authorities, lists.lists)
    for (document, place), messages in zip(places, _faults(made), strict=True):
        if messages:
            raise LawError(told.listed([((*place, *inner), text) for inner, text in messages], document))
    return made


_OTHER = {"stacking", "claims", "authorities", "lists", "preferences"}


def _document(folder: Path, name: str) -> Document:
    return yaml_file.read(folder / name, _shown(folder, name), LawError)


def _shown(folder: Path, name: str) -> str:
    """How to call a file in messages: from `law/` on where it ships, by its path where it is one's own."""
    return f"law/{folder.name}/{name}" if folder.parent == Path(str(files("tradetalks.law"))) else str(folder / name)


def _validated(model: type[File], document: Document) -> File:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise LawError(told.explained(error, document)) from None


@cache
def _list(folder: Path, head: ListHead) -> ProductList:
    path = folder / "lists" / f"{head.list}.csv"
    shown = _shown(folder, f"lists/{path.name}")
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LawError(f"{shown}: cannot be read: {error}") from error
    return ProductList(head, read_entries(text, shown, head))


# ---- what records may say and still not mean ------------------------------------------------------------------------


def _faults(found: Book) -> Iterator[list[told.Fault]]:
    """For each measure, what is wrong with it beside the others."""
    names = Counter(m.measure for m in found.measures)
    families = {m.programme for m in found.measures}
    claims = {claim.claim for claim in found.claims}
    authorities = {a.authority for a in found.authorities}
    lists = {head.list for head in found.heads}
    for place, measure in enumerate(found.measures):
        faults: list[told.Fault] = []
        if names[measure.measure] > 1:
            faults.append((("measure",), f'"{measure.measure}" names {names[measure.measure]} measures'))
        for key, given, known in (
            ("replaces", measure.replaces, names), ("exempts", measure.exempts, families),
            ("only", measure.only, claims), ("unless", measure.unless, claims),
            ("authority", (measure.authority,), authorities),
        ):  # fmt: skip
            for name in given:
                if name not in known:
                    faults.append(((key,), f'"{name}" is not known; {nearest(name, known)}'.rstrip("; ")))
        for key, given in (("products", measure.products), ("outside", measure.outside)):
            for name in given:
                if name != "all" and name not in lists and not (name.isdigit() and 2 <= len(name) <= 10):
                    hint = nearest(name, lists)
                    faults.append(((key,), f'"{name}" is no list and no code of 2 to 10 digits; {hint}'.rstrip("; ")))
        for name in measure.named:
            try:
                members(name.removeprefix("!"))
            except LawError as error:
                faults.append((("rates" if measure.rates else "partners",), str(error)))
        if not faults:
            faults += _overlaps(measure, found.measures[:place])
        yield faults


def _overlaps(measure: Measure, earlier: Sequence[Measure]) -> Iterator[told.Fault]:
    """Versions of one programme that would both bear on the same goods of the same partner on the same day."""
    for other in earlier:
        if (
            measure.programme == other.programme
            and measure.known.until is None
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
