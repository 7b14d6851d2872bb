"""Time of communication: how long the exchanges of one step take, and how much of it shows.

Times come from bytes over the bandwidth that a share of the link reaches; what shows beside the work
they overlap with is a fitted share. Groups are laid out tensor, context, data, pipeline: a group whose
span fits into the scale-up domain uses its link, a wider one the network, with the links of all its
members in a domain together.

Source: ring algorithms move (G - 1) / G of the bytes (Patarasuk and Yuan 2009); Megatron-LM sequence
parallelism, arXiv 2205.05198; ZeRO, arXiv 1910.02054; overlap as in Calculon (2023).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.estimate.training.formulas.configuration import (
    BF16_BYTES,
    DDP,
    FSDP,
    FULL,
    ZERO_2,
    Hardware,
    Layout,
    Software,
    Value,
)
from orchard.estimate.training.formulas.constants import Constants
from orchard.estimate.training.formulas.shape import Shape

# Gather and scatter, around both sublayers, forward and backward.
TENSOR_EXCHANGES = 4.0
# To the experts and back, forward and backward.
EXPERT_EXCHANGES = 4.0
# Keys and values forward; again, with their gradients, backward.
CONTEXT_EXCHANGES = 3.0
# Activations forward, gradients backward.
STAGE_EXCHANGES = 2.0
# Share of attention's time that a ring exchange hides behind, and share that always shows.
CONTEXT_HIDDEN = 0.8
CONTEXT_SHOWN = 0.1


class Bandwidth(NamedTuple):
    """Bytes per second that a rank gets inside its scale-up domain and on the network."""

    inside: Value
    network: Value
    domain: Value

    def ring(self, size: Value, stride: Value) -> Value:
        """Bandwidth per rank of a ring of `size` ranks, `stride` ranks apart."""
        members = np.maximum(self.domain / stride, 1.0)
        outside = np.minimum(self.inside, self.network * members)
        return np.where(size * stride <= self.domain, self.inside, outside)


class Exchange(NamedTuple):
    """Seconds of one microbatch through all layers that communication shows."""

    tensor: Value
    context: Value
    expert: Value

    @property
    def total(self) -> Value:
        """All kinds together."""
        return self.tensor + self.context + self.expert


def bandwidth(c: Constants, hardware: Hardware) -> Bandwidth:
    """What links reach."""
    return Bandwidth(
        c.scaleup * hardware.scaleup_bytes_per_s,
        c.scaleout * hardware.scaleout_bytes_per_s,
        hardware.domain,
    )


def exchange(
    c: Constants, shape: Shape, layout: Layout, software: Software, link: Bandwidth, attention_s: Value
) -> Exchange:
    """Communication inside the layers, of one microbatch; `attention_s` hides context exchanges."""
    tokens, tp, cp = layout.tokens, layout.tp, layout.cp
    stream = tokens * shape.hidden * BF16_BYTES
    shared = shape.moe_layers * (shape.shared_matrix > 0)  # routed experts have exchanges of their own
    mixers = shape.softmax_layers + shape.linear_layers + shape.mamba_layers
    sublayers = mixers + shape.dense_ffn_layers + shared
    full = np.where(np.equal(layout.recompute, FULL), 1.0, 0.0)
    shown = _shown(c.tensor_exposed, software)
    each = shown * (TENSOR_EXCHANGES + full * TENSOR_EXCHANGES / 2) * sublayers
    tensor = each * _ring(stream, tp, link.ring(tp, 1.0))
    keys = tokens * shape.kv_width * BF16_BYTES / tp
    passed = (CONTEXT_EXCHANGES + full) * shape.softmax_layers * (cp - 1) * keys
    context = passed / link.ring(cp, tp)
    hidden = CONTEXT_HIDDEN * attention_s * software.overlap
    context = np.maximum(context - hidden, CONTEXT_SHOWN * context)
    return Exchange(tensor, context, _expert(c, shape, layout, software, link))


def _expert(c: Constants, shape: Shape, layout: Layout, software: Software, link: Bandwidth) -> Value:
    """Tokens to their experts and back: within the domain, and once to each domain beyond.

    Interleaved stages have the other direction of another microbatch to work on meanwhile.
    """
    ep, etp = layout.ep, layout.etp
    tokens = layout.tokens / layout.tp
    row = shape.expert_entry * BF16_BYTES
    span = ep * etp
    near = np.minimum(link.domain, span)
    domains = np.maximum(span / link.domain, 1.0)
    inside = tokens * shape.experts_per_token * (1 - 1 / near) * row / link.inside
    visited = np.minimum(shape.experts_per_token, domains)
    outside = tokens * visited * (1 - 1 / domains) * row / link.network
    gathered = 2 * tokens * shape.experts_per_token * (etp - 1) * row / link.inside
    beside = np.where(layout.vp > 1, min(c.expert_interleaved, 1.0), 1.0)
    near_shown = _shown(c.expert_exposed * beside, software)
    far_shown = _shown(c.expert_network_exposed * beside, software)
    each = near_shown * (inside + gathered) + far_shown * outside
    again = np.where(np.equal(layout.recompute, FULL), EXPERT_EXCHANGES / 2, 0.0)
    return (EXPERT_EXCHANGES + again) * shape.moe_layers * np.where(ep > 1, each, near_shown * gathered)


def stage_s(c: Constants, shape: Shape, layout: Layout, software: Software, link: Bandwidth) -> Value:
    """Sends between pipeline stages that show, of one microbatch."""
    sent = STAGE_EXCHANGES * layout.vp * layout.tokens * shape.hidden * BF16_BYTES / layout.tp
    inner = layout.chips / layout.pp
    rate = np.where(inner < link.domain, link.inside, link.network)
    shown = _shown(c.point_to_point_exposed, software)
    return np.where(layout.pp > 1, shown * sent / rate, 0.0)


def data_s(
    c: Constants, shape: Shape, layout: Layout, software: Software, link: Bandwidth, stage: Value
) -> Value:
    """Exchanges of weights and gradients that show, per step.

    `stage` is the time of one microbatch on a stage: what they can hide behind. The more they take
    beside it, the more of them shows.
    """
    held = on_rank(shape, layout, software)
    stride = layout.ep * layout.etp
    replicas = layout.dp * layout.cp
    expert_replicas = np.maximum(replicas * layout.tp / stride, 1.0)
    m, trained = layout.microbatches, 1.0 - np.asarray(software.frozen)
    shard = np.asarray(layout.shard)
    gathers, updates = _shown(c.data_exposed, software), _shown(c.update_exposed, software)
    cover = m * stage
    # Interleaved stages finish their chunks one after another: exchanges start as many stages earlier.
    window = stage * np.where(layout.vp > 1, np.minimum(m, layout.pp), 1.0)

    def rings(dense: Value, experts: Value) -> Value:
        """Time of one exchange of so many bytes of each kind."""
        near = _ring(dense, replicas, link.ring(replicas, layout.tp))
        return near + _ring(experts, expert_replicas, link.ring(expert_replicas, stride))

    summed = np.where(shard == ZERO_2, m, np.where(shard == DDP, 2.0, 1.0))  # DDP gathers what it sums
    per_weight = trained * (summed * software.gradient_bytes + np.where(shard == DDP, 0.0, BF16_BYTES))
    once = rings(held.dense * per_weight, held.experts * per_weight)
    once = _exposed(updates, once, np.where(shard == ZERO_2, cover, window))

    kept = np.asarray(software.kept_gathered) > 0
    gathered = np.where(kept, 1.0, 2.0) * BF16_BYTES
    times = np.where(kept & (layout.pp > 1), 1.0, m)  # stages keep weights and gradients to the end of a step
    per_weight = times * (gathered + trained * software.gradient_bytes)
    group = np.minimum(layout.shard_ranks, replicas)
    expert_group = np.maximum(np.minimum(group * layout.tp, expert_replicas), 1.0)
    busy = _ring(held.dense * per_weight, group, link.ring(group, layout.tp))
    busy = busy + _ring(held.experts * per_weight, expert_group, link.ring(expert_group, stride))
    copied = 2 * trained * software.gradient_bytes
    copies, expert_copies = replicas / group, expert_replicas / expert_group
    across = _ring(copied * held.dense / group, copies, link.ring(copies, layout.tp * group))
    across = across + _ring(
        copied * held.experts / expert_group, expert_copies, link.ring(expert_copies, stride * expert_group)
    )
    sharded = _exposed(gathers, busy, cover) + _exposed(updates, across, window)
    return np.where(shard == FSDP, sharded, once)


class OnRank(NamedTuple):
    """Weights that one rank works on: dense, and of routed experts; a mean over stages."""

    dense: Value
    experts: Value


def on_rank(shape: Shape, layout: Layout, software: Software) -> OnRank:
    """What tensor, pipeline and expert parallelism leave a rank."""
    multi = software.multi_token
    outside = shape.embedding + shape.head * (1 - shape.tied) + multi * shape.mtp_weights
    return OnRank(
        (shape.dense_weights + outside) / (layout.tp * layout.pp),
        (shape.expert_weights + multi * shape.mtp_experts) / (layout.ep * layout.etp * layout.pp),
    )


def _exposed(shown: Value, busy: Value, cover: Value) -> Value:
    """What shows of an exchange: its share, and more of it the longer it is beside its cover."""
    return busy * (shown + (1 - shown) * busy / np.maximum(busy + cover, 1e-12))


def _ring(sent: Value, size: Value, rate: Value) -> Value:
    return (size - 1) / size * sent / rate


def _shown(share: Value, software: Software) -> Value:
    """Without overlap everything shows."""
    return 1.0 + (np.minimum(share, 1.0) - 1.0) * software.overlap
