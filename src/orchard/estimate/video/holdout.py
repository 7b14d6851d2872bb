"""Clips judged by fits that have not seen them, and the intervals that such fits would state.

Rows are left out in four ways: pairs of a model and a chip, models, architectures (two models of one
architecture go together), chips. The interval of a row left out is what is known without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.holdout import Judge, folds, held_out
from orchard.estimate.holdout import ranges as ranges_of
from orchard.estimate.interval import quantile
from orchard.estimate.video.constants import Calibration
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.interval import ARCHITECTURE, CHIP, RANGES, ROW, Spread, known, width
from orchard.estimate.video.measurements import Measured

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Of fewer configurations, each is held out by itself; of more, pairs of a model and a chip.
FEW = 12


def ways(clips: Measured) -> dict[str, list[str]]:
    """What is left out together, in each of the four ways."""
    return {
        "pair": clips.pairs,
        "model": clips.models,
        "architecture": clips.architectures,
        "chip": clips.chips,
    }


def own_keys(clips: Measured) -> list[str]:
    """What is left out together of a user's clips: copies of a row always."""
    columns = (clips.pairs, clips.run.chips, clips.run.steps, clips.run.passes, clips.work.positions)
    rows = list(zip(*(np.asarray(column).tolist() for column in columns), strict=True))
    return folds(rows, FEW) if len(set(rows)) <= FEW else clips.pairs


def unseen(clips: Measured, start: Calibration | None = None) -> Judge:
    """Logarithm of predicted over measured time of rows, by a fit from `start` to the others."""

    def residual(out: Mask) -> Array:
        rows = clips.rows(out)
        rest = fit(clips.rows(~out), start).constants
        return np.asarray(np.log(predict(rest, rows) / rows.seconds), dtype=np.float64)

    return residual


def spread_of(clips: Measured, left: Mapping[str, Array]) -> Spread:
    """How far rows lie around fits that have not seen them, and what they cover."""
    return Spread(
        widths={
            ROW: quantile(left["pair"], clips.pairs),
            ARCHITECTURE: quantile(left["architecture"], clips.architectures),
            CHIP: quantile(left["chip"], clips.chips),
        },
        architectures=known(Counter(clips.architectures)),
        chips=known(Counter(clips.chips)),
        ranges=ranges(clips),
    )


def ranges(clips: Measured) -> dict[str, tuple[float, float]]:
    """Lowest and highest value that rows have, by name of RANGES."""
    return ranges_of(sizes(clips))


def nested_width(clips: Measured, left: Mapping[str, Array], keys: Sequence[str]) -> Array:
    """Half-width [n] of the interval of each row, by what is known without the rows of its key."""

    def around(out: Mask) -> Array:
        rest = spread_of(clips.rows(~out), {name: each[~out] for name, each in left.items()})
        rows = clips.rows(out)
        return width(rest, rows.architectures, rows.chips, **sizes(rows))

    return held_out(keys, around)


def sizes(clips: Measured) -> dict[str, Array]:
    """What the ranges are of, by name of RANGES."""
    steps = np.asarray(clips.run.steps) * np.asarray(clips.run.passes)
    made = (np.asarray(clips.work.tokens), np.asarray(clips.run.chips), steps)
    return dict(zip(RANGES, made, strict=True))
