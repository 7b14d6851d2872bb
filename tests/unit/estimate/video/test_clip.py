"""The closed form of a clip: parts sum, better hardware and smaller clips never take longer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchard.estimate.video.clip import Run, clip_s, held_bytes, missing_bytes
from orchard.estimate.video.constants import calibration
from orchard.estimate.video.kernels import CHIPS
from orchard.estimate.video.machines import Machine, machine
from orchard.estimate.video.pipelines import pipelines
from orchard.estimate.video.work import Subject, Work, subject, work

RATES = (
    "flops_per_s", "memory_bytes_per_s", "memory_bytes", "power_w", "scaleup_bytes_per_s", "network_bytes_per_s",
    "host_bytes_per_s",
)  # fmt: skip
C = calibration().constants
# A float a hair above is no slowdown.
HAIR = 1 + 1e-9


def known(name: str) -> Subject:
    found = subject(name)
    assert isinstance(found, Subject)
    return found


def on(name: str) -> Machine:
    found = machine(name)
    assert not isinstance(found, str)
    return found[1]


def total(clip: Work, chip: Machine, run: Run) -> float:
    return float(np.asarray(clip_s(C, clip, chip, run).total))


models = st.sampled_from(sorted(pipelines()))
chips = st.sampled_from([name for name in sorted(CHIPS) if not isinstance(machine(name), str)])
sizes = st.integers(64, 1500)
frames = st.integers(1, 200)
runs = st.builds(
    Run,
    chips=st.sampled_from([1, 2, 3, 4, 8]),
    steps=st.integers(1, 100),
    passes=st.sampled_from([1.0, 2.0, 3.0]),
    gap=st.sampled_from([0, 1, 2]),
)


def test_one_clip_by_hand() -> None:
    """Products of Wan2.1 14B at 720p on an H100: 2 passes x 50 steps x 1.81 PFLOP."""
    clip = work(known("Wan2.1-14B"), 81, 720, 1280)
    per_flop = np.hypot(1 / (C.matmul * 989e12), C.energy_pj * 1e-12 / 700)
    made = clip_s(C, clip, on("H100"), Run(1, 50, 2, 1))
    assert float(np.asarray(made.products)) == pytest.approx(100 * 1.80966e15 * per_flop, rel=1e-3)
    assert float(np.asarray(made.exchange)) == 0.0
    assert float(np.asarray(made.carrying)) == 0.0  # 28.6 GB of weights and 11.4 of the encoder fit


@given(models, chips, frames, sizes, sizes, runs)
def test_parts_sum_to_the_clip(model: str, chip: str, count: int, height: int, width: int, run: Run) -> None:
    parts = clip_s(C, work(known(model), count, height, width), on(chip), run)
    assert all(np.all(np.asarray(part) >= 0) for part in parts)
    assert float(np.asarray(parts.total)) == pytest.approx(sum(float(np.asarray(part)) for part in parts))


@given(models, chips, frames, sizes, sizes, runs, st.sampled_from(RATES), st.floats(1.0, 10.0))
def test_more_hardware_never_slows(
    model: str, chip: str, count: int, height: int, width: int, run: Run, rate: str, factor: float
) -> None:
    clip, before = work(known(model), count, height, width), on(chip)
    after = before._replace(**{rate: getattr(before, rate) * factor})
    assert total(clip, after, run) <= total(clip, before, run) * HAIR


@given(
    models, chips, frames, sizes, sizes, runs, st.integers(0, 100), st.integers(0, 500), st.integers(0, 500)
)
def test_a_smaller_clip_never_takes_longer(
    model: str,
    chip: str,
    count: int,
    height: int,
    width: int,
    run: Run,
    fewer: int,
    lower: int,
    narrower: int,
) -> None:
    small = (max(count - fewer, 1), max(height - lower, 32), max(width - narrower, 32))
    before = total(work(known(model), count, height, width), on(chip), run)
    assert total(work(known(model), *small), on(chip), run) <= before * HAIR


@given(models, chips, frames, sizes, sizes, runs, st.integers(1, 99))
def test_fewer_steps_passes_and_older_kernels(
    model: str, chip: str, count: int, height: int, width: int, run: Run, steps: int
) -> None:
    assume(steps < run.steps)
    clip, before = work(known(model), count, height, width), on(chip)
    longest = total(clip, before, run)
    assert total(clip, before, run._replace(steps=steps)) < longest * HAIR
    assert total(clip, before, run._replace(passes=1.0)) <= longest * HAIR
    assert total(clip, before, run._replace(gap=run.gap + 1)) >= longest / HAIR


@given(models, chips, frames, sizes, sizes, runs)
def test_n_chips_are_at_most_n_times_as_fast(
    model: str, chip: str, count: int, height: int, width: int, run: Run
) -> None:
    """More chips may be slower, as they exchange; but what they share they share at most evenly."""
    clip, one = work(known(model), count, height, width), on(chip)
    assume(np.all(missing_bytes(clip, one, 1)[0] == 0) and np.all(missing_bytes(clip, one, 1)[1] == 0))
    alone = total(clip, one, run._replace(chips=1))
    assert total(clip, one, run) >= alone / float(run.chips) / HAIR


def test_heads_that_do_not_divide_pass_keys_and_values_around() -> None:
    """12 heads on 8 chips: two rings of four; exchange grows, and does not vanish."""
    clip = work(known("Wan2.1-1.3B"), 81, 480, 832)
    eight, twelve = (
        float(np.asarray(clip_s(C, clip._replace(heads=heads, head_dim=1536 / heads), on("H100"), Run(8, 1, 1, 0)).exchange))
        for heads in (8, 12)
    )  # fmt: skip
    assert 0 < eight < twelve


def test_weights_beyond_the_memory_are_carried_from_the_host_by_one_chip() -> None:
    clip = work(known("Wan2.1-14B"), 81, 480, 832)
    alone, four = (clip_s(C, clip, on("RTX 4090"), Run(n, 10, 1, 0)) for n in (1, 4))
    lacking = clip.network_bytes - (on("RTX 4090").memory_bytes - held_bytes(clip, 1))
    assert float(np.asarray(alone.carrying)) > 10 * lacking / 31.5e9
    assert float(np.asarray(four.carrying)) > 0


def test_fields_broadcast() -> None:
    """Steps down, chips across: one call, and the same numbers as one by one."""
    clip, steps, n = (
        work(known("Mochi-1"), 84, 480, 848),
        np.array([[8.0], [64.0]]),
        np.array([1.0, 2.0, 8.0]),
    )
    made = np.asarray(clip_s(C, clip, on("H100"), Run(n, steps, 2, 1)).total)
    assert made.shape == (2, 3)
    assert made[1, 2] == pytest.approx(total(clip, on("H100"), Run(8, 64, 2, 1)))
