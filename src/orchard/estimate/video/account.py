"""What a calibration of clips is worth, as plain data."""

from __future__ import annotations

from typing import Any

from orchard.estimate.score import plain, score, written
from orchard.estimate.video.calibrate import Fitted
from orchard.estimate.video.constants import Calibration

Result = dict[str, Any]


def account(fitted: Fitted, start: Calibration, *, priors: bool) -> Result:
    """Say what a fit gained on clips it has not seen, and list its constants beside those of before.

    Parameters
    ----------
    start
        what the fit began with
    priors
        whether it began with the priors of `start` instead of its values

    >>> from orchard.estimate.video.calibrate import from_priors
    >>> from orchard.estimate.video.constants import calibration
    >>> made = account(from_priors(), calibration(), priors=True)
    >>> made["improves"], made["before"]["n"]
    (True, 72)
    """
    before, after = score(fitted.before), score(fitted.after)
    old = {row.name: row.prior if priors and row.fitted else row.value for row in start.rows}
    return {
        "began": "the priors" if priors else "the calibration before",
        "before": written(before),
        "after": written(after),
        "improves": after.ratio < before.ratio,
        "constants": [
            {key: plain(value) for key, value in row._asdict().items()}
            | {"old": old.get(row.name), "fitted": row.fitted}
            for row in fitted.calibration.rows
        ],
        "left_out": [{"id": id, "why": why} for id, why in fitted.clips.left_out.items()],  # noqa: A001
    }
