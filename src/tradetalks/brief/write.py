"""Writing a brief: three files, all rendered before the first is written, each put in place in one step."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from errno import EISDIR
from pathlib import Path

from tradetalks.brief.contract import Contents
from tradetalks.errors import OutputError


def write(contents: Contents, out: Path) -> list[Path]:
    """Write `brief.json`, `brief.html` and `brief.pdf` of `contents` into the folder `out`, made if absent.

    Returns the three paths. The same contents give the same bytes. Raises OutputError when a file cannot be written;
    whatever an earlier run left under these names is then still there, whole.
    """
    made = render(contents)
    out = Path(out)
    staged: list[tuple[Path, Path]] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            staged.append((_stage(data, out / name), out / name))
        if folder := next((path for _, path in staged if path.is_dir()), None):
            raise IsADirectoryError(EISDIR, f"{folder.name} is a folder")
        for temporary, path in staged:
            os.replace(temporary, path)
    except OSError as error:
        raise OutputError(
            f"{out}: cannot write the brief there: {error.strerror or error}. Earlier files are untouched; "
            "make room or permit writing, or name another folder with --out."
        ) from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    return [path for _, path in staged]


def write_picture(path: Path, draw: Callable[[], str]) -> None:
    """Writes what `draw` returns, an SVG. Raises `OutputError` for a file that does not end in .svg."""
    if path.suffix != ".svg":
        raise OutputError(f"{path}: the picture is an SVG; give a file that ends in .svg")
    write_file(path, draw().encode())


def write_file(path: Path, data: bytes) -> None:
    """Put one file in place in one step. Raises OutputError; what was there before is then untouched."""
    try:
        temporary = _stage(data, path)
        try:
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def render(contents: Contents) -> dict[str, bytes]:
    """The files of a brief by name."""
    from tradetalks.brief.figures import figures
    from tradetalks.brief.page import html
    from tradetalks.brief.print import pdf
    from tradetalks.brief.view import view

    seen, drawn = view(contents), figures(contents)
    text = json.dumps(contents, ensure_ascii=False, indent=1, allow_nan=False)
    return {"brief.json": f"{text}\n".encode(), "brief.html": html(seen, drawn).encode(), "brief.pdf": pdf(seen, drawn)}


def _stage(data: bytes, path: Path) -> Path:
    """`data` in a temporary file beside `path`, safely on disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
