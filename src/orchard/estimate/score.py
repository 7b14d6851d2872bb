"""How good predictions of times are: errors, ratios, bias, and how often the interval holds.

An error is of the rate (tokens, clips a second) as a share of what was measured; a row left blank
counts as 100 %. A ratio is of predicted and measured time, whichever way is above 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# What an error counts as where there is no prediction.
BLANK_ERROR = 1.0


class Score(NamedTuple):
    """Errors of `n` rows as shares of the measured rate, of which `blank` were not predicted.

    `bias` is the median of signed errors, above 0 where predictions are too fast. `ratio` and `ratio_p90`
    are the median and the 90th percentile of ratios of predicted rows. `coverage` is the share of
    predicted rows inside their 80 % interval, `width` the median half-width of that interval as a share
    of the prediction; nan where there are none.
    """

    n: int
    blank: int
    mape: float
    p90: float
    median: float
    bias: float
    ratio: float
    ratio_p90: float
    coverage: float
    width: float


class Way(NamedTuple):
    """How rows [n] were judged: logarithm of predicted over measured time, half-width of the interval.

    `title` is what was left out of the fit, in the plural, and `about` what the fit knew of a row.
    """

    id: str
    title: str
    about: str
    residual: Array
    width: Array


def score(residual: Array, width: Array | None = None) -> Score:
    """Summarise rows [n].

    Parameters
    ----------
    residual
        logarithm of predicted over measured time; nan is a row left blank
    width
        half-width of the 80 % interval on that logarithm

    >>> one = score(np.log(1 / np.array([1.1, 0.9, np.nan])), np.full(3, 0.1))
    >>> one.n, one.blank, round(one.mape, 3), round(one.p90, 3), round(one.bias, 3), one.coverage
    (3, 1, 0.4, 0.82, 0.0, 0.5)
    >>> round(one.ratio, 3)
    1.106
    """
    error = np.exp(-residual) - 1
    blank = np.isnan(error)
    size = np.where(blank, BLANK_ERROR, np.abs(error))
    answered, ratio = error[~blank], np.exp(np.abs(residual[~blank]))
    half = np.array([]) if width is None else width[~blank]
    return Score(
        n=len(error),
        blank=int(blank.sum()),
        mape=_mean(size),
        p90=_quantile(size, 0.9),
        median=_quantile(size, 0.5),
        bias=_quantile(answered, 0.5),
        ratio=_quantile(ratio, 0.5),
        ratio_p90=_quantile(ratio, 0.9),
        coverage=float("nan") if width is None else _mean(np.abs(residual[~blank]) <= half),
        width=_quantile(np.expm1(half), 0.5),
    )


def by_group(groups: Sequence[str], residual: Array, width: Array | None = None) -> dict[str, Score]:
    """Scores of every group, by name."""
    names = np.array(groups)
    return {
        str(name): score(residual[names == name], None if width is None else width[names == name])
        for name in sorted(set(groups))
    }


def constant_rate(rate: Array, alike: Sequence[str], names: Sequence[str], *, new: bool) -> Array:
    """Predict by a naive constant: the median rate of other rows that are alike.

    Parameters
    ----------
    rate
        measured operations a second of a chip, of each row
    alike
        what shares a constant, such as the chip
    names
        source (or model) of each row
    new
        whether rows of the row's own name are left out; otherwise the other rows are of its name, and
        only the row itself is left out

    Returns
    -------
    logarithm [n] of predicted over measured time; nan where no other row is alike

    >>> rate, alike = np.array([100.0, 110.0, 50.0]), ["h100"] * 3
    >>> np.exp(constant_rate(rate, alike, ["a", "a", "b"], new=False)).round(2).tolist()
    [0.91, 1.1, nan]
    """
    group, name = np.array(alike), np.array(names)
    residual = np.full(len(rate), np.nan)
    for i in range(len(rate)):
        others = (group == group[i]) & ((name != name[i]) if new else (name == name[i]))
        others[i] = False
        if others.any():
            residual[i] = np.log(rate[i] / float(np.median(rate[others])))
    return residual


def written(one: Score) -> dict[str, Any]:
    """A score as plain data; what cannot be said is None."""
    return {name: plain(value) for name, value in one._asdict().items()}


def plain(value: Any) -> Any:
    """A value for JSON, which has no number for what cannot be said."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _quantile(values: Array, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")
