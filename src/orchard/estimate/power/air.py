"""Moist air: how far water can cool it, and how much of it there is.

Source: the psychrometric equation of the wet-bulb with the coefficient of a ventilated thermometer
(WMO-No. 8, annex 4.B); saturation pressure after Alduchov and Eskridge 1996 (J. Appl. Meteorol. 35,
601). We differ: solved by bisection, so that any pressure will do, instead of a fit at sea level.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ZERO_C_K = 273.15
STANDARD_KPA = 101.325
# Saturation pressure over water: kPa, and the two numbers of its exponent.
_SATURATION = (0.61094, 17.625, 243.04)
# Psychrometric coefficient at 0 °C, a kelvin, and its growth a kelvin.
_PSYCHROMETRIC = (6.53e-4, 9.44e-4)
# Deepest that a wet bulb is below a dry one, in K, and halvings of that: to a micro-kelvin.
_DEEPEST_K = 60.0
_HALVINGS = 26


def saturation_kpa(air_k: ArrayLike) -> Array:
    """Pressure of water vapour over water.

    >>> round(float(saturation_kpa(293.15)), 2)
    2.33
    """
    start, factor, offset = _SATURATION
    celsius = np.maximum(np.asarray(air_k, dtype=np.float64) - ZERO_C_K, -200.0)
    result: Array = start * np.exp(factor * celsius / (celsius + offset))
    return result


def wet_bulb_k(
    dry_bulb_k: ArrayLike, relative_humidity: ArrayLike, pressure_pa: ArrayLike = STANDARD_KPA * 1e3
) -> Array:
    """Temperature to which evaporation cools air; never above the dry bulb, and equal to it at saturation.

    Parameters
    ----------
    relative_humidity
        over water, 0 to 1

    >>> round(float(wet_bulb_k(293.15, 0.5)) - 273.15, 1)
    13.8
    >>> float(wet_bulb_k(293.15, 1.0))
    293.15
    """
    dry, humid, pressure = np.broadcast_arrays(
        *(np.asarray(one, dtype=np.float64) for one in (dry_bulb_k, relative_humidity, pressure_pa))
    )
    vapour = np.clip(humid, 0.0, 1.0) * saturation_kpa(dry)
    least, growth = _PSYCHROMETRIC
    low, high = dry - _DEEPEST_K, dry.copy()
    for _ in range(_HALVINGS):
        wet = 0.5 * (low + high)
        slope = least * (1.0 + growth * (wet - ZERO_C_K)) * pressure / 1e3
        dry_there = saturation_kpa(wet) - slope * (dry - wet) < vapour
        low, high = np.where(dry_there, wet, low), np.where(dry_there, high, wet)
    return high
