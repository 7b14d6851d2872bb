"""First-order formulae, as published figures use them, and where they hold.

For comparison only: answers come from :mod:`~orchard.estimate.goodput.job`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FIRST_ORDER_LIMIT = 0.1
"""Largest (C + R)/M for which a first-order formula may be used."""


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


def _first_order_efficiency(
    mttf_s: ArrayLike, checkpoint_s: ArrayLike, restart_s: ArrayLike, interval_s: ArrayLike
) -> Array:
    m, tau = np.asarray(mttf_s, dtype=np.float64), np.asarray(interval_s, dtype=np.float64)
    result: Array = (1.0 - (np.asarray(restart_s) + tau / 2.0) / m) / (1.0 + np.asarray(checkpoint_s) / tau)
    return result
