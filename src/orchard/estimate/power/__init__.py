"""Power: what chips draw, what the site draws for them, hour by hour and at its peak.

draw        what chips draw by what they do, what the facility draws for them, what a budget feeds
sites       power of sites from the chips in them, and how good that is
activity    what chips draw in each phase of a training job
swing       what its phases do to the grid: spectrum, ramps, range (smoothing: what helps, at what cost)
weather     a year of hourly weather, of a file (weather_files) or of a place that ships with pvlib
cooling     the ratio of facility to IT power in each hour, and the water (air: wet bulbs)
renewables  what sun and wind give in each hour
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
