from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from orchard.estimate.goodput.counts import count_quantile, lived_count


@given(st.floats(0.0, 1e5), st.floats(0.01, 0.99))
def test_a_known_rate_gives_poisson_counts(mean: float, share: float) -> None:
    assert float(count_quantile(share, mean, 0.0)) == float(poisson.ppf(share, mean) if mean else 0)


@given(st.floats(0.0, 1e4), st.floats(0.0, 1.5), st.floats(0.0, 1.5))
def test_quantiles_are_ordered_and_widen(mean: float, one: float, other: float) -> None:
    narrow, wide = (count_quantile([0.1, 0.5, 0.9], mean, each) for each in sorted((one, other)))
    assert np.all(np.diff(narrow) >= 0)
    assert wide[0] <= narrow[0]
    assert wide[2] >= narrow[2] - 1


def test_mixed_counts_are_as_wide_as_a_gamma_mixture_of_the_same_spread() -> None:
    mean, deviation = 400.0, 0.15
    size = 1 / np.expm1(deviation**2)
    found = count_quantile([0.1, 0.9], mean, deviation)
    assert found == pytest.approx(nbinom.ppf([0.1, 0.9], size, size / (size + mean)), rel=0.03)


def test_draws_widen_the_same_way() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.poisson(50 * np.exp(0.4 * rng.standard_normal(200_000)))
    assert count_quantile([0.1, 0.5, 0.9], 50.0, 0.4) == pytest.approx(
        np.quantile(drawn, [0.1, 0.5, 0.9]), abs=1.1
    )


@given(st.floats(3.0, 1e6), st.floats(-1.3, 1.3))
def test_lived_counts_are_near_poisson_quantiles(mean: float, score: float) -> None:
    from scipy.special import ndtr

    found = float(lived_count(mean, score))
    assert found == pytest.approx(float(poisson.ppf(ndtr(score), mean)), abs=1.0 + 1e-3 * mean**0.5)


@given(st.floats(0.0, 1e6), st.floats(1.0, 2.0), st.floats(-4, 4))
def test_more_are_lived_through_where_more_are_expected(mean: float, factor: float, score: float) -> None:
    assert 0 <= float(lived_count(mean, score)) <= float(lived_count(mean * factor, score)) + 1e-9


def test_counts_beyond_whole_floats_end() -> None:
    found = count_quantile([0.1, 0.5, 0.9], 1e24, 0.15)
    assert found == pytest.approx(1e24 * np.exp(0.15 * np.array([-1.2816, 0.0, 1.2816])), rel=0.01)
