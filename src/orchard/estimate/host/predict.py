"""From rates to a step: its time, its memory, and how far off they may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.host.model import HostModel, Rates
from orchard.estimate.host.work import (
    MEMORY,
    OPTIMISER,
    PASS,
    Step,
    memory_terms,
    optimiser_terms,
    pass_terms,
    passes_terms,
)

Array = NDArray[np.float64]

# Growth of the logarithmic width with every doubling beyond what was measured, as in estimate.interval.
WIDENING = 0.1
# What is added where one sample is left for several threads: each operation is then cut over them, which
# helps less than samples do, and was not measured.
CUT = 0.3
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
        all cores by default, and at most; rates of a number that was not measured lie between those of
        the numbers beside it
    alike
        whether the step is that of a language model like the one meant: less is known then
    """
    threads = min(threads or model.cores, model.cores)
    side = max(min(threads, step.micro_batch), 1)
    (low, high, part), (less, more, share) = _beside(model, side), _beside(model, threads)
    once = passes_terms(step, side) * _between(low.pass_s, high.pass_s, part, PASS)
    after = optimiser_terms(step) * _between(less.optimiser_s, more.optimiser_s, share, OPTIMISER)
    passes_s, optimiser_s = float(once.sum()), float(after.sum())
    widths = max(low.pass_width, high.pass_width), max(less.optimiser_width, more.optimiser_width)
    wide = (passes_s * widths[0] + optimiser_s * widths[1]) / (passes_s + optimiser_s)
    beyond = _beyond(model, step) + (LIKENESS if alike else 0.0) + _unmeasured(model, side)
    beyond += CUT if side == 1 < threads else 0.0
    step_s = _around(passes_s + optimiser_s, wide + beyond)
    held = float(memory_terms(step, threads) @ np.array([model.memory_bytes[name] for name in MEMORY]))
    parts = dict(zip(PASS, once.tolist(), strict=True))
    return Prediction(
        threads,
        step_s,
        step_s.per(step.tokens),
        _around(held, model.memory_width + beyond),
        parts | {"optimiser": optimiser_s},
    )


def _beside(model: HostModel, threads: int) -> tuple[Rates, Rates, float]:
    """Rates of the numbers of threads beside one, and how far it lies from the first to the second."""
    low = max((one for one in model.threads if one <= threads), default=min(model.threads))
    high = min((one for one in model.threads if one >= threads), default=max(model.threads))
    part = float(np.log(threads / low) / np.log(high / low)) if low < high else 0.0
    return model.threads[low], model.threads[high], part


def _between(low: dict[str, float], high: dict[str, float], part: float, names: Iterable[str]) -> Array:
    """Rates between those of two numbers of threads, in proportion to the logarithm of the number."""
    return np.array([low[name] * (1 - part) + high[name] * part for name in names])


def _unmeasured(model: HostModel, threads: int) -> float:
    """What is added to a width for a number of threads that lies between those measured."""
    return WIDENING * min(abs(float(np.log2(one / threads))) for one in model.threads)


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
