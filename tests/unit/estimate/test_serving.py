from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import serving

PER_DAY = st.floats(1, 1e5)
PEAK = st.floats(1, 5)
SPEED = st.floats(1, 1e5)
SHARE = st.floats(0.05, 1)
SPARE = st.floats(0, 0.5)


@given(st.floats(1, 1e10), PER_DAY, PEAK, SPEED, SHARE, SPARE)
def test_chips_for_users_serve_those_users(
    users: float, wanted: float, peak: float, speed: float, share: float, spare: float
) -> None:
    demand = serving.peak_demand_per_s(users, wanted, peak)
    chips = serving.chips_needed(demand, speed, share, spare)
    assert float(serving.demand_served_per_s(chips, speed, share, spare)) == pytest.approx(float(demand))
    assert float(serving.users_served(chips, wanted, peak, speed, share, spare)) == pytest.approx(users)


@given(st.floats(1, 1e10), st.floats(0.1, 20), st.floats(1, 50), st.floats(1, 5e3), PEAK)
def test_tokens_are_sessions_times_turns_times_tokens(
    users: float, sessions: float, turns: float, tokens: float, peak: float
) -> None:
    found = float(serving.peak_tokens_per_s(users, sessions, turns, tokens, peak))
    per_user = sessions * turns * tokens
    assert found == pytest.approx(float(serving.peak_demand_per_s(users, per_user, peak)))


def test_images_follow_the_same_rule() -> None:
    demand = serving.peak_images_per_s(1e9, 0.2, 1.5)
    assert float(demand) == pytest.approx(1e9 * 0.2 / 86_400 * 1.5)
    chips = serving.chips_needed(demand, 0.5, 0.7, 0.1)
    assert float(serving.users_served(chips, 0.2, 1.5, 0.5, 0.7, 0.1)) == pytest.approx(1e9)
