"""Rows of a table of clips -> arrays that the closed form takes.

A row names a model and a chip of the catalogue and says how many chips make a clip of what size in how
many steps. What a row leaves open gets a default, and a note says so; a row that cannot be predicted
keeps its place, with `ok` false and the reason as its note. Cells are read once per distinct text, so
that ten million rows stream through in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import Array, Entries, Numbers
from orchard.estimate.video import machines, work
from orchard.estimate.video.clip import Run, held_bytes, missing_bytes
from orchard.estimate.video.kernels import CHIPS, FA2, KERNELS, gap, kernel, remarks
from orchard.estimate.video.machines import Machine, machine
from orchard.estimate.video.work import Subject, Work, subject

REQUIRED = ("id", "model", "chip", "n", "resolution", "frames", "steps")
COLUMNS = (*REQUIRED, "kernel", "guided", "notes")
_SIZES = {name: Numbers(name) for name in ("n", "frames", "steps")}
_RESOLUTION = re.compile(r"([0-9]{1,6})\s*[xX\u00d7*]\s*([0-9]{1,6})", re.ASCII)
_GUIDED = {
    "": None,
    **dict.fromkeys(("true", "yes", "1", "guided", "cfg"), True),
    **dict.fromkeys(("false", "no", "0", "unguided", "none"), False),
}
_CARRIED = "weights do not fit the memory: carried in every pass"
_ELSEWHERE = "text encoder or second network does not fit beside: carried once a clip"
# A clip whose activations leave less than this of a chip's memory is refused: pixels, kernels' work
# space and the runtime need it too (assumed).
LEAST_FREE = 0.05


class _Clip(NamedTuple):
    """What model, resolution and frames say of a row."""

    work: Work
    model: str
    wrong: str


class _Setting(NamedTuple):
    """What chip, kernel, guidance and notes say of a row; `guided` -1 when they say nothing."""

    machine: Machine
    chip: str
    gap: float
    guided: float
    note: str
    wrong: str


@dataclass(frozen=True)
class Batch:
    """Rows as arrays [n], in their order; where `ok` is false a placeholder stands, and `notes` say why."""

    ids: list[str]
    work: Work
    machine: Machine
    run: Run
    models: list[str]
    chips: list[str]
    notes: list[str]
    ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class Rows:
    """Reads rows that have these columns, in any order; others are ignored."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._places = {name: columns.index(name) for name in COLUMNS if name in columns}
        self._width = len(columns)
        self._clips: Entries[tuple[str, ...], _Clip] = Entries(lambda key: _clip(*key))
        self._settings: Entries[tuple[str, ...], _Setting] = Entries(lambda key: _setting(*key))

    def batch(self, rows: Sequence[Sequence[str]]) -> Batch:
        """Arrays of rows, each a list of cells under the columns."""
        count = len(rows)
        wrong: dict[int, list[str]] = {}
        if any(len(cells) != self._width for cells in rows):
            rows = self._whole(rows, wrong)
        columns = list(zip(*rows, strict=True)) or [()] * self._width
        text = {
            name: columns[self._places[name]] if name in self._places else ("",) * count for name in COLUMNS
        }
        clips = self._clips.places(zip(text["model"], text["resolution"], text["frames"], strict=True), count)
        settings = self._settings.places(
            zip(text["chip"], text["kernel"], text["guided"], text["notes"], strict=True), count
        )
        sizes = {name: numbers.read(text[name]) for name, numbers in _SIZES.items()}
        _refuse(wrong, text, sizes)
        made, set_as = self._clips.values_made, self._settings.values_made
        for places, entries in (
            (clips, [one.wrong for one in made]),
            (settings, [one.wrong for one in set_as]),
        ):
            bad = np.array([bool(reason) for reason in entries], dtype=np.bool_)
            for row in np.flatnonzero(bad[places]) if count else ():
                wrong.setdefault(int(row), []).append(entries[int(places[row])])
        return _assemble(list(text["id"]), made, clips, set_as, settings, sizes, wrong)

    def _whole(self, rows: Sequence[Sequence[str]], wrong: dict[int, list[str]]) -> list[list[str]]:
        """Rows of the right width; what has another is cut or filled, and not predicted."""
        made = []
        for place, cells in enumerate(rows):
            if len(cells) != self._width:
                found = f"{len(cells)} cells under {self._width} columns: quote a cell that has a comma in it"
                wrong.setdefault(place, []).append(found)
            made.append([*cells[: self._width], *[""] * (self._width - len(cells))])
        return made


def batch(rows: Sequence[Mapping[str, str]]) -> Batch:
    """Arrays of rows given by column names; columns that all rows lack are blank.

    >>> row = {"id": "a", "model": "Mochi-1", "chip": "H100", "n": "1", "steps": "64"}
    >>> batch([row | {"resolution": "848x480", "frames": "84"}]).work.tokens
    array([22516.])
    >>> batch([row | {"resolution": "big", "frames": "84"}]).notes
    ["resolution 'big': wanted width x height, such as 1280x720"]
    """
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    return Rows(columns).batch([[row.get(name) or "" for name in columns] for row in rows])


def _assemble(
    ids: list[str],
    made: list[_Clip],
    clips: NDArray[np.intp],
    set_as: list[_Setting],
    settings: NDArray[np.intp],
    sizes: dict[str, Array],
    wrong: dict[int, list[str]],
) -> Batch:
    worked = Work(*(np.asarray(column)[clips] for column in work.stacked([one.work for one in made])))
    chips = Machine(
        *(np.asarray(column)[settings] for column in machines.stacked([one.machine for one in set_as]))
    )
    n, steps = (np.where(sizes[name] > 0, sizes[name], 1.0) for name in ("n", "steps"))
    guided = _column([one.guided for one in set_as], settings)
    passes = np.where(guided < 0, worked.passes, np.where(guided > 0, np.maximum(worked.passes, 2.0), 1.0))
    run = Run(n, steps, passes, _column([one.gap for one in set_as], settings))
    _limits(wrong, worked, chips, n)
    each, once = missing_bytes(worked, chips, n)
    carried, elsewhere = (np.asarray(one) > 0 for one in (each, once))
    ok = np.ones(len(ids), dtype=np.bool_)
    ok[list(wrong)] = False
    notes = [set_as[place].note for place in settings.tolist()]
    for mask, remark in ((elsewhere & ~carried, _ELSEWHERE), (carried, _CARRIED)):
        for row in np.flatnonzero(mask):
            notes[row] = "; ".join(part for part in (notes[row], remark) if part)
    for row, reasons in wrong.items():
        notes[row] = "; ".join(reasons)
    return Batch(
        ids=ids,
        work=worked,
        machine=chips,
        run=run,
        models=[made[place].model for place in clips.tolist()],
        chips=[set_as[place].chip for place in settings.tolist()],
        notes=notes,
        ok=ok,
    )


def _limits(wrong: dict[int, list[str]], worked: Work, chips: Machine, n: Array) -> None:
    """Refuse rows that no memory holds, or whose chips nothing known joins."""
    full = np.asarray(held_bytes(worked, n) > (1.0 - LEAST_FREE) * chips.memory_bytes)
    apart = (n > chips.domain) & (np.asarray(chips.network_bytes_per_s) == 0)
    sparse = n > np.asarray(worked.tokens)
    for mask, reason in (
        (full, "activations of the clip do not fit the chips' memory"),
        (apart, "more chips than one server joins, and no network of them is known"),
        (sparse, "more chips than tokens in the clip"),
    ):
        for row in np.flatnonzero(mask):
            if int(row) not in wrong:
                wrong[int(row)] = [reason]


def _refuse(wrong: dict[int, list[str]], text: Mapping[str, Sequence[str]], sizes: dict[str, Array]) -> None:
    for name, numbers in _SIZES.items():
        for row in np.flatnonzero(~(sizes[name] > 0)):
            blank = np.isnan(sizes[name][row])
            reason = f"no {name}" if blank else numbers.wanted(text[name][row])
            wrong.setdefault(int(row), []).append(reason)


def _clip(model: str, resolution: str, frames: str) -> _Clip:
    placeholder = Work(*(1.0 for _ in Work._fields))
    known = subject(model)
    size = _RESOLUTION.fullmatch(resolution.strip())
    reasons = [known] if isinstance(known, str) else []
    width, height = (int(size[1]), int(size[2])) if size else (0, 0)
    if min(width, height) < 1:
        shown = repr(resolution.strip()[:40]) if resolution.strip() else ""
        reasons.append(
            f"resolution {shown}: wanted width x height, such as 1280x720" if shown else "no resolution"
        )
    count = float(_SIZES["frames"].read([frames])[0])
    if isinstance(known, Subject) and not reasons and count > 0:
        return _Clip(work.work(known, int(count), height, width), known.id, "")
    return _Clip(placeholder, known.id if isinstance(known, Subject) else "", "; ".join(reasons))


def _setting(chip: str, kernel_cell: str, guided_cell: str, text: str) -> _Setting:
    known = machine(chip)
    said = remarks(text)
    named = kernel(kernel_cell)
    guided = _GUIDED.get(guided_cell.strip().casefold(), guided_cell)
    reasons = [known] if isinstance(known, str) else []
    if named is None:
        reasons.append(f"kernel {kernel_cell.strip()[:40]!r}: wanted one of {', '.join(KERNELS)}, or blank")
    if isinstance(guided, str):
        reasons.append(f"guided {guided_cell.strip()[:40]!r}: wanted yes or no, or blank")
    if reasons or isinstance(known, str) or named is None or isinstance(guided, str):
        return _Setting(Machine(*(1.0 for _ in Machine._fields)), "", 0.0, -1.0, "", "; ".join(reasons))
    notes = []
    if not kernel_cell.strip():
        named = said.kernel or FA2
        notes.append(f"kernel {named}, " + ("from notes" if said.kernel else "as none is given"))
    if guided is None and said.unguided:
        guided = False
        notes.append("one pass a step, from notes")
    if said.unmodelled:
        notes.append(f"not modelled: {', '.join(said.unmodelled)}")
    id, figures = known  # noqa: A001
    behind = float(gap(named, CHIPS[id]))
    return _Setting(figures, id, behind, -1.0 if guided is None else float(guided), "; ".join(notes), "")


def _column(values: Sequence[float], places: NDArray[np.intp]) -> Array:
    return np.array(values, dtype=np.float64)[places] if len(places) else np.zeros(0)
