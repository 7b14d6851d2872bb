"""Power of a fleet hour by hour: what nodes do, times what they draw when they do it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.catalogue import Catalogue
from orchard.estimate.power import ChipUse, facility_power_w, it_power_w
from orchard.estimate.power.activity import DRAWS
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import HOUR_S
from orchard.simulate.fleet.outcome import Outcome

# What chips of a job draw that is stopped: programs load, as for a checkpoint that training waits for.
_STOPPED = "checkpoint"


class Hours(NamedTuple):
    """Means over each hour [H], by pool [P]."""

    seconds: at.Real  # [H] length of each hour; the last may be shorter
    chips: at.Real  # [H, P, ACTIVITIES]
    it_w: at.Real  # [H, P]
    facility_w: at.Real  # [H, P]


def hours(outcome: Outcome, known: Catalogue) -> Hours:
    """Chips by activity and power. Nodes that are down draw nothing.

    The ratio of facility to IT power is the year's mean; what the weather does to it, and what training does
    within a step, `orchard site` says.
    """
    length = np.full(len(outcome.hours), HOUR_S)
    length[-1] = outcome.seconds - HOUR_S * (len(length) - 1)
    each = np.array([pool.chips_per_node for pool in outcome.pools])
    chips = outcome.hours / length[:, None, None] * each[None, :, None]
    rated = np.array([pool.nameplate_w for pool in outcome.pools])
    training, serving, idle, stopped = (
        known.fact(DRAWS[name]).value for name in ("training", "serving", "idle", _STOPPED)
    )
    free = chips[:, :, at.SPARE] + chips[:, :, at.IDLE]
    used = ChipUse(chips[:, :, at.TRAINING], chips[:, :, at.SERVES], free)
    loading = ChipUse(chips[:, :, at.STOPPED], np.zeros(1), np.zeros(1))
    power = it_power_w(used, rated, training, serving, idle).total_w
    power = power + it_power_w(loading, rated, stopped, serving, idle).training_w
    facility = facility_power_w(power, np.array([pool.pue for pool in outcome.pools]))
    return Hours(length, chips, power, facility)
