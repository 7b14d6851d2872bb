"""Layouts that a search found, as rows of a table of runs, with the estimate of each.

The estimate is that of :func:`~orchard.estimate.training.estimates.estimate` for the row as written: who
gives the row to ``orchard estimate training`` gets the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from orchard import units
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.estimates import Estimates, estimate
from orchard.estimate.training.formulas.configuration import FSDP, RECOMPUTE
from orchard.estimate.training.formulas.memory import room
from orchard.estimate.training.layouts.question import SIZES, Question
from orchard.estimate.training.table.rows import batch

# What data parallelism shards, by code; FSDP stands in a column of its own.
SHARDING = ("DDP", "ZeRO-1", "ZeRO-2", "FSDP")
# The step by cause, in the order of `Parts`: work on the chip, exchanges that show, the rest.
WORK = ("matmul", "attention", "memory", "routing", "host")
CAUSES = (
    *("compute", "tensor", "context", "expert", "point_to_point", "data"),
    *("bubble", "optimiser", "other"),
)
MEMORY = ("weights", "gradients", "optimiser", "activations", "buffers")
_DIGITS = ".6g"  # of the table that `orchard estimate training` writes


def run(question: Question, name: str, chosen: Mapping[str, int]) -> dict[str, str | int]:
    """A layout as a row of a table of runs.

    Parameters
    ----------
    name
        id of the row
    chosen
        a value for each of ``evaluated.CHOICES``
    """
    cells: dict[str, str | int] = {"id": name, **question.cells}
    cells |= {size: int(question.cells[size]) for size in SIZES}
    cells |= {size: chosen[size] for size in ("micro_batch", "tp", "pp", "cp", "vp", "ep")}
    cells["fsdp"] = chosen["shard_ranks"] if chosen["shard"] == FSDP else 0
    cells["recompute"] = RECOMPUTE[chosen["recompute"]]
    cells["options"] = "; ".join(word for word in (question.cells["options"], *_words(chosen)) if word)
    return cells


def _words(chosen: Mapping[str, int]) -> Iterable[str]:
    """What only the options of a row can say."""
    if chosen["shard"] < FSDP:
        yield SHARDING[chosen["shard"]]
    if chosen["kept_gathered"]:
        yield "SHARD_GRAD_OP"
    elif chosen["shard"] == FSDP and chosen["pp"] > 1:
        yield "reshard_after_forward=always"
    if chosen["etp"] > 1:
        yield f"ETP={chosen['etp']}"


def estimated(question: Question, chosen: list[dict[str, int]], known: Calibration) -> list[dict[str, Any]]:
    """Rows of a table of runs, each with its estimate.

    Keys are the columns of the row, those that ``orchard estimate training`` writes
    (tokens_per_s_per_gpu, low, high, memory_gib, fits, note), and: step_time_s, mfu, power_w (None where
    the chip's power is unknown), reserved_gib, chip_gib (what a run may reserve), and the parts of three
    sums: breakdown_s of the step, compute_s of its compute, parts_gib of the memory.
    """
    title = f"{question.cells['model']} on {question.cells['n_gpus']} {question.cells['chip']}"
    runs = [run(question, f"{title} #{place}", one) for place, one in enumerate(chosen, start=1)]
    rows = batch([{column: str(cell) for column, cell in one.items()} for one in runs])
    found = estimate(rows, known)
    parts = step_parts(found, len(runs))
    entries = []
    for place, one in enumerate(runs):
        entry: dict[str, Any] = {**one, "etp": chosen[place]["etp"], **_numbers(found, place)}
        entry["chip_gib"] = float(room(question.hardware)) / units.factor("GiB")
        entry["note"] = rows.notes[place]
        entry["breakdown_s"] = {cause: float(parts[cause][place]) for cause in CAUSES}
        entry["compute_s"] = {kind: float(parts[f"compute {kind}"][place]) for kind in WORK}
        entries.append(entry)
    return entries


def step_parts(found: Estimates, count: int) -> dict[str, Any]:
    """Seconds [count] of every cause, and of every kind of compute under ``compute KIND``."""
    seconds = {name: getattr(found.parts, name) for name in CAUSES}
    seconds |= {f"compute {name}": getattr(found.parts, name) for name in WORK}
    return {name: np.broadcast_to(np.asarray(value), (count,)) for name, value in seconds.items()}


def _numbers(found: Estimates, place: int) -> dict[str, Any]:
    gib = units.factor("GiB")
    power = float(found.power_w[place])
    memory = {name: float(np.asarray(getattr(found.memory, name))[place]) / gib for name in MEMORY}
    return {
        "tokens_per_s_per_gpu": _short(found.tokens_per_s_per_chip[place]),
        "low": _short(found.low[place]),
        "high": _short(found.high[place]),
        "memory_gib": _short(found.memory_bytes[place] / gib),
        "fits": bool(found.fits[place]),
        "step_time_s": float(found.step_s[place]),
        "mfu": float(found.utilisation[place]),
        "power_w": power if np.isfinite(power) else None,
        "reserved_gib": float(np.asarray(found.memory.reserved)[place]) / gib,
        "parts_gib": memory,
    }


def _short(value: float) -> float:
    """A number with the digits of the table of estimates."""
    return float(format(value, _DIGITS))
