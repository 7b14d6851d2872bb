"""Ranks: what a correlation of layouts says, and what cannot change it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.training.fitting.ranks import spearman

RESIDUALS = st.lists(st.floats(-2, 2) | st.just(math.nan), min_size=1, max_size=40)


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=20, unique=True), st.floats(0.1, 10))
def test_ranks_know_order_alone(values: list[int], scale: float) -> None:
    one = np.array(values, float)
    assert spearman(one, np.log(one)) == pytest.approx(1)
    assert spearman(one, -scale * one) == pytest.approx(-1)
    assert math.isnan(spearman(one, np.ones(len(one))))
