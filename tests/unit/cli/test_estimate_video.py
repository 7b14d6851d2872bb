"""``orchard estimate video``: a table in, a table out, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchard.catalogue.measured import measured
from orchard.cli import table as table_of
from orchard.estimate import video
from orchard.estimate.video.rows import COLUMNS, REQUIRED

from .command import Run


def write(path: Path, rows: Sequence[dict[str, str]], columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "in.csv", measured("video"))


def test_every_row_is_answered_in_order(run: Run, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "out.csv"
    ended = run("estimate", "video", str(table), "--out", str(out))
    assert ended.status == 0, ended.err
    rows = read(out)
    assert [row["id"] for row in rows] == [row["id"] for row in measured("video")]
    assert tuple(rows[0]) == ("id", "seconds", "low", "high", "note")
    for row in rows:
        if row["seconds"]:
            assert 0 < float(row["low"]) < float(row["seconds"]) < float(row["high"])
        else:
            assert row["note"]
            assert not row["low"] + row["high"]
    assert ended.out == f"wrote {out}: 81 rows, 8 left blank with the reason\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_seven_columns_in_any_order_are_enough(run: Run, tmp_path: Path) -> None:
    table = write(tmp_path / "in.csv", measured("video")[:3], [*reversed(REQUIRED), "params"])
    out = tmp_path / "out.csv"
    assert run("estimate", "video", str(table), "--out", str(out)).status == 0
    for row, given in zip(read(out), measured("video")[:3], strict=True):
        assert 0.8 < float(row["seconds"]) / float(given["seconds"]) < 1.25


def test_chunks_do_not_show(run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("estimate", "video", str(table), "--out", str(tmp_path / "whole.csv"))
    monkeypatch.setattr(table_of, "CHUNK", 7)
    run("estimate", "video", str(table), "--out", str(tmp_path / "cut.csv"))
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "cut.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,model,chips\na,b\n", ["O801", "chip", "resolution", "frames", "steps", "for chip 'chips'?"]),
        ("", ["O801", "no columns"]),
        ('id,"x\n', ["O800"]),
        ("id,id,model,chip,n,resolution,frames,steps\n", ["O802"]),
    ],
)
def test_files_that_cannot_be_read(run: Run, tmp_path: Path, content: str, words: list[str]) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(content)
    ended = run("estimate", "video", str(path), "--out", str(out))
    assert ended.status == 2
    assert [word for word in words if word not in ended.err] == []
    assert not out.exists()


@pytest.mark.parametrize("tail", [b'"an open quote\n', b"\xff\xfe\n"])
def test_a_file_that_breaks_off_leaves_the_last_result_alone(
    run: Run, tmp_path: Path, table: Path, tail: bytes
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("of yesterday")
    with table.open("ab") as file:
        file.write(tail)
    ended = run("estimate", "video", str(table), "--out", str(out))
    assert ended.status == 2
    assert "O800" in ended.err
    assert out.read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_interrupted_nothing_is_half_written(
    run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(video, "estimate", stop)
    ended = run("estimate", "video", str(table), "--out", str(tmp_path / "out.csv"))
    assert ended.status == 130
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_results_have_a_place_of_their_own(run: Run, tmp_path: Path, table: Path) -> None:
    before = table.read_bytes()
    for out, words in ((table, "O701"), (tmp_path, "a folder"), (tmp_path / "no" / "out.csv", "mkdir -p")):
        ended = run("estimate", "video", str(table), "--out", str(out))
        assert ended.status == 2
        assert words in ended.err
    assert table.read_bytes() == before


def test_a_calibration_of_training_is_none_of_clips(run: Run, tmp_path: Path, table: Path) -> None:
    from orchard.estimate.training.calibration import calibration

    other = tmp_path / "training.csv"
    other.write_text(calibration().text())
    out = tmp_path / "out.csv"
    ended = run("estimate", "video", str(table), "--out", str(out), "--calibration", str(other))
    assert ended.status == 2
    assert "O820" in ended.err
    assert not out.exists()


def test_help_names_the_columns(run: Run) -> None:
    shown = run("estimate", "video", "--help").out
    assert [name for name in COLUMNS if name not in shown] == []
