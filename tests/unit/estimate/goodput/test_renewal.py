from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

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
    assert math.isinf(float(goodput.best_gang_chips(8, 0.0, 300.0, 600.0)))
    assert float(goodput.useful_chips(1e6, 8, 0.0, 300.0, 600.0)) == 1e6


CHIPS = st.tuples(st.floats(0, 1e8), st.floats(0, 1e8)).map(sorted)
LOSS = st.one_of(st.just(0.0), TIMES)


@given(CHIPS, RATES, LOSS, LOSS, st.one_of(st.just(0.0), st.floats(1e-9, 1e-2)))
def test_more_chips_never_train_slower(
    chips: list[float], rate: float, c: float, r: float, job: float
) -> None:
    fewer, more = goodput.useful_chips(chips, 8, rate, c, r, job)
    assert 0 <= fewer <= more * (1 + 1e-9) + 1e-300
    assert more <= chips[1]


@given(RATES, TIMES, TIMES, st.one_of(st.just(0.0), st.floats(1e-9, 1e-3)))
def test_best_gang_is_the_maximum(rate: float, c: float, r: float, job: float) -> None:
    best = float(goodput.best_gang_chips(8, rate, c, r, job))
    sizes = best * np.geomspace(0.1, 10, 401)
    useful = sizes * goodput.efficiency(goodput.mttf_s(sizes, 8, rate, job), c, r)
    top = float(goodput.useful_chips(best, 8, rate, c, r, job))
    assert top >= float(np.max(useful)) * (1 - 1e-6)


def test_best_gang_can_be_computed_once() -> None:
    best = goodput.best_gang_chips(8, 1e-7, [60.0, 300.0], 600.0)
    given_best = goodput.useful_chips(1e6, 8, 1e-7, [60.0, 300.0], 600.0, best_chips=best)
    assert np.array_equal(given_best, goodput.useful_chips(1e6, 8, 1e-7, [60.0, 300.0], 600.0))


@given(MTTF, TIMES, TIMES)
def test_first_order_formula_is_close_where_it_is_shown(m: float, c: float, r: float) -> None:
    tau = goodput.young_interval_s(m, c)
    shown = float(goodput.first_order_efficiency_or_nan(m, c, r, tau))
    if not (c + r) / m < goodput.FIRST_ORDER_LIMIT:
        assert math.isnan(shown)
    else:
        assert shown == pytest.approx(float(goodput.efficiency(m, c, r, tau)), abs=0.05)


def test_daly_falls_back_to_the_mttf() -> None:
    assert np.array_equal(goodput.daly_interval_s([100.0, 100.0], [50.0, 200.0]), [50.0, 100.0])


@given(st.floats(0, 1e5), st.floats(0, 3.0), st.floats(0.5, 0.9999))
def test_spares_are_the_smallest_number_that_suffices(nodes: float, repair: float, confidence: float) -> None:
    found = float(goodput.spare_nodes(nodes, 4e-3, repair, confidence))
    assert found == float(poisson.ppf(confidence, nodes * 4e-3 * repair))
