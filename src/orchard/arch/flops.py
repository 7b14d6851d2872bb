"""Floating-point operations of a language model, per token.

A multiplication and an addition are two operations. Counted: matrix products, attention scores and
their use, the scans of linear-attention and Mamba-2 layers. Left out, as by everybody: norms,
activations, softmax, embeddings, rotary positions (about 0.1 %).

Source: Narayanan et al. 2021 (arXiv 2104.04473, appendix); Megatron-Bridge
training/utils/flop_utils.py for mixtures, latent experts, delta-net and Mamba layers.
Checked against: published operations per token, in tests/published/test_model_costs.py
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from orchard.arch.context import Convention, Length, full_context, mean_context, window_context
from orchard.arch.matrices import (
    attention_matrix,
    dense_ffn_matrix,
    head_widths,
    indexer_layers,
    indexer_matrix,
    linear_channels,
    linear_matrix,
    mamba_channels,
    mamba_inner,
    mamba_matrix,
    mixture_active_matrix,
    mtp_projection,
)
from orchard.spec.architecture import LanguageArchitecture

Recompute = Literal["none", "selective", "full"]

# A matrix product costs as much again for the gradient of its input and for that of its weights.
TRAINING_PASSES = 3
# Products of a delta-net state per token and head: decay and read, correct, write, query.
# Megatron-Bridge gdn_layer_flops; the chunked kernels in use do somewhat more.
DELTA_NET_PRODUCTS = 4
# Operations of a Mamba-2 scan per inner channel and state: Megatron-Bridge mamba_layer_flops.
MAMBA_SCAN_FLOPS = 7


class Flops(NamedTuple):
    """Forward operations per token, by part; floats, or arrays of the shape of the sequence length.

    `projections` are the matrices around attention, linear attention and Mamba; `attention` the
    scores and their use; `scan` the recurrences; `multi_token` the extra prediction modules.
    """

    projections: Length
    attention: Length
    scan: Length
    feed_forward: Length
    output: Length
    multi_token: Length = 0.0

    @property
    def total(self) -> Length:
        """All parts together."""
        return self.layers + self.output + self.multi_token

    @property
    def layers(self) -> Length:
        """The layers alone: no output head, no multi-token prediction."""
        return self.projections + self.attention + self.scan + self.feed_forward


def forward_flops(
    a: LanguageArchitecture, sequence: Length, convention: Convention = "causal", *, mtp: bool = False
) -> Flops:
    """Count forward operations per token over a sequence (training, or prefill of a prompt).

    Parameters
    ----------
    sequence
        tokens in the sequence, any shape
    convention
        ``causal`` counts what the mask leaves, ``full`` ignores the mask
    mtp
        whether multi-token-prediction modules run too

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> round(forward_flops(llama, 8192).total / 1e9, 2)
    17.16
    """
    scores = _scores(a)
    full = full_context(a, sequence, convention)
    windowed = window_context(a, sequence, convention) if a.windowed_layers else 0.0
    attention = scores * ((a.softmax_layers - a.windowed_layers) * full + a.windowed_layers * windowed)
    if a.sparse_top_k:
        seen = mean_context(sequence, convention)
        attention = attention + 2 * indexer_layers(a) * a.indexer_heads * a.indexer_dim * seen
    output = 2.0 * a.hidden * a.vocabulary
    return Flops(
        projections=_projections(a),
        attention=attention,
        scan=_scan(a),
        feed_forward=_feed_forward(a),
        output=output,
        multi_token=a.mtp_layers * (_mtp_matrices(a) + output + scores * full) if mtp else 0.0,
    )


def training_flops(
    a: LanguageArchitecture, sequence: Length, convention: Convention = "causal", *, mtp: bool = True
) -> Length:
    """Count model operations per trained token: three forward passes, recomputation not counted.

    Multi-token-prediction modules are part of training unless `mtp` is false.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> round(training_flops(llama, 8192) / 1e9, 2), round(training_flops(llama, 8192, "full") / 1e9, 2)
    (51.47, 57.91)
    """
    return TRAINING_PASSES * forward_flops(a, sequence, convention, mtp=mtp).total


def hardware_training_flops(
    a: LanguageArchitecture,
    sequence: Length,
    convention: Convention = "causal",
    *,
    recompute: Recompute = "none",
    mtp: bool = True,
) -> Length:
    """Count executed operations per trained token, recomputation included.

    ``full`` runs every layer forward once more, ``selective`` only the attention scores.

    Source: Korthikanti et al. 2022 (arXiv 2205.05198, sections 5 and 6).
    """
    forward = forward_flops(a, sequence, convention, mtp=mtp)
    again: dict[Recompute, Length] = {
        "none": 0.0,
        "selective": forward.attention,
        "full": forward.layers,
    }
    return TRAINING_PASSES * forward.total + again[recompute]


def decode_flops(a: LanguageArchitecture, context: Length) -> Flops:
    """Count operations to generate one token after `context` tokens.

    The new token sees the whole cache (windows and top-k bound it). Multi-head latent attention works
    on the compressed cache, its expanding matrices absorbed into query and output.

    Source: DeepSeek-V2 (arXiv 2405.04434, section 2.1.2) for absorption.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> round(decode_flops(llama, 8192).total / 1e9, 2)
    19.3
    """
    flops = forward_flops(a, context, "full")
    if not a.is_mla:
        return flops
    absorbed = 2 * a.heads * (2 * a.kv_lora_rank + a.qk_rope_dim)
    indexers = flops.attention - _scores(a) * a.softmax_layers * full_context(a, context, "full")
    attention = absorbed * a.softmax_layers * full_context(a, context, "full") + indexers
    return flops._replace(attention=attention)


def _scores(a: LanguageArchitecture) -> float:
    """Operations per token, layer and token seen: the score and the weighted value."""
    width = head_widths(a)
    return 2.0 * a.heads * (width.key + width.value)


def _projections(a: LanguageArchitecture) -> float:
    softmax = a.softmax_layers * attention_matrix(a) + indexer_layers(a) * indexer_matrix(a)
    linear = a.linear_layers * (linear_matrix(a) + a.conv_kernel * linear_channels(a))
    mamba = a.mamba_layers * (mamba_matrix(a) + a.conv_kernel * mamba_channels(a))
    return 2.0 * (softmax + linear + mamba)


def _scan(a: LanguageArchitecture) -> float:
    state = a.linear_value_heads * a.linear_head_dim**2
    linear = a.linear_layers * 2 * DELTA_NET_PRODUCTS * state
    mamba = a.mamba_layers * MAMBA_SCAN_FLOPS * mamba_inner(a) * a.mamba_state
    return float(linear + mamba)


def _feed_forward(a: LanguageArchitecture) -> float:
    mixture = a.moe_layers * mixture_active_matrix(a) if a.experts else 0
    return 2.0 * (a.dense_ffn_layers * dense_ffn_matrix(a) + mixture)


def _mtp_matrices(a: LanguageArchitecture) -> float:
    ffn = mixture_active_matrix(a) if a.experts else dense_ffn_matrix(a)
    return 2.0 * (mtp_projection(a) + attention_matrix(a) + indexer_matrix(a) + ffn)
