"""Uncertain values: three quantiles in, a value for every draw out.

A fact or an assumption states ``low``, ``value`` and ``high``: the 10th, 50th and 90th percentile.
A draw is a standard normal number z, shared by all quantities that one cause moves. The functions
here carry z to a value so that the three quantiles are met exactly, whatever their skew:

- positive quantities: two half lognormals that meet at the median (`split_lognormal`);
- quantities of either sign: two half normals (`split_normal`);
- shares: two half normals, kept within 0 and 1 (`split_share`).

Draws beyond four standard deviations count as four: three quantiles say nothing about such tails.

Source: the two-piece normal is the fan-chart density of Britton, Fisher and Whitley, "The Inflation
Report projections" (Bank of England, 1998). We differ: the pieces are joined at the median and not
at the mode, so that each side holds half of the draws and the three quantiles are exact; the density
may step at the median, which no quantile shows.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Family = Literal["positive", "any", "share"]

Z_HIGH = float(ndtri(0.9))
"""Standard normal draw at the 90th percentile; the 10th is its negative."""

Z_LIMIT = 4.0
"""Draws are truncated here, on both sides."""


def values(z: ArrayLike, low: ArrayLike, value: ArrayLike, high: ArrayLike, family: Family) -> Array:
    """Carry draws to values by the transform that fits the family of the quantity.

    Parameters
    ----------
    z : standard normal draws, any shape
    low, value, high : 10th, 50th and 90th percentile, in any one unit; broadcast against `z`
    family : ``positive`` (money, power, time), ``share`` (0 to 1) or ``any`` (either sign)

    Raises
    ------
    ValueError      the quantiles are out of order, or not positive where they have to be

    >>> [float(round(v, 6)) for v in values([-Z_HIGH, 0.0, Z_HIGH], 70.0, 71.0, 72.0, "positive")]
    [70.0, 71.0, 72.0]
    """
    return {"positive": split_lognormal, "any": split_normal, "share": split_share}[family](
        z, low, value, high
    )


def split_lognormal(z: ArrayLike, low: ArrayLike, value: ArrayLike, high: ArrayLike) -> Array:
    """Two-piece lognormal: ``value (high/value)^(z/z90)`` above the median, likewise below it.

    Only ratios enter, so a change of unit changes the result by its factor and nothing else.

    Raises
    ------
    ValueError      unless ``0 < low <= value <= high``

    >>> float(split_lognormal(0.0, 20.0, 30.0, 60.0))
    30.0
    >>> float(split_lognormal(2 * Z_HIGH, 20.0, 30.0, 60.0))
    120.0
    """
    low_, value_, high_ = _ordered(low, value, high)
    if np.any(low_ <= 0):
        raise ValueError(f"found low {float(np.min(low_)):g}; wanted above 0: family 'any' takes every sign")
    step = _steps(z)
    ratio = np.where(step < 0, value_ / low_, high_ / value_)
    with np.errstate(over="ignore"):  # absurd quantiles: infinity, and no warning
        result: Array = value_ * ratio**step
    return result


def split_normal(z: ArrayLike, low: ArrayLike, value: ArrayLike, high: ArrayLike) -> Array:
    """Two-piece normal: ``value + (high - value) z/z90`` above the median, likewise below it.

    Raises
    ------
    ValueError      unless ``low <= value <= high``

    >>> float(split_normal(-Z_HIGH, -5.0, 1.0, 2.0))
    -5.0
    """
    low_, value_, high_ = _ordered(low, value, high)
    step = _steps(z)
    width = np.where(step < 0, value_ - low_, high_ - value_)
    result: Array = value_ + width * step
    return result


def split_share(z: ArrayLike, low: ArrayLike, value: ArrayLike, high: ArrayLike) -> Array:
    """Two-piece normal kept within 0 and 1: availability, utilisation, probabilities.

    The three quantiles stay exact, since they lie within 0 and 1 themselves.

    Raises
    ------
    ValueError      unless ``0 <= low <= value <= high <= 1``

    >>> float(split_share(4.0, 0.85, 0.95, 0.99))
    1.0
    """
    if np.any(np.asarray(low) < 0) or np.any(np.asarray(high) > 1):
        raise ValueError("found a share outside 0 to 1; wanted 0 <= low <= value <= high <= 1")
    result: Array = np.clip(split_normal(z, low, value, high), 0.0, 1.0)
    return result


def one_factor(z_cause: ArrayLike, z_own: ArrayLike, correlation: ArrayLike) -> Array:
    """Standard normal draws that share a cause: ``r z_cause + sqrt(1 - r^2) z_own``.

    `correlation` r, from -1 to 1, is between the result and its cause; two quantities with r1 and r2
    to the same cause are correlated by ``r1 r2``. With the transforms above this is a Gaussian copula
    of one factor (Vasicek, "Limiting loan loss probability distribution", 1991).

    Raises
    ------
    ValueError      a correlation outside -1 to 1

    >>> float(one_factor(1.0, 1.0, 0.6))
    1.4
    """
    r = np.asarray(correlation, dtype=np.float64)
    if np.any(np.abs(r) > 1):
        raise ValueError(f"found correlation {float(r.flat[np.argmax(np.abs(r))]):g}; wanted -1 to 1")
    cause, own = np.asarray(z_cause, dtype=np.float64), np.asarray(z_own, dtype=np.float64)
    result: Array = r * cause + np.sqrt(1.0 - r * r) * own
    return result


def _steps(z: ArrayLike) -> Array:
    """Draws truncated, in units of the distance from the median to the 90th percentile."""
    steps: Array = np.clip(np.asarray(z, dtype=np.float64), -Z_LIMIT, Z_LIMIT) / Z_HIGH
    return steps


def _ordered(low: ArrayLike, value: ArrayLike, high: ArrayLike) -> tuple[Array, Array, Array]:
    low_, value_, high_ = (np.asarray(q, dtype=np.float64) for q in (low, value, high))
    if not (np.all(low_ <= value_) and np.all(value_ <= high_)):
        raise ValueError(f"found quantiles {low!r}, {value!r}, {high!r}; wanted low <= value <= high")
    return low_, value_, high_
