"""The loop: steps, gradients, guards, checkpoints, whatever the task is.

One function, :func:`train`, in one process or in many (:mod:`orchard.train.parallel`). A run that was
killed goes on from its newest checkpoint and takes the very steps that it would have taken: what a step
does depends on weights, the optimiser's memory, the guard's recent losses and the number of the step, all of
which are in the checkpoint, and on nothing else.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from orchard.errors import Finding, TrainError
from orchard.spec.training import MICRO_UNITS, Training
from orchard.train import checkpoint as checkpoints
from orchard.train.gradients import norm_of, scale
from orchard.train.guards import Guard, memory_told
from orchard.train.metrics import NAME, Metrics
from orchard.train.optimiser import Optimiser
from orchard.train.pages import keep_pages
from orchard.train.parallel import Processes, add_up_at, cut, let_go, loss_told, recompute
from orchard.train.probe import fast_dtype, matmul_peak
from orchard.train.progress import Progress, Report, silent
from orchard.train.schedule import share_of_rate
from orchard.train.stop import Stop
from orchard.train.task import Task
from orchard.train.tensors import local
from orchard.train.writer import Writer, set_aside

Record = Callable[[str, Mapping[str, Any]], None]

# How often a run is judged on what is held out, beside its end.
_JUDGED = 20
# Weight of the newest step in what progress shows.
_NEWEST = 0.1


class Result(NamedTuple):
    """What became of a run.

    `stopped` is the number of the signal that ended it early, 0 when none did. `time_s` is the time of all
    its steps, those before it was resumed too; `units_per_s` and `peak_share` are those of this session.
    """

    step: int
    steps: int
    loss: float
    judged: dict[str, float]
    time_s: float
    units_per_s: float
    peak_share: float
    skipped: int
    resumed_from: int
    checkpoint: Path | None
    stopped: int = 0

    @property
    def finished(self) -> bool:
        """Whether all steps were taken."""
        return self.step >= self.steps


def train(
    task: Task,
    training: Training,
    folder: Path,
    *,
    stage: str = "training",
    until: int | None = None,
    start: int | None = None,
    progress: Progress = silent,
    record: Record | None = None,
    predicted_step_s: float | None = None,
    processes: Processes | None = None,
) -> Result:
    """Train a task to its end, or go on with it.

    Parameters
    ----------
    folder
        of the stage: `checkpoints/` and `metrics.jsonl` lie in it
    until
        step to stop at, for parts of a run
    start
        step whose checkpoint the run goes on from, later ones being put aside; the newest by default
    record
        told of what happens: ``record(kind, values)``
    predicted_step_s
        time of a step as it was predicted, shown beside what is measured
    processes
        who trains together; alone by default

    Raises
    ------
    TrainError
        O821 to O828: see their pages
    """
    keep_pages()
    who = processes or Processes()
    with loss_told(who):
        run = _Run(task, training, folder, who, stage)
        run.tell, run.record, run.predicted_step_s = progress, record or _nothing, predicted_step_s
        with Stop() as stop, memory_told(run.micro, task.unit, task.units_per_sample):
            try:
                return run.go(task.steps if until is None else min(until, task.steps), start, stop)
            finally:
                run.close()


def dtype_of(folder: Path, device: str = "cpu") -> torch.dtype:
    """Number format of products: that of the newest checkpoint of a folder, else what is fast here."""
    kept = checkpoints.remembered(folder).get("dtype", "")
    known = {str(one): one for one in (torch.float32, torch.bfloat16)}
    return known.get(kept) or fast_dtype(device)


class _Run:
    """A run in progress; made before its weights are cut over the processes."""

    def __init__(
        self, task: Task, training: Training, folder: Path, processes: Processes, stage: str
    ) -> None:
        self.task, self.training, self.processes, self.stage = task, training, processes, stage
        self.folder, self.checkpoints = folder, folder / "checkpoints"
        self.share = processes.share(task.samples_per_step)
        self.micro = training.micro_batch or max(1, MICRO_UNITS // task.units_per_sample)
        self.micro = min(self.micro, len(self.share))
        keep = training.checkpoints
        self.writer = Writer(self.checkpoints, task.digest, processes, keep.keep, keep.keep_every)
        cut(task.model, task.blocks(), processes)
        if training.recompute:
            recompute(task.blocks())
        self.dtype = dtype_of(self.checkpoints, processes.device)
        self.peak = matmul_peak(self.dtype, processes.device) * processes.world
        self.optimiser = Optimiser(task.model, task.matrices(), training, processes, self.dtype)
        self.weights = {name: one.detach() for name, one in task.model.named_parameters()}
        self.averaged = {name: one.clone() for name, one in self.weights.items()} if training.ema else {}
        self.guard = Guard(training.spike)
        self.metrics: Metrics | None = None
        self.judged: dict[str, float] = {}
        self.step = self.resumed_from = 0
        self.loss = self.time_s = self.session_s = self.step_s = 0.0
        self.tell: Progress = silent
        self.record: Record = _nothing
        self.predicted_step_s: float | None = None
        self.note, self.unsaved = "", self.writer.failure

    def go(self, until: int, start: int | None, stop: Stop) -> Result:
        """Take the steps that are left."""
        self._resume(start)
        saved_s = time.monotonic()
        every_s = self.training.checkpoints.every.value
        every_s = math.inf if every_s is None else every_s
        heard = 0
        while self.step < until and not heard:
            wants = (stop.heard, time.monotonic() - saved_s >= every_s and self.processes.rank == 0)
            heard, save = self._take(wants)
            if (self.step % max(1, self.task.steps // _JUDGED) == 0) or self.step == self.task.steps:
                self._judge()
            self._notice()
            self._show()
            kept = self.training.checkpoints.keep_every
            if save or heard or self.step == until or (kept and self.step % kept == 0):
                self._save()
                saved_s = time.monotonic()
        if heard and self.step < self.task.steps:
            self.record("stopped", {"step": self.step, "cause": signal.Signals(heard).name})
        self.writer.wait()
        self.processes.barrier()
        if self.writer.failure is not None:
            raise self.writer.failure
        if self.averaged and self.step == self.task.steps:
            _copy(self.averaged, self.weights)
        return self._result(heard)

    def close(self) -> None:
        """Give back the folder and the file of metrics."""
        self.writer.close()
        if self.metrics is not None:
            self.metrics.close()

    def _resume(self, start: int | None) -> None:
        found = checkpoints.load(self.checkpoints, start, self.task.digest)
        if found is not None:
            checkpoints.restore(found, self._tensors())
            values = found.values
            self._compare(found.path, values["recipe"])
            self.guard.restore(values["guard"])
            self.optimiser.steps = values["optimiser_steps"]
            self.step = self.resumed_from = found.step
            self.loss, self.time_s, self.judged = values["loss"], values["time_s"], values["judged"]
            self.note = self._rounded_otherwise(values)
            self.record("resumed", {"step": found.step})
        self.processes.barrier()
        if self.processes.rank == 0:
            if start is not None:
                set_aside(self.checkpoints, start)
            self.metrics = Metrics(self.folder / NAME, self.step)

    def _compare(self, path: Path, recipe: Mapping[str, Any]) -> None:
        """Refuse to go on with another recipe: the run would be neither the old one nor the new one."""
        now = self._recipe()
        changed = [f"{name} {recipe.get(name)}" for name in now if now[name] != recipe.get(name)]
        if changed:
            wanted = ", ".join(f"{name} {now[name]}" for name in now if now[name] != recipe.get(name))
            hint = "undo the change, or begin anew with --fresh"
            if now["steps"] != recipe.get("steps"):
                hint = f"a run keeps its length, which its rates follow: {hint}"
            raise TrainError(Finding("O822", str(path), "", f"of {', '.join(changed)}", wanted, hint))

    def _rounding(self) -> dict[str, int]:
        """On what the last bits of a step depend, beside the recipe: the order in which sums are taken."""
        return {"threads": torch.get_num_threads(), "micro_batch": self.micro}

    def _rounded_otherwise(self, values: Mapping[str, Any]) -> str:
        """What a person should know who compares the run, to the bit, with one that was not interrupted."""
        now, before = self._rounding(), values.get("rounding", {})
        changed = [f"{name} {before[name]}, now {now[name]}" for name in before if now[name] != before[name]]
        return f"(sums round otherwise than before: {'; '.join(changed)})" if changed else ""

    def _recipe(self) -> dict[str, Any]:
        """What decides about steps, beside the task: not when they are saved, nor how they are cut up."""
        free = {"checkpoints", "micro_batch", "recompute", "tensor_parallel", "corpus"}
        return {"steps": self.task.steps, **self.training.model_dump(mode="json", exclude=free)}

    def _take(self, wants: tuple[int, bool]) -> tuple[int, bool]:
        """Take one step; returns the signal that any process heard, and whether to save."""
        started_s = time.perf_counter()
        loss, figures, heard, save = self._gradients(wants)
        norm = norm_of(self.weights_with_gradients(), self.processes)
        verdict = self.guard.judge(loss, norm)
        if verdict == "broken":
            self.guard.check(self.step, self._broken_samples() if not math.isfinite(loss) else ())
        if verdict == "taken":
            if 0 < self.training.clip < norm:
                scale(self.weights_with_gradients(), self.training.clip / norm)
            self.optimiser.step(share_of_rate(self.training, self.step, self.task.steps))
            if self.averaged:
                _average(self.averaged, self.weights, self.training.ema)
        self.task.model.zero_grad(set_to_none=True)
        taken_s = time.perf_counter() - started_s
        self._count(loss, norm, figures, verdict, taken_s)
        return heard, save

    def _gradients(self, wants: tuple[int, bool]) -> tuple[float, dict[str, float], int, bool]:
        """Loss of the step over all processes, its figures, and what the processes want."""
        terms = self.task.terms(self.step)
        factor = self.processes.replicas / terms
        total, figures = 0.0, dict[str, float]()
        parts = list(self._parts())
        for at, part in enumerate(parts):
            add_up_at(self.task.model, last=at == len(parts) - 1)
            found = self.task.loss(self.step, part)
            (found.total * factor).backward()  # type: ignore[no-untyped-call]
            total += found.total.item()
            for name, value in found.figures.items():
                figures[name] = figures.get(name, 0.0) + value
        held = [total, *figures.values(), float(wants[0]), float(wants[1])]
        loss, *sums, heard, save = self.processes.add(held)
        figures = {name: value / terms for name, value in zip(figures, sums, strict=True)}
        stop = wants[0] or (signal.SIGTERM if heard else 0)  # another process heard it
        return loss / terms, figures, stop, save > 0

    def _parts(self) -> Iterator[range]:
        """Samples of this process, a microbatch at a time."""
        for first in range(self.share.start, self.share.stop, self.micro):
            yield range(first, min(first + self.micro, self.share.stop))

    def _broken_samples(self) -> list[range]:
        """Microbatches of this process whose loss is no number."""
        with torch.no_grad():
            return [
                part
                for part in self._parts()
                if not math.isfinite(self.task.loss(self.step, part).total.item())
            ]

    def weights_with_gradients(self) -> list[Tensor]:
        """Gradients that there are."""
        return [one.grad for one in self.task.model.parameters() if one.grad is not None]

    def _count(
        self, loss: float, norm: float, figures: Mapping[str, float], verdict: str, taken_s: float
    ) -> None:
        first = self.step == self.resumed_from
        if verdict == "taken":
            self.loss = loss if self.step == 0 else self.loss + _NEWEST * (loss - self.loss)
        elif self.processes.rank == 0:
            self.record("skipped", {"step": self.step, "why": verdict, "loss": _finite(loss)})
        self.step_s = taken_s if first else self.step_s + _NEWEST * (taken_s - self.step_s)
        self.time_s += taken_s
        self.session_s += taken_s
        if self.metrics is not None:
            row = {"step": self.step, "loss": _finite(loss), "norm": _finite(norm), "time_s": taken_s}
            row |= {name: _finite(value) for name, value in figures.items()}
            self.metrics.add(row if verdict == "taken" else row | {"skipped": verdict})
        self.step += 1

    def _judge(self) -> None:
        with self._averaged_in_place():
            self.judged = dict(self.task.judge())
            let_go(self.task.model)
        self.record("judged", {"step": self.step, **self.judged})

    @contextmanager
    def _averaged_in_place(self) -> Iterator[None]:
        """Put averaged weights in the place of the newest ones for a while."""
        if not self.averaged:
            yield
            return
        kept = {name: local(one).clone() for name, one in self.weights.items()}
        _copy(self.averaged, self.weights)
        try:
            yield
        finally:
            _copy(kept, self.weights)

    def _tensors(self) -> dict[str, Tensor]:
        """All tensors of the run under the names of checkpoints."""
        model = self.task.model
        named = {f"model.{name}": one for name, one in self.weights.items()}
        named |= {f"ema.{name}": one for name, one in self.averaged.items()}
        kept = model.state_dict().keys()
        named |= {f"buffer.{name}": one for name, one in model.named_buffers() if name in kept}
        return named | self.optimiser.tensors()

    def _save(self) -> None:
        values = {
            "guard": self.guard.values(),
            "optimiser_steps": self.optimiser.steps,
            "loss": self.loss,
            "time_s": self.time_s,
            "judged": self.judged,
            "recipe": self._recipe(),
            "dtype": str(self.dtype),
            "rounding": self._rounding(),
        }
        self.writer.save(self.step, self._tensors(), values)

    def _notice(self) -> None:
        """Tell of a checkpoint that could not be written, as soon as its thread has found out."""
        failure = self.writer.failure
        if failure is not None and failure is not self.unsaved:
            self.note = failure.findings[0].found
            self.record("unsaved", {"why": self.note})
        self.unsaved = failure

    def _show(self) -> None:
        if self.processes.rank != 0:
            return
        predicted = self.predicted_step_s
        left, per_s = self.task.steps - self.step, self.task.samples_per_step / self.step_s
        self.tell(
            Report(
                stage=self.stage,
                step=self.step,
                steps=self.task.steps,
                loss=self.loss,
                judged=self.judged,
                unit=self.task.unit,
                units_per_s=per_s * self.task.units_per_sample,
                peak_share=per_s * self.task.flop_per_sample / self.peak,
                left_s=left * self.step_s,
                predicted_s=None if predicted is None else left * predicted,
                skipped=self.guard.skipped,
                note=self.note,
            )
        )
        self.note = ""

    def _result(self, heard: int) -> Result:
        there = checkpoints.steps(self.checkpoints)
        samples = (self.step - self.resumed_from) * self.task.samples_per_step
        per_s = samples / self.session_s if self.session_s else 0.0
        return Result(
            step=self.step,
            steps=self.task.steps,
            loss=self.loss,
            judged=self.judged,
            time_s=self.time_s,
            units_per_s=per_s * self.task.units_per_sample,
            peak_share=per_s * self.task.flop_per_sample / self.peak,
            skipped=self.guard.skipped,
            resumed_from=self.resumed_from,
            checkpoint=checkpoints.path_of(self.checkpoints, there[-1]) if there else None,
            stopped=heard if self.step < self.task.steps else 0,
        )


def _average(averaged: Mapping[str, Tensor], weights: Mapping[str, Tensor], decay: float) -> None:
    torch._foreach_lerp_(
        [local(one) for one in averaged.values()], [local(weights[name]) for name in averaged], 1 - decay
    )


def _copy(source: Mapping[str, Tensor], into: Mapping[str, Tensor]) -> None:
    for name, one in source.items():
        local(into[name]).copy_(local(one))


def _finite(value: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return value if math.isfinite(value) else None


def _nothing(kind: str, values: Mapping[str, Any]) -> None:
    pass
