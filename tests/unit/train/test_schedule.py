"""Rates of a run: they rise, they end where the recipe says, and never leave their bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.train.schedule import share_of_rate

from .toy import recipe

SHARES = st.floats(0, 1, allow_nan=False)


@given(st.sampled_from(["wsd", "cosine"]), SHARES, SHARES, SHARES, st.integers(1, 200))
def test_rates_stay_between_zero_and_the_highest(
    schedule: str, warmup: float, decay: float, final: float, steps: int
) -> None:
    training = recipe(schedule=schedule, warmup=warmup, decay=decay, final=final)
    rates = [share_of_rate(training, step, steps) for step in range(steps)]
    assert all(0 <= rate <= 1 + 1e-12 for rate in rates)
    rises = [b >= a for a, b in pairwise(rates)]
    assert rises == sorted(rises, reverse=True) or 1.0 in rates  # once it falls, it never rises again


@pytest.mark.parametrize("schedule", ["wsd", "cosine"])
def test_the_last_step_is_at_the_final_share(schedule: str) -> None:
    training = recipe(schedule=schedule, warmup=0.1, decay=0.4, final=0.05)
    assert share_of_rate(training, 99, 100) == pytest.approx(0.05)
    assert share_of_rate(training, 9, 100) == 1.0


def test_without_a_decay_the_rate_stays() -> None:
    training = recipe(warmup=0, decay=0, final=0.05)
    assert [share_of_rate(training, step, 5) for step in range(5)] == [1.0] * 5
