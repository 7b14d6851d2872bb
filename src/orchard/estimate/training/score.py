"""How good predictions are: errors, bias, and how often the interval holds.

Errors are of tokens per second, as a share of what was measured; a row left blank counts as 100 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# What an error counts as where there is no prediction.
BLANK_ERROR = 1.0


class Score(NamedTuple):
    """Errors of `n` rows as shares of what was measured, of which `blank` were not predicted.

    `bias` is the median of signed errors, above 0 where predictions are too fast. `coverage` is the
    share of predicted rows inside their 80 % interval, `width` the median half-width of that interval
    as a share of the prediction; nan where there are none.
    """

    n: int
    blank: int
    mape: float
    p90: float
    median: float
    bias: float
    coverage: float
    width: float


def score(residual: Array, width: Array | None = None) -> Score:
    """Summarise rows [n].

    Parameters
    ----------
    residual
        logarithm of predicted over measured step time; nan is a row left blank
    width
        half-width of the 80 % interval on that logarithm

    >>> one = score(np.log(1 / np.array([1.1, 0.9, np.nan])), np.full(3, 0.1))
    >>> one.n, one.blank, round(one.mape, 3), round(one.p90, 3), round(one.bias, 3), one.coverage
    (3, 1, 0.4, 0.82, 0.0, 0.5)
    """
    error = np.exp(-residual) - 1
    blank = np.isnan(error)
    size = np.where(blank, BLANK_ERROR, np.abs(error))
    answered = error[~blank]
    stated = width is not None and len(answered) > 0
    inside = np.abs(residual[~blank]) <= width[~blank] if width is not None else answered
    return Score(
        n=len(error),
        blank=int(blank.sum()),
        mape=float(size.mean()),
        p90=float(np.quantile(size, 0.9)),
        median=float(np.median(size)),
        bias=float(np.median(answered)) if len(answered) else float("nan"),
        coverage=float(inside.mean()) if stated else float("nan"),
        width=float(np.median(np.expm1(width[~blank]))) if width is not None and stated else float("nan"),
    )


def by_group(groups: Sequence[str], residual: Array, width: Array | None = None) -> dict[str, Score]:
    """Scores of every group, by name."""
    names = np.array(groups)
    return {
        str(name): score(residual[names == name], None if width is None else width[names == name])
        for name in sorted(set(groups))
    }
