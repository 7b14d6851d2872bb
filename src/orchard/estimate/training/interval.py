"""How far a measured step may lie from the model: 80 % intervals.

The spread of a family of stacks is what is left, on the logarithm of the step time, when its rows are
predicted by a fit that has not seen them (split conformal prediction: the 80 % quantile of the
absolute residuals). A stack that nothing was measured on adds how far whole stacks lie from fits that
have not seen them; a chip, the spread of whole chips left out. Beyond the range that measurements
cover, the interval widens with every doubling.

Source: Lei et al. 2018, distribution-free predictive inference; the widening is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.regression import Z80

Array = NDArray[np.float64]

SHARE = 0.8
# A small group borrows from the pool of all groups as if it had so many more rows of it.
BORROWED_ROWS = 10.0
# Growth of the logarithmic width with every doubling beyond what was measured.
WIDENING = 0.1
UNSEEN_STACK = "unseen stack"
UNSEEN_CHIP = "unseen chip"
# What the ranges are of: names of the arrays given to `width`.
RANGES = ("chips", "tokens", "sequence", "hidden")


@dataclass(frozen=True)
class Spread:
    """Widths by group, chips that were measured, and the range that measurements cover.

    `widths` maps ``<family>/<dense or moe>`` to the half-width of the 80 % interval on the logarithm
    of the step time; `chips` are ids of the catalogue; `ranges` maps a name of RANGES to (low, high).
    """

    widths: Mapping[str, float] = field(default_factory=dict)
    chips: frozenset[str] = frozenset()
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
    base = {key: _base(spread, *key) for key in set(keys)}
    beyond = np.zeros(len(keys))
    for name, (low, high) in spread.ranges.items():
        value = np.asarray(values[name], dtype=np.float64)
        beyond = beyond + np.maximum(np.log2(value / high), 0.0) + np.maximum(np.log2(low / value), 0.0)
    return np.array([base[key] for key in keys]) * (1.0 + WIDENING * beyond)


def quantile(residual: Array) -> float:
    """The 80 % quantile of absolute residuals, with the correction for few of them.

    >>> round(quantile(np.array([0.1, -0.2, 0.3, -0.4])), 9)
    0.4
    """
    share = min(1.0, SHARE * (1 + 1 / len(residual)))
    return float(np.quantile(np.abs(residual), share, method="higher"))


def spread_widths(
    residual: Array, families: Sequence[str], moe: NDArray[np.bool_], unseen_stack: Array, unseen_chip: Array
) -> dict[str, float]:
    """Widths from residuals [n] of rows that the fit has not seen.

    Parameters
    ----------
    residual
        of fits that know the stack and the chip of a row, but not the row
    unseen_stack, unseen_chip
        of fits that know nothing of the row's stack, or of its chip
    """
    widths: dict[str, float] = {}
    apart = Z80 * _between_stacks(families, unseen_stack)
    for mixture in (False, True):
        of_kind = moe == mixture
        if not of_kind.any():
            continue
        pool = quantile(residual[of_kind])
        for family in sorted({name for name, one in zip(families, of_kind, strict=True) if one}):
            rows = of_kind & (np.array(families) == family)
            own, count = quantile(residual[rows]), float(rows.sum())
            widths[group(family, mixture)] = (own * count + pool * BORROWED_ROWS) / (count + BORROWED_ROWS)
        widths[group(UNSEEN_STACK, mixture)] = float(np.hypot(pool, apart))
        widths[group(UNSEEN_CHIP, mixture)] = quantile(unseen_chip[of_kind])
    return widths


def _between_stacks(families: Sequence[str], unseen_stack: Array) -> float:
    """How far whole stacks lie from a model that has not seen them: root mean square of their medians.

    Not the quantile of single rows, which the largest family would decide: with it goes most of what
    is known of mixtures.
    """
    names = np.array(families)
    medians = [float(np.median(unseen_stack[names == name])) for name in sorted(set(families))]
    return float(np.sqrt(np.mean(np.square(medians))))


def _base(spread: Spread, family: str, moe: bool, chip: str) -> float:
    known = spread.widths.get(group(family, moe))
    base = spread.widths.get(group(UNSEEN_STACK, moe), 0.0) if known is None else known
    if chip not in spread.chips:
        base = max(base, spread.widths.get(group(UNSEEN_CHIP, moe), 0.0))
    return base
