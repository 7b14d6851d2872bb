"""Measured runs of a table: what was run, how fast it was, and which rows say nothing of it.

A row gives its speed as tokens a second and chip, or as the time of a step. Tier A (or blank) marks
complete rows, B rows with a searched or unknown setting, X rows that are never to be used. Rows
without a speed, or with a speed that cannot be, are left out with the reason; rows that the model
cannot predict are kept and count as wholly wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard import units
from orchard.catalogue.measured import measured as shipped_rows
from orchard.errors import Finding, OrchardError
from orchard.estimate.cells import MOST_KEPT, WRONG, Numbers
from orchard.estimate.sheet import whole
from orchard.estimate.training.estimates import with_recompute
from orchard.estimate.training.fitting.fit import Measured
from orchard.estimate.training.formulas.configuration import PRECISIONS
from orchard.estimate.training.formulas.shape import training_flops
from orchard.estimate.training.table.rows import COLUMNS, REQUIRED, Batch, batch

Array = NDArray[np.float64]
Row = Mapping[str, str]

SPEED, STEP, MEMORY = "tokens_per_s_per_gpu", "step_time_s", "mem_gib"
# Model operations a second of one chip, which alone say how fast a run was where their count is known.
RATE = "model_tflops_per_gpu"
# Measured runs held at once: more than have ever been published.
MOST_RUNS = 100 * MOST_KEPT
# How much a row of tier B counts in a fit: its setting was searched, or is in part unknown.
PART_KNOWN = 0.5
# Speed and step time of a row may differ by this share before they contradict each other.
AGREEMENT = 0.1
# Tiers: complete, in part unknown, never to be used; blank is complete.
TIERS = ("", "A", "B", "X")
# A run below this share of its peak measures something else than the step: the slowest of 497 published
# runs reaches 4 % (tests/unit/estimate/training/test_measurements.py).
LEAST_SHARE = 0.01
# Letters of a cell, and rows, that a finding shows.
MOST_LETTERS = 20
MOST_SHOWN = 3
_NUMBERS = {name: Numbers(name, whole=False) for name in (SPEED, STEP, MEMORY)}


class LeftOut(NamedTuple):
    """A row that is not used, and why."""

    id: str
    why: str


@dataclass(frozen=True)
class Runs:
    """Measured runs [n], in their order.

    `measured.weight` is 1 for complete rows and PART_KNOWN for the others; where `batch.ok` is false, a
    row was measured but cannot be predicted. `memory_bytes` is nan where it was not measured.
    """

    rows: list[Row]
    batch: Batch
    measured: Measured
    memory_bytes: Array
    left_out: list[LeftOut]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Rows of tier A."""
        return self.measured.weight >= 1

    @property
    def sources(self) -> list[str]:
        """Source of each row; its stack where none is named."""
        return [row.get("source") or row.get("stack") or "unnamed" for row in self.rows]

    @property
    def speed(self) -> Array:
        """Tokens a second of one chip [n], as measured."""
        layout = self.measured.layout
        tokens = np.asarray(layout.batch) * layout.sequence / layout.chips
        return np.asarray(tokens / self.measured.time_s, dtype=np.float64)

    @property
    def rate(self) -> Array:
        """Model operations a second of one chip [n], as measured."""
        return _rate(self.batch, self.measured.time_s)

    def groups(self) -> dict[str, list[str]]:
        """What each row is counted under, by question."""
        precision = [PRECISIONS[code] for code in np.asarray(self.batch.layout.precision).tolist()]
        kind = ["mixture" if moe else "dense" for moe in self.batch.moe.tolist()]
        return {
            "chip": self.batch.chips,
            "precision": precision,
            "kind": kind,
            "stack": self.batch.stacks,
            "source": self.sources,
        }

    def where(self, mask: NDArray[np.bool_]) -> Runs:
        """The runs where `mask` is true, and the same rows left out."""
        return replace(runs([self.rows[i] for i in np.flatnonzero(mask).tolist()]), left_out=self.left_out)


def runs(rows: Sequence[Row]) -> Runs:
    """Measured runs of rows given by column names."""
    made, time_s, reasons = _read(rows)
    kept = [place for place, why in enumerate(reasons) if not why]
    left = [LeftOut(made.ids[place], why) for place, why in enumerate(reasons) if why]
    chosen = [rows[place] for place in kept]
    again = batch(chosen) if left else made
    weight = [PART_KNOWN if _tier(row) == "B" else 1.0 for row in chosen]
    measured = Measured(
        again.shape, again.hardware, with_recompute(again), again.software, again.stacks,
        time_s[kept], np.array(weight),
    )  # fmt: skip
    memory = _NUMBERS[MEMORY].read([row.get(MEMORY, "") for row in chosen])
    held = np.where(memory > 0, memory, np.nan) * units.factor("GiB")
    return Runs(chosen, again, measured, held, left)


def shipped() -> Runs:
    """Measured runs that the project ships: training from scratch, all tiers but X."""
    return runs([row for row in shipped_rows("training") if row["task"] == "pretrain"])


def beside() -> Runs:
    """Measured runs of other tasks (adapters, fine-tuning, clips), which no calibration is fitted to.

    Where a row says its model operations alone, they are its speed, by Orchard's own count of them.
    """
    rows = [row for row in shipped_rows("training") if row["task"] != "pretrain"]
    made = batch([{name: row.get(name) or "" for name in COLUMNS} for row in rows])
    flops = training_flops(made.shape, made.layout.sequence, made.software.multi_token)
    per_token = np.broadcast_to(np.asarray(flops, dtype=np.float64), (len(rows),)).tolist()
    return runs([_with_speed(row, one) for row, one in zip(rows, per_token, strict=True)])


def read(path: Path) -> Runs:
    """Measured runs of a CSV file.

    Raises
    ------
    OrchardError
        the file is no such table (O800 to O802), or no row of it says how fast a run was (O840)
    LimitError
        more rows than are held at once (O841)
    """
    read_in = whole(path, (*REQUIRED, f"{SPEED}|{STEP}"), MOST_RUNS)
    found = runs(read_in.rows)
    odd = (LeftOut(id_, why) for id_, why in read_in.odd)
    found = replace(found, left_out=[*odd, *found.left_out])
    if not len(found):
        raise OrchardError(_nothing(path, found.left_out))
    return found


def _with_speed(row: Row, flops: float) -> Row:
    """The row with tokens a second from its model operations, where it gives nothing else."""
    if row[SPEED] or row[STEP] or not row[RATE]:
        return row
    return {**row, SPEED: repr(float(row[RATE]) * units.factor("TFLOP/s") / flops)}


def _nothing(path: Path, left: Sequence[LeftOut]) -> Finding:
    shown = "; ".join(f"{one.id or 'a row without id'}: {one.why}" for one in left[:MOST_SHOWN])
    more = f"; and {len(left) - MOST_SHOWN:,} more" if len(left) > MOST_SHOWN else ""
    found = f"{shown}{more}" if left else "no rows"
    return Finding("O840", str(path), "", found, f"rows with {SPEED} or {STEP}")


def _read(rows: Sequence[Row]) -> tuple[Batch, Array, list[str]]:
    """All rows as arrays, times of their steps [n], and why each is left out, or nothing."""
    made = batch([{name: row.get(name) or "" for name in COLUMNS} for row in rows])
    texts = {name: [row.get(name) or "" for row in rows] for name in _NUMBERS}
    numbers = {name: _NUMBERS[name].read(cells) for name, cells in texts.items()}
    speed, step = numbers[SPEED], numbers[STEP]
    layout = made.layout
    tokens = np.asarray(layout.batch) * layout.sequence / layout.chips
    time_s = np.where(speed > 0, tokens / np.where(speed > 0, speed, 1.0), step)
    apart = np.abs(np.log(np.where((speed > 0) & (step > 0), step * speed / tokens, 1.0))) > AGREEMENT
    share = _rate(made, np.where(time_s > 0, time_s, np.inf)) / made.hardware.linear_flops_per_s
    reasons = []
    for place, row in enumerate(rows):
        cells = {name: texts[name][place] for name in _NUMBERS if numbers[name][place] == WRONG}
        wrong = _unreadable(_tier(row), cells)
        if not wrong and np.isnan(time_s[place]):
            wrong = [f"no {SPEED} and no {STEP}"]
        elif not wrong and made.ok[place] and apart[place]:
            wrong = [f"{SPEED} {speed[place]:g} is a step of {tokens[place] / speed[place]:.4g} s, "
                     f"but {STEP} is {step[place]:g}"]  # fmt: skip
        elif not wrong and made.ok[place]:
            wrong = _impossible(float(share[place]))
        reasons.append("; ".join(wrong))
    return made, np.asarray(time_s, dtype=np.float64), reasons


def _tier(row: Row) -> str:
    return (row.get("tier") or "").strip().upper()


def _unreadable(tier: str, cells: Mapping[str, str]) -> list[str]:
    """What is wrong with a row's tier, and with cells that hold no number."""
    if tier == "X":
        return ["tier X: never to be used"]
    wrong = [_NUMBERS[name].wanted(text) for name, text in cells.items()]
    return wrong if tier in TIERS else [*wrong, f"tier {tier[:MOST_LETTERS]!r}: wanted A, B or X, or blank"]


def _impossible(share: float) -> list[str]:
    """What is wrong with a speed of this share of the chip's peak."""
    if share > 1:
        return [f"faster than the chip can be: {share:.1f} times its peak"]
    if share < LEAST_SHARE:
        return [f"{share:.2g} of the chip's peak: below {LEAST_SHARE:.0%} something else was measured"]
    return []


def _rate(made: Batch, time_s: Array) -> Array:
    layout = made.layout
    flops = training_flops(made.shape, layout.sequence, made.software.multi_token)
    return np.asarray(flops * layout.batch * layout.sequence / (layout.chips * time_s), dtype=np.float64)
