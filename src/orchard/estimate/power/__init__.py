"""Power: what chips draw, what the site draws for them, hour by hour and at its peak.

draw       what chips draw by what they do, what the facility draws for them, what a budget feeds
weather    a year of hourly weather, of a file or of a place that ships with pvlib
renewables what sun and wind give in each hour of it
cooling    the ratio of facility to IT power in each hour, and the water
"""

from __future__ import annotations

from orchard.estimate.power.draw import (
    ChipUse,
    ItPower,
    chips_by_activity,
    chips_within_power,
    energy_j,
    facility_power_w,
    it_capacity_w,
    it_power_w,
)

__all__ = [
    "ChipUse",
    "ItPower",
    "chips_by_activity",
    "chips_within_power",
    "energy_j",
    "facility_power_w",
    "it_capacity_w",
    "it_power_w",
]
