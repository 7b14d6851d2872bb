"""Whether the faster of two layouts is predicted to be the faster: rank correlation.

Source: Spearman 1904; layouts measured more than once count once, by their mean on the logarithm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from orchard.estimate.training.fitting.measurements import Runs

Array = NDArray[np.float64]

# Fewer layouts cannot be ranked.
FEWEST = 3
_LAYOUT = ("batch", "micro_batch", "tp", "pp", "cp", "vp", "ep", "etp", "shard", "shard_ranks", "recompute")


class Ranking(NamedTuple):
    """Layouts of one model on one cluster, and how well they were ranked: -1 to 1."""

    model: str
    chip: str
    chips: int
    precision: str
    sequence: int
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


def rankings(runs: Runs, predicted: Array) -> list[Ranking]:
    """Rank the layouts of every model on every cluster; `predicted` is speed [n], nan where there is none."""
    places = np.flatnonzero(np.isfinite(predicted) & runs.batch.ok).tolist()
    layout, groups = runs.measured.layout, runs.groups()
    cut = np.stack(
        [np.broadcast_to(np.asarray(getattr(layout, name), float), len(runs)) for name in _LAYOUT], 1
    )
    clusters: dict[tuple[str, str, int, str, int], dict[tuple[float, ...], list[int]]] = {}
    for i in places:
        model = runs.rows[i].get("model_key") or runs.rows[i].get("model") or ""
        size, tokens = int(np.asarray(layout.chips)[i]), int(np.asarray(layout.sequence)[i])
        cluster = (model, groups["chip"][i], size, groups["precision"][i], tokens)
        clusters.setdefault(cluster, {}).setdefault(tuple(cut[i].tolist()), []).append(i)
    found = [
        Ranking(*cluster, len(layouts), _rank(list(layouts.values()), predicted, runs.speed))
        for cluster, layouts in clusters.items()
        if len(layouts) >= FEWEST
    ]
    return sorted((one for one in found if np.isfinite(one.spearman)), key=lambda one: (-one.layouts, one))


def _rank(layouts: list[list[int]], predicted: Array, measured: Array) -> float:
    means = ([np.log(values[rows]).mean() for rows in layouts] for values in (predicted, measured))
    return spearman(*(np.array(each) for each in means))
