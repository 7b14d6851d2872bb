from __future__ import annotations

import pytest

from orchard import units
from orchard.estimate.revenue import subscription_usd


def test_a_year_of_subscriptions() -> None:
    year, month = units.factor("y"), units.factor("mo")
    found = float(subscription_usd(2e6 * year, 0.05, 8 / month, 0.3))
    assert found == pytest.approx(2e6 * 0.05 * 8 * 12 * 0.7)
