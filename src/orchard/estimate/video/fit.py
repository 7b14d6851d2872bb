"""Fit the constants to measured clips: robust regression on the logarithm of the time.

Every constant starts at its prior, stays within its bounds and moves only as far as measurements pull
it. Residuals count by the logarithm of a Cauchy distribution, so that a row that the closed form cannot
explain is soon ignored; models count by the square root of their rows, as errors of rows of one model
are alike. A row that would need more than its chips' peak is not as described, and left out.

Source: Huber 1964 and Holland and Welsch 1977 for the loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from orchard.catalogue.measured import measured as shipped_rows
from orchard.estimate.video.clip import Run, clip_s
from orchard.estimate.video.constants import Calibration, Constants, calibration
from orchard.estimate.video.machines import Machine
from orchard.estimate.video.rows import batch
from orchard.estimate.video.work import Work

Array = NDArray[np.float64]

# Scale of a residual, on the logarithm: one clip timed by two publishers on one chip differs by 2 to
# 10 % (rows v32 and v41), and rows of a model share a stack that no column names.
NOISE = 0.1
# How much less a row counts for every other of its model: the square root of their number.
SHARING = 0.5


class Measured(NamedTuple):
    """Measured clips: what was run, and how long it took; arrays [n]."""

    ids: list[str]
    models: list[str]
    chips: list[str]
    work: Work
    machine: Machine
    run: Run
    seconds: Array

    def rows(self, mask: NDArray[np.bool_]) -> Measured:
        """The rows where `mask` is true."""
        index = np.flatnonzero(mask)

        def cut(values: Any) -> Any:
            return np.asarray(values)[index]

        return Measured(
            *([names[i] for i in index.tolist()] for names in self[:3]),
            Work(*map(cut, self.work)),
            Machine(*map(cut, self.machine)),
            Run(*map(cut, self.run)),
            self.seconds[index],
        )

    @property
    def peak_share(self) -> Array:
        """Share [n] of the chips' dense peak that the network alone needed."""
        flops = np.asarray(self.work.matmul_flops) + np.asarray(self.work.attention_flops)
        made = flops * np.asarray(self.run.steps) * np.asarray(self.run.passes)
        return made / (np.asarray(self.machine.flops_per_s) * np.asarray(self.run.chips) * self.seconds)


def measured(rows: Sequence[Mapping[str, str]] | None = None) -> Measured:
    """Clips of measured rows (those the project ships by default); rows that are no clips are left out.

    >>> len(measured().ids), sorted(set(measured().chips))
    (72, ['a100-80gb', 'b200', 'h100', 'h20', 'rtx-4090'])
    """
    listed = shipped_rows("video") if rows is None else list(rows)
    made = batch(listed)
    seconds = np.array([_seconds(row.get("seconds", "")) for row in listed])
    every = Measured(made.ids, made.models, made.chips, made.work, made.machine, made.run, seconds)
    return every.rows(made.ok & (seconds > 0))


def predict(constants: Constants, clips: Measured) -> Array:
    """Seconds [n] of measured clips by the closed form."""
    total = clip_s(constants, clips.work, clips.machine, clips.run).total
    return np.broadcast_to(np.asarray(total, dtype=np.float64), clips.seconds.shape)


def fit(clips: Measured, start: Calibration | None = None) -> Calibration:
    """Move the constants from their priors to where the clips want them, within their bounds."""
    begin = (calibration() if start is None else start).at_priors()
    possible = clips.rows(clips.peak_share < 1.0)
    moving = begin.fitted
    prior = np.log([row.prior for row in moving])
    sigma = np.array([row.sigma for row in moving])
    bounds = tuple(
        (np.log([getattr(row, side) for row in moving]) - prior) / sigma for side in ("low", "high")
    )
    weight, log_time = weights(possible.models), np.log(possible.seconds)

    def constants(z: Array) -> Constants:
        return Constants(*np.exp(prior + z * sigma).tolist())

    def loss(z: Array) -> Array:
        residual = (np.log(predict(constants(z), possible)) - log_time) / NOISE
        return np.concatenate([weight * _soften(residual), z])

    result = least_squares(loss, np.zeros(len(moving)), bounds=bounds, x_scale="jac")
    return begin.with_values(constants(result.x)._asdict())


def calibrate(rows: Sequence[Mapping[str, str]] | None = None, as_of: date | None = None) -> Calibration:
    """Constants, and the width of the interval, from measured rows.

    Parameters
    ----------
    rows
        rows with the columns of ``measured/video.csv``; by default those the project ships
    as_of
        the day to write into the file; by default the days stay as they are
    """
    from orchard.estimate.video.score import widths

    clips = measured(rows)
    made = fit(clips).with_values(widths(clips))
    if as_of is None:
        return made
    return Calibration(tuple(row._replace(as_of=as_of.isoformat()) for row in made.rows))


def weights(models: Sequence[str]) -> Array:
    """How much each row [n] counts, with a mean square of 1.

    >>> weights(["a", "a", "b"]).round(2).tolist()
    [0.87, 0.87, 1.22]
    """
    count = Counter(models)
    raw = np.array([count[name] ** -SHARING for name in models], dtype=np.float64)
    return raw / np.sqrt(np.mean(raw**2)) if len(raw) else raw


def _soften(r: Array) -> Array:
    """Cauchy: the square of what comes back grows with the logarithm only."""
    softened: Array = np.sign(r) * np.sqrt(np.log1p(r * r))
    return softened


def _seconds(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
