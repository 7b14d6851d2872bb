from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import power

SHARE = st.floats(0, 1)
CHIPS = st.floats(0, 1e7)
WATTS = st.floats(1.0, 5e3)


@given(CHIPS, SHARE, SHARE)
def test_every_chip_does_one_thing(chips: float, training: float, serving: float) -> None:
    use = power.chips_by_activity(chips, training, serving)
    assert float(use.total) == pytest.approx(chips, rel=1e-12)
    assert all(float(part) >= 0 for part in use)


@given(CHIPS, SHARE, SHARE, WATTS, SHARE, SHARE, SHARE)
def test_power_adds_up_and_stays_below_nameplate(
    chips: float, training: float, serving: float, rated: float, draw: float, other: float, idle: float
) -> None:
    use = power.chips_by_activity(chips, training, serving)
    found = power.it_power_w(use, rated, draw, other, idle)
    assert float(found.total_w) == pytest.approx(sum(float(part) for part in found))
    assert float(found.total_w) <= chips * rated * (1 + 1e-12)


@given(st.floats(0, 1e10), st.floats(1.0, 2.0))
def test_facility_and_it_power_are_inverse(it_w: float, ratio: float) -> None:
    site = power.facility_power_w(it_w, ratio)
    assert float(site) >= it_w
    assert float(power.it_capacity_w(site, ratio)) == pytest.approx(it_w)


@given(st.floats(0, 1e10), st.floats(0, 1e8), st.floats(0, 1e8))
def test_energy_adds_over_time(watts: float, first: float, second: float) -> None:
    whole = float(power.energy_j(watts, first + second))
    parts = float(power.energy_j(watts, first)) + float(power.energy_j(watts, second))
    assert whole == pytest.approx(parts)


@given(st.floats(-1e6, 5e9), WATTS, st.sampled_from([1.0, 8.0, 72.0]))
def test_chips_never_exceed_their_power_and_one_more_unit_would(
    budget: float, each: float, unit: float
) -> None:
    chips = float(power.chips_within_power(budget, each, unit))
    assert chips % unit == 0
    assert chips * each <= max(budget, 0)
    assert (chips + unit) * each > budget * (1 - 1e-12)
