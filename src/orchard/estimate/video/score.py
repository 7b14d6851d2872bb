"""How good predictions are of clips that the fit has not seen.

An error is a ratio: predicted over measured time or the inverse, whichever is above 1. Rows are left
out in four ways: pairs of a model and a chip, models, architectures (two models of one architecture go
together), chips. The interval of a row left out is what is known without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.video.constants import Calibration
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.interval import ARCHITECTURE, CHIP, RANGES, ROW, Spread, known, quantile, width
from orchard.estimate.video.measurements import Measured

Array = NDArray[np.float64]


class Score(NamedTuple):
    """Ratios of `n` clips: median, 90th percentile; `bias` is the median of predicted over measured.

    `coverage` is the share of clips inside their 80 % interval, `width` the median factor of that
    interval; nan where there is none.
    """

    n: int
    median: float
    p90: float
    bias: float
    coverage: float
    width: float


class HeldOut(NamedTuple):
    """Logarithm [n] of predicted over measured time of rows left out, by what was left out with them."""

    pair: Array
    model: Array
    architecture: Array
    chip: Array


def hold_out(clips: Measured, start: Calibration | None = None) -> HeldOut:
    """Residuals of every row by fits without what it is left out with."""
    return HeldOut(**{name: held_out(clips, key, start) for name, key in groups(clips).items()})


def held_out(clips: Measured, keys: Sequence[str], start: Calibration | None = None) -> Array:
    """Logarithm [n] of predicted over measured time, each row by a fit without the rows of its key."""
    names = np.array(keys)
    residual = np.zeros(len(names))
    for name in sorted(set(keys)):
        out = names == name
        rows = clips.rows(out)
        residual[out] = np.log(predict(fit(clips.rows(~out), start).constants, rows) / rows.seconds)
    return residual


def spread_of(clips: Measured, left: HeldOut) -> Spread:
    """How far rows lie around fits that have not seen them, and what they cover."""
    return Spread(
        widths={
            ROW: quantile(left.pair, clips.pairs),
            ARCHITECTURE: quantile(left.architecture, clips.architectures),
            CHIP: quantile(left.chip, clips.chips),
        },
        architectures=known(Counter(clips.architectures)),
        chips=known(Counter(clips.chips)),
        ranges=ranges(clips),
    )


def ranges(clips: Measured) -> dict[str, tuple[float, float]]:
    """Lowest and highest value that rows have, by name of RANGES."""
    return {name: (float(value.min()), float(value.max())) for name, value in values(clips).items()}


def nested_width(clips: Measured, left: HeldOut, keys: Sequence[str]) -> Array:
    """Half-width [n] of the interval of each row, by what is known without the rows of its key."""
    names = np.array(keys)
    found = np.zeros(len(names))
    for name in sorted(set(keys)):
        out = names == name
        rest = spread_of(clips.rows(~out), HeldOut(*(each[~out] for each in left)))
        rows = clips.rows(out)
        found[out] = width(rest, rows.architectures, rows.chips, **values(rows))
    return found


def values(clips: Measured) -> dict[str, Array]:
    """What the ranges are of, by name of RANGES."""
    steps = np.asarray(clips.run.steps) * np.asarray(clips.run.passes)
    made = (np.asarray(clips.work.tokens), np.asarray(clips.run.chips), steps)
    return dict(zip(RANGES, made, strict=True))


def score(residual: Array, half_width: Array | None = None) -> Score:
    """Summarise rows [n] by the logarithm of predicted over measured time.

    >>> one = score(np.log(np.array([1.1, 0.8])), np.array([0.2, 0.2]))
    >>> one.n, round(one.median, 3), round(one.bias, 3), one.coverage
    (2, 1.175, 0.938, 0.5)
    """
    size = np.abs(residual)
    stated = half_width is not None and len(size) > 0
    return Score(
        n=len(size),
        median=float(np.median(np.exp(size))) if len(size) else float("nan"),
        p90=float(np.quantile(np.exp(size), 0.9)) if len(size) else float("nan"),
        bias=float(np.exp(np.median(residual))) if len(size) else float("nan"),
        coverage=float(np.mean(size <= half_width)) if stated else float("nan"),
        width=float(np.median(np.exp(half_width))) if half_width is not None and stated else float("nan"),
    )


def by_group(keys: Sequence[str], residual: Array, half_width: Array) -> dict[str, Score]:
    """Scores of every key, by name."""
    names = np.array(keys)
    return {name: score(residual[names == name], half_width[names == name]) for name in sorted(set(keys))}


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


def groups(clips: Measured) -> dict[str, list[str]]:
    """What is left out together, by name of HeldOut."""
    return {
        "pair": clips.pairs, "model": clips.models, "architecture": clips.architectures, "chip": clips.chips,
    }  # fmt: skip
