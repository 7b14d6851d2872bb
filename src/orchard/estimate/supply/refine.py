"""From a coarse year to an hourly one: the basis of one solution is where the search for the next begins.

A year of 24-hour steps is solved at once; cut into 8-hour steps, most columns and rows keep the status
they have there, so that the simplex method needs few steps from it. Five such cuts lead to the hourly
optimum in an eighth of the time it takes from nothing, and it is the same optimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.supply.program import Layout

# Steps that are put together into one, from the coarsest year to the finest.
LEVELS = (24, 8, 4, 2, 1)

Statuses = NDArray[np.int64]


class Basis(NamedTuple):
    """Status of every column and row at an optimum (HiGHS's numbers), and where the blocks are."""

    columns: Statuses
    rows: Statuses
    layout: Layout


def levels(steps: int) -> list[int]:
    """The levels that cut a year of so many steps evenly.

    >>> levels(8760), levels(20)
    ([24, 8, 4, 2, 1], [4, 2, 1])
    """
    return [level for level in LEVELS if steps % level == 0 and steps > level]


def refined(basis: Basis, layout: Layout) -> Basis:
    """The same statuses for a year of more steps; single columns and rows keep theirs."""
    ratio = layout.steps // basis.layout.steps
    columns = _spread(basis.columns, basis.layout.columns, basis.layout.steps, ratio)
    rows = _spread(basis.rows, basis.layout.rows, basis.layout.steps, ratio)
    return Basis(columns, rows, layout)


def _spread(status: Statuses, blocks: Mapping[str, int], steps: int, ratio: int) -> Statuses:
    edges = [*blocks.values(), len(status)]
    parts = [status[first:last] for first, last in pairwise(edges)]
    return np.concatenate([np.repeat(part, ratio) if len(part) == steps else part for part in parts])


def read_basis(found: Any, layout: Layout) -> Basis:
    """The basis of a solver as numbers."""
    columns, rows = (
        np.array([int(one) for one in side], dtype=np.int64) for side in (found.col_status, found.row_status)
    )
    return Basis(columns, rows, layout)


def written_basis(highspy: Any, basis: Basis) -> Any:
    """A basis as the solver takes it; it need not be one, and is mended where it is not."""
    made = highspy.HighsBasis()
    status = {int(one): one for one in highspy.HighsBasisStatus.__members__.values()}
    made.col_status = [status[one] for one in basis.columns.tolist()]
    made.row_status = [status[one] for one in basis.rows.tolist()]
    made.valid, made.alien = True, True
    return made
