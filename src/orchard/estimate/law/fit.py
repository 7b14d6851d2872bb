"""The law of a family from rungs that were trained: its curve, and all that stays open about it.

With a handful of rungs a floor and an exponent cannot both be pinned down, and one best fit says nothing of
that. So the fit is Bayesian: floor and exponent on a grid, the amplitude and the scatter of runs worked out
exactly for each point of it (a normal-inverse-gamma conjugate pair), and samples drawn from all of it.

What is assumed: the loss follows a power law above a floor; floors from nothing to the lowest loss and
exponents from 0.02 to 1.5 are equally likely at first; runs scatter by a share of their loss, for which
repeated runs speak where there are any, and `SCATTER` with the weight of `SCATTER_RUNS` runs otherwise.

Source: conjugate updating as in Gelman et al., "Bayesian Data Analysis", 3rd edition, chapter 14. The
grid, the priors and the scatter are ours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.errors import Finding, LimitError
from orchard.estimate.law.curve import compute_at, loss_at

Array = NDArray[np.float64]

# How far equal runs, and the curve from a power law, are taken to lie apart before any is seen: a share of
# the loss; and how many runs that belief counts as.
SCATTER = 0.005
SCATTER_RUNS = 4.0
_FEWEST_RUNGS = 3
_SAMPLES = 4000
_FLOORS = np.linspace(0.0, 0.98, 99)  # of the lowest loss
_EXPONENTS = np.geomspace(0.02, 1.5, 120)
_Z80 = (0.1, 0.9)


class Forecast(NamedTuple):
    """Loss of a run to come: its middle, and bounds that hold 80 % of outcomes."""

    loss: float
    low: float
    high: float

    def holds(self, outcome: float) -> bool:
        """Whether an outcome lies within the bounds."""
        return self.low <= outcome <= self.high


class Law(NamedTuple):
    """Samples [S] of a family's curve, anchored at the largest rung fitted, and of the scatter of runs."""

    anchor_flop: float
    loss: Array
    slope: Array
    floor: Array
    scatter: Array

    def curve(self, compute_flop: ArrayLike) -> Array:
        """Loss [..., S] that runs of a compute [...] have in the mean."""
        compute = np.asarray(compute_flop, dtype=np.float64)[..., None]
        return loss_at(compute, self.anchor_flop, self.loss, self.slope, self.floor)

    def forecast(self, compute_flop: float, seed: int = 0) -> Forecast:
        """Loss of one run of a compute, its scatter included."""
        noise = np.random.default_rng(seed).standard_normal(len(self.loss))
        outcome = self.curve(compute_flop) * (1 + self.scatter * noise)
        low, middle, high = np.quantile(outcome, (_Z80[0], 0.5, _Z80[1]))
        return Forecast(float(middle), float(low), float(high))

    def compute_for(self, loss: float) -> Forecast:
        """Compute, FLOP, of a loss: middle and 80 % interval; infinite at and below the floor."""
        found = compute_at(loss, self.anchor_flop, self.loss, self.slope, self.floor)
        low, middle, high = np.quantile(found, (_Z80[0], 0.5, _Z80[1]), method="nearest")
        return Forecast(float(middle), float(low), float(high))


def fit(compute_flop: ArrayLike, loss: ArrayLike, seed: int = 0) -> Law:
    """Fit the law of a family to trained rungs.

    Parameters
    ----------
    compute_flop, loss : [n], training compute and loss of each run; runs of equal compute are repeats
    seed : of the samples drawn

    Raises
    ------
    LimitError
        O890, fewer than three different computes, or values that are not positive and finite

    >>> compute = np.array([1e14, 3e14, 1e15, 3e15])
    >>> law = fit(compute, loss_at(compute, 3e15, 1.9, 0.08, 0.8))
    >>> forecast = law.forecast(1.2e16)
    >>> forecast.holds(float(loss_at(1.2e16, 3e15, 1.9, 0.08, 0.8)))
    True
    """
    compute, losses = np.asarray(compute_flop, dtype=np.float64), np.asarray(loss, dtype=np.float64)
    _fitting(compute, losses)
    anchor = float(compute.max())
    floors = _FLOORS * losses.min()
    basis = (compute / anchor) ** -_EXPONENTS[:, None]  # [A, n]
    weight, middle, spread, scale, freedom = _conjugate(basis, floors, losses)
    random = np.random.default_rng(seed)
    cell = random.choice(weight.size, size=_SAMPLES, p=weight.ravel())
    scatter = np.sqrt(scale.ravel()[cell] / random.chisquare(freedom, _SAMPLES))
    amplitude = middle.ravel()[cell] + scatter * spread.ravel()[cell] * random.standard_normal(_SAMPLES)
    floor, exponent = (
        grid.ravel()[cell] for grid in np.broadcast_arrays(floors[:, None], _EXPONENTS[None, :])
    )
    rising = amplitude <= 0  # a law that falls with compute is all that is looked for
    amplitude = np.where(rising, np.abs(amplitude) + 1e-9, amplitude)
    top = floor + amplitude
    return Law(anchor, top, exponent * amplitude / top, floor, scatter)


def _conjugate(basis: Array, floors: Array, losses: Array) -> tuple[Array, Array, Array, Array, float]:
    """Weights [E, A] of the grid; amplitude's middle and relative spread; scale and freedom of the scatter.

    Errors are relative: rows are divided by their loss.
    """
    rows = len(losses)
    x = basis / losses  # [A, n]
    y = (losses - floors[:, None]) / losses  # [E, n]
    xx = np.sum(x * x, axis=1)  # [A]
    xy = y @ x.T  # [E, A]
    middle = xy / xx
    residual = np.maximum(np.sum(y * y, axis=1)[:, None] - xy * middle, 0.0)
    freedom = SCATTER_RUNS + rows - 1
    scale = SCATTER_RUNS * SCATTER**2 + residual
    log_weight = -freedom / 2 * np.log(scale) - 0.5 * np.log(xx) * np.ones_like(residual)
    # amplitudes are looked for in logarithms: an amplitude counts by how far it is known, not how large it is
    log_weight = log_weight - np.log(np.abs(middle))
    weight = np.exp(log_weight - log_weight.max()) * np.gradient(np.log(_EXPONENTS))
    return weight / weight.sum(), middle, np.ones_like(residual) / np.sqrt(xx), scale, freedom


def _fitting(compute: Array, losses: Array) -> None:
    """Refuse what no law can be fitted to."""
    good = np.isfinite(compute) & np.isfinite(losses) & (compute > 0) & (losses > 0)
    if good.all() and len(np.unique(compute)) >= _FEWEST_RUNGS:
        return
    found = f"{len(np.unique(compute[good]))} different computes with a loss"
    raise LimitError(
        Finding(
            "O890", "", "family.rungs", found, f"at least {_FEWEST_RUNGS}", "train more rungs of the ladder"
        )
    )
