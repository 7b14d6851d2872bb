"""Figures of quarters that are history, and flows that are stated for quarters or years."""

from __future__ import annotations

import numpy as np

from orchard.plan.calendar import Array
from orchard.plan.scene import Scene


def reported(scene: Scene, quarter: str, name: str) -> Array | None:
    """A reported figure [S] of a quarter; None when it is not history yet."""
    entry = scene.programme.finances.reported.get(quarter)
    if entry is None or getattr(entry, name) is None:
        return None
    return scene.draws(f"finances.reported.{quarter}.{name}")


def corrected(scene: Scene, flow: Array, name: str) -> Array:
    """A flow by quarter [Q, S] with the quarters that are history as reported."""
    rows = [reported(scene, quarter, name) for quarter in scene.calendar.quarters]
    return np.array([own if known is None else known for own, known in zip(flow, rows, strict=True)])


def begun(scene: Scene, quarter: str) -> bool:
    """Whether something was reported by this quarter."""
    known = scene.programme.finances.reported
    return bool(known) and quarter >= min(known)


def nothing(scene: Scene) -> Array:
    """What is there [S] before anything was reported: not-a-number, or nothing where nothing ever is."""
    return np.full(scene.draws.size, np.nan if scene.programme.finances.reported else 0.0)


def stated(scene: Scene, path: str, entries: object) -> Array:
    """A flow by quarter [Q, S] that is stated by period: the quarter's own, or a fourth of its year's."""
    known = entries if isinstance(entries, dict) else {}
    rows = []
    for quarter in scene.calendar.quarters:
        if quarter in known:
            rows.append(scene.draws(f"{path}.{quarter}"))
        else:
            rows.append(scene.draws(f"{path}.{quarter[:4]}") / 4)
    return np.array(rows)


def amount(scene: Scene, path: str, fact: str, unit: str) -> Array:
    """An amount [S] as the programme states it, or as the catalogue knows it."""
    return scene.draws(path) if path in scene.setup.values.stated else scene.draws.fact(fact, unit, path)
