"""Shares of a variance: Sobol indices of independent inputs, Shapley effects of dependent ones.

The estimators take outputs only; who draws the inputs makes them so that they mean what they should::

    base     f(A)                 [S]      one set of inputs
    other    f(B)                 [S]      an independent set
    moved    f(A with group i of B)  [S]   one for each group
    chain    f(A), then f with the first k groups of an order redrawn, given those not redrawn  [K + 1, S]

First order after Saltelli et al., "Variance based sensitivity analysis of model output", Computer
Physics Communications 181 (2010), table 2 (b); total after Jansen, ibid. (f). Shapley effects after Song,
Nelson and Staum, SIAM/ASA J. Uncertainty Quantification 4 (2016): each sample has an order of its own, as
in Goda, "A simple algorithm for global sensitivity analysis with Shapley effects" (2021); redrawing
given what is kept makes the same sum hold for dependent inputs. Intervals are of the bootstrap over samples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLED = 200  # times that the bootstrap draws samples anew
_TAIL = 0.05  # left out at each end: intervals hold 90 %


class Share(NamedTuple):
    """A share of the variance with its 90 % interval."""

    value: float
    low: float
    high: float


def first_order(base: Array, other: Array, moved: Array) -> float:
    """Part of the variance that an input explains by itself.

    >>> x, y = np.random.default_rng(0).standard_normal((2, 2, 50_000))
    >>> round(first_order(x[0] + 2 * x[1], y[0] + 2 * y[1], x[0] + 2 * y[1]), 1)
    0.8
    """
    middle = (base.mean() + other.mean()) / 2
    return _over(float(np.mean((other - middle) * (moved - base))), _variance(base, other))


def total(base: Array, other: Array, moved: Array) -> float:
    """Part of the variance that goes when all other inputs are known: interactions included.

    >>> x, y = np.random.default_rng(0).standard_normal((2, 2, 50_000))
    >>> round(total(x[0] * x[1], y[0] * y[1], x[0] * y[1]), 1)
    1.0
    """
    return _over(float(np.mean((base - moved) ** 2)) / 2, _variance(base, other))


def shapley(chain: Array, orders: NDArray[np.intp]) -> Array:
    """Shapley effects [K] of K groups: they sum to 1.

    Parameters
    ----------
    chain : [K + 1, S]
        outputs; row k has the first k groups of the order of each sample redrawn, given the others
    orders : [K, S]
        the order of each sample: row k is the group that is redrawn k-th

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal((2, 2, 50_000))
    >>> orders = random_orders(rng, 2, 50_000)
    >>> half = np.where(orders[0] == 0, y[0] + 2 * x[1], x[0] + 2 * y[1])
    >>> shapley(np.stack([x[0] + 2 * x[1], half, y[0] + 2 * y[1]]), orders).round(1).tolist()
    [0.2, 0.8]
    """
    spread = (chain[1:] - chain[0]) ** 2
    gains = np.diff(spread, axis=0, prepend=0.0)
    groups = np.arange(len(orders))[:, None, None]
    sums: Array = np.where(orders == groups, gains, 0.0).sum(axis=(1, 2))
    whole = float(spread[-1].sum())
    return sums / whole if whole > 0 else np.zeros(len(orders))


def random_orders(rng: np.random.Generator, groups: int, samples: int) -> NDArray[np.intp]:
    """An order of the groups for each sample [K, S]."""
    return np.argsort(rng.random((groups, samples)), axis=0)


def shares(
    outputs: tuple[NDArray[Any], ...], estimate: Callable[..., Array | float], seed: int = 0
) -> list[Share]:
    """Estimates with their intervals, by drawing samples (the last axis of every output) anew.

    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> [share.low < 1 < share.high for share in shares((x,), np.var)]
    [True]
    """
    rng = np.random.default_rng(seed)
    size = outputs[0].shape[-1]
    found = np.atleast_1d(estimate(*outputs))
    again = []
    for _ in range(RESAMPLED):
        drawn = rng.integers(0, size, size)
        again.append(np.atleast_1d(estimate(*(output[..., drawn] for output in outputs))))
    lows, highs = np.quantile(again, (_TAIL, 1 - _TAIL), axis=0)
    rows = zip(found, np.minimum(lows, found), np.maximum(highs, found), strict=True)
    return [Share(float(value), float(low), float(high)) for value, low, high in rows]


def _variance(base: Array, other: Array) -> float:
    return float(np.var(np.concatenate([base, other])))


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
