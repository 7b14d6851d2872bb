"""Rates of failures as one fleet may have them: drawn once a seed, within what is known of them.

Rates at their medians leave only chance. Clusters differ, so a seed may have rates of its own: a fleet is
good or bad at all failures of nodes that the pooled rate of clusters covers, and has luck of its own with
slow nodes, racks, rows, domains and users. Repairs, detection and the plans of jobs keep their medians.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from orchard.estimate.goodput import Classes
from orchard.estimate.goodput.classes import CAUSES
from orchard.estimate.spread import split_lognormal
from orchard.simulate.fleet import tables as at

Rates = Literal["median", "drawn"]

_STREAM = 2  # of the random numbers of a seed; failures and jobs have others
_MEDIAN = 1  # of the three quantiles of a class


def drawn(classes: Classes, seed: int) -> Classes:
    """The classes with the rates of one fleet in the place of all three quantiles.

    >>> from orchard.catalogue import catalogue
    >>> from orchard.estimate.goodput import classes
    >>> found = factors(drawn(classes(catalogue()), 0), classes(catalogue()))
    >>> bool(np.allclose(found[: len(CAUSES)], found[0])), round(float(found[0]), 2)
    (True, 0.69)
    """
    random = np.random.Generator(np.random.PCG64([seed, _STREAM]))
    of_nodes = random.standard_normal()
    own = random.standard_normal(len(classes.names))
    scores = np.where([name in CAUSES for name in classes.names], of_nodes, own)
    rate = split_lognormal(scores, *classes.rate_per_s)
    return classes._replace(rate_per_s=np.tile(rate, (3, 1)))


def factors(found: Classes, known: Classes) -> at.Real:
    """Rates [k] of classes over the medians of those that are known."""
    return np.asarray(found.rate_per_s[_MEDIAN] / known.rate_per_s[_MEDIAN])
