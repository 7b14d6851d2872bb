"""Intervals widen with what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.estimate.interval import quantile, weights
from orchard.estimate.video import batch, calibration, estimate
from orchard.estimate.video.interval import ENOUGH, STRANGER, Spread, width

ROW = {
    "id": "a", "model": "Wan2.1-14B", "chip": "H100", "n": "1", "resolution": "832x480", "frames": "81", "steps": "50",
}  # fmt: skip


def factor(**cells: str) -> float:
    made = estimate(batch([ROW | cells]))
    assert made.high[0] / made.seconds[0] == pytest.approx(made.seconds[0] / made.low[0])
    return float(np.log(made.high[0] / made.seconds[0]))


def test_what_was_not_measured_is_less_certain() -> None:
    widths = calibration().spread.widths
    assert factor() == pytest.approx(widths["row"])
    assert factor(model="CogVideoX-5B") == pytest.approx(widths["architecture"])
    assert factor(chip="H200") == pytest.approx(widths["chip"])
    assert factor(model="CogVideoX-5B", chip="H200") > max(widths["architecture"], widths["chip"])
    assert factor(chip="MI300X") == pytest.approx(STRANGER * widths["chip"])


def test_one_measured_clip_is_not_enough() -> None:
    """The only clip of LTX-Video is an outlier, and the only one on a B200 may be."""
    assert factor(model="Mochi-1", steps="64") == pytest.approx(factor(model="CogVideoX-5B"))
    assert factor(chip="B200") == pytest.approx(factor(chip="H200"))
    assert ENOUGH > 1


def test_beyond_the_range_intervals_widen_with_every_doubling() -> None:
    near, far, farther = (factor(steps=steps, guided="yes") for steps in ("20", "10", "5"))
    assert near < far < farther
    assert farther - far == pytest.approx(far - near)


def test_the_quantile_holds_four_fifths_of_groups() -> None:
    residual = np.array([0.5, *[0.1] * 100])
    assert quantile(residual, ["lonely", *["many"] * 100]) == 0.1
    assert quantile(residual[:3], ["a", "b", "c"]) == 0.5
    assert weights(["a", "a", "b"])[2] > weights(["a", "a", "b"])[0]


def test_no_row_no_width() -> None:
    assert width(Spread({"row": 0.1}), [], []).shape == (0,)
