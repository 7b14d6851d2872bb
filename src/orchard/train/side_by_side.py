"""Parts of a batch side by side in threads of one process.

Cutting each operation over threads makes all of them wait for the slowest at every operation, hundreds of
times a step, and leaves what is not cut to one of them. Here each thread does whole samples, forward and
backward; they wait for one another twice a step. Operations are cut over what threads are left where there
are fewer samples than threads. Python's lock is free while an operation runs.

The sum of gradients is taken in the order of the parts: the same for a number of threads, not of all. Each
thread holds a gradient of its own until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from orchard.train.task import Loss

T = TypeVar("T")


def shares(samples: Sequence[int], model: nn.Module) -> list[Sequence[int]]:
    """Samples of each thread: one share where threads cannot help, or weights are not all here."""
    plain = all(type(one) is nn.Parameter and one.device.type == "cpu" for one in model.parameters())
    count = max(1, min(torch.get_num_threads(), len(samples))) if plain else 1
    bounds = [round(len(samples) * part / count) for part in range(count + 1)]
    return [samples[low:high] for low, high in pairwise(bounds)]


def side_by_side(model: nn.Module, parts: Sequence[Callable[[], Loss]]) -> Loss:
    """Sum of losses, each worked out in a thread of its own; so is its gradient.

    Parameters
    ----------
    parts
        what gives each loss; they may only read what they share
    """
    if len(parts) == 1:
        return parts[0]()
    weights = [one for one in model.parameters() if one.requires_grad]
    if not torch.is_grad_enabled():
        weights = []
    found: list[Loss] = []
    total = _Together.apply(parts, found, *weights)  # type: ignore[no-untyped-call]
    figures: dict[str, float] = {}
    for loss in found:
        for name, value in loss.figures.items():
            figures[name] = figures.get(name, 0.0) + value
    return Loss(total, sum(loss.terms for loss in found), figures)


class _Together(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, parts: Sequence[Callable[[], Loss]], found: list[Loss], *weights: Tensor) -> Tensor:
        graded = any(ctx.needs_input_grad)

        def work(part: Callable[[], Loss]) -> Loss:
            with torch.set_grad_enabled(graded):
                return part()

        found += _each(work, parts)
        ctx.weights, ctx.totals = weights, [loss.total for loss in found]
        return torch.stack([total.detach() for total in ctx.totals]).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        def work(total: Tensor) -> Sequence[Tensor | None]:
            # not by torch's own argument for it, whose check imports half a second of symbolic algebra
            with torch.enable_grad():
                scaled = total * grad
            gradients: Sequence[Tensor | None] = torch.autograd.grad(scaled, ctx.weights, allow_unused=True)
            return gradients

        first, *others = _each(work, ctx.totals)
        sums = list(first)
        for other in others:
            for at, value in enumerate(other):
                before = sums[at]
                # not in place: weights that are added to one another share one gradient
                sums[at] = value if before is None else before if value is None else before + value
        ctx.totals = None
        return None, None, *sums


def _each(work: Callable[[Any], T], parts: Sequence[Any]) -> list[T]:
    """Work on all parts at once, the first in this thread; each has its share of torch's threads."""
    threads = torch.get_num_threads()
    share = max(1, threads // len(parts))

    def alone(part: Any) -> T:
        if torch.get_num_threads() != share:
            torch.set_num_threads(share)
        return work(part)

    try:
        torch.set_num_threads(share)
        others = [_pool(threads).submit(alone, part) for part in parts[1:]]
        try:
            mine = work(parts[0])
        finally:
            rest = [other.exception() or other for other in others]
        for one in rest:
            if isinstance(one, BaseException):
                raise one
        return [mine, *(other.result() for other in others)]
    finally:
        torch.set_num_threads(threads)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)
