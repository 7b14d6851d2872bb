"""How fast this machine multiplies matrices: which number format to train in, and what share is reached."""

from __future__ import annotations

import time
from functools import cache

import torch

# Square matrices tried, smallest first: a format without hardware stops at the first.
_SIZES = (256, 1024, 2048)
_SECONDS = 0.1
_TOO_SLOW_S = 0.02
# How much faster half precision must be to be worth its rounding.
_WORTH = 1.2


@cache
def matmul_peak(dtype: torch.dtype, device: str = "cpu") -> float:
    """Best rate of a square matrix product, FLOP/s, with the threads that torch has now.

    Takes about a third of a second, once a process; what else the machine does lowers it.
    """
    best = 0.0
    for size in _SIZES if device == "cpu" else (8192,):
        left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        taken_s = _best_s(left, right)
        best = max(best, 2.0 * size**3 / taken_s)
        if taken_s > _TOO_SLOW_S:
            break
    return best


def _best_s(left: torch.Tensor, right: torch.Tensor) -> float:
    out = torch.empty_like(left)
    best_s, until_s, runs = float("inf"), time.perf_counter() + _SECONDS, 0
    while runs < 2 or time.perf_counter() < until_s:
        started_s = time.perf_counter()
        torch.mm(left, right, out=out)
        if left.is_cuda:
            torch.cuda.synchronize()
        best_s = min(best_s, time.perf_counter() - started_s)
        runs += 1
    return best_s


@cache
def fast_dtype(device: str = "cpu") -> torch.dtype:
    """bf16 where matrix products in it are faster than in fp32, as with AMX or AVX512-BF16; else fp32."""
    half, single = matmul_peak(torch.bfloat16, device), matmul_peak(torch.float32, device)
    return torch.bfloat16 if half > _WORTH * single else torch.float32
