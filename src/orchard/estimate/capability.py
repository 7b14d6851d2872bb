"""Capability, as a forecast with a wide interval: effective compute, and loss.

Effective compute is compute times what algorithms have gained since: a model ahead of another by
one unit of log10 is what the other's recipe would have given on ten times its compute. Progress of
algorithms has a published doubling time whose interval spans a factor of three to ten; execution
(the quality of recipe, data and people, which compute does not buy) has no measurement at all and is
an assumption in log10, of either sign. The answer orders models and says how sure one can be. It is neither a
benchmark score nor a judgement of users, and a gate judges the model itself once it exists.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def compute_lead_log10(work_flops: ArrayLike, predecessor_work_flops: ArrayLike) -> Array:
    """Lead in training compute alone: ``log10(work / predecessor's work)``.

    >>> float(np.round(compute_lead_log10(3.8e26, 3.8e25), 12))
    1.0
    """
    result: Array = np.log10(
        np.asarray(work_flops, dtype=np.float64) / np.asarray(predecessor_work_flops, dtype=np.float64)
    )
    return result


def algorithmic_progress_log10(elapsed_s: ArrayLike, doubling_time_s: ArrayLike) -> Array:
    """Gain of algorithms over a time: ``log10(2) elapsed / doubling time``.

    Source: Ho et al., "Algorithmic progress in language models", arXiv 2403.05812, who define it as
    the time in which the compute for a given performance halves: 8 months, 95 % interval 5 to 14 in
    the preprint, 90 % interval 2 to 22 in the NeurIPS 2024 text.

    >>> round(float(algorithmic_progress_log10(16.0, 8.0)), 4)
    0.6021
    """
    result: Array = np.log10(2.0) * np.asarray(elapsed_s, dtype=np.float64) / np.asarray(doubling_time_s)
    return result


def effective_compute_lead_log10(
    work_flops: ArrayLike,
    predecessor_work_flops: ArrayLike,
    elapsed_s: ArrayLike,
    doubling_time_s: ArrayLike,
    execution_log10: ArrayLike = 0.0,
) -> Array:
    """Lead over a predecessor in effective compute, as log10: compute, algorithms, execution.

    Parameters
    ----------
    work_flops, predecessor_work_flops : training compute of both
    elapsed_s : between the two recipes; negative for an older one
    doubling_time_s : of algorithmic progress, to be given as an uncertain value
    execution_log10 : quality of recipe and data against the common pace; assumed, of either sign

    >>> round(float(effective_compute_lead_log10(3.8e26, 3.8e25, 12.0, 8.0, -0.3)), 4)
    1.1515
    """
    result: Array = (
        compute_lead_log10(work_flops, predecessor_work_flops)
        + algorithmic_progress_log10(elapsed_s, doubling_time_s)
        + np.asarray(execution_log10)
    )
    return result


def chinchilla_loss(
    parameters: ArrayLike,
    tokens: ArrayLike,
    irreducible_loss: ArrayLike,
    parameter_scale: ArrayLike,
    parameter_exponent: ArrayLike,
    token_scale: ArrayLike,
    token_exponent: ArrayLike,
) -> Array:
    """Pre-training loss, nats per token: ``L = E + A N^-alpha + B D^-beta``.

    The constants belong to one data set, tokeniser and architecture (dense), and to runs far smaller
    than those planned here: read it as the shape of the trade between parameters and tokens.

    Parameters
    ----------
    parameters, tokens : N and D
    irreducible_loss, parameter_scale, parameter_exponent, token_scale, token_exponent : E, A, alpha, B, beta

    Source: Hoffmann et al., arXiv 2203.15556, equation 2.

    >>> round(float(chinchilla_loss(70e9, 1.4e12, 1.69, 406.4, 0.34, 410.7, 0.28)), 3)
    1.937
    """
    small = np.asarray(parameter_scale) * np.power(
        np.asarray(parameters, dtype=np.float64), -np.asarray(parameter_exponent, dtype=np.float64)
    )
    brief = np.asarray(token_scale) * np.power(
        np.asarray(tokens, dtype=np.float64), -np.asarray(token_exponent, dtype=np.float64)
    )
    result: Array = np.asarray(irreducible_loss) + small + brief
    return result
