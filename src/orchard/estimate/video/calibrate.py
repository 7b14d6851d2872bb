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

from orchard.estimate.constants import Constant
from orchard.estimate.regression import Z80
from orchard.estimate.video.constants import ARCHITECTURE, CHIP, RANGE, WIDTH, Calibration, calibration
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.interval import ROW, Spread, quantile
from orchard.estimate.video.measurements import Measured, measured
from orchard.estimate.video.score import held_out, hold_out, ranges, spread_of

Array = NDArray[np.float64]


# The shipped constants may move this many times their own uncertainty for a user's machine.
LOOSENED = 2.0
# Where ranges and numbers of clips come from.
COUNTED = "counted: rows of the measured table"
# A width borrows from the shipped one as if that were so many more rows.
BORROWED_ROWS = 10.0
# Of fewer rows, each is held out by itself; of more, pairs of a model and a chip.
FEW_ROWS = 12


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

    >>> from_priors().calibration.text() == calibration().text()
    True
    """
    known, clips = calibration() if start is None else start, measured() if clips is None else clips
    left = hold_out(clips, known)
    day = (today or date.today()).isoformat()
    made = fit(clips, known).with_rows(_around(clips, spread_of(clips, left), day))
    before = np.log(predict(known.at_priors().constants, clips) / clips.seconds)
    return Fitted(made.dated(known, day), clips, before, left.pair)


def from_shipped(clips: Measured, start: Calibration | None = None, today: date | None = None) -> Fitted:
    """Move a calibration to a user's clips; constants count as known as far as their ranges say."""
    known = calibration() if start is None else start
    prior = _as_priors(known)
    after = held_out(clips, clips.ids if len(clips.ids) <= FEW_ROWS else clips.pairs, prior)
    day = (today or date.today()).isoformat()
    counted = [row for row in known.rows if row.name.startswith((ARCHITECTURE, CHIP))]
    around = _around(clips, _moved(known.spread, clips, after), day)
    made = fit(clips, prior).with_rows(counted).with_rows(_added(row, known) for row in around)
    before = np.log(predict(known.constants, clips) / clips.seconds)
    return Fitted(made.dated(known, day), clips, before, after)


def _as_priors(start: Calibration) -> Calibration:
    """The calibration as a prior: what it knows, and how certainly."""
    rows = []
    for row in start.rows:
        certain = np.log(row.high / row.low) / (2 * Z80) if row.fitted and row.low > 0 else row.sigma
        rows.append(row._replace(prior=row.value, sigma=float(certain) * (LOOSENED if row.fitted else 1.0)))
    return Calibration(tuple(rows))


def _moved(before: Spread, clips: Measured, after: Array) -> Spread:
    """What was known of the spread, moved to a user's clips as far as there are any."""
    own, count = quantile(after, clips.pairs), len(after)
    row = (own * count + before.widths[ROW] * BORROWED_ROWS) / (count + BORROWED_ROWS)
    wider = {
        name: (min(low, before.ranges[name][0]), max(high, before.ranges[name][1]))
        for name, (low, high) in ranges(clips).items()
    }
    return Spread({**before.widths, ROW: row}, ranges=wider)


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
        _plain(
            f"{WIDTH}{kind}",
            value,
            meaning,
            f"derived: 80 % quantile of residuals of {left_out[kind]} left out",
            day,
        )
        for kind, value in spread.widths.items()
    ]
    for prefix, names in ((ARCHITECTURE, clips.architectures), (CHIP, clips.chips)):
        rows += [
            _plain(f"{prefix}{name}", float(count), "measured clips", COUNTED, day)
            for name, count in sorted(Counter(names).items())
        ]
    return rows + [
        _plain(f"{RANGE}{name}", 1.0, "lowest and highest value measured", COUNTED, day)._replace(
            low=low, high=high
        )
        for name, (low, high) in spread.ranges.items()
    ]


def _plain(name: str, value: float, meaning: str, source: str, day: str) -> Constant:
    return Constant(name, value, np.nan, np.nan, "1", value, 0.0, meaning, source, day)
