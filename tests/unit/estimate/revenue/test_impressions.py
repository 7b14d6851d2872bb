from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import revenue

GROWTH = st.floats(-0.5, 1.0)


@given(st.floats(0, 1e9), st.floats(0, 100), GROWTH, GROWTH)
def test_revenue_is_impressions_times_price(
    shown: float, each: float, impressions: float, price: float
) -> None:
    after = shown * (1 + impressions) * (each * (1 + price))
    assert shown * each * (1 + float(revenue.growth_of(impressions, price))) == pytest.approx(after)
    assert float(revenue.growth_of(impressions, 0.0)) == pytest.approx(impressions)


@given(GROWTH, st.floats(0, 0.2), st.floats(0, 1))
def test_better_ranking_never_lowers_growth(growth: float, conversions: float, passed_on: float) -> None:
    lifted = float(revenue.lifted_growth(growth, conversions, passed_on))
    assert growth - 1e-12 <= lifted <= (1 + growth) * (1 + conversions) - 1 + 1e-12


def test_revenue_per_person_is_over_the_mean_of_people() -> None:
    assert float(revenue.per_person_usd(30.0, 2.0, 4.0)) == 10.0


def test_nobody_brings_no_number() -> None:
    assert np.isnan(revenue.per_person_usd(0.0, 0.0, 0.0))
