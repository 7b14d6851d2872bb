"""How good predictions are of models, or chips, that the fit has not seen.

An error is a ratio: predicted over measured time or the inverse, whichever is above 1. The 80 % interval
of a prediction is the time divided and multiplied by one factor, the quantile of such ratios of models
left out of the fit (split conformal prediction, Lei et al. 2018); a chip without measured clips gets the
wider of that and the quantile of chips left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.video.constants import UNSEEN_CHIP, WIDTH, Calibration
from orchard.estimate.video.fit import Measured, fit, predict, weights

Array = NDArray[np.float64]

SHARE = 0.8


class Score(NamedTuple):
    """Ratios of `n` clips: median, 90th percentile; `bias` is the median of predicted over measured."""

    n: int
    median: float
    p90: float
    bias: float
    coverage: float


class HeldOut(NamedTuple):
    """Logarithm [n] of predicted over measured time of rows that the fit has not seen; widths beside."""

    residual: Array
    width: Array


def held_out(clips: Measured, keys: Sequence[str]) -> HeldOut:
    """Every row by a fit without the rows of its key; its width by the other keys' held-out rows."""
    names = np.array(keys)
    groups = sorted(set(keys))
    residual, width = np.zeros(len(names)), np.zeros(len(names))
    for name in groups:
        out = names == name
        residual[out] = _residual(fit(clips.rows(~out)), clips.rows(out))
    for name in groups:
        out = names == name
        width[out] = quantile(residual[~out], keys_of(keys, ~out))
    return HeldOut(residual, width)


def widths(clips: Measured) -> dict[str, float]:
    """Half-widths of the 80 % interval on the logarithm, by name of their row in the calibration."""
    unseen = quantile(held_out(clips, clips.models).residual, clips.models)
    other = quantile(held_out(clips, clips.chips).residual, clips.chips)
    return {WIDTH: unseen, UNSEEN_CHIP: max(unseen, other)}


def quantile(residual: Array, keys: Sequence[str]) -> float:
    """The 80 % quantile of absolute residuals [n], keys counting by the square root of their rows.

    >>> quantile(np.array([0.1, -0.2, 0.3, -0.4, 0.5]), list("abcde"))
    0.4
    """
    size = np.abs(residual)
    order = np.argsort(size)
    share = weights(keys)[order].cumsum()
    return float(size[order][np.searchsorted(share / share[-1], SHARE - 1e-9)])


def score(held: HeldOut, mask: NDArray[np.bool_] | None = None) -> Score:
    """Summarise rows (all by default).

    >>> one = score(HeldOut(np.log(np.array([1.1, 0.8])), np.array([0.2, 0.2])))
    >>> one.n, round(one.median, 3), round(one.bias, 3), one.coverage
    (2, 1.175, 0.938, 0.5)
    """
    rows = np.ones(len(held.residual), dtype=np.bool_) if mask is None else mask
    size = np.abs(held.residual[rows])
    return Score(
        n=int(rows.sum()),
        median=float(np.median(np.exp(size))),
        p90=float(np.quantile(np.exp(size), 0.9)),
        bias=float(np.exp(np.median(held.residual[rows]))),
        coverage=float(np.mean(size <= held.width[rows])),
    )


def by_group(held: HeldOut, keys: Sequence[str]) -> dict[str, Score]:
    """Scores of every key, by name."""
    names = np.array(keys)
    return {name: score(held, names == name) for name in sorted(set(keys))}


def constant_rate(clips: Measured) -> Array:
    """Predict by one naive number a chip: the median FLOP/s of the clips of other models on it.

    Returns
    -------
    logarithm [n] of predicted over measured time; nan where no other model ran on the chip
    """
    models, chips = np.array(clips.models), np.array(clips.chips)
    share = clips.peak_share
    residual = np.full(len(models), np.nan)
    for i in range(len(models)):
        others = (chips == chips[i]) & (models != models[i])
        if others.any():
            residual[i] = np.log(share[i] / np.median(share[others]))
    return residual


def keys_of(keys: Sequence[str], mask: NDArray[np.bool_]) -> list[str]:
    """The keys of rows where `mask` is true."""
    return [keys[i] for i in np.flatnonzero(mask).tolist()]


def _residual(made: Calibration, clips: Measured) -> Array:
    return np.asarray(np.log(predict(made.constants, clips) / clips.seconds), dtype=np.float64)
