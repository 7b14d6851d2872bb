"""What the machine does at its best: matrix products by number format, copies, sums of vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

# Square products tried, and thin ones as in small models: tokens, inputs, outputs.
_SQUARE = (512, 1024, 2048)
_THIN = ((4096, 128, 352), (4096, 256, 704), (4096, 512, 1408))
# Entries of vectors that are copied: beyond all caches.
_COPIED = 1 << 25
_SECONDS = 0.15


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def product_flops_per_s(dtype: torch.dtype, sizes: tuple[int, int, int]) -> float:
    """Best rate of products [m, k] x [k, n] in a number format, FLOP/s."""
    m, k, n = sizes
    left, right = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype)
    out = torch.empty(m, n, dtype=dtype)
    return 2.0 * m * k * n / _best_s(lambda: torch.mm(left, right, out=out))


def peak_flops_per_s(dtype: torch.dtype) -> float:
    """Best rate of square products, FLOP/s."""
    return max(product_flops_per_s(dtype, (size, size, size)) for size in _SQUARE)


def thin_flops_per_s(dtype: torch.dtype) -> dict[str, float]:
    """Rates of the thin products of small models, FLOP/s, by tokens, inputs and outputs."""
    return {"x".join(map(str, sizes)): product_flops_per_s(dtype, sizes) for sizes in _THIN}


def copy_bytes_per_s() -> float:
    """Bytes read and written in a second by a copy of a vector that no cache holds."""
    source, out = torch.zeros(_COPIED), torch.empty(_COPIED)
    return 2.0 * 4 * _COPIED / _best_s(lambda: out.copy_(source))


def sum_bytes_per_s() -> float:
    """Bytes read and written in a second by the sum of two vectors, entry by entry."""
    left, right, out = torch.zeros(_COPIED), torch.zeros(_COPIED), torch.empty(_COPIED)
    return 3.0 * 4 * _COPIED / _best_s(lambda: torch.add(left, right, out=out))


def _best_s(work: Callable[[], object]) -> float:
    work()
    best_s, until_s = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < until_s:
        begun_s = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - begun_s)
    return best_s
