"""Sizes of the weight matrices of one layer of a language model.

A token that passes a matrix of `w` weights costs ``2 w`` operations forward, so parameter counts and
operation counts share this file. Vectors (norms, biases) are counted in :mod:`orchard.arch.parameters`.

Source: the layer definitions of the published models; grouped-query attention, Ainslie et al. 2023
(arXiv 2305.13245); multi-head latent attention, DeepSeek-V2 (arXiv 2405.04434, section 2.1); sparse
attention indexer, DeepSeek-V3.2; gated delta net, Yang et al. 2024 (arXiv 2412.06464); Mamba-2,
Dao and Gu 2024 (arXiv 2405.21060).
"""

from __future__ import annotations

from typing import NamedTuple

from orchard.spec.architecture import LanguageArchitecture


class HeadWidths(NamedTuple):
    """Widths of a query/key head and of a value head, in the form used for training and prefill."""

    key: int
    value: int


def head_widths(a: LanguageArchitecture) -> HeadWidths:
    """Widths of a head: equal, except in multi-head latent attention."""
    if a.is_mla:
        return HeadWidths(a.qk_nope_dim + a.qk_rope_dim, a.v_head_dim)
    return HeadWidths(a.head_dim, a.head_dim)


def matrices_per_ffn(a: LanguageArchitecture) -> int:
    """Three for a gated feed-forward (gate, up, down), two for a plain one."""
    return 3 if a.gated else 2


def attention_matrix(a: LanguageArchitecture) -> int:
    """Weights of the projections of one softmax-attention layer, without an indexer.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> attention_matrix(llama)
    41943040
    """
    if a.is_mla:
        return _latent_attention_matrix(a)
    query = a.heads * a.head_dim * (2 if a.attention_gate else 1)
    return a.hidden * (query + 2 * a.kv_heads * a.head_dim + a.heads * a.head_dim)


def _latent_attention_matrix(a: LanguageArchitecture) -> int:
    compress = a.hidden * (a.q_lora_rank + a.kv_lora_rank + a.qk_rope_dim)
    return compress + expansion_matrix(a) + a.heads * a.v_head_dim * a.hidden


def expansion_matrix(a: LanguageArchitecture) -> int:
    """Weights of one layer that expand latent attention's queries, keys and values; 0 without it."""
    if not a.is_mla:
        return 0
    source = a.q_lora_rank or a.hidden
    keys = a.kv_lora_rank * a.heads * (a.qk_nope_dim + a.v_head_dim)
    return source * a.heads * head_widths(a).key + keys


def indexer_layers(a: LanguageArchitecture) -> int:
    """Layers with an indexer of their own."""
    return (a.indexer_layers or a.softmax_layers) if a.sparse_top_k else 0


def indexer_matrix(a: LanguageArchitecture) -> int:
    """Weights of one indexer: queries, one shared key, and a weight per head."""
    if not a.sparse_top_k:
        return 0
    source = a.q_lora_rank or a.hidden
    return source * a.indexer_heads * a.indexer_dim + a.hidden * (a.indexer_dim + a.indexer_heads)


def linear_matrix(a: LanguageArchitecture) -> int:
    """Weights of one gated delta-net layer: q, k, v, output gate, two gates per head, output."""
    keys = a.linear_key_heads * a.linear_head_dim
    values = a.linear_value_heads * a.linear_head_dim
    return a.hidden * (2 * keys + 2 * values + 2 * a.linear_value_heads) + values * a.hidden


def linear_channels(a: LanguageArchitecture) -> int:
    """Channels that pass the short convolution of a gated delta-net layer."""
    return (2 * a.linear_key_heads + a.linear_value_heads) * a.linear_head_dim


def mamba_inner(a: LanguageArchitecture) -> int:
    """Inner width of a Mamba-2 layer."""
    return a.mamba_heads * a.mamba_head_dim


def mamba_channels(a: LanguageArchitecture) -> int:
    """Channels that pass the short convolution of a Mamba-2 layer."""
    return mamba_inner(a) + 2 * a.mamba_groups * a.mamba_state


def mamba_matrix(a: LanguageArchitecture) -> int:
    """Weights of one Mamba-2 layer: z, x, B, C, time step; output."""
    return a.hidden * (mamba_inner(a) + mamba_channels(a) + a.mamba_heads) + mamba_inner(a) * a.hidden


def dense_ffn_matrix(a: LanguageArchitecture) -> int:
    """Weights of one dense feed-forward layer."""
    return matrices_per_ffn(a) * a.hidden * a.ffn


def expert_matrix(a: LanguageArchitecture) -> int:
    """Weights of one routed expert."""
    return matrices_per_ffn(a) * (a.expert_latent or a.hidden) * a.expert_ffn


def mixture_shared_matrix(a: LanguageArchitecture) -> int:
    """Weights of a mixture layer that every token passes: router, shared experts, latent maps."""
    shared = matrices_per_ffn(a) * a.hidden * a.shared_ffn + (a.hidden if a.shared_gate else 0)
    return a.hidden * a.experts + shared + 2 * a.hidden * a.expert_latent


def mixture_active_matrix(a: LanguageArchitecture) -> int:
    """Weights of a mixture layer that one token passes."""
    return mixture_shared_matrix(a) + a.experts_per_token * expert_matrix(a)


def mtp_projection(a: LanguageArchitecture) -> int:
    """Weights of the map from hidden state and next embedding into a multi-token-prediction module.

    Source: DeepSeek-V3 (arXiv 2412.19437, section 2.2): M_k is hidden x 2 hidden.
    """
    return 2 * a.hidden * a.hidden
