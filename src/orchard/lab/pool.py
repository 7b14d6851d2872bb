"""What pooling teams frees: the chips that idle in one team's quota while another's queue waits.

Each team's demand for chips varies in time, lognormally. In a static partition a team uses at most
its quota; in a pool, all demands together are bounded by all quotas together. The difference of the
mean chips in use is what the pool frees. Scheduling losses (gangs that do not fit, preemption) are
left out: a queue simulation replaces this where they matter.

Source: the sum of lognormals is taken as lognormal with its mean and variance (Fenton, "The sum of
log-normal probability distributions in scatter transmission systems", 1960). The pool never uses
less than the partition, sample by sample, and the approximation is held to that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]


class Pooling(NamedTuple):
    """Mean chips in use, static and pooled; all chips; and the share of them that pooling frees."""

    static_chips: Array
    pooled_chips: Array
    quota_chips: Array
    freed_share: Array


def pooling(
    quota_chips: ArrayLike,
    demand_chips: ArrayLike,
    variation: ArrayLike,
    correlation: ArrayLike = 0.0,
) -> Pooling:
    """Compare a static partition of chips with a pool of them.

    Static is ``sum E[min(D_k, q_k)]``, pooled is ``E[min(sum D_k, sum q_k)]``.

    Parameters
    ----------
    quota_chips, demand_chips, variation : per team on the last axis, (..., K): quota, mean demand,
        coefficient of variation of demand in time
    correlation : (...), of the logarithms of any two teams' demands, 0 to 1: 1 means that all peak
        at once, and pooling equal teams frees nothing

    Raises
    ------
    ValueError      a correlation outside 0 to 1, or negative chips

    >>> two = pooling([100.0, 100.0], [80.0, 80.0], [1.0, 1.0])
    >>> [round(float(part), 3) for part in two]
    [119.95, 132.407, 200.0, 0.062]
    """
    q, m, v = (np.asarray(a, dtype=np.float64) for a in (quota_chips, demand_chips, variation))
    q, m, v = np.broadcast_arrays(q, m, v)
    _check(q, m, v, np.asarray(correlation, dtype=np.float64))
    static = np.sum(used_chips(m, v, q), axis=-1)
    total = np.sum(q, axis=-1)
    demand, spread = summed_demand(m, v, correlation)
    pooled = np.maximum(used_chips(demand, spread, total), static)
    freed = np.divide(pooled - static, total, out=np.zeros(np.shape(pooled)), where=total > 0)
    return Pooling(static, pooled, total, freed)


def used_chips(demand_chips: ArrayLike, variation: ArrayLike, limit_chips: ArrayLike) -> Array:
    """Mean of a lognormal demand cut at a limit: ``E[min(D, q)]``.

    ``m Phi((ln(q/m) - s^2/2)/s) + q Phi(-(ln(q/m) + s^2/2)/s)`` with ``s^2 = ln(1 + c^2)``; the lesser
    of m and q for steady demand.

    >>> round(float(used_chips(80.0, 1.0, 100.0)), 3), float(used_chips(80.0, 0.0, 100.0))
    (59.975, 80.0)
    """
    m, v, q = (np.asarray(a, dtype=np.float64) for a in (demand_chips, variation, limit_chips))
    s = np.sqrt(np.log1p(v * v))
    varies = (s > 0) & (m > 0) & (q > 0)
    width = np.where(varies, s, 1.0)
    room = (np.log(np.where(varies, q, 1.0)) - np.log(np.where(varies, m, 1.0))) / width
    mean = m * ndtr(room - width / 2.0) + q * ndtr(-room - width / 2.0)
    result: Array = np.where(varies, np.minimum(mean, np.minimum(m, q)), np.minimum(m, q))
    return result


def summed_demand(
    demand_chips: ArrayLike, variation: ArrayLike, correlation: ArrayLike = 0.0
) -> tuple[Array, Array]:
    """Mean and coefficient of variation of the teams' demand together, teams on the last axis.

    Exact moments: ``Cov(D_k, D_l) = m_k m_l (e^(rho s_k s_l) - 1)``, with rho 1 on the diagonal.

    >>> mean, spread = summed_demand([80.0, 80.0], [1.0, 1.0])
    >>> float(mean), round(float(spread), 4)
    (160.0, 0.7071)
    """
    m, v = (np.asarray(a, dtype=np.float64) for a in (demand_chips, variation))
    m, v = np.broadcast_arrays(m, v)
    rho = np.asarray(correlation, dtype=np.float64)[..., None, None]
    s = np.sqrt(np.log1p(v * v))
    paired = np.where(np.eye(m.shape[-1], dtype=bool), 1.0, rho) * s[..., :, None] * s[..., None, :]
    variance = np.sum(m[..., :, None] * m[..., None, :] * np.expm1(paired), axis=(-2, -1))
    mean = np.sum(m, axis=-1)
    shape = np.broadcast_shapes(np.shape(mean), np.shape(variance))
    spread = np.divide(np.sqrt(variance), mean, out=np.zeros(shape), where=mean > 0)
    return mean, spread


def _check(q: Array, m: Array, v: Array, rho: Array) -> None:
    if np.any(rho < 0) or np.any(rho > 1):
        raise ValueError("found a correlation outside 0 to 1; wanted 0 (independent) to 1 (peaks together)")
    if np.any(q < 0) or np.any(m < 0) or np.any(v < 0):
        raise ValueError("found negative chips or variation; wanted quotas, demands and variations from 0 on")
