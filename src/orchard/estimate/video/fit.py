"""Fit the constants to measured clips: robust regression on the logarithm of the time.

Residuals count by the logarithm of a Cauchy distribution, so that a row that the closed form cannot
explain is soon ignored; models count by the square root of their rows, as errors of rows of one model
are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.interval import weights
from orchard.estimate.regression import Values, cauchy, regress
from orchard.estimate.video.clip import clip_s
from orchard.estimate.video.constants import SHARES, Calibration, Constants, calibration
from orchard.estimate.video.measurements import Measured

Array = NDArray[np.float64]

# Scale of a residual, on the logarithm: one clip timed by two publishers on one chip differs by 2 to
# 10 % (rows v32 and v41), and rows of a model share a stack that no column names.
NOISE = 0.1


def predict(constants: Constants, clips: Measured) -> Array:
    """Seconds [n] of measured clips by the closed form."""
    total = clip_s(constants, clips.work, clips.machine, clips.run).total
    return np.broadcast_to(np.asarray(total, dtype=np.float64), clips.seconds.shape)


def fit(clips: Measured, start: Calibration | None = None) -> Calibration:
    """Move the constants from their priors to where the clips want them; nothing is known of the spread."""
    begin = (calibration() if start is None else start).at_priors()
    log_time = np.log(clips.seconds)

    def residual(values: Values) -> Array:
        return np.asarray(np.log(predict(begin.with_values(values).constants, clips)) - log_time)

    found = regress(begin.fitted, residual, weights(clips.models), NOISE, cauchy, SHARES)
    return begin.with_values(found.values).with_ranges(found.ranges)
