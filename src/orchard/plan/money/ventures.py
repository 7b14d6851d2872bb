"""Ventures: sites that others own for the most part, built off the balance sheet, and rented.

Building is no capital expenditure of the programme's: it puts in its part of what the venture spends, and
pays rent as the site is energised. When the first term ends and the lease is not renewed, it may owe what
the place is worth less than what rents have not yet recovered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchard.estimate.cost import guarantee_usd, lease_usd, rent_usd, still_owed_usd
from orchard.plan.calendar import DAY_S, DAYS_PER_QUARTER, Array, to_day
from orchard.plan.scene import Scene

if TYPE_CHECKING:
    from orchard.plan.outlook import Outlook


def spent_usd(scene: Scene, name: str) -> Array:
    """What a venture spends by quarter [Q, S], evenly between the days on which it begins and is done."""
    venture = scene.programme.finances.ventures[name]
    begun, done = to_day(venture.begun), to_day(venture.done) + 1
    part: Array = np.diff(np.clip((scene.calendar.bounds - begun) / (done - begun), 0.0, 1.0))
    return part[:, None] * scene.draws(f"finances.ventures.{name}.cost")


def contributed_usd(scene: Scene, name: str) -> Array:
    """The programme's own part of it [Q, S]; what was spent by the day of the last cash is in that cash."""
    return spent_usd(scene, name) * scene.draws(f"finances.ventures.{name}.share")


def off_balance_usd(scene: Scene, name: str) -> Array:
    """What others have put into the site at the end of each quarter [Q, S]: on their balance sheet."""
    total: Array = np.cumsum(spent_usd(scene, name) - contributed_usd(scene, name), axis=0)
    return total


def full_rent_usd(scene: Scene, name: str) -> Array:
    """Rent of a quarter [S] once the whole site is there."""
    path = f"finances.ventures.{name}"
    steps, each = _terms(scene, name)
    return rent_usd(scene.draws(f"{path}.cost"), steps, each)


def rents_usd(outlook: Outlook, name: str) -> Array:
    """Rent by quarter [Q, S]: of the part of the site that is energised, over what it is planned to have."""
    scene = outlook.scene
    site = scene.programme.finances.ventures[name].site
    power, phases = outlook.power_w(site), scene.programme.sites[site].ramp
    full = sum(
        (scene.draws(f"sites.{site}.ramp.{phase}.adds") for phase in phases), np.zeros(scene.draws.size)
    )
    weight = scene.calendar.step_s[:, None]
    mean = scene.calendar.quarterly((power[1:] + power[:-1]) / 2 * weight) / scene.calendar.quarterly(weight)
    there = np.divide(mean, full, out=np.zeros_like(mean), where=full > 0)
    return np.minimum(there, 1.0) * full_rent_usd(scene, name)


def lease_of_first_term_usd(scene: Scene, name: str) -> Array:
    """Present value [S] of the rents of the first term: a liability, once the whole site is there."""
    _, each = _terms(scene, name)
    return lease_usd(full_rent_usd(scene, name), _first_term(scene, name), each)


def owed_usd(scene: Scene, name: str) -> Array:
    """What the guarantee of the residual value costs [S] when the lease ends with its first term."""
    path = f"finances.ventures.{name}"
    cost = scene.draws(f"{path}.cost")
    steps, each = _terms(scene, name)
    worth = cost * scene.draws(f"{path}.worth", default=1.0)
    most = cost * scene.draws(f"{path}.capped", default=1.0)
    return guarantee_usd(still_owed_usd(cost, steps, each, _first_term(scene, name)), worth, most)


def _first_term(scene: Scene, name: str) -> Array:
    """Quarters [S] of the first term of the lease."""
    return scene.draws(f"finances.ventures.{name}.term") / (DAYS_PER_QUARTER * DAY_S)


def _terms(scene: Scene, name: str) -> tuple[Array, Array]:
    """Quarters in which rents recover the cost, and the yield of one."""
    path = f"finances.ventures.{name}"
    quarters = scene.draws(f"{path}.recovered") / (DAYS_PER_QUARTER * DAY_S)
    return np.maximum(quarters, 1.0), (1.0 + scene.draws(f"{path}.interest")) ** 0.25 - 1.0
