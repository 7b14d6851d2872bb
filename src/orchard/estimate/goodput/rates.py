"""How often nodes fail: what clusters have reported, pooled, as a prior for one that nobody has seen.

Rates differ between clusters by a lognormal factor, part of it shared by clusters of one generation of
chips. Each report adds an error of its own: the width of its range, and more where it is hearsay
(`reported`) than where somebody counted. The prior is the best linear prediction of the logarithm of a
new cluster's rate from the reports (kriging with an unknown mean), so that a report counts more the
firmer it is, and reports of one generation share their news. A bound is no report: it only says how
far clusters may lie apart.

Source: Cressie, Statistics for Spatial Data (1993), section 3.2, on covariances of two kinds.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.catalogue import Catalogue
from orchard.estimate.spread import Z_HIGH, split_lognormal

Array = NDArray[np.float64]

CLUSTERS = {
    "llama3": "hopper",
    "h100-field": "hopper",
    "rsc-1": "ampere",
    "skt": "blackwell",
    "gb200-field": "blackwell",
}
"""Reports that are pooled, `reliability.node_failures.<name>`, and the generation of their chips."""

# Share of the variance between clusters that those of one generation have in common (assumed).
OF_GENERATION = 1 / 3
# Points at which the mean of a skewed number is taken.
_STEPS = 64


class Prior(NamedTuple):
    """A positive number known up to a lognormal factor: its median and the deviation of its logarithm."""

    median: float
    deviation: float

    def at(self, score: ArrayLike) -> Array:
        """Values at standard normal scores.

        >>> Prior(4.0, 0.5).at([-1.0, 0.0]).round(2).tolist()
        [2.43, 4.0]
        """
        return np.asarray(self.median * np.exp(self.deviation * np.asarray(score)))


class Range(NamedTuple):
    """The 10th, 50th and 90th percentile of a positive number."""

    low: float
    value: float
    high: float

    def at(self, score: Array) -> Array:
        """Values at standard normal scores.

        >>> Range(20.0, 60.0, 200.0).at(np.zeros(1)).tolist()
        [60.0]
        """
        return split_lognormal(score, self.low, self.value, self.high)

    @property
    def mean(self) -> float:
        """The mean, the last percent of the tail cut off.

        >>> round(Range(4.0, 24.0, 72.0).mean, 1)
        31.3
        """
        scores = np.linspace(-2.33, 2.33, _STEPS)
        density = np.exp(-scores * scores / 2.0)
        return float(self.at(scores) @ density / density.sum())


class Report(NamedTuple):
    """The logarithm of one cluster's rate, the variance of its error, and the generation of its chips."""

    name: str
    log_rate: float
    variance: float
    generation: str


def reports(catalogue: Catalogue, as_of: dt.date | None = None, without: str = "") -> list[Report]:
    """The pooled reports that were known by a day, less the one that is to be predicted.

    >>> from orchard.catalogue import catalogue
    >>> [one.name for one in reports(catalogue(), dt.date(2025, 12, 31), without="llama3")]
    ['h100-field', 'rsc-1', 'gb200-field']
    """
    view = catalogue if as_of is None else catalogue.known_by(as_of)
    hearsay = view.fact("reliability.hearsay").value
    known = {fact.id: fact for fact in view.facts("reliability.node_failures.")}
    found = []
    for name, generation in CLUSTERS.items():
        fact = known.get(f"reliability.node_failures.{name}")
        if fact is None or name == without:
            continue
        width = np.log(fact.high / fact.low) / (2 * Z_HIGH)
        error = width**2 + (hearsay**2 if fact.kind == "reported" else 0.0)
        found.append(Report(name, float(np.log(fact.value)), float(error), generation))
    return found


def node_rate(
    catalogue: Catalogue, as_of: dt.date | None = None, generation: str = "", without: str = ""
) -> Prior:
    """Failures a second of a node of eight chips in a cluster that has reported nothing.

    Parameters
    ----------
    as_of
        day by which reports must have been known; all of them when left out
    generation
        of its chips, where that is known: one of the values of `CLUSTERS`
    without
        a report left out, to predict it from the others

    >>> from orchard.catalogue import catalogue
    >>> rate = node_rate(catalogue(), without="llama3")
    >>> round(rate.median * 86400e3, 1), round(rate.deviation, 2)
    (4.1, 0.65)
    """
    view = catalogue if as_of is None else catalogue.known_by(as_of)
    rows = reports(view, without=without)
    between = view.fact("reliability.node_failures.between").value ** 2
    log_rate = np.array([one.log_rate for one in rows])
    kin = np.array([[one.generation == other.generation for other in rows] for one in rows])
    shared = OF_GENERATION * between
    covariance = shared * kin + np.diag([one.variance + between - shared for one in rows])
    inverse = np.linalg.inv(covariance)
    mean = inverse.sum(axis=0) @ log_rate / inverse.sum()
    near = shared * np.array([one.generation == generation for one in rows], dtype=np.float64)
    weight = inverse @ near
    variance = between - near @ weight + (1.0 - weight.sum()) ** 2 / inverse.sum()
    return Prior(float(np.exp(mean + weight @ (log_rate - mean))), float(np.sqrt(variance)))
