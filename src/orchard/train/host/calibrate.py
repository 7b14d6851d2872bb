"""Measure this machine, and fit the step model of a processor to what was measured."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from orchard.estimate.host import (
    HostModel,
    Measured,
    Rates,
    fitted,
    memory_terms,
    optimiser_terms,
    pass_terms,
    share_of,
)
from orchard.estimate.host.work import MEMORY, OPTIMISER, PASS
from orchard.estimate.interval import quantile
from orchard.train.host import peaks, power, shapes
from orchard.train.host.memory import trained
from orchard.train.host.steps import Timed, sized, time_steps
from orchard.train.probe import fast_dtype

Tell = Callable[[str, float], None]

# Seconds that all of it takes where the machine is not so busy that the least takes longer.
BUDGET_S = 60.0
# No interval is narrower: what a machine does differs by as much from hour to hour.
LEAST_WIDTH = 0.05
# Shares of the time after which peaks are measured, about, and models timed; the rest is for memory.
_PEAKS, _TIMED = 0.1, 0.55
# Models whose memory is measured even when the time is over.
_HELD = 4
# Steps after which a process holds what it will hold.
_STEPS = 3
_FP32_BYTES = 4.0


class Peaks(NamedTuple):
    """What the machine does at its best with a number of threads."""

    bf16_flops_per_s: float
    fp32_flops_per_s: float
    copy_bytes_per_s: float
    sum_bytes_per_s: float
    thin_flops_per_s: dict[str, float]


class Calibrated(NamedTuple):
    """A measured machine.

    `peaks` by number of threads; `errors` (logarithm of predicted over measured) of passes, optimiser steps
    and memory that the fit has not seen; `load` of the machine by others before it began.
    """

    model: HostModel
    peaks: dict[int, Peaks]
    errors: dict[str, list[float]]
    ram_bytes: float
    load: float
    seconds: float


def calibrate(tell: Tell, budget_s: float = BUDGET_S) -> Calibrated:
    """Measure this machine, in `budget_s` seconds, or as long as the least takes: each model timed twice.

    Raises
    ------
    OrchardError
        O855: a model that could not be trained here
    """
    begun_s, load = time.perf_counter(), _load()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    counts = sorted({1, cores})
    with peaks.threads(cores):
        dtype = fast_dtype()
    best = {}
    for at, count in enumerate(counts):
        tell(f"matrix products and copies, {count} threads", _PEAKS * at / len(counts))
        with peaks.threads(count):
            best[count] = _peaks(dtype)
    steps = shapes.timed()
    left_s = begun_s + _TIMED * budget_s - time.perf_counter()
    taken = time_steps(
        steps, dtype, counts, lambda what, share: tell(what, _PEAKS + share * (_TIMED - _PEAKS)), left_s
    )
    fits = {count: _rates(taken[count], best, count) for count in counts}
    held = _held(dtype, cores, begun_s + budget_s, tell)
    memory = fitted(held, _memory_guess(dtype, min(one.amount for one in held)))
    watts = _power(cores)
    errors = {f"{what}, {count} threads": list(found) for count, (_, *both) in fits.items()
              for what, found in zip(("passes", "optimiser"), both, strict=True)}  # fmt: skip
    model = HostModel(
        machine=machine(),
        date=date.today().isoformat(),
        precision="bf16" if dtype == torch.bfloat16 else "fp32",
        cores=cores,
        threads={count: rates for count, (rates, *_) in fits.items()},
        memory_bytes=dict(zip(MEMORY, memory.rates.tolist(), strict=True)),
        memory_width=_width(memory.errors),
        seen=_seen(steps),
        power_w=watts or 0.0,
        power_basis="" if watts is None else "RAPL counters of the processor, all cores under load",
    )
    tell("done", 1.0)
    errors["memory"] = memory.errors.tolist()
    return Calibrated(model, best, errors, _ram_bytes(), load, time.perf_counter() - begun_s)


def _held(dtype: torch.dtype, cores: int, until_s: float, tell: Tell) -> list[Measured]:
    """Memory of small models, as many as there is time for."""
    found: list[Measured] = []
    every = shapes.held()
    for at, step in enumerate(every):
        tell("memory", _TIMED + (1 - _TIMED) * at / len(every))
        begun_s = time.perf_counter()
        held = trained(sized(step, cores), _name(dtype), cores, _STEPS)["memory_bytes"]
        found.append(Measured(memory_terms(sized(step, cores), cores), held))
        taken_s = time.perf_counter() - begun_s
        if len(found) >= _HELD and time.perf_counter() + taken_s > until_s:
            break
    return found


def machine() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        found = next(line for line in lines if line.startswith("model name"))
        return " ".join(found.partition(":")[2].split())
    except (OSError, StopIteration):
        return platform.processor() or platform.machine() or "unknown"


def _peaks(dtype: torch.dtype) -> Peaks:
    return Peaks(
        peaks.peak_flops_per_s(torch.bfloat16),
        peaks.peak_flops_per_s(torch.float32),
        peaks.copy_bytes_per_s(),
        peaks.sum_bytes_per_s(),
        peaks.thin_flops_per_s(dtype),
    )


def _rates(
    taken: Sequence[Timed], best: dict[int, Peaks], count: int
) -> tuple[Rates, list[float], list[float]]:
    """Rates of a number of threads; errors of passes and of optimiser steps, on models left out."""
    shares = [Measured(pass_terms(share_of(one.step, count)), one.pass_s) for one in taken]
    passes = fitted(shares, _pass_guess(best[1]))
    rows = [Measured(optimiser_terms(one.step), one.optimiser_s) for one in taken]
    after = fitted(rows, _optimiser_guess(best[count]))
    rates = Rates(
        pass_s=dict(zip(PASS, passes.rates.tolist(), strict=True)),
        optimiser_s=dict(zip(OPTIMISER, after.rates.tolist(), strict=True)),
        pass_width=_width(passes.errors),
        optimiser_width=_width(after.errors),
    )
    return rates, passes.errors.tolist(), after.errors.tolist()


def _pass_guess(best: Peaks) -> np.ndarray:
    """Seconds for a unit of each kind of work, from what the machine does with it alone.

    Entries are read and written a number of times that the measurements find; the guess is ten.
    """
    product_s = 1 / (sum(best.thin_flops_per_s.values()) / len(best.thin_flops_per_s))
    entry_s = 10 * 2 * _FP32_BYTES / best.copy_bytes_per_s
    guess = {"products": product_s, "scores": entry_s, "stream": entry_s, "ffn": entry_s,
             "logits": entry_s, "weights": entry_s}  # fmt: skip
    return np.array([guess.get(name, 0.0) for name in PASS])


def _optimiser_guess(best: Peaks) -> np.ndarray:
    """As for passes; AdamW reads four vectors and writes three."""
    entry_s = 7 * _FP32_BYTES / best.copy_bytes_per_s
    product_s = 1 / (sum(best.thin_flops_per_s.values()) / len(best.thin_flops_per_s))
    guess = {"elements": entry_s, "momenta": entry_s, "squares": product_s}
    return np.array([guess.get(name, 0.0) for name in OPTIMISER])


def _memory_guess(dtype: torch.dtype, least: float) -> np.ndarray:
    """Bytes for a unit: the least that was held; states, and half of them for the checkpoint; entries."""
    entry = 5.0 * dtype.itemsize
    guess = {"floor": least, "weights": 1.5, "stream": entry, "ffn": entry, "logits": 3 * _FP32_BYTES}
    return np.array([guess.get(name, 0.0) for name in MEMORY])


def _width(errors: np.ndarray) -> float:
    return max(quantile(errors), LEAST_WIDTH)


def _seen(steps: Sequence[object]) -> dict[str, tuple[float, float]]:
    terms = np.array([pass_terms(step) for step in steps])  # type: ignore[arg-type]
    lows, highs = terms.min(axis=0), terms.max(axis=0)
    return {name: (float(low), float(high)) for name, low, high in zip(PASS, lows, highs, strict=True)}


def _power(cores: int) -> float | None:
    left = torch.randn(1024, 1024)
    with peaks.threads(cores):
        return power.power_w(lambda: left @ left)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _load() -> float:
    """Programs of others that want to run, in the mean of the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _ram_bytes() -> float:
    return float(os.sysconf("SC_PAGE_SIZE")) * float(os.sysconf("SC_PHYS_PAGES"))
