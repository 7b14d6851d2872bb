"""Scores of clips that a fit has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.estimate.holdout import held_out
from orchard.estimate.score import constant_rate, score
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.holdout import unseen
from orchard.estimate.video.measurements import measured


def test_a_row_left_out_is_judged_by_the_others() -> None:
    clips = measured()
    left = held_out(clips.chips, unseen(clips))
    out = np.array(clips.chips) == "b200"
    alone = np.log(predict(fit(clips.rows(~out)).constants, clips.rows(out)) / clips.seconds[out])
    np.testing.assert_array_equal(left[out], alone)
    assert abs(left[out][0]) > abs(np.log(predict(fit(clips).constants, clips) / clips.seconds)[out][0])


def test_a_constant_rate_says_nothing_of_a_chip_with_one_model() -> None:
    clips = measured()
    rate = constant_rate(clips.peak_share, clips.chips, clips.models, new=True)
    assert np.isnan(rate[np.array(clips.chips) == "rtx-4090"]).all()
    assert np.isfinite(rate[np.array(clips.chips) == "h100"]).all()


def test_ratios_count_both_ways() -> None:
    one = score(np.log(np.array([2.0, 0.5, 1.0])), np.array([1.0, 0.1, 0.1]))
    assert one.ratio == pytest.approx(2.0)
    assert one.bias == pytest.approx(0.0)
    assert one.coverage == pytest.approx(2 / 3)
    assert np.isnan(score(np.zeros(0)).ratio)
