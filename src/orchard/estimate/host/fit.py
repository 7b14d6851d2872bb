"""From measured steps to rates: seconds, or bytes, for a unit of each kind of work.

Non-negative least squares on relative errors. Kinds of work go together in real models (wider ones have
more of everything), so each rate is also pulled weakly towards a first guess, from what the machine does
with that kind of work alone. What a rate is worth shows in the residuals of models left out of the fit.

Source: Lawson and Hanson 1974 for the fit, Hoerl and Kennard 1970 (ridge) for the pull.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How much a first guess weighs beside one measurement that it would miss by as much.
PULL = 0.02


class Measured(NamedTuple):
    """One measurement: the work by kind, and what it took, in seconds or bytes."""

    terms: Array
    amount: float


class Fitted(NamedTuple):
    """Rates by kind of work, and errors of rows left out: log of predicted over measured."""

    rates: Array
    errors: Array


def fitted(rows: Sequence[Measured], guess: Array) -> Fitted:
    """Rates that meet the measurements best, and the errors of rows that the fit has not seen.

    Parameters
    ----------
    rows
        at least two measurements
    guess
        first guess of each rate; 0 where there is none, which pulls nothing

    >>> rows = [Measured(np.array([n, 1.0]), 2e-9 * n + 0.01) for n in (1e6, 1e7, 1e8)]
    >>> found = fitted(rows, np.zeros(2))
    >>> [float(f"{rate:.3g}") for rate in found.rates]
    [2e-09, 0.01]
    """
    terms = np.array([row.terms for row in rows])
    amounts = np.array([row.amount for row in rows])
    rates = _solved(terms, amounts, guess)
    errors = [
        np.log(max(float(terms[one] @ _solved(terms[kept], amounts[kept], guess)), 1e-300) / amounts[one])
        for one in range(len(rows))
        if (kept := np.arange(len(rows)) != one).any()
    ]
    return Fitted(rates, np.array(errors))


def _solved(terms: Array, amounts: Array, guess: Array) -> Array:
    """Rates, none below zero, that are least wrong in proportion."""
    from scipy.optimize import nnls  # slow to import; predicting needs none of it

    scale = np.maximum(np.abs(terms / amounts[:, None]).max(axis=0), 1e-300)
    share = terms / amounts[:, None] / scale
    pull = PULL * np.diag((guess > 0).astype(float)) / np.maximum(guess * scale, 1e-12)
    pulled = PULL * (guess > 0).astype(float)
    found, _ = nnls(np.vstack([share, pull]), np.concatenate([np.ones(len(amounts)), pulled]))
    return np.asarray(found / scale, dtype=np.float64)
