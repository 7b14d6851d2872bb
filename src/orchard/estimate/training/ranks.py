"""Whether the faster of two layouts is predicted to be the faster: rank correlation.

Source: Spearman 1904; layouts measured more than once count once, by their mean on the logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from orchard.estimate.training.measurements import Row

Array = NDArray[np.float64]

# Fewer layouts cannot be ranked.
FEWEST = 3
_CLUSTER = ("model_key", "model", "chip", "n_gpus", "dtype", "seq_len")
_LAYOUT = ("global_batch", "micro_batch", "tp", "pp", "cp", "vp", "ep", "fsdp", "recompute")


class Ranking(NamedTuple):
    """Layouts of one model on one cluster, and how well they were ranked: -1 to 1."""

    model: str
    chip: str
    chips: str
    precision: str
    sequence: str
    layouts: int
    spearman: float


def spearman(first: Array, second: Array) -> float:
    """Correlation of ranks; nan where all of one are equal.

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 9)
    0.5
    """
    one, other = rankdata(first), rankdata(second)
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def rankings(rows: Sequence[Row], predicted: Array, measured: Array) -> list[Ranking]:
    """Rank the layouts of every model on every cluster.

    Parameters
    ----------
    rows
        cells under the columns of measured runs
    predicted, measured
        speed of each row [n]; nan where there is none
    """
    clusters: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
    for place, row in enumerate(rows):
        if np.isfinite(predicted[place]) and np.isfinite(measured[place]):
            cluster, layout = (tuple(row.get(name) or "" for name in names) for names in (_CLUSTER, _LAYOUT))
            clusters.setdefault(cluster, {}).setdefault(layout, []).append(place)
    found = []
    for (key, name, chip, chips, dtype, sequence), layouts in clusters.items():
        if len(layouts) < FEWEST:
            continue
        means = [
            np.array([np.log(values[places]).mean() for places in layouts.values()])
            for values in (predicted, measured)
        ]
        value = spearman(*means)
        if np.isfinite(value):
            found.append(Ranking(name or key, chip, chips, dtype, sequence, len(layouts), value))
    return sorted(found, key=lambda one: (-one.layouts, one))
