"""Energy bought."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def energy_cost_usd(energy_j: ArrayLike, price_usd_per_j: ArrayLike) -> Array:
    """Cost of energy bought.

    >>> round(float(energy_cost_usd(3.6e9, 82.6 / 3.6e9)), 9)    # one MWh
    82.6
    """
    result: Array = np.asarray(energy_j, dtype=np.float64) * np.asarray(price_usd_per_j)
    return result
