from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import spread
from orchard.estimate.spread import Z_HIGH, Z_LIMIT

FINITE = st.floats(-8, 8)
POSITIVE = st.floats(1e-6, 1e12)
RATIO = st.floats(1.0, 100.0)
SHARE = st.floats(0.0, 1.0)


@given(POSITIVE, RATIO, RATIO)
def test_lognormal_meets_its_quantiles(value: float, down: float, up: float) -> None:
    low, high = value / down, value * up
    found = spread.split_lognormal([-Z_HIGH, 0.0, Z_HIGH], low, value, high)
    assert np.allclose(found, [low, value, high], rtol=1e-14, atol=0)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_normal_meets_its_quantiles(value: float, down: float, up: float) -> None:
    low, high = value - down, value + up
    found = spread.split_normal([-Z_HIGH, 0.0, Z_HIGH], low, value, high)
    assert np.allclose(found, [low, value, high], rtol=1e-14, atol=1e-6)


@given(st.tuples(SHARE, SHARE, SHARE).map(sorted), st.lists(FINITE, min_size=1))
def test_shares_meet_their_quantiles_and_stay_shares(quantiles: list[float], z: list[float]) -> None:
    assert np.allclose(spread.split_share([-Z_HIGH, 0.0, Z_HIGH], *quantiles), quantiles, atol=1e-15)
    found = spread.split_share(z, *quantiles)
    assert np.all((found >= 0) & (found <= 1))


@given(POSITIVE, RATIO, RATIO, FINITE, FINITE, st.sampled_from(["positive", "any"]))
def test_larger_draw_never_gives_a_smaller_value(
    value: float, down: float, up: float, one: float, other: float, family: spread.Family
) -> None:
    first, second = spread.values(sorted([one, other]), value / down, value, value * up, family)
    assert first <= second


@given(POSITIVE, RATIO, RATIO, FINITE, st.floats(1e-12, 1e12), st.sampled_from(["positive", "any"]))
def test_unit_of_the_quantiles_does_not_matter(
    value: float, down: float, up: float, z: float, factor: float, family: spread.Family
) -> None:
    low, high = value / down, value * up
    one = float(spread.values(z, low, value, high, family))
    other = float(spread.values(z, low * factor, value * factor, high * factor, family))
    scale = max(abs(one), value) if family == "any" else one
    assert abs(other / factor - one) <= 1e-12 * scale


@pytest.mark.parametrize("family", ["positive", "any", "share"])
def test_equal_quantiles_are_a_number(family: spread.Family) -> None:
    assert np.array_equal(spread.values([-3.0, 0.0, 5.0], 0.3, 0.3, 0.3, family), [0.3, 0.3, 0.3])


def test_draws_are_truncated_at_four() -> None:
    found = spread.split_lognormal([-40.0, -Z_LIMIT, Z_LIMIT, 40.0], 1.0, 2.0, 8.0)
    assert found[0] == found[1]
    assert found[2] == found[3]


def test_skew_and_empirical_quantiles() -> None:
    z = np.random.default_rng(1).standard_normal(200_000)
    found = np.quantile(spread.split_lognormal(z, 20.0, 30.0, 90.0), [0.1, 0.5, 0.9])
    assert np.allclose(found, [20.0, 30.0, 90.0], rtol=0.02)


def test_arrays_broadcast() -> None:
    z = np.zeros((5, 1))
    assert spread.split_lognormal(z, [1.0, 2.0], [2.0, 3.0], [3.0, 4.0]).shape == (5, 2)


@pytest.mark.parametrize(
    ("family", "low", "value", "high"),
    [
        ("positive", 0.0, 1.0, 2.0),
        ("positive", 3.0, 1.0, 2.0),
        ("any", 0.0, 3.0, 2.0),
        ("any", math.nan, 3.0, 4.0),
        ("share", -0.1, 0.5, 0.9),
        ("share", 0.1, 0.5, 1.2),
    ],
)
def test_impossible_quantiles_are_refused(
    family: spread.Family, low: float, value: float, high: float
) -> None:
    with pytest.raises(ValueError, match="wanted"):
        spread.values(0.0, low, value, high, family)


@given(st.floats(-1, 1))
def test_one_factor_keeps_unit_variance_and_gives_the_correlation(r: float) -> None:
    rng = np.random.default_rng(2)
    cause, own = rng.standard_normal((2, 20_000))
    found = spread.one_factor(cause, own, r)
    assert float(np.std(found)) == pytest.approx(1.0, abs=0.03)
    assert float(np.corrcoef(cause, found)[0, 1]) == pytest.approx(r, abs=0.03)


def test_one_factor_at_its_ends() -> None:
    assert float(spread.one_factor(1.5, -0.3, 1.0)) == 1.5
    assert float(spread.one_factor(1.5, -0.3, 0.0)) == -0.3
    with pytest.raises(ValueError, match="correlation"):
        spread.one_factor(0.0, 0.0, 1.01)
