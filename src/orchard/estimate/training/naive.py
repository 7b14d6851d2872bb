"""What the model has to beat: one constant rate for what is alike.

The rate of a run is the median rate, in model operations a second of one chip, of the other runs with
the same chip, precision and kind of model (dense or mixture).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.measurements import Runs

Array = NDArray[np.float64]


def constant_rate(rate: Array, groups: Sequence[str], sources: Sequence[str], *, new_source: bool) -> Array:
    """Predict a naive constant: the median rate of other rows of the same group.

    Parameters
    ----------
    rate
        measured model FLOP/s of a chip, of each row
    groups
        what shares a constant: chip, precision, dense or mixture
    new_source
        whether rows of the row's own source are left out; otherwise only the row itself is, and the
        other rows are of its source

    Returns
    -------
    logarithm [n] of predicted over measured time; nan where no other row is in the group

    >>> rate, alike = np.array([100.0, 110.0, 50.0]), ["h100"] * 3
    >>> np.exp(constant_rate(rate, alike, ["a", "a", "b"], new_source=False)).round(2).tolist()
    [0.91, 1.1, nan]
    """
    group, source = np.array(groups), np.array(sources)
    residual = np.full(len(rate), np.nan)
    for i in range(len(rate)):
        others = (group == group[i]) & ((source != source[i]) if new_source else (source == source[i]))
        others[i] = False
        if others.any():
            residual[i] = np.log(rate[i] / float(np.median(rate[others])))
    return residual


def alike(runs: Runs) -> list[str]:
    """What of each run shares a constant: chip, precision, dense or mixture."""
    groups = runs.groups()
    return [" ".join(each) for each in zip(groups["chip"], groups["precision"], groups["kind"], strict=True)]
