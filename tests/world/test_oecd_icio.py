"""The OECD's own file, in miniature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tradetalks.errors import SourceError
from tradetalks.world import World, check
from tradetalks.world.build import build_from_oecd
from tradetalks.world.sources import oecd_icio

USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


def write(
    path: Path,
    industries: list[str],
    buyers: list[str],
    *,
    uses: tuple[str, ...] = USES,
    closing: tuple[str, str, str, str] = ("TLS", "VA", "OUT", "OUT"),
    first: str = "V1",
    stocks: float = 0.0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """A balanced table in the OECD's layout with made-up numbers; returns its blocks."""
    random = np.random.default_rng(seed)
    inter = random.uniform(1, 5, (len(industries), len(industries))).round(3)
    final = random.uniform(3, 9, (len(industries), len(buyers) * len(uses))).round(3)
    silent = [k for k, label in enumerate(industries) if label.startswith(("CHN_", "MEX_"))]
    inter[silent], inter[:, silent], final[silent] = 0, 0, 0
    final[0, : len(uses)] += np.where(np.array(uses) == "INVNT", stocks, 0)
    output = inter.sum(1) + final.sum(1)
    taxes = 0.01 * output
    value_added = output - inter.sum(0) - taxes
    columns = [*industries, *(f"{buyer}_{use}" for buyer in buyers for use in uses), closing[3]]

    def row(label: str, numbers: list[float]) -> str:
        return ",".join([label, *("" if number == 0 else f"{number:.3f}" for number in numbers)])

    blank = [0.0] * final.shape[1]
    lines = [",".join([first, *columns])]
    lines += [row(label, [*inter[k], *final[k], output[k]]) for k, label in enumerate(industries)]
    lines += [row(closing[0], [*taxes, *blank, 0]), row(closing[1], [*value_added, *blank, 0])]
    lines += [row(closing[2], [*output, *blank, 0])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"inter": inter, "final": final, "output": output}


SMALL = [f"{economy}_{industry}" for economy in ("AAA", "ROW") for industry in ("C29", "C17_18")]


def test_a_regular_table_is_read_by_its_labels(tmp_path):
    made = write(tmp_path / "2022_SML.csv", SMALL, ["AAA", "ROW"])
    table = oecd_icio.load(tmp_path / "2022_SML.csv")
    assert (table.economies, table.industries, table.year) == (("AAA", "ROW"), ("C29", "C17_18"), 2022)
    np.testing.assert_allclose(table.inter.reshape(4, 4), made["inter"])
    np.testing.assert_allclose(table.final[1, 0, 0], made["final"][2, :6].sum())
    assert table.residual < 0.01


def test_the_order_of_columns_does_not_matter(tmp_path):
    write(tmp_path / "a.csv", SMALL, ["AAA", "ROW"])
    lines = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()]
    turned = [0, *range(len(lines[0]) - 1, 0, -1)]
    (tmp_path / "b.csv").write_text("\n".join(",".join(line[k] for k in turned) for line in lines))
    a, b = oecd_icio.load(tmp_path / "a.csv"), oecd_icio.load(tmp_path / "b.csv")
    np.testing.assert_array_equal(a.inter, b.inter)
    np.testing.assert_allclose(a.final, b.final, rtol=1e-14)


def test_older_editions_name_their_totals_otherwise(tmp_path):
    write(
        tmp_path / "ICIO2021_2018.csv", SMALL, ["AAA", "ROW"], first="",
        uses=("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "P33"), closing=("AAA_TAXSUB", "VALU", "OUTPUT", "TOTAL"),
    )  # fmt: skip
    assert oecd_icio.load(tmp_path / "ICIO2021_2018.csv").year == 2018


def test_the_extended_table_adds_up_china(tmp_path):
    industries = [f"{e}_{i}" for e in ("CHN", "CN1", "CN2", "ROW") for i in ("C29", "C17_18")]
    made = write(tmp_path / "2022.csv", industries, ["CHN", "ROW"])
    table = oecd_icio.load(tmp_path / "2022.csv")
    assert table.economies == ("CHN", "ROW")
    np.testing.assert_allclose(table.output[0], made["output"][2:4] + made["output"][4:6])
    cars = made["inter"][np.ix_([2, 4], [2, 4])].sum()
    assert table.inter[0, 0, 0, 0] == pytest.approx(cars)
    assert check(build_from_oecd(tmp_path / "2022.csv").world) == ()


def test_a_world_from_the_table_has_its_flows_and_inputs(tmp_path):
    made = write(tmp_path / "2022_SML.csv", SMALL, ["AAA", "ROW"])
    built = build_from_oecd(tmp_path / "2022_SML.csv")
    world = built.world
    assert built.ok and check(world) == ()
    assert world.sectors == ("C17_18", "C29"), "in the order of the 23 sectors"
    cars, row, aaa = 1, 1, 0
    assert world.flows[cars, row, aaa] == pytest.approx(
        made["inter"][0, 2:].sum() + made["final"][0, 6:].sum(), rel=1e-6
    )
    used = made["inter"][[0, 2], 0].sum() / made["output"][0]
    assert world.io_shares[aaa, cars, cars] == pytest.approx(used, rel=1e-6)
    assert not world.tariffs.any() and (world.elasticities == 4).all()


def test_industries_can_be_kept_or_merged(tmp_path):
    industries = [f"{e}_{i}" for e in ("AAA", "ROW") for i in ("C301", "C302T309", "H49", "J62_63")]
    write(tmp_path / "t.csv", industries, ["AAA", "ROW"])
    assert build_from_oecd(tmp_path / "t.csv").world.sectors == ("C30", "D_T")
    kept = build_from_oecd(tmp_path / "t.csv", merge=False).world
    assert kept.sectors == ("C301", "C302T309", "H49", "J62_63")


def test_another_world_lends_tariffs_and_elasticities(tmp_path):
    industries = [f"{e}_{i}" for e in ("JPN", "USA", "XYZ") for i in ("C29", "G")]
    write(tmp_path / "t.csv", industries, ["JPN", "USA", "XYZ"])
    lender = World.load("icio2022")
    world = build_from_oecd(tmp_path / "t.csv", like=lender).world
    cars = lender.sectors.index("C29")
    assert world.tariffs[0, 1, 0] == lender.tariffs[cars, lender.economy("USA"), lender.economy("JPN")] > 0
    assert not world.tariffs[:, 2].any()
    assert world.elasticities[0] == lender.elasticities[cars]
    assert set(world.elasticity_sets) == set(lender.elasticity_sets)


def test_falling_stocks_become_output(tmp_path):
    made = write(tmp_path / "t.csv", SMALL, ["AAA", "ROW"], stocks=-60.0)
    fallen = -made["final"][0, :6].sum()
    assert fallen > 0
    world = build_from_oecd(tmp_path / "t.csv").world
    assert world.output.sum() == pytest.approx(made["output"].sum() + fallen, rel=1e-6)
    assert check(world) == ()
    assert f"{fallen:,.1f}" in world.notes["stocks"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("VA,", "VX,"), "no row VA or VALU"),
        (lambda text: text.replace(",OUT\n", ",ALL\n"), "column ALL"),
        (lambda text: text.replace("AAA_HFCE", "AAA_HOUSE"), "column AAA_HOUSE is no industry"),
        (lambda text: text.replace("AAA_C29", "AAA_C28", 1), "AAA_C28"),
        (lambda text: text.replace("\nROW_C29,", "\nROW_C29,9"), "add up to"),
        (lambda text: text.replace("\nROW_C29,", "\nROW_C29,x"), "no number"),
        (lambda text: text.replace("\nROW_C29,", "\nAAA_C29,"), "AAA_C29 stands twice"),
        (lambda text: text.replace("AAA_HFCE", "AAA_C29"), "header"),
        (lambda text: "", "header"),
    ],
)
def test_a_file_in_another_layout_is_refused_with_what_was_found(change, said, tmp_path):
    path = tmp_path / "2022_SML.csv"
    write(path, SMALL, ["AAA", "ROW"])
    path.write_text(change(path.read_text()))
    with pytest.raises(SourceError, match=said) as caught:
        oecd_icio.load(path)
    assert "2022_SML.csv" in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match="no such file; expected an OECD ICIO table"):
        build_from_oecd(tmp_path / "2022.csv")


def test_an_unknown_industry_is_refused_when_merging(tmp_path):
    write(tmp_path / "t.csv", [f"{e}_{i}" for e in ("AAA", "ROW") for i in ("C29", "Z9")], ["AAA", "ROW"])
    with pytest.raises(SourceError, match='no sector for the industry "Z9"'):
        build_from_oecd(tmp_path / "t.csv")
