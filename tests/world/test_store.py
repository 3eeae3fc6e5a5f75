"""Worlds on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tradetalks.errors import OutputError, WorldError
from tradetalks.world import World, check
from tradetalks.world.example import two_by_two
from tradetalks.world.store import available, load, rounded, save


def same(a: World, b: World) -> None:
    assert a.fingerprint == b.fingerprint
    for attribute in ("name", "year", "economies", "sectors", "elasticity_source", "notes"):
        assert getattr(a, attribute) == getattr(b, attribute)
    assert a.elasticity_sets.keys() == b.elasticity_sets.keys()
    for name, (values, source) in a.elasticity_sets.items():
        assert source == b.elasticity_sets[name].source
        np.testing.assert_array_equal(values, b.elasticity_sets[name].values)


def test_the_small_world_is_balanced_and_has_balanced_trade():
    world = load("two_by_two")
    assert check(world) == ()
    assert not world.deficits.any()


@pytest.mark.parametrize("name", [name for name in available() if name != "two_by_two"])
def test_a_saved_world_comes_back_to_the_bit(name, tmp_path):
    world = load(name)
    same(world, load(save(world, tmp_path / "copy.parquet")))


def test_arrays_that_single_precision_would_change_are_kept_whole(tmp_path):
    world = World(
        ("AAA", "BBB"), ("goods",), [[[1 / 3, 0.1], [0.1, 1 / 7]]], [[[0, 0.1], [0, 0]]], [[[0.3]], [[0.2]]],
        [[0.7], [0.8]], [np.pi], [[1.0], [1.0]], name="thirds", notes={"why": "Σ ≠ ½"},
    )  # fmt: skip
    same(world, load(save(world, tmp_path / "thirds.parquet")))


def test_final_shares_that_the_flows_do_not_imply_are_kept(tmp_path):
    two = two_by_two()
    shares = np.array([[0.1, 0.9], [0.2, 0.8]])
    world = World(
        two.economies,
        two.sectors,
        two.flows,
        two.tariffs,
        two.io_shares,
        two.value_added_shares,
        two.elasticities,
        shares,
    )
    back = load(save(world, tmp_path / "given.parquet"))
    same(world, back)
    np.testing.assert_array_equal(back.final_shares, shares)


def test_rounding_moves_nothing_that_matters_and_only_once():
    world = rounded(two_by_two())
    assert rounded(world).fingerprint == world.fingerprint
    np.testing.assert_allclose(world.tariffs, two_by_two().tariffs, rtol=1e-7)
    assert check(world) == ()


def test_the_same_world_gives_the_same_file(tmp_path):
    one, two = (save(load("two_by_two"), tmp_path / name).read_bytes() for name in ("a.parquet", "b.parquet"))
    assert one == two


def test_an_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(WorldError, match=r'no world "icio2002"; did you mean icio2022\?.*two_by_two'):
        load("icio2022".replace("022", "002"))


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other table", "wrong length"])
def test_a_damaged_file_is_a_clear_error(damage, tmp_path):
    path = save(two_by_two(), tmp_path / "world.parquet")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "text":
        path.write_text("not a table")
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other table":
        pl.DataFrame({"a": [1, 2]}).write_parquet(path)
    else:
        frame = pl.read_parquet(path)
        frame.with_columns(flows=pl.Series([[1.0, 2.0]])).write_parquet(path)
    with pytest.raises(WorldError, match="world"):
        load(path)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(WorldError, match="no such file"):
        load(tmp_path / "none.parquet")


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    path = save(two_by_two(), tmp_path / "world.parquet")
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OutputError, match="No space left"):
        save(rounded(two_by_two()), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["world.parquet"]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        save(two_by_two(), tmp_path / "file" / "world.parquet")


def test_shipped_worlds_are_small():
    built = Path(__file__).parents[2] / "src" / "tradetalks" / "world" / "built"
    assert sum(path.stat().st_size for path in built.glob("*.parquet")) < 2_000_000
