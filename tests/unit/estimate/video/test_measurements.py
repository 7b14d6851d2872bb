"""Which measured rows are clips, and why the others are none."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.catalogue.measured import measured as shipped_rows
from orchard.estimate.video.measurements import measured

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


def test_rows_are_cut_together() -> None:
    clips = measured()
    some = clips.rows(np.array(clips.chips) == "b200")
    assert some.pairs == ["wan2.1-14b on b200"]
    assert some.architectures == ["40x5120"]
    assert np.asarray(some.work.tokens).tolist() == [32760.0]
