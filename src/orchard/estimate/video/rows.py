"""Rows of a table of clips -> arrays that the closed form takes.

A row names a model and a chip of the catalogue and says how many chips make a clip of what size in how
many steps. What a row leaves open gets a default, and a note says so; a row that cannot be predicted
keeps its place, with `ok` false and the reason as its note. Cells are read once per distinct text, so
that ten million rows stream through in bounded memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import Array, Entries, Numbers
from orchard.estimate.columns import (
    Columns,
    Reasons,
    answerable,
    listed,
    of_entries,
    refuse_entries,
    refuse_numbers,
)
from orchard.estimate.video import machines, settings, work
from orchard.estimate.video.clip import Run, held_bytes, missing_bytes
from orchard.estimate.video.machines import Machine
from orchard.estimate.video.settings import FRAMES, Clip, Setting
from orchard.estimate.video.work import Work

REQUIRED = ("id", "model", "chip", "n", "resolution", "frames", "steps")
COLUMNS = (*REQUIRED, "kernel", "guided", "notes")
_SIZES = {"n": Numbers("n"), "frames": FRAMES, "steps": Numbers("steps")}
# A clip whose activations leave less than this of a chip's memory is refused: pixels, kernels' work
# space and the runtime need it too (assumed).
LEAST_FREE = 0.05
# Guided models do not make a clip in so few steps; variants distilled to do so, in 1 to 8 steps, take no
# guidance (Luo et al. 2023, arXiv 2310.04378; Yin et al. 2024, arXiv 2412.07772).
FEW_STEPS = 8.0

_CARRIED = "weights do not fit the memory: carried in every pass"
_ELSEWHERE = "text encoder or second network does not fit beside: carried once a clip"
_FEW = f"one pass a step: as distilled models of {FEW_STEPS:.0f} steps or fewer are run"
_PASSES = "{} passes a step: guided, as the model is by default"
_COUNT = {2.0: "two", 3.0: "three"}


@dataclass(frozen=True)
class Batch:
    """Rows as arrays [n], in their order; where `ok` is false a placeholder stands, and `notes` say why."""

    ids: list[str]
    work: Work
    machine: Machine
    run: Run
    models: list[str]
    architectures: list[str]
    chips: list[str]
    notes: list[str]
    ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class Rows:
    """Reads rows that have these columns, in any order; others are ignored."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = Columns(COLUMNS, columns)
        self._clips: Entries[tuple[str, ...], Clip] = Entries(lambda key: settings.clip(*key))
        self._settings: Entries[tuple[str, ...], Setting] = Entries(lambda key: settings.setting(*key))

    def batch(self, rows: Sequence[Sequence[str]]) -> Batch:
        """Arrays of rows, each a list of cells under the columns."""
        count = len(rows)
        wrong: Reasons = {}
        text = self._columns.texts(rows, wrong)
        clips = self._clips.places(_together(text, "model", "resolution", "frames"), count)
        chosen = self._settings.places(_together(text, "model", "chip", "kernel", "guided", "notes"), count)
        sizes = {name: numbers.read(text[name]) for name, numbers in _SIZES.items()}
        made, set_as = self._clips.values_made, self._settings.values_made
        refuse_numbers(wrong, text, sizes, _SIZES, REQUIRED)
        refuse_entries(wrong, [one.wrong for one in made], clips)
        refuse_entries(wrong, [one.wrong for one in set_as], chosen)
        return _assemble(list(text["id"]), made, clips, set_as, chosen, sizes, wrong)


def batch(rows: Sequence[Mapping[str, str]]) -> Batch:
    """Arrays of rows given by column names; columns that all rows lack are blank.

    >>> row = {"id": "a", "model": "Mochi-1", "chip": "H100", "n": "1", "steps": "64"}
    >>> batch([row | {"resolution": "848x480", "frames": "84"}]).work.tokens
    array([22516.])
    >>> batch([row | {"resolution": "big", "frames": "84"}]).notes
    ["resolution 'big': wanted width x height, such as 1280x720"]
    """
    columns, cells = listed(COLUMNS, rows)
    return Rows(columns).batch(cells)


def _together(text: Mapping[str, Sequence[str]], *names: str) -> zip[tuple[str, ...]]:
    return zip(*(text[name] for name in names), strict=True)


def _assemble(
    ids: list[str],
    made: list[Clip],
    clips: NDArray[np.intp],
    set_as: list[Setting],
    chosen: NDArray[np.intp],
    sizes: dict[str, Array],
    wrong: Reasons,
) -> Batch:
    counted = Work(*(column[clips] for column in map(np.asarray, work.stacked([one.work for one in made]))))
    figures = machines.stacked([one.machine for one in set_as])
    chips = Machine(*(column[chosen] for column in map(np.asarray, figures)))
    n, steps = (np.where(sizes[name] > 0, sizes[name], 1.0) for name in ("n", "steps"))
    guided = of_entries([one.guided for one in set_as], chosen)
    few = (guided < 0) & (steps <= FEW_STEPS) & (np.asarray(counted.passes) > 1)
    usual = np.where(few, 1.0, counted.passes)
    passes = np.where(guided < 0, usual, np.where(guided > 0, np.maximum(counted.passes, 2.0), 1.0))
    _refuse_limits(wrong, counted, chips, n)
    notes = [set_as[place].note for place in chosen.tolist()]
    _remark(notes, few, _FEW)
    for count in sorted(set(passes[(guided < 0) & (passes > 1)].tolist())):
        _remark(notes, (guided < 0) & (passes == count), _PASSES.format(_COUNT.get(count, count)))
    each, once = (np.asarray(one) > 0 for one in missing_bytes(counted, chips, n))
    _remark(notes, once & ~each, _ELSEWHERE)
    _remark(notes, each, _CARRIED)
    ok = answerable(wrong, notes)
    return Batch(
        ids=ids,
        work=counted,
        machine=chips,
        run=Run(n, steps, passes, of_entries([one.gap for one in set_as], chosen)),
        models=[made[place].model for place in clips.tolist()],
        architectures=[made[place].architecture for place in clips.tolist()],
        chips=[set_as[place].chip for place in chosen.tolist()],
        notes=notes,
        ok=ok,
    )


def _refuse_limits(wrong: Reasons, counted: Work, chips: Machine, n: Array) -> None:
    """Refuse rows that no memory holds, or whose chips nothing known joins."""
    full = np.asarray(held_bytes(counted, n) > (1.0 - LEAST_FREE) * np.asarray(chips.memory_bytes))
    apart = (n > chips.domain) & (np.asarray(chips.network_bytes_per_s) == 0)
    sparse = n > np.asarray(counted.tokens)
    lacking = np.asarray(sum(missing_bytes(counted, chips, n)) > 0)
    cut_off = lacking & (n == 1) & (np.asarray(chips.host_bytes_per_s) == 0)
    for mask, reason in (
        (full, "activations of the clip do not fit the chips' memory: more chips, or a smaller clip"),
        (apart, "more chips than one server joins, and no network of them is known"),
        (sparse, "more chips than tokens in the clip"),
        (cut_off, "weights do not fit the memory, and the link to the host is not known"),
    ):
        for row in np.flatnonzero(mask).tolist():
            if row not in wrong:
                wrong[row] = [reason]


def _remark(notes: list[str], mask: NDArray[np.bool_], remark: str) -> None:
    for row in np.flatnonzero(mask).tolist():
        notes[row] = f"{notes[row]}; {remark}" if notes[row] else remark
