"""Subscriptions: people who pay by the month."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def subscription_usd(
    user_seconds: ArrayLike, paying: ArrayLike, price_usd_per_s: ArrayLike, fees: ArrayLike = 0.0
) -> Array:
    """Revenue of subscriptions over a period, after the fees of stores and payment.

    Parameters
    ----------
    user_seconds : users times the time for which they are there
    paying : share of users who pay
    price_usd_per_s : price over its period
    fees : part of the price that others keep

    >>> month = 365.25 / 12 * 86400
    >>> round(float(subscription_usd(1e6 * month, 0.02, 10 / month, 0.15)), 6)
    170000.0
    """
    paid = np.asarray(user_seconds, dtype=np.float64) * np.asarray(paying) * np.asarray(price_usd_per_s)
    result: Array = paid * (1.0 - np.asarray(fees))
    return result
