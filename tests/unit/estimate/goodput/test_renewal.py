from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from orchard.estimate import goodput

TIMES = st.floats(1e-3, 1e5)
MTTF = st.floats(1.0, 1e12)
RATES = st.floats(1e-12, 1e-4)


@given(MTTF, TIMES, TIMES, st.floats(1e-3, 1e9))
def test_efficiency_is_a_share_and_no_interval_beats_the_optimum(
    m: float, c: float, r: float, tau: float
) -> None:
    best = float(goodput.efficiency(m, c, r))
    assert 0 <= float(goodput.efficiency(m, c, r, tau)) <= best * (1 + 1e-9) + 1e-300
    assert best <= 1


@given(MTTF, TIMES, TIMES)
def test_optimal_interval_reaches_the_optimum(m: float, c: float, r: float) -> None:
    tau = goodput.optimal_interval_s(m, c)
    found = float(goodput.efficiency(m, c, r, tau))
    assert found == pytest.approx(float(goodput.efficiency(m, c, r)), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("load", [1e-14, 1e-10, 1e-6, 0.99e-5, 1.01e-5, 1e-3, 0.1, 1.0, 10.0, 300.0])
def test_optimum_is_stable_over_all_loads(load: float) -> None:
    """The root of (1 - x) e^(x + c) = 1 by bisection in 1 - x, from tiny to huge C/M."""
    m, c = 1e6, load * 1e6
    x = float(goodput.optimal_interval_s(m, c)) / m
    kept = float(goodput.efficiency(m, c, 0.0))
    found = kept - math.log(kept) - 1 if load > 0.1 else -math.log1p(-x) - x
    precision = 1e-8 if load > 1e-8 else 1e-1  # the check itself cancels below
    assert found == pytest.approx(load, rel=precision)
    if load < 1e-3:
        assert x == pytest.approx(math.sqrt(2 * load), rel=0.02)


@given(st.floats(10.0, 1e9), st.floats(1e-8, 20.0), st.floats(0.0, 20.0))
def test_optimum_agrees_with_a_numeric_search(m: float, checkpoint: float, restart: float) -> None:
    c, r = checkpoint * m, restart * m
    search = minimize_scalar(
        lambda u: -float(goodput.efficiency(m, c, 0.0, math.exp(u))),
        bounds=(math.log(1e-6 * m), math.log(1e2 * m)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    found = float(goodput.efficiency(m, c, r))
    assert found == pytest.approx(-search.fun * math.exp(-restart), rel=1e-6)


@given(TIMES, TIMES)
def test_efficiency_tends_to_one_without_failures(c: float, r: float) -> None:
    assert float(goodput.efficiency(math.inf, c, r)) == 1
    assert float(goodput.efficiency(1e22, c, r)) == pytest.approx(1, abs=1e-6)
    assert float(goodput.efficiency(math.inf, c, r, 9 * c)) == pytest.approx(0.9)
    assert math.isinf(float(goodput.optimal_interval_s(math.inf, c)))


@given(
    st.tuples(MTTF, MTTF).map(sorted),
    st.tuples(TIMES, TIMES).map(sorted),
    st.tuples(TIMES, TIMES).map(sorted),
)
def test_rarer_failures_and_faster_recovery_never_lower_efficiency(
    m: list[float], c: list[float], r: list[float]
) -> None:
    worst, best = goodput.efficiency(m, c[::-1], r[::-1])
    assert worst <= best * (1 + 1e-9)


def test_limits_that_are_no_numbers() -> None:
    assert float(goodput.efficiency(0.0, 300.0, 600.0)) == 0
    assert float(goodput.efficiency(1e4, 0.0, 0.0)) == 1
    assert float(goodput.efficiency(1e4, 0.0, 0.0, 0.0)) == 1
    assert float(goodput.efficiency(1e4, 300.0, 0.0, 0.0)) == 0
    assert float(goodput.efficiency(1e4, 300.0, 0.0, math.inf)) == 0


def test_efficiency_agrees_with_simulated_failures() -> None:
    m, c, r, tau, cycles = 2000.0, 100.0, 300.0, 600.0, 20_000
    rng = np.random.default_rng(3)
    spent = 0.0
    for _ in range(cycles):
        while (failure := rng.exponential(m)) < tau + c:
            spent += failure
            while (failure := rng.exponential(m)) < r:
                spent += failure
            spent += r
        spent += tau + c
    assert tau * cycles / spent == pytest.approx(float(goodput.efficiency(m, c, r, tau)), rel=0.01)


@given(st.floats(1e2, 1e7), st.floats(1.0, 256.0), RATES, st.floats(0.0, 1e-3))
def test_mttf_adds_rates(chips: float, per_node: float, rate: float, job: float) -> None:
    found = float(goodput.mttf_s(chips, per_node, rate, job))
    assert 1 / found == pytest.approx(chips / per_node * rate + job)


def test_nothing_fails_without_rates() -> None:
    assert math.isinf(float(goodput.mttf_s(1e6, 8, 0.0)))


@given(MTTF, TIMES, st.floats(1e-3, 1e6))
def test_the_best_interval_that_can_be_saved_is_the_best_of_those(m: float, c: float, least: float) -> None:
    found = float(goodput.efficiency(m, c, 0.0, least_interval_s=least))
    tau = max(float(goodput.optimal_interval_s(m, c)), least)
    assert found == pytest.approx(float(goodput.efficiency(m, c, 0.0, tau)), rel=1e-7, abs=1e-300)
    longer = float(goodput.efficiency(m, c, 0.0, least * 1.5))
    assert longer <= found * (1 + 1e-9) + 1e-300
