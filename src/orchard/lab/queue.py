"""The order of a team's runs: priority first, and a directive may change priorities from a date on.

A pure policy on small tuples, so that a plan, a simulation and a broker can share it. Dates are
seconds on any one clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Run(NamedTuple):
    """A run that waits for chips: the larger its priority, the earlier it goes."""

    name: str
    priority: float
    start: float


class Directive(NamedTuple):
    """From `date` on, the run called `name` has this priority."""

    date: float
    name: str
    priority: float


def order(runs: Iterable[Run], directives: Iterable[Directive] = (), at: float = math.inf) -> list[str]:
    """Names of the runs in the order in which they get chips.

    By priority in force at the date `at` (by default after every directive), then by earliest start,
    then by name: the order of the input plays no part. The last directive on a run wins, and of two
    with one date the one of higher priority. Directives on runs that are not here are left aside.

    >>> runs = [Run("avocado", 1, 30), Run("mango", 1, 20), Run("llama-4", 2, 0)]
    >>> order(runs)
    ['llama-4', 'mango', 'avocado']
    >>> order(runs, [Directive(10, "avocado", 3)])
    ['avocado', 'llama-4', 'mango']
    >>> order(runs, [Directive(10, "avocado", 3)], at=5)
    ['llama-4', 'mango', 'avocado']
    """
    in_force = priorities(directives, at)
    ranked = sorted(runs, key=lambda run: (-in_force.get(run.name, run.priority), run.start, run.name))
    return [run.name for run in ranked]


def priorities(directives: Iterable[Directive], at: float = math.inf) -> dict[str, float]:
    """Priority by run that the directives dated up to `at` leave in force.

    >>> priorities([Directive(20, "mango", 1), Directive(10, "mango", 5)])
    {'mango': 1}
    """
    dated = sorted((d.date, d.priority, d.name) for d in directives if d.date <= at)
    return {name: priority for _, priority, name in dated}
