"""Bytes that serving a sequence leaves behind: the key-value cache and recurrent states.

Source: grouped-query attention caches 2 x kv_heads x head_dim numbers a token and layer (Ainslie et
al. 2023); latent attention caches kv_lora_rank + qk_rope_dim (DeepSeek-V2, arXiv 2405.04434, table 1);
windowed layers keep at most their window; a sparse-attention indexer keeps one key of its own.
"""

from __future__ import annotations

import numpy as np

from orchard.arch.context import Length
from orchard.arch.matrices import indexer_layers, linear_channels, mamba_channels, mamba_inner
from orchard.arch.memory import number_format
from orchard.spec.architecture import LanguageArchitecture


def _numbers_per_layer(a: LanguageArchitecture) -> int:
    return a.kv_lora_rank + a.qk_rope_dim if a.is_mla else 2 * a.kv_heads * a.head_dim


def cache_bytes_per_token(a: LanguageArchitecture, dtype: str = "bf16") -> float:
    """Bytes one more token adds to the cache while no window is full yet.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> cache_bytes_per_token(llama)
    131072.0
    """
    numbers = a.softmax_layers * _numbers_per_layer(a) + indexer_layers(a) * a.indexer_dim
    return numbers * number_format(dtype).bytes_per_element


def cache_bytes(a: LanguageArchitecture, sequence: Length, dtype: str = "bf16") -> Length:
    """Bytes of the cache of one sequence, recurrent states not included.

    Parameters
    ----------
    sequence
        tokens so far (prompt and answer), any shape
    dtype
        number format of the cache

    Returns
    -------
    bytes, of the shape of `sequence`

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> cache_bytes(llama, 131072.0) / 2**30
    16.0
    """
    s = np.asarray(sequence, dtype=np.float64)
    full = a.softmax_layers - a.windowed_layers
    held = full * s + a.windowed_layers * np.minimum(s, a.sliding_window)
    numbers = _numbers_per_layer(a) * held + indexer_layers(a) * a.indexer_dim * s
    result = numbers * number_format(dtype).bytes_per_element
    return result if isinstance(sequence, np.ndarray) else float(result)


def state_bytes(a: LanguageArchitecture, dtype: str = "fp32", conv_dtype: str = "bf16") -> float:
    """Bytes of the recurrent states of one sequence, whatever its length.

    A delta-net head keeps a head_dim x head_dim matrix, a Mamba-2 channel `mamba_state` numbers, in
    `dtype`; both keep the last taps of their convolution in `conv_dtype`.

    Source: arXiv 2412.06464 (delta net), arXiv 2405.21060 (Mamba-2).

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> state_bytes(llama)
    0.0
    """
    linear = a.linear_layers * a.linear_value_heads * a.linear_head_dim**2
    mamba = a.mamba_layers * mamba_inner(a) * a.mamba_state
    taps = a.linear_layers * linear_channels(a) + a.mamba_layers * mamba_channels(a)
    states = (linear + mamba) * number_format(dtype).bytes_per_element
    return states + (a.conv_kernel - 1) * taps * number_format(conv_dtype).bytes_per_element
