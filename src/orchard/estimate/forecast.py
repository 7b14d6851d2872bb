"""How good forecasts are, once the outcome is known: coverage, sharpness, bias and proper scores.

A forecast is a set of samples [S]; *never* is an infinite one. An outcome is a number, or only a bound of
one ("not yet by May"). Lower scores are better, and none of them can be lowered by saying anything else than
what one believes: that is what *proper* means (Gneiting and Raftery, "Strictly proper scoring rules,
prediction, and estimation", Journal of the American Statistical Association 102, 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

Array = NDArray[np.float64]

INTERVAL = 0.8
"""Share of outcomes that an interval from p10 to p90 is meant to hold."""

CONFIDENCE = 0.95
_MISSED = 10.0  # two over the share outside
_FINEST = 0.5  # of a sample: as near to 0 and 1 as so many samples can tell


class Coverage(NamedTuple):
    """How many of `n` outcomes were inside their intervals, and what share that can be the luck of."""

    n: int
    inside: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of outcomes inside; nan where there are none."""
        return self.inside / self.n if self.n else float("nan")

    @property
    def honest(self) -> bool:
        """Whether intervals that hold 80 % of outcomes could have given this."""
        return self.low <= INTERVAL <= self.high


def crps(samples: ArrayLike, outcome: float, most: float = np.inf) -> float:
    """Continuous ranked probability score, in the unit of the outcome; 0 is a certain hit.

    Mean distance of samples from the outcome, less half of their mean distance from each other: for a
    single sample, the absolute error. Samples above `most` count as `most`, as does the outcome.

    Source: Gneiting and Raftery (2007), equation 21.

    >>> crps([1.0, 3.0], 2.0), crps([2.0], 5.0), crps([1.0, np.inf], 2.0, most=9.0)
    (0.5, 3.0, 2.0)
    """
    ordered = np.sort(np.minimum(np.asarray(samples, dtype=np.float64), most))
    count = len(ordered)
    weights = 2 * np.arange(1, count + 1) - count - 1
    apart = 2.0 * float(np.sum(weights * (ordered - ordered[0]))) / count**2
    return float(np.mean(np.abs(ordered - min(outcome, most)))) - apart / 2


def crps_beyond(samples: ArrayLike, bound: float, *, above: bool, most: float = np.inf) -> float:
    """The same where only a bound of the outcome is known: that it lies above it, or below.

    Everything beyond the bound counts as the bound, so that nothing is said of what is not known yet; the
    score stays proper (threshold-weighted: Gneiting and Ranjan, "Comparing density forecasts", Journal of
    Business and Economic Statistics 29, 2011).

    >>> crps_beyond([1.0, 9.0], 5.0, above=True), crps_beyond([6.0, 9.0], 5.0, above=True)
    (1.0, 0.0)
    """
    values = np.asarray(samples, dtype=np.float64)
    return crps(np.minimum(values, bound) if above else np.maximum(values, bound), bound, most)


def place(samples: ArrayLike, outcome: float) -> float:
    """Share of samples below the outcome, ties by half: uniform from 0 to 1 where forecasts are honest.

    Known as the probability integral transform, PIT (Dawid, "Statistical theory: the prequential approach",
    Journal of the Royal Statistical Society A 147, 1984).

    >>> place([1.0, 2.0, 3.0, 4.0], 3.5), place([1.0, 2.0], 2.0)
    (0.75, 0.75)
    """
    values = np.asarray(samples, dtype=np.float64)
    return float(np.mean(values < outcome) + np.mean(values == outcome) / 2)


def interval_score(low: float, high: float, outcome: float) -> float:
    """Width of an 80 % interval, and ten times what it misses by.

    Source: Gneiting and Raftery (2007), equation 43, with alpha = 0.2.

    >>> interval_score(1.0, 2.0, 1.5), interval_score(1.0, 2.0, 2.5)
    (1.0, 6.0)
    """
    miss = max(low - outcome, 0.0) + max(outcome - high, 0.0)
    return high - low + _MISSED * miss


def brier(probability: float, holds: bool) -> float:
    """Squared error of a probability: 0 is a certain hit, 0.25 says nothing, 1 is a certain miss.

    >>> round(brier(0.8, True), 4), brier(0.5, False)
    (0.04, 0.25)
    """
    return (probability - holds) ** 2


def log_score(probability: float, holds: bool, samples: int) -> float:
    """Surprise in nats: 0 is a certain hit, 0.69 says nothing.

    A probability counted in so many samples is known no nearer to 0 and 1 than by half of a sample.

    >>> round(log_score(0.5, True, 100), 3), round(log_score(0.0, True, 100), 3)
    (0.693, 5.298)
    """
    share = probability if holds else 1 - probability
    return float(-np.log(max(share, _FINEST / samples)))


def coverage(inside: NDArray[np.bool_]) -> Coverage:
    """Count outcomes inside their intervals, with the 95 % interval of a binomial share.

    Source: Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26, 1934. It takes
    outcomes for independent: those of one cause make it too narrow.

    >>> one = coverage(np.array([True] * 8 + [False] * 2))
    >>> one.share, round(one.low, 3), round(one.high, 3), one.honest
    (0.8, 0.444, 0.975, True)
    """
    n, hits, tail = len(inside), int(np.sum(inside)), (1 - CONFIDENCE) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return Coverage(n, hits, low, high)


def bias(places: ArrayLike, samples: int) -> tuple[float, bool]:
    """Where outcomes fall in their forecasts on the whole, and whether that is more than luck.

    The first number is the mean of normal scores of places [n]: above 0, outcomes came higher (or later)
    than forecast, and at 1.28 as far out as p90. Honest forecasts have a mean of 0 with a standard error
    of the root of 1/n; scores that spread more, as those of narrow intervals do, have more. The second
    number says whether the mean is more than 1.96 of those away.

    >>> found, lucky = bias([0.4, 0.6, 0.5], 1000)
    >>> abs(round(found, 9)), lucky, bias([0.9] * 10, 1000)
    (0.0, False, (1.2815515655446004, True))
    """
    scores = ndtri(np.clip(np.asarray(places, dtype=np.float64), _FINEST / samples, 1 - _FINEST / samples))
    if not len(scores):
        return float("nan"), False
    mean, spread = float(np.mean(scores)), max(float(np.std(scores)), 1.0)
    return mean, bool(abs(mean) * np.sqrt(len(scores)) > spread * ndtri((1 + CONFIDENCE) / 2))
