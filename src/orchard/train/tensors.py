"""Tensors that may be cut over processes: the part that lies here, the whole, and back."""

from __future__ import annotations

import math
from typing import Any, cast

from torch import Tensor


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
