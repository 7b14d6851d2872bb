"""The size of a gradient that may be cut over processes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from orchard.train.parallel import Processes
from orchard.train.tensors import copies_of, local


def norm_of(gradients: Sequence[Tensor], processes: Processes) -> float:
    """Euclidean norm of all gradients together, over all processes; in float64, so that cuts do not show.

    >>> norm_of([torch.tensor([3.0]), torch.tensor([[4.0]])], Processes())
    5.0
    """
    norms = torch._foreach_norm([local(one) for one in gradients], dtype=torch.float64)
    if processes.mesh is None:
        return float(torch.linalg.vector_norm(torch.stack(norms)))
    copies = torch.tensor([copies_of(one, processes.world) for one in gradients], dtype=torch.float64)
    squares = torch.stack(norms).cpu().square() / copies
    return math.sqrt(processes.add([float(squares.sum())])[0] * processes.tensor_parallel)


def scale(gradients: Sequence[Tensor], factor: float) -> None:
    """Multiply gradients, in place."""
    torch._foreach_mul_([local(one) for one in gradients], factor)
