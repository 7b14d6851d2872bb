"""The time of a training step, in parts that sum to it.

Every rank of a pipeline runs ``m`` microbatches through its layers; the slowest stage sets the pace,
the others wait for it at the start and the end (the bubble). Then gradients are exchanged, weights
updated. Everything is closed form on arrays that broadcast: one run is the one-row case.

Source: Narayanan et al. 2021 (arXiv 2104.04473) for the interleaved schedule and its bubble
(p - 1) / (v m); the rest in :mod:`kernels <orchard.estimate.training.formulas.kernels>` and
:mod:`links <orchard.estimate.training.formulas.links>`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.estimate.training.formulas.configuration import (
    NODE_CHIPS,
    ZERO_1,
    Hardware,
    Layout,
    Software,
    Value,
)
from orchard.estimate.training.formulas.constants import Constants
from orchard.estimate.training.formulas.kernels import pace, work
from orchard.estimate.training.formulas.links import bandwidth, data_s, exchange, on_rank, stage_s
from orchard.estimate.training.formulas.shape import Shape

# Adam in FP32 reads gradient, weight and two moments, and writes weight, moments and the BF16 copy.
OPTIMISER_TRAFFIC_BYTES = 30.0


class Parts(NamedTuple):
    """Seconds of a step by cause; arrays that broadcast. Communication counts as far as it shows."""

    matmul: Value
    attention: Value
    memory: Value  # norms, activations, scans, quantisation
    routing: Value  # tokens to experts' order and back
    host: Value  # launches that the chip waits for
    tensor: Value
    context: Value
    expert: Value
    point_to_point: Value
    data: Value
    bubble: Value
    optimiser: Value
    other: Value  # stragglers

    @property
    def compute(self) -> Value:
        """Work on the chip."""
        return self.matmul + self.attention + self.memory + self.routing + self.host

    @property
    def communication(self) -> Value:
        """Exchanges that show."""
        return self.tensor + self.context + self.expert + self.point_to_point + self.data

    @property
    def total(self) -> Value:
        """The step."""
        return self.compute + self.communication + self.bubble + self.optimiser + self.other


def step(c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Parts:
    """Estimate steps.

    Parameters
    ----------
    c
        calibrated constants
    shape, hardware, layout, software
        fields are floats or arrays that broadcast

    Returns
    -------
    Parts, seconds; ``parts.total`` is the step
    """
    link = bandwidth(c, hardware)
    spent = work(c, shape, hardware, layout, software)
    talk = exchange(c, shape, layout, software, link, spent.attention)
    pp, vp, m = layout.pp, layout.vp, np.maximum(layout.microbatches, 1.0)
    layer = (spent.layers + talk.total) / shape.layers
    after = spent.head + software.multi_token * shape.mtp_layers * talk.total / shape.layers
    slots = np.ceil(shape.layers / (pp * vp)) * vp
    spare = np.minimum(slots * pp - shape.layers, 1.0)
    single = np.equal(pp, 1)
    shorter = slots - np.where(single, 0.0, spare)
    last = shorter * layer + after > slots * layer
    held = np.where(last, shorter, slots)  # layers of the slowest stage
    head = np.where(last, after, 0.0)
    stage = held * layer + head
    mean = layer * shape.layers / pp + after / pp
    bubble = (pp - 1) / vp * mean
    data = data_s(c, shape, layout, software, link, stage)
    optimiser = _optimiser_s(c, shape, hardware, layout, software)
    scale = pace(c, software)
    each = m * held / shape.layers * scale
    sends = m * stage_s(c, shape, layout, software, link) * scale
    total = m * stage * scale + sends + (bubble + data + optimiser) * scale
    straggle = c.straggle * np.log2(np.maximum(layout.chips / NODE_CHIPS, 1.0))
    return Parts(
        matmul=each * spent.matmul + m * head * scale,
        attention=each * spent.attention,
        memory=each * spent.memory,
        routing=each * spent.routing,
        host=each * spent.host,
        tensor=each * talk.tensor,
        context=each * talk.context,
        expert=each * talk.expert,
        point_to_point=sends,
        data=data * scale,
        bubble=bubble * scale,
        optimiser=optimiser * scale,
        other=straggle * total,
    )


def _optimiser_s(c: Constants, shape: Shape, hardware: Hardware, layout: Layout, software: Software) -> Value:
    """Update of the weights: memory traffic of the state that a rank holds."""
    held = on_rank(shape, layout, software)
    replicas = layout.dp * layout.cp
    sharded = np.asarray(layout.shard) >= ZERO_1
    ranks = np.where(sharded, np.minimum(layout.shard_ranks, replicas), 1.0)
    most = np.maximum(replicas * layout.tp / (layout.ep * layout.etp), 1.0)
    expert_ranks = np.where(sharded, np.minimum(ranks * layout.tp, most), 1.0)
    weights = held.dense / ranks + held.experts / expert_ranks
    traffic = OPTIMISER_TRAFFIC_BYTES * software.optimiser_bytes / 12.0
    trained = 1.0 - np.asarray(software.frozen)
    return trained * c.optimiser_passes * traffic * weights / hardware.memory_bytes_per_s
