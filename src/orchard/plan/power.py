"""Power on site: phases that are energised, late or not, and ramp to their full size."""

from __future__ import annotations

import numpy as np

from orchard.plan.calendar import DAY_S, Array, to_day
from orchard.plan.scene import Scene


def phase_start_day(scene: Scene, site_id: str, phase_id: str) -> Array:
    """Day [S] on which a phase begins to be energised.

    A phase dated after the programme's date carries the site's delay and its own; an earlier one is
    history.
    """
    phase = scene.programme.sites[site_id].ramp[phase_id]
    start = np.full(scene.draws.size, to_day(phase.date))
    if phase.date > scene.programme.as_of and not scene.ignores("delays"):
        path = f"sites.{site_id}"
        start = start + (scene.draws(f"{path}.delay") + scene.draws(f"{path}.ramp.{phase_id}.delay")) / DAY_S
    return start - scene.changes.site_days


def site_start_day(scene: Scene, site_id: str) -> Array:
    """Day [S] on which the first power of a site is energised."""
    phases = scene.programme.sites[site_id].ramp
    first: Array = np.min([phase_start_day(scene, site_id, phase) for phase in phases], axis=0)
    return first


def facility_power_w(scene: Scene, site_id: str) -> Array:
    """Facility power energised at a site, at the edges [E, S]."""
    edges = scene.calendar.edges[:, None]
    total = np.zeros((len(edges), scene.draws.size))
    for phase_id in scene.programme.sites[site_id].ramp:
        path = f"sites.{site_id}.ramp.{phase_id}"
        start = phase_start_day(scene, site_id, phase_id)
        full = scene.draws(f"{path}.adds") * scene.changes.power
        total += full * progress(edges, start, scene.draws(f"{path}.over") / DAY_S)
    return total


def progress(edges: Array, start: Array, days: Array) -> Array:
    """Share [E, S] of something that grows evenly from `start` [S] for `days` [S]; a step when 0."""
    done = edges - start
    ramp = np.clip(done / np.maximum(days, 1e-9), 0.0, 1.0)
    return np.where(days > 0, ramp, (done >= 0).astype(float))
