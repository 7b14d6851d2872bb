"""On what, how, with what: hardware, layout and software of training runs, as numbers that broadcast.

Each class holds floats (one run) or arrays (many); fields broadcast against each other, so that a
search over layouts of one model on one chip keeps everything but the layout scalar.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.catalogue.chip import Chip

Array = NDArray[np.float64]
Value = float | Array
Code = int | NDArray[np.intp]

# What the codes of `precision`, `recompute`, `generation` and `attention` stand for, in order.
PRECISIONS = ("bf16", "fp8", "mxfp8", "nvfp4")
# Offload: selective recomputation, and what is kept beyond a layer waits in the memory of the host.
RECOMPUTE = ("none", "selective", "full", "offload")
GENERATIONS = ("ampere", "hopper", "blackwell", "blackwell-ultra", "tpu", "other")
# Blackwell Ultra has twice the exponentials, and FP4 operations beyond four times those of BF16.
ULTRA_FP4_RATIO = 5.0
ATTENTION = ("unfused", "triton", "flash-2", "fused")
BF16, FP8, MXFP8, NVFP4 = range(len(PRECISIONS))
NONE, SELECTIVE, FULL, OFFLOAD = range(len(RECOMPUTE))
UNFUSED, TRITON, FLASH, FUSED = range(len(ATTENTION))
TPU = GENERATIONS.index("tpu")
# What data parallelism shards (`Layout.shard`); 0 is nothing.
DDP, ZERO_1, ZERO_2, FSDP = range(4)
BF16_BYTES, FP32_BYTES = 2.0, 4.0
# Chips of one node.
NODE_CHIPS = 8.0


class Hardware(NamedTuple):
    """One chip and its links; rates are dense, per package, one way."""

    bf16_flops_per_s: Value
    linear_flops_per_s: Value  # in the format of the layers' matmuls
    memory_bytes: Value
    memory_bytes_per_s: Value
    domain: Value  # chips joined by the fast link
    scaleup_bytes_per_s: Value
    scaleout_bytes_per_s: Value
    tdp_w: Value  # infinite when unknown: then power does not bound the clock
    generation: Code
    host_bytes_per_s: Value = np.inf  # to the memory of the host; infinite when unknown


class Layout(NamedTuple):
    """How a run is cut over its chips; sizes of groups are at least 1.

    Data parallelism has ``dp = chips / (tp pp cp)`` replicas. Experts are cut over `ep` ranks, each
    expert over `etp`. `shard` is what data parallelism shards over `shard_ranks` ranks: 0 nothing,
    1 optimiser state (ZeRO-1), 2 gradients too, 3 weights too (FSDP; with fewer ranks than replicas,
    HSDP). `recompute` indexes RECOMPUTE, `precision` PRECISIONS.
    """

    chips: Value
    sequence: Value  # tokens
    batch: Value  # sequences per step
    micro_batch: Value  # sequences per microbatch and replica
    tp: Value
    pp: Value
    cp: Value
    vp: Value  # stages of the interleaved schedule on each rank
    ep: Value
    etp: Value
    shard: Value
    shard_ranks: Value
    recompute: Value
    precision: Code

    @property
    def dp(self) -> Value:
        """Replicas."""
        return self.chips / (self.tp * self.pp * self.cp)

    @property
    def microbatches(self) -> Value:
        """Microbatches of a replica in a step."""
        return self.batch / (self.micro_batch * self.dp)

    @property
    def tokens(self) -> Value:
        """Tokens of a microbatch that a rank sees before tensor parallelism splits them."""
        return self.micro_batch * self.sequence / self.cp


class Software(NamedTuple):
    """What the stack does: how much slower than the reference it is, and what it leaves out."""

    slowdown: Value = 1.0  # fitted per stack, on step time
    years: Value = 0.0  # of releases, from 2026 on; 0 where versions say no date
    sequence_parallel: Value = 1.0  # 1 when norms are split over tensor-parallel ranks
    multi_token: Value = 0.0  # 1 when multi-token-prediction modules are trained
    gradient_bytes: Value = 4.0  # bytes a gradient is accumulated in
    optimiser_bytes: Value = 12.0  # bytes of state per trained weight, master weight included
    eager: Value = 0.0  # 1 when elementwise operations are not fused
    attention: Code = 3  # index into ATTENTION
    fused_experts: Value = 0.0  # 1 when experts' activation and quantisation are part of their matmuls
    host_sync: Value = 0.0  # 1 when the host waits for the routing of every mixture layer
    kept_gathered: Value = 0.0  # 1 when FSDP keeps weights from forward to backward; with stages, all step
    overlap: Value = 1.0  # 0 when no communication is hidden behind work
    offloads: Value = 1.0  # 1 when its recipes offload activations, where a run does not say
    frozen: Value = 0.0  # 1 when adapters alone are trained: no gradients of weights, no optimiser


def lighter(recompute: Value) -> NDArray[np.bool_]:
    """Where what is cheap is computed again: selective recomputation, with or without offloading."""
    return np.equal(recompute, SELECTIVE) | np.equal(recompute, OFFLOAD)


def generation(chip: Chip) -> int:
    """Which family of kernels a chip runs: index into GENERATIONS."""
    if chip.vendor == "Google":
        return TPU
    if chip.vendor != "NVIDIA":
        return GENERATIONS.index("other")
    if chip.fp4_flops_per_s:
        ultra = chip.fp4_flops_per_s > ULTRA_FP4_RATIO * (chip.bf16_flops_per_s or np.inf)
        return GENERATIONS.index("blackwell-ultra" if ultra else "blackwell")
    return GENERATIONS.index("hopper" if chip.fp8_flops_per_s else "ampere")
