"""Facility over IT power (PUE) in each hour of a year, and the water, by kind of cooling.

Heat leaves through a heat exchanger that needs a difference between what cools the chips and the air
outside: the dry bulb, or the wet bulb where water evaporates. While the air is cold enough, fans alone do
it, and their power falls with the cube of their speed; where it is not, a compressor lifts what is left.
The rest of the overhead is losses of transformers and batteries, and what buildings use.

Hourly and annual ratios are not the ratio of a site's grid connection to its chips: that one is taken
on the hottest day, at full load, with everything running, and is 0.1 to 0.3 higher (see `facility`).

Sources: fan laws (power goes with the cube of the flow); compressors at a fixed part of Carnot's
efficiency; temperatures by ASHRAE TC 9.9 (2021): air up to 27 °C, liquid of class W40. Fan powers,
approaches and losses are our judgement of good practice. The losses and the slowest fans were set so that
halls on outside air come out at the published annual mean of 1.08; everything else follows from the form,
and tests/published/test_power.py puts it beside what is published.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard import units
from orchard.errors import Finding, OrchardError, did_you_mean
from orchard.estimate.power.air import ZERO_C_K, wet_bulb_k
from orchard.estimate.power.weather import Weather

Array = NDArray[np.float64]


class Cooling(NamedTuple):
    """A way of cooling. Shares are of IT power, at full load; temperatures in K or °C as named.

    `supply_c` is what the chips' loop is given, `return_k` how much warmer it comes back, `approach_k`
    what the exchanger needs at full fan speed. Where `wet`, the wet bulb counts and water evaporates from
    `wet_above_c` on; a tower is always wet.
    """

    title: str
    supply_c: float
    return_k: float
    approach_k: float
    fans: float
    least_fans: float
    losses: float
    wet: bool = False
    wet_above_c: float = -273.15
    lift_k: float = 12.0


# Compressors reach this part of Carnot's efficiency, pumps and motors included; differences of less than
# LEAST_LIFT_K are beyond them.
CARNOT_SHARE = 0.45
LEAST_LIFT_K = 8.0
# Fans do not turn slower than this, and pumps and controls keep running.
SLOWEST = 0.3
# Heat that a kilogram of water takes with it, in kJ (at 25 °C), and how often water is used before it is
# drained for its salts: cycles of concentration.
EVAPORATION_KJ_PER_KG = 2.44 * 1e3
CYCLES = 4.0
# Of a tower's heat, what leaves by evaporation; the rest warms the air.
TOWER_EVAPORATED = 0.85

COOLINGS = {
    "dry": Cooling("air-cooled chillers, dry coolers in the cold", 24.0, 10.0, 10.0, 0.06, 0.025, 0.05),
    "evaporative": Cooling(
        "outside air, evaporation in the heat", 27.0, 12.0, 2.0, 0.035, 0.018, 0.05, True, 22.0
    ),
    "chilled-water": Cooling(
        "chillers with towers, without them in the cold",
        20.0,
        8.0,
        6.0,
        0.055,
        0.025,
        0.05,
        True,
        -273.15,
        10.0,
    ),
    "liquid": Cooling("warm water to the chips, dry coolers", 40.0, 10.0, 8.0, 0.035, 0.015, 0.05),
}


def cooling_named(name: str) -> Cooling:
    """The cooling of this name: dry, evaporative, chilled-water or liquid.

    Raises
    ------
    OrchardError
        O852: another name
    """
    key = name.strip().casefold().replace("_", "-").replace(" ", "-")
    if key not in COOLINGS:
        wanted = f"one of {', '.join(COOLINGS)}"
        raise OrchardError(
            Finding("O852", "", "cooling", repr(name[:40]), wanted, did_you_mean(key, COOLINGS))
        )
    return COOLINGS[key]


def hourly_pue(year: Weather, cooling: str | Cooling = "dry", load: ArrayLike = 1.0) -> Array:
    """Facility over IT power in each hour [8760]; 1 or more.

    Parameters
    ----------
    load
        IT power over what cooling and supply are built for, above 0 to 1: half the load still loses what
        transformers lose without any

    >>> from orchard.estimate.power.weather import weather
    >>> year = weather("greensboro")
    >>> [round(float(hourly_pue(year, name).mean()), 2) for name in COOLINGS]
    [1.15, 1.07, 1.12, 1.07]
    """
    chosen = cooling_named(cooling) if isinstance(cooling, str) else cooling
    return pue(year.dry_bulb_k, _wet_k(year, chosen), chosen, load)


def pue(dry_bulb_k: ArrayLike, wet_bulb_k: ArrayLike, cooling: Cooling, load: ArrayLike = 1.0) -> Array:
    """Facility over IT power at temperatures of the outside air; arrays broadcast."""
    share = np.clip(load, 1e-3, 1.0)
    sink_c = _sink_c(np.asarray(dry_bulb_k), np.asarray(wet_bulb_k), cooling)
    speed = np.clip(cooling.approach_k * share / np.maximum(cooling.supply_c - sink_c, 1e-9), SLOWEST, 1.0)
    fans = cooling.least_fans + (cooling.fans - cooling.least_fans) * speed**3
    # Half of the losses of the supply are there whatever the load (assumed).
    losses = cooling.losses * 0.5 * (1.0 + share)
    heat = 1.0 + cooling.losses
    result: Array = 1.0 + (fans + losses) / share + heat * _lifted(sink_c, cooling) / _cop(sink_c, cooling)
    return result


def annual_pue(hourly: ArrayLike, it_power_w: ArrayLike = 1.0) -> float:
    """Facility over IT energy of a year: hours count by the IT energy in them.

    >>> annual_pue([1.25, 1.75], [3.0, 1.0])
    1.375
    """
    ratio, power = np.broadcast_arrays(np.asarray(hourly, dtype=np.float64), it_power_w)
    return float((ratio * power).sum() / power.sum())


def water_kg_per_j(year: Weather, cooling: str | Cooling = "dry") -> Array:
    """Water drawn a joule of IT energy in each hour [8760]: evaporated, and drained for its salts.

    >>> from orchard.estimate.power.weather import weather
    >>> year = weather("greensboro")
    >>> [round(float(litres_per_kwh(water_kg_per_j(year, name)).mean()), 2) for name in COOLINGS]
    [0.0, 0.16, 1.81, 0.0]
    """
    chosen = cooling_named(cooling) if isinstance(cooling, str) else cooling
    if not chosen.wet:
        return np.zeros(len(year.dry_bulb_k))
    dry_c, wet_c = year.dry_bulb_k - ZERO_C_K, _wet_k(year, chosen) - ZERO_C_K
    heat = 1.0 + chosen.losses
    if chosen.wet_above_c < dry_c.min():
        work = heat * _lifted(wet_c, chosen) / _cop(wet_c, chosen)
        evaporated = TOWER_EVAPORATED * (heat + work)
    else:
        evaporated = heat * (dry_c - _sink_c(year.dry_bulb_k, _wet_k(year, chosen), chosen)) / chosen.return_k
    result: Array = evaporated / (EVAPORATION_KJ_PER_KG * 1e3) * CYCLES / (CYCLES - 1.0)
    return result


def litres_per_kwh(water_kg_per_j: ArrayLike) -> Array:
    """Water usage effectiveness (WUE) as it is published; a litre weighs a kilogram.

    >>> round(float(litres_per_kwh(5e-7)), 3)
    1.8
    """
    result: Array = np.asarray(water_kg_per_j, dtype=np.float64) * units.factor("kWh")
    return result


def _wet_k(year: Weather, cooling: Cooling) -> Array:
    """The wet bulb where it counts; it is worked out hour by hour."""
    if not cooling.wet:
        return year.dry_bulb_k
    return wet_bulb_k(year.dry_bulb_k, year.relative_humidity, year.pressure_pa)


def _sink_c(dry_bulb_k: Array, wet_bulb_k: Array, cooling: Cooling) -> Array:
    """What the heat goes to: the air, cooled by water no further than it must be."""
    dry_c, wet_c = dry_bulb_k - ZERO_C_K, wet_bulb_k - ZERO_C_K
    if not cooling.wet:
        return dry_c
    if cooling.wet_above_c <= -ZERO_C_K:
        return wet_c
    return np.where(dry_c > cooling.wet_above_c, np.maximum(wet_c, cooling.wet_above_c), dry_c)


def _lifted(sink_c: Array, cooling: Cooling) -> Array:
    """The share of the heat that a compressor lifts; the exchanger takes the rest, from the warm end."""
    beyond = (sink_c + cooling.approach_k - cooling.supply_c) / cooling.return_k
    share: Array = np.clip(beyond, 0.0, 1.0)
    return share


def _cop(sink_c: Array, cooling: Cooling) -> Array:
    """Heat lifted a joule of compressor work."""
    cold_k = cooling.supply_c + ZERO_C_K - cooling.approach_k / 2
    lift = np.maximum(sink_c + ZERO_C_K + cooling.lift_k - cold_k, LEAST_LIFT_K)
    result: Array = CARNOT_SHARE * cold_k / lift
    return result
