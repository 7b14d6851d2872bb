"""Every legal layout of a model on a cluster, its step time and its memory: the best, and why not others.

Blocks of layouts (:mod:`~orchard.estimate.training.layouts.legal`) are evaluated as arrays that stay in the
processor's cache. Of each block only what may matter in the end is kept: the fastest that fit, the front of
speed and memory, the fastest for every value of every choice
(:mod:`~orchard.estimate.training.layouts.contest`), the nearest misses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.formulas.configuration import PRECISIONS, Hardware, Software
from orchard.estimate.training.formulas.constants import Constants
from orchard.estimate.training.formulas.memory import memory, room
from orchard.estimate.training.formulas.shape import Shape, shape
from orchard.estimate.training.formulas.step import step
from orchard.estimate.training.layouts.contest import Contest
from orchard.estimate.training.layouts.evaluated import EMPTY, Evaluated, Table
from orchard.estimate.training.layouts.legal import Block, Cluster, blocks
from orchard.estimate.training.layouts.pareto import beyond, front
from orchard.spec.architecture import LanguageArchitecture

# Layouts evaluated in one call: some arrays of so many numbers fit into a second-level cache.
CHUNK = 16 * 1000


@dataclass
class Found:
    """What a search found.

    `evaluated` layouts had step time and memory computed, `feasible` of them fit, `crowded` do not even
    without activations. `best` are the fastest that fit, `pareto` the front of time and allocated
    memory, `rivals` the fastest that fit for a value of a choice, `near` the layout that lacks least of
    those that do not fit, and `tempting` the fastest of them. `needed_bytes` says for a value of a choice
    with which nothing fits how little a chip would have to have.
    """

    evaluated: int = 0
    feasible: int = 0
    crowded: int = 0
    seconds: float = 0.0
    best: Table = EMPTY
    pareto: Table = EMPTY
    near: Table = EMPTY
    tempting: Table = EMPTY
    rivals: dict[tuple[str, int], Table] = field(default_factory=dict)
    needed_bytes: dict[tuple[str, int], float] = field(default_factory=dict)


def search(
    a: LanguageArchitecture,
    cluster: Cluster,
    hardware: Hardware,
    precision: str,
    software: Software,
    constants: Constants,
    top: int = 1,
    progress: Callable[[int], object] | None = None,
    only: Callable[[Block], Block] = lambda block: block,
) -> Found:
    """Evaluate every legal layout, or `only` those left of each block.

    Parameters
    ----------
    a
        the model
    cluster
        chips, sequence, batch
    hardware, software
        of floats
    precision
        one of PRECISIONS
    top
        how many of the fastest to keep
    progress
        called with the number of layouts evaluated so far
    only
        takes rows or columns of a block away, for whoever asks often and can do with fewer layouts

    Returns
    -------
    Found; `feasible` is 0 when nothing fits, `evaluated` is 0 when no layout is legal
    """
    begun = time.perf_counter()
    numbers, code = shape(a), PRECISIONS.index(precision)
    found, contest = Found(), Contest()
    for whole in blocks(a, cluster):
        for block in only(whole).cut(CHUNK):
            seen = _evaluate(block, numbers, cluster, hardware, code, software, constants, found)
            _note(found, seen, top)
            contest.enter(seen)
        if progress:
            progress(found.evaluated)
    found.rivals, found.needed_bytes = contest.rivals(), contest.needed_bytes()
    found.seconds = time.perf_counter() - begun
    return found


def _evaluate(
    block: Block,
    numbers: Shape,
    cluster: Cluster,
    hardware: Hardware,
    precision: int,
    software: Software,
    constants: Constants,
    found: Found,
) -> Evaluated:
    """Time and memory of a block; counts go into `found`."""
    layout = cluster.layout(block, precision)
    software = software._replace(kept_gathered=block.columns.kept_gathered[:, None].astype(np.float64))
    size = (len(block.columns.vp), len(block.rows.cp))
    time_s = np.broadcast_to(step(constants, numbers, hardware, layout, software).total, size)
    bytes_ = memory(numbers, hardware, layout, software)
    reserved = np.broadcast_to(bytes_.reserved, size)
    allocated = np.broadcast_to(bytes_.allocated, size)
    most = room(hardware)
    fits = reserved <= most
    states = np.broadcast_to(bytes_.weights + bytes_.gradients + bytes_.optimiser, size)
    found.evaluated += block.size
    found.feasible += int(np.count_nonzero(fits))
    found.crowded += int(np.count_nonzero(states > most))
    return Evaluated(block, time_s, np.where(fits, time_s, np.inf), allocated, reserved)


def _note(found: Found, seen: Evaluated, top: int) -> None:
    """Keep of a block what may matter in the end."""
    ranked = seen.ranked_s.ravel()
    misses = np.isinf(ranked)
    if misses.any():
        _note_misses(found, seen, misses)
    if misses.all():
        return
    limit = found.best.time_s[-1] if len(found.best.time_s) == top else np.inf
    places = np.flatnonzero(ranked <= limit) if np.isfinite(limit) else np.flatnonzero(~misses)
    if len(places) > top:  # of equal times the least memory wins: all equals stay
        edge = np.partition(ranked[places], top - 1)[top - 1]
        places = places[ranked[places] <= edge]
    if len(places):
        found.best = _fastest(found.best.join(seen.pick(places)), top)
    allocated = seen.allocated_bytes.ravel()
    places = beyond(ranked, allocated, found.pareto.time_s, found.pareto.allocated_bytes)
    if len(places):
        places = places[front(ranked[places], allocated[places])]
        joined = found.pareto.join(seen.pick(places))
        found.pareto = joined.take(front(joined.time_s, joined.allocated_bytes))


def _fastest(table: Table, top: int) -> Table:
    """The first `top` rows by time, then memory, then choices: the same whatever the order of blocks."""
    keys = (*table.choices.T[::-1], table.reserved_bytes, table.time_s)
    return table.take(np.lexsort(keys)[:top])


def _note_misses(found: Found, seen: Evaluated, misses: NDArray[np.bool_]) -> None:
    """The layout that lacks least, and the fastest, of those that do not fit."""
    reserved = np.where(misses, seen.reserved_bytes.ravel(), np.inf)
    place = int(reserved.argmin())
    if not len(found.near.time_s) or reserved[place] < found.near.reserved_bytes[0]:
        found.near = seen.pick(np.array([place]))
    taken = np.where(misses, seen.time_s.ravel(), np.inf)
    place = int(taken.argmin())
    if not len(found.tempting.time_s) or taken[place] < found.tempting.time_s[0]:
        found.tempting = seen.pick(np.array([place]))
