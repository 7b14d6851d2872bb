"""From measured clips to a calibration: fit the constants, then measure what is left around them.

The shipped calibration starts from the priors and uses all clips the project ships. A user's starts
from the shipped one, as far as that is certain, and moves to the user's clips.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.calibration import COUNTED, Constant, found, range_rows
from orchard.estimate.holdout import hold_out, union
from orchard.estimate.interval import borrowed, quantile
from orchard.estimate.video.constants import ARCHITECTURE, CHIP, WIDTH, Calibration, calibration
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.holdout import own_keys, ranges, spread_of, unseen, ways
from orchard.estimate.video.interval import ROW, Spread
from orchard.estimate.video.measurements import Measured, measured

Array = NDArray[np.float64]


class Fitted(NamedTuple):
    """A calibration, and what it is worth.

    `before` and `after` are logarithms [n] of predicted over measured time of `clips`: by what the fit
    began with, and by fits that have not seen the clip.
    """

    calibration: Calibration
    clips: Measured
    before: Array
    after: Array


def from_priors(
    clips: Measured | None = None, start: Calibration | None = None, today: date | None = None
) -> Fitted:
    """Fit every constant from its prior; to the clips that the project ships: the shipped calibration.

    Parameters
    ----------
    clips
        by default those the project ships
    start
        where the priors stand; by default the shipped calibration
    today
        the day to write beside rows that come out otherwise than in `start`

    >>> sorted(from_priors().calibration.spread.widths)
    ['architecture', 'chip', 'row']
    """
    known, clips = calibration() if start is None else start, measured() if clips is None else clips
    left = hold_out(ways(clips), unseen(clips, known))
    day = (today or date.today()).isoformat()
    made = fit(clips, known).with_rows(_around(clips, spread_of(clips, left), day))
    before = np.log(predict(known.at_priors().constants, clips) / clips.seconds)
    return Fitted(made.dated(known, day), clips, before, left["pair"])


def from_shipped(clips: Measured, start: Calibration | None = None, today: date | None = None) -> Fitted:
    """Move a calibration to a user's clips; constants count as known as far as their ranges say."""
    known = calibration() if start is None else start
    prior = known.loosened()
    keys = own_keys(clips)
    after = hold_out({"own": keys}, unseen(clips, prior))["own"]
    day = (today or date.today()).isoformat()
    counted = [row for row in known.rows if row.name.startswith((ARCHITECTURE, CHIP))]
    around = _around(clips, _moved(known.spread, clips, after, len(set(keys))), day)
    made = fit(clips, prior).with_rows(counted).with_rows(_added(row, known) for row in around)
    before = np.log(predict(known.constants, clips) / clips.seconds)
    return Fitted(made.dated(known, day), clips, before, after)


def _moved(before: Spread, clips: Measured, after: Array, different: int) -> Spread:
    """What was known of the spread, moved to a user's clips as far as there are any that differ."""
    row = borrowed(quantile(after, clips.pairs), different, before.widths[ROW])
    return Spread({**before.widths, ROW: row}, ranges=union(ranges(clips), before.ranges))


def _added(row: Constant, before: Calibration) -> Constant:
    """A row that counts clips, with those counted before."""
    if not row.name.startswith((ARCHITECTURE, CHIP)):
        return row
    count = row.value + sum(old.value for old in before.rows if old.name == row.name)
    return row._replace(value=count, prior=count)


def _around(clips: Measured, spread: Spread, day: str) -> list[Constant]:
    """Rows beside the constants: widths, what was measured how often, and ranges."""
    meaning = "half-width of the 80 % interval on the logarithm of the time"
    left_out = {"row": "pairs of a model and a chip", "architecture": "architectures", "chip": "chips"}
    rows = [
        found(
            f"{WIDTH}{kind}", value, meaning,
            f"derived: 80 % quantile of residuals of {left_out[kind]} left out", day,
        )
        for kind, value in spread.widths.items()
    ]  # fmt: skip
    for prefix, names in ((ARCHITECTURE, clips.architectures), (CHIP, clips.chips)):
        rows += [
            found(f"{prefix}{name}", float(count), "measured clips", COUNTED, day)
            for name, count in sorted(Counter(names).items())
        ]
    return rows + range_rows(spread.ranges, day)
