"""Goodput of a job as it is run: detection, loading, asynchronous saves, spares, corruption, replicas.

Everything is an argument, so that an event simulation can be given the same. The assumptions, in which
the answer is exact:

- Failures have no memory (rate r): they strike during work, checkpoints and recoveries alike.
- A checkpoint stops the work for `block_s`, and lasts once `save_s` have passed since it began, what is
  left of it beside the work. One is saved before the next begins: work between two is at least
  ``save_s - block_s``. A failure before that loses it: the job goes back to the one before.
- After a failure pass `detect_s`, `restart_s` and `load_s`; a failure meanwhile begins them anew. A share
  `hang_share` of recoveries takes `hang_s` longer and a share `hands_share` `hands_s` longer.
- A share `corrupt_share` of failures corrupts silently and is seen `corrupt_s` later; all work since then
  is lost, beside what a failure at its beginning would have lost. Recoveries corrupt nothing.
- Stops that are planned lose `planned_s` and no work.
- A share `local_share` of failures stops one replica only: all stand still for `stall_s`, a failure in a
  stall begins it anew, and nobody goes back. The other failures stop all.
- Enough nodes serve in a share `ready` of time, the job waits in the rest; a share `absent` of its chips
  is away on average while it runs, and a share `slowdown` of its speed is lost.

With one recovery R and nothing else it is Daly's formula. The save costs what a recovery longer by
``save_s - block_s`` would: the first checkpoint after a failure lasts so much later, and every other one
follows in step. Waiting, corrupted and planned time are clocks apart, in which nothing else happens, and
so multiply.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.goodput.renewal import efficiency, inverse, optimal_interval_s

Array = NDArray[np.float64]
Value = Array | float

IN_RANGE = 0.25
"""Largest (checkpoint + restart)/MTTF at which a simulation of single events agrees within 1 %."""


class Job(NamedTuple):
    """A job and how it recovers; arrays that broadcast, times in seconds, rates a second."""

    failures_per_s: Value  # r: what interrupts it, silent corruption among it
    block_s: Value  # training stands still for one checkpoint
    restart_s: Value  # from the detection of a failure until programs run again
    save_s: Value = 0.0  # from the beginning of a checkpoint until it lasts; at least block_s
    load_s: Value = 0.0  # loading a checkpoint
    detect_s: Value = 0.0  # from a failure until it is seen
    interval_s: Value = np.nan  # work between checkpoints; nan is the best
    hang_share: Value = 0.0  # share of failures that are seen hang_s later
    hang_s: Value = 0.0
    hands_share: Value = 0.0  # share of recoveries that need people and last hands_s longer
    hands_s: Value = 0.0
    corrupt_share: Value = 0.0  # share of failures that corrupt for corrupt_s unseen
    corrupt_s: Value = 0.0
    planned_per_s: Value = 0.0
    planned_s: Value = 0.0
    local_share: Value = 0.0  # share of failures that stop one replica only
    stall_s: Value = 0.0  # all stand still for a failure of one replica
    ready: Value = 1.0  # share of time with enough nodes
    absent: Value = 0.0  # share of chips away while the job runs
    slowdown: Value = 0.0  # share of speed lost to slow nodes


class Goodput(NamedTuple):
    """What becomes of a job; arrays."""

    mtti_s: Array  # mean time between interruptions
    interval_s: Array  # work between checkpoints
    share: Array  # of time spent on work that lasts, 0 to 1
    load: Array  # (checkpoint + restart)/MTTF of what stops all of the job


def goodput(job: Job) -> Goodput:
    """Goodput under the assumptions above.

    >>> rate = 16384 / 8 * 3.79e-3 / 86400
    >>> float(goodput(Job(rate, 300.0, 600.0)).share.round(3))
    0.744
    >>> job = Job(rate, 0.59, 300.0, save_s=51.06, load_s=129.5, detect_s=60.0)
    >>> found = goodput(job)
    >>> float(found.share.round(3)), float(found.interval_s.round(1))
    (0.943, 114.2)
    """
    failures, block, local = (
        np.asarray(value, np.float64) for value in (job.failures_per_s, job.block_s, job.local_share)
    )
    stopping = failures * (1.0 - local)
    mttf = inverse(stopping)
    tail = np.maximum(np.asarray(job.save_s) - block, 0.0)
    interval = chosen_interval_s(job)
    recovery = np.asarray(job.detect_s, np.float64) + job.restart_s + job.load_s
    longer = _longer(stopping, job.hang_share, job.hang_s) * _longer(stopping, job.hands_share, job.hands_s)
    share = efficiency(mttf, block, recovery + tail, interval) * longer
    share = share * np.exp(-failures * local * job.stall_s)
    running = np.exp(-stopping * recovery) * longer  # share of failures that strike outside recoveries
    share = share / (1.0 + failures * running * job.corrupt_share * job.corrupt_s)
    share = share / (1.0 + np.asarray(job.planned_per_s, np.float64) * job.planned_s)
    share = share * job.ready * (1.0 - np.asarray(job.absent)) * (1.0 - np.asarray(job.slowdown))
    return Goodput(inverse(failures), interval, np.asarray(share), np.asarray((block + recovery) * stopping))


def chosen_interval_s(job: Job) -> Array:
    """Work between checkpoints: as given, else the best, and no shorter than saving one takes.

    >>> float(chosen_interval_s(Job(1e-4, 1.0, 60.0, save_s=400.0, interval_s=60.0)))
    399.0
    """
    block = np.asarray(job.block_s, np.float64)
    least = np.maximum(np.asarray(job.save_s) - block, 0.0)
    mttf = inverse(np.asarray(job.failures_per_s, np.float64) * (1.0 - np.asarray(job.local_share)))
    given = np.asarray(job.interval_s, np.float64)
    best = optimal_interval_s(mttf, block)
    return np.asarray(np.maximum(np.where(np.isnan(given), best, given), least))


def whole_recovery_s(recovery_s: Value, local_share: Value, stall_s: Value) -> Array:
    """The recovery that would cost as much if only the failures that stop all of a job counted.

    Stalls for failures of one replica are laid on them: `local_share` over the rest of it, times
    `stall_s`. Below a share of 1.

    >>> rate, local = 1e-3, 0.9
    >>> whole = goodput(Job(rate * (1 - local), 5.0, whole_recovery_s(600.0, local, 60.0)))
    >>> apart = goodput(Job(rate, 5.0, 600.0, local_share=local, stall_s=60.0))
    >>> float(whole.share.round(6)) == float(apart.share.round(6))
    True
    """
    local = np.asarray(local_share, np.float64)
    return np.asarray(recovery_s + local / (1.0 - local) * stall_s)


def _longer(failures_per_s: Array, share: Value, extra_s: Value) -> Array:
    """Factor for a share of recoveries that take longer: the chance that no failure strikes meanwhile."""
    return np.asarray(1.0 + np.asarray(share) * np.expm1(-failures_per_s * extra_s))
