"""Scores: what they say of errors, and what cannot change them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.score import by_group, constant_rate, score

RESIDUALS = st.lists(st.floats(-2, 2) | st.just(math.nan), min_size=1, max_size=40)


@given(RESIDUALS, st.randoms(use_true_random=False), st.floats(0.01, 1))
def test_order_does_not_matter_and_shares_are_shares(
    residuals: list[float], random: object, width: float
) -> None:
    values, widths = np.array(residuals), np.full(len(residuals), width)
    shuffled = list(residuals)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = score(values, widths), score(np.array(shuffled), widths)
    assert one == pytest.approx(other, nan_ok=True)
    assert one.n == len(residuals)
    assert one.blank == sum(map(math.isnan, residuals))
    assert 0 <= one.median <= one.p90
    assert one.mape >= 0
    assert math.isnan(one.coverage) if one.blank == one.n else 0 <= one.coverage <= 1


@given(RESIDUALS, st.floats(0.01, 1), st.floats(1, 3))
def test_wider_intervals_cover_no_less(residuals: list[float], width: float, wider: float) -> None:
    values, widths = np.array(residuals), np.full(len(residuals), width)
    if np.isfinite(values).any():
        assert score(values, wider * widths).coverage >= score(values, widths).coverage


def test_a_blank_row_counts_as_wholly_wrong_and_states_no_interval() -> None:
    one = score(np.array([0.0, math.nan]), np.array([0.1, 0.1]))
    assert (one.mape, one.blank, one.coverage) == (0.5, 1, 1.0)


def test_bias_is_above_zero_where_predictions_are_too_fast() -> None:
    assert score(np.log([0.9, 0.9, 0.8])).bias > 0
    assert score(np.log([1.1, 1.1, 1.2])).bias < 0


def test_groups_are_scored_apart() -> None:
    found = by_group(["b", "a", "b"], np.log([1.0, 2.0, 1.0]))
    assert list(found) == ["a", "b"]
    assert (found["a"].mape, found["b"].mape, found["b"].n) == (0.5, 0.0, 2)


@given(st.lists(st.floats(1, 1e3), min_size=3, max_size=12), st.floats(0.01, 100))
def test_a_constant_rate_does_not_mind_units(rates: list[float], scale: float) -> None:
    groups, sources = ["one"] * len(rates), [str(place % 2) for place in range(len(rates))]
    for new in (False, True):
        found = constant_rate(np.array(rates), groups, sources, new=new)
        scaled = constant_rate(scale * np.array(rates), groups, sources, new=new)
        np.testing.assert_allclose(found, scaled, atol=1e-9)


def test_a_new_source_is_predicted_by_other_sources_alone() -> None:
    rate = np.array([100.0, 200.0, 50.0])
    found = constant_rate(rate, ["g"] * 3, ["a", "a", "b"], new=True)
    np.testing.assert_allclose(np.exp(found), [2.0, 4.0, 50 / 150])
    assert np.isnan(constant_rate(rate, ["g", "g", "h"], ["a", "a", "b"], new=True)).all()
