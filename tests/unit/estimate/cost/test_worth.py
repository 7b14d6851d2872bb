from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.cost import npv_usd, payback_steps, recovery_per_step

FLOWS = st.lists(st.floats(-1e10, 1e10).map(lambda value: round(value, 2)), min_size=1, max_size=30)
RATE = st.floats(0, 0.3)


@given(FLOWS, RATE, st.floats(0, 3))
def test_present_value_is_the_sum_of_discounted_flows(flow: list[float], rate: float, first: float) -> None:
    expected = sum(value / (1 + rate) ** (step + first) for step, value in enumerate(flow))
    assert float(npv_usd(flow, rate, first)) == pytest.approx(expected, abs=1.0)


@given(FLOWS)
def test_without_a_discount_it_is_the_sum(flow: list[float]) -> None:
    assert float(npv_usd(flow, 0.0)) == pytest.approx(sum(flow), abs=1.0)


def test_rates_and_flows_by_sample() -> None:
    rng = np.random.default_rng(1)
    flow, rates = rng.normal(size=(8, 3)), np.array([0.0, 0.05, 0.2])
    together = npv_usd(flow, rates)
    assert np.allclose(together, [npv_usd(flow[:, s], rates[s]) for s in range(3)])
    assert np.allclose(npv_usd(flow[:, 0], rates), [npv_usd(flow[:, 0], rate) for rate in rates])


@given(FLOWS)
def test_after_payback_nothing_is_out_any_more(flow: list[float]) -> None:
    found, total = float(payback_steps(flow)), np.cumsum(flow)
    assert found >= 0
    if np.isinf(found):
        assert total[-1] < 0
    else:
        assert np.all(total[int(np.ceil(found)) :] >= 0)
        if found > 0:
            place = np.interp(found, np.arange(len(flow) + 1), np.append(0.0, total))
            assert place == pytest.approx(0, abs=1e-6 * (1 + np.abs(flow).max()))


def test_payback_by_sample() -> None:
    flow = np.array([[-10.0, -10.0, 1.0], [5.0, 1.0, 1.0], [10.0, 1.0, 1.0]])
    assert payback_steps(flow).tolist() == [2.5, np.inf, 0.0]


@given(RATE, st.floats(1, 60))
def test_recovered_capital_is_worth_what_it_cost(rate: float, life: float) -> None:
    each = float(recovery_per_step(rate, life))
    assert each >= 1 / life * (1 - 1e-9)
    assert each <= rate + 1 / life + 1e-9


@given(st.integers(1, 60), RATE)
def test_recovery_pays_back_a_loan(life: int, rate: float) -> None:
    left = 1.0
    for _ in range(life):
        left = left * (1 + rate) - float(recovery_per_step(rate, life))
    assert left == pytest.approx(0, abs=1e-6 * (1 + rate) ** life)


@pytest.mark.parametrize("rate", [5e-324, 1e-300, 1e-16, 1e-12])
def test_a_rate_of_almost_nothing_is_none(rate: float) -> None:
    assert float(recovery_per_step(rate, 1.5)) == pytest.approx(1 / 1.5, rel=1e-9)
