"""Store: worlds on disk, one Parquet file each, and the worlds that ship with the package.

A file holds one row: codes and notes as text, every array as a list in the order of its axes. Arrays go in single
precision where that loses nothing, and what follows from the others is left out, so that a loaded world is the saved
one to the bit.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradetalks.errors import OutputError, WorldError, nearest
from tradetalks.world.accounts import ElasticitySet, World
from tradetalks.world.example import two_by_two

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LAYOUT = "tradetalks world 1"
ARRAYS = ("flows", "tariffs", "io_shares", "value_added_shares", "elasticities", "final_shares")
IMPLIED: dict[str, Any] = {"final_shares": None}
"""Final shares as the flows leave them."""

MADE = {"two_by_two": two_by_two}
"""Worlds written in code."""


def available() -> tuple[str, ...]:
    """Names of the worlds that ship with the package.

    >>> "icio2022" in available()
    True
    """
    built = files("tradetalks.world").joinpath("built")
    shipped = sorted(
        entry.name.removesuffix(".parquet") for entry in built.iterdir() if entry.name.endswith(".parquet")
    )
    return (*shipped, *MADE)


def load(name: str | os.PathLike[str]) -> World:
    """A world by the name it ships under, or from a file that `save` wrote.

    Raises `WorldError` for an unknown name (with the nearest known), a missing or damaged file, and accounts that
    do not hold together.

    >>> load("two_by_two").economies
    ('JPN', 'USA')
    """
    text = os.fspath(name)
    if text in MADE:
        return MADE[text]()
    if text.endswith(".parquet") or Path(text).is_file():
        return _read(Path(text))
    if text in available():
        with as_file(files("tradetalks.world").joinpath("built", f"{text}.parquet")) as path:
            return _read(path)
    known = available()
    hint = nearest(text, known)
    raise WorldError(
        f'no world "{text}"; {hint + " " if hint else ""}known: {", ".join(known)}, or the path of a .parquet file '
        "made by `tradetalks world build`"
    )


def rounded(world: World) -> World:
    """The same world in single precision, so that its file is small: every number moves by less than 1e-7 of itself.

    Value-added shares become one less the inputs, final shares what the flows leave. Build, round, then use and save
    the rounded world: what is used and what is shipped are then the same. Raises `WorldError` where the flows leave
    negative final demand.
    """
    changes: dict[str, Any] = {
        name: getattr(world, name).astype(np.float32).astype(np.float64) for name in ("flows", "tariffs", "io_shares")
    }
    return replace(world, **changes, value_added_shares=1 - changes["io_shares"].sum(1), **IMPLIED)


def save(world: World, path: str | os.PathLike[str]) -> Path:
    """Writes a world to one Parquet file; a file already there is replaced whole or not at all.

    Loses nothing: the loaded world has the same fingerprint. Raises `OutputError` when the file cannot be written.
    """
    import polars as pl

    target = Path(path)
    columns: dict[str, Any] = {
        "layout": LAYOUT,
        "name": world.name,
        "year": world.year,
        "economies": list(world.economies),
        "sectors": list(world.sectors),
        "elasticity_source": world.elasticity_source,
        "elasticity_sets": json.dumps(
            {name: [list(map(float, values)), source] for name, (values, source) in world.elasticity_sets.items()},
            ensure_ascii=False,
        ),
        "notes": json.dumps(dict(world.notes), ensure_ascii=False),
    }
    series = [pl.Series(name, [value]) for name, value in columns.items()]
    series += [_list_series(name, None if _follows(world, name) else getattr(world, name)) for name in ARRAYS]
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, written = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        os.close(descriptor)
        temporary = Path(written)
        pl.DataFrame(series).write_parquet(temporary, compression="zstd", compression_level=19, statistics=False)
        temporary.chmod(0o644)
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise OutputError(f"{target}: the world could not be written ({error.strerror or error})") from error
    return target


def _list_series(name: str, array: Floats | None) -> Any:
    import polars as pl

    if array is None:
        return pl.Series(name, [None], dtype=pl.List(pl.Float32))
    flat = array.ravel()
    single = flat.astype(np.float32)
    exact = bool((single.astype(np.float64) == flat).all())
    return pl.Series(name, single if exact else flat).implode()


def _follows(world: World, name: str) -> bool:
    """Whether an array is to the bit what a world without it would have."""
    if name == "value_added_shares":
        return bool((world.value_added_shares == 1 - world.io_shares.sum(1)).all())
    if name == "final_shares":
        try:
            implied = replace(world, **IMPLIED).final_shares
        except WorldError:
            return False
        return bool((world.final_shares == implied).all())
    return False


def _read(path: Path) -> World:
    import polars as pl

    if not path.is_file():
        raise WorldError(f"{path.as_posix()}: no such file; known worlds: {', '.join(available())}")
    try:
        row = pl.read_parquet(path)
        if row.height != 1 or "layout" not in row.columns or row["layout"][0] != LAYOUT:
            raise WorldError(f"{path.as_posix()}: a Parquet file, but not a world made by `tradetalks world build`")
        economies, sectors = tuple(row["economies"][0]), tuple(row["sectors"][0])
        n, j = len(economies), len(sectors)
        shapes = {
            "flows": (j, n, n), "tariffs": (j, n, n), "io_shares": (n, j, j), "value_added_shares": (n, j),
            "elasticities": (j,), "final_shares": (n, j),
        }  # fmt: skip
        arrays: dict[str, Any] = {}
        for name, shape in shapes.items():
            listed = row[name][0]
            arrays[name] = None if listed is None else listed.to_numpy().astype(np.float64).reshape(shape)
        if arrays["value_added_shares"] is None:
            arrays["value_added_shares"] = 1 - arrays["io_shares"].sum(1)
        sets = json.loads(row["elasticity_sets"][0])
        return World(
            economies,
            sectors,
            **arrays,
            name=row["name"][0],
            year=row["year"][0],
            elasticity_source=row["elasticity_source"][0],
            elasticity_sets={key: ElasticitySet(np.array(values), source) for key, (values, source) in sets.items()},
            notes=json.loads(row["notes"][0]),
        )
    except WorldError:
        raise
    except (pl.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorldError(
            f"{path.as_posix()}: damaged, or not a world file ({type(error).__name__}: {error})"
        ) from error
