"""Time of the work on one chip: matmuls, attention, and what memory bandwidth or the host bounds.

All times are of one microbatch through all layers (divide by stages), forward and backward.

matmul     operations over the reachable rate, plus the operands' way to and from memory. The rate is
           the dense peak times an efficiency of the generation, less what power takes: the clock of
           a chip falls as its peak per watt grows.
attention  3.5 forward passes: the backward pass computes the scores again (Dao 2023, arXiv
           2307.08691); older stacks keep the scores instead and pay memory for it.
memory     bytes of norms, activations, rotations, scans over the memory bandwidth.
routing    tokens into the order of their experts and back.
host       time that the host needs to launch a layer, or to take and bring back what is offloaded, as
           far as the chip does not cover it.

Source: roofline with additive operands, Williams et al. 2009; passes counted from the definitions of
the layers; efficiencies are fitted (constants).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.estimate.training.formulas.configuration import (
    ATTENTION,
    BF16,
    BF16_BYTES,
    FULL,
    GENERATIONS,
    OFFLOAD,
    TPU,
    UNFUSED,
    Hardware,
    Layout,
    Software,
    Value,
    lighter,
)
from orchard.estimate.training.formulas.constants import Constants
from orchard.estimate.training.formulas.memory import kept_bytes
from orchard.estimate.training.formulas.shape import Shape, context_flops

# Bytes of an operand of a matmul, by PRECISIONS.
OPERAND_BYTES = np.array([2.0, 1.0, 1.0, 0.5])
# Forward, gradient of the input, gradient of the weights.
MATMUL_PASSES = 3.0
# Fused attention computes the scores again in its backward pass: 1 + 2.5 forward passes.
ATTENTION_PASSES = 3.5
# Passes over the residual stream in one sublayer forward: norm reads and writes twice, addition reads
# two and writes one, and the sublayer's input and output once more.
RESIDUAL_PASSES = 8.0
PROJECTION_PASSES = 3.0
ACTIVATION_PASSES = 1.5
# The backward pass moves about as much again.
BOTH_WAYS = 2.0
# Of a forward pass of norms and activations, what selective recomputation does again.
SELECTIVE_SHARE = 0.5
# A multi-token-prediction module maps hidden state and next embedding, 2 hidden, to hidden.
MTP_PROJECTION = 2.0
# Bytes that a score of unfused attention moves, forward and backward: score, softmax, mask, dropout,
# and their gradients, in BF16 and bytes (Korthikanti et al. 2022, arXiv 2205.05198, section 4.1).
SCORE_TRAFFIC_BYTES = 24.0
# Logits in BF16 forward and backward, and FP32 passes of the loss.
LOSS_BYTES = 20.0
# Passes over what an expert reads, and over its inner width, in permuting, activating and combining.
ENTRY_PASSES = 6.0
INNER_PASSES = 2.0


class Work(NamedTuple):
    """Seconds of one microbatch through all layers on one chip, and of the head on its stage."""

    matmul: Value
    attention: Value
    memory: Value
    routing: Value
    host: Value
    head: Value

    @property
    def layers(self) -> Value:
        """All but the head."""
        return self.matmul + self.attention + self.memory + self.routing + self.host


class Rates(NamedTuple):
    """Reachable operations per second: BF16 matmuls, matmuls of the layers' format, attention."""

    bf16: Value
    linear: Value
    attention: Value


def rates(c: Constants, hardware: Hardware, layout: Layout, software: Software) -> Rates:
    """Reachable rates of a chip.

    The time of an operation is ``1 / (efficiency peak) + heat / power``: what the units take, and what
    the energy takes; `heat` is in watts per TFLOP/s of BF16, narrower formats take less by their width.
    However fast a stack is, its matmuls and its attention never pass the peak.
    """
    by_generation = (
        c.matmul_ampere,
        c.matmul_hopper,
        c.matmul_blackwell,
        c.matmul_blackwell,
        c.matmul_tpu,
        c.matmul_other,
    )
    efficiency = np.array(by_generation)[hardware.generation]
    gain = np.array([1.0, c.fp8, c.mxfp8, c.nvfp4])[layout.precision]
    heat = c.heat / units.factor("TFLOP/s") / hardware.tdp_w
    wide, linear = hardware.bf16_flops_per_s, hardware.linear_flops_per_s
    narrow = OPERAND_BYTES[layout.precision] / BF16_BYTES
    most = pace(c, software)
    return Rates(
        np.minimum(1 / (1 / (efficiency * wide) + heat), most * wide),
        np.minimum(1 / (1 / (efficiency * gain * linear) + heat * narrow), most * linear),
        wide * np.minimum(_attention_efficiency(c, hardware, software), most),
    )


def pace(c: Constants, software: Software) -> Value:
    """Time of a step with a stack, in its release, beside the model."""
    return software.slowdown * np.exp(-c.yearly_gain * np.asarray(software.years))


def _attention_efficiency(c: Constants, hardware: Hardware, software: Software) -> Value:
    """Share of the BF16 peak that attention reaches, by kernel and generation."""
    own = (
        c.attention_ampere,
        c.attention_hopper,
        c.attention_blackwell,
        c.attention_blackwell_ultra,
        c.attention_tpu,
        c.attention_flash,
    )
    triton = (c.attention_ampere, *[c.attention_alibi] * 3, c.attention_tpu, c.attention_alibi)
    flash = (c.attention_flash_ampere, *[c.attention_flash] * 3, c.attention_tpu, c.attention_flash)
    table = np.array([triton, triton, flash, own])
    assert table.shape == (len(ATTENTION), len(GENERATIONS))
    share: Value = table[software.attention, hardware.generation]
    return share


def work(c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Work:
    """Time of one microbatch on one chip.

    Returns
    -------
    seconds, of the shape that all fields broadcast to
    """
    rate = rates(c, hardware, layout, software)
    full = np.where(np.equal(layout.recompute, FULL), 1.0, 0.0)
    again = 1.0 + full / matmul_passes(software)
    selective = np.where(lighter(layout.recompute), SELECTIVE_SHARE, 0.0)
    again_memory = 1.0 + (full + selective) / BOTH_WAYS
    matmul = _matmuls(c, shape, hardware, layout, software, rate) * again
    attention = _attention(shape, hardware, layout, software, rate, full)
    memory = _memory(c, shape, hardware, layout, software, again_memory)
    routing = _routing(c, shape, hardware, layout, software) * (1.0 + full / BOTH_WAYS)
    chip = matmul + attention + memory + routing
    launch = (
        c.host_s * shape.layers
        + (c.host_mixture_s + c.host_routing_s * software.host_sync) * shape.moe_layers
    )
    launch = np.where(np.equal(hardware.generation, TPU), 0.0, launch)
    host = np.sqrt(chip * chip + launch * launch) - chip
    carried = 2 * kept_bytes(shape, layout, software) / hardware.host_bytes_per_s  # there and back
    carried = np.where(np.equal(layout.recompute, OFFLOAD), carried, 0.0)
    host = host + np.maximum(carried - chip - host, 0.0)
    head = _head(c, shape, hardware, layout, software, rate)
    extra = software.multi_token * shape.mtp_layers
    mtp = extra * ((chip + host) / shape.layers + head + _mtp_projection(shape, layout, rate))
    return Work(matmul, attention, memory, routing, host, head + mtp)


def matmul_passes(software: Software) -> Value:
    """Matmuls of a weight for one forward: frozen weights need no gradient of their own."""
    return MATMUL_PASSES - software.frozen


def _matmuls(
    c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software, rate: Rates
) -> Value:
    """All matrices of the layers, forward and backward."""
    passes = matmul_passes(software)
    operand = OPERAND_BYTES[layout.precision] * c.operand_passes * passes / hardware.memory_bytes_per_s
    tokens, tp = layout.tokens, layout.tp
    dense = (
        shape.softmax_layers * shape.attention_matrix
        + shape.linear_layers * shape.linear_matrix
        + shape.mamba_layers * shape.mamba_matrix
        + shape.dense_ffn_layers * shape.dense_ffn_matrix
        + shape.moe_layers * shape.shared_matrix
    )
    groups = (
        shape.softmax_layers
        + shape.linear_layers
        + shape.mamba_layers
        + shape.dense_ffn_layers
        + shape.moe_layers * (shape.shared_matrix > 0)
    )
    expanded = np.where(lighter(layout.recompute), shape.softmax_layers * shape.expansion_matrix, 0.0)
    flops = 2 * tokens / tp * (passes * dense + expanded)
    moved = groups * tokens * shape.hidden + (1.0 + tokens / shape.hidden) * (dense / tp)
    visits = tokens * shape.experts_per_token / tp
    routed = shape.moe_layers * visits * shape.expert_matrix
    resident = shape.moe_layers * shape.experts * shape.expert_matrix / (layout.ep * layout.etp)
    entry = np.maximum(shape.expert_entry, 1.0)
    routed_moved = resident + shape.moe_layers * visits * layout.etp * entry + routed / entry
    return (
        flops / rate.linear
        + 2 * passes * routed / rate.linear * (1.0 + c.expert_width / entry)
        + operand * (moved + routed_moved)
    )


def _attention(
    shape: Shape, hardware: Hardware, layout: Layout, software: Software, rate: Rates, full: Value
) -> Value:
    """Scores and their use, and the recurrences of linear and Mamba layers."""
    flops = context_flops(shape, layout.sequence)
    selective = np.where(lighter(layout.recompute), 1.0, 0.0)
    unfused = np.equal(software.attention, UNFUSED)
    passes = np.where(unfused, MATMUL_PASSES + full + selective, ATTENTION_PASSES + full)
    per_token = layout.tokens / layout.tp
    scores = (
        shape.softmax_layers * shape.heads * layout.sequence * np.where(unfused, SCORE_TRAFFIC_BYTES, 0.0)
    )
    kept = scores * (1 + (full + selective) / MATMUL_PASSES) / hardware.memory_bytes_per_s
    scan = shape.scan_flops * (ATTENTION_PASSES + full)
    return per_token * ((flops * passes + scan) / rate.attention + kept)


def _memory(
    c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software, again: Value
) -> Value:
    """Norms, activations, rotations, scans and quantisation."""
    h = shape.hidden
    mixers = shape.softmax_layers + shape.linear_layers + shape.mamba_layers
    sublayers = mixers + shape.dense_ffn_layers + shape.moe_layers
    whole = np.where(np.asarray(software.sequence_parallel) > 0, 1.0, layout.tp)
    passes = c.elementwise_passes * (1.0 + (c.eager_passes - 1.0) * software.eager)
    stream = whole * sublayers * RESIDUAL_PASSES * h
    inner = (
        shape.softmax_layers * PROJECTION_PASSES * shape.attention_matrix / h
        + c.scan_passes * shape.mixer_channels
        + ACTIVATION_PASSES * shape.dense_ffn_layers * shape.inner * shape.ffn
    )
    numbers = BOTH_WAYS * again * passes * (stream + inner)
    narrow = np.where(np.equal(layout.precision, BF16), 0.0, c.quantise_passes) * matmul_passes(software)
    fused = 1.0 + (c.fused_routing - 1.0) * software.fused_experts
    inputs = (shape.softmax_layers + shape.dense_ffn_layers) * h * layout.tp
    outputs = (
        shape.softmax_layers * (h + shape.attention_matrix / h)
        + shape.dense_ffn_layers * (h + shape.inner * shape.ffn)
        + fused
        * shape.moe_layers
        * shape.experts_per_token
        * (shape.expert_entry + shape.inner * shape.expert_ffn)
    )
    numbers = numbers + narrow * (inputs + outputs)
    return layout.tokens / layout.tp * BF16_BYTES * numbers / hardware.memory_bytes_per_s


def _routing(c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Value:
    """Permuting tokens to experts, activating, combining."""
    fused = 1.0 + (c.fused_routing - 1.0) * software.fused_experts
    numbers = ENTRY_PASSES * shape.expert_entry + INNER_PASSES * shape.inner * shape.expert_ffn
    visits = layout.tokens / layout.tp * shape.experts_per_token * shape.moe_layers
    moved = BOTH_WAYS * BF16_BYTES * visits * numbers
    return c.routing_passes * fused * moved / hardware.memory_bytes_per_s


def _head(
    c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software, rate: Rates
) -> Value:
    """Output matrix and loss; the matrix is multiplied in BF16."""
    tokens = layout.tokens / layout.tp
    loss = c.loss_passes * LOSS_BYTES * shape.vocabulary / hardware.memory_bytes_per_s
    return tokens * (2 * matmul_passes(software) * shape.head / rate.bf16 + loss)


def _mtp_projection(shape: Shape, layout: Layout, rate: Rates) -> Value:
    """The map from hidden state and next embedding into a multi-token-prediction module."""
    return 2 * MATMUL_PASSES * layout.tokens / layout.tp * MTP_PROJECTION * shape.hidden**2 / rate.linear
