"""How far measurements lie around a model: what 80 % intervals are made of.

The half-width of an interval, on the logarithm of a time, is the 80 % quantile of absolute residuals of
rows that the fit has not seen (split conformal prediction). What is less known adds to it; beyond the
range of measurements it widens with every doubling.

Source: Lei et al. 2018, distribution-free predictive inference (arXiv 1604.04173); groups that count by
the square root of their rows, the widening and the rows borrowed are assumptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Ranges = Mapping[str, tuple[float, float]]

SHARE = 0.8
# The same share of a normal distribution lies within this many standard deviations.
Z80 = 1.2816
# A small group borrows from a wider one as if it had so many more rows of it.
BORROWED_ROWS = 10.0
# Growth of the logarithmic width with every doubling beyond what was measured.
WIDENING = 0.1
# How much less a row counts for every other of its group: the square root of their number.
SHARING = 0.5


def quantile(residual: Array, groups: Sequence[Hashable] | None = None) -> float:
    """The 80 % quantile of absolute residuals [n], with the correction for few of them.

    Parameters
    ----------
    groups
        what makes errors of rows alike: such rows count by the square root of their number

    >>> quantile(np.array([0.1, -0.2, 0.3, -0.4]))
    0.4
    >>> quantile(np.array([0.5, *[0.1] * 100]), ["lonely", *["many"] * 100])
    0.1
    """
    size = np.abs(residual)
    weight = np.ones(len(size)) if groups is None else weights(groups)
    order = np.argsort(size)
    count = weight.sum() ** 2 / (weight**2).sum()  # rows that count as one each
    share = weight[order].cumsum() / weight.sum()
    wanted = min(SHARE * (1 + 1 / count), 1.0)
    return float(size[order][min(int(np.searchsorted(share, wanted - 1e-9)), len(size) - 1)])


def weights(groups: Sequence[Hashable]) -> Array:
    """How much each row [n] counts, with a mean square of 1: errors of rows of one group are alike.

    >>> weights(["a", "a", "b"]).round(2).tolist()
    [0.87, 0.87, 1.22]
    """
    count = Counter(groups)
    raw = np.array([count[name] ** -SHARING for name in groups], dtype=np.float64)
    return raw / np.sqrt(np.mean(raw**2)) if len(raw) else raw


def borrowed(own: float, rows: float, wider: float) -> float:
    """A width of a group of so many rows, drawn to that of a wider group the fewer they are.

    >>> borrowed(0.1, 10.0, 0.2)
    0.15
    """
    return (own * rows + wider * BORROWED_ROWS) / (rows + BORROWED_ROWS)


def together(base: float, *wider: float) -> float:
    """The width where several things are not known: what each adds to `base` is taken as independent.

    >>> round(together(0.1, 0.2, 0.2), 3)
    0.265
    """
    return float(np.sqrt(base**2 + sum(max(one**2 - base**2, 0.0) for one in wider)))


def beyond(ranges: Ranges, values: Mapping[str, ArrayLike]) -> Array:
    """Factor on widths, 1 inside the range of measurements and growing with every doubling outside.

    >>> float(beyond({"chips": (8.0, 1024.0)}, {"chips": 4096.0}))
    1.2
    """
    doublings: Array = np.zeros(())
    for name, (low, high) in ranges.items():
        value = np.asarray(values[name], dtype=np.float64)
        over, under = np.maximum(np.log2(value / high), 0.0), np.maximum(np.log2(low / value), 0.0)
        doublings = doublings + over + under
    return np.asarray(1.0 + WIDENING * doublings)
