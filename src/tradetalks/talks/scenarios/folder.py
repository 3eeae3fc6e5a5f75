"""The folder of a scenario: read without leaving it, written whole or not at all.

A folder is replaced only where every file in it was written here; `_info` lists them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tradetalks.errors import OutputError, SourceError
from tradetalks.talks.scenarios.plain import Plain, from_json, from_yaml

LARGEST = 32_000_000
"""Bytes in one file; a table of 20,000 offers takes about 2,000,000."""

FORMAT = "tradetalks scenario 1"
"""The mark of a folder written here, under `format` in its `_info`."""

_INFOS = ("_info.yaml", "_info.yml", "_info.json")


class Folder:
    """A folder to read from; nothing outside it is opened. Raises `SourceError` for what cannot be read."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise SourceError(f"{self.path}: no such folder; name the folder that holds the scenario's files")
        self._home = self.path.resolve()

    def shown(self, name: str) -> str:
        """A file as messages name it."""
        return str(self.path / name)

    def files(self, *suffixes: str) -> list[str]:
        """The files that end so, sorted, without those that start with a dot or an underscore."""
        names = sorted(entry.name for entry in self.path.iterdir() if entry.suffix.lower() in suffixes)
        return [name for name in names if name[0] not in "._"]

    def data(self, name: str) -> bytes:
        """What a file holds; `name` must be a plain file name, and the file must lie in the folder."""
        path = self.path / name
        if name in ("", ".", "..") or Path(name).name != name or "\\" in name or "\0" in name:
            raise SourceError(f"{self.path}: file {name!r:.60} leads out of the folder; put the file into it")
        try:
            real = path.resolve(strict=True)
            if real.parent != self._home:
                raise SourceError(f"{path}: a link that leads out of the folder; put the file itself into it")
            if not real.is_file():
                raise SourceError(f"{path}: not a file")
            with real.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as found:
            raise SourceError(f"{path}: cannot be read: {(found.strerror or str(found)).lower()}") from found
        if len(data) > LARGEST:
            raise SourceError(f"{path}: larger than {LARGEST / 1e6:.0f} MB; write additive payoffs instead of a table")
        return data

    def plain(self, name: str) -> Plain:
        """The plain data of a YAML or JSON file."""
        try:
            text = self.data(name).decode("utf-8-sig")
        except UnicodeDecodeError as found:
            raise SourceError(f"{self.shown(name)}: not UTF-8 text; save the file as UTF-8") from found
        return (from_json if name.lower().endswith(".json") else from_yaml)(text, self.shown(name))

    def info(self) -> tuple[str, Plain] | None:
        """The name and the data of `_info` where it was written here; None where there is none or it is another's."""
        for name in _INFOS:
            if (self.path / name).exists():
                found = self.plain(name)
                return (name, found) if isinstance(found, dict) and found.get("format") == FORMAT else None
        return None


def put(folder: Path | str, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Makes `folder` hold exactly `files`, in one step, and returns their paths.

    Raises `OutputError` where the folder holds anything that was not written here, and when writing fails; what was
    there before is then untouched.
    """
    target = Path(folder).resolve()
    _may_replace(target)
    staged = old = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        staged.chmod(0o755)
        for name, data in files.items():
            _write(staged / name, data)
        if target.exists():
            old = staged.with_name(f"{staged.name}.old")
            os.replace(target, old)
        try:
            os.replace(staged, target)
        except OSError:
            if old:
                os.replace(old, target)
            raise
    except OSError as found:
        raise OutputError(
            f"{folder}: cannot write the scenario there: {found.strerror or found}. What was there is untouched; make "
            "room or permit writing, or name another folder."
        ) from found
    finally:
        for left in (staged, old):
            if left and left.exists():
                shutil.rmtree(left, ignore_errors=True)
    return tuple(Path(folder) / name for name in files)


def _may_replace(target: Path) -> None:
    """Passes for a folder that is absent, empty, or holds nothing but a scenario written here."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target}: is a file; name a folder")
    there = {entry.name for entry in target.iterdir()}
    if not there:
        return
    try:
        found = Folder(target).info()
    except SourceError:
        found = None
    files = found[1].get("files") if found else None
    if not found or not isinstance(files, list):
        raise OutputError(f"{target}: holds files that are no scenario written by tradetalks; name another folder")
    if others := sorted(there - {found[0], *map(str, files)}):
        raise OutputError(
            f"{target}: holds {others[0]} beside the scenario, which would be lost; move it or name another folder"
        )


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)
