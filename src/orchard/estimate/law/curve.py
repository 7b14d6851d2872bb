"""Loss against training compute along a family: a power law above a floor.

``L(C) = E + (L0 - E) (C / C0)^-alpha``. People state the loss ``L0`` at an anchor ``C0`` and the slope
there, ``-d ln L / d ln C = alpha (L0 - E) / L0``: a ladder of small models determines these two well and
almost independently of the floor ``E``, which it hardly determines at all.

Source: Henighan et al., arXiv 2010.14701 (a power law in compute above an irreducible loss). Stating it by
slope and anchor is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def loss_at(
    compute_flop: ArrayLike, anchor_flop: ArrayLike, loss: ArrayLike, slope: ArrayLike, floor: ArrayLike
) -> Array:
    """Loss at a compute, in the unit of `loss`.

    Parameters
    ----------
    compute_flop, anchor_flop : training compute of the model, and of the point that is stated
    loss, slope : loss at the anchor; its relative fall there for a relative growth of compute
    floor : what is lost at any compute; less than `loss`

    >>> float(loss_at(1e18, 1e18, 2.0, 0.05, 1.0))
    2.0
    >>> round(float(loss_at(1e20, 1e18, 2.0, 0.05, 1.0)), 3)  # the exponent is 0.05 x 2 / (2 - 1)
    1.631
    """
    above, exponent = _above(loss, slope, floor)
    grown = np.asarray(compute_flop, dtype=np.float64) / np.asarray(anchor_flop, dtype=np.float64)
    result: Array = np.asarray(floor) + above * np.power(grown, -exponent)
    return result


def compute_at(
    loss_wanted: ArrayLike, anchor_flop: ArrayLike, loss: ArrayLike, slope: ArrayLike, floor: ArrayLike
) -> Array:
    """Compute, FLOP, at which the family has a loss; infinite at and below the floor.

    >>> float(np.round(np.log10(compute_at(loss_at(1e20, 1e18, 2.0, 0.05, 1.0), 1e18, 2.0, 0.05, 1.0)), 9))
    20.0
    """
    above, exponent = _above(loss, slope, floor)
    left = (np.asarray(loss_wanted, dtype=np.float64) - np.asarray(floor)) / above
    with np.errstate(divide="ignore", over="ignore"):
        grown = np.where(left > 0, np.power(np.maximum(left, 0.0), -1.0 / exponent), np.inf)
    result: Array = np.asarray(anchor_flop) * grown
    return result


def _above(loss: ArrayLike, slope: ArrayLike, floor: ArrayLike) -> tuple[Array, Array]:
    """What lies above the floor at the anchor, and the exponent with which it falls."""
    above = np.asarray(loss, dtype=np.float64) - np.asarray(floor, dtype=np.float64)
    return above, np.asarray(slope) * np.asarray(loss) / above
