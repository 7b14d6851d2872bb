"""From measured rows to a calibration: fit the constants, then measure what is left around them.

The shipped calibration starts from the priors and uses all rows the project ships. A user's starts
from the shipped one, as far as that is certain, and moves to the user's rows: a handful of rows
moves little but the slowdown of the user's own stack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.calibration import COUNTED, RANGE, Constant, found, range_rows
from orchard.estimate.holdout import Tell, folds, hold_out, silent, union
from orchard.estimate.interval import borrowed
from orchard.estimate.training.calibration import PAIR, STACK, WIDTH, Calibration
from orchard.estimate.training.fitting.fit import Measured, fit, predict
from orchard.estimate.training.fitting.holdout import (
    WIDENED_BY,
    Around,
    configurations,
    ranges,
    unseen,
    ways,
    widths,
)
from orchard.estimate.training.interval import UNSEEN_STACK, group, pair

Array = NDArray[np.float64]

# A new stack may be this much faster or slower than the model, on the logarithm: one sigma.
STACK_SIGMA = 0.1
# The stack of a user may be so much faster or slower than published runs of it: tuning, network, clock.
OWN_STACK_SIGMA = 0.3


class Fitted(NamedTuple):
    """A calibration, and what it is worth.

    `before` and `after` are logarithms [n] of predicted over measured time: by what the fit began
    with, and by fits that have not seen the row.
    """

    calibration: Calibration
    before: Array
    after: Array


def at_priors(start: Calibration, families: Sequence[str], today: date) -> Calibration:
    """Every constant at its prior, and a slowdown of 1 for every family: nothing measured is left."""
    kept = (row for row in start.rows if not row.name.startswith((WIDTH, PAIR, RANGE)))
    priors = Calibration(tuple(row._replace(value=row.prior, low=np.nan, high=np.nan) for row in kept))
    new = sorted(set(families) - set(priors.slowdown))
    return priors.with_rows(_stack(name, STACK_SIGMA, today) for name in new)


def from_priors(
    start: Calibration, measured: Measured, around: Around, today: date, tell: Tell = silent
) -> Fitted:
    """Fit every constant from its prior, and measure spreads by leaving sources and chips out.

    Rows whose numbers come out as in `start` keep their date.
    """
    priors = at_priors(start, measured.families, today)
    keys = {name: each for name, each in ways(measured, around).items() if name in WIDENED_BY}
    left = hold_out(keys, unseen(measured, priors), tell)
    best = fit(measured, priors).calibration
    made = best.with_rows(
        [
            *_widths(widths(measured, around, left), today),
            *_pairs(measured, around, {}, today),
            *range_rows(ranges(measured), today.isoformat()),
        ]
    )
    before = np.log(predict(priors, measured) / measured.time_s)
    return Fitted(made.dated(start, today.isoformat()), before, left["row"])


def from_shipped(
    start: Calibration, measured: Measured, around: Around, today: date, tell: Tell = silent
) -> Fitted:
    """Move a calibration to a user's rows; constants count as known as far as their ranges say."""
    loosened = as_priors(start, measured.families, today)
    keys = {"row": folds(configurations(measured, around.chips))}
    after = hold_out(keys, unseen(measured, loosened), tell)["row"]
    best = fit(measured, loosened).calibration
    counted = {name: row.value for name, row in start.group(PAIR)}
    made = best.with_rows(
        [
            *_widths(_borrowed(start, measured, around, after), today),
            *_pairs(measured, around, counted, today),
            *range_rows(union(ranges(measured), start.spread.ranges), today.isoformat()),
        ]
    )
    before = np.log(predict(start, measured) / measured.time_s)
    return Fitted(made.dated(start, today.isoformat()), before, after)


def as_priors(start: Calibration, families: Sequence[str], today: date) -> Calibration:
    """The calibration as a prior: what it knows, and how certainly; the stacks of `families` are free."""
    free = {f"{STACK}{name}": OWN_STACK_SIGMA for name in families}
    new = sorted(set(families) - set(start.slowdown))
    return start.loosened(free).with_rows(_stack(name, OWN_STACK_SIGMA, today) for name in new)


def _borrowed(start: Calibration, measured: Measured, around: Around, after: Array) -> dict[str, float]:
    """Widths of the user's own stacks; few configurations borrow from what was known before.

    Rows of one configuration count once: ten copies of a row say no more than one of how far others lie.
    """
    nothing = np.full(len(after), np.inf)
    own = widths(measured, around, {"row": after, "chip": nothing, "stack": nothing})
    names = list(map(group, measured.families, around.moe.tolist()))
    count = Counter(name for name, _ in set(zip(names, configurations(measured, around.chips), strict=True)))
    known = start.spread.widths
    return {
        name: borrowed(
            own[name], count[name], known.get(name, known[group(UNSEEN_STACK, name.endswith("/moe"))])
        )
        for name in sorted(own.keys() & count.keys())
    }


def _stack(name: str, sigma: float, today: date) -> Constant:
    return Constant(
        f"{STACK}{name}", 1.0, np.nan, np.nan, "1", 1.0, sigma,
        f"time of a step with {name} beside the model",
        "assumed: no stack is faster than another", today.isoformat(),
    )  # fmt: skip


def _widths(found_widths: dict[str, float], today: date) -> list[Constant]:
    meaning = "half-width of the 80 % interval on the logarithm of the step time"
    source = "derived: 80 % quantile of the residuals of rows that the fit has not seen"
    day = today.isoformat()
    return [found(f"{WIDTH}{name}", value, meaning, source, day) for name, value in found_widths.items()]


def _pairs(measured: Measured, around: Around, known: dict[str, float], today: date) -> list[Constant]:
    """Stacks and chips that rows cover together, with how many."""
    counts = Counter(map(pair, measured.families, around.chips))
    meaning, day = "measured rows of the stack on the chip", today.isoformat()
    return [
        found(f"{PAIR}{name}", known.get(name, 0.0) + count, meaning, COUNTED, day)
        for name, count in sorted(counts.items())
    ]
