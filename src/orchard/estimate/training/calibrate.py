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

from orchard.estimate.constants import Constant
from orchard.estimate.regression import Z80
from orchard.estimate.training.calibration import CHIP, RANGE, STACK, WIDTH, Calibration
from orchard.estimate.training.fit import Measured, fit
from orchard.estimate.training.interval import RANGES, spread_widths
from orchard.estimate.training.score import folds, held_out

Array = NDArray[np.float64]

# A new stack may be this much faster or slower than the model, on the logarithm: one sigma.
STACK_SIGMA = 0.1
# The shipped constants may move this many times their own uncertainty for a user's machine.
LOOSENED = 2.0


class Around(NamedTuple):
    """What is known of measured rows beside what the step needs: for spreads and ranges."""

    sources: Sequence[str]
    chips: Sequence[str]
    moe: NDArray[np.bool_]


def from_priors(start: Calibration, measured: Measured, around: Around, today: date) -> Calibration:
    """Fit every constant from its prior, and measure spreads by leaving sources and chips out."""
    names = sorted(set(measured.families))
    start = _at_priors(start).with_rows(_new_stacks(names, today))
    best = fit(measured, start).calibration
    known = held_out(measured, start, folds(len(measured.time_s)))
    unseen_stack = held_out(measured, start, around.sources)
    unseen_chip = held_out(measured, start, around.chips)
    widths = _spread(measured, around, known, unseen_stack, unseen_chip)
    return best.with_rows([*_widths(widths, today), *_seen(measured, around, today)])


def from_shipped(start: Calibration, measured: Measured, around: Around, today: date) -> Calibration:
    """Move a calibration to a user's rows; constants count as known as far as their ranges say."""
    known = set(start.slowdown)
    new = [name for name in sorted(set(measured.families)) if name not in known]
    loosened = as_priors(start).with_rows(_new_stacks(new, today))
    best = fit(measured, loosened).calibration
    residual = held_out(measured, loosened, folds(len(measured.time_s)))
    pool = np.full(len(residual), np.nan)
    widths = _spread(measured, around, residual, pool, pool)
    kept = {name: value for name, value in widths.items() if np.isfinite(value)}
    chips = [row for row in _seen(measured, around, today) if row.name.startswith(CHIP)]
    return best.with_rows([*_widths(kept, today), *chips])


def as_priors(start: Calibration) -> Calibration:
    """The calibration as a prior: what it knows, and how certainly."""
    rows = []
    for row in start.rows:
        certain = np.log(row.high / row.low) / (2 * Z80) if row.fitted and row.low > 0 else row.sigma
        rows.append(row._replace(prior=row.value, sigma=float(certain) * (LOOSENED if row.fitted else 1.0)))
    return Calibration(tuple(rows))


def _spread(measured: Measured, around: Around, known: Array, stack: Array, chip: Array) -> dict[str, float]:
    """Widths from trustworthy rows; a family that has none of them, from the others."""
    trusted = measured.weight >= 1
    families = np.array(measured.families)
    sound = trusted | ~np.isin(families, sorted(set(families[trusted].tolist())))
    return spread_widths(known[sound], families[sound].tolist(), around.moe[sound], stack[sound], chip[sound])


def _at_priors(start: Calibration) -> Calibration:
    kept = (row for row in start.rows if not row.name.startswith((WIDTH, CHIP, RANGE)))
    return Calibration(tuple(row._replace(value=row.prior) for row in kept))


def _new_stacks(names: Sequence[str], today: date) -> list[Constant]:
    return [
        Constant(
            f"{STACK}{name}", 1.0, np.nan, np.nan, "1", 1.0, STACK_SIGMA,
            f"time of a step with {name} beside the model",
            "prior: no stack is faster than another", today.isoformat(),
        )
        for name in names
    ]  # fmt: skip


def _widths(widths: dict[str, float], today: date) -> list[Constant]:
    meaning = "half-width of the 80 % interval on the logarithm of the step time"
    source = "80 % quantile of the residuals of rows that the fit has not seen"
    return [_plain(f"{WIDTH}{name}", value, meaning, source, today) for name, value in widths.items()]


def _seen(measured: Measured, around: Around, today: date) -> list[Constant]:
    """Chips and ranges that the rows cover."""
    layout, shape = measured.layout, measured.shape
    values = dict(zip(RANGES, (layout.chips, layout.tokens, layout.sequence, shape.hidden), strict=True))
    rows_of = Counter(around.chips)
    counted = [
        _plain(f"{CHIP}{name}", float(count), "measured rows of the chip", "count", today)
        for name, count in sorted(rows_of.items())
    ]
    ranges = [
        _plain(f"{RANGE}{name}", 1.0, "lowest and highest value measured", "range", today)._replace(
            low=float(np.min(value)), high=float(np.max(value))
        )
        for name, value in values.items()
    ]
    return [*counted, *ranges]


def _plain(name: str, value: float, meaning: str, source: str, today: date) -> Constant:
    return Constant(name, value, np.nan, np.nan, "1", value, 0.0, meaning, source, today.isoformat())
