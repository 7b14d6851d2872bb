"""Capital by class: chips, servers, network; building, power and cooling, land.

The first three are the money for servers, the last three that for the places where they stand. One
class of each takes what the others leave, so the classes add up to what was spent, to the cent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

CLASSES = ("chips", "servers", "network", "building", "power", "land")


class Shares(NamedTuple):
    """How money divides: parts of that for servers, and parts of that for construction.

    Servers take what chips and network leave, buildings what power and land leave.
    """

    chips: ArrayLike
    network: ArrayLike
    power: ArrayLike
    land: ArrayLike


class Capital(NamedTuple):
    """Capital expenditure by class, in USD."""

    chips_usd: Array
    servers_usd: Array
    network_usd: Array
    building_usd: Array
    power_usd: Array
    land_usd: Array

    @property
    def total_usd(self) -> Array:
        """All classes together."""
        total: Array = np.sum(self, axis=0)
        return total


def capital_usd(servers_usd: ArrayLike, construction_usd: ArrayLike, shares: Shares) -> Capital:
    """Divide the money for servers and that for construction into classes.

    Parameters
    ----------
    servers_usd : for chips with their servers and network
    construction_usd : for buildings, power, cooling, land

    Raises
    ------
    ValueError      shares of one kind beyond all of it

    >>> [float(part) for part in capital_usd(100.0, 50.0, Shares(0.5, 0.25, 0.5, 0.25))]
    [50.0, 25.0, 25.0, 12.5, 25.0, 12.5]
    """
    chips, network, power, land = (np.asarray(share, dtype=np.float64) for share in shares)
    for name, above in (("chips and network", chips + network), ("power and land", power + land)):
        if np.any(above > 1.0 + 1e-12):
            raise ValueError(f"found {name} of {float(np.max(above)):g}; wanted at most all of it, 1")
    computing = np.asarray(servers_usd, dtype=np.float64)
    building = np.asarray(construction_usd, dtype=np.float64)
    first, second = computing * chips, computing * network
    third, fourth = building * power, building * land
    return Capital(first, computing - first - second, second, building - third - fourth, third, fourth)
