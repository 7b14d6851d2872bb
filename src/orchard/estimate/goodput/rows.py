"""Rows of a table of jobs -> arrays.

What a row leaves blank stays blank (nan): the estimate takes it from practice. A row that cannot be
estimated keeps its place, with `ok` false and the reason as its note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchard.errors import did_you_mean
from orchard.estimate.cells import Array, Entries, Numbers
from orchard.estimate.columns import Columns, Reasons, answerable, listed, refuse_numbers
from orchard.estimate.goodput.classes import CHIPS_PER_NODE

REQUIRED = ("id", "n_gpus", "days")
TIMES = (
    "checkpoint_block_s",
    "checkpoint_save_s",
    "checkpoint_interval_s",
    "load_s",
    "detect_s",
    "restart_s",
)
RATE, SPARES, MODE = "failures_per_1000_node_days", "spare_share", "fault_tolerance"
COLUMNS = (*REQUIRED, "gpus_per_node", RATE, *TIMES, SPARES, MODE)
MODES = ("none", "replica", "elastic")

_NUMBERS = {
    "n_gpus": Numbers("n_gpus"),
    "gpus_per_node": Numbers("gpus_per_node"),
    "days": Numbers("days", whole=False),
    RATE: Numbers(RATE, whole=False, zero_is=0.0),
    **{name: Numbers(name, whole=False, zero_is=0.0) for name in TIMES},
    SPARES: Numbers(SPARES, whole=False, zero_is=0.0),
}
_EIGHT = f"gpus_per_node blank: {CHIPS_PER_NODE}"


@dataclass(frozen=True)
class Batch:
    """Rows as arrays [n], in their order; nan is blank. Where `ok` is false, `notes` say why."""

    ids: list[str]
    chips: Array
    chips_per_node: Array
    days: Array
    rate: Array  # failures of 1,000 nodes a day
    times: dict[str, Array]  # seconds, by the names of TIMES
    spare_share: Array
    mode: NDArray[np.intp]  # place in MODES
    notes: list[str]
    ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class Rows:
    """Reads rows that have these columns, in any order; others are ignored."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = Columns(COLUMNS, columns)
        self._modes: Entries[str, int] = Entries(_mode)

    def batch(self, rows: Sequence[Sequence[str]]) -> Batch:
        """Arrays of rows, each a list of cells under the columns."""
        wrong: Reasons = {}
        text = self._columns.texts(rows, wrong)
        cut = list(wrong)
        found = {name: numbers.read(text[name]) for name, numbers in _NUMBERS.items()}
        modes = self._modes.places(text[MODE], len(rows))
        mode = np.array(self._modes.values_made, dtype=np.intp)[modes] if len(rows) else np.zeros(0, np.intp)
        _refuse(wrong, text, found, mode)
        for row in cut:  # its cells stand under the wrong columns: nothing else can be said of it
            del wrong[row][1:]
        notes = ["" if one > 0 else _EIGHT for one in found["gpus_per_node"].tolist()]
        ok = answerable(wrong, notes)
        return _assemble(list(text["id"]), found, mode, notes, ok)


def batch(rows: Sequence[Mapping[str, str]]) -> Batch:
    """Arrays of rows given by column names; columns that all rows lack are blank.

    >>> batch([{"id": "a", "n_gpus": "16384", "days": "54"}]).notes
    ['gpus_per_node blank: 8']
    >>> batch([{"id": "a", "n_gpus": "many", "days": "54", "fault_tolerance": "elastik"}]).notes
    ["n_gpus 'many': wanted a whole number of 1 or more, at most 2147483647; fault_tolerance 'elastik': \
wanted none, replica or elastic (did you mean 'elastic'?)"]
    """
    columns, cells = listed(COLUMNS, rows)
    return Rows(columns).batch(cells)


def _assemble(
    ids: list[str], found: dict[str, Array], mode: NDArray[np.intp], notes: list[str], ok: NDArray[np.bool_]
) -> Batch:
    """The batch; numbers of rows that are not estimated are replaced by harmless ones."""
    per_node = np.where(found["gpus_per_node"] > 0, found["gpus_per_node"], float(CHIPS_PER_NODE))
    known = {name: np.where(found[name] >= 0, found[name], np.nan) for name in (RATE, SPARES, *TIMES)}
    return Batch(
        ids=ids,
        chips=np.where(found["n_gpus"] > 0, found["n_gpus"], 1.0),
        chips_per_node=per_node,
        days=np.where(found["days"] > 0, found["days"], 1.0),
        rate=known[RATE],
        times={name: known[name] for name in TIMES},
        spare_share=known[SPARES],
        mode=np.maximum(mode, 0),
        notes=notes,
        ok=ok,
    )


def _mode(text: str) -> int:
    """Place of a mode in MODES; 0 where the cell is blank, -1 where it is none of them."""
    bare = text.strip().lower() or MODES[0]
    return MODES.index(bare) if bare in MODES else -1


def _refuse(
    wrong: Reasons,
    text: Mapping[str, Sequence[str]],
    found: dict[str, Array],
    mode: NDArray[np.intp],
) -> None:
    """Refuse rows whose cells are no such numbers or words, or lack what is needed."""
    refuse_numbers(wrong, text, found, _NUMBERS, REQUIRED)
    for row in np.flatnonzero(found[SPARES] > 1.0).tolist():
        wrong.setdefault(row, []).append(f"{SPARES} {text[SPARES][row].strip()!r}: wanted a share of 0 to 1")
    for row in np.flatnonzero(mode < 0).tolist():
        cell = text[MODE][row].strip()[:40]
        hint = did_you_mean(cell, MODES)
        reason = f"{MODE} {cell!r}: wanted none, replica or elastic{f' ({hint})' if hint else ''}"
        wrong.setdefault(row, []).append(reason)
