"""Goodput: the share of its time that a job on many chips spends on work that lasts.

A job of n chips is interrupted at random (exponentially, mean time M), writes a checkpoint of
blocking time C after every interval tau of work, and needs R to come back. Everything here is the
exact renewal result for those three times, with failures also during checkpoint and restart, so it
holds at any scale; first-order formulae go wrong, even negative, once (C + R)/M is not small.

Not covered: asynchronous writes that bound the interval from below, detection latency, hangs,
rollback after silent corruption, slow nodes, correlated failures, waiting for spares. An event
simulation replaces this file's answers where those matter.

Source: Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", FGCS
22 (2006): wall time ``M e^(R/M) (e^((tau+C)/M) - 1) T/tau`` for work T; efficiency is its
inverse. Checked in tests/published/test_goodput.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel, lambertw, pdtr, pdtrik

Array = NDArray[np.float64]

FIRST_ORDER_LIMIT = 0.1
"""Largest (C + R)/M for which a first-order formula may be used."""

_SERIES_BELOW = 1e-5  # C/M below which Lambert's W is lost in rounding and a series is exact to 1e-10
_SMALL = 1e-3  # x below which -ln(1-x) - x is taken from its series
_FREE = 1e-30  # C/R below which a checkpoint costs nothing
_CLOSE = 1e-10  # relative change at which Newton's method stops: it converges quadratically


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
    return _inverse(rate)


def efficiency(
    mttf_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    interval_s: ArrayLike | None = None,
) -> Array:
    """Share of time spent on work that lasts, 0 to 1; at the optimal interval when none is given.

    ``E(tau) = tau / (M e^(R/M) (e^((tau+C)/M) - 1))``; at the optimum this is
    ``-e^(-R/M) W0(-e^(-C/M-1))``. Tends to 1 as M grows (with an interval: to tau/(tau + C)).

    Parameters
    ----------
    mttf_s : M, may be infinite
    checkpoint_s, restart_s : blocking time C of one checkpoint; time R from failure to work
    interval_s : work tau between checkpoints, in the same wall seconds

    >>> e = efficiency(3.09 * 3600, 300.0, 600.0)
    >>> round(float(e), 3)
    0.744
    """
    m = np.maximum(np.asarray(mttf_s, dtype=np.float64), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        back = np.exp(-np.asarray(restart_s) / m)
        if interval_s is None:
            kept = _optimum(np.asarray(checkpoint_s) / m)[1]
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


def young_interval_s(mttf_s: ArrayLike, checkpoint_s: ArrayLike) -> Array:
    """First-order optimal interval ``sqrt(2 C M)`` (Young 1974).

    >>> float(np.round(young_interval_s(3.09 * 3600, 300.0)))
    2583.0
    """
    result: Array = np.sqrt(2.0 * np.asarray(checkpoint_s) * np.asarray(mttf_s))
    return result


def daly_interval_s(mttf_s: ArrayLike, checkpoint_s: ArrayLike) -> Array:
    """Interval ``sqrt(2 C M) - C`` while C < 2 M, and M beyond (Daly 2006, first-order form).

    >>> float(np.round(daly_interval_s(3.09 * 3600, 300.0)))
    2283.0
    """
    m, c = np.asarray(mttf_s, dtype=np.float64), np.asarray(checkpoint_s, dtype=np.float64)
    result: Array = np.where(c < 2.0 * m, young_interval_s(m, c) - c, m)
    return result


def first_order_valid(mttf_s: ArrayLike, checkpoint_s: ArrayLike, restart_s: ArrayLike) -> NDArray[np.bool_]:
    """Whether (C + R)/M is below 0.1, so that a first-order formula may be shown.

    >>> bool(first_order_valid(3.09 * 3600, 300.0, 600.0)), bool(first_order_valid(1836.0, 300.0, 600.0))
    (True, False)
    """
    load = (np.asarray(checkpoint_s, dtype=np.float64) + np.asarray(restart_s)) / np.asarray(mttf_s)
    return np.asarray(load < FIRST_ORDER_LIMIT)


def first_order_efficiency_or_nan(
    mttf_s: ArrayLike, checkpoint_s: ArrayLike, restart_s: ArrayLike, interval_s: ArrayLike
) -> Array:
    """Kokolis et al.'s formula where it holds, and nan where it does not.

    ``(1 - (R + tau/2)/M) / (1 + C/tau)``: for comparison with published figures only.

    Source: arXiv 2410.21680, expected training-time ratio, queueing left out.

    >>> float(first_order_efficiency_or_nan(1836.0, 300.0, 600.0, 1050.0))
    nan
    """
    shown = _first_order_efficiency(mttf_s, checkpoint_s, restart_s, interval_s)
    result: Array = np.where(first_order_valid(mttf_s, checkpoint_s, restart_s), shown, np.nan)
    return result


def best_gang_chips(
    chips_per_node: ArrayLike,
    node_failures_per_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    job_failures_per_s: ArrayLike = 0.0,
) -> Array:
    """Chips beyond which one gang-scheduled job gets slower: the maximum of ``n E(n)``.

    With m = 1/M the maximum is where ``1/(m - r_job) = R + C/x``, x = tau*/M. As ``C m = -ln(1-x) - x``
    this is the one root of a convex function of x, found by Newton's method from its right. Infinite
    when nodes do not fail, or when checkpoint and restart cost nothing. Derived here; checked against
    a grid search.

    >>> float(np.round(best_gang_chips(8, 6.5e-3 / 86400, 300.0, 600.0)))
    93867.0
    """
    c, r, job = (np.asarray(v, dtype=np.float64) for v in (checkpoint_s, restart_s, job_failures_per_s))
    write = _gang_optimum(c, r, job * c)
    per_chip = np.asarray(node_failures_per_s, dtype=np.float64) / np.asarray(chips_per_node)
    return _inverse(per_chip * (r + write))


def useful_chips(
    chips: ArrayLike,
    chips_per_node: ArrayLike,
    node_failures_per_s: ArrayLike,
    checkpoint_s: ArrayLike,
    restart_s: ArrayLike,
    job_failures_per_s: ArrayLike = 0.0,
    best_chips: ArrayLike | None = None,
) -> Array:
    """Chips times efficiency, with no more chips used than help: never falls when chips are added.

    The job takes ``min(chips, best_gang_chips)`` of those it is offered, at the optimal interval.
    `best_chips` may carry a result of `best_gang_chips` that was computed before.

    >>> float(np.round(useful_chips(16384, 8, 3.79e-3 / 86400, 300.0, 600.0)))
    12193.0
    """
    if best_chips is None:
        best_chips = best_gang_chips(
            chips_per_node, node_failures_per_s, checkpoint_s, restart_s, job_failures_per_s
        )
    used = np.minimum(np.asarray(chips, dtype=np.float64), np.asarray(best_chips))
    m = mttf_s(used, chips_per_node, node_failures_per_s, job_failures_per_s)
    result: Array = used * efficiency(m, checkpoint_s, restart_s)
    return result


def spare_nodes(
    nodes: ArrayLike, node_failures_per_s: ArrayLike, repair_s: ArrayLike, confidence: ArrayLike
) -> Array:
    """Spare nodes that suffice with probability `confidence`: a Poisson quantile.

    Nodes in repair at a moment are Poisson with mean ``nodes x rate x repair time`` (an M/G/infinity
    queue, so the distribution of repair times does not matter). A whole number, as a float.

    >>> float(spare_nodes(2048, 3.79e-3 / 86400, 86400.0, 0.999))
    18.0
    """
    mean = np.asarray(nodes, dtype=np.float64) * np.asarray(node_failures_per_s) * np.asarray(repair_s)
    share = np.asarray(confidence, dtype=np.float64)
    positive = np.maximum(mean, np.finfo(np.float64).tiny)
    guess = np.ceil(np.maximum(pdtrik(share, positive), 0.0))
    enough = (guess > 0) & (pdtr(np.maximum(guess - 1, 0.0), positive) >= share)
    result: Array = np.where((mean <= 0) | (np.exp(-positive) >= share), 0.0, guess - enough)
    return result


def _first_order_efficiency(
    mttf_s: ArrayLike, checkpoint_s: ArrayLike, restart_s: ArrayLike, interval_s: ArrayLike
) -> Array:
    m, tau = np.asarray(mttf_s, dtype=np.float64), np.asarray(interval_s, dtype=np.float64)
    result: Array = (1.0 - (np.asarray(restart_s) + tau / 2.0) / m) / (1.0 + np.asarray(checkpoint_s) / tau)
    return result


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


def _minus_log(x: Array) -> Array:
    """``-ln(1-x) - x`` without cancellation for small x."""
    series = x * x * (1 / 2 + x * (1 / 3 + x * (1 / 4 + x / 5)))
    result: Array = np.where(x < _SMALL, series, -np.log1p(-x) - x)
    return result


def _inverse(rate: Array) -> Array:
    """``1/rate``; infinite for a rate of zero."""
    above = np.asarray(rate) >= np.finfo(np.float64).tiny
    result: Array = np.divide(1.0, rate, out=np.full(np.shape(rate), np.inf), where=above)
    return result
