from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import cost


@given(st.floats(0, 1e8), st.integers(1, 300), st.floats(0, 0.1))
def test_a_lease_is_the_sum_of_discounted_payments(payment: float, count: int, rate: float) -> None:
    expected = sum(payment / (1 + rate) ** k for k in range(1, count + 1))
    assert float(cost.lease_usd(payment, count, rate)) == pytest.approx(expected, rel=1e-8)


@given(st.floats(1, 1e11), st.integers(1, 100), st.floats(0, 0.1))
def test_rents_recover_the_cost(price: float, count: int, rate: float) -> None:
    rent = cost.rent_usd(price, count, rate)
    assert float(cost.lease_usd(rent, count, rate)) == pytest.approx(price, rel=1e-9)
    owed = price
    for _ in range(count // 2):
        owed = owed * (1 + rate) - float(rent)
    assert float(cost.still_owed_usd(price, count, rate, count // 2)) == pytest.approx(owed, rel=1e-6)
    assert float(cost.still_owed_usd(price, count, rate, count)) == pytest.approx(0, abs=1e-6 * price)


@given(st.floats(0, 1e11), st.floats(0, 1e11), st.floats(0, 1e11))
def test_a_guarantee_never_costs_more_than_its_cap_or_the_shortfall(
    promised: float, worth: float, cap: float
) -> None:
    found = float(cost.guarantee_usd(promised, worth, cap))
    assert 0 <= found <= min(cap, max(promised - worth, 0.0))


def test_rent_of_a_capacity() -> None:
    assert float(cost.lease_cost_usd(8, 2.0 / 3600, 3600.0)) == pytest.approx(16.0)
