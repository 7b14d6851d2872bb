"""A calibration made from measured runs, and what it is worth, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from orchard.errors import Finding, OrchardError
from orchard.estimate.calibration import RANGE
from orchard.estimate.holdout import Tell, silent
from orchard.estimate.score import plain, score, written
from orchard.estimate.training.calibration import PAIR, Calibration
from orchard.estimate.training.fitting.calibrate import Fitted, from_priors, from_shipped
from orchard.estimate.training.fitting.holdout import Around, configurations
from orchard.estimate.training.fitting.measurements import MOST_SHOWN, Runs

Result = dict[str, Any]

# Fewer rows cannot be held out and tell anything.
FEWEST = 5
# A fit that wants a constant so many sigmas from its prior is more likely to follow wrong rows.
STRAINED = 3.0
# A constant has moved when its value differs by more than this share.
MOVED = 0.01


class Calibrated(NamedTuple):
    """A calibration, and the account of it."""

    calibration: Calibration
    account: Result


def calibrated(
    runs: Runs, start: Calibration, today: date, *, priors: bool = False, tell: Tell = silent
) -> Calibrated:
    """Fit a calibration to measured runs, and say what that gained.

    Parameters
    ----------
    runs
        measured runs
    start
        the calibration to begin with
    today
        the date of rows that change
    priors
        whether to begin with the priors of `start` instead of its values
    tell
        hears what is being done and to what share

    Raises
    ------
    OrchardError
        too few rows that can be predicted, or all of one configuration (O844)
    """
    known = runs.where(runs.batch.ok)
    blank = [(runs.batch.ids[i], runs.batch.notes[i]) for i in np.flatnonzero(~runs.batch.ok).tolist()]
    if len(known) < FEWEST:
        raise OrchardError(_too_few(len(known), [*runs.left_out, *blank]))
    around = Around(known.sources, known.batch.chips, known.batch.moe)
    different = len(set(configurations(known.measured, around.chips)))
    if different < 2:
        raise OrchardError(_all_alike(len(known)))
    make = from_priors if priors else from_shipped
    fitted = make(start, known.measured, around, today, tell)
    left = [*(one._asdict() for one in runs.left_out), *({"id": id_, "why": why} for id_, why in blank)]
    account = _account(known, start, fitted, priors)
    return Calibrated(fitted.calibration, {**account, "configurations": different, "left_out": left})


def _account(known: Runs, start: Calibration, fitted: Fitted, priors: bool) -> Result:
    families = np.array(known.measured.families)
    stacks = {name: _compared(fitted, families == name) for name in sorted(set(families.tolist()))}
    every = _compared(fitted, np.ones(len(known), np.bool_))
    old = {row.name: row.prior if priors and row.fitted else row.value for row in start.rows}
    rows = [row for row in fitted.calibration.rows if not row.name.startswith((PAIR, RANGE))]
    constants: list[Mapping[str, Any]] = [
        {key: plain(value) for key, value in row._asdict().items()}
        | {"old": old.get(row.name), "fitted": row.fitted}
        for row in rows
    ]
    moved = [row for row in rows if row.fitted and abs(row.value / old.get(row.name, 1.0) - 1) > MOVED]
    return {
        "began": "the model at its priors" if priors else "the calibration it began with",
        "improves": every["after"]["mape"] < every["before"]["mape"],
        "all": every,
        "stacks": stacks,
        "constants": constants,
        "moved": len(moved),
        "strained": _strained(start, rows),
    }


def _strained(start: Calibration, rows: list[Any]) -> list[Mapping[str, Any]]:
    """Constants that the fit moved more than STRAINED sigmas from the prior that `start` gives them."""
    known = {row.name: row for row in start.rows}
    found: list[Mapping[str, Any]] = []
    for row in rows:
        before = known.get(row.name, row)
        strain = row._replace(prior=before.prior, sigma=before.sigma).strain
        if strain > STRAINED and (row is before or abs(row.value / before.value - 1) > MOVED):
            found.append({"name": row.name, "value": row.value, "prior": before.prior, "sigmas": strain})
    return found


def _all_alike(count: int) -> Finding:
    return Finding(
        "O844", "", "", f"{count} rows of one configuration: none can be held out",
        "runs that differ in model, chip, number of chips, format, sequence or layout",
        "orchard validate training FILE.csv judges them",
    )  # fmt: skip


def _compared(fitted: Fitted, rows: Any) -> Result:
    return {"before": written(score(fitted.before[rows])), "after": written(score(fitted.after[rows]))}


def _too_few(count: int, left: list[Any]) -> Finding:
    why = "; ".join(f"{id_ or 'a row without id'}: {reason}" for id_, reason in left[:MOST_SHOWN])
    found = f"{count} {'row' if count == 1 else 'rows'} to fit to" + (
        f", {len(left)} left out ({why})" if left else ""
    )
    hint = "orchard validate training FILE.csv judges fewer"
    return Finding("O844", "", "", found, f"{FEWEST} rows or more", hint)
