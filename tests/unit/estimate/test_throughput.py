from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import throughput

SHARE = st.floats(0.01, 1.0)


@given(st.floats(1e20, 1e28), st.floats(1, 1e7), st.floats(1e12, 1e17), SHARE, SHARE)
def test_speed_times_time_is_work(work: float, chips: float, peak: float, mfu: float, goodput: float) -> None:
    speed = float(throughput.throughput_flops_per_s(chips, peak, mfu, goodput))
    time = float(throughput.training_time_s(work, chips, peak, mfu, goodput))
    assert speed * time == pytest.approx(work)


@given(st.floats(1e12, 1e17), SHARE, st.floats(1e6, 1e14))
def test_utilisation_is_the_inverse_of_speed(peak: float, mfu: float, flops: float) -> None:
    speed = throughput.tokens_per_s_per_chip(peak, mfu, flops)
    assert float(throughput.utilisation(speed, flops, peak)) == pytest.approx(mfu)


def test_no_chips_never_finish_and_no_work_needs_none() -> None:
    found = throughput.training_time_s([1e24, 0.0, 1e24], [0.0, 0.0, 100.0], 1e15, 0.4)
    assert np.array_equal(found[:2], [math.inf, 0.0])
    assert found[2] == pytest.approx(1e24 / 4e16)
