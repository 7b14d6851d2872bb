"""Power: what chips draw by activity, what the facility draws for them, what a budget feeds.

Power of a chip includes its share of server, switches and rack. Nameplate is the most it is rated
to draw; the draw of an activity (training, serving, idle) is a share of that. Facility power is IT
power times a ratio: the annual mean (PUE) for energy, the peak ratio for the grid connection. These
are different quantities, and the caller says which.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class ChipUse(NamedTuple):
    """Chips by activity; their sum is `total`."""

    training: Array
    serving: Array
    idle: Array

    @property
    def total(self) -> Array:
        """All chips."""
        return self.training + self.serving + self.idle


class ItPower(NamedTuple):
    """IT power by activity, in W; its sum is `total_w`."""

    training_w: Array
    serving_w: Array
    idle_w: Array

    @property
    def total_w(self) -> Array:
        """All IT power."""
        return self.training_w + self.serving_w + self.idle_w


def chips_by_activity(chips: ArrayLike, training_share: ArrayLike, serving_share: ArrayLike) -> ChipUse:
    """Divide chips: training first, then serving from what is left, the rest idle.

    >>> [float(part) for part in chips_by_activity(1000.0, 0.75, 0.5)]
    [750.0, 250.0, 0.0]
    """
    total = np.asarray(chips, dtype=np.float64)
    training = total * np.clip(training_share, 0.0, 1.0)
    serving = np.minimum(total * np.clip(serving_share, 0.0, 1.0), total - training)
    return ChipUse(training, serving, total - training - serving)


def it_power_w(
    use: ChipUse,
    nameplate_w: ArrayLike,
    training_draw: ArrayLike,
    serving_draw: ArrayLike,
    idle_draw: ArrayLike,
) -> ItPower:
    """IT power of chips of one kind by what they do.

    Parameters
    ----------
    nameplate_w : rated IT power per chip, with its share of server, switches and rack
    training_draw, serving_draw, idle_draw : shares of nameplate, 0 to 1

    >>> use = chips_by_activity(1000.0, 0.5, 0.25)
    >>> float(it_power_w(use, 1275.0, 0.75, 0.5, 0.25).total_w)
    717187.5
    """
    rated = np.asarray(nameplate_w, dtype=np.float64)
    return ItPower(
        use.training * rated * np.asarray(training_draw),
        use.serving * rated * np.asarray(serving_draw),
        use.idle * rated * np.asarray(idle_draw),
    )


def facility_power_w(it_power_w: ArrayLike, facility_ratio: ArrayLike) -> Array:
    """Power at the site's boundary: IT power times the ratio (PUE, or the peak ratio).

    >>> float(facility_power_w(100.0, 1.25))
    125.0
    """
    result: Array = np.asarray(it_power_w, dtype=np.float64) * np.asarray(facility_ratio)
    return result


def it_capacity_w(facility_power_w: ArrayLike, facility_ratio: ArrayLike) -> Array:
    """IT power that a facility's supply carries: the inverse of `facility_power_w`.

    >>> float(it_capacity_w(125.0, 1.25))
    100.0
    """
    result: Array = np.asarray(facility_power_w, dtype=np.float64) / np.asarray(facility_ratio)
    return result


def energy_j(power_w: ArrayLike, time_s: ArrayLike) -> Array:
    """Energy of a constant power over a time.

    >>> float(energy_j(1000.0, 3600.0))
    3600000.0
    """
    result: Array = np.asarray(power_w, dtype=np.float64) * np.asarray(time_s)
    return result


def chips_within_power(
    power_w: ArrayLike, power_per_chip_w: ArrayLike, chips_per_unit: ArrayLike = 1.0
) -> Array:
    """Most chips, in whole units (chips, servers or racks), whose power stays within the budget.

    Never exceeds `power_w`, not by rounding either; zero when the budget is below one unit.

    >>> float(chips_within_power(1e6, 1833.0, 72))
    504.0
    """
    budget = np.maximum(np.asarray(power_w, dtype=np.float64), 0.0)
    size = np.asarray(chips_per_unit, dtype=np.float64)
    each = np.asarray(power_per_chip_w, dtype=np.float64)
    units = np.floor(budget / (each * size))
    units = np.where(units * size * each > budget, units - 1.0, units)
    result: Array = units * size
    return result
