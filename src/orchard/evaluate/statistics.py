"""How far a measured figure can be trusted: errors by clusters, intervals, differences, what can be seen.

Items are drawn in clusters: pages of one document, questions about one country, puzzles of one kind. Items
of a cluster are alike, so the clusters are what counts. Every figure here is a ratio of two sums over items
(bits over bytes, right answers over questions); its error is that of leaving one cluster out at a time.

Sources
-------
Miller 2024, "Adding error bars to evals", arXiv 2411.00640: items as draws from a population of questions,
errors clustered, models compared pair by pair, power worked out before. We deviate: instead of the
sandwich estimate and normal quantiles, which are too narrow for few clusters of unequal size, the
delete-one-cluster jackknife (Efron & Stein 1981; CV3 of MacKinnon, Nielsen & Webb 2023, doi
10.1002/jae.2969) and Student's t with the effective number of clusters less one (after Carter, Schnepel &
Steigerwald 2017, doi 10.1162/REST_a_00639; theirs also needs the correlation, ours is that of sizes).
Accuracies: Wilson 1927 with the effective sample size of Korn & Graubard 1998. Many figures: Holm 1979.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.9  # of intervals that gates are judged by
WIDE_LEVEL = 0.95
POWER = 0.8


class Estimate(NamedTuple):
    """A figure with its standard error and degrees of freedom; the error of one cluster is infinite."""

    value: float
    error: float
    freedom: float
    items: int
    clusters: int

    def interval(self, level: float = LEVEL) -> Interval:
        """Bounds by Student's t.

        >>> low, high = Estimate(1.0, 0.1, 10.0, 40, 11).interval(0.9)
        >>> round(low, 4), round(high, 4)
        (0.8188, 1.1812)
        """
        half = _quantile(level, self.freedom) * self.error
        return self.value - half, self.value + half

    @property
    def p_value(self) -> float:
        """Two-sided probability of a value so far from 0 where there is nothing."""
        if self.error == 0:
            return float(self.value == 0)
        if not math.isfinite(self.error) or self.freedom <= 0:
            return 1.0
        return float(2 * stats.t.sf(abs(self.value) / self.error, self.freedom))


class Proportion(NamedTuple):
    """A share of right answers; `effective` is how many independent items it is worth."""

    value: float
    effective: float
    freedom: float
    items: int
    clusters: int

    def interval(self, level: float = LEVEL) -> Interval:
        """Bounds by Wilson's score, never outside 0 to 1.

        >>> low, high = Proportion(0.0, 20.0, math.inf, 20, 20).interval(0.95)
        >>> round(low, 3), round(high, 3)
        (0.0, 0.161)
        """
        if self.effective <= 0 or self.freedom <= 0:
            return 0.0, 1.0
        z = _quantile(level, self.freedom)
        shrunk = 1 + z**2 / self.effective
        middle = (self.value + z**2 / (2 * self.effective)) / shrunk
        spread = self.value * (1 - self.value) / self.effective + (z / (2 * self.effective)) ** 2
        half = z * math.sqrt(spread) / shrunk
        return max(middle - half, 0.0), min(middle + half, 1.0)


def cluster_sums(clusters: Sequence[Hashable], *values: ArrayLike) -> Array:
    """Sums [C, k] of k rows of values [n] in each cluster, in the order in which clusters come.

    >>> cluster_sums(["a", "b", "a"], [1, 2, 3], [1, 1, 1]).tolist()
    [[4.0, 2.0], [2.0, 1.0]]
    """
    known = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    place = np.array([known[name] for name in clusters], dtype=np.intp)
    sums = np.zeros((len(known), len(values)))
    for column, each in enumerate(values):
        np.add.at(sums[:, column], place, np.asarray(each, dtype=np.float64))
    return sums


def jackknife(figure: Callable[[Array], float], sums: Array) -> float:
    """Standard error of a figure of sums [k], from sums [C, k] of clusters, each left out once.

    Squares are of distances to the figure of all clusters: never less than those to their mean.
    """
    count = len(sums)
    if count < 2:
        return math.inf
    total = sums.sum(axis=0)
    value = figure(total)
    squares = sum((figure(total - one) - value) ** 2 for one in sums)
    return math.sqrt((count - 1) / count * squares)


def freedom(sizes: ArrayLike) -> float:
    """Degrees of freedom from sizes [C] of clusters: their effective number, less one.

    >>> freedom([5, 5, 5, 5]), round(freedom([100, 1, 1, 1]), 2)
    (3.0, 0.06)
    """
    size = np.asarray(sizes, dtype=np.float64)
    if not len(size) or not size.any():
        return 0.0
    return float(size.sum() ** 2 / (size**2).sum() - 1)


def ratio(numerator: ArrayLike, denominator: ArrayLike, clusters: Sequence[Hashable]) -> Estimate:
    """Sum of `numerator` [n] over sum of `denominator` [n], such as bits over bytes of documents.

    >>> found = ratio([20, 30, 40], [10, 10, 10], ["a", "b", "c"])
    >>> found.value, round(found.error, 3), found.freedom
    (3.0, 0.577, 2.0)
    """
    sums = cluster_sums(clusters, numerator, denominator)
    total = sums.sum(axis=0)
    error = jackknife(_over, sums)
    return Estimate(_over(total), error, freedom(sums[:, 1]), len(clusters), len(sums))


def proportion(right: ArrayLike, clusters: Sequence[Hashable]) -> Proportion:
    """Share of right answers [n], each 0 to 1.

    Where no two clusters differ, the number of clusters is what the items are worth.

    >>> proportion([1, 0, 1, 1], ["a", "b", "c", "d"]).effective
    3.0
    >>> proportion([1, 1, 1, 1], ["a", "a", "b", "b"]).effective
    2.0
    """
    right = np.asarray(right, dtype=np.float64)
    if not len(right):
        return Proportion(math.nan, 0.0, 0.0, 0, 0)
    found = ratio(right, np.ones(len(right)), clusters)
    if 0 < found.error < math.inf:
        effective = min(found.value * (1 - found.value) / found.error**2, float(found.items))
    else:
        effective = float(found.clusters)
    return Proportion(found.value, effective, found.freedom, found.items, found.clusters)


def difference(
    first: ArrayLike,
    second: ArrayLike,
    size: ArrayLike,
    clusters: Sequence[Hashable],
    *,
    shares: bool = False,
) -> Estimate:
    """First less second on the same items: sums of values [n] over the sum of sizes [n], item by item.

    Parameters
    ----------
    shares
        whether values are answers, 0 to 1: their error is then no less than `least_error`

    >>> difference([2, 3, 5], [1, 2, 4], [1, 1, 1], ["a", "b", "c"])[:2]
    (1.0, 0.0)
    """
    gap = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    found = ratio(gap, size, clusters)
    return found._replace(error=max(found.error, least_error(found.clusters))) if shares else found


def least_error(clusters: int) -> float:
    """Error of a share, or of a difference of two, that is left when all clusters agree.

    As if one more cluster had gone either way (Agresti & Min 2005, doi 10.1002/sim.1781).

    >>> least_error(98)
    0.01
    """
    return 1.0 / (clusters + 2)


def detectable(error: float, freedom: float, level: float = WIDE_LEVEL, power: float = POWER) -> float:
    """Least true difference that would be seen: found beyond chance at `level` with this `power`.

    Source: Miller 2024, section 5, with quantiles of Student's t.

    >>> round(detectable(0.01, math.inf), 4)
    0.028
    """
    if freedom <= 0 or not math.isfinite(error):
        return math.inf
    return (_quantile(level, freedom) + float(stats.t.ppf(power, freedom))) * error


def clusters_needed(found: Estimate, wanted: float, level: float = WIDE_LEVEL, power: float = POWER) -> int:
    """Clusters with which a true difference `wanted` would be seen, if they scatter as those that were found.

    >>> clusters_needed(Estimate(0.0, 0.02, math.inf, 100, 100), 0.02)
    785
    """
    least = detectable(found.error, math.inf, level, power)
    return math.ceil(found.clusters * (least / wanted) ** 2)


def holm(p_values: Sequence[float]) -> list[float]:
    """Probabilities adjusted for how many were looked at (Holm 1979): all of them hold at once.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        most = max(most, min((len(p_values) - rank) * p_values[place], 1.0))
        adjusted[place] = most
    return adjusted


def _over(sums: Array) -> float:
    """First sum over the second; nan where that is nothing."""
    return float(sums[0] / sums[1]) if sums[1] else math.nan


def _quantile(level: float, freedom: float) -> float:
    """Two-sided quantile of Student's t; infinite where nothing is free."""
    if freedom <= 0:
        return math.inf
    return float(stats.t.ppf((1 + level) / 2, max(freedom, 1.0)))
