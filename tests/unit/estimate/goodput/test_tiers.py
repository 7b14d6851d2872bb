"""Two tiers of checkpoints: the limits, the best of a grid, and a chain of events."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.estimate.goodput import Tiers, best_tiers, efficiency, tiered_share

ONE = Tiers(1 / 2000, 1 / 8000, 2.0, 60.0, 100.0, 400.0)


@given(st.floats(1e-7, 1e-3), st.floats(1.0, 300.0), st.floats(0.0, 900.0), st.floats(10.0, 5e3))
def test_one_tier_is_dalys_formula(rate: float, block: float, restart: float, interval: float) -> None:
    storage = Tiers(0.0, rate, 0.0, block, 0.0, restart)
    found = float(tiered_share(storage, interval, 1))
    assert found == pytest.approx(float(efficiency(1 / rate, block, restart, interval)), rel=1e-7)


def test_memory_alone_is_dalys_formula_too() -> None:
    found = float(tiered_share(Tiers(1e-4, 0.0, 2.0, 0.0, 100.0, 400.0), 200.0, 1))
    assert found == pytest.approx(float(efficiency(1e4, 2.0, 100.0, 200.0)), rel=1e-6)


@settings(max_examples=20)
@given(st.floats(0.0, 0.999) | st.just(1.0), st.floats(0.3, 30.0), st.floats(0.1, 3.0), st.integers(1, 300))
def test_nothing_on_a_grid_is_better(local: float, mttf: float, step: float, copies: int) -> None:
    rate = 1 / (mttf * 1000)
    tiers = ONE._replace(memory_failures_per_s=rate * local, storage_failures_per_s=rate * (1 - local))
    best = best_tiers(tiers)
    other = float(tiered_share(tiers, float(best.interval_s) * step, copies))
    assert other <= float(best.share) * 1.002
    assert 0 < float(best.share) < 1


def test_a_second_tier_helps_the_more_failures_it_covers() -> None:
    local = np.linspace(0.0, 1.0, 6)
    tiers = Tiers(local / 2000, (1 - local) / 2000, 0.5, 60.0, 60.0, 400.0)
    assert np.all(np.diff(best_tiers(tiers).share) > 0)


def test_the_chain_agrees_with_events() -> None:
    interval, copies, periods = 150.0, 6, 6000
    local, far, stop, store, back, again = (float(value) for value in ONE)
    rng, wall = np.random.default_rng(11), 0.0
    segment = interval + stop + store / copies
    for _ in range(periods):
        at = 0
        while at < copies:
            left = rng.exponential(1 / (local + far))
            if left >= segment:
                wall, at = wall + segment, at + 1
                continue
            wall, storage = wall + left, rng.random() >= local / (local + far)
            while (left := rng.exponential(1 / (local + far))) < (again if storage else back):
                wall, storage = wall + left, storage or rng.random() >= local / (local + far)
            wall, at = wall + (again if storage else back), 0 if storage else at
    assert interval * copies * periods / wall == pytest.approx(
        float(tiered_share(ONE, interval, copies)), rel=0.01
    )
