"""Swings of a job: against the wave itself, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.power import activity, smoothing
from orchard.estimate.power.activity import Job, levels
from orchard.estimate.power.swing import Wave, band_hz, harmonics, interval, mean_square_w2, step_wave, swing

JOBS = st.builds(
    Job,
    st.floats(8, 1e6),
    st.floats(300, 4000),
    st.floats(0.2, 60),
    st.floats(0, 0.9),
    st.floats(600, 7200),
    st.floats(0, 300),
)
WAVES = st.builds(
    lambda low, add, period, duty, edge: Wave(low + add, low, period, duty, edge * period * min(duty, 1 - duty)),
    st.floats(1, 100), st.floats(0.1, 100), st.floats(0.1, 60), st.floats(0.05, 0.95), st.floats(0.01, 1.0),
)  # fmt: skip


def test_harmonics_are_those_of_the_wave() -> None:
    wave = Wave(10.0, 4.0, 2.0, 0.7, 0.1)
    times = (np.arange(20_000) + 0.5) / 20_000 * wave.period_s
    edges = [
        -wave.edge_s / 2,
        wave.edge_s / 2,
        0.7 * 2 - wave.edge_s / 2,
        0.7 * 2 + wave.edge_s / 2,
        2 - wave.edge_s / 2,
        2 + wave.edge_s / 2,
    ]
    power = np.interp(times, edges, [4.0, 10.0, 10.0, 4.0, 4.0, 10.0])
    found = 2 * np.abs(np.fft.rfft(power)) / len(times)
    hz, watts = harmonics(wave, 20.0)
    assert hz[:3].tolist() == [0.5, 1.0, 1.5]
    assert watts == pytest.approx(found[1 : len(watts) + 1], abs=2e-6 * wave.swing_w + 1e-6)
    assert power.mean() == pytest.approx(wave.mean_w, rel=1e-6)
    assert power.var() == pytest.approx(mean_square_w2(wave), rel=1e-4)


@given(WAVES)
def test_harmonics_hold_the_energy_of_the_wave(wave: Wave) -> None:
    _, watts = harmonics(wave, 400 / wave.period_s)
    assert (watts**2).sum() / 2 <= mean_square_w2(wave) * (1 + 1e-9)
    assert (watts**2).sum() / 2 >= mean_square_w2(wave) * 0.95


@given(JOBS, st.floats(0.1, 10))
def test_swings_grow_with_the_chips(job: Job, factor: float) -> None:
    one, more = swing(job), swing(job._replace(chips=job.chips * factor))
    for name in ("range_w", "start_w", "ramp_w_per_s", "band_w", "largest_w"):
        assert getattr(more, name) == pytest.approx(factor * getattr(one, name), rel=1e-9, abs=1e-9)
    assert more.band_share == pytest.approx(one.band_share, abs=1e-9)
    assert all(np.isfinite(value) for value in one)
    assert 0 <= one.band_share <= 1 + 1e-9
    low, high = band_hz()
    assert one.largest_hz == 0 or low * 0.999 <= one.largest_hz <= high * 1.001


@given(JOBS)
def test_levels_are_in_order_and_below_the_rating(job: Job) -> None:
    made = levels(job)
    assert made.idle_w < made.checkpoint_w <= made.communication_w < made.compute_w < job.rated_w
    assert made.checkpoint_w <= made.mean_w * (1 + 1e-12)
    assert made.mean_w <= made.compute_w * (1 + 1e-12)


@given(JOBS)
def test_the_interval_holds_the_value_and_grows_with_the_chips(job: Job) -> None:
    (low, high), middle = interval(job), swing(job)
    for name in ("range_w", "start_w", "ramp_w_per_s", "band_w"):
        assert getattr(low, name) <= getattr(middle, name) <= getattr(high, name)
    twice = interval(job._replace(chips=2 * job.chips))
    assert twice[1].range_w == pytest.approx(2 * high.range_w, rel=1e-9)
    assert twice[0].start_w == pytest.approx(2 * low.start_w, rel=1e-9)


def test_no_waiting_makes_no_swing() -> None:
    made = swing(Job(1e5, 2000.0, 4.0, communication_share=0.0))
    assert made.band_w == pytest.approx(0.0, abs=1e-3)


@given(WAVES, st.floats(0, 1.2))
def test_a_floor_narrows_the_swing_and_is_paid_in_energy(wave: Wave, share: float) -> None:
    made = smoothing.floor(wave, share)
    assert made.wave.swing_w <= wave.swing_w
    assert made.wave.mean_w == pytest.approx(wave.mean_w + made.cost_w, rel=1e-9)
    assert made.cost_w >= 0
    assert made.wave.high_w == wave.high_w


@given(WAVES, st.floats(0, 1e4), st.floats(0, 1e3), st.floats(0.05, 1))
def test_storage_keeps_the_mean_but_for_its_losses(
    wave: Wave, energy: float, power: float, cut: float
) -> None:
    made = smoothing.storage(wave, energy, power, cut)
    assert made.wave.mean_w == pytest.approx(wave.mean_w + made.cost_w, rel=1e-9)
    assert made.stored_j <= energy * (1 + 1e-9)
    assert 0 <= made.wave.swing_w <= wave.swing_w * (1 + 1e-9)
    assert made.wave.high_w - made.cost_w >= wave.high_w * (1 - cut) - 1e-9 * wave.high_w


@given(WAVES, st.floats(0, 1e3), st.floats(0, 1e3))
def test_more_storage_never_swings_more(wave: Wave, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert (
        smoothing.storage(wave, more, 1e4).wave.swing_w
        <= smoothing.storage(wave, less, 1e4).wave.swing_w + 1e-9
    )


def test_shares_of_a_step_give_back_the_mean() -> None:
    job = Job(1.0, 1.0, 5.0, float(activity.communication_share(0.76)))
    assert levels(job).mean_w == pytest.approx(0.76)
    assert step_wave(job).mean_w == pytest.approx(0.76)
