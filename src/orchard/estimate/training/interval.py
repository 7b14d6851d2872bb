"""How far a measured step may lie from the model: 80 % intervals.

The spread of a family of stacks is what is left, on the logarithm of the step time, when its rows are
predicted by a fit that has not seen them (split conformal prediction: the 80 % quantile of the
absolute residuals). A stack that nothing was measured on adds how far whole stacks lie from fits that
have not seen them; a chip on which the stack was not measured, how far whole chips do, twice where no
chip of its maker was measured. Both add as squares. Beyond the range that measurements cover, the
interval widens with every doubling.

Source: Lei et al. 2018, distribution-free predictive inference; the widening is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.catalogue import catalogue
from orchard.errors import FactError
from orchard.estimate.interval import Z80, beyond, borrowed, quantile

Array = NDArray[np.float64]

UNSEEN_STACK = "unseen stack"
UNSEEN_CHIP = "unseen chip"
# How much further a chip may lie when no chip of its maker was measured (assumed).
STRANGER = 2.0
# What the ranges are of: names of the arrays given to `width`.
RANGES = ("chips", "tokens", "sequence", "hidden")


@dataclass(frozen=True)
class Spread:
    """Widths by group, stacks and chips measured together, and the range that measurements cover.

    `widths` maps ``<family>/<dense or moe>`` to the half-width of the 80 % interval on the logarithm
    of the step time; `pairs` are ``<family>/<chip>``; `ranges` maps a name of RANGES to (low, high).
    """

    widths: Mapping[str, float] = field(default_factory=dict)
    pairs: frozenset[str] = frozenset()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def group(family: str, moe: bool) -> str:
    """Name of a group of rows.

    >>> group("nemo", False)
    'nemo/dense'
    """
    return f"{family}/{'moe' if moe else 'dense'}"


def width(
    spread: Spread, families: Sequence[str], moe: ArrayLike, chip_ids: Sequence[str], **values: ArrayLike
) -> Array:
    """Half-width [n] of the 80 % interval on the logarithm of the step time.

    Parameters
    ----------
    families, moe, chip_ids
        of each row: family of its stack, whether it is a mixture, id of its chip
    values
        the arrays that RANGES names
    """
    mixture = np.broadcast_to(np.asarray(moe, dtype=bool), (len(families),))
    keys = list(zip(families, mixture.tolist(), chip_ids, strict=True))
    known = _Known(spread)
    base = {key: known.width(*key) for key in set(keys)}
    return np.asarray(np.array([base[key] for key in keys]) * beyond(spread.ranges, values))


def spread_widths(
    residual: Array,
    families: Sequence[str],
    chip_ids: Sequence[str],
    moe: NDArray[np.bool_],
    unseen_stack: Array,
    unseen_chip: Array,
) -> dict[str, float]:
    """Widths from residuals [n] of rows that the fit has not seen.

    Parameters
    ----------
    residual
        of fits that know the stack and the chip of a row, but not the row
    families, chip_ids, moe
        of each row: family of its stack, id of its chip, whether it is a mixture
    unseen_stack, unseen_chip
        of fits that know nothing of the row's stack, or of its chip
    """
    widths: dict[str, float] = {}
    stacks, chips = Z80 * between(families, unseen_stack), Z80 * between(chip_ids, unseen_chip)
    for mixture in (False, True):
        of_kind = moe == mixture
        if not of_kind.any():
            continue
        pool = quantile(residual[of_kind])
        for family in sorted({name for name, one in zip(families, of_kind, strict=True) if one}):
            rows = of_kind & (np.array(families) == family)
            own, count = quantile(residual[rows]), float(rows.sum())
            widths[group(family, mixture)] = borrowed(own, count, pool)
        widths[group(UNSEEN_STACK, mixture)] = float(np.hypot(pool, stacks))
        widths[group(UNSEEN_CHIP, mixture)] = chips
    return widths


def between(groups: Sequence[str], residual: Array) -> float:
    """How far whole groups lie from fits that have not seen them: root mean square of their medians.

    Not the quantile of single rows, which the largest group would decide: with the largest family of
    stacks goes most of what is known of mixtures.

    >>> round(between(["a", "a", "b"], np.array([0.3, 0.3, -0.4])), 3)
    0.354
    """
    names = np.array(groups)
    medians = [float(np.median(residual[names == name])) for name in sorted(set(groups))]
    return float(np.sqrt(np.mean(np.square(medians))))


def pair(family: str, chip: str) -> str:
    """Name of a family of stacks on a chip."""
    return f"{family}/{chip}"


class _Known:
    """What a spread knows of stacks, chips and their makers."""

    def __init__(self, spread: Spread) -> None:
        self._widths, self._pairs = spread.widths, spread.pairs
        self._chips = {name.split("/")[1] for name in spread.pairs}
        self._makers = {_maker(chip) for chip in self._chips}

    def width(self, family: str, moe: bool, chip: str) -> float:
        """Half-width of a row, before its range is looked at."""
        known = self._widths.get(group(family, moe))
        base = self._widths.get(group(UNSEEN_STACK, moe), 0.0) if known is None else known
        if pair(family, chip) in self._pairs or (known is None and chip in self._chips):
            return base
        beside = self._widths.get(group(UNSEEN_CHIP, moe), 0.0)
        return float(np.hypot(base, beside * (1.0 if _maker(chip) in self._makers else STRANGER)))


@cache
def _maker(chip: str) -> str:
    try:
        return catalogue().chip(chip).vendor
    except FactError:
        return ""
