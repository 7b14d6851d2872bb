"""How good predictions are: errors of unseen rows, bias, and how often the interval holds.

Errors are of tokens per second, as a share of what was measured; a row left blank counts as 100 %.
Rows are judged by fits that have not seen their source (or their chip, or the row itself).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.fit import Measured, fit, predict

Array = NDArray[np.float64]

# Folds of the rows when single rows are held out; drawn with a fixed seed.
FOLDS = 8


class Score(NamedTuple):
    """Errors of `n` rows: shares of what was measured; `coverage` of the 80 % intervals, or nan."""

    n: int
    mape: float
    p90: float
    median: float
    bias: float
    coverage: float


def score(error: Array, inside: NDArray[np.bool_] | None = None) -> Score:
    """Summarise signed errors [n] (predicted over measured, minus 1); nan is a row left blank.

    >>> one = score(np.array([0.1, -0.1, np.nan]))
    >>> one.n, round(one.mape, 3), round(one.p90, 3), round(one.bias, 3)
    (3, 0.4, 0.82, 0.0)
    """
    blank = np.isnan(error)
    size = np.where(blank, 1.0, np.abs(error))
    answered = error[~blank]
    return Score(
        n=len(error),
        mape=float(size.mean()),
        p90=float(np.quantile(size, 0.9)),
        median=float(np.median(size)),
        bias=float(np.median(answered)) if len(answered) else float("nan"),
        coverage=float("nan") if inside is None else float(inside.mean()),
    )


def by_group(
    groups: Sequence[str], error: Array, inside: NDArray[np.bool_] | None = None
) -> dict[str, Score]:
    """Scores of every group, by name."""
    names = np.array(groups)
    return {
        str(name): score(error[names == name], None if inside is None else inside[names == name])
        for name in sorted(set(groups))
    }


def held_out(measured: Measured, start: Calibration, keys: Sequence[str]) -> Array:
    """Logarithm [n] of predicted over measured time, each row by a fit without the rows of its key."""
    names = np.array(keys)
    residual = np.zeros(len(names))
    for name in sorted(set(keys)):
        out = names == name
        rest = fit(measured.rows(~out), start).calibration
        rows = measured.rows(out)
        residual[out] = np.log(predict(rest, rows) / rows.time_s)
    return residual


def folds(count: int) -> list[str]:
    """A fold of each of `count` rows, always the same."""
    drawn = np.random.default_rng(0).integers(0, FOLDS, count)
    return [str(fold) for fold in drawn.tolist()]


def constant_rate(rate: Array, groups: Sequence[str], sources: Sequence[str], *, new_source: bool) -> Array:
    """Predict a naive constant: the median rate of other rows of the same group.

    Parameters
    ----------
    rate
        measured model FLOP/s of a chip, of each row
    groups
        what shares a constant: chip, precision, dense or mixture
    new_source
        whether rows of the row's own source are left out; otherwise only the row itself is, and the
        other rows are of its source

    Returns
    -------
    signed errors [n]; nan where no other row is in the group
    """
    group, source = np.array(groups), np.array(sources)
    error = np.full(len(rate), np.nan)
    for i in range(len(rate)):
        others = (group == group[i]) & ((source != source[i]) if new_source else (source == source[i]))
        others[i] = False
        if others.any():
            error[i] = float(np.median(rate[others])) / rate[i] - 1
    return error
