"""How far a measured clip may lie from the closed form: 80 % intervals.

The interval of a time is the time divided and multiplied by one factor, by which clips left out of the
fit missed: single pairs of a model and a chip, whole architectures, whole chips. An architecture or a
chip with fewer than ENOUGH measured clips adds what leaving architectures, or chips, out adds; the two
are taken as independent. ENOUGH, and what chips of other makers add, are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.interval import beyond, together
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
    half = np.array([base[key] for key in zip(architectures, chip_ids, strict=True)], dtype=np.float64)
    return np.asarray(half * beyond(spread.ranges, values), dtype=np.float64)


def known(count: Mapping[str, float]) -> frozenset[str]:
    """What was measured often enough, of measured clips by name.

    >>> sorted(known({"h100": 25, "b200": 1}))
    ['h100']
    """
    return frozenset(name for name, clips in count.items() if clips >= ENOUGH)


def _base(spread: Spread, architecture: str, chip: str) -> float:
    unknown = ((ARCHITECTURE, architecture not in spread.architectures), (CHIP, chip not in spread.chips))
    half = together(spread.widths[ROW], *(spread.widths[kind] for kind, new in unknown if new))
    return half * (STRANGER if chip in PORTED else 1.0)
