"""Scores of forecasts: what is proper, what is calibrated, what is biased, and what the edges do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from orchard.estimate import forecast

samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(samples, st.floats(-1e6, 1e6))
def test_crps_is_the_mean_distance_less_half_the_spread(found: list[float], outcome: float) -> None:
    values = np.array(found)
    slow = np.abs(values - outcome).mean() - np.abs(values[:, None] - values).mean() / 2
    assert forecast.crps(values, outcome) == pytest.approx(slow, abs=1e-6 * (1 + np.abs(values).max()))
    assert forecast.crps(values, outcome) >= -1e-9 * (1 + np.abs(values).max())


@given(samples, st.floats(-1e5, 1e5), st.floats(-1e3, 1e3))
def test_crps_moves_with_its_scale(found: list[float], outcome: float, shift: float) -> None:
    once = forecast.crps(found, outcome)
    moved = forecast.crps(np.array(found) + shift, outcome + shift)
    assert moved == pytest.approx(once, abs=1e-5)
    assert forecast.crps(np.array(found) * 2, outcome * 2) == pytest.approx(2 * once, abs=1e-5)


def test_crps_of_a_normal_is_what_the_formula_says() -> None:
    """Gneiting and Raftery (2007), section 4.2: sigma (z (2 Phi - 1) + 2 phi - 1 / sqrt pi)."""
    draws = 5 + 2 * norm.ppf((np.arange(40_000) + 0.5) / 40_000)
    for outcome in (1.0, 5.0, 8.0):
        z = (outcome - 5) / 2
        exact = 2 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        assert forecast.crps(draws, outcome) == pytest.approx(exact, rel=2e-3)


def test_saying_what_one_believes_scores_best() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1, 4000)

    def mean(shift: float, width: float) -> float:
        said = shift + width * norm.ppf((np.arange(200) + 0.5) / 200)
        return float(np.mean([forecast.crps(said, outcome) for outcome in truth]))

    honest = mean(0, 1)
    for shift, width in ((0.5, 1.0), (-0.5, 1.0), (0.0, 0.4), (0.0, 2.5)):
        assert mean(shift, width) > honest + 0.02


def test_of_a_bound_nothing_beyond_it_counts() -> None:
    late = [10.0, 20.0, np.inf]
    assert forecast.crps_beyond(late, 5.0, above=True) == 0
    assert forecast.crps_beyond([1.0, 100.0], 5.0, above=True) == forecast.crps_beyond(
        [1.0, 6.0], 5.0, above=True
    )
    assert forecast.crps_beyond([1.0, 2.0], 5.0, above=True) > forecast.crps_beyond(
        [4.0, 4.5], 5.0, above=True
    )
    assert forecast.crps_beyond([1.0, 2.0], 5.0, above=False) == 0
    assert forecast.crps_beyond(late, 5.0, above=False, most=30.0) == pytest.approx(
        forecast.crps([10.0, 20.0, 30.0], 5.0)
    )


def test_never_counts_as_the_end_of_what_is_planned() -> None:
    assert forecast.crps([np.inf], 3.0, most=10.0) == 7.0
    assert np.isfinite(forecast.crps([1.0, np.inf], np.inf, most=10.0))


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_interval_of_coverage_holds_the_share(hits: int, misses: int) -> None:
    found = forecast.coverage(np.array([True] * hits + [False] * misses, dtype=bool))
    assert found.n == hits + misses
    assert 0 <= found.low <= found.high <= 1
    if found.n:
        assert found.low <= found.share <= found.high


def test_the_interval_of_coverage_is_that_of_clopper_and_pearson() -> None:
    """Known values: 8 of 10 gives 0.444 to 0.975; 0 of 10 gives 0 to 0.308."""
    eight = forecast.coverage(np.array([True] * 8 + [False] * 2))
    none = forecast.coverage(np.zeros(10, dtype=bool))
    assert (round(eight.low, 3), round(eight.high, 3)) == (0.444, 0.975)
    assert (none.low, round(none.high, 3)) == (0, 0.308)
    assert eight.honest
    assert not none.honest


def test_an_honest_forecaster_covers_and_does_not_lean_and_a_shifted_one_does() -> None:
    rng = np.random.default_rng(3)
    count, size = 400, 500
    middle = rng.normal(0, 5, count)
    outcomes = middle + rng.normal(0, 1, count)

    def judged(shift: float, width: float) -> tuple[forecast.Coverage, tuple[float, bool]]:
        inside, places = [], []
        for at, outcome in zip(middle, outcomes, strict=True):
            said = np.sort(at + shift + width * rng.normal(0, 1, size))
            low, high = said[size // 10], said[size * 9 // 10]
            inside.append(low <= outcome <= high)
            places.append(forecast.place(said, outcome))
        return forecast.coverage(np.array(inside)), forecast.bias(places, size)

    covered, (lean, certain) = judged(0, 1)
    assert covered.honest
    assert abs(lean) < 0.15
    assert not certain
    shifted, (lean, certain) = judged(0.7, 1)
    assert shifted.share < covered.share
    assert lean < -0.5  # outcomes came lower than forecast
    assert certain
    narrow, (lean, certain) = judged(0, 0.4)
    assert not narrow.honest
    assert not certain
    wide, _ = judged(0, 3)
    assert not wide.honest
    assert wide.share > 0.95


@pytest.mark.parametrize("holds", [True, False])
def test_a_probability_scores_best_at_the_truth(holds: bool) -> None:
    shares = np.linspace(0, 1, 101)
    for score in (lambda p, h: forecast.brier(p, h), lambda p, h: forecast.log_score(p, h, 1000)):
        expected = [0.7 * score(share, holds) + 0.3 * score(share, not holds) for share in shares]
        assert shares[int(np.argmin(expected))] == pytest.approx(0.7 if holds else 0.3)


def test_a_certain_miss_is_as_surprising_as_samples_can_tell() -> None:
    assert forecast.log_score(0.0, True, 10_000) == pytest.approx(np.log(20_000))
    assert forecast.log_score(1.0, True, 10_000) == 0
    assert forecast.brier(0.0, True) == 1


def test_nothing_to_score_is_not_a_number() -> None:
    none = forecast.coverage(np.zeros(0, dtype=bool))
    assert np.isnan(none.share)
    assert np.isnan(forecast.bias([], 100)[0])
