"""What data parallelism shards, over how many ranks, where a row leaves that open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import Array
from orchard.estimate.training.formulas.configuration import BF16_BYTES, FSDP, TPU, Hardware, Software
from orchard.estimate.training.formulas.memory import room
from orchard.estimate.training.formulas.shape import Shape
from orchard.estimate.training.table.sizes import CROWDED, REPLICAS, SLICED, Sizes

# Share of a chip's memory that weights, gradients and optimiser may fill before they are sharded
# across slices of a pod too (assumed).
STATE_SHARE = 0.5


class Said(NamedTuple):
    """What rows say of sharding, arrays [n]: as in `Setting` and `Traits`."""

    shard: Array
    ranks: Array  # over which weights are sharded; 0 all
    stated: Array
    slices: Array
    across: Array
    expert_tensor: Array


class Sharding(NamedTuple):
    """Fields of `Layout`."""

    shard: Array
    shard_ranks: Array


def sharding(
    said: Said, n: Sizes, shape: Shape, hardware: Hardware, software: Software, bits: NDArray[np.intp]
) -> Sharding:
    """Sharding of rows; notes what was taken in `bits`.

    Weights and gradients that fit no chip are sharded unless a cell says otherwise; weights that fit a
    slice of a pod are sharded within it and copied across.
    """
    trained = 1 - np.asarray(software.frozen)
    replicas = n.chips / (n.tp * n.pp)  # context-parallel ranks hold the same weights
    shard = _crowded(said, n, shape, hardware, software, replicas, bits)
    bits[(said.ranks > replicas) & (shard >= FSDP)] |= REPLICAS
    limit = np.where(said.ranks > 1, said.ranks, replicas)
    within = np.minimum(np.asarray(hardware.domain), n.chips / said.slices)
    state = (BF16_BYTES + trained * (software.gradient_bytes + software.optimiser_bytes)) * (
        shape.dense_weights + shape.expert_weights + shape.embedding
    )
    held = state / np.minimum(within, replicas) <= STATE_SHARE * hardware.memory_bytes
    tpu = np.asarray(hardware.generation) == TPU
    sliced = tpu & (shard == FSDP) & (within < replicas) & (said.ranks <= 1) & (said.across == 0) & held
    bits[sliced] |= SLICED
    limit = np.where(sliced, within, limit)
    return Sharding(shard, np.maximum(np.minimum(limit, replicas), 1.0))


def _crowded(
    said: Said,
    n: Sizes,
    shape: Shape,
    hardware: Hardware,
    software: Software,
    replicas: Array,
    bits: NDArray[np.intp],
) -> Array:
    trained = 1 - np.asarray(software.frozen)
    dense = (shape.dense_weights + shape.embedding) / (n.tp * n.pp)
    experts = shape.expert_weights / (n.ep * said.expert_tensor * n.pp)
    held = (BF16_BYTES + trained * software.gradient_bytes) * (dense + experts)
    crowded = (said.stated == 0) & (said.shard < FSDP) & (replicas > 1) & (held > room(hardware))
    bits[crowded] |= CROWDED
    return np.where(crowded, FSDP, said.shard)
