"""Correlated normal draws: which correlations are possible together, and how independent draws are mixed.

A table of correlations is possible when no combination of the things it relates would have a negative
variance: when it is positive semidefinite. It is then the product of a lower triangle with its own
transpose (Cholesky), and the triangle mixes independent draws into correlated ones.

Written out and not taken from a library: the last bit must not depend on the processor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Table = Sequence[Sequence[float]]

_ROUNDING = 1e-9  # of a variance of 1


def mixture(table: Table) -> list[list[float]]:
    """Lower triangle [n, n] whose rows mix n independent normal draws into correlated ones.

    Raises
    ------
    ValueError
        correlations that are not possible together

    >>> mixture([[1.0, 0.6], [0.6, 1.0]])
    [[1.0, 0.0], [0.6, 0.8]]
    >>> mixture([[1.0, 1.0], [1.0, 1.0]])
    [[1.0, 0.0], [1.0, 0.0]]
    """
    count = len(table)
    found = [[0.0] * count for _ in range(count)]
    for row in range(count):
        for column in range(row + 1):
            products = (found[row][k] * found[column][k] for k in range(column))
            left = table[row][column] - math.fsum(products)
            if row == column:
                if left < -_ROUNDING:
                    raise ValueError("correlations that are not possible together")
                found[row][row] = math.sqrt(max(left, 0.0))
            elif found[column][column] > math.sqrt(_ROUNDING):
                found[row][column] = left / found[column][column]
            elif abs(left) > math.sqrt(_ROUNDING):
                raise ValueError("correlations that are not possible together")
    return found


def possible_share(table: Table) -> float:
    """The largest factor, 0 to 1, by which all correlations of a table are possible together.

    The smallest eigenvalue of a table whose correlations are multiplied by s is 1 + s (e - 1), where e is
    that of the table itself.

    >>> possible_share([[1.0, 0.5], [0.5, 1.0]])
    1.0
    >>> round(possible_share([[1, -0.9, -0.9], [-0.9, 1, -0.9], [-0.9, -0.9, 1]]), 3)
    0.556
    """
    import numpy as np

    least = float(np.linalg.eigvalsh(np.asarray(table, dtype=np.float64)).min())
    return 1.0 if least >= -_ROUNDING else 1.0 / (1.0 - least)
