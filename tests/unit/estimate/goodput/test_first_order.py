from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import goodput

TIMES = st.floats(1e-3, 1e5)
MTTF = st.floats(1.0, 1e12)


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
