"""What a plan's samples say of one site: power by quarter, chips, what they draw on one day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from orchard.plan import engine, fleet, power
from orchard.plan.calendar import STEPS_PER_QUARTER, Array, to_day
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Setup


class Reading(NamedTuple):
    """Samples of a site: at the ends of quarters [Q, S], on one day [S], first power by phase [S].

    `chip_w` is the power of the chips installed at their rating, by delivery; `drawn_w` the mean that
    they draw, `need_w` all of their rating together.
    """

    facility_w: Array
    it_w: Array
    chip_w: dict[str, Array]
    chips: dict[str, Array]
    drawn_w: Array
    need_w: Array
    energised_w: Array
    phase_day: dict[str, Array]


def read_site(setup: Setup, site_id: str, day: date, samples: int, seed: int) -> Reading:
    """Read a site off so many samples of the plan."""
    blocks = engine.run(setup, samples, seed, lambda outlook: _read(outlook, site_id, day))
    return Reading(
        np.concatenate([block.facility_w for block in blocks], axis=-1),
        np.concatenate([block.it_w for block in blocks], axis=-1),
        _joined([block.chip_w for block in blocks]),
        _joined([block.chips for block in blocks]),
        np.concatenate([block.drawn_w for block in blocks]),
        np.concatenate([block.need_w for block in blocks]),
        np.concatenate([block.energised_w for block in blocks]),
        _joined([block.phase_day for block in blocks]),
    )


def _joined(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}


def _read(outlook: Outlook, site_id: str, day: date) -> Reading:
    scene, at = outlook.scene, to_day(day) + 1  # the end of the day
    installed = outlook.installed(site_id)
    watts = {name: chips * fleet.it_power_per_chip_w(scene, name) for name, chips in installed.items()}
    return Reading(
        _quarterly(outlook.power_w(site_id)),
        _quarterly(outlook.it_power_w(site_id)),
        {name: _quarterly(each) for name, each in watts.items()},
        {name: scene.calendar.at(chips, at) for name, chips in installed.items()},
        scene.calendar.at(outlook.site_drawn_w(site_id), at),
        scene.calendar.at(outlook.power_need_w(installed), at),
        scene.calendar.at(outlook.power_w(site_id), at),
        {
            phase: power.phase_start_day(scene, site_id, phase)
            for phase in scene.programme.sites[site_id].ramp
        },
    )


def _quarterly(states: Array) -> Array:
    """States at the ends of quarters; rows of [E, S]."""
    return states[STEPS_PER_QUARTER::STEPS_PER_QUARTER].copy()
