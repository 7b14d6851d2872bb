"""Plants are made of facts, and what a programme states goes before them."""

from __future__ import annotations

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate.supply.technologies import (
    BURNING,
    FREE,
    Ordered,
    Prices,
    battery,
    burning,
    free,
    grid,
    yearly_usd_per_w,
)

MWH = units.factor("MWh")


def known(fact_id: str) -> float:
    return catalogue().fact(fact_id).value


@pytest.mark.parametrize("technology", BURNING)
def test_a_gas_plant_costs_a_life_of_capital_and_burns_what_its_heat_rate_says(technology: str) -> None:
    plant = burning(known, "gas", technology, Ordered(), Prices())
    heat = known(f"supply.{technology}.heat_rate")
    assert 1.7 < heat < 3.2  # fuel over electricity, at the higher heating value
    fuel = (known("supply.gas.price") + known("supply.gas.delivery")) * heat
    assert plant.energy_usd_per_j == pytest.approx(fuel + known(f"supply.{technology}.variable"))
    assert plant.carbon_kg_per_j * MWH == pytest.approx(heat * 53.06 / 1.05505585262 * 3.6)
    assert 0.1 < plant.new_usd_per_w < 0.3
    assert plant.new_usd_per_w == plant.kept_usd_per_w


def test_a_combined_cycle_is_cheaper_to_run_and_an_engine_lies_between() -> None:
    price = {name: burning(known, name, name, Ordered(), Prices()).energy_usd_per_j for name in BURNING}
    assert price["ccgt"] < price["engine"] < price["turbine"]


def test_stated_prices_go_before_facts() -> None:
    stated = Prices(fuel_usd_per_j=0.0, capital_usd_per_w=1.0)
    plant = burning(known, "gas", "ccgt", Ordered(5.0, 10.0), stated)
    assert plant.energy_usd_per_j == known("supply.ccgt.variable")
    assert plant.new_usd_per_w < yearly_usd_per_w(known, "ccgt")
    assert (plant.existing_w, plant.most_w) == (5.0, 10.0)
    wire = grid(known, "grid", Ordered(), Prices(1e-8, 0.15, carbon_kg_per_j=0.0))
    assert (wire.energy_usd_per_j, wire.new_usd_per_w, wire.carbon_kg_per_j) == (1e-8, 0.15, 0.0)


@pytest.mark.parametrize("technology", FREE)
def test_sun_and_wind_cost_nothing_to_run_and_are_never_firm(technology: str) -> None:
    share = np.array([0.0, 0.5])
    plant = free(known, technology, technology, Ordered(), Prices(), share)
    assert plant.energy_usd_per_j == plant.carbon_kg_per_j == plant.firm == 0.0
    assert plant.available is share


def test_a_battery_holds_four_hours() -> None:
    plant = battery(known, "battery", Ordered(), Prices())
    assert plant.hours == 4.0
    assert 0.8 < plant.efficiency < 0.9


def test_stages_of_a_hall_add_up_to_what_sites_took() -> None:
    """The parts are judged; their sum is what satellite images show."""
    parts = sum(known(f"build.hall.{stage}") for stage in ("ground", "shell", "energise"))
    assert parts == pytest.approx(known("build.hall.clearing-to-power"), rel=0.05)
    tent = sum(known(f"build.tent.{stage}") for stage in ("ground", "shell", "energise"))
    assert tent < parts / 2
