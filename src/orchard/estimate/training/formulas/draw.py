"""Power that a chip draws in a step, from what it spends the step on.

A chip that waits draws its idle power, one that works its rated power; memory-bound work lies between.
The shares are assumptions, checked against the one public measurement: an H100 node in training draws
76 % of its rating (fact ``power.node.training-fraction``).
"""

from __future__ import annotations

from orchard.estimate.training.formulas.configuration import Hardware, Value
from orchard.estimate.training.formulas.step import Parts

# Share of rated power that a chip draws: waiting for others, for memory, for nothing (assumed).
WAITING_DRAW = 0.35
MEMORY_DRAW = 0.75
BUSY_DRAW = 1.0


def draw_w(parts: Parts, hardware: Hardware) -> Value:
    """Mean power of a chip over a step, W; infinite where its rated power is not known.

    Parameters
    ----------
    parts
        seconds of a step by cause
    hardware
        `tdp_w` is the rated power of one chip
    """
    busy = parts.matmul + parts.attention
    memory = parts.memory + parts.routing + parts.optimiser
    waiting = parts.total - busy - memory
    share = (BUSY_DRAW * busy + MEMORY_DRAW * memory + WAITING_DRAW * waiting) / parts.total
    return share * hardware.tdp_w
