"""A measured lead: how much more compute the family would have needed for what the model gained.

A gate asks for a lead over the predecessor in orders of magnitude of effective compute. What was measured
are bits per byte; the family's law says at which compute it reaches them. The ratio of the two computes is
the lead, as in Davidson et al. 2023 (arXiv 2312.07413) gains are told by the compute they are worth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from orchard.estimate.interval import Z80
from orchard.estimate.law import compute_at
from orchard.evaluate.figures import Figure
from orchard.evaluate.statistics import LEVEL, Array, cluster_sums, jackknife

_DRAWS = 2000
_Z90 = 1.6449


class Law(NamedTuple):
    """A law as a programme states it: low, value and high of each of its numbers; the ends hold 80 %."""

    loss: tuple[float, float, float]
    slope: tuple[float, float, float]
    floor: tuple[float, float, float]


class Lead(NamedTuple):
    """Orders of magnitude of effective compute, with a 90 % interval; None where it is unknown."""

    value: float | None
    low: float | None
    high: float | None
    why: str


def measured_lead(own: Figure, older: Figure, law: Law, seed: int = 0) -> Lead:
    """Lead of a model over another by bits per byte of the same texts.

    The error has two parts: that of the texts (each left out once, for both models) and that of the law.

    >>> texts = np.full(4, 100.0)
    >>> def bits(rate): return Figure("texts", list("abcd"), rate * texts, texts, share=False)
    >>> law = Law((2.0, 2.0, 2.0), (0.05, 0.05, 0.05), (1.0, 1.0, 1.0))
    >>> lead = measured_lead(bits(1.9), bits(2.0), law)
    >>> round(lead.value, 3)  # log10 of (0.9 / 1.0) to the power of -1 / (0.05 x 2 / 1)
    0.458
    """
    if own.items != older.items:
        return Lead(None, None, None, "the two were not measured on the same texts")
    middle = tuple(one[1] for one in law)
    value = _orders(own.value, older.value, *middle)
    if not math.isfinite(value):
        return Lead(None, None, None, "bits per byte below the floor of the law")
    sums = cluster_sums(own.clusters, own.numerator, older.numerator, own.denominator)
    of_texts = jackknife(lambda total: _orders(total[0] / total[2], total[1] / total[2], *middle), sums)
    random = np.random.default_rng(seed)
    drawn = [_orders(own.value, older.value, *_draw(law, random)) for _ in range(_DRAWS)]
    known = np.array([one for one in drawn if math.isfinite(one)])
    error = math.hypot(of_texts, float(known.std()) if len(known) > 1 else 0.0)
    if not math.isfinite(error):
        return Lead(value, None, None, "one text alone says nothing of others")
    why = f"by the family's law; interval {LEVEL:.0%} of texts and law".replace("%", " %")
    return Lead(value, value - _Z90 * error, value + _Z90 * error, why)


def _orders(own: float, older: float, loss: float, slope: float, floor: float) -> float:
    """Log10 of the ratio of computes at which the family has two losses; nan at the floor."""
    if not floor < min(own, older, loss):
        return math.nan
    first, second = (float(compute_at(one, 1.0, loss, slope, floor)) for one in (own, older))
    return math.log10(first / second) if 0 < first < math.inf and 0 < second < math.inf else math.nan


def _draw(law: Law, random: np.random.Generator) -> tuple[float, float, float]:
    """One law: each number on its own side of its value as wide as its range is there."""
    drawn: Array = random.standard_normal(len(law))
    found = [
        middle + each / Z80 * (high - middle if each > 0 else middle - low)
        for each, (low, middle, high) in zip(drawn.tolist(), law, strict=True)
    ]
    return found[0], max(found[1], 1e-9), found[2]
