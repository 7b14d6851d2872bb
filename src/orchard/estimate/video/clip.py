"""How long a clip takes: a closed form, on arrays.

A step runs the network once or several times (guidance) over all tokens of the clip, on `n` chips that
share the tokens (sequence parallelism); then one chip decodes the pixels::

    clip = steps x (max(products + attention + passes over memory + exchange, launches) + carrying)
           + decoding + fetching

- products: a FLOP takes the time that the share of the peak that large products reach leaves it, or its
  energy over the chip's rated power, whichever bounds the clock: both, as sides of a right angle;
- attention: the same with its own share; slower by a factor for every generation of tensor cores that
  the kernel was not written for, and for heads narrower than 128, whose softmax weighs more;
- passes over memory: norms, rotary positions, modulation and activations read and write the stream of
  tokens, weights are read once a pass;
- exchange: Ulysses all-to-alls of queries, keys, values and outputs (Jacobs et al. 2023, arXiv
  2309.14509) as far as heads divide, rings of keys and values for the rest (Fang and Zhao 2024, arXiv
  2405.07719);
- launches: what the host needs to start the kernels of all blocks, however fast they run;
- carrying: weights that do not fit beside the activations come from the host (one chip) or from the
  other chips each pass; networks and text encoders that rest come once a clip;
- decoding: convolutions over every pixel, on one chip.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.estimate.video.constants import Constants
from orchard.estimate.video.machines import Machine
from orchard.estimate.video.work import BF16_BYTES, Value, Work

PICO, MICRO = 1e-12, 1e-6
# Width of a head at which the shares of attention are meant, and how much of its time there does not
# shrink with narrower heads (softmax of the scores): 0.25 lies between the 1.15 and 1.35 times that
# widths of 64 cost in FlashAttention-2 and -3 (Dao 2023, arXiv 2307.08691; Shah et al. 2024,
# arXiv 2407.08608).
HEAD_DIM = 128.0
SOFTMAX = 0.25
# Queries, keys, values go out to heads, outputs come back to tokens; a ring passes keys and values.
ALL_TO_ALLS = 4.0
RING_PASSES = 2.0
# Streams of tokens held at once while a block runs: its input, queries, keys, values, output, the
# feed-forward's widest activation (2.7 to 5 streams) (counted).
HELD_STREAMS = 10.0
# Operations and bytes of a decoder per position and squared (or single) channel of its finest level:
# three residual blocks of two 3 x 3 x 3 convolutions at each level; coarser levels double the width,
# quarter the area and from the third on halve the time: 1 + 1 + 1/2 of the finest in operations and
# 1 + 1/2 + 1/8 in bytes; a convolution reads and writes its input about five times in 4 bytes (counted).
DECODER_FLOPS = 2.0 * 27.0 * 6.0 * 2.5
DECODER_BYTES = 6.0 * 1.625 * 5.0 * 2.0 * 4.0


class Run(NamedTuple):
    """How a clip is made: chips, steps, passes a step, and generations the kernel is behind; arrays."""

    chips: Value
    steps: Value
    passes: Value
    gap: Value


class Parts(NamedTuple):
    """Seconds of a clip by part; what the host's launches add is `waiting`."""

    products: Value
    attention: Value
    memory: Value
    exchange: Value
    waiting: Value
    carrying: Value
    decoding: Value

    @property
    def total(self) -> Value:
        """The clip from prompt to pixels."""
        return sum(self[1:], self.products)


def clip_s(c: Constants, work: Work, machine: Machine, run: Run) -> Parts:
    """Time clips; every argument broadcasts.

    Returns
    -------
    seconds of each part, of the shape that all arguments share

    >>> from orchard.estimate.video.machines import machine
    >>> from orchard.estimate.video.work import subject, work
    >>> c = Constants(0.8, 0.9, 1.5, 1.2, 190.0, 7.0, 0.45, 300.0)
    >>> clip = work(subject("Wan2.1-1.3B"), 81, 480, 832)
    >>> round(clip_s(c, clip, machine("H100")[1], Run(1, 50, 2, 1)).total)
    101
    """
    n = np.asarray(run.chips, dtype=np.float64)
    products = work.matmul_flops / n * _per_flop_s(c.matmul, c, machine)
    narrow = 1.0 + SOFTMAX * (HEAD_DIM / work.head_dim - 1.0)
    older = c.legacy ** np.asarray(run.gap, dtype=np.float64)
    attention = work.attention_flops / n * _per_flop_s(c.attention, c, machine) * narrow * older
    stream = work.tokens * work.hidden * BF16_BYTES
    moved = c.elementwise * work.blocks * stream / n + work.network_bytes
    memory = moved / machine.memory_bytes_per_s
    exchange = exchange_s(c, work, machine, n)
    busy = products + attention + memory + exchange
    waiting = np.maximum(c.launch_us * MICRO * work.blocks - busy, 0.0)
    passes = run.steps * np.asarray(run.passes, dtype=np.float64)
    carrying = _carrying_s(c, work, machine, n, passes)
    return Parts(
        passes * products,
        passes * attention,
        passes * memory,
        passes * exchange,
        passes * waiting,
        carrying,
        decoding_s(c, work, machine),
    )


def exchange_s(c: Constants, work: Work, machine: Machine, n: Value) -> Value:
    """Exchanges of one pass between `n` chips that share the tokens."""
    chips = np.asarray(n, dtype=np.float64)
    ulysses = np.gcd(chips.astype(np.int64), np.asarray(work.heads).astype(np.int64)).astype(np.float64)
    ring = chips / ulysses
    share = work.blocks * work.tokens * work.heads * work.head_dim * BF16_BYTES
    turned = ALL_TO_ALLS * share / chips * (ulysses - 1.0) / ulysses
    passed = RING_PASSES * share / ulysses * (ring - 1.0) / ring
    inside = chips <= machine.domain
    network = np.where(machine.network_bytes_per_s > 0, machine.network_bytes_per_s, np.nan)
    rate = np.where(inside, machine.scaleup_bytes_per_s, np.minimum(network, machine.scaleup_bytes_per_s))
    return (turned + passed) / (c.link * rate)


def held_bytes(work: Work, n: Value) -> Value:
    """Activations that each of `n` chips holds during a pass."""
    return HELD_STREAMS * work.tokens * work.hidden * BF16_BYTES / n


def missing_bytes(work: Work, machine: Machine, n: Value) -> tuple[Value, Value]:
    """Weights that a chip's memory lacks: of the network at work, and of what rests meanwhile."""
    room = np.maximum(machine.memory_bytes - held_bytes(work, n), 0.0)
    each = np.maximum(work.network_bytes - room, 0.0)
    both = np.maximum(work.network_bytes + work.resting_bytes - room, 0.0)
    return each, both - each


def _carrying_s(c: Constants, work: Work, machine: Machine, n: Value, passes: Value) -> Value:
    """Weights that lie elsewhere: with the other chips as far as these hold all, else with the host."""
    each, once = missing_bytes(work, machine, n)
    room = n * np.maximum(machine.memory_bytes - held_bytes(work, n), 0.0)
    shared = (np.asarray(n) > 1) & (room >= work.network_bytes + work.resting_bytes)
    host = np.where(np.asarray(machine.host_bytes_per_s) > 0, machine.host_bytes_per_s, np.nan)
    rate = c.link * np.where(shared, machine.scaleup_bytes_per_s, host)
    return np.where(each > 0, passes * each / rate, 0.0) + np.where(once > 0, once / rate, 0.0)


def decoding_s(c: Constants, work: Work, machine: Machine) -> Value:
    """From latents to pixels on one chip, a factor above what operations and bytes take."""
    operations = DECODER_FLOPS * work.positions * work.decoder_width**2 / machine.flops_per_s
    moved = DECODER_BYTES * work.positions * work.decoder_width / machine.memory_bytes_per_s
    return c.decode * (operations + moved)


def _per_flop_s(share: float, c: Constants, machine: Machine) -> Value:
    """Time of a FLOP: near either bound it is that bound, between them it is up to 1.41 times either."""
    return np.hypot(1.0 / (share * machine.flops_per_s), c.energy_pj * PICO / machine.power_w)
