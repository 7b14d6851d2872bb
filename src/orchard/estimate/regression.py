"""Move constants from their priors to where measurements want them: robust regression.

Every constant starts at its prior and moves only as far as measurements pull it: residuals of the
logarithm of a time, in units of the noise of a measurement, and the constants' own distance from their
priors, in units of their sigma, are minimised together.

Source: Huber 1964 and Holland and Welsch 1977 for losses that rows far off do not rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from orchard.estimate.calibration import Constant
from orchard.estimate.interval import Z80

Array = NDArray[np.float64]
Values = dict[str, float]

# Iterations after which a fit stops, converged or not; it converges in 10 to 30.
MOST_EVALUATIONS = 60


class Regression(NamedTuple):
    """Values of the constants, the factor either way of their 80 % range, residuals [n], and the loss."""

    values: Values
    ranges: Values
    residual: Array
    cost: float


def regress(
    moving: Sequence[Constant],
    residual: Callable[[Values], Array],
    weight: Array,
    noise: float,
    soften: Callable[[Array], Array],
    shares: Collection[str] = (),
) -> Regression:
    """Minimise what is left on rows and the constants' way from their priors.

    Parameters
    ----------
    moving
        constants with a sigma, at the values to begin with
    residual
        logarithm [n] of predicted over measured time under values of the constants
    weight, noise
        how much each row [n] counts, and what its residual is counted in
    soften
        what takes the place of a residual, so that its square grows less than squarely
    shares
        constants that are never above 1

    >>> one = Constant("speed", 2.0, 0.0, 0.0, "1", 2.0, 1.0, "", "", "")
    >>> twice = lambda values: np.log(values["speed"] / np.array([4.0, 4.0]))
    >>> round(regress([one], twice, np.ones(2), 0.1, pseudo_huber).values["speed"], 1)
    4.0
    """
    prior = np.array([row.prior for row in moving])
    sigma = np.array([row.sigma for row in moving])
    most = np.array([1.0 if row.name in shares else np.inf for row in moving])

    def values(z: Array) -> Values:
        scaled = np.minimum(prior * np.exp(z * sigma), most)
        return {row.name: float(value) for row, value in zip(moving, scaled, strict=True)}

    def loss(z: Array) -> Array:
        return np.concatenate([weight * soften(residual(values(z)) / noise), z])

    begin = np.log([row.value for row in moving]) - np.log(prior)
    result = least_squares(loss, begin / sigma, x_scale="jac", max_nfev=MOST_EVALUATIONS)
    slope = np.asarray(result.jac, dtype=np.float64)
    spread = np.sqrt(np.diag(np.linalg.inv(slope.T @ slope))) * sigma
    ranges = {row.name: float(np.exp(Z80 * s)) for row, s in zip(moving, spread, strict=True)}
    best = values(result.x)
    return Regression(best, ranges, residual(best), float(result.cost))


def pseudo_huber(r: Array) -> Array:
    """Beyond a few times the noise, a row weighs by its size and not by its square."""
    softened: Array = np.sign(r) * np.sqrt(2 * (np.sqrt(1 + r * r) - 1))
    return softened


def cauchy(r: Array) -> Array:
    """Beyond a few times the noise, a row weighs by the logarithm of its size: it is as good as ignored."""
    softened: Array = np.sign(r) * np.sqrt(np.log1p(r * r))
    return softened
