"""How many interruptions: Poisson for a known rate, mixed over what is not known about the rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, pdtr

Array = NDArray[np.float64]

# Points that stand for the distribution of a rate, each for the same share of it.
_POINTS = 32
# Beyond so many halvings floats hold no whole numbers any more.
_HALVINGS = 60


def count_quantile(share: ArrayLike, median: ArrayLike, deviation: ArrayLike) -> Array:
    """The smallest whole number that counts do not exceed with probability `share`, as floats.

    Counts are Poisson, their mean lognormal: `median`, and the `deviation` of its logarithm. All three
    broadcast.

    >>> count_quantile([0.025, 0.975], 419.0, 0.0).tolist()
    [379.0, 460.0]
    >>> count_quantile([0.1, 0.5, 0.9], 419.0, 0.15).tolist()
    [342.0, 419.0, 512.0]
    """
    share_, median_, deviation_ = np.broadcast_arrays(
        *(np.asarray(value, np.float64) for value in (share, median, deviation))
    )
    scores = ndtri((np.arange(_POINTS) + 0.5) / _POINTS)
    means = median_[..., None] * np.exp(deviation_[..., None] * scores)
    most = means.max(axis=-1)
    low = np.full(share_.shape, -1.0)
    high = np.ceil(most + 10.0 * np.sqrt(most) + 10.0)
    for _ in range(_HALVINGS):
        open_ = high - low > 1.0
        if not open_.any():
            break
        middle = np.floor((low + high) / 2.0)
        reached = pdtr(np.maximum(middle, 0.0)[..., None], means).mean(axis=-1) >= share_
        high = np.where(open_ & reached, middle, high)
        low = np.where(open_ & ~reached, middle, low)
    return np.asarray(high)


def lived_count(mean: ArrayLike, score: ArrayLike) -> Array:
    """The number of failures that a run of so many expected lives through, at a standard normal score.

    A Poisson quantile without its steps, never negative.

    Source: Wilson and Hilferty (1931), the cube root of a gamma variable is nearly normal.

    >>> lived_count(100.0, [-1.2816, 0.0, 1.2816]).round(1).tolist()
    [87.4, 99.7, 113.0]
    """
    expected = np.maximum(np.asarray(mean, np.float64), np.finfo(np.float64).tiny)
    root = 1.0 - 1.0 / (9.0 * expected) + np.asarray(score) / (3.0 * np.sqrt(expected))
    return np.asarray(expected * np.maximum(root, 0.0) ** 3)
