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

from orchard.estimate.training.configuration import Hardware, Layout, Software, Value
from orchard.estimate.training.constants import Constants
from orchard.estimate.training.kernels import BF16_BYTES
from orchard.estimate.training.shape import Shape

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
    sublayers = (
        shape.softmax_layers
        + shape.linear_layers
        + shape.mamba_layers
        + shape.dense_ffn_layers
        + shape.moe_layers
    )
    again = np.where(layout.recompute == 2, 1.5, 1.0)
    rate = np.where(tp <= link.domain, link.inside, link.network)
    shown = _shown(c.tensor_exposed, software)
    tensor = shown * TENSOR_EXCHANGES * again * sublayers * (tp - 1) / tp * stream / rate
    rate = np.where(tp * cp <= link.domain, link.inside, link.network)
    keys = tokens * shape.kv_width * BF16_BYTES / tp
    context = CONTEXT_EXCHANGES * shape.softmax_layers * (cp - 1) * keys / rate
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
    return EXPERT_EXCHANGES * shape.moe_layers * np.where(ep > 1, each, near_shown * gathered)


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
    tp, pp, cp = layout.tp, layout.pp, layout.cp
    outside_layers = shape.embedding + shape.head * (1 - shape.tied)
    dense = (shape.dense_weights + outside_layers + software.multi_token * shape.mtp_weights) / (tp * pp)
    experts = shape.expert_weights / (layout.ep * layout.etp * pp)
    replicas = layout.dp * cp
    expert_replicas = np.maximum(replicas * tp / (layout.ep * layout.etp), 1.0)
    trained = 1.0 - np.asarray(software.frozen)
    per_weight = trained * (software.gradient_bytes + BF16_BYTES)
    stride = layout.ep * layout.etp
    expert_ring = _ring(experts * per_weight, expert_replicas, link.ring(expert_replicas, stride))
    gathers = _shown(c.data_exposed, software)
    updates = _shown(c.update_exposed, software)

    group = np.minimum(layout.shard_ranks, replicas)
    gather = _ring(dense * BF16_BYTES, group, link.ring(group, tp))
    gathers_each = np.where(np.asarray(software.kept_gathered) > 0, 1.0, 2.0)  # then gradients go back
    times = layout.microbatches * (gathers_each + trained)
    copies = replicas / group
    across = _ring(
        trained * dense / group * software.gradient_bytes * 2, copies, link.ring(copies, tp * group)
    )
    cover = layout.microbatches * stage
    # Interleaved stages finish their chunks one after another: exchanges start as many stages earlier.
    window = stage * np.where(layout.vp > 1, np.minimum(layout.microbatches, pp), 1.0)
    sharded = _exposed(gathers, times * gather, cover) + _exposed(updates, across + expert_ring, window)
    once = _ring(dense * per_weight, replicas, link.ring(replicas, tp)) + expert_ring
    return np.where(np.asarray(layout.shard) >= 3, sharded, _exposed(updates, once, window))


def _exposed(shown: Value, busy: Value, cover: Value) -> Value:
    """What shows of an exchange: its share, and more of it the longer it is beside its cover."""
    return busy * (shown + (1 - shown) * busy / np.maximum(busy + cover, 1e-12))


def _ring(sent: Value, size: Value, rate: Value) -> Value:
    return (size - 1) / size * sent / rate


def _shown(share: Value, software: Software) -> Value:
    """Without overlap everything shows."""
    return 1.0 + (np.minimum(share, 1.0) - 1.0) * software.overlap
