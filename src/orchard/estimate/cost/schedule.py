"""The same money at four dates: ordered, received, paid, in service.

A schedule is an amount by step. Moving it by a time that is no whole number of steps parts each amount
between two steps, as if it were spent evenly within its own. What has been moved beyond the last step is
not lost: it is under way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def moved_usd(schedule_usd: ArrayLike, steps: ArrayLike) -> Array:
    """A schedule [T] or [T, S], so many steps later; negative is earlier. What leaves the window is gone.

    Parameters
    ----------
    steps : one number, or one per sample (S,)

    >>> [float(v) for v in moved_usd([100.0, 0.0, 0.0], 0.25)]
    [75.0, 25.0, 0.0]
    >>> [float(v) for v in moved_usd([0.0, 80.0], -0.5)]
    [40.0, 40.0]
    """
    schedule = np.asarray(schedule_usd, dtype=np.float64)
    later = np.asarray(steps, dtype=np.float64)
    whole = np.floor(later)
    part = later - whole
    result: Array = (1.0 - part) * _earlier(schedule, whole) + part * _earlier(schedule, whole + 1.0)
    return result


def under_way_usd(paid_usd: ArrayLike, in_service_usd: ArrayLike, before_usd: ArrayLike = 0.0) -> Array:
    """Construction in progress at the end of each step: paid, and not yet in service.

    >>> [float(v) for v in under_way_usd([100.0, 0.0], [60.0, 40.0], 5.0)]
    [45.0, 5.0]
    """
    paid, served = (np.asarray(flow, dtype=np.float64) for flow in (paid_usd, in_service_usd))
    result: Array = np.asarray(before_usd) + np.cumsum(paid - served, axis=0)
    return result


def committed_usd(paid_usd: ArrayLike, lead_steps: ArrayLike) -> Array:
    """What is ordered and not yet paid at the end of each step, when orders go out so long before.

    Orders of what is paid after the last step are not in it: the schedule does not know them.

    >>> [float(v) for v in committed_usd([10.0, 20.0, 30.0], 1.0)]
    [20.0, 30.0, 0.0]
    """
    paid = np.asarray(paid_usd, dtype=np.float64)
    lead = np.asarray(lead_steps, dtype=np.float64)
    if np.any(lead < 0):
        raise ValueError(f"found a lead of {float(np.min(lead)):g} steps; wanted at least 0")
    longest = int(np.ceil(np.max(lead)))
    rest = ((longest, 0),) + ((0, 0),) * (paid.ndim - 1)  # room for what is ordered before the first step
    ordered = moved_usd(np.pad(paid, rest), -lead)
    result: Array = (np.cumsum(ordered, axis=0) - np.cumsum(np.pad(paid, rest), axis=0))[longest:]
    return result


def _earlier(schedule: Array, steps: Array) -> Array:
    """Values of `steps` whole steps before (after, when negative), zero outside the window."""
    length = len(schedule)
    if steps.ndim == 0:
        shift = int(np.clip(float(steps), -length, length))
        moved = np.zeros_like(schedule)
        if shift >= 0:
            moved[shift:] = schedule[: length - shift]
        else:
            moved[:shift] = schedule[-shift:]
        return moved
    source = np.arange(length)[:, None] - np.clip(steps, -length, length).astype(np.intp)
    values = schedule if schedule.ndim > 1 else schedule[:, None]
    inside = (source >= 0) & (source < length)
    values = np.broadcast_to(values, source.shape)
    taken = np.take_along_axis(values, np.clip(source, 0, length - 1), axis=0)
    return np.where(inside, taken, 0.0)
