"""Advertising beside the feeds: revenue of the year before, more impressions, a higher price for each.

Growth published for impressions and for the price of one multiplies to that of revenue, to rounding:
both are published in whole percent, so by at most 1.1 points at the growth of the last years.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def growth_of(impressions_growth: ArrayLike, price_growth: ArrayLike) -> Array:
    """Growth of revenue from that of impressions and of the price of one: ``(1 + i)(1 + p) - 1``.

    >>> round(float(growth_of(0.14, 0.10)), 6)    # third quarter of 2025; revenue grew by 25.6 %
    0.254
    """
    impressions = np.asarray(impressions_growth, dtype=np.float64)
    result: Array = (1.0 + impressions) * (1.0 + np.asarray(price_growth)) - 1.0
    return result


def lifted_growth(growth: ArrayLike, conversions: ArrayLike, passed_on: ArrayLike) -> Array:
    """Growth when ranking finds more conversions, of which a part reaches the price.

    Parameters
    ----------
    growth : of the price (or of impressions) without it
    conversions : more conversions per impression, as a share of those before
    passed_on : part of their worth that advertisers bid; the rest they keep

    >>> round(float(lifted_growth(0.10, 0.04, 0.5)), 6)
    0.122
    """
    gain = np.asarray(conversions, dtype=np.float64) * np.asarray(passed_on)
    result: Array = (1.0 + np.asarray(growth)) * (1.0 + gain) - 1.0
    return result


def per_person_usd(revenue_usd: ArrayLike, people_before: ArrayLike, people_after: ArrayLike) -> Array:
    """Average revenue per person: over the mean of people at the beginning and the end of the quarter.

    Source: the definition in the company's quarterly reports. Not-a-number without people.

    >>> round(float(per_person_usd(41.902e9, 3.35e9, 3.43e9)), 2)    # first quarter of 2025: 12.36
    12.36
    """
    mean = (np.asarray(people_before, dtype=np.float64) + np.asarray(people_after)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = np.asarray(revenue_usd) / mean
    return result
