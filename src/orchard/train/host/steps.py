"""Timing passes and optimiser steps of small models.

Models take turns, round after round, so that a burst of other programs meets all of them alike; of the
rounds the lower quartile counts, as other programs only ever add. Where one thread works, the time of the
processor is taken, which other programs hardly change; where several do, that of the wall.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from orchard.estimate.host import Step
from orchard.train.gradients import norm_of, scale
from orchard.train.host.made import Made, recipe
from orchard.train.host.peaks import threads
from orchard.train.optimiser import Optimiser
from orchard.train.parallel import Processes

Tell = Callable[[str, float], None]


class Timed(NamedTuple):
    """Seconds of a pass over a microbatch, and of what follows the passes of a step."""

    step: Step
    pass_s: float
    optimiser_s: float


def clock_of(count: int) -> Callable[[], float]:
    """The clock by which so many threads are timed."""
    return time.process_time if count == 1 else time.perf_counter


class _Bench:
    """One model, ready to be timed."""

    def __init__(self, step: Step, dtype: torch.dtype) -> None:
        self.step, self.task = step, Made(step, dtype)
        self.alone = Processes()
        self.optimiser = Optimiser(self.task.model, self.task.matrices(), recipe(step), self.alone, dtype)

    def once(self, clock: Callable[[], float]) -> tuple[float, float]:
        """Seconds of a pass, and of clipping and the optimiser."""
        begun_s = clock()
        found = self.task.loss(0, range(self.step.micro_batch))
        (found.total / found.terms).backward()  # type: ignore[no-untyped-call]
        found.total.item()
        passed_s = clock()
        gradients = [one.grad for one in self.task.model.parameters() if one.grad is not None]
        norm_of(gradients, self.alone)
        scale(gradients, 0.5)
        self.optimiser.step(0.1)
        self.task.model.zero_grad(set_to_none=True)
        return passed_s - begun_s, clock() - passed_s


def time_steps(
    steps: Sequence[Step], dtype: torch.dtype, counts: Sequence[int], tell: Tell, budget_s: float
) -> dict[int, list[Timed]]:
    """Time steps with each number of threads, for about `budget_s` seconds and at least three rounds."""
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    begun_s, rounds = time.perf_counter(), 0
    benches = [_Bench(step, dtype) for step in steps]
    while rounds < 4 or time.perf_counter() - begun_s < budget_s * rounds / (rounds + 1):
        for at, bench in enumerate(benches):
            for count in counts:
                with threads(count):
                    once = bench.once(clock_of(count))
                if rounds:  # the first one warms caches up
                    taken.setdefault((count, at), []).append(once)
            share = (rounds + (at + 1) / len(benches)) * (time.perf_counter() - begun_s)
            tell(
                f"timing small models, round {rounds + 1}",
                min(share / (rounds + 1) / max(budget_s, 1.0), 1.0),
            )
        rounds += 1
    del benches
    gc.collect()
    return {count: [_quartile(step, taken[count, at]) for at, step in enumerate(steps)] for count in counts}


def _quartile(step: Step, taken: Sequence[tuple[float, float]]) -> Timed:
    passes_s, optimiser_s = np.quantile(np.array(taken), 0.25, axis=0)
    return Timed(step, float(passes_s), float(optimiser_s))
