"""``orchard estimate training``: a table in, a table out, whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchard.catalogue.measured import measured
from orchard.cli import table as table_of
from orchard.estimate.training import estimates
from orchard.estimate.training.table.rows import COLUMNS

from .command import Run

ANSWERS = ("tokens_per_s_per_gpu", "low", "high", "memory_gib", "fits", "note")


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table_rows() -> list[dict[str, str]]:
    """Measured rows, one of them spoilt."""
    rows = measured("training")[::9]
    return [*rows[:5], rows[5] | {"chip": "H1000"}, *rows[6:]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "in.csv", table_rows())


def test_every_row_is_answered_in_order(run: Run, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "out.csv"
    ended = run("estimate", "training", str(table), "--out", str(out))
    assert ended.status == 0, ended.err
    rows = read(out)
    assert [row["id"] for row in rows] == [row["id"] for row in table_rows()]
    assert tuple(rows[0]) == ("id", *ANSWERS)
    for row in rows:
        if row["fits"]:
            assert 0 < float(row["low"]) <= float(row["tokens_per_s_per_gpu"]) <= float(row["high"])
            assert float(row["memory_gib"]) > 0
            assert row["fits"] in ("true", "false")
        else:
            assert row["note"]
            assert not any(row[name] for name in ANSWERS[:-1])
    blank = sum(not row["fits"] for row in rows)
    assert blank >= 1
    assert ended.out == f"wrote {out}: {len(rows)} rows, {blank} left blank with the reason\n"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_chunks_do_not_show(run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("estimate", "training", str(table), "--out", str(tmp_path / "whole.csv"))
    monkeypatch.setattr(table_of, "CHUNK", 7)
    run("estimate", "training", str(table), "--out", str(tmp_path / "cut.csv"))
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "cut.csv").read_bytes()


def test_a_chosen_recomputation_is_said(run: Run, tmp_path: Path) -> None:
    row = measured("training")[0] | {"recompute": "unknown"}
    out = tmp_path / "out.csv"
    run("estimate", "training", str(write(tmp_path / "in.csv", [row])), "--out", str(out))
    assert "recompute unknown: " in read(out)[0]["note"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("id,model\na,b\n", ["O801", "chip", "n_gpus", "seq_len", "global_batch"]), ("", ["O801", "no columns"]), ('id,"x\n', ["O800"])],
)  # fmt: skip
def test_files_that_cannot_be_read(run: Run, tmp_path: Path, content: str, words: list[str]) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(content)
    ended = run("estimate", "training", str(path), "--out", str(out))
    assert ended.status == 2
    assert all(word in ended.err for word in words)
    assert not out.exists()


def test_a_file_that_breaks_off_leaves_the_last_result_alone(run: Run, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("of yesterday")
    with table.open("a") as file:
        file.write('"an open quote\n')
    ended = run("estimate", "training", str(table), "--out", str(out))
    assert ended.status == 2
    assert "line" in ended.err
    assert out.read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_the_result_is_never_the_input(run: Run, tmp_path: Path, table: Path) -> None:
    before = table.read_bytes()
    link = tmp_path / "link.csv"
    link.symlink_to(table)
    for out in (table, link):
        ended = run("estimate", "training", str(table), "--out", str(out))
        assert ended.status == 2
        assert "O701" in ended.err
    assert table.read_bytes() == before


@pytest.mark.parametrize(("out", "words"), [("missing/out.csv", "mkdir -p"), (".", "a folder")])
def test_places_that_cannot_be_written(run: Run, tmp_path: Path, table: Path, out: str, words: str) -> None:
    ended = run("estimate", "training", str(table), "--out", str(tmp_path / out))
    assert ended.status == 2
    assert words in ended.err


def test_interrupted_nothing_is_half_written(
    run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(estimates, "estimate", stop)
    ended = run("estimate", "training", str(table), "--out", str(tmp_path / "out.csv"))
    assert ended.status == 130
    assert "no file is half-written" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_full_disk_is_said(run: Run, table: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no such device here")
    ended = run("estimate", "training", str(table), "--out", str(full))
    assert ended.status == 2
    assert "O701" in ended.err


def test_a_calibration_that_is_none_is_said(run: Run, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "out.csv"
    ended = run("estimate", "training", str(table), "--out", str(out), "--calibration", str(table))
    assert ended.status == 2
    assert "O820" in ended.err
    assert not out.exists()


def test_help_names_the_columns(run: Run) -> None:
    shown = run("estimate", "training", "--help").out
    assert all(name in shown for name in COLUMNS)
