"""How many chips one gang-scheduled job can use: beyond some number it gets slower."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.goodput.renewal import efficiency, inverse, mttf_s, optimal_interval_s

Array = NDArray[np.float64]

_SMALL = 1e-3  # x below which -ln(1-x) - x is taken from its series
_FREE = 1e-30  # C/R below which a checkpoint costs nothing
_CLOSE = 1e-10  # relative change at which Newton's method stops: it converges quadratically


def best_gang_chips(
    chips_per_node: ArrayLike,
    node_failures_per_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    job_failures_per_s: ArrayLike = 0.0,
    least_interval_s: ArrayLike = 0.0,
) -> Array:
    """Chips beyond which one gang-scheduled job gets slower: the maximum of ``n E(n)``.

    With m = 1/M the maximum is where ``1/(m - r_job) = R + C/x``, x = tau*/M. As ``C m = -ln(1-x) - x``
    this is the one root of a convex function of x, found by Newton's method from its right. Where the
    best interval there would be shorter than `least_interval_s`, the maximum at that interval counts.
    Infinite when nodes do not fail, or when checkpoint and restart cost nothing. Derived here; checked
    against a grid search.

    >>> float(np.round(best_gang_chips(8, 6.5e-3 / 86400, 300.0, 600.0)))
    93867.0
    """
    c, r, job = (np.asarray(v, dtype=np.float64) for v in (checkpoint_s, restart_s, job_failures_per_s))
    lost = r + _gang_optimum(c, r, job * c)
    least = np.asarray(least_interval_s, dtype=np.float64)
    if np.any(least > 0):
        mttf = np.maximum(inverse(inverse(lost) + job), np.finfo(np.float64).tiny)
        bound = optimal_interval_s(mttf, c) < least
        if np.any(bound):
            lost = np.where(bound, _lost_at(np.maximum(least + c, np.finfo(np.float64).tiny), r, job), lost)
    per_chip = np.asarray(node_failures_per_s, dtype=np.float64) / np.asarray(chips_per_node)
    return inverse(per_chip * lost)


def useful_chips(
    chips: ArrayLike,
    chips_per_node: ArrayLike,
    node_failures_per_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    job_failures_per_s: ArrayLike = 0.0,
    best_chips: ArrayLike | None = None,
    least_interval_s: ArrayLike = 0.0,
) -> Array:
    """Chips times efficiency, with no more chips used than help: never falls when chips are added.

    The job takes ``min(chips, best_gang_chips)`` of those it is offered, at the optimal interval.
    `best_chips` may carry a result of `best_gang_chips` that was computed before.

    >>> float(np.round(useful_chips(16384, 8, 3.79e-3 / 86400, 300.0, 600.0)))
    12193.0
    """
    if best_chips is None:
        best_chips = best_gang_chips(
            chips_per_node, node_failures_per_s, checkpoint_s, restart_s, job_failures_per_s, least_interval_s
        )
    used = np.minimum(np.asarray(chips, dtype=np.float64), np.asarray(best_chips))
    m = mttf_s(used, chips_per_node, node_failures_per_s, job_failures_per_s)
    result: Array = used * efficiency(m, checkpoint_s, restart_s, least_interval_s=least_interval_s)
    return result


def _gang_optimum(c: Array, r: Array, job_load: Array) -> Array:
    """C/x at the best gang size: root of ``-ln(1-x) - x - r_job C - C x/(R x + C) = 0`` in (0, 1)."""
    paid = c > _FREE * r
    ratio = r / np.where(paid, c, 1.0)
    below_one = 1.0 - np.finfo(np.float64).eps
    x = np.minimum(-np.expm1(-(2.0 + job_load)), np.sqrt(2.0 * (job_load + 1.0 / np.maximum(ratio, 1.0))))
    x = np.minimum(x, below_one)
    for _ in range(40):
        share = x / (ratio * x + 1.0)
        slope = x / (1.0 - x) - (share / x) ** 2
        change = (_minus_log(x) - job_load - share) / slope
        x = np.minimum(x - change, below_one)
        if np.all(np.abs(change) <= _CLOSE * x):
            break
    result: Array = np.where(paid, c / x, 0.0)
    return result


def _lost_at(cycle: Array, r: Array, job: Array) -> Array:
    """Time lost to a failure at the best gang size and a fixed cycle of work and checkpoint.

    With failures of nodes at m a second of the job, ``1/m = R + T (1/(1 - e^-y) - 1/y)``, y = (m + r_job) T:
    what is in brackets lies between 1/2 and 1, its slope below 1/12, so that putting the left into the right
    again and again cuts the error to a third each time, at least.
    """
    lost = np.asarray(r + cycle)
    for _ in range(40):
        y = (1.0 / lost + job) * cycle
        better = np.asarray(r + cycle * (1.0 / -np.expm1(-y) - 1.0 / y))
        done = np.all(np.abs(better - lost) <= _CLOSE * better)
        lost = better
        if done:
            break
    return lost


def _minus_log(x: Array) -> Array:
    """``-ln(1-x) - x`` without cancellation for small x."""
    series = x * x * (1 / 2 + x * (1 / 3 + x * (1 / 4 + x / 5)))
    result: Array = np.where(x < _SMALL, series, -np.log1p(-x) - x)
    return result
