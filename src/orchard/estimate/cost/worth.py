"""What money over time is worth: present value, payback, capital recovery."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_NOTHING = 1e-15  # a rate that changes no digit, and may be too small to divide by


def npv_usd(flow_usd: ArrayLike, discount_per_step: ArrayLike, first: float = 0.5) -> Array:
    """Present value of a flow by step, each in the middle of its step unless `first` says otherwise.

    Parameters
    ----------
    flow_usd : (T,) or (T, S)
    discount_per_step : scalar or (S,), above -1
    first : steps from today to the first flow

    >>> round(float(npv_usd([-100.0, 60.0, 60.0], 0.1, first=0.0)), 4)
    4.1322
    """
    flow = np.asarray(flow_usd, dtype=np.float64)
    rate = np.log1p(np.asarray(discount_per_step, dtype=np.float64))
    when = (np.arange(len(flow)) + first).reshape((len(flow),) + (1,) * max(flow.ndim - 1, rate.ndim))
    flow = flow.reshape(flow.shape + (1,) * (when.ndim - flow.ndim))
    result: Array = np.sum(flow * np.exp(-rate * when), axis=0)
    return result


def payback_steps(flow_usd: ArrayLike) -> Array:
    """Steps until what was put in has come back for good; infinite when it does not within the window.

    Parameters
    ----------
    flow_usd : (T,) or (T, S); within a step money flows evenly

    >>> float(payback_steps([-100.0, 40.0, 40.0, 40.0])), float(payback_steps([-1.0, 0.0]))
    (3.5, inf)
    """
    flow = np.asarray(flow_usd, dtype=np.float64)
    total = np.cumsum(flow, axis=0)
    under = np.where(total < 0, np.arange(1, len(flow) + 1).reshape((-1,) + (1,) * (flow.ndim - 1)), 0)
    last = np.max(under, axis=0)  # steps up to the last end at which money is still out
    step = np.minimum(last, len(flow) - 1)
    before = np.take_along_axis(total, np.maximum(last - 1, 0)[None], axis=0)[0]
    gain = np.take_along_axis(flow, step[None], axis=0)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(last == 0, 0.0, last - before / gain)
    result: Array = np.where(last >= len(flow), np.inf, found)
    return result


def recovery_per_step(discount_per_step: ArrayLike, steps: ArrayLike) -> Array:
    """Equal payment per step that recovers one USD over a life: ``d / (1 - (1 + d)^-n)``; 1 / n at d = 0.

    >>> round(float(recovery_per_step(0.1, 2)), 6), float(recovery_per_step(0.0, 4))
    (0.57619, 0.25)
    """
    result: Array = 1.0 / annuity(steps, discount_per_step)
    return result


def annuity(payments: ArrayLike, discount_per_payment: ArrayLike) -> Array:
    """Present value of payments of one USD in arrears: ``(1 - (1 + d)^-n) / d``; n at d = 0.

    >>> round(float(annuity(2, 0.1)), 6)
    1.735537
    """
    d = np.asarray(discount_per_payment, dtype=np.float64)
    n = np.asarray(payments, dtype=np.float64)
    shape = np.broadcast_shapes(d.shape, n.shape)
    plain = np.broadcast_to(n, shape).copy()
    result: Array = np.divide(-np.expm1(-n * np.log1p(d)), d, out=plain, where=np.abs(d) > _NOTHING)
    return result
