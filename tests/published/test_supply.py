"""Energy supply against what is published: each test prints predicted, published and error."""

from __future__ import annotations

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate.power.renewables import solar_capacity_factor
from orchard.estimate.power.weather import weather
from orchard.estimate.supply import HOURS_PER_YEAR, Case, Source, Supply, supply
from orchard.estimate.supply.technologies import Ordered, Prices, burning, yearly_usd_per_w

USD_PER_MWH = units.factor("USD/MWh")
# Lazard, Levelized Cost of Energy+ 18.0, June 2025, without subsidies, in USD/MWh: solar and wind as PV Tech
# tells on 17 June 2025, gas as the summary of the same report in news.fishai.com.cn/news/4167398.
LAZARD = {"ccgt": (48.0, 109.0), "turbine": (149.0, 251.0), "solar": (38.0, 78.0), "wind": (37.0, 86.0)}
# Hours of the year that each runs: base load, peaks, the sun of Greensboro, a middling site for wind.
PEAKING, WINDY = 0.12, 0.35


def known(fact_id: str) -> float:
    return catalogue().fact(fact_id).value


def report(what: str, predicted: float, low: float, high: float) -> None:
    middle = (low + high) / 2
    print(
        f"{what}: predicted {predicted:.4g}, published {low:g} to {high:g}, error {predicted / middle - 1:+.1%}"
    )


def levelised(source: Source, load_w: np.ndarray) -> float:
    """USD/MWh of a load that this source alone serves."""
    found = supply(Case(load_w, (source,)))
    assert isinstance(found, Supply)
    return found.cost_usd_per_j / USD_PER_MWH


@pytest.mark.parametrize(("technology", "runs"), [("ccgt", 1.0), ("turbine", PEAKING)])
def test_gas_plants_cost_what_lazard_finds(technology: str, runs: float) -> None:
    plant = burning(known, technology, technology, Ordered(), Prices())
    hours = np.arange(HOURS_PER_YEAR) < HOURS_PER_YEAR * runs
    cost = levelised(plant, np.where(hours, 1e8, 0.0))
    report(f"{technology} at {runs:.0%} of the hours, USD/MWh", cost, *LAZARD[technology])
    assert LAZARD[technology][0] <= cost <= LAZARD[technology][1]


@pytest.mark.parametrize("technology", ["solar", "wind"])
def test_sun_and_wind_cost_what_lazard_finds(technology: str) -> None:
    share = float(solar_capacity_factor(weather("greensboro")).mean()) if technology == "solar" else WINDY
    yearly = yearly_usd_per_w(known, technology)
    cost = yearly / (share * HOURS_PER_YEAR * units.factor("h")) / USD_PER_MWH
    report(f"{technology} at {share:.1%} of its rating, USD/MWh", cost, *LAZARD[technology])
    assert LAZARD[technology][0] <= cost <= LAZARD[technology][1]


def test_the_plants_for_hyperion_cost_what_the_utility_pays() -> None:
    """More than 3 G USD for 2,262 MW (meta.hyperion.gas.cost): a bound from below."""
    fact, size = catalogue().fact("supply.ccgt.capital"), known("meta.hyperion.gas")
    low, high = fact.low * size / 1e9, fact.high * size / 1e9
    published = known("meta.hyperion.gas.cost") / 1e9
    print(
        f"three combined cycles, G USD: predicted {fact.value * size / 1e9:.3g} ({low:.3g} to {high:.3g}), "
        f"published more than {published:g}"
    )
    assert low <= published <= high


def test_a_burned_megawatt_hour_of_gas_weighs_what_the_rule_says() -> None:
    """53.06 kg/MMBtu (40 CFR 98): 181 kg a MWh of fuel, whatever burns it."""
    plant = burning(known, "gas", "ccgt", Ordered(), Prices())
    fuel = known("supply.ccgt.heat_rate")
    predicted = plant.carbon_kg_per_j * units.factor("MWh") / fuel
    published = 53.06 / 0.29307107
    report("CO2 of gas, kg/MWh of fuel", predicted, published, published)
    assert predicted == pytest.approx(published, rel=1e-6)
