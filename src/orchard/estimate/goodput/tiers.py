"""Checkpoints in two tiers: often to the memory of a peer, seldom to storage.

Failures come back from the memory of a peer where a copy is left there, and from storage otherwise. The
time of one period, from a copy in storage to the next, is that of a chain of `copies` segments of equal
work. A failure of the first kind begins the segment again, after `memory_restart_s`; one of the second
kind begins the period again, after `storage_restart_s`; both may strike during recoveries. The best
interval has no closed form: it is searched for.

Source: the renewal argument of Daly (FGCS 22, 2006), one level up; multilevel checkpoints as in Moody et
al., SC 2010, whose chain has the same states.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Value = Array | float

# Copies in memory for one in storage that are tried: the optimum is flat.
_COPIES = tuple(round(1.25**power) for power in (0, *range(3, 32)))
_GOLDEN = (5**0.5 - 1) / 2


class Tiers(NamedTuple):
    """A job with two tiers; arrays that broadcast, times in seconds."""

    memory_failures_per_s: Value  # a copy in memory is left
    storage_failures_per_s: Value  # none is left
    memory_block_s: Value  # training stands still for a copy in memory
    storage_block_s: Value  # and, beside it, for one in storage
    memory_restart_s: Value  # from a failure until work goes on, from memory
    storage_restart_s: Value  # from storage; what its saving lasts beyond the block counts as part of it


class Found(NamedTuple):
    """The best intervals; arrays."""

    share: Array  # of time spent on work that lasts
    interval_s: Array  # work between copies in memory
    copies: Array  # copies in memory for one in storage


def tiered_share(tiers: Tiers, interval_s: Value, copies: Value) -> Array:
    """Share of time spent on work that lasts, at a given interval and number of copies.

    >>> one = Tiers(0.0, 1 / 11124, 0.0, 300.0, 0.0, 600.0)
    >>> float(tiered_share(one, 2387.0, 1).round(3))
    0.744
    """
    local, far = (np.maximum(np.asarray(rate, np.float64), 1e-300) for rate in tiers[:2])
    rate = local + far
    of_local = local / rate
    copies_ = np.asarray(copies, np.float64)
    segment = np.asarray(interval_s) + tiers.memory_block_s + np.asarray(tiers.storage_block_s) / copies_
    done, back = np.exp(-rate * segment), np.exp(-rate * np.asarray(tiers.memory_restart_s))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        tries = 1.0 / (1.0 - (1.0 - back) * of_local)  # of a recovery from memory
        again = of_local * (1.0 - done) * back * tries  # the segment is begun once more
        recovery = of_local * (1.0 - done) * (1.0 - back) * tries / rate
        passed = np.minimum(done / (1.0 - again), 1.0)
        each = (-np.expm1(-rate * segment) / rate + recovery) / (1.0 - again)
        lost = passed**-copies_ - 1.0  # periods begun in vain, for one that ends
        storage = np.expm1(rate * np.asarray(tiers.storage_restart_s)) / rate
        begun = np.where(passed < 1.0, lost / np.maximum(1.0 - passed, 1e-300), copies_)
        share = copies_ * interval_s / (begun * each + lost * storage)
    result: Array = np.where(np.isnan(share), 0.0, share)
    return result


def best_tiers(tiers: Tiers) -> Found:
    """The interval and the number of copies that lose least time.

    Two tiers are never worse than storage alone, where a copy in memory costs nothing.

    >>> rate = 16384 / 8 * 3.79e-3 / 86400
    >>> found = best_tiers(Tiers(0.9 * rate, 0.1 * rate, 1.0, 30.0, 300.0, 600.0))
    >>> float(found.share.round(3)), float(found.interval_s.round()), int(found.copies)
    (0.936, 163.0, 15)
    """
    shape = np.broadcast_shapes(*(np.shape(value) for value in tiers))
    best = Found(np.zeros(shape), np.zeros(shape), np.ones(shape))
    for copies in _COPIES:
        interval = _search(tiers, copies)
        share = tiered_share(tiers, interval, copies)
        better = share > best.share
        best = Found(
            np.where(better, share, best.share),
            np.where(better, interval, best.interval_s),
            np.where(better, copies, best.copies),
        )
    return best


def _search(tiers: Tiers, copies: int) -> Array:
    """The best interval for so many copies, by golden section in its logarithm."""
    rate = np.asarray(tiers.memory_failures_per_s, np.float64) + tiers.storage_failures_per_s
    mttf = 1.0 / np.maximum(rate, 1e-300)
    cost = np.asarray(tiers.memory_block_s) + np.asarray(tiers.storage_block_s) / copies
    young = np.log(np.sqrt(2.0 * np.maximum(cost, 1e-12) * mttf))
    low, high = young - np.log(100.0), young + np.log(10.0)
    for _ in range(36):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        rises = tiered_share(tiers, np.exp(left), copies) < tiered_share(tiers, np.exp(right), copies)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
    return np.asarray(np.exp((low + high) / 2.0))
