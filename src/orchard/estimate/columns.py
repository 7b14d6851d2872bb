"""Rows of a table as columns of text, and the reasons why some rows cannot be estimated.

Reasons are lists by the place of a row: a row may have several, and all of them are told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import WRONG, Array, Numbers

Reasons = dict[int, list[str]]


class Columns:
    """Finds the columns of these names among those of a table, in any order; others are ignored.

    >>> reasons = {}
    >>> Columns(("id", "n"), ["n", "id"]).texts([["8", "a"], ["8"]], reasons)
    {'id': ('a', ''), 'n': ('8', '8')}
    >>> reasons
    {1: ['1 cells under 2 columns: quote a cell that has a comma in it']}
    """

    def __init__(self, names: Sequence[str], columns: Sequence[str]) -> None:
        self._names, self._width = names, len(columns)
        self._places = {name: columns.index(name) for name in names if name in columns}

    def texts(self, rows: Sequence[Sequence[str]], reasons: Reasons) -> dict[str, Sequence[str]]:
        """Cells [n] by name of column, blank where the table has no such column.

        A row of another width is cut or filled, and refused.
        """
        if any(len(cells) != self._width for cells in rows):
            rows = self._whole(rows, reasons)
        columns = list(zip(*rows, strict=True)) or [()] * self._width
        blank = ("",) * len(rows)
        places = self._places
        return {name: columns[places[name]] if name in places else blank for name in self._names}

    def _whole(self, rows: Sequence[Sequence[str]], reasons: Reasons) -> list[list[str]]:
        for row, cells in enumerate(rows):
            if len(cells) != self._width:
                reasons.setdefault(row, []).append(wrong_width(cells, self._width))
        return [[*cells[: self._width], *[""] * (self._width - len(cells))] for cells in rows]


def wrong_width(cells: Sequence[str], width: int) -> str:
    """Why a row of another width than its table's cannot be read."""
    return f"{len(cells)} cells under {width} columns: quote a cell that has a comma in it"


def listed(names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of rows given by column names; columns that all rows lack are left out."""
    columns = [name for name in names if any(name in row for row in rows)]
    return columns, [[row.get(name) or "" for name in columns] for row in rows]


def refuse_numbers(
    reasons: Reasons,
    texts: Mapping[str, Sequence[str]],
    found: Mapping[str, Array],
    readers: Mapping[str, Numbers],
    required: Collection[str],
) -> None:
    """Refuse rows whose cells hold no such number, or are blank where one is required."""
    for name, values in found.items():
        for row in np.flatnonzero(values == WRONG).tolist():
            reasons.setdefault(row, []).append(readers[name].wanted(texts[name][row]))
        if name in required:
            for row in np.flatnonzero(np.isnan(values)).tolist():
                reasons.setdefault(row, []).append(f"{name} is blank")


def refuse_entries(reasons: Reasons, wrong: Sequence[str], places: NDArray[np.intp]) -> None:
    """Refuse rows whose entry, at these places [n] of `wrong`, has a reason."""
    bad = np.array([bool(one) for one in wrong], dtype=np.bool_)
    for row in np.flatnonzero(bad[places]).tolist() if len(places) else ():
        reasons.setdefault(row, []).append(wrong[int(places[row])])


def answerable(reasons: Reasons, notes: list[str]) -> NDArray[np.bool_]:
    """Whether each row [n] can be estimated; the notes of the others become their reasons, each once."""
    ok = np.ones(len(notes), dtype=np.bool_)
    ok[list(reasons)] = False
    for row, found in reasons.items():
        notes[row] = "; ".join(dict.fromkeys(found))
    return ok


def of_entries(values: Sequence[float], places: NDArray[np.intp]) -> Array:
    """A number [n] of the entry of each row."""
    return np.array(values, dtype=np.float64)[places] if len(places) else np.zeros(0)
