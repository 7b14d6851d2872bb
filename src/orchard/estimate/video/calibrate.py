"""From measured clips to a calibration: fit the constants, then measure what is left around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from orchard.estimate.constants import Constant
from orchard.estimate.video.constants import ARCHITECTURE, CHIP, RANGE, WIDTH, Calibration, calibration
from orchard.estimate.video.fit import fit
from orchard.estimate.video.interval import Spread
from orchard.estimate.video.measurements import Measured, measured
from orchard.estimate.video.score import hold_out, spread_of


def calibrate(
    rows: Sequence[Mapping[str, str]] | None = None,
    start: Calibration | None = None,
    as_of: date | None = None,
) -> Calibration:
    """Constants from measured rows, how far clips lie around them, and what was measured.

    Parameters
    ----------
    rows
        rows with the columns of ``measured/video.csv``; by default those the project ships
    start
        where the priors stand; by default the shipped calibration
    as_of
        the day to write beside what is counted

    >>> text = calibrate().text()
    >>> text == calibration().text()
    True
    """
    clips = measured(rows)
    spread = spread_of(clips, hold_out(clips, start))
    day = (as_of.isoformat() if as_of else None) or calibration().rows[0].as_of
    return fit(clips, start).with_rows(_around(clips, spread, day))


def _around(clips: Measured, spread: Spread, day: str) -> list[Constant]:
    """Rows beside the constants: widths, what was measured how often, and ranges."""
    meaning = "half-width of the 80 % interval on the logarithm of the time"
    left_out = {"row": "pairs of a model and a chip", "architecture": "architectures", "chip": "chips"}
    rows = [
        _plain(
            f"{WIDTH}{kind}", value, meaning, f"80 % quantile of residuals of {left_out[kind]} left out", day
        )
        for kind, value in spread.widths.items()
    ]
    for prefix, names in ((ARCHITECTURE, clips.architectures), (CHIP, clips.chips)):
        rows += [
            _plain(f"{prefix}{name}", float(count), "measured clips", "count", day)
            for name, count in sorted(Counter(names).items())
        ]
    return rows + [
        _plain(f"{RANGE}{name}", 1.0, "lowest and highest value measured", "range", day)._replace(
            low=low, high=high
        )
        for name, (low, high) in spread.ranges.items()
    ]


def _plain(name: str, value: float, meaning: str, source: str, day: str) -> Constant:
    return Constant(name, value, np.nan, np.nan, "1", value, 0.0, meaning, source, day)
