"""Facility over IT power hour by hour: bounds, monotony, energy, and what it needs of water."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import OrchardError
from orchard.estimate.power.air import wet_bulb_k
from orchard.estimate.power.cooling import (
    COOLINGS,
    Cooling,
    annual_pue,
    cooling_named,
    hourly_pue,
    pue,
    water_kg_per_j,
)
from orchard.estimate.power.weather import HOURS, SHIPPED, Weather, weather

AIR = st.floats(220.0, 325.0)
HUMIDITY = st.floats(0.0, 1.0)
LOAD = st.floats(0.05, 1.0)
KINDS = st.sampled_from(list(COOLINGS.values()))


@pytest.fixture(scope="module", params=list(SHIPPED))
def year(request: pytest.FixtureRequest) -> Weather:
    return weather(request.param)


@given(AIR, HUMIDITY, KINDS, LOAD)
def test_a_facility_draws_more_than_its_chips(air: float, humid: float, kind: Cooling, load: float) -> None:
    found = float(pue(air, wet_bulb_k(air, humid), kind, load))
    assert np.isfinite(found)
    assert 1.0 < found < 3.5


@given(AIR, AIR, st.sampled_from([kind for kind in COOLINGS.values() if not kind.wet]), LOAD)
def test_warmer_never_lowers_a_dry_cooler(one: float, other: float, kind: Cooling, load: float) -> None:
    cold, warm = sorted((one, other))
    assert float(pue(cold, cold, kind, load)) <= float(pue(warm, warm, kind, load)) + 1e-12


@given(AIR, HUMIDITY, HUMIDITY, KINDS, LOAD)
def test_more_humid_never_lowers_it(air: float, one: float, other: float, kind: Cooling, load: float) -> None:
    dry, damp = sorted((one, other))
    less, more = (float(pue(air, wet_bulb_k(air, humid), kind, load)) for humid in (dry, damp))
    assert less <= more + 1e-9


@given(AIR, HUMIDITY, KINDS, LOAD, LOAD)
def test_more_load_never_lowers_the_power(
    air: float, humid: float, kind: Cooling, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    wet = wet_bulb_k(air, humid)
    assert less * float(pue(air, wet, kind, less)) <= more * float(pue(air, wet, kind, more)) + 1e-12


@given(st.floats(250.0, 320.0), HUMIDITY, st.floats(6e4, 1.05e5))
def test_wet_bulb_lies_below_the_dry_one(air: float, humid: float, pressure: float) -> None:
    wet = float(wet_bulb_k(air, humid, pressure))
    assert air - 60.0 < wet <= air
    assert wet <= float(wet_bulb_k(air, min(humid + 0.05, 1.0), pressure)) + 1e-6


@pytest.mark.parametrize("kind", list(COOLINGS))
def test_energy_of_the_hours_is_that_of_the_year(year: Weather, kind: str) -> None:
    it_w = 1e6 * (1.0 + 0.3 * np.sin(np.arange(HOURS)))
    hourly = hourly_pue(year, kind)
    assert hourly.shape == (HOURS,)
    assert annual_pue(hourly, it_w) * it_w.sum() == pytest.approx((hourly * it_w).sum(), rel=1e-12)
    assert hourly.min() <= annual_pue(hourly, it_w) <= hourly.max()


@pytest.mark.parametrize("kind", list(COOLINGS))
def test_water_is_drawn_where_it_evaporates(year: Weather, kind: str) -> None:
    water = water_kg_per_j(year, kind)
    assert np.isfinite(water).all()
    assert (water >= 0).all()
    assert bool(water.any()) == (
        COOLINGS[kind].wet and not (kind == "evaporative" and year.place.latitude_deg > 50)
    )


def test_hot_places_cost_more_than_cold_ones() -> None:
    years = [weather(name) for name in ("sand-point", "greensboro", "miami")]
    for kind in COOLINGS:
        means = [hourly_pue(one, kind).mean() for one in years]
        assert means == sorted(means)


def test_other_coolings_are_named() -> None:
    assert cooling_named("Chilled water") is COOLINGS["chilled-water"]
    with pytest.raises(OrchardError, match="did you mean 'liquid'") as error:
        cooling_named("liqid")
    assert error.value.findings[0].code == "O852"
