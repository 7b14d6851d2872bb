"""What a unit of work costs: a chip for an hour, a token.

All that a chip needs is in it: capital for itself, its server and network, recovered over their life at a
discount; capital for the place where it stands, over a longer one; upkeep as a part of both a year; energy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard import units
from orchard.estimate.cost.worth import recovery_per_step

Array = NDArray[np.float64]

_YEAR_S = units.factor("y")


def chip_second_usd(
    server_usd: ArrayLike,
    place_usd: ArrayLike,
    server_life_s: ArrayLike,
    place_life_s: ArrayLike,
    discount_per_year: ArrayLike,
    upkeep_per_year: ArrayLike,
    power_w: ArrayLike,
    price_usd_per_j: ArrayLike,
) -> Array:
    """Cost of one chip for one second, whether it works or not.

    Parameters
    ----------
    server_usd, place_usd : per chip: with its server and network; building and plant for it
    server_life_s, place_life_s : over which capital is recovered, by payments once a year
    discount_per_year : what the money would earn elsewhere
    upkeep_per_year : repairs and staff on site, as a part of all capital
    power_w : facility power drawn on average
    price_usd_per_j : of electricity

    >>> year = units.factor("y")
    >>> each = chip_second_usd(50e3, 20e3, 5 * year, 20 * year, 0.0, 0.0, 2e3, 0.08 / 3.6e6)
    >>> round(float(each) * 3600, 4)    # 10 k and 1 k USD a year, and 0.16 USD of energy an hour
    1.4148
    """
    server, place = (np.asarray(value, dtype=np.float64) for value in (server_usd, place_usd))
    lives = (np.asarray(life, dtype=np.float64) / _YEAR_S for life in (server_life_s, place_life_s))
    first, second = (recovery_per_step(discount_per_year, years) for years in lives)
    yearly = server * first + place * second + (server + place) * np.asarray(upkeep_per_year)
    result: Array = yearly / _YEAR_S + np.asarray(power_w) * np.asarray(price_usd_per_j)
    return result


def token_usd(chip_second_usd: ArrayLike, tokens_per_s_per_chip: ArrayLike, busy: ArrayLike = 1.0) -> Array:
    """Cost of one token, trained on or answered, by chips that are busy for a part of the time.

    >>> round(float(token_usd(3.6 / 3600, 1000.0, 0.5)) * 1e6, 6)    # USD per million tokens
    2.0
    """
    speed = np.asarray(tokens_per_s_per_chip, dtype=np.float64) * np.asarray(busy)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = np.asarray(chip_second_usd) / speed
    return result
