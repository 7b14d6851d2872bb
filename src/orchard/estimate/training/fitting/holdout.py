"""Training runs judged by fits that have not seen them, and the intervals that such fits would state.

Five ways of leaving rows out: single configurations (in folds), whole sources, models, chips, families
of stacks. The interval of a row left out is what is known without it: widths come from the residuals of
the rows that stayed, each held out in its turn; stacks, chips and ranges are those of the rows that
stayed. The fits behind those residuals have seen the row that is judged, one of hundreds: fitting every
pair of groups would mend that at a hundred times the cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.holdout import Judge, folds, held_out
from orchard.estimate.holdout import ranges as ranges_of
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.fitting.fit import Measured, fit, predict
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

# Ways of leaving rows out that widths of intervals rest on.
WIDENED_BY = ("row", "chip", "stack")
# What a layer of a model is: a model and its truncated copy share it, and go together.
LAYER = (
    "hidden",
    "heads",
    "kv_heads",
    "vocabulary",
    "attention_matrix",
    "dense_ffn_matrix",
    "experts",
    "expert_ffn",
)
# What rows of one configuration share beside model and chip; not the batch and what is recomputed, in
# which near copies of a row differ.
CONFIGURATION = ("chips", "precision", "sequence", "tp", "pp", "cp", "vp", "ep", "etp", "micro_batch")


class Around(NamedTuple):
    """What is known of measured rows beside what the step needs."""

    sources: Sequence[str]
    chips: Sequence[str]
    moe: Mask

    def rows(self, mask: Mask) -> Around:
        """The rows where `mask` is true."""
        index = np.flatnonzero(mask).tolist()
        return Around([self.sources[i] for i in index], [self.chips[i] for i in index], self.moe[mask])


def models(measured: Measured) -> list[str]:
    """What tells models [n] apart, whatever they are called: the numbers of a layer."""
    return _named(measured, {name: getattr(measured.shape, name) for name in LAYER})


def configurations(measured: Measured, chips: Sequence[str]) -> list[str]:
    """What runs [n] have to share to be one configuration: model, chip, number, format, length, layout."""
    cut = {name: getattr(measured.layout, name) for name in CONFIGURATION}
    numbers = _named(measured, {"layers": measured.shape.layers, **cut})
    return [" ".join(each) for each in zip(models(measured), chips, numbers, strict=True)]


def ways(measured: Measured, around: Around) -> dict[str, list[str]]:
    """What is left out together with each row [n], in each of the five ways."""
    return {
        "row": folds(configurations(measured, around.chips)),
        "source": list(around.sources),
        "model": models(measured),
        "chip": list(around.chips),
        "stack": list(measured.families),
    }


def unseen(measured: Measured, start: Calibration) -> Judge:
    """Logarithm of predicted over measured time of rows, by a fit from `start` to the others."""

    def residual(out: Mask) -> Array:
        rows = measured.rows(out)
        rest = fit(measured.rows(~out), start).calibration
        return np.asarray(np.log(predict(rest, rows) / rows.time_s), dtype=np.float64)

    return residual


def widths(measured: Measured, around: Around, left: Mapping[str, Array]) -> dict[str, float]:
    """Half-widths of the interval by group, from residuals of rows held out.

    Rows of tier B count only in families that have no other: their settings are in part unknown, so
    that they lie further off than a complete row does. What no row tells of mixtures is taken from
    dense models, and the other way round.
    """
    trusted = measured.weight >= 1
    families = np.array(measured.families)
    sound = trusted | ~np.isin(families, sorted(set(families[trusted].tolist())))
    found = spread_widths(
        left["row"][sound],
        families[sound].tolist(),
        np.array(around.chips)[sound].tolist(),
        around.moe[sound],
        left["stack"][sound],
        left["chip"][sound],
    )
    for name in (UNSEEN_STACK, UNSEEN_CHIP):
        for kind in (False, True):
            if group(name, not kind) in found:
                found.setdefault(group(name, kind), found[group(name, not kind)])
    return found


def ranges(measured: Measured) -> dict[str, tuple[float, float]]:
    """Lowest and highest value that rows have, by name of RANGES."""
    return ranges_of(_sizes(measured))


def nested_width(measured: Measured, around: Around, left: Mapping[str, Array], keys: Sequence[str]) -> Array:
    """Half-width [n] of the interval of each row, by what is known without the rows of its key."""

    def known(out: Mask) -> Array:
        rows, others = measured.rows(out), around.rows(~out)
        rest = measured.rows(~out)
        spread = Spread(
            widths(rest, others, {name: each[~out] for name, each in left.items()}),
            frozenset(map(pair, rest.families, others.chips)),
            ranges(rest),
        )
        beside = around.rows(out)
        return width(spread, rows.families, beside.moe, beside.chips, **_sizes(rows))

    return held_out(keys, known)


def _sizes(measured: Measured) -> dict[str, Array]:
    layout = measured.layout
    values = (layout.chips, layout.tokens, layout.sequence, measured.shape.hidden)
    return {name: _column(measured, value) for name, value in zip(RANGES, values, strict=True)}


def _named(measured: Measured, numbers: Mapping[str, ArrayLike]) -> list[str]:
    """The numbers of each row [n] as one text."""
    columns = [_column(measured, value).tolist() for value in numbers.values()]
    return [" ".join(f"{value:g}" for value in row) for row in zip(*columns, strict=True)]


def _column(measured: Measured, value: ArrayLike) -> Array:
    return np.broadcast_to(np.asarray(value, dtype=np.float64), measured.time_s.shape)
