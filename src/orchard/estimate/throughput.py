"""How long training takes: work over speed, with speed from a utilisation.

The utilisation (MFU: model FLOPs per second over the dense peak of the format, with the FLOPs
counted without recomputation) is an argument: a published range per chip, precision, dense or
mixture of experts. A model of the step (layout, communication, memory) takes its place later: it
gives the same `utilisation`, and nothing else here changes.

Goodput is separate: utilisation is of steps that run, goodput the share of time in which they do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def throughput_flops_per_s(
    chips: ArrayLike,
    peak_flops_per_s: ArrayLike,
    utilisation: ArrayLike,
    goodput: ArrayLike = 1.0,
) -> Array:
    """Model FLOPs that last, per second: ``chips x peak x utilisation x goodput``.

    Parameters
    ----------
    chips : of one kind; or useful chips (goodput.useful_chips), then with `goodput` 1
    peak_flops_per_s : dense peak of one chip in the training format
    utilisation, goodput : shares, 0 to 1

    Source: definition of MFU, Chowdhery et al., arXiv 2204.02311, section 4.1.

    >>> float(throughput_flops_per_s(16384, 989e12, 0.41, 0.95)) / 1e18    # Llama 3, H100
    6.311370752
    """
    speed = np.asarray(chips, dtype=np.float64) * np.asarray(peak_flops_per_s)
    result: Array = speed * np.asarray(utilisation) * np.asarray(goodput)
    return result


def training_time_s(
    work_flops: ArrayLike,
    chips: ArrayLike,
    peak_flops_per_s: ArrayLike,
    utilisation: ArrayLike,
    goodput: ArrayLike = 1.0,
) -> Array:
    """Wall time of a run: work over throughput; infinite on no chips, zero for no work.

    >>> round(float(training_time_s(3.8e25, 16384, 989e12, 0.41)) / 86400)
    66
    """
    speed = throughput_flops_per_s(chips, peak_flops_per_s, utilisation, goodput)
    work = np.asarray(work_flops, dtype=np.float64)
    shape = np.broadcast_shapes(work.shape, np.shape(speed))
    idle = np.broadcast_to(np.where(work > 0, np.inf, 0.0), shape)
    result: Array = np.divide(work, speed, out=idle.copy(), where=speed > 0)
    return result


def tokens_per_s_per_chip(
    peak_flops_per_s: ArrayLike, utilisation: ArrayLike, flops_per_token: ArrayLike
) -> Array:
    """Training speed of one chip: ``peak x utilisation / FLOPs per token``.

    `flops_per_token` is of forward and backward passes, about six per active parameter and more at
    long context; the attention convention has to be that of `utilisation`.

    >>> float(np.round(tokens_per_s_per_chip(989e12, 0.41, 2.524e12)))
    161.0
    """
    result: Array = (
        np.asarray(peak_flops_per_s, dtype=np.float64) * np.asarray(utilisation) / np.asarray(flops_per_token)
    )
    return result


def utilisation(
    tokens_per_s_per_chip: ArrayLike, flops_per_token: ArrayLike, peak_flops_per_s: ArrayLike
) -> Array:
    """MFU of a measured speed: the inverse of `tokens_per_s_per_chip`.

    >>> round(float(utilisation(160.66, 2.524e12, 989e12)), 3)
    0.41
    """
    result: Array = (
        np.asarray(tokens_per_s_per_chip, dtype=np.float64)
        * np.asarray(flops_per_token)
        / np.asarray(peak_flops_per_s)
    )
    return result
