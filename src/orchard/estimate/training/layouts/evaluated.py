"""Layouts with their numbers: a block of them as it was evaluated, and those that are kept of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.formulas.configuration import Layout
from orchard.estimate.training.layouts.legal import Block, Cluster, Column, Row

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Index = NDArray[np.intp]

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


class Evaluated(NamedTuple):
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

    def pick_one(self, column: int, row: int) -> Picked:
        """One layout, without the cost of arrays."""
        block = self.block
        rows, columns = (
            [int(values[row]) for values in block.rows],
            [int(values[column]) for values in block.columns],
        )
        return Picked(
            (block.tp, block.pp, *rows, *columns),
            float(self.time_s[column, row]),
            float(self.allocated_bytes[column, row]),
            float(self.reserved_bytes[column, row]),
        )


class Picked(NamedTuple):
    """One layout of a table."""

    choices: tuple[int, ...]
    time_s: float
    allocated_bytes: float
    reserved_bytes: float

    def table(self) -> Table:
        """The table of this layout alone."""
        return Table(
            np.array([self.choices], dtype=np.int64),
            np.array([self.time_s]),
            np.array([self.allocated_bytes]),
            np.array([self.reserved_bytes]),
        )
