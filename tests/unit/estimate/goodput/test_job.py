"""The extended form: what never helps, what is best, no scale of its own, and a tiny simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.goodput import Job, goodput, young_interval_s
from orchard.estimate.goodput.job import IN_RANGE, chosen_interval_s, whole_recovery_s

BASE = Job(
    failures_per_s=1 / 9000,
    block_s=5.0,
    restart_s=200.0,
    save_s=60.0,
    load_s=130.0,
    detect_s=60.0,
    hang_share=0.02,
    hang_s=600.0,
    hands_share=0.007,
    hands_s=7200.0,
    corrupt_share=0.015,
    corrupt_s=1200.0,
    planned_per_s=1e-6,
    planned_s=400.0,
    absent=0.01,
    ready=0.999,
)
COSTS = ("failures_per_s", "restart_s", "load_s", "detect_s", "hang_share", "hang_s", "hands_share", "hands_s",
         "corrupt_share", "corrupt_s", "planned_per_s", "planned_s", "stall_s", "absent", "slowdown")  # fmt: skip
FACTOR = st.floats(0.05, 20.0)


def share(job: Job) -> float:
    return float(goodput(job).share)


@pytest.mark.parametrize("name", COSTS)
@given(FACTOR, st.floats(1.0, 10.0), st.sampled_from([0.0, 0.9]))
def test_what_costs_more_never_helps(name: str, rate: float, factor: float, local: float) -> None:
    cheap = BASE._replace(failures_per_s=rate / 9000, local_share=local, stall_s=60.0, slowdown=0.01)
    dear = min(getattr(cheap, name) * factor, 0.9 if name in ("absent", "slowdown") else np.inf)
    assert share(cheap._replace(**{name: dear})) <= share(cheap) + 1e-12


@given(FACTOR, st.floats(0.5, 100.0), st.floats(0.0, 100.0), st.floats(0.0, 300.0))
def test_dearer_checkpoints_never_help(rate: float, block: float, more: float, beside: float) -> None:
    """Longer stops with the same saving beside, and longer saves with the same stop."""
    job = BASE._replace(failures_per_s=rate / 9000, block_s=block, save_s=block + beside)
    assert share(job._replace(block_s=block + more, save_s=block + more + beside)) <= share(job) + 1e-12
    assert share(job._replace(save_s=block + beside + more)) <= share(job) + 1e-12


@given(FACTOR, st.floats(0.1, 60.0), st.floats(0.0, 400.0), st.floats(-3, 3))
def test_no_interval_that_can_be_saved_is_better(
    rate: float, block: float, beside: float, step: float
) -> None:
    job = BASE._replace(failures_per_s=rate / 9000, block_s=block, save_s=block + beside)
    best = goodput(job)
    other = max(float(best.interval_s) * np.exp(step), beside)
    assert share(job._replace(interval_s=other)) <= float(best.share) * (1 + 1e-9)
    assert float(best.interval_s) >= beside * (1 - 1e-12)


@given(st.integers(-20, 20))
def test_seconds_may_be_anything(power: int) -> None:
    one = 2.0**power
    times = {
        name: getattr(BASE, name) * one for name in Job._fields if name.endswith("_s") and "per_s" not in name
    }
    rates = {name: getattr(BASE, name) / one for name in ("failures_per_s", "planned_per_s")}
    scaled = goodput(BASE._replace(**times, **rates))
    assert float(scaled.share) == pytest.approx(share(BASE), rel=1e-9)
    assert float(scaled.interval_s) == pytest.approx(float(goodput(BASE).interval_s) * one, rel=1e-9)


def test_rows_are_answered_as_one_by_one() -> None:
    rates = np.array([1e-6, 1e-4, 1e-3])
    together = goodput(BASE._replace(failures_per_s=rates)).share
    assert together.tolist() == [share(BASE._replace(failures_per_s=rate)) for rate in rates.tolist()]


def test_an_interval_is_kept_unless_saving_takes_longer() -> None:
    assert float(chosen_interval_s(BASE._replace(interval_s=300.0))) == 300.0
    assert float(chosen_interval_s(BASE._replace(interval_s=10.0))) == 55.0
    assert float(chosen_interval_s(BASE._replace(save_s=0.0))) == pytest.approx(
        float(young_interval_s(9000, 5.0)), rel=0.02
    )


@given(st.floats(1e-6, 1e-3), st.floats(0.0, 0.99), st.floats(0.0, 300.0))
def test_stalls_laid_on_the_other_failures_cost_the_same(rate: float, local: float, stall: float) -> None:
    apart = Job(rate, 5.0, 600.0, local_share=local, stall_s=stall)
    whole = Job(rate * (1 - local), 5.0, whole_recovery_s(600.0, local, stall))
    assert share(whole) == pytest.approx(share(apart), rel=1e-9)


def simulated(job: Job, failures: int, seed: int) -> float:
    """Share of time kept, event by event: work, stop, save beside, failures, stalls, recoveries."""
    rng = np.random.default_rng(seed)
    rate, block, interval, save = (
        float(v) for v in (job.failures_per_s, job.block_s, job.interval_s, job.save_s)
    )
    recovery = float(job.detect_s + job.restart_s + job.load_s)
    wall = kept = 0.0
    for _ in range(failures):
        left = rng.exponential(1 / rate)  # until the next failure
        again = recovery + (job.hang_s if rng.random() < job.hang_share else 0.0)
        if left < again:
            wall += left
            continue
        wall, left = wall + again, left - again
        working = saved = 0.0
        begun: list[tuple[float, float]] = []  # when a checkpoint began, and the work in it
        while working < left:
            working += interval
            begun.append((working, interval * (len(begun) + 1)))
            working += block
        for start, work in begun:
            if start + save <= left:
                saved = work
        wall, kept = wall + left, kept + saved
        if rng.random() < job.corrupt_share:
            wall += float(job.corrupt_s)
    return kept / wall


@pytest.mark.parametrize("mttf", [20_000.0, 3000.0, 900.0])
def test_the_form_agrees_with_events(mttf: float) -> None:
    job = BASE._replace(
        failures_per_s=1 / mttf, hands_share=0.0, planned_per_s=0.0, absent=0.0, ready=1.0, interval_s=300.0,
        save_s=200.0, hang_share=0.1, corrupt_share=0.05,
    )  # fmt: skip
    found = goodput(job)
    assert (float(found.load) < IN_RANGE) == (mttf > 2000)
    assert simulated(job, 100_000, 7) == pytest.approx(float(found.share), rel=0.01)


def test_stalls_of_replicas_agree_with_events() -> None:
    """Every failure stops all for a minute; one that strikes in a stall begins it anew."""
    rate, stall = 1 / 300, 60.0
    gaps = np.random.default_rng(9).exponential(1 / rate, 200_000)
    up = np.maximum(gaps - stall, 0.0).sum() / gaps.sum()
    job = Job(rate, 0.0, 600.0, interval_s=100.0, local_share=1.0, stall_s=stall)
    assert share(job) == pytest.approx(up, rel=0.005)
