"""Which measured rows are clips, and why the others are none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from orchard.catalogue.measured import measured as shipped_rows
from orchard.errors import OrchardError
from orchard.estimate.video.measurements import measured, read

ROW = next(row for row in shipped_rows("video") if row["id"] == "v32")


def test_every_shipped_row_is_a_clip_or_has_a_reason() -> None:
    clips = measured()
    assert {*clips.ids, *clips.left_out} == {row["id"] for row in shipped_rows("video")}
    assert all(clips.left_out.values())
    trained = {row["id"] for row in shipped_rows("video") if "TRAIN" in row["model"]}
    assert set(clips.left_out) - trained == {"v43", "v48"}


def test_no_clip_beats_the_peak_of_its_chips() -> None:
    assert measured().peak_share.max() < 1


@pytest.mark.parametrize(
    ("seconds", "why"),
    [("", "no seconds"), ("soon", "seconds 'soon'"), ("-1", "seconds '-1'"), ("0.01", "times the peak")],
)
def test_times_that_are_none(seconds: str, why: str) -> None:
    clips = measured([ROW, ROW | {"id": "b", "seconds": seconds}])
    assert clips.ids == ["v32"]
    assert why in clips.left_out["b"]


def table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_file_is_read_as_its_rows_are(tmp_path: Path) -> None:
    path = table(tmp_path / "clips.csv", shipped_rows("video"))
    with path.open("a") as file:
        file.write("short,row\n")
    clips = read(path)
    assert clips.ids == measured().ids
    assert clips.left_out == measured().left_out | {"short": clips.left_out["short"]}
    assert "2 cells under 11 columns" in clips.left_out["short"]


def test_a_file_without_a_clip_is_told_with_the_reason(tmp_path: Path) -> None:
    path = table(tmp_path / "clips.csv", [row for row in shipped_rows("video") if row["id"] == "v48"])
    with pytest.raises(OrchardError, match="v48: model minimax-h3: architecture not published") as raised:
        read(path)
    assert [finding.code for finding in raised.value.findings] == ["O840"]


def test_rows_are_cut_together() -> None:
    clips = measured()
    some = clips.rows(np.array(clips.chips) == "b200")
    assert some.pairs == ["wan2.1-14b on b200"]
    assert some.architectures == ["40x5120"]
    assert np.asarray(some.work.tokens).tolist() == [32760.0]
