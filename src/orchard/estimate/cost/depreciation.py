"""Depreciation: what is bought is written off in a straight line over its life, vintage by vintage.

Money is conserved: what is bought is written off, to rounding. A book that was there before the first
step wears off beside it; when the life changes, what is left of each vintage is spread over what is left
of its new life, as accounting wants it (a change of estimate works forward only).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.cost.schedule import moved_usd

Array = NDArray[np.float64]

_LATEST = 1e-6  # a book in which nothing ends before the last day: m of a million


def depreciation_usd(in_service_usd: ArrayLike, life_steps: ArrayLike) -> Array:
    """Straight-line depreciation of a schedule of what is put into service, by step.

    What enters in step t is written off in equal parts over `life_steps` steps, t included; when the
    life is no whole number the last step takes the remainder. Cumulative sums make this linear in T.
    A schedule moved by half a step (:func:`~orchard.estimate.cost.moved_usd`) wears off from the middle of
    the step in which it enters.

    Parameters
    ----------
    in_service_usd : put into service at each step; shape (T,) or (T, S) for S samples
    life_steps : one life, or one per sample (S,); at least 1

    Raises
    ------
    ValueError      a life below one step

    >>> [float(v) for v in depreciation_usd([100.0, 0.0, 0.0, 0.0], 2.5)]
    [40.0, 40.0, 20.0, 0.0]
    """
    entered = np.asarray(in_service_usd, dtype=np.float64)
    life = np.asarray(life_steps, dtype=np.float64)
    if np.any(life < 1.0):
        raise ValueError(f"found a life of {float(np.min(life)):g} steps; wanted at least 1")
    total = np.cumsum(entered, axis=0)
    result: Array = np.maximum(total - moved_usd(total, life), 0.0) / life
    return result


def net_book_usd(in_service_usd: ArrayLike, depreciation_usd: ArrayLike) -> Array:
    """Book value at the end of each step: put into service so far less written off so far.

    >>> [float(v) for v in net_book_usd([100.0, 0.0, 0.0], [50.0, 50.0, 0.0])]
    [50.0, 0.0, 0.0]
    """
    entered = np.cumsum(np.asarray(in_service_usd, dtype=np.float64), axis=0)
    result: Array = entered - np.cumsum(np.asarray(depreciation_usd, dtype=np.float64), axis=0)
    return result


def run_off_usd(net_usd: ArrayLike, first_usd: ArrayLike, life_steps: ArrayLike, count: int) -> Array:
    """Depreciation, by step, of a book that was there before the first step.

    Its vintages end one by one until the youngest does, `life_steps` on. The rate falls as
    ``r (1 - (t / life)^m)``, with m such that all of `net_usd` is written off by then: a book bought
    evenly over its life has m = 1, and a young one falls late.

    Parameters
    ----------
    net_usd : book value at the start; scalar or (S,)
    first_usd : rate of depreciation at the start, per step; the book ends early where that is more than
        it lasts, and lasts longer where ``net / life`` is more
    life_steps : until the youngest vintage ends; scalar or (S,)
    count : steps T that are wanted

    Returns
    -------
    (T,) or (T, S)

    >>> [round(float(v), 6) for v in run_off_usd(80.0, 40.0, 4.0, 5)]    # evenly bought: m = 1
    [35.0, 25.0, 15.0, 5.0, 0.0]
    """
    net, first, life = (np.asarray(value, dtype=np.float64) for value in (net_usd, first_usd, life_steps))
    net, first, life = np.broadcast_arrays(net, first, life)
    first = np.maximum(first, net / life)
    young = np.divide(net, first * life, out=np.zeros_like(net), where=first > 0)
    fall = young / np.maximum(1.0 - young, _LATEST)  # m
    ends = np.arange(count + 1).reshape((count + 1,) + (1,) * net.ndim)
    part = np.minimum(ends / life, 1.0)
    gone = first * life * (part - part ** (fall + 1.0) / (fall + 1.0))
    found: Array = np.diff(np.minimum(gone, net), axis=0)
    return found


def vintages_usd(in_service_usd: ArrayLike, life_steps: ArrayLike) -> Array:
    """Depreciation, by step, of vintages whose life is changed on the way.

    Each step's vintage enters evenly within its step, so it wears off for half of it. In every step,
    what is left of a vintage is spread evenly over what is then left of its life.

    Parameters
    ----------
    in_service_usd : put into service at each step (T,)
    life_steps : the life that rules in each step (T,), in steps; at least 1

    Raises
    ------
    ValueError      a life below one step

    >>> [round(float(v), 6) for v in vintages_usd([100.0, 0.0, 0.0, 0.0], [2.0] * 4)]
    [25.0, 50.0, 25.0, 0.0]
    """
    entered = np.asarray(in_service_usd, dtype=np.float64)
    lives = np.broadcast_to(np.asarray(life_steps, dtype=np.float64), entered.shape)
    if np.any(lives < 1.0):
        raise ValueError(f"found a life of {float(np.min(lives)):g} steps; wanted at least 1")
    book, written = np.zeros_like(entered), np.zeros_like(entered)
    for step in range(len(entered)):
        book[step] = entered[step]
        age = np.maximum(step - np.arange(step + 1) - 0.5, 0.0)  # at the start of the step
        within = np.where(np.arange(step + 1) == step, 0.5, 1.0)  # part of the step it is there
        left = np.maximum(lives[step] - age, within)
        gone = book[: step + 1] * within / left
        book[: step + 1] -= gone
        written[step] = gone.sum()
    return written
