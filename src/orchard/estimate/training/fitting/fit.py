"""Fit the constants to measured steps: robust regression on the logarithm of the step time.

Every constant starts at its prior and moves only as far as measurements pull it: residuals of the
logarithm of the step time, in units of the noise of a measurement, and the constants' own distance
from their priors, in units of their sigma, are minimised together. Residuals count as a pseudo-Huber
loss: beyond a few times the noise they weigh by their size, not by its square, so that a release with
a regression does not bend the physics.

Source: Huber 1964; the noise is what consecutive releases of one benchmark differ by (4 % on average).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.regression import Values, pseudo_huber, regress
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.formulas.configuration import Code, Hardware, Layout, Software, Value
from orchard.estimate.training.formulas.constants import SHARES
from orchard.estimate.training.formulas.shape import Shape
from orchard.estimate.training.formulas.step import step

Array = NDArray[np.float64]

# Noise of one measurement, on the logarithm: consecutive releases differ by 4 % on average.
NOISE = 0.05


class Measured(NamedTuple):
    """Measured steps: what was run, on which family of stacks, and how long it took."""

    shape: Shape
    hardware: Hardware
    layout: Layout
    software: Software
    families: Sequence[str]
    time_s: Array
    weight: Array

    def rows(self, mask: NDArray[np.bool_]) -> Measured:
        """The rows where `mask` is true."""
        index = np.flatnonzero(mask)

        def cut(values: Value | Code) -> Any:
            return np.asarray(values)[index] if np.shape(values) == mask.shape else values

        return Measured(
            Shape(*map(cut, self.shape)),
            Hardware(*map(cut, self.hardware)),
            Layout(*map(cut, self.layout)),
            Software(*map(cut, self.software)),
            families=[self.families[i] for i in index.tolist()],
            time_s=self.time_s[index],
            weight=self.weight[index],
        )


class Fit(NamedTuple):
    """A calibration, and how the logarithm of predicted over measured time is left on each row."""

    calibration: Calibration
    residual: Array
    cost: float


def predict(calibration: Calibration, measured: Measured) -> Array:
    """Step times of measured rows; a stack without a constant counts as 1."""
    known = calibration.slowdown
    slowdown = np.array([known.get(family, 1.0) for family in measured.families])
    software = measured.software._replace(slowdown=slowdown)
    parts = step(calibration.constants, measured.shape, measured.hardware, measured.layout, software)
    return np.broadcast_to(np.asarray(parts.total, dtype=np.float64), measured.time_s.shape)


def fit(measured: Measured, start: Calibration) -> Fit:
    """Move the constants of `start` from their priors to where the measurements want them.

    Constants with sigma 0 stay. Stacks that nothing was measured on keep their prior.

    Returns
    -------
    Fit; the calibration's `low` and `high` are the 80 % range left by measurements and prior together
    """
    log_time = np.log(measured.time_s)

    def residual(values: Values) -> Array:
        return np.log(predict(start.with_values(values), measured)) - log_time

    found = regress(start.fitted, residual, measured.weight, NOISE, pseudo_huber, SHARES)
    best = start.with_values(found.values).with_ranges(found.ranges)
    return Fit(best, found.residual, found.cost)
