"""A layer on a processor: own gradients around as few passes over memory as possible.

The same as the plain modules of :mod:`orchard.train.language.model` do, to the accuracy of the number
format; matrix products are PyTorch's, all between them is in :mod:`orchard.train.language.kernels`.
Weights stay float32; a product reads a copy in the format of the stream, with matrices that read the same
input side by side.

Legend of shapes: N tokens, D hidden, B sequences, S tokens of one, H query heads, K key heads, E head
width, F feed-forward width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from orchard.train.language import kernels

# Scores are worked on for so many bytes of queries (or keys) at once: 512 in bfloat16, 256 in float32.
# With 512 of the other and four heads that is 2 MB, which stays in the cache.
_ROW = 1024
_allowed = True


class Heads(NamedTuple):
    """How the columns of queries, keys and values are cut; tables of rotary positions, [S, E / 2]."""

    queries: int
    keys: int
    width: int
    sequences: int
    cos: Tensor
    sin: Tensor
    interleaved: bool


def suits(*tensors: Tensor) -> bool:
    """Whether kernels can work on these: plain tensors of a processor, in formats that stay as they are."""
    if not _allowed or torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu"):
        return False
    plain = all(type(x) in (Tensor, nn.Parameter) and x.device.type == "cpu" for x in tensors)
    return plain and all(x.dtype in (torch.float32, torch.bfloat16) for x in tensors)


@contextmanager
def plain() -> Iterator[None]:
    """Meanwhile everything is done by PyTorch alone: what results are compared with."""
    global _allowed
    before, _allowed = _allowed, False
    try:
        yield
    finally:
        _allowed = before


def add_norm(x_ND: Tensor, added_ND: Tensor | None, weight_D: Tensor) -> tuple[Tensor, Tensor]:
    """``x + added``, and its root-mean-square norm."""
    total, normal = _AddNorm.apply(x_ND, added_ND, weight_D)  # type: ignore[no-untyped-call]
    return total, normal


def attention(x_ND: Tensor, weights: Sequence[Tensor], heads: Heads) -> Tensor:
    """Causal attention with the weights of query, key, value and output."""
    mixed: Tensor = _Attention.apply(x_ND, *weights, heads)  # type: ignore[no-untyped-call]
    return mixed


def feed_forward(x_ND: Tensor, gate_FD: Tensor, up_FD: Tensor, down_DF: Tensor) -> Tensor:
    """``down(silu(gate(x)) * up(x))``."""
    out: Tensor = _FeedForward.apply(x_ND, gate_FD, up_FD, down_DF)  # type: ignore[no-untyped-call]
    return out


def array(x: Tensor) -> np.ndarray[Any, Any]:
    """The memory of a tensor as NumPy sees it: bfloat16 as its 16 bits."""
    x = x.detach()
    seen: np.ndarray[Any, Any] = (x.view(torch.uint16) if x.dtype is torch.bfloat16 else x).numpy()
    return seen


class _AddNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_ND: Tensor, added_ND: Tensor | None, weight_D: Tensor) -> tuple[Tensor, Tensor]:
        total_ND, normal_ND = torch.empty_like(x_ND), torch.empty_like(x_ND)
        # a copy: memory that NumPy has seen cannot be freed by FSDP
        weight_D = weight_D.detach().to(torch.float32, copy=True)
        scales_N = torch.empty(len(x_ND))
        adds = added_ND is not None
        added = x_ND if added_ND is None else added_ND
        kernels.add_norm(
            *map(array, (x_ND, added)), adds, *map(array, (weight_D, total_ND, normal_ND, scales_N))
        )
        ctx.save_for_backward(total_ND, scales_N, weight_D)
        ctx.adds = adds
        ctx.set_materialize_grads(False)
        return total_ND, normal_ND

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: Tensor | None, grad_normal: Tensor) -> tuple[Tensor | None, ...]:
        total_ND, scales_N, weight_D = ctx.saved_tensors
        grad_ND, grad_weight = torch.empty_like(total_ND), torch.zeros_like(weight_D)
        above = grad_normal if grad_total is None else grad_total.contiguous()
        kernels.add_norm_backward(
            array(above),
            grad_total is not None,
            *map(array, (grad_normal.contiguous(), total_ND, scales_N, weight_D, grad_ND, grad_weight)),
        )
        return grad_ND, grad_ND if ctx.adds else None, grad_weight


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x_ND: Tensor, q_w: Tensor, k_w: Tensor, v_w: Tensor, o_w: Tensor, heads: Heads
    ) -> Tensor:
        paired = q_w, k_w
        if not heads.interleaved:
            paired = _paired(q_w, heads.width), _paired(k_w, heads.width)
        inner, outer = _joined((*paired, v_w), x_ND.dtype), _joined((o_w,), x_ND.dtype)
        tokens = len(x_ND) // heads.sequences
        q = x_ND.new_empty(heads.sequences, heads.queries, tokens, heads.width)
        k, v = (x_ND.new_empty(heads.sequences, heads.keys, tokens, heads.width) for _ in range(2))
        kernels.part_qkv(*map(array, (x_ND @ inner.T, q, k, v)))
        # powers of two are quicker than powers of e: the difference is in the scale of queries
        _turn(q, heads.cos, heads.sin, np.float32(heads.width**-0.5) * kernels.LOG2_E)
        _turn(k, heads.cos, heads.sin, np.float32(1))
        mixed_ND = x_ND.new_empty(len(x_ND), heads.queries * heads.width)
        logs_BHS = torch.empty(q.shape[:3])
        for one in zip(q, k, v, logs_BHS, torch.split(mixed_ND, tokens), strict=True):
            _mix(*one)
        ctx.save_for_backward(x_ND, inner, outer, q, k, v, mixed_ND, logs_BHS)
        ctx.heads = heads
        return mixed_ND @ outer.T

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        x_ND, inner, outer, q, k, v, mixed_ND, logs_BHS = ctx.saved_tensors
        heads: Heads = ctx.heads
        grad_outer = (grad_out.T @ mixed_ND).float()
        grad_mixed = torch.split(grad_out @ outer, q.shape[2])
        grad_q, grad_k, grad_v = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        every = (grad_mixed, torch.split(mixed_ND, q.shape[2]), q, k, v, logs_BHS, grad_q, grad_k, grad_v)
        for one in zip(*every, strict=True):
            _mix_backward(*one)
        _turn(grad_q, heads.cos, -heads.sin, np.float32(heads.width**-0.5))
        _turn(grad_k, heads.cos, -heads.sin, kernels.LN_2)
        grad_qkv = x_ND.new_empty(len(x_ND), len(inner))
        kernels.join_qkv(*map(array, (grad_q, grad_k, grad_v, grad_qkv)))
        rows = [heads.queries * heads.width, heads.keys * heads.width, heads.keys * heads.width]
        grad_q_w, grad_k_w, grad_v_w = torch.split((grad_qkv.T @ x_ND).float(), rows)
        if not heads.interleaved:
            grad_q_w, grad_k_w = _halved(grad_q_w, heads.width), _halved(grad_k_w, heads.width)
        return grad_qkv @ inner, grad_q_w, grad_k_w, grad_v_w, grad_outer, None


class _FeedForward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_ND: Tensor, gate_w: Tensor, up_w: Tensor, down_w: Tensor) -> Tensor:
        inner, outer = _joined((gate_w, up_w), x_ND.dtype), _joined((down_w,), x_ND.dtype)
        gate_up = x_ND @ inner.T
        hidden_NF = x_ND.new_empty(len(x_ND), len(gate_w))
        kernels.swiglu(array(gate_up), array(hidden_NF))
        ctx.save_for_backward(x_ND, inner, outer, gate_up)
        return hidden_NF @ outer.T

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        x_ND, inner, outer, gate_up = ctx.saved_tensors
        grad_hidden = grad_out @ outer
        grad_gate_up, hidden_NF = torch.empty_like(gate_up), torch.empty_like(grad_hidden)
        kernels.swiglu_backward(*map(array, (gate_up, grad_hidden, grad_gate_up, hidden_NF)))
        grad_outer = (grad_out.T @ hidden_NF).float()
        grad_inner = (grad_gate_up.T @ x_ND).float()
        return grad_gate_up @ inner, *grad_inner.chunk(2), grad_outer


def _joined(weights: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Matrices that read the same input, one above the other, in the format of the stream."""
    joined = torch.empty(sum(map(len, weights)), weights[0].shape[1], dtype=dtype)
    for part, weight in zip(torch.split(joined, [len(w) for w in weights]), weights, strict=True):
        part.copy_(weight)
    return joined


def _paired(weight: Tensor, width: int) -> Tensor:
    """Rows of each head such that those that are turned together are neighbours: scores stay the same."""
    return weight.view(-1, 2, width // 2, weight.shape[1]).transpose(1, 2).flatten(0, 2)


def _halved(weight: Tensor, width: int) -> Tensor:
    """Rows of each head such that those that are turned together are half a head apart."""
    return weight.view(-1, width // 2, 2, weight.shape[1]).transpose(1, 2).flatten(0, 2)


def _turn(x: Tensor, cos: Tensor, sin: Tensor, scale: Any) -> None:
    """Turn heads [B, H, S, E] by their positions, in place."""
    kernels.rotate(array(x.flatten(0, 1).flatten(1)), *(array(t.flatten()) for t in (cos, sin)), scale)


def _mix(q_HSE: Tensor, k_KSE: Tensor, v_KSE: Tensor, logs_HS: Tensor, out_ND: Tensor) -> None:
    """Attention of one sequence, a block of queries at a time."""
    heads, tokens, width = q_HSE.shape
    step = _ROW // q_HSE.element_size()
    for start in range(0, tokens, step):
        end = min(start + step, tokens)
        q = q_HSE[:, start:end].reshape(len(k_KSE), -1, width)
        shares = torch.bmm(q, k_KSE[:, :end].transpose(1, 2)).view(heads, end - start, end)
        kernels.causal_softmax(array(shares), start, array(logs_HS[:, start:end]))
        mixed = torch.bmm(shares.view(len(k_KSE), -1, end), v_KSE[:, :end])
        kernels.join_heads(array(mixed.view(heads, end - start, width)), array(out_ND[start:end]))


def _mix_backward(
    grad_ND: Tensor, mixed_ND: Tensor, q_HSE: Tensor, k_KSE: Tensor, v_KSE: Tensor, logs_HS: Tensor,
    grad_q: Tensor, grad_k: Tensor, grad_v: Tensor,
) -> None:  # fmt: skip
    """Gradients of attention of one sequence, a block of keys at a time, scores worked out again.

    Scores are transposed, keys by queries: two of the three products with them then read rows.
    """
    heads, tokens, width = q_HSE.shape
    keys, group = len(k_KSE), heads // len(k_KSE)
    grad_HSE, inner_HS = torch.empty_like(q_HSE), torch.empty_like(logs_HS)
    kernels.part_heads(*map(array, (grad_ND, mixed_ND, grad_HSE, inner_HS)))
    step = _ROW // q_HSE.element_size()
    for start in range(0, tokens, step):
        block, later = slice(start, start + step), tokens - start
        q, slope = (x[:, start:].reshape(keys, group * later, width) for x in (q_HSE, grad_HSE))
        shares = torch.bmm(k_KSE[:, block], q.transpose(1, 2))
        slopes = torch.bmm(v_KSE[:, block], slope.transpose(1, 2))
        logs, inner = (x[:, start:].reshape(keys, group, later) for x in (logs_HS, inner_HS))
        each = (x.view(keys, -1, group, later) for x in (shares, slopes))
        kernels.causal_softmax_backward(*map(array, (*each, logs, inner)))
        torch.bmm(shares, slope, out=grad_v[:, block])
        torch.bmm(slopes, q, out=grad_k[:, block])
        through = torch.bmm(slopes.transpose(1, 2), k_KSE[:, block]).view(heads, later, width)
        if start:
            grad_q[:, start:] += through
        else:
            grad_q.copy_(through)
