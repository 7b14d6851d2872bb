"""What a run writes into the ledger: how it began, what was predicted, what was measured, what stopped it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from orchard.errors import OrchardError
from orchard.estimate.host import Prediction
from orchard.ledger import Ledger
from orchard.spec.models import Model
from orchard.train.host.memory import peak_bytes
from orchard.train.host.power import energy_j
from orchard.train.language import LanguageTask
from orchard.train.loop import Result
from orchard.train.metrics import add_judged
from orchard.train.order import Order, architecture_of


def run_values(order: Order, spec: Model, task: LanguageTask, resumed: int) -> dict[str, Any]:
    """How pretraining begins, or goes on from a step."""
    compute = str(task.model.compute).removeprefix("torch.")
    return {
        "programme": order.programme.programme,
        "model": order.model,
        "stage": "pretraining",
        "architecture": architecture_of(spec).model_dump(mode="json", exclude_defaults=True),
        "training": {} if spec.training is None else spec.training.model_dump(mode="json"),
        "digest": task.digest,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, {compute}",
        "steps": task.steps,
        "resumed": resumed,
    }


def prediction_values(predicted: Prediction, steps: int) -> dict[str, Any]:
    """What the step model of this machine says of a run."""
    return {
        "step_s": predicted.step_s._asdict(),
        "tokens_per_s": predicted.tokens_per_s._asdict(),
        "memory_bytes": predicted.memory_bytes._asdict(),
        "duration_s": predicted.step_s.times(steps)._asdict(),
        "basis": "host",
    }


def measured(result: Result, task: LanguageTask, energy_before: float | None) -> dict[str, Any]:
    """What the ledger keeps of a session; the duration is that of all sessions together."""
    steps = result.step - result.resumed_from
    tokens = task.units_per_sample * task.samples_per_step
    values: dict[str, Any] = {
        "steps": steps,
        "step_s": tokens / result.units_per_s,
        "tokens_per_s": result.units_per_s,
        "memory_bytes": peak_bytes(),
        "peak_share": result.peak_share,
        "skipped": result.skipped,
        **{name.removeprefix("held_out."): value for name, value in result.judged.items()},
    }
    if result.finished:
        values["duration_s"] = result.time_s
    after = energy_j()
    if energy_before is not None and after is not None and after > energy_before:
        values |= {"energy_j": after - energy_before, "energy_basis": "measured"}
    return values


def recorder(
    ledger: Ledger, run_id: str, judged: Path | None = None
) -> Callable[[str, Mapping[str, Any]], None]:
    """Write down what interrupts the loop, into the ledger, and what it judges, into the file `judged`."""

    def record(kind: str, values: Mapping[str, Any]) -> None:
        if kind == "stopped":
            ledger.append("interruption", run_id, values)
        elif kind == "unsaved":
            with suppress(OrchardError):  # the disk that has no room for a checkpoint has none for this
                ledger.append("interruption", run_id, {"cause": kind, **values})
        elif kind == "skipped":
            ledger.append("interruption", run_id, {"cause": kind, **values})
        elif kind == "judged" and judged is not None:
            add_judged(judged, values)

    return record
