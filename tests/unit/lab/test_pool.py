from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.lab.pool import pooling, summed_demand, used_chips

TEAM = st.tuples(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 3))
TEAMS = st.lists(TEAM, min_size=1, max_size=6)


@given(TEAMS, st.floats(0, 1))
def test_a_pool_never_uses_less(teams: list[tuple[float, float, float]], rho: float) -> None:
    quota, demand, variation = zip(*teams, strict=True)
    found = pooling(quota, demand, variation, rho)
    assert float(found.static_chips) <= float(found.pooled_chips)
    assert float(found.pooled_chips) <= float(found.quota_chips) * (1 + 1e-12)
    assert 0 <= float(found.freed_share) <= 1


@given(st.floats(1, 1e5), st.floats(1, 1e5), st.floats(0, 3), st.integers(1, 8))
def test_equal_teams_that_peak_together_free_nothing(q: float, m: float, v: float, count: int) -> None:
    found = pooling([q] * count, [m] * count, [v] * count, 1.0)
    assert float(found.freed_share) == pytest.approx(0, abs=1e-12)


def test_one_team_frees_nothing() -> None:
    assert float(pooling([100.0], [90.0], [1.0], 0.3).freed_share) == pytest.approx(0, abs=1e-12)


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(0.05, 2))
def test_mean_used_chips_is_the_integral(m: float, q: float, v: float) -> None:
    s = np.sqrt(np.log1p(v * v))
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-z * z / 2)
    demand = m * np.exp(s * z - s * s / 2)
    expected = float(np.sum(np.minimum(demand, q) * density) / np.sum(density))
    assert float(used_chips(m, v, q)) == pytest.approx(expected, rel=1e-4)


CASES = [
    ([100.0, 100.0], [80.0, 80.0], [1.0, 1.0], 0.0),
    ([32.0, 16.0, 16.0, 8.0], [28.0, 15.0, 14.0, 7.0], [0.6, 0.8, 1.0, 0.7], 0.0),
    ([32.0, 16.0, 16.0, 8.0], [28.0, 15.0, 14.0, 7.0], [0.6, 0.8, 1.0, 0.7], 0.4),
    ([5e5, 3e5, 2e5], [3e5, 3e5, 3e5], [0.5, 0.5, 0.5], 0.2),
]


@pytest.mark.parametrize(("quota", "demand", "variation", "rho"), CASES)
def test_agrees_with_drawn_demand(
    quota: list[float], demand: list[float], variation: list[float], rho: float
) -> None:
    rng = np.random.default_rng(5)
    q, m, v = np.array(quota), np.array(demand), np.array(variation)
    s = np.sqrt(np.log1p(v * v))
    z = np.sqrt(rho) * rng.standard_normal((200_000, 1))
    z = z + np.sqrt(1 - rho) * rng.standard_normal((200_000, q.size))
    drawn = m * np.exp(s * z - s * s / 2)
    static = np.minimum(drawn, q).sum(axis=1).mean()
    pooled = np.minimum(drawn.sum(axis=1), q.sum()).mean()
    found = pooling(quota, demand, variation, rho)
    assert float(found.static_chips) == pytest.approx(static, rel=0.005)
    assert float(found.pooled_chips) == pytest.approx(pooled, rel=0.015)
    assert float(found.freed_share) == pytest.approx((pooled - static) / q.sum(), abs=0.015)
    mean, spread = summed_demand(demand, variation, rho)
    total = drawn.sum(axis=1)
    assert float(mean) == pytest.approx(total.mean(), rel=0.01)
    assert float(spread) == pytest.approx(total.std() / total.mean(), rel=0.03)


def test_samples_are_vectorised() -> None:
    rng = np.random.default_rng(6)
    m, rho = rng.uniform(50, 150, (100, 3)), rng.uniform(0, 1, 100)
    together = pooling([100.0, 80.0, 60.0], m, 0.8, rho)
    alone = [float(pooling([100.0, 80.0, 60.0], m[k], 0.8, rho[k]).freed_share) for k in range(100)]
    assert np.allclose(together.freed_share, alone, rtol=1e-12)


def test_nothing_to_share_frees_nothing() -> None:
    assert float(pooling([0.0, 0.0], [10.0, 10.0], [1.0, 1.0]).freed_share) == 0
    assert float(pooling([10.0, 10.0], [0.0, 0.0], [1.0, 1.0]).freed_share) == 0


@pytest.mark.parametrize(("quota", "rho"), [([1.0, 1.0], -0.1), ([1.0, 1.0], 1.1), ([-1.0, 1.0], 0.0)])
def test_impossible_teams_are_refused(quota: list[float], rho: float) -> None:
    with pytest.raises(ValueError, match="wanted"):
        pooling(quota, [1.0, 1.0], [1.0, 1.0], rho)
