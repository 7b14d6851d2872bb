"""From what plants cost to what a case is made of: each technology as a source or a battery.

What a plant costs is looked up by a function that gives facts ``supply.<technology>.<what>`` in coherent
units, so that whoever asks can keep account of what was used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from orchard import units
from orchard.estimate.supply.case import Array, Battery, Source
from orchard.estimate.supply.finance import capital_recovery

Known = Callable[[str], float]
Burning = Literal["engine", "turbine", "ccgt"]

BURNING: tuple[Burning, ...] = ("engine", "turbine", "ccgt")
FREE = ("solar", "wind")
# Of wind and sun, nothing is there for certain; a battery of four hours is not counted on either.
FIRM = {"grid": 1.0, "engine": 1.0, "turbine": 1.0, "ccgt": 1.0}
BATTERY_HOURS = 4.0

_YEAR_S = units.factor("y")


class Ordered(NamedTuple):
    """What is ordered or contracted in W, and what there may be at most."""

    capacity_w: float = 0.0
    most_w: float = float("inf")


class Prices(NamedTuple):
    """What the programme states; None where the catalogue is asked."""

    energy_usd_per_j: Array | float | None = None
    charge_usd_per_w: float = 0.0
    capital_usd_per_w: float | None = None
    fuel_usd_per_j: float | None = None
    carbon_kg_per_j: float | None = None


def yearly_usd_per_w(known: Known, technology: str, capital_usd_per_w: float | None = None) -> float:
    """What a watt of a plant costs a year: capital repaid over its life, and upkeep."""
    kind = f"supply.{technology}"
    capital = known(f"{kind}.capital") if capital_usd_per_w is None else capital_usd_per_w
    life = known(f"{kind}.life") / _YEAR_S
    return capital * capital_recovery(known("supply.interest"), life) + known(f"{kind}.fixed") * _YEAR_S


def grid(known: Known, name: str, ordered: Ordered, prices: Prices) -> Source:
    """A grid contract: energy at a price, a charge for its size."""
    carbon = prices.carbon_kg_per_j
    return Source(
        name, "grid", prices.charge_usd_per_w, prices.charge_usd_per_w,
        0.0 if prices.energy_usd_per_j is None else prices.energy_usd_per_j,
        known("supply.grid.carbon") if carbon is None else carbon,
        existing_w=ordered.capacity_w, most_w=ordered.most_w, firm=FIRM["grid"],
    )  # fmt: skip


def burning(known: Known, name: str, technology: str, ordered: Ordered, prices: Prices) -> Source:
    """A plant that burns gas; its heat rate is fuel over electricity, at the higher heating value."""
    kind = f"supply.{technology}"
    heat = known(f"{kind}.heat_rate")
    fuel = prices.fuel_usd_per_j
    if fuel is None:
        fuel = known("supply.gas.price") + known("supply.gas.delivery")
    yearly = yearly_usd_per_w(known, technology, prices.capital_usd_per_w)
    return Source(
        name, technology, yearly, yearly, known(f"{kind}.variable") + heat * fuel,
        heat * known("supply.gas.carbon"), 1.0 - known(f"{kind}.outage"),
        ordered.capacity_w, ordered.most_w, FIRM[technology],
    )  # fmt: skip


def free(
    known: Known, name: str, technology: str, ordered: Ordered, prices: Prices, available: Array
) -> Source:
    """A field of solar panels or wind turbines that gives what sun and wind give."""
    yearly = yearly_usd_per_w(known, technology, prices.capital_usd_per_w)
    return Source(
        name, technology, yearly, yearly, 0.0, available=available,
        existing_w=ordered.capacity_w, most_w=ordered.most_w, firm=0.0,
    )  # fmt: skip


def battery(known: Known, name: str, ordered: Ordered, prices: Prices) -> Battery:
    """A battery of four hours."""
    yearly = yearly_usd_per_w(known, "battery", prices.capital_usd_per_w)
    return Battery(
        name, yearly, yearly, BATTERY_HOURS, known("supply.battery.efficiency"),
        1.0 - known("supply.battery.outage"), ordered.capacity_w, ordered.most_w,
    )  # fmt: skip
