from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import cost

MONEY = st.floats(0, 1e11)


@given(st.floats(0, 1e7), MONEY, st.floats(0, 0.9), st.floats(0, 1e10), st.floats(0, 1e2))
def test_capital_is_the_sum_of_its_classes(
    chips: float, price: float, network: float, watts: float, build: float
) -> None:
    found = cost.capital_usd(chips, price, network, watts, build)
    assert float(found.total_usd) == pytest.approx(sum(float(part) for part in found))
    cluster = float(found.servers_usd) + float(found.network_usd)
    assert float(found.network_usd) == pytest.approx(network * cluster, rel=1e-9)


@given(st.lists(MONEY, min_size=1, max_size=40), st.floats(1, 60))
def test_what_is_bought_is_written_off(schedule: list[float], life: float) -> None:
    capex = np.array(schedule + [0.0] * (int(life) + 1))
    written = cost.depreciation_usd(capex, life)
    assert float(written.sum()) == pytest.approx(float(capex.sum()), rel=1e-9)
    assert np.all(written >= 0)
    book = cost.net_book_usd(capex, written)
    assert np.all(book >= -1e-6 * (1 + capex.sum()))
    assert float(book[-1]) == pytest.approx(0, abs=1e-6 * (1 + float(capex.sum())))


@given(st.lists(MONEY, min_size=1, max_size=20), st.floats(1, 30))
def test_depreciation_equals_the_plain_loop(schedule: list[float], life: float) -> None:
    expected = np.zeros(len(schedule))
    for bought, price in enumerate(schedule):
        for step in range(bought, len(schedule)):
            expected[step] += price / life * min(1.0, max(0.0, life - (step - bought)))
    found = cost.depreciation_usd(schedule, life)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-6 * (1 + sum(schedule)))


def test_life_may_differ_by_sample() -> None:
    rng = np.random.default_rng(4)
    capex = rng.uniform(0, 1e9, (50, 7))
    life = rng.uniform(1, 60, 7)
    together = cost.depreciation_usd(capex, life)
    alone = np.stack([cost.depreciation_usd(capex[:, s], life[s]) for s in range(7)], axis=1)
    assert np.allclose(together, alone, rtol=1e-12)
    one_life = cost.depreciation_usd(capex, 5.5)
    assert np.allclose(one_life, cost.depreciation_usd(capex, np.full(7, 5.5)))


def test_life_below_one_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        cost.depreciation_usd([1.0], 0.5)


@given(st.floats(0, 1e8), st.integers(1, 300), st.floats(0, 0.1))
def test_finance_lease_is_the_sum_of_discounted_payments(payment: float, count: int, rate: float) -> None:
    expected = sum(payment / (1 + rate) ** k for k in range(1, count + 1))
    assert float(cost.finance_lease_usd(payment, count, rate)) == pytest.approx(expected, rel=1e-8)


def test_one_megawatt_hour_costs_its_price() -> None:
    assert float(cost.energy_cost_usd(3.6e9, 82.6 / 3.6e9)) == pytest.approx(82.6)
    assert float(cost.lease_cost_usd(8, 2.0 / 3600, 3600.0)) == pytest.approx(16.0)
