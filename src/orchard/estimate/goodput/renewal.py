"""The exact efficiency of a job that memoryless failures interrupt.

A job is interrupted at random (exponentially, mean time M), writes a checkpoint of blocking time C after
every interval tau of work, and needs R to come back. Failures strike during checkpoint and restart too,
so this holds at any scale; first-order formulae go wrong, even negative, once (C + R)/M is not small.

Source: Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", FGCS
22 (2006): wall time ``M e^(R/M) (e^((tau+C)/M) - 1) T/tau`` for work T; efficiency is its
inverse. Checked in tests/published/test_goodput.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel, lambertw

Array = NDArray[np.float64]

_SERIES_BELOW = 1e-5  # C/M below which Lambert's W is lost in rounding and a series is exact to 1e-10


def mttf_s(
    chips: ArrayLike,
    chips_per_node: ArrayLike,
    node_failures_per_s: ArrayLike,
    job_failures_per_s: ArrayLike = 0.0,
) -> Array:
    """Mean time between interruptions of one job: ``1/M = nodes r_node + r_job``.

    Two processes: hardware per node, and software or users per job. Jobs below some 4,096 chips are
    interrupted mostly by the second, and the first alone would flatter them. Nodes may be fractions.
    Infinite when nothing fails.

    Source: Kokolis et al., arXiv 2410.21680 (1/N from the node rate); the job term is ours.

    >>> m = mttf_s(16384, 8, 3.79e-3 / 86400)    # Llama 3: 3.79 per 1,000 node-days
    >>> round(float(m) / 3600, 2)
    3.09
    """
    nodes = np.asarray(chips, dtype=np.float64) / np.asarray(chips_per_node, dtype=np.float64)
    rate = nodes * np.asarray(node_failures_per_s) + np.asarray(job_failures_per_s)
    return inverse(rate)


def efficiency(
    mttf_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    interval_s: ArrayLike | None = None,
    least_interval_s: ArrayLike = 0.0,
) -> Array:
    """Share of time spent on work that lasts, 0 to 1; at the optimal interval when none is given.

    ``E(tau) = tau / (M e^(R/M) (e^((tau+C)/M) - 1))``; at the optimum this is
    ``-e^(-R/M) W0(-e^(-C/M-1))``. Tends to 1 as M grows (with an interval: to tau/(tau + C)).

    Parameters
    ----------
    mttf_s : M, may be infinite
    checkpoint_s, restart_s : blocking time C of one checkpoint; time R from failure to work
    interval_s : work tau between checkpoints, in the same wall seconds
    least_interval_s : no optimal interval is shorter: one checkpoint is saved before the next begins

    >>> e = efficiency(3.09 * 3600, 300.0, 600.0)
    >>> round(float(e), 3)
    0.744
    """
    m = np.maximum(np.asarray(mttf_s, dtype=np.float64), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        back = np.exp(-np.asarray(restart_s) / m)
        if interval_s is None:
            kept = _best(np.asarray(checkpoint_s, np.float64), m, np.asarray(least_interval_s, np.float64))
        else:
            kept = _kept(np.asarray(interval_s, np.float64), np.asarray(checkpoint_s, np.float64), m)
    result: Array = np.clip(back * kept, 0.0, 1.0)
    return result


def optimal_interval_s(mttf_s: ArrayLike, checkpoint_s: ArrayLike) -> Array:
    """Interval of the highest efficiency: ``tau* = M (1 + W0(-e^(-C/M-1)))``.

    Independent of the restart time. For C/M below 1e-5, where W0 loses its digits, its series at the
    branch point in ``p = sqrt(2 (1 - e^(-C/M)))``. Infinite when nothing fails and checkpoints cost
    something.

    Source: the zero of the derivative of `efficiency`; series from Corless et al., "On the Lambert W
    function" (1996), section 4.

    >>> float(np.round(optimal_interval_s(3.09 * 3600, 300.0)))
    2387.0
    """
    m = np.asarray(mttf_s, dtype=np.float64)
    c = np.asarray(checkpoint_s, dtype=np.float64)
    finite = np.isfinite(m)
    bounded = np.where(finite, m, 1.0)
    result: Array = np.where(finite, bounded * _optimum(c / bounded)[0], np.where(c > 0, np.inf, 0.0))
    return result


def _best(checkpoint: Array, m: Array, least: Array) -> Array:
    """What is kept at the best interval that is no shorter than `least`."""
    x, kept = _optimum(checkpoint / m)
    if not np.any(least > 0):
        return kept
    return np.where(x < least / m, _kept(least, checkpoint, m), kept)


def _optimum(load: Array) -> tuple[Array, Array]:
    """``(x, 1 - x)`` with x = tau*/M the root of ``(1 - x) e^(x + C/M) = 1``; `load` is C/M."""
    p = np.sqrt(-2.0 * np.expm1(-load))
    series = p * (1.0 + p * (-1 / 3 + p * (11 / 72 - p * 43 / 540)))
    branch = -np.exp(-np.maximum(load, _SERIES_BELOW) - 1.0)
    kept: Array = -np.real(lambertw(branch))  # type: ignore[call-overload]  # its stubs refuse arrays
    small = load < _SERIES_BELOW
    return np.where(small, series, 1.0 - kept), np.where(small, 1.0 - series, kept)


def _kept(tau: Array, checkpoint: Array, m: Array) -> Array:
    """``tau / (M (e^((tau+C)/M) - 1))`` with its limits: free checkpoints, no failures."""
    cycle = tau + checkpoint
    paid = (cycle > 0) & np.isfinite(cycle)
    work = np.divide(tau, cycle, out=np.ones(cycle.shape), where=paid)
    shape = np.broadcast_shapes(cycle.shape, m.shape)
    load = np.divide(cycle, m, out=np.zeros(shape), where=np.isfinite(m))
    result: Array = work / exprel(load)
    return result


def inverse(rate: Array) -> Array:
    """``1/rate``; infinite for a rate of zero."""
    above = np.asarray(rate) >= np.finfo(np.float64).tiny
    result: Array = np.divide(1.0, rate, out=np.full(np.shape(rate), np.inf), where=above)
    return result
