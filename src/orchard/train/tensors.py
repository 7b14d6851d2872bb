"""Tensors that may be cut over processes: the part that lies here, the whole, and back.

With tensor parallelism a layer works with its parts of the matrices: :func:`parts` says which processes
share them, :func:`entered` and :func:`left` stand at both ends (f and g of Shoeybi et al. 2019, figure 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup


def local(tensor: Tensor) -> Tensor:
    """The part of a tensor that lies in this process; shares its memory."""
    return cast(Any, tensor).to_local() if hasattr(tensor, "to_local") else tensor


def whole(tensor: Tensor) -> Tensor:
    """The whole tensor, gathered from all processes that hold a part of it (a collective call)."""
    return cast(Any, tensor).full_tensor() if hasattr(tensor, "full_tensor") else tensor


def part_like(full: Tensor, like: Tensor) -> Tensor:
    """The part of a whole tensor that belongs here when it is cut as `like` is; no communication."""
    if not hasattr(like, "to_local"):
        return full
    from torch.distributed.tensor import distribute_tensor

    cut = cast(Any, like)
    return distribute_tensor(full, cut.device_mesh, cut.placements, src_data_rank=None).to_local()


def copies_of(tensor: Tensor, world: int) -> int:
    """How many of `world` processes hold the same part of a tensor: all of them where it is not cut."""
    if not hasattr(tensor, "to_local"):
        return world
    mesh, kinds = cast(Any, tensor).device_mesh, cast(Any, tensor).placements
    parts: int = math.prod(mesh.size(at) for at, kind in enumerate(kinds) if kind.is_shard())
    return world // parts


def parts(weights: Sequence[Tensor]) -> tuple[list[Tensor], ProcessGroup | None]:
    """What lies here of the matrices of a layer, and who has the rest: None where all of it is here."""
    if not hasattr(weights[0], "to_local"):
        return list(weights), None
    return [local(one) for one in weights], cast(Any, weights[0]).device_mesh.get_group()


def entered(x: Tensor, group: ProcessGroup | None) -> Tensor:
    """What processes that share matrices all read; their gradients of it are added up."""
    return x if group is None else cast(Tensor, _Entered.apply(x, group))  # type: ignore[no-untyped-call]


def left(x: Tensor, group: ProcessGroup | None) -> Tensor:
    """What each of them worked out, added up."""
    return x if group is None else cast(Tensor, _Left.apply(x, group))  # type: ignore[no-untyped-call]


def _added(x: Tensor, group: ProcessGroup) -> Tensor:
    """Sum over processes, in float32 whatever the format."""
    import torch.distributed as dist

    total = x.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
    dist.all_reduce(total, group=group)
    return total.to(x.dtype)


class _Entered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        return x.view_as(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return _added(grad, ctx.group), None


class _Left(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        return _added(x, group)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None
