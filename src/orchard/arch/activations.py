"""Bytes kept between the forward and the backward pass, per token.

Each layer keeps what its backward pass reads, in BF16: the input and output of each norm, queries,
keys and values, the attention output, and the feed-forward's inner activations. For a classic
transformer (multi-head, plain feed-forward of 4 hidden, dropout) this is the 34 h bytes of
Korthikanti et al. 2022 (arXiv 2205.05198, equation 2), which tests check.

We differ: no dropout unless asked for; a fused attention kernel keeps no score matrix but one FP32
statistic per head and token; mixtures keep a copy of the token for every expert it visits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.arch.context import Length
from orchard.arch.flops import Recompute
from orchard.arch.matrices import head_widths, linear_channels, mamba_channels, mamba_inner
from orchard.arch.memory import number_format
from orchard.spec.architecture import LanguageArchitecture

# Korthikanti et al. 2022: masks take a byte; unfused attention keeps softmax output, dropout mask and
# dropout output, 2 + 1 + 2 bytes a score.
MASK_BYTES = 1
SCORE_BYTES = 5
STATISTIC_BYTES = 4


class Kept(NamedTuple):
    """Numbers kept per token by all layers together, by how parallelism divides them.

    `whole` are of the residual stream's width (norms), `split` belong to heads and feed-forward
    widths, `experts` to the experts a token visits; `statistics` are one FP32 number a head. `cheap` is
    what selective recomputation drops of `split` and `experts`: the activation function's output, and
    the keys, values and queries that latent attention expands.
    """

    whole: int
    split: int
    experts: int
    statistics: int
    cheap: int


def kept(a: LanguageArchitecture) -> Kept:
    """Count what the backward pass of all layers reads, per token, with fused attention.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> kept(llama).whole / 32 / 4096, kept(llama).split / 32 / 4096
    (4.0, 13.0)
    """
    mixers = a.softmax_layers + a.linear_layers + a.mamba_layers
    all_mixers = a.softmax_layers * _attention(a) + a.linear_layers * _linear(a) + a.mamba_layers * _mamba(a)
    whole = 2 * a.hidden * (mixers + a.ffn_layers)
    inner = 3 if a.gated else 2
    entry = a.expert_latent or a.hidden
    experts = a.moe_layers * a.experts_per_token * (2 * entry + inner * a.expert_ffn)
    split = all_mixers + _feed_forward(a) - whole - experts
    return Kept(whole, split, experts, a.softmax_layers * a.heads, _cheap(a))


def _cheap(a: LanguageArchitecture) -> int:
    """Numbers that are quickly computed again (Megatron-Core: recompute_modules moe_act, mla_up_proj)."""
    active = a.dense_ffn_layers * a.ffn + a.moe_layers * (a.experts_per_token * a.expert_ffn + a.shared_ffn)
    if not a.is_mla:
        return active
    width = head_widths(a)
    return active + a.softmax_layers * a.heads * (2 * width.key + width.value)


def activation_bytes(
    a: LanguageArchitecture,
    sequence: Length = 0.0,
    *,
    recompute: Recompute = "none",
    fused_attention: bool = True,
    dropout: bool = False,
    dtype: str = "bf16",
) -> Length:
    """Bytes kept per token by all layers together, on one device, before any sharding.

    Parameters
    ----------
    sequence
        tokens in the sequence, any shape; matters only for unfused attention
    recompute
        ``full`` keeps the input of each layer alone, ``selective`` drops the attention scores
    fused_attention
        whether the attention kernel avoids the score matrix
    dropout
        whether dropout masks are kept

    Returns
    -------
    bytes, of the shape of `sequence`

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> round(activation_bytes(llama) / 32 / 4096, 1), activation_bytes(llama, recompute="full") / 32 / 4096
    (34.0, 2.0)
    """
    size = number_format(dtype).bytes_per_element
    if recompute == "full":
        return _like(sequence, a.layers * a.hidden * size)
    parts = kept(a)
    saved = (parts.whole + parts.split + parts.experts) * size
    if dropout:
        saved += (a.softmax_layers + a.ffn_layers) * a.hidden * MASK_BYTES
    if fused_attention:
        return _like(sequence, saved + parts.statistics * STATISTIC_BYTES)
    scores = 0 if recompute == "selective" else a.softmax_layers * a.heads * SCORE_BYTES
    s = np.asarray(sequence, dtype=np.float64)
    result = saved + scores * s
    return result if isinstance(sequence, np.ndarray) else float(result)


def logits_bytes(a: LanguageArchitecture, dtype: str = "fp32") -> float:
    """Bytes of the logits of one token, which cross-entropy keeps for its backward pass.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> logits_bytes(llama)
    513024.0
    """
    return a.vocabulary * number_format(dtype).bytes_per_element


def _attention(a: LanguageArchitecture) -> int:
    """Numbers kept by a softmax-attention layer: norm in and out, q, k, v, attention output."""
    width = head_widths(a)
    if a.is_mla:
        compressed = a.q_lora_rank + a.kv_lora_rank + a.qk_rope_dim
        return 2 * a.hidden + compressed + a.heads * (2 * width.key + 2 * width.value)
    gate = a.heads * a.head_dim if a.attention_gate else 0
    return 2 * a.hidden + gate + (2 * a.heads + 2 * a.kv_heads) * a.head_dim


def _linear(a: LanguageArchitecture) -> int:
    values = a.linear_value_heads * a.linear_head_dim
    return 2 * a.hidden + 2 * linear_channels(a) + 2 * values + 2 * a.linear_value_heads


def _mamba(a: LanguageArchitecture) -> int:
    return 2 * a.hidden + 2 * mamba_channels(a) + 2 * mamba_inner(a) + a.mamba_heads


def _feed_forward(a: LanguageArchitecture) -> int:
    """Numbers kept by all feed-forward layers: norm in and out, inner activations, experts' copies."""
    inner = 3 if a.gated else 2
    dense = a.dense_ffn_layers * inner * a.ffn
    entry = a.expert_latent or a.hidden
    visit = a.experts_per_token * (2 * entry + inner * a.expert_ffn)
    mixture = a.moe_layers * (visit + inner * a.shared_ffn + a.experts)
    return 2 * a.hidden * a.ffn_layers + dense + mixture


def _like(sequence: Length, value: float) -> Length:
    return np.full(sequence.shape, value) if isinstance(sequence, np.ndarray) else float(value)
