"""How far a measured clip may lie from the closed form: 80 % intervals.

The interval of a time is the time divided and multiplied by one factor, by which clips left out of the
fit missed (split conformal prediction, Lei et al. 2018, arXiv 1604.04173): single pairs of a model and
a chip, whole architectures, whole chips. An architecture or a chip with fewer than ENOUGH measured clips
adds what leaving architectures, or chips, out adds; the two are taken as independent. Beyond the range of
measurements the interval widens with every doubling; the widening, ENOUGH, and what chips of other makers
add are assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.training.interval import SHARE, WIDENING
from orchard.estimate.video.kernels import PORTED

Array = NDArray[np.float64]

# Kinds of width: of clips the fit has not seen, of architectures, of chips.
ROW, ARCHITECTURE, CHIP = "row", "architecture", "chip"
# What the ranges are of: names of the arrays given to `width`.
RANGES = ("tokens", "chips", "passes")
# On chips whose maker no clip was measured on, intervals are this many times as wide (assumed).
STRANGER = 2.0
# From so many measured clips on, an architecture or a chip counts as known: one may be an outlier.
ENOUGH = 5
# How much less a row counts for every other of its group: the square root of their number.
SHARING = 0.5


@dataclass(frozen=True)
class Spread:
    """Half-widths by kind, what has ENOUGH measured clips, and the range that measurements cover."""

    widths: Mapping[str, float] = field(default_factory=dict)
    architectures: frozenset[str] = frozenset()
    chips: frozenset[str] = frozenset()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def width(
    spread: Spread, architectures: Sequence[str], chip_ids: Sequence[str], **values: ArrayLike
) -> Array:
    """Half-width [n] of the 80 % interval on the logarithm of a clip's time.

    Parameters
    ----------
    architectures, chip_ids
        of each row
    values
        the arrays that RANGES names

    >>> spread = Spread({"row": 0.1, "architecture": 0.2, "chip": 0.2}, frozenset({"a"}), frozenset({"h100"}))
    >>> width(spread, ["a", "b", "b"], ["h100", "h100", "b200"]).round(3).tolist()
    [0.1, 0.2, 0.265]
    """
    base = {key: _base(spread, *key) for key in set(zip(architectures, chip_ids, strict=True))}
    beyond = np.zeros(len(architectures))
    for name, (low, high) in spread.ranges.items():
        value = np.asarray(values[name], dtype=np.float64)
        beyond = beyond + np.maximum(np.log2(value / high), 0.0) + np.maximum(np.log2(low / value), 0.0)
    half = np.array([base[key] for key in zip(architectures, chip_ids, strict=True)], dtype=np.float64)
    return np.asarray(half * (1.0 + WIDENING * beyond), dtype=np.float64)


def known(count: Mapping[str, float]) -> frozenset[str]:
    """What was measured often enough, of measured clips by name.

    >>> sorted(known({"h100": 25, "b200": 1}))
    ['h100']
    """
    return frozenset(name for name, clips in count.items() if clips >= ENOUGH)


def quantile(residual: Array, groups: Sequence[Hashable]) -> float:
    """The 80 % quantile of absolute residuals [n], groups counting by the square root of their rows.

    >>> quantile(np.array([0.1, -0.2, 0.3, -0.4, 0.5]), list("abcde"))
    0.4
    """
    size = np.abs(residual)
    order = np.argsort(size)
    share = weights(groups)[order].cumsum()
    return float(size[order][np.searchsorted(share / share[-1], SHARE - 1e-9)])


def weights(groups: Sequence[Hashable]) -> Array:
    """How much each row [n] counts, with a mean square of 1: errors of rows of one group are alike.

    >>> weights(["a", "a", "b"]).round(2).tolist()
    [0.87, 0.87, 1.22]
    """
    count = Counter(groups)
    raw = np.array([count[name] ** -SHARING for name in groups], dtype=np.float64)
    return raw / np.sqrt(np.mean(raw**2)) if len(raw) else raw


def _base(spread: Spread, architecture: str, chip: str) -> float:
    row = spread.widths[ROW]
    square = row**2
    for kind, name, measured in (
        (ARCHITECTURE, architecture, spread.architectures),
        (CHIP, chip, spread.chips),
    ):
        if name not in measured:
            square += max(spread.widths[kind] ** 2 - row**2, 0.0)
    return float(np.sqrt(square)) * (STRANGER if chip in PORTED else 1.0)
