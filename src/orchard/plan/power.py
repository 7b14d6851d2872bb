"""Power on site: phases that are built, energised, late or not, and ramp to their full size."""

from __future__ import annotations

from datetime import date

import numpy as np

from orchard.plan.calendar import DAY_S, Array, to_day
from orchard.plan.scene import Scene
from orchard.spec.programme import Programme
from orchard.spec.sites import Phase

# Stages of a phase that is built, one after another.
STAGES = ("permit", "ground", "shell", "energise")


def phase_start_day(scene: Scene, site_id: str, phase_id: str) -> Array:
    """Day [S] on which a phase begins to be energised.

    A phase dated after the programme's date carries the site's delay and its own, and begins after that
    date: it is known not to have begun. An earlier one is history, but for one that is being built: the
    date of that is when work on it began.
    """
    phase = scene.programme.sites[site_id].ramp[phase_id]
    start = np.full(scene.draws.size, to_day(phase.date)) + building_days(scene, site_id, phase_id)
    if to_come(scene.programme, phase) and not scene.ignores("delays"):
        path = f"sites.{site_id}"
        start = start + (scene.draws(f"{path}.delay") + scene.draws(f"{path}.ramp.{phase_id}.delay")) / DAY_S
        start = np.maximum(start, to_day(scene.programme.as_of) + 1)
    return scene.earlier(start, scene.changes.site_days - _swap_days(scene, site_id))


def to_come(programme: Programme, phase: Phase) -> bool:
    """Whether a phase has no power yet on the programme's date: it is dated later, or is being built."""
    return phase.date > programme.as_of or phase.build is not None


def building_days(scene: Scene, site_id: str, phase_id: str) -> Array:
    """Days [S] from the beginning of work on a phase to its first power; 0 where it is dated by power."""
    phase = scene.programme.sites[site_id].ramp[phase_id]
    days = np.zeros(scene.draws.size)
    if phase.build is None:
        return days
    for stage in STAGES:
        path = f"sites.{site_id}.ramp.{phase_id}.build.{stage}"
        if path in scene.setup.values.stated:
            days += scene.draws(path) / DAY_S
        else:
            days += scene.draws.fact(f"build.{phase.build.type}.{stage}", "s", path) / DAY_S
    return days


def site_start_day(scene: Scene, site_id: str) -> Array:
    """Day [S] on which the first power of a site is energised."""
    phases = scene.programme.sites[site_id].ramp
    first: Array = np.min([phase_start_day(scene, site_id, phase) for phase in phases], axis=0)
    return first


def facility_power_w(scene: Scene, site_id: str) -> Array:
    """Facility power energised at a site, at the edges [E, S]."""
    edges = scene.calendar.edges[:, None]
    total = np.zeros((len(edges), scene.draws.size))
    phases = scene.programme.sites[site_id].ramp
    for phase_id in sorted(phases):
        path = f"sites.{site_id}.ramp.{phase_id}"
        start = phase_start_day(scene, site_id, phase_id)
        more = scene.changes.hindsight or to_come(scene.programme, phases[phase_id])
        full = scene.draws(f"{path}.adds") * (scene.changes.power if more else 1.0)
        total += full * progress(edges, start, scene.draws(f"{path}.over") / DAY_S)
    return total


def _swap_days(scene: Scene, site_id: str) -> float:
    """Days by which a site moves when it changes places with another."""
    pair = scene.changes.site_order
    if pair is None or site_id not in pair:
        return 0.0
    other = pair[1] if site_id == pair[0] else pair[0]
    return to_day(first_date(scene.programme, other)) - to_day(first_date(scene.programme, site_id))


def first_date(programme: Programme, site_id: str) -> date:
    """Planned day of a site's first power."""
    return min(phase.date for phase in programme.sites[site_id].ramp.values())


def load(scene: Scene, site_id: str) -> Array:
    """Mean power [S] that chips of a site draw, as a part of their rating."""
    path = f"sites.{site_id}.load"
    if path in scene.setup.values.stated:
        return scene.draws(path)
    return scene.draws.fact("power.node.training-fraction", "1", path)


def progress(edges: Array, start: Array, days: Array) -> Array:
    """Share [E, S] of something that grows evenly from `start` [S] for `days` [S]; a step when 0."""
    done: Array = edges - start
    step = done >= 0 if not (days > 0).all() else None
    done /= np.maximum(days, 1e-9)
    np.clip(done, 0.0, 1.0, out=done)
    return done if step is None else np.where(days > 0, done, step)
