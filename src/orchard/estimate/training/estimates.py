"""What a user gets for a table of runs: speed with its interval, utilisation, memory, power, parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.calibration import Calibration, calibration
from orchard.estimate.training.formulas.configuration import SELECTIVE, TPU, Layout, Software
from orchard.estimate.training.formulas.draw import draw_w
from orchard.estimate.training.formulas.kernels import MATMUL_PASSES, matmul_passes
from orchard.estimate.training.formulas.memory import Memory, fits, least_recompute, memory
from orchard.estimate.training.formulas.shape import training_flops
from orchard.estimate.training.formulas.step import Parts, step
from orchard.estimate.training.interval import width
from orchard.estimate.training.table.rows import Batch

Array = NDArray[np.float64]


class Estimates(NamedTuple):
    """Arrays [n], one element a row; nan where a row cannot be predicted.

    `low` and `high` are the 80 % interval of `tokens_per_s_per_chip`. `utilisation` is model FLOPs
    over the dense peak of the format of the matmuls, attention counted causal. `memory` is of the
    fullest chip; `layout` is the layout estimated, with the recomputation that was chosen where none
    was stated.
    """

    step_s: Array
    tokens_per_s_per_chip: Array
    low: Array
    high: Array
    utilisation: Array
    power_w: Array
    memory: Memory
    fits: NDArray[np.bool_]
    layout: Layout
    parts: Parts

    @property
    def memory_bytes(self) -> Array:
        """Peak of what is allocated on the fullest chip."""
        return np.asarray(self.memory.allocated)


def with_recompute(batch: Batch) -> Layout:
    """The layout of every row, with the least recomputation that fits where none is stated.

    On TPUs, "selective" may mean that what is kept waits in the memory of the host (MaxText's policies
    of rematerialisation): so it does where it does not fit otherwise.
    """
    least = least_recompute(batch.shape, batch.hardware, batch.layout, batch.software)
    stated = batch.layout.recompute
    tpu = np.equal(batch.hardware.generation, TPU)
    kept = np.where(tpu & np.equal(stated, SELECTIVE), np.maximum(least, SELECTIVE), stated)
    return batch.layout._replace(recompute=np.where(batch.unknown_recompute, least, kept))


def with_slowdown(batch: Batch, known: Calibration) -> Software:
    """The software of every row, as much slower than the model as its stack is measured to be."""
    slowdown = np.array([known.slowdown.get(family, 1.0) for family in batch.stacks])
    return batch.software._replace(slowdown=slowdown)


def estimate(batch: Batch, chosen: Calibration | None = None) -> Estimates:
    """Estimate every row of a batch.

    Parameters
    ----------
    batch
        rows as arrays
    chosen
        a calibration; the shipped one by default
    """
    known = chosen or calibration()
    layout = with_recompute(batch)
    software = with_slowdown(batch, known)
    parts = step(known.constants, batch.shape, batch.hardware, layout, software)
    needed = memory(batch.shape, batch.hardware, layout, software)
    ok = np.where(batch.ok, 1.0, np.nan)
    step_s = np.asarray(parts.total) * ok
    tokens = layout.batch * layout.sequence / (layout.chips * step_s)
    spread = width(
        known.spread,
        batch.stacks,
        batch.moe,
        batch.chips,
        chips=layout.chips,
        tokens=layout.tokens,
        sequence=layout.sequence,
        hidden=batch.shape.hidden,
    )
    flops = training_flops(batch.shape, layout.sequence, software.multi_token)
    worked = flops * matmul_passes(software) / MATMUL_PASSES
    utilisation = tokens * worked / batch.hardware.linear_flops_per_s
    return Estimates(
        step_s=step_s,
        tokens_per_s_per_chip=tokens,
        low=tokens * np.exp(-spread),
        high=np.minimum(tokens * np.exp(spread), tokens / utilisation),
        utilisation=utilisation,
        power_w=np.asarray(draw_w(parts, batch.hardware)) * ok,
        memory=needed,
        fits=fits(needed, batch.hardware),
        layout=layout,
        parts=parts,
    )
