from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.cost import committed_usd, moved_usd, under_way_usd

CENTS = st.lists(st.integers(0, 10**13), min_size=1, max_size=30)
STEPS = st.floats(0, 12)


@given(CENTS, STEPS)
def test_what_is_moved_is_in_service_or_under_way_to_the_cent(cents: list[int], later: float) -> None:
    paid = np.array(cents) / 100
    served = moved_usd(paid, later)
    waiting = under_way_usd(paid, served)
    for step in range(len(cents)):
        total = round(float(served[: step + 1].sum() + waiting[step]) * 100)
        assert total == sum(cents[: step + 1])
    assert np.all(served >= 0)
    assert np.all(waiting >= -1e-3)


@given(CENTS, STEPS)
def test_all_of_it_arrives_when_the_window_is_long_enough(cents: list[int], later: float) -> None:
    paid = np.array(cents + [0] * 13) / 100
    assert round(float(moved_usd(paid, later).sum()) * 100) == sum(cents)


@given(CENTS, st.floats(-6, 6))
def test_a_move_by_sample_is_that_of_each(cents: list[int], later: float) -> None:
    paid = np.array(cents) / 100
    moves = np.array([later, 0.0, 1.5, -1.5])
    together = moved_usd(np.tile(paid[:, None], 4), moves)
    for sample, move in enumerate(moves):
        assert np.allclose(together[:, sample], moved_usd(paid, move), rtol=1e-12, atol=1e-9)


@given(CENTS)
def test_moving_by_whole_steps_shifts(cents: list[int]) -> None:
    paid = np.array(cents, float)
    assert np.array_equal(moved_usd(paid, 2.0), np.concatenate([[0.0, 0.0], paid])[: len(paid)])
    assert np.array_equal(moved_usd(paid, -1.0), np.append(paid[1:], 0.0))
    assert np.array_equal(moved_usd(paid, 0.0), paid)


@given(CENTS, STEPS)
def test_commitments_are_what_is_paid_within_the_lead(cents: list[int], lead: float) -> None:
    paid = np.array(cents) / 100
    owed = committed_usd(paid, lead)
    whole, part = int(lead), lead - int(lead)
    for step in range(len(cents)):
        later = paid[step + 1 :]
        expected = later[:whole].sum() + part * later[whole : whole + 1].sum()
        assert float(owed[step]) == pytest.approx(expected, abs=0.005)


def test_a_lead_into_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        committed_usd([1.0], -1.0)
