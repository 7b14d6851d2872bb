"""Memory of the fullest chip, by part, and whether it fits.

Weights, gradients and optimiser state are what a rank holds of them after tensor, pipeline, expert
and data parallelism; activations are what the backward pass reads, of every microbatch in flight;
buffers are logits, weights gathered for a moment, and the gradient of the largest matrix before it is
added up. The first stage has most microbatches in flight, the last one has the head: the fuller
counts.

Source: ZeRO (arXiv 1910.02054); activations per layer, Korthikanti et al. 2022 (arXiv 2205.05198); in
flight, Narayanan et al. 2021 (arXiv 2104.04473): p microbatches in 1F1B, p (1 + (p - 1) / (p v))
interleaved. Checked against measured peaks in tests/published/test_training_memory.py.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard import units
from orchard.estimate.training.formulas.configuration import (
    BF16_BYTES,
    FSDP,
    FULL,
    GENERATIONS,
    NONE,
    OFFLOAD,
    SELECTIVE,
    UNFUSED,
    ZERO_1,
    ZERO_2,
    Hardware,
    Layout,
    Software,
    Value,
    lighter,
)
from orchard.estimate.training.formulas.shape import Shape, training_flops

# FP32 logits with their softmax in place, and the BF16 gradient. XLA computes the loss in the matmul's
# epilogue: BF16 logits, which their gradient replaces (assumed).
LOGIT_BYTES, XLA_LOGIT_BYTES = 6.0, 2.0
# The gradient of a matrix leaves its matmul in FP32 before it is added to the buffer.
MATRIX_GRADIENT_BYTES = 4.0
# FSDP gathers a layer ahead while it works on one; XLA gathers matrix by matrix, at most a layer (assumed).
GATHERED_LAYERS, XLA_GATHERED_LAYERS = 2.0, 1.0
# Layers whose activations are on the chip while others wait in the memory of the host: one at work, one
# on its way.
PRESENT_LAYERS = 2.0
# Share of the peak that tuned steps reach: what there is time for beside the work.
REACHED = 0.4
# A mixture whose dense layers are at most this share of all has them in front, on the first stage.
LEADING_SHARE = 0.25
# Bytes per score that unfused attention keeps: softmax, mask, dropout (arXiv 2205.05198, section 4.1).
UNFUSED_SCORE_BYTES = 5.0
# What the allocator holds beyond the peak: fragments, as a share; CUDA context and NCCL, in bytes.
FRAGMENTS = 0.02
CONTEXT_BYTES = 1.0 * units.factor("GiB")
# Memory chips come in powers of two: what vendors sell as 80 GB shows as 79.3 GiB.
VISIBLE = 0.99 * units.factor("GiB") / units.factor("GB")


class Memory(NamedTuple):
    """Bytes on the fullest chip."""

    weights: Value
    gradients: Value
    optimiser: Value
    activations: Value
    buffers: Value

    @property
    def allocated(self) -> Value:
        """Peak of what is allocated."""
        return self.weights + self.gradients + self.optimiser + self.activations + self.buffers

    @property
    def reserved(self) -> Value:
        """What the chip must have: allocated, fragments, context."""
        return self.allocated * (1 + FRAGMENTS) + CONTEXT_BYTES


class _Held(NamedTuple):
    """Weights before data parallelism: dense, routed experts."""

    dense: Value
    experts: Value


class _Kept(NamedTuple):
    """What a stage has of all layers, as shares: of dense weights, of experts, of activations."""

    dense: Value
    experts: Value
    activations: Value


def memory(shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Memory:
    """Memory of the fullest chip of a run.

    Parameters
    ----------
    shape, hardware, layout, software
        fields are floats or arrays that broadcast; of `hardware` only its generation matters

    Returns
    -------
    Memory, bytes
    """
    pp, vp, m = layout.pp, layout.vp, np.maximum(layout.microbatches, 1.0)
    slots = np.minimum(np.ceil(shape.layers / (pp * vp)) * vp, shape.layers)
    share = slots / shape.layers
    single = np.equal(pp, 1)
    multi = np.asarray(software.multi_token)
    head = _Held(
        shape.head * (1 - shape.tied * single) + multi * shape.mtp_weights, multi * shape.mtp_experts
    )
    table = _Held(shape.embedding + np.where(single, head.dense, 0.0), np.where(single, head.experts, 0.0))
    ahead = np.where(vp > 1, (pp - 1) / vp, 0.0)  # chunks of the other stages, in stages
    at_first = np.minimum(pp + ahead, m)
    at_last = np.minimum(np.where(vp > 1, pp - ahead, 1.0), m)
    leading = shape.dense_ffn_layers <= LEADING_SHARE * shape.layers
    mixtures = np.where(leading, np.minimum(slots, shape.moe_layers), share * shape.moe_layers)
    last_share = mixtures / np.maximum(shape.moe_layers, 1.0)
    xla = np.equal(hardware.generation, GENERATIONS.index("tpu"))
    modules = multi * shape.mtp_layers
    logits = layout.tokens * shape.vocabulary / layout.tp * np.where(xla, XLA_LOGIT_BYTES, LOGIT_BYTES)
    logits = logits * (1 + modules)
    gathered = np.where(xla, XLA_GATHERED_LAYERS, GATHERED_LAYERS)
    with_modules = share + modules / shape.layers
    front = _Kept(share, share, np.where(single, with_modules, share))
    back = _Kept(share, last_share, with_modules)
    whole = np.where(single, logits, 0.0)
    first = _stage(shape, layout, software, gathered, front, table, at_first, whole)
    last = _stage(shape, layout, software, gathered, back, head, at_last, logits)
    fuller = single | (first.allocated >= last.allocated)
    return Memory(*(np.where(fuller, one, other) for one, other in zip(first, last, strict=True)))


def room(hardware: Hardware) -> Value:
    """Bytes of a chip that a run may reserve."""
    return VISIBLE * hardware.memory_bytes


def fits(needed: Memory, hardware: Hardware) -> NDArray[np.bool_]:
    """Whether the chip has what a run reserves."""
    return np.asarray(needed.reserved <= room(hardware))


def least_recompute(shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Value:
    """What a run that says nothing of recomputation does: index into RECOMPUTE.

    None where that fits, else selective where that does. Then offload where the stack does so and what
    is kept goes to the host and back while the chip works, else full, and offload where that does not
    fit either. Tuned runs rarely compute whole layers again.
    """
    carried = 2 * kept_bytes(shape, layout._replace(recompute=float(OFFLOAD)), software)
    flops = training_flops(shape, layout.sequence, software.multi_token) * layout.tokens / layout.tp
    slow = carried / hardware.host_bytes_per_s > flops / (REACHED * hardware.linear_flops_per_s)
    slow = slow | (np.asarray(software.offloads) == 0)
    wanted: Value = float(OFFLOAD)
    for level in (FULL, SELECTIVE, NONE):
        enough = fits(memory(shape, hardware, layout._replace(recompute=level), software), hardware)
        wanted = np.where(enough & (slow | (level != FULL)), float(level), wanted)
    return wanted


def _stage(
    shape: Shape,
    layout: Layout,
    software: Software,
    gathered: Value,
    share: _Kept,
    outside: _Held,
    in_flight: Value,
    logits: Value,
) -> Memory:
    """Memory of a rank of a stage that holds shares of the layers, and weights outside them.

    FSDP has `gathered` layers whole at a time.
    """
    tp, cut = layout.tp, layout.ep * layout.etp
    held = _Held(
        (shape.dense_weights * share.dense + outside.dense) / tp,
        (shape.expert_weights * share.experts + outside.experts) / cut,
    )
    replicas = layout.dp * layout.cp
    ranks = np.minimum(layout.shard_ranks, replicas)
    expert_ranks = np.maximum(replicas * tp / cut, 1.0)

    def sharded(level: float, bytes_each: Value) -> Value:
        split = np.greater_equal(layout.shard, level)
        dense = held.dense / np.where(split, ranks, 1.0)
        experts = held.experts / np.where(split, np.minimum(ranks * tp, expert_ranks), 1.0)
        return bytes_each * (dense + experts)

    layer = shape.dense_weights / tp / shape.layers + shape.expert_weights / cut / np.maximum(
        shape.moe_layers, 1.0
    )
    whole = np.where(np.asarray(software.kept_gathered) > 0, held.dense + held.experts, gathered * layer)
    whole = np.where(np.greater_equal(layout.shard, FSDP), BF16_BYTES * whole, 0.0)
    widest = np.maximum(shape.inner - 1, 1) * shape.hidden * shape.ffn
    trained = 1.0 - np.asarray(software.frozen)
    matrix = trained * MATRIX_GRADIENT_BYTES * widest / tp
    unreduced = np.equal(layout.shard, FSDP) & (np.asarray(software.kept_gathered) > 0) & (layout.pp > 1)
    gradients = np.where(unreduced, held.dense + held.experts, sharded(ZERO_2, 1.0))
    return Memory(
        weights=sharded(FSDP, BF16_BYTES),
        gradients=trained * software.gradient_bytes * gradients,
        optimiser=trained * sharded(ZERO_1, software.optimiser_bytes),
        activations=_activations(shape, layout, software, share.activations * in_flight),
        buffers=logits + whole + matrix,
    )


def kept_bytes(shape: Shape, layout: Layout, software: Software) -> Value:
    """Bytes that one microbatch leaves in all layers of a rank, full recomputation apart."""
    tp, recompute = layout.tp, np.asarray(layout.recompute)
    norms = np.where(np.asarray(software.sequence_parallel) > 0, tp, 1.0)
    kept = shape.kept_whole / norms + (shape.kept_split + shape.kept_experts) / tp
    scores = shape.softmax_layers * shape.heads * layout.sequence / tp * UNFUSED_SCORE_BYTES / BF16_BYTES
    kept = kept + np.where(np.equal(software.attention, UNFUSED) & (recompute == NONE), scores, 0.0)
    cheap = shape.kept_norms / norms + shape.kept_cheap / tp
    return layout.tokens * BF16_BYTES * (kept - np.where(lighter(recompute), cheap, 0.0))


def _activations(shape: Shape, layout: Layout, software: Software, passes: Value) -> Value:
    """Bytes that microbatches leave on a rank: those of one in all layers, `passes` times."""
    norms = np.where(np.asarray(software.sequence_parallel) > 0, layout.tp, 1.0)
    kept = kept_bytes(shape, layout, software)
    inputs = layout.tokens * BF16_BYTES * shape.kept_input / norms
    live = kept / shape.layers
    full = np.minimum(inputs * passes + live, kept * passes)
    recompute = np.asarray(layout.recompute)
    held = np.where(recompute == FULL, full, kept * passes)
    return np.where(recompute == OFFLOAD, np.minimum(kept * passes, PRESENT_LAYERS * live), held)
