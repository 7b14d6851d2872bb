"""Sun and wind: shares of rated power, with the sun where it stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.power.renewables import (
    Turbine,
    power_curve,
    solar_capacity_factor,
    wind_capacity_factor,
)
from orchard.estimate.power.weather import HOURS, SHIPPED, Weather, weather


@pytest.fixture(scope="module", params=list(SHIPPED))
def year(request: pytest.FixtureRequest) -> Weather:
    return weather(request.param)


def test_sun_shines_by_day(year: Weather) -> None:
    for tracker in (True, False):
        share = solar_capacity_factor(year, tracker)
        assert share.shape == (HOURS,)
        assert 0 <= share.min() <= share.max() <= 1
        by_hour = share.reshape(365, 24).mean(axis=0)
        assert by_hour[[0, 1, 2, 22, 23]].max() < 0.01
        assert 9 <= by_hour.argmax() <= 14


def test_a_tracker_gives_more_than_a_fixed_row(year: Weather) -> None:
    tracked, fixed = (solar_capacity_factor(year, tracker).mean() for tracker in (True, False))
    assert 1.0 < tracked / fixed < 1.4


def test_wind_is_a_share(year: Weather) -> None:
    share = wind_capacity_factor(year)
    assert share.shape == (HOURS,)
    assert 0 <= share.min() <= share.max() <= 1 - Turbine().losses


@given(st.floats(0, 25), st.floats(0, 25), st.floats(0.8, 1.4))
def test_more_wind_gives_no_less_below_the_cut_out(one: float, other: float, density: float) -> None:
    less, more = sorted((one, other))
    assert float(power_curve(less, density, Turbine())) <= float(power_curve(more, density, Turbine()))


def test_storms_stop_turbines() -> None:
    assert power_curve(np.array([24.9, 25.1]), 1.2, Turbine()).tolist() == [1.0, 0.0]
