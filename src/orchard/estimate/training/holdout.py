"""Rows judged by fits that have not seen them, and the intervals that such fits would state.

Four ways of leaving rows out: single rows (in folds), whole sources, whole chips, whole families of
stacks. The interval of a row left out is what is known without it: widths come from the residuals of
the rows that stayed, each held out in its turn; chips and ranges are those of the rows that stayed.
The fits behind those residuals have seen the row that is judged, one of hundreds: fitting every pair
of groups would mend that at a hundred times the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.fit import Measured, fit, predict
from orchard.estimate.training.interval import (
    RANGES,
    UNSEEN_CHIP,
    UNSEEN_STACK,
    Spread,
    group,
    pair,
    spread_widths,
    width,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Tell = Callable[[str, float], None]


def silent(what: str, share: float) -> None:
    """Tell nobody."""


# Folds of the rows when single rows are held out; drawn with a fixed seed.
FOLDS = 8


class Around(NamedTuple):
    """What is known of measured rows beside what the step needs."""

    sources: Sequence[str]
    chips: Sequence[str]
    moe: Mask


class HeldOut(NamedTuple):
    """Logarithm [n] of predicted over measured time of rows left out, by what was left out with them."""

    row: Array
    source: Array
    chip: Array
    stack: Array


def held_out(
    measured: Measured, start: Calibration, keys: Sequence[str], tell: Callable[[], None] = lambda: None
) -> Array:
    """Logarithm [n] of predicted over measured time, each row by a fit without the rows of its key."""
    names = np.array(keys)
    residual = np.zeros(len(names))
    for name in sorted(set(keys)):
        out = names == name
        rest = fit(measured.rows(~out), start).calibration
        rows = measured.rows(out)
        residual[out] = np.log(predict(rest, rows) / rows.time_s)
        tell()
    return residual


def folds(count: int, most: int = FOLDS) -> list[str]:
    """A fold of each of `count` rows, always the same; of few rows each has its own."""
    if count <= most:
        return [str(row) for row in range(count)]
    drawn = np.random.default_rng(0).integers(0, most, count)
    return [str(fold) for fold in drawn.tolist()]


def keys(measured: Measured, around: Around) -> HeldOut:
    """What is left out together with each row [n], in each of the four ways."""
    left = (folds(len(measured.time_s)), around.sources, around.chips, measured.families)
    return HeldOut(*(np.array(each) for each in left))


def hold_out(measured: Measured, start: Calibration, around: Around, tell: Tell) -> HeldOut:
    """Residuals of every row in the four ways; `start` holds priors and has seen no row.

    `tell` hears what is being done and to what share.
    """
    groups = keys(measured, around)
    total, done = sum(len(set(each.tolist())) for each in groups), 0

    def one_more() -> None:
        nonlocal done
        done += 1
        tell(f"fit {done} of {total}", done / total)

    return HeldOut(*(held_out(measured, start, each.tolist(), one_more) for each in groups))


def widths(measured: Measured, around: Around, left: HeldOut) -> dict[str, float]:
    """Widths from trustworthy rows; a family that has none of them, from its others.

    Where only dense models were measured, unseen mixtures get the widths of unseen dense models, and the
    other way round: an interval of no width would claim more.
    """
    trusted = measured.weight >= 1
    families = np.array(measured.families)
    sound = trusted | ~np.isin(families, sorted(set(families[trusted].tolist())))
    found = spread_widths(
        left.row[sound],
        families[sound].tolist(),
        np.array(around.chips)[sound].tolist(),
        around.moe[sound],
        left.stack[sound],
        left.chip[sound],
    )
    for name in (UNSEEN_STACK, UNSEEN_CHIP):
        for kind in (False, True):
            if group(name, not kind) in found:
                found.setdefault(group(name, kind), found[group(name, not kind)])
    return found


def ranges(measured: Measured) -> dict[str, tuple[float, float]]:
    """Lowest and highest value that rows have, by name of RANGES."""
    found = _sizes(measured)
    return {name: (float(np.min(found[name])), float(np.max(found[name]))) for name in RANGES}


def nested_width(measured: Measured, around: Around, left: HeldOut, groups: Sequence[str]) -> Array:
    """Half-width [n] of the interval of each row, by what is known without the rows of its group."""
    names = np.array(groups)
    found = np.zeros(len(names))
    for name in sorted(set(groups)):
        out = names == name
        rows = measured.rows(out)
        chips = [chip for chip, one in zip(around.chips, out.tolist(), strict=True) if one]
        found[out] = width(
            _spread(measured, around, left, ~out), rows.families, around.moe[out], chips, **_sizes(rows)
        )
    return found


def _spread(measured: Measured, around: Around, left: HeldOut, mask: Mask) -> Spread:
    """What a calibration from these rows alone would say of the spread."""
    rows = measured.rows(mask)
    index = np.flatnonzero(mask).tolist()
    stayed = Around([around.sources[i] for i in index], [around.chips[i] for i in index], around.moe[mask])
    pairs = frozenset(map(pair, rows.families, stayed.chips))
    return Spread(widths(rows, stayed, HeldOut(*(each[mask] for each in left))), pairs, ranges(rows))


def _sizes(measured: Measured) -> dict[str, Array]:
    layout, size = measured.layout, measured.time_s.shape
    values = (layout.chips, layout.tokens, layout.sequence, measured.shape.hidden)
    return {
        name: np.broadcast_to(np.asarray(value, dtype=np.float64), size)
        for name, value in zip(RANGES, values, strict=True)
    }
