"""Failures of a fleet, drawn before they happen: when, what, where, how long until seen and mended.

Failures of every class are a Poisson process in time, so their times can be drawn at once and sorted. What is
already down cannot fail, and a job that does not run cannot fail: such draws are dropped while the events
are worked off, which is exact. A share of the failures of nodes falls on a few of them that fail more often
than others; each is mended for good when that is seen, and another turns weak, so that rates last.

Left out: wear and infancy of parts, load and heat, seasons; causes that strike several rows at once but not
a domain; repairs that fail or wait for people and parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.goodput import Classes
from orchard.estimate.spread import Z_HIGH
from orchard.simulate.fleet import tables as at

if TYPE_CHECKING:
    from orchard.simulate.fleet.case import Job, Pool

_MEDIAN = 1  # of the three quantiles of a class
_WIDE = ("row", "domain")  # what takes copies in memory along


class Faults(NamedTuple):
    """Failures in the order of time, and the nodes that fail more often than others."""

    whole: at.Whole  # [F, FAULT_COLUMNS]
    real: at.Real  # [F, COST_COLUMNS]
    weak: NDArray[np.int64]  # nodes


class Weak(NamedTuple):
    """Nodes that fail more often than others."""

    share: float = 0.0  # of the nodes
    failures: float = 0.0  # of the failures of nodes that fall on them
    limit: int = 3  # failures after which one is mended for good, and another turns weak


def draw(
    pools: Sequence[Pool], jobs: Sequence[Job], classes: Classes, weak: Weak, seconds: float, seed: int
) -> Faults:
    """Failures of all pools and jobs within so many seconds, at the median rates of the classes."""
    random = np.random.Generator(np.random.PCG64(seed))
    parts: list[tuple[at.Whole, at.Real]] = []
    marked: list[NDArray[np.int64]] = []
    first = 0
    for pool in pools:
        lemons = first + random.choice(pool.nodes, round(weak.share * pool.nodes), replace=False)
        marked.append(np.sort(lemons))
        parts += [
            _of_nodes(random, classes, kind, pool, first, lemons, weak.failures, seconds)
            for kind in range(len(classes.names))
            if classes.reach[kind] != "job"
        ]
        first += pool.nodes
    for chain, job in enumerate(jobs):
        if job.after < 0:
            chips = job.nodes * pools[job.pool].chips_per_node
            parts += [
                _of_job(random, classes, kind, chain, chips, seconds)
                for kind in range(len(classes.names))
                if classes.reach[kind] == "job"
            ]
    whole = np.concatenate([part[0] for part in parts])
    real = np.concatenate([part[1] for part in parts])
    order = np.argsort(real[:, at.AT], kind="stable")
    return Faults(whole[order], real[order], np.concatenate(marked))


def _of_nodes(
    random: np.random.Generator, classes: Classes, kind: int, pool: Pool, first: int,
    lemons: NDArray[np.int64], on_lemons: float, seconds: float,
) -> tuple[at.Whole, at.Real]:  # fmt: skip
    """Failures of one class that strike the nodes of a pool."""
    none = classes.per[kind] == "rack" and not pool.racks
    units = 0.0 if none else pool.chips / classes.chips_per[kind]
    count = random.poisson(classes.rate_per_s[_MEDIAN, kind] * units * seconds)
    whole, real = _blank(random, classes, kind, count, seconds)
    block = max(round(classes.chips_lost[kind] / pool.chips_per_node), 1)
    places = random.integers(0, -(-pool.nodes // block), count) * block
    whole[:, at.NODE] = first + places
    whole[:, at.COUNT] = np.minimum(block, pool.nodes - places)
    single = block == 1 and not classes.planned[kind]
    falls = (random.random(count) < on_lemons) if single and len(lemons) else np.zeros(count, dtype=bool)
    whole[falls, at.NODE] = random.choice(lemons, int(falls.sum())) if len(lemons) else 0
    whole[falls, at.FLAGS] |= at.LEMON
    reset = random.random(count) >= classes.swap_share[kind]
    hidden = classes.rolls_back[kind] or not classes.interrupts[kind]
    whole[reset & (not hidden), at.FLAGS] |= at.CURED
    return whole, real


def _of_job(
    random: np.random.Generator, classes: Classes, kind: int, chain: int, chips: int, seconds: float
) -> tuple[at.Whole, at.Real]:
    """Failures of one class that stop a job and leave its nodes alone."""
    count = random.poisson(classes.rate(chips)[_MEDIAN, kind] * seconds)
    whole, real = _blank(random, classes, kind, count, seconds)
    whole[:, at.OF_CHAIN] = chain
    return whole, real


def _blank(
    random: np.random.Generator, classes: Classes, kind: int, count: int, seconds: float
) -> tuple[at.Whole, at.Real]:
    """Failures of a class with their times, before it is known where they strike."""
    whole = np.zeros((count, at.FAULT_COLUMNS), dtype=np.int64)
    whole[:, at.KIND], whole[:, at.OF_CHAIN], whole[:, at.HIT] = kind, -1, at.DROPPED
    whole[:, at.FLAGS] = flags_of(classes, kind)
    real = np.zeros((count, at.COST_COLUMNS))
    real[:, at.AT] = random.random(count) * seconds
    real[:, at.REPAIR] = lognormal(random, classes.repair_s[:, kind], count)
    real[:, at.DETECT] = lognormal(random, classes.detect_s[:, kind], count)
    real[:, at.SHARE] = 1.0 - classes.slowdown[kind]
    return whole, real


def flags_of(classes: Classes, kind: int) -> int:
    """What the failures of a class have in common."""
    flags = at.MEMORY_SURVIVES if classes.reach[kind] not in _WIDE else 0
    flags |= at.PLANNED if classes.planned[kind] else 0
    flags |= at.SILENT if classes.rolls_back[kind] else 0
    return flags | (0 if classes.interrupts[kind] else at.DRAGS)


def lognormal(random: np.random.Generator, quantiles: at.Real, count: int) -> at.Real:
    """Draws with this median and the ratio of these 10th and 90th percentiles; 0 where the median is 0.

    >>> found = lognormal(np.random.default_rng(0), np.array([5.0, 10.0, 20.0]), 100_000)
    >>> [round(float(value), 1) for value in np.quantile(found, [0.1, 0.5, 0.9])]
    [5.0, 10.0, 20.0]
    """
    low, middle, high = (float(value) for value in quantiles)
    if middle <= 0.0:
        return np.zeros(count)
    sigma = np.log(high / low) / (2.0 * Z_HIGH) if low > 0.0 else 0.0
    return np.asarray(middle * np.exp(sigma * random.standard_normal(count)))
