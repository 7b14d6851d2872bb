"""Sizes of a row: what they are where cells are blank, and what is odd about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import Array, Numbers
from orchard.estimate.training.formulas.shape import Shape

SIZES = {
    **{name: Numbers(name) for name in ("n_gpus", "seq_len")},
    **{name: Numbers(name, zero_is=1.0) for name in ("tp", "pp", "cp", "vp", "ep")},
    **{name: Numbers(name, whole=False) for name in ("global_batch", "micro_batch")},
}
# Notes on sizes, by bit.
NOTES = (
    "micro_batch blank: a replica's whole batch at once",
    "micro_batch blank: 1",
    "replicas share a sequence: batch smaller than replicas, or not a multiple",
    "layout blank: no tensor or pipeline parallelism",
    "ep cut to the ranks there are",
    "weights sharded within a pod slice, copied across",
    "fsdp blank: weights and gradients are sharded, as they do not fit otherwise",
    "fsdp cut to the replicas there are",
    "micro_batch below one sequence",
    "tp does not divide the heads",
    "cp does not cut the sequence into two pieces a rank",
    "vp without stages: not interleaved",
    "stages x vp are more than the layers: some are empty",
    "microbatches are no multiple of the stages, as interleaving wants",
    "ep of a dense model: ignored",
    "ep does not divide the experts",
)
(WHOLE, ONE, SHARED, UNCUT, CLAMPED, SLICED, CROWDED, REPLICAS, PART, HEADS, PIECES, STAGELESS, EMPTY, RAGGED,
 DENSE, UNEVEN) = (1 << bit for bit in range(len(NOTES)))  # fmt: skip


class Sizes(NamedTuple):
    """Numbers of the layout, placeholders of 1 where they are wrong."""

    chips: Array
    sequence: Array
    batch: Array
    micro_batch: Array
    tp: Array
    pp: Array
    cp: Array
    vp: Array
    ep: Array


def note_odd(n: Sizes, shape: Shape, bits: NDArray[np.intp]) -> None:
    """Note what no stack would run as it stands, and what is taken instead."""
    heads, experts = np.asarray(shape.heads), np.asarray(shape.experts)
    bits[np.mod(heads, n.tp) != 0] |= HEADS
    bits[(n.cp > 1) & (np.mod(n.sequence, 2 * n.cp) != 0)] |= PIECES
    bits[(n.pp == 1) & (n.vp > 1)] |= STAGELESS
    bits[(n.pp > 1) & (n.pp * n.vp > shape.layers)] |= EMPTY
    bits[(n.ep > 1) & (experts <= 1)] |= DENSE
    bits[(n.ep > 1) & (experts > 1) & (np.mod(experts, n.ep) != 0)] |= UNEVEN


def with_micro_batch(
    n: Sizes,
    blank: NDArray[np.bool_],
    tpu: NDArray[np.bool_],
    sound: NDArray[np.bool_],
    bits: NDArray[np.intp],
    reasons: dict[int, list[str]],
) -> Sizes:
    """Sequences of a microbatch: as stated, or derived; refuses chips or batches that do not divide."""
    group = n.tp * n.pp * n.cp
    dp = n.chips / group
    for place in np.flatnonzero((dp != np.floor(dp)) & sound).tolist():
        each = f"tp {n.tp[place]:.0f} x pp {n.pp[place]:.0f} x cp {n.cp[place]:.0f} = {group[place]:.0f}"
        found = f"n_gpus {n.chips[place]:.0f} is not a multiple of {each}"
        reasons.setdefault(place, []).append(found)
    dp = np.maximum(np.floor(dp), 1.0)
    share = n.batch / dp
    even = np.where(share > 1, share / np.ceil(share), share)
    micro = np.where(blank, np.where(tpu, share, even), n.micro_batch)
    bits[blank & tpu] |= WHOLE
    bits[blank & ~tpu & (even == 1)] |= ONE
    bits[blank & (share != np.floor(share))] |= SHARED
    bits[~blank & (n.micro_batch < 1)] |= PART
    count = n.batch / (micro * dp)
    bits[(n.vp > 1) & (n.pp > 1) & (np.mod(np.round(count), n.pp) != 0)] |= RAGGED
    wrong = sound & ~blank & (np.abs(count - np.maximum(np.round(count), 1.0)) > 1e-6)
    for place in np.flatnonzero(wrong).tolist():
        step = micro[place] * dp[place]
        below = np.floor(count[place]) * step
        near = [f"{size:.6g}" for size in (below, below + step) if size]
        found = (
            f"global_batch {n.batch[place]:g} is not a multiple of micro_batch {micro[place]:g} x "
            f"{dp[place]:.0f} replicas: try {' or '.join(dict.fromkeys(near))}"
        )
        reasons.setdefault(place, []).append(found)
    return n._replace(micro_batch=np.where(wrong, share, micro))


def with_experts(n: Sizes, experts: Array, cut: Array, bits: NDArray[np.intp]) -> Sizes:
    """Ranks that experts are cut over: no more than there are, none for a dense model."""
    ranks = np.maximum(np.floor(n.chips / n.pp / cut), 1.0)
    most = np.minimum(ranks, experts)
    bits[(n.ep > ranks) & (experts > 1)] |= CLAMPED
    return n._replace(ep=np.where(experts > 1, np.minimum(n.ep, most), 1.0))


def refuse_layers(n: Sizes, layers: Array, reasons: dict[int, list[str]]) -> None:
    """Refuse more stages than layers."""
    for place in np.flatnonzero((n.pp > layers) & (layers > 1)).tolist():
        found = f"pp {n.pp[place]:.0f}: the model has {layers[place]:.0f} layers to cut into stages"
        reasons.setdefault(place, []).append(found)
