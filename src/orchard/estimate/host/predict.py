"""From rates to a step: its time, its memory, and how far off they may be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.host.model import HostModel
from orchard.estimate.host.work import (
    MEMORY,
    OPTIMISER,
    PASS,
    Step,
    memory_terms,
    optimiser_terms,
    pass_terms,
)

Array = NDArray[np.float64]

# Growth of the logarithmic width with every doubling beyond what was measured, as in estimate.interval.
WIDENING = 0.1
# What is added for experts, and for video: the calibration measures dense language models.
EXPERTS, LIKENESS = 0.3, 0.3


class Interval(NamedTuple):
    """An amount with the ends of its 80 % interval."""

    low: float
    value: float
    high: float

    def times(self, factor: float) -> Interval:
        """The amount in proportion."""
        return Interval(*(end * factor for end in self))

    def per(self, amount: float) -> Interval:
        """How often the amount goes into another one: a rate from a time."""
        return Interval(amount / self.high, amount / self.value, amount / self.low)


class Prediction(NamedTuple):
    """A step on this machine.

    `parts_s` are seconds by part: each kind of work of the passes, and the optimiser.
    """

    threads: int
    step_s: Interval
    tokens_per_s: Interval
    memory_bytes: Interval
    parts_s: dict[str, float]


def predict(model: HostModel, step: Step, threads: int | None = None, *, alike: bool = False) -> Prediction:
    """Time and memory of a step.

    Parameters
    ----------
    threads
        all cores by default; a number that was not measured takes the nearest, in proportion to cores
    alike
        whether the step is that of a language model like the one meant: less is known then
    """
    threads = threads or model.cores
    nearest = min(model.threads, key=lambda one: (abs(one - threads), one))
    rates, ratio = model.threads[nearest], nearest / threads
    once = pass_terms(step) * np.array([rates.pass_s[name] for name in PASS])
    after = optimiser_terms(step) * np.array([rates.optimiser_s[name] for name in OPTIMISER])
    passes_s, optimiser_s = float(once.sum()) * step.micro_batches, float(after.sum())
    total_s = (passes_s + optimiser_s) * ratio
    wide = (passes_s * rates.pass_width + optimiser_s * rates.optimiser_width) / (passes_s + optimiser_s)
    beyond = _beyond(model, step) + (LIKENESS if alike else 0.0) + abs(float(np.log2(ratio))) * WIDENING
    step_s = _around(total_s, wide + beyond)
    held = float(memory_terms(step) @ np.array([model.memory_bytes[name] for name in MEMORY]))
    parts = dict(zip(PASS, (once * step.micro_batches * ratio).tolist(), strict=True))
    return Prediction(
        threads,
        step_s,
        step_s.per(step.tokens),
        _around(held, model.memory_width + beyond),
        parts | {"optimiser": optimiser_s * ratio},
    )


def _beyond(model: HostModel, step: Step) -> float:
    """What is added to a width where more or less is asked than was measured."""
    terms = dict(zip(PASS, pass_terms(step), strict=True))
    doublings = [
        max(np.log2(terms[name] / high), np.log2(low / max(terms[name], 1e-300)), 0.0)
        for name, (low, high) in model.seen.items()
        if name in ("products", "layers") and terms[name] > 0
    ]
    experts = EXPERTS if step.architecture.experts else 0.0
    return float(max(doublings, default=0.0)) * WIDENING + experts


def _around(value: float, half: float) -> Interval:
    return Interval(value * float(np.exp(-half)), value, value * float(np.exp(half)))
