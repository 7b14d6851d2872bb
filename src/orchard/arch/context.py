"""How many tokens an attention layer looks at, averaged over a sequence.

Two conventions are in use, and published numbers differ by them (4 % for Llama 3.1 405B at 8,192
tokens, 55 % for an 8B at 131,072):

causal   what a causal mask leaves: token i sees i tokens, on average half the sequence. Megatron-Bridge
         since 25.09, MaxText since Ironwood.
full     every token counted as seeing the whole sequence, mask ignored. NeMo 24.07, PaLM's appendix B,
         older TPU recipes, MLPerf 405B.

Windows and top-k sparse attention bound both.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchard.spec.architecture import LanguageArchitecture

Convention = Literal["causal", "full"]
Length = float | NDArray[np.float64]


def mean_context(sequence: Length, convention: Convention, limit: int = 0) -> Length:
    """Mean number of tokens a token attends to.

    Parameters
    ----------
    sequence
        tokens in the sequence, any shape
    convention
        ``causal`` or ``full``
    limit
        tokens a query may see at most (window or top-k); 0 for no limit

    Returns
    -------
    tokens, of the shape of `sequence`

    Source
    ------
    Causal: the mean of min(i, w) over i = 1..s is w - w^2 / 2s when w < s, as Megatron-Bridge counts
    sliding windows (training/utils/flop_utils.py). We differ: terms of order w / s tokens are dropped.

    >>> mean_context(8192.0, "causal"), mean_context(8192.0, "full"), mean_context(8192.0, "causal", 128)
    (4096.0, 8192.0, 127.0)
    """
    s = np.asarray(sequence, dtype=np.float64)
    w = np.minimum(s, limit) if limit else s
    seen = w if convention == "full" else w - w * w / (2 * np.maximum(s, 1e-300))
    return _like(sequence, seen)


def chunk_context(sequence: Length, convention: Convention, chunk: int) -> Length:
    """Mean number of tokens a token attends to when attention stays within its chunk (Llama 4).

    >>> chunk_context(8192.0, "causal", 8192), chunk_context(32768.0, "causal", 8192)
    (4096.0, 4096.0)
    """
    s = np.asarray(sequence, dtype=np.float64)
    w = np.minimum(s, chunk)
    return _like(sequence, w if convention == "full" else w / 2)


def window_context(a: LanguageArchitecture, sequence: Length, convention: Convention) -> Length:
    """Mean context of a windowed layer of `a`."""
    if a.window == "chunked":
        return chunk_context(sequence, convention, a.sliding_window)
    return mean_context(sequence, convention, a.sliding_window)


def full_context(a: LanguageArchitecture, sequence: Length, convention: Convention) -> Length:
    """Mean context of a layer of `a` without a window; top-k sparse attention bounds it."""
    return mean_context(sequence, convention, a.sparse_top_k)


def _like(sequence: Length, value: NDArray[np.float64]) -> Length:
    return value if isinstance(sequence, np.ndarray) else float(value)
