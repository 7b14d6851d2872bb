"""Predictions of rows: seconds of a clip, with an 80 % interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.video.clip import Parts, clip_s
from orchard.estimate.video.constants import Calibration, calibration
from orchard.estimate.video.interval import width
from orchard.estimate.video.rows import Batch

Array = NDArray[np.float64]


class Estimates(NamedTuple):
    """Seconds [n] of clips, the 80 % interval around them, and their parts; nan where a row is not ok."""

    seconds: Array
    low: Array
    high: Array
    parts: Parts


def estimate(batch: Batch, using: Calibration | None = None) -> Estimates:
    """Time the clips of a batch.

    >>> from orchard.estimate.video.rows import batch
    >>> row = {"id": "a", "model": "Wan2.1-T2V-14B", "chip": "H200", "n": "8", "steps": "50"}
    >>> made = estimate(batch([row | {"resolution": "1280x720", "frames": "81"}]))
    >>> bool(200 < made.low[0] < made.seconds[0] < made.high[0] < 350)
    True
    """
    using = calibration() if using is None else using
    parts = clip_s(using.constants, batch.work, batch.machine, batch.run)
    seconds = np.where(batch.ok, np.asarray(parts.total, dtype=np.float64), np.nan)
    passes = np.asarray(batch.run.steps) * np.asarray(batch.run.passes)
    spread = width(
        using.spread,
        batch.architectures,
        batch.chips,
        tokens=batch.work.tokens,
        chips=batch.run.chips,
        passes=passes,
    )
    return Estimates(seconds, seconds * np.exp(-spread), seconds * np.exp(spread), parts)
