"""Spare nodes: how many suffice, and how often enough nodes serve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincc, pdtr, pdtrik

Array = NDArray[np.float64]

_MOST_BLOCKS = 4  # rows or domains out at once that are looked at


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


def ready_share(
    spares: ArrayLike, away: ArrayLike, blocks: ArrayLike = 0.0, block_nodes: ArrayLike = 0.0
) -> Array:
    """Share of time in which no more nodes are away than there are spares.

    Nodes away are Poisson with mean `away` (failures times those that need another node times repair
    time, whatever its distribution); `blocks` more stops of `block_nodes` at once, a row or a power
    domain, are Poisson too. A job that waits for the missing ones runs in just this share of time, and
    what it loses then to failures is as if it had never waited: both processes have no memory. Spares
    may be fractions: the regularised gamma function joins whole numbers.

    >>> float(ready_share(10, 4.2).round(4))
    0.9959
    >>> float(ready_share(10, 4.2, blocks=0.01, block_nodes=72).round(4))
    0.986
    """
    spare, mean = np.asarray(spares, np.float64), np.maximum(np.asarray(away, np.float64), 0.0)
    many, size = np.asarray(blocks, np.float64), np.asarray(block_nodes, np.float64)
    result: Array = np.zeros(np.broadcast_shapes(spare.shape, mean.shape, many.shape, size.shape))
    weight = np.exp(-many)
    for out in range(_MOST_BLOCKS):
        left = spare - out * size
        result = result + weight * np.where(left >= 0, gammaincc(np.maximum(left, 0.0) + 1.0, mean), 0.0)
        weight = weight * many / (out + 1)
    return result


def missing_nodes(spares: ArrayLike, away: ArrayLike) -> Array:
    """Mean number of nodes away beyond the spares, nodes away being Poisson.

    >>> float(missing_nodes(10, 4.2).round(4)), float(missing_nodes(0, 4.2))
    (0.006, 4.2)
    """
    spare, mean = np.asarray(spares, np.float64), np.maximum(np.asarray(away, np.float64), 0.0)
    result: Array = np.maximum(mean * gammainc(spare, mean) - spare * gammainc(spare + 1.0, mean), 0.0)
    return np.where(spare > np.finfo(np.float64).eps, result, mean)
