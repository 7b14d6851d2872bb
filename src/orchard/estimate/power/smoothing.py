"""Ways of smoothing the power of a training job, and what each costs in energy.

floor      chips burn power while they wait, so that power never falls below a level: simple, and paid
           for in energy as long as the job runs
storage    power supplies or a battery of the site take in what waiting leaves and give it back: paid for
           in losses; what they hold and how fast they give bounds what they can do

Source: Choukse et al. 2025 (arXiv 2508.14318) for the ways; of the storage in GB300 racks, NVIDIA says
that it cuts peaks by up to 30 % (fact power.gb300.smoothing), which bounds `storage` in chips' supplies.
"""

from __future__ import annotations

from typing import NamedTuple

from orchard.catalogue import catalogue
from orchard.estimate.power.swing import Wave


class Smoothed(NamedTuple):
    """A wave after smoothing, the mean power that it costs, and the energy that is stored and given back."""

    wave: Wave
    cost_w: float
    stored_j: float = 0.0


def floor(wave: Wave, share: float) -> Smoothed:
    """Never below this share of the high level.

    >>> made = floor(Wave(10.0, 4.0, 2.0, 0.75, 0.0), 0.8)
    >>> made.wave.low_w, made.cost_w
    (8.0, 1.0)
    """
    low = max(wave.low_w, min(share, 1.0) * wave.high_w)
    return Smoothed(wave._replace(low_w=low), (low - wave.low_w) * (1.0 - wave.duty))


def storage(wave: Wave, energy_j: float, power_w: float, most_cut: float = 1.0) -> Smoothed:
    """A store of so much energy and power, used in every period; the mean stays, but for its losses.

    Parameters
    ----------
    most_cut
        most by which the peak falls, as a share of it

    >>> made = storage(Wave(10.0, 4.0, 2.0, 0.5, 0.0), energy_j=1.5, power_w=10.0)
    >>> round(made.wave.swing_w, 3), made.stored_j
    (3.0, 1.5)
    """
    above = wave.high_w - wave.mean_w
    needed = above * wave.duty * wave.period_s
    if needed <= 0:
        return Smoothed(wave, 0.0)
    largest = max(above, wave.mean_w - wave.low_w)
    part = min(1.0, max(energy_j, 0.0) / needed, max(power_w, 0.0) / largest, most_cut * wave.high_w / above)
    given_w = part * above * wave.duty
    cost = given_w * (1.0 / catalogue().fact("power.storage.efficiency").value - 1.0)
    level = wave.mean_w + cost
    high, low = level + (1.0 - part) * above, level - (1.0 - part) * (wave.mean_w - wave.low_w)
    return Smoothed(wave._replace(high_w=high, low_w=low), cost, part * needed)


def supplies(wave: Wave, energy_j: float, power_w: float) -> Smoothed:
    """Storage in the chips' power supplies, as in GB300 racks: as `storage`, within what its maker states.

    >>> made = supplies(Wave(10.0, 2.0, 1.0, 0.3, 0.0), 100.0, 100.0)
    >>> bool(made.wave.high_w - made.cost_w >= 7.0 - 1e-9)
    True
    """
    return storage(wave, energy_j, power_w, catalogue().fact("power.gb300.smoothing").value)
