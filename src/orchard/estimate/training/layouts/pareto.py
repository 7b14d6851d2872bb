"""The front of speed and memory: layouts that no other beats in both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]


def front(time_s: Array, memory_bytes: Array) -> Index:
    """Places of the points that no other point beats, least memory first; of equal points one.

    Parameters
    ----------
    time_s, memory_bytes
        of shape [n]; a point of infinite time is on no front

    >>> front(np.array([3.0, 2.0, 2.5, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [0, 1, 3]
    """
    order = np.lexsort((time_s, memory_bytes))
    sorted_s = time_s[order]
    before = np.minimum.accumulate(np.concatenate(([np.inf], sorted_s[:-1])))
    kept: Index = order[sorted_s < before]
    return kept


def beyond(time_s: Array, memory_bytes: Array, front_s: Array, front_bytes: Array) -> Index:
    """Places of the points that no point of a front beats or equals.

    `front_bytes` rises and `front_s` falls, as :func:`front` orders them.

    >>> times, sizes = np.array([2.0, 0.5]), np.array([3.0, 3.0])
    >>> beyond(times, sizes, np.array([2.0, 1.0]), np.array([1.0, 2.0])).tolist()
    [1]
    """
    best = np.concatenate(([np.inf], front_s))
    found: Index = np.flatnonzero(time_s < best[np.searchsorted(front_bytes, memory_bytes, side="right")])
    return found
