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

from orchard.estimate.calibration import Constant
from orchard.estimate.regression import Z80
from orchard.estimate.training.calibration import PAIR, RANGE, STACK, WIDTH, Calibration
from orchard.estimate.training.fit import Measured, fit, predict
from orchard.estimate.training.holdout import (
    Around,
    HeldOut,
    Tell,
    folds,
    held_out,
    hold_out,
    ranges,
    silent,
    widths,
)
from orchard.estimate.training.interval import BORROWED_ROWS, UNSEEN_STACK, group, pair

Array = NDArray[np.float64]

# A new stack may be this much faster or slower than the model, on the logarithm: one sigma.
STACK_SIGMA = 0.1
# The stack of a user may be so much faster or slower than published runs of it: tuning, network, clock.
OWN_STACK_SIGMA = 0.3
# The shipped constants may move this many times their own uncertainty for a user's machine.
LOOSENED = 2.0
# Where ranges and numbers of rows come from.
COUNTED = "counted: rows of the measured table"


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
    left = hold_out(measured, priors, around, tell)
    best = fit(measured, priors).calibration
    spread = _widths(widths(measured, around, left), today)
    made = best.with_rows([*spread, *_pairs(measured, around, {}, today), *_ranges(ranges(measured), today)])
    before = np.log(predict(priors, measured) / measured.time_s)
    return Fitted(made.dated(start, today.isoformat()), before, left.row)


def from_shipped(
    start: Calibration, measured: Measured, around: Around, today: date, tell: Tell = silent
) -> Fitted:
    """Move a calibration to a user's rows; constants count as known as far as their ranges say."""
    loosened = as_priors(start, measured.families, today)
    keys = folds(len(measured.time_s))
    total, done = len(set(keys)), 0

    def one_more() -> None:
        nonlocal done
        done += 1
        tell(f"fit {done} of {total}", done / total)

    after = held_out(measured, loosened, keys, one_more)
    best = fit(measured, loosened).calibration
    spread = _widths(_borrowed(start, measured, around, after), today)
    counted = {name: row.value for name, row in start.group(PAIR)}
    wider = {name: _union(pair, start.spread.ranges.get(name)) for name, pair in ranges(measured).items()}
    made = best.with_rows([*spread, *_pairs(measured, around, counted, today), *_ranges(wider, today)])
    before = np.log(predict(start, measured) / measured.time_s)
    return Fitted(made.dated(start, today.isoformat()), before, after)


def as_priors(start: Calibration, families: Sequence[str], today: date) -> Calibration:
    """The calibration as a prior: what it knows, and how certainly; the stacks of `families` are free."""
    own = {f"{STACK}{name}" for name in families}
    rows = []
    for row in start.rows:
        sigma = row.sigma
        if row.fitted and row.low > 0:
            sigma = float(np.log(row.high / row.low)) / (2 * Z80) * LOOSENED
        if row.name in own:
            sigma = max(sigma, OWN_STACK_SIGMA)
        rows.append(row._replace(prior=row.value, sigma=sigma))
    new = sorted(set(families) - set(start.slowdown))
    return Calibration(tuple(rows)).with_rows(_stack(name, OWN_STACK_SIGMA, today) for name in new)


def _borrowed(start: Calibration, measured: Measured, around: Around, after: Array) -> dict[str, float]:
    """Widths of the user's own stacks; few rows borrow from what was known before."""
    nothing = np.full(len(after), np.inf)
    own = widths(measured, around, HeldOut(after, nothing, nothing, nothing))
    count = Counter(
        group(family, moe) for family, moe in zip(measured.families, around.moe.tolist(), strict=True)
    )
    known, made = start.spread.widths, {}
    for name in own.keys() & count.keys():
        rows = count[name]
        before = known.get(name, known.get(group(UNSEEN_STACK, name.endswith("/moe")), own[name]))
        made[name] = (own[name] * rows + before * BORROWED_ROWS) / (rows + BORROWED_ROWS)
    return {name: made[name] for name in sorted(made)}


def _union(pair: tuple[float, float], known: tuple[float, float] | None) -> tuple[float, float]:
    return pair if known is None else (min(pair[0], known[0]), max(pair[1], known[1]))


def _stack(name: str, sigma: float, today: date) -> Constant:
    return Constant(
        f"{STACK}{name}", 1.0, np.nan, np.nan, "1", 1.0, sigma,
        f"time of a step with {name} beside the model",
        "assumed: no stack is faster than another", today.isoformat(),
    )  # fmt: skip


def _widths(found: dict[str, float], today: date) -> list[Constant]:
    meaning = "half-width of the 80 % interval on the logarithm of the step time"
    source = "derived: 80 % quantile of the residuals of rows that the fit has not seen"
    return [_plain(f"{WIDTH}{name}", value, meaning, source, today) for name, value in found.items()]


def _pairs(measured: Measured, around: Around, known: dict[str, float], today: date) -> list[Constant]:
    """Stacks and chips that rows cover together, with how many."""
    counts = Counter(map(pair, measured.families, around.chips))
    meaning = "measured rows of the stack on the chip"
    return [
        _plain(f"{PAIR}{name}", known.get(name, 0.0) + count, meaning, COUNTED, today)
        for name, count in sorted(counts.items())
    ]


def _ranges(found: dict[str, tuple[float, float]], today: date) -> list[Constant]:
    meaning = "lowest and highest value measured"
    return [
        _plain(f"{RANGE}{name}", 1.0, meaning, COUNTED, today)._replace(low=low, high=high)
        for name, (low, high) in found.items()
    ]


def _plain(name: str, value: float, meaning: str, source: str, today: date) -> Constant:
    return Constant(name, value, np.nan, np.nan, "1", value, 0.0, meaning, source, today.isoformat())
