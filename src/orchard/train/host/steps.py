"""Timing passes and optimiser steps of small models.

Models take turns, round after round, so that a burst of other programs meets all of them alike; of the
rounds the lower quartile counts, as other programs only ever add. Where one thread works, the time of the
processor is taken, which other programs hardly change; where several do, that of the wall, less the time
for which they were ready and other programs had the processor.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from orchard.estimate.host import Step
from orchard.train.gradients import norm_of, scale
from orchard.train.host.made import Made, recipe
from orchard.train.host.peaks import threads
from orchard.train.optimiser import Optimiser
from orchard.train.pages import keep_pages
from orchard.train.parallel import Processes

Tell = Callable[[str, float], None]

_TASKS = Path("/proc/self/task")
_NANO = 1e-9
# How often each model is timed at least.
_LEAST = 2


class Timed(NamedTuple):
    """Seconds of a pass over a microbatch, and of what follows the passes of a step.

    `step` is as it was taken: with at least one sample for each thread.
    """

    step: Step
    pass_s: float
    optimiser_s: float


def clock_of(count: int) -> Callable[[], float]:
    """The clock by which so many threads are timed."""
    return time.process_time if count == 1 else _Together(count)


class _Together:
    """Time of several threads: that of the wall less their waiting, and at least what their work takes.

    Threads that are not at work wait too, so that more may be told than passed: a bound is the time of the
    processor that the whole process took, shared out over the threads.
    """

    def __init__(self, count: int) -> None:
        self._count, self._total_s, self._read = count, 0.0, self._now()

    def __call__(self) -> float:
        before, self._read = self._read, self._now()
        wall_s, waited_s, worked_s = (after - one for one, after in zip(before, self._read, strict=True))
        self._total_s += max(wall_s - waited_s / self._count, worked_s / self._count)
        return self._total_s

    @staticmethod
    def _now() -> tuple[float, float, float]:
        return time.perf_counter(), _waited_s(), time.process_time()


def _waited_s(folder: Path = _TASKS) -> float:
    """Time for which threads of this process were ready and others had the processor, in s, of all of them.

    Source: the second number of /proc/PID/schedstat, in ns (Documentation/scheduler/sched-stats.rst of
    Linux); 0 where it is not told.
    """
    waited_ns = 0
    for told in folder.glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # a thread that has just ended
            waited_ns += int(told.read_text().split()[1])
    return _NANO * waited_ns


class _Bench:
    """One model, ready to be timed."""

    def __init__(self, step: Step, dtype: torch.dtype, threads: int) -> None:
        self.step, self.task = step, Made(sized(step, threads), dtype)
        self.alone = Processes()
        self.optimiser = Optimiser(self.task.model, self.task.matrices(), recipe(step), self.alone, dtype)

    def once(self, count: int) -> tuple[float, float]:
        """Seconds of a pass, and of clipping and the optimiser, with a number of threads."""
        with threads(count):
            return self._once(sized(self.step, count).micro_batch, clock_of(count))

    def _once(self, samples: int, clock: Callable[[], float]) -> tuple[float, float]:
        begun_s = clock()
        found = self.task.loss(0, range(samples))
        (found.total / found.terms).backward()  # type: ignore[no-untyped-call]
        found.total.item()
        passed_s = clock()
        gradients = [one.grad for one in self.task.model.parameters() if one.grad is not None]
        norm_of(gradients, self.alone)
        scale(gradients, 0.5)
        self.optimiser.step(0.1)
        self.task.model.zero_grad(set_to_none=True)
        return passed_s - begun_s, clock() - passed_s


def sized(step: Step, threads: int) -> Step:
    """A step with at least one sample for each thread."""
    return step._replace(micro_batch=max(step.micro_batch, threads))


def time_steps(
    steps: Sequence[Step], dtype: torch.dtype, counts: Sequence[int], tell: Tell, budget_s: float
) -> dict[int, list[Timed]]:
    """Time steps with each number of threads, for `budget_s` seconds, and at least twice each."""
    keep_pages()  # as the loop does
    begun_s, most = time.perf_counter(), max(counts)
    benches = [_Bench(step, dtype, most) for step in steps]
    for bench in benches:
        bench.once(most)  # allocates, and warms caches up
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    turn, spent = 0, 0.0
    while turn < _LEAST * len(benches) or spent < 1:
        at = turn % len(benches)
        for count in counts:
            taken.setdefault((count, at), []).append(benches[at].once(count))
        turn += 1
        spent = (time.perf_counter() - begun_s) / max(budget_s, 1e-3)
        tell(f"timing small models, turn {turn}", min(spent, 1.0))
    del benches
    gc.collect()
    return {count: [_quartile(sized(step, count), taken[count, at]) for at, step in enumerate(steps)]
            for count in counts}  # fmt: skip


def _quartile(step: Step, taken: Sequence[tuple[float, float]]) -> Timed:
    passes_s, optimiser_s = np.quantile(np.array(taken), 0.25, axis=0)
    return Timed(step, float(passes_s), float(optimiser_s))
