"""Shares of a variance, against functions whose shares are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orchard.estimate.sobol import first_order, random_orders, shapley, shares, total

Array = NDArray[np.float64]
SAMPLES = 40_000


def ishigami(x: Array) -> Array:
    """Ishigami and Homma (1990) with a = 7, b = 0.1."""
    values: Array = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    return values


# Exact, from the variances of its terms: V1, V2 and V13 over their sum.
_V1 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
_V2 = 7**2 / 8
_V13 = 0.1**2 * np.pi**8 * 8 / 225
_V = _V1 + _V2 + _V13
FIRST = (_V1 / _V, _V2 / _V, 0.0)
TOTAL = ((_V1 + _V13) / _V, _V2 / _V, _V13 / _V)
SHAPLEY = (_V1 / _V + _V13 / _V / 2, _V2 / _V, _V13 / _V / 2)


@pytest.fixture(scope="module")
def sets() -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    first, second = rng.uniform(-np.pi, np.pi, (2, 3, SAMPLES))
    return first, second


@pytest.mark.parametrize("place", range(3))
def test_indices_of_ishigami(sets: tuple[Array, Array], place: int) -> None:
    base, other = sets
    mixed = base.copy()
    mixed[place] = other[place]
    outputs = ishigami(base), ishigami(other), ishigami(mixed)
    assert first_order(*outputs) == pytest.approx(FIRST[place], abs=0.015)
    assert total(*outputs) == pytest.approx(TOTAL[place], abs=0.015)


def test_intervals_hold_the_exact_index(sets: tuple[Array, Array]) -> None:
    base, other = (one[:, :4000] for one in sets)
    for place in range(3):
        mixed = base.copy()
        mixed[place] = other[place]
        outputs = ishigami(base), ishigami(other), ishigami(mixed)
        for estimate, exact in ((first_order, FIRST[place]), (total, TOTAL[place])):
            share = shares(outputs, estimate)[0]
            room = (share.high - share.low) / 2  # nine in ten hold it; all do at twice the width
            assert share.low - room <= exact <= share.high + room
            assert share.low <= share.value <= share.high


def test_shapley_effects_of_ishigami(sets: tuple[Array, Array]) -> None:
    """Independent inputs: an interaction is shared evenly."""
    base, other = sets
    orders = random_orders(np.random.default_rng(2), 3, SAMPLES)
    places = np.argsort(orders, axis=0)
    chain = np.stack([ishigami(np.where(places < step, other, base)) for step in range(4)])
    assert shapley(chain, orders) == pytest.approx(SHAPLEY, abs=0.02)


@pytest.mark.parametrize(("rho", "second"), [(0.0, 1.0), (0.6, 1.0), (-0.5, 2.0), (0.9, 3.0)])
def test_shapley_effects_of_two_normals_that_depend(rho: float, second: float) -> None:
    """Y = X1 + X2: Owen and Prieur, "On Shapley value for measuring importance of dependent inputs" (2017)."""
    rng = np.random.default_rng(3)
    base, other = rng.standard_normal((2, 2, SAMPLES))
    own = np.sqrt(1 - rho**2)
    x1, x2 = base[0], rho * base[0] + own * base[1]
    orders = random_orders(rng, 2, SAMPLES)
    given_x2, given_x1 = rho * x2 + own * other[0], rho * x1 + own * other[1]
    half = np.where(orders[0] == 0, given_x2 + second * x2, x1 + second * given_x1)
    fresh = other[0] + second * (rho * other[0] + own * other[1])
    whole = 1 + second**2 + 2 * rho * second
    exact = (1 * (1 - rho**2 / 2) + second**2 * rho**2 / 2 + rho * second) / whole
    found = shapley(np.stack([x1 + second * x2, half, fresh]), orders)
    assert found == pytest.approx([exact, 1 - exact], abs=0.03)


@given(seed=st.integers(0, 2**32 - 1), groups=st.integers(1, 6), samples=st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_shapley_effects_sum_to_one(seed: int, groups: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    orders = random_orders(rng, groups, samples)
    assert (np.sort(orders, axis=0) == np.arange(groups)[:, None]).all()
    assert shapley(rng.standard_normal((groups + 1, samples)), orders).sum() == pytest.approx(1.0)


def test_what_does_not_vary_has_no_shares() -> None:
    same = np.ones(10)
    assert first_order(same, same, same) == total(same, same, same) == 0.0
    orders = random_orders(np.random.default_rng(0), 2, 10)
    assert shapley(np.ones((3, 10)), orders).tolist() == [0.0, 0.0]


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).standard_normal(500)
    assert shares((values,), np.var, seed=4) == shares((values,), np.var, seed=4)
