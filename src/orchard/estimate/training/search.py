"""Every legal layout of a model on a cluster, its step time and its memory: the best, and why not others.

Blocks of layouts (:mod:`~orchard.estimate.training.legal`) are evaluated as arrays that stay in the
processor's cache. Of each block only what may matter in the end is kept: the fastest that fit, the front of
speed and memory, the fastest for every value of every choice, the nearest misses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.configuration import PRECISIONS, Hardware, Layout, Software
from orchard.estimate.training.constants import Constants
from orchard.estimate.training.legal import Block, Cluster, Column, Row, blocks
from orchard.estimate.training.memory import memory, room
from orchard.estimate.training.pareto import beyond, front
from orchard.estimate.training.shape import Shape, shape
from orchard.estimate.training.step import step
from orchard.spec.architecture import LanguageArchitecture

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Index = NDArray[np.intp]

# Layouts evaluated in one call: some arrays of so many numbers fit into a second-level cache.
CHUNK = 16 * 1000
# Choices in the order of the table; what a choice stands for is said in `Layout` and `Software`.
CHOICES = ("tp", "pp", *Row._fields, *Column._fields)


class Table(NamedTuple):
    """Layouts found: their choices [n, len(CHOICES)], seconds of a step [n] and bytes of a chip [n]."""

    choices: Whole
    time_s: Array
    allocated_bytes: Array
    reserved_bytes: Array

    def take(self, index: Index) -> Table:
        """The rows at these places."""
        return Table(
            self.choices[index], self.time_s[index], self.allocated_bytes[index], self.reserved_bytes[index]
        )

    def join(self, other: Table) -> Table:
        """These rows, then the others."""
        return Table(
            np.concatenate((self.choices, other.choices)),
            np.concatenate((self.time_s, other.time_s)),
            np.concatenate((self.allocated_bytes, other.allocated_bytes)),
            np.concatenate((self.reserved_bytes, other.reserved_bytes)),
        )

    def layout(self, cluster: Cluster, precision: int) -> Layout:
        """The rows as a layout whose fields are arrays [n]."""
        chosen = dict(zip(CHOICES, self.choices.T.astype(np.float64), strict=True))
        chosen.pop("kept_gathered")
        return Layout(
            chips=float(cluster.chips),
            sequence=float(cluster.sequence),
            batch=float(cluster.batch),
            precision=precision,
            **chosen,
        )

    def chosen(self, row: int) -> dict[str, int]:
        """The choices of a row by name."""
        return dict(zip(CHOICES, self.choices[row].tolist(), strict=True))


EMPTY = Table(np.zeros((0, len(CHOICES)), dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0))


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


class _Evaluated(NamedTuple):
    """A block with its numbers, all [columns, rows]; `ranked_s` is infinite where a layout does not fit."""

    block: Block
    time_s: Array
    ranked_s: Array
    allocated_bytes: Array
    reserved_bytes: Array

    def pick(self, places: Index) -> Table:
        """Layouts at these places of the flattened arrays."""
        at_column, at_row = np.unravel_index(places, self.time_s.shape)
        block = self.block
        fixed = [np.full(len(places), size, dtype=np.int64) for size in (block.tp, block.pp)]
        rows = [values[at_row] for values in block.rows]
        columns = [values[at_column] for values in block.columns]
        return Table(
            np.stack([*fixed, *rows, *columns], axis=-1),
            self.time_s[at_column, at_row],
            self.allocated_bytes[at_column, at_row],
            self.reserved_bytes[at_column, at_row],
        )


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
    found = Found()
    for whole in blocks(a, cluster):
        for block in only(whole).cut(CHUNK):
            _note(found, _evaluate(block, numbers, cluster, hardware, code, software, constants, found), top)
        if progress:
            progress(found.evaluated)
    for key in found.rivals:
        found.needed_bytes.pop(key, None)
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
) -> _Evaluated:
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
    return _Evaluated(block, time_s, np.where(fits, time_s, np.inf), allocated, reserved)


def _note(found: Found, seen: _Evaluated, top: int) -> None:
    """Keep of a block what may matter in the end."""
    ranked = seen.ranked_s.ravel()
    misses = np.isinf(ranked)
    if misses.any():
        _note_misses(found, seen, misses)
        _note_needed(found, seen)
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
    _note_rivals(found, seen)


def _fastest(table: Table, top: int) -> Table:
    """The first `top` rows by time, then memory, then choices: the same whatever the order of blocks."""
    keys = (*table.choices.T[::-1], table.reserved_bytes, table.time_s)
    return table.take(np.lexsort(keys)[:top])


def _note_misses(found: Found, seen: _Evaluated, misses: NDArray[np.bool_]) -> None:
    """The layout that lacks least, and the fastest, of those that do not fit."""
    reserved = np.where(misses, seen.reserved_bytes.ravel(), np.inf)
    place = int(reserved.argmin())
    if not len(found.near.time_s) or reserved[place] < found.near.reserved_bytes[0]:
        found.near = seen.pick(np.array([place]))
    taken = np.where(misses, seen.time_s.ravel(), np.inf)
    place = int(taken.argmin())
    if not len(found.tempting.time_s) or taken[place] < found.tempting.time_s[0]:
        found.tempting = seen.pick(np.array([place]))


def _note_needed(found: Found, seen: _Evaluated) -> None:
    """The least memory for each value of each choice that has no layout that fits yet."""
    rows, columns = seen.block.rows._asdict(), seen.block.columns._asdict()
    whole = {"tp": np.array([seen.block.tp]), "pp": np.array([seen.block.pp])}
    for groups, axis in ((whole, (0, 1)), (rows, 0), (columns, 1)):
        unknown = {name: values for name, values in groups.items() if _unseen(found, name, values)}
        least = np.atleast_1d(seen.reserved_bytes.min(axis=axis)) if unknown else np.zeros(0)
        for name, values in unknown.items():
            for value in np.unique(values).tolist():
                needed = float(least[values == value].min())
                found.needed_bytes[name, value] = min(found.needed_bytes.get((name, value), np.inf), needed)


def _unseen(found: Found, name: str, values: Whole) -> bool:
    """Whether nothing that fits is known yet with one of these values."""
    return any((name, value) not in found.rivals for value in set(values.tolist()))


def _note_rivals(found: Found, seen: _Evaluated) -> None:
    """The fastest for each value of each choice in the block."""
    by_row, by_column = seen.ranked_s.min(axis=0), seen.ranked_s.min(axis=1)
    at_row = int(by_row.argmin())
    width = len(by_row)
    best = float(by_row[at_row])
    here = int(seen.ranked_s[:, at_row].argmin()) * width + at_row
    for name, value in (("tp", seen.block.tp), ("pp", seen.block.pp)):
        _rival(found, seen, name, value, best, here)
    for name, values in zip(Row._fields, seen.block.rows, strict=True):
        for value, row in _firsts(values, by_row, found, name):
            place = int(seen.ranked_s[:, row].argmin()) * width + row
            _rival(found, seen, name, value, float(by_row[row]), place)
    for name, values in zip(Column._fields, seen.block.columns, strict=True):
        for value, column in _firsts(values, by_column, found, name):
            place = column * width + int(seen.ranked_s[column].argmin())
            _rival(found, seen, name, value, float(by_column[column]), place)


def _firsts(values: Whole, times_s: Array, found: Found, name: str) -> list[tuple[int, int]]:
    """For each value that beats its rival so far: the value, and the place of its least time."""
    order = times_s.argsort(kind="stable")
    each, first = np.unique(values[order], return_index=True)
    return [(int(value), int(order[place])) for value, place in zip(each, first, strict=True)]


def _rival(found: Found, seen: _Evaluated, name: str, value: int, time_s: float, place: int) -> None:
    held = found.rivals.get((name, value))
    if np.isfinite(time_s) and (held is None or time_s < held.time_s[0]):
        found.rivals[name, value] = seen.pick(np.array([place]))
