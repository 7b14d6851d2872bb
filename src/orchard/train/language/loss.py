"""Cross-entropy of the next token with z-loss, worked out a chunk of tokens at a time.

The logits of a step, tokens times vocabulary, are the largest tensor of a small model. They are never
held at once: the gradient of a chunk is taken while its logits are there. z-loss, the squared log of the
softmax's sum, keeps logits from drifting (PaLM, Chowdhery et al. 2022, arXiv 2204.02311, section 5).

Legend of shapes: N tokens, C tokens of a chunk, D hidden, V vocabulary.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

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
        head = head_VD.to(states_ND.dtype)
        needed = any(ctx.needs_input_grad[:2])
        grad_states = torch.empty_like(states_ND) if needed else None
        grad_head = torch.zeros_like(head_VD) if needed else None
        sums = torch.zeros(2, dtype=torch.float64, device=states_ND.device)
        for start in range(0, len(states_ND), CHUNK):
            rows = slice(start, start + CHUNK)
            logits_CV = (states_ND[rows] @ head.T).float()
            weight_C = (targets_N[rows] != IGNORED).float()
            if weights_N is not None:
                weight_C = weight_C * weights_N[rows]
            target_C1 = targets_N[rows].clamp_min(0)[:, None]
            lse_C = logits_CV.logsumexp(-1)
            nats_C = lse_C - logits_CV.gather(1, target_C1)[:, 0]
            sums += torch.stack(((nats_C * weight_C).sum(), (lse_C.square() * weight_C).sum())).double()
            if grad_states is not None and grad_head is not None:
                slope_C = weight_C * (1 + 2 * z_loss * lse_C)
                grad_CV = (logits_CV - lse_C[:, None]).exp_().mul_(slope_C[:, None])
                grad_CV.scatter_add_(1, target_C1, -weight_C[:, None])
                grad_CV = grad_CV.to(head.dtype)
                torch.mm(grad_CV, head, out=grad_states[rows])
                grad_head += grad_CV.T @ states_ND[rows]
        if grad_states is not None:
            ctx.save_for_backward(grad_states, grad_head)
        nats, z = sums.unbind()
        ctx.mark_non_differentiable(nats, z)
        return (nats + z_loss * z).float(), nats, z

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        grad_states, grad_head = ctx.saved_tensors
        return grad_states * grad, grad_head * grad, None, None, None
