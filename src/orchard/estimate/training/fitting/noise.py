"""How far measurements of one run differ: the same configuration in consecutive releases of one stack.

What changes between releases is part of what an estimate is wrong by, unless it is told which release
runs; the constant a year is all that it knows of that.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.fitting.holdout import configurations
from orchard.estimate.training.fitting.measurements import Runs


class Noise(NamedTuple):
    """Changes of speed from one release to the next, as shares; nan where no run was measured twice."""

    pairs: int
    median: float
    mean: float
    p90: float
    most: float


def noise(runs: Runs) -> Noise:
    """Compare runs of tier A that two consecutive releases of a stack measured alike, batch included.

    Releases are the sources of one family of stacks, by the date of their rows.
    """
    batch = np.broadcast_to(np.asarray(runs.measured.layout.batch, dtype=np.float64), (len(runs),))
    same = configurations(runs.measured, runs.batch.chips)
    usable = np.flatnonzero(runs.trusted & runs.batch.ok).tolist()
    speeds: dict[tuple[str, str, str, float], list[float]] = {}
    dates: dict[str, dict[str, str]] = {}
    for i in usable:
        family, source = runs.batch.stacks[i], runs.sources[i]
        dates.setdefault(family, {})[source] = runs.rows[i].get("date") or ""
        speeds.setdefault((family, source, same[i], float(batch[i])), []).append(float(runs.speed[i]))
    changes: list[float] = []
    for family, known in dates.items():
        order = sorted(known, key=lambda source: (known[source], source))
        for one, other in pairwise(order):
            first = {key[2:]: np.median(each) for key, each in speeds.items() if key[:2] == (family, one)}
            then = {key[2:]: np.median(each) for key, each in speeds.items() if key[:2] == (family, other)}
            changes += [abs(float(then[key] / first[key]) - 1) for key in first.keys() & then.keys()]
    return _summary(np.array(changes))


def _summary(change: NDArray[np.float64]) -> Noise:
    if not len(change):
        return Noise(0, *(float("nan"),) * 4)
    return Noise(
        len(change),
        float(np.median(change)),
        float(np.mean(change)),
        float(np.quantile(change, 0.9)),
        float(np.max(change)),
    )
