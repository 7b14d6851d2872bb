from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import goodput

TIMES = st.floats(1e-3, 1e5)
RATES = st.floats(1e-12, 1e-4)
CHIPS = st.tuples(st.floats(0, 1e8), st.floats(0, 1e8)).map(sorted)
LOSS = st.one_of(st.just(0.0), TIMES)


@given(CHIPS, RATES, LOSS, LOSS, st.one_of(st.just(0.0), st.floats(1e-9, 1e-2)), LOSS)
def test_more_chips_never_train_slower(
    chips: list[float], rate: float, c: float, r: float, job: float, least: float
) -> None:
    fewer, more = goodput.useful_chips(chips, 8, rate, c, r, job, least_interval_s=least)
    assert 0 <= fewer <= more * (1 + 1e-9) + 1e-300
    assert more <= chips[1]


@given(RATES, TIMES, TIMES, st.one_of(st.just(0.0), st.floats(1e-9, 1e-3)), LOSS)
def test_best_gang_is_the_maximum(rate: float, c: float, r: float, job: float, least: float) -> None:
    best = float(goodput.best_gang_chips(8, rate, c, r, job, least))
    sizes = best * np.geomspace(0.1, 10, 401)
    useful = sizes * goodput.efficiency(goodput.mttf_s(sizes, 8, rate, job), c, r, least_interval_s=least)
    top = float(goodput.useful_chips(best, 8, rate, c, r, job, least_interval_s=least))
    assert top >= float(np.max(useful)) * (1 - 1e-6)


def test_best_gang_can_be_computed_once() -> None:
    best = goodput.best_gang_chips(8, 1e-7, [60.0, 300.0], 600.0)
    given_best = goodput.useful_chips(1e6, 8, 1e-7, [60.0, 300.0], 600.0, best_chips=best)
    assert np.array_equal(given_best, goodput.useful_chips(1e6, 8, 1e-7, [60.0, 300.0], 600.0))


def test_nothing_limits_a_gang_whose_nodes_never_fail() -> None:
    assert math.isinf(float(goodput.best_gang_chips(8, 0.0, 300.0, 600.0)))
    assert float(goodput.useful_chips(1e6, 8, 0.0, 300.0, 600.0)) == 1e6


def test_saves_that_take_long_make_the_best_gang_smaller() -> None:
    free, bound = (goodput.best_gang_chips(8, 1e-7, 5.0, 600.0, least_interval_s=s) for s in (0.0, 3600.0))
    assert float(bound) < float(free)
    assert float(goodput.best_gang_chips(8, 1e-7, 5.0, 600.0, least_interval_s=1.0)) == pytest.approx(
        float(free)
    )
