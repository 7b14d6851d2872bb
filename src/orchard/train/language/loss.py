"""Cross-entropy of the next token with z-loss, worked out a chunk of tokens at a time.

The logits of a step, tokens times vocabulary, are the largest tensor of a small model. They are never
held at once: the gradient of a chunk is taken while its logits are there. z-loss, the squared log of the
softmax's sum, keeps logits from drifting (PaLM, Chowdhery et al. 2022, arXiv 2204.02311, section 5).

Legend of shapes: N tokens, C tokens of a chunk, D hidden, V vocabulary.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from orchard.train.language import fused, kernels

# Tokens of a chunk: its logits at 8,192 entries and in bfloat16 are 8 MB.
CHUNK = 512
# Targets that count for nothing.
IGNORED = -100


class Sums(NamedTuple):
    """Sums over tokens: `total` has a gradient and is ``nats + z_loss * z``; the others are for display."""

    total: Tensor
    nats: Tensor
    z: Tensor


def cross_entropy(
    states_ND: Tensor,
    head_VD: Tensor,
    targets_N: Tensor,
    z_loss: float = 0.0,
    weights_N: Tensor | None = None,
) -> Sums:
    """Sum the cross-entropy of tokens, and its gradient at once.

    Parameters
    ----------
    states_ND
        states after the last norm, in the format products are computed in
    head_VD
        weights of the output head, in float32
    targets_N
        the tokens that follow; those of `IGNORED` count for nothing
    z_loss
        weight of the squared log of the softmax's sum
    weights_N
        weights of tokens; one by default

    Raises
    ------
    IndexError
        a target that the head has no entry for
    """
    total, nats, z = _Fused.apply(states_ND, head_VD, targets_N, z_loss, weights_N)  # type: ignore[no-untyped-call]
    return Sums(total, nats, z)


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        states_ND: Tensor,
        head_VD: Tensor,
        targets_N: Tensor,
        z_loss: float,
        weights_N: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        head, backward = head_VD.to(states_ND.dtype), any(ctx.needs_input_grad[:2])
        weights = (targets_N != IGNORED).float()
        weights = weights if weights_N is None else weights * weights_N
        grad_states = torch.empty_like(states_ND) if backward else states_ND
        grad_head = torch.zeros_like(head_VD) if backward else head_VD
        sums = torch.zeros(2, dtype=torch.float64, device=states_ND.device)
        parts = (states_ND, targets_N.masked_fill(targets_N == IGNORED, 0), weights, grad_states)
        for states, targets, weight, grad in zip(*(torch.split(part, CHUNK) for part in parts), strict=True):
            nats_C, logs_C, grad_CV = _rows(states @ head.T, targets, weight, z_loss, backward)
            sums += torch.stack((nats_C @ weight, logs_C.square() @ weight))
            if backward:
                torch.mm(grad_CV, head, out=grad)
                grad_head += grad_CV.T @ states
        if backward:
            ctx.save_for_backward(grad_states, grad_head)
        nats, z = sums.unbind()
        ctx.mark_non_differentiable(nats, z)
        return (nats + z_loss * z).float(), nats, z

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        grad_states, grad_head = ctx.saved_tensors
        return grad_states * grad, grad_head * grad, None, None, None


def _rows(
    logits_CV: Tensor, targets_C: Tensor, weights_C: Tensor, z_loss: float, backward: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Cross-entropies, logarithms of the softmax's sums, and weighted gradients in the place of logits."""
    if fused.suits(logits_CV):
        _check(targets_C, logits_CV.shape[1])
        nats_C, logs_C = torch.empty_like(weights_C), torch.empty_like(weights_C)
        tables = map(fused.array, (logits_CV, targets_C, weights_C))
        kernels.cross_entropy_rows(*tables, np.float32(z_loss), backward, *map(fused.array, (nats_C, logs_C)))
        return nats_C, logs_C, logits_CV
    wide_CV = logits_CV.float()
    logs_C, place_C1 = wide_CV.logsumexp(-1), targets_C[:, None]
    nats_C = logs_C - wide_CV.gather(1, place_C1)[:, 0]
    if backward:
        slope_C = weights_C * (1 + 2 * z_loss * logs_C)
        wide_CV = (wide_CV - logs_C[:, None]).exp_().mul_(slope_C[:, None])
        wide_CV.scatter_add_(1, place_C1, -weights_C[:, None])
    return nats_C, logs_C, wide_CV.to(logits_CV.dtype)


def _check(targets_C: Tensor, entries: int) -> None:
    """Refuse targets beyond the logits: kernels write where they are told, as PyTorch does not."""
    lowest, highest = (int(end) for end in targets_C.aminmax())
    if lowest < 0 or highest >= entries:
        raise IndexError(f"targets from {lowest} to {highest} of {entries} entries")
