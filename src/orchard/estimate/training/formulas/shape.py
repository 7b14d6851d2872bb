"""What a training step needs to know of a language model, as numbers that broadcast.

A :class:`Shape` of plain floats describes one model; `stack` puts many into arrays, one row a
model, so that one call estimates rows of different models. All counts come from :mod:`orchard.arch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.arch import parameters
from orchard.arch.activations import kept
from orchard.arch.flops import TRAINING_PASSES, forward_flops
from orchard.arch.matrices import (
    attention_matrix,
    dense_ffn_matrix,
    expansion_matrix,
    expert_matrix,
    head_widths,
    indexer_layers,
    indexer_matrix,
    linear_channels,
    linear_matrix,
    mamba_channels,
    mamba_matrix,
    mixture_active_matrix,
    mixture_shared_matrix,
    mtp_projection,
)
from orchard.spec.architecture import LanguageArchitecture

Array = NDArray[np.float64]
Value = float | Array


class Shape(NamedTuple):
    """Numbers of one model (floats) or of many (arrays); matrices count weights of one layer."""

    layers: Value
    hidden: Value
    heads: Value
    kv_heads: Value
    vocabulary: Value
    softmax_layers: Value
    windowed_layers: Value
    window: Value  # tokens a windowed layer sees
    chunked: Value  # 1 when windows are blocks of the sequence
    top_k: Value  # tokens a sparse layer sees; infinite for all
    score_flops: Value  # operations per token and token seen, of one softmax layer
    indexer_flops: Value  # the same of all indexers together
    attention_matrix: Value
    expansion_matrix: Value  # of it, what expands latent queries, keys and values
    kv_width: Value  # numbers of keys and values of a token in one layer, as ranks exchange them
    linear_layers: Value
    linear_matrix: Value
    mamba_layers: Value
    mamba_matrix: Value
    scan_flops: Value  # forward, per token, all layers
    mixer_channels: Value  # channels that pass short convolutions and scans, all layers
    dense_ffn_layers: Value
    ffn: Value
    dense_ffn_matrix: Value
    moe_layers: Value
    experts: Value
    experts_per_token: Value
    expert_ffn: Value
    expert_entry: Value  # width of what an expert reads
    expert_matrix: Value
    shared_matrix: Value
    inner: Value  # tensors of feed-forward width: 3 gated, 2 plain
    mtp_layers: Value
    mtp_matrix: Value  # weights that a token passes in one multi-token-prediction module
    embedding: Value  # weights of the input table
    head: Value  # weights of the output matrix, whether or not tied
    tied: Value
    dense_weights: Value  # of the layers, routed experts left out
    expert_weights: Value  # of all routed experts
    mtp_weights: Value  # of all such modules, routed experts left out
    mtp_experts: Value  # of their routed experts
    kept_whole: Value  # numbers kept per token by all layers, not divided by tensor parallelism alone
    kept_split: Value  # numbers kept per token by all layers, divided by tensor parallelism
    kept_experts: Value  # numbers kept per token by routed experts, all layers
    kept_input: Value  # numbers kept per token by all layers under full recomputation
    kept_norms: Value  # of `kept_whole`, what is cheap to compute again: outputs of norms
    kept_cheap: Value  # of the others, what is: activations, and the expansions of latent attention


def shape(a: LanguageArchitecture) -> Shape:
    """Numbers of one architecture.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> shape(llama).dense_weights / 1e9, shape(llama).kv_width
    (6.979588096, 2048)
    """
    width = head_widths(a)
    count = parameters(a)
    flops = forward_flops(a, 1.0)
    saved = kept(a)
    routed = a.moe_layers * a.experts * expert_matrix(a) if a.experts else 0
    mtp_experts = a.mtp_layers * a.experts * expert_matrix(a) if a.experts else 0
    indexers = indexer_layers(a)
    return Shape(
        layers=a.layers,
        hidden=a.hidden,
        heads=a.heads,
        kv_heads=a.kv_heads,
        vocabulary=a.vocabulary,
        softmax_layers=a.softmax_layers,
        windowed_layers=a.windowed_layers,
        window=a.sliding_window or np.inf,
        chunked=float(a.window == "chunked"),
        top_k=a.sparse_top_k or np.inf,
        score_flops=2.0 * a.heads * (width.key + width.value),
        indexer_flops=2.0 * indexers * a.indexer_heads * a.indexer_dim,
        attention_matrix=attention_matrix(a) + indexers * indexer_matrix(a) / max(a.softmax_layers, 1),
        expansion_matrix=expansion_matrix(a),
        kv_width=a.heads * (width.key + width.value) if a.is_mla else 2 * a.kv_heads * a.head_dim,
        linear_layers=a.linear_layers,
        linear_matrix=linear_matrix(a) if a.linear_layers else 0,
        mamba_layers=a.mamba_layers,
        mamba_matrix=mamba_matrix(a) if a.mamba_layers else 0,
        scan_flops=flops.scan,
        mixer_channels=a.linear_layers * linear_channels(a) + a.mamba_layers * mamba_channels(a),
        dense_ffn_layers=a.dense_ffn_layers,
        ffn=a.ffn,
        dense_ffn_matrix=dense_ffn_matrix(a) if a.dense_ffn_layers else 0,
        moe_layers=a.moe_layers,
        experts=max(a.experts, 1),
        experts_per_token=a.experts_per_token,
        expert_ffn=a.expert_ffn,
        expert_entry=a.expert_latent or a.hidden,
        expert_matrix=expert_matrix(a) if a.experts else 0,
        shared_matrix=mixture_shared_matrix(a) if a.experts else 0,
        inner=3 if a.gated else 2,
        mtp_layers=a.mtp_layers,
        mtp_matrix=_mtp_matrix(a) if a.mtp_layers else 0,
        embedding=a.hidden * a.vocabulary,
        head=a.hidden * a.vocabulary,
        tied=float(a.tied_embeddings),
        dense_weights=count.total - count.embedding - count.output - routed,
        expert_weights=routed,
        mtp_weights=count.mtp - mtp_experts,
        mtp_experts=mtp_experts,
        kept_whole=saved.whole,
        kept_split=saved.split,
        kept_experts=saved.experts,
        kept_input=a.layers * a.hidden,
        kept_norms=saved.whole / 2,
        kept_cheap=saved.cheap,
    )


def _mtp_matrix(a: LanguageArchitecture) -> int:
    inner = mixture_active_matrix(a) if a.experts else dense_ffn_matrix(a)
    return mtp_projection(a) + attention_matrix(a) + indexer_matrix(a) + inner


def context_flops(shape: Shape, sequence: Value) -> Value:
    """Forward operations per token of scores and their use, over a causal sequence of tokens."""
    window = np.minimum(shape.window, sequence)
    windowed = np.where(np.asarray(shape.chunked) > 0, window / 2, window - window * window / (2 * sequence))
    limit = np.minimum(shape.top_k, sequence)
    seen = limit - limit * limit / (2 * sequence)
    context = (shape.softmax_layers - shape.windowed_layers) * seen + shape.windowed_layers * windowed
    return shape.score_flops * context + shape.indexer_flops * (sequence / 2)


def training_flops(shape: Shape, sequence: Value, multi_token: Value = 0.0) -> Value:
    """Model operations per trained token, recomputation not counted: three forward passes.

    The same count as :func:`orchard.arch.training_flops`, on arrays; causal attention.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> round(float(training_flops(shape(llama), 8192.0)) / 1e9, 2)
    51.47
    """
    matrices = (
        shape.softmax_layers * shape.attention_matrix
        + shape.linear_layers * shape.linear_matrix
        + shape.mamba_layers * shape.mamba_matrix
        + shape.dense_ffn_layers * shape.dense_ffn_matrix
        + shape.moe_layers * (shape.shared_matrix + shape.experts_per_token * shape.expert_matrix)
        + shape.head
    )
    forward = 2 * matrices + context_flops(shape, sequence) + shape.scan_flops
    scores = context_flops(shape, sequence) / np.maximum(shape.softmax_layers, 1)
    extra = multi_token * shape.mtp_layers * (2 * (shape.mtp_matrix + shape.head) + scores)
    return TRAINING_PASSES * (forward + extra)


def stack(shapes: Sequence[Shape]) -> Shape:
    """Arrays of length n from n shapes."""
    columns = (np.array(column, dtype=np.float64) for column in zip(*shapes, strict=True))
    return Shape(*columns)


def take(shapes: Shape, index: NDArray[np.intp]) -> Shape:
    """Row `index[i]` of stacked shapes, for each i."""
    return Shape(*(np.asarray(column)[index] for column in shapes))
