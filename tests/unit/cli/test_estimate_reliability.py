"""``orchard estimate reliability``: a table in, a table out, whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from .command import Run

HEADER = (
    "id,n_gpus,gpus_per_node,days,failures_per_1000_node_days,checkpoint_block_s,checkpoint_save_s,"
    "checkpoint_interval_s,load_s,detect_s,restart_s,spare_share,fault_tolerance"
)
GIVEN = "given,16384,8,54,3.79,5,60,,120,60,200,0.03,none"
BLANK = "blank,100000,8,30,,,,,,,,,replica"
WRONG = "wrong,many,8,-1,,,,,,,,,"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_answered_in_order(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    ended = run(
        "estimate", "reliability", str(write(tmp_path / "in.csv", GIVEN, BLANK, WRONG)), "--out", str(out)
    )
    assert ended.status == 0, ended.err
    rows = read(out)
    assert [row["id"] for row in rows] == ["given", "blank", "wrong"]
    assert ",".join(rows[0]) == (
        "id,interruptions_p10,interruptions_p50,interruptions_p90,mtti_h,ettr_p10,ettr_p50,ettr_p90,note"
    )
    assert [rows[0][f"interruptions_p{q}"] for q in (10, 50, 90)] == ["342", "419", "512"]
    assert float(rows[0]["mtti_h"]) == pytest.approx(24e3 / 2048 / 3.79, rel=1e-5)
    for row in rows[:2]:
        for name in ("interruptions", "ettr"):
            low, middle, high = (float(row[f"{name}_p{q}"]) for q in (10, 50, 90))
            assert 0 < low < middle < high
    assert "rate of other clusters" in rows[1]["note"]
    assert not any(rows[2][name] for name in list(rows[2])[1:-1])
    assert "n_gpus 'many'" in rows[2]["note"]
    assert "days '-1'" in rows[2]["note"]
    assert ended.out == f"wrote {out}: 3 rows, 1 left blank with the reason\n"


def test_three_columns_are_enough_and_json_says_what_was_written(run: Run, tmp_path: Path) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text("days,id,n_gpus\n54,a,16384\n", "utf-8")
    ended = run("estimate", "reliability", str(table), "--out", str(out), "--format", "json")
    assert json.loads(ended.out) == {"out": str(out), "rows": 1, "blank": 0}
    assert "gpus_per_node blank: 8" in read(out)[0]["note"]


def test_a_table_without_its_columns_is_refused_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text("id,gpus\na,8\n", "utf-8")
    ended = run("estimate", "reliability", str(table), "--out", str(out))
    assert ended.status != 0
    assert "O801" in ended.err
    assert not out.exists()
